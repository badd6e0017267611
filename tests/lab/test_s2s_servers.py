"""Servers among themselves: each looks domains up whose SRV records are right, wrong or missing."""

import unittest

from lib import server_observations, servers
from lib.lab import Case, Lab
from lib.server_observations import SEEN, TITLES
from lib.servers import OWN, SITUATIONS, UNBOUND


class Situations(Case):
    """All of lib/servers.py's, side by side; the tests are about what was seen then."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.reset()
        cls.addClassCleanup(cls.lab.policy, "s2s", None)
        cls.lab.policy("s2s", servers.policy())
        servers.fresh(Lab)
        witnessed, mark = len(cls.lab.nsd_queries()), cls.lab.mark()
        cls.seen, cls.log = servers.observe(cls.lab)
        cls.public = cls.lab.nsd_queries(witnessed)
        cls.events = cls.lab.events(mark)

    def test_each_does_what_it_is_known_to_do(self):
        self.maxDiff = None
        for name in SITUATIONS:
            for server, title in TITLES.items():
                with self.subTest(situation=name, server=title):
                    seen, told = self.seen[name][server]
                    self.assertEqual(seen, SEEN[name][server], f"{told}\n{self.log}")

    def test_what_is_ours_never_reaches_the_public_dns(self):
        ours = {(e["name"], e["type"]) for e in self.events if e["source"] == "policy"}
        self.assertGreater(len(ours), 50)
        self.assertEqual(ours & {(q.name, q.type) for q in self.public}, set())

    def test_no_service_is_the_end(self):
        """Of a lone `.` target neither Prosody asks for an address; ejabberd asks for the root's."""
        for server in (UNBOUND, OWN):
            told = self.seen["dot"][server][1]
            self.assertIn("service explicitly unavailable", told["text"])
            self.assertLess(told["seconds"], 10, told)


class Page(unittest.TestCase):
    def test_it_is_what_the_table_makes(self):
        self.assertEqual(server_observations.PAGE.read_text(), server_observations.render(),
                         "python3 -B -m lib.server_observations writes it")


if __name__ == "__main__":
    unittest.main()
