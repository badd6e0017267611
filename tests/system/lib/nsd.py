"""NSD, an authoritative server from Debian's packages, as an upstream with zones of the test's."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from . import client, dnsmsg, process

HEAD = """$TTL 300
@ SOA ns.{zone}. admin.{zone}. 1 3600 600 86400 {negative}
@ NS ns.{zone}.
ns A 127.0.0.1
"""


def available():
    return shutil.which("nsd", path="/usr/sbin:/usr/bin:/sbin:/bin") is not None


class Nsd:
    """`zones`: text of each zone by name, without its SOA and NS, which are given."""

    def __init__(self, zones, host="127.0.0.1", negative=300):
        self.host, self.port = host, process.free_port(host)
        self.zones = zones
        self.dir = Path(tempfile.mkdtemp(prefix="shunt-nsd-"))
        zone_lines = ""
        for name, text in zones.items():
            file = self.dir / f"{name}.zone"
            file.write_text(HEAD.format(zone=name, negative=negative) + text + "\n")
            zone_lines += f'zone:\n  name: "{name}"\n  zonefile: "{file}"\n'
        self.config = self.dir / "nsd.conf"
        self.config.write_text(f"""server:
  ip-address: {host}@{self.port}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  pidfile: ""
  zonesdir: "{self.dir}"
  zonelistfile: "{self.dir}/zone.list"
  xfrdfile: "{self.dir}/xfrd.state"
  xfrdir: "{self.dir}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
{zone_lines}""")
        self.process = None

    @property
    def address(self):
        return (self.host, self.port)

    def __str__(self):
        """As an upstream in the configuration."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def start(self):
        program = shutil.which("nsd", path="/usr/sbin:/usr/bin:/sbin:/bin")
        self.process = subprocess.Popen([program, "-d", "-c", str(self.config)],
                                        stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.output = process.Output(self.process.stderr)
        deadline = time.monotonic() + process.START_TIMEOUT
        probe = dnsmsg.query(next(iter(self.zones)), "SOA")
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                reply = client.ask_udp(self.address, probe, 0.5)
            except ConnectionRefusedError:
                time.sleep(0.02)
                continue
            if reply is not None and reply.answer:
                return self
        raise AssertionError(f"NSD does not answer:\n{self.output}")

    def stop(self):
        if self.process is not None:
            process.end(self.process)
            self.process.stderr.close()
            self.process = None
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *exc):
        self.stop()
