"""The table of messages: what their parts came to, taken together."""

import numpy as np

from ..spec.receipts import STATES
from .joining import joined
from .parts import ACCEPTED, NOT_SENT, OUTCOMES, QUEUED, REFUSED, SENT, UNANSWERED, Parts
from .state import DELIVERED, NO_STATE, MessageStates, PartStates, fold_parts
from .table import UNKNOWN_TIME, Array, Column, Flags, Ints, Strings, Table, absent, name_column, seconds

RECEIPT_BITS = 0x03  # of registered_delivery (SMPP 3.4, section 5.2.17)

# A message has the first of these outcomes that any of its parts has: what is open first, then what went wrong.
_WEIGHT = (QUEUED, SENT, REFUSED, UNANSWERED, NOT_SENT, ACCEPTED)


def current(parts: Parts, outcome: Ints) -> Ints:
    """Return one row for each part of each message, in their order: the attempt that was accepted, else the last.

    >>> current(Parts(0), np.zeros(0, np.int64)).tolist()
    []
    """
    message, number = parts.message.array, parts.number.array
    if (parts.total.array == 1).all():  # then every message is a row, in order
        return np.arange(parts.rows)
    order = np.lexsort((parts.attempt.array, outcome == ACCEPTED, number, message))
    changes = (np.diff(message[order]) != 0) | (np.diff(number[order]) != 0)
    return order[np.flatnonzero(np.append(changes, True))]


def message_states(parts: Parts, rows: Ints, outcome: Ints, states: PartStates, per_message: bool) -> MessageStates:
    """Fold the states of the parts in ``rows`` into those of messages; ``part`` of the result is a row of ``parts``.

    >>> none = np.zeros(0, np.int64)
    >>> message_states(Parts(0), none, none, PartStates(none, none, none, 0), False).state.tolist()
    []
    """
    speaks = states.state[rows] != NO_STATE
    known = rows[speaks | (parts.with_id(rows) & ~_silent(parts, rows))]
    barred = np.zeros(parts.messages, bool)
    barred[parts.message.array[rows[np.isin(outcome[rows], (REFUSED, NOT_SENT))]]] = True
    folded = fold_parts(states.state[known], parts.message.array[known], parts.messages, barred, per_message)
    deciding = np.where(folded.part >= 0, np.append(known, -1)[folded.part], -1)
    return folded._replace(part=deciding)


def messages_table(
    parts: Parts, rows: Ints, outcome: Ints, states: PartStates, folded: MessageStates, errors: tuple[Strings, Strings]
) -> Table:
    """Return the table ``messages``; ``rows`` are those of ``current``, ``errors`` err and network_error by claim.

    >>> none = np.zeros(0, np.int64)
    >>> empty = MessageStates(none, none.astype(bool), none)
    >>> tables = messages_table(Parts(0), none, none, PartStates(none, none, none, 0), empty, (Strings(), Strings()))
    >>> list(tables)[:3]
    ['msg_id', 'time_queued', 'time_sent']
    """
    count = parts.messages
    message = parts.message.array
    head = rows[np.searchsorted(message[rows], np.arange(count))]
    sent = _least(parts.time_sent.array, message, count)
    answered = _latest_answer(parts, rows, count)
    final_known = _final_known(states, message[rows], rows, folded)
    statuses, has_status = _statuses(parts, rows, count)
    claim = np.where(folded.part >= 0, np.append(states.claim, -1)[folded.part], -1)
    state = name_column(folded.state, STATES)
    return {
        "msg_id": Column("int", np.arange(1, count + 1)),
        "time_queued": absent("time", count),
        "time_sent": Column("time", sent),
        "time_resp": Column("time", answered),
        "sender": parts.source.column("text", head),
        "destination": parts.destination.column("text", head),
        "text": _texts(parts),
        "encoding": Column("encoding", parts.encoding.array[head]),
        "parts": Column("int", parts.total.array[head].astype(np.int64)),
        "tag": absent("text", count),
        "outcome": name_column(_outcomes(outcome[rows], message[rows], count), OUTCOMES),
        "command_status": Column("int", statuses, None, None if has_status.all() else has_status.astype(np.uint8)),
        "message_id": parts.ids.column("text", _ids(parts, rows, count)),
        "state": state,
        "final": Column("bool", folded.final.astype(np.uint8)),
        "time_final": Column("time", final_known),
        "response_time": seconds(answered, sent),
        "delivery_time": seconds(final_known, sent, folded.state == DELIVERED),
        "err": errors[0].column("text", claim),
        "network_error": errors[1].column("text", claim),
        "attempts": Column("int", _most(parts.attempt.array, message, count)),
        "possible_duplicate": Column("bool", (_most(parts.again.array, message, count) > 0).astype(np.uint8)),
        "registered_delivery": _registered(parts, rows, count),
    }


