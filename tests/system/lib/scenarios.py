"""The files of conf/scenarios: read, and served by the real daemon with the upstream that each needs."""

import contextlib
import re
import shlex
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import client, daemon, dnsmsg, nsd, upstream
from .dnsmsg import rr, srv

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "conf" / "scenarios"


@dataclass
class Scenario:
    """What the comment at the head of a file says."""
    name: str
    text: str  # the whole file
    summary: str = ""  # what it produces
    parts: dict = field(default_factory=dict)  # Client, Note, Upstream: their text
    commands: list = field(default_factory=list)  # to be typed while it is served

    @property
    def body(self):
        """The file without that comment."""
        return re.sub(r"\A(#.*\n)+", "", self.text)


def read(name):
    out = Scenario(name, (FOLDER / f"{name}.yaml").read_text())
    key = None
    for line in out.text.splitlines():
        if not line.startswith("#"):
            break
        line = line[1:].strip()
        if line.startswith("$ "):
            out.commands.append(line[2:])
        elif found := re.match(r"(Client|Note|Upstream): (.*)", line):
            key = found[1]
            out.parts[key] = found[2]
        elif key:
            out.parts[key] += " " + line
        else:
            out.summary = f"{out.summary} {line}".strip()
    return out


def names():
    return sorted(f.stem for f in FOLDER.glob("*.yaml"))


def known_records(ttl):
    """What an upstream has that knows up.lab.example."""
    return upstream.answers(
        rr("_xmpp-client._tcp.up.lab.example.", "SRV", srv(0, 5, 5222, "xmpp.up.lab.example.")),
        rr("xmpp.up.lab.example.", "A", "10.5.0.12"), ttl=ttl)


def with_ttl(ttl):
    good = known_records(ttl)

    def behave(asked):
        reply = good(asked)
        for record in reply.answer:
            record.ttl = ttl
        return reply
    return behave


def leaking(asked):
    """Another answer to each question for SRV, by which a leak is seen."""
    if asked.type != "SRV":
        return upstream.answers()(asked)
    record = rr(asked.message.question[0], "SRV", srv(0, 0, 1, "leaked.lab.example."))
    return asked.message.reply([record])


BEHAVIOURS = {
    "leak-check": leaking,
    "stale": upstream.in_turn(with_ttl(1), upstream.silent),
    "ttl-countdown": with_ttl(300),
    "ttl-unaged": with_ttl(300),
}


def _signed_zone(bogus):
    """NSD with a signed lab.example, and the key as a trust anchor for delv."""
    server = nsd.Nsd({"lab.example": "_xmpp-client._tcp SRV 0 5 5222 xmpp\nxmpp A 10.5.0.11"})
    zone = server.dir / "lab.example.zone"

    def run(*command):
        return subprocess.run(command, cwd=server.dir, check=True, capture_output=True, text=True).stdout
    key = run("ldns-keygen", "-k", "-a", "ECDSAP256SHA256", "-r", "/dev/urandom", "lab.example").strip()
    run("ldns-signzone", "-o", "lab.example", "-f", str(zone), str(zone), key)
    if bogus:
        zone.write_text(re.sub(r"\bSRV\t0 5 5222", "SRV\t1 5 5222", zone.read_text()))
    dnskey = re.search(r"DNSKEY\s+(\d+ \d+ \d+) (\S+)", (server.dir / f"{key}.key").read_text())
    anchor = f'trust-anchors {{ "lab.example." static-key {dnskey[1]} "{dnskey[2]}"; }};\n'
    (server.dir / "lab.key").write_text(anchor)
    return server


ZONES = {
    "dname": ("lab.example", lambda: nsd.Nsd({"lab.example": "old DNAME lab.example."})),
    "bogus": ("lab.example", lambda: _signed_zone(bogus=True)),
    "unsigned-under-signed": ("lab.example", lambda: _signed_zone(bogus=False)),
}


class Lab(contextlib.ExitStack):
    """A scenario served: `upstream` is scripted and knows nothing unless it is in BEHAVIOURS; `zones`
    is an NSD for a part of the names, or None."""

    def __init__(self, name, args=()):
        super().__init__()
        self.scenario, self.args = read(name), args
        self.zones = None

    def __enter__(self):
        super().__enter__()
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def _start(self):
        name = self.scenario.name
        behave = BEHAVIOURS.get(name, upstream.answers())
        self.upstream = self.enter_context(upstream.Upstream(behave))
        servers = f'  - servers: ["{self.upstream}"]\n'
        if name in ZONES:
            domain, make = ZONES[name]
            self.zones = self.enter_context(make())
            servers += f'  - {{domains: [{domain}], servers: ["{self.zones}"]}}\n'
        self.daemon = daemon.Daemon(
            f'include: ["{FOLDER / name}.yaml"]\nthreads: 1\nstate: off\n'
            f'control: {{socket: "{{dir}}/control.sock", http: off}}\nupstreams:\n{servers}',
            args=self.args)
        self.enter_context(self.daemon)

    @property
    def address(self):
        return self.daemon.address

    def command(self, line):
        """What a command of the file's head prints, and its exit status."""
        words = shlex.split(line)  # dig, delv, shunt, or sleep
        if words[0] == "sleep":
            pass
        elif words[0] == "shunt":
            words[0] = daemon.binary()
        else:
            words[1:1] = [f"@{self.address[0]}", "-p", str(self.address[1])]
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
                       "SHUNT_URL": f"unix://{self.daemon.dir}/control.sock"}
        where = self.zones.dir if self.zones else self.daemon.dir
        done = subprocess.run(words, capture_output=True, text=True, cwd=where, env=environment,
                              timeout=60, check=False)
        return done.stdout + done.stderr, done.returncode


class Asker:
    """A UDP socket that takes whatever comes, from wherever."""

    def __init__(self, server, source="127.0.0.1"):
        self.server = server
        self.socket = socket.socket(client.family(server[0]), socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.settimeout(30)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def send(self, message):
        self.socket.sendto(message.wire(), self.server)
        return message

    def receive(self):
        """(bytes, where from) of the next reply."""
        return self.socket.recvfrom(65535)

    def sentinel(self):
        """A query that nothing befalls, so that its reply tells that others stayed out."""
        return self.send(dnsmsg.query("sentinel.example", "TXT"))
