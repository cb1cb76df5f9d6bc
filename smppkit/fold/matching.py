"""Which message each receipt means: none is given to the wrong message, and what is ambiguous is listed.

A message is a candidate of a receipt when their ids are related by a named transform, the receipt came from the address
the message went to, on the same account, not before the message was sent and within ``OLDEST`` of it. One candidate is
a match. Of several, or of one that speaks against what the account's other receipts say, none is taken, unless

1. the account's family of transforms is learned, or that it keeps the case of ids, and just one candidate agrees,
2. the submit date in the receipt fits just one of them (ids given again after days): the centre's clock is somewhere
   within ``CLOCKS`` of ours, so only dates further away than that exclude a candidate.

While no family is learned, a message claimed under two of them keeps neither claim. The result is a function of what
was added, whatever the order.
"""

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._core.ids import Ids
from .dialects import (
    AMBIGUOUS,
    CAPITALS,
    CASE,
    CROWDED,
    EITHER_RADIX,
    EXACT,
    FAMILY,
    MATCHED_BY,
    ORPHAN,
    RELATION,
    SMALL,
    Dialect,
    keeps_case,
    learn,
)
from .table import UNKNOWN_TIME, Column, Flags, Ints, Numbers, name_column

HOUR = 3_600_000_000_000
OLDEST = 30 * 24 * HOUR  # centres use ids again after months; nobody waits for a receipt that long
CLOCKS = 15 * HOUR  # time zones reach from -12 to +14 hours; an hour more for a clock that is wrong

_FACTOR = 0x9E3779B97F4A7C15  # odd, bits without a pattern: sums of products stand for sets

# How exact the times of a table are; a message sent at 10:00:00.7 may have a receipt that says 10:00:00.
_STEPS = ((60_000_000_000, 5), (1_000_000_000, 1), (1_000_000, 1))  # nanoseconds, receipts needed to believe it


class Side(NamedTuple):
    """What is known of ids, or of receipts, one row each: account (index), time, and of receipts their submit dates.

    Times are nanoseconds since 1970 UTC, ``UNKNOWN_TIME`` excludes nothing.

    >>> Side(np.zeros(1, np.int64), np.zeros(1, np.int64)).submit_date is None
    True
    """

    account: Ints
    time: Ints
    submit_date: Ints | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """What each receipt means: ``index`` of the id (-1: none), ``code`` of ``MATCHED_BY``, number of ``candidates``.

    >>> Matching(np.array([-1]), np.array([0]), np.array([0]), []).dialects
    []
    """

    index: Ints
    code: Ints
    candidates: Ints
    dialects: list[Dialect]

    @property
    def matched_by(self) -> Column:
        """The names of the transforms, "" for an orphan, "ambiguous" where a choice would be a guess.

        >>> Matching(np.array([-1]), np.array([0]), np.array([0]), []).matched_by.to_list()
        ['']
        """
        return name_column(self.code, MATCHED_BY)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Candidates: row i says that receipt ``receipt[i]`` may mean id ``id[i]``; ``told`` is all the core told of it."""

    id: Ints
    receipt: Ints
    told: Ints

    @property
    def relation(self) -> Ints:
        return self.told & RELATION

    @property
    def neutral(self) -> Flags:
        return self.told & EITHER_RADIX > 0

    def keep(self, chosen: Flags) -> "_Pairs":
        return _Pairs(self.id[chosen], self.receipt[chosen], self.told[chosen])

    def count(self, receipts: int) -> Ints:
        counted: Ints = np.bincount(self.receipt, minlength=receipts)
        return counted


class _Learned(NamedTuple):
    """What is known of each account: its family of transforms (0: none), and whether it keeps the case of ids."""

    family: Ints
    keeps_case: Flags


class Matcher:
    """Joins ids and receipts as they come; ``resolve`` says what all of them together mean.

    >>> matcher = Matcher()
    >>> matcher.add_ids(b"4d", np.array([0, 2]), b"32471", np.array([0, 5]))
    >>> matcher.add_receipts(b"77", np.array([0, 2]), b"+32471", np.array([0, 6]))
    >>> side = Side(np.zeros(1, np.int64), np.zeros(1, np.int64))
    >>> matcher.resolve(side, side, ["demo"]).matched_by.to_list()
    ['hex_to_decimal']
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._ids = Ids(os.urandom(16))
        self._pairs = Numbers(np.int32)

    def add_ids(self, ids: Any, id_offsets: Any, destinations: Any, destination_offsets: Any) -> None:
        """Add ids of responses and where their messages went: octets and int64 offsets, one more than rows.

        >>> Matcher().add_ids(b"", np.zeros(1, np.int64), b"", np.zeros(1, np.int64))
        """
        found = self._ids.add_ids(ids, id_offsets, destinations, destination_offsets)
        self._pairs.extend(np.frombuffer(found, np.int32))

    def add_receipts(self, ids: Any, id_offsets: Any, sources: Any, source_offsets: Any) -> None:
        """Add ids that receipts name and the addresses the receipts come from.

        >>> Matcher().add_receipts(b"", np.zeros(1, np.int64), b"", np.zeros(1, np.int64))
        """
        found = self._ids.add_receipts(ids, id_offsets, sources, source_offsets)
        self._pairs.extend(np.frombuffer(found, np.int32))

    def resolve(self, ids: Side, receipts: Side, accounts: Sequence[str]) -> Matching:
        """Say what each receipt means; ``accounts`` are the names of the accounts, in the order of their indices.

        >>> empty = Side(np.zeros(0, np.int64), np.zeros(0, np.int64))
        >>> len(Matcher().resolve(empty, empty, []).index)
        0
        """
        rows = len(receipts.time)
        raw = self._pairs.array.reshape(-1, 3).astype(np.int64)
        crowded = np.zeros(rows, bool)
        crowded[raw[raw[:, 2] == CROWDED, 1]] = True
        raw = raw[raw[:, 2] != CROWDED]
        pairs = _Pairs(raw[:, 0], raw[:, 1], raw[:, 2])
        pairs = pairs.keep(_possible(pairs, ids, receipts))
        candidates = np.where(crowded, np.maximum(pairs.count(rows), 2), pairs.count(rows))
        dialects, learned = _dialects(pairs, receipts.account, np.where(crowded, 0, candidates), accounts)
        chosen = pairs.keep(_choose(pairs, learned, ids, receipts))
        index = np.full(rows, -1, np.int64)
        code = np.where(candidates > 0, AMBIGUOUS, ORPHAN)
        chosen = chosen.keep((chosen.count(rows)[chosen.receipt] == 1) & ~crowded[chosen.receipt])
        chosen = chosen.keep(~_contested(chosen, learned.family[ids.account[chosen.id]] == 0))
        index[chosen.receipt] = chosen.id
        code[chosen.receipt] = chosen.relation
        return Matching(index, code, candidates, dialects)


