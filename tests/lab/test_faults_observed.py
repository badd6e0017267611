"""Programs where DNS says no, says nothing, or is late: as the table of observations says."""

import re
import unittest

from lib.lab import Case
from lib.observations import DOCUMENT, SEEN, SITUATIONS, VERSIONS, render
from lib.programs import Observed


class Observations(Observed):
    def row(self, key):
        self.check(key, SITUATIONS[key], SEEN[key])

    def test_both_services(self):
        self.row("both")

    def test_no_direct_tls(self):
        self.row("no-tls")

    def test_direct_tls_has_no_data(self):
        self.row("tls-nodata")

    def test_direct_tls_does_not_exist(self):
        self.row("tls-nxdomain")

    def test_dot(self):
        self.row("dot")

    def test_nxdomain(self):
        self.row("nxdomain")

    def test_nodata(self):
        self.row("nodata")

    def test_servfail(self):
        self.row("servfail")

    def test_slow(self):
        self.row("slow")

    def test_drop(self):
        self.row("drop")


class Programs(Case):
    def test_versions(self):
        """The table is of these versions."""
        packages = {"slixmpp": "python3-slixmpp", "aioxmpp": "python3-aioxmpp", "profanity": "profanity",
                    "go-sendxmpp": "go-sendxmpp", "xmpp-dns": "xmpp-dns"}
        done = self.lab.exec("client", "dpkg-query", "-W", "-f", "${Package} ${Version}\n",
                             *(f"{package}*" for package in packages.values()), "libstrophe0", expect=0)
        # Packages that are only known, not installed, have no version; -light is the same program.
        rows = [line.replace("-light", "").split() for line in done.out.splitlines()]
        found = {row[0]: re.match(r"[\d.]+\d", row[1])[0] for row in rows if len(row) == 2}
        seen = {program: found[package] for program, package in packages.items()}
        seen["profanity"] += ", libstrophe " + found["libstrophe0"]
        self.assertEqual(seen, VERSIONS)


class Document(unittest.TestCase):
    def test_it_is_up_to_date(self):
        self.assertEqual(DOCUMENT.read_text(), render(), "python3 -B -m lib.observations writes it")
