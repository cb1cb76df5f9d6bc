"""Logs written as pcapng: read back by us, by dpkt and by scapy."""

import io
import random
import warnings

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.journal.log import MC_TO_ESME, UNKNOWN_TIME, Event, Link, Segment
from smppkit.journal.masking import masked
from smppkit.journal.memory import MemoryLog
from smppkit.journal.pcap import read_capture, write_pcapng
from tests.journal.builder import START, bind, bind_resp, by_direction, conversation, message, pdu, records, sides
from tests.journal.test_shipped_captures import CAPTURES, PDUS

LINK = Link("a-b", "10.0.0.1:40000", "10.0.0.2:2775")


def logged(said, link=LINK, step=1000) -> MemoryLog:
    log = MemoryLog(complete=True)
    log.add_link(link)
    for number, (side, octets) in enumerate(said):
        log.append(octets, START + number * step, side, 0)
    return log


def times(log) -> list[int]:
    return [int(time) for segment in log.segments() for time in segment.time]


@pytest.mark.parametrize("name", PDUS)
def test_shipped_captures_come_back(tmp_path, name):
    log = read_capture(CAPTURES / f"{name}.pcap")
    path = tmp_path / "again.pcapng"
    assert write_pcapng(log, path) > len(log)
    again = read_capture(path)
    assert records(again) == [(link, way, masked(octets)) for link, way, octets in records(log)]
    assert times(again) == times(log)
    assert again.links == log.links
    assert again.problems == ()
    assert [(*event[:5], event.detail) for event in again.events] == [tuple(event) for event in log.events]


def test_no_password_is_written(tmp_path):
    said = [(1, pdu(0x0B, 1, b"centre\0sesame\0")), (0, bind(password=b"hunter2")), (1, bind_resp())]
    path = tmp_path / "masked.pcapng"
    write_pcapng(logged(said), path)
    octets = path.read_bytes()
    assert b"hunter2" not in octets
    assert b"sesame" not in octets
    assert octets.count(b"********") == 2
    assert b"smppkit" in octets


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["10.0.0.1", "[2001:db8::7]", "gateway"]))
def test_dpkt_sees_the_same_streams_and_right_checksums(tmp_path_factory, seed, host):
    said = conversation(12, seed)
    path = tmp_path_factory.mktemp("written") / "log.pcapng"
    write_pcapng(logged(said, Link("", f"{host}:40000", f"{host}:2775")), path)
    streams: dict[int, bytes] = {}
    expected: dict[int, int] = {}
    for _, octets in dpkt.pcapng.Reader(io.BytesIO(path.read_bytes())):
        packet = dpkt.ip.IP(octets) if octets[0] >> 4 == 4 else dpkt.ip6.IP6(octets)
        tcp = packet.data
        checked = (packet.sum if octets[0] >> 4 == 4 else 0), tcp.sum
        packet.sum = tcp.sum = 0
        again = type(packet)(bytes(packet))  # dpkt fills the checksums in
        assert ((again.sum if octets[0] >> 4 == 4 else 0), again.data.sum) == checked
        assert expected.setdefault(tcp.sport, tcp.seq) == tcp.seq
        expected[tcp.sport] = tcp.seq + len(tcp.data) + bool(tcp.flags & (dpkt.tcp.TH_SYN | dpkt.tcp.TH_FIN))
        if tcp.flags & dpkt.tcp.TH_ACK:
            assert tcp.ack == expected[2775 if tcp.sport == 40000 else 40000]
        streams[tcp.sport] = streams.get(tcp.sport, b"") + tcp.data
    wanted = [b"".join(masked(octets) for octets in pdus) for pdus in sides(said)]
    assert streams == {40000: wanted[0], 2775: wanted[1]}