def _possible(pairs: _Pairs, ids: Side, receipts: Side) -> Flags:
    """Same account, order of time, not too old."""
    sent, received = ids.time[pairs.id], receipts.time[pairs.receipt]
    unknown = (sent == UNKNOWN_TIME) | (received == UNKNOWN_TIME)
    age = np.where(unknown, 0, received) - np.where(unknown, 0, sent)
    possible: Flags = (ids.account[pairs.id] == receipts.account[pairs.receipt]) & (age >= 0) & (age <= OLDEST)
    return possible


def _dialects(
    pairs: _Pairs, account: Ints, candidates: Ints, accounts: Sequence[str]
) -> tuple[list[Dialect], _Learned]:
    """Learn from all receipts with candidates, one for each id; ``account`` is by receipt."""
    rows, places, relation = len(candidates), len(FAMILY), pairs.relation
    explained = np.zeros((rows, 4), bool)
    explained[pairs.receipt, FAMILY[relation]] = True
    explained[pairs.receipt[pairs.neutral]] = False  # says nothing
    strictest = np.full(rows, places)
    np.minimum.at(strictest, pairs.receipt, relation)
    heard = _one_of_each(pairs, candidates)
    explained &= heard[:, None]

    def by_account(receipts: Any) -> Ints:
        counted: Ints = np.bincount(account[receipts], minlength=len(accounts))
        return counted

    widest = np.zeros(len(accounts), np.int64)
    np.maximum.at(widest, account[explained[:, 1]], strictest[explained[:, 1]])
    families = np.stack([by_account(column) for column in explained.T], axis=1)
    sole = (candidates[pairs.receipt] == 1) & heard[pairs.receipt]
    by_relation = np.bincount(account[pairs.receipt[sole]] * places + relation[sole], minlength=places * len(accounts))
    totals = by_account(explained.any(axis=1)).tolist()
    told = zip(accounts, families, totals, widest.tolist(), by_relation.reshape(-1, places), strict=True)
    found = [learn(*row) for row in told]
    told_of = pairs.keep(heard[pairs.receipt])
    small, capitals = (by_account(told_of.receipt[told_of.told & bit > 0]) for bit in (SMALL, CAPITALS))
    exact, changed = (by_account(heard & (strictest == relation)) for relation in (EXACT, CASE))
    kept = keeps_case(small, capitals, exact, changed)
    return [dialect for dialect, _ in found], _Learned(np.array([family for _, family in found], np.int64), kept)


def _one_of_each(pairs: _Pairs, candidates: Ints) -> Flags:
    """Pick one receipt of those with the same candidates: what a centre repeats does not become truer."""
    mixed = (pairs.id.astype(np.uint64) * np.uint64(8) + pairs.relation.astype(np.uint64)) * np.uint64(_FACTOR)
    sums = np.zeros(len(candidates), np.uint64)
    np.add.at(sums, pairs.receipt, (mixed ^ (mixed >> np.uint64(31))) * np.uint64(_FACTOR))
    having = np.flatnonzero(candidates > 0)
    first = np.unique(sums[having], return_index=True)[1]
    heard = np.zeros(len(candidates), bool)
    heard[having[first]] = True
    return heard


