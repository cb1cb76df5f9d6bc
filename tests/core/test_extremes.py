"""Numbers at the ends of their range: whatever they mean, they end in a value or in one clear error, in every build.

In the debug build an overflow inside a function without the GIL ends the process: this is where that would show.
"""

import itertools

import numpy as np
import pytest

import smppkit as sk
from smppkit._core import fill, idforms, measure
from smppkit._core.alphabet import text_of
from smppkit._core.blocks import Rows
from smppkit._core.columns import decode as decode_columns
from smppkit._core.flows import Flows
from smppkit._core.ids import Ids
from smppkit._core.numbers import digits
from smppkit._core.pending import Pending
from smppkit._core.receipt_columns import columns as receipt_columns
from smppkit._core.strings import gather, prefixes
from smppkit._core.writing import Writer
from smppkit.spec.commands import BY_NAME, ROWS
from tests.core.operations import CAPTURE, GSM7, UCS2, read_blocks
from tests.journal import builder

LEAST, MOST = -(2**63), 2**63 - 1
EXTREME = (LEAST, LEAST + 1, -(2**32), -(2**31), -1, 0, 1, 3, 2**31 - 1, 2**31, 2**32 - 1, 2**32, MOST - 1, MOST)
REFUSED = (ValueError, OverflowError, MemoryError, sk.SmppError)
PAIRS = list(itertools.product(EXTREME, repeat=2))
PDU = sk.SubmitSm(short_message=b"hi").encode()


def endures(operation, *numbers):
    """Run an operation; what it refuses, it refuses by one of a few errors."""
    try:
        return operation(*numbers)
    except REFUSED:
        return None


def int64(*numbers):
    return np.array(numbers, np.int64)


def out_of(operation):
    """Run an operation with every pair of extreme numbers; return how many of them it took."""
    return sum(endures(operation, *pair) is not None for pair in PAIRS)


def test_offsets_lengths_and_places():
    for operation in (
        lambda a, b: digits(b"123456", int64(a, b)),
        lambda a, b: digits(b"123456", int64(0, a, b)),
        lambda a, b: gather(b"abcdef", int64(a), int64(b)),
        lambda a, b: gather(b"abcdef", int64(0, a, b), int64(1, b, a)),
        lambda a, b: prefixes(b"abcdef", int64(a, b), np.zeros(1, np.uint64)) or 1,
        lambda a, b: receipt_columns(b"abcdef", int64(a, b)),
        lambda a, b: receipt_columns(b"abcdef", int64(0, a, b)),
        lambda a, b: Writer(b"abcdef", int64(a, b), GSM7, UCS2),
        lambda a, b: Writer(b"abcdef", int64(0, a, b), GSM7, UCS2),
        lambda a, b: Ids(bytes(16)).add_ids(b"abcdef", int64(a, b), b"1", int64(0, 1)),
        lambda a, b: Ids(bytes(16)).add_receipts(b"1", int64(0, 1), b"abcdef", int64(a, b)),
        lambda a, b: decode_columns(PDU, int64(a), int64(b), ["text", "problem"]),
        lambda a, b: decode_columns(PDU, int64(0, a), int64(len(PDU), b), ["text", "problem", "receipt_id"]),
    ):
        assert 0 < out_of(operation) < len(PAIRS)


def test_offsets_of_columns_that_are_encoded():
    place = ROWS.index(BY_NAME["submit_sm_resp"])
    octets = np.frombuffer(b"abcdef", np.uint8)

    def encode(a, b):
        slot = ("string", True, 65, None, None, int64(a, b), octets, None)
        return fill.encode(place, 1, [slot], None, None, None)

    assert 0 < out_of(encode) < len(PAIRS)


@pytest.mark.parametrize("kind", ["number", "tlv_number"])
def test_numbers_that_are_encoded(kind):
    place = ROWS.index(BY_NAME["enquire_link"])
    for a, b in PAIRS:
        for least, most in ((1, 1), (1, 8), (4, 4), (8, 8)):
            tlv = (0x1400, 1, least, most, True)
            slot = (kind, False, 0, tlv, int64(a, b), None, None, None)
            octets, _, blame, row = fill.encode(place, 2, [slot], None, None, None)
            top = 255 if kind == "number" else min(256**most - 1, MOST)
            wrong = [number for number in (a, b) if not 0 <= number <= top]
            assert (blame != -1) == bool(wrong)
            if wrong:
                assert (octets, row) == (b"", [a, b].index(wrong[0]))


