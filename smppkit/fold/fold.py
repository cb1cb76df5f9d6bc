"""The fold: a log in, tables out. What is known of messages is a function of the records, and there is no other.

Records are taken batch by batch, in the order of the log and in any cut: requests and receipts become rows, responses
are given to their requests. What depends on all of them (receipts matched, states, messages) is worked out when a table
is asked for, and kept until the log has grown.

What of a capture's other requests is taken: a query_sm that is answered makes a claim as a receipt does; cancel_sm and
replace_sm change nothing by themselves, for a receipt or a query tells what became of the message, and ``text`` is what
was submitted. A text that is sent again after a refusal is another message, for no PDU says that it is the same; only
the parts of a long message carry what joins their attempts.
"""

import threading
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .._core.pending import Pending
from .._core.strings import gather, prefixes
from ..journal.log import Log, Segment
from ..spec.receipts import STATES
from .accounts import Accounts
from .batch import NO_COMMAND, Batch, ints
from .dialects import AMBIGUOUS, MATCHED_BY, ORPHAN, REFERENCE, Dialect
from .early import Early
from .inbox import Inbox
from .matching import Matcher, Matching, Side
from .messages import current, message_states, messages_table
from .parts import ANSWERS, Parts
from .queries import Answer, Queries
from .receipts import Receipts
from .references import match_references, open_for_reference
from .state import Claims, PartStates, fold
from .table import Column, Ints, Strings, Table, name_column

TABLES = ("messages", "parts", "receipts", "inbox", "events")

_BINDS = ("bind_transmitter", "bind_receiver", "bind_transceiver")
_BIND_ANSWERS = (*(f"{name}_resp" for name in _BINDS), "generic_nack")
_ONE_WAY = 0x102  # alert_notification: waits for no answer, as a record that is no PDU does
_DUPLICATE = 2  # a flag of _core.pending
_ENDS = ("CLOSED", "UNBOUND")


class _Resolved(NamedTuple):
    """What all records together say: how receipts were matched, the part of each (-1: none), states, outcomes."""

    matching: Matching
    code: Ints
    part: Ints
    states: PartStates
    outcome: Ints
    errors: tuple[Strings, Strings]


