"""Bounds of what the core reads captures with: records, blocks, batches, and what it refuses to be given."""

import struct

import numpy as np
import pytest

from benchmarks import hostile_packets
from smppkit._core.blocks import DONE, Rows
from smppkit._core.flows import Flows
from smppkit.journal.pcap import read_capture
from tests.core.operations import read_blocks
from tests.core.operations import read_capture as core_reads
from tests.journal.builder import (
    ACK,
    PSH,
    SAID,
    START,
    Wire,
    block,
    by_direction,
    ethernet,
    framed,
    interface,
    ipv4,
    option,
    packet_block,
    pcap,
    pdu,
    section,
    sides,
    spoken,
)

SEED, ANY_PORT = bytes(16), b""


def flows_of(data=b"", ports=ANY_PORT, largest=70_000, seed=SEED):
    return Flows(data, ports=ports, largest=largest, seed=seed)


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


def test_records_come_in_batches_whose_columns_grow():
    """More records than are expected from the beginning of the capture, and more than one batch has."""
    long, many = hostile_packets.ROUTINE, 2 * 131_072

    def packets():
        place = hostile_packets.AFTER
        for _ in range(20_000):
            yield hostile_packets.packet(place, long)
            place += len(long)
        for _ in range(many // 4_000):
            yield hostile_packets.packet(place, hostile_packets.TINY * 4_000)
            place += len(hostile_packets.TINY) * 4_000

    log = read_capture(hostile_packets.pcap(hostile_packets.opened(packets()), 1 << 30))
    segments = list(log.segments())
    length = np.concatenate([segment.length for segment in segments])
    time = np.concatenate([segment.time for segment in segments])
    assert length.tolist() == [16, *[len(long)] * 20_000, *[16] * (many // 4_000 * 4_000)]
    assert (np.diff(time) >= 0).all()
    assert len(segments[0]) >= 131_072
    for segment in segments:
        assert segment.offset.tolist() == [0, *np.cumsum(segment.length)[:-1].tolist()]
        assert segment.octets(len(segment) - 1) == hostile_packets.TINY


def test_late_records_are_sorted_among_those_that_came_with_them():
    """The first stream is seen from its middle, so that its records are known when much else came."""
    late = [hostile_packets.packet(1 + 16 * place, hostile_packets.TINY, port=41_000) for place in range(31)]
    early = [
        hostile_packets.packet(hostile_packets.AFTER + 16 * place, hostile_packets.TINY) for place in range(40_000)
    ]
    packets = [*hostile_packets.opened([]), *late, *early]
    log = read_capture(hostile_packets.pcap(packets, 1 << 30))
    segment, *more = log.segments()
    assert not more
    assert len(segment) == 1 + len(late) + len(early)
    assert sorted(segment.offset.tolist()) == list(range(0, 16 * len(segment), 16))
    for link in range(2):
        assert (np.diff(segment.time[segment.link == link]) >= 0).all()
