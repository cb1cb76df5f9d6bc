"""The parts of the core that the fold stands on, against plain Python: pairing, the join of ids, strings."""

import itertools
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit._core.idforms import relate, same_destination
from smppkit._core.ids import Ids
from smppkit._core.pending import Pending
from smppkit._core.strings import gather, prefixes
from smppkit.fold import Column
from smppkit.fold.table import Numbers, Strings

SECOND = 1_000_000_000
RESPONSE = 0x80000000
LATE, DUPLICATE, STRAY = 1, 2, 4

# link, direction, is a response, command, sequence number, seconds since the record before
Record = tuple[int, int, bool, int, int, int]


def paired(records: list[Record], response_time: int) -> list[tuple[int, int]]:
    """What ``Pending`` should say, word by word as its docstring has it; answers and flags of each record."""
    waiting: dict[tuple[int, int, int], list[tuple[int, int, int]]] = {}
    answered, early, found, now = set(), {}, [], 0
    for number, (link, direction, is_response, command, sequence, passed) in enumerate(records):
        now += passed * SECOND
        key = (link, 1 - direction if is_response else direction, sequence)
        queue = waiting.setdefault(key, [])
        if is_response:
            fits = [entry for entry in queue if command in (0, entry[1])]
            in_time = [entry for entry in fits if now - entry[2] <= response_time]
            if not fits:
                found.append((-1, DUPLICATE if key in answered else STRAY))
                if key not in answered:
                    early[key] = (number, command, now)
                continue
            chosen = (in_time or fits)[0]
            late = not in_time or len(in_time) > 1
            queue.remove(chosen)
            answered.add(key)
            found.append((chosen[0], LATE if late else 0))
        elif key in early and early[key][1] in (0, command) and now - early[key][2] <= SECOND:
            found.append((early.pop(key)[0], 0))
            answered.add(key)
        else:
            queue.append((number, command, now))
            found.append((-1, 0))
    return found


def fed(records: list[Record], response_time: int, cut: int) -> list[tuple[int, int]]:
    pending, found = Pending(response_time), []
    now = np.cumsum([record[5] for record in records], dtype=np.int64) * SECOND
    for start in range(0, len(records), cut):
        some = records[start : start + cut]
        answers, flags = np.zeros(len(some), np.int64), np.zeros(len(some), np.uint8)
        commands = np.array([command | RESPONSE * is_response for _, _, is_response, command, _, _ in some], np.int64)
        sequences, links = (np.array([record[place] for record in some]) for place in (4, 0))
        directions = np.array([record[1] for record in some], np.int8)
        times = now[start : start + cut]
        pending.feed(commands, sequences, links.astype(np.int32), directions, times, start, answers, flags)
        found += zip(answers.tolist(), flags.tolist(), strict=True)
    return found


bit, numbers = st.integers(0, 1), st.integers(1, 3)
requests = st.tuples(bit, bit, st.just(False), st.sampled_from([4, 5, 21]), numbers)
responses = st.tuples(bit, bit, st.just(True), st.sampled_from([0, 4, 5, 21]), numbers)
record = st.builds(lambda what, passed: (*what, passed), st.one_of(requests, responses), st.sampled_from([0, 0, 1, 40]))


@settings(max_examples=400)
@given(st.lists(record, max_size=30), st.integers(1, 31))
def test_pairing_is_what_its_docstring_says(records: list[Record], cut: int):
    assert fed(records, 60 * SECOND, cut) == paired(records, 60 * SECOND)


def test_numbers_answered_long_ago_are_forgotten_open_ones_never():
    pending = Pending(SECOND)
    answers, flags = np.zeros(2, np.int64), np.zeros(2, np.uint8)
    side = np.zeros(2, np.int32), np.array([0, 1], np.int8)

    def ask(number: int, answer: int) -> None:
        times = np.full(2, number * SECOND)
        pending.feed(np.array([4, answer]), np.array([number, number]), *side, times, 2 * number, answers, flags)

    ask(1, 0x102)  # stays open
    for number in range(2, 5000):
        ask(number, RESPONSE | 4)
        assert answers[1] == 2 * number
    times = np.full(2, 5000 * SECOND)
    back = side[0], np.ones(2, np.int8)
    pending.feed(np.array([RESPONSE | 4] * 2), np.array([1, 2]), *back, times, 10_000, answers, flags)
    assert (answers.tolist(), flags.tolist()) == ([2, -1], [LATE, STRAY])


