"""What each program does in each situation, as it was seen.

The tests check this table against the real programs. From it, and in tests/lab,
`python3 -B -m lib.observations` writes docs/labs/observations.md."""

from .lab import ROOT
from .programs import Seen, Situation

DOCUMENT = ROOT / "docs/labs/observations.md"
VERSIONS = {"slixmpp": "1.8.3", "aioxmpp": "0.13.3", "profanity": "0.13.1, libstrophe 0.12.2",
            "go-sendxmpp": "0.5.6", "xmpp-dns": "0.3.4"}
TWO = ("[{target: first.%s, port: 15222, priority: 10}, "
       "{target: second.%s, port: 15222, priority: 20}]")

SITUATIONS = {
    "both": Situation("SRV for xmpp-client and xmpps-client"),
    "no-tls": Situation("SRV for xmpp-client; xmpps-client is `.`", secure="none"),
    "tls-nodata": Situation("SRV for xmpp-client; xmpps-client is NODATA", secure="nodata"),
    "tls-nxdomain": Situation("SRV for xmpp-client; xmpps-client is NXDOMAIN", secure="nxdomain"),
    "dot": Situation("both are `.`: no such service", client="none", secure="none", apart=True),
    "nxdomain": Situation("both are NXDOMAIN", client="nxdomain", secure="nxdomain", rcode="NXDOMAIN"),
    "nodata": Situation("both are NODATA", client="nodata", secure="nodata"),
    "servfail": Situation("SERVFAIL", fault=("rcode=SERVFAIL",), rcode="SERVFAIL"),
    "slow": Situation("answers come after 1.5 s", fault=("delay=1500ms",)),
    "drop": Situation("no answers", fault=("drop=true",), rcode="dropped"),
    "refused": Situation("two targets, the first refuses connections", client=TWO, secure="none",
                         fail="refuse"),
    "no-address": Situation("two targets, the first has no address", client=TWO, secure="none",
                            fail="no-address"),
    "blackhole": Situation("two targets, nobody answers at the first one's address", client=TWO,
                           secure="none", fail="blackhole"),
    "stopped": Situation("two targets, the first one's host is gone", client=TWO, secure="none",
                         stopped="prosody1"),
    "removed": Situation("two targets, the first one's host is gone, and shunt was told", client=TWO, secure="none",
                         stopped="prosody1", fail="remove"),
}

ONE, BOTH = "xmpp-client", "xmpp-client, xmpps-client"
FIRST, SECOND = "first (15222)", "second (15222)"

