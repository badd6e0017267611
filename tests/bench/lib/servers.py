"""What a server is, how it is started, and what is known of it while it runs; echo, the upstream
server, and shunt. The others are in peers.py."""

import os
import resource
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

CLIENTS_MAX = 12000  # TCP connections that a server is to allow, where it can be told
FILES_MAX = 65536
POLICY_DOMAINS = 1000
START_SECONDS = 30
NICE = -20
TICKS = os.sysconf("SC_CLK_TCK")

CACHE_MIN = 64 << 20  # bytes: shunt's default


def free_port():
    """A port that is free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, \
                socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
            except OSError:
                continue
            return udp.getsockname()[1]


def ask(port, labels, seconds=1.0):
    """The reply to an A query, or None."""
    name = b"".join(bytes([len(x)]) + x.encode() for x in labels.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(seconds)
        try:
            s.connect(("127.0.0.1", port))
            s.send(struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + name + b"\0\1\0\1")
            return s.recv(4096)
        except OSError:
            return None


def has_answer(reply):
    return reply is not None and reply[3] & 15 == 0 and reply[6:8] != b"\0\0"


def as_many_files():
    """As many descriptors as we may have, up to what 10,000 connections need. Returns the number."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, FILES_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def first_in_line(cpu):
    """For a child of ours, before its program: on this processor; as root ahead of what else runs there.
    With a session of its own a process has a share of its own too, which is told apart (autogroup)."""
    if cpu is not None:
        os.sched_setaffinity(0, {cpu})
    if os.geteuid() != 0:
        return
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
        Path("/proc/self/autogroup").write_text(str(NICE))
    except OSError:  # not everyone called root may, and not every kernel has autogroups
        pass


def may_be_first():
    """Whether first_in_line() can do that."""
    child = os.fork()
    if child == 0:
        try:
            os.setpriority(os.PRIO_PROCESS, 0, NICE)
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


class Server:
    """A process on one processor. `place` has the folder, ports, processor and number of names."""

    name = package = path = None
    caches = True
    name_bytes = 0  # memory that a name takes, about, at most
    entry_bytes = 256  # that the cache gets for each name: as many as all of them need, and some more

    def __init__(self, place):
        self.place, self.port, self.process = place, free_port(), None
        self.folder = Path(place.folder) / f"{self.name}-{self.port}"

    def command(self):
        raise NotImplementedError

    def cache_bytes(self):
        return max(CACHE_MIN, self.place.names * self.entry_bytes)

    def cache_entries(self):
        return max(100_000, self.place.names * 5 // 4)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def start(self):
        self.folder.mkdir(parents=True)
        cpu = self.place.server_cpu
        log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            preexec_fn=lambda: first_in_line(cpu))
        log.close()
        end = time.monotonic() + START_SECONDS
        while not has_answer(ask(self.port, "d0.bench.example", 0.2)):
            if self.process.poll() is not None or time.monotonic() > end:
                said = (self.folder / "log").read_text(errors="replace")[-500:]
                self.stop()
                raise RuntimeError(f"{self.name} did not start: {said}")
            time.sleep(0.05)
        return self

    def stop(self):
        if not self.process or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def processes(self):
        """The server's, and its children."""
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    fields = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                parents.setdefault(int(fields[1]), []).append(int(entry))
        found = [self.process.pid]
        for pid in found:
            found += parents.get(pid, [])
        return found

    def cpu(self):
        """Seconds used so far, in all and of its own (user); those of children that ended too."""
        own = system = 0
        for pid in self.processes():
            try:
                f = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            own += int(f[11]) + int(f[13])
            system += int(f[12]) + int(f[14])
        return (own + system) / TICKS, own / TICKS

    def memory(self):
        """Bytes in use."""
        total = 0
        for pid in self.processes():
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            except OSError:
                continue
        return total * os.sysconf("SC_PAGE_SIZE")


class Echo(Server):
    """The kernel's limit: every query is answered with a constant."""

    name, caches = "echo", False

    def command(self):
        return [f"{self.place.tools}/bench_echo", str(self.port)]


class Upstream(Server):
    name, caches = "upstream", False

    def command(self):
        return [f"{self.place.tools}/bench_responder", str(self.port)]

    def asked(self):
        """How many questions have come."""
        reply = ask(self.port, "count")
        return struct.unpack("!I", reply[-4:])[0] if reply else 0


class Shunt(Server):
    name = "shunt"
    name_bytes = 300

    def command(self):
        domains = "".join(
            f"  - {{name: d{i}.policy.example, xmpp-client: [{{target: xmpp1.policy.example, priority: 10}}, "
            f"{{target: xmpp2.policy.example, priority: 20}}]}}\n" for i in range(POLICY_DOMAINS))
        config = self.write("shunt.yaml", f"""listen: ["127.0.0.1:{self.port}"]
upstreams: [{{servers: ["127.0.0.1:{self.place.upstream}"]}}]
threads: 1
user: none
control: {{socket: off, http: off}}
state: off
cache: {{size: {self.cache_bytes()}}}
domains:
{domains}hosts:
  - {{name: xmpp1.policy.example, addresses: [10.5.0.11]}}
  - {{name: xmpp2.policy.example, addresses: [10.5.0.12]}}
""")
        return [self.path, "serve", "-c", config]
