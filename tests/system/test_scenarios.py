"""Every situation of conf/scenarios, served by the real daemon: a table of what is asked and what the
packets must be. What one line of a table cannot say is in lib/scenario_checks.py."""

import concurrent.futures
import re
import shutil
import unittest

from lib import daemon, nsd, scenario_checks as how, scenarios
from lib.scenario_checks import Q

CLIENT, SERVER = "_xmpp-client._tcp.lab.example SRV", "_xmpp-server._tcp.lab.example SRV"
CLIENTS, SERVERS = "_xmpps-client._tcp.lab.example SRV", "_xmpps-server._tcp.lab.example SRV"
HOST_A, HOST_AAAA = "xmpp.lab.example A", "xmpp.lab.example AAAA"
GOOD = Q(CLIENT, ["0 5 5222 xmpp.lab.example."], more=["10.5.0.11", "fd00::11"])
GOOD4 = Q(CLIENT, ["0 5 5222 xmpp.lab.example."], more=["10.5.0.11"])
GOOD_S = Q(SERVER, ["0 5 5269 xmpp.lab.example."], more=["10.5.0.11", "fd00::11"])
ADDRESS = Q(HOST_A, ["10.5.0.11"])
DOMAIN = Q("lab.example A", ["10.5.0.80"])
NONE = ["0 0 0 ."]
ONION = "vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd.onion."


def answer(*targets, port=5222, weight=5):
    """SRV records of lab.example: (priority, weight or none for the default, host)."""
    return [f"{t[0]} {t[1] if len(t) == 3 else weight} {port} {t[-1]}.lab.example." for t in targets]


def failing(rcode):
    return [Q(CLIENT, rcode=rcode, soa=False, aa=None), Q(CLIENT, rcode=rcode, soa=False, tcp=True, aa=None),
            Q(CLIENT, rcode=rcode, edns=1232, soa=False, aa=None), GOOD_S, ADDRESS]


def cut(*checks):
    """Truncated over UDP."""
    return [Q(CLIENT, tc=True), Q(CLIENT, tc=True, edns=1232), *checks, GOOD_S]


SRV20 = [f"{(i + 1) // 2} 5 5222 xmpp{i:02}.lab.example." for i in range(1, 21)]
MANY_C = [f"{10 * i} 5 5222 frontend-{i:02}.lab.example." for i in range(1, 17)]
MANY_S = [f"{10 * i} 5 5269 federation-{i:02}.lab.example." for i in range(1, 33)]
ABC = answer((0, "xmpp1"), (0, "xmpp2"), (0, "xmpp3"))

