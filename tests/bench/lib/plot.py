"""The run as a picture: SVG, readable on light and on dark, with nothing but the standard library."""

import math
from xml.sax.saxutils import escape

from figures import groups, limit, median

WIDTH, HEIGHT = 900, 400
TOP, BOTTOM = 86, 340
LIGHT = ("#2a78d6", "#c9541f", "#11805a", "#6a4fc0", "#8a6d00", "#b0327a", "#3f6f7f", "#7a5a48")
DARK = ("#5aa2f2", "#f08a5d", "#35b98a", "#a99cf2", "#d8b13c", "#f07db9", "#8fc0d0", "#c9a58f")


def colours(of):
    """Of lines and marks. Without variables, which only browsers know."""
    return "\n".join(f".line.s{i} {{ stroke: {c}; }} .mark.s{i} {{ fill: {c}; }}" for i, c in enumerate(of))


STYLE = f"""
svg {{ font-family: system-ui, sans-serif; font-size: 12px; }}
.ground {{ fill: #fcfcfb; }} .ink {{ fill: #0b0b0b; }} .soft {{ fill: #52514e; }}
.title {{ font-size: 14px; font-weight: 600; }}
.grid {{ stroke: #dddcd8; stroke-width: 1; }} .limit {{ stroke: #52514e; stroke-width: 1.5; stroke-dasharray: 5 4; }}
.line {{ fill: none; stroke-width: 2; }} .mark {{ stroke: #fcfcfb; stroke-width: 1.5; }}
{colours(LIGHT)}
@media (prefers-color-scheme: dark) {{
  .ground {{ fill: #1a1a19; }} .ink {{ fill: #ffffff; }} .soft {{ fill: #c3c2b7; }}
  .grid {{ stroke: #3a3a37; }} .limit {{ stroke: #c3c2b7; }} .mark {{ stroke: #1a1a19; }}
  {colours(DARK)}
}}
"""
SERIES = len(LIGHT)
DRAWN = ("cached", "latency")


def text(x, y, words, kind="soft", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def mark(series, x, y):
    """A shape of its own for each series: colour alone is not for everyone."""
    r = 5
    shapes = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"',
        f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r}" height="{2 * r}"',
        f'<path d="M{x:.1f} {y - r - 1:.1f}l{r + 1} {2 * r}h{-2 * r - 2}z"',
        f'<path d="M{x:.1f} {y - r - 1:.1f}l{r + 1} {r + 1}l{-r - 1} {r + 1}l{-r - 1} {-r - 1}z"',
        f'<path d="M{x:.1f} {y + r + 1:.1f}l{r + 1} {-2 * r}h{-2 * r - 2}z"',
        f'<rect x="{x - r - 1:.1f}" y="{y - 3:.1f}" width="{2 * r + 2}" height="6"',
        f'<rect x="{x - 3:.1f}" y="{y - r - 1:.1f}" width="6" height="{2 * r + 2}"',
        f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r + 1}" ry="3"',
    ]
    return f'{shapes[series]} class="mark s{series}"/>'


class Panel:
    """A chart whose x values are a few named places; y runs from `low` to `high`, perhaps in powers."""

    def __init__(self, left, right, places, low, high, log=False):
        self.left, self.right, self.places = left, right, places
        self.low, self.high, self.log = low, high, log

    def x(self, index):
        return self.left + (self.right - self.left) * (index + 0.5) / len(self.places)

    def y(self, value):
        f = math.log10 if self.log else float
        value = min(max(value, self.low), self.high)
        return BOTTOM - (BOTTOM - TOP) * (f(value) - f(self.low)) / (f(self.high) - f(self.low))

    def frame(self, title, ticks, x_title):
        yield text(self.left - 34, TOP - 24, title, "ink title")
        for value, words in ticks:
            y = self.y(value)
            yield f'<line class="grid" x1="{self.left}" x2="{self.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            yield text(self.left - 6, y + 4, words, anchor="end")
        for i, words in enumerate(self.places):
            yield text(self.x(i), BOTTOM + 20, words, anchor="middle")
        yield text((self.left + self.right) / 2, BOTTOM + 42, x_title, anchor="middle")

    def series(self, number, name, points):
        """Points are (place, value, words for whoever points at it)."""
        at = [(self.x(i), self.y(v)) for i, v, _ in points]
        if len(at) > 1:
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
            yield f'<path class="line s{number}" d="{path}"/>'
        for (x, y), (_, _, words) in zip(at, points):
            yield f"<g><title>{escape(f'{name}: {words}')}</title>{mark(number, x, y)}</g>"


