"""Logins find the server that shunt names, and only that one."""

import json

from lib.lab import PROGRAMS, PROSODY1, PROSODY2, Case, show
from lib.weights import false_alarm

DOMAIN = "lab.example"
FIRST, SECOND = "xmpp1.lab.example", "xmpp2.lab.example"
PORTS = (15222, 15223)  # neither is a default; programs with direct TLS may take either
SERVICES = ("xmpp-client", "xmpps-client", "xmpp-server", "xmpps-server")


class Logins(Case):
    def all_programs(self, jid="user1@lab.example"):
        return self.lab.side_by_side({p: lambda p=p: self.lab.login(p, jid) for p in PROGRAMS})

    def assert_landed(self, logins, address):
        for program, login in logins.items():
            with self.subTest(program=program):
                self.assertTrue(login["success"], login)
                self.assertEqual(login["address"], address, login)
                self.assertIn(login["port"], PORTS, login)
                self.assertEqual(len(login["attempts"]), 1, login)

    def test_odd_port_and_other_host(self):
        mark = self.lab.mark()
        self.assert_landed(self.all_programs(), PROSODY1)
        events = self.lab.settle(mark, domain=DOMAIN)
        answers = {e["answer"] for e in events if e["service"] == "xmpp-client"}
        self.assertEqual(answers, {f"10 5 15222 {FIRST}.; 20 5 15222 {SECOND}."}, show(events))
        self.assertEqual({e["source"] for e in events if e["service"]}, {"policy"}, show(events))

    def test_flip(self):
        """The next login lands on the other server at once, and so within the TTL; and comes back."""
        self.assert_landed(self.all_programs(), PROSODY1)
        change = self.lab.shunt("target", "set", FIRST, "--priority", "30", "--domain", DOMAIN)
        self.assertGreater(change["old_for"], 0)
        self.assertLessEqual(change["old_for"], 5)
        self.assert_landed(self.all_programs(), PROSODY2)
        events = self.lab.events("change", domain=DOMAIN, service="xmpp-client")
        self.assertTrue(events)
        for e in events:
            self.assertEqual(sorted(e["answer"].split("; ")),
                             [f"20 5 15222 {SECOND}.", f"30 5 15222 {FIRST}."], show(events))
            self.assertEqual(e["change"], change["change"], show(events))
        self.lab.shunt("target", "restore", FIRST)
        self.assert_landed(self.all_programs(), PROSODY1)

    def test_failed_target(self):
        """`shunt target fail` with both servers running."""
        change = self.lab.shunt("target", "fail", FIRST)
        self.assert_landed(self.all_programs(), PROSODY2)
        events = self.lab.wait_for(bool, "change", domain=DOMAIN, service="xmpp-client")
        self.assertEqual({e["change"] for e in events}, {change["change"]}, show(events))
        self.assertEqual({e["answer"] for e in events}, {f"20 5 15222 {SECOND}."}, show(events))

    def test_no_service(self):
        """`--how none` on a running server: those who obey `.` stay away."""
        self.lab.shunt("target", "fail", FIRST, "--how", "none", "--domain", DOMAIN)
        for program in ("aioxmpp", "profanity"):
            with self.subTest(program=program):
                mark = self.lab.mark()
                login = self.lab.login(program, "user1@lab.example")
                self.assertFalse(login["success"], login)
                self.assertEqual(login["attempts"], [])
                events = self.lab.settle(mark, domain=DOMAIN)
                self.assertEqual({e["type"] for e in events}, {"SRV"}, show(events))


class Witness(Case):
    """NSD has every name of the lab, too, and says something else. It is never asked for ours."""

    def ours(self):
        """(name, type) of all that the policy overrides."""
        targets = self.lab.shunt("target", "list")["targets"]
        domains = {t["domain"] for t in targets}
        names = {(f"_{service}._tcp.{d}", "SRV") for d in domains for service in SERVICES
                 if d.startswith(DOMAIN)}
        hosts = {t["target"] for t in targets} - {"."}
        return sorted(names | {(host, rrtype) for host in hosts for rrtype in ("A", "AAAA")})

    def test_overridden_names_stay_here(self):
        self.lab.exec("shunt", "shunt", "cache", "flush", expect=0)
        before = len(self.lab.nsd_queries())
        ours = self.ours()
        self.assertIn((f"_xmpps-server._tcp.{DOMAIN}.", "SRV"), ours)
        self.assertIn((f"{FIRST}.", "A"), ours)
        logins = self.lab.side_by_side({p: lambda p=p: self.lab.login(p, "user1@lab.example")
                                        for p in PROGRAMS})
        self.assertTrue(all(login["success"] for login in logins.values()), logins)
        lines = "".join(f"{spelt} {rrtype}\n" for name, rrtype in ours
                        for spelt in (name, name.upper()))
        for transport in ("+notcp", "+tcp"):
            self.lab.exec("client", "dig", transport, "+short", "-f", "/dev/stdin", stdin=lines, expect=0)
        # That the witness sees at all: a name of the public DNS, which NSD is asked for.
        control = "_xmpp-client._tcp.public.example."
        answer = self.lab.exec("client", "dig", "+short", control, "SRV", expect=0).out
        self.assertTrue(answer.strip(), "NSD does not know it")
        asked = {(q.name, q.type) for q in self.lab.nsd_queries(before)}
        self.assertIn((control, "SRV"), asked)
        self.assertEqual(asked & set(ours), set())


class Weights(Case):
    """60 to 40 by the libraries' own choice, each lookup over the network. It is seeded, so that it is
    the same each time as long as the library is; were it not, it would fail by chance less often
    than once in a million runs."""

    LOOKUPS, WEIGHT, TOLERANCE = 1000, 0.6, 0.1

    def test_sixty_to_forty(self):
        # Both libraries draw from 0 to the sum, both included: 61 numbers of 101 are the first's.
        for p in (0.6, 61 / 101, 61 / 102):
            self.assertLess(false_alarm(self.LOOKUPS, p, self.WEIGHT - self.TOLERANCE,
                                        self.WEIGHT + self.TOLERANCE), 1e-6)
        self.lab.shunt("target", "set", FIRST, "--priority", "10", "--weight", "60", "--domain", DOMAIN)
        self.lab.shunt("target", "set", SECOND, "--priority", "10", "--weight", "40", "--domain", DOMAIN)
        for library in ("slixmpp", "aioxmpp"):
            with self.subTest(library=library):
                mark = self.lab.mark()
                done = self.lab.exec("client", "python3", "-B", "/lab/choices.py", library, DOMAIN,
                                     str(self.LOOKUPS), "4", expect=0)
                counts = json.loads(done.out)
                self.assertEqual(sum(counts.values()), self.LOOKUPS, counts)
                share = counts[FIRST] / self.LOOKUPS
                self.assertAlmostEqual(share, self.WEIGHT, delta=self.TOLERANCE, msg=counts)
                events = self.lab.settle(mark, domain=DOMAIN, service="xmpp-client")
                self.assertEqual(len(events), self.LOOKUPS)
                self.assertEqual({e["answer"] for e in events},
                                 {f"10 60 15222 {FIRST}.; 10 40 15222 {SECOND}."})


