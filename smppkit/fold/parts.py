"""The requests that ask for a delivery, one row for each destination, and the answers they got.

A part's row is the request to one destination: submit_sm and data_sm make one, submit_multi one for each entry of its
list, a distribution list by its name. What the answer says goes into the same row; a submit_multi_resp that names
destinations it could not accept refuses just those. The rows of a live session come from its intents, which know the
message; those of a capture, and of requests that no intent announced, from the requests themselves.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .._core.idforms import same_destination
from ..journal.log import Intents
from .accounts import Accounts
from .attempts import OUTCOMES, Attempts, Replies, Sends, Verdict
from .batch import COMMANDS, Batch, Columns, add_strings, ints
from .joining import Halves, user_data
from .reassembly import Joiner
from .table import UNKNOWN_TIME, Column, Flags, Ints, Numbers, Strings, Table, name_column

LATE = 1  # a flag of _core.pending
_NOTHING = -1
_LONG = ("concat_width", "concat_reference", "concat_total", "concat_number")
_COLUMNS = (
    *("source_addr", "destination_addr", "dest_address", "text", "encoding"),
    *("registered_delivery", "user_message_reference"),
    *_LONG,
)
ANSWERS = ("submit_sm_resp", "data_sm_resp", "submit_multi_resp", "generic_nack")


class Parts(Attempts):
    """All parts of a log; ``lifetime`` in nanoseconds is how long a reference joins parts.

    Row by row, beside what ``Attempts`` has: ``message`` (from 0), ``number`` of ``total``, ``place`` among the
    destinations of one intent, ``original`` (not the copy of an earlier row), when it was queued, its tag.
    ``entry_part`` names the part of each known id, in the order in which ids became known, with the row of the id and
    when and where the request was sent; ``owner`` is the part whose entry speaks for this one: parts of one message
    that were given the same id share one entry, and ``lead``, of an owner, is the first of them. ``intents`` counts
    the intents that are rows.

    >>> Parts(3_600_000_000_000).rows
    0
    """

    def __init__(self, lifetime: int) -> None:
        """Begin with no part."""
        super().__init__()
        self.encoding, self.reference, self.registered = Numbers(np.int8), Numbers(np.int32), Numbers(np.int16)
        self.message, self.number, self.total = Numbers(np.int64), Numbers(np.int16), Numbers(np.int16)
        self.place, self.original = Numbers(np.int32), Numbers(np.uint8)
        self.time_queued, self.tag = Numbers(np.int64), Strings()
        self.owner, self.lead = Numbers(np.int64), Numbers(np.int64)
        self.entry_part, self.entry_id = Numbers(np.int64), Numbers(np.int64)
        self.entry_time, self.entry_link = Numbers(np.int64), Numbers(np.int32)
        self.source, self.destination, self.text, self.ids = Strings(), Strings(), Strings(), Strings()
        self.halves = Halves()
        self.messages = 0
        self.copies = 0
        self.intents = 0
        self._intent_row, self._intent_count = Numbers(np.int64), Numbers(np.int32)
        self._given, self._found = Numbers(np.int64), 0  # msg_id of each message; of one that has none, which it is
        self._message_of = Numbers(np.int64)  # by msg_id
        self._joiner = Joiner(lifetime, self._refused_by)
        self._same_id: dict[tuple[int, int, bytes], int] = {}
        self._ids_of: set[tuple[int, bytes]] = set()  # of parts that were sent more than once

    def add(
        self, batch: Batch, accounts: Accounts, early: Iterable[Batch] = (), verdicts: Sequence[Verdict] = ()
    ) -> Ints:
        """Take requests and answers of a batch, and what was told meanwhile; return which entries of ids are new.

        ``early`` are answers that came before their requests, a batch each.

        >>> from smppkit.journal.log import Segment
        >>> Parts(0).add(Batch(Segment.of(b"", [], [], [], [], []), 0), Accounts()).tolist()
        []
        """
        began, known = self.rows, len(self.entry_part)
        rows = self.without_intent(batch)
        origin, long = self._add_requests(batch, rows)
        sends = self._sends(batch, began, rows[origin])
        self.note_sends(sends)
        answers = [self._replies(each) for each in (batch, *early)]
        replies = Replies(*(np.concatenate(columns) for columns in zip(*answers, strict=True)))
        self._note_ids(sends)
        self.take(sends, replies, verdicts)
        if len(rows):
            self._join(batch, began, long, accounts)
        self._new_entries(replies)
        return np.arange(known, len(self.entry_part))

    # ---- intents ----

    def add_intents(self, batch: Batch, intents: Intents) -> None:
        """Take intents that follow those taken before; ``batch`` decodes their octets.

        >>> from smppkit.journal.log import Segment
        >>> nothing = Intents.of(0, b"", [], [], [], [], [], [], [])
        >>> Parts(0).add_intents(Batch(Segment.of(b"", [], [], [], [], []), 0), nothing)
        """
        began, rows = self.rows, np.arange(len(intents))
        origin, _ = self._add_requests(batch, rows, intents)
        self._intent_row.extend(began + np.searchsorted(origin, rows))
        self._intent_count.extend(np.bincount(origin, minlength=len(rows)))
        self.intents += len(rows)
        self.message.extend(self._messages_of(intents.message)[origin])
        self.number.array[began:], self.total.array[began:] = intents.part[origin], intents.total[origin]
        several = np.flatnonzero((self.total.array[began:] > 1) & (self.place.array[began:] == 0))
        self.halves.note(began + several, self.text.octets_of(began + several), user_data(batch, origin[several]))

    def _messages_of(self, given: Ints) -> Ints:
        """The messages of some msg_ids; one that was not seen yet is a new message."""
        if len(given):
            self._message_of.fill(_NOTHING, max(0, int(given.max()) + 1 - len(self._message_of)))
        fresh = given[self._message_of.array[given] < 0]
        different, first = np.unique(fresh, return_index=True)
        new = different[np.argsort(first)]
        self._message_of.array[new] = self.messages + np.arange(len(new))
        self._given.extend(new)
        self.messages += len(new)
        found: Ints = self._message_of.array[given]
        return found

    def msg_ids(self, messages: Ints) -> Ints:
        """Return the msg_id of some messages.

        A message that was found in the requests counts from 1; where other messages have a msg_id of their own, from -1
        down, so that no two have the same.

        >>> Parts(0).msg_ids(np.zeros(0, np.int64)).tolist()
        []
        """
        given: Ints = self._given.array[messages]
        return given if self.intents else -given

    def message_named(self, msg_id: int) -> int:
        """Return the message that has a msg_id, -1 when there is none.

        >>> Parts(0).message_named(1)
        -1
        """
        if not self.intents:
            return msg_id - 1 if 0 < msg_id <= self.messages else _NOTHING
        if msg_id > 0:
            return int(self._message_of.array[msg_id]) if msg_id < len(self._message_of) else _NOTHING
        found = np.flatnonzero(self._given.array == msg_id)
        return int(found[0]) if len(found) else _NOTHING

    def without_intent(self, batch: Batch, intents: int | None = None) -> Ints:
        """Return the rows of a batch that submit something which no intent announced.

        ``intents`` are so many, when not those that are rows already.

        >>> from smppkit.journal.log import Segment
        >>> Parts(0).without_intent(Batch(Segment.of(b"", [], [], [], [], []), 0)).tolist()
        []
        """
        rows = batch.submissions()
        return rows[~self._announced(batch, self.intents if intents is None else intents)[rows]]

    def _announced(self, batch: Batch, intents: int) -> Flags:
        intent = batch.segment.intent
        known: Flags = (intent >= 0) & (intent < intents)
        return known

    def of_intents(self, intents: Ints) -> tuple[Ints, Ints]:
        """Return the parts of some intents, and for each the place of its intent among those given.

        >>> Parts(0).of_intents(np.zeros(0, np.int64))[0].tolist()
        []
        """
        count = self._intent_count.array[intents]
        origin = np.repeat(np.arange(len(intents)), count)
        begin = np.repeat(np.cumsum(count) - count, count)
        return self._intent_row.array[intents][origin] + np.arange(len(origin)) - begin, origin

    def _sends(self, batch: Batch, began: int, found: Ints) -> Sends:
        """What the batch sends: requests without an intent, whose parts begin at ``began``, and those of intents."""
        named = np.flatnonzero(self._announced(batch, self.intents))
        part, origin = self.of_intents(batch.segment.intent[named])
        part = np.concatenate([np.arange(began, self.rows), part])
        row = np.concatenate([found, named[origin]])
        if len(found) and len(named):
            order = np.argsort(row, kind="stable")
            part, row = part[order], row[order]
        return Sends(part, batch.records(row), batch.link(row), batch.sequence[row], batch.time(row))

    # ---- requests ----

    def _add_requests(self, batch: Batch, rows: Ints, intents: Intents | None = None) -> tuple[Ints, Columns]:
        """Add the parts of some rows, not sent yet; returns the row of each, and what tells of long messages."""
        if not len(rows):
            return rows, {}
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
        self.encoding.extend(ints(found["encoding"], _NOTHING)[origin])
        self.reference.extend(ints(found["user_message_reference"], _NOTHING)[origin])
        self.registered.extend(ints(found["registered_delivery"], _NOTHING)[origin])
        self.add_unsent(len(origin))
        place = np.arange(len(origin)) - np.repeat(np.cumsum(counts) - counts, counts)
        self._add_places(origin, place, intents)
        return origin, {name: ints(found[name], 0)[origin] for name in _LONG}

    def _add_places(self, origin: Ints, place: Ints, intents: Intents | None) -> None:
        """What the rows are in their messages, and what only an intent knows; destinations of a capture stand alone."""
        count = len(origin)
        for numbers in (self.owner, self.lead):
            numbers.extend(np.arange(self.rows - count, self.rows))
        for numbers in (self.number, self.total):
            numbers.fill(1, count)
        if intents is None:
            self.place.fill(0, count)
            self.original.fill(1, count)
            self.time_queued.fill(UNKNOWN_TIME, count)
        else:
            self.place.extend(place)
            self.original.extend(place == 0)
            self.time_queued.extend(intents.time[origin])
        tags = None if intents is None or intents.tag is None else Column.of_text(intents.tag)
        if tags is None:
            self.tag.extend(b"", np.zeros(count + 1, np.int64), np.zeros(count, np.uint8))
        else:
            whole = Strings()
            whole.extend(tags.values, tags.offsets, tags.valid)
            self.tag.extend(*whole.pick(origin))

    def _join(self, batch: Batch, began: int, long: Columns, accounts: Accounts) -> None:
        """Give every new part its message, in the order of the log."""
        first = np.arange(began, self.rows)
        several = np.flatnonzero((long["concat_width"] > 0) & (long["concat_total"] > 1))
        if len(several):
            of_parts = [long[name][several] for name in _LONG]
            first[several] = self._places(batch, began + several, of_parts, accounts)
        begins = first == np.arange(began, self.rows)
        message = self.messages + np.cumsum(begins) - 1
        older = first < began
        joined = np.where(older, 0, message[np.where(older, 0, first - began)])
        joined[older] = self.message.array[first[older]]
        self.message.extend(joined)
        new = int(begins.sum())
        self._given.extend(-np.arange(self._found + 1, self._found + new + 1))
        self._found += new
        self.messages += new

    def _places(self, batch: Batch, rows: Ints, long: list[Ints], accounts: Accounts) -> list[int]:
        """The row of the first part of the message that each of some parts belongs to."""
        data = user_data(batch, self.record.array[rows] - batch.first)
        records, times = self.record.array[rows].tolist(), self.time_sent.array[rows].tolist()
        width, reference, total, number = (column.tolist() for column in long)
        account = map(accounts.key, self.link.array[rows].tolist(), records)
        addresses = self.source.octets_of(rows), self.destination.octets_of(rows)
        keys = zip(account, *addresses, width, reference, total, strict=True)
        found = list(map(self._joiner.place, rows.tolist(), keys, number, total, times, map(hash, data), records))
        attempt = np.array([place.copy for place in found])
        self.number.array[rows], self.total.array[rows] = number, total
        self.attempt.array[rows], self.again.array[rows] = attempt, [place.again for place in found]
        self.original.array[rows] = attempt == 1
        self.copies += int((attempt > 1).sum())
        self.halves.note(rows, self.text.octets_of(rows), data)
        return [place.first for place in found]

    def _refused_by(self, row: int, record: int) -> bool:
        """Had the part in ``row`` been refused when ``record`` came?"""
        return 0 <= int(self.answered.array[row]) < record and bool(self.refused.array[row])

    # ---- answers ----

    def _replies(self, batch: Batch) -> Replies:
        """What the responses of a batch say, by part."""
        rows = batch.rows(*ANSWERS, where=batch.answers >= 0)
        if not len(rows):
            return Replies.none()
        begin = np.searchsorted(self.sent_record.array, batch.answers[rows], "left")
        count = np.searchsorted(self.sent_record.array, batch.answers[rows], "right") - begin
        rows, begin, count = rows[count > 0], begin[count > 0], count[count > 0]
        if not len(rows):
            return Replies.none()
        found = batch.decode(rows, "message_id")
        base = len(self.ids)
        add_strings(self.ids, found["message_id"])
        known = self.ids.lengths(base) > 0
        origin = np.repeat(np.arange(len(rows)), count)
        sent = np.repeat(begin, count) + np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
        refused = (batch.status[rows] != 0) | (batch.command[rows] == COMMANDS["generic_nack"])
        replies = Replies(
            self.sent_part.array[sent],
            sent,
            batch.records(rows)[origin],
            batch.time(rows)[origin],
            batch.status[rows][origin],
            refused[origin],
            batch.flags[rows][origin] & LATE,
            np.where(known, base + np.arange(len(rows)), _NOTHING)[origin],
        )
        self._refuse_listed(batch, rows, origin, replies)
        return replies

    def _refuse_listed(self, batch: Batch, rows: Ints, origin: Ints, replies: Replies) -> None:
        """Refuse the destinations that a submit_multi_resp lists (SMPP 3.4, section 4.5.2.1)."""
        places = np.flatnonzero(batch.command[rows] == COMMANDS["submit_multi_resp"])
        if not len(places):
            return
        lists = batch.decode(rows[places], "unsuccess_sme")["unsuccess_sme"].to_list()
        for place, failures in zip(places.tolist(), lists, strict=True):
            spoken_of = np.flatnonzero(origin == place).tolist() if failures else ()
            for failure in failures or ():
                address = failure["destination_addr"].encode()
                for reply in spoken_of:
                    if same_destination(self.destination.octets(int(replies.part[reply])), address):
                        replies.status[reply] = failure["error_status_code"]
                        replies.refused[reply] = True
                        replies.id_row[reply] = _NOTHING

    def _note_ids(self, sends: Sends) -> None:
        """Remember the ids of parts that are sent again: the same id in a second answer is no second entry."""
        for part in sends.part[self.with_id(sends.part)].tolist():
            self._ids_of.add((part, self.ids.octets(int(self.id_row.array[part]))))

    def _new_entries(self, replies: Replies) -> None:
        """File the ids that have just become known; parts of one message with the same id make one entry."""
        named = (replies.id_row >= 0) & (replies.refused == 0)
        part, row, sent = replies.part[named], replies.id_row[named], replies.sent[named]
        fresh = np.ones(len(part), bool)
        special = np.flatnonzero((self.total.array[part] > 1) | (self.attempt.array[part] > 1))
        fresh[special] = self._are_fresh(part[special], row[special])
        self.entry_part.extend(part[fresh])
        self.entry_id.extend(row[fresh])
        self.entry_time.extend(self.sent_time.array[sent[fresh]])
        self.entry_link.extend(self.sent_link.array[sent[fresh]])

    def _are_fresh(self, parts: Ints, rows: Ints) -> list[bool]:
        """Tell of parts of long messages, and of those sent again, for which ids (in ``rows``) begin an entry."""
        columns = (self.message, self.place, self.total, self.attempt)
        of_part = (column.array[parts].tolist() for column in columns)
        owned, owners, fresh = self.owner.array, [], []
        for one, octets, message, place, total, attempt in zip(
            parts.tolist(), self.ids.octets_of(rows), *of_part, strict=True
        ):
            owner = self._same_id.setdefault((message, place, octets), one) if total > 1 else one
            owned[one] = owner  # one by one: a part that is there twice keeps the last
            owners.append(owner)
            fresh.append(owner == one and (one, octets) not in self._ids_of)
            if attempt > 1:
                self._ids_of.add((one, octets))
        np.minimum.at(self.lead.array, np.array(owners, np.int64), parts)
        return fresh

    # ---- what they came to ----

    def with_id(self, rows: Ints) -> Flags:
        """Tell which of some parts have an id: only of these can a receipt speak.

        >>> Parts(0).with_id(np.zeros(0, np.int64)).tolist()
        []
        """
        known: Flags = (self.id_row.array[rows] >= 0) & (self.refused.array[rows] == 0)
        return known

    def table(self, outcome: Ints, rows: Ints | None = None) -> Table:
        """Return the table ``parts``; ``outcome`` is that of ``rows``, all of them by default.

        >>> list(Parts(0).table(np.zeros(0, np.int64)))[:3]
        ['msg_id', 'part', 'attempt']
        """
        rows = np.arange(self.rows) if rows is None else rows
        answered = (self.answered.array[rows] >= 0).astype(np.uint8)
        return {
            "msg_id": Column("int", self.msg_ids(self.message.array[rows])),
            "part": Column("int", self.number.array[rows].astype(np.int64)),
            "attempt": Column("int", self.attempt.array[rows].astype(np.int64)),
            "link": Column("link", self.link.array[rows]),
            "sequence_number": Column("int", self.sequence.array[rows]),
            "destination": self.destination.column("text", rows),
            "time_sent": Column("time", self.time_sent.array[rows]),
            "time_resp": Column("time", self.time_resp.array[rows]),
            "command_status": Column("int", self.status.array[rows], None, answered),
            "message_id": self.ids.column("text", self.id_row.array[rows]),
            "outcome": name_column(outcome, OUTCOMES),
            "late": Column("bool", self.are_late(rows).astype(np.uint8)),
        }


def _destinations(found: Columns) -> list[list[str | None]]:
    """The destinations of each request: of a list its addresses, and the names of distribution lists."""
    single, lists = found["destination_addr"].to_list(), found["dest_address"].to_list()
    pairs = zip(single, lists, strict=True)
    return [[_named(entry) for entry in entries] if entries else [one] for one, entries in pairs]


def _named(entry: dict[str, Any]) -> str:
    name = entry.get("dl_name", entry.get("destination_addr"))
    return str(name)
