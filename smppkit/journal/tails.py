"""The open ends of a log in memory: rows that come one by one, until they are sealed into a batch."""

from array import array

import numpy as np

from .log import Intents, Segment

TAIL_OCTETS = 1 << 20
TAIL_RECORDS = 1 << 13


class Records:
    """The records that are not sealed yet.

    >>> tail = Records()
    >>> tail.add(b"0123456789abcdef", 0, 1, 0, -1)
    >>> len(tail), len(tail.seal())
    (1, 1)
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.octets = bytearray()
        self.length, self.time, self.intent = array("q"), array("q"), array("q")
        self.direction = array("b")
        self.link = array("i")

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self.length)

    def add(self, octets: bytes | bytearray | memoryview, time: int, direction: int, link: int, intent: int) -> None:
        """Add one record.

        >>> Records().add(b"", 0, 1, 0, -1)
        """
        self.direction.append(direction)
        self.link.append(link)
        self.octets += octets
        self.length.append(len(octets))
        self.time.append(time)
        self.intent.append(intent)

    def seal(self) -> Segment:
        """Return the records as a segment of its own.

        >>> len(Records().seal())
        0
        """
        length = np.array(self.length, np.int64)
        return Segment(
            bytes(self.octets),
            np.cumsum(length, dtype=np.int64) - length,
            length,
            np.array(self.time, np.int64),
            np.array(self.direction, np.int8),
            np.array(self.link, np.int32),
            np.array(self.intent, np.int64),
        )


class Wishes:
    """The intents that are not sealed yet; ``first`` is the row of the first of them.

    >>> tail = Wishes(7)
    >>> tail.add(b"0123456789abcdef", 1, 1, 1, 0, 0, None)
    >>> len(tail), tail.seal().first
    (1, 7)
    """

    def __init__(self, first: int) -> None:
        """Begin with none."""
        self.first = first
        self.octets = bytearray()
        self.length, self.message, self.time, self.record = array("q"), array("q"), array("q"), array("q")
        self.part, self.total = array("h"), array("h")
        self.tag: list[str | None] = []

    def __len__(self) -> int:
        """Return the number of intents."""
        return len(self.length)

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
        self.part.append(part)
        self.total.append(total)
        self.octets += octets
        self.length.append(len(octets))
        self.message.append(message)
        self.time.append(time)
        self.record.append(record)
        self.tag.append(tag)

    def seal(self) -> Intents:
        """Return the intents as a batch of its own.

        >>> len(Wishes(0).seal())
        0
        """
        length = np.array(self.length, np.int64)
        return Intents(
            self.first,
            bytes(self.octets),
            np.cumsum(length, dtype=np.int64) - length,
            length,
            np.array(self.message, np.int64),
            np.array(self.part, np.int16),
            np.array(self.total, np.int16),
            np.array(self.time, np.int64),
            np.array(self.record, np.int64),
            tuple(self.tag) if any(tag is not None for tag in self.tag) else None,
        )


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
