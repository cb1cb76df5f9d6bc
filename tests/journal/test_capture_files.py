"""Capture files of every kind, whole, cut anywhere and hostile."""

import gzip
import io
import os
import pickle
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.errors import CaptureError
from smppkit.journal.log import FILE, UNKNOWN_TIME, Log
from smppkit.journal.pcap import looks_like_capture, opening, read_capture
from tests.journal.builder import (
    START,
    Wire,
    block,
    by_direction,
    conversation,
    framed,
    interface,
    old_packet_block,
    option,
    packet_block,
    pcap,
    pcapng,
    records,
    section,
    sides,
    simple_block,
)

SAID = conversation(6)


def frames(said: list = SAID, **options: object) -> list[tuple[int, bytes]]:
    wire = Wire(**options)
    return framed([*wire.handshake(), *wire.say(said), *wire.goodbye()])


FRAMES = frames()
TIMES = [time for (time, octets), (_, pdu) in zip(FRAMES[3:], SAID, strict=False)]


def times(log: Log) -> list[int]:
    return [int(time) for segment in log.segments() for time in segment.time]


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("form", [{}, {"nanoseconds": True}, {"modified": True}])
def test_pcap(big, form):
    stamped = [(time + 1_234_567, octets) for time, octets in FRAMES]
    log = read_capture(pcap(stamped, big=big, **form))
    assert by_direction(log) == sides(SAID)
    exact = 1 if form.get("nanoseconds") else 1000
    assert times(log) == [(time + 1_234_567) // exact * exact for time in TIMES]
    assert log.problems == ()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("resolution", [0, 3, 6, 9, 10, 0x80 | 10, 0x80 | 20, 0x80 | 30])
@pytest.mark.parametrize("offset", [0, 3600, -7200])
def test_pcapng_times(order, resolution, offset):
    log = read_capture(pcapng(FRAMES, order=order, resolution=resolution, offset=offset))
    assert by_direction(log) == sides(SAID)
    step = 10**9 / 2 ** (resolution & 0x7F) if resolution & 0x80 else 10 ** (9 - min(resolution, 9))
    assert all(0 <= time - read < max(step, 1) + 1 for time, read in zip(TIMES, times(log), strict=True))


@pytest.mark.parametrize("resolution", [19, 20, 127, 0x80 | 35, 0x80 | 63, 0x80 | 64, 0xFF])
@pytest.mark.parametrize("offset", [0, 2**63 - 1, -(2**63), 9_223_372_036, -9_223_372_037])
def test_pcapng_times_that_make_no_sense(resolution, offset):
    options = option(9, bytes([resolution])) + option(14, struct.pack("<q", offset)) + bytes(4)
    head = section() + interface(options=options)
    whole = head + b"".join(
        packet_block((2**62 + number, octets), resolution=9) for number, (_, octets) in enumerate(FRAMES)
    )
    log = read_capture(whole)
    assert by_direction(log) == sides(SAID)
    assert all(-(2**63) <= time < 2**63 for time in times(log))


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_blocks_of_every_kind(order):
    unknown = block(0xBAD, b"whatever", order) + block(5, bytes(12), order) + block(4, bytes(8), order)
    parts = [section(order, option(1, b"comment", order) + bytes(4)), unknown, interface(1, order), unknown]
    makers = (packet_block, simple_block, old_packet_block)
    for number, frame in enumerate(FRAMES):
        parts += [makers[number % 3](frame, order), unknown]
    log = read_capture(b"".join(parts))
    assert by_direction(log) == sides(SAID)
    assert log.problems == ()
    assert set(times(log)) <= {UNKNOWN_TIME, *TIMES}


def test_pcapng_sections_and_interfaces():
    raw = framed([*(wire := Wire()).handshake(), *wire.say(SAID[:6])], "raw")
    rest = framed(wire.say(SAID[6:]), "cooked2")
    one = section("<") + interface(1) + interface(101) + b"".join(packet_block(frame, number=1) for frame in raw)
    two = section(">") + interface(276, ">") + b"".join(packet_block(frame, ">") for frame in rest)
    log = read_capture(one + two)
    assert by_direction(log) == sides(SAID)


def test_pcapng_simple_blocks_and_the_snap_length_of_their_interface():
    whole = section() + interface(1, snap=100) + b"".join(simple_block(frame, snap=100) for frame in FRAMES)
    log = read_capture(whole, port=2775)
    kept = [[pdu for pdu in pdus if len(pdu) + 54 <= 100] for pdus in sides(SAID)]
    assert by_direction(log) == kept


def test_pcapng_an_interface_that_cannot_be_read():
    whole = section() + interface(105) + interface(1) + b"".join(packet_block(frame, number=1) for frame in FRAMES)
    log = read_capture(whole + packet_block(FRAMES[0], number=0))
    assert by_direction(log) == sides(SAID)
    assert [problem.detail for problem in log.problems if problem.kind == FILE] == [
        "an interface has link type 105, which cannot be read: its packets are left out"
    ]


def test_pcapng_packets_of_no_interface():
    whole = section() + interface() + b"".join(packet_block(frame) for frame in FRAMES)
    log = read_capture(whole + packet_block(FRAMES[3], number=7) + block(6, b"short"))
    assert by_direction(log) == sides(SAID)
    assert "2 blocks of packets" in log.problems[0].detail


def test_a_path_octets_or_any_buffer(tmp_path):
    whole = pcap(FRAMES)
    path = tmp_path / "one.pcap"
    path.write_bytes(whole)
    for source in (path, str(path), whole, bytearray(whole), memoryview(whole)):
        assert by_direction(read_capture(source)) == sides(SAID)


@pytest.mark.parametrize("retained", [0, 1 << 30])
def test_a_large_file_is_mapped_and_given_back(tmp_path, monkeypatch, retained):
    monkeypatch.setattr(opening, "LOADED", 0)
    monkeypatch.setattr(opening, "STRIDE", 4096)
    many = [(START + number, octets) for number, (_, octets) in enumerate(FRAMES * 4000)]  # the same over and over
    path = tmp_path / "one.pcap"
    path.write_bytes(pcap(many))
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    log = read_capture(path, retained=retained)
    assert by_direction(log) == sides(SAID) == by_direction(log)
    log.close()
    log.close()
    assert before == (len(os.listdir("/proc/self/fd")) if before else 0)


@pytest.mark.parametrize("unpacked", [opening.UNPACKED, 100])
def test_gzip(tmp_path, monkeypatch, unpacked):
    monkeypatch.setattr(opening, "UNPACKED", unpacked)
    path = tmp_path / "one.pcap.gz"
    whole = pcap(FRAMES)
    path.write_bytes(gzip.compress(whole[:500]) + gzip.compress(whole[500:]))  # two members, as gzip -c >> makes them
    for retained in (0, 1 << 30):
        log = read_capture(path, retained=retained)
        assert by_direction(log) == sides(SAID)
        assert log.problems == ()
        log.close()


def test_gzip_cut_off_or_damaged():
    packed = gzip.compress(pcap(FRAMES), 0)
    log = read_capture(packed[:-200])
    assert len(by_direction(log)[0]) > 3
    assert any("gzip" in problem.detail for problem in log.problems)
    damaged = bytearray(packed)
    damaged[-6] ^= 0xFF
    assert any("gzip" in problem.detail for problem in read_capture(bytes(damaged)).problems)


def test_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "UNPACKED", 1 << 20)
    path = tmp_path / "bomb.gz"
    target = io.BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb") as packer:
        packer.write(pcap(FRAMES))
        for _ in range(64):
            packer.write(bytes(1 << 20))
    path.write_bytes(target.getvalue())
    with pytest.raises(CaptureError, match=r"bomb.gz unpacks to more than 256 times its size") as caught:
        read_capture(path)
    assert caught.value.offset is None


