"""What a log is: PDU records with a time, a direction and a link, the events of the links, and what was found wrong.

A live session, a journal file and a packet capture all look like this to the layers above. The octets of many records
lie in one buffer (a Segment), so that the core decodes them without the GIL and without an object for each. A live
session knows more than its PDUs say: what was to be sent before it was (Intents), and what became of requests that no
answer came to (Told).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

Buffer: TypeAlias = bytes | bytearray | memoryview

ESME_TO_MC = 0
MC_TO_ESME = 1
UNKNOWN_DIRECTION = -1
UNKNOWN_LINK = -1
UNKNOWN_TIME = -(2**63)  # what NumPy and pandas call NaT
NO_INTENT = -1

# What is told of requests that no answer came to.
UNANSWERED = "unanswered"  # it left, and no answer came in time: whether it arrived is not known
NOT_SENT = "not_sent"  # it never left

# The kinds of Problem.
FILE = "file"  # the file itself: cut short, a block that cannot be read, a link layer that is not known
LOST = "lost"  # octets of a stream are not in the capture
CUT = "cut"  # the snap length cut packets, so PDUs lack octets
INCOMPLETE = "incomplete"  # a stream ends inside a PDU
FRAMING = "framing"  # a command_length that cannot be: where the next PDU began had to be searched
FOREIGN = "foreign"  # traffic that is not SMPP
LIMIT = "limit"  # a stated bound was reached and something was left out


class Link(NamedTuple):
    """One transport connection between an ESME and a message centre.

    ``esme`` and ``mc`` are endpoints, ``address:port`` with IPv6 addresses in brackets.

    >>> Link("127.0.0.1:40000-[::1]:2775", "127.0.0.1:40000", "[::1]:2775").mc
    '[::1]:2775'
    """

    name: str
    esme: str
    mc: str


class Event(NamedTuple):
    """One change, or attempted change, of the state of a link.

    ``time`` is nanoseconds since 1970 UTC; ``link`` an index into ``Log.links``; the states are those of SMPP 3.4,
    section 2.2, and of 5.0, section 2.3 (CLOSED, OPEN, OUTBOUND, BOUND_TX, BOUND_RX, BOUND_TRX, UNBOUND), or UNKNOWN
    where a capture began in the middle of a session.

    >>> Event(0, 0, "OPEN", "BOUND_TX", "bind_transmitter", "system_id demo").to_state
    'BOUND_TX'
    """

    time: int
    link: int
    from_state: str
    to_state: str
    reason: str
    detail: str


class Problem(NamedTuple):
    """One thing that reading found wrong; reading went on.

    ``time`` is nanoseconds since 1970 UTC or ``UNKNOWN_TIME``; ``link`` an index into ``Log.links`` or
    ``UNKNOWN_LINK``; ``kind`` one of file, lost, cut, incomplete, framing, foreign, limit; ``detail`` one sentence.

    >>> Problem(UNKNOWN_TIME, UNKNOWN_LINK, FILE, "the last packet is cut off").kind
    'file'
    """

    time: int
    link: int
    kind: str
    detail: str


_NO_ROWS = np.zeros(0, np.int64)
_NO_INTENT = np.int64(NO_INTENT)


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A batch of PDU records: octets in one buffer, and one column for each thing known of a record.

    ``offset`` and ``length`` (int64) say where the octets of each record stand in ``buffer``; ``time`` (int64) is
    nanoseconds since 1970 UTC or ``UNKNOWN_TIME``; ``direction`` (int8) is 0 from ESME to message centre, 1 the other
    way, -1 unknown; ``link`` (int32) an index into ``Log.links`` or -1; ``intent`` (int64) the row of the log's intents
    that the record sends, -1 for none, which is what all records have when it is left out. All columns have one length;
    unequal ones raise ValueError.

    >>> octets = bytes.fromhex("00000010 00000015 00000000 00000001")
    >>> segment = Segment.of(octets, [0], [16], [0], [ESME_TO_MC], [0])
    >>> len(segment), segment.octets(0) == octets
    (1, True)
    """

    buffer: Buffer
    offset: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    direction: npt.NDArray[np.int8]
    link: npt.NDArray[np.int32]
    intent: npt.NDArray[np.int64] = field(default_factory=lambda: _NO_ROWS)

    def __post_init__(self) -> None:
        """Refuse columns of unequal length."""
        rows = len(self.offset)
        if not len(self.intent):
            object.__setattr__(self, "intent", np.broadcast_to(_NO_INTENT, rows))
        if any(len(column) != rows for column in (self.length, self.time, self.direction, self.link, self.intent)):
            raise ValueError("the columns of a segment have different lengths")

    @classmethod
    def of(
        cls,
        buffer: Buffer,
        offset: npt.ArrayLike,
        length: npt.ArrayLike,
        time: npt.ArrayLike,
        direction: npt.ArrayLike,
        link: npt.ArrayLike,
        intent: npt.ArrayLike | None = None,
    ) -> "Segment":
        """Make a segment of any sequences of numbers.

        >>> Segment.of(b"", [], [], [], [], []).link.dtype.name
        'int32'
        """
        return cls(
            buffer,
            np.asarray(offset, np.int64),
            np.asarray(length, np.int64),
            np.asarray(time, np.int64),
            np.asarray(direction, np.int8),
            np.asarray(link, np.int32),
            _NO_ROWS if intent is None else np.asarray(intent, np.int64),
        )

    def __len__(self) -> int:
        """Return the number of records.

        >>> len(Segment.of(b"", [], [], [], [], []))
        0
        """
        return len(self.offset)

    def octets(self, row: int) -> bytes:
        """Return the octets of one record.

        >>> Segment.of(b"abcd", [1], [2], [0], [0], [0]).octets(0)
        b'bc'
        """
        start = int(self.offset[row])
        return bytes(memoryview(self.buffer)[start : start + int(self.length[row])])


