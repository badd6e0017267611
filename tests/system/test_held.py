"""What is under way while something else happens: a reply that a fault holds back, a stream."""

import socket
import threading
import unittest

from lib import api, client
from lib.daemon import Daemon
from lib.dnsmsg import query
from lib.live import CLIENT, OTHER, Case, policy, until

SLOW = "faults: [{name: slow, match: {domain: lab.example}, delay: 700ms}]\n"


class Query(Case):
    def ask(self, d, name, out=None):
        reply = self.api(d, "GET", f"/v1/query?name={name}&type=SRV")
        if out is not None:
            out.append(reply.json)
        return reply.json

    def test_a_reply_keeps_its_event(self):
        """Whoever asks, and whatever is read again, while a fault holds it back."""
        with Daemon(policy(more=SLOW)) as d:
            held = []
            thread = threading.Thread(target=self.ask, args=(d, CLIENT, held))
            thread.start()
            self.assertTrue(until(lambda: self.ask(d, OTHER)["event"]["fault"] is None))
            self.assertEqual(self.api(d, "POST", "/v1/reload").status, 200)
            self.ask(d, OTHER)
            thread.join()
            event = held[0]["event"]
            self.assertEqual((event["name"], event["fault"]), (CLIENT + ".", "slow"))
            self.assertRegex(event["rule"], r"/shunt\.yaml:\d+$")


class Stream(unittest.TestCase):
    def test_long_names_of_the_past(self):
        """What a stream tells of the past is no reason to end it for being slow."""
        with Daemon(policy()) as d:
            plain = query("lab.example", "SRV").wire()
            long = b"".join(bytes([60]) + b"\1" * 60 for _ in range(3))
            for _ in range(300):
                client.ask_udp(d.address, plain[:12] + long + plain[12:])
            where = d.dir / "control.sock"
            self.assertTrue(until(lambda: len(api.request(
                where, "GET", "/v1/queries?limit=400").json) == 300))
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(5)
                s.connect(str(where))
                s.sendall(b"GET /v1/queries?stream=1&limit=250 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                data = b""
                client.ask_udp(d.address, query("last.lab.example", "SRV"))
                while b"last.lab.example" not in data:
                    got = s.recv(65536)
                    self.assertTrue(got, f"ended after {data.count(b'data: ')} events")
                    data += got


if __name__ == "__main__":
    unittest.main()
