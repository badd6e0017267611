#!/usr/bin/env python3
"""Writes the pages of this folder from conf/scenarios: serves each file, types the commands of its head,
and notes what they print. Run it by hand when a file has changed: `SHUNT=build/shunt docs/scenarios/make.py
[NAME...]`. Without a name it writes all pages and the index."""

import re
import shutil
import sys
import textwrap
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests" / "system"))

from lib import scenarios  # noqa: E402: found by the line above

PORT = "5354"  # on the pages; while they are made it is any that is free
UPSTREAM = "5300"  # likewise
QUIET = {"dig": "+nocmd +nostats"}

GROUPS = {
    "Availability": """single no-srv-nxdomain no-srv-nodata no-service no-direct-tls no-starttls
        dot-among-others no-target no-address nothing xmpps-missing component-missing legacy-jabber-only""",
    "Selection": """failover flip weighted zero-weights zero-plus-one mixed-priority mixed-priority-reverse
        duplicate-across-sets equal-priority srv20 oversize wrong-tls-type odd-port port-0 port-65535
        priority-65535 order-fixed order-rotated order-shuffled""",
    "Naming": """cname-target cname-owner cname-loop cname-dangling dname ip-as-target localhost-target
        onion-target idn mixed-case search-suffix""",
    "Faults": """servfail refused notimp formerr drop drop-by-type drop-by-service slow slow-aaaa flaky-30
        first-2-fail for-a-while fault-matches tc-then-ok tc-no-tcp tcp-reset tcp-half-length no-edns
        no-edns-drop compressed-srv ra-clear wrong-id wrong-question garbage case-mangled wrong-source
        additional-poison""",
    "Time": "ttl-0 ttl-1 ttl-countdown ttl-unaged negative-ttl no-soa-negative stale",
    "View, family, security": """view-A view-B asymmetric-dialback leak-check v4-only v6-only v6-blackhole
        bogus unsigned-under-signed tlsa-mismatch""",
}

INDEX_HEAD = """# Situations

What DNS can do to XMPP software, each as a configuration in `conf/scenarios` that is served as it is:

    $ shunt serve -c conf/scenarios/failover.yaml -l 127.0.0.1:5354

or taken into a configuration of yours with `include: ["conf/scenarios/failover.yaml"]`. All are about the domain
`lab.example`. A page has the configuration, what a correct client does, and what dig shows. Every file is served and
its packets are checked by `tests/system/test_scenarios.py`; the pages are written by `docs/scenarios/make.py`.
"""

INDEX_TAIL = """
## What needs more than a configuration

- `dname`: a DNAME in `records` is answered to those who ask for DNAME, but renames nothing below it. The name server
  behind shunt has to have it.
- `bogus`: shunt signs nothing, and an RRSIG in `records` does not come with the record that it is for. The name server
  behind shunt has to have the signature that does not fit; it passes through untouched.
- `unsigned-under-signed`, `ttl-countdown`, `stale`: they are about what a name server behind shunt says, so there has to
  be one.
- `flip`, and the second half of `failover`: made by commands while it runs.

## What is not produced

- `tc-no-tcp` with a closed TCP port: the port is open, since others are served there. A connection is taken, and closed
  without a word as soon as the query has come.
- `flaky-30` with the same draws in each run: which lookups fail is drawn anew at each start.
- `dot-among-others` as a list in `domains`: it is two lines of `records`.
"""


def typed(command):
    """The command as the page shows it."""
    word, _, rest = command.partition(" ")
    if word in ("dig", "delv"):
        return " ".join(p for p in (word, f"@127.0.0.1 -p {PORT}", QUIET.get(word), rest) if p)
    return command


def output(lab, command):
    word, _, rest = command.partition(" ")
    out, _ = lab.command(" ".join(p for p in (word, QUIET.get(word), rest) if p))
    ports = {lab.address[1]: PORT, lab.upstream.port: UPSTREAM}
    if lab.zones:
        ports[lab.zones.port] = UPSTREAM
    for found, shown in ports.items():
        out = re.sub(rf"(?<=127\.0\.0\.1[:#]){found}\b", shown, out)
    return out.replace(f"{scenarios.ROOT}/", "").strip("\n")


def paragraph(title, text):
    return textwrap.fill(f"{title}{text[0].upper()}{text[1:]}", 118, break_on_hyphens=False)


def page(name):
    scenario = scenarios.read(name)
    upstream = scenario.parts.get("Upstream")
    parts = [f"# {name}", paragraph("", scenario.summary),
             paragraph("**What a correct client does.** ", scenario.parts["Client"])]
    if "Note" in scenario.parts:
        parts.append(paragraph("", scenario.parts["Note"]))
    if upstream:
        parts.append(paragraph("**The name server behind it.** ", upstream))
    parts += [f"`conf/scenarios/{name}.yaml`:", f"```yaml\n{scenario.body}```"]
    server = f" -u 127.0.0.1:{UPSTREAM}" if upstream else ""
    parts.append(f"    $ shunt serve -c conf/scenarios/{name}.yaml -l 127.0.0.1:{PORT}{server}")
    if any(c.startswith("shunt ") for c in scenario.commands):
        parts.append("Commands find the daemon by its control socket, `/run/shunt/control.sock`, which it makes "
                     "when started as root.")
    with scenarios.Lab(name) as lab:
        for command in scenario.commands:
            lines = f"$ {typed(command)}\n{output(lab, command)}".rstrip("\n").splitlines()
            parts.append("\n".join(f"    {line}".rstrip() for line in lines))
    (HERE / f"{name}.md").write_text("\n\n".join(parts) + "\n")


def index():
    out = INDEX_HEAD
    for title, names in GROUPS.items():
        out += f"\n## {title}\n\n"
        for name in names.split():
            out += f"- [{name}]({name}.md): {scenarios.read(name).summary}\n"
    (HERE / "index.md").write_text(out + INDEX_TAIL)


def main():
    for program in ("dig", "delv", "ldns-signzone"):
        if not shutil.which(program):
            sys.exit(f"make.py: {program} is needed")
    names = sys.argv[1:] or scenarios.names()
    for number, name in enumerate(names, 1):
        print(f"\r{number}/{len(names)} {name:30}", end="", file=sys.stderr, flush=True)
        page(name)
    print(file=sys.stderr)
    index()


if __name__ == "__main__":
    main()
