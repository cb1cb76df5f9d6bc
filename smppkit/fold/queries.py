"""What the answers to query_sm say: a claim about one message, like a receipt, though not listed among the receipts.

The ESME asks with the id it was given, so ids match exactly, on the same account; the source address, where the request
names one, must be that of the message. An id that several messages of the account have is no claim about any of them.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .._core.strings import prefixes
from ..errors import SmppError
from ..text.times import RelativeTime, parse_time
from .batch import COMMANDS, Batch
from .parts import Parts
from .table import UNKNOWN_TIME, Ints

_NANOSECONDS = 1_000_000_000


class Answer(NamedTuple):
    """One query_sm that was answered with a state.

    >>> Answer(0, b"4d", b"INFO", 0, 2, UNKNOWN_TIME).state
    2
    """

    link: int
    id: bytes
    source: bytes
    time: int
    state: int
    done_date: int


class Queries:
    """The query_sm of a log and their answers.

    >>> Queries().answers
    []
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.answers: list[Answer] = []
        self._asked: dict[int, tuple[int, bytes, bytes]] = {}  # record -> link, id, source
        self._parts: dict[bytes, list[int]] = {}  # by id that an answer names
        self._looked = 0  # entries of ids that were looked at

    def add(self, batch: Batch) -> None:
        """Take the queries and their answers in a batch.

        >>> from smppkit.journal.log import Segment
        >>> Queries().add(Batch(Segment.of(b"", [], [], [], [], []), 0))
        """
        rows = batch.rows("query_sm")
        if len(rows):
            found = batch.decode(rows, "message_id", "source_addr")
            asked = zip(found["message_id"].to_list(), found["source_addr"].to_list(), strict=True)
            links = batch.link(rows).tolist()
            for record, link, (id, source) in zip(batch.records(rows).tolist(), links, asked, strict=True):
                self._asked[record] = (link, (id or "").encode(), (source or "").encode())
        answered = np.flatnonzero(np.isin(batch.answers, np.fromiter(self._asked, np.int64, len(self._asked))))
        if len(answered):
            self._add_answers(batch, answered)

    def _add_answers(self, batch: Batch, rows: Ints) -> None:
        found = batch.decode(rows, "message_state", "final_date")
        told = zip(found["message_state"].to_list(), found["final_date"].to_list(), strict=True)
        for row, (state, date) in zip(rows.tolist(), told, strict=True):
            link, id, source = self._asked.pop(int(batch.answers[row]))
            if batch.command[row] == COMMANDS["query_sm_resp"] and batch.status[row] == 0 and state is not None and id:
                time = int(batch.segment.time[row])
                self.answers.append(Answer(link, id, source, time, state, _moment(date)))

    def claims(self, parts: Parts, account: Ints) -> list[tuple[int, Answer]]:
        """Return the part that each answer speaks of (``account`` is by link); what names no one message is left out.

        >>> Queries().claims(Parts(0), np.zeros(1, np.int64))
        []
        """
        self._look(parts)
        found = []
        for answer in self.answers:
            meant = [part for part in self._parts[answer.id] if _fits(parts, part, answer, account)]
            if len(meant) == 1:
                found.append((meant[0], answer))
        return found

    def _look(self, parts: Parts) -> None:
        """Find the parts of the ids that answers name: of new ids among all, of the others among new parts."""
        known = len(parts.entry_part)
        if self._parts and self._looked < known:
            rows = parts.entry_id.array[self._looked :]
            for id, part in zip(_octets(parts, rows), parts.entry_part.array[self._looked :].tolist(), strict=True):
                if id in self._parts:
                    self._parts[id].append(part)
        self._looked = known
        fresh = {answer.id for answer in self.answers} - self._parts.keys()
        if fresh:
            named = _having(parts, fresh)
            self._parts.update({id: named.get(id, []) for id in fresh})


def _octets(parts: Parts, rows: Ints) -> list[bytes]:
    octets, offsets, _ = parts.ids.pick(rows)
    ends = offsets.tolist()
    return [octets[start:end] for start, end in pairwise(ends)]


def _having(parts: Parts, wanted: set[bytes]) -> dict[bytes, list[int]]:
    """The parts that have one of some ids, by id; only those that begin like one of them are compared."""
    octets, offsets, _ = parts.ids.pick(parts.entry_id.array)
    heads = np.zeros(len(offsets) - 1, np.uint64)
    prefixes(octets, offsets, heads)
    begins = [int.from_bytes(id[:8].ljust(8, b"\0"), "big") for id in wanted]
    entries = np.flatnonzero(np.isin(heads, np.array(begins, np.uint64)))
    found: dict[bytes, list[int]] = {}
    for id, entry in zip(_octets(parts, parts.entry_id.array[entries]), entries.tolist(), strict=True):
        if id in wanted:
            found.setdefault(id, []).append(int(parts.entry_part.array[entry]))
    return found


def _fits(parts: Parts, part: int, answer: Answer, account: Ints) -> bool:
    sent = int(parts.time_sent.array[part])
    in_order = UNKNOWN_TIME in (sent, answer.time) or sent <= answer.time
    same_source = not answer.source or parts.source.octets(part) == answer.source
    return in_order and same_source and bool(account[parts.link.array[part]] == account[answer.link])


def _moment(date: str | None) -> int:
    """Nanoseconds since 1970 UTC of an absolute time (SMPP 3.4, section 7.1.1); anything else is no date."""
    try:
        moment = parse_time(date or "")
    except SmppError:
        return UNKNOWN_TIME
    if moment is None or isinstance(moment, RelativeTime):
        return UNKNOWN_TIME
    return round(moment.timestamp() * 10) * (_NANOSECONDS // 10)
