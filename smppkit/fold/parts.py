"""The requests that ask for a delivery, one row for each destination, and the answers they got.

A part's row is the request to one destination: submit_sm and data_sm make one, submit_multi one for each entry of its
list, a distribution list by its name. What the answer says goes into the same row; a submit_multi_resp that names
destinations it could not accept refuses just those.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .._core.idforms import same_destination
from .accounts import Accounts
from .batch import COMMANDS, Batch, Columns, add_strings, ints
from .joining import Halves, user_data
from .reassembly import Joiner
from .table import UNKNOWN_TIME, Column, Flags, Ints, Numbers, Strings, Table, name_column

OUTCOMES = ("queued", "sent", "accepted", "refused", "unanswered", "not_sent")
QUEUED, SENT, ACCEPTED, REFUSED, UNANSWERED, NOT_SENT = range(6)

LATE = 1  # a flag of _core.pending
_NOTHING = -1
_COLUMNS = (
    *("source_addr", "destination_addr", "dest_address", "text", "encoding"),
    *("registered_delivery", "user_message_reference"),
    *("concat_width", "concat_reference", "concat_total", "concat_number"),
)
ANSWERS = ("submit_sm_resp", "data_sm_resp", "submit_multi_resp", "generic_nack")


class Parts:
    """All parts of a log; ``lifetime`` in nanoseconds is how long a reference joins parts.

    Row by row: ``record`` of the request, ``message`` (from 0), ``number`` of ``total``, ``attempt``; of the answer its
    record (``answered``, -1: none), time, status, whether refused or late, and the row of its id in ``ids`` (-1: none).
    ``entry_part`` names the part of each known id, in the order in which ids became known; ``owner`` is the part whose
    entry speaks for this one: parts of one message that were given the same id share one entry.

    >>> Parts(3_600_000_000_000).rows
    0
    """

    def __init__(self, lifetime: int) -> None:
        """Begin with no part."""
        self.record, self.time_sent, self.time_resp = Numbers(np.int64), Numbers(np.int64), Numbers(np.int64)
        self.link, self.sequence, self.encoding = Numbers(np.int32), Numbers(np.int64), Numbers(np.int8)
        self.reference, self.message, self.registered = Numbers(np.int32), Numbers(np.int64), Numbers(np.int16)
        self.number, self.total, self.attempt = Numbers(np.int16), Numbers(np.int16), Numbers(np.int16)
        self.again, self.late, self.refused = Numbers(np.uint8), Numbers(np.uint8), Numbers(np.uint8)
        self.answered, self.status, self.id_row = Numbers(np.int64), Numbers(np.int64), Numbers(np.int64)
        self.owner, self.entry_part = Numbers(np.int64), Numbers(np.int64)
        self.source, self.destination, self.text, self.ids = Strings(), Strings(), Strings(), Strings()
        self.halves = Halves()
        self.messages = 0
        self.copies = 0
        self._joiner = Joiner(lifetime, self._refused_by)
        self._same_id: dict[tuple[int, bytes], int] = {}

    @property
    def rows(self) -> int:
        """The number of parts.

        >>> Parts(0).rows
        0
        """
        return len(self.record)

    def add(self, batch: Batch, accounts: Accounts, early: Iterable[Batch] = ()) -> Ints:
        """Take the requests and the answers of a batch; return the parts whose id is new, one for each entry.

        ``early`` are answers that came before their requests, a batch each.

        >>> from smppkit.journal.log import Segment
        >>> Parts(0).add(Batch(Segment.of(b"", [], [], [], [], []), 0), Accounts()).tolist()
        []
        """
        began = self.rows
        rows = batch.submissions()
        if len(rows):
            long = self._add_requests(batch, rows)
        answered = [self._add_answers(answers) for answers in (batch, *early)]
        if len(rows):
            self._join(batch, began, long, accounts)
        return self._new_entries(np.concatenate(answered))

    # ---- requests ----

    def _add_requests(self, batch: Batch, rows: Ints) -> Columns:
        """Add the rows; returns what tells of long messages, by part."""
        found = batch.decode(rows, *_COLUMNS)
        listed = batch.command[rows] == COMMANDS["submit_multi"]
        counts = np.ones(len(rows), np.int64)
        if listed.any():
            names = _destinations(found)
            counts[:] = [len(each) for each in names]
            destinations = Column.of_text([name for each in names for name in each])
            self.destination.extend(destinations.values, destinations.offsets, destinations.valid)
        else:
            add_strings(self.destination, found["destination_addr"])
        origin = np.repeat(np.arange(len(rows)), counts)
        some = origin if listed.any() else None
        add_strings(self.source, found["source_addr"], some)
        add_strings(self.text, found["text"], some)
        rows = rows[origin]
        self.record.extend(batch.records(rows))
        self.link.extend(batch.link(rows))
        self.sequence.extend(batch.sequence[rows])
        self.time_sent.extend(batch.time(rows))
        self.encoding.extend(ints(found["encoding"], _NOTHING)[origin])
        self.reference.extend(ints(found["user_message_reference"], _NOTHING)[origin])
        self.registered.extend(ints(found["registered_delivery"], _NOTHING)[origin])
        self._add_blanks(len(rows))
        names_of_long = ("concat_width", "concat_reference", "concat_total", "concat_number")
        return {name: ints(found[name], 0)[origin] for name in names_of_long}

    def _add_blanks(self, count: int) -> None:
        self.time_resp.fill(UNKNOWN_TIME, count)
        for numbers in (self.answered, self.id_row):
            numbers.fill(_NOTHING, count)
        for numbers in (self.status, self.late, self.again, self.refused):
            numbers.fill(0, count)
        for numbers in (self.number, self.total, self.attempt):
            numbers.fill(1, count)
        self.owner.extend(np.arange(self.rows - count, self.rows))

    def _join(self, batch: Batch, began: int, long: Columns, accounts: Accounts) -> None:
        """Give every new part its message, in the order of the log."""
        first = np.arange(began, self.rows)
        several = np.flatnonzero((long["concat_width"] > 0) & (long["concat_total"] > 1))
        data = user_data(batch, self.record.array[began:][several] - batch.first)
        for place, octets in zip(several.tolist(), data, strict=True):
            of_part = {name: int(column[place]) for name, column in long.items()}
            first[place] = self._place(began + place, of_part, hash(octets), accounts)
            self.halves.note(began + place, self.text.octets(began + place), octets)
        begins = first == np.arange(began, self.rows)
        message = self.messages + np.cumsum(begins) - 1
        older = first < began
        joined = np.where(older, 0, message[np.where(older, 0, first - began)])
        joined[older] = self.message.array[first[older]]
        self.message.extend(joined)
        self.messages += int(begins.sum())

    def _place(self, row: int, long: dict[str, int], digest: int, accounts: Accounts) -> int:
        """The row of the first part of the message that the part in ``row`` belongs to."""
        record, link = int(self.record.array[row]), int(self.link.array[row])
        key = (
            *(accounts.key(link, record), self.source.octets(row), self.destination.octets(row)),
            *(long["concat_width"], long["concat_reference"], long["concat_total"]),
        )
        time = int(self.time_sent.array[row])
        place = self._joiner.place(row, key, long["concat_number"], long["concat_total"], time, digest, record)
        self.number.array[row], self.total.array[row] = long["concat_number"], long["concat_total"]
        self.attempt.array[row], self.again.array[row] = place.copy, place.again
        self.copies += place.copy > 1
        return place.first

    def _refused_by(self, row: int, record: int) -> bool:
        """Had the part in ``row`` been refused when ``record`` came?"""
        return 0 <= int(self.answered.array[row]) < record and bool(self.refused.array[row])

    # ---- answers ----

    def _add_answers(self, batch: Batch) -> Ints:
        """Take what the responses say; returns the rows of parts they answer."""
        rows = batch.rows(*ANSWERS, where=batch.answers >= 0)
        begin = np.searchsorted(self.record.array, batch.answers[rows], "left")
        count = np.searchsorted(self.record.array, batch.answers[rows], "right") - begin
        rows, begin, count = rows[count > 0], begin[count > 0], count[count > 0]
        if not len(rows):
            return rows
        found = batch.decode(rows, "message_id")
        base = len(self.ids)
        add_strings(self.ids, found["message_id"])
        known = self.ids.lengths(base) > 0
        origin = np.repeat(np.arange(len(rows)), count)
        parts = np.repeat(begin, count) + np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
        self.answered.array[parts] = batch.records(rows)[origin]
        self.time_resp.array[parts] = batch.time(rows)[origin]
        self.status.array[parts] = batch.status[rows][origin]
        nacks = batch.command[rows] == COMMANDS["generic_nack"]
        self.refused.array[parts] = ((batch.status[rows] != 0) | nacks)[origin]
        self.late.array[parts] = batch.flags[rows][origin] & LATE
        self.id_row.array[parts] = np.where(known, base + np.arange(len(rows)), _NOTHING)[origin]
        self._refuse_listed(batch, rows, begin, count)
        return np.asarray(parts, np.int64)

    def _refuse_listed(self, batch: Batch, rows: Ints, begin: Ints, count: Ints) -> None:
        """Refuse the destinations that a submit_multi_resp lists (SMPP 3.4, section 4.5.2.1)."""
        places = np.flatnonzero(batch.command[rows] == COMMANDS["submit_multi_resp"])
        if not len(places):
            return
        lists = batch.decode(rows[places], "unsuccess_sme")["unsuccess_sme"].to_list()
        for place, failures in zip(places.tolist(), lists, strict=True):
            for failure in failures or ():
                address = failure["destination_addr"].encode()
                for part in range(int(begin[place]), int(begin[place] + count[place])):
                    if same_destination(self.destination.octets(part), address):
                        self.status.array[part] = failure["error_status_code"]
                        self.refused.array[part] = True
                        self.id_row.array[part] = _NOTHING

    def _new_entries(self, answered: Ints) -> Ints:
        """File the parts whose id has just become known; parts of one message with the same id make one entry."""
        known = answered[self.with_id(answered)]
        shared = np.zeros(len(known), bool)
        for place in np.flatnonzero(self.total.array[known] > 1).tolist():
            part = int(known[place])
            key = (int(self.message.array[part]), self.ids.octets(int(self.id_row.array[part])))
            owner = self._same_id.setdefault(key, part)
            self.owner.array[part] = owner
            shared[place] = owner != part
        entries = known[~shared]
        self.entry_part.extend(entries)
        return entries

    # ---- what they came to ----

    def outcome(self, complete: bool, closed: Sequence[int]) -> Ints:
        """Return the outcome of each part: what is open is unanswered when the log is complete or its link closed.

        >>> Parts(0).outcome(True, []).tolist()
        []
        """
        given_up = np.isin(self.link.array, np.asarray(closed, np.int64)) | complete
        still = np.where(given_up, UNANSWERED, SENT)
        told = np.where(self.refused.array, REFUSED, ACCEPTED)
        return np.where(self.answered.array >= 0, told, still)

    def with_id(self, rows: Ints) -> Flags:
        """Tell which of some parts have an id: only of these can a receipt speak.

        >>> Parts(0).with_id(np.zeros(0, np.int64)).tolist()
        []
        """
        known: Flags = (self.id_row.array[rows] >= 0) & (self.refused.array[rows] == 0)
        return known

    def table(self, outcome: Ints) -> Table:
        """Return the table ``parts``.

        >>> list(Parts(0).table(np.zeros(0, np.int64)))[:3]
        ['msg_id', 'part', 'attempt']
        """
        answered = (self.answered.array >= 0).astype(np.uint8)
        return {
            "msg_id": Column("int", self.message.array + 1),
            "part": Column("int", self.number.array.astype(np.int64)),
            "attempt": Column("int", self.attempt.array.astype(np.int64)),
            "link": Column("link", self.link.array.copy()),
            "sequence_number": Column("int", self.sequence.array.copy()),
            "destination": self.destination.column("text"),
            "time_sent": Column("time", self.time_sent.array.copy()),
            "time_resp": Column("time", self.time_resp.array.copy()),
            "command_status": Column("int", self.status.array.copy(), None, answered),
            "message_id": self.ids.column("text", self.id_row.array),
            "outcome": name_column(outcome, OUTCOMES),
            "late": Column("bool", self.late.array.copy()),
        }


def _destinations(found: Columns) -> list[list[str | None]]:
    """The destinations of each request: of a list its addresses, and the names of distribution lists."""
    single, lists = found["destination_addr"].to_list(), found["dest_address"].to_list()
    pairs = zip(single, lists, strict=True)
    return [[_named(entry) for entry in entries] if entries else [one] for one, entries in pairs]


def _named(entry: dict[str, Any]) -> str:
    name = entry.get("dl_name", entry.get("destination_addr"))
    return str(name)
