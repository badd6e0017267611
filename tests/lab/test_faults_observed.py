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
        packages = {"slixmpp": "python3-slixmpp", "aioxmpp": "python3-aioxmpp", "profanity": "profanity-light",
                    "go-sendxmpp": "go-sendxmpp", "xmpp-dns": "xmpp-dns"}
        done = self.lab.exec("client", "dpkg-query", "-W", "-f", "${Package} ${Version}\n",
                             *packages.values(), "libstrophe0", expect=0)
        found = dict(line.split() for line in done.out.splitlines())
        seen = {program: re.match(r"[\d.]+\d", found[package])[0] for program, package in packages.items()}
        seen["profanity"] += ", libstrophe " + re.match(r"[\d.]+\d", found["libstrophe0"])[0]
        self.assertEqual(seen, VERSIONS)


class Document(unittest.TestCase):
    def test_it_is_up_to_date(self):
        self.assertEqual(DOCUMENT.read_text(), render(), "python3 -B -m lib.observations writes it")
