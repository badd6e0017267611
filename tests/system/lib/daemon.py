"""The daemon under test: build/shunt serve with a configuration of the test's."""

import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from . import process

SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: \w+Sanitizer|runtime error:")


def binary():
    """$SHUNT, or the first build that there is."""
    if "SHUNT" in os.environ:
        return os.environ["SHUNT"]
    root = Path(__file__).resolve().parents[3]
    for folder in ("build", "build/release", "build/debug", "build/asan"):
        if (root / folder / "shunt").exists():
            return str(root / folder / "shunt")
    raise FileNotFoundError("there is no build/shunt, and $SHUNT is not set")


def run(*args, stdin=None, env=None, timeout=60):
    """One run of the command; (exit status, standard output, standard error)."""
    done = subprocess.run([binary(), *args], input=stdin, capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, timeout=timeout, check=False)
    if SANITIZER.search(done.stderr):
        raise AssertionError(done.stderr)
    return done.returncode, done.stdout, done.stderr


class Daemon:
    """`config` is YAML text, without `listen`, `user`, `threads`, `control` and `state` unless the
    test is about these;
    {dir} in it is a folder for files of the test's. As a context manager it is started and stopped;
    `expect` is the exit status that it must end with, `limits` are resource limits by number."""

    def __init__(self, config="", listen=("127.0.0.1:0",), files=None, args=(), env=None, expect=0,
                 limits=None):
        self.dir = Path(tempfile.mkdtemp(prefix="shunt-test-"))
        self.dir.chmod(0o755)  # a daemon that gave up root reads it again on SIGHUP
        self.listen, self.args, self.env, self.expect = listen, args, env or {}, expect
        self.limits = limits or {}
        self.file = self.dir / "shunt.yaml"
        for name, text in (files or {}).items():
            (self.dir / name).write_text(text)
        self.configure(config)
        self.process = self.output = None
        self.addresses = []  # (host, port) of each listen address, in order

    def configure(self, config):
        """Writes the configuration anew; `reload` makes it count."""
        head = ""
        if not re.search(r"^listen:", config, re.M):
            head += "listen: [%s]\n" % ", ".join(f'"{a}"' for a in self.listen)
        if not re.search(r"^user:", config, re.M):
            head += "user: none\n"
        if not re.search(r"^threads:", config, re.M):
            head += "threads: 2\n"
        if not re.search(r"^control:", config, re.M):
            # Its own socket: the default one would be everybody's.
            head += 'control: {socket: "%s/control.sock", http: off}\n' % self.dir
        if not re.search(r"^state:", config, re.M):
            head += "state: off\n"
        self.file.write_text(head + config.replace("{dir}", str(self.dir)))

    def start(self):
        self.process = subprocess.Popen([binary(), "serve", "-c", str(self.file), *self.args],
                                        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        env={**os.environ, **self.env},
                                        preexec_fn=self._limit)
        self.output = process.Output(self.process.stderr)
        self.output.wait(r"\bready$")
        for line in self.output.lines:
            if found := re.search(r"listening on \[?([0-9a-fA-F.:]+?)\]?:(\d+) \(UDP and TCP\)", line):
                self.addresses.append((found[1], int(found[2])))
        if not self.addresses:
            raise AssertionError(f"it does not say where it listens:\n{self.output}")
        return self

    def _limit(self):
        for number, value in self.limits.items():
            resource.setrlimit(number, (value, value))

    @property
    def address(self):
        return self.addresses[0]

    @property
    def port(self):
        return self.address[1]

    def signal(self, number):
        self.process.send_signal(number)

    def reload(self, config=None, outcome="info reloaded"):
        """SIGHUP, and waits for the line that tells the outcome, or for "error reload failed"."""
        if config is not None:
            self.configure(config)
        seen = len(self.output.lines)
        self.signal(signal.SIGHUP)
        self.output.wait(rf"Z {outcome}\b", start=seen)

    def stop(self):
        """Ends it, and checks how it ended."""
        if self.process is None:
            return
        status = process.end(self.process, 20)
        self.output.thread.join(10)
        self.process.stderr.close()
        self.process = None
        if SANITIZER.search(str(self.output)):
            raise AssertionError(f"a sanitizer's report:\n{self.output}")
        if status != self.expect:
            raise AssertionError(f"exit status {status}, not {self.expect}:\n{self.output}")

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self._clean_up()
            raise

    def __exit__(self, kind, *exc):
        try:
            self.stop()
        except AssertionError:
            if kind is None:
                raise
        finally:
            self._clean_up()

    def _clean_up(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.output.thread.join(10)
            self.process.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)
