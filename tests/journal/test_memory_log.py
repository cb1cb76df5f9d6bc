"""The log in memory: records come back as they went in, also while another thread appends."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.journal import tails
from smppkit.journal.log import UNKNOWN_TIME, Event, Link, Log, Problem, Segment
from smppkit.journal.memory import MemoryLog
from tests.journal.builder import pdu, records

ROWS = st.tuples(
    st.binary(max_size=40), st.integers(-(2**63), 2**63 - 1), st.sampled_from((-1, 0, 1)), st.integers(-1, 9)
)


def flat(log: Log) -> list[tuple[bytes, int, int, int]]:
    return [
        (segment.octets(row), int(segment.time[row]), int(segment.direction[row]), int(segment.link[row]))
        for segment in log.segments()
        for row in range(len(segment))
    ]


@given(st.lists(ROWS), st.integers(1, 60), st.integers(1, 6))
def test_what_is_appended_comes_back(rows, octets, count):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tails, "TAIL_OCTETS", octets)
        patch.setattr(tails, "TAIL_RECORDS", count)
        log = MemoryLog()
        for row in rows:
            log.append(*row)
        assert flat(log) == rows
        assert len(log) == len(rows)


def test_batches_and_single_records_keep_their_order():
    log = MemoryLog()
    log.append(b"one")
    log.extend(Segment.of(b"..twothree", [2, 5], [3, 5], [1, 2], [0, 1], [0, 0]))
    log.append(b"four")
    log.extend(Segment.of(b"", [], [], [], [], []))
    assert [octets for octets, *_ in flat(log)] == [b"one", b"two", b"three", b"four"]


def test_a_record_alone_has_unknown_everything():
    log = MemoryLog()
    log.append(pdu(0x15, 1))
    assert flat(log) == [(pdu(0x15, 1), UNKNOWN_TIME, -1, -1)]
    assert np.array([UNKNOWN_TIME]).astype("datetime64[ns]").astype(str)[0] == "NaT"


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, 5), (4, 1), (0, -1), (2**62, 2**62)])
def test_a_record_outside_its_buffer_is_refused(offset, length):
    with pytest.raises(ValueError, match="inside its buffer"):
        MemoryLog().extend(Segment.of(b"abcd", [offset], [length], [0], [0], [0]))


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="different lengths"):
        Segment.of(b"abcd", [0, 1], [1], [0], [0], [0])


def test_a_snapshot_does_not_grow():
    log = MemoryLog()
    log.append(b"one")
    snapshot = log.segments()
    links = log.links
    log.append(b"two")
    log.add_link(Link("a-b", "a", "b"))
    assert [len(segment) for segment in snapshot] == [1]
    assert links == ()


def test_links_events_and_problems():
    log = MemoryLog()
    assert log.add_link(Link("a-b", "a", "b")) == 0
    assert log.add_link(Link("c-d", "c", "d")) == 1
    log.add_event(Event(1, 0, "CLOSED", "OPEN", "connect", ""))
    log.add_problem(Problem(1, 0, "lost", "7 octets"))
    assert isinstance(log, Log)
    assert [link.name for link in log.links] == ["a-b", "c-d"]
    assert log.events[0].to_state == "OPEN"
    assert log.problems[0].kind == "lost"
    assert not log.complete
    log.finish()
    assert log.complete


def test_readers_see_a_prefix_while_a_writer_appends(monkeypatch):
    monkeypatch.setattr(tails, "TAIL_RECORDS", 16)
    log = MemoryLog()
    total, seen, wrong = 3_000, [], []

    def write() -> None:
        for number in range(total):
            log.append(pdu(0x15, number), time=number)

    def read() -> None:
        while True:
            numbers = [int.from_bytes(octets[12:16], "big") for _, _, octets in records(log)]
            seen.append(len(numbers))
            if numbers != list(range(len(numbers))):
                wrong.append(numbers)
            if len(numbers) == total:
                return

    threads = [threading.Thread(target=write), *(threading.Thread(target=read) for _ in range(3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert max(seen) == total
