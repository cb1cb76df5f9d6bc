"""A log in memory: appended to by one owner, read by anybody.

The lock belongs to the log and is held only while lists and arrays of its own change, never while foreign code runs. A
reader takes a snapshot: sealed segments are shared as they are, for nothing changes them any more; the open tail, about
a mebibyte at most, is copied. So a session appends from its thread while cells read, and neither waits for the work of
the other.

Ctrl-C in a cell may end any of these calls between any two steps. Therefore each has one step that makes what it adds
part of the log, and what was put in place before it is no part, and is written over by the next: the lists of batches
hold as many as their tail says came before it.
"""

import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .._core.strings import gather
from . import tails
from .hiding import Deletions
from .log import (
    NO_INTENT,
    NOT_SENT,
    UNANSWERED,
    UNKNOWN_DIRECTION,
    UNKNOWN_LINK,
    UNKNOWN_TIME,
    Buffer,
    Event,
    Intents,
    Link,
    Log,
    Problem,
    Segment,
    Told,
)

_NO_TAG = "a tag is text, or None"


class MemoryLog(Deletions, Log):
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
        super().__init__()
        self._mutex = threading.Lock()
        self._sealed: list[Segment] = []
        self._tail = tails.Records()
        self._messages = 0
        self._intents: list[Intents] = []
        self._firsts: list[int] = []  # of the sealed batches of intents
        self._wishes = tails.Wishes(0)
        self._told: list[Told] = []
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
        with self._mutex:
            return tuple(self._links)

    @property
    def events(self) -> Sequence[Event]:
        """What happened to the links, in the order in which it was told.

        >>> MemoryLog().events
        ()
        """
        with self._mutex:
            return tuple(self._events)

    @property
    def problems(self) -> Sequence[Problem]:
        """What was found wrong, in the order in which it was told.

        >>> MemoryLog().problems
        ()
        """
        with self._mutex:
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

    # ---- records ----

    def append(
        self,
        octets: Buffer,
        time: int = UNKNOWN_TIME,
        direction: int = UNKNOWN_DIRECTION,
        link: int = UNKNOWN_LINK,
        intent: int = NO_INTENT,
    ) -> None:
        """Add one record: the octets of one PDU (copied), nanoseconds since 1970 UTC, direction and link.

        ``intent`` is the row of the intent that the record sends.

        >>> log = MemoryLog()
        >>> log.append(b"0123456789abcdef")
        >>> len(log)
        1
        """
        with self._mutex:
            self._tail.add(octets, time, direction, link, intent)
            if tails.full(self._tail):
                self._seal()

    def append_many(
        self,
        octets: Buffer,
        offset: npt.NDArray[np.int64],
        length: npt.NDArray[np.int64],
        time: int = UNKNOWN_TIME,
        direction: int = UNKNOWN_DIRECTION,
        link: int = UNKNOWN_LINK,
        intent: npt.NDArray[np.int64] | None = None,
    ) -> None:
        """Add the records that stand at ``offset`` in ``octets`` (copied), all of one time, direction and link.

        ``intent`` has the row of the intent that each record sends. Raises ValueError when a record does not lie
        inside the octets or the columns have different lengths.

        >>> log = MemoryLog()
        >>> log.append_many(b"0123456789abcdef" * 2, np.array([0, 16]), np.array([16, 16]), direction=0)
        >>> len(log)
        2
        """
        length = np.ascontiguousarray(length, np.int64)
        rows = len(length)
        joined = gather(octets, np.ascontiguousarray(offset, np.int64), length)
        sends = np.full(rows, NO_INTENT) if intent is None else np.ascontiguousarray(intent, np.int64)
        if len(sends) != rows:
            raise ValueError(f"{rows} records, {len(sends)} intents")
        with self._mutex:
            self._tail.add_many(joined, length.tobytes(), sends.tobytes(), rows, time, direction, link)
            if tails.full(self._tail):
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
        _check_inside(segment.buffer, segment.offset, segment.length)
        with self._mutex:
            self._seal()
            self._keep(segment)

    # ---- what is to be sent ----

    def take_messages(self, count: int = 1) -> int:
        """Return the first of ``count`` fresh msg_ids, which follow each other; no msg_id is given twice.

        >>> log = MemoryLog()
        >>> log.take_messages(3), log.take_messages()
        (1, 4)
        """
        if count < 0:
            raise ValueError(f"count must be 0 or more, not {count}")
        with self._mutex:
            first = self._messages + 1
            self._messages += count
            return first

    def add_intent(
        self,
        octets: Buffer,
        message: int,
        part: int = 1,
        total: int = 1,
        time: int = UNKNOWN_TIME,
        tag: str | None = None,
    ) -> int:
        """Add one request that is to be sent (copied) and return its row; it comes before the record that sends it.

        ``message`` is a msg_id that ``take_messages`` gave, else ValueError; ``part`` of ``total`` counts from 1;
        ``time`` is nanoseconds since 1970 UTC. A tag that is no text raises TypeError: every table would stumble on it.

        >>> log = MemoryLog()
        >>> log.add_intent(b"0123456789abcdef", log.take_messages())
        0
        """
        if tag is not None and not isinstance(tag, str):
            raise TypeError(_NO_TAG)
        with self._mutex:
            if not 0 < message <= self._messages:
                raise ValueError(f"no message {message}: its number must come from take_messages()")
            tail = self._wishes
            row = tail.first + len(tail)
            tail.add(octets, message, part, total, time, self._tail.first + self._tail.rows, tag)
            if tails.full(tail):
                self._seal_intents()
            return row

    def add_intents(
        self,
        buffer: Buffer,
        offset: npt.ArrayLike,
        length: npt.ArrayLike,
        message: npt.ArrayLike,
        part: npt.ArrayLike,
        total: npt.ArrayLike,
        time: npt.ArrayLike = UNKNOWN_TIME,
        tag: str | Sequence[str | None] | None = None,
    ) -> int:
        """Add a batch of requests that are to be sent, as it is, and return the row of the first of them.

        The caller keeps buffer and columns as they are, but may write sequence numbers into the buffer later.
        ``part``, ``total``, ``time`` and ``tag`` may be one value for all. Raises ValueError when a request does not
        lie inside the buffer, or a message is none that ``take_messages`` gave; TypeError for a tag that is no text.

        >>> log = MemoryLog()
        >>> first = log.take_messages(2)
        >>> log.add_intents(bytes(64), [0, 32], [32, 32], [first, first + 1], 1, 1, tag="spring")
        0
        """
        start = np.asarray(offset, np.int64)
        given = (message, part, total, time)
        messages, numbers, totals, times = (np.broadcast_to(np.asarray(each, np.int64), start.shape) for each in given)
        size = np.asarray(length, np.int64)
        _check_inside(buffer, start, size)
        tags = (tag,) * len(start) if isinstance(tag, str) else tag
        if not all(issubclass(kind, (str, type(None))) for kind in set(map(type, tags or ()))):
            raise TypeError(_NO_TAG)
        with self._mutex:
            if len(start) and not 0 < messages.min() <= messages.max() <= self._messages:
                raise ValueError("the number of a message must come from take_messages()")
            self._seal_intents()
            row, record = self._wishes.first, np.broadcast_to(np.int64(len(self)), start.shape)
            batch = Intents.of(row, buffer, start, size, messages, numbers, totals, times, record, tags)
            if len(batch):
                self._keep_intents(batch)
            return row

    def add_told(self, intents: npt.ArrayLike, outcome: str, time: int = UNKNOWN_TIME) -> None:
        """Say what became of requests that no answer came to: ``intents`` are their rows, outcome unanswered, not_sent.

        Raises ValueError for another outcome, or for a row that is not there.

        >>> log = MemoryLog()
        >>> log.add_told(log.add_intent(b"0123456789abcdef", log.take_messages()), "not_sent")
        >>> log.told()[0].record
        0
        """
        if outcome not in (UNANSWERED, NOT_SENT):
            raise ValueError(f"outcome must be {UNANSWERED} or {NOT_SENT}, not {outcome!r}")
        rows = np.array(intents, np.int64, ndmin=1)
        with self._mutex:
            if len(rows) and not 0 <= rows.min() <= rows.max() < self._wishes.first + len(self._wishes):
                raise ValueError("told of an intent that is not in the log")
            if len(rows):
                self._told.append(Told(rows, outcome, time, len(self)))

    def intents(self, first: int = 0) -> Iterator[Intents]:
        """Yield the batches of this moment that hold intents from row ``first`` on; a batch may begin before it.

        >>> log = MemoryLog()
        >>> log.add_intent(b"0123456789abcdef", log.take_messages())
        0
        >>> [len(batch) for batch in log.intents()], list(log.intents(1))
        ([1], [])
        """
        with self._mutex:
            tail = self._wishes
            batches = self._intents[max(bisect_right(self._firsts, first, 0, tail.batches) - 1, 0) : tail.batches]
            if tail.first + len(tail) > max(first, tail.first):
                batches.append(tail.seal())
        return (batch for batch in batches if batch.first + len(batch) > first)

    def told(self, first: int = 0) -> Sequence[Told]:
        """Return what was told of requests without an answer, from the ``first``-th time on.

        >>> MemoryLog().told()
        ()
        """
        with self._mutex:
            return tuple(self._told[first:])

    # ---- links, events, problems ----

    def add_link(self, link: Link) -> int:
        """Add a link and return its index.

        >>> MemoryLog().add_link(Link("a-b", "a", "b"))
        0
        """
        with self._mutex:
            self._links.append(link)
            return len(self._links) - 1

    def add_event(self, event: Event) -> None:
        """Add what happened to a link.

        >>> log = MemoryLog()
        >>> log.add_event(Event(0, 0, "CLOSED", "OPEN", "connect", ""))
        >>> log.events[0].reason
        'connect'
        """
        with self._mutex:
            self._events.append(event)

    def add_problem(self, problem: Problem) -> None:
        """Add what was found wrong.

        >>> log = MemoryLog()
        >>> log.add_problem(Problem(0, -1, "lost", "12 octets"))
        >>> log.problems[0].detail
        '12 octets'
        """
        with self._mutex:
            self._problems.append(problem)

    def segments(self) -> Iterator[Segment]:
        """Yield the records of this moment in batches.

        >>> list(MemoryLog().segments())
        []
        """
        with self._mutex:
            batches = self._sealed[: self._tail.batches]
            if len(self._tail):
                batches.append(self._tail.seal())
        return iter(batches)

    def __len__(self) -> int:
        """Return the number of records.

        >>> len(MemoryLog())
        0
        """
        tail = self._tail
        return tail.first + tail.rows

    def _seal(self) -> None:
        """Close the tail of records; the lock is held."""
        if len(self._tail):
            self._keep(self._tail.seal())

    def _keep(self, segment: Segment) -> None:
        """Add a batch in the place of the tail, which holds the same records or none; the lock is held."""
        tail = self._tail
        self._sealed[tail.batches :] = [segment]
        self._tail = tails.Records(tail.first + len(segment), tail.batches + 1)

    def _seal_intents(self) -> None:
        """Close the tail of intents; the lock is held."""
        if len(self._wishes):
            self._keep_intents(self._wishes.seal())

    def _keep_intents(self, batch: Intents) -> None:
        """Add a batch in the place of the tail, which holds the same intents or none; the lock is held."""
        batches = self._wishes.batches
        self._intents[batches:] = [batch]
        self._firsts[batches:] = [batch.first]
        self._wishes = tails.Wishes(batch.first + len(batch), batches + 1)


def _check_inside(buffer: Buffer, offset: npt.NDArray[np.int64], length: npt.NDArray[np.int64]) -> None:
    room = memoryview(buffer).nbytes - offset  # no sum, for that could overflow
    if len(offset) and (offset.min() < 0 or length.min() < 0 or (length > room).any()):
        raise ValueError("a record does not lie inside its buffer")
