"""Clients made of sockets: for what dig cannot be told to do."""

import socket
import struct
import time

from . import dnsmsg

TIMEOUT = 8.0


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def ask_udp(server, message, timeout=TIMEOUT, source=None):
    """Sends a message (or bytes) once; the reply with the same ID, or None when none comes."""
    wire = message if isinstance(message, bytes) else message.wire()
    deadline = time.monotonic() + timeout
    with socket.socket(family(server[0]), socket.SOCK_DGRAM) as s:
        if source:
            s.bind((source, 0))
        s.connect(server)
        s.send(wire)
        while (left := deadline - time.monotonic()) > 0:
            s.settimeout(left)
            try:
                reply = s.recv(65535)
            except socket.timeout:
                return None
            if reply[:2] == wire[:2]:
                return dnsmsg.Message.read(reply)
    return None


class Tcp:
    """A TCP connection to a server: any number of queries, replies in any order. `source` is the
    address to come from: on loopback any in 127/8."""

    def __init__(self, server, timeout=TIMEOUT, source=None):
        self.socket = socket.create_connection(server, timeout, (source, 0) if source else None)
        self.socket.settimeout(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def send(self, *messages):
        """All in one segment."""
        out = b""
        for m in messages:
            wire = m if isinstance(m, bytes) else m.wire()
            out += struct.pack("!H", len(wire)) + wire
        self.socket.sendall(out)

    def _exactly(self, count):
        out = b""
        while len(out) < count:
            part = self.socket.recv(count - len(out))
            if not part:
                raise EOFError("the connection was closed")
            out += part
        return out

    def receive(self):
        """The next reply; EOFError when the server closed the connection."""
        return dnsmsg.Message.read(self._exactly(struct.unpack("!H", self._exactly(2))[0]))


def ask_tcp(server, message, timeout=TIMEOUT, source=None):
    with Tcp(server, timeout, source) as t:
        t.send(message)
        return t.receive()