REFUSED = {
    b"": ("is empty", 0),
    b"\xd4\xc3\xb2\xa1": ("cut off: 4 octets of its header of 24", 4),
    pcap([])[:23]: ("cut off: 23 octets of its header of 24", 23),
    b"time,link,direction\n": ("no packet capture: it begins with 74 69 6d 65", 0),
    b"PK\x03\x04zipped": ("no packet capture: it is a zip archive", 0),
    b"BZh91AY": ("it is packed with bzip2", 0),
    b"\x28\xb5\x2f\xfdzzzz": ("it is packed with zstd", 0),
    b"SQLite format 3\0": ("it is an SQLite database", 0),
    pcap([]): ("holds no SMPP: it holds no packets", None),
    pcap([], 105): ("captured on link type 105", 20),
    gzip.compress(b""): ("is empty", 0),
    gzip.compress(b"hello"): ("no packet capture", 0),
    gzip.compress(pcap([], 105)): ("captured on link type 105", 20),
    gzip.compress(pcap([], 105))[:-1]: ("cannot be read; its gzip data are cut off or damaged", 20),
    section(): ("it holds no packets", None),
}


@pytest.mark.parametrize("octets", REFUSED, ids=lambda octets: REFUSED[octets][0])
def test_what_is_no_capture_is_one_sentence(tmp_path, octets):
    path = tmp_path / "file.pcap"
    path.write_bytes(octets)
    for source in (path, octets):
        with pytest.raises(CaptureError) as caught:
            read_capture(source)
        sentence, offset = REFUSED[octets]
        assert sentence in str(caught.value)
        assert caught.value.offset == offset
        assert pickle.loads(pickle.dumps(caught.value)).offset == offset
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith("file.pcap" if source is path else "the capture")


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_capture(tmp_path / "nothing.pcap")
    with pytest.raises(IsADirectoryError):
        read_capture(tmp_path)


