"""Hostile inputs take no more work than others of their size: four times the octets, far from sixteen times the work.

The figures themselves, and how they grow, are what ``python -m benchmarks.hostile`` prints.
"""

import time

import pytest

from benchmarks.hostile import spent
from benchmarks.hostile_inputs import DUMPS, HOSTILE
from tests.core.unbreakable import growth

LARGE, OF_OTHERS = 1 << 18, 1 << 16
"""Octets: dumps are read by Python, and no PDU has more than 70,000."""
TOO_SMALL = 1e-3
"""Seconds that are no growth: comparing each of 4,096 things with each takes more."""


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_the_octets_take_no_more_than_eight_times_the_work(name):
    """Work on each pair of things takes sixteen times as long: seen as soon as half of the time goes into it."""
    size = OF_OTHERS if name in DUMPS or name.startswith(("pdu", "payload")) else LARGE
    hostile = HOSTILE[name]
    spent(hostile.read, hostile.make(1 << 12))  # what is made at the first call is not counted
    few, many = hostile.make(size // 4), hostile.make(size)
    assert growth(lambda: spent(hostile.read, few), lambda: spent(hostile.read, many), TOO_SMALL) < 8


def test_work_on_each_pair_is_seen():
    """The cheapest there is: each of 4,096 pieces looks through all octets, many at once."""

    def look(size):
        octets = bytes(size)
        begin = time.process_time()
        for _ in range(0, size, LARGE // 4096):
            octets.find(b"x")
        return time.process_time() - begin

    assert growth(lambda: look(LARGE // 4), lambda: look(LARGE), TOO_SMALL) > 8
