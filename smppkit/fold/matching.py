"""Which message each receipt means: none is given to the wrong message, and what is ambiguous is listed.

A message is a candidate of a receipt when their ids are related by a named transform, the receipt came from the address
the message went to, on the same account, not before the message was sent and within ``OLDEST`` of it. One candidate is
a match. Of several, or of one that speaks against what the account's other receipts say, none is taken, unless

1. the account's family of transforms is learned, or that it keeps the case of ids, and just one candidate agrees,
2. the submit date in the receipt fits just one of them (ids given again after days).

The centre's clock is somewhere within ``CLOCKS`` of ours, so a submit date further away than that excludes a candidate,
also a lone one: the message of such a receipt may be one whose response was lost. Where nearly all lone candidates are
as far away as that, the clock of the centre is wrong, and the dates of the account exclude nothing. Nor does a date
that no message can have whose receipt comes then: years away, or in the future.

While no family is learned, a message claimed under two of them keeps neither claim. The result is a function of what
was added, whatever the order.

A log that grows is not matched from the start each time: what is new is matched alone, as long as it changes nothing
else. It does when a receipt that had candidates gets another one, when other things are learned of an account, or when
a message is claimed under a second family; then all is matched anew.
"""

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .._core.ids import Ids
from .dialects import AMBIGUOUS, CASE, CROWDED, FAMILY, MATCHED_BY, ORPHAN, Dialect
from .learning import Evidence, Heard, Learned, Pairs, evidence, judge, sums_of
from .table import UNKNOWN_TIME, Column, Flags, Ints, Numbers, name_column

HOUR = 3_600_000_000_000
OLDEST = 30 * 24 * HOUR  # centres use ids again after months; nobody waits for a receipt that long
CLOCKS = 15 * HOUR  # time zones reach from -12 to +14 hours; an hour more for a clock that is wrong

_FEW = 1000

# How exact the times of a table are; a message sent at 10:00:00.7 may have a receipt that says 10:00:00. Nanoseconds,
# and the times needed to believe it: by chance a thousandth of tables look less exact than they are, or fewer.
_STEPS = ((24 * HOUR, 1), (HOUR, 3), (60_000_000_000, 2), (1_000_000_000, 1), (1_000_000, 1))


