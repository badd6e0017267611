"""`prosodyctl check dns` asks through shunt, and finds what the policy has wrong."""

import unittest

from lib.lab import Case, EJABBERD, PROSODY1, PROSODY2

CONFIG = """interfaces = { "*" }
use_ipv6 = false
c2s_ports = { 15222 }
c2s_direct_tls_ports = { 15223 }
s2s_ports = { 15269 }
s2s_direct_tls_ports = { 15270 }
modules_enabled = { "roster", "saslauth", "tls", "dialback", "disco" }
ssl = { certificate = "/etc/lab/tls/prosody1.crt"; key = "/etc/lab/tls/prosody1.key" }
VirtualHost "check.example"
Component "muc.check.example" "muc"
"""
CLIENT_SRV = "{target: xmpp.check.example, port: 15222}"
COMPONENT = """  - name: muc.check.example
    xmpp-server: [{target: xmpp.check.example, port: 15269}]
    xmpps-server: [{target: xmpp.check.example, port: 15270}]
"""
RIGHT = f"""domains:
  - name: check.example
    xmpp-client: [{CLIENT_SRV}]
    xmpps-client: [{{target: xmpp.check.example, port: 15223}}]
    xmpp-server: [{{target: xmpp.check.example, port: 15269}}]
    xmpps-server: [{{target: xmpp.check.example, port: 15270}}]
{COMPONENT}hosts:
  - {{name: check.example, addresses: []}}
  - {{name: muc.check.example, addresses: []}}
  - {{name: xmpp.check.example, addresses: [%s]}}
  - {{name: other.check.example, addresses: [{EJABBERD}]}}
"""
# What is wrong: in place of the list of xmpp-client; the exit status, what is said, what shunt answered.
# With status 0 it says "All checks passed" all the same.
WRONG = {
    "dot": ("none", 0, "'xmpp-client' service disabled by pointing to '.'", "0 0 0 ."),
    "localhost": ("[{target: localhost, port: 15222}]", 0,
                  "Target 'localhost' cannot be accessed from other servers", "0 5 15222 localhost."),
    "nodata": ("nodata", 2, "No _xmpp-client SRV record found for check.example, but it looks like you"
               " need one.", ""),
    "nxdomain": ("nxdomain", 2, "No _xmpp-client SRV record found for check.example, but it looks like"
                 " you need one.", ""),
    "port": ("[{target: xmpp.check.example, port: 5333}]", 0,
             "SRV target xmpp.check.example contains unknown client port: 5333",
             "0 5 5333 xmpp.check.example."),
    "some": (f"[{CLIENT_SRV}, {{target: other.check.example, port: 15222, priority: 9}}]", 2,
             "Only some targets for check.example appear to resolve to this server.",
             "0 5 15222 xmpp.check.example.; 9 5 15222 other.check.example."),
}
SERVERS = {"prosody1": PROSODY1, "prosody2": PROSODY2}  # lua-unbound, and the resolver of its own
COMPLAINTS = ("SRV", "disabled", "localhost", "does not seem", "unknown", "targets for", "necessary")


class CheckDns(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for server in SERVERS:
            cls.lab.exec(server, "sh", "-c", "cat >/tmp/check.cfg.lua", stdin=CONFIG, expect=0)
            cls.addClassCleanup(cls.lab.exec, server, "rm", "-f", "/tmp/check.cfg.lua")

    def check(self, server, policy):
        """How it ended, and what shunt told it: {(name, type): answer}."""
        self.with_policy("check", policy % SERVERS[server])
        mark = self.lab.mark()
        done = self.lab.exec(server, "prosodyctl", "--config", "/tmp/check.cfg.lua", "check", "dns")
        events = self.lab.settle(mark, client=SERVERS[server], domain="check.example")
        self.assertEqual({e["source"] for e in events}, {"policy"})
        return done, {(e["name"], e["type"]): e["answer"] for e in events}

    def test_right(self):
        for server in SERVERS:
            with self.subTest(server=server):
                done, told = self.check(server, RIGHT)
                self.assertEqual(done.status, 0, done)
                self.assertIn("All checks passed", done.out)
                for word in COMPLAINTS:
                    self.assertNotIn(word, done.out)
                for service, port in (("xmpp-client", 15222), ("xmpps-client", 15223),
                                      ("xmpp-server", 15269), ("xmpps-server", 15270)):
                    self.assertEqual(told[(f"_{service}._tcp.check.example.", "SRV")],
                                     f"0 5 {port} xmpp.check.example.")

    def test_wrong(self):
        for server in SERVERS:
            for name, (srv, status, said, answer) in WRONG.items():
                with self.subTest(server=server, wrong=name):
                    done, told = self.check(server, RIGHT.replace(f"[{CLIENT_SRV}]", srv))
                    self.assertEqual(done.status, status, done)
                    self.assertIn(said, done.out)
                    self.assertEqual(told[("_xmpp-client._tcp.check.example.", "SRV")], answer)

    def test_component_without_records(self):
        for server in SERVERS:
            with self.subTest(server=server):
                done, told = self.check(server, RIGHT.replace(COMPONENT, """  - name: muc.check.example
    xmpp-server: nodata
    xmpps-server: nodata
"""))
                self.assertEqual(done.status, 2, done)
                for said in ("No _xmpp-server SRV record found for muc.check.example",
                             "No targets for muc.check.example appear to resolve to this server.",
                             "DNS records are necessary if you want users on other servers to access this"
                             " component."):
                    self.assertIn(said, done.out)
                self.assertEqual(told[("_xmpp-server._tcp.muc.check.example.", "SRV")], "")


if __name__ == "__main__":
    unittest.main()
