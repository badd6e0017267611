#!/usr/bin/env python3
"""Time from `PATCH /v1/targets/{target}` to the changed answer, by the size of the policy.

    live_change.py SHUNT [RECORDS...]       default: 10 10000 1000000

Prints a table: for a target that one record names, and for one that half of all records name, with
and without a state file, the median and the largest of 101 changes: until the command is answered,
and until a client, asking all the time, gets the changed answer. A figure, not a test.
"""

import http.client
import json
import os
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

CHANGES = 101
START_SECONDS = 600
CONFIG = """listen: ["127.0.0.1:%d"]
threads: 1
user: none
upstreams: [{servers: ["127.0.0.1:9"]}]
control: {socket: "%s/control.sock", http: off}
state: %s
zones: [big.zone]
log: {level: error}
"""


def write_policy(folder, records):
    with open(f"{folder}/big.zone", "w", encoding="ascii") as zone:
        zone.write("_xmpp-client._tcp.one.example. 5 IN SRV 10 5 5222 one.example.\n")
        for i in range(records - 1):
            target = "many" if i % 2 == 0 else f"t{i}"
            zone.write(f"_xmpp-client._tcp.d{i}.example. 5 IN SRV 10 5 5222 {target}.example.\n")


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Api:
    def __init__(self, path):
        self.http = http.client.HTTPConnection("localhost")
        self.http.sock = socket.socket(socket.AF_UNIX)
        self.http.sock.connect(path)

    def __call__(self, method, path, body=None):
        self.http.request(method, path, body and json.dumps(body))
        reply = self.http.getresponse()
        data = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{method} {path}: {reply.status} {data.decode()}")


class Client(threading.Thread):
    """Asks all the time; notes when the priority that it is told was first another one."""

    def __init__(self, port, name):
        super().__init__(daemon=True)
        wire = b"".join(bytes([len(x)]) + x.encode() for x in name.split(".") if x) + b"\0"
        self.packet = struct.pack("!6H", 1, 0x100, 1, 0, 0, 0) + wire + b"\0\x21\0\1"
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(5)
        self.socket.connect(("127.0.0.1", port))
        self.stopped, self.seen, self.lock = False, {}, threading.Condition()

    def ask(self):
        self.socket.send(self.packet)
        reply = self.socket.recv(4096)
        at = len(self.packet) + 12  # behind the owner's pointer, type, class, TTL, length
        return struct.unpack_from("!H", reply, at)[0]

    def run(self):
        last = None
        while not self.stopped:
            priority = self.ask()
            if priority != last:
                with self.lock:
                    self.seen.setdefault(priority, time.perf_counter())
                    self.lock.notify()
                last = priority

    def wait(self, priority):
        with self.lock:
            if not self.lock.wait_for(lambda: priority in self.seen, 10):
                raise RuntimeError("the answer did not change")
            return self.seen[priority]


def synced_write_ms(folder):
    """What the machine takes for a small file that is to stay, as the state file is: the median."""
    times = []
    for _ in range(CHANGES // 4):
        begun = time.perf_counter()
        with open(f"{folder}/new", "w", encoding="ascii") as file:
            file.write("x" * 300)
            file.flush()
            os.fsync(file.fileno())
        os.rename(f"{folder}/new", f"{folder}/synced")
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times)


def change(api, port, target, name):
    """Milliseconds of each change: until it is answered, and until the client sees it."""
    client, told, changed = Client(port, name), [], []
    client.start()
    client.wait(10)
    for i in range(CHANGES):
        priority = 100 + i
        start = time.perf_counter()
        api("PATCH", f"/v1/targets/{target}", {"priority": priority})
        told.append(1000 * (time.perf_counter() - start))
        changed.append(1000 * (client.wait(priority) - start))
        time.sleep(0.002)
    client.stopped = True
    client.join()
    api("POST", "/v1/reset")
    return told, changed


def start(shunt, folder, prepare):
    daemon = subprocess.Popen([shunt, "serve", "-c", f"{folder}/shunt.yaml"], start_new_session=True,
                              preexec_fn=prepare)
    begun = time.monotonic()
    try:
        while not os.path.exists(f"{folder}/control.sock"):
            if daemon.poll() is not None or time.monotonic() > begun + START_SECONDS:
                raise RuntimeError("the daemon did not start")
            time.sleep(0.02)
        time.sleep(0.3)
        return daemon, time.monotonic() - begun
    except BaseException:  # whoever interrupts this one does not reach a session of its own
        daemon.kill()
        daemon.wait()
        raise


def measure(shunt, records, state, prepare=None):
    """For each target: {"target", "start_s", "told": [ms], "changed": [ms], "synced": ms}; the last is what a
    synced write takes alone, 0 without state. `prepare` is called in the daemon's process before it."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        write_policy(folder, records)
        with open(f"{folder}/shunt.yaml", "w", encoding="ascii") as file:
            file.write(CONFIG % (port, folder, f"{folder}/state.json" if state else "off"))
        daemon, seconds = start(shunt, folder, prepare)
        try:
            api = Api(f"{folder}/control.sock")
            for target, domain in ("one", "one"), ("many", "d0"):
                told, changed = change(api, port, f"{target}.example", f"_xmpp-client._tcp.{domain}.example")
                yield {"target": target, "start_s": seconds, "told": told, "changed": changed,
                       "synced": synced_write_ms(folder) if state else 0}
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print("  records  target state  told ms      max changed ms      max   start s")
    for records in [int(x) for x in sys.argv[2:]] or [10, 10_000, 1_000_000]:
        for state in False, True:
            for f in measure(sys.argv[1], records, state):
                print("%9d  %-5s %-5s %8.2f %8.2f   %8.2f %8.2f   %6.1f" % (
                    records, f["target"], "file" if state else "off", statistics.median(f["told"]),
                    max(f["told"]), statistics.median(f["changed"]), max(f["changed"]), f["start_s"]), flush=True)


if __name__ == "__main__":
    main()
