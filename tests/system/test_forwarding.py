"""Questions that are not ours: asked upstream, cached, and answered as they came."""

import threading
import time
import unittest

from lib import client, dnsmsg, nsd, process, tools, upstream
from lib.daemon import Daemon
from lib.dnsmsg import query, rr

ZONE = """
www 300 A 192.0.2.1
www AAAA 2001:db8::1
alias CNAME www
mx MX 10 www
_xmpp-client._tcp SRV 10 5 5222 www
odd TYPE65280 \\# 4 0a000001
sub.below A 192.0.2.9
*.wild TXT "any"
"""


def to(*servers):
    return "upstreams: [{servers: [%s]}]\n" % ", ".join(f'"{s}"' for s in servers)


@unittest.skipUnless(nsd.available() and tools.available(), "needs NSD, dig, kdig and drill")
class RealTools(unittest.TestCase):
    """NSD behind, and dig, kdig and drill in front."""

    @classmethod
    def setUpClass(cls):
        cls.nsd = nsd.Nsd({"lab.example": ZONE}, negative=45).start()
        cls.addClassCleanup(cls.nsd.stop)
        cls.daemon = Daemon(to(cls.nsd), listen=("127.0.0.1:0", "[::1]:0"))
        cls.enterClassContext(cls.daemon)

    def each(self):
        for program in tools.PROGRAMS:
            for tcp in (False, True):
                for address in self.daemon.addresses:
                    with self.subTest(program=program, tcp=tcp, address=address):
                        yield lambda name, rrtype="A", p=program, t=tcp, a=address: \
                            tools.ask(p, a, name, rrtype, t)

    def test_it_listens_on_both_families(self):
        self.assertEqual([a[0] for a in self.daemon.addresses], ["127.0.0.1", "::1"])

    def test_types(self):
        rows = [("www", "A", ["192.0.2.1"]), ("www", "AAAA", ["2001:db8::1"]),
                ("mx", "MX", ["10 www.lab.example."]),
                ("_xmpp-client._tcp", "SRV", ["10 5 5222 www.lab.example."]),
                ("x.wild", "TXT", ['"any"']), ("odd", "TYPE65280", [r"\# 4 0a000001"])]
        for ask in self.each():
            for name, rrtype, wanted in rows:
                p = ask(name + ".lab.example", rrtype)
                self.assertEqual(p.status, "NOERROR", p.text)
                self.assertEqual([t.lower() for t in p.texts(rrtype)], wanted, p.text)
                self.assertTrue({"qr", "rd", "ra"} <= p.flags, p.text)
                self.assertNotIn("ad", p.flags)

    def test_cname(self):
        for ask in self.each():
            p = ask("alias.lab.example")
            self.assertEqual([r[3] for r in p.answer], ["CNAME", "A"], p.text)
            self.assertEqual(p.texts("A"), ["192.0.2.1"])

    def test_nothing(self):
        rows = [("none", "NXDOMAIN"), ("below", "NOERROR")]
        for ask in self.each():
            for name, status in rows:
                p = ask(name + ".lab.example")
                self.assertEqual((p.status, p.answer), (status, []), p.text)
                self.assertEqual([r[3] for r in p.authority], ["SOA"], p.text)
                self.assertLessEqual(p.ttls("authority")[0], 45)

    def test_case_of_the_question(self):
        m = client.ask_udp(self.daemon.address, query("WwW.LaB.eXaMpLe"))
        self.assertEqual(m.question[0], "WwW.LaB.eXaMpLe.")
        self.assertEqual(m.texts(), ["192.0.2.1"])

    def test_opt_only_for_those_who_sent_one(self):
        for ask in (client.ask_udp, client.ask_tcp):
            self.assertIsNone(ask(self.daemon.address, query("www.lab.example")).edns)
            self.assertEqual(ask(self.daemon.address, query("www.lab.example", edns=4096)).edns,
                             1232)


class Scripted(unittest.TestCase):
    """One scripted upstream, one daemon with a worker, for each test."""

    def serve(self, behave, config="", servers=(), **more):
        u = self.enterContext(upstream.Upstream(behave, **more))
        d = self.enterContext(Daemon(to(u, *servers) + "threads: 1\n" + config))
        return u, d

    def ask(self, d, name="a.example", qtype="A", **more):
        return client.ask_udp(d.address, query(name, qtype, **more))


