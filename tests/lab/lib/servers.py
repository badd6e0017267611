"""XMPP servers among themselves: what each does when it looks another one up.

A user of each server asks a domain on another server what it is (XEP-0030); the answer comes back if a
connection was made. Each situation has a domain of its own, D, on the server that is asked, so that
they all run side by side. D's targets:

    first.D, t01.D ...    the server, on the odd ports of the SRV records
    D                     the server too: who comes in on port 5269 has fallen back to the bare domain"""

import functools
import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from .lab import EJABBERD, PROSODY1, PROSODY2, SHUNT, show

UNBOUND, OWN, ERLANG = "prosody1", "prosody2", "ejabberd"
ADDRESSES = {UNBOUND: PROSODY1, OWN: PROSODY2, ERLANG: EJABBERD}
USERS = {UNBOUND: "user1@one.example", OWN: "user1@two.example", ERLANG: "user1@ejabberd.example"}
ASKED = {UNBOUND: ("ejabberd.example", EJABBERD), OWN: ("ejabberd.example", EJABBERD),
         ERLANG: ("two.example", PROSODY2)}  # under which domain each has its situations, and where
PATIENCE = 150  # seconds: more than the most patient server has


@dataclass(frozen=True)
class Situation:
    """`server` and `secure` are the policy's xmpp-server and xmpps-server; %s is D."""
    text: str
    server: str = "[{target: first.%s, port: 15269}]"
    secure: str = "none"
    fault: str = ""                # of SRV lookups
    dead: bool = False             # first.D is a host where nobody listens


@dataclass(frozen=True)
class Seen:
    """What a server did."""
    path: str       # on which port it came in, or what its user is told
    srv: str        # its SRV lookups, in order
    addresses: str  # whose A and AAAA it asked for


MANY = "[%s]" % ", ".join("{target: t%02d-of-twenty-targets.%%s, port: 15269}" % i for i in range(1, 21))
TWO = "[{target: first.%s, port: 15269, priority: 10}, {target: second.%s, port: 15269, priority: 20}]"

SITUATIONS = {
    "srv": Situation("SRV for xmpp-server, xmpps-server is `.`"),
    "tls": Situation("SRV for xmpps-server, xmpp-server is `.`", "none", "[{target: first.%s, port: 15270}]"),
    "mixed": Situation("SRV for both, xmpp-server has the better priority",
                       server="[{target: first.%s, port: 15269, priority: 1}]",
                       secure="[{target: second.%s, port: 15270, priority: 2}]"),
    "nxdomain": Situation("SRV is NXDOMAIN", "nxdomain", "nxdomain"),
    "nodata": Situation("SRV is NODATA", "nodata", "nodata"),
    "dot": Situation("`.`: there is no such service", "none", "none"),
    "servfail": Situation("SRV is SERVFAIL", fault="rcode: SERVFAIL"),
    "drop": Situation("no answer to SRV", fault="drop: true"),
    "many": Situation("20 records, over 512 bytes", MANY),
    "refused": Situation("two targets, the first refuses connections", TWO, dead=True),
}



def policy():
    domains, hosts, faults = ["domains:"], ["hosts:"], ["faults:"]
    for parent, address in sorted(set(ASKED.values())):
        for name, s in SITUATIONS.items():
            d = f"{name}.{parent}"
            domains += [f"  - name: {d}", f"    xmpp-server: {s.server.replace('%s', d)}",
                        f"    xmpps-server: {s.secure.replace('%s', d)}"]
            hosts += [f"  - {{name: {d}, addresses: [{address}]}}",
                      f"  - {{name: first.{d}, addresses: [{SHUNT if s.dead else address}]}}",
                      f"  - {{name: second.{d}, addresses: [{address}]}}"]
            hosts += [f"  - {{name: t{i:02}-of-twenty-targets.{d}, addresses: [{address}]}}"
                      for i in range(1, 21) if name == "many"]
            if s.fault:
                faults.append(f"  - {{name: {d}, match: {{domain: {d}, type: SRV}}, {s.fault}}}")
    return "\n".join([*domains, *hosts, *faults, ""])


def now():
    """For `docker logs --since`: the engine's clock is this machine's."""
    return datetime.now(timezone.utc).isoformat()


@functools.cache
def fresh(lab_class):
    """Servers that have no connection to another one, and nothing cached; once a run: each test has
    pairs of domains of its own."""
    lab_class().restart(*ADDRESSES)