SEEN = {
    "both": {
        "slixmpp": Seen(FIRST, ONE, "first"),
        "aioxmpp": Seen(FIRST, BOTH, "first"),
        "profanity": Seen(FIRST, ONE, "first"),
        "go-sendxmpp": Seen(FIRST, BOTH, "domain, first"),
        "xmpp-dns": Seen("lists first", BOTH, "domain"),
    },
    "no-tls": {
        "slixmpp": Seen(FIRST, ONE, "first"),
        "aioxmpp": Seen(FIRST, BOTH, "first"),
        "profanity": Seen(FIRST, ONE, "first"),
        "go-sendxmpp": Seen(FIRST, BOTH, "domain, first"),
        "xmpp-dns": Seen("lists . and first", BOTH, "domain"),
    },
    "tls-nodata": {
        "slixmpp": Seen(FIRST, ONE, "first"),
        "aioxmpp": Seen(FIRST, BOTH, "first"),
        "profanity": Seen(FIRST, ONE, "first"),
        "go-sendxmpp": Seen("domain", BOTH, "domain"),
        "xmpp-dns": Seen("lists first", BOTH, "domain"),
    },
    "tls-nxdomain": {
        "slixmpp": Seen(FIRST, ONE, "first"),
        "aioxmpp": Seen(FIRST, BOTH, "first"),
        "profanity": Seen(FIRST, ONE, "first"),
        "go-sendxmpp": Seen("domain", BOTH, "domain"),
        "xmpp-dns": Seen("lists first", BOTH, "domain"),
    },
    "dot": {
        "slixmpp": Seen("domain", ONE, "domain, root"),
        "aioxmpp": Seen("gives up", BOTH, ""),
        "profanity": Seen("gives up", ONE, ""),
        "go-sendxmpp": Seen("domain", BOTH, "domain, root"),
        "xmpp-dns": Seen("lists .", BOTH, "domain"),
    },
    "nxdomain": {
        "slixmpp": Seen("domain", ONE, "domain"),
        "aioxmpp": Seen("domain", BOTH, "domain"),
        "profanity": Seen("domain", ONE, "domain"),
        "go-sendxmpp": Seen("domain", BOTH, "domain"),
        "xmpp-dns": Seen('"no such host"', BOTH, "domain"),
    },
    "nodata": {
        "slixmpp": Seen("domain", ONE, "domain"),
        "aioxmpp": Seen("domain", BOTH, "domain"),
        "profanity": Seen("domain", ONE, "domain"),
        "go-sendxmpp": Seen("domain", BOTH, "domain"),
        "xmpp-dns": Seen('"no such host"', BOTH, "domain"),
    },
    "servfail": {
        "slixmpp": Seen("domain", ONE, "domain"),
        "aioxmpp": Seen("gives up", "xmpp-client ×3, xmpps-client ×3", ""),
        "profanity": Seen("domain", "xmpp-client ×2", "domain"),
        "go-sendxmpp": Seen("domain", "xmpp-client ×2, xmpps-client ×2", "domain"),
        "xmpp-dns": Seen('"server misbehaving"', "xmpp-client ×2, xmpps-client ×2", "domain"),
    },
    "slow": {
        "slixmpp": Seen("domain", ONE, "domain"),
        "aioxmpp": Seen(FIRST, BOTH, "first"),
        "profanity": Seen(FIRST, ONE, "first"),
        "go-sendxmpp": Seen(FIRST, BOTH, "domain, first"),
        "xmpp-dns": Seen("lists first", BOTH, "domain"),
    },
    "drop": {
        "slixmpp": Seen("domain", ONE, "domain"),
        "aioxmpp": Seen("gives up", "xmpp-client ×6, xmpp-client ×3 TCP", ""),
        "profanity": Seen("domain", "xmpp-client ×2", "domain"),
        "go-sendxmpp": Seen("domain", "xmpp-client ×2, xmpps-client ×2", "domain"),
        "xmpp-dns": Seen('"i/o timeout"', "xmpp-client ×2, xmpps-client ×2", "domain"),
    },
    "refused": {
        "slixmpp": Seen(f"shunt (15222): refused → {SECOND}", ONE, "first, second"),
        "aioxmpp": Seen(f"shunt (15222): refused → {SECOND}", BOTH, "first, second"),
        "profanity": Seen("shunt (15222): refused → gives up", ONE, "first"),
        "go-sendxmpp": Seen(f"shunt (15222): refused → {SECOND}", BOTH, "domain, first, second"),
    },
    "no-address": {
        "slixmpp": Seen(SECOND, ONE, "first, second"),
        "aioxmpp": Seen(SECOND, BOTH, "first, second"),
        "profanity": Seen(SECOND, ONE, "first, second"),
        "go-sendxmpp": Seen(SECOND, BOTH, "domain, first, second"),
    },
    "blackhole": {
        "slixmpp": Seen(f"nobody (15222): no answer → {SECOND}", ONE, "first, second"),
        "aioxmpp": Seen(f"nobody (15222): no answer → {SECOND}", BOTH, "first, second"),
        "profanity": Seen("nobody (15222): no answer → gives up", ONE, "first"),
        "go-sendxmpp": Seen(f"nobody (15222): no answer → {SECOND}", BOTH, "domain, first, second"),
    },
    "stopped": {
        "slixmpp": Seen(f"{FIRST}: no answer → {SECOND}", ONE, "first, second"),
        "aioxmpp": Seen(f"{FIRST}: no answer → {SECOND}", BOTH, "first, second"),
        "profanity": Seen(f"{FIRST}: no answer → gives up", ONE, "first"),
        "go-sendxmpp": Seen(f"{FIRST}: no answer → {SECOND}", BOTH, "domain, first, second"),
    },
    "removed": {
        "slixmpp": Seen(SECOND, ONE, "second"),
        "aioxmpp": Seen(SECOND, BOTH, "second"),
        "profanity": Seen(SECOND, ONE, "second"),
        "go-sendxmpp": Seen(SECOND, BOTH, "domain, second"),
    },
}