class Side(NamedTuple):
    """What is known of ids, or of receipts, one row each: account (index), time, and of receipts their submit dates.

    Times are nanoseconds since 1970 UTC, ``UNKNOWN_TIME`` excludes nothing. The time of a receipt is the latest it may
    have come at. Times of ids, and submit dates, may have been later than they say, by ``step`` at most.

    >>> Side(np.zeros(1, np.int64), np.zeros(1, np.int64)).submit_date is None
    True
    """

    account: Ints
    time: Ints
    submit_date: Ints | None = None
    step: Ints | None = None

    def pick(self, rows: Ints) -> "Side":
        """Return some of the rows.

        >>> Side(np.zeros(2, np.int64), np.array([5, 6])).pick(np.array([1])).time
        array([6])
        """
        return Side(*(None if column is None else column[rows] for column in self))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """What each receipt means: ``index`` of the id (-1: none), ``code`` of ``MATCHED_BY``, number of ``candidates``.

    ``early`` are the rows of orphans that came before all messages whose id and address are theirs.

    >>> Matching(np.array([-1]), np.array([0]), np.array([0]), [], np.zeros(0)).dialects
    []
    """

    index: Ints
    code: Ints
    candidates: Ints
    dialects: list[Dialect]
    early: Ints

    @property
    def matched_by(self) -> Column:
        """The names of the transforms, "" for an orphan, "ambiguous" where a choice would be a guess.

        >>> Matching(np.array([-1]), np.array([0]), np.array([0]), [], np.zeros(0)).matched_by.to_list()
        ['']
        """
        return name_column(self.code, MATCHED_BY)


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
        self._done = 0  # pairs that are matched
        self.index, self.code, self.candidates = Numbers(np.int64), Numbers(np.int64), Numbers(np.int64)
        self.dialects: list[Dialect] = []
        self._evidence = Evidence.none(0)
        self._learned = Learned.nothing()
        self._heard, self._heard_dates = Heard(), Heard()  # sets of candidates, and with them whether dates fit
        self._claimed: dict[int, int] = {}  # id -> families that claim it, where none is learned

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
        self.update(ids, receipts, accounts, anew=True)
        early = _early(self._pairs.array.reshape(-1, 3).astype(np.int64), ids, receipts)
        early = early[self.code.array[early] == ORPHAN]
        return Matching(self.index.array, self.code.array, self.candidates.array, self.dialects, early)

    def update(self, ids: Side, receipts: Side, accounts: Sequence[str], anew: bool = False) -> Ints | None:
        """Match what was added; return the receipts whose meaning may have changed, ``None`` when it may be any.

        ``index``, ``code``, ``candidates`` and ``dialects`` say what all receipts mean. Of ids and receipts that were
        there before, accounts and times are the same as then, unless all is to be matched ``anew``.

        >>> empty = Side(np.zeros(0, np.int64), np.zeros(0, np.int64))
        >>> Matcher().update(empty, empty, []).tolist()
        []
        """
        more = len(receipts.time) - len(self.index)
        for column, none in ((self.index, -1), (self.code, ORPHAN), (self.candidates, 0)):
            column.fill(none, more)
        raw = self._pairs.array.reshape(-1, 3)
        fresh = raw[self._done :]
        many = len(fresh) > max(self._done, _FEW)  # then it is less work to match all
        found = None if anew or many else self._match_fresh(fresh, ids, receipts, accounts)
        if found is None:
            self._match_all(raw, ids, receipts, accounts)
        self._done = len(raw)
        return found

    def _match_all(self, raw: Ints, ids: Side, receipts: Side, accounts: Sequence[str]) -> None:
        weighed = _weigh(raw.astype(np.int64), ids, receipts)
        self._heard, self._heard_dates = Heard(), Heard()
        self._evidence = self._hear(weighed, ids, receipts, len(accounts))
        self.dialects, self._learned = judge(self._evidence, accounts)
        chosen = _chosen(weighed, self._learned, ids, receipts)
        unsure = self._learned.family[ids.account[chosen.id]] == 0
        self._claimed = {}
        self._claim(chosen.keep(unsure))
        self._give(np.arange(len(receipts.time)), weighed, chosen.keep(~_contested(chosen, unsure)))

    def _match_fresh(self, raw: Ints, ids: Side, receipts: Side, accounts: Sequence[str]) -> Ints | None:
        """Match receipts that had no candidate until now; ``None`` when that would change what others mean."""
        rows, place = np.unique(raw[:, 1].astype(np.int64), return_inverse=True)
        here = raw.astype(np.int64)
        here[:, 1] = place
        some = receipts.pick(rows)
        weighed = _weigh(here, ids, some)
        if (self.candidates.array[rows[weighed.candidates > 0]] > 0).any():
            return None
        said = self._evidence.also(self._hear(weighed, ids, some, len(accounts)))
        dialects, learned = judge(said, accounts)
        if not self._learned.same_as(learned):
            return None
        chosen = _chosen(weighed, learned, ids, some)
        unsure = learned.family[ids.account[chosen.id]] == 0
        if unsure.any() and self._contests(chosen.keep(unsure)):
            return None
        self._evidence, self.dialects, self._learned = said, dialects, learned
        self._claim(chosen.keep(unsure))
        meant = rows[weighed.candidates > 0]
        self._give(rows, weighed, chosen.keep(~_contested(chosen, unsure)))
        return meant

    def _hear(self, weighed: "_Weighed", ids: Side, receipts: Side, accounts: int) -> Evidence:
        """What receipts say that were not heard before; where all is matched anew after this, so is what was heard."""
        candidates = np.where(weighed.crowded, 0, weighed.candidates)
        heard = self._heard.new(weighed.sums, candidates > 0)
        near, far = _dates_of_lone(weighed.pairs, candidates, ids, receipts)
        new = self._heard_dates.new(weighed.sums * np.uint64(3) + near, near | far)
        said = evidence(weighed.pairs, receipts.account, candidates, heard, accounts)
        counts = (np.bincount(receipts.account[new & fit], minlength=accounts) for fit in (near, far))
        return said._replace(**dict(zip(("near", "far"), counts, strict=True)))

    def _give(self, rows: Ints, weighed: "_Weighed", chosen: Pairs) -> None:
        had = weighed.candidates > 0
        self.candidates.array[rows[had]] = weighed.candidates[had]
        if len(rows) == len(self.index):  # all of them: what held before does no more
            self.index.array[:], self.code.array[:] = -1, ORPHAN
            self.candidates.array[rows] = weighed.candidates
        self.code.array[rows[had]] = AMBIGUOUS
        self.index.array[rows[chosen.receipt]] = chosen.id
        self.code.array[rows[chosen.receipt]] = chosen.relation

    def _claim(self, chosen: Pairs) -> None:
        """Note under which families ids are claimed while no family is learned; a neutral claim is under none."""
        for id, family in zip(chosen.id.tolist(), _families(chosen).tolist(), strict=True):
            self._claimed[id] = self._claimed.get(id, 0) | family

    def _contests(self, chosen: Pairs) -> bool:
        """Whether one of these claims is against an earlier one."""
        claims = zip(chosen.id.tolist(), _families(chosen).tolist(), strict=True)
        return any(id in self._claimed and (self._claimed[id] | family) in _SEVERAL for id, family in claims)


