"""shunt stopped and killed while clients log in: its live state is back, and nobody else has to start
again."""

import threading
import unittest

from lib.engine import until
from lib.lab import Case, PROSODY1, PROSODY2

OTHERS = ("nsd", "prosody1", "prosody2", "ejabberd", "client")
PROGRAM, JID = "slixmpp", "user1@lab.example"
NEW, DOMAIN = (PROSODY2, 15222), (PROSODY1, 5222)


def where(login):
    return login["success"] and (login["address"], login["port"])


class Logins:
    """One login after the other, in a thread, until it is left."""

    def __init__(self, lab):
        self.lab, self.done, self.over = lab, [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.is_set():
            self.done.append(self.lab.login(PROGRAM, JID, timeout=15))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def wait(self, condition, seconds=40):
        return until(lambda: condition(self.done), seconds)


class Restart(Case):
    def setUp(self):
        super().setUp()
        self.lab.shunt("target", "fail", "xmpp1.lab.example", "--domain", "lab.example")
        self.lab.shunt("target", "set", "xmpp2.lab.example", "--domain", "lab.example", "--priority", "7")
        self.lab.shunt("fault", "add", "no-txt", "type=TXT", "domain=lab.example", "rcode=NOTIMP")
        self.before = self.live()

    def live(self):
        return {"targets": self.lab.shunt("target", "list"), "faults": [f["name"] for f in
                self.lab.shunt("fault", "list")["faults"]]}

    def started(self):
        return {s: self.lab.state(s)["StartedAt"] for s in OTHERS}

    def interrupt(self, how):
        """Logins go on while `how` ends shunt, and brings it back."""
        others, revision = self.started(), self.lab.shunt("status")["revision"]
        began = self.lab.state("shunt")["StartedAt"]
        with Logins(self.lab) as logins:
            self.assertTrue(logins.wait(lambda done: any(l["success"] for l in done)), logins.done)
            how()
            self.lab.wait_healthy("shunt")
            again = len(logins.done) + 1  # the one that runs now may have begun without shunt
            self.assertTrue(logins.wait(lambda done: any(where(l) == NEW for l in done[again:])), logins.done)
        self.assertNotEqual(self.lab.state("shunt")["StartedAt"], began)
        self.assertEqual(self.live(), self.before)
        self.assertGreaterEqual(self.lab.shunt("status")["revision"], revision)
        # Who found shunt away took that for "no SRV", and may have gone to the bare domain; nobody went to
        # the target that has failed.
        self.assertLessEqual({where(l) for l in logins.done if l["success"]}, {NEW, DOMAIN}, logins.done)
        self.assertEqual(where(logins.done[0]), NEW, logins.done)
        self.assertTrue(self.lab.events(service="xmpp-client", answer="7 5 15222 xmpp2.lab.example."))
        self.assertEqual(self.started(), others)

    def test_restarted(self):
        self.interrupt(lambda: self.lab.docker("restart", "-t", "5", self.lab.container("shunt")))
        self.assertEqual(self.lab.state("shunt")["ExitCode"], 0)

    def test_killed(self):
        """With SIGKILL, from outside its container; the engine's restart policy brings it back."""
        container = self.lab.container("shunt")
        policy = self.lab.docker("inspect", "-f", "{{.HostConfig.RestartPolicy.Name}}", container).out.strip()
        self.addCleanup(self.lab.docker, "update", "--restart", policy or "no", container)
        self.lab.docker("update", "--restart", "on-failure", container)
        image = self.lab.docker("inspect", "-f", "{{.Image}}", self.lab.container("client")).out.strip()

        def kill():
            state = self.lab.state("shunt")
            self.lab.docker("run", "--rm", "--pid", "host", "--user", "root", "--cap-drop", "ALL", "--cap-add",
                            "KILL", "--network", "none", "--entrypoint", "sh", image, "-c",
                            f"kill -9 {state['Pid']}")
            self.assertTrue(until(lambda: self.lab.state("shunt")["StartedAt"] != state["StartedAt"], 30))
        self.interrupt(kill)


if __name__ == "__main__":
    unittest.main()
