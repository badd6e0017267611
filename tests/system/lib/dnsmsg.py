"""DNS messages, built and read: as little as the tests need, and able to write what is wrong."""

import ipaddress
import random
import struct
from dataclasses import dataclass, field

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
    "DNAME": 39, "OPT": 41, "RRSIG": 46, "TLSA": 52, "HTTPS": 65, "ANY": 255,
}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
CLASSES = {"IN": 1, "CH": 3, "ANY": 255}
RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5,
    "BADVERS": 16,
}
RCODE_NAMES = {number: name for name, number in RCODES.items()}

QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
DO = 0x8000
EDE = 15


def type_number(word):
    if isinstance(word, int):
        return word
    return TYPES[word] if word in TYPES else int(word.removeprefix("TYPE"))


def type_name(number):
    return TYPE_NAMES.get(number, f"TYPE{number}")


def name_wire(text):
    """Wire form of a name; no escapes. Upper case stays."""
    out = b""
    for label in text.rstrip(".").split("."):
        if label:
            out += bytes([len(label)]) + label.encode("latin-1")
    return out + b"\0"


def name_read(wire, at):
    """(text with a last dot, offset behind it, whether it was compressed)"""
    labels, end, jumps = [], None, 0
    while True:
        length = wire[at]
        if length >= 0xC0:
            target = struct.unpack_from("!H", wire, at)[0] & 0x3FFF
            end = at + 2 if end is None else end
            at, jumps = target, jumps + 1
            if jumps > 100:
                raise ValueError("a loop of compression pointers")
            continue
        at += 1
        if length == 0:
            return ".".join(labels) + ".", at if end is None else end, jumps > 0
        if len(wire) < at + length:
            raise ValueError("a label is cut off")
        labels.append(wire[at:at + length].decode("latin-1"))
        at += length


# RDATA, without compression.
def a(address):
    return ipaddress.IPv4Address(address).packed


def aaaa(address):
    return ipaddress.IPv6Address(address).packed


def srv(priority, weight, port, target):
    return struct.pack("!HHH", priority, weight, port) + name_wire(target)


def txt(*strings):
    return b"".join(bytes([len(s)]) + s.encode() for s in strings)


def soa(mname="ns.example.", rname="admin.example.", serial=1, minimum=60):
    numbers = struct.pack("!5I", serial, 3600, 600, 86400, minimum)
    return name_wire(mname) + name_wire(rname) + numbers


@dataclass
class RR:
    name: str
    type: int
    ttl: int
    rdata: bytes
    rrclass: int = 1
    text: str = ""  # filled when it was read
    compressed: bool = False  # likewise: a name in the RDATA was

    def wire(self):
        head = struct.pack("!HHIH", self.type, self.rrclass, self.ttl, len(self.rdata))
        return name_wire(self.name) + head + self.rdata


def rr(name, rrtype, rdata, ttl=300):
    """A record; `rdata` as bytes, or as text for A, AAAA, CNAME, NS, PTR and TXT."""
    number = type_number(rrtype)
    if isinstance(rdata, str):
        by_type = {1: a, 28: aaaa, 16: txt}
        rdata = by_type.get(number, name_wire)(rdata)
    return RR(name, number, ttl, rdata)


def _rdata_text(wire, rrtype, at, end):
    """What dig would show, and whether a name in it was compressed."""
    rdata = wire[at:end]
    if rrtype == 1:
        return str(ipaddress.IPv4Address(rdata)), False
    if rrtype == 28:
        return str(ipaddress.IPv6Address(rdata)), False
    if rrtype in (2, 5, 12, 39):
        name, _, compressed = name_read(wire, at)
        return name, compressed
    if rrtype == 15:
        name, _, compressed = name_read(wire, at + 2)
        return f"{struct.unpack_from('!H', wire, at)[0]} {name}", compressed
    if rrtype == 33:
        name, _, compressed = name_read(wire, at + 6)
        return "%d %d %d " % struct.unpack_from("!HHH", wire, at) + name, compressed
    if rrtype == 6:
        mname, at, first = name_read(wire, at)
        rname, at, second = name_read(wire, at)
        numbers = " ".join(str(n) for n in struct.unpack_from("!5I", wire, at))
        return f"{mname} {rname} {numbers}", first or second
    if rrtype == 16:
        parts, i = [], 0
        while i < len(rdata):
            parts.append('"%s"' % rdata[i + 1:i + 1 + rdata[i]].decode("latin-1"))
            i += 1 + rdata[i]
        return " ".join(parts), False
    return rdata.hex(), False