def test_header_numbers_that_are_encoded():
    place = ROWS.index(BY_NAME["enquire_link"])
    for a, b in PAIRS:
        octets, _, blame, _ = fill.encode(place, 1, [], int64(a), int64(b), None)
        good = 0 <= a < 2**32 and 0 <= b < 2**32
        assert blame == (-1 if good else -3)
        assert (octets[8:16] == a.to_bytes(4, "big") + b.to_bytes(4, "big")) if good else not octets


def test_times_and_numbers_of_records():
    side = np.zeros(2, np.int32), np.array([0, 1], np.int8)
    for (a, b), limit in itertools.product(PAIRS, (0, 1, 60 * 10**9, MOST)):
        answers, flags = np.zeros(2, np.int64), np.zeros(2, np.uint8)
        Pending(limit).feed(int64(4, 0x80000004), int64(7, 7), *side, int64(a, b), a, answers, flags)
        assert flags[0] == 0
        assert flags[1] in (0, 1)
        Pending(limit).feed(int64(a, b), int64(b, a), *side, int64(a, b), b, answers, flags)


def test_links_and_directions_of_records():
    for link, direction in itertools.product((-(2**31), -1, 0, 2**31 - 1), (-128, -1, 0, 1, 127)):
        answers, flags = np.zeros(2, np.int64), np.zeros(2, np.uint8)
        links, directions = np.full(2, link, np.int32), np.full(2, direction, np.int8)
        Pending(10**9).feed(int64(4, 0x80000004), int64(7, 7), links, directions, int64(0, 1), 0, answers, flags)
        assert flags.max() <= 7


def test_places_and_forms_of_captures():
    def records(position, largest):
        return Rows().pcap(CAPTURE, position, largest, link_type=1, big=False, nanoseconds=True, header=16)

    def headers(position, header):
        return Rows().pcap(CAPTURE, position, 65535, link_type=1, big=True, nanoseconds=False, header=header)

    def blocks(resolution, offset):
        options = builder.option(9, bytes([resolution & 0xFF])) + builder.option(
            14, offset.to_bytes(8, "little", signed=True)
        )
        packets = builder.packet_block((builder.START, bytes(60))) * 3
        found = read_blocks(builder.section() + builder.interface(options=options, snap=offset % 2**32) + packets)
        assert found[0] == 3
        return found

    def flows(largest, begin):
        return Flows(b"", ports=b"", largest=largest, seed=bytes(16)).feed(Rows(), begin)

    for operation in (records, headers, blocks):
        assert out_of(operation) > 0
    assert out_of(flows) == 0  # none of these is a length that a PDU may have
    for resolution, offset in itertools.product(range(256), EXTREME):
        blocks(resolution, offset)


def test_places_rooms_and_references_of_texts():
    long = b"a" * 400, int64(0, 400)
    for operation in (
        lambda a, b: measure.fit("abc€Ж", a, b, GSM7),
        lambda a, b: measure.fit_back("abc€Ж", a, b, UCS2),
        lambda a, b: measure.choose("abc", ((1, 0, 0, True, a, b, 0),)),
        lambda a, b: measure.choose("abc" * 99, ((5, a, b, True, 70, 67, 0),)),
        lambda a, b: Writer(*long, (1, 0, 0, True, a, b, 0), UCS2).write(int64(a)),
        lambda a, b: Writer(*long, GSM7, UCS2, width=2).write(int64(b)),
        lambda a, b: text_of(2, b"abcdef", a, b, a),
        lambda a, b: sk.gsm7.unpack(b"abcdef", a, b),
        lambda a, b: sk.gsm7.pack(b"abcdef", b),
    ):
        assert out_of(operation) > 0


def test_ids_longer_than_any():
    for one, other in itertools.product(
        (b"9" * 63, b"9" * 64, b"9" * 65, b"f" * 128, b"0" * 300, b"0x" * 90), repeat=2
    ):
        assert idforms.relate(one, other) in range(16)
        assert idforms.same_destination(one, other) == idforms.same_destination(other, one)
