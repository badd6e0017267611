"""What servers were seen to do when they look each other up.

The tests check this table against the real servers; `python3 -B -m lib.server_observations` in tests/lab
writes docs/labs/servers.md from it."""

from .lab import ROOT
from .servers import ERLANG, OWN, SITUATIONS, Seen, UNBOUND

PAGE = ROOT / "docs/labs/servers.md"
TITLES = {UNBOUND: "Prosody, lua-unbound", OWN: "Prosody, own resolver", ERLANG: "ejabberd"}

BOTH = "xmpps-server, xmpp-server"
STARTTLS, TLS, DOMAIN = "target (15269)", "target (15270)", "domain (5269)"
NOT_FOUND = "gives up: remote-server-not-found"
AGAIN = "xmpps-server again and again, xmpp-server again and again"


def _row(unbound, own, ejabberd):
    return {UNBOUND: unbound, OWN: own, ERLANG: ejabberd}


SEEN = {
    "srv": _row(*[Seen(STARTTLS, BOTH, "first")] * 3),
    "tls": _row(Seen(TLS, "xmpps-server", "first"), Seen(TLS, "xmpps-server", "first"),
                Seen(TLS, BOTH, "first")),
    "mixed": _row(Seen(TLS, "xmpps-server", "second"), Seen(TLS, "xmpps-server", "second"),
                  Seen(STARTTLS, BOTH, "first, second")),
    "nxdomain": _row(Seen(DOMAIN, BOTH, "domain"), Seen(DOMAIN, BOTH, "domain"),
                     Seen(DOMAIN, "xmpps-server ×2, xmpp-server ×2", "domain")),
    "nodata": _row(Seen(DOMAIN, BOTH, "domain"), Seen(DOMAIN, BOTH, "domain"),
                   Seen(DOMAIN, "xmpps-server ×2, xmpp-server ×2", "domain")),
    "dot": _row(Seen(NOT_FOUND, BOTH, ""), Seen(NOT_FOUND, BOTH, ""), Seen(NOT_FOUND, BOTH, "root")),
    "servfail": _row(Seen(DOMAIN, "xmpps-server ×5, xmpp-server ×5", "domain"), Seen(DOMAIN, BOTH, "domain"),
                     Seen(DOMAIN, "xmpps-server ×6, xmpp-server ×6", "domain")),
    "drop": _row(Seen(DOMAIN, AGAIN, "domain"), Seen(DOMAIN, BOTH, "domain"),
                 Seen("gives up: remote-server-timeout", AGAIN, "domain")),
    "many": _row(Seen(STARTTLS, BOTH + ", xmpp-server TCP", "targets"), Seen(STARTTLS, BOTH, "targets"),
                 Seen(STARTTLS, BOTH + ", xmpp-server TCP", "targets")),
    "refused": _row(*[Seen(STARTTLS, BOTH, "first, second")] * 3),
}

HEAD = """# What XMPP servers were seen to do

Each server looks up a domain of another one, with its lookups answered by shunt in the lab; `./dev lab test` does it again and
compares. This page is written by `python3 -B -m lib.server_observations` in `tests/lab`.

- **Connection**: on which port it came in at the other server. The SRV records name ports 15269 and 15270, the latter for direct TLS:
  who comes in on 5269 has fallen back to the address of the bare domain. Or what its user is told.
- **SRV**: what it looked up, how often, and over TCP where it says so.
- **A, AAAA**: whose addresses it asked for. *first*, *second* and *targets* are targets of SRV records, *domain* is the bare
  domain, *root* is the name `.`.

Versions, all of Debian 12: Prosody 0.12.3, with lua-unbound 1.0.0 and libunbound 1.17.1 or with neither; ejabberd 23.01.

"""

NOTES = """## What stands out

- **All three obey `.`**, and tell their user `remote-server-not-found`: Prosody after some milliseconds, with the words "service
  explicitly unavailable"; ejabberd after it has asked for the addresses of the root.
- **All three take a failure of DNS for "no SRV"** and go to the bare domain. SERVFAIL costs Prosody nothing and ejabberd
  13 s, since it asks six times for each service. Silence costs Prosody's own resolver 11 s, 5 for each service.
- **Silence about one name makes libunbound slow for the next.** Prosody has an answer about `_xmpps-server` after 3 s and ten
  questions. What it then asks is given more patience with each time-out, and `_xmpp-server` takes 29 s more.
- **ejabberd does not live to see its fallback.** It asks for the address of the bare domain after 30 s of silence, when it has
  just told its user `remote-server-timeout`.
- **Prosody's sets do not mix.** `_xmpps-server` is tried to its end before `_xmpp-server` is looked up at all, whatever the
  priorities. ejabberd looks up both and goes by priority.
- **20 records over 512 bytes** reach libunbound and ejabberd over TCP. Prosody's own resolver takes the whole records of
  the truncated answer for all there are.
- **libunbound keeps an answer for its TTL; Prosody's own resolver keeps none**: it looks up anew for every connection.

## Where this differs from what was known

| Server | Known | Seen here |
|---|---|---|
| Prosody, lua-unbound | silence: 10 sends, 3.1 s, then the bare domain | that is the first service; with the second, 32 s |
| Prosody, own resolver | keeps an answer for 1 s at least | looks up anew for every connection, whatever the TTL |
| ejabberd | silence: goes to the bare domain | its user has been told of a time-out by then, after 30 s |
| ejabberd | SERVFAIL: asks again after 1.5 s | six times for each service, 13 s, then the bare domain |

`prosodyctl check dns` ends with "All checks passed" and status 0 where it has said that a service is `.`, that a target is
`localhost` or that a port is unknown. Status 2 is for missing records and for targets that do not lead to this server.
"""


def table(key):
    text = SITUATIONS[key].text
    lines = [f"## {text[0].upper()}{text[1:]}", "", "| Server | Connection | SRV | A, AAAA |", "|---|---|---|---|"]
    lines += [f"| {title} | {SEEN[key][server].path} | {SEEN[key][server].srv} | "
              f"{SEEN[key][server].addresses or 'none'} |" for server, title in TITLES.items()]
    return "\n".join(lines) + "\n"


def render():
    return HEAD + "\n".join([*map(table, SITUATIONS), NOTES])


if __name__ == "__main__":
    PAGE.write_text(render())
