"""The toolbox itself, without the daemon: a test that leans on a broken tool proves nothing."""

import re
import sys
import time
import unittest

from lib import client, daemon, dnsmsg, nsd, process, tools, upstream
from lib.dnsmsg import rr, srv

ZONE = """
www 300 A 192.0.2.1
www AAAA 2001:db8::1
alias CNAME www
_xmpp-client._tcp SRV 10 5 5222 www
text TXT "one" "two"
"""


class Messages(unittest.TestCase):
    def test_round_trip(self):
        m = dnsmsg.query("_xmpp-client._tcp.Lab.example", "SRV", edns=1232, do=True)
        again = dnsmsg.Message.read(m.wire())
        self.assertEqual(again.question, ("_xmpp-client._tcp.Lab.example.", 33, 1))
        self.assertEqual((again.edns, again.edns_flags, again.id), (1232, dnsmsg.DO, m.id))
        reply = m.reply([rr("lab.example.", "SRV", srv(10, 5, 5222, "x.example."))],
                        additional=[rr("x.example.", "A", "192.0.2.7", ttl=9),
                                    rr("x.example.", "AAAA", "2001:db8::7")])
        reply.options = [(dnsmsg.EDE, b"\0\x16no server")]
        again = dnsmsg.Message.read(reply.wire())
        self.assertEqual(again.texts("SRV"), ["10 5 5222 x.example."])
        self.assertEqual(again.texts(section="additional"), ["192.0.2.7", "2001:db8::7"])
        self.assertEqual(again.additional[0].ttl, 9)
        self.assertEqual(again.ede, [(22, "no server")])
        self.assertEqual(again.status, "NOERROR")

    def test_what_is_no_message(self):
        wire = dnsmsg.query("a.example", edns=512).wire()
        for cut in range(len(wire)):
            with self.assertRaises(Exception):
                dnsmsg.Message.read(wire[:cut])
        with self.assertRaises(ValueError):
            dnsmsg.Message.read(wire + b"\0")

    def test_compression(self):
        q = dnsmsg.query("_xmpp-client._tcp.lab.example", "SRV")
        asked = upstream.Asked(q, "udp", None, 0, 0)
        m = dnsmsg.Message.read(upstream.compressed_srv("host")(asked).wire())
        self.assertEqual(m.texts(), ["10 5 5222 host.lab.example."])
        self.assertTrue(m.answer[0].compressed)


@unittest.skipUnless(nsd.available(), "NSD is not installed")
class NsdAndPrograms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.nsd = nsd.Nsd({"lab.example": ZONE}).start()

    @classmethod
    def tearDownClass(cls):
        cls.nsd.stop()

    def test_sockets(self):
        for ask in (client.ask_udp, client.ask_tcp):
            m = ask(self.nsd.address, dnsmsg.query("_xmpp-client._tcp.lab.example", "SRV"))
            self.assertEqual(m.texts("SRV"), ["10 5 5222 www.lab.example."])
            m = ask(self.nsd.address, dnsmsg.query("none.lab.example"))
            self.assertEqual((m.status, m.authority[0].type), ("NXDOMAIN", dnsmsg.TYPES["SOA"]))

    def test_programs(self):
        for program in tools.PROGRAMS:
            for tcp in (False, True):
                with self.subTest(program=program, tcp=tcp):
                    if not tools.available(program):
                        self.skipTest(f"{program} is not installed")
                    p = tools.ask(program, self.nsd.address, "_xmpp-client._tcp.lab.example", "SRV",
                                  tcp)
                    self.assertEqual(p.status, "NOERROR", p.text)
                    self.assertEqual(p.texts("SRV"), ["10 5 5222 www.lab.example."])
                    self.assertEqual(p.ttls(), [300])
                    self.assertIn("aa", p.flags)
                    self.assertIn("192.0.2.1", p.texts("A", "additional"))
                    p = tools.ask(program, self.nsd.address, "none.lab.example", "A", tcp)
                    self.assertEqual(p.status, "NXDOMAIN")
                    self.assertEqual([r[3] for r in p.authority], ["SOA"])

    def test_no_reply_is_no_status(self):
        with upstream.Upstream(upstream.silent) as u:
            self.assertIsNone(tools.dig((u.host, u.port), "a.example", timeout=1).status)


