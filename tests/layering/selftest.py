#!/usr/bin/env python3
"""Shows that check.py can fail: small trees with one breach each, and one tree without any."""

import shutil
import tempfile
import unittest
from pathlib import Path

import check
import rules

GUARDED = "#ifndef X_{0}\n#define X_{0}\n{1}\n#endif\n"
GOOD = {
    "src/base/addr.h": GUARDED.format("ADDR", "#include <sys/socket.h>"),
    "src/base/addr.c": '#include "base/addr.h"\n#include <stdio.h>\n',
    "src/dns/name.h": GUARDED.format("NAME", '#include "base/addr.h"'),
    "src/listen/udp.c": '#include <event2/event.h>\n#include "base/addr.h"\n',
    "src/main.c": '#include "dns/name.h"\nint main(void)\n{\n    return 0;\n}\n',
    "tests/unit/base/addr.c": "int one(void)\n{\n    return 1;\n}\n",
}


def long_function(lines):
    return "int f(void)\n{\n" + "    ;\n" * (lines - 3) + "}\n"


class Tree(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.root)

    def breaches(self, name, files=None):
        tree = GOOD | (files or {})
        for path, text in tree.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        return list(check.CHECKS[name](self.root))

    def assert_breach(self, name, path, text, says):
        found = self.breaches(name, files={path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(path), found)
        self.assertIn(says, found[0])

    def test_good_tree(self):
        for name in check.CHECKS:
            self.assertEqual(self.breaches(name), [])

    def test_lower_layer_includes_higher(self):
        self.assert_breach("includes", "src/base/x.c", '#include "dns/name.h"\n', "base may not include")

    def test_odd_spacing_does_not_hide(self):
        self.assert_breach("includes", "src/base/x.c", '  #  include\t"dns/name.h"\n', "base may not")

    def test_daemon_is_not_for_layers(self):
        files = {"src/daemon/daemon.h": GUARDED.format("D", ""), "src/listen/x.c": '#include "daemon/daemon.h"\n'}
        self.assertEqual(self.breaches("includes", files=files), ['src/listen/x.c: listen may not include "daemon/daemon.h"'])

    def test_each_library_outside_its_folders(self):
        headers = ["event2/event.h", "ldns/ldns.h", "libfyaml.h", "openssl/ssl.h", "urcu/rculfhash.h",
                   "urcu.h", "urcu-qsbr.h", "idn2.h", "jansson.h", "cap-ng.h"]
        for header in headers:
            with self.subTest(header=header):
                self.assert_breach("includes", "src/dns/x.c", f"#include <{header}>\n", "dns may not include")

    def test_unknown_library(self):
        self.assert_breach("includes", "src/daemon/x.c", "#include <glib.h>\n", "in no list")

    def test_unknown_folder(self):
        self.assert_breach("includes", "src/util/x.c", "", "no rule for the folder")

    def test_include_not_named_from_src(self):
        self.assert_breach("includes", "src/base/x.c", '#include "addr.h"\n', "not named from src/")

    def test_include_by_the_back_door(self):
        self.assert_breach("includes", "src/base/x.c", '#include "base/../dns/name.h"\n', "not named from src/")

    def test_include_of_nothing(self):
        self.assert_breach("includes", "src/base/x.c", '#include "base/y.h"\n', "does not exist")

    def test_no_two_folders_need_each_other(self):
        for folder, below in rules.FOLDERS.items():
            for other in below:
                self.assertNotIn(folder, rules.FOLDERS[other], f"{folder} and {other}")

    def test_long_file(self):
        self.assert_breach("sizes", "src/base/x.c", "\n" * 501, "501 lines; the limit is 500")

    def test_long_test(self):
        self.assert_breach("sizes", "tests/unit/base/x.c", "\n" * 501, "the limit is 500")

    def test_long_header(self):
        self.assert_breach("sizes", "src/base/x.h", "\n" * 151, "151 lines; the limit is 150")

    def test_long_fixture(self):
        self.assertEqual(self.breaches("sizes", files={"tests/unit/x.h": "\n" * 151}), [])
        self.assert_breach("sizes", "tests/unit/x.h", "\n" * 501, "the limit is 500")

    @unittest.skipUnless(shutil.which("ctags"), "no ctags here")
    def test_long_function(self):
        self.assert_breach("sizes", "src/base/x.c", long_function(61), "f has 61 lines; the limit is 60")

    @unittest.skipUnless(shutil.which("ctags"), "no ctags here")
    def test_longest_functions(self):
        self.assertEqual(self.breaches("sizes", files={"src/base/x.c": long_function(60)}), [])
        rules.LONG_FUNCTIONS.add("src/base/x.c:f")
        self.addCleanup(rules.LONG_FUNCTIONS.discard, "src/base/x.c:f")
        self.assertEqual(self.breaches("sizes", files={"src/base/x.c": long_function(100)}), [])
        self.assert_breach("sizes", "src/base/x.c", long_function(101), "the limit is 100")

    def test_header_that_needs_another(self):
        self.assert_breach("headers", "src/base/x.h", GUARDED.format("Y", "size_t f(void);"), "alone")

    def test_header_without_guard(self):
        self.assert_breach("headers", "src/base/x.h", "struct x {\n    int y;\n};\n", "alone")


if __name__ == "__main__":
    unittest.main()
