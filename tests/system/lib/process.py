"""Running a program, and waiting for what it writes."""

import random
import re
import socket
import subprocess
import threading
import time

START_TIMEOUT = 30  # for slow machines under sanitizers; passed by no healthy run


class Output:
    """The lines of a stream, as they come, in a thread of their own."""

    def __init__(self, stream):
        self.lines = []
        self.ended = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._run, args=(stream,), daemon=True)
        self.thread.start()

    def _run(self, stream):
        for line in stream:
            with self.changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait(self, pattern, start=0, timeout=START_TIMEOUT):
        """The match in the first line from number `start` on that has one."""
        wanted = re.compile(pattern)
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                for line in self.lines[start:]:
                    if found := wanted.search(line):
                        return found
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    why = "the program ended" if self.ended else f"not within {timeout} s"
                    raise AssertionError(f"no line like {pattern!r} ({why}):\n{self}")
                self.changed.wait(left)

    def __str__(self):
        return "\n".join(self.lines)


def _may_sleep_through_a_signal(program):
    """ThreadSanitizer holds signals back until the next call that waits, and may miss one that comes
    in between. Only of programs built with it may a second one be needed."""
    with open(program, "rb") as f:
        return b"__tsan_init" in f.read()


def end(process, timeout=10):
    """Ends it with SIGTERM, or the hard way; the exit status."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        if _may_sleep_through_a_signal(process.args[0]):
            process.terminate()
            return process.wait(timeout)
        process.kill()
        process.wait()
        raise AssertionError(f"{process.args[0]} went on for {timeout} s after SIGTERM") from None


def free_port(host="127.0.0.1"):
    """A port that is free for UDP and TCP. It is below those that the kernel gives to others by itself
    (32768 and up on Linux), so that none is likely to take it before it is used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(100):
        port = random.randrange(10000, 32768)
        with socket.socket(family, socket.SOCK_STREAM) as tcp, \
                socket.socket(family, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind((host, port))
                udp.bind((host, port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")
