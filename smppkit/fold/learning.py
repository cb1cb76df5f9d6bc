"""What the receipts of an account say of its ids taken together: evidence that adds up, and what is believed of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from .dialects import (
    CAPITALS,
    CASE,
    EITHER_RADIX,
    EXACT,
    FAMILY,
    RELATION,
    SMALL,
    Dialect,
    is_clock_wrong,
    keeps_case,
    learn,
)
from .table import Flags, Ints

_FACTOR = 0x9E3779B97F4A7C15  # odd, bits without a pattern: sums of products stand for sets
_PLACES = len(FAMILY)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Candidates: row i says that receipt ``receipt[i]`` may mean id ``id[i]``; ``told`` is all the core told of it.

    >>> Pairs(np.array([3]), np.array([0]), np.array([5])).relation.tolist()
    [5]
    """

    id: Ints
    receipt: Ints
    told: Ints

    @property
    def relation(self) -> Ints:
        """How the two ids are related: a code of ``MATCHED_BY``.

        >>> Pairs(np.array([3]), np.array([0]), np.array([33])).relation.tolist()
        [1]
        """
        return self.told & RELATION

    @property
    def neutral(self) -> Flags:
        """Which of them would be related under either radix.

        >>> Pairs(np.array([3]), np.array([0]), np.array([9])).neutral.tolist()
        [True]
        """
        return self.told & EITHER_RADIX > 0

    def keep(self, chosen: Flags) -> "Pairs":
        """Return some of them.

        >>> len(Pairs(np.array([3]), np.array([0]), np.array([1])).keep(np.array([False])).id)
        0
        """
        return Pairs(self.id[chosen], self.receipt[chosen], self.told[chosen])

    def count(self, receipts: int) -> Ints:
        """Return how many each of ``receipts`` receipts has.

        >>> Pairs(np.array([3]), np.array([1]), np.array([1])).count(2).tolist()
        [0, 1]
        """
        counted: Ints = np.bincount(self.receipt, minlength=receipts)
        return counted


class Evidence(NamedTuple):
    """Counts of receipts by account: those that each family explains, any of them does, by relation where it is sole.

    ``widest`` is the widest relation of text that a receipt needs; ``small`` and ``capitals`` have such letters in an
    exact id, ``exact`` and ``changed`` need no, or another, case. Of lone candidates, the submit date is ``near`` or
    ``far`` from when the message was sent.

    >>> Evidence.none(2).totals.tolist()
    [0, 0]
    """

    families: Ints
    totals: Ints
    widest: Ints
    sole: Ints
    small: Ints
    capitals: Ints
    exact: Ints
    changed: Ints
    near: Ints
    far: Ints

    @classmethod
    def none(cls, accounts: int) -> "Evidence":
        """Return no evidence.

        >>> Evidence.none(1).families.shape
        (1, 4)
        """
        wide = {"families": 4, "sole": _PLACES}
        return cls(*(np.zeros((accounts, wide[name]) if name in wide else accounts, np.int64) for name in cls._fields))

    def also(self, other: "Evidence") -> "Evidence":
        """Return both together; ``other`` may know more accounts.

        >>> Evidence.none(1).also(Evidence.none(2)).totals.tolist()
        [0, 0]
        """
        more = Evidence.none(len(other.totals))
        for mine, room in zip(self, more, strict=True):
            room[: len(mine)] = mine
        joined = (np.maximum if name == "widest" else np.add for name in self._fields)
        return Evidence(*(join(*pair) for join, pair in zip(joined, zip(more, other, strict=True), strict=True)))


class Learned(NamedTuple):
    """What is known of each account.

    Its ``family`` of transforms (0: none), whether it keeps the case of ids, and whether the clock of its centre is so
    wrong that submit dates tell nothing.

    >>> Learned.nothing().same_as(Learned.nothing(2))
    True
    """

    family: Ints
    keeps_case: Flags
    clock_wrong: Flags

    @classmethod
    def nothing(cls, accounts: int = 0) -> "Learned":
        """Return what is known at first.

        >>> Learned.nothing(1).family.tolist()
        [0]
        """
        return cls(np.zeros(accounts, np.int64), np.zeros(accounts, bool), np.zeros(accounts, bool))

    def same_as(self, later: "Learned") -> bool:
        """Tell whether the same is known later; of an account that was not there, nothing was.

        >>> Learned.nothing().same_as(Learned.nothing(1)._replace(family=np.ones(1, np.int64)))
        False
        """
        known = len(self.family)
        pairs = zip(self, later, strict=True)
        return all(np.array_equal(was, now[:known]) and not now[known:].any() for was, now in pairs)


