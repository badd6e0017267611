"""A scripted upstream server over UDP and TCP. What it does to a query is a Python callable: it gets
the query (class Asked) and returns what is to be done, one of
    None            nothing: silence
    Message, bytes  sent back
    an action       one of the classes below
    a list          all of it, in order
"""

import socket
import struct
import threading
import time
from dataclasses import dataclass, replace

from . import dnsmsg
from .client import family


@dataclass
class Asked:
    message: dnsmsg.Message
    proto: str  # "udp" or "tcp"
    peer: tuple
    time: float
    number: int  # 0 for the first query that the server got

    @property
    def name(self):
        return self.message.question[0].lower()

    @property
    def type(self):
        return dnsmsg.type_name(self.message.question[1])


@dataclass
class Late:
    """What is to be done, `seconds` later."""
    seconds: float
    what: object


@dataclass
class FromOtherPort:
    """Sent from another port than that which was asked (UDP only)."""
    message: object


@dataclass
class Raw:
    """Bytes on the TCP connection without a length of ours before them."""
    data: bytes


class Close:
    """The TCP connection is closed."""


class Reset:
    """The TCP connection is reset."""


def _wire(message):
    return message if isinstance(message, bytes) else message.wire()


def read_exactly(connection, count):
    """`count` bytes, or fewer when the connection ends before."""
    out = b""
    while len(out) < count and (part := connection.recv(count - len(out))):
        out += part
    return out


class Upstream:
    """Answers with `behave` as long as it is a context; `asked` has all queries in order."""

    def __init__(self, behave, host="127.0.0.1", tcp=True, port=0):
        self.behave, self.host = behave, host
        self.asked, self.errors = [], []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.connections = set()
        self.timers = []
        self.udp, self.tcp = self._bind(port)
        if not tcp:
            self.tcp.close()
            self.tcp = None

    def _bind(self, port):
        for _ in range(100):
            udp = socket.socket(family(self.host), socket.SOCK_DGRAM)
            tcp = socket.socket(family(self.host), socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                udp.bind((self.host, port))
                tcp.bind((self.host, udp.getsockname()[1]))
                udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                tcp.listen(128)
                return udp, tcp
            except OSError:
                udp.close()
                tcp.close()
        raise AssertionError("no free port")

    @property
    def port(self):
        return self.udp.getsockname()[1]

    def __str__(self):
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def count(self, name=None, rrtype=None, proto=None):
        """How often it was asked."""
        with self.lock:
            return sum(1 for q in self.asked if (name is None or q.name == name)
                       and (rrtype is None or q.type == rrtype)
                       and (proto is None or q.proto == proto))

    def __enter__(self):
        self.threads = [threading.Thread(target=self._serve_udp, daemon=True)]
        if self.tcp:
            self.threads.append(threading.Thread(target=self._accept, daemon=True))
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, kind, *exc):
        self.closing.set()
        for t in self.timers:
            t.cancel()
        # Shutting down wakes a thread that waits in the socket; closing alone does not.
        for s in [self.udp, self.tcp, *self.connections]:
            try:
                if s:
                    s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for t in self.threads:
            t.join(5)
        for s in [self.udp, self.tcp]:
            if s:
                s.close()
        if self.errors and kind is None:
            raise AssertionError(f"the scripted upstream failed: {self.errors}") from self.errors[0]

    def _decide(self, wire, proto, peer):
        with self.lock:
            asked = Asked(dnsmsg.Message.read(wire), proto, peer, time.monotonic(), len(self.asked))
            self.asked.append(asked)
        return self.behave(asked)

    def _do(self, what, perform):
        """Performs actions in order; `perform` knows the transport."""
        if what is None or self.closing.is_set():
            return
        if isinstance(what, list):
            for w in what:
                self._do(w, perform)
        elif isinstance(what, Late):
            timer = threading.Timer(what.seconds, self._do_late, (what.what, perform))
            timer.daemon = True
            self.timers.append(timer)
            timer.start()
        else:
            perform(what)

    def _do_late(self, what, perform):
        try:
            self._do(what, perform)
        except OSError:
            pass  # the asker has gone

    def _serve_udp(self):
        while True:
            try:
                wire, peer = self.udp.recvfrom(65535)
            except OSError:
                return
            if self.closing.is_set():
                return
            try:
                self._do(self._decide(wire, "udp", peer), lambda w, p=peer: self._perform_udp(w, p))
            except OSError:
                pass
            except Exception as e:  # a mistake in the script must fail the test
                self.errors.append(e)

    def _perform_udp(self, what, peer):
        if isinstance(what, FromOtherPort):
            with socket.socket(family(self.host), socket.SOCK_DGRAM) as other:
                other.bind((self.host, 0))
                other.sendto(_wire(what.message), peer)
        elif isinstance(what, (Close, Reset, Raw)):
            raise TypeError(f"{what} over UDP")
        else:
            self.udp.sendto(_wire(what), peer)

    def _accept(self):
        while True:
            try:
                connection, peer = self.tcp.accept()
            except OSError:
                return
            if self.closing.is_set():
                connection.close()
                return
            self.connections.add(connection)
            threading.Thread(target=self._serve_tcp, args=(connection, peer), daemon=True).start()

    def _serve_tcp(self, connection, peer):
        try:
            while len(head := read_exactly(connection, 2)) == 2:
                wire = read_exactly(connection, struct.unpack("!H", head)[0])
                self._do(self._decide(wire, "tcp", peer),
                         lambda w: self._perform_tcp(w, connection))
        except (OSError, ValueError):
            pass
        except Exception as e:
            self.errors.append(e)
        finally:
            self.connections.discard(connection)
            connection.close()

    @staticmethod
    def _perform_tcp(what, connection):
        if isinstance(what, (Close, Reset)):
            if isinstance(what, Reset):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            else:
                connection.shutdown(socket.SHUT_RDWR)
        elif isinstance(what, Raw):
            connection.sendall(what.data)
        elif isinstance(what, FromOtherPort):
            raise TypeError("another port over TCP")
        else:
            wire = _wire(what)
            connection.sendall(struct.pack("!H", len(wire)) + wire)


