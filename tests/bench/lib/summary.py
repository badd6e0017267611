"""One line for each thing that is aimed at: the aim, what shunt did, and the best of the others."""

import statistics

from figures import count, groups, limit, median, own, two

CACHED_AIMS = {50_000: 0.92, 1_000_000: 0.88}  # of echo
POLICY_AIM = 0.90  # of echo
OWN_AIM, OWN_NAMES = 0.35, 50_000  # us; of so many names
OWN_MANY_AIM, OWN_MANY_NAMES = 0.525, 10_000_000  # half as much again
MISS_AIM = 10  # us
TCP_AIM = 10  # times
ANSWER_AIM = 160  # bytes
LOAD_AIM, RECORD_AIM, LIVE_AIM = 3, 300, 1  # s, bytes, ms
RECORDS = 1_000_000  # of the policy that the first two are for
PAIR_AIM = 1.9  # times
CLIENT_AIM = 1024  # bytes
KEPT_SHARE = 0.99


def line(what, aim, value, others=None, *, more=False, form=two):
    """`others` are (value, name); `more`: the higher the better. Without an aim nothing is said of it."""
    better = max if more else min
    best = better(others) if others else None
    met = "" if aim is None else "yes" if (value >= aim if more else value <= aim) else "no"
    sign = "" if aim is None else f"{'≥' if more else '≤'} {aim:,g}"
    return [what, sign, form(value), met, f"{form(best[0])} {best[1]}" if best else ""]


def shunt_of(rows):
    return next((r for r in rows if r["server"] == "shunt"), None)


def others_of(rows, figure):
    return [(figure(r), r["server"]) for r in rows if r["server"] not in ("shunt", "echo")]


def of_echo(rows, names, aim, what):
    most = limit(rows)
    if most and shunt_of(rows):
        share = lambda r: median(r, "rate") / most  # noqa: E731
        yield line(what, aim, share(shunt_of(rows)), others_of(rows, share), more=True)


def cached(rows, names, _):
    yield from of_echo(rows, names, CACHED_AIMS.get(names), f"cached answers/s to echo's, {count(names)} names")
    if shunt_of(rows):
        aim = OWN_MANY_AIM if names >= OWN_MANY_NAMES else OWN_AIM if names <= OWN_NAMES else None
        yield line(f"own CPU of a cached answer, {count(names)} names, µs", aim, own(shunt_of(rows)),
                   others_of(rows, own))


def policy(rows, _, __):
    yield from of_echo(rows, None, POLICY_AIM, "policy answers/s to echo's")


def latency(rows, _, all_rows):
    highest = rows[0]["at"] == max(r["at"] for r in all_rows if r["test"] == "latency")
    for key, words in ("p99", "p99"), ("p999", "p99.9"):
        if shunt_of(rows):
            figure = lambda r, k=key: median(r, k)  # noqa: E731
            others = others_of(rows, figure)
            aim = min(others)[0] if others and highest else None
            yield line(f"{words} at {count(rows[0]['at'])} queries/s, µs", aim, figure(shunt_of(rows)), others,
                       form=count)


def misses(rows, _, __):
    if shunt_of(rows):
        cpu = lambda r: median(r, "cpu")  # noqa: E731
        yield line("CPU of a miss, µs", MISS_AIM, cpu(shunt_of(rows)), others_of(rows, cpu))


def tcp(rows, names, all_rows):
    udp = {r["server"]: median(r, "cpu") for r in all_rows if r["test"] == "cached" and r.get("names") == names}
    if shunt_of(rows) and "shunt" in udp:
        times = lambda r: udp.get(r["server"], 0) / max(median(r, "cpu"), 1e-9)  # noqa: E731
        yield line("CPU of an answer, UDP to TCP pipelined", TCP_AIM, times(shunt_of(rows)), others_of(rows, times),
                   more=True)


def with_all_clients(rows):
    """Some servers take only a few, or end them: what they do then compares with nothing."""
    return [r for r in rows if r["kept"] >= KEPT_SHARE * r["wanted"]]


def idle(rows, _, __):
    rows = with_all_clients(rows)
    row = shunt_of(rows)
    if not row:
        return
    clients = f"{count(row['clients'])} idle TCP clients"
    yield line(f"{clients}: bytes of each", CLIENT_AIM, row["bytes"], others_of(rows, lambda r: r["bytes"]), form=count)
    yield line(f"{clients}: UDP p99 to that without them", None, ratio(row), others_of(rows, ratio))


def ratio(row):
    return median(row, "server_among") / max(median(row, "server_alone"), 1)


def leaving(rows, _, __):
    rows = with_all_clients(rows)
    p99 = lambda r: median(r, "p99")  # noqa: E731
    if shunt_of(rows):
        yield line("they leave at once: UDP p99, µs", None, p99(shunt_of(rows)), others_of(rows, p99), form=count)


def records(rows, _, __):
    for row in (r for r in rows if r["server"] == "shunt"):
        large = row["records"] >= RECORDS
        policy_of = f"policy of {count(row['records'])} records, {row['shape']}"
        yield line(f"{policy_of}: load, s", LOAD_AIM if large else None, median(row, "load_s"))
        yield line(f"{policy_of}: bytes of each", RECORD_AIM if large else None, median(row, "bytes"), form=count)


def live(rows, _, __):
    """The slower of both targets. A state file has to be on the disk before the command is answered."""
    for row in (r for r in rows if r["server"] == "shunt"):
        slowest = max(statistics.median(r["changed"]) for r in row["rounds"])
        alone = statistics.median(r["synced"] for r in row["rounds"])
        state = "in a file" if row["state"] else "off"
        yield [*line(f"one live change to it, state {state}, ms", LIVE_AIM, slowest)[:-1],
               f"{alone:.2f} a synced write alone" if row["state"] else ""]


def lookups(rows, _, __):
    for figures in (r for row in rows for r in row["rounds"] if r.get("speed_up")):
        yield [*line(f"two threads to one, {count(figures['entries'])} entries", PAIR_AIM,
                     statistics.median(figures["speed_up"]), more=True)[:-1],
               f"{statistics.median(figures['control']):.2f} arithmetic"]


def answer(rows, _, __):
    yield line("cached answer of 89 bytes, bytes", ANSWER_AIM, rows[0]["rounds"][0]["answer_bytes"],
               form=lambda v: f"{v:.1f}")


PARTS = {"cached": cached, "latency": latency, "tcp": tcp, "policy": policy, "misses": misses, "idle": idle,
         "leaving": leaving, "records": records, "live": live, "lookups": lookups, "answer": answer}


def table(rows):
    """Its cells, line by line."""
    yield ["", "aim", "shunt", "met", "best other"]
    for (test, names, _), group in groups(rows).items():
        yield from PARTS[test](group, names, rows)
