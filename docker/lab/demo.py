"""An XMPP login that moves: `./dev lab demo`.

A client of the lab logs in three times: with all well, while shunt says that the first server has failed,
and after it is back. Every lookup of the client is shown as shunt logged it, beside what the client did.
Exits with 1 when a login did not go where it had to."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from datetime import datetime

JID = "user1@lab.example"
CLIENT = "172.30.53.31"
OWNER = "_xmpp-client._tcp.lab.example."
FIRST, SECOND = "xmpp1.lab.example", "xmpp2.lab.example"
SERVERS = {"172.30.53.11": "prosody1", "172.30.53.12": "prosody2", "172.30.53.21": "ejabberd",
           "172.30.53.99": "nobody"}
PORT = 15222
SECONDS = 30  # for a command in a container

COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
BOLD, DIM, GREEN, RED, PLAIN = ("\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m") if COLOUR else [""] * 5


class Trouble(Exception):
    """The demonstration cannot go on."""


def container(name, *argv):
    """What a command in a container prints."""
    try:
        done = subprocess.run(["docker", "exec", f"shunt-lab-{name}", *argv], capture_output=True, text=True,
                              timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Trouble(f"{name}: no end of `{' '.join(argv)}` within {SECONDS} s") from None
    if done.returncode:
        raise Trouble(f"{name}: `{' '.join(argv)}`: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def shunt(*words):
    return [json.loads(line) for line in container("shunt", "shunt", *words, "--json").splitlines()]


class Timeline:
    """What shunt was asked, and beside it what the client did, by time."""

    def __init__(self):
        columns = min(112, max(80, shutil.get_terminal_size((100, 24)).columns))
        self.start, self.left, self.all = time.time(), columns - 56, columns - 12
        print(f"{BOLD}{'':10}  {'shunt was asked':<{self.left}}  the client{PLAIN}")

    def client(self, when, text, style=""):
        print(f"{self.clock(when)}  {'':{self.left}}  {style}{text}{PLAIN if style else ''}")

    def lookup(self, event):
        """Addresses stand beside their question, the records of a service below it."""
        answers = event["answer"].split("; ") if event["answer"] else ["none"]
        if event["dropped"] or event["rcode"] != "NOERROR":
            answers = ["no reply" if event["dropped"] else event["rcode"]]
        rule = (event["rule"] or event["source"]).replace("/etc/shunt/", "")
        if event["change"]:
            rule += f", change {event['change']}"
        line = f"{event['type']:<4} {event['name']}"
        if event["type"] != "SRV":
            line += "  " + ", ".join(answers)
            answers = []
        print(f"{self.clock(happened(event))}  {line}{DIM}{rule:>{max(2 + len(rule), self.all - len(line))}}{PLAIN}")
        for answer in answers:
            print(f"{'':10}       {answer}")

    def clock(self, when):
        return f"{DIM}{when - self.start:8.2f} s{PLAIN}"


def happened(event):
    return datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp()


def login(timeline):
    """Where a login went, (address, port); its lookups and its end are shown."""
    begin = time.time()
    last = shunt("log", "-n", "1")
    number = last[-1]["number"] if last else 0
    done = json.loads(container("client", "python3", "-B", "/lab/login.py", "slixmpp", JID, "--timeout", "20"))
    end = time.time()
    events = [e for e in shunt("log", "-n", "1000", "--client", CLIENT) if e["number"] > number]
    timeline.client(begin, f"slixmpp logs in as {JID}")
    for event in sorted(events, key=lambda e: (e["time"], e["type"] != "SRV", e["number"])):
        timeline.lookup(event)
    if not done["success"]:
        timeline.client(end, f"not logged in: {done['error']}", RED)
        return None, None
    timeline.client(end, f"logged in at {place(done['address'], done['port'])}", BOLD)
    return done["address"], done["port"]


def place(address, port):
    return f"{SERVERS.get(address, '?')}, {address} port {port}" if address else "nowhere"


def change(*words):
    """A live change, and what it does to the domain's client service."""
    print(f"\n{BOLD}$ shunt {' '.join(words)}{PLAIN}")
    for result in shunt(*words):
        for change_ in result.get("sets", []):
            if change_["owner"] != OWNER:
                continue
            for sign, colour, one, other in (("-", RED, "old", "new"), ("+", GREEN, "new", "old")):
                for record in change_[one]:
                    if record not in change_[other]:
                        print(f"  {colour}{sign} {record}{PLAIN}")
    print()


STEPS = (
    ("all is well", (), "172.30.53.11"),
    (f"{FIRST} has failed", ("target", "fail", FIRST), "172.30.53.12"),
    (f"{FIRST} is back", ("target", "restore", FIRST), "172.30.53.11"),
)


def play():
    """Whether every login went where it had to."""
    went = []
    shunt("reset")
    timeline = Timeline()
    for _, words, _ in STEPS:
        if words:
            change(*words)
        went.append(login(timeline))
    print()
    good = True
    for (what, _, expected), (address, port) in zip(STEPS, went):
        fits = (address, port) == (expected, PORT)
        good = good and fits
        print(f"  {what:<32}{GREEN if fits else RED}{place(address, port)}{PLAIN}"
              f"{'' if fits else f', expected {place(expected, PORT)}'}")
    return good


def main():
    print(textwrap.dedent(f"""\
        lab.example is served by two Prosody servers, {FIRST} and {SECOND}. The client finds them
        by SRV records, which shunt answers. No server is stopped: only the answers change.
        """))
    try:
        good = play()
    except Trouble as trouble:
        print(f"demo: {trouble}", file=sys.stderr)
        return 1
    finally:
        subprocess.run(["docker", "exec", "shunt-lab-shunt", "shunt", "reset"], capture_output=True,
                       timeout=SECONDS, check=False)
    print("\n" + ("The login moved to the second server, and came back." if good else
                  "The login did not go to the first server, the second, and the first again."))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