HEAD = """# What XMPP programs were seen to do

Each program logs in to a domain of its own, with its lookups answered by shunt in the lab; `./dev lab test` does it again
and compares. This page is written by `python3 -B -m lib.observations` in `tests/lab`.

- **Connections**: where it connected to, in order. *first* and *second* are the targets of the SRV records, with the port;
  *domain* is the address of the bare domain, port 5222; *shunt* is
  an address where nobody listens on XMPP's ports, and *nobody* one that no host has.
- **SRV**: what it looked up, how often, and over TCP where it says so.
- **A, AAAA**: whose addresses it asked for. *root* is the name `.`.

"""

NOTES = """## What stands out

- **`.` is obeyed by aioxmpp and Profanity only.** slixmpp and go-sendxmpp take the dot for a host name, ask the root for its
  addresses, and then go to the bare domain as if nothing had been said. To keep these two away, give the bare domain no
  address, or one where nobody listens.
- **go-sendxmpp wants both sets.** Where `_xmpps-client` has no records it drops a good `_xmpp-client` set as well, be it that
  the name does not exist or that it has no data, and goes to the bare domain. With `xmpps-client: none` it does what is right.
- **A failure of DNS looks like "no SRV"** to slixmpp, Profanity and go-sendxmpp: SERVFAIL and silence send them to the bare
  domain, aioxmpp gives up. Silence costs slixmpp 1 s, Profanity 10 s, aioxmpp 17 s and go-sendxmpp 20 s.
- **1.5 s are too slow for slixmpp**, which waits for 1 s and asks once. aioxmpp asks again every 2 s and takes no
  answer that comes later; the others wait for 5 s.
- **Profanity does not fail over** once a connection has been begun: refused or silent, the first target is the only one. It
  does go on where the target has no address. The others go on, slixmpp and aioxmpp as late as the kernel gives up: the
  client box has `net.ipv4.tcp_syn_retries` at 2, so 7 s; with the usual 6 a host that is silent costs them more than two minutes.
- **`shunt target fail` gets every program through**, Profanity included, at its next login.
- **xmpp-dns** says "no such host" for NXDOMAIN and NODATA alike, and ends with status 0 whatever it found. It lists `.` as if it
  were a target.

## Where this differs from what was known

Known was what the programs' sources say, and what was seen of them one by one on a resolver of another make. All of it was
seen again here, but for:

| Program | Known | Seen here |
|---|---|---|
| go-sendxmpp | drops a good xmpp set when xmpps is NXDOMAIN | also when xmpps is NODATA; not when it is `.` |
| go-sendxmpp | `.`: goes to the bare domain | asks the root for A and AAAA before |
| Profanity | tries the first target only | the next one, if the first has no address; after a connection was begun, no other |
| aioxmpp | silence: 6 times UDP, then TCP | then 3 times TCP, and an error; it never asks for xmpps |
"""


def table(key):
    situation = SITUATIONS[key]
    lines = [f"## {situation.text[0].upper()}{situation.text[1:]}", "",
             "| Program | Connections | SRV | A, AAAA |", "|---|---|---|---|"]
    for program, seen in SEEN[key].items():
        lines.append(f"| {program} | {seen.path} | {seen.srv} | {seen.addresses or 'none'} |")
    return "\n".join(lines) + "\n"


def render():
    versions = "Versions, all of Debian 12: " + "; ".join(
        f"{program} {version}" for program, version in VERSIONS.items()) + ".\n"
    return HEAD + versions + "\n" + "\n".join(map(table, SITUATIONS)) + "\n" + NOTES


if __name__ == "__main__":
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(render())
