"""shunt status and shunt explain."""

import re
import unittest

from lib.daemon import Daemon
from lib.live import Case, policy, texts


class Looking(Case):
    """status and explain."""

    def test_status(self):
        with Daemon(policy()) as d:
            texts(d)
            self.shunt(d, "target", "fail", "a.lab.example")
            out = self.shunt(d, "status")[0]
            self.assertIn(f"127.0.0.1:{d.port}; 2 workers", out)
            self.assertRegex(out, r"(?m)^policy +4 services of 3 domains, 2 hosts, 0 records")
            self.assertRegex(out, r"(?m)^live +1 change to targets, 0 faults; revision \d+")
            self.assertRegex(out, r"(?m)^for XMPP +xmpp-client 1$")
            status = self.json(d, "status")
            self.assertEqual(status["live"]["targets"], 1)
            self.assertEqual(status["queries"]["udp"], 1)

    def test_explain(self):
        weights = """records: |
  _xmpp-client._tcp.w.example. IN SRV 0 60 5222 a.w.example.
  _xmpp-client._tcp.w.example. IN SRV 0 35 5222 b.w.example.
  _xmpp-client._tcp.w.example. IN SRV 0 0 5222 c.w.example.
  _xmpp-client._tcp.w.example. IN SRV 9 1 5222 d.w.example.
  _xmpps-client._tcp.w.example. IN SRV 5 1 443 a.w.example.
  _xmpp-server._tcp.w.example. IN SRV 0 0 0 .
  _xmpps-server._tcp.w.example. IN SRV 0 0 0 .
"""
        with Daemon(policy(more=weights)) as d:
            for words in ([], ["--server", "127.0.0.1:%d" % d.port]):
                found = self.json(d, "explain", "w.example", *words)
                sets = {s["service"]: s for s in found["sets"]}
                first = {t["target"]: t["first"] for t in sets["xmpp-client"]["targets"]}
                self.assertAlmostEqual(first["a.w.example."], 60 / 96, 5)
                self.assertAlmostEqual(first["c.w.example."], 1 / 96, 5)
                self.assertEqual(sets["xmpp-server"]["result"], "none")
                order = [(t["target"], t["service"]) for t in found["merged"]["clients"]]
                self.assertEqual(order[3], ("a.w.example.", "xmpps-client"))
                self.assertEqual(order[4], ("d.w.example.", "xmpp-client"))
            out = self.shunt(d, "explain", "w.example")[0]
            self.assertRegex(out, r"(?m)^ +0 +60 +a\.w\.example\. +5222 +62\.5% +\d\.\d\d +#{19}$")
            self.assertIn("declared not to exist: servers give up", out)

    def test_explain_follows_changes_and_clients(self):
        view = """  - name: v.example
    xmpp-client: [{target: a.lab.example}]
  - name: v.example
    view: two
    xmpp-client: [{target: b.lab.example}]
"""
        config = policy().replace("hosts:", view + "hosts:")
        with Daemon(config) as d:
            words = ["explain", "v.example", "--service", "xmpp-client"]

            def targets(*more):
                return [t["target"] for t in self.json(d, *words, *more)["sets"][0]["targets"]]
            self.assertEqual(targets(), ["a.lab.example."])
            self.assertEqual(targets("--client", "127.0.0.2"), ["b.lab.example."])
            self.shunt(d, "target", "fail", "a.lab.example")
            self.shunt(d, *words, expect=1)
            self.shunt(d, *words, "--client", "127.0.0.2")

    def test_explain_says_no(self):
        with Daemon(policy("127.0.0.1:9")) as d:
            out, _ = self.shunt(d, "explain", "nowhere.example", "--service", "xmpp-client", expect=1)
            self.assertTrue(re.search("SERVFAIL|no reply", out), out)
            self.shunt(d, "explain", "lab.example", "--service", "xmpp-clnt", expect=1)


if __name__ == "__main__":
    unittest.main()
