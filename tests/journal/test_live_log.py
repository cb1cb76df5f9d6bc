"""What a live session adds to a log: numbers of messages, intents, what was told of them, and deletions."""

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.journal import tails
from smppkit.journal.hiding import NOTHING
from smppkit.journal.log import NO_INTENT, UNKNOWN_TIME, Intents, Segment
from smppkit.journal.memory import MemoryLog
from smppkit.journal.pcap import read_capture
from tests.journal.builder import pdu

CAPTURES = Path(__file__).parents[1] / "captures"
ONES = st.tuples(
    st.binary(max_size=40), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**62), st.text()
)
BLOCKS = st.tuples(st.lists(st.binary(max_size=30), max_size=12), st.booleans())


def wishes(log, first=0):
    """All intents from a row on, as tuples."""
    found = []
    for batch in log.intents(first):
        tags = batch.tag or (None,) * len(batch)
        for row in range(len(batch)):
            start, length = int(batch.offset[row]), int(batch.length[row])
            octets = bytes(batch.buffer[start : start + length])
            numbers = [int(column[row]) for column in (batch.message, batch.part, batch.total, batch.time)]
            found.append((batch.first + row, octets, *numbers, tags[row]))
    return [row for row in found if row[0] >= first]


@given(st.lists(ONES), st.integers(1, 60), st.integers(1, 6), st.integers(0, 8))
def test_intents_come_back(rows, octets, count, first):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tails, "TAIL_OCTETS", octets)
        patch.setattr(tails, "TAIL_RECORDS", count)
        log = MemoryLog()
        log.take_messages(9)
        assert [log.add_intent(*row) for row in rows] == list(range(len(rows)))
        assert wishes(log, first) == [(place, *row) for place, row in enumerate(rows) if place >= first]


def test_batches_of_intents_follow_single_ones():
    log = MemoryLog()
    first = log.take_messages(4)
    assert log.add_intent(b"one", first, time=5) == 0
    assert log.add_intents(bytearray(b"..twothree"), [2, 5], [3, 5], [first + 1, first + 2], 1, 2, 7, ["a", None]) == 1
    assert log.add_intents(b"", [], [], [], [], []) == 3
    assert log.add_intent(b"four", first + 3, tag="b") == 3
    assert wishes(log) == [
        (0, b"one", 1, 1, 1, 5, None),
        (1, b"two", 2, 1, 2, 7, "a"),
        (2, b"three", 3, 1, 2, 7, None),
        (3, b"four", 4, 1, 1, UNKNOWN_TIME, "b"),
    ]
    assert [batch.first for batch in log.intents(2)] == [1, 3]
    assert list(log.intents(4)) == []


def test_a_batch_of_intents_is_not_copied():
    log = MemoryLog()
    buffer = bytearray(b"0123456789abcdef")
    log.add_intents(buffer, [0], [16], log.take_messages(), 1, 1, tag="all")
    buffer[12:16] = b"SEQ!"
    assert wishes(log)[0][1] == b"0123456789abSEQ!"
    assert wishes(log)[0][-1] == "all"


def test_an_intent_knows_how_many_records_came_before_it():
    log = MemoryLog()
    log.take_messages(3)
    log.add_intent(b"x", 1)
    log.append(b"y")
    log.add_intent(b"x", 2)
    log.append(b"y")
    log.add_intents(b"x", [0], [1], [3], [1], [1])
    assert [batch.record.tolist() for batch in log.intents()] == [[0, 1], [2]]


def test_numbers_of_messages_are_given_once():
    log = MemoryLog()
    taken = []

    def take():
        taken.extend(number for _ in range(500) for number in range(*_span(log.take_messages(2), 2)))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == list(range(1, 4_001))


def _span(first, count):
    return first, first + count


@pytest.mark.parametrize("message", [0, -1, 3])
def test_a_message_must_have_been_taken(message):
    log = MemoryLog()
    log.take_messages(2)
    with pytest.raises(ValueError, match="take_messages"):
        log.add_intent(b"x", message)
    with pytest.raises(ValueError, match="take_messages"):
        log.add_intents(b"x", [0], [1], [message], [1], [1])
    assert list(log.intents()) == []


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, 5), (4, 1), (0, -1), (2**62, 2**62)])
def test_what_lies_outside_its_buffer_is_refused(offset, length):
    log = MemoryLog()
    with pytest.raises(ValueError, match="inside its buffer"):
        log.add_intents(b"abcd", [offset], [length], log.take_messages(), 1, 1)
    with pytest.raises(ValueError, match="inside"):
        log.append_many(b"abcd", np.array([offset]), np.array([length]))
    assert len(log) == 0