class _Weighed(NamedTuple):
    """Possible pairs, and of each receipt how many it has, whether it is crowded, and what tells their set."""

    pairs: Pairs
    candidates: Ints
    crowded: Flags
    sums: Any


def _weigh(raw: Ints, ids: Side, receipts: Side) -> _Weighed:
    """Find the possible ones among the triples of the core."""
    rows = len(receipts.time)
    crowded = np.zeros(rows, bool)
    crowded[raw[raw[:, 2] == CROWDED, 1]] = True
    raw = raw[raw[:, 2] != CROWDED]
    pairs = Pairs(raw[:, 0], raw[:, 1], raw[:, 2])
    pairs = pairs.keep(_possible(pairs, ids, receipts))
    counted = pairs.count(rows)
    return _Weighed(pairs, np.where(crowded, np.maximum(counted, 2), counted), crowded, sums_of(pairs, rows))


def _chosen(weighed: _Weighed, learned: Learned, ids: Side, receipts: Side) -> Pairs:
    """The one candidate that remains of each receipt that has just one."""
    chosen = weighed.pairs.keep(_choose(weighed.pairs, learned, ids, receipts))
    alone = chosen.count(len(receipts.time))[chosen.receipt] == 1
    return chosen.keep(alone & ~weighed.crowded[chosen.receipt])


def _possible(pairs: Pairs, ids: Side, receipts: Side) -> Flags:
    """Same account, order of time, not too old."""
    sent, received = ids.time[pairs.id], receipts.time[pairs.receipt]
    unknown = (sent == UNKNOWN_TIME) | (received == UNKNOWN_TIME)
    age = np.where(unknown, 0, received) - np.where(unknown, 0, sent)
    possible: Flags = (ids.account[pairs.id] == receipts.account[pairs.receipt]) & (age >= 0) & (age <= OLDEST)
    return possible


def _early(raw: Ints, ids: Side, receipts: Side) -> Ints:
    """The receipts that came before a message that they might mean else."""
    raw = raw[raw[:, 2] != CROWDED]
    sent, received = ids.time[raw[:, 0]], receipts.time[raw[:, 1]]
    early = (sent != UNKNOWN_TIME) & (received != UNKNOWN_TIME) & (received < sent)
    return np.unique(raw[early & (ids.account[raw[:, 0]] == receipts.account[raw[:, 1]]), 1])


def _choose(pairs: Pairs, learned: Learned, ids: Side, receipts: Side) -> Flags:
    """The candidates that remain after what is known of the account, and of the dates."""
    account, relation = ids.account[pairs.id], pairs.relation
    family = learned.family[account]
    kept: Flags = (family == 0) | pairs.neutral | (FAMILY[relation] == family)
    kept &= ~learned.keeps_case[account] | (relation != CASE)
    kept &= learned.clock_wrong[account] | ~_dated(pairs, ids, receipts)[1]
    return kept


def _dated(pairs: Pairs, ids: Side, receipts: Side) -> tuple[Flags, Flags]:
    """Which candidates the submit date of the receipt fits, and which it does not; neither where it tells nothing.

    A date that is not likely is written in another layout, or made up by the centre.
    """
    if receipts.submit_date is None:
        return np.zeros(len(pairs.id), bool), np.zeros(len(pairs.id), bool)
    date, sent = receipts.submit_date[pairs.receipt], ids.time[pairs.id]
    known = (date != UNKNOWN_TIME) & (sent != UNKNOWN_TIME) & _is_likely(receipts)[pairs.receipt]
    ahead = np.where(known, date, 0) - np.where(known, sent, 0)
    sent_step = 0 if ids.step is None else ids.step[pairs.id]
    date_step = 0 if receipts.step is None else receipts.step[pairs.receipt]
    near: Flags = (ahead <= CLOCKS + sent_step) & (-ahead <= CLOCKS + date_step)
    return known & near, known & ~near