# Situation: what is asked, in this order, and what comes.
TABLE = {
    "single": [GOOD, GOOD_S, ADDRESS, Q(HOST_AAAA, ["fd00::11"])],
    "no-srv-nxdomain": [Q(s, rcode="NXDOMAIN") for s in (CLIENT, SERVER, CLIENTS, SERVERS)] + [DOMAIN],
    "no-srv-nodata": [Q(s, []) for s in (CLIENT, SERVER, CLIENTS, SERVERS)] + [DOMAIN],
    "no-service": [Q(s, NONE) for s in (CLIENT, SERVER, CLIENTS, SERVERS)] + [DOMAIN],
    "no-direct-tls": [Q(CLIENTS, NONE), Q(SERVERS, NONE), GOOD4],
    "no-starttls": [Q(CLIENT, NONE), Q(SERVER, NONE),
                    Q(CLIENTS, ["0 5 5223 xmpp.lab.example."], more=["10.5.0.11"]),
                    Q(SERVERS, ["0 5 5270 xmpp.lab.example."], more=["10.5.0.11"])],
    "dot-among-others": [Q(CLIENT, ["0 0 0 .", "10 5 5222 xmpp.lab.example."], more=["10.5.0.11"])],
    "no-target": [Q(CLIENT, answer((0, "gone")), more=[]), DOMAIN,
                  Q("gone.lab.example A", rcode="NXDOMAIN", aa=None),
                  Q("gone.lab.example AAAA", rcode="NXDOMAIN", aa=None)],
    "no-address": [Q(CLIENT, answer((0, "xmpp")), more=[]), Q(HOST_A, []), Q(HOST_AAAA, []), DOMAIN],
    "nothing": [Q(s, rcode="NXDOMAIN") for s in (CLIENT, SERVER, CLIENTS, SERVERS)] + [
        Q("lab.example A", rcode="NXDOMAIN", aa=None), Q("lab.example AAAA", rcode="NXDOMAIN", aa=None)],
    "xmpps-missing": [Q(CLIENTS, rcode="NXDOMAIN"), Q(SERVERS, rcode="NXDOMAIN"), GOOD4],
    "component-missing": [Q(SERVER, ["0 5 5269 xmpp.lab.example."], more=["10.5.0.11"]),
                          Q("_xmpp-server._tcp.conference.lab.example SRV", rcode="NXDOMAIN"),
                          Q("_xmpps-server._tcp.conference.lab.example SRV", rcode="NXDOMAIN"),
                          Q("conference.lab.example A", [])],
    "legacy-jabber-only": [Q("_jabber._tcp.lab.example SRV", ["5 0 5269 xmpp.lab.example."], more=["10.5.0.11"]),
                           *[Q(s, rcode="NXDOMAIN") for s in (CLIENT, SERVER, CLIENTS, SERVERS)], DOMAIN],
    "failover": [Q(CLIENT, answer((0, "xmpp1"), (10, "xmpp2"), (20, "xmpp3")),
                   more=["192.0.2.1", "10.5.0.12", "10.5.0.13"]),
                 how.Command("target fail xmpp2.lab.example"),
                 Q(CLIENT, answer((0, "xmpp1"), (20, "xmpp3")), more=["192.0.2.1", "10.5.0.13"]),
                 how.Command("target restore xmpp2.lab.example"),
                 Q(CLIENT, answer((0, "xmpp1"), (10, "xmpp2"), (20, "xmpp3")),
                   more=["192.0.2.1", "10.5.0.12", "10.5.0.13"])],
    "flip": [Q(CLIENT, answer((10, "xmpp1"), (20, "xmpp2")), more={"10.5.0.11", "10.5.0.12"}, ttl=5),
             how.Command("target set xmpp1.lab.example --priority 20"),
             how.Command("target set xmpp2.lab.example --priority 10"),
             Q(CLIENT, set(answer((20, "xmpp1"), (10, "xmpp2"))), more={"10.5.0.11", "10.5.0.12"}, ttl=5)],
    "weighted": [Q(CLIENT, answer((10, 60, "xmpp1"), (10, 35, "xmpp2"), (10, 0, "xmpp3"), (10, 120, "xmpp4"),
                                  (20, 3, "spare1"), (20, 1, "spare2")),
                   more=[f"10.5.0.{n}" for n in (11, 12, 13, 14, 21, 22)])],
    "zero-weights": [Q(CLIENT, answer((0, 0, "xmpp1"), (0, 0, "xmpp2")), more=["10.5.0.11", "10.5.0.12"])],
    "zero-plus-one": [Q(CLIENT, answer((0, 0, "xmpp1"), (0, 1, "xmpp2")), more=["10.5.0.11", "10.5.0.12"])],
    "mixed-priority": [Q(CLIENTS, answer((5, "tls"), port=5223), more=["10.5.0.11"]),
                       Q(CLIENT, answer((10, "xmpp")), more=["10.5.0.12"])],
    "mixed-priority-reverse": [Q(CLIENTS, answer((10, "tls"), port=5223), more=["10.5.0.11"]),
                               Q(CLIENT, answer((5, "xmpp")), more=["10.5.0.12"])],
    "duplicate-across-sets": [Q(s, ["10 1 443 xmpp.lab.example."], more=["10.5.0.11"])
                              for s in (CLIENT, CLIENTS)],
    "equal-priority": [Q(CLIENT, answer((10, "xmpp1")), more=["10.5.0.11"]),
                       Q(CLIENTS, answer((10, "xmpp2"), port=5223), more=["10.5.0.12"])],
    "srv20": [Q(CLIENT, how.Beginning(SRV20), tc=True), Q(CLIENT, SRV20, edns=1232, more=how.ANY),
              Q(CLIENT, SRV20, tcp=True, more=[f"10.5.1.{n}" for n in range(1, 21)])],
    "oversize": [Q(CLIENT, how.Beginning(MANY_C), tc=True), Q(CLIENT, MANY_C, edns=1232, more=how.ANY),
                 Q(SERVER, how.Beginning(MANY_S), tc=True, edns=1232),
                 Q(SERVER, how.Beginning(MANY_S), tc=True, edns=4096), Q(SERVER, MANY_S, tcp=True, more=how.ANY)],
    "wrong-tls-type": [Q(CLIENTS, ["5 5 5222 xmpp.lab.example."], more=["10.5.0.11"]),
                       Q(CLIENT, ["10 5 5222 xmpp.lab.example."], more=["10.5.0.11"])],
    "odd-port": [Q(CLIENT, ["0 5 80 xmpp.lab.example."], more=["10.5.0.11"])],
    "port-0": [Q(CLIENT, ["0 5 0 xmpp.lab.example."], more=["10.5.0.11"])],
    "port-65535": [Q(CLIENT, ["0 5 65535 xmpp.lab.example."], more=["10.5.0.11"])],
    "priority-65535": [Q(CLIENT, {"65535 65535 5222 last.lab.example.", "0 5 5222 first.lab.example."},
                         more={"10.5.0.11", "10.5.0.12"})],
    "order-fixed": [Q(CLIENT, ABC, more=how.ANY)] * 5,
    "order-rotated": [how.rotates(CLIENT, ABC)],
    "order-shuffled": [how.shuffles(CLIENT, ABC)],

    "cname-target": [Q(CLIENT, answer((0, "xmpp")), more=how.ANY),
                     Q(HOST_A, ["host1.lab.example.", "10.5.0.11"]),
                     Q("host1.lab.example A", ["10.5.0.11"])],
    "cname-owner": [Q(CLIENT, ["_xmpp-client._tcp.hoster.lab.example.", "0 5 5222 gw.hoster.lab.example."],
                      more=["10.5.0.11"]),
                    Q("_xmpp-client._tcp.hoster.lab.example SRV", ["0 5 5222 gw.hoster.lab.example."],
                      more=["10.5.0.11"])],
    "cname-loop": [Q(CLIENT, ["_xmpp-client._tcp.loop.lab.example.", "_xmpp-client._tcp.lab.example."] * 8,
                     tcp=True)],
    "cname-dangling": [Q(CLIENT, ["_xmpp-client._tcp.gone.lab.example."], rcode="NXDOMAIN", aa=None), DOMAIN],
    "dname": [Q("_xmpp-client._tcp.old.lab.example SRV",
                ["lab.example.", "_xmpp-client._tcp.lab.example.", "0 5 5222 xmpp.lab.example."],
                more=["10.5.0.11"], aa=None)],
    "ip-as-target": [Q(CLIENT, ["0 5 5222 10.0.0.1."], more=[]), Q("10.0.0.1 A", rcode="NXDOMAIN", aa=None)],
    "localhost-target": [Q(CLIENT, ["0 5 5222 localhost."], more=how.ANY)],
    "onion-target": [Q(CLIENT, [f"5 5 5222 {ONION}", "10 5 5222 xmpp.lab.example."], more=["10.5.0.11"]),
                     Q(f"{ONION} A", [])],
    "idn": [Q("_xmpp-client._tcp.xn--pl-wia.lab.example SRV", ["0 5 5222 xmpp.xn--pl-wia.lab.example."],
              more=["10.5.0.11"])],
    "mixed-case": [Q("_XMPP-Client._TCP.LAB.Example SRV", how.NoCase(answer((0, "xmpp"))), more=["10.5.0.11"]),
                   Q(CLIENT, how.NoCase(answer((0, "xmpp"))), more=["10.5.0.11"]), Q("XMPP.lab.EXAMPLE A",
                                                                                  ["10.5.0.11"])],
    "search-suffix": [Q(CLIENT, rcode="NXDOMAIN"), DOMAIN,
                      Q("_xmpp-client._tcp.lab.example.corp.lab.example SRV",
                        ["0 5 5222 trap.corp.lab.example."], more=["10.5.0.66"])],

    "servfail": failing("SERVFAIL"),
    "refused": failing("REFUSED"),
    "notimp": failing("NOTIMP"),
    "formerr": failing("FORMERR"),
    "drop": [how.Silent(q, tcp=t) for q in (CLIENT, SERVER, HOST_A) for t in (False, True)],
    "drop-by-type": [how.Silent(HOST_AAAA), ADDRESS, GOOD, GOOD_S],
    "drop-by-service": [how.Silent(CLIENTS), how.Silent("_xmpps-client._tcp.other.example SRV"), GOOD, GOOD_S],
    "slow": [how.arrive_in_order(CLIENT, SERVER, CLIENTS, asked_last_first=True), GOOD],
    "slow-aaaa": [how.arrive_in_order(HOST_A, HOST_AAAA, asked_last_first=True), GOOD],
    "flaky-30": [how.share(CLIENT, "SERVFAIL", 400, 0.15, 0.45), GOOD_S],
    "first-2-fail": [Q(CLIENT, rcode="SERVFAIL", soa=False, aa=None)] * 2 + [GOOD] * 3,
    "for-a-while": [how.until(CLIENT, "SERVFAIL", "NOERROR"), GOOD],
    "fault-matches": [
        GOOD4, Q(CLIENT, rcode="REFUSED", soa=False, aa=None, client="127.0.0.2"),
        Q(CLIENT, rcode="SERVFAIL", soa=False, aa=None, client="127.1.2.3"),
        Q(HOST_A, ["10.5.0.11"], client="127.1.2.3"),
        Q("_xmpp-client._tcp.down.lab.example SRV", rcode="SERVFAIL", soa=False, aa=None),
        Q("_xmpp-server._tcp.conference.down.lab.example SRV", rcode="SERVFAIL", soa=False, aa=None),
        Q(SERVER, rcode="NOTIMP", soa=False, aa=None), Q(HOST_AAAA, rcode="FORMERR", soa=False, aa=None),
        Q(HOST_A, rcode="SERVFAIL", soa=False, aa=None, tcp=True), ADDRESS],
    "tc-then-ok": cut(Q(CLIENT, GOOD.answer, tcp=True, more=GOOD.more)),
    "tc-no-tcp": cut(how.Broken(CLIENT, "closed")),
    "tcp-reset": cut(how.Broken(CLIENT, "reset")),
    "tcp-half-length": cut(how.Broken(CLIENT, "half")),
    "no-edns": [how.malformed(CLIENT, how.formerr_without_opt, edns=1232), GOOD, GOOD_S],
    "no-edns-drop": [how.Silent(CLIENT, edns=1232), GOOD, Q(CLIENT, GOOD.answer, tcp=True, more=GOOD.more)],
    "compressed-srv": [how.malformed(CLIENT, how.compressed_targets), ADDRESS],
    "ra-clear": [how.malformed(CLIENT, how.ra_is_clear), how.malformed(HOST_A, how.ra_is_clear)],
    "wrong-id": [how.malformed(CLIENT, how.other_id), ADDRESS],
    "wrong-question": [how.malformed(CLIENT, how.other_question), ADDRESS],
    "garbage": [how.malformed(CLIENT, how.noise), ADDRESS],
    "case-mangled": [how.malformed(CLIENT, how.other_case), ADDRESS],
    "wrong-source": [how.malformed(CLIENT, how.other_port), ADDRESS],
    "additional-poison": [Q(CLIENT, GOOD.answer, more={"192.0.2.66", "2001:db8::66"}, aa=None), ADDRESS],

    "ttl-0": [Q(CLIENT, answer((0, "xmpp")), more=["10.5.0.11"], ttl=0), Q(HOST_A, ["10.5.0.11"], ttl=0)],
    "ttl-1": [Q(CLIENT, answer((0, "xmpp")), more=["10.5.0.11"], ttl=1), Q(HOST_A, ["10.5.0.11"], ttl=1)],
    "ttl-countdown": [how.counts_down("_xmpp-client._tcp.up.lab.example SRV", 300)],
    "ttl-unaged": [how.stays("_xmpp-client._tcp.up.lab.example SRV", 60, beside="xmpp.up.lab.example A"),
                   Q(CLIENT, answer((0, "xmpp")), more=["10.5.0.11"], ttl=60)],
    "negative-ttl": [Q(CLIENTS, [], ttl=30, soa=30), Q(SERVERS, rcode="NXDOMAIN", ttl=30, soa=30),
                     Q(CLIENT, answer((0, "xmpp")), more=["10.5.0.11"])],
    "no-soa-negative": [Q(CLIENTS, [], soa=False, aa=None), Q(SERVERS, rcode="NXDOMAIN", soa=False, aa=None),
                        GOOD4],
    "stale": [how.goes_stale("_xmpp-client._tcp.up.lab.example SRV")],

    "view-A": [GOOD4, Q(CLIENT, answer((0, "inside")), more=["10.5.0.12"], client="127.1.0.1"),
               Q(SERVER, ["0 5 5269 xmpp.lab.example."], more=["10.5.0.11"], client="127.1.0.1")],
    "view-B": [ADDRESS, Q(HOST_A, ["10.5.0.21"], client="127.1.1.1"), Q(HOST_A, ["10.5.0.22"], client="127.1.2.1"),
               Q(CLIENT, GOOD.answer, more=["10.5.0.21"], client="127.1.1.1"),
               Q(CLIENT, GOOD.answer, more=["10.5.0.22"], client="127.1.2.1"), GOOD4],
    "asymmetric-dialback": [
        Q("_xmpp-server._tcp.b.lab.example SRV", ["0 5 5269 xmpp.b.lab.example."], more=["10.5.0.12"],
          client="127.1.0.1"),
        Q("_xmpp-server._tcp.a.lab.example SRV", NONE, client="127.1.0.2"),
        Q("_xmpp-server._tcp.a.lab.example SRV", rcode="NXDOMAIN", aa=None, client="127.1.0.1")],
    "leak-check": [GOOD4, Q(SERVER, ["0 5 5269 xmpp.lab.example."], more=["10.5.0.11"]),
                   Q("_xmpp-server._tcp.conference.lab.example SRV", ["0 5 5269 xmpp.lab.example."],
                     more=["10.5.0.11"]),
                   Q(CLIENTS, []), Q(SERVERS, []), ADDRESS, Q(HOST_AAAA, []), how.upstream_saw(),
                   Q("_other._tcp.lab.example SRV", ["0 0 1 leaked.lab.example."], aa=None, more=how.ANY),
                   how.upstream_saw("_other._tcp.lab.example.")],
    "v4-only": [GOOD4, ADDRESS, Q(HOST_AAAA, [])],
    "v6-only": [Q(CLIENT, GOOD.answer, more=["fd00::11"]), Q(HOST_A, []), Q(HOST_AAAA, ["fd00::11"])],
    "v6-blackhole": [Q(CLIENT, GOOD.answer, more=["10.5.0.11", "100::1"]), ADDRESS, Q(HOST_AAAA, ["100::1"])],
    "bogus": [how.signed(CLIENT, "1 5 5222 xmpp.lab.example."), how.delv(CLIENT, "resolution failed"),
              how.delv(HOST_A, "fully validated")],
    "unsigned-under-signed": [how.unsigned(CLIENT, "0 5 5222 other.lab.example."),
                              how.delv(CLIENT, "resolution failed"), how.delv(HOST_A, "fully validated")],
    "tlsa-mismatch": [GOOD4, Q("_5222._tcp.xmpp.lab.example TLSA", ["030101" + "00" * 32])],
}

