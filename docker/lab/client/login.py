"""One login with an XMPP program, watched: login.py PROGRAM JID [--NAME VALUE]...

Prints one line of JSON: whether it was logged in, where it was connected, and every TCP connection
that it tried. These are seen with strace, the same way for every program: what the program says of
itself may be wrong."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import connects

HERE = Path(__file__).resolve().parent


def python(script):
    return lambda o: [sys.executable, "-B", str(HERE / script), o.jid, o.password, str(o.timeout)]


def go_sendxmpp(o):
    """Sends a message to the account itself; its exit status is 0 once the server has taken it."""
    return ["go-sendxmpp", "-n", "-u", o.jid, "-p", o.password, "-m", message(), o.jid]


def message():
    with tempfile.NamedTemporaryFile("w", prefix="message-", delete=False) as file:
        file.write("hello\n")
    return file.name


# Each logs in, leaves and exits with 0; with anything else when it could not log in. What it
# prints last says why.
PROGRAMS = {
    "slixmpp": python("slixmpp_login.py"),
    "aioxmpp": python("aioxmpp_login.py"),
    "profanity": python("profanity_login.py"),
    "go-sendxmpp": go_sendxmpp,
}


def run(command, timeout, trace):
    """(exit status or None when it had to be ended, its last line)."""
    watched = ["strace", "-f", "-qq", "-yy", "-e", "trace=%network", "-o", trace, "--", *command]
    process = subprocess.Popen(watched, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace",
                               start_new_session=True)
    try:
        out, status = process.communicate(timeout=timeout)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, status = process.communicate()[0], None
    lines = [line.strip() for line in out.splitlines() if line.strip()]
    return status, lines[-1] if lines else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", choices=PROGRAMS)
    parser.add_argument("jid")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--timeout", type=float, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="login-") as folder:
        os.environ["TMPDIR"] = folder
        tempfile.tempdir = folder
        trace = os.path.join(folder, "trace")
        began = time.monotonic()
        # The program has the same limit, and a little more to say so.
        status, last = run(PROGRAMS[options.program](options), options.timeout + 2, trace)
        seconds = time.monotonic() - began
        attempts = connects.read(Path(trace).read_text(errors="replace"))
    connected = [a for a in attempts if a["outcome"] == "connected"]
    where = connected[-1] if connected else {"address": None, "port": None}
    error = None if status == 0 else last or ("no end" if status is None else f"exit status {status}")
    print(json.dumps({"program": options.program, "jid": options.jid, "success": status == 0,
                      "error": error, "address": where["address"], "port": where["port"],
                      "attempts": attempts, "seconds": round(seconds, 2)}))


if __name__ == "__main__":
    main()
