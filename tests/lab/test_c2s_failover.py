"""The first of two targets fails: who goes on to the second, and who does not."""

from lib.observations import SEEN, SITUATIONS
from lib.programs import Observed


class Failover(Observed):
    def row(self, key):
        self.check(key, SITUATIONS[key], SEEN[key])

    def test_refused(self):
        self.row("refused")

    def test_no_address(self):
        self.row("no-address")

    def test_blackhole(self):
        self.row("blackhole")

    def test_stopped(self):
        self.row("stopped")

    def test_stopped_and_removed(self):
        """`shunt target fail` is for those that do not fail over by themselves."""
        self.row("removed")
