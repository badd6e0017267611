"""The benchmark's tables and picture, from figures that are made up. Nothing is measured here."""

import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))
import measure  # noqa: E402
import peers  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
import summary  # noqa: E402


def speed(rate, cpu, own=0.5, p99=90, answers=1000):
    return {"rate": rate, "cpu": cpu, "own": own, "lost": 0, "other": 0, "asked": 0.0, "p50": 20, "p99": p99,
            "p999": 400, "answers": answers}


def waiting(alone, among, echo):
    return {"server_alone": alone, "server_among": among, "echo_alone": echo, "echo_among": echo}


def load(seconds, size):
    return {"load_s": seconds, "load_cpu_s": seconds / 2, "bytes": size, "peak": 5e8, "reload_s": 1, "reload_cpu_s": 1}


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
        row("latency", "echo", [speed(100_000, 4.0, p99=80)], names=50_000, at=100_000),
        row("latency", "dnsdist", [speed(100_000, 4.0, p99=2000)], names=50_000, at=100_000),
        row("latency", "shunt", [speed(100_000, 4.0, p99=x) for x in (90, 1200, 85)], names=50_000, at=100_000),
        row("latency", "shunt", [speed(20_000, 4.0)], names=50_000, at=20_000),
        row("latency", "dnsdist", [speed(20_000, 4.0, p99=200)], names=50_000, at=20_000),
        row("tcp", "shunt", [speed(2_000_000, 0.25)], names=50_000),
        row("policy", "echo", [speed(300_000, 3.0)]), row("policy", "shunt", [speed(264_000, 3.3)]),
        row("misses", "shunt", [speed(100_000, 9.9)]),
        row("idle", "shunt", [waiting(80, 81, 70), waiting(90, 3000, 75), waiting(70, 79, 2500)],
            wanted=10_000, clients=10_000, kept=9_999, bytes=512, at=20_000),
        row("idle", "dnsmasq", [waiting(80, 81, 70)], wanted=10_000, clients=20, kept=20, bytes=9, at=20_000),
        row("leaving", "shunt", [{"p99": 800, "most": 1700, "lost": 0}], wanted=10_000, clients=10_000, kept=10_000,
            at=20_000),
        row("records", "shunt", [load(2.0, 290), load(2.2, 290), load(9, 290)], shape="zone", records=1_000_000),
        row("records", "shunt", [load(3.3, 310)], shape="domains", records=1_000_000),
        row("live", "shunt", [{"target": "one", "told": [0.1, 0.2, 5], "changed": [0.2, 0.3, 6], "synced": 0.25},
                              {"target": "many", "told": [0.1], "changed": [0.4], "synced": 0.25}],
            state=True, records=1_000_000),
        row("lookups", "cache", [{"entries": 50_000, "hits": 0.999, "one": 100.4, "batch": 31.7,
                                  "speed_up": [1.2, 1.95, 2.0], "control": [1.5, 1.99, 2.0]}]),
        row("lookups", "cache", [{"entries": 1_000_000, "hits": 0.999, "one": 300, "batch": 40}]),
        row("answer", "cache", [{"answer_bytes": 146.62, "answers": 1_800_000}]),
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

    def test_own_time_is_of_all_rounds_together(self):
        self.assertEqual(report.own(row("cached", "x", [speed(1, 1, 1.0, answers=100), speed(1, 1, 4.0, answers=300)])),
                         3.25)

    def test_latency_has_the_median_and_the_range_of_its_readings(self):
        self.assertEqual(self.cells("Latency at an equal rate, 50,000 names, 100,000 queries/s", "shunt")[1:4],
                         ["20", "90", "(85–1,200)"])

    def test_each_rate_has_its_table(self):
        self.assertEqual(self.cells("Latency at an equal rate, 50,000 names, 20,000 queries/s", "shunt")[2], "90")

    def test_idle(self):
        title = "TCP clients that only wait, 20,000 queries/s, 10,000 of them"
        self.assertEqual(self.cells(title, "shunt"),
                         ["shunt", "10,000", "9,999", "512", "80", "(70–90)", "81", "(79–3,000)", "75", "(70–2,500)",
                          "75", "(70–2,500)"])

    def test_leaving(self):
        title = "TCP clients that leave at once: UDP meanwhile, 20,000 queries/s, 10,000 of them"
        self.assertEqual(self.cells(title, "shunt"), ["shunt", "10,000", "800", "1,700", "0"])

    def test_a_large_policy(self):
        self.assertEqual(self.cells("A large policy, 1,000,000 records", "shunt: zone"),
                         ["shunt:", "zone", "2.20", "1.10", "290", "500", "1.00", "1.00"])

    def test_live_changes(self):
        self.assertEqual(self.cells("Live changes to it: from the command to the changed answer, 1,000,000 records",
                                    "shunt: that one")[-4:], ["5.00", "0.30", "6.00", "0.25"])

    def test_the_cache_alone(self):
        title = "The cache alone: lookups, and two threads to one"
        self.assertEqual(self.cells(title, "50,000"),
                         ["50,000", "100", "32", "1.95", "(1.20–2.00)", "1.99", "(1.50–2.00)"])
        self.assertEqual(self.cells(title, "1,000,000")[-2:], ["-", "-"])
        self.assertEqual(self.cells("The cache alone: memory", "an answer")[-2:], ["146.6", "1,800,000"])

    def test_all_at_the_same_priority_is_said(self):
        self.assertNotIn("nice", next(report.tables(RESULT)))
        self.assertIn("nice -20", next(report.tables(RESULT | {"first_in_line": True})))

    def test_markdown_has_as_many_cells_in_every_line(self):
        lines = [x for x in report.tables(RESULT, markdown=True) if x.startswith("|")]
        start = next(i for i, x in enumerate(lines) if x.startswith("| server | answers/s"))
        table = lines[start:start + 5]
        self.assertEqual({x.count("|") for x in table}, {10})
        self.assertIn("| shunt | 270,000 | 0.90 |", table[4])


