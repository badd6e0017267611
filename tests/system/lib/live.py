"""A policy to change while it runs, and how the tests of that look at it."""

import json
import time
import unittest

from . import api, client
from .daemon import run
from .dnsmsg import query

CLIENT = "_xmpp-client._tcp.lab.example"
SERVER = "_xmpp-server._tcp.lab.example"
OTHER = "_xmpp-client._tcp.other.example"

POLICY = """upstreams: [{servers: ["%s"]}]
ttl: 5s
views: [{name: two, clients: [127.0.0.2]}]
domains:
  - name: lab.example
    xmpp-client:
      - {target: a.lab.example, priority: 10}
      - {target: b.lab.example, priority: 20}
    xmpp-server: [{target: a.lab.example}]
  - name: other.example
    xmpp-client: [{target: a.lab.example, port: 5299}]
  - name: amended.example
    mode: amend
    xmpp-client: [{target: up1.example, priority: 90}]
hosts:
  - {name: a.lab.example, addresses: [192.0.2.11, "2001:db8::11"]}
  - {name: b.lab.example, addresses: [192.0.2.12]}
"""
A_CLIENT = "10 5 5222 a.lab.example."
B_CLIENT = "20 5 5222 b.lab.example."
BOTH = [A_CLIENT, B_CLIENT]


def policy(server="127.0.0.1:9", more=""):
    return POLICY % server + more


def texts(d, name=CLIENT, qtype="SRV", source=None):
    m = client.ask_udp(d.address, query(name, qtype), source=source)
    return m and m.texts(qtype)


def until(condition, seconds=10):
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


class Case(unittest.TestCase):
    def shunt(self, d, *words, expect=0):
        """A command to the daemon; (standard output, standard error)."""
        status, out, err = run(*words, "-c", str(d.file))
        self.assertEqual(status, expect, f"{words}: {out}{err}")
        return out, err

    def json(self, d, *words):
        return json.loads(self.shunt(d, *words, "--json")[0])

    def api(self, d, method, path, body=None, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        return api.request(d.dir / "control.sock", method, path, body, headers)
