"""Records to columns of the core, spread over the processor's cores when there are many."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .._core.column import Column
from .._core.columns import decode, whole
from ..journal.log import Segment
from .reading import Reading
from .windows import Places, Window

WORTH_THREADS = 50_000  # records: below it a thread costs more than it gains
SHARES = 2  # pieces of work for each thread: more take more small pages, fewer let one wait for the other
MOST_SHARES = 16
SLICE_ROWS = 1_000_000
SLICE_OCTETS = 1 << 28


class Slice(NamedTuple):
    """Some records of a segment.

    >>> Slice(Segment.of(b"", [], [], [], [], []), 0, 0).rows
    0
    """

    segment: Segment
    start: int
    stop: int

    @property
    def rows(self) -> int:
        """The number of records.

        >>> Slice(Segment.of(b"", [], [], [], [], []), 0, 0).rows
        0
        """
        return self.stop - self.start

    def column(self, name: str) -> npt.NDArray[Any]:
        """Return ``time``, ``link`` or ``direction`` of the records, over the memory of the segment.

        >>> Slice(Segment.of(b"", [0, 0], [0, 0], [7, 8], [0, 0], [0, 0]), 1, 2).column("time").tolist()
        [8]
        """
        whole: npt.NDArray[Any] = getattr(self.segment, name)
        return whole[self.start : self.stop]

    def shares(self, rows: int) -> Iterator["Slice"]:
        """Cut the slice into some of ``rows`` records and what is left.

        >>> segment = Segment.of(bytes(48), [0, 16, 32], [16, 16, 16], [0, 0, 0], [0, 0, 0], [0, 0, 0])
        >>> [share.rows for share in Slice(segment, 0, 3).shares(2)]
        [2, 1]
        """
        for start in range(self.start, self.stop, rows):
            yield Slice(self.segment, start, min(start + rows, self.stop))

    def read(self) -> Places:
        """Return the buffer of the records, and offset and length of each.

        >>> Slice(Segment.of(bytes(32), [0, 16], [16, 16], [0, 0], [0, 0], [0, 0]), 1, 2).read()[1].tolist()
        [16]
        """
        where = slice(self.start, self.stop)
        return self.segment.buffer, self.segment.offset[where], self.segment.length[where]


Piece: TypeAlias = Slice | Window
"""What is decoded at once: both tell their ``rows`` and each ``column``, are cut into ``shares``, and are ``read``."""


def cut(segments: Iterable[Segment], rows: int = SLICE_ROWS) -> Iterator[Slice]:
    """Yield slices of at most ``rows`` records and, but for single records, ``SLICE_OCTETS`` octets.

    >>> segment = Segment.of(bytes(64), [0, 16, 32], [16, 16, 16], [0, 0, 0], [0, 0, 0], [0, 0, 0])
    >>> [(piece.start, piece.stop) for piece in cut([segment], rows=2)]
    [(0, 2), (2, 3)]
    """
    for segment in segments:
        if 0 < len(segment) <= rows and int(segment.length.sum()) <= SLICE_OCTETS:
            yield Slice(segment, 0, len(segment))
            continue
        ends = np.cumsum(segment.length)
        start, base = 0, 0
        while start < len(segment):
            full = int(np.searchsorted(ends, base + SLICE_OCTETS, side="right"))
            stop = max(start + 1, min(start + rows, full, len(segment)))
            yield Slice(segment, start, stop)
            start, base = stop, int(ends[stop - 1])


def groups(segments: Iterable[Segment], rows: int) -> Iterator[list[Slice]]:
    """Yield lists of slices with ``rows`` records together; the last list may have fewer.

    >>> segment = Segment.of(bytes(48), [0, 16, 32], [16, 16, 16], [0, 0, 0], [0, 0, 0], [0, 0, 0])
    >>> [[piece.rows for piece in group] for group in groups([segment, segment], rows=4)]
    [[3, 1], [2]]
    """
    group: list[Slice] = []
    room = rows
    for uncut in cut(segments):
        piece = uncut
        while piece.rows >= room:
            middle = piece.start + room
            yield [*group, Slice(piece.segment, piece.start, middle)]
            piece = Slice(piece.segment, middle, piece.stop)
            group, room = [], rows
        if piece.rows:
            group.append(piece)
            room -= piece.rows
    if group:
        yield group


def columns(
    pieces: Sequence[Piece], names: Sequence[str], reading: Reading, threads: int | None = None
) -> dict[str, list[Column]]:
    """Return for each name its column: integers as one, strings as one for each piece or share of a piece.

    ``threads`` is how many there are at most; as many as the machine has cores when it is left out.

    >>> segment = Segment.of(bytes.fromhex("00000010 00000015 00000000 00000007"), [0], [16], [0], [0], [0])
    >>> columns([Slice(segment, 0, 1)], ["sequence_number"], Reading())["sequence_number"][0].to_list()
    [7]
    """
    rows = sum(piece.rows for piece in pieces)
    workers = (threads or os.cpu_count() or 1) if rows >= WORTH_THREADS else 1
    most = -(-rows // min(SHARES * workers, MOST_SHARES))
    shares = list(pieces) if workers == 1 else [share for piece in pieces for share in piece.shares(most)]
    integers = whole(names, rows, reading.tlvs)
    firsts = accumulate((share.rows for share in shares), initial=0)

    def decoded(share: Piece, first: int) -> dict[str, Column]:
        buffer, offset, length = share.read()
        return decode(buffer, offset, length, names, *reading, into=integers, first=first)

    if workers == 1:
        found = list(map(decoded, shares, firsts))
    else:
        with ThreadPoolExecutor(workers, "smppkit-decode") as pool:
            found = list(pool.map(decoded, shares, firsts))
    numbers = integers.take()
    return {name: [numbers[name]] if name in numbers else [part[name] for part in found] for name in names}