# Behaviours: each function returns a callable for class Upstream; `good` is such a callable too.

def answers(*records, ttl=300, soa_minimum=60):
    """Answers from records: those of the name and type, a CNAME of the name, else NODATA or NXDOMAIN
    with a SOA."""
    records = [replace(r, ttl=ttl) if r.ttl is None else r for r in records]
    names = {r.name.lower() for r in records}

    def behave(asked):
        own = [r for r in records if r.name.lower() == asked.name]
        found = [r for r in own if r.type == asked.message.question[1]]
        found = found or [r for r in own if r.type == dnsmsg.TYPES["CNAME"]]
        if found:
            return asked.message.reply(found)
        soa = dnsmsg.rr("example.", "SOA", dnsmsg.soa(minimum=soa_minimum), ttl=3600)
        exists = any(n == asked.name or n.endswith("." + asked.name) for n in names)
        return asked.message.reply(authority=[soa], rcode="NOERROR" if exists else "NXDOMAIN")
    return behave


def silent(_asked):
    return None


def failure(rcode="SERVFAIL"):
    return lambda asked: asked.message.reply(rcode=rcode)


def late(seconds, good):
    return lambda asked: Late(seconds, good(asked))


def wrong_id(good):
    """A reply with another ID, and then the right one."""
    def behave(asked):
        reply = good(asked)
        return [replace(reply, id=reply.id ^ 1, answer=_poison(reply)), reply]
    return behave


def wrong_question(good):
    """A reply to another question, and then the right one."""
    def behave(asked):
        reply = good(asked)
        name, qtype, qclass = asked.message.question
        return [replace(reply, questions=[("other." + name, qtype, qclass)], answer=_poison(reply)),
                replace(reply, questions=[(name, qtype + 1, qclass)], answer=_poison(reply)), reply]
    return behave


def wrong_port(good):
    """A reply from another port, and then one from the right one."""
    def behave(asked):
        reply = good(asked)
        return [FromOtherPort(replace(reply, answer=_poison(reply))), reply]
    return behave


def _poison(reply):
    name = reply.question[0]
    return [dnsmsg.rr(name, "A", "198.51.100.66"), dnsmsg.rr(name, "TXT", "poison")]


def truncated(good):
    """TC and no records over UDP, all over TCP."""
    def behave(asked):
        reply = good(asked)
        if asked.proto == "udp":
            return replace(reply, flags=reply.flags | dnsmsg.TC, answer=[], authority=[])
        return reply
    return behave


def formerr_on_opt(good):
    def behave(asked):
        if asked.message.edns is not None:
            return replace(asked.message.reply(rcode="FORMERR", flags=0), edns=None)
        return good(asked)
    return behave


def garbage(asked):
    """The right ID, QR set, and nonsense."""
    return struct.pack("!HH", asked.message.id, 0x8180) + bytes(range(200, 255))


def close_midway(good):
    """TC over UDP; over TCP half of a reply, and the connection is closed."""
    def behave(asked):
        reply = good(asked)
        if asked.proto == "udp":
            return replace(reply, flags=reply.flags | dnsmsg.TC, answer=[], authority=[])
        wire = reply.wire()
        return [Raw(struct.pack("!H", len(wire)) + wire[:len(wire) // 2]), Close()]
    return behave


def compressed_srv(target_label="xmpp", ttl=300):
    """An SRV record whose target points into the question, as some servers send it."""
    def behave(asked):
        name = asked.message.question[0]
        labels = name.split(".")
        offset = 12 + len(labels[0]) + 1 + len(labels[1]) + 1
        pointer = struct.pack("!H", 0xC000 | offset)
        target = bytes([len(target_label)]) + target_label.encode() + pointer
        record = dnsmsg.RR(name, 33, ttl, struct.pack("!HHH", 10, 5, 5222) + target)
        return asked.message.reply([record])
    return behave


def by_name(table, default=failure("REFUSED")):
    """Another behaviour for each name (in lower case, with the last dot)."""
    return lambda asked: table.get(asked.name, default)(asked)


def in_turn(*behaviours):
    """One after the other; the last for ever."""
    left = list(behaviours)
    return lambda asked: (left.pop(0) if len(left) > 1 else left[0])(asked)
