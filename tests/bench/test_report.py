"""The benchmark's tables and picture, from figures that are made up. Nothing is measured here."""

import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
import plot  # noqa: E402
import report  # noqa: E402


def speed(rate, cpu, own=0.5):
    return {"rate": rate, "cpu": cpu, "own": own, "lost": 0, "other": 0, "asked": 0.0, "p50": 20, "p99": 90,
            "p999": 400}


def row(test, server, figures, **extra):
    return {"test": test, "server": server, "rounds": figures, **extra}


RESULT = {
    "date": "2026-01-31", "machine": {"cpu": "a <processor>", "cpus": 2, "kernel": "6.1"}, "rounds": 3, "secs": 2.0,
    "versions": {"shunt": "shunt 0.1.0", "dnsdist": ""},
    "rows": [
        row("cached", "echo", [speed(300_000, 3.0)], names=50_000),
        row("cached", "dnsdist", [speed(180_000, 6.0)], names=50_000, bytes=360.0),
        row("cached", "shunt", [speed(1, 9.0), speed(270_000, 4.0), speed(999_999, 1.0)], names=50_000, bytes=159.6),
        row("cached", "echo", [speed(300_000, 3.0)], names=1_000_000),
        row("cached", "shunt", [speed(240_000, 3.75)], names=1_000_000, bytes=None),
        row("latency", "shunt", [speed(100_000, 4.0)], names=50_000, at=100_000),
        row("tcp", "shunt", [speed(2_000_000, 0.25)], names=50_000),
        row("idle", "shunt", [{"clients": 10_000, "kept": 9_999, "bytes": 512, "p99_alone": 80, "p99_among": 81}],
            wanted=10_000),
    ],
}


class Tables(unittest.TestCase):
    def cells(self, title, server):
        lines = list(report.tables(RESULT))
        start = lines.index(title)
        return next(x for x in lines[start:] if x.startswith(server)).split()

    def test_medians_and_shares_of_the_limit(self):
        self.assertEqual(self.cells("Answers from the cache, 50,000 names", "shunt"),
                         ["shunt", "270,000", "0.90", "0.75", "4.00", "0.50", "0", "0.0%", "160"])

    def test_each_size_has_its_own_limit(self):
        self.assertEqual(self.cells("Answers from the cache, 1,000,000 names", "shunt")[2:4], ["0.80", "0.80"])

    def test_tcp_is_compared_with_udp(self):
        self.assertEqual(self.cells("TCP, pipelined, 50,000 names", "shunt")[-1], "16.0")

    def test_idle(self):
        self.assertEqual(self.cells("TCP clients that only wait, 10,000 of them", "shunt"),
                         ["shunt", "10,000", "9,999", "512", "80", "81"])

    def test_markdown_has_as_many_cells_in_every_line(self):
        lines = [x for x in report.tables(RESULT, markdown=True) if x.startswith("|")]
        table = lines[:5]
        self.assertEqual({x.count("|") for x in table}, {10})
        self.assertIn("| shunt | 270,000 | 0.90 |", table[4])


class Picture(unittest.TestCase):
    def test_is_well_formed_and_complete(self):
        picture = plot.svg(RESULT)
        ElementTree.fromstring(picture)
        for words in ("prefers-color-scheme: dark", "shunt: 0.90 with 50,000 names", "shunt: p99.9 400 µs",
                      "Latency in µs at 100,000 queries/s"):
            self.assertIn(words, picture)

    def test_shunt_comes_first(self):
        self.assertRegex(plot.svg(RESULT), r'(?s)s0"/>\s*<text[^>]*>shunt</text>.*s1"/>\s*<text[^>]*>dnsdist</text>')

    def test_one_test_alone_is_enough(self):
        for test in ("idle", "latency"):
            some = RESULT | {"rows": [r for r in RESULT["rows"] if r["test"] == test]}
            ElementTree.fromstring(plot.svg(some))
            self.assertTrue(list(report.tables(some)))


if __name__ == "__main__":
    unittest.main()
