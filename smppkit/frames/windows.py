"""Large buffers of PDUs in windows: each is indexed when it is decoded, so that no index of the whole is ever held."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._core.scan import scan
from ..journal import log as journal
from ..journal.log import Segment

LARGEST = 70_000  # octets of a PDU: a message_payload of 65,535 fits
WHOLE = 1 << 28  # octets up to which a buffer is indexed at once, which is a fifth faster: its index is no larger
MOST_OCTETS = 1 << 24  # of a window
WINDOWS = 16  # that there are at least: threads share them
_UNKNOWN: dict[str, npt.NDArray[Any]] = {
    "time": np.array(journal.UNKNOWN_TIME, np.int64),
    "link": np.array(journal.UNKNOWN_LINK, np.int32),
    "direction": np.array(journal.UNKNOWN_DIRECTION, np.int8),
}

Places: TypeAlias = tuple[journal.Buffer, npt.NDArray[np.int64], npt.NDArray[np.int64]]
"""A buffer, and offset and length of each record in it."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """PDUs of unknown times and directions from ``begin`` to ``end`` of a buffer: so many ``rows``, not yet indexed.

    >>> octets = bytes.fromhex("00000010 00000015 00000000 00000001") * 3
    >>> window = Window(octets, 16, 48, 2)
    >>> window.rows, window.read()[1].tolist()
    (2, [16, 32])
    """

    buffer: journal.Buffer
    begin: int
    end: int
    rows: int

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return ``time``, ``link`` or ``direction`` of the rows, which are unknown; takes no memory.

        >>> Window(bytes(48), 16, 48, 2).column("link").tolist()
        [-1, -1]
        """
        return np.broadcast_to(_UNKNOWN[name], self.rows)

    def shares(self, rows: int) -> Iterator["Window"]:
        """Yield the window itself, however few ``rows`` are wanted: it is small enough, and would be indexed again.

        >>> len(list(Window(bytes(48), 16, 48, 2).shares(1)))
        1
        """
        yield self

    def read(self) -> Places:
        """Index the window. RuntimeError when its octets are no longer those that were counted.

        >>> Window(bytes.fromhex("00000010 00000015 00000000 00000001"), 0, 16, 1).read()[2].tolist()
        [16]
        """
        buffer, offset, length = _indexed(memoryview(self.buffer), self.begin, self.end)
        if len(offset) != self.rows:
            raise RuntimeError("octets were written to while they were read: leave them alone until the call returns")
        return buffer, offset, length


def windows(buffer: memoryview) -> Iterator[Window]:
    """Yield a whole buffer in windows that end between PDUs. What is left at its end is one row, that is no whole PDU.

    >>> octets = memoryview(bytes.fromhex("00000010 00000015 00000000 00000001") * 3 + b"rest")
    >>> [(window.begin, window.end, window.rows) for window in windows(octets)]
    [(0, 52, 4)]
    """
    size = len(buffer)
    most = size if size <= WHOLE else min(MOST_OCTETS, -(-size // WINDOWS))
    begin, reach = 0, most
    while begin < size:
        end = min(begin + reach, size)
        found, consumed, absurd = scan(buffer[begin:end], LARGEST, headers=False)
        if absurd or end == size:  # no PDU begins behind it
            yield Window(buffer, begin, size, len(found[0]) + (begin + consumed < size))
            return
        if consumed:
            yield Window(buffer, begin, begin + consumed, len(found[0]))
        begin, reach = begin + consumed, most if consumed else 2 * reach


def whole(buffer: memoryview) -> Segment:
    """Return a buffer as one segment, indexed at once.

    >>> whole(memoryview(bytes.fromhex("00000010 00000015 00000000 00000001 ff"))).length.tolist()
    [16, 1]
    """
    return timeless(*_indexed(buffer, 0, len(buffer)))


def timeless(buffer: journal.Buffer, offset: npt.NDArray[np.int64], length: npt.NDArray[np.int64]) -> Segment:
    """Return records of unknown times and directions, on no link.

    >>> timeless(bytes(16), np.array([0]), np.array([16])).link.tolist()
    [-1]
    """
    time, direction, link = (np.broadcast_to(_UNKNOWN[name], len(offset)) for name in ("time", "direction", "link"))
    return Segment(buffer, offset, length, time, direction, link)


def _indexed(buffer: memoryview, begin: int, end: int) -> Places:
    """The PDUs of a part of a buffer; what is left is no whole PDU: a row that says so."""
    found, consumed, _ = scan(buffer[begin:end], LARGEST, headers=False)
    offset, length = found[0].to_numpy(), found[1].to_numpy()
    if begin:
        offset += begin
    if begin + consumed < end:
        offset, length = np.append(offset, begin + consumed), np.append(length, end - begin - consumed)
    return buffer, offset, length