def talk(lab, clients, timeout=30, **plan):
    """What docker/lab/client/talk.py says; `clients` are JIDs and the names of their servers."""
    plan.update(clients={jid: ADDRESSES[server] for jid, server in clients.items()}, timeout=timeout)
    done = lab.exec("client", "python3", "-B", "/lab/talk.py", stdin=json.dumps(plan), expect=0,
                    timeout=timeout + plan.get("again", 0) + 60)
    return json.loads(done.out.splitlines()[-1])


# --- on which port a server let another one in ----------------------------------------------------

E_FROM = re.compile(r"\((<[\d.]+>)\) Accepted connection [\d.]+:\d+ -> [\d.]+:(\d+)")
E_IN = re.compile(r"\((?:tls\|)?(<[\d.]+>)\) Accepted inbound s2s \S+ authentication (\S+) -> (\S+) ")
P_FROM = re.compile(r"Connected \(FD \d+ \(\S+, \d+, \S+, (\d+)\)\)")
P_OPEN = re.compile(r"^(s2sin\w+)\s+debug\s+Incoming s2s connection$")
P_IN = re.compile(r"^(s2sin\w+)\s+info\s+Incoming s2s connection (\S+)->(\S+) complete")


def arrivals(lab, service, since):
    """{(from, to): port} of the servers that came in since then, as the log of `service` has it."""
    ports, result, last = {}, {}, None
    for line in lab.logs(service, "--since", since).splitlines():
        if found := E_FROM.search(line):
            ports[found[1]] = int(found[2])
        elif found := P_FROM.search(line):
            last = int(found[1])
        elif found := P_OPEN.search(line):
            ports[found[1]] = last
        elif (found := E_IN.search(line) or P_IN.search(line)) and found[1] in ports:
            result[(found[2], found[3])] = ports[found[1]]
    return result


ORDER = ("xmpps-server", "xmpps-server TCP", "xmpp-server", "xmpp-server TCP")

# --- observation ----------------------------------------------------------------------------------

def srv_lookups(events, often):
    """As `xmpps-server, xmpp-server ×2, xmpp-server TCP`. The numbers are left out where it is silence
    that the lookups are answered with: then they are a matter of time."""
    asked = [e["service"] + (" TCP" if e["transport"] == "tcp" else "")
             for e in events if e["type"] == "SRV" and e["service"]]
    return ", ".join(key + ("" if asked.count(key) == 1 else " again and again" if often
                            else f" ×{asked.count(key)}") for key in sorted(set(asked), key=ORDER.index))


def addresses(events, domain):
    """Whose: the domain's, the targets' first labels, the root's."""
    names = set()
    for e in events:
        if e["type"] in ("A", "AAAA"):
            name = e["name"].rstrip(".")
            word = "domain" if name == domain else name.removesuffix("." + domain) or "root"
            names.add("targets" if word.startswith("t") else word)
    return ", ".join(sorted(names))


def own(events, domain, situation):
    """What of one server's lookups is about the domain; the root's addresses are asked for by `.` alone."""
    return [e for e in events if f".{e['name']}".endswith(f".{domain}.")
            or (e["name"] == "." and situation == "dot")]


def observe(lab):
    """{situation: {server: (Seen, what its user was told)}}, and the log. The policy is `policy()` already,
    and no server knows anything."""
    mark, since = lab.mark(), now()
    plan = [(server, name, f"{name}.{ASKED[server][0]}") for name in SITUATIONS for server in ADDRESSES]
    users = {USERS[server]: server for server in ADDRESSES}
    answers = talk(lab, users, PATIENCE, asks=[[USERS[s], domain] for s, _, domain in plan])["asks"]
    events = lab.settle(mark)
    ports = {**arrivals(lab, ERLANG, since), **arrivals(lab, OWN, since)}
    result = {}
    for (server, name, domain), answer in zip(plan, answers):
        mine = own([e for e in events if e["client"] == ADDRESSES[server]], domain, name)
        port = ports.get((USERS[server].split("@")[1], domain))
        where = f"{'domain' if port == 5269 else 'target'} ({port})"
        seen = Seen(where if answer["success"] else "gives up: " + answer["error"],
                    srv_lookups(mine, "drop" in SITUATIONS[name].fault), addresses(mine, domain))
        result.setdefault(name, {})[server] = (seen, answer)
    return result, show(events)
