"""What the policy says, seen from outside, with a scripted upstream that notes what it was asked."""

import unittest

from lib import client, dnsmsg, tools, upstream
from lib.daemon import Daemon
from lib.dnsmsg import query, rr, srv

SERVICES = ("xmpp-client", "xmpp-server", "xmpps-client", "xmpps-server")


def upstream_records():
    """Upstream has SRV records of its own for every domain, so that a leak is seen."""
    records = [rr(f"_{s}._tcp.{d}.", "SRV", srv(1, 1, 1, "upstream.example."))
               for s in SERVICES for d in ("lab.example", "has.example", "up.example",
                                           "none.example", "nd.example")]
    return records + [
        rr("lab.example.", "A", "203.0.113.1"), rr("lab.example.", "MX", b"\0\x0a" + b"\0"),
        rr("xmpp1.lab.example.", "TXT", "from upstream"),
        rr("up.example.", "A", "203.0.113.2"),
        rr("alias-up.example.", "CNAME", "xmpp1.lab.example."),
        rr("alias-srv.example.", "CNAME", "_xmpp-client._tcp.lab.example."),
        rr("outside.example.", "A", "203.0.113.3"),
    ]


class Policy(unittest.TestCase):
    """Subclasses have a `config`; one daemon for all tests of a class."""
    config = ""
    files = {}

    @classmethod
    def setUpClass(cls):
        if cls is Policy:
            raise unittest.SkipTest("a base for others")
        cls.upstream = upstream.Upstream(upstream.answers(*upstream_records()))
        cls.enterClassContext(cls.upstream)
        cls.daemon = Daemon(f'upstreams: [{{servers: ["{cls.upstream}"]}}]\n' + cls.config,
                            files=cls.files)
        cls.enterClassContext(cls.daemon)

    def ask(self, name, qtype="SRV", tcp=False, **more):
        ask = client.ask_tcp if tcp else client.ask_udp
        m = ask(self.daemon.address, query(name, qtype, **more))
        self.assertIsNotNone(m, f"no reply to {name} {qtype}")
        self.assertTrue(m.flags & dnsmsg.RA)
        return m

    def service(self, domain, service="xmpp-client", **more):
        return self.ask(f"_{service}._tcp.{domain}", **more)

    def assertOurs(self, m):
        self.assertTrue(m.flags & dnsmsg.AA, m)
        self.assertFalse(m.flags & dnsmsg.AD, m)
        self.assertEqual(len({r.ttl for r in m.answer + m.authority + m.additional} | {0}), 2,
                         "TTLs differ")

    def assertNodata(self, m):
        self.assertEqual((m.status, m.answer), ("NOERROR", []), m)
        self.assertEqual([r.type for r in m.authority], [dnsmsg.TYPES["SOA"]], m)

    def assertNotAskedUpstream(self, name, qtype=None):
        self.assertEqual(self.upstream.count(name.lower() + ".", qtype), 0, f"{name} leaked")