@pytest.mark.parametrize("short", range(7))
def test_columns_of_unequal_length_are_refused(short: int):
    kinds = np.int64, np.int64, np.int32, np.int8, np.int64, np.int64, np.uint8
    columns = [np.zeros(2 - (place == short), kind) for place, kind in enumerate(kinds)]
    with pytest.raises(ValueError, match="different lengths"):
        Pending(1).feed(*columns[:5], 0, *columns[5:])


NO_TIME = np.iinfo(np.int64).min


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [(0, 5, 0), (0, 70, LATE), (None, 5, 0), (70, None, 0), (None, None, 0), (0, None, 0)],
)
def test_what_has_no_time_is_not_late(asked: int | None, answered: int | None, expected: int):
    times = [NO_TIME if time is None else time * SECOND for time in (asked, answered)]
    answers, flags = np.zeros(2, np.int64), np.zeros(2, np.uint8)
    side = np.zeros(2, np.int32), np.array([0, 1], np.int8)
    commands, numbers = np.array([4, RESPONSE | 4]), np.array([7, 7])
    pending = Pending(60 * SECOND)
    pending.feed(commands, numbers, *side, np.array(times), 0, answers, flags)
    assert (answers.tolist(), flags.tolist()) == ([-1, 0], [0, expected])
    pending.feed(
        commands[1:], numbers[1:], *(each[1:] for each in side), np.array(times[1:]), 2, answers[1:], flags[1:]
    )
    assert (answers[1], flags[1]) == (-1, DUPLICATE)


@pytest.mark.parametrize("times", [(None, 5), (5, None), (None, None), (0, 5)])
def test_an_answer_is_early_only_by_a_known_time(times: tuple[int | None, int | None]):
    """A response before its request is one to nothing, unless both have times and these are close."""
    at = np.array([NO_TIME if time is None else time * SECOND for time in times])
    answers, flags = np.zeros(2, np.int64), np.zeros(2, np.uint8)
    side = np.zeros(2, np.int32), np.array([1, 0], np.int8)
    Pending(60 * SECOND).feed(np.array([RESPONSE | 4, 4]), np.array([7, 7]), *side, at, 0, answers, flags)
    assert (answers.tolist(), flags.tolist()) == ([-1, -1], [STRAY, 0])


@pytest.mark.parametrize("offsets", [[], [1], [0, 5], [-1, 1], [0, 3, 1, 4]])
def test_offsets_that_lie_outside_are_refused(offsets: list[int]):
    ids = Ids(bytes(16))
    given = np.array(offsets, np.int64)
    with pytest.raises(ValueError, match=r"offsets|addresses"):
        ids.add_ids(b"abcd" if len(offsets) > 1 else b"", given, b"", np.zeros(len(offsets), np.int64))


def test_a_secret_has_16_octets_and_decides_nothing():
    with pytest.raises(ValueError, match="16"):
        Ids(b"short")
    text, to = Column.of_text(["77", "4d", "x"]), Column.of_text(["1", "1", "1"])
    results = set()
    for secret in (bytes(16), bytes(range(16)), b"\xff" * 16):
        ids = Ids(secret)
        pairs = ids.add_ids(text.values, text.offsets, to.values, to.offsets)
        pairs += ids.add_receipts(text.values, text.offsets, to.values, to.offsets)
        results.add(tuple(sorted(struct.iter_unpack("3i", pairs))))
    assert len(results) == 1


words = st.lists(st.text("0123456789aAbBfF-.x", max_size=6), max_size=12)


COLLIDING = bytes(8) + (0x9E3779B97F4A7C15).to_bytes(8, "little")
"""A secret with which every key is the same: only the comparison octet by octet tells ids apart then."""


@settings(max_examples=200)
@given(words, words, st.sampled_from([bytes(range(16)), COLLIDING]))
def test_the_join_finds_every_related_pair_and_no_other(ids: list[str], receipts: list[str], secret: bytes):
    """With fewer messages than a crowd: the same as comparing each with each."""
    joined = Ids(secret)
    one, other = Column.of_text(ids), Column.of_text(receipts)
    to, source = Column.of_text(["111"] * len(ids)), Column.of_text(["111"] * len(receipts))
    half = len(receipts) // 2
    found = joined.add_receipts(*_some(other, 0, half), *_some(source, 0, half))
    found += joined.add_ids(one.values, one.offsets, to.values, to.offsets)
    found += joined.add_receipts(*_some(other, half, None), *_some(source, half, None))
    pairs = sorted((id, receipt, told & 15) for id, receipt, told in struct.iter_unpack("3i", found))
    every = itertools.product(enumerate(ids), enumerate(receipts))
    related = [(i, r, relate(id.encode(), receipt.encode())) for (i, id), (r, receipt) in every]
    assert pairs == sorted(pair for pair in related if pair[2])


