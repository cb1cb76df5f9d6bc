"""The log of a live session as users see it: the ends of its tables, and rows that are hidden."""

from pathlib import Path

import pandas as pd
import pytest

import smppkit as sk
from smppkit.frames.log import Log
from smppkit.frames.tables import COLUMNS
from tests.fold.fold_traffic import DELIVER, message
from tests.fold.live_world import World

TABLES = ("messages", "parts", "receipts", "inbox", "events")


@pytest.fixture
def world():
    world = World(21)
    for _ in range(300):
        world.step()
    data = b"hello"
    for number in range(7):
        world.append(_inbound(number, data), 1, 0)
    return world


def _inbound(number, data):
    return message(DELIVER, number, "32470000000", "INFO", data)


@pytest.fixture
def log(world):
    return Log(world.log, "live")


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("n", [0, 1, 3, 10_000])
def test_the_last_rows_of_a_table(log, name, n):
    whole = getattr(log, name)
    last = log.last(name, n)
    pd.testing.assert_frame_equal(last, whole.iloc[max(len(whole) - n, 0) :], check_index_type=False)
    assert list(last.columns) == list(COLUMNS[name])
    assert log.last(name, n) is last


def test_the_last_pdus(log):
    pd.testing.assert_frame_equal(log.last("pdus", 4), log.tail(4))


def test_a_table_that_does_not_exist(log):
    for call in (log.last, log.clear, log.restore, lambda name: log.hide(name, [0])):
        with pytest.raises(ValueError, match="'nothing'"):
            call("nothing")


def test_labels_stay_while_the_log_grows(world, log):
    before = {name: getattr(log, name) for name in TABLES}
    for _ in range(100):
        world.step()
    for name, frame in before.items():
        later = getattr(log, name)
        key = {"messages": "msg_id", "parts": "destination", "receipts": "raw", "inbox": "raw", "events": "time"}[name]
        assert later.loc[frame.index, key].tolist() == frame[key].tolist()


@pytest.mark.parametrize("name", TABLES)
def test_hidden_rows_are_left_out_and_keep_their_labels(log, name):
    whole = getattr(log, name)
    first, last = whole.index[0], whole.index[-1]
    log.hide(name, [last, first])
    assert list(getattr(log, name).index) == list(whole.index[1:-1])
    pd.testing.assert_frame_equal(getattr(log, name), whole.loc[whole.index[1:-1]], check_index_type=False)
    assert list(log.last(name, 2).index) == list(whole.index[1:-1][-2:])
    log.restore(name)
    pd.testing.assert_frame_equal(getattr(log, name), whole)
    assert list(log.last(name, 2).index) == list(whole.index[-2:])


def test_what_is_hidden_still_counts(log):
    counts, dialects = log.fold.counts, log.dialects
    hidden = log.receipts.index
    log.hide("receipts", hidden)
    log.clear("messages")
    assert (len(log.receipts), len(log.messages), len(log.last("messages"))) == (0, 0, 0)
    assert len(log.parts) > 0
    assert (log.fold.counts, log.dialects) == (counts, dialects)


def test_cleared_is_what_there_was(world, log):
    log.clear("messages")
    count = log.fold.count("messages")
    world.queue()
    assert list(log.messages.index) == [count]
    assert list(log.last("messages").index) == [count]
    log.hide("messages", count)
    assert len(log.messages) == 0
    log.restore("messages")
    assert len(log.messages) == count + 1


def test_a_row_that_is_not_there_cannot_be_hidden(log):
    with pytest.raises(ValueError, match="no row 5000: its index labels go from 0 to"):
        log.hide("messages", [0, 5000])
    assert log.messages.index[0] == 0


def test_last_skips_what_is_hidden(log):
    whole = log.messages.index
    log.hide("messages", whole[-30:-2])
    assert list(log.last("messages", 5).index) == [*whole[-33:-30], *whole[-2:]]


def test_rows_of_a_capture_can_be_hidden():
    log = sk.read(Path(__file__).parents[1] / "captures" / "kannel_to_node.pcap")
    whole = log.messages
    log.hide("messages", [0])
    assert list(log.messages.index) == list(whole.index[1:])
    log.restore("messages")
    assert len(log.messages) == len(whole)


def test_when_a_growing_log_was_seen_last(world, log):
    for _ in range(3):
        newest = max(int(segment.time.max()) for segment in world.log.segments())
        assert pd.Timestamp(log.messages.attrs["observed_until"]).value == newest
        assert pd.Timestamp(log.last("parts", 1).attrs["observed_until"]).value == newest
        world.now += 1_000_000_000
        world.noise()