class Override(Policy):
    config = """
ttl: 7s
domains:
  - name: lab.example
    xmpp-client:
      - {target: xmpp1.lab.example, port: 5222, priority: 10, weight: 5}
      - {target: xmpp2.lab.example, port: 5299, priority: 20, weight: 9}
    xmpp-server: [{target: xmpp1.lab.example}]
    xmpps-client: none
    xmpps-server: nxdomain
    components: [conference, upload]
  - {name: nd.example, xmpp-client: nodata, ttl: 30s, others: nodata}
  - {name: none.example, others: none, xmpp-client: [{target: x.none.example}]}
  - {name: up.example, xmpp-client: [{target: x.up.example}]}
hosts:
  - {name: xmpp1.lab.example, addresses: [10.5.0.11, "fd00::11"]}
  - {name: xmpp2.lab.example, addresses: [10.5.0.12]}
"""

    def test_targets(self):
        for tcp in (False, True):
            for edns in (None, 1232):
                m = self.service("lab.example", tcp=tcp, edns=edns)
                self.assertEqual(m.status, "NOERROR")
                self.assertEqual(m.texts("SRV"), ["10 5 5222 xmpp1.lab.example.",
                                                  "20 9 5299 xmpp2.lab.example."])
                self.assertEqual(m.texts(section="additional"),
                                 ["10.5.0.11", "fd00::11", "10.5.0.12"])
                self.assertEqual({r.ttl for r in m.answer + m.additional}, {7})
                self.assertFalse(any(r.compressed for r in m.answer))
                self.assertOurs(m)
        self.assertNotAskedUpstream("_xmpp-client._tcp.lab.example", "SRV")

    def test_defaults_of_a_target(self):
        m = self.service("lab.example", "xmpp-server")
        self.assertEqual(m.texts("SRV"), ["0 5 5269 xmpp1.lab.example."])

    def test_case_is_echoed(self):
        m = self.ask("_XMPP-Client._TCP.LAB.Example")
        self.assertEqual(m.question[0], "_XMPP-Client._TCP.LAB.Example.")
        self.assertEqual(len(m.answer), 2)
        self.assertEqual(m.answer[0].name, "_XMPP-Client._TCP.LAB.Example.")

    def test_none_is_a_lone_dot(self):
        m = self.service("lab.example", "xmpps-client")
        self.assertEqual([t.split()[-1] for t in m.texts("SRV")], ["."])
        self.assertOurs(m)

    def test_nxdomain(self):
        m = self.service("lab.example", "xmpps-server")
        self.assertEqual((m.status, m.answer), ("NXDOMAIN", []))
        self.assertEqual([r.type for r in m.authority], [dnsmsg.TYPES["SOA"]])
        self.assertNotAskedUpstream("_xmpps-server._tcp.lab.example")

    def test_nodata_has_a_soa_with_the_ttl(self):
        m = self.service("nd.example")
        self.assertNodata(m)
        self.assertEqual(m.authority[0].ttl, 30)
        self.assertEqual(int(m.authority[0].text.split()[-1]), 30)  # MINIMUM
        self.assertOurs(m)

    def test_others(self):
        self.assertNodata(self.service("nd.example", "xmpp-server"))
        self.assertEqual([t.split()[-1] for t in self.service("none.example", "xmpp-server").texts()],
                         ["."])
        self.assertEqual(self.service("up.example", "xmpp-server").texts(),
                         ["1 1 1 upstream.example."])
        self.assertNotAskedUpstream("_xmpp-server._tcp.nd.example")
        self.assertNotAskedUpstream("_xmpp-server._tcp.none.example")

    def test_other_types_of_a_service_name(self):
        m = self.ask("_xmpp-client._tcp.lab.example", "TXT")
        self.assertNodata(m)

    def test_components(self):
        for component in ("conference", "upload"):
            domain = f"{component}.lab.example"
            self.assertEqual(self.service(domain, "xmpp-server").texts("SRV"),
                             ["0 5 5269 xmpp1.lab.example."])
            self.assertEqual(self.service(domain, "xmpps-server").status, "NXDOMAIN")
        # Clients have no business with components: theirs go upstream.
        self.assertEqual(self.service("conference.lab.example").status, "NXDOMAIN")
        self.assertGreater(self.upstream.count("_xmpp-client._tcp.conference.lab.example."), 0)

    def test_only_what_is_named_is_touched(self):
        self.assertEqual(self.ask("lab.example", "A").texts(), ["203.0.113.1"])
        self.assertEqual(self.ask("outside.example", "A").texts(), ["203.0.113.3"])
        self.assertEqual(self.ask("xmpp1.lab.example", "TXT").texts(), ['"from upstream"'])
        self.assertFalse(self.ask("lab.example", "A").flags & dnsmsg.AA)

    def test_names_above_exist(self):
        self.assertNodata(self.ask("_tcp.lab.example", "A"))
        self.assertNodata(self.ask("_tcp.conference.lab.example", "SRV"))
        self.assertNodata(self.ask("conference.lab.example", "A"))
        self.assertEqual(self.ask("nothing.lab.example", "A").status, "NXDOMAIN")
        # Once more from the cache.
        self.assertNodata(self.ask("conference.lab.example", "A"))

    def test_hosts(self):
        rows = [("xmpp1", "A", ["10.5.0.11"]), ("xmpp1", "AAAA", ["fd00::11"]),
                ("xmpp2", "A", ["10.5.0.12"])]
        for name, qtype, wanted in rows:
            m = self.ask(name + ".lab.example", qtype)
            self.assertEqual(m.texts(qtype), wanted)
            self.assertOurs(m)
        self.assertNodata(self.ask("xmpp2.lab.example", "AAAA"))
        self.assertNotAskedUpstream("xmpp2.lab.example", "AAAA")

    def test_rule_is_told(self):
        m = self.service("lab.example", edns=1232)
        self.assertTrue(any("shunt.yaml:" in text for _, text in m.ede), m.ede)

    def test_any(self):
        m = self.ask("_xmpp-client._tcp.lab.example", "ANY")
        self.assertEqual(len(m.texts("SRV")), 2)
        self.assertNotAskedUpstream("_xmpp-client._tcp.lab.example", "ANY")

    def test_other_classes_are_not_ours(self):
        m = self.ask("_xmpp-client._tcp.lab.example", qclass=3)
        self.assertEqual(m.status, "REFUSED")

    @unittest.skipUnless(tools.available(), "needs dig, kdig and drill")
    def test_programs(self):
        for program in tools.PROGRAMS:
            for tcp in (False, True):
                with self.subTest(program=program, tcp=tcp):
                    p = tools.ask(program, self.daemon.address, "_xmpp-client._tcp.lab.example",
                                  "SRV", tcp)
                    self.assertEqual(p.status, "NOERROR", p.text)
                    self.assertEqual(len(p.texts("SRV")), 2)
                    self.assertTrue({"aa", "ra"} <= p.flags, p.text)
                    self.assertEqual(p.texts("A", "additional"), ["10.5.0.11", "10.5.0.12"])


