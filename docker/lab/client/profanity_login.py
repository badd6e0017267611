"""Logs in with Profanity, which needs a terminal: profanity_login.py JID PASSWORD TIMEOUT."""

import os
import pty
import re
import select
import signal
import sys
import tempfile
import time
from pathlib import Path

ACCOUNT = """[lab]
enabled=true
jid={jid}
password={password}
resource=lab
tls.policy=trust
"""
SETTINGS = """[connection]
reconnect=0
autoping=0
[notifications]
message=off
"""
ESCAPE = re.compile(r"\x1b[\[\]()][0-9;?]*[A-Za-z0-9]?")
OUTCOME = re.compile(r"(logged in successfully)|(Login failed|Lost connection|Connection attempt[^\r\n]*failed)")


def start(folder, jid, password):
    """(process, terminal)."""
    for name, text in (("data/profanity/accounts", ACCOUNT.format(jid=jid, password=password)),
                       ("config/profanity/profrc", SETTINGS)):
        file = Path(folder, name)
        file.parent.mkdir(parents=True)
        file.write_text(text)
    os.environ.update(HOME=folder, XDG_DATA_HOME=f"{folder}/data", XDG_CONFIG_HOME=f"{folder}/config",
                      TERM="xterm", LINES="24", COLUMNS="200", LC_ALL="C.UTF-8")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("profanity", ["profanity", "-l", "DEBUG", "-a", "lab"])
    return pid, terminal


def outcome(terminal, timeout):
    """Why it was not logged in; None if it was."""
    seen, deadline = "", time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            seen += os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # the other end is closed
            return "it ended"
        if found := OUTCOME.search(ESCAPE.sub("", seen)):
            return None if found[1] else found[2]
    return f"not within {timeout:g} s"


def main():
    jid, password, timeout = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="profanity-", ignore_cleanup_errors=True) as folder:
        pid, terminal = start(folder, jid, password)
        try:
            error = outcome(terminal, float(timeout))
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    sys.exit(error)


if __name__ == "__main__":
    main()
