"""Hostile inputs of 64 KiB take no more work than others of that size: each far within a second of processor time.

The figures themselves, and how they grow, are what ``python -m benchmarks.hostile`` prints.
"""

import pytest

from benchmarks.hostile import HOSTILE, octets_in, spent

MOST_SECONDS = 1.0
"""What quadratic work on 64 KiB passes by far; linear work takes some milliseconds."""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_of_64_kib(name):
    hostile = HOSTILE[name]
    spent(hostile.read, hostile.make(1 << 12))  # what is made at the first call is not counted
    data = hostile.make(1 << 16)
    assert octets_in(data) > 60_000
    assert spent(hostile.read, data) < MOST_SECONDS