# The situations that an XMPP lab must have, each with the files that produce it.
SITUATIONS = {
    **{name: [name] for name in """
single no-srv-nxdomain no-srv-nodata no-service no-direct-tls no-starttls dot-among-others no-target no-address
nothing xmpps-missing component-missing legacy-jabber-only
failover flip weighted zero-weights zero-plus-one duplicate-across-sets equal-priority srv20 oversize
wrong-tls-type odd-port port-0 port-65535 priority-65535
cname-target cname-owner cname-loop cname-dangling dname ip-as-target localhost-target onion-target idn mixed-case
search-suffix
servfail refused notimp formerr slow slow-aaaa tc-then-ok tc-no-tcp tcp-reset tcp-half-length
compressed-srv ra-clear wrong-id wrong-question garbage case-mangled wrong-source additional-poison
ttl-0 ttl-1 ttl-countdown negative-ttl no-soa-negative stale
view-A view-B asymmetric-dialback leak-check v4-only v6-only v6-blackhole bogus unsigned-under-signed
tlsa-mismatch""".split()},
    "mixed-priority": ["mixed-priority", "mixed-priority-reverse"],
    "order of records": ["order-fixed", "order-rotated", "order-shuffled"],
    "drop": ["drop", "drop-by-type", "drop-by-service"],
    "flaky-N%": ["flaky-30"],
    "first-K-fail": ["first-2-fail"],
    "no-edns": ["no-edns", "no-edns-drop"],
    "by service, domain, client, type, share, first, or for a while": ["fault-matches", "for-a-while"],
    "TTL unaged": ["ttl-unaged"],
}

