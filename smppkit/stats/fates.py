"""What became of each message: its outcome and its state, read from words, judged delivered, failed and so on.

States are the standard's names (SMPP 3.4, section 5.2.28); the seven-letter words of receipt texts (Appendix B) are
understood too, so that tables of other people's making need no translation. Where a row has no ``final``, the state
decides: ACCEPTED, ENROUTE and SCHEDULED are not final, as operators use them. What has no final state is pending, or,
where no receipt of success was asked for, unasked: nothing was to be heard of it. A final state counts, asked for or
not.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from smppkit.errors import TableError

from .asked import Asked, asked
from .table import NO_TIME, Ints, Mask, column, factorize, kind, lacks, nanoseconds, one_line, unit, whole

OUTCOMES = ("queued", "sent", "accepted", "refused", "unanswered", "not_sent")
QUEUED, SENT, ACCEPTED, REFUSED, UNANSWERED, NOT_SENT = range(6)

_FINAL = ("DELIVERED", "EXPIRED", "DELETED", "UNDELIVERABLE", "UNKNOWN", "REJECTED", "SKIPPED")
_OPEN = ("SCHEDULED", "ENROUTE", "ACCEPTED")
_WORDS = {name: name for name in (*_FINAL, *_OPEN)} | {
    "DELIVRD": "DELIVERED",
    "UNDELIV": "UNDELIVERABLE",
    "ACCEPTD": "ACCEPTED",
    "REJECTD": "REJECTED",
}
_TRUTH = {"true": 1, "1": 1, "1.0": 1, "yes": 1, "false": 0, "0": 0, "0.0": 0, "no": 0}


class Fates(NamedTuple):
    """One mask of rows for each fate; ``outcome`` holds places in OUTCOMES, -1 where unclear.

    ``delivered``, ``failed``, ``pending`` and ``unasked`` share out the accepted rows; without a column ``state`` all
    are False. ``receipted`` are the first three of which anything was heard after the response, but for failures of
    those that asked to hear of nothing else.

    >>> fates(pd.DataFrame({"outcome": ["accepted"], "state": ["EXPIRED"]}), "funnel").failed.tolist()
    [True]
    """

    outcome: Ints
    delivered: Mask
    failed: Mask
    pending: Mask
    unasked: Mask
    receipted: Mask
    has_state: bool
    notes: list[str]


def outcomes(frame: pd.DataFrame, question: str) -> Ints:
    """Return the place of each row's outcome in OUTCOMES, -1 where it is none of them.

    Without a column ``outcome`` the command_status decides: 0 is accepted, any other refused, none sent.

    >>> outcomes(pd.DataFrame({"outcome": ["accepted", "lost"]}), "funnel")
    array([ 2, -1])
    """
    if "outcome" in frame.columns:
        places = {name: place for place, name in enumerate(OUTCOMES)}
        return _translate(frame, "outcome", question, places)[0]
    if "command_status" not in frame.columns:
        raise lacks(frame, question, "a column 'outcome' (or 'command_status')")
    codes, values = factorize(column(frame, "command_status", question), question)
    accepted = [whole(value) == 0 or str(value).strip().upper() == "ESME_ROK" for value in values]
    table = np.array([*(ACCEPTED if ok else REFUSED for ok in accepted), SENT], dtype=np.int64)
    return table[codes]


def fates(frame: pd.DataFrame, question: str, *, need_state: bool = True) -> Fates:
    """Return what became of each row of a table of messages (or parts, or rows that have such columns).

    >>> fates(pd.DataFrame({"outcome": ["accepted"] * 2, "state": ["DELIVRD", None]}), "funnel").pending
    array([False,  True])
    """
    if kind(frame) not in ("messages", "parts", "rows"):
        raise TableError(
            f"{question} is asked of messages, but this is a table of {unit(frame)}; ask it of log.messages."
        )
    outcome = outcomes(frame, question)
    accepted = outcome == ACCEPTED
    if "state" not in frame.columns:
        if need_state:
            raise lacks(frame, question, "a column 'state'")
        none = np.zeros(len(frame), dtype=np.bool_)
        return Fates(outcome, none, none, none, none, none, False, _outcome_notes(outcome, none))
    state, foreign = _states(frame, question)
    final = _final(frame, state, question)
    delivered = state == 0
    failed = final & ~delivered
    heard = (state >= 0) | final
    if "time_final" in frame.columns:
        heard |= nanoseconds(frame, "time_final", question) != NO_TIME
    notes = _outcome_notes(outcome, delivered)
    if foreign:
        words = ", ".join(repr(one_line(word)) for word in foreign[:5])
        notes.append(f"State words that are none of the standard's count as pending unless marked final: {words}.")
    request = asked(frame, question)
    delivered, failed = accepted & delivered, accepted & failed
    silent = accepted & ~delivered & ~failed
    unasked = silent & ~request.success
    heard &= accepted & ~unasked & ~(failed & request.failure & ~request.success)
    notes += _request_notes(request, delivered, failed, unasked)
    return Fates(outcome, delivered, failed, silent & ~unasked, unasked, heard, True, notes)


def states(frame: pd.DataFrame, question: str) -> npt.NDArray[np.object_]:
    """Return each row's state by the standard's name, foreign words as they are, None where there is none.

    >>> states(pd.DataFrame({"state": ["undeliv", None]}), "errors").tolist()
    ['UNDELIVERABLE', None]
    """
    codes, values = factorize(column(frame, "state", question), question)
    words = [str(value).strip() for value in values]
    return np.array([*(_WORDS.get(word.upper(), word) or None for word in words), None], dtype=object)[codes]


def _outcome_notes(outcome: Ints, delivered: Mask) -> list[str]:
    notes = []
    unclear = int((outcome < 0).sum())
    if unclear:
        notes.append(f"With an outcome that is none of {', '.join(OUTCOMES)}: {unclear:,}.")
    stray = int((delivered & (outcome != ACCEPTED)).sum())
    if stray:
        notes.append(f"DELIVERED though not accepted, and not counted as delivered: {stray:,}.")
    return notes


def _request_notes(request: Asked, delivered: Mask, failed: Mask, unasked: Mask) -> list[str]:
    notes = []
    one_sided = request.failure & ~request.success
    unbidden = int(((delivered | (failed & ~one_sided)) & ~request.success).sum())
    if unbidden:
        notes.append(f"Counted, as they got a final receipt though they asked for none: {unbidden:,}.")
    lost, silent = int((failed & one_sided).sum()), int((unasked & one_sided).sum())
    if lost or silent:
        notes.append(
            f"Asked for a receipt of failure only, so that no delivery of theirs is seen: {lost:,} failed, "
            f"{silent:,} without a final state."
        )
    return notes


def _states(frame: pd.DataFrame, question: str) -> tuple[Ints, list[object]]:
    """Return places in _FINAL + _OPEN, 99 for foreign words, -1 for none; and the foreign words."""
    names = (*_FINAL, *_OPEN)
    places = {word.lower(): names.index(name) for word, name in _WORDS.items()}
    state, foreign = _translate(frame, "state", question, places, otherwise=99)
    return state, foreign


def _final(frame: pd.DataFrame, state: Ints, question: str) -> Mask:
    by_state = (state >= 0) & (state < len(_FINAL))
    if "final" not in frame.columns:
        return by_state
    told, _ = _translate(frame, "final", question, _TRUTH)
    return np.where(told >= 0, told == 1, by_state).astype(np.bool_)


def _translate(
    frame: pd.DataFrame, name: str, question: str, places: Mapping[str, int], otherwise: int = -1
) -> tuple[Ints, list[object]]:
    codes, values = factorize(column(frame, name, question), question)
    words = [str(value).strip().lower() for value in values]
    table = [places.get(word, otherwise if word else -1) for word in words]
    foreign = [value for value, word in zip(values, words, strict=True) if word and word not in places]
    return np.array([*table, -1], dtype=np.int64)[codes], foreign