class Heard:
    """Numbers that were heard already: however often a centre repeats something, it counts once.

    >>> heard = Heard()
    >>> heard.new(np.array([7, 8, 7], np.uint64), np.array([True, True, True])).tolist()
    [True, True, False]
    >>> heard.new(np.array([9, 8, 9], np.uint64), np.array([False, True, True])).tolist()
    [False, False, True]
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._many = np.zeros(0, np.uint64)  # in order
        self._few: set[int] = set()  # those that came since

    def new(self, numbers: "np.ndarray[tuple[int], np.dtype[np.uint64]]", asked: Flags) -> Flags:
        """Tell which of the numbers that are ``asked`` for are heard for the first time, and remember them.

        >>> Heard().new(np.zeros(0, np.uint64), np.zeros(0, bool)).tolist()
        []
        """
        rows = np.flatnonzero(asked)
        unheard = np.zeros(len(numbers), bool)
        if len(self._many):
            place = np.minimum(np.searchsorted(self._many, numbers[rows]), len(self._many) - 1)
            rows = rows[self._many[place] != numbers[rows]]
        fresh, first = np.unique(numbers[rows], return_index=True)
        if not len(self._many):
            self._many = fresh
        else:
            first = np.array([at for at, one in zip(first, fresh.tolist(), strict=True) if one not in self._few], int)
            self._few.update(fresh.tolist())
        unheard[rows[first]] = True
        return unheard


def sums_of(pairs: Pairs, receipts: int) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    """Return a number for the set of candidates of each receipt: equal sets have equal numbers.

    >>> pairs = Pairs(np.array([3, 4, 4, 3]), np.array([0, 0, 1, 1]), np.array([1, 1, 1, 1]))
    >>> len(set(sums_of(pairs, 2).tolist()))
    1
    """
    mixed = (pairs.id.astype(np.uint64) * np.uint64(8) + pairs.relation.astype(np.uint64)) * np.uint64(_FACTOR)
    sums = np.zeros(receipts, np.uint64)
    np.add.at(sums, pairs.receipt, (mixed ^ (mixed >> np.uint64(31))) * np.uint64(_FACTOR))
    return sums


def evidence(pairs: Pairs, account: Ints, candidates: Ints, heard: Flags, accounts: int) -> Evidence:
    """Count what some receipts say; ``account``, ``candidates`` and ``heard`` are by receipt.

    Only those that are ``heard`` count: what a centre repeats does not become truer. Of dates it says nothing.

    >>> one = np.array([0])
    >>> evidence(Pairs(one, one, np.array([1])), one, np.array([1]), np.array([True]), 1).exact.tolist()
    [1]
    """
    rows, relation = len(candidates), pairs.relation
    explained = np.zeros((rows, 4), bool)
    explained[pairs.receipt, FAMILY[relation]] = True
    explained[pairs.receipt[pairs.neutral]] = False  # says nothing
    strictest = np.full(rows, _PLACES)
    np.minimum.at(strictest, pairs.receipt, relation)
    explained &= heard[:, None]

    def by_account(receipts: Any) -> Ints:
        counted: Ints = np.bincount(account[receipts], minlength=accounts)
        return counted

    widest = np.zeros(accounts, np.int64)
    np.maximum.at(widest, account[explained[:, 1]], strictest[explained[:, 1]])
    sole = (candidates[pairs.receipt] == 1) & heard[pairs.receipt]
    by_relation = np.bincount(account[pairs.receipt[sole]] * _PLACES + relation[sole], minlength=_PLACES * accounts)
    told_of = pairs.keep(heard[pairs.receipt])
    return Evidence(
        np.stack([by_account(column) for column in explained.T], axis=1),
        by_account(explained.any(axis=1)),
        widest,
        by_relation.reshape(-1, _PLACES),
        *(by_account(told_of.receipt[told_of.told & bit > 0]) for bit in (SMALL, CAPITALS)),
        *(by_account(heard & (strictest == relation)) for relation in (EXACT, CASE)),
        *np.zeros((2, accounts), np.int64),
    )


def judge(said: Evidence, accounts: Sequence[str]) -> tuple[list[Dialect], Learned]:
    """Return what is believed of each account.

    >>> judge(Evidence.none(1), ["demo"])[0][0].learned
    False
    """
    told = zip(accounts, said.families, said.totals.tolist(), said.widest.tolist(), said.sole, strict=True)
    found = [learn(*row) for row in told]
    kept = keeps_case(said.small, said.capitals, said.exact, said.changed)
    family = np.array([family for _, family in found], np.int64)
    return [dialect for dialect, _ in found], Learned(family, kept, is_clock_wrong(said.near, said.far))