def test_columns_of_intents_have_one_length():
    with pytest.raises(ValueError, match="different lengths"):
        Intents.of(0, b"abcd", [0, 1], [1, 1], [1], [1, 1], [1, 1], [0, 0], [0, 0])
    with pytest.raises(ValueError, match="different lengths"):
        Intents.of(0, b"abcd", [0, 1], [1, 1], [1, 1], [1, 1], [1, 1], [0, 0], [0, 0], ["a"])


@given(
    st.lists(st.tuples(st.lists(st.binary(max_size=30), max_size=12), st.booleans()), max_size=12), st.integers(1, 9)
)
def test_records_added_together_are_those_added_one_by_one(blocks, count):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tails, "TAIL_RECORDS", count)
        log, single = MemoryLog(), MemoryLog()
        for number, (pieces, sends) in enumerate(blocks):
            length = np.array([len(piece) for piece in pieces], np.int64)
            offset = np.cumsum(length) - length + 3
            intent = np.arange(len(pieces)) + number if sends else None
            log.append_many(b"..." + b"".join(pieces), offset, length, number, 1, 2, intent)
            for place, piece in enumerate(pieces):
                single.append(piece, number, 1, 2, place + number if sends else -1)
        assert len(log) == len(single)
        assert everything(log) == everything(single)


def everything(log):
    return [
        (
            *(segment.octets(row), int(segment.time[row]), int(segment.direction[row])),
            *(int(segment.link[row]), int(segment.intent[row])),
        )
        for segment in log.segments()
        for row in range(len(segment))
    ]


def test_records_added_together_need_columns_of_one_length():
    with pytest.raises(ValueError, match="2 records, 1 intents"):
        MemoryLog().append_many(b"ab", np.array([0, 1]), np.array([1, 1]), intent=np.array([0]))
    with pytest.raises(ValueError, match="inside"):
        MemoryLog().append_many(b"ab", np.array([0]), np.array([1, 1]))


def test_a_segment_without_intents_has_none():
    assert Segment.of(b"ab", [0, 1], [1, 1], [0, 0], [0, 0], [0, 0]).intent.tolist() == [NO_INTENT] * 2
    assert Segment.of(b"ab", [0], [1], [0], [0], [0], [7]).intent.tolist() == [7]
    with pytest.raises(ValueError, match="different lengths"):
        Segment.of(b"ab", [0, 1], [1, 1], [0, 0], [0, 0], [0, 0], [7])


def test_what_is_told():
    log = MemoryLog()
    log.take_messages(2)
    log.add_intent(b"x", 1)
    log.add_intent(b"x", 2)
    log.append(b"y", intent=0)
    log.add_told([0], "unanswered", 5)
    log.add_told(1, "not_sent")
    log.add_told([], "not_sent")
    assert [(told.intent.tolist(), told.outcome, told.time, told.record) for told in log.told()] == [
        ([0], "unanswered", 5, 1),
        ([1], "not_sent", UNKNOWN_TIME, 1),
    ]
    assert [told.outcome for told in log.told(1)] == ["not_sent"]
    with pytest.raises(ValueError, match="unanswered or not_sent"):
        log.add_told([0], "accepted")
    with pytest.raises(ValueError, match="not in the log"):
        log.add_told([2], "not_sent")


def test_a_capture_has_no_intents():
    log = read_capture(CAPTURES / "outbind.pcap")
    assert (list(log.intents()), list(log.told())) == ([], [])


def test_hidden_rows():
    log = MemoryLog()
    assert log.hidden("messages") is NOTHING
    log.hide("messages", [7, 2, 7])
    log.clear("messages", 5)
    log.clear("messages", 3)
    log.hide("messages", np.array([1, 9]))
    assert log.hidden("messages") == (5, frozenset({7, 9}))
    assert log.hidden("inbox") is NOTHING
    log.restore("messages")
    assert log.hidden("messages") is NOTHING
    for call in (log.hide, log.clear):
        with pytest.raises(ValueError, match="'pdus'"):
            call("pdus", 3 if call == log.clear else [3])


def test_readers_find_the_intent_of_every_record(monkeypatch):
    monkeypatch.setattr(tails, "TAIL_RECORDS", 16)
    log = MemoryLog()
    total, wrong, most = 2_000, [], []

    def write():
        for number in range(total):
            row = log.add_intent(pdu(4, 0), log.take_messages())
            log.append(pdu(4, number), time=number, intent=row)

    def read():
        while not most or most[-1] < total:
            named = max((int(segment.intent.max()) for segment in log.segments()), default=-1)
            known = sum(len(batch) for batch in log.intents())
            most.append(known)
            if named >= known:
                wrong.append((named, known))

    threads = [threading.Thread(target=write), *(threading.Thread(target=read) for _ in range(2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong
    assert max(most) == total
