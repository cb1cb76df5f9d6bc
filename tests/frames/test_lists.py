"""dest_address and unsuccess_sme of a frame against the entries that each PDU, decoded by itself, has."""

import random

import numpy as np
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit.frames import arrays, buffers, slices
from smppkit.frames.columns import table
from smppkit.frames.reading import Reading
from tests.core import pdu_maker

NAMES = ["dest_address", "unsuccess_sme"]
MULTI, ANSWER = 0x21, 0x80000021
AFTER = bytes(10)  # the fields behind the list of a submit_multi
EDGES = (b"", b"\0", b"\xff", b"1", b"a" * 15, b"a" * 16, b"a" * 17, b"\xe9" * 16, b"b" * 31 + b"\xe9", b"x" * 300)


def pdu(command_id, entries, count=None, after=AFTER):
    """A PDU whose list has these entries, each as its octets, and says that it has ``count``."""
    head = bytes(4) if command_id == MULTI else b"7\0"
    count = len(entries) if count is None else count
    body = head + bytes([count]) + b"".join(entries) + (after if command_id == MULTI else b"")
    return pdu_maker.header(command_id, 0, 7, body)


def entry(rng, command_id):
    text = b"" if rng.random() < 0.2 else bytes(rng.choice(b"0123456789a\xe9\xff") for _ in range(rng.randrange(22)))
    text = rng.choice(EDGES).replace(b"\0", b"") if rng.random() < 0.05 else text
    address = rng.randbytes(2) + text + b"\0"
    if command_id == ANSWER:
        return address + rng.randbytes(4)
    return rng.choice((b"\1" + address, b"\1" + address, b"\2" + text + b"\0"))


def make(rng):
    """A random PDU with a list: some have none, some say that they have more or fewer, some are spoiled."""
    command_id = rng.choice((MULTI, ANSWER))
    entries = [entry(rng, command_id) for _ in range(rng.choice((0, 1, 1, 2, 3, 20, 254)))]
    made = bytearray(pdu(command_id, entries, len(entries) if rng.random() < 0.8 else rng.randrange(256)))
    if rng.random() < 0.2:
        for _ in range(rng.choice((1, 1, 5))):
            made[rng.randrange(16, len(made))] = rng.choice((0, 1, 2, 3, 255))
    if rng.random() < 0.1:
        del made[rng.randrange(16, len(made)) :]
        made[:4] = len(made).to_bytes(4, "big")
    return bytes(made)


def alone(octets):
    """The lists of one PDU as the entries of its object; None for what it lacks, or where it cannot be read."""
    try:
        read = sk.decode(octets)
    except sk.PduError:
        return None, None
    lists = (getattr(read, name, None) for name in NAMES)
    return tuple(None if found is None else [each._asdict() for each in found] for found in lists)


def expected_of(pdus):
    both = [alone(octets) for octets in pdus]
    return [pa.array([lists[place] for lists in both], arrays.LISTS[name]) for place, name in enumerate(NAMES)]


def lists_of(frame):
    return [pa.chunked_array(frame[name].array.__arrow_array__()) for name in NAMES]


def check(found, expected):
    for name, column, array in zip(NAMES, found, expected, strict=True):
        column.validate(full=True)
        assert column.type == arrays.LISTS[name]
        assert column.null_count == array.null_count
        assert column.equals(pa.chunked_array([array]))


def test_random_lists_are_those_of_each_pdu(seed):
    rng = random.Random(seed)
    pdus = [make(rng) for _ in range(1500)] + [pdu_maker.make(rng)[0] for _ in range(500)]
    rng.shuffle(pdus)
    check(lists_of(sk.frame(pdus, NAMES)), expected_of(pdus))


@pytest.mark.parametrize("command_id", [MULTI, ANSWER])
@pytest.mark.parametrize("text", EDGES)
def test_every_length_of_texts_in_every_place(command_id, text):
    """One of them reaches the end of its column, where less can be read at once."""
    text = text.replace(b"\0", b"")
    one = (
        [b"\1\5\6" + text + b"\0", b"\2" + text + b"\0"] if command_id == MULTI else [b"\5\6" + text + b"\0\0\0\0\x0b"]
    )
    for count in (1, 2, 3, 16, 255):
        pdus = [pdu(command_id, (one * count)[:count])]
        check(lists_of(sk.frame(pdus, NAMES)), expected_of(pdus))


