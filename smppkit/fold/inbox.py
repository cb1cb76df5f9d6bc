"""Messages for the ESME: deliver_sm and data_sm that are no receipts, parts of long ones joined."""

import numpy as np

from .accounts import Accounts
from .batch import Batch, add_strings, ints
from .joining import Halves, joined, user_data
from .reassembly import Joiner
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
        for place, octets in zip(several.tolist(), user_data(batch, rows[several]), strict=True):
            of_part = [int(long[name][place]) for name in _LONG]
            first[place] = self._place(began + place, of_part, hash(octets), accounts)
            self.halves.note(began + place, self.text.octets(began + place), octets)
        self._number(began, first)

    def _place(self, row: int, long: list[int], digest: int, accounts: Accounts) -> int:
        """The row of the first part of the message that the part in ``row`` belongs to."""
        width, reference, total, number = long
        account = accounts.key(int(self.link.array[row]), int(self.record.array[row]))
        key = (account, self.source.octets(row), self.destination.octets(row), width, reference, total)
        place = self._joiner.place(row, key, number, total, int(self.time.array[row]), digest)
        self.number.array[row], self.total.array[row], self.copy.array[row] = number, total, place.copy
        self.copies += place.copy > 1
        return place.first

    def _number(self, began: int, first: Ints) -> None:
        """Give each row its message: a new one, or that of its first part."""
        begins = first == np.arange(began, began + len(first))
        new = self.messages + np.cumsum(begins) - 1
        older = first < began
        self.message.extend(np.where(older, 0, new[np.where(older, 0, first - began)]))
        self.message.array[began:][older] = self.message.array[first[older]]
        self.messages += int(begins.sum())

    def table(self, raw: Column) -> Table:
        """Return the table ``inbox``; ``raw`` holds the PDU of each row, and comes out joined by message.

        >>> list(Inbox(0).table(Column("octets", b"", np.zeros(1, np.int64))))[-2:]
        ['route', 'raw']
        """
        once = np.flatnonzero(self.copy.array == 1)
        rows = once[np.lexsort((self.number.array[once], self.message.array[once]))]
        message, number = self.message.array[rows], self.number.array[rows]
        seen = np.bincount(message, minlength=self.messages)
        head = rows[np.searchsorted(message, np.arange(self.messages))]  # the lowest part that is there
        first = np.unique(self.message.array, return_index=True)[1]  # the part that came first
        octets = Strings()
        octets.extend(raw.values, raw.offsets, raw.valid)
        total = self.total.array[head].astype(np.int64)
        return {
            "time": Column("time", self.time.array[first]),
            "link": Column("link", self.link.array[first]),
            "source": self.source.column("text", head),
            "destination": self.destination.column("text", head),
            "text": joined(self.text, rows, message, number, self.messages, self.halves),
            "encoding": Column("encoding", self.encoding.array[head]),
            "parts": Column("int", total),
            "parts_seen": Column("int", seen),
            "complete": Column("bool", (seen == total).astype(np.uint8)),
            "route": absent("text", self.messages),
            "raw": joined(octets, rows, message, number, self.messages, Halves())._replace(kind="octets"),
        }
