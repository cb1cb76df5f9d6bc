"""Headers damaged or cut anywhere, and datagrams of which fragments are missing, doubled or too many."""

import struct

import pytest

from smppkit.journal.pcap import read_capture
from tests.core.operations import read_capture as core_reads
from tests.journal.builder import (
    ACK,
    PSH,
    START,
    Wire,
    bind,
    bind_resp,
    ethernet,
    fragments,
    framed,
    ipv4,
    ipv6,
    message,
    pcap,
    pdu,
    records,
    spoken,
)


def others(*frames, snap=None):
    """What the core says of packets that are no TCP segments."""
    return core_reads(pcap([(START, frame) for frame in frames], snap=snap))[1].others()


def test_headers_cut_anywhere_inside_their_options():
    packet = ipv4("10.0.0.1", "10.0.0.2", spoken()[3].tcp(), options=bytes(8))
    assert others(ethernet(packet), snap=14 + 24)["cut"] == 1


@pytest.mark.parametrize("snap", [14 + 40, 14 + 44, 14 + 50])
def test_extension_headers_cut_anywhere(snap):
    for extensions in ([(0, b"\1" + bytes(14))], [(44, bytes(7))]):
        packet = ipv6("::1", "::2", spoken()[3].tcp(), extensions=extensions)
        assert others(ethernet(packet), snap=snap)["cut"] == 1


def test_extension_headers_that_never_end_are_malformed():
    endless = ipv6("::1", "::2", bytes(400), extensions=[(60, bytes(7))] * 17)
    too_long = ipv6("::1", "::2", b"", extensions=[(60, b"\xff" + bytes(6))])
    assert others(ethernet(endless), ethernet(too_long))["malformed"] == 2


def test_udp_is_counted_by_its_lower_port():
    packets = [
        ipv4("10.0.0.1", "10.0.0.2", struct.pack(">HHHH", *ports, 8, 0), protocol=17) for ports in ((53, 9), (9, 53))
    ]
    assert others(*map(ethernet, packets))["udp"] == {9: 2}


def test_fragments_of_other_datagrams_with_the_same_number_stay_apart():
    """IPv4 and IPv6, two sources, and one that reaches beyond what a datagram may have."""
    segment = spoken()[3]
    first, *_ = fragments("10.0.0.1", "10.0.0.2", segment.tcp(), 24)
    other, *_ = fragments("10.0.0.9", "10.0.0.2", segment.tcp(), 24)
    newer = ipv6("::1", "::2", segment.tcp()[:24], extensions=[(44, struct.pack(">xHI", 1, 7))])
    beyond = ipv4("10.0.0.1", "10.0.0.2", bytes(64), fragment=0x1FFF)
    assert others(*map(ethernet, (first, other, newer, beyond)))["fragments"] == 3


def test_a_fragment_cut_by_the_snap_length_is_no_part():
    frames = [ethernet(part) for part in fragments("10.0.0.1", "10.0.0.2", spoken()[3].tcp() + bytes(200), 80)]
    assert others(*frames, snap=90)["fragments"] == 1  # the last, which is short


def parts(payload, *cuts):
    """IPv4 fragments of what lies between two places, the last of which is the last of the datagram when it says so."""
    return [
        ipv4(
            "10.0.0.1",
            "10.0.0.2",
            payload[start:stop],
            fragment=start // 8 | (0x2000 if more else 0),
        )
        for start, stop, more in cuts
    ]


def octets_of(*frames):
    """What the core reads from fragments that carry a segment."""
    batches, flows = core_reads(pcap([(START, ethernet(frame)) for frame in frames]))
    return b"".join(bytes(octets) for octets, *_ in batches), flows.others()["fragments"]


SECRET = (  # a datagram that lay where the next one is put together
    Wire(mc_port=443).segment(0, ACK, b"secret" * 30).tcp(),
    (0, 80, True),
    (80, 200, False),
)


def test_octets_that_no_fragment_brought_are_never_told():
    """As many blocks as the datagram needs, one of them behind its end and one missing: what lay there before stays."""
    wire = Wire()
    said = pdu(4, 9, bytes(64))
    old = parts(*SECRET)
    segment = wire.segment(0, PSH | ACK, said).tcp()
    assert len(segment) == 100
    beyond = parts(segment + bytes(12), (0, 80, True), (104, 112, True), (96, 100, False))
    assert octets_of(*old, *beyond) == (b"", 1)
    whole = parts(segment, (80, 96, True))
    assert octets_of(*old, *beyond, *whole) == (said, 0)


def test_octets_behind_a_short_end_are_never_told():
    wire = Wire()
    old = parts(*SECRET)
    segment = wire.segment(0, PSH | ACK, pdu(4, 9, bytes(range(1, 69)))).tcp()
    assert len(segment) == 104
    short, *longer = parts(segment, (96, 99, False), (96, 104, False), (0, 96, True))
    found, missing = octets_of(*old, short, *longer)
    assert (len(found), found[-5:], missing) == (84, bytes(5), 0)


@pytest.mark.parametrize("behind", range(1, 17))
def test_a_block_is_missing_wherever_it_lies(behind):
    """As many blocks as are wanted, one behind the end instead of the one that is missing."""
    segment = Wire().segment(0, PSH | ACK, pdu(4, 9, bytes(8 * 17 - 20 - 16))).tcp()
    blocks = [(8 * at, 8 * at + 8, at < 16) for at in range(17)]
    missing = blocks.pop(16 - behind)
    frames = parts(segment + bytes(64), (144, 152, True), *blocks)
    assert octets_of(*frames) == (b"", 1)
    assert octets_of(*frames, *parts(segment, missing)) == (pdu(4, 9, bytes(8 * 17 - 20 - 16)), 0)


def test_a_header_that_reaches_into_a_pdu_hides_none_behind_it():
    """What stands in the place of a header then is text, whose first octets are the length of ever so many PDUs."""
    said = [(0, bind()), (1, bind_resp()), *((0, message(4, number, b"x" * 100)) for number in range(2, 900))]
    wire = Wire()
    frames = framed([*wire.handshake(), *wire.say(said), *wire.goodbye()])
    time, octets = frames[6]
    frames[6] = time, octets[:46] + bytes([9 << 4]) + octets[47:]  # its first 16 octets pass for options of TCP
    log = read_capture(pcap(frames))
    assert len(records(log)) == len(said) - 1
    assert [problem.kind for problem in log.problems] == ["lost", "framing"]