WARNED = {  # mistakes on purpose, with a word of what `shunt check` says of them
    "cname-target": "CNAME", "dot-among-others": "no such service", "duplicate-across-sets": "port 443",
    "ip-as-target": "IP address", "legacy-jabber-only": "_jabber", "localhost-target": "own machine",
    "no-target": "no address", "onion-target": "special-use", "ttl-0": "TTL", "wrong-tls-type": "port 5222",
}


class Scenarios(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """All of them at once: most of the time is waiting."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            cls.runs = {name: pool.submit(cls.play, name) for name in sorted(TABLE, key=cls.slow_first)}

    @staticmethod
    def slow_first(name):
        return name not in ("slow", "for-a-while", "stale", "slow-aaaa"), name

    @staticmethod
    def play(name):
        if name in scenarios.ZONES and not nsd.available():
            return "NSD is not installed"
        if name in ("bogus", "unsigned-under-signed"):
            missing = [p for p in ("delv", "ldns-keygen", "ldns-signzone") if not shutil.which(p)]
            if missing:
                return f"{' and '.join(missing)}: not installed"
        with scenarios.Lab(name) as lab:
            for check in TABLE[name]:
                check(lab)
        return None

    def test_packets(self):
        for name, run in self.runs.items():
            with self.subTest(name):
                if (why := run.result()) is not None:
                    self.skipTest(why)

    def test_check_accepts(self):
        for name in scenarios.names():
            with self.subTest(name):
                status, out, err = daemon.run("check", "-c", str(scenarios.FOLDER / f"{name}.yaml"))
                self.assertEqual(status, 0, out + err)
                if name in WARNED:
                    self.assertIn(WARNED[name], out + err)
                else:
                    self.assertNotIn("warning:", out + err)

    def test_each_file_is_in_the_table(self):
        self.assertEqual(scenarios.names(), sorted(TABLE))

    def test_each_situation_has_files(self):
        files = [f for group in SITUATIONS.values() for f in group]
        self.assertEqual(sorted(files), scenarios.names())

    def test_heads(self):
        """Each file says what it produces in one line, what a client does, and what to type."""
        for name in scenarios.names():
            with self.subTest(name):
                s = scenarios.read(name)
                first = s.text.splitlines()[0]
                self.assertRegex(first, r"^# .{10,118}$")
                self.assertIn("Client", s.parts)
                self.assertTrue(s.commands)
                self.assertFalse(re.search(r"^(listen|control|state|upstreams):", s.text, re.M))

    def test_pages(self):
        """docs/scenarios/make.py has been run after the last change of a file."""
        pages = scenarios.ROOT / "docs" / "scenarios"
        index = (pages / "index.md").read_text()
        self.assertEqual(sorted(re.findall(r"^- \[(.*?)\]\(\1\.md\): ", index, re.M)), scenarios.names())
        self.assertEqual(sorted(f.stem for f in pages.glob("*.md")), sorted([*scenarios.names(), "index"]))
        for name in scenarios.names():
            with self.subTest(name):
                s, page = scenarios.read(name), (pages / f"{name}.md").read_text()
                self.assertIn(f"```yaml\n{s.body}```\n", page)
                words = " ".join(page.split()).lower()
                for text in (s.summary, *s.parts.values()):
                    self.assertIn(text.lower(), words)
                for command in s.commands:
                    word, _, rest = command.partition(" ")
                    where = r"(@\S+ -p 5354 (\+nocmd \+nostats )?)?"
                    self.assertRegex(page, rf"(?m)^    \$ {word} {where}{re.escape(rest)}$")


if __name__ == "__main__":
    unittest.main()
