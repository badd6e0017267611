"""Messages between users of two servers, which find each other by what shunt says."""

import unittest

from lib import servers
from lib.lab import Case, EJABBERD, Lab, PROSODY1, PROSODY2
from lib.servers import ERLANG, OWN, UNBOUND, arrivals, now, talk

NO_SUCH_SERVER = "remote-server-not-found"


class Servers(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        servers.fresh(Lab)

    def setUp(self):
        super().setUp()
        self.mark, self.since = self.lab.mark(), now()

    def talk(self, a, b, **plan):
        """`a` and `b` are (JID, server); messages go both ways at once."""
        return talk(self.lab, dict([a, b]), messages=[[a[0], b[0]], [b[0], a[0]]], **plan)["messages"]

    def assert_came_in(self, server, sender, receiver, port):
        came = arrivals(self.lab, server, self.since)
        self.assertEqual(came.get((sender, receiver)), port, came)

    def assert_told(self, client, name, *answers):
        """shunt gave this client these answers, and they are its own."""
        events = self.lab.settle(self.mark, client=client, name=name)
        self.assertEqual({e["source"] for e in events}, {"policy"}, f"{client} {name}")
        self.assertEqual({e["answer"] for e in events}, set(answers))


class BothWays(Servers):
    def test_odd_ports(self):
        done = self.talk(("user1@one.example", UNBOUND), ("user2@ejabberd.example", ERLANG))
        self.assertEqual([m["success"] for m in done], [True, True], done)
        self.assert_came_in(ERLANG, "one.example", "ejabberd.example", 15269)
        self.assert_came_in(UNBOUND, "ejabberd.example", "one.example", 15269)
        self.assert_told(PROSODY1, "_xmpp-server._tcp.ejabberd.example", "0 5 15269 xmpp.ejabberd.example.")
        self.assert_told(EJABBERD, "_xmpp-server._tcp.one.example", "0 5 15269 xmpp1.lab.example.")

    def test_direct_tls(self):
        """direct.example has nothing else. two.example has both; ejabberd goes by priority."""
        self.lab.shunt("target", "set", "xmpp2.lab.example", "--domain", "two.example",
                       "--service", "xmpp-server", "--priority", "10")
        done = self.talk(("user1@two.example", OWN), ("user1@direct.example", ERLANG))
        self.assertEqual([m["success"] for m in done], [True, True], done)
        self.assert_came_in(ERLANG, "two.example", "direct.example", 15270)
        self.assert_came_in(OWN, "direct.example", "two.example", 15270)
        self.assert_told(PROSODY2, "_xmpps-server._tcp.direct.example", "0 5 15270 xmpp.ejabberd.example.")
        self.assert_told(EJABBERD, "_xmpp-server._tcp.two.example", "10 5 15269 xmpp2.lab.example.")


class Components(Servers):
    """A component has SRV records of its own, or those that ask for it go to the address of its name."""

    def ask(self, user, server, domain):
        return talk(self.lab, {user: server}, asks=[[user, domain]])["asks"][0]

    def test_with_its_own(self):
        done = self.ask("user1@ejabberd.example", ERLANG, "muc.lab.example")
        self.assertTrue(done["success"], done)
        self.assert_came_in(UNBOUND, "ejabberd.example", "muc.lab.example", 15269)
        self.assert_told(EJABBERD, "_xmpp-server._tcp.muc.lab.example", "0 5 15269 xmpp1.lab.example.")

    def test_without(self):
        witnessed = len(self.lab.nsd_queries())
        done = self.ask("user1@ejabberd.example", ERLANG, "rooms.lab.example")
        self.assertTrue(done["success"], done)
        self.assert_came_in(UNBOUND, "ejabberd.example", "rooms.lab.example", 5269)
        # Its parent's records say nothing of it, nor are they asked for.
        asked = {(e["name"], e["type"]) for e in self.lab.settle(self.mark, client=EJABBERD)}
        self.assertIn(("_xmpp-server._tcp.rooms.lab.example.", "SRV"), asked)
        self.assertIn(("rooms.lab.example.", "A"), asked)
        self.assertNotIn(("_xmpp-server._tcp.lab.example.", "SRV"), asked)
        self.assertIn("_xmpp-server._tcp.rooms.lab.example.",
                      {q.name for q in self.lab.nsd_queries(witnessed)})

    def test_with_records_from_components(self):
        """What `components` of the policy makes for a subdomain is what the server goes by."""
        self.with_policy("components", """views: [{name: two, clients: [%s]}]
domains:
  - name: lab.example
    view: two
    xmpp-server: [{target: xmpp1.lab.example, port: 15269}]
    xmpps-server: none
    components: [rooms]
""" % PROSODY2)
        done = self.ask("user1@two.example", OWN, "rooms.lab.example")
        self.assertTrue(done["success"], done)
        self.assert_came_in(UNBOUND, "two.example", "rooms.lab.example", 15269)
        self.assert_told(PROSODY2, "_xmpp-server._tcp.rooms.lab.example", "0 5 15269 xmpp1.lab.example.")


class Views(Servers):
    """A and B are told different things about each other."""

    def test_each_way_another_port(self):
        self.with_policy("views", """views:
  - {name: prosody, clients: [%s]}
  - {name: ejabberd, clients: [%s]}
domains:
  - name: direct.example
    view: prosody
    xmpp-server: [{target: xmpp.ejabberd.example, port: 15269}]
    xmpps-server: none
  - name: public.example
    view: ejabberd
    xmpp-server: none
    xmpps-server: [{target: xmpp2.lab.example, port: 15270}]
""" % (PROSODY2, EJABBERD))
        done = self.talk(("user1@public.example", OWN), ("user2@direct.example", ERLANG))
        self.assertEqual([m["success"] for m in done], [True, True], done)
        self.assert_came_in(ERLANG, "public.example", "direct.example", 15269)
        self.assert_came_in(OWN, "direct.example", "public.example", 15270)
        self.assert_told(PROSODY2, "_xmpp-server._tcp.direct.example", "0 5 15269 xmpp.ejabberd.example.")
        self.assert_told(EJABBERD, "_xmpp-server._tcp.public.example", "0 0 0 .")
        views = {e["client"]: e["view"] for e in self.lab.events(self.mark)
                 if e["name"].endswith((".direct.example.", ".public.example."))}
        self.assertEqual(views, {PROSODY2: "prosody", EJABBERD: "ejabberd"})

    def test_one_way_only(self):
        self.with_policy("views", """views: [{name: ejabberd, clients: [%s]}]
domains: [{name: two.example, view: ejabberd, xmpp-server: none, xmpps-server: none}]
""" % EJABBERD)
        there, back = self.talk(("user2@two.example", OWN), ("user3@ejabberd.example", ERLANG))
        self.assertTrue(there["success"], there)
        self.assertEqual(back["error"], NO_SUCH_SERVER, back)
        self.assert_came_in(ERLANG, "two.example", "ejabberd.example", 15269)
        self.assert_told(EJABBERD, "_xmpp-server._tcp.two.example", "0 0 0 .")


if __name__ == "__main__":
    unittest.main()
