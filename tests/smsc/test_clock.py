"""Dates of the centre follow its seconds, whatever comes between looks at the two clocks."""

import itertools

import pytest

from smppkit.smsc import clock as module
from smppkit.smsc.clock import Clock

SECOND = 10**9


class Clocks:
    """Both clocks of a machine; a look at the date takes ``late`` nanoseconds after the date was read."""

    def __init__(self):
        self.nanoseconds, self.set_by = 7 * SECOND, 1_700_000_000 * SECOND
        self.late = itertools.repeat(0)

    def monotonic_ns(self):
        return self.nanoseconds

    def monotonic(self):
        return self.nanoseconds / SECOND

    def time_ns(self):
        date = self.nanoseconds + self.set_by
        self.nanoseconds += next(self.late)
        return date


@pytest.fixture
def clocks(monkeypatch):
    fake = Clocks()
    monkeypatch.setattr(module, "time", fake)
    return fake


def test_dates_do_not_go_back_where_the_second_clock_is_read_late(clocks):
    clock = Clock()
    clocks.late = itertools.cycle((0, 30_000_000, 0, 900_000, 400_000_000, 400_000_000, 400_000_000))
    dates = []
    for _ in range(100):
        clocks.nanoseconds += 1000
        dates.append(clock.date(clock.now()))
    assert dates == sorted(dates)
    assert abs(dates[-1] - (clocks.nanoseconds + clocks.set_by)) < 2 * SECOND


def test_a_clock_that_is_read_late_at_first_is_looked_at_again(clocks):
    clocks.late = iter((SECOND, 5_000_000, 0))
    clock = Clock()
    clocks.late = itertools.repeat(0)
    assert clock.date(clock.now()) == clocks.nanoseconds + clocks.set_by


@pytest.mark.parametrize("by", [-3600, -2, 2, 3600])
def test_a_clock_that_is_set_is_followed(clocks, by):
    clock = Clock()
    clocks.set_by += by * SECOND
    assert clock.date(clock.now()) == clocks.nanoseconds + clocks.set_by
    assert clock.date(clock.now() - 1) == clocks.nanoseconds + clocks.set_by - SECOND
