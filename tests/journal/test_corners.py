"""Corners of captures that ordinary traffic does not reach: bounds, damage in headers, streams given up and found."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import hostile_captures
from smppkit._core.blocks import DONE, Rows
from smppkit._core.flows import Flows
from smppkit.journal.log import LOST
from smppkit.journal.pcap import read_capture
from tests.core.operations import read_blocks
from tests.core.operations import read_capture as core_reads
from tests.journal.builder import (
    ACK,
    FIN,
    PSH,
    RST,
    START,
    SYN,
    Wire,
    block,
    by_direction,
    conversation,
    ethernet,
    fragments,
    framed,
    interface,
    ipv4,
    ipv6,
    option,
    packet_block,
    pcap,
    pdu,
    restamped,
    section,
    sides,
)

SEED, ANY_PORT = bytes(16), b""
SAID = conversation(6)
GARBAGE = bytes(range(1, 256))
FOREIGN = {"esme": "10.9.0.1", "mc": "10.9.0.2", "mc_port": 8080}


def flows_of(data=b"", ports=ANY_PORT, largest=70_000, seed=SEED):
    return Flows(data, ports=ports, largest=largest, seed=seed)


def spoken(**options):
    wire = Wire(**options)
    return [*wire.handshake(), *wire.say(SAID), *wire.goodbye()]


def read(segments):
    return read_capture(pcap(framed(restamped(segments))))


def others(*frames, snap=None):
    """What the core says of packets that are no TCP segments."""
    return core_reads(pcap([(START, frame) for frame in frames], snap=snap))[1].others()


# ---- records and blocks ----


@pytest.mark.parametrize(("position", "header"), [(-1, 16), (0, 15)])
def test_a_record_that_cannot_begin_there_is_refused(position, header):
    with pytest.raises(ValueError, match="must not be below 0 and 16"):
        Rows().pcap(b"", position, 9, link_type=1, big=False, nanoseconds=False, header=header)


def test_a_batch_of_blocks_is_full_and_the_rest_comes_with_the_next():
    assert read_blocks(section() + interface() + packet_block((START, bytes(60))) * 5000) == (5000, [])


def test_a_simple_block_longer_than_the_snap_length_of_its_interface_ends_there():
    frames = [frame for _, frame in framed(spoken())]
    padding = bytes(64)  # a writer that pads further than the block's packet goes
    simple = [block(3, struct.pack("<I", len(frame) + 64) + frame + padding) for frame in frames]
    log = read_capture(section() + interface(snap=1000) + b"".join(simple))
    assert by_direction(log) == sides(SAID)
    cut = read_capture(section() + interface(snap=60) + b"".join(simple), port=2775)
    assert by_direction(cut)[0] != sides(SAID)[0]


@pytest.mark.parametrize("offset", [9_223_372_036 - 5, 9_223_372_037, -9_223_372_037, 2**63 - 1, -(2**63)])
def test_a_time_beyond_what_an_int64_holds_is_unknown(offset):
    known = interface(options=option(9, b"\6") + option(14, struct.pack("<q", offset)))
    blocks = [packet_block(frame) for frame in framed(spoken())]
    assert by_direction(read_capture(section() + known + b"".join(blocks))) == sides(SAID)


@pytest.mark.parametrize(("octets", "seconds"), [(b"", 0), (struct.pack("<q", 7) + b"\xff", 7), (b"\x05", 5)])
def test_an_offset_of_times_may_have_any_length(octets, seconds):
    """A signed integer of eight octets (pcapng, section 4.2); what is shorter or longer is read as far as it goes."""
    known = section() + interface(options=option(14, octets))
    frames = framed(spoken())
    log = read_capture(known + b"".join(map(packet_block, frames)))
    assert by_direction(log) == sides(SAID)
    assert min(segment.time.min() for segment in log.segments()) == frames[3][0] + seconds * 10**9


def test_interfaces_beyond_those_that_are_remembered():
    frames = framed(spoken())
    known = interface() * 0x10000
    first = b"".join(packet_block(frame, number=0xFFFF) for frame in frames)
    beyond = b"".join(packet_block(frame, number=0x10000) for frame in frames)
    assert by_direction(read_capture(section() + known + first)) == sides(SAID)
    assert read_blocks(section() + known + interface() + beyond)[0] == 0


def test_blocks_that_cannot_begin_there_are_refused():
    with pytest.raises(ValueError, match="must not be below 0"):
        Rows().pcapng(b"", -1)


# ---- what the core is given ----


@pytest.mark.parametrize("wrong", [{"seed": b"short"}, {"ports": bytes(9)}, {"largest": 15}, {"largest": 1 << 25}])
def test_flows_say_what_they_need(wrong):
    with pytest.raises(ValueError, match="16 octets of seed, 65,536 ports or none"):
        flows_of(**wrong)


def test_nothing_follows_when_connections_have_ended():
    """What a connection held is given back then; the rest of it would be read into that."""
    wire = Wire()
    segments = framed([*wire.handshake(), *wire.say(SAID)])
    data, half = pcap(segments), len(pcap(segments[: len(segments) // 2]))
    flows, rows, rest = flows_of(data), Rows(), Rows()
    rows.pcap(data[:half], 24, 262144, link_type=1, big=False, nanoseconds=False, header=16)
    rest.pcap(data, half, 262144, link_type=1, big=False, nanoseconds=False, header=16)
    assert flows.feed(rows, 0) == rows.count
    assert flows.finish()
    with pytest.raises(ValueError, match="the connections have ended"):
        flows.feed(rest, 0)
    with pytest.raises(TypeError):
        flows.feed(None, 0)


@pytest.mark.parametrize("place", range(5))
def test_columns_of_another_length_than_the_records_are_refused(place):
    batches, flows = core_reads(pcap(framed(spoken())))
    assert batches
    kinds = (np.int64, np.int64, np.int64, np.int32, np.int8)
    columns = [np.zeros(1 if number == place else 0, kind) for number, kind in enumerate(kinds)]
    with pytest.raises(ValueError, match="0 records need columns of as many items"):
        flows.columns(*columns)


def test_packets_that_do_not_lie_in_the_file_are_counted_and_left_alone():
    data, rows = pcap(framed(spoken())), Rows()
    rows.pcap(data, 24, 262144, link_type=1, big=False, nanoseconds=False, header=16)
    flows = flows_of(data[:50])
    assert flows.feed(rows, -5) == rows.count == flows.packets
    assert (flows.segments, bytes(flows.take()[0])) == (0, b"")


def test_no_packet_comes_behind_the_end():
    data, rows = pcap(framed(spoken())), Rows()
    rows.pcap(data, 24, 262144, link_type=1, big=False, nanoseconds=False, header=16)
    flows = flows_of(data)
    assert flows.feed(rows, 0) == rows.count
    assert flows.finish()
    with pytest.raises(ValueError, match="nothing can follow"):
        flows.feed(rows, 0)


def test_packets_without_octets_are_no_packets():
    records = struct.pack("<IIII", 1, 0, 0, 60) * 3
    rows, flows = Rows(), flows_of(records)
    assert rows.pcap(records, 0, 65535, link_type=1, big=False, nanoseconds=False, header=16) == (48, DONE)
    assert flows.feed(rows, 0) == 3
    assert (flows.packets, flows.segments, flows.others()["not_ip"]) == (3, 0, 0)


def test_more_records_than_one_batch_holds_come_in_several():
    burst = b"".join(pdu(0x15, number) for number in range(1, 4001))
    wire = Wire()
    frames = framed(wire.handshake())
    for _ in range(34):
        segment = wire.segment(0, PSH | ACK, burst)
        frames.append((segment.time, ethernet(ipv4(wire.esme, wire.mc, segment.tcp(), total=0))))
    assert len(read_capture(pcap(frames))) == 34 * 4000


def test_more_octets_than_one_batch_holds_come_in_several():
    wire = Wire()
    long = [pdu(5, number, bytes(60_000)) for number in range(1, 301)]
    segments = wire.handshake() + wire.say([(1, octets) for octets in long])
    frames = [
        (segment.time, ethernet(ipv4("10.0.0.2", "10.0.0.1", segment.tcp(), total=0))) for segment in segments[3:]
    ]
    assert by_direction(read_capture(pcap([*framed(segments[:3]), *frames])))[1] == long


# ---- damage inside headers ----


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


# ---- connections ----


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


# ---- streams ----


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


# ---- fragments ----


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


def test_records_come_in_batches_whose_columns_grow():
    """More records than are expected from the beginning of the capture, and more than one batch has."""
    long, many = hostile_captures.ROUTINE, 2 * 131_072

    def packets():
        place = hostile_captures.AFTER
        for _ in range(20_000):
            yield hostile_captures.packet(place, long)
            place += len(long)
        for _ in range(many // 4_000):
            yield hostile_captures.packet(place, hostile_captures.TINY * 4_000)
            place += len(hostile_captures.TINY) * 4_000

    log = read_capture(hostile_captures.pcap(hostile_captures.opened(packets()), 1 << 30))
    segments = list(log.segments())
    length = np.concatenate([segment.length for segment in segments])
    time = np.concatenate([segment.time for segment in segments])
    assert length.tolist() == [16, *[len(long)] * 20_000, *[16] * (many // 4_000 * 4_000)]
    assert (np.diff(time) >= 0).all()
    assert len(segments[0]) >= 131_072
    for segment in segments:
        assert segment.offset.tolist() == [0, *np.cumsum(segment.length)[:-1].tolist()]
        assert segment.octets(len(segment) - 1) == hostile_captures.TINY


def test_late_records_are_sorted_among_those_that_came_with_them():
    """The first stream is seen from its middle, so that its records are known when much else came."""
    late = [hostile_captures.packet(1 + 16 * place, hostile_captures.TINY, port=41_000) for place in range(31)]
    early = [
        hostile_captures.packet(hostile_captures.AFTER + 16 * place, hostile_captures.TINY) for place in range(40_000)
    ]
    packets = [*hostile_captures.opened([]), *late, *early]
    log = read_capture(hostile_captures.pcap(packets, 1 << 30))
    segment, *more = log.segments()
    assert not more
    assert len(segment) == 1 + len(late) + len(early)
    assert sorted(segment.offset.tolist()) == list(range(0, 16 * len(segment), 16))
    for link in range(2):
        assert (np.diff(segment.time[segment.link == link]) >= 0).all()