@dataclass(frozen=True, slots=True, eq=False)
class Intents:
    """A batch of requests that are to be sent: their octets, and what no PDU says of them.

    ``first`` is the row of the first of them among all intents of the log. ``offset`` and ``length`` (int64) say where
    the octets of each stand in ``buffer``; their sequence numbers mean nothing. ``message`` (int64) is the msg_id, from
    1; ``part`` of ``total`` (int16) the place in the message, from 1; ``time`` (int64) when it was queued, nanoseconds
    since 1970 UTC; ``record`` (int64) how many records the log held then; ``tag`` what the user calls it, ``None``
    where no row has one. Columns of unequal length raise ValueError.

    >>> Intents.of(0, b"0123456789abcdef", [0], [16], [1], [1], [1], [0], [0]).part.dtype.name
    'int16'
    """

    first: int
    buffer: Buffer
    offset: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]
    message: npt.NDArray[np.int64]
    part: npt.NDArray[np.int16]
    total: npt.NDArray[np.int16]
    time: npt.NDArray[np.int64]
    record: npt.NDArray[np.int64]
    tag: tuple[str | None, ...] | None = None

    def __post_init__(self) -> None:
        """Refuse columns of unequal length."""
        rows = len(self.offset)
        columns = (self.length, self.message, self.part, self.total, self.time, self.record)
        if any(len(column) != rows for column in columns) or len(self.tag or self.offset) != rows:
            raise ValueError("the columns of a batch of intents have different lengths")

    @classmethod
    def of(
        cls,
        first: int,
        buffer: Buffer,
        offset: npt.ArrayLike,
        length: npt.ArrayLike,
        message: npt.ArrayLike,
        part: npt.ArrayLike,
        total: npt.ArrayLike,
        time: npt.ArrayLike,
        record: npt.ArrayLike,
        tag: Sequence[str | None] | None = None,
    ) -> "Intents":
        """Make a batch of any sequences of numbers.

        >>> len(Intents.of(0, b"", [], [], [], [], [], [], []))
        0
        """
        return cls(
            first,
            buffer,
            np.asarray(offset, np.int64),
            np.asarray(length, np.int64),
            np.asarray(message, np.int64),
            np.asarray(part, np.int16),
            np.asarray(total, np.int16),
            np.asarray(time, np.int64),
            np.asarray(record, np.int64),
            None if tag is None else tuple(tag),
        )

    def __len__(self) -> int:
        """Return the number of intents.

        >>> len(Intents.of(0, b"0123456789abcdef", [0], [16], [1], [1], [1], [0], [0]))
        1
        """
        return len(self.offset)


class Told(NamedTuple):
    """What a session says of requests that have no answer: ``intent`` are their rows (int64), ``outcome`` one of both.

    ``outcome`` is unanswered or not_sent; it holds until a later record sends the intent again, or an answer comes.
    ``time`` is nanoseconds since 1970 UTC, ``record`` how many records the log held when it was told.

    >>> Told(np.array([4]), NOT_SENT, 0, 17).outcome
    'not_sent'
    """

    intent: npt.NDArray[np.int64]
    outcome: str
    time: int
    record: int


@runtime_checkable
class Log(Protocol):
    """What every layer above reads: links, their events, the records in segments, and what was found wrong.

    A log may grow while it is read (a live session): each property and each ``segments()`` is a snapshot of its own
    moment, records are only ever added at the end, and an index into ``links`` stays valid for ever.

    >>> from smppkit.journal.memory import MemoryLog
    >>> isinstance(MemoryLog(), Log)
    True
    """

    @property
    def links(self) -> Sequence[Link]:
        """The links, in the order in which they were first seen."""

    @property
    def events(self) -> Sequence[Event]:
        """What happened to the links, in order of time."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What reading found wrong, in order of time; those of no known time come first."""

    @property
    def complete(self) -> bool:
        """True when nothing more will come: a request without a response stays unanswered."""

    def segments(self) -> Iterator[Segment]:
        """Yield the records in batches, in order; may be called again, and by several threads at once."""

    def __len__(self) -> int:
        """Return the number of PDU records."""

    def intents(self, first: int = 0) -> Iterator[Intents]:
        """Yield the batches that hold intents from row ``first`` on, in order; a batch may begin before it.

        A capture has none.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(MemoryLog().intents())
        []
        """
        return iter(())

    def told(self, first: int = 0) -> Sequence[Told]:
        """Return what was told of requests without an answer, from the ``first``-th time on; a capture has none.

        >>> from smppkit.journal.memory import MemoryLog
        >>> MemoryLog().told()
        ()
        """
        return ()
