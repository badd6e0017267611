"""What can be asked in a scenario, and what the packets must be then: callables that take the Lab and
raise AssertionError. The reply to a query over UDP is the next packet, whatever it is."""

import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

from . import client, dnsmsg
from .dnsmsg import AA, QR, RA, RD, TC
from .scenarios import Asker

ANY = object()  # whatever there is


def same(what, got, expected, packet=None):
    if got != expected:
        raise AssertionError(f"{what}: {got!r}, not {expected!r} {packet or ''}")


def true(what, holds, packet=None):
    if not holds:
        raise AssertionError(f"{what} {packet or ''}")


def make(question, edns=None, do=False):
    name, qtype = question.split()
    return dnsmsg.query(name, qtype, edns=edns, do=do)


def ask(lab, query, source="127.0.0.1"):
    """The next packet for a query: (bytes, address it came from)."""
    with Asker(lab.address, source) as a:
        a.send(query)
        return a.receive()


class Beginning(list):
    """Some of these, from the first on, but not all."""

    def __eq__(self, got):
        return 0 < len(got) < len(self) and list(self[:len(got)]) == got

    def __ne__(self, got):
        return not self == got


class NoCase(list):
    """These, in whatever case."""

    def __eq__(self, got):
        return [s.lower() for s in self] == [s.lower() for s in got]

    def __ne__(self, got):
        return not self == got


def compare(what, got, expected, packet):
    if expected is ANY:
        return
    if isinstance(expected, set):
        got = sorted(got)
        expected = sorted(expected)
    if not expected == got:
        raise AssertionError(f"{what}: {got}, not {expected} in {packet}")


@dataclass
class Q:
    """A question and its whole and well-formed answer. Without records in it there is a SOA, unless
    `soa` is False or TC is set; a number is its TTL. `more` is the additional section without OPT."""
    question: str
    answer: Any = ()
    rcode: str = "NOERROR"
    more: Any = ()
    soa: Any = True
    aa: Any = True  # None: either
    tc: bool = False
    ttl: Any = None  # of each record
    tcp: bool = False
    edns: Any = None
    client: str = "127.0.0.1"

    def __call__(self, lab):
        query = make(self.question, self.edns)
        if self.tcp:
            with client.Tcp(lab.address, 30, self.client) as t:
                t.send(query)
                m = t.receive()
        else:
            wire, peer = ask(lab, query, self.client)
            same("from", peer, lab.address)
            m = dnsmsg.Message.read(wire)
        self.examine(query, m)

    def examine(self, query, m):
        same("ID", m.id, query.id, m)
        same("question", m.questions, query.questions, m)
        same("RCODE", m.status, self.rcode, m)
        same("TC", m.truncated, self.tc, m)
        same("QR, RD, RA", m.flags & (QR | RD | RA), QR | RD | RA, m)
        if self.aa is not None and not self.tc:
            same("AA", bool(m.flags & AA), self.aa, m)
        same("EDNS", m.edns is not None, self.edns is not None, m)
        expected = self.answer if self.answer is ANY or isinstance(self.answer, set) else (
            self.answer if isinstance(self.answer, list) else list(self.answer))
        compare("answer", m.texts(), expected, m)
        compare("additional section", m.texts(section="additional"),
                self.more if self.more is ANY or isinstance(self.more, set) else list(self.more), m)
        true("a compressed SRV target", not any(r.compressed for r in m.answer if r.type == 33), m)
        self.examine_rest(m)

    def examine_rest(self, m):
        is_negative = not any(r.type not in (5, 39) for r in m.answer) and not m.truncated
        is_loop = bool(m.answer) and self.rcode == "NOERROR" and is_negative
        soas = [r for r in m.authority if r.type == 6]
        wanted = 1 if is_negative and not is_loop and self.soa is not False else 0
        same("SOA records", len(soas), wanted, m)
        if wanted and self.soa is not True:
            same("TTL and minimum of the SOA", (soas[0].ttl, int(soas[0].text.split()[-1])),
                 (self.soa, self.soa), m)
        ttls = {r.ttl for r in m.answer + m.additional}
        true("unequal TTLs", self.aa is not True or len(ttls) < 2, m)
        if self.ttl is not None:
            same("TTLs", {r.ttl for r in m.answer + m.authority + m.additional}, {self.ttl}, m)


