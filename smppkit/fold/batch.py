"""A batch of records on its way into the fold: what kind each is, and its columns on request."""

from typing import Any, TypeAlias

import numpy as np

from .._core import columns
from ..journal.log import ESME_TO_MC, MC_TO_ESME, UNKNOWN_DIRECTION, Segment
from ..spec.commands import BY_NAME
from .table import Array, Flags, Ints, Strings

Columns: TypeAlias = dict[str, Any]  # columns of the core by name

COMMANDS = {name: row.command_id for name, row in BY_NAME.items()}
NO_COMMAND = -1


class Batch:
    """The records of one segment; ``first`` is the number of the first of them in the log.

    ``answers`` and ``flags`` are what ``_core.pending`` says: for each response the number of the record it answers,
    for a request that of a response which came before it, else -1.

    >>> octets = bytes.fromhex("00000010 00000015 00000000 00000001")
    >>> batch = Batch(Segment.of(octets, [0], [16], [0], [0], [0]), 100)
    >>> batch.rows("enquire_link"), batch.records(batch.rows("enquire_link"))
    (array([0]), array([100]))
    """

    def __init__(self, segment: Segment, first: int, codings: bytes | None = None) -> None:
        """Decode the headers."""
        self.segment = segment
        self.first = first
        self._codings = codings
        self._every = np.arange(len(segment), dtype=np.int64)
        heads = self.decode(self._every, "command_id", "command_status", "sequence_number")
        self.command = ints(heads["command_id"], NO_COMMAND)
        self.status = ints(heads["command_status"], 0)
        self.sequence = ints(heads["sequence_number"], 0)
        self.answers = np.full(len(segment), -1, np.int64)
        self.flags = np.zeros(len(segment), np.uint8)

    def rows(self, *names: str, where: Flags | None = None) -> Ints:
        """Return the rows of some commands, in order.

        >>> Batch(Segment.of(b"", [], [], [], [], []), 0).rows("submit_sm").tolist()
        []
        """
        found: Flags = self.command == COMMANDS[names[0]]
        for name in names[1:]:
            found = found | (self.command == COMMANDS[name])
        return np.flatnonzero(found if where is None else found & where)

    def submissions(self) -> Ints:
        """Return the rows that ask the peer to deliver something: submit_sm, submit_multi, data_sm to a message centre.

        A data_sm of unknown direction counts as sent, unless it carries a receipt.

        >>> Batch(Segment.of(b"", [], [], [], [], []), 0).submissions().tolist()
        []
        """
        both_ways = self.rows("data_sm")
        inbound = self._from_centre(both_ways)
        return np.sort(np.concatenate([self.rows("submit_sm", "submit_multi"), both_ways[~inbound]]))

    def deliveries(self) -> Ints:
        """Return the rows in which the message centre hands something over: deliver_sm, and data_sm to an ESME.

        >>> Batch(Segment.of(b"", [], [], [], [], []), 0).deliveries().tolist()
        []
        """
        both_ways = self.rows("data_sm")
        inbound = self._from_centre(both_ways)
        return np.sort(np.concatenate([self.rows("deliver_sm"), both_ways[inbound]]))

    def _from_centre(self, rows: Ints) -> Flags:
        direction = self.segment.direction[rows]
        inbound: Flags = direction == MC_TO_ESME
        unknown = np.flatnonzero(direction == UNKNOWN_DIRECTION)
        if len(unknown):
            inbound[unknown] = ints(self.decode(rows[unknown], "receipt_kind")["receipt_kind"], 0) > 0
        return inbound

    def decode(self, rows: Ints, *names: str) -> Columns:
        """Decode some columns of some rows.

        >>> Batch(Segment.of(b"", [], [], [], [], []), 0).decode(np.zeros(0, np.int64), "text")["text"].to_list()
        []
        """
        segment = self.segment
        every = len(rows) == len(segment)
        offset = np.ascontiguousarray(segment.offset if every else segment.offset[rows])
        length = np.ascontiguousarray(segment.length if every else segment.length[rows])
        return columns.decode(segment.buffer, offset, length, list(names), self._codings)

    def records(self, rows: Ints) -> Ints:
        """Return the numbers in the log of some rows.

        >>> Batch(Segment.of(b"", [], [], [], [], []), 7).records(np.array([2]))
        array([9])
        """
        return rows + self.first

    def link(self, rows: Ints) -> Array:
        """Return the links of some rows.

        >>> Batch(Segment.of(b"", [], [], [], [], []), 0).link(np.zeros(0, np.int64)).dtype.name
        'int32'
        """
        found: Array = self.segment.link[rows]
        return found

    def time(self, rows: Ints) -> Ints:
        """Return the times of some rows.

        >>> Batch(Segment.of(b"", [], [], [], [], []), 0).time(np.zeros(0, np.int64)).dtype.name
        'int64'
        """
        found: Ints = self.segment.time[rows]
        return found


def ints(column: Any, default: int) -> Ints:
    """Return an integer column of the core as an array of its own, ``default`` where a row has no value.

    >>> from smppkit._core.columns import decode
    >>> ints(decode(b"", [], [], ["esm_class"])["esm_class"], -1).tolist()
    []
    """
    values: Ints = column.values.to_numpy().copy()
    if column.valid is not None:
        values[column.valid.to_numpy() == 0] = default
    return values


def add_strings(strings: Strings, column: Any, rows: Ints | None = None) -> None:
    """Add a text or octets column of the core to ``strings``: all of it, or some rows in their order.

    >>> strings = Strings()
    >>> add_strings(strings, columns.decode(b"", [], [], ["text"])["text"])
    >>> len(strings)
    0
    """
    if rows is None:
        strings.extend(column.values, column.offsets, column.valid)
        return
    whole = Strings()
    whole.extend(column.values, column.offsets, column.valid)
    strings.extend(*whole.pick(rows))


__all__ = ["COMMANDS", "ESME_TO_MC", "Batch", "Columns", "add_strings", "ints"]
