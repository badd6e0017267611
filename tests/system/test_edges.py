"""What happens at the edges: the end of the daemon, loops to itself, capabilities, descriptors."""

import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time
import unittest
from pathlib import Path

from lib import client, process, upstream
from lib.daemon import Daemon, binary, run
from lib.dnsmsg import query

DEAD = 'upstreams: [{servers: ["127.0.0.1:9"]}]\n'


def large_policy():
    """One name with about 60 KB of records."""
    text = "x" * 240
    return DEAD + "records: |\n" + "".join(
        f'  large.example. 60 IN TXT "{number:05d}{text}"\n' for number in range(230))


class Stop(unittest.TestCase):
    def test_a_slow_reader_gets_whole_messages(self):
        with Daemon(large_policy()) as d, socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(d.address)
            s.settimeout(10)
            wire = query("large.example", "TXT").wire()
            s.sendall((len(wire).to_bytes(2, "big") + wire) * 150)
            time.sleep(0.3)  # until it can send no more; nothing is proven if that is too short
            d.signal(signal.SIGTERM)
            time.sleep(0.3)
            whole = 0
            while len(head := upstream.read_exactly(s, 2)) == 2:
                size = int.from_bytes(head, "big")
                self.assertEqual(len(upstream.read_exactly(s, size)), size, f"message {whole}")
                whole += 1
            self.assertGreater(whole, 5)
            self.assertEqual(d.process.wait(10), 0)

    def test_signals_while_it_starts(self):
        for number, status in ((signal.SIGHUP, None), (signal.SIGUSR1, None), (signal.SIGTERM, 0)):
            with self.subTest(signal=number):
                d = Daemon(DEAD)
                p = subprocess.Popen([binary(), "serve", "-c", str(d.file)],
                                     stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
                try:
                    # From the first line on signals are held back until it can see to them.
                    output = process.Output(p.stderr)
                    output.wait(r"upstream for all names|ready")
                    p.send_signal(number)
                    output.wait(r"ready$")
                    if status is None:
                        self.assertIsNone(p.poll())
                        p.terminate()
                    self.assertEqual(p.wait(10), 0)
                    output.thread.join(10)
                finally:
                    p.kill()
                    p.wait()
                    p.stderr.close()
                    d._clean_up()


class Loops(unittest.TestCase):
    """A server that is the daemon itself is noticed at start, and by check."""

    ROWS = [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("0.0.0.0", "127.3.2.1"),
            ("[::]", "[::1]")]

    def test_direct(self):
        for listen, server in self.ROWS:
            port = process.free_port()
            config = (f'listen: ["{listen}:{port}"]\n'
                      f'upstreams: [{{servers: ["{server}:{port}"]}}]\n')
            d = Daemon(config)
            with self.subTest(listen=listen, server=server):
                try:
                    status, _, said = run("serve", "-c", str(d.file), timeout=10)
                    self.assertEqual(status, 1, said)
                    self.assertIn(f"{server}:{port} is shunt itself", said)
                    status, out, said = run("check", "-c", str(d.file))
                    self.assertEqual(status, 1, out + said)
                    self.assertRegex(out, r"shunt\.yaml:\d+:\d+: error: .*is shunt itself")
                finally:
                    d._clean_up()

    def test_two_daemons_that_ask_each_other(self):
        ports = process.free_port(), process.free_port()

        # One thread, so that the question comes back to the one that waits for the answer.
        def forward(here, there):
            return (f'listen: ["127.0.0.1:{here}"]\nthreads: 1\n'
                    f'upstreams: [{{servers: ["127.0.0.1:{there}"]}}]\n')
        with Daemon(forward(*ports)) as a, Daemon(forward(*reversed(ports))) as b:
            begin = time.monotonic()
            m = client.ask_udp(a.address, query("loop.example"))
            self.assertEqual(m.status, "SERVFAIL")
            self.assertLess(time.monotonic() - begin, 5)
            for d in (a, b):
                d.signal(signal.SIGUSR1)
                d.output.wait(r"state: .* loops")
            text = str(a.output) + str(b.output)
            self.assertRegex(text, r"does it forward to us")
            sent = sum(int(n) for n in re.findall(r"server \S+ \w+, \d+ ms, (\d+) queries", text))
            self.assertLess(sent, 200)  # the loop does not feed itself


class Limits(unittest.TestCase):
    @unittest.skipUnless(resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 4096, "hard limit too low")
    def test_descriptors(self):
        """The soft limit is low for the sake of programs that use select(2)."""
        d = Daemon(DEAD)
        p = subprocess.Popen(["sh", "-c", 'ulimit -S -n 256; exec "$@"', "sh", binary(), "serve",
                              "-c", str(d.file)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            output = process.Output(p.stderr)
            output.wait(r"ready$")
            text = Path(f"/proc/{p.pid}/limits").read_text()
            soft, hard = re.search(r"Max open files\s+(\d+)\s+(\d+)", text).groups()
            self.assertEqual(soft, hard)
            p.terminate()
            self.assertEqual(p.wait(10), 0)
            output.thread.join(10)
        finally:
            p.kill()
            p.wait()
            p.stderr.close()
            d._clean_up()

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
    def test_capabilities_of_the_file_or_the_container_go(self):
        d = Daemon("user: auto\ncontrol: {socket: off, http: off}\n" + DEAD)
        Path(d.file).chmod(0o644)
        p = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                              "--inh-caps=+net_bind_service", "--ambient-caps=+net_bind_service",
                              binary(), "serve", "-c", str(d.file)],
                             stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        try:
            output = process.Output(p.stderr)
            output.wait(r"ready$")
            status = Path(f"/proc/{p.pid}/status").read_text()
            for which in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
                self.assertEqual(int(re.search(rf"^{which}:\s+(\w+)$", status, re.M)[1], 16), 0, which)
            p.terminate()
            self.assertEqual(p.wait(10), 0)
            output.thread.join(10)
        finally:
            p.kill()
            p.wait()
            p.stderr.close()
            d._clean_up()

    def test_state_tells_what_was_ignored_and_refused(self):
        def behave(asked):
            wrong = asked.message.reply([])
            wrong.id ^= 1
            return [wrong, asked.message.reply([])]
        with upstream.Upstream(behave) as u, \
                Daemon(f'upstreams: [{{servers: ["{u}"]}}]\n') as d, client.Tcp(d.address) as t:
            t.send(query("a.example"))
            t.receive()
            d.signal(signal.SIGUSR1)
            d.output.wait(r"state: upstream .*\b1 replies that did not belong")
            d.output.wait(r"state: TCP 1 open")
            d.output.wait(r"state: replies NOERROR 1\b")


if __name__ == "__main__":
    unittest.main()
