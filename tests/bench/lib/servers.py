"""The servers that are compared: how each is started as a caching forwarder with one thread."""

import os
import resource
import shutil
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


class Server:
    """A process on one processor. `place` has the folder, ports, processor and number of names."""

    name = package = path = None
    caches = True
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
            preexec_fn=lambda: cpu is not None and os.sched_setaffinity(0, {cpu}))
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


class Dnsdist(Server):
    name = package = "dnsdist"

    def command(self):
        config = self.write("dnsdist.conf", f"""
setLocal("127.0.0.1:{self.port}", {{reusePort=true, tcpListenQueueSize=4096}})
setACL({{"127.0.0.0/8"}})
setMaxTCPClientThreads(1)
newServer({{address="127.0.0.1:{self.place.upstream}", healthCheckMode="up"}})
getPool(""):setCache(newPacketCache({self.cache_entries()}, {{maxTTL=86400}}))
setSecurityPollSuffix("")
""")
        return ["dnsdist", "--supervised", "--disable-syslog", "-C", config]


class Unbound(Server):
    name = package = "unbound"
    entry_bytes = 1024

    def command(self):
        config = self.write("unbound.conf", f"""
server:
    interface: 127.0.0.1@{self.port}
    access-control: 127.0.0.0/8 allow
    num-threads: 1
    so-reuseport: yes
    so-rcvbuf: 4m
    module-config: "iterator"
    do-not-query-localhost: no
    minimal-responses: yes
    msg-cache-size: {self.cache_bytes()}
    rrset-cache-size: {self.cache_bytes()}
    outgoing-range: 4096
    num-queries-per-thread: 2048
    incoming-num-tcp: {CLIENTS_MAX}
    do-daemonize: no
    use-syslog: no
    username: ""
    chroot: ""
    pidfile: ""
    directory: "{self.folder}"
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@{self.place.upstream}
""")
        return ["unbound", "-d", "-c", config]


class Dnsmasq(Server):
    name, package = "dnsmasq", "dnsmasq-base"

    def command(self):
        user = ["--user=root"] if os.geteuid() == 0 else []
        return ["dnsmasq", *user, "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv",
                f"--port={self.port}", "--listen-address=127.0.0.1", "--bind-interfaces",
                f"--server=127.0.0.1#{self.place.upstream}", f"--cache-size={self.cache_entries()}",
                "--dns-forward-max=2000", "--pid-file="]


PEERS = [Dnsdist, Unbound, Dnsmasq]


def installed_peers():
    """Those that are, and the packages of those that are not."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
    os.environ["PATH"] = path
    there = [peer for peer in PEERS if shutil.which(peer.name, path=path)]
    return there, [peer.package for peer in PEERS if peer not in there]


def version_of(server):
    """One line, or an empty one."""
    command = [server.path, "--version"] if server.path else [server.name, "--version"]
    if server.name == "unbound":
        command[1] = "-V"
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    lines = (run.stdout + run.stderr).splitlines()
    line = lines[0].strip() if lines else ""
    return line if not line or server.name in line.lower() else f"{server.name} {line}"