@dataclass
class Command:
    """A command of ours to the daemon."""
    words: str

    def __call__(self, lab):
        out, status = lab.command("shunt " + self.words)
        same(f"exit status of shunt {self.words}", status, 0, out)


@dataclass
class Silent:
    """No reply, although a later query has one; over TCP the connection stays open."""
    question: str
    tcp: bool = False
    edns: Any = None

    def __call__(self, lab):
        query = make(self.question, self.edns)
        sentinel = dnsmsg.query("sentinel.example", "TXT")
        if self.tcp:
            with client.Tcp(lab.address, 30) as t:
                t.send(query, sentinel)
                same("first reply", t.receive().id, sentinel.id)
            return
        with Asker(lab.address) as a:
            a.send(query)
            sentinel = a.sentinel()
            same("first reply", dnsmsg.Message.read(a.receive()[0]).id, sentinel.id)


@dataclass
class Broken:
    """A TCP connection that ends: "closed" before any byte, "reset", or "half" way in a message."""
    question: str
    way: str

    def __call__(self, lab):
        with socket.create_connection(lab.address, 30) as s:
            wire = make(self.question).wire()
            s.sendall(struct.pack("!H", len(wire)) + wire)
            got, end = b"", "closed"
            try:
                while part := s.recv(65535):
                    got += part
            except ConnectionResetError:
                end = "reset"
            if got:
                end = "half"
                length = struct.unpack("!H", got[:2])[0]
                true("not a part of a message", 2 < len(got) < 2 + length, got)
            same("how the connection ended", end, self.way)


def malformed(question, examine, edns=None):
    """The packet is given to `examine` with the query, the lab, and where it came from."""
    def check(lab):
        query = make(question, edns)
        wire, peer = ask(lab, query)
        examine(query, wire, peer, lab)
    return check


def formerr_without_opt(query, wire, _peer, _lab):
    m = dnsmsg.Message.read(wire)
    same("reply", (m.id, m.status, m.edns, m.answer), (query.id, "FORMERR", None, []), m)


def compressed_targets(query, wire, _peer, _lab):
    m = dnsmsg.Message.read(wire)
    same("reply", (m.id, m.texts()), (query.id, ["0 5 5222 xmpp.lab.example."]), m)
    same("compressed", [r.compressed for r in m.answer], [True], m)


def ra_is_clear(query, wire, _peer, _lab):
    m = dnsmsg.Message.read(wire)
    true("no good answer", m.id == query.id and m.status == "NOERROR" and m.answer, m)
    same("RA", m.flags & RA, 0, m)


def other_id(query, wire, _peer, _lab):
    m = dnsmsg.Message.read(wire)
    true("the right ID", m.id != query.id, m)
    same("question and answer", (m.questions, m.texts()),
         (query.questions, ["0 5 5222 xmpp.lab.example."]), m)


def other_question(query, wire, _peer, _lab):
    m = dnsmsg.Message.read(wire)
    same("ID", m.id, query.id, m)
    same("questions", len(m.questions), 1, m)
    true("the right question",
         (m.question[0].lower(), *m.question[1:]) != (query.question[0].lower(), *query.question[1:]), m)


def noise(query, wire, _peer, _lab):
    same("ID", wire[:2], struct.pack("!H", query.id))
    try:
        m = dnsmsg.Message.read(wire)
    except (ValueError, IndexError, struct.error):
        return
    true("a good reply", m.questions != query.questions, m)


def other_case(query, wire, _peer, _lab):
    m = dnsmsg.Message.read(wire)
    same("question", m.question[0].lower(), query.question[0].lower(), m)
    true("the same case", m.question[0] != query.question[0], m)
    same("answer", m.texts(), ["0 5 5222 xmpp.lab.example."], m)


def other_port(query, wire, peer, lab):
    m = dnsmsg.Message.read(wire)
    same("reply", (m.id, m.texts()), (query.id, ["0 5 5222 xmpp.lab.example."]), m)
    same("address", peer[0], lab.address[0])
    true("the right port", peer[1] != lab.address[1], peer)


def read_one(lab, question, **more):
    return dnsmsg.Message.read(ask(lab, make(question, **more))[0])


def rotates(question, records):
    def check(lab):
        turns = [records[i:] + records[:i] for i in range(len(records))]
        firsts = set()
        for _ in records:
            got = read_one(lab, question).texts()
            true(f"not a turn of {records}: {got}", got in turns)
            firsts.add(got[0])
        same("first records", firsts, set(records))
    return check