class Synthesize(Policy):
    config = """
domains:
  - name: has.example
    mode: synthesize
    xmpp-client: [{target: ours.example}]
  - name: hasnt.example
    mode: synthesize
    xmpp-client: [{target: ours.example, port: 5333}]
  - name: fails.example
    mode: synthesize
    xmpp-client: [{target: ours.example}]
"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rest = cls.upstream.behave
        cls.upstream.behave = lambda asked: asked.message.reply(rcode="SERVFAIL") \
            if "fails" in asked.name else rest(asked)

    def test_upstreams_data_wins(self):
        for _ in range(2):
            self.assertEqual(self.service("has.example").texts(), ["1 1 1 upstream.example."])

    def test_ours_where_upstream_has_nothing(self):
        for _ in range(3):
            m = self.service("hasnt.example")
            self.assertEqual((m.status, m.texts()), ("NOERROR", ["0 5 5333 ours.example."]))
            self.assertEqual(m.authority, [])
        self.assertEqual(self.upstream.count("_xmpp-client._tcp.hasnt.example."), 1)

    def test_failure_is_passed_on(self):
        self.assertEqual(self.service("fails.example").status, "SERVFAIL")

    def test_names_above(self):
        self.assertNodata(self.ask("_tcp.hasnt.example", "A"))


class Records(Policy):
    config = """
ttl: 9s
records: |
  _xmpp-server._tcp.conference.example.com. 3600 IN SRV 0 5 5269 xmpp.example.com.
  txt.example.com. TXT "one" "two"
  odd.example.com. 60 TYPE65280 \\# 4 0a000001
  *.wild.example.com. 60 IN A 192.0.2.77
  there.wild.example.com. 60 IN TXT "I am"
  alias.example.com. 60 CNAME target.example.com.
  target.example.com. 90 A 192.0.2.78
  alias-out.example.com. 60 CNAME outside.example.
  alias-srv.example.com. 60 CNAME _xmpp-server._tcp.conference.example.com.
  alias-none.example.com. 60 CNAME nothing.outside.example.
  loop1.example.com. 60 CNAME loop2.example.com.
  loop2.example.com. 60 CNAME loop1.example.com.
zones: [lab.zone]
domains:
  - {name: lab.example, xmpp-client: [{target: xmpp1.lab.example}]}
hosts:
  - {name: xmpp1.lab.example, addresses: [10.5.0.11]}
"""
    files = {"lab.zone": """$ORIGIN zone.example.
$TTL 120
www A 192.0.2.80
    AAAA 2001:db8::80
_xmpp-client._tcp SRV ( 1 2 ; a comment
                        5222 www )
