#!/usr/bin/env python3
"""What a large policy costs: time from `shunt serve -c FILE` to "listening", and memory.

    policy_load.py SHUNT [RECORDS...]       default: 1000000

For a zone file, a `records` block, and `domains` with four services each, all of so many SRV
records: the wall time and the processor's time until the daemon listens, what each record adds to
its memory (resident, against a policy of ten records), the most it had while it loaded, and the
same times for a reload while it runs. A figure, not a test.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = 600
SMALL = 10  # records, of the policy that is compared with
HEAD = """listen: ["127.0.0.1:0"]
threads: 1
user: none
upstreams: [{servers: ["127.0.0.1:9"]}]
control: {socket: off, http: off}
state: off
"""
SERVICES = "xmpp-client", "xmpps-client", "xmpp-server", "xmpps-server"


def target(i):
    return f"t{i % 1000}.example.net"


def lines(records):
    return (f"_xmpp-client._tcp.d{i}.example.net. 5 IN SRV 10 5 5222 {target(i)}.\n"
            for i in range(records))


def write_zone(file, folder, records):
    file.write("zones: [big.zone]\n")
    with open(f"{folder}/big.zone", "w", encoding="ascii") as zone:
        zone.writelines(lines(records))


def write_records(file, _, records):
    file.write("records: |\n")
    file.writelines("  " + line for line in lines(records))


def write_domains(file, _, records):
    file.write("domains:\n")
    for i in range((records + 3) // 4):
        file.write(f"  - name: d{i}.example.net\n")
        file.writelines(f"    {s}: [{{target: {target(i)}}}]\n" for s in SERVICES)


SHAPES = {"zone": write_zone, "records": write_records, "domains": write_domains}


class Daemon:
    def __init__(self, shunt, config, prepare):
        self.begun = time.monotonic()
        self.process = subprocess.Popen([shunt, "serve", "-c", config], stderr=subprocess.PIPE,
                                        text=True, start_new_session=True, preexec_fn=prepare)
        self.timer = threading.Timer(SECONDS, self.process.kill)
        self.timer.start()

    def wait_for(self, word):
        for line in self.process.stderr:
            if " error " in line:
                raise RuntimeError(line.strip())
            if word in line:
                return time.monotonic()
        raise RuntimeError("the daemon ended")

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def bytes(self, key):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return 1024 * int(re.search(key + r":\s*(\d+)", file.read())[1])

    def reload(self):
        begun, cpu = time.monotonic(), self.cpu()
        self.process.send_signal(signal.SIGHUP)
        return self.wait_for("reloaded") - begun, self.cpu() - cpu

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()
        self.timer.cancel()


def load(shunt, shape, records, prepare):
    with tempfile.TemporaryDirectory() as folder:
        config = f"{folder}/shunt.yaml"
        with open(config, "w", encoding="ascii") as file:
            file.write(HEAD)
            SHAPES[shape](file, folder, records)
        daemon = Daemon(shunt, config, prepare)
        try:
            figures = {"load_s": daemon.wait_for("listening") - daemon.begun, "load_cpu_s": daemon.cpu()}
            daemon.wait_for("ready")
            figures |= {"resident": daemon.bytes("VmRSS"), "peak": daemon.bytes("VmHWM")}
            figures["reload_s"], figures["reload_cpu_s"] = daemon.reload()
            return figures
        finally:
            daemon.stop()


def measure(shunt, shape, records, prepare=None):
    """The figures of one load: seconds, and bytes. `prepare` is called in the daemon's process before it."""
    small = load(shunt, shape, SMALL, prepare)
    figures = load(shunt, shape, records, prepare)
    figures["bytes"] = (figures["resident"] - small["resident"]) / max(records - SMALL, 1)
    return figures


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print("shape     records   load s   cpu s   bytes/record   peak MB   reload s   cpu s")
    for records in [int(x) for x in sys.argv[2:]] or [1_000_000]:
        for shape in SHAPES:
            f = measure(sys.argv[1], shape, records)
            print("%-8s %8d %8.2f %7.2f %14.0f %9.0f %10.2f %7.2f" % (
                shape, records, f["load_s"], f["load_cpu_s"], f["bytes"], f["peak"] / 1e6, f["reload_s"],
                f["reload_cpu_s"]), flush=True)


if __name__ == "__main__":
    main()
