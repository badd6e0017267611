"""The lab as tests see it: `Lab` for what one does, `Case` for the tests' class.

    class Flip(Case):
        def test_flip(self):
            mark = self.lab.mark()
            login = self.lab.login("slixmpp", "user1@lab.example")
            self.assertEqual((login["address"], login["port"]), ("172.30.53.11", 15222))
            self.lab.wait_for(lambda events: len(events) > 1, since=mark, domain="lab.example")
"""

import json
import os
import time
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import witness
from .engine import Engine

ROOT = Path(__file__).resolve().parents[3]
POLICY = ROOT / "docker/lab/shunt/test.d"  # what shunt's configuration includes

SHUNT, NSD, PROSODY1, PROSODY2 = "172.30.53.53", "172.30.53.2", "172.30.53.11", "172.30.53.12"
EJABBERD, CLIENT = "172.30.53.21", "172.30.53.31"
PROGRAMS = ("slixmpp", "aioxmpp", "profanity", "go-sendxmpp")


@dataclass(frozen=True)
class Mark:
    """A moment in shunt's log: after the event with this number, which was at this time."""
    number: int
    time: str


class Lab(Engine):
    # --- shunt ------------------------------------------------------------------------------------

    def shunt(self, *words, expect=0):
        """What a command of shunt's prints with --json, read; a list when it is a line an object."""
        done = self.exec("shunt", "shunt", *words, "--json", expect=expect)
        values = [json.loads(line) for line in done.out.splitlines()]
        return values if words[0] == "log" else (values or [None])[0]

    def reset(self):
        """Drops all live changes."""
        self.shunt("reset")

    def policy(self, name, text):
        """Adds a file to shunt's configuration; None takes it away. In force on return."""
        file = POLICY / f"{name}.yaml"
        if text is None:
            file.unlink(missing_ok=True)
        else:
            POLICY.mkdir(exist_ok=True)
            new = file.with_suffix(".new")
            new.write_text(text)
            new.chmod(0o644)
            os.replace(new, file)
        self.exec("shunt", "shunt", "reload", expect=0)

    # --- its log ----------------------------------------------------------------------------------

    def mark(self):
        """Now, for `events` and `wait_for`. Does not outlive a restart of shunt."""
        last = self.shunt("log", "-n", "1")
        if last:
            return Mark(last[-1]["number"], last[-1]["time"])
        return Mark(0, self.shunt("status")["since"])

    def events(self, since=None, **filters):
        """Lookups in shunt's log, oldest first: dictionaries with name, type, client, transport,
        rcode, source, answer, ttl, dropped, fault, change … `since` is a mark, or what `shunt log
        --since` takes (10s, change, revision:17). Filters are those of `shunt log`: client, name,
        domain, service, rcode, answer."""
        return self._news(since, self._log(since, filters))

    def _log(self, since, filters):
        return self.shunt("log", "-n", "10000", *_since(since), *_options(filters))

    @staticmethod
    def _news(since, events):
        return [e for e in events if not isinstance(since, Mark) or e["number"] > since.number]

    def settle(self, since, **filters):
        """The events so far, when it is sure that all are noted: shunt has noted a later one."""
        name = f"settled-{uuid.uuid4().hex}.example."
        self.exec("client", "dig", f"@{SHUNT}", "+tries=3", "+timeout=2", name, "TXT", expect=0)
        self.wait_for(bool, since, name=name)
        return [e for e in self.events(since, **filters) if e["name"] != name]

    def wait_for(self, predicate, since, timeout=15, **filters):
        """Returns the events as soon as `predicate` holds for the list of them; raises when the
        time is over. It is asked again whenever there is a new event."""
        deadline = time.monotonic() + timeout
        while True:
            known = self._log(since, filters)
            events = self._news(since, known)
            if predicate(events):
                return events
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {timeout} s, in\n{show(events)}")
            self.exec("shunt", "shunt", "wait", *_since(since), *_options(filters), "--count",
                      str(len(known) + 1), "--timeout", f"{int(left * 1000) + 1}ms",
                      timeout=left + 30)

    # --- who else was asked -----------------------------------------------------------------------

    def nsd_queries(self, since=0):
        """Every query that reached the public DNS so far, as witness.Query(name, type); `since` is
        the length of an earlier answer. A query of our own goes last: what is before it is there."""
        name = f"witness-{uuid.uuid4().hex}.example."
        self.exec("client", "dig", f"@{NSD}", "+tries=3", "+timeout=2", name, "TXT", expect=0)
        return witness.until_seen(self, name)[since:]

    # --- clients ----------------------------------------------------------------------------------

    def login(self, program, jid, timeout=25, **options):
        """Logs in with a program of the client box. The result has
            success    whether it was logged in
            error      why not, in the program's words
            address, port    where it was connected last; None if nowhere
            attempts   [{address, port, outcome}] of all connections that it tried, in order;
                       outcome is "connected" or the error's name, such as ECONNREFUSED
            seconds    how long it took
        `timeout` is when the program is ended. Options become --NAME VALUE of login.py."""
        words = ["--timeout", str(timeout)]
        for key, value in options.items():
            words += [f"--{key.replace('_', '-')}", str(value)]
        done = self.exec("client", "python3", "-B", "/lab/login.py", program, jid, *words,
                         timeout=timeout + 30, expect=0)
        return json.loads(done.out.splitlines()[-1])

    def side_by_side(self, calls):
        """Runs functions, by name, at the same time; their results by name."""
        with ThreadPoolExecutor(max_workers=max(1, len(calls))) as pool:
            running = {name: pool.submit(call) for name, call in calls.items()}
            return {name: future.result() for name, future in running.items()}


def _since(since):
    if since is None:
        return []
    return ["--since", since.time if isinstance(since, Mark) else since]


def _options(filters):
    return [word for key, value in filters.items() for word in (f"--{key}", value)]


def show(events):
    """Events as text, for messages."""
    return "\n".join(f"{e['number']} {e['time']} {e['client']} {e['transport']} {e['name']} {e['type']} "
                     f"{'dropped' if e['dropped'] else e['rcode']} {e['source']} {e['fault'] or ''} "
                     f"{e['answer']}" for e in events)


class Case(unittest.TestCase):
    """A test in the lab. Live changes are dropped before and after each."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()

    def setUp(self):
        self.lab.reset()
        self.addCleanup(self.lab.reset)

    def with_policy(self, name, text):
        """A file of shunt's configuration for the time of this test."""
        self.addCleanup(self.lab.policy, name, None)
        self.lab.policy(name, text)

    def assert_logged_in(self, login, address, port):
        self.assertTrue(login["success"], login)
        self.assertEqual((login["address"], login["port"]), (address, port), login)
