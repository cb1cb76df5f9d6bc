"""Captures made to cost work: of four times the size none takes eight times as long; each says what was left out.

What an octet of each costs beside the mean is what ``python -m benchmarks.hostile_captures`` prints.
"""

import random
import time
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.hostile_captures import CAPTURES
from smppkit.errors import CaptureError, SmppError
from smppkit.journal.log import FILE, FOREIGN, LIMIT, LOST
from smppkit.journal.pcap import read_capture
from tests.core.unbreakable import growth
from tests.journal.builder import (
    ACK,
    PSH,
    START,
    SYN,
    Segment,
    Wire,
    bind,
    bind_resp,
    block,
    by_direction,
    conversation,
    fragments,
    framed,
    interface,
    ipv4,
    packet_block,
    pcap,
    pdu,
    restamped,
    section,
    sides,
)

SIZE = 1 << 20
TOO_SMALL = 2e-3
"""Seconds that are no growth: comparing each of 4,096 packets with each takes more."""


@pytest.mark.parametrize("name", CAPTURES)
def test_a_hostile_mebibyte(name):
    """Work on each pair of packets takes sixteen times as long: seen as soon as half of the time goes into it."""
    hostile = CAPTURES[name]
    small, large = hostile.make(SIZE // 4), hostile.make(SIZE)
    assert len(large) > SIZE - 70_000
    assert growth(lambda: spent(hostile, small), lambda: spent(hostile, large), TOO_SMALL) < 8


def spent(hostile, data):
    begin = time.process_time()
    with suppress(SmppError):
        hostile.read(data)
    return time.process_time() - begin


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from((1, 3, 20, 200)), st.integers(1, 600), st.sampled_from((6, 60, 180)))
def test_whatever_order_and_overlap_the_first_copy_counts(seed, longest, count, said_in_all):
    chance = random.Random(seed)
    said = [(0, bind()), *((0, pdu(0x15, number)) for number in range(2, said_in_all))]
    stream = b"".join(octets for _, octets in said)
    wire = Wire()
    start = wire.handshake()
    came = bytearray(len(stream))
    cuts = [
        (at, min(at + chance.randint(1, longest), len(stream))) for at in chance.choices(range(1, len(stream)), k=count)
    ]
    cuts += [(at, at + 1) for at in chance.sample(range(1, len(stream)), len(stream) - 1)] + [(0, 1)]
    segments: list[Segment] = []
    for begin, end in cuts:
        payload = bytes(0xEE if came[at] else stream[at] for at in range(begin, end))
        came[begin:end] = b"\1" * (end - begin)
        segments.append(replace(wire.segment(0, PSH | ACK), sequence=wire.isn[0] + 1 + begin, payload=payload))
    log = read_capture(pcap(framed(restamped([*start, *segments]))), port=2775)
    assert by_direction(log) == sides(said)
    assert log.problems == ()


def test_more_gaps_than_can_wait():
    said = [(0, bind()), *((0, pdu(0x15, number)) for number in range(2, 4000))]
    wire = Wire()
    segments = [*wire.handshake(), *wire.say(said)]
    kept = segments[:4] + segments[5::2]
    log = read_capture(pcap(framed(kept)), port=2775)
    found = by_direction(log)[0]
    assert found == [segment.payload for segment in kept[3:]]
    assert any(problem.kind == LOST for problem in log.problems)


def test_more_gaps_than_can_wait_in_any_order():
    """Every second octet, shuffled: gaps are given up, and behind the last of them the stream is found again."""
    stream = bind() + b"".join(pdu(0x15, number) for number in range(2, 400))
    wire = Wire()
    start = wire.handshake()
    places = list(range(1, len(stream), 2))
    random.Random(1).shuffle(places)
    segments = [
        replace(wire.segment(0, ACK), sequence=wire.isn[0] + 1 + at, payload=stream[at : at + 1]) for at in places
    ]
    behind = replace(wire.segment(0, ACK), sequence=wire.isn[0] + 1 + len(stream), payload=pdu(0x15, 400))
    log = read_capture(pcap(framed(restamped([*start, *segments, behind]))), port=2775)
    assert by_direction(log)[0] == [pdu(0x15, 400)]
    assert any(problem.kind == LOST for problem in log.problems)


def test_segments_cut_to_their_headers_over_islands():
    said = conversation(20)
    wire = Wire()
    start, stream = wire.handshake(), b"".join(octets for side, octets in said if side == 0)
    first = wire.isn[0] + 1
    islands = [
        replace(wire.segment(0, ACK), sequence=first + at, payload=stream[at : at + 1]) for at in range(2, 600, 2)
    ]
    long = replace(wire.segment(0, ACK), sequence=first, payload=stream)
    frames = framed(restamped([*start, *islands, *[long] * 3]))
    cut = [(moment, octets[:54] if len(octets) > 60 else octets, len(octets)) for moment, octets in frames]
    whole = pcap([(moment, octets) for moment, octets, _ in cut])
    log = read_capture(whole, port=2775)  # nothing but islands: the headers claim more octets than there are
    assert by_direction(log) == [[], []]