@pytest.mark.parametrize("port", [0, 65536, -1, [], ["2775"], 2775.0, "2775"])
def test_a_port_that_cannot_be(port):
    with pytest.raises(ValueError, match="port"):
        read_capture(pcap(FRAMES), port=port)


def test_looks_like_capture():
    assert all(looks_like_capture(whole[:4]) for whole in (pcap([]), pcap([], big=True), section(), gzip.compress(b"")))
    assert not looks_like_capture(b"")
    assert not looks_like_capture(b"PAR1")


@pytest.mark.parametrize("make", [pcap, pcapng, lambda stamped: pcap(stamped, big=True, nanoseconds=True)])
def test_cut_at_every_octet(make):
    said = SAID[:6]
    whole = make(frames(said)[:9])
    known = records(read_capture(whole))
    for end in range(len(whole)):
        try:
            log = read_capture(whole[:end])
        except CaptureError:
            continue
        found = records(log)
        assert found == known[: len(found)]
        assert log.problems or end in boundaries(whole)
    assert records(read_capture(whole)) == known


def boundaries(whole: bytes) -> set[int]:
    """Where a pcap or pcapng of ours may end without being cut."""
    ends, place = set(), 0
    if whole[:4] == b"\x0a\x0d\x0d\x0a":
        while place < len(whole):
            place += struct.unpack_from("<I", whole, place + 4)[0]
            ends.add(place)
        return ends
    order = "<" if whole[0] == 0xD4 else ">"
    place = 24
    while place < len(whole):
        ends.add(place)
        place += 16 + struct.unpack_from(order + "I", whole, place + 8)[0]
    return ends | {place}


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_damage_anywhere(seed, newer):
    chance = random.Random(seed)
    whole = bytearray(pcapng(FRAMES) if newer else pcap(FRAMES))
    for _ in range(chance.choice((1, 2, 30))):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    try:
        log = read_capture(bytes(whole))
    except CaptureError:
        return
    for segment in log.segments():
        assert all(16 <= length <= 70_000 for length in segment.length)
        assert segment.offset.min() >= 0
        assert (segment.offset + segment.length).max() <= len(segment.buffer)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=600), st.sampled_from([pcap([]), pcap([], 101), section() + interface(), b"\x1f\x8b\x08\0"]))
def test_random_octets_behind_a_good_head(octets, head):
    with pytest.raises(CaptureError):
        read_capture(head + octets)


def test_times_begin_where_the_builder_says():
    assert times(read_capture(pcap(FRAMES)))[0] == START + 3_000_000
