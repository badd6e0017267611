#!/usr/bin/env python3
"""Checks the layers, the house's numbers and the headers of a source tree.

usage: check.py includes|sizes|headers ROOT     (ROOT has src/ and may have tests/)

Prints one line a breach, and exits with 1 if there is any; 77 says that a tool is missing.
"""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import rules

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
SKIPPED = 77


def sources(root, *folders):
    return sorted(p for f in folders for p in (root / f).rglob("*.[ch]"))


def check_own(folder, header, root):
    """What is wrong with an include of ours, or None."""
    target = header.split("/")[0] if "/" in header else "."
    if ".." in Path(header).parts or target == ".":
        return f'"{header}" is not named from src/, as in "base/addr.h"'
    if not (root / "src" / header).is_file():
        return f'"{header}" does not exist'
    if target != folder and target not in rules.FOLDERS[folder]:
        return f'{folder} may not include "{header}"'
    return None


def check_library(folder, header):
    """What is wrong with an include of somebody else's, or None."""
    for start, allowed in rules.LIBRARIES.items():
        if header.startswith(start):
            return None if folder in allowed else f"{folder} may not include <{header}>"
    if header in rules.SYSTEM_HEADERS or header.startswith(rules.SYSTEM_PREFIXES):
        return None
    return f"<{header}> is in no list of tests/layering/rules.py"


def check_includes(root):
    for path in sources(root, "src"):
        inner = path.relative_to(root / "src")
        folder = inner.parts[0] if len(inner.parts) > 1 else "."
        if folder not in rules.FOLDERS:
            yield f"src/{inner}: no rule for the folder {folder}"
            continue
        for quote, header in INCLUDE.findall(path.read_text()):
            problem = check_own(folder, header, root) if quote == '"' else check_library(folder, header)
            if problem:
                yield f"src/{inner}: {problem}"


def function_lengths(paths):
    """(path, name, first line, lines) of every function, by ctags."""
    out = subprocess.run(
        ["ctags", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=+ne", "--sort=no",
         "-L", "-", "-f", "-"],
        input="\n".join(map(str, paths)), capture_output=True, text=True, check=True).stdout
    for line in out.splitlines():
        name, path, rest = line.split("\t", 2)
        fields = dict(re.findall(r"\t(line|end):(\d+)", rest))
        if len(fields) == 2:
            yield path, name, int(fields["line"]), int(fields["end"]) - int(fields["line"]) + 1


def function_limit(path, name):
    key = f"{path}:{name}"
    return rules.LONG_FUNCTION_LINES if key in rules.LONG_FUNCTIONS else rules.FUNCTION_LINES


def check_sizes(root):
    paths = sources(root, "src", "tests")
    for full in paths:
        path = full.relative_to(root)
        lines = full.read_text().count("\n")
        interface = path.suffix == ".h" and path.parts[0] == "src"
        limit = rules.HEADER_LINES if interface else rules.FILE_LINES
        if lines > limit:
            yield f"{path}: {lines} lines; the limit is {limit}"
    if not shutil.which("ctags"):
        print("no ctags here: functions are not measured", file=sys.stderr)
        sys.exit(SKIPPED)
    for full, name, line, length in function_lengths(paths):
        path = Path(full).relative_to(root)
        if length > function_limit(path, name):
            yield f"{path}:{line}: {name} has {length} lines; the limit is {function_limit(path, name)}"


def check_headers(root):
    """Each header compiles alone, and twice over."""
    compiler = os.environ.get("CC", "cc").split()
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
             f"-I{root}/src", "-x", "c", "-"]

    def compile_alone(path):
        text = f'#include "{path.relative_to(root / "src")}"\n' * 2
        run = subprocess.run(compiler + flags, input=text, capture_output=True, text=True)
        return run.stderr.strip() if run.returncode else None

    headers = [p for p in sources(root, "src") if p.suffix == ".h"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, problem in zip(headers, pool.map(compile_alone, headers)):
            if problem:
                yield f"{path.relative_to(root)}: does not compile alone:\n{problem}"


CHECKS = {"includes": check_includes, "sizes": check_sizes, "headers": check_headers}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CHECKS:
        sys.exit(__doc__)
    root = Path(sys.argv[2]).resolve()
    breaches = list(CHECKS[sys.argv[1]](root))
    print("\n".join(breaches) if breaches else f"{sys.argv[1]}: nothing to object to")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
