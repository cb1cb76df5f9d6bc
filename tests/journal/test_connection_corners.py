"""Connections that begin, end and begin again where nobody expects it; streams given up and found again."""

import struct
from dataclasses import replace

import pytest

from smppkit.journal.log import LOST
from smppkit.journal.pcap import read_capture
from tests.core.operations import read_capture as core_reads
from tests.journal.builder import (
    ACK,
    FIN,
    PSH,
    RST,
    SAID,
    START,
    SYN,
    Wire,
    by_direction,
    conversation,
    ethernet,
    framed,
    pcap,
    pdu,
    restamped,
    sides,
    spoken,
)

GARBAGE = bytes(range(1, 256))
FOREIGN = {"esme": "10.9.0.1", "mc": "10.9.0.2", "mc_port": 8080}


def read(segments):
    return read_capture(pcap(framed(restamped(segments))))


def test_a_syn_behind_the_end_of_a_connection_begins_another():
    """The end was seen and nothing else: of a reset, of both FINs, of one FIN whose number does not fit."""
    for ends in ([(0, RST)], [(0, FIN | ACK), (1, FIN | ACK)]):
        old = Wire(isn=(77_000_000, 88_000_000))
        log = read([*(old.segment(side, flags) for side, flags in ends), *spoken()])
        assert by_direction(log) == sides(SAID)


def test_a_fin_before_its_own_syn_is_the_same_connection():
    segments = spoken()
    fins = [segment for segment in segments if segment.flags & FIN]
    log = read([*fins, *(segment for segment in segments if not segment.flags & FIN)])
    assert by_direction(log) == sides(SAID)
    assert len(log.links) == 1


def test_a_syn_in_a_running_stream_is_the_same_connection():
    wire = Wire()
    opening, said = wire.handshake(), wire.say(conversation(60))
    log = read([*said, opening[0], opening[1]])
    assert len(log.links) == 1
    assert by_direction(log) == sides(conversation(60))


def test_a_full_table_makes_room_by_giving_up_what_is_over():
    """Connections reset, closed by both sides, and of other protocols, 50,000 of each, beside one that speaks SMPP."""
    wire = Wire(**FOREIGN)
    kinds = [
        [wire.segment(0, SYN), wire.segment(0, RST)],
        [wire.segment(0, FIN | ACK), wire.segment(1, FIN | ACK)],
        [wire.segment(0, ACK, GARBAGE * 5), wire.segment(1, ACK, GARBAGE * 5)],
        [wire.segment(0, ACK, b"x")],
    ]
    kinds, frames = [framed(kind) for kind in kinds], []
    for number in range(140_000):
        for _, frame in kinds[number % 4]:
            source = 26 if frame[26:30] == b"\x0a\x09\x00\x01" else 30
            frames.append((START, frame[:source] + (0x0B000000 + number).to_bytes(4, "big") + frame[source + 4 :]))
    speaking = framed(spoken())
    log = read_capture(pcap([*speaking[:8], *frames, *speaking[8:]]))
    assert by_direction(log) == sides(SAID)


def test_connections_whose_hashes_collide_stay_apart():
    """With a seed of nought the hash is the exclusive or of addresses and ports, so others with the same can be had."""
    ports = {"esme_port": 40_000, "mc_port": 2775}
    wires = [
        Wire("10.0.0.1", "10.0.0.2", **ports),
        Wire("10.0.0.5", "10.0.0.6", **ports),
        Wire("a00:1::", "a00:2::", **ports),
        Wire("a00:1:0:0:100::", "a00:2::", 40_000, 2774),
        Wire("a00:1:0:0:0:100::", "a00:2::", 40_001, 2775),
        Wire("a00:1::", "a00:2:0:0:1::", 40_000, 2775),
    ]
    streams = [[*wire.handshake(), *wire.say(SAID), *wire.goodbye()] for wire in wires]
    segments = restamped([segment for together in zip(*streams, strict=True) for segment in together])
    batches, flows = core_reads(pcap(framed(segments)))
    assert flows.links == len(wires)
    assert sum(len(octets) for octets, *_ in batches) == len(wires) * sum(len(octets) for _, octets in SAID)


@pytest.mark.parametrize("flags", [None, ACK, FIN | ACK, RST])
@pytest.mark.parametrize("back", [False, True])
def test_a_connection_of_one_segment_whatever_follows(flags, back):
    """The first segment of a connection has no stream until another packet comes, or the capture ends."""
    wire = Wire()
    segment = wire.segment(0, PSH | ACK, GARBAGE + pdu(0x15, 7))
    following = [] if flags is None else [wire.segment(int(back), flags)]
    assert by_direction(read([segment, *following]))[0] == [pdu(0x15, 7)]
    log = read([*spoken(), wire.segment(0, PSH | ACK, GARBAGE), *following])
    assert by_direction(log) == sides(SAID)
    assert sum("not SMPP" in problem.detail for problem in log.problems) <= 1


