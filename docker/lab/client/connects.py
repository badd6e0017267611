"""TCP connections in what strace writes (-f -yy -e trace=%network)."""

import re

CALL = re.compile(r"^(\d+) +(.*)$")
START = re.compile(r"connect\((\d+)<TCP(?:v6)?:.*?>, \{sa_family=AF_INET6?, .*?sin6?_port=htons\((\d+)\)"
                   r".*?(?:inet_addr\(|inet_pton\(AF_INET6, )\"([0-9a-fA-F.:]+)\"")
RESULT = re.compile(r"= (-?\d+)(?: (E[A-Z0-9]+))?")
# Once it is connected, strace shows both ends of the socket in every call.
CONNECTED = re.compile(r"\((\d+)<TCP(?:v6)?:\[\S*->\S*?\]>")
# libstrophe reads one byte to learn why it is not connected.
FAILED = re.compile(r"^recvfrom\((\d+)<TCP.* = -1 (ECONN\w+|EHOST\w+|ENET\w+|ETIMEDOUT)\b")
SO_ERROR = re.compile(r"getsockopt\((\d+)<.*SO_ERROR, \[(0|E[A-Z0-9]+)\]")


def read(text, ignore_port=53):
    """[{address, port, outcome}] in the order in which they were begun."""
    attempts, open_, pending = [], {}, {}  # by descriptor; by thread: a call that has not returned
    for line in text.splitlines():
        if not (call := CALL.match(line)):
            continue
        thread, what = call[1], call[2]
        if found := START.search(what):
            attempt = {"address": found[3], "port": int(found[2]), "outcome": "unfinished"}
            open_[found[1]] = attempt
            attempts.append(attempt)
            if "<unfinished" in what:
                pending[thread] = attempt
            else:
                conclude(attempt, what)
        elif "connect resumed" in what and thread in pending:
            conclude(pending.pop(thread), what)
        elif found := SO_ERROR.search(what) or FAILED.search(what):
            settle(open_.get(found[1]), "connected" if found[2] == "0" else found[2])
        elif found := CONNECTED.search(what):
            settle(open_.get(found[1]), "connected")
    return [a for a in attempts if a["port"] != ignore_port]


def settle(attempt, outcome):
    """What a later call tells."""
    if attempt and attempt["outcome"] == "unfinished":
        attempt["outcome"] = outcome


def conclude(attempt, what):
    """What connect itself returned; while it is in progress, later calls will tell."""
    found = RESULT.search(what)
    if found and found[1] == "0":
        attempt["outcome"] = "connected"
    elif found and found[2] not in (None, "EINPROGRESS", "EINTR"):
        attempt["outcome"] = found[2]
