"""Capture files: what kind one is, and its packets in batches.

pcap (draft-ietf-opsawg-pcap): either order of octets, micro- or nanoseconds, and the modified format of longer records.
pcapng (draft-ietf-opsawg-pcapng): sections and interfaces are read here, the blocks of packets in the core.
"""

from array import array
from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..._core import blocks, packets
from ...errors import CaptureError
from ..log import FILE, UNKNOWN_LINK, UNKNOWN_TIME, Problem
from .opening import Source

LARGEST_PACKET = 1 << 18  # captured octets of a packet, where the tools of the trade cut; a larger snap length counts
MOST_INTERFACES = 1 << 16

_Order = Literal["big", "little"]
_ORDERS: tuple[_Order, _Order] = ("big", "little")
_SECTION = b"\x0a\x0d\x0d\x0a"
_FILE_HEADER = 24  # octets of a pcap header
_TSRESOL = 9  # codes of options of an interface
_TSOFFSET = 14


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
            raise CaptureError(f"{self._name} is empty")
        form = _FORMS.get(head[:4])
        if form is not None and len(head) < _FILE_HEADER:
            raise CaptureError(f"{self._name} is cut off: {len(head)} octets of its header of {_FILE_HEADER} are there")
        if form is None and head[:4] != _SECTION:
            kinds = [kind for magic, kind in _OTHERS.items() if head.startswith(magic)]
            what = (
                f"it is {kinds[0]}" if kinds else f"it begins with {head[:4].hex(' ')}, as neither pcap nor pcapng does"
            )
            raise CaptureError(f"{self._name} is no packet capture: {what}")
        return form

    def _number(self, position: int, octets: int, order: _Order) -> int:
        return int.from_bytes(self._data[position : position + octets], order)

    def _trouble(self, detail: str) -> None:
        self.problems.append(Problem(UNKNOWN_TIME, UNKNOWN_LINK, FILE, detail))

    def _pcap(self, form: _Form) -> Iterator[blocks.Rows]:
        link_type = self._number(20, 4, form.order) & 0xFFFF  # above it: the length of a frame check sequence
        largest = max(LARGEST_PACKET, min(self._number(16, 4, form.order), 4 * LARGEST_PACKET))
        if link_type not in packets.link_types():
            raise CaptureError(f"{self._name} was captured on link type {link_type}, which cannot be read")
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
        rows, position, status = blocks.Rows(), 0, blocks.SPECIAL
        interfaces: array[int] = array("q")
        order: _Order = "little"
        while status in (blocks.FULL, blocks.SPECIAL):
            if status == blocks.SPECIAL:
                section = bytes(self._data[position : position + 4]) == _SECTION
                if section:
                    interfaces, order = array("q"), self._order(position)
                length = self._number(position + 4, 4, order)
                status = self._judge_block(position, length)
                if status != blocks.DONE:
                    break
                if not section and len(interfaces) < 4 * MOST_INTERFACES:
                    interfaces.extend(self._interface(bytes(self._data[position + 8 : position + length - 4]), order))
                position += length
            position, status = rows.pcapng(self._data, position, interfaces, big=order == "big")
            yield rows
            self._source.passed(position)
        if rows.strangers:
            self._trouble(f"{rows.strangers} blocks of packets are too short or name no interface: left out")
        self._end(status, position)

    def _order(self, position: int) -> _Order:
        """Tell the order of octets of a section by its magic number (section 4.1)."""
        return "big" if bytes(self._data[position + 8 : position + 12]) == b"\x1a\x2b\x3c\x4d" else "little"

    def _judge_block(self, position: int, length: int) -> int:
        """Return DONE for a section or interface block that can be read, else CUT or BROKEN."""
        if position + 12 > len(self._data):
            return blocks.CUT
        if length % 4 or length < 20:
            return blocks.BROKEN
        return blocks.DONE if position + length <= len(self._data) else blocks.CUT

    def _interface(self, body: bytes, order: _Order) -> tuple[int, int, int, int]:
        """Return link type, if_tsresol, if_tsoffset and snap length of an interface (section 4.2)."""
        link_type = int.from_bytes(body[:2], order)
        if link_type not in packets.link_types():
            self._trouble(f"an interface has link type {link_type}, which cannot be read: its packets are left out")
            link_type = -1
        options = _options(body[8:], order)
        resolution = (options.get(_TSRESOL) or b"\x06")[0]
        offset = int.from_bytes(options.get(_TSOFFSET, b"")[:8], order, signed=True)
        return link_type, resolution, offset, int.from_bytes(body[4:8], order)

    def _end(self, status: int, position: int) -> None:
        """Say how the file ends, if not as it should."""
        if status == blocks.CUT:
            self._trouble(f"{self._name} is cut off inside the record at octet {position}: what is whole was read")
        elif status == blocks.BROKEN:
            self._trouble(f"{self._name} is damaged: a length at octet {position} cannot be; the rest was not read")


def _options(octets: bytes, order: _Order) -> dict[int, bytes]:
    """Return the options of a block by code, the first of each kind (section 3.5)."""
    options: dict[int, bytes] = {}
    place = 0
    while place + 4 <= len(octets):
        code = int.from_bytes(octets[place : place + 2], order)
        length = int.from_bytes(octets[place + 2 : place + 4], order)
        if code == 0 or place + 4 + length > len(octets):
            break
        options.setdefault(code, octets[place + 4 : place + 4 + length])
        place += 4 + (length + 3) // 4 * 4
    return options