def test_an_ignored_connection_stays_ignored_whatever_is_acknowledged():
    wire = Wire(**FOREIGN)
    segments = [*wire.handshake()]
    for _ in range(8):
        segments += [wire.segment(side, ACK, GARBAGE) for side in (0, 1)]
    wire.next[0] += 5000  # octets that the capture lacks, and that the peer has
    segments += [wire.segment(1, ACK, GARBAGE), *wire.goodbye()]
    log = read([*segments, *spoken()])
    assert by_direction(log) == sides(SAID)
    assert len(log.links) == 1


def test_a_direction_given_up_is_read_when_the_other_shows_smpp():
    """A talkative side without a header is remembered no longer; the other one tells what both are."""
    wire = Wire()
    opening = wire.handshake()
    noise = [wire.segment(1, ACK, GARBAGE) for _ in range(8)]
    log = read([*opening, *noise, *wire.say(SAID), *wire.goodbye()])
    assert by_direction(log) == sides(SAID)


def test_short_segments_without_a_header_are_looked_at_together():
    wire = Wire(isn=(1000, 500_000))
    first = b"".join(octets for side, octets in SAID if side == 0)
    proxy = b"PROXY TCP4 10.0.0.1 10.0.0.2 40000 2775\r\n"
    pieces = [proxy[start : start + 10] for start in range(0, len(proxy), 10)]
    segments = [*wire.handshake(), *(wire.segment(0, PSH | ACK, piece) for piece in pieces)]
    segments += [wire.segment(0, PSH | ACK, first[start : start + 7]) for start in range(0, len(first), 7)]
    assert by_direction(read(segments))[0] == sides(SAID)[0]


def test_a_sequence_number_of_zero_is_no_header_but_of_a_generic_nack():
    for said, seen in (((0, pdu(0x15, 0)), 0), ((0, pdu(0x80000000, 0, status=3)), 1)):
        wire = Wire(mc_port=9999)
        assert core_reads(pcap(framed([*wire.handshake(), *wire.say([said] * 3)])))[1].links == seen


def test_a_gap_behind_a_length_that_cannot_be_is_only_a_gap():
    wire = Wire()
    segments = [*wire.handshake(), *wire.say(SAID)]
    segments.append(wire.segment(0, PSH | ACK, b"\0\0\0\5"))
    wire.next[0] += 40
    segments += [*wire.say(SAID), *wire.goodbye()]
    log = read_capture(pcap(framed(segments)), port=2775)
    assert LOST in [problem.kind for problem in log.problems]
    assert by_direction(log)[1] == sides([*SAID, *SAID])[1]


def test_a_retransmission_behind_what_the_snap_length_left():
    """The octets that were not captured come again, in a segment that ends further on."""
    wire = Wire()
    opening = wire.handshake()
    long = pdu(4, 9, bytes(300))
    whole = wire.segment(0, PSH | ACK, long)
    longer = replace(whole, payload=long + pdu(0x15, 10))
    frames = framed([*opening, whole, longer, *wire.say(SAID[:2])])
    frames[3] = (frames[3][0], frames[3][1][:100])
    octets = pcap(frames[:3])
    for number, (time, frame) in enumerate(frames[3:]):
        wire_length = len(frame) if number else len(ethernet(whole.ip()))
        octets += struct.pack("<IIII", time // 10**9, 0, len(frame), wire_length) + frame
    assert pdu(0x15, 10) in by_direction(read_capture(octets, port=2775))[0]


@pytest.mark.parametrize("missing", [(0, 150), (0, 20), (0, 100)])
def test_a_queue_of_waiting_segments_that_is_emptied_in_part(missing):
    """Behind two gaps; the first is filled, others come behind the second before that one is filled too."""
    wire = Wire()
    opening = wire.handshake()
    said = [(0, octets) for _, octets in conversation(150)][:200]
    segments = wire.say(said)
    late = [segments[place] for place in missing]
    early = [segment for place, segment in enumerate(segments) if place not in missing]
    for order in (
        [*early[:-40], late[0], *early[-40:], late[1]],
        [*early[:-40], late[0], *early[:-41:-1], late[1]],
        [*early[::2], late[0], *early[1::2], late[1]],
        [*early[::-1], *late],
    ):
        log = read([*opening, *order, *wire.goodbye()])
        assert sorted(by_direction(log)[0]) == sorted(octets for _, octets in said)


def test_too_many_waiting_segments_give_up_the_gap():
    wire = Wire()
    opening = wire.handshake()
    said = [(0, pdu(0x15, number)) for number in range(1, 4400)]
    segments = wire.say(said)
    log = read([*opening, *segments[1:], *wire.goodbye()])
    assert by_direction(log)[0] == [octets for _, octets in said[1:]]
    assert LOST in [problem.kind for problem in log.problems]


def test_a_stream_that_goes_elsewhere_before_it_is_known():
    """Sequence numbers jump while nobody knows yet what is spoken."""
    wire = Wire(mc_port=9999)
    segments = [*wire.handshake(), wire.segment(0, ACK, b"hello"), wire.segment(1, ACK, b"hello")]
    wire.next[0] += 1 << 30
    segments += [wire.segment(0, ACK, b"x" * 20) for _ in range(6)]
    log = read([*segments, *wire.say(SAID), *wire.goodbye()])
    assert set(sides(SAID)[1]) >= set(by_direction(log)[1])
    assert by_direction(log)[0][-5:] == sides(SAID)[0][-5:]