def _is_likely(receipts: Side) -> Flags:
    """Whether a message with that submit date may have a receipt at that time; True where one of them is unknown."""
    assert receipts.submit_date is not None
    unknown = (receipts.submit_date == UNKNOWN_TIME) | (receipts.time == UNKNOWN_TIME)
    age = np.where(unknown, 0, receipts.time) - np.where(unknown, 0, receipts.submit_date)
    step = 0 if receipts.step is None else receipts.step
    likely: Flags = (age >= -CLOCKS - step) & (age <= OLDEST + CLOCKS)
    return likely


def _dates_of_lone(pairs: Pairs, candidates: Ints, ids: Side, receipts: Side) -> tuple[Flags, Flags]:
    """Which receipts have a single candidate that their submit date fits, and which one that it does not."""
    lone = pairs.keep(candidates[pairs.receipt] == 1)
    near, far = np.zeros((2, len(candidates)), bool)
    for flags, dated in zip((near, far), _dated(lone, ids, receipts), strict=True):
        flags[lone.receipt] = dated
    return near, far


def _contested(chosen: Pairs, unsure: Flags) -> Flags:
    """Claims on ids that receipts of an account without a learned family claim under two of them."""
    counts = unsure & ~chosen.neutral
    claims = np.unique(chosen.id[counts] * 4 + FAMILY[chosen.relation[counts]])
    owners, families = np.unique(claims // 4, return_counts=True)
    contested: Flags = unsure & np.isin(chosen.id, owners[families > 1])
    return contested


_SEVERAL = frozenset((6, 7, 10, 11, 12, 13, 14, 15))  # sets of families, as bits, with more than one in them


def _families(chosen: Pairs) -> Ints:
    """The family of each claim as a bit (2, 4, 8), 1 of a claim that is neutral."""
    found: Ints = np.where(chosen.neutral, 1, np.left_shift(1, FAMILY[chosen.relation].astype(np.int64)))
    return found


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
    steps: Ints | None = None,
    receipt_steps: Ints | None = None,
    receipt_submit_steps: Ints | None = None,
    accounts: Sequence[Hashable] | None = None,
    receipt_accounts: Sequence[Hashable] | None = None,
) -> Matching:
    """Match receipts with messages, both given as columns of equal length each.

    ``ids`` are those of the responses, ``receipt_destinations`` the addresses the messages went to (the sources of the
    receipts). Times are int64 nanoseconds since 1970, all by one clock; ``UNKNOWN_TIME``, or no column, excludes
    nothing. Times of receipts that are all whole seconds, minutes, hours or days are taken as cut off, not rounded;
    ``steps``, ``receipt_steps`` and ``receipt_submit_steps`` say of each row to how many nanoseconds its time was cut
    off, where that is known. Without ``accounts`` all belong to one. ``index`` of the result is the row of the message.

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
    sent, received = _times(times, rows), _times(receipt_times, receipt_rows)
    cut = _steps(received, receipt_steps) - 1
    received = np.where(received == UNKNOWN_TIME, received, received + cut)
    dates = _times(receipt_submit_dates, receipt_rows)
    receipts = Side(receipt_account, received, dates, _steps(dates, receipt_submit_steps))
    messages = Side(id_account, sent, None, _steps(sent, steps))
    return matcher.resolve(messages, receipts, [str(name) for name in names])


def _strings(strings: Sequence[str | None] | Column) -> tuple[Any, Any]:
    column = strings if hasattr(strings, "offsets") else Column.of_text(strings)
    return column.values, column.offsets  # type: ignore[union-attr]  # hasattr


def _codes(labels: Sequence[Hashable] | None, rows: int, names: dict[Hashable, int]) -> Ints:
    if labels is None:
        return np.full(rows, names.setdefault("", len(names)))
    return np.array([names.setdefault(label, len(names)) for label in labels], np.int64)


def _times(times: Ints | None, rows: int) -> Ints:
    return np.full(rows, UNKNOWN_TIME, np.int64) if times is None else np.asarray(times, np.int64)


def _steps(times: Ints, given: Ints | None) -> Ints:
    steps: Ints = np.maximum(np.full(len(times), step_of(times)), 1 if given is None else given)
    return steps


def step_of(times: Ints) -> int:
    """Return how exact times are that are known, in nanoseconds: the largest step of a clock that all of them are at.

    >>> step_of(np.array([7, 9]) * HOUR), step_of(np.array([7, 9, 10]) * HOUR) == HOUR, step_of(np.array([7]))
    (60000000000, True, 1)
    """
    known = times[times != UNKNOWN_TIME]
    return next((step for step, least in _STEPS if len(known) >= least and not (known % step).any()), 1)
