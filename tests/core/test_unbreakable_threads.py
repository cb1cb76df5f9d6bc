"""Threads: eight of them get what one gets."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import smppkit as sk
from smppkit.frames import slices
from tests.core.often import GOOD, REFUSED, fields, outcome
from tests.core.unbreakable import one_of_each
from tests.generator import Generator


@pytest.mark.usefixtures("every_microsecond")
def test_eight_threads_get_what_one_gets(seed, monkeypatch):
    """Every function at once from eight threads that are switched every microsecond, on the same objects.

    What one gets was decoded by one thread alone; for the eight each frame has a pool of its own.
    """
    shared = [sk.decode(octets) for octets in one_of_each(Generator(seed))]
    reading = [lambda pdu=pdu: (fields(pdu), repr(pdu), pdu.problems, hash(pdu)) for pdu in shared]
    operations = [*GOOD, *REFUSED, *reading]
    alone = [outcome(operation) for operation in operations]
    monkeypatch.setattr(slices, "WORTH_THREADS", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    begin = threading.Barrier(8)

    def all_of_it(start):
        begin.wait(60)
        places = [*range(start, len(operations)), *range(start)]
        return [(place, outcome(operations[place])) for _ in range(2) for place in places]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(all_of_it, range(0, 8 * 7, 7)))
    for each in found:
        for place, result in each:
            assert result == alone[place]