"""}

    def test_lines(self):
        m = self.ask("_xmpp-server._tcp.conference.example.com")
        self.assertEqual(m.texts(), ["0 5 5269 xmpp.example.com."])
        self.assertEqual(m.answer[0].ttl, 3600)
        m = self.ask("txt.example.com", "TXT")
        self.assertEqual((m.texts(), m.answer[0].ttl), (['"one" "two"'], 9))
        self.assertEqual(self.ask("odd.example.com", "TYPE65280").texts(), ["0a000001"])

    def test_zone_file(self):
        self.assertEqual(self.ask("www.zone.example", "A").texts(), ["192.0.2.80"])
        self.assertEqual(self.ask("www.zone.example", "AAAA").answer[0].ttl, 120)
        self.assertEqual(self.ask("_xmpp-client._tcp.zone.example").texts(),
                         ["1 2 5222 www.zone.example."])

    def test_exact_name_and_type_only(self):
        self.assertEqual(self.ask("txt.example.com", "A").status, "NOERROR")
        self.assertGreater(self.upstream.count("txt.example.com.", "A"), 0)
        self.assertNotAskedUpstream("txt.example.com", "TXT")

    def test_wildcard(self):
        for name in ("a.wild.example.com", "B.c.wild.example.com"):
            m = self.ask(name, "A")
            self.assertEqual(m.texts(), ["192.0.2.77"])
            self.assertEqual(m.answer[0].name, name + ".")
        # A name that exists is not the wildcard's (RFC 4592 §2.2.1).
        self.assertEqual(self.ask("there.wild.example.com", "A").texts(), [])
        self.assertEqual(self.ask("wild.example.com", "A").texts(), [])

    def test_cname(self):
        for tcp in (False, True):
            m = self.ask("alias.example.com", "A", tcp=tcp)
            self.assertEqual(m.texts(), ["target.example.com.", "192.0.2.78"])
            m = self.ask("alias-srv.example.com", tcp=tcp)
            self.assertEqual(m.texts("SRV"), ["0 5 5269 xmpp.example.com."])
            self.assertEqual(m.texts("CNAME"), ["_xmpp-server._tcp.conference.example.com."])
        self.assertEqual(self.ask("alias.example.com", "CNAME").texts(), ["target.example.com."])

    def test_cname_to_upstream(self):
        for _ in range(2):
            m = self.ask("alias-out.example.com", "A")
            self.assertEqual(m.texts(), ["outside.example.", "203.0.113.3"])
            m = self.ask("alias-none.example.com", "A")
            self.assertEqual((m.status, m.texts()), ("NXDOMAIN", ["nothing.outside.example."]))
        self.assertEqual(self.upstream.count("outside.example.", "A"), 1)
        self.assertNotAskedUpstream("alias-out.example.com")

    def test_upstreams_cname_to_ours(self):
        for _ in range(2):
            m = self.ask("alias-up.example", "A")
            self.assertEqual(m.texts(), ["xmpp1.lab.example.", "10.5.0.11"])
            m = self.ask("alias-srv.example")
            self.assertEqual(m.texts("SRV"), ["0 5 5222 xmpp1.lab.example."])
        self.assertNotAskedUpstream("xmpp1.lab.example", "A")

    def test_cname_loop_ends(self):
        m = self.ask("loop1.example.com", "A")
        self.assertIn(m.status, ("NOERROR", "SERVFAIL"))


class Wildcards(Policy):
    config = """
domains:
  - name: '*.customers.example'
    xmpp-client: [{target: gw.example}]
  - name: special.customers.example
    xmpp-client: [{target: special.example}]
  - name: '*.deep.customers.example'
    xmpp-client: none
hosts:
  - {name: gw.example, addresses: [192.0.2.9]}
