"""A log in memory: appended to by one owner, read by anybody.

The lock belongs to the log and is held only while lists and arrays of its own change, never while foreign code runs. A
reader takes a snapshot: sealed segments are shared as they are, for nothing changes them any more; the open tail, about
a mebibyte at most, is copied. So a session appends from its thread while cells read, and neither waits for the work of
the other.
"""

import threading
from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from .log import (
    UNKNOWN_DIRECTION,
    UNKNOWN_LINK,
    UNKNOWN_TIME,
    Buffer,
    Event,
    Link,
    Log,
    Problem,
    Segment,
)

TAIL_OCTETS = 1 << 20
TAIL_RECORDS = 1 << 13


class _Tail:
    """The records that are not sealed yet."""

    def __init__(self) -> None:
        self.octets = bytearray()
        self.length = array("q")
        self.time = array("q")
        self.direction = array("b")
        self.link = array("i")

    def full(self) -> bool:
        return len(self.octets) >= TAIL_OCTETS or len(self.length) >= TAIL_RECORDS

    def seal(self) -> Segment:
        length = np.array(self.length, np.int64)
        offset = np.cumsum(length, dtype=np.int64) - length
        return Segment.of(
            bytes(self.octets),
            offset,
            length,
            np.array(self.time, np.int64),
            np.array(self.direction, np.int8),
            np.array(self.link, np.int32),
        )


class MemoryLog(Log):
    """A log that lives in memory.

    ``complete`` says that nothing more will come; ``finish()`` sets it.

    >>> log = MemoryLog()
    >>> link = log.add_link(Link("demo", "127.0.0.1:40000", "127.0.0.1:2775"))
    >>> log.append(bytes.fromhex("00000010 00000015 00000000 00000001"), time=0, direction=0, link=link)
    >>> len(log), [len(segment) for segment in log.segments()], log.links[0].name
    (1, [1], 'demo')
    """

    def __init__(self, *, complete: bool = False) -> None:
        """Begin an empty log."""
        self._lock = threading.Lock()
        self._sealed: list[Segment] = []
        self._tail = _Tail()
        self._records = 0
        self._links: list[Link] = []
        self._events: list[Event] = []
        self._problems: list[Problem] = []
        self._complete = complete

    @property
    def links(self) -> Sequence[Link]:
        """The links, in the order in which they were added.

        >>> MemoryLog().links
        ()
        """
        with self._lock:
            return tuple(self._links)

    @property
    def events(self) -> Sequence[Event]:
        """What happened to the links, in the order in which it was told.

        >>> MemoryLog().events
        ()
        """
        with self._lock:
            return tuple(self._events)

    @property
    def problems(self) -> Sequence[Problem]:
        """What was found wrong, in the order in which it was told.

        >>> MemoryLog().problems
        ()
        """
        with self._lock:
            return tuple(self._problems)

    @property
    def complete(self) -> bool:
        """True when nothing more will come.

        >>> MemoryLog().complete, MemoryLog(complete=True).complete
        (False, True)
        """
        return self._complete

    def finish(self) -> None:
        """Say that nothing more will come.

        >>> log = MemoryLog()
        >>> log.finish()
        >>> log.complete
        True
        """
        self._complete = True

    def append(
        self,
        octets: Buffer,
        time: int = UNKNOWN_TIME,
        direction: int = UNKNOWN_DIRECTION,
        link: int = UNKNOWN_LINK,
    ) -> None:
        """Add one record: the octets of one PDU (copied), nanoseconds since 1970 UTC, direction and link.

        >>> log = MemoryLog()
        >>> log.append(b"0123456789abcdef")
        >>> len(log)
        1
        """
        with self._lock:
            tail = self._tail
            tail.octets += octets
            tail.length.append(len(octets))
            tail.time.append(time)
            tail.direction.append(direction)
            tail.link.append(link)
            self._records += 1
            if tail.full():
                self._seal()

    def extend(self, segment: Segment) -> None:
        """Add a batch of records as it is; the caller changes neither its buffer nor its columns from then on.

        Raises ValueError when a record does not lie inside the buffer.

        >>> log = MemoryLog()
        >>> log.extend(Segment.of(b"0123456789abcdef", [0], [16], [0], [0], [-1]))
        >>> len(log)
        1
        """
        if not len(segment):
            return
        room = memoryview(segment.buffer).nbytes - segment.offset  # no sum, for that could overflow
        if segment.offset.min() < 0 or segment.length.min() < 0 or (segment.length > room).any():
            raise ValueError("a record of the segment does not lie inside its buffer")
        with self._lock:
            self._seal()
            self._sealed.append(segment)
            self._records += len(segment)

    def add_link(self, link: Link) -> int:
        """Add a link and return its index.

        >>> MemoryLog().add_link(Link("a-b", "a", "b"))
        0
        """
        with self._lock:
            self._links.append(link)
            return len(self._links) - 1

    def add_event(self, event: Event) -> None:
        """Add what happened to a link.

        >>> log = MemoryLog()
        >>> log.add_event(Event(0, 0, "CLOSED", "OPEN", "connect", ""))
        >>> log.events[0].reason
        'connect'
        """
        with self._lock:
            self._events.append(event)

    def add_problem(self, problem: Problem) -> None:
        """Add what was found wrong.

        >>> log = MemoryLog()
        >>> log.add_problem(Problem(0, -1, "lost", "12 octets"))
        >>> log.problems[0].detail
        '12 octets'
        """
        with self._lock:
            self._problems.append(problem)

    def segments(self) -> Iterator[Segment]:
        """Yield the records of this moment in batches.

        >>> list(MemoryLog().segments())
        []
        """
        with self._lock:
            batches = list(self._sealed)
            if len(self._tail.length):
                batches.append(self._tail.seal())
        return iter(batches)

    def __len__(self) -> int:
        """Return the number of records.

        >>> len(MemoryLog())
        0
        """
        return self._records

    def _seal(self) -> None:
        """Close the tail; the lock is held."""
        if len(self._tail.length):
            self._sealed.append(self._tail.seal())
            self._tail = _Tail()
