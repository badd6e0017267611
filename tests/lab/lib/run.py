"""Python's unittest as `./dev lab test` runs it: no test at all is a failure.

Of itself unittest is content with none before Python 3.12."""

import sys
import unittest


def main():
    program = unittest.main(module=None, argv=["./dev lab test", *sys.argv[1:]], exit=False)
    if not program.result.wasSuccessful():
        return 1
    if not program.result.testsRun:
        print("no test was found", file=sys.stderr)
        return 5  # as unittest's own from 3.12 on
    return 0


if __name__ == "__main__":
    sys.exit(main())