def good(ttl=300, minimum=60):
    return upstream.answers(rr("a.example.", "A", "192.0.2.1", ttl),
                            rr("text.example.", "TXT", "x" * 200, ttl),
                            rr("zero.example.", "A", "192.0.2.2", 0), soa_minimum=minimum)


class Cache(Scripted):
    def test_asked_once_and_ttl_counts_down(self):
        u, d = self.serve(good())
        first = self.ask(d)
        self.assertEqual(first.answer[0].ttl, 300)
        begin = time.monotonic()
        while (again := self.ask(d)).answer[0].ttl == 300:
            self.assertLess(time.monotonic() - begin, 5, "the TTL does not count down")
        self.assertEqual(again.answer[0].ttl, 299)
        self.assertEqual(again.texts(), first.texts())
        self.assertEqual(client.ask_tcp(d.address, query("A.example")).texts(), first.texts())
        self.assertEqual(u.count("a.example."), 1)

    def test_negative_answers_are_kept(self):
        u, d = self.serve(good(minimum=33))
        for name, qtype, status in (("b.example", "A", "NXDOMAIN"), ("a.example", "TXT", "NOERROR")):
            for _ in range(3):
                m = self.ask(d, name, qtype)
                self.assertEqual((m.status, m.answer), (status, []))
                self.assertEqual(m.authority[0].type, dnsmsg.TYPES["SOA"])
                self.assertLessEqual(m.authority[0].ttl, 33)
        # NXDOMAIN holds for every type of the name, NODATA for its own type only.
        self.assertEqual(self.ask(d, "b.example", "SRV").status, "NXDOMAIN")
        self.assertEqual(self.ask(d, "a.example", "AAAA").status, "NOERROR")
        self.assertEqual(u.count("b.example."), 1)
        self.assertEqual(u.count("a.example."), 2)

    def test_negative_without_soa_and_ttl_0_are_not_kept(self):
        u, d = self.serve(upstream.by_name({"zero.example.": good()},
                                           upstream.failure("NXDOMAIN")))
        for name in ("zero.example", "none.example"):
            for _ in range(2):
                self.ask(d, name)
            self.assertEqual(u.count(name + "."), 2)

    def test_do_and_cd_are_apart(self):
        def behave(asked):
            flags = asked.message.flags & dnsmsg.CD
            do = bool(asked.message.edns_flags & dnsmsg.DO)
            return asked.message.reply([rr("a.example.", "TXT", f"do {do} cd {bool(flags)}")])
        _, d = self.serve(behave)
        for _ in range(2):
            for do in (False, True):
                for cd in (False, True):
                    m = self.ask(d, qtype="TXT", do=do, flags=dnsmsg.RD | (dnsmsg.CD if cd else 0))
                    self.assertEqual(m.texts(), [f'"do {do} cd {cd}"'])
                    self.assertEqual(bool(m.flags & dnsmsg.CD), cd)

    def test_max_ttl(self):
        _, d = self.serve(good(ttl=5000), "cache: {max-ttl: 60s, max-negative-ttl: 10s}")
        self.assertEqual(self.ask(d).answer[0].ttl, 60)
        self.assertEqual(self.ask(d, "b.example").authority[0].ttl, 10)

    def test_serve_stale(self):
        down = threading.Event()
        base = good(ttl=1)
        u, d = self.serve(lambda q: q.message.reply(rcode="SERVFAIL") if down.is_set() else base(q),
                          "cache: {serve-stale: 1h}")
        self.assertEqual(self.ask(d).texts(), ["192.0.2.1"])
        down.set()
        deadline = time.monotonic() + 10
        m = self.ask(d, edns=1232)
        while not m.ede and time.monotonic() < deadline:
            m = self.ask(d, edns=1232)
        self.assertEqual((m.status, m.texts()), ("NOERROR", ["192.0.2.1"]))
        self.assertIn(3, [code for code, _ in m.ede])
        self.assertEqual(m.answer[0].ttl, 30)
        self.assertGreater(u.count(), 1)

    def test_failures_are_kept_shortly(self):
        u, d = self.serve(upstream.failure())
        for _ in range(5):
            self.assertEqual(self.ask(d).status, "SERVFAIL")
        self.assertLessEqual(u.count(), 2)


