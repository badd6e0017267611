"""Changes made while it ran, after it was stopped or killed."""

import http.client
import os
import signal
import threading
import time
import unittest

from lib import client
from lib.daemon import Daemon
from lib.dnsmsg import query
from lib.live import B_CLIENT, BOTH, Case, policy, texts, until

STATE = "state: {dir}/state.json\n"


class State(Case):
    def restart(self, d):
        d.stop()
        d.addresses = []
        d.start()

    def kill(self, d):
        """Kill -9, and a start."""
        d.signal(signal.SIGKILL)
        d.process.wait()
        d.output.thread.join(10)
        d.process.stderr.close()
        d.addresses = []
        d.start()

    def test_restart_keeps_changes(self):
        with Daemon(policy(more=STATE)) as d:
            self.shunt(d, "target", "fail", "a.lab.example")
            self.shunt(d, "fault", "add", "no-txt", "type=TXT", "domain=lab.example",
                       "rcode=NOTIMP")
            revision = self.json(d, "status")["revision"]
            self.restart(d)
            self.assertEqual(texts(d), [B_CLIENT])
            self.assertEqual(client.ask_udp(d.address, query("lab.example", "TXT")).status, "NOTIMP")
            self.assertGreaterEqual(self.json(d, "status")["revision"], revision)
            self.shunt(d, "reset")
            self.restart(d)
            self.assertEqual(texts(d), BOTH)
            self.assertEqual(self.json(d, "fault", "list")["faults"], [])

    def test_what_ended_while_it_was_down_stays_ended(self):
        with Daemon(policy(more=STATE)) as d:
            self.shunt(d, "target", "fail", "a.lab.example", "--for", "300ms")
            d.stop()
            time.sleep(0.4)
            d.addresses = []
            d.start()
            self.assertTrue(until(lambda: texts(d) == BOTH, 2))

    def test_kill_after_an_acknowledged_change(self):
        with Daemon(policy(more=STATE)) as d:
            for i in range(10):
                self.shunt(d, "target", "set", "a.lab.example", "--priority", str(1000 + i),
                           "--service", "xmpp-client")
                self.kill(d)
                self.assertIn(f"{1000 + i} 5 5222 a.lab.example.", texts(d))

    def test_kill_amid_changes(self):
        """What is in force afterwards is the last acknowledged change, or the one after it."""
        with Daemon(policy(more=STATE)) as d:
            acknowledged = 0
            for i in range(10):
                over = threading.Event()
                last = [acknowledged]

                def change():
                    number = last[0]
                    try:
                        while not over.is_set():
                            number += 1
                            if self.api(d, "PATCH", "/v1/targets/a.lab.example",
                                        {"priority": number}).status == 200:
                                last[0] = number
                    except (OSError, http.client.HTTPException):
                        pass  # it was killed
                thread = threading.Thread(target=change)
                thread.start()
                time.sleep(0.02 + 0.013 * i)
                d.signal(signal.SIGKILL)
                d.process.wait()
                over.set()
                thread.join(10)
                self.kill(d)
                in_force = min(int(t.split()[0]) for t in texts(d) if " a.lab" in t)
                if last[0] > 0:
                    self.assertIn(in_force, (last[0], last[0] + 1))
                    acknowledged = in_force

    def test_damaged_file(self):
        for content in ("{", "", "nonsense\n", '{"version": 1, "targets": 7}', "\0" * 64, "[]"):
            with self.subTest(content=content):
                d = Daemon(policy(more=STATE), files={"state.json": content})
                with d:
                    self.assertRegex(str(d.output), r"error .*state\.json")
                    self.assertEqual(texts(d), BOTH)
                    self.assertEqual((d.dir / "state.json.bad").read_text(), content)
                    self.shunt(d, "target", "fail", "a.lab.example")
                    self.restart(d)
                    self.assertNotRegex(str(d.output), r"Z error")
                    self.assertEqual(texts(d), [B_CLIENT])

    @unittest.skipUnless(os.geteuid() == 0, "only root gives anything up")
    def test_the_user_that_root_becomes_writes_it(self):
        for place, writes in (("made/state.json", True), ("there/state.json", False)):
            with self.subTest(place=place):
                d = Daemon(policy(more="user: nobody\nstate: {dir}/%s\n" % place))
                d.dir.chmod(0o755)
                (d.dir / "there").mkdir(mode=0o755)
                with d:
                    self.assertEqual("can write nothing there" not in str(d.output), writes, str(d.output))
                    self.shunt(d, "target", "fail", "a.lab.example", expect=0 if writes else 1)
                    self.assertEqual(texts(d), [B_CLIENT] if writes else BOTH)

    def test_memory_only(self):
        with Daemon(policy()) as d:
            self.shunt(d, "target", "fail", "a.lab.example")
            self.restart(d)
            self.assertEqual(texts(d), BOTH)


if __name__ == "__main__":
    unittest.main()