def test_a_key_that_becomes_crowded_is_told_to_the_receipts_that_are_there():
    """Each once for each key that it shares with more than 16 messages; a number in hexadecimal is a key too."""
    joined = Ids(bytes(16))
    receipts, ids = Column.of_text(["77", "4d", "119", "5"]), Column.of_text(["77"] * 17)
    to, source = Column.of_text(["111"] * 17), Column.of_text(["111"] * 4)
    joined.add_receipts(receipts.values, receipts.offsets, source.values, source.offsets)
    found = struct.iter_unpack("3i", joined.add_ids(ids.values, ids.offsets, to.values, to.offsets))
    assert {receipt for id, receipt, told in found if (id, told) == (-1, 16)} == {0, 1, 2}
    again = joined.add_receipts(receipts.values, receipts.offsets, source.values, source.offsets)
    assert {(id, receipt) for id, receipt, _ in struct.iter_unpack("3i", again)} == {(-1, 4), (-1, 5), (-1, 6)}


def test_each_id_needs_its_address():
    with pytest.raises(ValueError, match="2 ids, 1 addresses"):
        Ids(bytes(16)).add_receipts(b"12", np.array([0, 1, 2]), b"1", np.array([0, 1]))


def test_addresses_longer_than_any_are_compared_by_their_beginning():
    assert same_destination(b"a" * 70, b"A" * 70)
    assert same_destination(b"1" * 70, b"1" * 70)
    assert not same_destination(b"b" + b"a" * 70, b"a" * 70)


def _some(column: Column, first: int, last: int | None) -> tuple[bytes, np.ndarray]:
    return bytes(column.values), column.offsets[first : None if last is None else last + 1]


@given(st.integers(0, 2**255))
def test_relations_of_numbers(number: int):
    hexadecimal, decimal = f"{number:x}".encode(), str(number).encode()
    if len(decimal) > 64:
        assert relate(hexadecimal, decimal) == 0
    elif number >= 10:
        assert relate(hexadecimal, decimal) == 5
        assert relate(decimal, hexadecimal.upper()) == 6
        assert relate(b"0x" + hexadecimal.upper(), decimal.zfill(64)) == 5
        assert relate(hexadecimal, str(number + 1).encode()) == 0
    else:
        assert relate(hexadecimal, decimal) == 9


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_any_octets_have_a_relation_or_none(one: bytes, other: bytes):
    assert relate(one, other) in range(16)
    assert same_destination(one, other) == same_destination(other, one)


@given(st.lists(st.binary(max_size=9), max_size=9), st.data())
def test_strings_are_picked_and_sorted_as_python_does(strings: list[bytes], data):
    rows = data.draw(st.lists(st.integers(-1, len(strings) - 1), max_size=9))
    kept = Strings()
    offsets = np.cumsum([0, *map(len, strings)])
    kept.extend(b"".join(strings), offsets, None)
    picked = kept.column("octets", np.array(rows, np.int64)).to_list()
    assert picked == [strings[row] if row >= 0 else None for row in rows]
    assert kept.octets_of(np.array(rows, np.int64)) == [each or b"" for each in picked]
    assert kept.octets_of(np.arange(len(strings))) == [kept.octets(row) for row in range(len(strings))] == strings
    heads = np.zeros(len(strings), np.uint64)
    prefixes(b"".join(strings), offsets, heads)
    assert heads.tolist() == [int.from_bytes(string[:8].ljust(8, b"\0"), "big") for string in strings]


@pytest.mark.parametrize(("starts", "lengths"), [([0], [5]), ([-1], [1]), ([2], [-1]), ([4], [1]), ([0, 1], [1])])
def test_pieces_outside_are_refused(starts: list[int], lengths: list[int]):
    with pytest.raises(ValueError, match="inside"):
        gather(b"abcd", np.array(starts), np.array(lengths))


def test_prefixes_refuse_what_does_not_fit():
    with pytest.raises(ValueError, match="room"):
        prefixes(b"ab", np.array([0, 2]), np.zeros(2, np.uint64))
    for offsets in ([0, 9], [-1, 1], [1, 0]):
        with pytest.raises(ValueError, match="outside"):
            prefixes(b"ab", np.array(offsets), np.zeros(1, np.uint64))


def test_numbers_grow_over_their_room():
    numbers = Numbers(np.int16)
    for start in range(0, 1000, 100):
        numbers.extend(range(start, start + 100))
    assert numbers.array.tolist() == list(range(1000))