class Transport(Scripted):
    def test_truncated_is_asked_over_tcp(self):
        u, d = self.serve(upstream.truncated(good()))
        self.assertEqual(self.ask(d).texts(), ["192.0.2.1"])
        self.assertEqual((u.count(proto="udp"), u.count(proto="tcp")), (1, 1))

    def test_large_answers(self):
        records = [rr("big.example.", "TXT", f"{i:04} " + "x" * 200) for i in range(250)]
        u, d = self.serve(upstream.truncated(upstream.answers(*records)))
        m = client.ask_tcp(d.address, query("big.example", "TXT"))
        self.assertEqual(sorted(m.texts()), sorted(r.rdata[1:].decode().join('""') for r in records))
        m = self.ask(d, "big.example", "TXT", edns=1232)
        self.assertTrue(m.truncated)
        self.assertLessEqual(m.size, 1232)
        m = self.ask(d, "big.example", "TXT")
        self.assertTrue(m.truncated)
        self.assertLessEqual(m.size, 512)
        self.assertEqual(u.count(proto="tcp"), 1)

    def test_formerr_on_opt(self):
        u, d = self.serve(upstream.formerr_on_opt(good()))
        self.assertEqual(self.ask(d, edns=1232).texts(), ["192.0.2.1"])
        self.assertEqual([q.message.edns for q in u.asked], [1232, None])

    def test_what_is_asked_upstream(self):
        u, d = self.serve(good())
        self.ask(d, "A.Example", do=True)
        m = u.asked[0].message
        self.assertEqual((m.question, m.edns), (("a.example.", 1, 1), 1232))
        self.assertTrue(m.edns_flags & dnsmsg.DO and m.flags & dnsmsg.RD)

    def test_ids_and_ports_differ(self):
        u, d = self.serve(upstream.failure("NXDOMAIN"))
        for i in range(100):
            self.ask(d, f"n{i}.example")
        self.assertGreater(len({q.message.id for q in u.asked}), 90)
        self.assertGreater(len({q.peer[1] for q in u.asked}), 2)

    def test_foreign_replies_are_ignored(self):
        for name, wrong in (("id", upstream.wrong_id), ("port", upstream.wrong_port),
                            ("question", upstream.wrong_question)):
            with self.subTest(wrong=name):
                u, d = self.serve(wrong(good()))
                for _ in range(2):
                    self.assertEqual(self.ask(d).texts(), ["192.0.2.1"])
                self.assertEqual(u.count(), 1)

    def test_compressed_srv_is_written_out(self):
        _, d = self.serve(upstream.compressed_srv("xmpp"))
        for _ in range(2):
            m = self.ask(d, "_xmpp-client._tcp.lab.example", "SRV")
            self.assertEqual(m.texts(), ["10 5 5222 xmpp.lab.example."])
            self.assertFalse(m.answer[0].compressed)

    def test_late_answer(self):
        u, d = self.serve(upstream.late(1.0, good()))
        self.assertEqual(self.ask(d).texts(), ["192.0.2.1"])

    def test_upstream_over_ipv6(self):
        _, d = self.serve(good(), host="::1")
        self.assertEqual(self.ask(d).texts(), ["192.0.2.1"])

    def test_upstream_over_tcp_only(self):
        with upstream.Upstream(good()) as u, Daemon(to(f"tcp://{u}")) as d:
            self.assertEqual(self.ask(d).texts(), ["192.0.2.1"])
            self.assertEqual(u.count(proto="udp"), 0)


