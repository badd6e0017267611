"""The programs of the client box, each in a domain of its own, and what each does in a situation.

Programs run side by side. Every one has the domain PROGRAM.lab.example, with targets below that
domain, so that its lookups can be told from those of the others:

    first.D    prosody1, on ports 15222 and 15223
    second.D   prosody2, on the same ports
    D          prosody2: who is seen there on port 5222 has fallen back to the bare domain"""

from dataclasses import dataclass

from .lab import PROGRAMS, PROSODY1, PROSODY2, SHUNT, show

CHECKER = "xmpp-dns"
NAMES = {PROSODY1: "first", PROSODY2: "second", SHUNT: "shunt"}
OUTCOMES = {"ECONNREFUSED": "refused", "EHOSTUNREACH": "no host", "ENETUNREACH": "no network",
            "ETIMEDOUT": "no answer"}
WORDS = ("no such host", "server misbehaving", "i/o timeout", "cannot unmarshal DNS message")


@dataclass(frozen=True)
class Situation:
    """What the DNS says. `client` and `secure` are the policy's xmpp-client and xmpps-client."""
    text: str
    client: str = "[{target: first.%s, port: 15222}]"
    secure: str = "[{target: first.%s, port: 15223, priority: 20}]"
    fault: tuple = ()      # of SRV lookups
    fail: tuple = ()       # how `shunt target fail` lets the first targets fail
    stopped: str = None    # a container that is stopped meanwhile
    apart: bool = False    # programs run one after the other: the root's addresses are nobody's own


@dataclass(frozen=True)
class Seen:
    """What a program did."""
    path: str       # its connections, in order; in brackets the port, after the colon why not
    srv: str        # its SRV lookups
    addresses: str  # whose A and AAAA it asked for


def domain(program):
    return f"{program}.lab.example"


def policy(situation, programs=(*PROGRAMS, CHECKER), more=""):
    lines, hosts = ["domains:"], ["hosts:"]
    for d in map(domain, programs):
        lines += [f"  - name: {d}", f"    xmpp-client: {situation.client.replace('%s', d)}",
                  f"    xmpps-client: {situation.secure.replace('%s', d)}"]
        hosts += [f"  - {{name: {d}, addresses: [{PROSODY2}]}}",
                  f"  - {{name: first.{d}, addresses: [{PROSODY1}]}}",
                  f"  - {{name: second.{d}, addresses: [{PROSODY2}]}}"]
    # Where `target fail --how refuse` leads: shunt's own container has nothing on these ports.
    lab = f"lab: {{refuse-address: [{SHUNT}]}}"
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
    """What it did at the end of its path."""
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
    return result, show(events)
