"""What is measured over the network, one function a test. Each starts its servers, lets them take turns
for some rounds, and adds rows: {"test": …, "server": …, "rounds": [{figure: value}]} and what else there is."""

import functools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import servers

WARM_SECONDS = 120  # that a warm-up may take, at least; and a second for each so many names
WARM_RATE = 10_000
LATENCY_SHARE = 0.6  # of the fastest server's most: no rate is higher
MEMORY_SHARE = 0.8  # of what is free, for all servers
TCP_WARM_SECONDS = 3
TCP_CONNECTIONS, TCP_WINDOW = 20, 100


@dataclass
class Place:
    """Where and how servers run."""

    folder: str
    tools: str
    server_cpu: int | None
    load_cpu: int | None
    upstream: int = 0
    names: int = 0


class Bench:
    """A run: its options, and the rows so far."""

    def __init__(self, options, classes):
        self.options, self.classes, self.rows = options, classes, []
        cpus = choose_cpus()
        self.folder = tempfile.mkdtemp(prefix="shunt-bench-")
        self.place = Place(self.folder, options.tools, *cpus)
        self.running, self.unique = [], int(time.time()) << 24
        self.upstream = None

    def __enter__(self):
        place = Place(self.folder, self.options.tools, self.place.load_cpu, self.place.load_cpu)
        self.upstream = servers.Upstream(place).start()
        self.place.upstream = self.upstream.port
        return self

    def __exit__(self, *_):
        self.stop_all()
        self.upstream.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def start_all(self, names, classes=None):
        """Fresh servers, with room for so many names. Returns those."""
        self.place.names, started = names, []
        for kind in self.fitting(names, self.classes if classes is None else classes):
            try:
                started.append(kind(self.place).start())
            except RuntimeError as problem:
                self.say(problem)
        self.running += started
        return started

    def fitting(self, names, classes):
        """Those for whose caches there is memory: all run at the same time."""
        room = MEMORY_SHARE * memory_free()
        for kind in classes:
            if kind.name_bytes * names <= room:
                room -= kind.name_bytes * names
                yield kind
            else:
                self.say(f"no memory for {kind.name} with {names} names: it is left out")

    def prepare(self):
        """For the processes of the load."""
        return functools.partial(servers.first_in_line, self.place.load_cpu)

    def stop(self, server):
        server.stop()
        self.running.remove(server)

    def stop_all(self):
        while self.running:
            self.stop(self.running[-1])

    def load(self, server, command, **options):
        """Runs the load generator; adds what the server used meanwhile."""
        words = [f"{k}={v}" for k, v in options.items()]
        asked, (all0, own0) = self.upstream.asked(), server.cpu()
        run = subprocess.run(
            [f"{self.options.tools}/bench_load", command, str(server.port), *words],
            capture_output=True, text=True, check=False, timeout=options.get("seconds", 1) + 60,
            start_new_session=True, preexec_fn=self.prepare())
        all1, own1 = server.cpu()
        if not run.stdout:
            raise RuntimeError(f"load on {server.name}: {run.stderr}")
        result = json.loads(run.stdout)
        answers = max(result["answers"], 1)
        result.update(rate=result["answers"] / max(result["seconds"], 1e-3), cpu=(all1 - all0) / answers * 1e6,
                      own=(own1 - own0) / answers * 1e6, asked=(self.upstream.asked() - asked) / answers,
                      complete=run.returncode == 0)
        return result

    def rounds(self, test, command, among=None, extra=None, times=None, **options):
        """All servers in turn, echo first, so that what disturbs one disturbs them all."""
        rows = {s.name: {"test": test, "server": s.name, "rounds": [], **(extra or {})} for s in among or self.running}
        options.setdefault("seconds", self.options.secs)
        for number in range(times or self.options.rounds):
            for server in among or self.running:
                if options.get("kind") == "unique":
                    options["first"] = self.unique = self.unique + (1 << 24)
                try:
                    rows[server.name]["rounds"].append(self.load(server, command, **options))
                except (RuntimeError, subprocess.TimeoutExpired) as problem:
                    self.say(f"{test}, {server.name}, round {number + 1}: {problem}")
        made = [row for row in rows.values() if row["rounds"]]
        self.rows += made
        return made

    def warm(self, server, names):
        """Asks for each name. Returns by how many bytes a name the server grew."""
        if not server.caches:
            return None
        before, begun = server.memory(), time.monotonic()
        result = self.load(server, "warm", names=names, window=8,
                           seconds=max(WARM_SECONDS, names // WARM_RATE))
        if not result["complete"]:
            self.say(f"{server.name} did not answer all of {names} names")
            return None
        self.say(f"{server.name} has been asked for all names: {time.monotonic() - begun:.0f} s")
        return (server.memory() - before) / names


def memory_free():
    """Bytes."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return 1024 * int(line.split()[1])
    return 0


def choose_cpus():
    """One for the server, one for the load: of different cores, if there are such."""
    cpus = sorted(os.sched_getaffinity(0))
    if len(cpus) < 2:
        return None, None
    try:
        with open(f"/sys/devices/system/cpu/cpu{cpus[0]}/topology/thread_siblings_list", encoding="ascii") as f:
            first, *rest = f.read().strip().replace("-", ",").split(",")
            siblings = {int(x) for x in [first, *rest]}
    except (OSError, ValueError):
        siblings = {cpus[0]}
    others = [c for c in cpus[1:] if c not in siblings]
    return cpus[0], (others or cpus[1:])[0]


def median(row, key):
    return statistics.median(r[key] for r in row["rounds"])


def cached(bench):
    """Answers from the cache, for each number of names; with the smallest also latency and TCP."""
    numbers = sorted(bench.options.names)
    if "cached" not in bench.options.only:  # the other two need no more than that
        numbers = numbers[:1]
    for names in numbers:
        bench.say(f"cached answers, {names} names")
        bench.start_all(names)
        room = {s.name: bench.warm(s, names) for s in bench.running}
        rows = bench.rounds("cached", "udp", extra={"names": names}, kind="cached", names=names)
        for row in rows:
            row["bytes"] = room[row["server"]]
        if names == numbers[0]:
            latency(bench, rows, names)
            tcp(bench, names)
        bench.stop_all()


def latency(bench, rows, names):
    """Every server at the same rates. A server that cannot manage one loses questions, or is late."""
    if "latency" not in bench.options.only:
        return
    most = LATENCY_SHARE * max(median(row, "rate") for row in rows)
    for rate in [r for r in bench.options.rates if r <= most] or [int(most)]:
        bench.say(f"latency at {rate} queries a second")
        bench.rounds("latency", "udp", extra={"names": names, "at": rate}, times=bench.options.readings,
                     seconds=min(bench.options.secs, 1), kind="cached", names=names, rate=rate)


def tcp(bench, names):
    if "tcp" not in bench.options.only:
        return
    bench.say(f"TCP, {TCP_CONNECTIONS} connections, {TCP_WINDOW} queries in flight on each")
    among = [s for s in bench.running if s.caches]
    for server in among:  # some keep what they heard over UDP for UDP
        try:
            bench.load(server, "tcp", seconds=TCP_WARM_SECONDS, kind="cached", names=names,
                       connections=TCP_CONNECTIONS, window=TCP_WINDOW)
        except RuntimeError as problem:
            bench.say(problem)
    bench.rounds("tcp", "tcp", among=among, extra={"names": names}, kind="cached", names=names,
                 connections=TCP_CONNECTIONS, window=TCP_WINDOW)


def policy(bench):
    """SRV of the policy, two targets with an address each: shunt's business alone."""
    bench.say("policy answers")
    bench.start_all(0, [k for k in bench.classes if k is servers.Echo or issubclass(k, servers.Shunt)])
    bench.rounds("policy", "udp", kind="policy", names=servers.POLICY_DOMAINS)
    bench.stop_all()


def misses(bench):
    """Every question is new, and has to be asked upstream."""
    bench.say("misses")
    bench.start_all(0, [k for k in bench.classes if k.caches])
    bench.rounds("misses", "udp", kind="unique", window=8)
    bench.stop_all()