@pytest.mark.parametrize("command_id", [MULTI, ANSWER])
def test_every_cut_of_a_list(command_id):
    rng = random.Random(command_id)
    whole = pdu(command_id, [entry(rng, command_id) for _ in range(5)])
    pdus = [size.to_bytes(4, "big") + whole[4:size] for size in range(16, len(whole) + 1)]
    check(lists_of(sk.frame(pdus, NAMES)), expected_of(pdus))


@pytest.mark.parametrize("flag", [0, 3, 0x80, 255])
def test_flags_that_say_nothing_are_broken_lists(flag):
    pdus = [pdu(MULTI, [b"\2a\0"]), pdu(MULTI, [b"\2a\0", bytes([flag, 1, 1, 0])]), pdu(MULTI, [b"\1\1\1\0"])]
    expected = expected_of(pdus)
    assert expected[0].is_null().to_pylist() == [False, True, False]
    check(lists_of(sk.frame(pdus, NAMES)), expected)


def test_lists_that_say_they_have_fewer_or_none():
    rng = random.Random(1)
    pdus = [
        pdu(command_id, [entry(rng, command_id) for _ in range(3)], count, b"\1" * 30)
        for command_id in (MULTI, ANSWER)
        for count in (0, 1, 2, 4, 255)
    ]
    pdus += [pdu(MULTI, []), pdu(ANSWER, [])]
    expected = expected_of(pdus)
    assert [column.to_pylist()[-2:] for column in expected] == [[[], None], [None, []]]
    check(lists_of(sk.frame(pdus, NAMES)), expected)


@pytest.mark.parametrize("pdus", [[], [sk.EnquireLink().encode()] * 9, [b"\0" * 40]], ids=["none", "others", "broken"])
def test_no_rows_and_rows_without_lists(pdus):
    found = lists_of(sk.frame(pdus, NAMES))
    assert [column.null_count for column in found] == [len(pdus)] * 2
    check(found, expected_of(pdus))


def test_lists_in_slices_and_threads(monkeypatch, seed):
    rng = random.Random(seed)
    pdus = [make(rng) for _ in range(600)]
    expected = expected_of(pdus)
    monkeypatch.setattr(slices, "WORTH_THREADS", 1)
    segments = [piece.segment for some in (pdus[:1], pdus[1:400], pdus[400:]) for piece in buffers.pieces_of(some)]
    for rows in (1, 7, 300):
        for threads in (1, 2):
            found = table(list(slices.cut(segments, rows)), [], NAMES, Reading.of(None), threads)
            check(lists_of(found), expected)


def test_lists_of_many_megabytes(seed):
    rng = random.Random(seed)
    pdus = [make(rng) for _ in range(300)]
    chosen = [rng.randrange(len(pdus)) for _ in range(30_000)]
    octets = [pdus[place] for place in chosen]
    assert sum(map(len, octets)) > 8 << 20
    check(lists_of(sk.frame(octets, NAMES)), [array.take(pa.array(chosen)) for array in expected_of(pdus)])


def test_a_frame_of_lists_outlives_what_it_was_made_from():
    octets = bytearray(pdu(MULTI, [b"\1\1\1" + b"3247\0", b"\2friends\0"]) * 1000)
    found = sk.frame(octets, NAMES)
    octets[:] = bytes(len(octets))
    assert {str(row) for row in found["dest_address"].tolist()} == {
        str([
            {"dest_flag": 1, "dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "3247", "dl_name": None},
            {"dest_flag": 2, "dest_addr_ton": None, "dest_addr_npi": None, "destination_addr": None,
             "dl_name": "friends"},
        ])
    }  # fmt: skip
    assert np.all(found["unsuccess_sme"].isna())
