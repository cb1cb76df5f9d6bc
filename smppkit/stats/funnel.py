"""How many messages came through each step from being handed over to being delivered."""

import numpy as np
import pandas as pd

from .answer import Answer, answer
from .asked import FAILURE_ONLY, NO_REQUEST, left_out, that_asked
from .fates import ACCEPTED, NOT_SENT, QUEUED, REFUSED, SENT, UNANSWERED, Fates, fates
from .rates import share, wilson
from .table import observed_until, unit

ASKED = "receipt asked"


def funnel(frame: pd.DataFrame) -> Answer:
    """Return how many came through each step, how many were lost there and how many still wait there.

    Index ``step``: handed over, sent, answered, accepted, final, delivered (the last two only if the table has a
    column ``state``). Columns: count; lost (not sent, unanswered, refused, failed); waiting (queued, response
    awaited, no final state yet); unasked; share of all handed over with low, high (Wilson 95 %); of_previous (share
    of the step before). count + lost + waiting + unasked is the count of the step before. Without a single receipt
    the shares of the last steps are NaN, shown as "not measurable". Raises TableError if a column is missing.

    If some accepted messages asked for no receipt (by the column ``registered_delivery``) and have no final state,
    there is one more step before final: "receipt asked", where they are left out as unasked; the shares of final and
    delivered are then of that step, as the others' fate is unknown.

    >>> funnel(pd.DataFrame({"outcome": ["accepted", "refused"], "state": ["DELIVERED", None]}))["count"].to_dict()
    {'handed over': 2, 'sent': 2, 'answered': 2, 'accepted': 1, 'final': 1, 'delivered': 1}
    """
    found = fates(frame, "funnel", need_state=False)
    n, accepted, unasked = len(frame), int((found.outcome == ACCEPTED).sum()), int(found.unasked.sum())
    steps = _steps(found)
    left = np.array(list(steps.values()), dtype=np.int64).T
    count = n - np.cumsum(left.sum(axis=0))
    whole = np.full(len(count), n)
    if unasked:
        whole[-2:] = accepted - unasked
    low, high = wilson(count, whole)
    columns = {"count": count} | dict(zip(("lost", "waiting", "unasked"), left, strict=True))
    previous = np.concatenate(([n], count[:-1]))
    shares = {"share": share(count, whole), "low": low, "high": high, "of_previous": share(count, previous)}
    silence = _silence(found, accepted, unasked)
    if silence:
        for values in shares.values():
            values[-2:] = np.nan
    end, what = observed_until(frame, "funnel"), unit(frame)
    caption = f"{what[0].upper()}{what[1:]} that came through each step, as shares of all handed over"
    caption += f" (final and delivered: of the {accepted - unasked:,} that asked for a receipt)" if unasked else ""
    caption += f"; horizon: end of data, {end.told}; Wilson 95 % intervals; n = {n:,}."
    return answer(
        columns | shares,
        pd.Index(list(steps), name="step"),
        question="funnel",
        title="Funnel",
        unit=what,
        denominator=f"all {what} handed over" + (f"; after {ASKED!r}, those of that step" if unasked else ""),
        horizon="end of data",
        observed_until=end.words,
        n=n,
        caption=" ".join(filter(None, (caption, left_out(accepted, unasked), silence))),
        notes=found.notes if found.has_state else [*found.notes, "The table has no states: nothing about delivery."],
        formats={"share": "rate", "low": "share", "high": "share", "of_previous": "share", "unasked": "aside"},
    )


def _steps(found: Fates) -> dict[str, tuple[int, int, int]]:
    """Return what leaves the funnel at each step: lost, waiting, unasked."""
    tally = np.bincount(found.outcome + 1, minlength=7)
    unclear, outcome = int(tally[0]), tally[1:]
    delivery = {"final": (0, int(found.pending.sum()), 0), "delivered": (int(found.failed.sum()), 0, 0)}
    unasked = int(found.unasked.sum())
    return (
        {
            "handed over": (0, 0, 0),
            "sent": (int(outcome[NOT_SENT]) + unclear, int(outcome[QUEUED]), 0),
            "answered": (int(outcome[UNANSWERED]), int(outcome[SENT]), 0),
            "accepted": (int(outcome[REFUSED]), 0, 0),
        }
        | ({ASKED: (0, 0, unasked)} if unasked else {})
        | (delivery if found.has_state else {})
    )


def _silence(found: Fates, accepted: int, unasked: int) -> str:
    """Return why nothing can be said of deliveries, "" if something can."""
    if not found.has_state or not accepted or found.receipted.any():
        return ""
    if accepted == unasked:
        return f"Delivery is not measurable: {NO_REQUEST}."
    if found.failed.any():
        return f"Delivery is not measurable: {FAILURE_ONLY}."
    whole = that_asked(f"{accepted - unasked:,} accepted", unasked)
    return f"Delivery is not measurable: none of the {whole} has any receipt."
