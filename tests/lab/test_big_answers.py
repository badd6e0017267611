"""Twenty SRV records: more than 512 bytes, so that each program needs TCP or EDNS to see them all."""

from lib.lab import PROGRAMS, PROSODY1, Case, show
from lib.programs import CHECKER, Situation, domain, policy

DEAD = 19  # targets that nobody asks for the address of; the live one goes before them
# Hosts' names, and with them answers of about 1000 and of about 1900 bytes.
SIZES = {"fits EDNS": "t%02d", "fits nothing": "t%02d-with-a-name-of-some-length-to-make-the-answer-larger"}


def targets(label):
    first = ["{target: first.%s, port: 15222, priority: 1}"]
    rest = [f"{{target: {label % i}.%s, port: {16000 + i}, priority: {i + 10}}}" for i in range(DEAD)]
    return f"[{', '.join(first + rest)}]"


class TwentyTargets(Case):
    """Over UDP there comes TC, and with it the records that fit; who does not care about TC would get
    through, too. So what is asserted is that they ask again over TCP, or did not need to."""

    # What each sends over UDP: EDNS with 1232 bytes, or none. The others ask over TCP in the end.
    EDNS = {"go-sendxmpp", CHECKER}

    def put_up(self, label):
        situation = Situation("twenty", client=targets(label), secure="none")
        self.with_policy("big", policy(situation))

    def assert_transport(self, program, events, size):
        own = [e for e in events if e["name"] == f"_xmpp-client._tcp.{domain(program)}."]
        self.assertEqual({e["rcode"] for e in own}, {"NOERROR"}, show(own))
        enough = size == "fits EDNS" and program in self.EDNS
        wanted = {"udp"} if enough else {"udp", "tcp"}
        self.assertEqual({e["transport"] for e in own}, wanted, program + "\n" + show(own))

    def test_logins(self):
        for name, label in SIZES.items():
            self.put_up(label)
            mark = self.lab.mark()
            calls = {p: lambda p=p: self.lab.login(p, f"user1@{domain(p)}") for p in PROGRAMS}
            logins = self.lab.side_by_side(calls)
            events = self.lab.settle(mark)
            for program, login in logins.items():
                with self.subTest(size=name, program=program):
                    self.assert_logged_in(login, PROSODY1, 15222)
                    self.assert_transport(program, events, name)

    def test_the_checker_sees_all(self):
        """xmpp-dns is written in Go, whose resolver refuses a message with a compressed SRV target."""
        for name, label in SIZES.items():
            with self.subTest(size=name):
                self.put_up(label)
                mark = self.lab.mark()
                done = self.lab.exec("client", "xmpp-dns", "--no-color", "-c", domain(CHECKER))
                listed = [line for line in done.out.splitlines() if line.startswith("xmpp-client ")]
                self.assertEqual(len(listed), DEAD + 1, done)
                self.assert_transport(CHECKER, self.lab.settle(mark), name)

    def test_libraries_see_all(self):
        self.put_up(SIZES["fits nothing"])
        for program in ("slixmpp", "aioxmpp"):
            with self.subTest(program=program):
                done = self.lab.exec("client", "python3", "-B", "/lab/choices.py", program,
                                     domain(program), "all", "0", expect=0)
                self.assertEqual(len(done.out.split()), DEAD + 1, done)


class Go(Case):
    """The tools written in Go take every answer of shunt's."""

    DOMAINS = ("lab.example", "one.example", "two.example", "ejabberd.example", "direct.example",
               "public.example")
    COMPLAINT = "cannot unmarshal DNS message"

    def test_every_domain(self):
        for name in self.DOMAINS:
            with self.subTest(domain=name):
                done = self.lab.exec("client", "xmpp-dns", "--no-color", "-c", name, expect=0)
                self.assertNotIn(self.COMPLAINT, done.out + done.err)
                self.assertIn("-client ", done.out)

    def test_a_compressed_target_is_what_they_refuse(self):
        """That the test above would see it."""
        self.lab.shunt("fault", "add", "compressed", "mangle=compressed-srv", "domain=lab.example")
        mark = self.lab.mark()
        done = self.lab.exec("client", "xmpp-dns", "--no-color", "-c", "lab.example")
        self.assertIn(self.COMPLAINT, done.out + done.err)
        events = self.lab.settle(mark, service="xmpp-client")
        self.assertEqual({e["fault"] for e in events}, {"compressed"}, show(events))
