"""Ctrl-C while a log in memory is written, at every line of it: what was begun is there whole or not at all.

While a capture is read it stays what it is.
"""

import numpy as np
import pytest

from smppkit.journal import tails
from smppkit.journal.log import Segment
from smppkit.journal.memory import MemoryLog
from smppkit.journal.pcap import read_capture
from smppkit.journal.pcap.reading import Batch
from tests.interrupts import everywhere
from tests.journal.builder import Wire, conversation, framed, pcap

OCTETS = [b"first", b"second!", b"third three"]


def records(log):
    return [
        (segment.octets(row), *(int(getattr(segment, name)[row]) for name in ("time", "direction", "link", "intent")))
        for segment in log.segments()
        for row in range(len(segment))
    ]


def intents(log):
    names = ("message", "part", "total", "time", "record")
    found = []
    for batch in log.intents():
        assert batch.first == len(found)
        for row in range(len(batch)):
            at = int(batch.offset[row])
            octets = bytes(memoryview(batch.buffer)[at : at + int(batch.length[row])])
            tag = batch.tag[row] if batch.tag else None
            found.append((octets, *(int(getattr(batch, name)[row]) for name in names), tag))
    return found


def append(log, number):
    log.append(OCTETS[number], number, 1, 0, number)


def append_many(log, number):
    octets = OCTETS[number]
    log.append_many(
        octets * 2, np.array([0, len(octets)]), np.full(2, len(octets)), number, 1, 0, np.array([4, number])
    )


def extend(log, number):
    log.extend(Segment.of(OCTETS[number], [0], [len(OCTETS[number])], [number], [1], [0], [number]))


def add_intent(log, number):
    log.add_intent(OCTETS[number], number + 1, 1, 2, number, f"tag {number}" if number else None)


def add_intents(log, number):
    log.add_intents(OCTETS[number], [0], [len(OCTETS[number])], number + 1, 1, 2, number, "tag")


def state(log):
    assert len(log) == len(records(log))
    return records(log), intents(log), log.told()


@pytest.mark.parametrize("room", [1 << 13, 2, 1])
@pytest.mark.parametrize("step", [append, append_many, extend, add_intent, add_intents])
@pytest.mark.parametrize("before", [append, extend, add_intent, add_intents])
def test_what_is_added_is_there_whole_or_not_at_all(monkeypatch, before, step, room):
    monkeypatch.setattr(tails, "TAIL_RECORDS", room)

    def states(*numbers):
        log = MemoryLog()
        log.take_messages(9)
        before(log, 0)
        for number in numbers:
            step(log, number)
        return state(log)

    allowed = [(states(), states(2)), (states(1), states(1, 2))]
    for run in everywhere():
        log = MemoryLog()
        log.take_messages(9)
        before(log, 0)
        run(lambda log=log: step(log, 1))
        first = state(log)
        assert first in [now for now, _ in allowed]
        step(log, 2)
        assert (first, state(log)) in allowed


def test_a_value_that_does_not_fit_leaves_nothing_behind():
    log = MemoryLog()
    log.take_messages()
    for part, error in ((1 << 20, OverflowError), ("one", TypeError)):
        with pytest.raises(error):
            log.add_intent(b"octets", 1, 1, part)
    with pytest.raises(OverflowError):
        log.append(b"octets", link=1 << 40)
    add_intent(log, 0)
    append(log, 0)
    assert intents(log) == [(b"first", 1, 1, 2, 0, 0, None)]
    assert records(log) == [(b"first", 0, 1, 0, 0)]


@pytest.mark.parametrize("tag", [5, b"five", np.int64(5), 1.5])
def test_a_tag_that_is_no_text_is_refused(tag):
    log = MemoryLog()
    log.take_messages(2)
    with pytest.raises(TypeError, match="a tag is text"):
        log.add_intent(b"octets", 1, tag=tag)
    with pytest.raises(TypeError, match="a tag is text"):
        log.add_intents(b"octets", [0, 0], [6, 6], [1, 2], 1, 1, tag=["text", tag])
    assert log.add_intents(b"octets", [0, 0], [6, 6], [1, 2], 1, 1, tag=[np.str_("text"), None]) == 0
    assert [tag for *_, tag in intents(log)] == ["text", None]


def test_a_capture_that_is_read(tmp_path, monkeypatch):
    """The traceback refers to the octets still, so they cannot be given back at once."""

    def interrupted(*_):
        raise KeyboardInterrupt

    wire = Wire()
    octets = pcap(framed([*wire.handshake(), *wire.say(conversation(2)), *wire.goodbye()]))
    path = tmp_path / "a.pcap"
    path.write_bytes(octets)
    monkeypatch.setattr(Batch, "write", interrupted)
    for source in (octets, path):
        with pytest.raises(KeyboardInterrupt):
            read_capture(source)
