"""dig, kdig and drill, and what they print."""

import re
import shutil
import subprocess
from dataclasses import dataclass, field

PROGRAMS = ("dig", "kdig", "drill")


@dataclass
class Printed:
    """What a program showed of a reply."""
    status: str = None  # "NOERROR" …; None: no reply
    flags: set = field(default_factory=set)
    edns: bool = False
    ede: str = ""
    answer: list = field(default_factory=list)  # (name, ttl, class, type, rdata)
    authority: list = field(default_factory=list)
    additional: list = field(default_factory=list)
    text: str = ""

    def texts(self, rrtype=None, section="answer"):
        return [r[4] for r in getattr(self, section) if rrtype in (None, r[3])]

    def ttls(self, section="answer"):
        return [r[1] for r in getattr(self, section)]


def available(*programs):
    return all(shutil.which(p) for p in programs or PROGRAMS)


def parse(text):
    out = Printed(text=text)
    section = None
    for line in text.splitlines():
        if found := re.search(r"->>HEADER<<-.*(?:status|rcode): (\w+)", line):
            out.status = found[1]
        elif found := re.match(r";; flags: ?([a-z ]*)", line, re.I):
            out.flags |= set(found[1].split())
        elif re.match(r";; (Flags|flags): ", line):
            out.flags |= set(re.match(r";; \w+: ([a-z ]*)", line)[1].split())
        elif found := re.match(r";; (ANSWER|AUTHORITY|ADDITIONAL) SECTION:", line):
            section = getattr(out, found[1].lower())
        elif line.startswith(";") or not line.strip():
            out.edns |= bool(re.search(r"EDNS|Version: 0", line))
            if found := re.search(r"EDE: ?(.*)", line):
                out.ede = found[1]
        elif section is not None:
            parts = line.split(None, 4)
            if len(parts) == 5:
                section.append((parts[0], int(parts[1]), parts[2], parts[3], parts[4]))
    return out


def _run(command, timeout):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    return parse(done.stdout)


def dig(server, name, rrtype="A", *options, timeout=10):
    return _run(["dig", f"@{server[0]}", "-p", str(server[1]), "+tries=1", f"+timeout={timeout}",
                 *options, name, rrtype], timeout + 5)


def kdig(server, name, rrtype="A", *options, timeout=10):
    return _run(["kdig", f"@{server[0]}", "-p", str(server[1]), "+retry=0", f"+timeout={timeout}",
                 *options, name, rrtype], timeout + 5)


def drill(server, name, rrtype="A", *options, timeout=15):
    """Options of drill come with a dash: -t for TCP, -D for DO."""
    return _run(["drill", "-p", str(server[1]), *options, f"@{server[0]}", name, rrtype], timeout)


def ask(program, server, name, rrtype="A", tcp=False):
    """The same question with any of the programs."""
    if program == "drill":
        return drill(server, name, rrtype, *(["-t"] if tcp else ["-u"]))
    return {"dig": dig, "kdig": kdig}[program](server, name, rrtype,
                                               *(["+tcp"] if tcp else ["+notcp"]))