def _rr_read(wire, at):
    name, at, _ = name_read(wire, at)
    rrtype, rrclass, ttl, length = struct.unpack_from("!HHIH", wire, at)
    at += 10
    if len(wire) < at + length:
        raise ValueError("RDATA is cut off")
    text, compressed = _rdata_text(wire, rrtype, at, at + length)
    record = RR(name, rrtype, ttl, wire[at:at + length], rrclass, text, compressed)
    return record, at + length


@dataclass
class Message:
    id: int = 0
    flags: int = 0  # the whole word, RCODE included
    questions: list = field(default_factory=list)  # (name, type, class)
    answer: list = field(default_factory=list)
    authority: list = field(default_factory=list)
    additional: list = field(default_factory=list)  # without OPT
    edns: int = None  # the payload size of its OPT record, None without
    edns_flags: int = 0
    edns_version: int = 0
    edns_rcode: int = 0  # the upper 8 bits
    options: list = field(default_factory=list)  # (code, bytes)
    size: int = 0  # bytes on the wire, when it was read

    @property
    def rcode(self):
        return (self.flags & 0xF) | self.edns_rcode << 4

    @property
    def status(self):
        return RCODE_NAMES.get(self.rcode, f"RCODE{self.rcode}")

    @property
    def truncated(self):
        return bool(self.flags & TC)

    @property
    def question(self):
        return self.questions[0] if self.questions else None

    @property
    def ede(self):
        """Extended errors: (code, text) of each."""
        return [(struct.unpack_from("!H", data)[0], data[2:].decode())
                for code, data in self.options if code == EDE]

    def texts(self, rrtype=None, section="answer"):
        """The RDATA of a section's records as text, in order."""
        number = None if rrtype is None else type_number(rrtype)
        return [r.text for r in getattr(self, section) if number in (None, r.type)]

    def _opt(self):
        options = b"".join(struct.pack("!HH", code, len(data)) + data
                           for code, data in self.options)
        ttl = self.edns_rcode << 24 | self.edns_version << 16 | self.edns_flags
        return b"\0" + struct.pack("!HHIH", 41, self.edns, ttl, len(options)) + options

    def wire(self):
        opts = 0 if self.edns is None else 1
        out = struct.pack("!6H", self.id, self.flags, len(self.questions), len(self.answer),
                          len(self.authority), len(self.additional) + opts)
        for name, qtype, qclass in self.questions:
            out += name_wire(name) + struct.pack("!HH", qtype, qclass)
        for record in self.answer + self.authority + self.additional:
            out += record.wire()
        return out + (self._opt() if opts else b"")

    def reply(self, answer=(), authority=(), additional=(), rcode="NOERROR", flags=AA | RA,
              edns=1232):
        """A reply to this query, with its OPT record where the query had one."""
        return Message(id=self.id,
                       flags=QR | flags | (self.flags & (RD | CD)) | RCODES[rcode] & 0xF,
                       questions=list(self.questions), answer=list(answer),
                       authority=list(authority), additional=list(additional),
                       edns=None if self.edns is None else edns)

    def _take_opt(self, record):
        self.edns, self.edns_flags = record.rrclass, record.ttl & 0xFFFF
        self.edns_version, self.edns_rcode = record.ttl >> 16 & 0xFF, record.ttl >> 24
        at = 0
        while at < len(record.rdata):
            code, length = struct.unpack_from("!HH", record.rdata, at)
            self.options.append((code, record.rdata[at + 4:at + 4 + length]))
            at += 4 + length

    @classmethod
    def read(cls, wire):
        """Raises ValueError, IndexError or struct.error for what is no message."""
        ident, flags, *counts = struct.unpack_from("!6H", wire)
        m = cls(id=ident, flags=flags, size=len(wire))
        at = 12
        for _ in range(counts[0]):
            name, at, _ = name_read(wire, at)
            qtype, qclass = struct.unpack_from("!HH", wire, at)
            m.questions.append((name, qtype, qclass))
            at += 4
        for section, count in zip((m.answer, m.authority, m.additional), counts[1:]):
            for _ in range(count):
                record, at = _rr_read(wire, at)
                if record.type == 41:
                    m._take_opt(record)
                else:
                    section.append(record)
        if at != len(wire):
            raise ValueError(f"{len(wire) - at} bytes behind the last record")
        return m


def query(name, qtype="A", edns=None, do=False, flags=RD, qclass=1):
    """A query with a random ID; `edns` is a payload size."""
    name = name if name.endswith(".") else name + "."
    return Message(id=random.randrange(65536), flags=flags,
                   questions=[(name, type_number(qtype), qclass)],
                   edns=1232 if do and edns is None else edns, edns_flags=DO if do else 0)
