"""Rows of measurements as tables: for a terminal, or as Markdown."""

import statistics

TITLES = {
    "cached": "Answers from the cache",
    "policy": "Answers from the policy: SRV with additional",
    "misses": "Misses: every question goes upstream",
    "latency": "Latency at an equal rate",
    "tcp": "TCP, pipelined",
    "idle": "TCP clients that only wait",
}


def median(row, key):
    return statistics.median(r[key] for r in row["rounds"])


def count(number):
    return f"{number:,.0f}"


def two(number):
    return f"{number:.2f}"


def groups(rows):
    """Rows of one test and size, in the order in which they were measured."""
    found = {}
    for row in rows:
        found.setdefault((row["test"], row.get("names"), row.get("at")), []).append(row)
    return found


def limit(rows, key="rate"):
    """What echo, the kernel's limit, did in these rows; None when it did not run."""
    return next((median(r, key) for r in rows if r["server"] == "echo"), None)


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
               two(median(row, "own")), count(median(row, "lost") + median(row, "other")),
               f"{median(row, 'asked'):.1%}", count(size) if size else "-"]


def miss_table(rows, _):
    yield ["server", "answers/s", "CPU µs", "user µs", "lost", "queries upstream"]
    for row in rows:
        yield [row["server"], count(median(row, "rate")), two(median(row, "cpu")), two(median(row, "own")),
               count(median(row, "lost") + median(row, "other")), two(median(row, "asked"))]


def latency_table(rows, _):
    yield ["server", "p50 µs", "p99 µs", "p99.9 µs", "lost", "CPU µs"]
    for row in rows:
        yield [row["server"], *[count(median(row, key)) for key in ("p50", "p99", "p999")],
               count(median(row, "lost") + median(row, "other")), two(median(row, "cpu"))]


def tcp_table(rows, all_rows):
    """The last figure: how much dearer an answer is over UDP, one query a packet."""
    udp = {r["server"]: median(r, "cpu") for r in all_rows
           if r["test"] == "cached" and r.get("names") == rows[0].get("names")}
    yield ["server", "answers/s", "CPU µs", "user µs", "lost", "UDP's CPU to this"]
    for row in rows:
        cpu = median(row, "cpu")
        ratio = f"{udp[row['server']] / cpu:.1f}" if cpu > 0 and row["server"] in udp else "-"
        yield [row["server"], count(median(row, "rate")), two(cpu), two(median(row, "own")),
               count(median(row, "lost") + median(row, "other")), ratio]


def idle_table(rows, _):
    yield ["server", "clients", "kept", "bytes each", "UDP p99 without, µs", "with, µs"]
    for row in rows:
        yield [row["server"], *[count(median(row, key)) for key in
                                ("clients", "kept", "bytes", "p99_alone", "p99_among")]]


TABLES = {"cached": speed_table, "policy": speed_table, "misses": miss_table, "latency": latency_table,
          "tcp": tcp_table, "idle": idle_table}


def title(key, rows):
    test, names, rate = key
    text = TITLES[test]
    if names and test != "policy":
        text += f", {count(names)} names"
    if rate:
        text += f", {count(rate)} queries/s"
    if test == "idle":
        text += f", {count(rows[0]['wanted'])} of them"
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
           f"medians of {result['rounds']} round{'s' * (result['rounds'] != 1)} of {result['secs']:g} s")
    yield how
    yield ", ".join(x for x in result["versions"].values() if x)
    for key, rows in groups(result["rows"]).items():
        cells = list(TABLES[key[0]](rows, result["rows"]))
        yield ""
        yield ("### " if markdown else "") + title(key, rows)
        if markdown:
            yield ""
        yield from markdown_table(cells) if markdown else text_table(cells)
