"""Memory: what is done again and again leaves none; ``test_unbreakable_million`` does it more often still."""

import gc
import sys
from contextlib import suppress

import pytest

import smppkit as sk
from smppkit._core.columns import decode as decode_columns
from tests.core.held import held, lose, resident, traced
from tests.core.often import (
    EXPECTED,
    GOOD,
    LESS_OFTEN,
    LESS_OFTEN_REFUSED,
    OFTEN,
    OFTEN_REFUSED,
    RARELY,
    REFUSED,
    SELDOM,
    SELDOM_REFUSED,
)
from tests.core.unbreakable import COLUMNS, MALFORMED, VECTORS


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_what_shall_succeed_does(place):
    """Else the tests below would compare one error with another."""
    GOOD[place]()


@pytest.mark.parametrize("place", range(len(REFUSED)))
def test_what_shall_be_refused_is(place):
    with pytest.raises(EXPECTED) as caught:
        REFUSED[place]()
    assert not isinstance(caught.value, UnicodeError)


CALLS = (
    *((OFTEN, 3000), (OFTEN_REFUSED, 3000), (LESS_OFTEN, 500), (LESS_OFTEN_REFUSED, 500)),
    *((SELDOM, 60), (SELDOM_REFUSED, 60), (RARELY, 16)),
)
"""How often each operation is done in a round."""
ROUNDS = 4
"""What grows in each of them grows for ever; what a cache keeps, or a list that doubled its room, does not."""
LEFT_BY_CALL, LEFT_BY_ROUND = 5, 160
"""Octets that may be left: fewer than a block of 16, the smallest there is, for each call.

So it is seen when an operation loses one block whenever it is called. Blocks of 100 octets show when one of twenty
calls loses one.
"""


def left_behind(operation, calls):
    before = held()
    for _ in range(calls):
        with suppress(*EXPECTED):
            operation()
    return held() - before


def loses_memory(operation, calls):
    """Return what each round left behind when that was too much in all of them, nothing otherwise."""
    left_behind(operation, 1 + calls // 10)
    found = []
    while len(found) < ROUNDS:
        found.append(left_behind(operation, calls))
        if found[-1] < LEFT_BY_CALL * calls + LEFT_BY_ROUND:
            return []
    return found


@pytest.mark.slow
def test_operations_leave_nothing_behind():
    with traced():
        for operations, calls in CALLS:
            for place, operation in enumerate(operations):
                found = loses_memory(operation, calls)
                assert not found, f"operation {place} of those called {calls} times left so many octets: {found}"


@pytest.mark.parametrize("calls", sorted({calls for _, calls in CALLS}))
def test_the_smallest_block_that_is_lost_is_seen(calls):
    with traced():
        assert len(loses_memory(lose, calls)) == ROUNDS


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the size of a process is read from Linux")
def test_large_buffers_are_given_back():
    """Columns live outside Python's blocks: 40 MB of input decoded again and again, half of it broken."""
    pdus = [*VECTORS, *MALFORMED] * 100
    broken = [octets[: len(octets) // 2] for octets in pdus]

    def run():
        sk.frame(pdus, COLUMNS)
        sk.frame(broken, COLUMNS)
        decode_columns(b"".join(pdus), [0], [len(pdus[0])], COLUMNS[4:])
        with pytest.raises(ValueError, match="does not lie inside"):
            decode_columns(b"".join(pdus), [0, 1 << 40], [16, 16], ["text", "short_message"])

    for _ in range(3):
        run()
    gc.collect()
    before = resident()
    for _ in range(10):
        run()
    gc.collect()
    assert resident() - before < 24 << 20