"""

    def test_names_below(self):
        for domain in ("a.customers.example", "A.B.customers.example"):
            m = self.service(domain)
            self.assertEqual(m.texts("SRV"), ["0 5 5222 gw.example."])
            self.assertEqual(m.answer[0].name, f"_xmpp-client._tcp.{domain}.")
            self.assertEqual(m.texts(section="additional"), ["192.0.2.9"])
        self.assertEqual(self.service("customers.example").texts(), [])

    def test_exact_and_longer_win(self):
        self.assertEqual(self.service("special.customers.example").texts(),
                         ["0 5 5222 special.example."])
        self.assertEqual([t.split()[-1] for t in self.service("x.deep.customers.example").texts()],
                         ["."])

    def test_other_services_go_upstream(self):
        # Upstream says NXDOMAIN, but to the policy all names below its wildcard exist.
        m = self.service("a.customers.example", "xmpp-server")
        self.assertEqual((m.status, m.texts()), ("NOERROR", []))
        self.assertGreater(self.upstream.count("_xmpp-server._tcp.a.customers.example."), 0)


class Large(Policy):
    """20 targets: over 512 bytes by far."""
    config = "domains:\n  - name: lab.example\n    xmpp-client:\n" + "".join(
        f"      - {{target: host{i:02}.lab.example, priority: {i + 1}, weight: 5}}\n"
        for i in reversed(range(20))) + "hosts:\n" + "".join(
        f"  - {{name: host{i:02}.lab.example, addresses: [10.0.0.{i + 1}, 'fd00::{i + 1}']}}\n"
        for i in range(20))
    all = [f"{i + 1} 5 5222 host{i:02}.lab.example." for i in range(20)]

    def test_without_edns(self):
        m = self.service("lab.example")
        self.assertTrue(m.truncated)
        self.assertLessEqual(m.size, 512)
        # As many whole records as fit, and the best of them.
        self.assertGreater(len(m.answer), 5)
        self.assertEqual(sorted(m.texts(), key=lambda t: int(t.split()[0])),
                         self.all[:len(m.answer)])
        self.assertEqual(m.additional, [])

    def test_with_edns(self):
        m = self.service("lab.example", edns=1232)
        self.assertFalse(m.truncated)
        self.assertLessEqual(m.size, 1232)
        self.assertEqual(sorted(m.texts(), key=lambda t: int(t.split()[0])), self.all)

    def test_small_and_huge_payload_sizes(self):
        self.assertLessEqual(self.service("lab.example", edns=0).size, 512)
        self.assertLessEqual(self.service("lab.example", edns=600).size, 600)
        self.assertLessEqual(self.service("lab.example", edns=65535).size, 1232)

    def test_over_tcp(self):
        m = self.service("lab.example", tcp=True)
        self.assertFalse(m.truncated)
        self.assertEqual(len(m.answer), 20)
        self.assertEqual(len(m.additional), 40)

    @unittest.skipUnless(tools.available("dig"), "needs dig")
    def test_dig_follows_tc(self):
        p = tools.dig(self.daemon.address, "_xmpp-client._tcp.lab.example", "SRV", "+noedns")
        self.assertEqual(len(p.texts("SRV")), 20, p.text)


class Order(Policy):
    config = "".join(f"""
  - name: {order}.example
    order: {order}
    xmpp-client: [{", ".join(f"{{target: t{i}.example}}" for i in range(4))}]
""" for order in ("fixed", "rotate", "shuffle"))
    config = "domains:" + config

    def orders(self, domain):
        return {tuple(self.service(domain).texts()) for _ in range(64)}

    def test_fixed(self):
        self.assertEqual(len(self.orders("fixed.example")), 1)

    def test_rotate(self):
        orders = self.orders("rotate.example")
        self.assertEqual({o[0] for o in orders}, {f"0 5 5222 t{i}.example." for i in range(4)})
        self.assertEqual(len(orders), 4)

    def test_shuffle(self):
        self.assertGreater(len(self.orders("shuffle.example")), 4)


class CommandLine(unittest.TestCase):
    def test_record_option(self):
        with upstream.Upstream(upstream.answers()) as u, \
                Daemon(args=("-u", str(u), "-r", "_xmpp-client._tcp.a.example. SRV 1 2 3 b.example.",
                             "-r", "b.example. A 192.0.2.5")) as d:
            m = client.ask_udp(d.address, query("_xmpp-client._tcp.a.example", "SRV"))
            self.assertEqual(m.texts(), ["1 2 3 b.example."])
            self.assertEqual(client.ask_udp(d.address, query("b.example")).texts(), ["192.0.2.5"])
            self.assertEqual(client.ask_udp(d.address, query("c.example")).status, "NXDOMAIN")

    def test_clients_outside_allow(self):
        with upstream.Upstream(upstream.answers(rr("a.example.", "A", "192.0.2.1"))) as u, \
                Daemon(f'allow: [192.0.2.0/24]\nupstreams: [{{servers: ["{u}"]}}]') as d:
            m = client.ask_udp(d.address, query("a.example", edns=1232))
            self.assertEqual((m.status, [c for c, _ in m.ede]), ("REFUSED", [18]))
            self.assertTrue(m.flags & dnsmsg.RA)
            self.assertEqual(client.ask_tcp(d.address, query("a.example")).status, "REFUSED")
            self.assertEqual(u.count(), 0)

    def test_idn(self):
        with Daemon('upstreams: [{servers: ["127.0.0.1:9"]}]\n'
                    'domains: [{name: plä.example, xmpp-client: [{target: x.plä.example}]}]') as d:
            m = client.ask_udp(d.address, query("_xmpp-client._tcp.xn--pl-wia.example", "SRV"))
            self.assertEqual(m.texts(), ["0 5 5222 x.xn--pl-wia.example."])


if __name__ == "__main__":
    unittest.main()
