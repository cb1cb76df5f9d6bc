"""Every length field of a capture file set to what no length should be: what is read is what the drafts leave of it."""

import struct
import zlib
from collections import Counter
from contextlib import nullcontext
from functools import lru_cache

import pytest

from smppkit.errors import CaptureError
from smppkit.journal.pcap import read_capture
from tests.core.unbreakable import bounded
from tests.generator import LENGTHS
from tests.journal import walked
from tests.journal.builder import (
    Wire,
    block,
    conversation,
    framed,
    interface,
    old_packet_block,
    option,
    packet_block,
    pcap,
    records,
    section,
    simple_block,
)

NEAR = (16, 20, 28, 2**16 - 1, 2**18 + 1, 2**31 - 1, 2**32 - 16, 2**32 - 4)
"""Besides: headers of records and blocks, the largest packet, and where sums of 32 bits would overflow."""
PACKED = "the gzip data of the capture are cut off or damaged: what could be unpacked was read"
MOST = 20_000_000
"""Octets of Python objects while a file of a few packets is read."""


def frames():
    return framed(Wire().say(conversation(1, seed=1)[:5]))


def blocks(order):
    """A pcapng file with blocks of every kind that is read, and of kinds that are stepped over."""
    options = option(9, b"\x09", order) + option(14, bytes(8), order) + bytes(4)
    parts = [section(order, option(1, b"comment", order) + bytes(4)), interface(1, order, 250, options)]
    parts += [interface(105, order), block(5, bytes(12), order), block(0xBAD, b"whatever", order)]
    for number, frame in enumerate(frames()):
        made = (packet_block(frame, order, 0, 9), simple_block(frame, order, 250), old_packet_block(frame, order))
        parts += [made[number % 3]] + [interface(1, order)] * (number == 1)
    return b"".join([*parts, packet_block(frames()[0], order, 1)])


FILES = {
    f"pcap {form} {'big' if big else 'little'}".replace("  ", " "): pcap(
        frames(), big=big, **{form: True} if form else {}
    )
    for form in ("", "nanoseconds", "modified")
    for big in (False, True)
} | {f"pcapng {order}": blocks(order) for order in "<>"}


def told(log):
    return sorted(problem.detail for problem in log.problems)


@lru_cache(256)
def read(data):
    """Records, what was told and when they passed; of a refused file no records, but the sentence."""
    try:
        log = read_capture(data)
    except CaptureError as error:
        return None, str(error), set()
    return records(log), told(log), {int(time) for segment in log.segments() for time in segment.time}


@pytest.mark.parametrize("whole", FILES.values(), ids=FILES)
def test_the_second_reader_reads_what_is_sound(whole):
    left = walked.walk(whole)
    assert [octets for _, octets, _ in left.packets] == [octets for _, octets in frames()]
    assert read(left.clean())[0] == read(whole)[0]
    assert read(whole)[1] == left.told


def test_the_fields_are_those_of_the_drafts():
    headers = Counter(field.name for field in walked.lengths_of(FILES["pcap big"]))
    assert headers == {"snap": 1, "frame check sequence": 1, "captured": 5, "original": 5}
    of_blocks = Counter(field.name for field in walked.lengths_of(FILES["pcapng >"]))
    assert {name: count for name, count in of_blocks.items() if "length" not in name} == {
        "A0D0D0A option": 2, "1 snap": 3, "1 option": 3, "6 interface": 3, "6 captured": 3, "6 original": 3,
        "6 option": 6, "3 original": 2, "2 interface": 1, "2 captured": 1, "2 original": 1,
    }  # fmt: skip
    both_ends = {"A0D0D0A": 1, "1": 3, "5": 1, "BAD": 1, "6": 3, "3": 2, "2": 1}
    for end in ("length", "length again"):
        assert {name: of_blocks[f"{name} {end}"] for name in both_ends} == both_ends
    assert of_blocks["A0D0D0A section length"] == 1


@pytest.mark.parametrize("value", sorted({*LENGTHS, *NEAR}))
@pytest.mark.parametrize("whole", FILES.values(), ids=FILES)
def test_every_length_of_a_file(whole, value):
    with bounded(MOST) if value > 2**16 else nullcontext():
        for field in walked.lengths_of(whole):
            if value >= 256**field.width:
                continue
            spoiled = field.set(whole, value)
            left = walked.walk(spoiled)
            found, said, times = read(spoiled)
            expected, known, _ = read(left.clean())
            assert found == expected, field
            assert times <= {packet.time for packet in left.packets}, field
            if found is not None:
                assert said == sorted([*known, *left.told]), field


def member(data):
    """One member of a gzip file with every field that has a length: a stored block, and where the lengths lie."""
    extra = b"Ab\x04\0abcd" + b"Cd\x02\0xy"
    head = b"\x1f\x8b\x08\x0c" + bytes(6) + struct.pack("<H", len(extra)) + extra + b"one.pcap\0"
    stored = b"\1" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data
    octets = head + stored + struct.pack("<II", zlib.crc32(data), len(data))
    names = ("extra", 10), ("first", 14), ("second", 22), ("stored", len(head) + 1), ("stored again", len(head) + 3)
    fields = [walked.Field(name, place, 2, "<") for name, place in names]
    return octets, [*fields, walked.Field("size", len(octets) - 4, 4, "<")]


def unpacked(packed):
    """What is unpacked when nothing is wrong, else nothing."""
    try:
        return zlib.decompress(packed, 31)
    except zlib.error:
        return b""


@pytest.mark.parametrize("value", sorted({*LENGTHS, *NEAR}))
def test_every_length_of_a_packed_file(value):
    """Whatever is out of step is told, and what was unpacked before is read; the lengths of parts say nothing."""
    whole = FILES["pcap little"]
    known = read(whole)[0]
    packed, fields = member(whole)
    assert unpacked(packed) == whole
    spoilings = [[field] for field in fields] + [fields[3:5]]
    for spoiling in spoilings:
        if value >= 256 ** spoiling[0].width:
            continue
        spoiled = spoiling[0].set(packed, value)
        if len(spoiling) > 1:
            spoiled = spoiling[1].set(spoiled, value ^ 0xFFFF)  # a length that says again that it is right
        with bounded(MOST):
            found, said, _ = read(spoiled)
        if unpacked(spoiled) == whole:
            assert (found, said) == (known, [])
        elif spoiling[0].name == "size":
            assert (found, said) == (known, [PACKED])
        elif found is None:
            assert said.endswith("; its gzip data are cut off or damaged")
        else:
            assert found == known[: len(found)]
            assert PACKED in said
