"""Where the rows of a run stand, whatever happens in whatever order."""

import threading

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.esme.queue import Cursor
from smppkit.esme.track import OUTCOMES, PAUSED, RUNNING, STOPPED, Track
from smppkit.protocol.machine import Machine
from smppkit.protocol.settings import Settings
from tests.protocol.coupled import Pair, answer_all, block_of


def track_of(rows, **more):
    return Track(bytearray(16 * rows), np.arange(rows + 1) * 16, **({"rate": None, "window": None, "now": 0.0} | more))


def test_a_track_is_what_the_queue_asks_for():
    asked = [name for name in vars(Cursor) if not name.startswith("_")]
    assert asked
    assert all(hasattr(track_of(1), name) for name in (*asked, *Cursor.__annotations__))


def test_the_rate_says_how_many_may_leave_and_when():
    track = track_of(100, rate=100.0)
    assert track.ready(0.0) == 2  # 20 ms of the rate
    assert track.pause_for(0.0) is None
    track.released(0, 2, 0.0)
    track.at = 2
    assert track.ready(0.0) == 0
    assert track.pause_for(0.0) == 0.01
    assert track.ready(0.011) == 1


def test_a_window_of_its_own_and_the_word_hold_rows_back():
    track = track_of(10, window=3)
    assert track.ready(0.0) == 3
    track.released(0, 3, 0.0)
    track.at = 3
    assert (track.ready(0.0), track.pause_for(0.0)) == (0, None)
    track.answered(np.array([1]), np.array([0], np.uint32), False, 0.5)
    assert track.ready(0.5) == 1
    assert track.become(PAUSED)
    assert track.ready(0.5) == 0
    assert track.become(RUNNING)
    assert track.ready(0.5) == 1
    assert track.become(STOPPED)
    assert not track.become(RUNNING)
    assert (track.ready(0.5), track.pause_for(0.5)) == (0, None)


def test_no_rows_are_over_at_once():
    assert track_of(0).over.is_set()
    assert not track_of(1).over.is_set()


def test_what_comes_back_waits_again_unless_nothing_leaves_any_more():
    track = track_of(4)
    track.released(0, 4, 0.0)
    track.at = 2
    track.returned(np.array([2, 3]), 1.0)
    assert track.counts()["queued"] == 2
    track.become(STOPPED)
    assert track.end_rest().tolist() == [2, 3]
    track.answered(np.array([0]), np.array([0x58], np.uint32), False, 1.0)
    assert not track.over.is_set()
    track.at = 1
    track.returned(np.array([1]), 1.0)
    assert track.over.is_set()
    assert track.at == track.end
    assert {name: number for name, number in track.counts().items() if number} == {"refused": 1, "not_sent": 3}


def test_a_late_answer_ends_what_was_unanswered():
    track = track_of(1)
    track.released(0, 1, 0.0)
    track.unanswered(np.array([0]), "response_timeout", 30.0)
    assert track.over.is_set()
    track.answered(np.array([0]), np.array([0], np.uint32), True, 31.0)
    assert (track.counts()["accepted"], track.counts()["unanswered"], track.took[0]) == (1, 0, 31.0)


def test_two_threads_that_give_up_count_once(monkeypatch):
    track, bincount, others = track_of(50), np.bincount, []

    def in_the_middle(*values, **more):
        if not others:
            others.append(threading.Thread(target=lambda: rest.append(track.give_up())))
            others[0].start()
            others[0].join(0.05)  # it has to wait, so this takes its time
        return bincount(*values, **more)

    rest = []
    with monkeypatch.context() as patched:
        patched.setattr(np, "bincount", in_the_middle)
        rest.append(track.give_up())
    others[0].join(10)
    assert track.over.is_set()
    assert {name: number for name, number in track.counts().items() if number} == {"not_sent": 50}
    assert sorted(len(rows) for rows in rest) == [0, 50]  # who is to tell the log of them


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("raunsg"), st.integers(0, 7), st.integers(1, 8)), max_size=40))
def test_the_counts_are_always_those_of_the_rows(steps):
    track = track_of(8)
    for kind, first, count in steps:
        rows = np.arange(first, min(first + count, 8))
        if kind == "r":
            track.released(first, len(rows), 1.0)
        elif kind == "a":
            track.answered(rows, (rows % 2).astype(np.uint32), False, 2.0)
        elif kind == "u":
            track.unanswered(rows, "closed", 2.0)
        elif kind == "n":
            track.returned(rows, 2.0)
        elif kind == "s":
            track.become(PAUSED)
        else:
            track.give_up()
        counts = track.counts()
        assert counts == {name: int((track.outcome == code).sum()) for code, name in enumerate(OUTCOMES)}
        assert track.left == counts["queued"] + counts["sent"]
        assert track.left or track.over.is_set()


def test_a_machine_takes_its_rows_and_answers_them():
    pair = Pair(Settings(window=7)).bind()
    octets, offset = block_of(50)
    track = Track(octets, offset, None, None, now=0.0)
    machine: Machine = pair.esme.machine
    while track.left:
        taken = pair.esme.block(0, track.octets, track.offset, track.at) if track.ready(0.0) else 0
        track.at += taken
        track.released(track.at - taken, taken, 0.0)
        assert machine.outstanding <= 7
        pair.to_centre(0.5)
        answer_all(pair.centre, 0.5)
        for event in pair.to_esme(1.0):
            if type(event).__name__ == "BlockAnswered":
                track.answered(event.row, event.command_status.astype(np.uint32), event.late, 1.0)
    assert track.counts()["accepted"] == 50
    assert set(track.took.tolist()) == {1.0}