class Failure(Scripted):
    """Clients give up at 5 s: whatever upstream does, they have a reply before that."""

    def timed(self, d, name="a.example"):
        begin = time.monotonic()
        m = self.ask(d, name, edns=1232)
        self.assertIsNotNone(m, "no reply at all")
        self.assertLess(time.monotonic() - begin, 5)
        return m

    def test_all_silent(self):
        with upstream.Upstream(upstream.silent) as other:
            _, d = self.serve(upstream.silent, servers=[other])
            m = self.timed(d)
            self.assertEqual(m.status, "SERVFAIL")
            self.assertTrue(m.ede, "no extended error")
            self.assertEqual(m.ede[0][0], 22)
            self.assertTrue(m.flags & dnsmsg.RA)

    def test_nobody_there(self):
        with Daemon(to(f"127.0.0.1:{process.free_port()}")) as d:
            m = self.timed(d)
            self.assertEqual(m.status, "SERVFAIL")
            self.assertIn(m.ede[0][0], (22, 23))

    def test_next_server_answers(self):
        rows = [("silent", upstream.silent), ("garbage", upstream.garbage),
                ("SERVFAIL", upstream.failure()), ("REFUSED", upstream.failure("REFUSED")),
                ("closes in mid-message", upstream.close_midway(good())),
                ("resets", upstream.by_name({}, lambda q: q.message.reply(flags=dnsmsg.TC)
                                            if q.proto == "udp" else upstream.Reset()))]
        for name, behave in rows:
            with self.subTest(first=name), upstream.Upstream(good()) as second:
                first, d = self.serve(behave, servers=[second])
                for number in range(3):  # whichever is asked first
                    self.timed(d, f"n{number}.example")
                m = self.timed(d)
                self.assertEqual(m.texts(), ["192.0.2.1"])
                self.assertGreater(first.count(), 0)

    def test_a_dead_server_is_set_aside(self):
        with upstream.Upstream(good()) as second:
            first, d = self.serve(upstream.silent, servers=[second])
            for number in range(30):
                self.assertEqual(self.timed(d, f"n{number}.example").status, "NXDOMAIN")
            self.assertLess(first.count(), 20)

    def test_garbage_alone(self):
        _, d = self.serve(upstream.garbage)
        self.assertEqual(self.timed(d).status, "SERVFAIL")

    def test_closes_in_mid_message_alone(self):
        # UDP said no more than TC: to pass that on as "no such record" would be a lie.
        _, d = self.serve(upstream.close_midway(good()))
        self.assertEqual(self.timed(d).status, "SERVFAIL")

    def test_tcp_fails_but_udp_had_records(self):
        def behave(asked):
            if asked.proto == "tcp":
                return upstream.Close()
            reply = good()(asked)
            reply.flags |= dnsmsg.TC
            return reply
        _, d = self.serve(behave)
        for _ in range(2):
            m = self.timed(d)
            self.assertEqual((m.texts(), m.truncated), (["192.0.2.1"], True))

    def test_answer_that_comes_too_late_does_no_harm(self):
        _, d = self.serve(upstream.by_name({"slow.example.": upstream.late(4.5, good())}, good()))
        self.assertEqual(self.timed(d, "slow.example").status, "SERVFAIL")
        self.assertEqual(self.timed(d).texts(), ["192.0.2.1"])


class Routing(Scripted):
    def test_longest_suffix_wins(self):
        def named(text):
            return lambda q: q.message.reply([rr(q.name, "TXT", text)])
        servers = [self.enterContext(upstream.Upstream(named(n)))
                   for n in ("default", "corp", "lab.corp")]
        config = f"""upstreams:
  - servers: ["{servers[0]}"]
  - {{domains: [corp.example], servers: ["{servers[1]}"]}}
  - {{domains: [lab.corp.example], servers: ["{servers[2]}"]}}
"""
        rows = [("a.example", "default"), ("corp.example", "corp"), ("x.Corp.example", "corp"),
                ("xcorp.example", "default"), ("lab.corp.example", "lab.corp"),
                ("a.b.lab.corp.example", "lab.corp"), ("alab.corp.example", "corp")]
        with Daemon(config) as d:
            for name, wanted in rows:
                self.assertEqual(self.ask(d, name, "TXT").texts(), [f'"{wanted}"'], name)


class Coalescing(Scripted):
    def test_twenty_ask_the_same_slow_question(self):
        u, d = self.serve(upstream.late(0.5, good()))
        replies = []

        def one():
            replies.append(self.ask(d))
        threads = [threading.Thread(target=one) for _ in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual([m.texts() for m in replies], [["192.0.2.1"]] * 20)
        # A retry may have gone out before the answer came; 20 questions have not.
        self.assertLessEqual(u.count(), 2)

    def test_one_question_on_one_connection_many_times(self):
        u, d = self.serve(upstream.late(0.3, good()))
        with client.Tcp(d.address) as t:
            queries = [query("a.example") for _ in range(20)]
            t.send(*queries)
            ids = {t.receive().id for _ in range(20)}
            self.assertEqual(ids, {q.id for q in queries})
        self.assertLessEqual(u.count(), 2)


if __name__ == "__main__":
    unittest.main()
