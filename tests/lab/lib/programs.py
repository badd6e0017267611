"""The programs of the client box, each in a domain of its own, and what each does in a situation.

Programs run side by side. Every one has a domain of its name below lab.example, with targets below that
domain, so that its lookups can be told from those of the others:

    first.D    prosody1, on ports 15222 and 15223
    second.D   prosody2, on the same ports
    D          prosody2: who is seen there on port 5222 has fallen back to the bare domain"""

from dataclasses import dataclass

from .lab import PROGRAMS, PROSODY1, PROSODY2, SHUNT, Case, show

CHECKER = "xmpp-dns"
NOBODY = "172.30.53.99"
NAMES = {PROSODY1: "first", PROSODY2: "second", SHUNT: "shunt", NOBODY: "nobody"}
# A host that is gone: the kernel says so or gives up, or the program is sooner. Which of these comes
# first depends on how long ago somebody spoke to that host.
OUTCOMES = {"ECONNREFUSED": "refused", "EHOSTUNREACH": "no answer", "ETIMEDOUT": "no answer",
            "unfinished": "no answer"}
WORDS = ("no such host", "server misbehaving", "i/o timeout", "cannot unmarshal DNS message")


@dataclass(frozen=True)
class Situation:
    """What the DNS says. `client` and `secure` are the policy's xmpp-client and xmpps-client."""
    text: str
    client: str = "[{target: first.%s, port: 15222}]"
    secure: str = "[{target: first.%s, port: 15223, priority: 20}]"
    fault: tuple = ()      # of SRV lookups
    rcode: str = "NOERROR"  # of SRV lookups, in shunt's log; "dropped"
    fail: str = None       # how `shunt target fail` lets the first targets fail
    stopped: str = None    # a container that is stopped meanwhile
    apart: bool = False    # programs run one after the other: the root's addresses are nobody's own


@dataclass(frozen=True)
class Seen:
    """What a program did."""
    path: str       # its connections, in order; in brackets the port, after the colon why not
    srv: str        # its SRV lookups
    addresses: str  # whose A and AAAA it asked for


def domain(program):
    return f"{program.replace('-', '')}.lab.example"


def policy(situation, programs=(*PROGRAMS, CHECKER), more=""):
    lines, hosts = ["domains:"], ["hosts:"]
    for d in map(domain, programs):
        lines += [f"  - name: {d}", f"    xmpp-client: {situation.client.replace('%s', d)}",
                  f"    xmpps-client: {situation.secure.replace('%s', d)}"]
        hosts += [f"  - {{name: {d}, addresses: [{PROSODY2}]}}",
                  f"  - {{name: first.{d}, addresses: [{PROSODY1}]}}",
                  f"  - {{name: second.{d}, addresses: [{PROSODY2}]}}"]
    # Where failed targets lead: shunt's own container, which has nothing on these ports, and an
    # address of the lab that nobody has.
    lab = f"lab: {{refuse-address: [{SHUNT}], blackhole-address: [{NOBODY}]}}"
    return "\n".join([lab, *lines, *hosts, more, ""])


def path(login):
    steps = []
    for a in login["attempts"]:
        name = NAMES.get(a["address"], a["address"])
        name = "domain" if (name, a["port"]) == ("second", 5222) else f"{name} ({a['port']})"
        outcome = "" if a["outcome"] == "connected" else ": " + OUTCOMES.get(a["outcome"], a["outcome"])
        steps.append(name + outcome)
    return " → ".join(steps + ([] if login["success"] else ["gives up"]))


def lookups(events):
    """SRV lookups, as service, how often, and over what."""
    parts = []
    for service in ("xmpp-client", "xmpps-client"):
        for transport in ("udp", "tcp"):
            times = sum(e["service"] == service and e["transport"] == transport for e in events)
            if times:
                parts.append(service + (f" ×{times}" if times > 1 else "")
                             + (" TCP" if transport == "tcp" else ""))
    return ", ".join(parts)


def addresses(events, program):
    names = {"domain": domain(program), "first": f"first.{domain(program)}",
             "second": f"second.{domain(program)}", "root": ""}
    asked = {e["name"].rstrip(".") for e in events if e["type"] in ("A", "AAAA")}
    return ", ".join(word for word, name in names.items() if name in asked)


def checker_path(done):
    """xmpp-dns connects nowhere. What it lists, or its complaint."""
    words = [word for word in WORDS if word in done.out]
    listed = [line.split()[1].split(".")[0] or "." for line in done.out.splitlines()
              if line.startswith(("xmpp-client ", "xmpps-client "))]
    return ", ".join(["lists " + " and ".join(sorted(set(listed)))] * bool(listed)
                     + [f'"{word}"' for word in words])


def act(lab, program):
    """What it did, as the path in `Seen`."""
    if program == CHECKER:
        return checker_path(lab.exec("client", "xmpp-dns", "--no-color", "-c", domain(program)))
    return path(lab.login(program, f"user1@{domain(program)}", timeout=50))


def observe(lab, situation, programs):
    """{program: Seen}; the policy is that of the situation already. The second value is the log."""
    calls = {p: lambda p=p: act(lab, p) for p in programs}
    mark = lab.mark()
    paths = lab.side_by_side(calls)
    events = lab.settle(mark)
    result = {}
    for program in programs:
        own = [e for e in events if (e["name"].rstrip(".") + ".").endswith(domain(program) + ".")
               or (e["name"] == "." and situation.apart)]
        result[program] = Seen(paths[program], lookups(own), addresses(own, program))
    return result, events


class Observed(Case):
    """Tests of a table {situation: {program: Seen}}."""

    def check(self, name, situation, expected):
        """Puts the situation up, and compares what the programs do, and what shunt notes."""
        self.with_policy(name, policy(situation))
        if situation.fault:
            self.lab.shunt("fault", "add", name, "type=SRV", *situation.fault)
        for program in expected if situation.fail else ():
            self.lab.shunt("target", "fail", f"first.{domain(program)}", "--how", situation.fail)
        if situation.stopped:
            self.addCleanup(self.lab.start, situation.stopped)
            self.lab.stop(situation.stopped)
        for group in [[p] for p in expected] if situation.apart else [list(expected)]:
            seen, events = observe(self.lab, situation, group)
            for program in group:
                with self.subTest(program=program):
                    self.assertEqual(seen[program], expected[program], "\n" + show(events))
            self.check_log(name, situation, events)

    def check_log(self, name, situation, events):
        """Every SRV lookup had the fault, if there is one, and the RCODE that it should."""
        for e in (e for e in events if e["type"] == "SRV"):
            self.assertEqual(e["fault"], name if situation.fault else None, show([e]))
            word = "dropped" if e["dropped"] else e["rcode"]
            if e["service"] == "xmpp-client":
                self.assertEqual(word, situation.rcode, show([e]))
