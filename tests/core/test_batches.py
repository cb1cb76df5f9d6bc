"""A row is read alike wherever it stands: among few or many, of its kind or others, at the end of the buffer or not."""

import random
from struct import pack

import numpy as np
import pytest

from smppkit._core.columns import decode, whole
from smppkit.spec import commands
from tests.core.test_columns import EVERY, MALFORMED, VECTORS, rows

BATCH = 256
FAR = bytes(200)  # behind the last PDU: by then none lies near the end of the buffer
PDUS = [bytes.fromhex(row["hex"]) for row in (*VECTORS, *MALFORMED)]


def cut(pdu, size):
    return pack(">I", size) + pdu[4:size]


def odd(octets):
    return f"{len(octets)} octets that may be odd"


def alone(pdu):
    return rows([pdu], EVERY, odd=odd)[0]


def together(pdus, behind=b""):
    """The same by one call, with octets behind."""
    return rows([*pdus, behind], EVERY, odd=odd)[: len(pdus)]


@pytest.mark.parametrize("behind", [b"", bytes(15), bytes(16), bytes(127), bytes(128), FAR])
def test_every_vector_among_the_others(behind):
    for found, pdu in zip(together(PDUS, behind), PDUS, strict=True):
        assert found == alone(pdu), pdu.hex()


def test_every_command_cut_at_every_octet(seed):
    longest = {pdu[4:8]: pdu for pdu in sorted(PDUS, key=len) if len(pdu) < 400}
    cuts = [cut(pdu, size) for pdu in longest.values() for size in range(16, len(pdu) + 1)]
    random.Random(seed).shuffle(cuts)
    for found, pdu in zip(together(cuts, FAR), cuts, strict=True):
        assert found == alone(pdu), pdu.hex()


def test_records_that_are_no_pdus_among_those_that_are(seed):
    rng = random.Random(seed)
    broken = [b"", b"\0", bytes(15), bytes(16), cut(PDUS[0], 17)[:16], b"\xff" * 40, pack(">IIII", 16, 0x1FF, 0, 1)]
    mixed = rng.choices([*broken, *PDUS], k=5 * BATCH + 7)
    for found, octets in zip(together(mixed, FAR), mixed, strict=True):
        assert found == alone(octets), octets.hex()


@pytest.mark.parametrize("count", [1, 2, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 2 * BATCH + 1])
def test_as_many_rows_as_a_batch_has(count):
    pdus = [pack(">IIII", 24, 0x80000004, 0, row) + b"%07d\0" % row for row in range(count)]
    for behind in (b"", FAR):
        assert [row["message_id"] for row in together(pdus, behind)] == [f"{row:07d}" for row in range(count)]


@pytest.mark.parametrize("gap", [0, 1, 7, 8, 9, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])
def test_strings_with_rows_between_that_have_none(gap):
    link = pack(">IIII", 16, 0x15, 0, 1)
    answer = pack(">IIII", 20, 0x80000004, 0, 1) + b"A9F\0"
    pdus = [*[link] * gap, answer, *[link] * gap, answer, *[link] * gap]
    assert [row["message_id"] for row in together(pdus, FAR)] == [None if pdu == link else "A9F" for pdu in pdus]


@pytest.mark.parametrize("text", ["", "a", "é", "1234567é", "12345678é", "1" * 15, "1" * 16, "1" * 17, "1" * 15 + "é"])
@pytest.mark.parametrize("next_octet", [b"\0", b"\xff"])
def test_strings_around_sixteen_octets(text, next_octet):
    """What is behind a string is copied along with it, but none of it."""
    body = text.encode("latin-1") + b"\0"
    pdu = pack(">IIII", 16 + len(body), 0x80000004, 0, 1) + body
    assert together([pdu, next_octet * 16, pdu], FAR)[0]["message_id"] == text
    assert together([next_octet * 16, pdu])[1]["message_id"] == text


MESSAGE = b"CMT\0\1\1%s\0\1\1%s\0\0\0\0%s\0%s\0\0\0\0\0\2hi"


@pytest.mark.parametrize("length", range(23))
def test_addresses_up_to_and_above_their_limit(length):
    body = MESSAGE % (b"4" * length, b"5" * (22 - length), b"", b"")
    pdu = pack(">IIII", 16 + len(body), 4, 0, 1) + body
    found = together([pdu], FAR)[0]
    assert found == alone(pdu)
    assert (found["source_addr"], found["destination_addr"]) == ("4" * length, "5" * (22 - length))
    assert (found["problem"] is not None) == (length > 20 or length < 2)


@pytest.mark.parametrize("time", [b"", b"1", b"1" * 15, b"261122101600000+", b"1" * 17, b"1" * 40])
@pytest.mark.parametrize("place", [2, 3])
def test_times_of_every_length(time, place):
    parts = [b"444", b"555", b"", b""]
    parts[place] = time
    body = MESSAGE % tuple(parts)
    pdu = pack(">IIII", 16 + len(body), 4, 0, 1) + body
    found = together([pdu], FAR)[0]
    assert found == alone(pdu)
    assert found["schedule_delivery_time" if place == 2 else "validity_period"] == time.decode()


def test_what_is_behind_a_message_is_none_of_it():
    """Strings, times and counts without an end go on in what follows, which would fit."""
    whole_one = pack(">IIII", 55, 5, 0, 1) + MESSAGE % (b"444", b"555", b"", b"") + b"\0" * 3
    for size in range(17, len(whole_one)):
        pdu = cut(whole_one, size)
        assert together([pdu, whole_one[size:] + FAR], FAR)[0] == alone(pdu)


def test_a_row_outside_of_the_buffer_is_told_of_in_any_batch():
    link = pack(">IIII", 16, 0x15, 0, 1)
    for row in (0, BATCH - 1, BATCH, 3 * BATCH + 5):
        for offset, length in ((-1, 16), (16, 1), (0, 17), (0, -1), (17, 0), (2**63 - 1, 2**63 - 1)):
            offsets, lengths = np.zeros(4 * BATCH, np.int64), np.full(4 * BATCH, 16, np.int64)
            offsets[row], lengths[row] = offset, length
            with pytest.raises(ValueError, match=f"row {row} does not lie inside the buffer"):
                decode(link, offsets, lengths, EVERY)


def test_shares_of_a_whole_are_what_one_call_finds(seed):
    rng = random.Random(seed)
    pdus = rng.choices(PDUS, k=3 * BATCH)
    names = ["command_id", "offset", "esm_class", "data_coding", "body_present", "concat_width", "message_state"]
    octets = b"".join(pdus)
    length = np.array([len(pdu) for pdu in pdus])
    offset = np.cumsum(length) - length
    shared = whole(names, len(pdus))
    for first in (0, 100, 100 + BATCH):
        last = {0: 100, 100: 100 + BATCH}.get(first, len(pdus))
        assert decode(octets, offset[first:last], length[first:last], names, into=shared, first=first) == {}
    expected = decode(octets, offset, length, names)
    assert {name: column.to_list() for name, column in shared.take().items()} == {
        name: column.to_list() for name, column in expected.items()
    }


def test_passwords_are_asterisks_in_every_row():
    binds = [row.command_id for row in commands.ROWS if any(field.name == "password" for field in row.fields)]
    bodies = [b"me\0%s\0\0\x34\0\0\0" % (b"s" * count) for count in range(9)]
    pdus = [pack(">IIII", 16 + len(body), binds[0], 0, 1) + body for body in bodies] * 60
    assert {row["password"] for row in together(pdus, FAR)} == {"***"}
