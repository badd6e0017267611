"""Reload, signals, and exit statuses of `shunt serve`."""

import os
import re
import signal
import socket
import threading
import time
import unittest
from pathlib import Path

from lib import client, dnsmsg, process, upstream
from lib.daemon import Daemon, run
from lib.dnsmsg import query, rr

OWN = "_xmpp-client._tcp.lab.example"


def policy(port, server="127.0.0.1:9"):
    return f"""upstreams: [{{servers: ["{server}"]}}]
domains:
  - {{name: lab.example, xmpp-client: [{{target: x.lab.example, port: {port}}}]}}
"""


def texts(d, name=OWN, qtype="SRV"):
    m = client.ask_udp(d.address, query(name, qtype))
    return m and m.texts()


class Load(threading.Thread):
    """Asks until it is told to stop, over UDP and TCP; every query must be answered."""

    def __init__(self, address, names):
        super().__init__(daemon=True)
        self.address, self.names = address, names
        self.over = threading.Event()
        self.sent, self.lost, self.seen = 0, [], set()

    def run(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
                client.Tcp(self.address) as tcp:
            udp.connect(self.address)
            udp.settimeout(5)
            while not self.over.is_set():
                name, qtype = self.names[self.sent % len(self.names)]
                q = query(name, qtype)
                q.id = self.sent & 0xFFFF
                try:
                    if self.sent % 3:
                        udp.send(q.wire())
                        reply = dnsmsg.Message.read(udp.recv(4096))
                    else:
                        tcp.send(q)
                        reply = tcp.receive()
                except (OSError, EOFError) as e:
                    self.lost.append((self.sent, name, repr(e)))
                    return
                if reply.id != q.id or reply.status != "NOERROR" or not reply.answer:
                    self.lost.append((self.sent, name, reply))
                self.seen.update(r.text for r in reply.answer)
                self.sent += 1


class Reload(unittest.TestCase):
    def test_new_policy_counts(self):
        with Daemon(policy(1000)) as d:
            self.assertEqual(texts(d), ["0 5 1000 x.lab.example."])
            d.reload(policy(1001))
            self.assertEqual(texts(d), ["0 5 1001 x.lab.example."])

    def test_no_query_is_lost_under_load(self):
        behave = upstream.answers(rr("a.example.", "A", "192.0.2.1", ttl=1))
        with upstream.Upstream(behave) as u, Daemon(policy(1000, u)) as d:
            load = [Load(d.address, [(OWN, "SRV"), ("a.example", "A")]) for _ in range(3)]
            for thread in load:
                thread.start()
            for number in range(1, 21):
                d.reload(policy(1000 + number, u))
                # What is in force is told at once, by every worker.
                for _ in range(4):
                    self.assertEqual(texts(d), [f"0 5 {1000 + number} x.lab.example."])
            for thread in load:
                thread.over.set()
                thread.join(20)
            for thread in load:
                self.assertEqual(thread.lost, [])
                self.assertGreater(thread.sent, 50)
            self.assertGreater(len(set.union(*(t.seen for t in load))), 5)

    def test_bad_files_keep_the_old_policy(self):
        bad = ["domains: [", "nonsense: 1\n", policy(70000),
               'domains: [{name: lab.example, xmpp-client: [{target: "a..b"}]}]\n',
               "records: |\n  a.example. IN A 1.2.3\n", "zones: [missing.zone]\n"]
        with Daemon(policy(1000)) as d:
            for text in bad:
                with self.subTest(file=text):
                    seen = len(d.output.lines)
                    d.reload(text, "error reload failed")
                    found = re.search(r"error \S*shunt\.yaml:\d+(:\d+)?: ",
                                      "\n".join(d.output.lines[seen:]))
                    self.assertTrue(found, d.output)
                    self.assertEqual(texts(d), ["0 5 1000 x.lab.example."])
            os.unlink(d.file)
            seen = len(d.output.lines)
            d.reload(None, "error reload failed")
            self.assertEqual(texts(d), ["0 5 1000 x.lab.example."])
            d.reload(policy(1002))
            self.assertEqual(texts(d), ["0 5 1002 x.lab.example."])

    def test_the_cache_stays_but_never_contradicts(self):
        behave = upstream.answers(rr("x.lab.example.", "A", "203.0.113.1"),
                                  rr("alias.example.", "CNAME", "x.lab.example."),
                                  rr("a.example.", "A", "192.0.2.1"))
        with upstream.Upstream(behave) as u, Daemon(policy(1000, u)) as d:
            self.assertEqual(texts(d, "a.example", "A"), ["192.0.2.1"])
            self.assertEqual(texts(d, "x.lab.example", "A"), ["203.0.113.1"])
            self.assertEqual(texts(d, "none.lab.example", "A"), [])
            d.reload(policy(1000, u) + "hosts: [{name: x.lab.example, addresses: [10.5.0.1]}, "
                     "{name: a.none.lab.example, addresses: [10.5.0.2]}]\n")
            self.assertEqual(texts(d, "a.example", "A"), ["192.0.2.1"])
            self.assertEqual(texts(d, "x.lab.example", "A"), ["10.5.0.1"])
            self.assertEqual(u.count("a.example."), 1)
            m = client.ask_udp(d.address, query("none.lab.example"))
            self.assertEqual(m.status, "NOERROR")  # it was NXDOMAIN, and has a name below it now
            d.reload(policy(1000, u))
            self.assertEqual(texts(d, "x.lab.example", "A"), ["203.0.113.1"])
            self.assertEqual(client.ask_udp(d.address, query("none.lab.example")).status, "NXDOMAIN")

    def test_upstreams_change(self):
        def named(text):
            return lambda q: q.message.reply([rr(q.name, "TXT", text, ttl=0)])
        with upstream.Upstream(named("one")) as one, upstream.Upstream(named("two")) as two, \
                Daemon(policy(1, one)) as d:
            self.assertEqual(texts(d, "a.example", "TXT"), ['"one"'])
            d.reload(policy(1, two))
            self.assertEqual(texts(d, "a.example", "TXT"), ['"two"'])

    def test_a_question_in_flight_is_answered(self):
        good = upstream.answers(rr("a.example.", "A", "192.0.2.1"))
        arrived, go = threading.Event(), threading.Event()

        def behave(asked):
            arrived.set()
            go.wait(10)
            return good(asked)
        with upstream.Upstream(behave) as u, Daemon(policy(1, u)) as d, \
                client.Tcp(d.address) as t:
            t.send(query("a.example"))
            self.assertTrue(arrived.wait(5))
            d.reload(policy(2, u))
            go.set()
            self.assertEqual(t.receive().texts(), ["192.0.2.1"])

    def test_included_files_are_read_again(self):
        with Daemon('upstreams: [{servers: ["127.0.0.1:9"]}]\ninclude: ["more/*.yaml"]\n'
                    "zones: [lab.zone]\n", files={"lab.zone": "z.example. 60 A 192.0.2.1\n"}) as d:
            self.assertEqual(texts(d, "z.example", "A"), ["192.0.2.1"])
            (d.dir / "more").mkdir()
            (d.dir / "more" / "a.yaml").write_text(
                "hosts: [{name: h.example, addresses: [192.0.2.2]}]\n")
            (d.dir / "lab.zone").write_text("z.example. 60 A 192.0.2.3\n")
            d.reload()
            self.assertEqual(texts(d, "z.example", "A"), ["192.0.2.3"])
            self.assertEqual(texts(d, "h.example", "A"), ["192.0.2.2"])


class Signals(unittest.TestCase):
    def test_term_and_int(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                d = Daemon(policy(1))
                with d:
                    d.signal(number)
                    self.assertEqual(d.process.wait(10), 0)

    def test_term_answers_what_is_in_flight(self):
        arrived = threading.Event()

        def behave(asked):
            arrived.set()
            return upstream.Late(0.5, asked.message.reply([rr("a.example.", "A", "192.0.2.1")]))
        for tcp in (False, True):
            with self.subTest(tcp=tcp), upstream.Upstream(behave) as u, \
                    Daemon(policy(1, u)) as d:
                replies = []
                ask = client.ask_tcp if tcp else client.ask_udp
                t = threading.Thread(
                    target=lambda a=ask, w=d: replies.append(a(w.address, query("a.example"))))
                t.start()
                self.assertTrue(arrived.wait(5))
                d.signal(signal.SIGTERM)
                t.join(10)
                self.assertEqual([m.texts() for m in replies], [["192.0.2.1"]])
                self.assertEqual(d.process.wait(10), 0)
            arrived.clear()

    def test_term_does_not_wait_for_ever(self):
        with upstream.Upstream(upstream.silent) as u, Daemon(policy(1, u)) as d, \
                client.Tcp(d.address) as t, client.Tcp(d.address):
            t.send(query("a.example"))
            deadline = time.monotonic() + 5
            while u.count() == 0 and time.monotonic() < deadline:
                time.sleep(0.01)
            begin = time.monotonic()
            d.signal(signal.SIGTERM)
            self.assertEqual(d.process.wait(10), 0)
            self.assertLess(time.monotonic() - begin, 5)

    def test_usr1_logs_the_state(self):
        with Daemon(policy(1)) as d:
            texts(d)
            d.signal(signal.SIGUSR1)
            d.output.wait(r"state: .*quer")
            d.output.wait(r"state: cache")
            self.assertTrue(texts(d))

    def test_many_signals(self):
        with Daemon(policy(1)) as d:
            for _ in range(50):
                d.signal(signal.SIGHUP)
                d.signal(signal.SIGUSR1)
            self.assertTrue(texts(d))
            d.reload(policy(2))


class Start(unittest.TestCase):
    def serve(self, config, *args):
        """A start that is to fail: (exit status, what it says)."""
        d = Daemon(config)
        try:
            return run("serve", "-c", str(d.file), *args)[::2]
        finally:
            d._clean_up()

    def test_configuration_is_1(self):
        rows = [("domains: [", r"shunt\.yaml:\d+:\d+"), ("nonsense: 1\n", "nonsense"),
                ("ttl: 5 apples\n", "apples"), (policy(70000), "70000"),
                ("user: no-such-user-here\n" + policy(1), "no-such-user-here"),
                ("records: |\n  x. IN SRV 1 2\n", r"shunt\.yaml:\d+")]
        for config, wanted in rows:
            with self.subTest(config=config):
                status, said = self.serve(config)
                self.assertEqual(status, 1, said)
                self.assertRegex(said, wanted)

    def test_file_that_cannot_be_read_is_3(self):
        status, _, said = run("serve", "-c", "/nonexistent/shunt.yaml")
        self.assertEqual(status, 3, said)
        self.assertIn("/nonexistent/shunt.yaml", said)

    def test_network_is_2(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            status, said = self.serve(f'listen: ["127.0.0.1:{port}"]\n' + policy(1))
            self.assertEqual(status, 2, said)
            self.assertIn(f"127.0.0.1:{port}", said)
        status, said = self.serve('listen: ["192.0.2.55:0"]\n' + policy(1))
        self.assertEqual(status, 2, said)

    def test_usage_is_2(self):
        for args in (["serve", "--nonsense"], ["serve", "extra"], ["nonsense"], []):
            status, _, said = run(*args)
            self.assertEqual(status, 2, args)
            self.assertTrue(said)
        self.assertIn("serve", run("srve")[2])  # what was meant
        status, _, said = run("--url", "http://127.0.0.1:9", "status")
        self.assertEqual(status, 2)
        self.assertIn("options stand behind it", said)

    def test_help_and_version(self):
        for command in ([], ["serve"], ["check"], ["query"]):
            status, out, _ = run(*command, "--help")
            self.assertEqual(status, 0, command)
            self.assertIn("Usage: shunt", out)
        self.assertRegex(run("--version")[1], r"^shunt \d")

    def test_what_it_says(self):
        with Daemon(policy(1) + "hosts: [{name: x.lab.example, addresses: [192.0.2.1]}]\n",
                    listen=("127.0.0.1:0", "[::1]:0")) as d:
            said = str(d.output)
            self.assertRegex(said, r"listening on 127\.0\.0\.1:\d+ \(UDP and TCP\)")
            self.assertRegex(said, r"listening on \[::1\]:\d+ \(UDP and TCP\)")
            self.assertRegex(said, r"policy: 1 service of 1 domain \(lab\.example\.\), 1 host, 0 records")
            self.assertRegex(said, r"dig @127\.0\.0\.1 -p \d+ _xmpp-client\._tcp\.lab\.example")
            self.assertTrue(d.output.lines[-1].endswith("ready"))

    def test_listen_option_wins(self):
        with Daemon('listen: ["192.0.2.55:53"]\n' + policy(1), args=("-l", "127.0.0.1:0")) as d:
            self.assertTrue(texts(d))

    def test_wildcard_addresses_reply_from_where_they_were_asked(self):
        with Daemon(policy(1), listen=("0.0.0.0:0", "[::]:0")) as d:
            for host in ("127.0.0.1", "127.0.0.2", "127.1.2.3"):
                # A connected socket takes replies from no other address.
                m = client.ask_udp((host, d.addresses[0][1]), query(OWN, "SRV"), 5)
                self.assertIsNotNone(m, host)
            self.assertIsNotNone(client.ask_udp(("::1", d.addresses[1][1]), query(OWN, "SRV"), 5))

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_root_is_given_up(self):
        with Daemon("user: nobody\n" + policy(1)) as d:
            status = Path(f"/proc/{d.process.pid}/status").read_text()
            uids = set(re.search(r"^Uid:\s+(.*)$", status, re.M)[1].split())
            self.assertNotIn("0", uids)
            for which in ("CapEff", "CapPrm"):
                kept = int(re.search(rf"^{which}:\s+(\w+)$", status, re.M)[1], 16)
                self.assertEqual(kept & ~(1 << 10), 0)  # CAP_NET_BIND_SERVICE at most
            d.reload("user: nobody\n" + policy(7))
            self.assertEqual(texts(d), ["0 5 7 x.lab.example."])


class Commands(unittest.TestCase):
    """shunt check and shunt query, by their exit status and main words."""

    def check(self, config, *args):
        d = Daemon(config)
        try:
            return run("check", "-c", str(d.file), *args)
        finally:
            d._clean_up()

    def test_check(self):
        status, out, err = self.check(policy(5222))
        self.assertEqual(status, 0, out + err)
        status, out, err = self.check("nonsense: 1\n")
        self.assertEqual(status, 1)
        self.assertRegex(out + err, r"shunt\.yaml:\d+:\d+: error: .*nonsense")

    def test_check_strict(self):
        config = "domains: [{name: lab.example, xmpp-client: [{target: 10.0.0.1}]}]\n"
        status, out, err = self.check(config)
        self.assertEqual(status, 0, out + err)
        self.assertIn("warning", out + err)
        self.assertEqual(self.check(config, "--strict")[0], 1)

    def test_check_json(self):
        import json
        status, out, _ = self.check("nonsense: 1\n", "--json")
        self.assertEqual(status, 1)
        finding = json.loads(out)["findings"][0]
        self.assertEqual((finding["level"], finding["line"] > 0), ("error", True))

    def test_check_dump(self):
        status, out, err = self.check(policy(5233), "--dump")
        self.assertEqual(status, 0, err)
        self.assertRegex(out, r"(?m)^_xmpp-client\._tcp\.lab\.example\.\s+5\s+IN\s+SRV\s+0 5 5233 "
                              r"x\.lab\.example\.")

    def test_check_dump_json(self):
        import json
        status, out, err = self.check(policy(5233), "--dump", "--json")
        self.assertEqual((status, err), (0, ""))
        report = json.loads(out)
        self.assertTrue(report["ok"])
        self.assertTrue([line for line in report["dump"] if "SRV 0 5 5233 x.lab.example." in line], out)

    def test_query(self):
        behave = upstream.answers(rr("a.example.", "A", "192.0.2.1"))
        with upstream.Upstream(behave) as u:
            port = process.free_port()
            with Daemon(f'listen: ["127.0.0.1:{port}"]\n' + policy(1234, u)) as d:
                status, out, err = run("query", OWN, "SRV", "-c", str(d.file))
                self.assertEqual(status, 0, out + err)
                self.assertIn("0 5 1234 x.lab.example.", out)
                status, out, err = run("query", "a.example", "-c", str(d.file))
                self.assertEqual(status, 0, out + err)
                self.assertIn("192.0.2.1", out)
                status, out, err = run("query", "b.example", "-c", str(d.file))
                self.assertEqual(status, 1, out + err)
                self.assertIn("NXDOMAIN", out)
            self.assertEqual(run("query")[0], 2)


if __name__ == "__main__":
    unittest.main()
