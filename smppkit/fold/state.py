"""The state of a part out of all that was claimed of it, and of a message out of its parts: a lattice, not a history.

Of a part: final beats not final; among finals the latest done date of the message centre, then the order of ``ORDER``.
What is equal in all that is told apart by err, so that any order and any repetition of the same receipts gives the same
row. ACCEPTED is final by the standard, but many centres send a later receipt after it: the record stays open.

Of a message: DELIVERED when all its parts are, else its worst final, ``ORDER`` being from best to worst. It is final
when all parts whose id is known are. While none has failed and not all are final its state is the least of the rest,
and not known at all while one of them has no receipt. A message that is in part refused is never DELIVERED.
"""

from typing import NamedTuple

import numpy as np

from ..spec.receipts import FINAL, STATES
from .table import UNKNOWN_TIME, Array, Flags, Ints

ORDER = ("DELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED", "DELETED", "SKIPPED", "UNKNOWN")
_OPEN = ("ACCEPTED", "ENROUTE", "SCHEDULED")  # from the furthest

NO_STATE = -1
UNKNOWN = STATES.index("UNKNOWN")
DELIVERED = STATES.index("DELIVERED")
# By message_state: how good a state is, highest best; the finals above all others.
RANK = np.array([len(STATES) - 1 - (ORDER + _OPEN).index(state) for state in STATES], np.int64)
IS_FINAL = np.array([state in FINAL for state in STATES])
_BY_RANK = np.argsort(RANK)


class Claims(NamedTuple):
    """What was said, one row each: of which part, its state, done date, when it came, and what tells equal ones apart.

    >>> claims = Claims(*(np.array([item]) for item in (0, 2, UNKNOWN_TIME, 10)), np.zeros((1, 1), np.uint64))
    >>> fold(claims, 1).state
    array([2])
    """

    part: Ints
    state: Ints
    done_date: Ints
    time: Ints
    details: Array


class PartStates(NamedTuple):
    """Of each part: ``state`` (-1: no receipt), the time at which a final one became known, and the claim that decided.

    >>> PartStates(np.array([2]), np.array([0]), np.array([0]), 0).contradictions
    0
    """

    state: Ints
    time_final: Ints
    claim: Ints
    contradictions: int


def fold(claims: Claims, parts: int) -> PartStates:
    """Fold claims into the states of ``parts`` parts; states beyond the standard's count as UNKNOWN.

    >>> claims = Claims(np.array([0, 0]), np.array([2, 5]), np.array([100, 200]), np.array([1, 2]), np.zeros((2, 0)))
    >>> fold(claims, 1)
    PartStates(state=array([5]), time_final=array([2]), claim=array([1]), contradictions=1)
    """
    known = np.where((claims.state >= 0) & (claims.state < len(STATES)), claims.state, UNKNOWN)
    final = IS_FINAL[known]
    details = [claims.details[:, column] for column in range(claims.details.shape[1])]
    order = np.lexsort((*details, RANK[known], claims.done_date, final, claims.part))
    last = order[np.flatnonzero(np.append(np.diff(claims.part[order]) != 0, len(order) > 0))]
    state, claim = np.full(parts, NO_STATE), np.full(parts, -1)
    state[claims.part[last]] = known[last]
    claim[claims.part[last]] = last
    return PartStates(state, _first_known(claims, known, claim), claim, len(contradicted(claims)))


def _first_known(claims: Claims, known: Ints, claim: Ints) -> Ints:
    """When the state that holds was first claimed, for finals."""
    decided = claim[claims.part]
    same = (known == known[decided]) & (claims.done_date == claims.done_date[decided]) & IS_FINAL[known]
    latest = np.iinfo(np.int64).max
    first = np.full(len(claim), latest)
    np.minimum.at(first, claims.part[same], claims.time[same])
    return np.where(first == latest, UNKNOWN_TIME, first)


def contradicted(claims: Claims) -> Ints:
    """Return the parts of which two different final states were claimed.

    >>> contradicted(Claims(*(np.array(pair) for pair in ([7, 7], [2, 5], [0, 0], [1, 2])), np.zeros((2, 0)))).tolist()
    [7]
    """
    known = np.where((claims.state >= 0) & (claims.state < len(STATES)), claims.state, UNKNOWN)
    final = np.flatnonzero(IS_FINAL[known])
    several = final[np.bincount(claims.part[final])[claims.part[final]] > 1]
    different = np.unique(claims.part[several] * len(STATES) + known[several]) // len(STATES)
    parts, counts = np.unique(different, return_counts=True)
    return parts[counts > 1]


class MessageStates(NamedTuple):
    """Of each message: state (-1: not known), final, and the part that decided (-1: none).

    >>> MessageStates(np.array([2]), np.array([True]), np.array([0])).final
    array([ True])
    """

    state: Ints
    final: Flags
    part: Ints


def fold_parts(state: Ints, message: Ints, messages: int, barred: Flags, per_message: bool = False) -> MessageStates:
    """Fold parts, all with a known id and a row in ``state`` and ``message`` each, into messages.

    ``barred`` are the messages that cannot be DELIVERED, for a part was refused. With ``per_message`` the message
    centre is known to send one receipt for a whole message: parts without a state say nothing.

    >>> fold_parts(np.array([2, 5, 2, -1]), np.array([0, 0, 1, 1]), 2, np.zeros(2, bool))
    MessageStates(state=array([ 5, -1]), final=array([ True, False]), part=array([ 1, -1]))
    """
    silent = state == NO_STATE
    counts = ~silent if per_message else np.ones(len(state), bool)
    final = IS_FINAL[state] & ~silent
    all_final = np.bincount(message[counts], minlength=messages) > 0
    all_final[message[counts & ~final]] = False
    # Rank of the worst: of the failed ones if there are any, else of all, where no state at all is least.
    rank = np.where(silent, -1, RANK[state])
    failed = final & (state != DELIVERED)
    worst = np.full(messages, len(STATES))
    np.minimum.at(worst, message[counts], rank[counts])
    worst_failed = np.full(messages, len(STATES))
    np.minimum.at(worst_failed, message[failed], rank[failed])
    decided = np.where(worst_failed < len(STATES), worst_failed, worst)
    found = np.where((decided >= 0) & (decided < len(STATES)), _BY_RANK[np.clip(decided, 0, len(STATES) - 1)], NO_STATE)
    found[barred & (found == DELIVERED)] = NO_STATE
    part = np.full(messages, -1)
    deciding = np.flatnonzero((state == found[message]) & ~silent)[::-1]
    part[message[deciding]] = deciding  # the first of them: the last written
    return MessageStates(found, all_final & (found != NO_STATE), part)