class Summary(unittest.TestCase):
    CASES = [
        ("cached answers/s to echo's, 50,000 names", "≥ 0.92", "0.90", "no", "0.60 dnsdist"),
        ("cached answers/s to echo's, 1,000,000 names", "≥ 0.88", "0.80", "no", ""),
        ("own CPU of a cached answer, 50,000 names, µs", "≤ 0.35", "0.50", "no", "0.50 dnsdist"),
        ("own CPU of a cached answer, 1,000,000 names, µs", "", "0.50", "", ""),
        ("p99 at 100,000 queries/s, µs", "≤ 2,000", "90", "yes", "2,000 dnsdist"),
        ("p99 at 20,000 queries/s, µs", "", "90", "", "200 dnsdist"),
        ("CPU of an answer, UDP to TCP pipelined", "≥ 10", "16.00", "yes", ""),
        ("policy answers/s to echo's", "≥ 0.9", "0.88", "no", ""),
        ("CPU of a miss, µs", "≤ 10", "9.90", "yes", ""),
        ("10,000 idle TCP clients: bytes of each", "≤ 1,024", "512", "yes", ""),
        ("10,000 idle TCP clients: UDP p99 to that without them", "", "1.01", "", ""),
        ("they leave at once: UDP p99, µs", "", "800", "", ""),
        ("policy of 1,000,000 records, zone: load, s", "≤ 3", "2.20", "yes", ""),
        ("policy of 1,000,000 records, domains: load, s", "≤ 3", "3.30", "no", ""),
        ("policy of 1,000,000 records, domains: bytes of each", "≤ 300", "310", "no", ""),
        ("one live change to it, state in a file, ms", "≤ 1", "0.40", "yes", "0.25 a synced write alone"),
        ("two threads to one, 50,000 entries", "≥ 1.9", "1.95", "yes", "1.99 arithmetic"),
        ("cached answer of 89 bytes, bytes", "≤ 160", "146.6", "yes", ""),
    ]

    def test_a_line_for_each_aim(self):
        lines = {cells[0]: cells[1:] for cells in summary.table(RESULT["rows"])}
        for what, *cells in self.CASES:
            with self.subTest(what):
                self.assertEqual(lines[what], cells)

    def test_own_time_among_ten_million_names_has_an_aim(self):
        rows = [row("cached", "shunt", [speed(1, 1, own=0.6)], names=10_000_000)]
        self.assertEqual(list(summary.table(rows))[1][1:4], ["≤ 0.525", "0.60", "no"])


    def test_a_small_policy_has_no_aim(self):
        rows = [row("records", "shunt", [load(0.1, 400)], shape="zone", records=20_000)]
        self.assertEqual([cells[1:4] for cells in summary.table(rows)][1:], [["", "0.10", ""], ["", "400", ""]])


class Versions(unittest.TestCase):
    def test_are_one_short_line(self):
        for name, said, line in (
                ("pdns_recursor", "Nov 23 05:49:11 PowerDNS Recursor 4.8.8 (C) 2001-2022 PowerDNS.COM BV",
                 "pdns_recursor: PowerDNS Recursor 4.8.8"),
                ("dnsmasq", "Dnsmasq version 2.90  Copyright (c) 2000-2024 Simon Kelley", "Dnsmasq version 2.90"),
                ("named", "BIND 9.18.49 (Extended Support Version) <id:>", "named: BIND 9.18.49 (Extended Support Version)"),
                ("shunt", "", "")):
            self.assertEqual(peers.version_line(name, said), line)


class Memory(unittest.TestCase):
    def test_servers_that_do_not_fit_beside_the_first_ones_are_left_out(self):
        kinds = [type(name, (), {"name": name, "name_bytes": size})
                 for name, size in (("echo", 0), ("shunt", 300), ("large", 900), ("small", 400))]
        bench, said = measure.Bench.__new__(measure.Bench), []
        bench.say = said.append
        with mock.patch.object(measure, "memory_free", lambda: 1000 * 1000):  # of which 800,000 may be used
            self.assertEqual([k.name for k in bench.fitting(1000, kinds)], ["echo", "shunt", "small"])
        self.assertIn("large", said[0])


class Picture(unittest.TestCase):
    def test_is_well_formed_and_complete(self):
        picture = plot.svg(RESULT)
        ElementTree.fromstring(picture)
        for words in ("prefers-color-scheme: dark", "shunt: 0.90 with 50,000 names", "shunt: p99.9 400 µs",
                      "Latency in µs at 100,000 queries/s", "shunt: p99 90 µs", "<title>echo</title>"):
            self.assertIn(words, picture)

    def test_only_those_that_are_drawn_are_named(self):
        self.assertNotIn(">dnsmasq</text>", plot.svg(RESULT))

    def test_shunt_comes_first(self):
        self.assertRegex(plot.svg(RESULT), r'(?s)s0"/>\s*<text[^>]*>shunt</text>.*s1"/>\s*<text[^>]*>dnsdist</text>')

    def test_one_test_alone_is_enough(self):
        for test in {r["test"] for r in RESULT["rows"]}:
            some = RESULT | {"rows": [r for r in RESULT["rows"] if r["test"] == test]}
            ElementTree.fromstring(plot.svg(some))
            self.assertTrue(list(report.tables(some)))


if __name__ == "__main__":
    unittest.main()
