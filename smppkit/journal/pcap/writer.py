"""A log written as a capture: each link a TCP connection, each PDU in a packet of its own, passwords masked.

What a log does not know is made up so that every reader of captures is content: raw IP packets (link type 101), a
handshake where the link begins, sequence numbers, checksums, FIN or RST where an event says that it closed. Times are
those of the log.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

import numpy as np

from ..._version import __version__
from ..log import MC_TO_ESME, UNKNOWN_TIME, Event, Link, Log, Segment
from ..masking import masked
from .addresses import Ends, ends_of

MOST_IN_PACKET = 60_000  # octets of payload: an IP packet has 65,535 at most

_FIN, _SYN, _RST, _PSH, _ACK = 0x01, 0x02, 0x04, 0x08, 0x10
_TCP = 6
_RAW_IP = 101
_STRIDE = 0x01000193  # between the first sequence numbers of links, further than a window


def write_pcapng(log: Log, path: str | os.PathLike[str]) -> int:
    """Write the PDUs of a log as a pcapng file and return how many packets it holds.

    In binds and outbinds eight asterisks stand for the password. Links whose endpoints are no IP addresses get
    addresses of networks reserved for tests. Records of unknown time bear that of the record before, of unknown
    direction that from ESME to message centre. Raises OSError when the file cannot be written.

    >>> import os, tempfile
    >>> from smppkit.journal.memory import MemoryLog
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_pcapng(MemoryLog(), os.path.join(folder, "empty.pcapng"))
    0
    """
    with open(path, "wb") as target:
        return _Writer(log, target).write()


class _Happening(NamedTuple):
    """A connect or a close that an event tells of."""

    time: int
    link: int
    event: Event


class _Closing(NamedTuple):
    """How a connection ends: which side begins it, and whether by RST."""

    side: int
    reset: bool


class _Connection:
    """One link as a TCP connection: what each side has sent so far."""

    def __init__(self, number: int, ends: Ends, left: int) -> None:
        self.ends = ends
        self.left = left  # records to come
        self.open = False
        self.closing: _Closing | None = None
        self._next = [(number + 1) * _STRIDE & 0xFFFFFFFF, ((number + 1) * _STRIDE + 0x40000000) & 0xFFFFFFFF]

    def packet(self, side: int, flags: int, payload: bytes = b"") -> bytes:
        """Return the next packet of a side: 0 the ESME, 1 the message centre."""
        sequence, acknowledged = self._next[side], self._next[1 - side]
        self._next[side] = (sequence + len(payload) + (1 if flags & (_SYN | _FIN) else 0)) & 0xFFFFFFFF
        esme, esme_port, mc, mc_port = self.ends
        ends = (esme, mc, esme_port, mc_port) if side == 0 else (mc, esme, mc_port, esme_port)
        return _ip_packet(*ends, sequence, acknowledged if flags & _ACK else 0, flags, payload)


class _Writer:
    def __init__(self, log: Log, target: BinaryIO) -> None:
        self._target = target
        self._log = log
        self._time = 0
        self._packets = 0
        links = [*log.links, Link("unknown", "", "")]  # the last for records without a link
        counts, spans = _counted(log.segments(), len(links))
        self._connections = [
            _Connection(number, ends, counts[number]) for number, ends in enumerate(ends_of(links, spans))
        ]
        self._happenings = _happenings(log.events, len(log.links))

    def write(self) -> int:
        """Write the whole file."""
        self._target.write(_section() + _interface())
        happenings = iter([*self._happenings, None])
        coming = next(happenings)
        for segment in self._log.segments():
            for row in range(len(segment)):
                time = int(segment.time[row])
                while coming is not None and coming.time <= time:
                    self._happened(coming)
                    coming = next(happenings)
                self._record(segment, row, time)
        while coming is not None:
            self._happened(coming)
            coming = next(happenings)
        return self._packets

    def _record(self, segment: Segment, row: int, time: int) -> None:
        number = int(segment.link[row])
        connection = self._connections[number if 0 <= number < len(self._connections) - 1 else -1]
        if time != UNKNOWN_TIME:
            self._time = time
        if not connection.open:
            self._connect(connection, 0)
        side = 1 if int(segment.direction[row]) == MC_TO_ESME else 0
        pdu = masked(segment.octets(row))
        for start in range(0, len(pdu), MOST_IN_PACKET):
            self._put(connection.packet(side, _PSH | _ACK, pdu[start : start + MOST_IN_PACKET]))
        connection.left -= 1
        if connection.left == 0 and connection.closing is not None:
            self._disconnect(connection, connection.closing)

    def _happened(self, happening: _Happening) -> None:
        """Connect or close, but never close before the last record."""
        connection = self._connections[happening.link]
        link, event = self._log.links[happening.link], happening.event
        self._time = happening.time
        if event.to_state == "CLOSED":
            connection.closing = _Closing(1 if "message centre" in event.detail else 0, event.reason == "reset")
            if connection.open and connection.left == 0:
                self._disconnect(connection, connection.closing)
        elif not connection.open:
            self._connect(connection, 1 if event.detail.startswith(f"{link.mc} to ") else 0)

    def _connect(self, connection: _Connection, side: int) -> None:
        connection.open = True
        self._put(connection.packet(side, _SYN))
        self._put(connection.packet(1 - side, _SYN | _ACK))
        self._put(connection.packet(side, _ACK))

    def _disconnect(self, connection: _Connection, closing: _Closing) -> None:
        side = closing.side
        if closing.reset:
            self._put(connection.packet(side, _RST | _ACK))
            return
        self._put(connection.packet(side, _FIN | _ACK))
        self._put(connection.packet(1 - side, _FIN | _ACK))
        self._put(connection.packet(side, _ACK))

    def _put(self, packet: bytes) -> None:
        """Write an enhanced packet block (section 4.3 of pcapng)."""
        stamp = max(self._time, 0)
        padding = bytes(-len(packet) % 4)
        length = 32 + len(packet) + len(padding)
        head = struct.pack("<7I", 6, length, 0, stamp >> 32, stamp & 0xFFFFFFFF, len(packet), len(packet))
        self._target.write(head + packet + padding + struct.pack("<I", length))
        self._packets += 1


def _counted(segments: Iterator[Segment], links: int) -> tuple[list[int], list[tuple[int, int]]]:
    """Return for each link its records, and the numbers of its first and last; the last link is that of the unknown."""
    counts = np.zeros(links, np.int64)
    first = np.full(links, -1, np.int64)
    last = np.full(links, -1, np.int64)
    number = 0
    for segment in segments:
        link = np.where((segment.link >= 0) & (segment.link < links - 1), segment.link, links - 1)
        rows = np.arange(number, number + len(segment))
        counts += np.bincount(link, minlength=links)
        first[link[::-1]] = np.where(first[link[::-1]] < 0, rows[::-1], first[link[::-1]])
        last[link] = rows
        number += len(segment)
    return counts.tolist(), list(zip(first.tolist(), last.tolist(), strict=True))


def _happenings(events: Sequence[Event], links: int) -> list[_Happening]:
    """Return the connects and closes among events, in order of time."""
    found = [
        _Happening(event.time, event.link, event)
        for event in events
        if 0 <= event.link < links and "CLOSED" in (event.from_state, event.to_state)
    ]
    return sorted(found, key=lambda happening: happening.time)


def _checksum(octets: bytes) -> int:
    """Return the Internet checksum (RFC 1071): the sum in ones' complement is the remainder by 65,535."""
    total = int.from_bytes(octets + bytes(len(octets) % 2), "big")
    return 0xFFFF - (total % 0xFFFF or (0xFFFF if total else 0))