def test_scapy_reads_times_and_the_comment(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scapy.utils import RawPcapNgReader

    path = tmp_path / "log.pcapng"
    write_pcapng(logged(conversation(3), step=1), path)
    with RawPcapNgReader(str(path)) as reader:
        read = list(reader)
    stamps = [(meta.tshigh << 32 | meta.tslow, meta.tsresol, meta.linktype) for _, meta in read]
    assert stamps == [(START + max(number - 3, 0), 10**9, 101) for number in range(len(read))]


def test_a_pdu_larger_than_a_packet(tmp_path):
    big = pdu(0x103, 2, b"\0" * 9 + b"\x04\x24\xff\xff" + random.Random(1).randbytes(65535))
    said = [(0, bind(password=b"********")), (1, bind_resp()), (0, big), (1, pdu(0x80000103, 2, b"id\0"))]
    path = tmp_path / "big.pcapng"
    write_pcapng(logged(said), path)
    assert by_direction(read_capture(path)) == sides(said)


def test_links_that_share_endpoints(tmp_path):
    link = Link("", "10.0.0.1:40000", "10.0.0.2:2775")
    log = MemoryLog()
    first, second, third = (conversation(4, seed) for seed in range(3))
    for number in range(3):
        log.add_link(link._replace(name=f"link {number}"))
    for number, ((one, octets), (other, others)) in enumerate(zip(first, second, strict=False)):
        log.append(octets, START + number * 10, one, 0)  # the first two at the same time, the third after them
        log.append(others, START + number * 10 + 1, other, 1)
    for number, (side, octets) in enumerate(third):
        log.append(octets, START + 10**6 + number, side, 2)
    path = tmp_path / "log.pcapng"
    write_pcapng(log, path)
    again = read_capture(path)
    assert [sorted(link.mc.split(":")[0] for link in again.links)] == [["10.0.0.2", "10.0.0.2", "192.0.2.1"]]
    count = min(len(first), len(second))
    known = {
        str([[masked(o) for o in pdus] for pdus in sides(said)]) for said in (first[:count], second[:count], third)
    }
    assert {str(by_direction(again, number)) for number in range(3)} == known


def test_what_a_log_does_not_know(tmp_path):
    log = MemoryLog()
    log.append(bind(password=b"********"))
    log.append(bind_resp(), START, MC_TO_ESME, -1)
    log.append(message(4, 2, b"x"), UNKNOWN_TIME, -1, 99)
    path = tmp_path / "log.pcapng"
    write_pcapng(log, path)
    again = read_capture(path)
    assert by_direction(again) == [[bind(password=b"********"), message(4, 2, b"x")], [bind_resp()]]
    assert times(again) == [0, START, START]
    assert again.links[0].mc == "192.0.2.1:2775"


def test_a_close_waits_for_the_last_record(tmp_path):
    log = logged([(0, bind(password=b"********")), (1, bind_resp())], step=100)
    log.add_event(Event(START + 50, 0, "OPEN", "CLOSED", "reset", "by the message centre"))
    path = tmp_path / "log.pcapng"
    write_pcapng(log, path)
    again = read_capture(path)
    assert len(again) == 2
    assert again.events[-1][:6] == (START + 100, 0, "BOUND_TRX", "CLOSED", "reset", "by the message centre")


def test_segments_of_any_buffer(tmp_path):
    octets = bytearray(b"?" + bind(password=b"********") + bind_resp())
    log = MemoryLog()
    log.add_link(Link("", "10.0.0.1:1", "10.0.0.2:2"))
    first = len(bind(password=b"********"))
    columns = [1, 1 + first], [first, len(bind_resp())], [START, START], [0, 1], [0, 0]
    log.extend(Segment.of(memoryview(octets), *columns))
    write_pcapng(log, tmp_path / "log.pcapng")
    assert len(read_capture(tmp_path / "log.pcapng")) == 2


def test_a_folder_is_no_target(tmp_path):
    with pytest.raises(IsADirectoryError):
        write_pcapng(MemoryLog(), tmp_path)
