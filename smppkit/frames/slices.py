"""Records to columns of the core, spread over the processor's cores when there are many."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from .._core.column import Column
from .._core.columns import decode
from ..journal.log import Segment
from .reading import Reading

WORTH_THREADS = 100_000  # records: below it a thread costs more than it gains
SLICE_ROWS = 250_000
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


def cut(segments: Iterable[Segment], rows: int = SLICE_ROWS) -> Iterator[Slice]:
    """Yield slices of at most ``rows`` records and, but for single records, ``SLICE_OCTETS`` octets.

    >>> segment = Segment.of(bytes(64), [0, 16, 32], [16, 16, 16], [0, 0, 0], [0, 0, 0], [0, 0, 0])
    >>> [(piece.start, piece.stop) for piece in cut([segment], rows=2)]
    [(0, 2), (2, 3)]
    """
    for segment in segments:
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
    for whole in cut(segments):
        piece = whole
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


def columns(slices: Sequence[Slice], names: Sequence[str], reading: Reading) -> dict[str, list[Column]]:
    """Return for each name its column, one piece for each slice.

    >>> segment = Segment.of(bytes.fromhex("00000010 00000015 00000000 00000007"), [0], [16], [0], [0], [0])
    >>> columns([Slice(segment, 0, 1)], ["sequence_number"], Reading())["sequence_number"][0].to_list()
    [7]
    """

    def decoded(piece: Slice) -> dict[str, Column]:
        segment = piece.segment
        where = slice(piece.start, piece.stop)
        return decode(
            segment.buffer,
            segment.offset[where],
            segment.length[where],
            names,
            reading.codings,
            reading.charsets,
            reading.tlvs,
            reading.odd,
        )

    workers = min(os.cpu_count() or 1, len(slices))
    if workers < 2 or sum(piece.rows for piece in slices) < WORTH_THREADS:
        found = [decoded(piece) for piece in slices]
    else:
        with ThreadPoolExecutor(workers, "smppkit-decode") as pool:
            found = list(pool.map(decoded, slices))
    return {name: [piece[name] for piece in found] for name in names}
