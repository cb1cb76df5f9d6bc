"""The fold: a log in, tables out. What is known of messages is a function of the records, and there is no other.

Records are taken batch by batch, in the order of the log and in any cut: requests and receipts become rows, responses
are given to their requests. What depends on all of them (receipts matched, states, messages) is worked out when a table
is asked for, and kept until the log has grown.

Taking records changes many columns one after the other, and may end in the middle: by Ctrl-C in a cell, by want of
memory. Such a fold is torn, knows it, and begins anew with the first record when it is looked at again.

What of a capture's other requests is taken: a query_sm that is answered makes a claim as a receipt does; cancel_sm and
replace_sm change nothing by themselves, for a receipt or a query tells what became of the message, and ``text`` is what
was submitted. A text that is sent again after a refusal is another message, for no PDU says that it is the same; only
the parts of a long message carry what joins their attempts.
"""

import threading
from collections import deque
from typing import Any

import numpy as np

from .._core.pending import Pending
from .._core.strings import gather
from ..journal.log import NOT_SENT as TOLD_NOT_SENT
from ..journal.log import Intents, Log, Segment, Told
from ..spec.receipts import STATES
from .accounts import Accounts
from .attempts import NOT_SENT, UNANSWERED, Replies, Sends, Verdict
from .batch import NO_COMMAND, Batch, ints
from .dialects import MATCHED_BY, Dialect
from .early import Early
from .feeding import Snapshot, cut, due, next_cut
from .inbox import Inbox
from .messages import Scope, message_states, messages_table, scope
from .one import message_row
from .parts import ANSWERS, Parts
from .queries import Queries
from .receipts import Receipts
from .resolution import Resolution
from .table import Column, Ints, Table, name_column

TABLES = ("messages", "parts", "receipts", "inbox", "events")

_BINDS = ("bind_transmitter", "bind_receiver", "bind_transceiver")
_BIND_ANSWERS = (*(f"{name}_resp" for name in _BINDS), "generic_nack")
_ONE_WAY = 0x102  # alert_notification: waits for no answer, as a record that is no PDU does
_DUPLICATE = 2  # a flag of _core.pending
_ENDS = ("CLOSED", "UNBOUND")


