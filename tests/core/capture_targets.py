"""Targets that read captures: files of any kind, and the segments of a conversation in any order."""

import tempfile
from array import array
from pathlib import Path

import numpy as np

import smppkit as sk
from smppkit._core.blocks import BROKEN, CUT, DONE, Rows
from smppkit._core.flows import Flows
from smppkit._core.packets import can_read
from smppkit.journal.masking import masked
from smppkit.journal.pcap import read_capture, write_pcapng
from smppkit.journal.pcap.links import ENDED, TOLD
from smppkit.journal.pcap.troubles import EXCESS, NOTICE
from tests.core.unbreakable import exact
from tests.journal.builder import Wire, conversation, framed, pcap, records

LINK_TYPES = [number for number in range(1 << 16) if can_read(number)]


def capture(octets: bytes) -> None:
    """A capture: what is read of it, written and read again, is the same but for passwords, which are masked."""
    from smppkit.frames import Log

    try:
        held = read_capture(octets)
    except sk.CaptureError as error:
        refused(error, octets)
        return
    found = records(held)
    assert len(found) == len(held)
    assert {link for link, _, _ in found} <= set(range(-1, len(held.links)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "again.pcapng")
        write_pcapng(held, path)
        try:
            again = records(read_capture(path))
        except sk.CaptureError:
            again = []
    assert numbered(again) == numbered([(link, direction, masked(record)) for link, direction, record in found])
    with Log(held) as tables:
        assert len(tables.pdus) == len(found)


def refused(error: sk.CaptureError, octets: bytes) -> None:
    """One sentence, and the place where the file stops to make sense, unless all of it was read in vain."""
    sentence = str(error)
    assert "\n" not in sentence
    assert (error.offset is None) == ("holds no SMPP" in sentence or "unpacks to more than" in sentence)
    if error.offset is not None:
        header = len(octets) if octets[:2] != b"\x1f\x8b" else 24  # of what is packed nobody knows how much there is
        assert 0 <= error.offset <= min(24, header)


def numbered(found: list[tuple[int, int, bytes]]) -> list[tuple[int, int, bytes]]:
    """Number links as their records come: a capture does so as packets come, and not all of these are written."""
    numbers: dict[int, int] = {-1: -1}
    return [(numbers.setdefault(link, len(numbers) - 1), direction, record) for link, direction, record in found]


def capture_lean(octets: bytes) -> None:
    try:
        found = records(read_capture(octets))
    except sk.CaptureError as error:
        refused(error, octets)
        return
    assert sum(len(record) for _, _, record in found) <= 1100 * len(octets)  # gzip may hold a thousand times as much


def packets(octets: bytes) -> None:
    """Packets of any link layer, through the core alone: what comes out lay in them, whatever the seed of the hash."""
    data, rows = rows_of(octets)
    taken = [followed(data, rows, seed) for seed in (bytes(16), b"0123456789abcdef")]
    assert taken[0] == taken[1]


def packets_lean(octets: bytes) -> None:
    followed(*rows_of(octets), bytes(16))


def rows_of(octets: bytes) -> tuple[memoryview, Rows]:
    """Read records of packets; the first octet says of which link type, and in which order of octets."""
    kind, body = (octets[0], octets[1:]) if octets else (0, b"")
    data, rows = exact(body), Rows()
    link_type = LINK_TYPES[(kind >> 1) % len(LINK_TYPES)]
    position, status = rows.pcap(
        data, 0, 1 << 18, link_type=link_type, big=bool(kind & 1), nanoseconds=False, header=16
    )
    assert 0 <= position <= len(body)
    assert status in (DONE, CUT, BROKEN)
    return data, rows


def followed(data: memoryview, rows: Rows, seed: bytes) -> tuple[object, ...]:
    """Return what the connections in these packets give."""
    flows = Flows(data, ports=b"", largest=70_000, seed=seed)
    assert flows.feed(rows, 0) == rows.count
    assert flows.finish()
    assert flows.packets == rows.count
    columns = [array(code, bytes(array(code).itemsize * flows.records)) for code in "qqqib"]
    flows.columns(*columns)
    octets, *told, others = flows.take()
    assert len(memoryview(octets)) <= len(data)
    for offset, length, _, link, side in zip(*columns, strict=True):
        assert 0 <= offset <= offset + length <= len(memoryview(octets))
        assert 0 <= link < flows.links
        assert side in (0, 1)
    kinds = (TOLD, NOTICE, ENDED, EXCESS)
    said = [sorted(map(str, np.frombuffer(each, kind).tolist())) for each, kind in zip(told, kinds, strict=True)]
    return bytes(octets), columns, said, sorted(others)


SAID = conversation(8)
_WIRE = Wire()
SEGMENTS = framed([*_WIRE.handshake(), *_WIRE.say(SAID, 2), *_WIRE.goodbye()])
FLAGS = (0, 1, 4, 16)  # FIN, RST and ACK may come where they do not belong; SYN would shift what is said


def stream(octets: bytes) -> None:
    """Segments of one conversation in any order, cut, doubled, lost: every record was said."""
    sent = []
    for place, (number, start, length, flags) in enumerate(zip(*(octets[at::4] for at in range(4)), strict=False)):
        frame = SEGMENTS[number % len(SEGMENTS)][1]
        whole = frame[54 : 14 + int.from_bytes(frame[16:18], "big")]
        payload = whole[start : start + length]
        sequence = (int.from_bytes(frame[38:42], "big") + min(start, len(whole))).to_bytes(4, "big")
        measured = frame[:16] + (40 + len(payload)).to_bytes(2, "big") + frame[18:38] + sequence + frame[42:47]
        flagged = measured + bytes([frame[47] ^ FLAGS[flags % len(FLAGS)]]) + frame[48:54] + payload
        sent.append((place * 10**6, flagged))
    try:
        held = read_capture(pcap(sent))
    except sk.CaptureError as error:
        refused(error, octets)
        return
    assert {record for _, _, record in records(held)} <= {masked(pdu) for _, pdu in SAID} | {pdu for _, pdu in SAID}
