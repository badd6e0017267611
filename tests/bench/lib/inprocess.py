"""What is not measured over the network: large policies and changes to them, and the cache alone."""

import functools
import json
import subprocess

import live_change
import policy_load
import servers

LOOKUP_SECONDS = 600  # at most, for all sizes
PREPARE = functools.partial(servers.first_in_line, None)  # on any processor


def shunts(bench):
    return [k for k in bench.classes if issubclass(k, servers.Shunt)]


def records(bench):
    """Load, memory and reload of a policy, by the shape of its file; and live changes to it."""
    number = bench.options.records
    for kind in shunts(bench):
        for shape in policy_load.SHAPES:
            bench.say(f"{kind.name}: a policy of {number} records, as {shape}")
            add(bench, {"test": "records", "server": kind.name, "shape": shape, "records": number},
                lambda k=kind, s=shape: [policy_load.measure(k.path, s, number, PREPARE)
                                         for _ in range(bench.options.rounds)])
        for state in False, True:
            bench.say(f"{kind.name}: live changes, {number} records, state file {'on' if state else 'off'}")
            add(bench, {"test": "live", "server": kind.name, "state": state, "records": number},
                lambda k=kind, s=state: list(live_change.measure(k.path, number, s, PREPARE)))


def add(bench, row, measure):
    try:
        bench.rows.append(row | {"rounds": measure()})
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
        bench.say(f"{row['test']}, {row['server']}: {problem}")


def lookups(bench):
    """The cache alone, by number of entries: its own program. The cache is that of this build."""
    bench.say("lookups in the cache alone")
    run = subprocess.run(
        [f"{bench.options.tools}/bench_cache_lookup", "-b", "-j", "-s", str(min(bench.options.secs, 1)),
         *[str(n) for n in bench.options.entries]],
        capture_output=True, text=True, check=False, timeout=LOOKUP_SECONDS, start_new_session=True,
        preexec_fn=PREPARE)
    if run.returncode != 0:
        bench.say(f"lookups: {run.stderr}")
    for line in run.stdout.splitlines():
        figures = json.loads(line)
        bench.rows.append({"test": "lookups" if "entries" in figures else "answer", "server": "cache",
                           "rounds": [figures]})
