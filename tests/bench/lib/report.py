"""Rows of measurements as tables: for a terminal, or as Markdown."""

import statistics

import summary
from figures import count, groups, limit, median, own, readings, spread, two

TITLES = {
    "cached": "Answers from the cache",
    "policy": "Answers from the policy: SRV with additional",
    "misses": "Misses: every question goes upstream",
    "latency": "Latency at an equal rate",
    "tcp": "TCP, pipelined",
    "idle": "TCP clients that only wait",
    "leaving": "TCP clients that leave at once: UDP meanwhile",
    "records": "A large policy",
    "live": "Live changes to it: from the command to the changed answer",
    "lookups": "The cache alone: lookups, and two threads to one",
    "answer": "The cache alone: memory",
}


def of_limit(row, rows):
    """Its share of echo's answers a second; and by processor time, which others disturb less."""
    most, least = limit(rows), limit(rows, "cpu")
    yield two(median(row, "rate") / most) if most else "-"
    yield two(least / median(row, "cpu")) if least and median(row, "cpu") > 0 else "-"


def speed_table(rows, _):
    yield ["server", "answers/s", "of echo", "by CPU", "CPU µs", "user µs", "lost", "asked upstream", "bytes a name"]
    for row in rows:
        size = row.get("bytes")
        yield [row["server"], count(median(row, "rate")), *of_limit(row, rows), two(median(row, "cpu")),
               two(own(row)), count(median(row, "lost") + median(row, "other")),
               f"{median(row, 'asked'):.1%}", count(size) if size else "-"]


def miss_table(rows, _):
    yield ["server", "answers/s", "CPU µs", "user µs", "lost", "queries upstream"]
    for row in rows:
        yield [row["server"], count(median(row, "rate")), two(median(row, "cpu")), two(own(row)),
               count(median(row, "lost") + median(row, "other")), two(median(row, "asked"))]


def latency_table(rows, _):
    yield ["server", "p50 µs", "p99 µs (least–most)", "p99.9 µs (least–most)", "lost", "CPU µs"]
    for row in rows:
        yield [row["server"], count(median(row, "p50")), *[spread(readings(row, key)) for key in ("p99", "p999")],
               count(median(row, "lost") + median(row, "other")), two(median(row, "cpu"))]


def tcp_table(rows, all_rows):
    """The last figure: how much dearer an answer is over UDP, one query a packet."""
    udp = {r["server"]: median(r, "cpu") for r in all_rows
           if r["test"] == "cached" and r.get("names") == rows[0].get("names")}
    yield ["server", "answers/s", "CPU µs", "user µs", "lost", "UDP's CPU to this"]
    for row in rows:
        cpu = median(row, "cpu")
        ratio = f"{udp[row['server']] / cpu:.1f}" if cpu > 0 and row["server"] in udp else "-"
        yield [row["server"], count(median(row, "rate")), two(cpu), two(own(row)),
               count(median(row, "lost") + median(row, "other")), ratio]


def idle_table(rows, _):
    """Echo has no such clients: its figures beside a server's say what the machine did meanwhile."""
    yield ["server", "clients", "kept", "bytes each", "UDP p99 µs without", "with", "echo without", "echo with"]
    for row in rows:
        yield [row["server"], *[count(row[key]) for key in ("clients", "kept", "bytes")],
               *[spread(readings(row, key)) for key in ("server_alone", "server_among", "echo_alone", "echo_among")]]


def leaving_table(rows, _):
    yield ["server", "clients", "p99 µs (least–most)", "longest µs (least–most)", "lost"]
    for row in rows:
        yield [row["server"], count(row["clients"]), *[spread(readings(row, key)) for key in ("p99", "most")],
               count(median(row, "lost"))]


def records_table(rows, _):
    yield ["as", "load s", "CPU s", "bytes a record", "most MB", "reload s", "CPU s"]
    for row in rows:
        yield [f"{row['server']}: {row['shape']}", *[two(median(row, key)) for key in ("load_s", "load_cpu_s")],
               count(median(row, "bytes")), count(median(row, "peak") / 1e6),
               *[two(median(row, key)) for key in ("reload_s", "reload_cpu_s")]]


def live_table(rows, _):
    yield ["target", "command answered, ms", "most", "client sees it, ms", "most", "synced write alone, ms"]
    for row in rows:
        for r in row["rounds"]:
            name = "that one record names" if r["target"] == "one" else "that half of all name"
            yield [f"{row['server']}: {name}, state {'in a file' if row['state'] else 'off'}",
                   *[two(f(r[key])) for key in ("told", "changed") for f in (statistics.median, max)],
                   two(r["synced"]) if row["state"] else "-"]


def lookups_table(rows, _):
    """Arithmetic shares nothing: it says what the machine gives to two threads."""
    yield ["entries", "one by one, ns", "in batches, ns", "two threads (least–most)", "arithmetic (least–most)"]
    for row in rows:
        for r in row["rounds"]:
            yield [count(r["entries"]), f"{r['one']:.0f}", f"{r['batch']:.0f}",
                   *[ratio_spread(r.get(key)) for key in ("speed_up", "control")]]


def ratio_spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})" if values else "-"


def answer_table(rows, _):
    yield ["", "bytes", "answers in 256 MiB"]
    for row in rows:
        for r in row["rounds"]:
            yield ["an answer of 89 bytes", f"{r['answer_bytes']:.1f}", count(r["answers"])]


TABLES = {"cached": speed_table, "policy": speed_table, "misses": miss_table, "latency": latency_table,
          "tcp": tcp_table, "idle": idle_table, "leaving": leaving_table, "records": records_table,
          "live": live_table, "lookups": lookups_table, "answer": answer_table}


def title(key, rows):
    test, names, rate = key
    text = TITLES[test]
    if names and test != "policy":
        text += f", {count(names)} names"
    if rate:
        text += f", {count(rate)} queries/s"
    for key, words in (("wanted", "of them"), ("records", "records")):
        if key in rows[0]:
            text += f", {count(rows[0][key])} {words}"
    return text


def text_table(cells):
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    for line in cells:
        yield "  ".join([line[0].ljust(widths[0]), *[x.rjust(w) for x, w in zip(line[1:], widths[1:])]])


def markdown_table(cells):
    yield "| " + " | ".join(cells[0]) + " |"
    yield "|---|" + "--:|" * (len(cells[0]) - 1)
    for line in cells[1:]:
        yield "| " + " | ".join(line) + " |"


def tables(result, markdown=False):
    """All tables of a run, as lines."""
    m = result["machine"]
    how = (f"{m['cpu']}, {m['cpus']} processors, Linux {m['kernel']}, {result['date']}: "
           f"medians of {result['rounds']} round{'s' * (result['rounds'] != 1)} of {result['secs']:g} s"
           + ", all at nice -20" * bool(result.get("first_in_line")))
    yield how
    yield ", ".join(x for x in result["versions"].values() if x)
    yield from as_lines("Shunt and what is aimed at", list(summary.table(result["rows"])), markdown)
    for key, rows in groups(result["rows"]).items():
        yield from as_lines(title(key, rows), list(TABLES[key[0]](rows, result["rows"])), markdown)


def as_lines(heading, cells, markdown):
    """A table with its heading; nothing when it has no lines."""
    if len(cells) < 2:
        return
    yield ""
    yield ("### " if markdown else "") + heading
    if markdown:
        yield ""
    yield from markdown_table(cells) if markdown else text_table(cells)
