"""Figures of rows (measure.py says what these are), and how they are written."""

import statistics


def median(row, key):
    return statistics.median(r[key] for r in row["rounds"])


def own(row):
    """Of all rounds together: a single one has few of the samples by which the kernel tells user time apart."""
    answers = [r.get("answers", 1) for r in row["rounds"]]
    return sum(r["own"] * n for r, n in zip(row["rounds"], answers)) / max(sum(answers), 1)


def spread(values):
    """The median, and how far apart readings were."""
    if not values:
        return "-"
    middle = count(statistics.median(values))
    return f"{middle} ({count(min(values))}–{count(max(values))})" if len(values) > 1 else middle


def readings(row, key):
    return [r[key] for r in row["rounds"] if key in r]


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
