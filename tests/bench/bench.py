#!/usr/bin/env python3
"""Compares shunt with the caching forwarders that are installed, and with the kernel's limit.

`./dev bench` builds what this needs and runs it; docs/performance.md says what the figures mean.
Everything runs on this machine: as root in a network namespace of its own, else on loopback. The
server has one processor, the load another.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE / "lib"))
import idle  # noqa: E402
import inprocess  # noqa: E402
import measure  # noqa: E402
import peers  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402
import servers  # noqa: E402

WITH_CACHED = ("cached", "latency", "tcp")  # of the same servers, full of names
OTHERS = {"policy": measure.policy, "misses": measure.misses, "idle": idle.idle, "records": inprocess.records,
          "lookups": inprocess.lookups}
TESTS = [*WITH_CACHED, *OTHERS]


def parse():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n\n", maxsplit=1)[0])
    words = lambda s: [x for x in s.split(",") if x]  # noqa: E731
    numbers = lambda s: [int(x) for x in words(s)]  # noqa: E731
    parser.add_argument("--shunt", default=str(HERE.parents[1] / "build/shunt"), help=argparse.SUPPRESS)
    parser.add_argument("--tools", default=str(HERE.parents[1] / "build/tests/bench"), help=argparse.SUPPRESS)
    parser.add_argument("--also", metavar="NAME=PATH", action="append", default=[],
                        help="another shunt to compare with, such as that of the last release")
    parser.add_argument("--servers", type=words, help="only these, of: echo, shunt, "
                        + ", ".join(p.name for p in peers.PEERS))
    parser.add_argument("--only", type=words, default=TESTS, metavar="TEST,...", help="of: " + ", ".join(TESTS))
    parser.add_argument("--names", type=numbers, default=[50_000, 1_000_000], metavar="N,...",
                        help="sizes of the cache's content (50000,1000000)")
    parser.add_argument("--rounds", type=int, default=3, help="that the medians are of (3)")
    parser.add_argument("--secs", type=float, default=2, help="each measurement (2)")
    parser.add_argument("--rates", type=numbers, default=[20_000, 50_000, 100_000], metavar="N,...",
                        help="queries a second for the latency; those that the fastest server manages with "
                        "ease (20000,50000,100000)")
    parser.add_argument("--readings", type=int, default=9, help="of a latency, each of a second at most (9)")
    parser.add_argument("--idle", type=int, default=10_000, help="TCP clients that only wait (10000)")
    parser.add_argument("--idle-rate", type=int, default=20_000, help="UDP queries a second beside them (20000)")
    parser.add_argument("--records", type=int, default=1_000_000, help="of a large policy (1000000)")
    parser.add_argument("--entries", type=numbers, default=[50_000, 1_000_000, 10_000_000], metavar="N,...",
                        help="of the cache alone (50000,1000000,10000000)")
    parser.add_argument("--quick", action="store_true", help="one round of one second, few names: a first look")
    parser.add_argument("--markdown", action="store_true", help="tables to paste into a document")
    parser.add_argument("--json", action="store_true", help="all figures of all rounds, and no table")
    parser.add_argument("--from", dest="source", metavar="FILE", help="measure nothing: show an earlier result.json")
    parser.add_argument("--into", metavar="FILE", help="puts the tables between the two bench comments of a document")
    parser.add_argument("--out", default=str(HERE.parents[1] / "build/bench"), metavar="DIR",
                        help="for result.json and plot.svg (build/bench)")
    a = parser.parse_args()
    if a.quick:
        a.rounds, a.secs, a.names, a.readings, a.records, a.entries = 1, 1, [20_000], 3, 20_000, [50_000]
    unknown = [x for x in a.only if x not in TESTS]
    if unknown:
        parser.error(f"no such test: {unknown[0]}")
    if not (a.names and a.entries and a.rates) or min(a.rounds, a.readings, a.secs, a.idle, a.idle_rate, a.records,
                                                      *a.names, *a.entries, *a.rates) <= 0:
        parser.error("numbers are more than 0")
    return a


def in_own_network():
    """Starts again in a network namespace, where no rule of the machine is in the way."""
    if os.geteuid() != 0 or os.environ.get("SHUNT_BENCH_NETWORK") or \
            subprocess.run(["unshare", "-n", "ip", "link", "set", "lo", "up"], capture_output=True, check=False).returncode:
        return
    os.environ["SHUNT_BENCH_NETWORK"] = "own"
    os.execvp("unshare", ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable,
                          *sys.argv])


def choose_servers(options):
    """Echo, shunt, other builds of it, and the peers that are installed."""
    servers.Shunt.path = os.path.abspath(options.shunt)
    there, missing = peers.installed_peers()
    if missing and not options.servers:
        print(f"bench: not installed, and so not compared: {', '.join(missing)}. To install them without starting\n"
              f"       their services: apt-get install --no-install-recommends {' '.join(missing)}, "
              f"then systemctl disable --now those that run.", file=sys.stderr)
    others = []
    for word in options.also:
        name, _, path = word.partition("=")
        if not os.access(path, os.X_OK):
            sys.exit(f"bench: --also {word}: no program is there (NAME=PATH is wanted)")
        others.append(type("Other", (servers.Shunt,), {"name": name, "path": os.path.abspath(path)}))
    classes = [servers.Echo, servers.Shunt, *others, *there]
    if options.servers:
        classes = choose_named(options.servers, classes)
    return classes


def choose_named(names, classes):
    """Those that were asked for. Each must be there."""
    for name in names:
        if name in (peer.name for peer in peers.PEERS) and name not in (c.name for c in classes):
            sys.exit(f"bench: {name} is not installed")
        if name not in (c.name for c in classes):
            sys.exit(f"bench: no such server: {name} (there are {', '.join(c.name for c in classes)})")
    return [c for c in classes if c.name in names]


def machine():
    cpu = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.split(":", 1)[1].strip()
            break
    return {"cpu": cpu or platform.machine(), "cpus": len(os.sched_getaffinity(0)), "kernel": platform.release()}


def minutes(options, classes):
    """About how long it takes."""
    among, some = len(classes), options.rounds * options.secs
    short = min(options.secs, 1)
    caches = sum(c.caches for c in classes)
    each = {"cached": len(options.names) * among * some, "policy": 2 * some, "misses": caches * some,
            "latency": len(options.rates) * options.readings * among * short, "tcp": caches * (some + 3),
            "idle": caches * (4 * (2 * options.rounds + 1) + 3 * options.rounds) * short,
            "records": options.records / 1e6 * (20 * options.rounds + 10), "lookups": 12 + sum(options.entries) / 2e6}
    warm = sum(options.names) / 40_000 * caches if set(options.only) & set(WITH_CACHED) else 0
    return (sum(each[test] for test in options.only) + warm) / 60 + 1


def tell_plan(options, classes):
    where = "a network namespace of its own" if os.environ.get("SHUNT_BENCH_NETWORK") else "loopback"
    print(f"bench: {', '.join(c.name for c in classes)} in {where}; about {minutes(options, classes):.0f} min",
          file=sys.stderr)
    if len(os.sched_getaffinity(0)) < 2:
        print("bench: one processor for server and load: only the CPU times mean something", file=sys.stderr)


def run(options):
    in_own_network()
    classes = choose_servers(options)
    tell_plan(options, classes)
    servers.as_many_files()
    result = {"date": datetime.date.today().isoformat(), "machine": machine(), "rounds": options.rounds,
              "secs": options.secs, "first_in_line": servers.may_be_first(),
              "versions": {c.name: peers.version_of(c) for c in classes if c.caches}}
    with measure.Bench(options, classes) as bench:
        if not set(options.only).isdisjoint(WITH_CACHED):
            measure.cached(bench)
        for test, function in OTHERS.items():
            if test in options.only:
                function(bench)
        result["rows"] = bench.rows
    return result


def place_in(document):
    """What is before and after the tables of a document, which are between two comments."""
    before, start, rest = document.read_text().partition("<!-- bench -->\n")
    _, end, after = rest.partition("<!-- /bench -->\n")
    if not end:
        sys.exit(f"bench: {document} has no place for the tables: <!-- bench --> and <!-- /bench -->")
    return before + start, end + after


def measured_or_read(options):
    try:
        if options.into:
            place_in(Path(options.into))  # before ten minutes of measuring, not after
        if options.source:
            return json.loads(Path(options.source).read_text())
    except (OSError, ValueError) as problem:
        sys.exit(f"bench: {problem}")
    return run(options)


def main():
    options = parse()
    result = measured_or_read(options)
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    (out / "plot.svg").write_text(plot.svg(result))
    if options.into:
        before, after = place_in(Path(options.into))
        Path(options.into).write_text(before + "\n".join(report.tables(result, markdown=True)) + "\n\n" + after)
    if options.json:
        print(json.dumps(result, indent=1))
    else:
        print("\n".join(report.tables(result, options.markdown)))
    print(f"bench: {out}/plot.svg and result.json are written", file=sys.stderr)


if __name__ == "__main__":
    main()