def ratio_panel(rows, names):
    """Answers a second to the kernel's limit, by number of entries."""
    found = [(key[1], group) for key, group in groups(rows).items() if key[0] == "cached" and limit(group)]
    if not found:
        return
    panel = Panel(60, 420, [f"{n:,}" for n, _ in found], 0, 1.1)
    yield from panel.frame("Answers a second, echo = 1", [(v / 5, f"{v / 5:.1f}") for v in range(6)],
                           "names in the cache")
    y = panel.y(1)
    yield f'<line class="limit" x1="{panel.left}" x2="{panel.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
    yield text(panel.right, y - 6, "echo: what the kernel allows", anchor="end")
    for number, name in reversed(list(enumerate(names))):  # shunt last, on top
        points = [(i, median(r, "rate") / limit(group), f"{median(r, 'rate') / limit(group):.2f} with {n:,} names")
                  for i, (n, group) in enumerate(found) for r in group if r["server"] == name]
        yield from panel.series(number, name, points)


def latency_panel(rows, names):
    """Percentiles at the highest of the rates, in powers of ten."""
    rate = max((r["at"] for r in rows if r["test"] == "latency"), default=None)
    found = [r for r in rows if r["test"] == "latency" and r["at"] == rate]
    if not found:
        return
    keys = [("p50", "p50"), ("p99", "p99"), ("p999", "p99.9")]
    values = [max(median(r, key), 1) for r in found for key, _ in keys]
    low, high = 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values) + 1))
    ticks = [(10 ** e, f"{10 ** e:,}") for e in range(round(math.log10(low)), round(math.log10(high)) + 1)]
    panel = Panel(520, 880, [words for _, words in keys], low, high, log=True)
    yield from panel.frame(f"Latency in µs at {rate:,} queries/s", ticks, "percentile")
    yield from echo_line(panel, found, keys)
    for number, name in reversed(list(enumerate(names))):  # shunt last, on top
        points = [(i, max(median(r, key), 1), f"{words} {median(r, key):,.0f} µs")
                  for r in found if r["server"] == name for i, (key, words) in enumerate(keys)]
        yield from panel.series(number, name, points)


def echo_line(panel, rows, keys):
    """What the machine alone makes of it."""
    for r in rows:
        if r["server"] == "echo":
            at = [(panel.x(i), panel.y(max(median(r, key), 1))) for i, (key, _) in enumerate(keys)]
            path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
            yield f'<path class="limit" fill="none" d="{path}"><title>echo</title></path>'
            yield text(at[-1][0] + 8, at[-1][1] + 16, "echo")


def legend(names):
    x = 26
    for number, name in enumerate(names):
        yield mark(number, x, 28)
        yield text(x + 12, 32, name, "ink")
        x += 40 + 7.5 * len(name)


def svg(result):
    """The whole picture. shunt is always the first series, whoever else is there."""
    seen = dict.fromkeys(r["server"] for r in result["rows"] if r["test"] in DRAWN and r["server"] != "echo")
    names = sorted(seen, key=lambda name: name != "shunt")[:SERIES]
    parts = [*legend(names), *ratio_panel(result["rows"], names), *latency_panel(result["rows"], names)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="Speed of DNS forwarders"><style>{STYLE}</style>'
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}" rx="6"/>' + "\n".join(parts) + "</svg>\n")
