"""One message as plain values, without a table of all of them."""

from typing import Any

import numpy as np

from ..spec.receipts import STATES
from .attempts import OUTCOMES
from .messages import Scope, message_states, outcomes_of, statuses_of
from .parts import Parts
from .receipts import Receipts
from .resolution import Resolution
from .state import NO_STATE
from .table import UNKNOWN_TIME, Ints


def message_row(
    parts: Parts, receipts: Receipts, scope: Scope, resolution: Resolution | None, per_message: bool
) -> dict[str, Any]:
    """Return what is known of the one message of ``scope``; without ``resolution`` nothing of its state.

    Times are nanoseconds since 1970 UTC, ``None`` where they are not known.

    >>> from smppkit.fold.fold import Fold
    >>> from smppkit.journal.memory import MemoryLog
    >>> log = MemoryLog()
    >>> log.add_intent(bytes.fromhex("00000010 00000004 00000000 00000000"), log.take_messages())
    0
    >>> Fold(log).row(1)["outcome"]
    'queued'
    """
    statuses, answered = statuses_of(parts, scope)
    ids = [parts.ids.text(row) for row in parts.id_row.array[scope.rows].tolist() if row >= 0]
    found = {
        "msg_id": int(parts.msg_ids(np.array([scope.first]))[0]),
        "outcome": OUTCOMES[int(outcomes_of(scope)[0])],
        "command_status": int(statuses[0]) if answered[0] else None,
        "message_ids": ids,
        "attempts": int(parts.attempt.array[scope.every].max()),
        "possible_duplicate": bool(parts.again.array[scope.every].any()),
        "parts": [_part(parts, row, outcome) for row, outcome in zip(scope.rows.tolist(), scope.outcome, strict=True)],
    }
    return found if resolution is None else found | _state(parts, receipts, scope, resolution, per_message)


def _part(parts: Parts, row: int, outcome: int) -> dict[str, Any]:
    answered = int(parts.answered.array[row]) >= 0
    id_row, link = int(parts.id_row.array[row]), int(parts.link.array[row])
    return {
        "part": int(parts.number.array[row]),
        "attempt": int(parts.attempt.array[row]),
        "link": link if link >= 0 else None,
        "sequence_number": int(parts.sequence.array[row]),
        "destination": parts.destination.text(row),
        "time_sent": _moment(parts.time_sent.array[row]),
        "time_resp": _moment(parts.time_resp.array[row]),
        "command_status": int(parts.status.array[row]) if answered else None,
        "message_id": parts.ids.text(id_row) if id_row >= 0 else None,
        "outcome": OUTCOMES[outcome],
        "late": bool(parts.are_late(np.array([row]))[0]),
    }


def _state(parts: Parts, receipts: Receipts, scope: Scope, resolution: Resolution, per_message: bool) -> dict[str, Any]:
    states = resolution.states(scope.rows)
    folded = message_states(parts, scope, states, per_message)
    state, final, deciding = int(folded.state[0]), bool(folded.final[0]), int(folded.part[0])
    receipt = int(resolution.receipts_of(scope.rows[deciding : deciding + 1])[0]) if deciding >= 0 else -1
    errors = {"err": receipts.texts["receipt_err"], "network_error": receipts.network_error}
    return {
        "state": None if state == NO_STATE else STATES[state],
        "final": final,
        "time_final": _moment(states.time_final.max()) if final else None,
        **{name: given.text(receipt) if _has(given.valid, receipt) else None for name, given in errors.items()},
    }


def _has(valid: "np.ndarray[Any, Any]", row: int) -> bool:
    return row >= 0 and bool(valid[row])


def _moment(time: Ints | int) -> int | None:
    return None if int(time) == UNKNOWN_TIME else int(time)