def _ip_packet(
    source: bytes,
    destination: bytes,
    source_port: int,
    destination_port: int,
    sequence: int,
    acknowledged: int,
    flags: int,
    payload: bytes,
) -> bytes:
    """Return an IPv4 or IPv6 packet with a TCP segment (RFC 9293, section 3.1)."""
    ports = struct.pack(">HHIIBBH", source_port, destination_port, sequence, acknowledged, 5 << 4, flags, 65535)
    length = 20 + len(payload)
    pseudo = source + destination + struct.pack(">II", length, _TCP)  # its sum is that of the shorter form of IPv4
    checksum = _checksum(pseudo + ports + bytes(4) + payload)
    segment = ports + struct.pack(">HH", checksum, 0) + payload
    if len(source) == 16:
        return struct.pack(">IHBB", 6 << 28, length, _TCP, 64) + source + destination + segment
    header = struct.pack(">BBHHHBB", 0x45, 0, 20 + length, 0, 0x4000, 64, _TCP)
    checksum = _checksum(header + bytes(2) + source + destination)
    return header + struct.pack(">H", checksum) + source + destination + segment


def _section() -> bytes:
    """Return a section header block (section 4.1) that says who wrote the file."""
    comment = (
        b"Written by smppkit: PDUs and times are those of a log, TCP/IP is made up around them, passwords are masked"
    )
    body = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    return _block(0x0A0D0D0A, body + _option(1, comment) + _option(4, f"smppkit {__version__}".encode()) + bytes(4))


def _interface() -> bytes:
    """Return an interface block (section 4.2): raw IP, times in nanoseconds."""
    return _block(1, struct.pack("<HHI", _RAW_IP, 0, 0) + _option(9, b"\x09") + bytes(4))


def _block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
