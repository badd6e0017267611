"""TCP clients that only wait, and that leave all at once: what they cost in memory, and whether UDP
notices. One reading of a high percentile says little where other processes run for some milliseconds:
so there are many, and echo's beside them, which has no such clients."""

import functools
import json
import subprocess

import servers

NAMES = 1000
OTHER_FILES = 200
END_SECONDS = 60


class Clients:
    """A process that has them all."""

    def __init__(self, bench, server, wanted, **options):
        words = [f"{key}={value}" for key, value in options.items()]
        self.process = subprocess.Popen(
            [f"{bench.options.tools}/bench_load", "idle", str(server.port), f"connections={wanted}", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=bench.prepare())
        self.open = self.result()["open"]

    def result(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the clients' process ended")
        return json.loads(line)

    def tell(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.result()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def idle(bench):
    wanted = min(bench.options.idle, servers.as_many_files() - OTHER_FILES)
    bench.say(f"{wanted} idle TCP clients")
    control = bench.start_all(0, [k for k in bench.classes if k is servers.Echo])
    for kind in [k for k in bench.classes if k.caches]:
        for server in bench.start_all(0, [kind]):
            try:
                bench.rows += measured(bench, server, control, wanted)
            except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
                bench.say(f"idle, {server.name}: {problem}")
            bench.stop(server)
    bench.stop_all()


def measured(bench, server, control, wanted):
    seconds, rate = min(bench.options.secs, 1), bench.options.idle_rate
    options = {"kind": "cached", "names": NAMES, "rate": rate, "seconds": seconds}
    ask = functools.partial(bench.load, command="udp", **options)
    bench.load(server, "warm", names=NAMES, seconds=END_SECONDS)
    pairs = [("server", server), *[("echo", echo) for echo in control]]
    row = {"test": "idle", "server": server.name, "wanted": wanted, "at": rate}
    rounds = [{f"{who}_alone": ask(s)["p99"] for who, s in pairs} for _ in range(2 * bench.options.rounds + 1)]
    before = server.memory()
    with Clients(bench, server, wanted, **options) as clients:
        row |= {"clients": clients.open, "bytes": (server.memory() - before) / max(clients.open, 1)}
        for each in rounds:
            clients.tell("ask")  # no time-out ends them, whatever it is
            each |= {f"{who}_among": ask(s)["p99"] for who, s in pairs}
        row |= {"kept": clients.tell("ask")["kept"], "rounds": rounds}
        left = [clients.tell("leave")]
    while len(left) < bench.options.rounds:
        with Clients(bench, server, wanted, **options) as clients:
            left.append(clients.tell("leave"))
    same = {key: row[key] for key in ("server", "wanted", "at", "clients", "kept")}
    return [row, {"test": "leaving", "rounds": left, **same}]
