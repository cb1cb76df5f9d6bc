"""Messages for the ESME: deliver_sm and data_sm that are no receipts, parts of long ones joined."""

import numpy as np

from .accounts import Accounts
from .batch import Batch, add_strings, ints
from .joining import Halves, joined, user_data
from .reassembly import Joiner, Move
from .table import Column, Ints, Numbers, Strings, Table, absent

_LONG = ("concat_width", "concat_reference", "concat_total", "concat_number")


class Inbox:
    """All inbound messages of a log; ``lifetime`` in nanoseconds is how long a reference joins parts.

    Row by row, one for each PDU: ``record``, time, link, ``message`` (from 0), ``number`` of ``total``, ``copy``.

    >>> Inbox(0).messages
    0
    """

    def __init__(self, lifetime: int) -> None:
        """Begin with no message."""
        self.record, self.time, self.link = Numbers(np.int64), Numbers(np.int64), Numbers(np.int32)
        self.encoding, self.message = Numbers(np.int8), Numbers(np.int64)
        self.number, self.total, self.copy = Numbers(np.int16), Numbers(np.int16), Numbers(np.int32)
        self.source, self.destination, self.text = Strings(), Strings(), Strings()
        self.halves = Halves()
        self.messages = 0
        self.copies = 0
        self._joiner = Joiner(lifetime)

    def add(self, batch: Batch, rows: Ints, accounts: Accounts) -> None:
        """Add the messages in some rows of a batch.

        >>> from smppkit.journal.log import Segment
        >>> Inbox(0).add(Batch(Segment.of(b"", [], [], [], [], []), 0), np.zeros(0, np.int64), Accounts())
        """
        if not len(rows):
            return
        began = len(self.record)
        found = batch.decode(rows, "source_addr", "destination_addr", "text", "encoding", *_LONG)
        self.record.extend(batch.records(rows))
        self.time.extend(batch.time(rows))
        self.link.extend(batch.link(rows))
        self.encoding.extend(ints(found["encoding"], -1))
        add_strings(self.source, found["source_addr"])
        add_strings(self.destination, found["destination_addr"])
        add_strings(self.text, found["text"])
        for numbers in (self.number, self.total, self.copy):
            numbers.fill(1, len(rows))
        long = {name: ints(found[name], 0) for name in _LONG}
        first = np.arange(began, began + len(rows))
        several = np.flatnonzero((long["concat_width"] > 0) & (long["concat_total"] > 1))
        moved: list[Move] = []
        if len(several):
            of_parts = [long[name][several] for name in _LONG]
            first[several], moved = self._join(began + several, of_parts, user_data(batch, rows[several]), accounts)
        self._number(began, first)
        for row, head, copy in moved:
            self.message.array[row] = self.message.array[head]
            self.copies += int(copy > 1) - int(self.copy.array[row] > 1)
            self.copy.array[row] = copy

    def _join(
        self, rows: Ints, long: list[Ints], data: list[bytes], accounts: Accounts
    ) -> tuple[list[int], list[Move]]:
        """The row of the first part of the message that each part belongs to, and what moves; ``data`` are octets."""
        width, reference, total, number = (column.tolist() for column in long)
        account = map(accounts.key, self.link.array[rows].tolist(), self.record.array[rows].tolist())
        addresses = self.source.octets_of(rows), self.destination.octets_of(rows)
        keys = zip(account, *addresses, width, reference, total, strict=True)
        times = self.time.array[rows].tolist()
        found = list(map(self._joiner.place, rows.tolist(), keys, number, total, times, map(hash, data)))
        copy = np.array([place.copy for place in found])
        self.number.array[rows], self.total.array[rows], self.copy.array[rows] = number, total, copy
        self.copies += int((copy > 1).sum())
        self.halves.note(rows, self.text.octets_of(rows), data)
        return [place.first for place in found], [move for place in found for move in place.moved]

    def _number(self, began: int, first: Ints) -> None:
        """Give each row its message: a new one, or that of its first part."""
        begins = first == np.arange(began, began + len(first))
        new = self.messages + np.cumsum(begins) - 1
        older = first < began
        self.message.extend(np.where(older, 0, new[np.where(older, 0, first - began)]))
        self.message.array[began:][older] = self.message.array[first[older]]
        self.messages += int(begins.sum())

    def rows_from(self, message: int) -> Ints:
        """Return the rows of all messages from one on, in order.

        >>> Inbox(0).rows_from(0).tolist()
        []
        """
        return np.flatnonzero(self.message.array >= message)

    def table(self, every: Ints, since: int, raw: Column) -> Table:
        """Return the table ``inbox`` from message ``since`` on.

        ``every`` are its rows, as ``rows_from`` gives them; ``raw`` holds the PDU of each, and comes out joined.

        >>> list(Inbox(0).table(np.zeros(0, np.int64), 0, Column("octets", b"", np.zeros(1, np.int64))))[-2:]
        ['route', 'raw']
        """
        messages = self.messages - since
        once = np.flatnonzero(self.copy.array[every] == 1)
        place = once[np.lexsort((self.number.array[every[once]], self.message.array[every[once]]))]
        rows = every[place]
        message, number = self.message.array[rows] - since, self.number.array[rows]
        seen = np.bincount(message, minlength=messages)
        head = rows[np.searchsorted(message, np.arange(messages))]  # the lowest part that is there
        first = every[np.unique(self.message.array[every], return_index=True)[1]]  # the part that came first
        octets = Strings()
        octets.extend(raw.values, raw.offsets, raw.valid)
        total = self.total.array[head].astype(np.int64)
        return {
            "time": Column("time", self.time.array[first]),
            "link": Column("link", self.link.array[first]),
            "source": self.source.column("text", head),
            "destination": self.destination.column("text", head),
            "text": joined(self.text, rows, message, number, messages, self.halves),
            "encoding": Column("encoding", self.encoding.array[head]),
            "parts": Column("int", total),
            "parts_seen": Column("int", seen),
            "complete": Column("bool", (seen == total).astype(np.uint8)),
            "route": absent("text", messages),
            "raw": joined(octets, place, message, number, messages, Halves())._replace(kind="octets"),
        }
