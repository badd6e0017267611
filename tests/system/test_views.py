"""Views, what a client elsewhere is told, and draws that repeat."""

import json
import unittest

from lib import process
from lib.client import ask_tcp, ask_udp
from lib.daemon import Daemon, run
from lib.dnsmsg import query

CONFIG = """upstreams: [{servers: ["127.0.0.1:9"]}]
views:
  - {name: two, clients: [127.0.0.2]}
domains:
  - name: lab.example
    xmpp-client: [{target: public.lab.example}]
  - name: lab.example
    view: two
    xmpp-client: [{target: inside.lab.example, port: 15222}]
"""
NAME = "_xmpp-client._tcp.lab.example"


class QueryAsClient(unittest.TestCase):
    def query(self, d, *args):
        return run("query", "-c", str(d.file), *args, NAME)

    def test_view_and_rule_of_another_client(self):
        with Daemon(CONFIG) as d:
            status, said, _ = self.query(d, "--client", "127.0.0.2")
            self.assertEqual(status, 0)
            self.assertIn("0 5 15222 inside.lab.example.", said)
            self.assertIn("view: two", said)
            self.assertRegex(said, r"rule: \S*shunt\.yaml:\d+")
            status, said, _ = self.query(d, "--client", "127.0.0.3", "--short")
            self.assertEqual((status, said), (0, "0 5 5222 public.lab.example.\n"))

    def test_as_json(self):
        with Daemon(CONFIG) as d:
            answer = json.loads(self.query(d, "--client", "127.0.0.2", "--json")[1])
            self.assertEqual(answer["event"]["view"], "two")
            self.assertIn(b"\6inside", bytes.fromhex(answer["reply"]))

    def test_it_is_the_answer_that_the_client_gets(self):
        with Daemon(CONFIG) as d:
            answer = json.loads(self.query(d, "--client", "127.0.0.2", "--json")[1])
            real = ask_udp(d.address, query(NAME, "SRV"), source="127.0.0.2")
            self.assertEqual([answer["event"]["answer"]], real.texts())

    def test_without_a_daemon(self):
        status, _, said = run("query", "--url", "unix:///nonexistent/x.sock", "--client", "10.0.0.1",
                              NAME)
        self.assertEqual(status, 1)
        self.assertIn("/nonexistent/x.sock", said)

    def test_bad_address(self):
        with Daemon(CONFIG) as d:
            status, _, said = self.query(d, "--client", "10.0.0.300")
            self.assertEqual(status, 1)
            self.assertIn("10.0.0.300", said)


class Listeners(unittest.TestCase):
    """Clients told apart by where they ask: all that is left behind NAT."""

    CONFIG = """upstreams: [{servers: ["127.0.0.1:9"]}]
listen: ["127.0.0.2:%d", "0.0.0.0:%d", "0.0.0.0:%d"]
views:
  - {name: address, listener: [127.0.0.2]}
  - {name: port, listener: ["0.0.0.0:%d", "[::]:%d"]}
hosts:
  - {name: who.example, addresses: [192.0.2.1]}
  - {name: who.example, addresses: [192.0.2.2], view: address}
  - {name: who.example, addresses: [192.0.2.3], view: port}
"""

    def test_by_address_and_by_port(self):
        first, second, third = (process.free_port(h) for h in ("127.0.0.2", "0.0.0.0", "0.0.0.0"))
        with Daemon(self.CONFIG % (first, second, third, third, second)):
            for address, ends in (
                    (("127.0.0.2", first), ".2"), (("127.0.0.2", third), ".2"),
                    (("127.0.0.3", third), ".3"), (("127.0.0.1", third), ".3"),
                    (("127.0.0.1", second), ".1")):
                for ask in (ask_udp, ask_tcp):
                    with self.subTest(address=address, ask=ask.__name__):
                        self.assertEqual(ask(address, query("who.example", "A")).texts(),
                                         ["192.0.2" + ends])


class Seed(unittest.TestCase):
    FAULT = """upstreams: [{servers: ["127.0.0.1:9"]}]
hosts: [{name: a.example, addresses: [192.0.2.1]}]
faults: [{name: flaky, match: {name: a.example}, rcode: SERVFAIL, share: 50%}]
"""

    def draws(self, seed):
        with Daemon(self.FAULT, args=("--seed", seed)) as d:
            return [ask_udp(d.address, query("a.example", "A")).rcode for _ in range(48)]

    def test_the_same_seed_draws_the_same(self):
        first = self.draws("7")
        self.assertEqual(first, self.draws("7"))
        self.assertEqual(set(first), {0, 2})
        self.assertNotEqual(first, self.draws("8"))

    def test_no_seed(self):
        status, _, said = run("serve", "--seed", "lots")
        self.assertEqual(status, 2)
        self.assertIn("lots", said)


if __name__ == "__main__":
    unittest.main()