class Fold:
    """Messages, parts, receipts, inbox and events of a log.

    ``codings`` gives the alphabet of each data_coding as 256 octets; ``response_time`` (seconds) is how long a response
    is in time, ``reference_lifetime`` how long a reference joins parts; with ``receipt_per_message`` one receipt speaks
    for all parts of a message, else a message is final only when all its parts are. Safe for several threads.

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
        response_time: float = 60.0,
        reference_lifetime: float = 3600.0,
        receipt_per_message: bool = False,
    ) -> None:
        """Read what the log holds now."""
        self._log = log
        self._codings = codings
        self._per_message = receipt_per_message
        self._response_time, self._lifetime = round(response_time * 1e9), round(reference_lifetime * 1e9)
        self._lock = threading.RLock()
        self._begin()
        self.refresh()

    def _begin(self) -> None:
        """Know nothing of the log."""
        lifetime = self._lifetime
        self._torn = True  # until all below is there, and again whenever some of it changes
        self._records = 0
        self._accounts = Accounts()
        self._pending = Pending(self._response_time)
        self._parts, self._receipts = Parts(lifetime), Receipts()
        self._inbox, self._queries = Inbox(lifetime), Queries()
        self._resolution = Resolution(self._parts, self._receipts, self._queries, self._accounts)
        self._early = Early()
        self._duplicates = 0
        self._told: deque[Told] = deque()  # read, but not taken yet
        self._told_read = 0
        self._closed: tuple[int, list[int]] = (0, [])
        self._version: tuple[int, ...] = ()
        self._settled = False
        self._tables: dict[str, Table] = {}
        self._torn = False

    def refresh(self) -> None:
        """Read what the log has gained.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).refresh()
        """
        with self._lock:
            if self._torn:
                self._begin()
            self._torn = True  # before the first change, so that no instant is left in which nobody would know
            self._take()
            self._torn = False

    def _take(self) -> None:
        log = self._log
        snapshot = Snapshot.of(log, self._records, self._parts.intents, self._told_read)
        self._accounts.links = log.links  # after the records, which name none that is not there
        self._told.extend(snapshot.told)
        self._told_read += len(snapshot.told)
        for segment in snapshot.segments:
            self._add_in_order(segment, snapshot.intents)
        self._add_intents(snapshot.intents, self._records)
        self._parts.take(Sends.none(), Replies.none(), self._verdicts(self._records))
        taken = (self._records, self._parts.intents, self._told_read - len(self._told))
        version = (*taken, len(log.links), len(log.events), log.complete)
        if version != self._version:
            self._version, self._settled, self._tables = version, False, {}

    def _mend(self) -> None:
        """Read a log again of which another look was cut short; the lock is held."""
        if self._torn:
            self.refresh()

    def _add_in_order(self, segment: Segment, waiting: "deque[Intents]") -> None:
        """Add records, and the intents that stand before and between them."""
        while len(segment):
            end = self._records + len(segment)
            batch = self._batch(segment)
            if waiting:  # a log without intents, or none that are new, needs no look at what was announced
                known = self._parts.intents + sum(len(each) for each in waiting)
                at = next_cut(batch.records(self._parts.without_intent(batch, known)), waiting, end)
                if at < end:
                    batch = self._batch(cut(segment, 0, at - self._records))
                self._add_intents(waiting, at - 1)
            segment = cut(segment, len(batch.segment), len(segment))
            self._add(batch)

    def _batch(self, segment: Segment, first: int | None = None) -> Batch:
        return Batch(segment, self._records if first is None else first, self._codings)

    def _add_intents(self, waiting: "deque[Intents]", records: int) -> None:
        """Add the intents that came when the log held at most so many records."""
        for intents in due(waiting, records):
            nothing = np.zeros(len(intents), np.int32)
            segment = Segment.of(intents.buffer, intents.offset, intents.length, nothing, nothing, nothing)
            self._parts.add_intents(self._batch(segment), intents)

    def _verdicts(self, records: int) -> list[Verdict]:
        """Take what was told when the log held at most so many records."""
        found = []
        while self._told and self._told[0].record <= records:
            told = self._told.popleft()
            outcome = NOT_SENT if told.outcome == TOLD_NOT_SENT else UNANSWERED
            found.append(Verdict(self._parts.of_intents(told.intent)[0], outcome, told.record))
        return found

    def _add(self, batch: Batch) -> None:
        segment = batch.segment
        waiting = np.where(batch.command == NO_COMMAND, _ONE_WAY, batch.command)
        link, direction, time = (np.ascontiguousarray(each) for each in (segment.link, segment.direction, segment.time))
        self._pending.feed(waiting, batch.sequence, link, direction, time, self._records, batch.answers, batch.flags)
        self._duplicates += int(((batch.flags & _DUPLICATE) > 0).sum())
        self._add_binds(batch)
        verdicts = self._verdicts(self._records + len(segment) - 1)
        early = self._early.add(batch, *ANSWERS)
        self._resolution.add_entries(self._parts.add(batch, self._accounts, early, verdicts))
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

    def _add_deliveries(self, batch: Batch) -> None:
        rows = batch.deliveries()
        kinds = ints(batch.decode(rows, "receipt_kind")["receipt_kind"], 0)
        self._inbox.add(batch, rows[kinds == 0], self._accounts)
        new = np.arange(self._receipts.rows, self._receipts.rows + int((kinds > 0).sum()))
        self._receipts.add(batch, rows[kinds > 0])
        self._resolution.add_receipts(new)

    # ---- tables ----

    def table(self, name: str) -> Table:
        """Return one of the tables messages, parts, receipts, inbox, events: its columns by name, in order.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Fold(MemoryLog()).table("events"))
        ['time', 'link', 'from_state', 'to_state', 'reason', 'detail']
        """
        with self._lock:
            self._mend()
            if name not in self._tables:
                self._tables[name] = self._made(name, 0)
            return self._tables[name]

    def rows(self, name: str, first: int) -> Table:
        """Return the last rows of one of the tables, from row ``first`` on, or so many of them where it is below 0.

        Only they are made; they are those that ``table`` would give.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).rows("inbox", -10)["text"].to_list()
        []
        """
        with self._lock:
            self._mend()
            return self._made(name, self.first_row(name, first))

    def first_row(self, name: str, first: int) -> int:
        """Return the number of the row that ``rows`` begins with.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).first_row("inbox", -10)
        0
        """
        count = self.count(name)
        return min(first, count) if first >= 0 else max(count + first, 0)

    def count(self, name: str) -> int:
        """Return the number of rows of one of the tables; nothing is made for that.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).count("receipts")
        0
        """
        with self._lock:
            self._mend()
            counts = (self._parts.messages, self._parts.rows, self._receipts.rows, self._inbox.messages)
            return dict(zip(TABLES, (*counts, self._version[4]), strict=True))[name]

    @property
    def version(self) -> tuple[int, ...]:
        """What has been read: the same as long as all tables are.

        >>> from smppkit.journal.memory import MemoryLog
        >>> fold = Fold(MemoryLog())
        >>> fold.version == fold.version
        True
        """
        with self._lock:
            self._mend()
            return self._version

    def row(self, msg_id: int, states: bool = True) -> dict[str, Any] | None:
        """Return what is known of one message as plain values, ``None`` when there is no such message.

        ``outcome command_status message_ids attempts parts`` (a dict for each part), and unless ``states`` is False,
        for which receipts have to be matched, ``state final time_final err network_error``.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).row(1)
        """
        with self._lock:
            self._mend()
            message = self._parts.message_named(msg_id)
            if message < 0:
                return None
            resolution = self._state() if states else None
            return message_row(self._parts, self._receipts, self._scope(message, 1), resolution, self._per_message)

    def _made(self, name: str, first: int) -> Table:
        makers = (self._messages, self._parts_table, self._receipts_table, self._inbox_table, self._events)
        return dict(zip(TABLES, makers, strict=True))[name](first)

    @property
    def dialects(self) -> list[Dialect]:
        """What the receipts of each account say of its ids, accounts in the order in which their links came.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).dialects
        []
        """
        with self._lock:
            self._mend()
            return [dialect for dialect in self._state().dialects if dialect.account or dialect.counts]

    @property
    def counts(self) -> dict[str, int]:
        """What was counted: responses to nothing, repeated and late ones, copies of parts, receipts by their match.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Fold(MemoryLog()).counts["receipts_orphaned"]
        0
        """
        with self._lock:
            self._mend()
            return {
                "duplicate_responses": self._duplicates,
                "stray_responses": self._early.count,
                "late_responses": int(self._parts.are_late().sum()),
                "copies_of_parts": self._parts.copies + self._inbox.copies,
                **self._state().counts,
            }

    def _scope(self, first: int, count: int) -> Scope:
        return scope(self._parts, first, count, self._log_complete, self._ended())

    @property
    def _log_complete(self) -> bool:
        return bool(self._version[-1])

    def _ended(self) -> list[int]:
        """The links that have ended."""
        seen = self._version[4]
        if self._closed[0] != seen:
            ends = {event.link: event.to_state in _ENDS for event in self._log.events[:seen]}
            self._closed = seen, [link for link, ended in ends.items() if ended and link >= 0]
        return self._closed[1]

    def _messages(self, first: int) -> Table:
        state, parts = self._state(), self._parts
        looked_at = self._scope(first, parts.messages - first)
        states = state.states(looked_at.rows)
        folded = message_states(parts, looked_at, states, self._per_message)
        deciding = np.append(looked_at.rows, -1)[folded.part]
        receipt = np.where(folded.part >= 0, state.receipts_of(np.maximum(deciding, 0)), -1)
        errors = (self._receipts.texts["receipt_err"], self._receipts.network_error)
        err, network_error = (given.column("text", receipt) for given in errors)
        return messages_table(parts, looked_at, states, folded, (err, network_error))

    def _parts_table(self, first: int) -> Table:
        rows = np.arange(first, self._parts.rows)
        return self._parts.table(self._parts.outcome(self._log_complete, self._ended(), rows), rows)

    def _receipts_table(self, first: int) -> Table:
        state, parts, receipts = self._state(), self._parts, self._receipts
        rows = np.arange(first, receipts.rows)
        part = state.parts_of(rows)
        shown = np.where(part >= 0, np.append(parts.lead.array, -1)[part], -1)
        message = np.append(parts.message.array, 0)[shown]
        matched = None if (shown >= 0).all() else (shown >= 0).astype(np.uint8)
        msg_id = np.where(shown >= 0, parts.msg_ids(message) if parts.messages else 0, 0)
        number = np.where(shown >= 0, np.append(parts.number.array, -1)[shown], -1)
        said = receipts.state.array[rows]
        known = np.where((said >= 0) & (said < len(STATES)), said, -1)
        return receipts.table(
            rows,
            Column("int", msg_id, None, matched),
            Column("int", number, None, matched),
            name_column(state.codes_of(rows), MATCHED_BY),
            name_column(known, STATES),
            self._raw(receipts.record.array[rows]),
        )

    def _inbox_table(self, first: int) -> Table:
        every = self._inbox.rows_from(first)
        return self._inbox.table(every, first, self._raw(self._inbox.record.array[every]))

    def _events(self, first: int) -> Table:
        events = self._log.events[first : self._version[4]]
        told = {
            "time": Column("time", np.array([event.time for event in events], np.int64)),
            "link": Column("link", np.array([event.link for event in events], np.int32)),
        }
        texts = ("from_state", "to_state", "reason", "detail")
        return told | {name: Column.of_text(getattr(event, name) for event in events) for name in texts}

    def _raw(self, records: Ints) -> Column:
        """The octets of some records (in order), read from the log again: the fold keeps none of them."""
        pieces, lengths, base = [], [np.zeros(1, np.int64)], 0
        for segment in self._log.segments() if len(records) else ():
            rows = records[np.searchsorted(records, base) : np.searchsorted(records, base + len(segment))] - base
            if len(rows):
                pieces.append(gather(segment.buffer, segment.offset[rows], segment.length[rows]))
                lengths.append(segment.length[rows])
            base += len(segment)
        return Column("octets", b"".join(pieces), np.cumsum(np.concatenate(lengths)))

    def _state(self) -> Resolution:
        """What all records together say."""
        if not self._settled:
            self._torn = True
            self._resolution.update()
            self._settled, self._torn = True, False
        return self._resolution
