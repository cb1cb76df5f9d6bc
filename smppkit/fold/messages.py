"""The table of messages, or some of its rows: what their parts came to, taken together."""

from typing import NamedTuple

import numpy as np

from ..spec.receipts import STATES
from .attempts import ACCEPTED, NOT_SENT, OUTCOMES, QUEUED, REFUSED, SENT, UNANSWERED
from .joining import joined
from .parts import Parts
from .state import DELIVERED, NO_STATE, MessageStates, PartStates, fold_parts
from .table import UNKNOWN_TIME, Array, Column, Flags, Ints, Table, name_column, seconds

RECEIPT_BITS = 0x03  # of registered_delivery (SMPP 3.4, section 5.2.17)

# A message has the first of these outcomes that any of its parts has: what is open first, then what went wrong.
_WEIGHT = (QUEUED, SENT, REFUSED, UNANSWERED, NOT_SENT, ACCEPTED)


class Scope(NamedTuple):
    """The messages that are looked at, so many of them from ``first`` on, and their parts.

    ``every`` are all rows of parts that belong to them; ``rows`` one for each part of each message, in their order:
    the attempt that was accepted, else the last; ``outcome`` is that of ``rows``, ``message`` counts from 0.

    >>> scope(Parts(0), 0, 0, False, []).rows.tolist()
    []
    """

    first: int
    messages: int
    every: Ints
    rows: Ints
    outcome: Ints
    message: Ints


def scope(parts: Parts, first: int, count: int, complete: bool, closed: list[int]) -> Scope:
    """Look at some messages; ``complete`` and ``closed`` are those of ``Attempts.outcome``.

    >>> scope(Parts(0), 0, 0, True, []).messages
    0
    """
    if parts.messages == parts.rows:  # then every message is a row, in order
        every = np.arange(first, first + count)
        outcome = parts.outcome(complete, closed, every)
        return Scope(first, count, every, every, outcome, every - first)
    message = parts.message.array
    every = np.flatnonzero((message >= first) & (message < first + count))
    outcome = parts.outcome(complete, closed, every)
    chosen = _current(parts, every, outcome)
    rows = every[chosen]
    return Scope(first, count, every, rows, outcome[chosen], message[rows] - first)


def _current(parts: Parts, every: Ints, outcome: Ints) -> Ints:
    message, number, place = (column.array[every] for column in (parts.message, parts.number, parts.place))
    order = np.lexsort((parts.attempt.array[every], outcome == ACCEPTED, place, number, message))
    changes = np.zeros(max(len(order) - 1, 0), bool)
    for column in (message, number, place):
        changes |= np.diff(column[order]) != 0
    return order[np.flatnonzero(np.append(changes, len(order) > 0))]


def message_states(parts: Parts, scope: Scope, states: PartStates, per_message: bool) -> MessageStates:
    """Fold the states of parts into those of messages; ``part`` of the result is a place in ``scope.rows``.

    ``states`` has a row for each of ``scope.rows``.

    >>> none = np.zeros(0, np.int64)
    >>> nothing = scope(Parts(0), 0, 0, False, [])
    >>> message_states(Parts(0), nothing, PartStates(none, none, none, 0), False).state.tolist()
    []
    """
    speaks = states.state != NO_STATE
    known = np.flatnonzero(speaks | (parts.with_id(scope.rows) & ~_silent(parts, scope)))
    barred = np.zeros(scope.messages, bool)
    barred[scope.message[np.isin(scope.outcome, (REFUSED, NOT_SENT))]] = True
    folded = fold_parts(states.state[known], scope.message[known], scope.messages, barred, per_message)
    deciding = np.where(folded.part >= 0, np.append(known, -1)[folded.part], -1)
    return folded._replace(part=deciding)


def messages_table(
    parts: Parts, scope: Scope, states: PartStates, folded: MessageStates, errors: tuple[Column, Column]
) -> Table:
    """Return some rows of the table ``messages``; ``errors`` are err and network_error of each of them.

    >>> none = np.zeros(0, np.int64)
    >>> empty, nothing = MessageStates(none, none.astype(bool), none), scope(Parts(0), 0, 0, False, [])
    >>> unsaid = Column.of_text([])
    >>> list(messages_table(Parts(0), nothing, PartStates(none, none, none, 0), empty, (unsaid, unsaid)))[:3]
    ['msg_id', 'time_queued', 'time_sent']
    """
    message, count = scope.message, scope.messages
    every = parts.message.array[scope.every] - scope.first
    again = _most(parts.again.array[scope.every], every, count)
    head = scope.rows[np.searchsorted(message, np.arange(count))]
    sent = _first_sent(parts, scope, every)
    answered = _latest_answer(parts, scope)
    final_known = _final_known(states, scope, folded)
    statuses, has_status = statuses_of(parts, scope)
    return {
        "msg_id": Column("int", parts.msg_ids(np.arange(scope.first, scope.first + count))),
        "time_queued": Column("time", parts.time_queued.array[head]),
        "time_sent": Column("time", sent),
        "time_resp": Column("time", answered),
        "sender": parts.source.column("text", head),
        "destination": parts.destination.column("text", head),
        "text": _texts(parts, scope, every),
        "encoding": Column("encoding", parts.encoding.array[head]),
        "parts": Column("int", parts.total.array[head].astype(np.int64)),
        "tag": parts.tag.column("text", head),
        "outcome": name_column(outcomes_of(scope), OUTCOMES),
        "command_status": Column("int", statuses, None, None if has_status.all() else has_status.astype(np.uint8)),
        "message_id": parts.ids.column("text", _ids(parts, scope)),
        "state": name_column(folded.state, STATES),
        "final": Column("bool", folded.final.astype(np.uint8)),
        "time_final": Column("time", final_known),
        "response_time": seconds(answered, sent),
        "delivery_time": seconds(final_known, sent, folded.state == DELIVERED),
        "err": errors[0],
        "network_error": errors[1],
        "attempts": Column("int", _most(parts.attempt.array[scope.every], every, count)),
        "possible_duplicate": Column("bool", (again > 0).astype(np.uint8)),
        "registered_delivery": _registered(parts, scope),
    }


