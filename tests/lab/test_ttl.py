"""How long a server goes on with what shunt said before a change."""

import re
import threading
import unittest
from datetime import datetime

from lib import servers
from lib.lab import Case, CLIENT, Lab, PROSODY1, PROSODY2, SHUNT, show
from lib.servers import OWN, UNBOUND, USERS, now, talk

TTL = 3  # seconds
POLICY = f"""domains:
  - name: %s
    ttl: {TTL}s
    xmpp-server:
      - {{target: old.%s, port: 15269, priority: 10}}
      - {{target: new.%s, port: 15269, priority: 20}}
    xmpps-server: none
hosts:
  - {{name: old.%s, addresses: [{SHUNT}], ttl: {TTL}s}}
  - {{name: new.%s, addresses: [{CLIENT}], ttl: {TTL}s}}
"""
TRIED = re.compile(r"^(\S+) .*Next target to try is ([\d.]+):15269$", re.M)


def seconds(text):
    """Of a time as shunt or `docker logs -t` writes it, whose nanoseconds are cut."""
    return datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*Z?$", r"\1", text.rstrip("Z")) + "+00:00").timestamp()


class Flip(Case):
    """Nobody listens at either target, so that each question makes the server look again: what it
    does not ask shunt for comes from its own cache."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        servers.fresh(Lab)

    def flip(self, server, address, domain):
        """How often it tried to connect, and how often it looked up where to."""
        self.with_policy("ttl", POLICY.replace("%s", domain))
        name, mark, since = f"_xmpp-server._tcp.{domain}", self.lab.mark(), now()
        asking = threading.Thread(target=talk, args=(self.lab, {USERS[server]: server}), kwargs={
            "asks": [[USERS[server], domain]], "again": 2 * TTL})
        asking.start()
        try:
            self.lab.wait_for(bool, mark, client=address, name=name)
            self.lab.shunt("target", "fail", f"old.{domain}")
            self.lab.wait_for(lambda es: "old" not in es[-1]["answer"], mark, client=address, name=name)
        finally:
            asking.join()
        events = self.lab.settle(mark, client=address, name=name)
        old = seconds([e["time"] for e in events if "old" in e["answer"]][-1])
        new = seconds(next(e["time"] for e in events if "old" not in e["answer"]))
        self.assertLessEqual(new - old, TTL + 1, show(events))
        # And no connection to the old one was tried after that, as Prosody's own log has it.
        log = self.lab.logs(server, "-t", "--since", since)
        tried = TRIED.findall(log)
        last = max(seconds(when) for when, where in tried if where == SHUNT)
        self.assertLessEqual(last - old, TTL + 1, tried)
        self.assertGreater(max(seconds(when) for when, where in tried if where == CLIENT), last)
        return log.count("opening a new outgoing connection"), len(events)

    def test_libunbound_in_prosody(self):
        tries, lookups = self.flip(UNBOUND, PROSODY1, "flip-one.example")
        self.assertGreater(tries, 2 * lookups, "it caches nothing?")

    def test_prosodys_own_resolver(self):
        """It looks up anew for every connection."""
        tries, lookups = self.flip(OWN, PROSODY2, "flip-two.example")
        self.assertEqual(tries, lookups)


if __name__ == "__main__":
    unittest.main()
