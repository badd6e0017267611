"""What no client should send. Others are served all the while, and nothing is left behind."""

import os
import random
import resource
import socket
import struct
import time
import unittest

from lib import client, dnsmsg, upstream
from lib.daemon import Daemon
from lib.dnsmsg import query, rr

POLICY = """
domains:
  - {name: lab.example, xmpp-client: [{target: xmpp1.lab.example}]}
hosts:
  - {name: xmpp1.lab.example, addresses: [10.5.0.11]}
"""


class BadInput(unittest.TestCase):
    def setUp(self):
        good = upstream.answers(rr("a.example.", "A", "192.0.2.1"))
        self.upstream = self.enterContext(upstream.Upstream(good))
        self.daemon = self.enterContext(
            Daemon(f'upstreams: [{{servers: ["{self.upstream}"]}}]\n' + POLICY))

    def assertServes(self, timeout=5, source=None):
        for ask in (client.ask_udp, client.ask_tcp):
            m = ask(self.daemon.address, query("_xmpp-client._tcp.lab.example", "SRV"), timeout,
                    source)
            self.assertIsNotNone(m, "the others are not served")
            self.assertEqual(len(m.answer), 1)
            m = ask(self.daemon.address, query("a.example"), timeout, source)
            self.assertEqual(m.texts(), ["192.0.2.1"])

    def assertServesSoon(self, source):
        """A connection that was closed may count until the daemon has looked at it."""
        deadline = time.monotonic() + 5
        while True:
            try:
                return self.assertServes(source=source)
            except (ConnectionResetError, EOFError):
                if time.monotonic() > deadline:
                    raise

    def status(self, wire, tcp=False):
        """The RCODE of the reply, None for silence."""
        if tcp:
            return client.ask_tcp(self.daemon.address, wire).status
        m = client.ask_udp(self.daemon.address, wire, 1.0)
        return m and m.status

    def test_packets(self):
        q = query("lab.example", edns=1232).wire()
        plain = query("lab.example").wire()
        header = plain[:12]
        question = plain[12:]
        opt = q[len(plain):]

        def counts(*numbers):
            return header[:4] + struct.pack("!4H", *numbers)

        def opcode(number):
            return struct.pack("!HH", 7, number << 11 | dnsmsg.RD) + plain[4:]
        record = rr("lab.example", "A", "192.0.2.1").wire()
        formerr = [
            ("no question", counts(0, 0, 0, 0)),
            ("two questions", counts(2, 0, 0, 0) + question * 2),
            ("an answer in a query", counts(1, 1, 0, 0) + question + record),
            ("the question is cut off", plain[:-1]),
            ("the name is cut off", plain[:14]),
            ("a label of type 01", header + b"\x41" + question[1:]),
            ("a compressed question", header + b"\xc0\x0c" + question[-4:]),
            ("a name of 256 bytes", header + (b"\x3f" + b"x" * 63) * 4 + b"\0" + question[-4:]),
            ("two OPTs", counts(1, 0, 0, 2) + question + opt * 2),
            ("an OPT that is cut off", q[:-1]),
            ("an OPT whose owner is a name", counts(1, 0, 0, 1) + question + b"\1x\0" + opt[1:]),
            ("an option that is cut off",
             counts(1, 0, 0, 1) + question + opt[:-2] + b"\0\4" + b"\0\x0a\0\x09"),
        ]
        rows = [(name, wire, "FORMERR") for name, wire in formerr] + [
            ("EDNS version 1", counts(1, 0, 0, 1) + question + opt[:6] + b"\1" + opt[7:], "BADVERS"),
            ("IQUERY", opcode(1), "NOTIMP"), ("STATUS", opcode(2), "NOTIMP"),
            ("NOTIFY", opcode(4), "NOTIMP"), ("UPDATE", opcode(5), "NOTIMP"),
            ("opcode 15", opcode(15), "NOTIMP"),
        ]
        for name, wire, wanted in rows:
            for tcp in (False, True):
                with self.subTest(packet=name, tcp=tcp):
                    self.assertEqual(self.status(wire, tcp), wanted)
        self.assertServes()

    def test_silence(self):
        """A query after each bad packet, on one socket: the first reply that comes is its."""
        plain = query("lab.example").wire()
        bad = [plain[:n] for n in range(12)] + [plain[:2] + b"\x81\x80" + plain[4:]]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(self.daemon.address)
            s.settimeout(5)
            for number, wire in enumerate(bad):
                good = query("_xmpp-client._tcp.lab.example", "SRV")
                good.id = 0x4000 + number
                s.send(wire)
                s.send(good.wire())
                self.assertEqual(dnsmsg.Message.read(s.recv(4096)).id, good.id, f"{wire}")

    def test_classes(self):
        m = client.ask_udp(self.daemon.address, query("version.bind", "TXT", qclass=3))
        self.assertIn("shunt", m.texts()[0])
        self.assertEqual(client.ask_udp(self.daemon.address,
                                        query("id.server", "TXT", qclass=3)).status, "NOERROR")
        self.assertEqual(client.ask_udp(self.daemon.address,
                                        query("x.example", "TXT", qclass=3)).status, "REFUSED")

    def test_ten_thousand_garbage_packets(self):
        draw = random.Random(1)
        base = query("_xmpp-client._tcp.lab.example", "SRV", edns=1232).wire()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(self.daemon.address)
            for i in range(10000):
                if i % 2:
                    wire = draw.randbytes(draw.randrange(0, 600))
                else:  # nearly right
                    wire = bytearray(base)
                    for _ in range(draw.randrange(1, 5)):
                        wire[draw.randrange(len(wire))] = draw.randrange(256)
                try:
                    s.send(wire)
                except ConnectionRefusedError:
                    self.fail("the daemon is gone")
                if i % 1000 == 999:
                    self.assertServes()
        self.assertServes()

    def test_garbage_over_tcp(self):
        draw = random.Random(2)
        for _ in range(300):
            with client.Tcp(self.daemon.address) as t:
                try:
                    t.socket.sendall(draw.randbytes(draw.randrange(1, 3000)))
                except OSError:
                    pass
        self.assertServes()

    def test_tcp_framing(self):
        q = query("_xmpp-client._tcp.lab.example", "SRV")
        wire = struct.pack("!H", len(q.wire())) + q.wire()
        with client.Tcp(self.daemon.address) as t:  # byte by byte
            t.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(wire)):
                t.socket.sendall(wire[i:i + 1])
            self.assertEqual(t.receive().id, q.id)
        with client.Tcp(self.daemon.address) as t:  # a whole one and a half, and the rest
            t.socket.sendall(wire + wire[:20])
            self.assertEqual(t.receive().id, q.id)
            t.socket.sendall(wire[20:])
            self.assertEqual(t.receive().id, q.id)
        with client.Tcp(self.daemon.address) as t:  # many in a segment
            many = [query("_xmpp-client._tcp.lab.example", "SRV") for _ in range(100)]
            t.send(*many)
            self.assertEqual({t.receive().id for _ in many}, {m.id for m in many})
        with client.Tcp(self.daemon.address) as t:  # the client is done sending
            t.send(q)
            t.socket.shutdown(socket.SHUT_WR)
            self.assertEqual(t.receive().id, q.id)
        with client.Tcp(self.daemon.address) as t:  # half a message, and gone
            t.socket.sendall(wire[:9])
        with client.Tcp(self.daemon.address) as t:  # an empty message
            t.socket.sendall(b"\0\0")
        with client.Tcp(self.daemon.address) as t:  # gone without reading
            t.send(*many)
        self.assertServes()

    def test_answers_out_of_order(self):
        slow = upstream.late(0.5, upstream.failure("NXDOMAIN"))
        self.upstream.behave = upstream.by_name({"slow.example.": slow}, self.upstream.behave)
        with client.Tcp(self.daemon.address) as t:
            t.send(query("slow.example"), query("a.example"))
            self.assertEqual([t.receive().question[0] for _ in range(2)],
                             ["a.example.", "slow.example."])

    def test_client_leaves_before_its_answer(self):
        slow = upstream.late(0.3, upstream.failure("NXDOMAIN"))
        self.upstream.behave = upstream.by_name({"slow.example.": slow}, self.upstream.behave)
        for _ in range(20):
            with client.Tcp(self.daemon.address) as t:
                t.send(query("slow.example"))
        self.assertEqual(self.status(query("slow.example").wire()), "NXDOMAIN")
        self.assertServes()

    def test_five_hundred_idle_connections(self):
        """Of five clients, and then of one, who meets the limit for a client."""
        for sources in ([f"127.0.0.{i + 2}" for i in range(5)], ["127.0.0.2"]):
            with self.subTest(clients=len(sources)):
                idle = [client.Tcp(self.daemon.address, source=sources[i % len(sources)])
                        for i in range(500)]
                begin = time.monotonic()
                self.assertServes()
                self.assertLess(time.monotonic() - begin, 3)
                for c in idle:
                    c.socket.close()
                self.assertServesSoon(source=sources[0])

    def test_connections_that_are_held_are_closed(self):
        with client.Tcp(self.daemon.address, timeout=30) as t:
            t.send(query("a.example"))
            t.receive()
            with self.assertRaises(EOFError):
                t.receive()

    def test_a_client_that_does_not_read(self):
        big = upstream.answers(*[rr("big.example.", "TXT", f"{i:04}" + "x" * 200)
                                 for i in range(250)])
        self.upstream.behave = upstream.by_name({"big.example.": upstream.truncated(big)},
                                                self.upstream.behave)
        with client.Tcp(self.daemon.address) as t:
            t.socket.setblocking(False)
            q = query("big.example", "TXT").wire()
            try:
                for _ in range(20000):
                    t.socket.send(struct.pack("!H", len(q)) + q)
            except (BlockingIOError, ConnectionResetError, BrokenPipeError):
                pass
            self.assertServes()
            self.assertLess(resident(self.daemon.process.pid), 1 << 30)


def resident(pid):
    """Bytes of memory in use."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class LimitedFiles(unittest.TestCase):
    def test_no_more_descriptors(self):
        """Accepting pauses; UDP goes on; once connections are closed TCP does too."""
        ours = query("_xmpp-client._tcp.lab.example", "SRV")
        with Daemon('upstreams: [{servers: ["127.0.0.1:9"]}]\nthreads: 1\n' + POLICY,
                    limits={resource.RLIMIT_NOFILE: 60}) as d:
            held = [client.Tcp(d.address) for _ in range(80)]
            self.assertEqual(len(client.ask_udp(d.address, ours).answer), 1)
            for c in held:
                c.socket.close()
            self.assertEqual(len(client.ask_tcp(d.address, ours).answer), 1)


if __name__ == "__main__":
    unittest.main()