def _silent(parts: Parts, rows: Ints) -> Flags:
    """Which parts asked for no receipt while another part of their message did: such a part holds nothing back."""
    registered, message = parts.registered.array[rows], parts.message.array[rows]
    asks = (registered < 0) | (registered & RECEIPT_BITS > 0)
    asked = np.zeros(parts.messages, bool)
    asked[message[asks]] = True
    return ~asks & asked[message]


def _registered(parts: Parts, rows: Ints, count: int) -> Column:
    """What the first part that asks for a receipt asks for (often only the last does), else the first part."""
    message, registered = parts.message.array[rows], parts.registered.array[rows].astype(np.int64)
    found = registered[np.searchsorted(message, np.arange(count))]
    asks = np.flatnonzero((registered > 0) & (registered & RECEIPT_BITS > 0))[::-1]
    found[message[asks]] = registered[asks]
    known = found >= 0  # a request that cannot be read asks for nothing that is known
    return Column("int", found, None, None if known.all() else known.astype(np.uint8))


def _least(values: Array, message: Ints, count: int) -> Ints:
    found = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, message, values)
    return found


def _most(values: Array, message: Ints, count: int) -> Ints:
    found = np.zeros(count, np.int64)
    np.maximum.at(found, message, values.astype(np.int64))
    return found


def _latest_answer(parts: Parts, rows: Ints, count: int) -> Ints:
    """When the last part was answered; not known while one of them is not."""
    message = parts.message.array[rows]
    latest = np.full(count, UNKNOWN_TIME)
    np.maximum.at(latest, message, parts.time_resp.array[rows])
    latest[message[parts.answered.array[rows] < 0]] = UNKNOWN_TIME
    return latest


def _final_known(states: PartStates, message: Ints, rows: Ints, folded: MessageStates) -> Ints:
    """When the last of the final states became known, of messages that are final."""
    latest = np.full(len(folded.final), UNKNOWN_TIME)
    np.maximum.at(latest, message, states.time_final[rows])
    return np.where(folded.final, latest, UNKNOWN_TIME)


def _outcomes(outcome: Ints, message: Ints, count: int) -> Ints:
    weight = np.argsort(_WEIGHT)[outcome]
    found = np.full(count, len(_WEIGHT))
    np.minimum.at(found, message, weight)
    decided: Ints = np.array((*_WEIGHT, -1))[found]
    return decided


def _statuses(parts: Parts, rows: Ints, count: int) -> tuple[Ints, Flags]:
    """The first command_status that is not 0, by number of the part; 0 where all are."""
    message, status = parts.message.array[rows], parts.status.array[rows]
    found, there = np.zeros(count, np.int64), np.zeros(count, bool)
    there[message[parts.answered.array[rows] >= 0]] = True
    errors = np.flatnonzero(status != 0)[::-1]
    found[message[errors]] = status[errors]
    return found, there


def _ids(parts: Parts, rows: Ints, count: int) -> Ints:
    """The row of the id of the first part that has one."""
    found = np.full(count, -1)
    with_id = rows[parts.id_row.array[rows] >= 0][::-1]
    found[parts.message.array[with_id]] = parts.id_row.array[with_id]
    return found


def _texts(parts: Parts) -> Column:
    """The first copy of every part, joined."""
    once = np.flatnonzero(parts.attempt.array == 1)
    message, number = parts.message.array[once], parts.number.array[once]
    order = np.lexsort((number, message))
    return joined(parts.text, once[order], message[order], number[order], parts.messages, parts.halves)