def test_binds_beyond_a_bound_are_no_events():
    said = [turn for number in range(1, 1301) for turn in ((0, bind(number)), (1, bind_resp(number)))]
    wire = Wire()
    log = read_capture(pcap(framed([*wire.handshake(), *wire.say(said)])))
    assert by_direction(log) == sides(said)
    assert len(log.events) == 1 + 1000
    assert [problem.detail for problem in log.problems if problem.kind == LIMIT] == [
        "600 binds, unbinds and answers to them, beyond the first 1,000 of each direction, are no events"
    ]


def test_connections_that_are_not_smpp_are_all_counted():
    segments = [
        replace(wire.segment(0, PSH | ACK, b"\x16\x03\x01\x00\x20" + number.to_bytes(2, "big")), sequence=number << 8)
        for number in range(500)
        for wire in [Wire(esme_port=10_000 + number, mc_port=8443)]
    ]
    syns = [wire.segment(0, SYN) for number in range(300) for wire in [Wire(esme_port=10_000 + number, mc_port=99)]]
    with pytest.raises(
        CaptureError, match="500 connections to port 8443 look like TLS; 300 connections to port 99 carried"
    ):
        read_capture(pcap(framed(segments + syns)))
    log = read_capture(pcap(framed([*segments, *syns, *Wire().say(conversation(9))])))
    assert [problem.detail for problem in log.problems if problem.kind == FOREIGN] == [
        "500 connections to port 8443 look like TLS",
        "300 connections to port 99 carried no data",
    ]


def test_many_interfaces_that_cannot_be_read():
    frames = framed([*(wire := Wire()).handshake(), *wire.say(conversation(5))])
    strange = b"".join(interface(1000 + number % 30) for number in range(3000))
    log = read_capture(section() + interface() + strange + b"".join(packet_block(frame) for frame in frames))
    assert by_direction(log) == sides(conversation(5))
    details = [problem.detail for problem in log.problems if problem.kind == FILE]
    assert details[0] == "100 interfaces have link type 1000, which cannot be read: their packets are left out"
    assert details[20:] == ["interfaces have 10 more link types that cannot be read"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_options_of_an_interface(order):
    frame = framed([*(wire := Wire()).handshake(), *wire.say(conversation(5))])[3]
    first = b"".join(
        bytes.fromhex(octets)
        for octets in ("00090001 09000000 00090001 00000000", "000e0008 ffffffff fffffff6", "000e0008 0000000000000001")
    )
    if order == "<":
        first = bytes.fromhex(
            "09000100 09000000 09000100 00000000 0e000800 f6ffffff ffffffff 0e000800 0100000000000000"
        )
    for options in (first, first + b"\0\0\0\0" + b"\xff" * 8, first + b"\xff" * 8):
        whole = section(order) + interface(1, order, options=options) + packet_block(frame, order, 0, 9, -10)
        assert next(read_capture(whole, port=2775).segments()).time.tolist() == [frame[0]]
    short = {"<": bytes.fromhex("0e000100 f6000000"), ">": bytes.fromhex("000e0001 f6000000")}[order]  # -10 in an octet
    whole = section(order) + interface(1, order, options=short) + packet_block(frame, order, 0, 6, -10)
    assert next(read_capture(whole, port=2775).segments()).time.tolist() == [frame[0]]


def test_finished_datagrams_take_the_memory_of_their_octets():
    said = conversation(1500)
    wire = Wire()
    frames = []
    for number, segment in enumerate([*wire.handshake(), *wire.say(said)]):
        parts = fragments(segment.source, segment.destination, segment.tcp(), 24, identification=number % 65536)
        frames += [(segment.time, part) for part in parts]
    assert by_direction(read_capture(pcap(frames, 101))) == sides(said)


def test_a_datagram_that_takes_the_place_of_another_begins_empty():
    wire = Wire()
    segments = [*wire.handshake(), *wire.say(conversation(8))]
    frames = []
    for number, segment in enumerate(segments):
        for old in range(80):  # fills each place with high blocks
            part = ipv4("10.9.9.9", "10.8.8.8", b"\xaa" * 64, identification=number * 100 + old, fragment=0x2000 | old)
            frames.append((START, part))
        parts = fragments(segment.source, segment.destination, segment.tcp(), 24, identification=number)
        frames += [(segment.time, part) for part in parts]
    assert by_direction(read_capture(pcap(frames, 101))) == sides(conversation(8))


def test_a_section_in_the_middle_of_a_block_is_none():
    frames = framed([*(wire := Wire()).handshake(), *wire.say(conversation(5))])
    inside = block(0xBAD, section() + interface(105))
    log = read_capture(section() + interface() + inside + b"".join(packet_block(frame) for frame in frames))
    assert by_direction(log) == sides(conversation(5))
    assert log.problems == ()
