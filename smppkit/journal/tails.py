"""The open ends of a log in memory: rows that come one by one, until they are sealed into a batch.

A row is a value in each of several columns, and whoever adds it may be stopped between two of them, by Ctrl-C or by a
value that does not fit. So ``rows`` alone says how many there are, and is set when all columns have theirs; what stands
behind the last row is no row, and is dropped before the next one. A tail also knows what was sealed before it: putting
a new one in the place of a full one is a single step, in which all of its rows move.
"""

from array import array

import numpy as np

from .log import Intents, Segment

TAIL_OCTETS = 1 << 20
TAIL_RECORDS = 1 << 13


class Records:
    """The records that are not sealed yet; ``first`` and ``batches`` say how many records and batches came before.

    >>> tail = Records()
    >>> tail.add(b"0123456789abcdef", 0, 1, 0, -1)
    >>> len(tail), len(tail.seal())
    (1, 1)
    """

    def __init__(self, first: int = 0, batches: int = 0) -> None:
        """Begin with none."""
        self.first, self.batches = first, batches
        self.rows = 0
        self.octets = bytearray()
        self.length, self.time, self.intent = array("q"), array("q"), array("q")
        self.direction = array("b")
        self.link = array("i")

    def __len__(self) -> int:
        """Return the number of records."""
        return self.rows

    def add(self, octets: bytes | bytearray | memoryview, time: int, direction: int, link: int, intent: int) -> None:
        """Add one record.

        >>> Records().add(b"", 0, 1, 0, -1)
        """
        rows = self.rows
        if len(self.direction) != rows:  # the first to grow, and never shrunk before the others
            self._cut_back()
        self.direction.append(direction)
        self.link.append(link)
        self.octets += octets
        self.length.append(len(octets))
        self.time.append(time)
        self.intent.append(intent)
        self.rows = rows + 1

    def add_many(
        self, octets: bytes, length: bytes, intent: bytes, rows: int, time: int, direction: int, link: int
    ) -> None:
        """Add records of one time, direction and link; ``length`` and ``intent`` are the octets of int64 columns.

        >>> tail = Records()
        >>> tail.add_many(b"ab", bytes(8 * 2), bytes(8 * 2), 2, 0, 1, 0)
        >>> len(tail)
        2
        """
        if len(self.direction) != self.rows:
            self._cut_back()
        self.direction.extend(same("b", direction, rows))
        self.link.extend(same("i", link, rows))
        self.octets += octets
        self.length.frombytes(length)
        self.time.extend(same("q", time, rows))
        self.intent.frombytes(intent)
        self.rows += rows

    def seal(self) -> Segment:
        """Return the records as a segment of its own.

        >>> len(Records().seal())
        0
        """
        rows = self.rows
        length = np.array(self.length, np.int64)[:rows]
        return Segment(
            bytes(self.octets),
            np.cumsum(length, dtype=np.int64) - length,
            length,
            np.array(self.time, np.int64)[:rows],
            np.array(self.direction, np.int8)[:rows],
            np.array(self.link, np.int32)[:rows],
            np.array(self.intent, np.int64)[:rows],
        )

    def _cut_back(self) -> None:
        """Drop what stands behind the last row."""
        for column in (self.link, self.length, self.time, self.intent):
            del column[self.rows :]
        del self.octets[sum(self.length) :]
        del self.direction[self.rows :]


class Wishes:
    """The intents that are not sealed yet; ``first`` is the row of the first, after those of ``batches`` sealed ones.

    >>> tail = Wishes(7)
    >>> tail.add(b"0123456789abcdef", 1, 1, 1, 0, 0, None)
    >>> len(tail), tail.seal().first
    (1, 7)
    """

    def __init__(self, first: int, batches: int = 0) -> None:
        """Begin with none."""
        self.first, self.batches = first, batches
        self.rows = 0
        self.octets = bytearray()
        self.length, self.message, self.time, self.record = array("q"), array("q"), array("q"), array("q")
        self.part, self.total = array("h"), array("h")
        self.tag: list[str | None] = []

    def __len__(self) -> int:
        """Return the number of intents."""
        return self.rows

    def add(
        self,
        octets: bytes | bytearray | memoryview,
        message: int,
        part: int,
        total: int,
        time: int,
        record: int,
        tag: str | None,
    ) -> None:
        """Add one intent.

        >>> Wishes(0).add(b"", 1, 1, 1, 0, 0, "first")
        """
        rows = self.rows
        if len(self.part) != rows:  # the first to grow, and never shrunk before the others
            self._cut_back()
        self.part.append(part)
        self.total.append(total)
        self.octets += octets
        self.length.append(len(octets))
        self.message.append(message)
        self.time.append(time)
        self.record.append(record)
        self.tag.append(tag)
        self.rows = rows + 1

    def seal(self) -> Intents:
        """Return the intents as a batch of its own.

        >>> len(Wishes(0).seal())
        0
        """
        rows, tags = self.rows, self.tag[: self.rows]
        length = np.array(self.length, np.int64)[:rows]
        return Intents(
            self.first,
            bytes(self.octets),
            np.cumsum(length, dtype=np.int64) - length,
            length,
            np.array(self.message, np.int64)[:rows],
            np.array(self.part, np.int16)[:rows],
            np.array(self.total, np.int16)[:rows],
            np.array(self.time, np.int64)[:rows],
            np.array(self.record, np.int64)[:rows],
            tuple(tags) if tags.count(None) < rows else None,
        )

    def _cut_back(self) -> None:
        """Drop what stands behind the last row."""
        for column in (self.total, self.length, self.message, self.time, self.record):
            del column[self.rows :]
        del self.octets[sum(self.length) :], self.tag[self.rows :]
        del self.part[self.rows :]


def full(tail: Records | Wishes) -> bool:
    """Tell whether a tail has to be sealed.

    >>> full(Records())
    False
    """
    return len(tail.octets) >= TAIL_OCTETS or len(tail) >= TAIL_RECORDS


def same(kind: str, value: int, count: int) -> "array[int]":
    """Return an array that holds ``value`` ``count`` times.

    >>> same("b", 1, 3)
    array('b', [1, 1, 1])
    """
    return array(kind, (value,)) * count