class Fold:
    """Messages, parts, receipts, inbox and events of a log.

    ``codings`` gives the alphabet of each data_coding as 256 octets, ``charsets`` Python's codec of those that are
    OTHER; ``response_time`` (seconds) is how long a response is in time, ``reference_lifetime`` how long a reference
    joins parts; with ``receipt_per_message`` one receipt speaks for all parts of a message, else a message is final
    only when all its parts are. Safe for several threads.

    >>> from smppkit.journal.memory import MemoryLog
    >>> fold = Fold(MemoryLog(complete=True))
    >>> fold.table("messages")["msg_id"].to_list()
    []
    """

    def __init__(
        self,
        log: Log,
        *,
        codings: bytes | None = None,
        charsets: Mapping[int, str] | None = None,
        response_time: float = 60.0,
        reference_lifetime: float = 3600.0,
        receipt_per_message: bool = False,
    ) -> None:
        """Read what the log holds now."""
        lifetime = round(reference_lifetime * 1e9)
        self._log = log
        self._codings, self._charsets = codings, charsets
        self._per_message = receipt_per_message
        self._lock = threading.RLock()
        self._records = 0
        self._accounts = Accounts()
        self._pending = Pending(round(response_time * 1e9))
        self._parts, self._receipts = Parts(lifetime), Receipts()
        self._inbox, self._queries = Inbox(lifetime), Queries()
        self._matcher = Matcher()
        self._early = Early()
        self._duplicates = 0
        self._version: tuple[int, ...] = ()
        self._resolved: _Resolved | None = None
        self._tables: dict[str, Table] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read what the log has gained.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).refresh()
        """
        with self._lock:
            log, seen = self._log, 0
            self._accounts.links = log.links
            for segment in log.segments() if len(log) > self._records else ():
                fresh = seen + len(segment) - self._records
                if fresh > 0:
                    self._add(segment if fresh == len(segment) else _tail(segment, fresh))
                seen += len(segment)
            version = (self._records, len(log.links), len(log.events), log.complete)
            if version != self._version:
                self._version, self._resolved = version, None
                self._tables = {}

    def _add(self, segment: Segment) -> None:
        batch = Batch(segment, self._records, self._codings, self._charsets)
        waiting = np.where(batch.command == NO_COMMAND, _ONE_WAY, batch.command)
        link, direction, time = segment.link, segment.direction, segment.time
        self._pending.feed(waiting, batch.sequence, link, direction, time, self._records, batch.answers, batch.flags)
        self._duplicates += int(((batch.flags & _DUPLICATE) > 0).sum())
        self._add_binds(batch)
        self._add_entries(self._parts.add(batch, self._accounts, self._early.add(batch, *ANSWERS)))
        self._add_deliveries(batch)
        self._queries.add(batch)
        self._records += len(segment)

    def _add_binds(self, batch: Batch) -> None:
        rows = batch.rows(*_BINDS)
        names = batch.decode(rows, "system_id")["system_id"].to_list()
        links, records = batch.link(rows).tolist(), batch.records(rows).tolist()
        for link, record, name in zip(links, records, names, strict=True):
            self._accounts.bind(link, record, name or "")
        refused = (batch.status != 0) & (batch.answers >= 0)
        for row in batch.rows(*_BIND_ANSWERS, where=refused).tolist():
            self._accounts.refuse(int(batch.segment.link[row]), int(batch.answers[row]))

    def _add_entries(self, entries: Ints) -> None:
        if len(entries):
            ids, id_offsets, _ = self._parts.ids.pick(self._parts.id_row.array[entries])
            destinations, offsets, _ = self._parts.destination.pick(entries)
            self._matcher.add_ids(ids, id_offsets, destinations, offsets)

    def _add_deliveries(self, batch: Batch) -> None:
        rows = batch.deliveries()
        kinds = ints(batch.decode(rows, "receipt_kind")["receipt_kind"], 0)
        self._inbox.add(batch, rows[kinds == 0], self._accounts)
        new = np.arange(self._receipts.rows, self._receipts.rows + int((kinds > 0).sum()))
        self._receipts.add(batch, rows[kinds > 0])
        ids, id_offsets, _ = self._receipts.texts["receipt_id"].pick(new)
        sources, offsets, _ = self._receipts.source.pick(new)
        self._matcher.add_receipts(ids, id_offsets, sources, offsets)

    # ---- tables ----

    def table(self, name: str) -> Table:
        """Return one of the tables messages, parts, receipts, inbox, events: its columns by name, in order.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Fold(MemoryLog()).table("events"))
        ['time', 'link', 'from_state', 'to_state', 'reason', 'detail']
        """
        with self._lock:
            if name not in self._tables:
                makers = (self._messages, self._parts_table, self._receipts_table, self._inbox_table, self._events)
                self._tables[name] = dict(zip(TABLES, makers, strict=True))[name]()
            return self._tables[name]

    @property
    def dialects(self) -> list[Dialect]:
        """What the receipts of each account say of its ids, accounts in the order in which their links came.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).dialects
        []
        """
        with self._lock:
            return [dialect for dialect in self._state().matching.dialects if dialect.account or dialect.counts]

    @property
    def counts(self) -> dict[str, int]:
        """What was counted: responses to nothing, repeated and late ones, copies of parts, receipts by their match.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).counts["receipts_orphaned"]
        0
        """
        with self._lock:
            state = self._state()
            return {
                "duplicate_responses": self._duplicates,
                "stray_responses": self._early.count,
                "late_responses": int(self._parts.late.array.sum()),
                "copies_of_parts": self._parts.copies + self._inbox.copies,
                "contradictions": state.states.contradictions,
                "receipts_matched": int((state.part >= 0).sum()),
                "receipts_ambiguous": int((state.code == AMBIGUOUS).sum()),
                "receipts_orphaned": int((state.code == ORPHAN).sum()),
            }

    def _messages(self) -> Table:
        state, parts = self._state(), self._parts
        rows = current(parts, state.outcome)
        folded = message_states(parts, rows, state.outcome, state.states, self._per_message)
        return messages_table(parts, rows, state.outcome, state.states, folded, state.errors)

    def _parts_table(self) -> Table:
        return self._parts.table(self._state().outcome)

    def _receipts_table(self) -> Table:
        state, parts, receipts = self._state(), self._parts, self._receipts
        shown = np.append(_shown(parts), -1)[state.part]
        message = np.where(shown >= 0, np.append(parts.message.array, -1)[shown], -1)
        number = np.where(shown >= 0, np.append(parts.number.array, -1)[shown], -1)
        known = np.where((receipts.state.array >= 0) & (receipts.state.array < len(STATES)), receipts.state.array, -1)
        raw = self._raw(receipts.record.array)
        return receipts.table(message, number, name_column(state.code, MATCHED_BY), name_column(known, STATES), raw)

    def _inbox_table(self) -> Table:
        return self._inbox.table(self._raw(self._inbox.record.array))

    def _events(self) -> Table:
        events = self._log.events
        told = {
            "time": Column("time", np.array([event.time for event in events], np.int64)),
            "link": Column("link", np.array([event.link for event in events], np.int32)),
        }
        texts = ("from_state", "to_state", "reason", "detail")
        return told | {name: Column.of_text(getattr(event, name) for event in events) for name in texts}

    def _raw(self, records: Ints) -> Column:
        """The octets of some records (in order), read from the log again: the fold keeps none of them."""
        pieces, lengths, base = [], [np.zeros(1, np.int64)], 0
        for segment in self._log.segments():
            rows = records[np.searchsorted(records, base) : np.searchsorted(records, base + len(segment))] - base
            if len(rows):
                pieces.append(gather(segment.buffer, segment.offset[rows], segment.length[rows]))
                lengths.append(segment.length[rows])
            base += len(segment)
        return Column("octets", b"".join(pieces), np.cumsum(np.concatenate(lengths)))

    # ---- what all records together say ----

    def _state(self) -> _Resolved:
        if self._resolved is None:
            self._resolved = self._resolve()
        return self._resolved

    def _resolve(self) -> _Resolved:
        parts, receipts = self._parts, self._receipts
        account, names = self._accounts.of_links()
        entries = parts.entry_part.array
        sent = Side(account[parts.link.array], parts.time_sent.array)
        received = Side(account[receipts.link.array], receipts.time.array, receipts.dates["receipt_submit_date"].array)
        ids = Side(sent.account[entries], sent.time[entries])
        matching = self._matcher.resolve(ids, received, names)
        part = np.append(entries, -1)[matching.index]
        code = matching.code.copy()
        for receipt, meant in self._by_reference(matching, part, sent, received).items():
            part[receipt], code[receipt] = meant, REFERENCE
        claims, errors = self._claims(part, self._queries.claims(parts, account))
        states = _spread(fold(claims, parts.rows), parts)
        closed = {event.link: event.to_state in _ENDS for event in self._log.events}
        outcome = parts.outcome(self._log.complete, [link for link, ended in closed.items() if ended])
        return _Resolved(matching, code, part, states, outcome, errors)

    def _by_reference(self, matching: Matching, part: Ints, sent: Side, received: Side) -> dict[int, int]:
        parts, receipts = self._parts, self._receipts
        evidence = np.array([dialect.supporting + dialect.against for dialect in matching.dialects], np.int64)
        without_id = receipts.texts["receipt_id"].lengths() == 0
        asking = open_for_reference(matching.index, without_id, received.account, evidence, matching.candidates)
        free = np.ones(parts.rows, bool)
        free[part[part >= 0]] = False
        return match_references(parts, receipts, free, asking, sent, received)

    def _claims(self, part: Ints, answers: list[tuple[int, Answer]]) -> tuple[Claims, tuple[Strings, Strings]]:
        """What receipts and queries say of parts, and err and network_error of each claim."""
        receipts = self._receipts
        said = np.flatnonzero((part >= 0) & (receipts.state.array >= 0))
        errors = Strings(), Strings()
        details = np.zeros((len(said) + len(answers), 2), np.uint64)
        rows = np.append(said, np.full(len(answers), -1))
        for column, given in enumerate((receipts.texts["receipt_err"], receipts.network_error)):
            picked = given.pick(rows)
            errors[column].extend(*picked)
            heads = np.zeros(len(details), np.uint64)
            prefixes(picked[0], picked[1], heads)
            details[:, column] = heads
        asked = [(meant, answer.state, answer.done_date, answer.time) for meant, answer in answers]
        queried = np.array(asked, np.int64).reshape(-1, 4)
        done = receipts.dates["receipt_done_date"].array
        columns = (part, receipts.state.array, done, receipts.time.array)
        merged = [np.append(column[said], queried[:, place]) for place, column in enumerate(columns)]
        return Claims(merged[0], merged[1], merged[2], merged[3], details), errors


def _tail(segment: Segment, rows: int) -> Segment:
    offset, length, time = segment.offset[-rows:], segment.length[-rows:], segment.time[-rows:]
    return Segment(segment.buffer, offset, length, time, segment.direction[-rows:], segment.link[-rows:])


def _spread(states: PartStates, parts: Parts) -> PartStates:
    """Parts that share an id share its state."""
    owner = parts.owner.array
    return states._replace(state=states.state[owner], time_final=states.time_final[owner], claim=states.claim[owner])


def _shown(parts: Parts) -> Ints:
    """The part that a receipt names: of those that share an id, the first."""
    first = np.arange(parts.rows)
    np.minimum.at(first, parts.owner.array, np.arange(parts.rows))
    return first
