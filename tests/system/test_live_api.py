"""The API: who may use it, and what it refuses."""

import socket
import time
import unittest

from lib import api, process
from lib.daemon import Daemon, run
from lib.live import B_CLIENT, BOTH, Case, policy, texts, until


class Tcp(Case):
    """The API over TCP: token, Host, pages of other sites."""
    TOKEN = "s3cret-s3cret-s3cret"

    def daemon(self, token=True):
        self.where = ("127.0.0.1", process.free_port())
        key = f", token: {self.TOKEN}" if token else ""
        return Daemon('control: {socket: "{dir}/control.sock", http: "127.0.0.1:%d"%s}\n'
                      % (self.where[1], key) + policy())

    def patch(self, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        return api.request(self.where, "PATCH", "/v1/targets/a.lab.example", {"how": "remove"},
                           headers)

    def test_token(self):
        with self.daemon() as d:
            self.assertEqual(api.request(self.where, "GET", "/v1/status").status, 200)
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": self.TOKEN},
                            {"Authorization": "Bearer " + self.TOKEN + "x"}):
                with self.subTest(headers=headers):
                    self.assertEqual(self.patch(**headers).status, 401)
            self.assertEqual(texts(d), BOTH)
            self.assertEqual(self.patch(Authorization="Bearer " + self.TOKEN).status, 200)
            self.assertEqual(texts(d), [B_CLIENT])

    def test_commands_over_tcp(self):
        with self.daemon() as d:
            url = "http://%s:%d" % self.where
            words = ["target", "fail", "a.lab.example", "--url", url]
            self.assertEqual(run(*words)[0], 1)
            self.assertEqual(run(*words, "--token", "wrong")[0], 1)
            self.assertEqual(texts(d), BOTH)
            self.assertEqual(run(*words, "--token", self.TOKEN)[0], 0)
            self.assertEqual(texts(d), [B_CLIENT])
            self.assertEqual(run("reset", "-c", str(d.file))[0], 0)
            self.assertEqual(run("status", env={"SHUNT_URL": url})[0], 0)
            self.assertEqual(run(*words, env={"SHUNT_TOKEN": self.TOKEN})[0], 0)

    def test_no_token_configured(self):
        with self.daemon(token=False) as d:
            self.assertEqual(self.patch().status, 401)
            self.assertEqual(self.patch(Authorization="Bearer ").status, 401)
            self.assertEqual(texts(d), BOTH)

    def test_browsers(self):
        good = {"Authorization": "Bearer " + self.TOKEN}
        with self.daemon() as d:
            for headers in ({"Host": "evil.example"}, {"Host": "evil.example:5253"},
                            {"Origin": "http://evil.example"}, {"Origin": "null"},
                            {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
                for method, path in (("GET", "/v1/status"), ("POST", "/v1/reset")):
                    with self.subTest(headers=headers, method=method):
                        reply = api.request(self.where, method, path, None, {**good, **headers})
                        self.assertEqual(reply.status, 403)
            self.assertEqual(api.request(self.where, "GET", "/v1/status", None,
                                         {"Host": "localhost:1"}).status, 200)
            self.assertEqual(texts(d), BOTH)

    def test_bad_requests(self):
        with Daemon(policy()) as d:
            rows = [("PATCH", "/v1/targets/a.lab.example", b"{", 400),
                    ("PATCH", "/v1/targets/a.lab.example", b"[]", 400),
                    ("PATCH", "/v1/targets/a.lab.example", {"nonsense": 1}, 400),
                    ("PATCH", "/v1/targets/a.lab.example", {"priority": "x"}, 400),
                    ("PATCH", "/v1/targets/a.lab.example", {"priority": 65536}, 400),
                    ("PATCH", "/v1/targets/a.lab.example", {}, 400),
                    ("PATCH", "/v1/targets/a.lab.example", {"how": "remove", "if": 1}, 400),
                    ("PUT", "/v1/targets/a.lab.example", {}, 405),
                    ("GET", "/v1/nonsense", None, 404),
                    ("POST", "/v1/faults", {"name": "x"}, 400),
                    ("POST", "/v1/faults", b'"' + b"a" * (8 << 20) + b'"', 413)]
            for method, path, body, wanted in rows:
                with self.subTest(path=path, body=str(body)[:40]):
                    try:
                        reply = self.api(d, method, path, body)
                    except OSError:  # it need not read all of what is too large
                        self.assertEqual(wanted, 413)
                        continue
                    self.assertEqual(reply.status, wanted, reply.bytes)
                    if wanted != 413:  # said before there is a request
                        self.assertIn("error", reply.json)
            self.assertEqual(texts(d), BOTH)

    def test_many_idle_connections(self):
        with self.daemon() as d:
            held = []
            try:
                for _ in range(300):
                    try:
                        s = socket.create_connection(self.where, 5)
                        s.send(b"GET /v1/sta")
                        held.append(s)
                    except OSError:
                        pass  # refused is fine
                begin = time.monotonic()
                self.assertEqual(texts(d), BOTH)
                self.assertLess(time.monotonic() - begin, 2)
                status, out, err = run("target", "fail", "a.lab.example", "-c", str(d.file))
                self.assertTrue(status == 0 or (status == 1 and err), out + err)
            finally:
                for s in held:
                    s.close()
            self.assertTrue(until(lambda: run("reset", "-c", str(d.file))[0] == 0))
            self.assertEqual(texts(d), BOTH)


if __name__ == "__main__":
    unittest.main()