def _choose(pairs: _Pairs, learned: _Learned, ids: Side, receipts: Side) -> Flags:
    """The candidates that remain after what is known of the account, and of the dates."""
    account, relation = ids.account[pairs.id], pairs.relation
    family = learned.family[account]
    kept: Flags = (family == 0) | pairs.neutral | (FAMILY[relation] == family)
    kept &= ~learned.keeps_case[account] | (relation != CASE)
    if receipts.submit_date is not None:
        date, sent = receipts.submit_date[pairs.receipt], ids.time[pairs.id]
        known = (date != UNKNOWN_TIME) & (sent != UNKNOWN_TIME)
        apart = np.abs(np.where(known, date, 0) - np.where(known, sent, 0))
        kept &= (_alternatives(pairs, kept, len(receipts.time)) == 1) | (apart <= CLOCKS)
    return kept


def _alternatives(pairs: _Pairs, kept: Flags, rows: int) -> Ints:
    """How many candidates each receipt still has, for each pair."""
    counted: Ints = np.bincount(pairs.receipt[kept], minlength=rows)[pairs.receipt]
    return counted


def _contested(chosen: _Pairs, unsure: Flags) -> Flags:
    """Claims on ids that receipts of an account without a learned family claim under two of them."""
    counts = unsure & ~chosen.neutral
    claims = np.unique(chosen.id[counts] * 4 + FAMILY[chosen.relation[counts]])
    owners, families = np.unique(claims // 4, return_counts=True)
    contested: Flags = unsure & np.isin(chosen.id, owners[families > 1])
    return contested


# ---- two tables of anybody's ----


def match_columns(
    ids: Sequence[str | None] | Column,
    destinations: Sequence[str | None] | Column,
    times: Ints | None,
    receipt_ids: Sequence[str | None] | Column,
    receipt_destinations: Sequence[str | None] | Column,
    receipt_times: Ints | None,
    *,
    receipt_submit_dates: Ints | None = None,
    accounts: Sequence[Hashable] | None = None,
    receipt_accounts: Sequence[Hashable] | None = None,
) -> Matching:
    """Match receipts with messages, both given as columns of equal length each.

    ``ids`` are those of the responses, ``receipt_destinations`` the addresses the messages went to (the sources of the
    receipts). Times are int64 nanoseconds since 1970, all by one clock; ``UNKNOWN_TIME``, or no column, excludes
    nothing. Times of receipts that are all whole seconds or minutes are taken as cut off, not rounded. Without
    ``accounts`` all belong to one. ``index`` of the result is the row of the message.

    >>> found = match_columns(["4d", "4e"], ["32471000001"] * 2, None, ["77", "79"], ["+32471000001"] * 2, None)
    >>> found.index, found.matched_by.to_list()
    (array([ 0, -1]), ['hex_to_decimal', ''])
    """
    matcher = Matcher()
    matcher.add_ids(*_strings(ids), *_strings(destinations))
    matcher.add_receipts(*_strings(receipt_ids), *_strings(receipt_destinations))
    rows, receipt_rows = len(_strings(ids)[1]) - 1, len(_strings(receipt_ids)[1]) - 1
    names: dict[Hashable, int] = {}
    id_account, receipt_account = _codes(accounts, rows, names), _codes(receipt_accounts, receipt_rows, names)
    received = _times(receipt_times, receipt_rows)
    sent = _times(times, rows)
    step = _step(received)
    sent = np.where(sent == UNKNOWN_TIME, sent, sent - sent % step)
    receipts = Side(receipt_account, received, receipt_submit_dates)
    return matcher.resolve(Side(id_account, sent), receipts, [str(name) for name in names])


def _strings(strings: Sequence[str | None] | Column) -> tuple[Any, Any]:
    column = strings if hasattr(strings, "offsets") else Column.of_text(strings)
    return column.values, column.offsets  # type: ignore[union-attr]  # hasattr


def _codes(labels: Sequence[Hashable] | None, rows: int, names: dict[Hashable, int]) -> Ints:
    if labels is None:
        return np.full(rows, names.setdefault("", len(names)))
    return np.array([names.setdefault(label, len(names)) for label in labels], np.int64)


def _times(times: Ints | None, rows: int) -> Ints:
    return np.full(rows, UNKNOWN_TIME, np.int64) if times is None else np.asarray(times, np.int64)


def _step(times: Ints) -> int:
    known = times[times != UNKNOWN_TIME]
    return next((step for step, least in _STEPS if len(known) >= least and not (known % step).any()), 1)