class ScriptedUpstream(unittest.TestCase):
    good = staticmethod(upstream.answers(rr("a.example.", "A", "192.0.2.1"),
                                         rr("c.example.", "CNAME", "a.example.")))

    def ask(self, behave, name="a.example", proto="udp", **more):
        with upstream.Upstream(behave) as u:
            ask = client.ask_tcp if proto == "tcp" else client.ask_udp
            reply = ask((u.host, u.port), dnsmsg.query(name, **more), 5)
            self.assertEqual(u.count(name + "."), 1)
            self.assertEqual(u.asked[0].proto, proto)
            return reply

    def test_answers(self):
        for proto in ("udp", "tcp"):
            self.assertEqual(self.ask(self.good, proto=proto).texts(), ["192.0.2.1"])
            self.assertEqual(self.ask(self.good, "c.example", proto).texts(), ["a.example."])
            self.assertEqual(self.ask(self.good, "b.example", proto).status, "NXDOMAIN")
        self.assertEqual(self.ask(self.good, qtype="AAAA").status, "NOERROR")
        self.assertEqual(self.ask(self.good, "example").status, "NOERROR")

    def test_truncated(self):
        behave = upstream.truncated(self.good)
        m = self.ask(behave)
        self.assertTrue(m.truncated and not m.answer)
        self.assertEqual(self.ask(behave, proto="tcp").texts(), ["192.0.2.1"])

    def test_formerr_on_opt(self):
        behave = upstream.formerr_on_opt(self.good)
        self.assertEqual(self.ask(behave, edns=1232).status, "FORMERR")
        self.assertEqual(self.ask(behave).texts(), ["192.0.2.1"])

    def test_wrong_ones_come_first(self):
        # The client skips the wrong ID, and its connected socket the wrong port.
        self.assertEqual(self.ask(upstream.wrong_id(self.good)).texts(), ["192.0.2.1"])
        self.assertEqual(self.ask(upstream.wrong_port(self.good)).texts(), ["192.0.2.1"])
        m = self.ask(upstream.wrong_question(self.good))
        self.assertEqual(m.question[0], "other.a.example.")

    def test_tcp_endings(self):
        with self.assertRaises(EOFError):
            self.ask(upstream.close_midway(self.good), proto="tcp")
        with self.assertRaises((EOFError, ConnectionResetError)):
            self.ask(lambda asked: upstream.Reset(), proto="tcp")

    def test_garbage_and_silence(self):
        with self.assertRaises(Exception):
            self.ask(upstream.garbage)
        with upstream.Upstream(upstream.silent) as u:
            self.assertIsNone(client.ask_udp((u.host, u.port), dnsmsg.query("a.example"), 0.05))

    def test_late_does_not_hold_up_others(self):
        behave = upstream.by_name({"slow.example.": upstream.late(0.3, upstream.failure())},
                                  self.good)
        with upstream.Upstream(behave) as u, client.Tcp((u.host, u.port)) as t:
            begin = time.monotonic()
            t.send(dnsmsg.query("slow.example"), dnsmsg.query("a.example"))
            self.assertEqual(t.receive().question[0], "a.example.")
            self.assertEqual(t.receive().question[0], "slow.example.")
            self.assertGreaterEqual(time.monotonic() - begin, 0.3)

    def test_in_turn(self):
        behave = upstream.in_turn(upstream.failure(), self.good)
        with upstream.Upstream(behave) as u:
            seen = [client.ask_udp((u.host, u.port), dnsmsg.query("a.example")).status
                    for _ in range(3)]
        self.assertEqual(seen, ["SERVFAIL", "NOERROR", "NOERROR"])

    def test_a_mistake_in_a_script_fails_the_test(self):
        with self.assertRaises(AssertionError):
            with upstream.Upstream(lambda asked: 1 / 0) as u:
                client.ask_udp((u.host, u.port), dnsmsg.query("a.example"), 0.2)

    def test_ipv6(self):
        with upstream.Upstream(self.good, host="::1") as u:
            m = client.ask_udp(("::1", u.port), dnsmsg.query("a.example"))
            self.assertEqual(m.texts(), ["192.0.2.1"])


class Processes(unittest.TestCase):
    def test_output_is_waited_for(self):
        import subprocess
        p = subprocess.Popen([sys.executable, "-c", "print('one'); print('two 2')"],
                             stdout=subprocess.PIPE)
        out = process.Output(p.stdout)
        self.assertEqual(out.wait(r"two (\d)")[1], "2")
        with self.assertRaises(AssertionError):
            out.wait("three")
        p.wait()
        p.stdout.close()

    def test_sanitizer_reports_are_seen(self):
        for line in ("==7==ERROR: AddressSanitizer: heap-use-after-free", "x.c:3: runtime error: y",
                     "==7==ERROR: LeakSanitizer: detected memory leaks",
                     "WARNING: ThreadSanitizer: data race"):
            self.assertTrue(re.search(daemon.SANITIZER, line))


if __name__ == "__main__":
    unittest.main()
