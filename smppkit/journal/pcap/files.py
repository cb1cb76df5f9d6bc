"""Capture files: what kind one is, and its packets in batches.

pcap (draft-ietf-opsawg-pcap): either order of octets, micro- or nanoseconds, and the modified format of longer records.
pcapng (draft-ietf-opsawg-pcapng): all its blocks are read in the core.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..._core import blocks, packets
from ...errors import CaptureError
from ..log import FILE, UNKNOWN_LINK, UNKNOWN_TIME, Problem
from .opening import Source

LARGEST_PACKET = 1 << 18  # captured octets of a packet, where the tools of the trade cut; a larger snap length counts
MOST_SHOWN = 20  # link types that cannot be read

_Order = Literal["big", "little"]
_ORDERS: tuple[_Order, _Order] = ("big", "little")
_SECTION = b"\x0a\x0d\x0d\x0a"
_FILE_HEADER = 24  # octets of a pcap header
_LINK_TYPE = 20  # where it stands in one


class _Form(NamedTuple):
    """What the magic number of a pcap file says."""

    order: _Order
    nanoseconds: bool
    header: int  # octets before each packet


_FORMS = {
    number.to_bytes(4, order): _Form(order, nanoseconds, header)
    for number, nanoseconds, header in ((0xA1B2C3D4, False, 16), (0xA1B23C4D, True, 16), (0xA1B2CD34, False, 24))
    for order in _ORDERS
}
_OTHERS = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"SQLite format 3": "an SQLite database",
    b"snoop\0": "a snoop capture",
    b"PAR1": "a Parquet file",
}


def looks_like_capture(head: bytes) -> bool:
    """Tell from its first octets (four are enough) whether a file may be a capture, or one packed with gzip.

    >>> looks_like_capture(bytes.fromhex("d4c3b2a1")), looks_like_capture(b"time,link")
    (True, False)
    """
    return head[:4] in _FORMS or head[:4] == _SECTION or head[:2] == b"\x1f\x8b"


class CaptureFile:
    """The packets of a capture, batch by batch, and what was wrong with the file.

    Raises CaptureError when the source is empty, is no capture, ends inside its header, or has a link layer that cannot
    be read.

    >>> file = CaptureFile(Source(bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 ffff0000 01000000")))
    >>> [rows.count for rows in file.batches()], file.problems
    ([0], [])
    """

    def __init__(self, source: Source) -> None:
        """Look at the head of the file."""
        self.problems: list[Problem] = []
        self._source = source
        self._data = source.data
        self._name = source.name
        self._form = self._judge(bytes(self._data[:_FILE_HEADER]))

    def batches(self) -> Iterator[blocks.Rows]:
        """Yield the packets, some thousands at a time; each batch is overwritten by the next.

        >>> section = bytes.fromhex("0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000")
        >>> file = CaptureFile(Source(section))
        >>> [rows.count for rows in file.batches()]
        [0]
        """
        return self._pcapng() if self._form is None else self._pcap(self._form)

    def _judge(self, head: bytes) -> _Form | None:
        """Return the form of a pcap file, None for pcapng; refuse what is neither."""
        if not head:
            raise CaptureError(f"{self._name} is empty", offset=0)
        form = _FORMS.get(head[:4])
        if form is not None and len(head) < _FILE_HEADER:
            there = f"{len(head)} octets of its header of {_FILE_HEADER} are there"
            raise CaptureError(f"{self._name} is cut off: {there}", offset=len(head))
        if form is None and head[:4] != _SECTION:
            kinds = [kind for magic, kind in _OTHERS.items() if head.startswith(magic)]
            what = (
                f"it is {kinds[0]}" if kinds else f"it begins with {head[:4].hex(' ')}, as neither pcap nor pcapng does"
            )
            raise CaptureError(f"{self._name} is no packet capture: {what}", offset=0)
        return form

    def _number(self, position: int, octets: int, order: _Order) -> int:
        return int.from_bytes(self._data[position : position + octets], order)

    def _trouble(self, detail: str) -> None:
        self.problems.append(Problem(UNKNOWN_TIME, UNKNOWN_LINK, FILE, detail))

    def _pcap(self, form: _Form) -> Iterator[blocks.Rows]:
        link_type = self._number(_LINK_TYPE, 4, form.order) & 0xFFFF  # above it: the length of a frame check sequence
        largest = max(LARGEST_PACKET, min(self._number(16, 4, form.order), 4 * LARGEST_PACKET))
        if not packets.can_read(link_type):
            told = f"{self._name} was captured on link type {link_type}, which cannot be read"
            raise CaptureError(told, offset=_LINK_TYPE)
        rows, position, status = blocks.Rows(), _FILE_HEADER, blocks.FULL
        while status == blocks.FULL:
            position, status = rows.pcap(
                self._data,
                position,
                largest,
                link_type=link_type,
                big=form.order == "big",
                nanoseconds=form.nanoseconds,
                header=form.header,
            )
            yield rows
            self._source.passed(position)
        self._end(status, position)

    def _pcapng(self) -> Iterator[blocks.Rows]:
        rows, position, status = blocks.Rows(), 0, blocks.FULL
        while status == blocks.FULL:
            position, status = rows.pcapng(self._data, position)
            yield rows
            self._source.passed(position)
        unread = rows.unread()
        for link_type, count in sorted(unread.items())[:MOST_SHOWN]:
            which, their = ("an interface has", "its") if count == 1 else (f"{count:,} interfaces have", "their")
            self._trouble(f"{which} link type {link_type}, which cannot be read: {their} packets are left out")
        if len(unread) > MOST_SHOWN:
            self._trouble(f"interfaces have {len(unread) - MOST_SHOWN:,} more link types that cannot be read")
        if rows.strangers:
            self._trouble(f"{rows.strangers} blocks of packets are too short or name no interface: left out")
        self._end(status, position)

    def _end(self, status: int, position: int) -> None:
        """Say how the file ends, if not as it should."""
        if status == blocks.CUT:
            self._trouble(f"{self._name} is cut off inside the record at octet {position}: what is whole was read")
        elif status == blocks.BROKEN:
            self._trouble(f"{self._name} is damaged: a length at octet {position} cannot be; the rest was not read")
