"""Columns in memory of the caller, who writes there between measuring and writing: an error, never a foreign octet."""

import contextlib
import random

import numpy as np
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit._core import fill
from smppkit.codec.bulk import _Table

SUBMIT = _Table("submit_sm", {}, None).place
ROWS = 40
MESSAGE = "a column was written to while it was encoded"
TAG = (0x1400, 0, 0, 0xFFFF, False)


def strings(count=ROWS, text="abé1"):
    """Offsets and octets of short texts, and room behind them."""
    octets = text.encode() * count + bytes(200)
    return np.arange(count + 1, dtype=np.int64) * len(text.encode()), np.frombuffer(bytearray(octets), np.uint8)


def slot_of(kind, text):
    """A slot of a kind over fresh memory, and that memory."""
    offsets, octets = strings(text=text)
    tlv = TAG if kind.startswith("tlv") else None
    return (kind, True, 100, tlv, None, offsets, octets, None), offsets, octets


def encode_changing(slots, change, parts=1):
    """Encode, and change the columns after they were measured."""
    turns = []

    def run(work, places):
        turns.append(work)
        if len(turns) == 2:
            change()
        return map(work, places)

    return fill.encode(SUBMIT, ROWS, slots, None, None, None, parts, run)


KINDS = ("string", "counted", "raw", "tlv_string", "tlv_raw")


@pytest.mark.parametrize("text", ["abc1", "abé1"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", [0, 1, ROWS // 2, ROWS - 1, ROWS])
def test_offsets_that_change(kind, text, row):
    for wrong in (3, -1, -(2**63), 2**63 - 1, 10**6, 300):
        for parts in (1, 3):
            slot, offsets, _ = slot_of(kind, text)
            ready = ("ready", True, 3, None, None, None, b"end", None)

            def change(offsets=offsets, wrong=wrong):
                offsets[row] = wrong

            with pytest.raises(RuntimeError, match=MESSAGE):
                encode_changing([slot, ready], change, parts)


@pytest.mark.parametrize("kind", ["string", "tlv_string"])
def test_texts_whose_length_changes(kind):
    for text in (b"abcd1", b"a\xc3\xa9\xc3\xa9", b"\xff\xff\xff\xff\xff", b"abcd\xc3", b"\0\0\0\0\0"):
        slot, _, octets = slot_of(kind, "abé1")

        def change(octets=octets, text=text):
            octets[5 * (ROWS - 1) : 5 * ROWS] = np.frombuffer(text, np.uint8)

        with pytest.raises(RuntimeError, match=MESSAGE):
            encode_changing([slot], change)


def test_numbers_whose_length_changes():
    for wrong in (2**16, 2**63 - 1, -1, 0):
        values = np.full(ROWS, 300, np.int64)
        slot = ("tlv_number", True, 1, (0x1400, 1, 1, 8, False), values, None, None, None)

        def change(values=values, wrong=wrong):
            values[ROWS - 1] = wrong

        with pytest.raises(RuntimeError, match=MESSAGE):
            encode_changing([slot], change)


def test_a_row_that_grows_leaves_no_room_for_the_next_slots():
    """Each later slot of the row finds that what it needs is taken: one octet, a NUL, the head of a TLV."""
    numbers = np.zeros(ROWS, np.int64)
    later = [
        ("ready", True, 3, None, None, None, b"end", None),
        ("number", True, 1, None, numbers, None, None, None),
        ("tlv_number", True, 1, (0x1400, 1, 1, 1, False), numbers, None, None, None),
        *(slot_of(kind, text)[0] for kind in KINDS for text in ("abc1", "abé1")),
    ]
    for slot in later:
        for more in range(1, 12):
            offsets, octets = strings()
            grown = ("raw", True, 0, None, None, offsets, octets, None)

            def change(offsets=offsets, more=more):
                offsets[ROWS] += more

            with pytest.raises(RuntimeError, match=MESSAGE):
                encode_changing([grown, slot], change)


def test_what_keeps_its_length_may_change(seed):
    """Lengths that change by chance give an error, or the lengths that were measured."""
    source = random.Random(seed)
    for _ in range(200):
        slot, offsets, octets = slot_of(source.choice(KINDS), source.choice(("abc1", "abé1")))
        measured = fill.encode(SUBMIT, ROWS, [slot], None, None, None)

        def change(offsets=offsets, octets=octets):
            for _ in range(source.randint(0, 3)):
                offsets[source.randrange(ROWS + 1)] += source.choice((-5, -1, 0, 0, 1, 5))
                octets[source.randrange(len(octets))] = source.randrange(256)

        with contextlib.suppress(RuntimeError):
            found = encode_changing([slot], change, source.randint(1, 4))
            assert (len(found[0]), found[1]) == (len(measured[0]), measured[1])


def test_a_callers_memory_behind_an_arrow_column():
    """The public way: an array over a caller's memory is encoded as it stands then."""
    offsets, octets = strings()
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(octets)]
    column = pa.Array.from_buffers(pa.large_string(), ROWS, buffers)
    before = sk.encode_many("submit_sm", {"destination_addr": column})[0]
    octets[:5] = np.frombuffer(b"12345", np.uint8)
    after = sk.encode_many("submit_sm", {"destination_addr": column})[0]
    assert sk.decode(before[: len(before) // ROWS]).destination_addr == "abé1"
    assert len(after) == len(before) + 1
