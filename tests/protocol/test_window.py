"""The window against a dictionary that does the same one request at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.protocol.window import ALONE, LAST_SEQUENCE, NACK, REMEMBERED, STRANGE, Interval, Window

SUBMIT_RESP, DATA_RESP = 0x80000004, 0x80000103


def numbers(*values: int) -> np.ndarray:
    return np.array(values, np.uint32)


def take(window: Window, rows: int, first_row: int = 0, now: float = 0.0, block: int = 0) -> list[Interval]:
    return window.take(rows, block, first_row, SUBMIT_RESP, now)


def match(window: Window, *values: int) -> list[tuple[int, int]]:
    """Return block and row of each response; the row of what is strange means nothing."""
    matched = window.match(numbers(*values), np.full(len(values), SUBMIT_RESP, np.uint32))
    pairs = zip(matched.block.tolist(), matched.row.tolist(), strict=True)
    return [(block, row if block != STRANGE else -1) for block, row in pairs]


def test_gives_consecutive_numbers_and_keeps_to_its_size():
    window = Window(3)
    assert take(window, 5, first_row=10) == [(1, 10, 3)]
    assert (window.pending, window.free) == (3, 0)
    assert take(window, 1) == []
    assert window.take_one("x", SUBMIT_RESP, 0.0) is None


def test_what_must_not_wait_passes_a_full_window():
    window = Window(1)
    assert window.take_one("message", SUBMIT_RESP, 0.0) == 1
    assert [window.take_one("control", 0x80000015, 0.0, beyond=2) for _ in range(3)] == [2, 3, None]
    assert window.free == 0


def test_wraps_from_the_last_number_to_one():
    window = Window(8, next_sequence=LAST_SEQUENCE - 1)
    assert take(window, 5) == [(LAST_SEQUENCE - 1, 0, 2), (1, 2, 3)]
    window = Window(8, next_sequence=LAST_SEQUENCE)
    assert (window.number(), window.next_sequence) == (LAST_SEQUENCE, 1)


def test_skips_a_number_whose_slot_is_pending():
    window = Window(50)
    assert window.take_one("stuck", SUBMIT_RESP, 0.0) == 1
    given_ = set()
    for row in range(2000):
        [(first, _, _)] = take(window, 1, row)
        given_.add(first)
        assert match(window, first) == [(0, row)]
    assert set(range(1, max(given_))) - given_ == {1 + 256 * turn for turn in range(8)}
    assert window.answer(1, SUBMIT_RESP).about == "stuck"


def test_numbers_without_a_response_hold_no_slot():
    window = Window(1)
    take(window, 1)
    assert [window.number() for _ in range(3)] == [2, 3, 4]
    assert window.pending == 1


def test_a_response_is_matched_once():
    window = Window(4)
    take(window, 3, first_row=7)
    assert match(window, 2, 2, 9, 1, 2) == [(0, 8), (STRANGE, -1), (STRANGE, -1), (0, 7), (STRANGE, -1)]
    assert match(window, 2) == [(STRANGE, -1)]
    assert window.pending == 1


@pytest.mark.parametrize("number", [0, 1 << 31, 0xFFFFFFFF, 257])
def test_numbers_never_given_match_nothing(number):
    window = Window(4)
    take(window, 4)
    assert match(window, number) == [(STRANGE, -1)]
    assert window.answer(number, SUBMIT_RESP) is None
    assert window.give_up(number) is None


def test_only_the_right_command_or_a_nack_fits():
    window = Window(4)
    take(window, 2)
    window.take_one("data", DATA_RESP, 0.0)
    matched = window.match(numbers(1, 2, 3), numbers(DATA_RESP, NACK, SUBMIT_RESP))
    assert matched.block.tolist() == [STRANGE, 0, STRANGE]
    assert window.answer(1, DATA_RESP) is None
    assert window.answer(3, NACK).about == "data"
    assert window.answer(1, SUBMIT_RESP).row == 0
    assert window.pending == 0


def test_the_wrong_response_before_the_right_one_in_one_batch_does_not_hide_it():
    window = Window(4)
    take(window, 2)
    assert window.match(numbers(1, 1), numbers(DATA_RESP, SUBMIT_RESP)).block.tolist() == [STRANGE, 0]


def test_an_expired_request_frees_its_place_and_is_still_found():
    window = Window(1)
    take(window, 1, first_row=40, now=0.0, block=3)
    assert window.expire(now=4.9, seconds=5.0).sequence.tolist() == []
    ended = window.expire(now=5.0, seconds=5.0)
    assert (ended.block.tolist(), ended.row.tolist(), ended.about, window.free) == ([3], [40], [None], 1)
    assert match(window, 1) == [(STRANGE, -1)]
    assert window.late(1, DATA_RESP) is None
    assert window.late(1, SUBMIT_RESP)[:2] == (3, 40)
    assert window.late(1, SUBMIT_RESP) is None


def test_expired_requests_are_remembered_up_to_a_bound():
    window = Window(10_000)
    row = 0
    while row <= REMEMBERED + 10_000:
        take(window, 10_000, row, now=float(row))
        window.expire(now=row + 1.0, seconds=1.0)
        row += 10_000
    assert len(window._expired) == REMEMBERED
    assert window.late(row, SUBMIT_RESP).row == row - 1
    assert window.late(1, SUBMIT_RESP) is None


def test_what_came_with_a_request_is_let_go_when_it_ends():
    window = Window(4)
    ends = (
        lambda: window.answer(1, SUBMIT_RESP),
        lambda: window.release(window.match(numbers(1), numbers(SUBMIT_RESP)).slot),
        lambda: window.drop_all(0),
    )
    for end in ends:
        window.next_sequence = 1
        window.take_one(object(), SUBMIT_RESP, 0.0)
        end()
        assert not any(about is not None for about in window._about)
        assert not window._expired


def test_a_number_that_comes_around_names_the_new_request_only():
    window = Window(4)
    take(window, 2, first_row=0)
    window.expire(9.0, 1.0)
    window.next_sequence = 1
    take(window, 1, first_row=10, now=9.0)
    window.take_one("new", SUBMIT_RESP, 9.0)
    assert match(window, 1) == [(0, 10)]
    assert (window.late(1, SUBMIT_RESP), window.late(2, SUBMIT_RESP)) == (None, None)


def test_drop_all_forgets():
    window = Window(4)
    take(window, 3)
    assert window.drop_all(0).row.tolist() == [0, 1, 2]
    assert match(window, 1, 2, 3) == [(STRANGE, -1)] * 3
    assert (window.late(1, SUBMIT_RESP), window.eldest, window.pending) == (None, None, 0)


@pytest.mark.parametrize("size", [1, 2, 5000])
def test_resize_keeps_what_is_pending(size):
    window = Window(600)
    window.take_one("kept", SUBMIT_RESP, 1.0)
    take(window, 599, now=2.0)
    match(window, *range(2, 500))
    window.resize(size)
    assert (window.pending, window.free) == (102, max(0, size - 102))
    assert match(window, *range(500, 601)) == [(0, row) for row in range(498, 599)]
    assert window.answer(1, SUBMIT_RESP).about == "kept"


def test_resize_of_numbers_far_apart():
    window = Window(1, next_sequence=5)
    window.take_one("one", SUBMIT_RESP, 0.0)
    window.resize(2)
    window.next_sequence = 5 + 2048
    window.take_one("two", SUBMIT_RESP, 0.0)  # another slot: that of 5 is held
    window.resize(1)
    assert window.answer(5, SUBMIT_RESP).about == "one"
    assert window.answer(5 + 2049, SUBMIT_RESP).about == "two"


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_agrees_with_a_dictionary(data):
    size = data.draw(st.integers(1, 20))
    window = Window(size, next_sequence=data.draw(st.sampled_from([1, LAST_SEQUENCE - 3])))
    pending: dict[int, tuple[int, float]] = {}
    expired: dict[int, int] = {}
    row, now = 0, 0.0
    for _ in range(data.draw(st.integers(1, 30))):
        now += 1.0
        action = data.draw(st.sampled_from(["take", "one", "match", "expire", "resize"]))
        if action == "take":
            for first, begin, count in take(window, data.draw(st.integers(1, 25)), row, now):
                assert begin == row
                for step in range(count):
                    assert first + step not in pending
                    pending[first + step] = (row, now)
                    row += 1
        elif action == "one":
            number = window.take_one(None, SUBMIT_RESP, now)
            if number is not None:
                assert number not in pending
                assert window.answer(number, SUBMIT_RESP).sent == now
        elif action == "match":
            asked = data.draw(st.lists(st.sampled_from([*pending, *expired, 424242]), max_size=8))
            for number, (block, got) in zip(asked, match(window, *asked), strict=True):
                if number in pending:
                    assert (block, got) == (0, pending.pop(number)[0])
                else:
                    assert block == STRANGE
                    late = window.late(number, SUBMIT_RESP)
                    assert (late.row if late else None) == expired.pop(number, None)
        elif action == "expire":
            seconds = data.draw(st.integers(0, 5))
            ended = window.expire(now, seconds)
            want = {number: at for number, (at, sent) in pending.items() if sent + seconds <= now}
            assert dict(zip(ended.sequence.tolist(), ended.row.tolist(), strict=True)) == want
            for number in want:
                expired[number] = pending.pop(number)[0]
        else:
            size = data.draw(st.integers(1, 20))
            window.resize(size)
        assert window.pending == len(pending)
        assert window.free == max(0, size - len(pending))
        assert window.eldest is None if not pending else window.eldest <= min(sent for _, sent in pending.values())
    assert ALONE not in window._block[window._sequence >= 0]