def _silent(parts: Parts, scope: Scope) -> Flags:
    """Which parts asked for no receipt while another part of their message did: such a part holds nothing back."""
    registered = parts.registered.array[scope.rows]
    asks = (registered < 0) | (registered & RECEIPT_BITS > 0)
    asked = np.zeros(scope.messages, bool)
    asked[scope.message[asks]] = True
    return ~asks & asked[scope.message]


def _registered(parts: Parts, scope: Scope) -> Column:
    """What the first part that asks for a receipt asks for (often only the last does), else the first part."""
    message, registered = scope.message, parts.registered.array[scope.rows].astype(np.int64)
    found = registered[np.searchsorted(message, np.arange(scope.messages))]
    asks = np.flatnonzero((registered > 0) & (registered & RECEIPT_BITS > 0))[::-1]
    found[message[asks]] = registered[asks]
    known = found >= 0  # a request that cannot be read asks for nothing that is known
    return Column("int", found, None, None if known.all() else known.astype(np.uint8))


def _first_sent(parts: Parts, scope: Scope, every: Ints) -> Ints:
    """When the first part was sent; not known where none was, or one at a time that is not known."""
    never = np.iinfo(np.int64).max
    found = np.full(scope.messages, never)
    gone = parts.record.array[scope.every] >= 0
    np.minimum.at(found, every[gone], parts.time_sent.array[scope.every[gone]])
    return np.where(found == never, UNKNOWN_TIME, found)


def _most(values: Array, message: Ints, count: int) -> Ints:
    found = np.zeros(count, np.int64)
    np.maximum.at(found, message, values.astype(np.int64))
    return found


def _latest_answer(parts: Parts, scope: Scope) -> Ints:
    """When the last part was answered; not known while one of them is not."""
    latest = np.full(scope.messages, UNKNOWN_TIME)
    np.maximum.at(latest, scope.message, parts.time_resp.array[scope.rows])
    latest[scope.message[parts.answered.array[scope.rows] < 0]] = UNKNOWN_TIME
    return latest


def _final_known(states: PartStates, scope: Scope, folded: MessageStates) -> Ints:
    """When the last of the final states became known, of messages that are final."""
    latest = np.full(scope.messages, UNKNOWN_TIME)
    np.maximum.at(latest, scope.message, states.time_final)
    return np.where(folded.final, latest, UNKNOWN_TIME)


def outcomes_of(scope: Scope) -> Ints:
    """Return the outcome of each message.

    >>> outcomes_of(scope(Parts(0), 0, 0, False, [])).tolist()
    []
    """
    weight = np.argsort(_WEIGHT)[scope.outcome]
    found = np.full(scope.messages, len(_WEIGHT))
    np.minimum.at(found, scope.message, weight)
    decided: Ints = np.array((*_WEIGHT, -1))[found]
    return decided


def statuses_of(parts: Parts, scope: Scope) -> tuple[Ints, Flags]:
    """Return the first command_status that is not 0, by number of the part; 0 where all are; and whether there is any.

    >>> statuses_of(Parts(0), scope(Parts(0), 0, 0, False, []))[0].tolist()
    []
    """
    status = parts.status.array[scope.rows]
    found, there = np.zeros(scope.messages, np.int64), np.zeros(scope.messages, bool)
    there[scope.message[parts.answered.array[scope.rows] >= 0]] = True
    errors = np.flatnonzero(status != 0)[::-1]
    found[scope.message[errors]] = status[errors]
    return found, there


def _ids(parts: Parts, scope: Scope) -> Ints:
    """The row of the id of the first part that has one."""
    found = np.full(scope.messages, -1)
    with_id = np.flatnonzero(parts.id_row.array[scope.rows] >= 0)[::-1]
    found[scope.message[with_id]] = parts.id_row.array[scope.rows[with_id]]
    return found


def _texts(parts: Parts, scope: Scope, every: Ints) -> Column:
    """The first copy of every part, joined."""
    chosen = parts.original.array[scope.every] == 1
    once, message = scope.every[chosen], every[chosen]
    number = parts.number.array[once]
    order = np.lexsort((number, message))
    return joined(parts.text, once[order], message[order], number[order], scope.messages, parts.halves)
