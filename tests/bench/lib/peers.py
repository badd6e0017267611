"""The caching forwarders that shunt is compared with: how each is started, with one thread."""

import os
import re
import shutil
import subprocess

from servers import CLIENTS_MAX, Server, as_many_files

TCP_IDLE_SECONDS = 60  # where a server can be told for how long a client may be silent
OTHER_FILES = 6000  # of unbound, beside those of TCP clients


class Dnsdist(Server):
    name = package = "dnsdist"
    name_bytes = 500

    def command(self):
        config = self.write("dnsdist.conf", f"""
setLocal("127.0.0.1:{self.port}", {{reusePort=true, tcpListenQueueSize=4096}})
setACL({{"127.0.0.0/8"}})
setMaxTCPClientThreads(1)
setTCPRecvTimeout({TCP_IDLE_SECONDS})
newServer({{address="127.0.0.1:{self.place.upstream}", healthCheckMode="up"}})
getPool(""):setCache(newPacketCache({self.cache_entries()}, {{maxTTL=86400}}))
setSecurityPollSuffix("")
""")
        return ["dnsdist", "--supervised", "--disable-syslog", "-C", config]


class Unbound(Server):
    """It gives TCP clients less time when half of its places are taken; each place has to be an open file."""

    name = package = "unbound"
    entry_bytes = 1024
    name_bytes = 1300

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
    incoming-num-tcp: {min(2 * CLIENTS_MAX, max(as_many_files() - OTHER_FILES, 100))}
    tcp-idle-timeout: {TCP_IDLE_SECONDS * 1000}
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
    name_bytes = 500

    def command(self):
        user = ["--user=root"] if os.geteuid() == 0 else []
        return ["dnsmasq", *user, "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv",
                f"--port={self.port}", "--listen-address=127.0.0.1", "--bind-interfaces",
                f"--server=127.0.0.1#{self.place.upstream}", f"--cache-size={self.cache_entries()}",
                "--dns-forward-max=2000", "--pid-file="]


class PdnsRecursor(Server):
    name, package = "pdns_recursor", "pdns-recursor"
    name_bytes = 1800

    def command(self):
        return ["pdns_recursor", f"--config-dir={self.folder}", f"--socket-dir={self.folder}", "--daemon=no",
                "--local-address=127.0.0.1", f"--local-port={self.port}", "--threads=1",
                "--pdns-distributes-queries=no", "--reuseport=yes", "--dnssec=off", "--dont-query=",
                f"--forward-zones-recurse=.=127.0.0.1:{self.place.upstream}", "--security-poll-suffix=",
                f"--max-packetcache-entries={self.cache_entries()}", f"--max-cache-entries={2 * self.cache_entries()}",
                f"--max-tcp-clients={CLIENTS_MAX}", f"--client-tcp-timeout={TCP_IDLE_SECONDS}", "--loglevel=2"]


class Kresd(Server):
    name, package = "kresd", "knot-resolver"
    entry_bytes = 512
    name_bytes = 600

    def command(self):
        config = self.write("kresd.conf", f"""
net.listen('127.0.0.1', {self.port})
cache.size = {self.cache_bytes()}
trust_anchors.remove('.')
policy.add(policy.all(policy.FORWARD({{'127.0.0.1@{self.place.upstream}'}})))
""")
        return ["kresd", "--noninteractive", "-c", config, str(self.folder)]


class Named(Server):
    name, package = "named", "bind9"
    entry_bytes = 1024
    name_bytes = 1300

    def command(self):
        config = self.write("named.conf", f"""
options {{
    directory "{self.folder}";
    listen-on port {self.port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    forwarders {{ 127.0.0.1 port {self.place.upstream}; }};
    forward only;
    dnssec-validation no;
    allow-query {{ 127.0.0.0/8; }};
    minimal-responses yes;
    max-cache-size {self.cache_bytes()};
    recursive-clients 10000;
    tcp-clients {CLIENTS_MAX};
    tcp-idle-timeout {TCP_IDLE_SECONDS * 10};
    pid-file none;
    session-keyfile "{self.folder}/session.key";
}};
controls {{ }};
""")
        return ["named", "-g", "-n", "1", "-c", config]


PEERS = [Dnsdist, Unbound, Dnsmasq, PdnsRecursor, Kresd, Named]


def installed_peers():
    """Those that are, and the packages of those that are not."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin"
    os.environ["PATH"] = path
    there = [peer for peer in PEERS if shutil.which(peer.name, path=path)]
    return there, [peer.package for peer in PEERS if peer not in there]


def version_of(server):
    """One line, or an empty one."""
    option = "-V" if server.name in ("unbound", "named") else "--version"
    run = subprocess.run([server.path or server.name, option], capture_output=True, text=True, check=False, timeout=10)
    lines = (run.stdout + run.stderr).splitlines()
    return version_line(server.name, lines[0] if lines else "")


def version_line(name, said):
    """Without the time and the copyright that some have in it, and with the program's name."""
    said = re.sub(r"^[A-Z][a-z]{2} +\d+ [\d:.]+ | *((Copyright )?\([Cc]\)|<id).*$", "", said.strip())
    return said if not said or name in said.lower() else f"{name}: {said}"
