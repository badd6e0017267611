"""What reached the authoritative server that plays the public DNS."""

from dataclasses import dataclass
import re

from .engine import until

LINE = re.compile(r"(?:^|\s)([A-Z][A-Z0-9]*)\? (\S+\.)(?:\s|$)")  # as tcpdump prints a question


@dataclass(frozen=True)
class Query:
    name: str  # in lower case, with the last dot
    type: str


def read(lab):
    return [Query(found[2].lower(), found[1]) for line in lab.logs("nsd").splitlines()
            if (found := LINE.search(line))]


def until_seen(lab, name, seconds=10):
    """All queries before the first one for `name`."""
    def before():
        queries = read(lab)
        names = [q.name for q in queries]
        return [queries[:names.index(name)]] if name in names else None
    found = until(before, seconds)
    if found is None:
        raise AssertionError(f"{name} did not reach NSD, or is not in its log")
    return found[0]
