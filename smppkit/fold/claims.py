"""All that was claimed of parts, and the state of each: only the parts that new claims speak of are folded again."""

import numpy as np

from .state import Claims, PartStates, contradicted, fold
from .table import UNKNOWN_TIME, Array, Ints, Numbers

_ANSWERS = 2**62  # answers to queries come after the receipts, where all else is equal


class ClaimBook:
    """Claims in the order in which they were added, and part states as ``state.fold`` makes of all of them.

    Row by row: the part of the claim, its state, done date, when it came, what tells equal ones apart, and its
    ``source``: the number of the receipt, or below zero of an answer (-1 is the first).

    >>> book = ClaimBook()
    >>> book.add(Claims(*(np.array([item]) for item in (0, 2, 0, 10)), np.zeros((1, 2), np.uint64)), np.array([7]))
    >>> book.states(np.array([0, 1])).state.tolist(), book.sources(np.array([0, 1])).tolist(), book.contradictions
    ([2, -1], [7, -1], 0)
    """

    def __init__(self) -> None:
        """Begin with no claim."""
        self._part, self._state, self._done = Numbers(np.int64), Numbers(np.int64), Numbers(np.int64)
        self._time, self._source = Numbers(np.int64), Numbers(np.int64)
        self._details = Numbers(np.uint64), Numbers(np.uint64)
        # By part, as long as the last of which something was claimed:
        self._held, self._final, self._claim = Numbers(np.int64), Numbers(np.int64), Numbers(np.int64)
        self._contradicted: set[int] = set()

    @property
    def contradictions(self) -> int:
        """Parts of which different final states were claimed.

        >>> ClaimBook().contradictions
        0
        """
        return len(self._contradicted)

    def add(self, claims: Claims, source: Ints) -> None:
        """Add claims and where they come from.

        >>> none = np.zeros(0, np.int64)
        >>> ClaimBook().add(Claims(none, none, none, none, np.zeros((0, 2), np.uint64)), none)
        """
        if not len(source):
            return
        more = int(claims.part.max()) + 1 - len(self._held)
        for column, none in ((self._held, -1), (self._final, UNKNOWN_TIME), (self._claim, -1)):
            column.fill(none, max(more, 0))
        given = (claims.part, claims.state, claims.done_date, claims.time, source, *claims.details.T)
        kept = (self._part, self._state, self._done, self._time, self._source, *self._details)
        began = len(self._part)
        for column, values in zip(kept, given, strict=True):
            column.extend(values)
        rows = np.arange(began, len(self._part))
        spoken_of = np.zeros(len(self._held), bool)
        spoken_of[claims.part] = True
        parts = np.flatnonzero(spoken_of)
        if (self._claim.array[parts] >= 0).any():  # claims are known of some of them already
            rows = np.flatnonzero(spoken_of[self._part.array])
        self._fold(parts, rows)

    def _fold(self, parts: Ints, rows: Ints) -> None:
        """Fold all claims of some parts, which are those in ``rows``."""
        source = self._source.array[rows]
        rows = rows[np.argsort(np.where(source < 0, _ANSWERS - source, source), kind="stable")]
        details = np.stack([column.array[rows] for column in self._details], axis=1)
        part, time = np.searchsorted(parts, self._part.array[rows]), self._time.array[rows]
        claims = Claims(part, self._state.array[rows], self._done.array[rows], time, details)
        states = fold(claims, len(parts))
        self._held.array[parts], self._final.array[parts] = states.state, states.time_final
        self._claim.array[parts] = rows[states.claim]
        if self._contradicted:
            self._contradicted.difference_update(parts.tolist())
        if states.contradictions:
            self._contradicted.update(parts[contradicted(claims)].tolist())

    def states(self, parts: Ints) -> PartStates:
        """Return the states of some parts; ``claim`` is a row of this book.

        >>> ClaimBook().states(np.array([0])).time_final.tolist() == [UNKNOWN_TIME]
        True
        """
        within = parts < len(self._held)
        place = np.where(within, parts, 0)
        state, claim = (_at(column.array, place, within, -1) for column in (self._held, self._claim))
        return PartStates(state, _at(self._final.array, place, within, UNKNOWN_TIME), claim, self.contradictions)

    def sources(self, parts: Ints) -> Ints:
        """Return the receipt that decided the state of some parts; -1 where none did.

        >>> ClaimBook().sources(np.array([5])).tolist()
        [-1]
        """
        claim = self.states(parts).claim
        return np.maximum(_at(self._source.array, np.maximum(claim, 0), claim >= 0, -1), -1)


def _at(values: Array, place: Ints, there: Array, none: int) -> Ints:
    """``values`` at ``place`` where it is ``there``."""
    if not len(values):
        return np.full(len(place), none)
    return np.where(there, values[place], none)