def shuffles(question, records):
    """All orders come, also those that are no turn."""
    def check(lab):
        seen = set()
        for _ in range(200):
            got = read_one(lab, question).texts()
            same("records", sorted(got), sorted(records))
            seen.add(tuple(got))
        same("orders", len(seen), 6)
    return check


def arrive_in_order(*questions, asked_last_first):
    """All asked at once, from the last to the first; the replies come from the first to the last."""
    def check(lab):
        with Asker(lab.address) as a:
            order = reversed(questions) if asked_last_first else questions
            sent = {a.send(make(q)).id: q for q in order}
            sent[a.sentinel().id] = "sentinel"
            got = [sent[dnsmsg.Message.read(a.receive()[0]).id] for _ in sent]
        # The sentinel comes from upstream: only what is held back is surely later.
        held_back = [q for q in got if q in questions]
        same("order of arrival", held_back, list(questions))
        true("not held back", got.index("sentinel") < len(got) - 1, got)
    return check


def share(question, rcode, count, least, most):
    """So large a part of the replies has this RCODE; the others are good."""
    def check(lab):
        got = [read_one(lab, question).status for _ in range(count)]
        same("RCODEs", set(got), {rcode, "NOERROR"})
        part = got.count(rcode) / count
        true(f"{part:.0%} of the replies fail", least < part < most)
    return check


def until(question, before, after):
    """One RCODE at first, another for good."""
    def check(lab):
        first = read_one(lab, question).status
        same("first RCODE", first, before)
        deadline = time.monotonic() + 60
        while (got := read_one(lab, question).status) == before:
            true("it does not end", time.monotonic() < deadline)
        same("RCODE afterwards", got, after)
    return check


def wait_for_lower_ttl(lab, question):
    """The TTL of an answer from the cache after the first second."""
    first = read_one(lab, question).answer[0].ttl
    deadline = time.monotonic() + 30
    while (later := read_one(lab, question).answer[0].ttl) == first:
        true("the TTL stays", time.monotonic() < deadline)
    return first, later


def counts_down(question, ttl):
    def check(lab):
        first, later = wait_for_lower_ttl(lab, question)
        true(f"TTLs {first} and {later}", ttl >= first > later > 0)
        same("asked upstream", lab.upstream.count(), 1)
    return check


def stays(question, ttl, beside):
    """The TTL is this one, also when that of another answer has gone down."""
    def check(lab):
        same("TTL", read_one(lab, question).answer[0].ttl, ttl)
        wait_for_lower_ttl(lab, beside)
        m = read_one(lab, question)
        same("TTL", m.answer[0].ttl, ttl, m)
        same("asked upstream", lab.upstream.count(m.question[0]), 1)
    return check


def goes_stale(question):
    def check(lab):
        m = read_one(lab, question, edns=1232)
        same("fresh", (m.status, m.ede, [r.ttl for r in m.answer]), ("NOERROR", [], [1]), m)
        fresh = m.texts()
        deadline = time.monotonic() + 60
        while not (m := read_one(lab, question, edns=1232)).ede:
            true("it does not go stale", time.monotonic() < deadline)
        same("stale", (m.status, m.texts(), m.ede[0][0]), ("NOERROR", fresh, 3), m)
        same("TTL", m.answer[0].ttl, 30, m)
    return check


def upstream_saw(*names):
    """The scripted upstream was asked for these names and no others."""
    def check(lab):
        same("asked upstream", sorted({q.name for q in lab.upstream.asked}), sorted(names))
    return check


def signed(question, record):
    """The signature comes with the record to those who ask for it."""
    def check(lab):
        m = read_one(lab, question, do=True)
        same("answer", m.texts("SRV"), [record], m)
        same("signatures", len(m.texts("RRSIG")), 1, m)
    return check


def unsigned(question, record):
    def check(lab):
        m = read_one(lab, question, do=True)
        same("answer", m.texts(), [record], m)
        same("AD", m.flags & dnsmsg.AD, 0, m)
        soa = read_one(lab, "lab.example SOA", do=True)
        same("signatures of the zone", len(soa.texts("RRSIG")), 1, soa)
    return check


def delv(question, said):
    """What a validating client says of it."""
    def check(lab):
        out, _ = lab.command(f"delv -a lab.key +root=lab.example {question}")
        true(f"delv does not say {said!r}:\n{out}", said in out)
    return check
