"""From the link layer to the TCP payload: every kind of packet the builder can make, and damaged ones."""

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.errors import CaptureError
from smppkit.journal.log import FILE, LOST
from smppkit.journal.pcap import read_capture
from tests.journal.builder import (
    LAYERS,
    SAID,
    START,
    Segment,
    by_direction,
    ethernet,
    fragments,
    framed,
    ipv4,
    ipv6,
    pcap,
    sides,
    spoken,
)

IPV6 = {"esme": "2001:db8::1", "mc": "2001:db8::2"}


@pytest.mark.parametrize("addresses", [{}, IPV6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("layer", LAYERS)
def test_layers(layer, addresses):
    log = read_capture(pcap(framed(spoken(**addresses), layer), LAYERS[layer][0]))
    assert by_direction(log) == sides(SAID)
    assert log.problems == ()


def test_ipv4_options_and_tcp_options():
    segments = [Segment(**{**segment.__dict__, "options": b"\x01\x01\x08\x0a" + bytes(8)}) for segment in spoken()]
    frames = [(segment.time, ethernet(segment.ip(ip_options=b"\x94\x04\0\0" * 3))) for segment in segments]
    assert by_direction(read_capture(pcap(frames))) == sides(SAID)


def test_ipv6_extension_headers():
    chain = [(0, b"\0" + bytes(6)), (60, b"\1" + bytes(14)), (43, b"\0" + bytes(6)), (51, b"\4" + bytes(22))]
    frames = [(segment.time, segment.ip(extensions=chain)) for segment in spoken(**IPV6)]
    assert by_direction(read_capture(pcap(frames, 101))) == sides(SAID)


def test_an_atomic_ipv6_fragment_is_whole():
    frames = [(segment.time, segment.ip(extensions=[(44, b"\0\0\0" + bytes(4))])) for segment in spoken(**IPV6)]
    assert by_direction(read_capture(pcap(frames, 101))) == sides(SAID)


@pytest.mark.parametrize("order", ["straight", "reversed", "doubled"])
def test_ipv4_fragments_are_put_together(order):
    frames = []
    for number, segment in enumerate(spoken()):
        parts = fragments(segment.source, segment.destination, segment.tcp(), 24, identification=number)
        parts = {"straight": parts, "reversed": parts[::-1], "doubled": parts + parts}[order]
        frames += [(segment.time, part) for part in parts]
    log = read_capture(pcap(frames, 101))
    assert by_direction(log) == sides(SAID)


def test_ipv6_fragments_are_put_together():
    frames = []
    for number, segment in enumerate(spoken(**IPV6)):
        whole = segment.tcp()
        for start in range(0, len(whole), 32):
            more = start + 32 < len(whole)
            head = (44, b"\0" + struct.pack(">HI", start | more, number))
            part = ipv6(segment.source, segment.destination, whole[start : start + 32], extensions=[head])
            frames.append((segment.time, part))
    assert by_direction(read_capture(pcap(frames, 101))) == sides(SAID)


def test_a_missing_fragment_is_told():
    segments = spoken()
    frames = framed(segments, "raw")
    parts = fragments(segments[6].source, segments[6].destination, segments[6].tcp(), 24)
    frames[6:7] = [(segments[6].time, part) for part in parts[:-1]]
    log = read_capture(pcap(frames, 101))
    kinds = [problem.kind for problem in log.problems]
    assert kinds.count(LOST) >= 1
    assert any("1 fragmented IP datagram left out: not whole" in problem.detail for problem in log.problems)


def test_more_datagrams_under_way_than_there_is_room_for():
    orphans = [
        (START, ipv4("10.0.0.9", "10.0.0.8", bytes(24), identification=number, fragment=0x2000))
        for number in range(300)
    ]
    log = read_capture(pcap(orphans + framed(spoken(), "raw") + orphans, 101))
    assert by_direction(log) == sides(SAID)


def test_lengths_of_zero_left_to_the_card():
    frames = []
    for segment in spoken():
        frames.append((segment.time, ipv4(segment.source, segment.destination, segment.tcp(), total=0)))
    assert by_direction(read_capture(pcap(frames, 101))) == sides(SAID)
    frames = [(s.time, ipv6(s.source, s.destination, s.tcp(), length=0)) for s in spoken(**IPV6)]
    assert by_direction(read_capture(pcap(frames, 101))) == sides(SAID)


def test_packets_seen_twice():
    frames = [frame for frame in framed(spoken(), "cooked") for _ in range(2)]
    log = read_capture(pcap(frames, 113))
    assert by_direction(log) == sides(SAID)
    assert log.problems == ()


def test_other_traffic_between():
    noise = [
        (START, bytes(12) + b"\x08\x06" + bytes(46)),  # ARP
        (START, bytes(12) + b"\x88\xcc" + bytes(46)),  # LLDP
        (START, bytes(12) + b"\x00\x26" + b"\x42\x42\x03" + bytes(43)),  # spanning tree, IEEE 802.3
        (START, ethernet(ipv4("10.0.0.1", "10.0.0.2", struct.pack(">HHHH", 5353, 53, 12, 0) + b"dns?", protocol=17))),
        (START, ethernet(ipv4("10.0.0.1", "10.0.0.2", b"\x08\0", protocol=1))),
    ]
    log = read_capture(pcap([frame for pair in zip(framed(spoken()), noise * 20, strict=False) for frame in pair]))
    assert by_direction(log)[0] == sides(SAID)[0][: len(by_direction(log)[0])]
    assert {problem.detail.split(" ", 1)[1] for problem in log.problems} >= {
        "packets are UDP (port 53 DNS)",
        "packets are ICMP",
    }


@pytest.mark.parametrize("size", range(0, 54))
def test_headers_cut_by_the_snap_length(size):
    segments = spoken()
    frames = framed(segments)
    frames[6] = frames[6][0], frames[6][1][:size]
    log = read_capture(pcap(frames))
    known = sides(SAID)
    known[0 if segments[6].sport == 40000 else 1].remove(segments[6].payload)
    assert by_direction(log) == known


@pytest.mark.parametrize(
    ("place", "value"),
    [(14, 0x44), (14, 0x4F), (14, 0x65), (16, 0xFF), (17, 0x01), (46, 0x00), (46, 0x40), (46, 0xF0), (12, 0x00)],
)
def test_headers_that_contradict_themselves(place, value):
    frames = framed(spoken())
    broken = bytearray(frames[6][1])
    broken[place] = value
    frames[6] = frames[6][0], bytes(broken)
    known = sides(SAID)
    for side, pdus in enumerate(by_direction(read_capture(pcap(frames)))):
        assert len(pdus) >= len(known[side]) - 2


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(sorted(LAYERS)), st.booleans())
def test_damaged_packets_do_no_harm(seed, layer, newer):
    chance = random.Random(seed)
    frames = framed(spoken(**(IPV6 if newer else {})), layer)
    for _ in range(chance.randint(1, 40)):
        place = chance.randrange(len(frames))
        time, octets = frames[place]
        damaged = bytearray(octets)
        if damaged:
            damaged[chance.randrange(min(len(damaged), 90))] = chance.randrange(256)
        frames[place] = time, bytes(damaged)[: chance.choice((len(damaged), chance.randint(0, len(damaged))))]
    try:
        log = read_capture(pcap(frames, LAYERS[layer][0]))
    except CaptureError:
        return
    assert len(log) <= 3 * len(SAID)
    assert all(problem.detail for problem in log.problems)


def test_malformed_packets_are_counted():
    frames = framed(spoken())
    frames.insert(5, (START, ethernet(b"\x41" + bytes(60))))
    assert any(
        problem.kind == FILE and "1 packet left out: the IP" in problem.detail
        for problem in read_capture(pcap(frames)).problems
    )
