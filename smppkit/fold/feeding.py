"""In which order a fold takes what a log holds: intents before the records that send them, in whatever pieces it grew.

The rows of messages are numbered in the order of the log, where an intent stands before the record that was next when
it was added. Intents are taken many at a time; only where a request that no intent announced stands between two of them
are the records cut, so that the numbers are the same however often the log was looked at while it grew.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..journal.log import Intents, Log, Segment, Told
from .table import Ints


class Snapshot(NamedTuple):
    """What a log holds at one moment, beyond what was read of it before; every intent that a record names is there.

    >>> from smppkit.journal.memory import MemoryLog
    >>> Snapshot.of(MemoryLog(), 0, 0, 0).segments
    []
    """

    segments: list[Segment]
    intents: "deque[Intents]"
    told: Sequence[Told]

    @classmethod
    def of(cls, log: Log, records: int, intents: int, told: int) -> "Snapshot":
        """Look at a log of which some records, intents and things told are known.

        >>> from smppkit.journal.memory import MemoryLog
        >>> log = MemoryLog()
        >>> log.append(b"0123456789abcdef")
        >>> [len(segment) for segment in Snapshot.of(log, 0, 0, 0).segments]
        [1]
        """
        seen, fresh = 0, []
        for segment in log.segments() if len(log) > records else ():
            seen += len(segment)
            if seen > records:
                fresh.append(cut(segment, max(0, len(segment) - (seen - records)), len(segment)))
        waiting = deque(_from(batch, intents - batch.first) for batch in log.intents(intents))
        return cls(fresh, waiting, log.told(told))


def cut(segment: Segment, start: int, stop: int) -> Segment:
    """Return some rows of a segment.

    >>> len(cut(Segment.of(b"ab", [0, 1], [1, 1], [0, 0], [0, 0], [0, 0]), 1, 2))
    1
    """
    if start == 0 and stop == len(segment):
        return segment
    names = ("offset", "length", "time", "direction", "link", "intent")
    return replace(segment, **{name: getattr(segment, name)[start:stop] for name in names})


def _from(batch: Intents, start: int) -> Intents:
    return batch if start <= 0 else _part(batch, start, len(batch))


def _part(batch: Intents, start: int, stop: int) -> Intents:
    names = ("offset", "length", "message", "part", "total", "time", "record")
    columns = {name: getattr(batch, name)[start:stop] for name in names}
    tags = None if batch.tag is None else batch.tag[start:stop]
    return replace(batch, first=batch.first + start, tag=tags, **columns)


def due(waiting: "deque[Intents]", records: int) -> Iterator[Intents]:
    """Take the intents off ``waiting`` that were added when the log held at most ``records`` records.

    >>> waiting = deque([Intents.of(0, b"", [0, 0], [0, 0], [1, 2], [1, 1], [1, 1], [0, 0], [3, 5])])
    >>> [len(batch) for batch in due(waiting, 4)], len(waiting[0])
    ([1], 1)
    """
    while waiting:
        batch = waiting.popleft()
        ready = int(np.searchsorted(batch.record, records, "right"))
        if ready < len(batch):
            waiting.appendleft(_part(batch, ready, len(batch)))
        if ready:
            yield batch if ready == len(batch) else _part(batch, 0, ready)
        if ready < len(batch):
            return


def next_cut(unannounced: Ints, waiting: "deque[Intents]", end: int) -> int:
    """Return where to cut records that end at ``end``: before the first intent that follows an unannounced request.

    ``unannounced`` are the numbers of requests that no intent announced, in order.

    >>> waiting = deque([Intents.of(0, b"", [0, 0], [0, 0], [1, 2], [1, 1], [1, 1], [0, 0], [3, 5])])
    >>> next_cut(np.array([4]), waiting, 9), next_cut(np.array([], np.int64), waiting, 9)
    (5, 9)
    """
    for batch in waiting if len(unannounced) else ():
        later = int(np.searchsorted(batch.record, unannounced[0], "right"))
        if later < len(batch):
            return min(int(batch.record[later]), end)
    return end
