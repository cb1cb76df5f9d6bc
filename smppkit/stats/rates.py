"""Shares with Wilson's interval, and the delivery rate with its denominator and horizon."""

from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .answer import Answer, answer
from .asked import FAILURE_ONLY, NO_REQUEST, left_out, that_asked
from .fates import ACCEPTED, Fates, fates
from .groups import Groups, group, listed
from .table import (
    NO_TIME,
    By,
    Floats,
    Ints,
    Mask,
    duration_seconds,
    elapsed,
    nanoseconds,
    observed_until,
    span_text,
    unit,
)

CONFIDENCE = 0.95
Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)


def wilson(successes: npt.ArrayLike, trials: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return both ends of Wilson's 95 % interval of each share, float64; NaN where there were no trials.

    The closed form on whole columns: scipy.stats.binomtest gives the same numbers (a test holds them together) but
    takes 0.2 to 0.5 ms a row, which a hundred thousand groups do not forgive.

    >>> [round(float(end), 4) for end in wilson(90, 100)]
    [0.8256, 0.9448]
    """
    k, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / n
        centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2)) / (1 + Z**2 / n)
    low = np.where(k == 0, 0 * share, centre - half)
    high = np.where(k == n, share, centre + half)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def share(successes: npt.ArrayLike, trials: npt.ArrayLike) -> Floats:
    """Return successes / trials, float64, NaN where there were no trials.

    >>> share([1, 0], [2, 0])
    array([0.5, nan])
    """
    n = np.asarray(trials, dtype=np.float64)
    shares: Floats = np.full(n.shape, np.nan)
    np.divide(np.asarray(successes, dtype=np.float64), n, out=shares, where=n > 0)
    return shares


def delivery_rate(frame: pd.DataFrame, by: By = None, horizon: object = None) -> Answer:
    """Return delivered / accepted with Wilson's 95 % interval, one row a group.

    Columns: n (the denominator), delivered, failed (any other final state), pending (no final state yet), unasked,
    rate, low, high. What is pending stays in the denominator: it is not delivered yet. What asked for no receipt (by
    the column ``registered_delivery``, if there is one) and has no final state is unasked and in no denominator. A
    group without a single receipt, or that asked for none, has no rate (NaN, shown as "not measurable"): silence of
    the route is not failure of the messages.

    Without ``horizon`` all accepted messages count, as they stand at the end of the data. With one ("10s", "72h", a
    timedelta, seconds) the rate is "delivered within it of being sent"; only messages observed for the whole of it
    count, the others stand in ``unobserved``; a later receipt leaves its message pending at the horizon.
    Raises TableError if a column is missing.

    >>> table = pd.DataFrame({"outcome": ["accepted"] * 4, "state": ["DELIVERED"] * 3 + [None]})
    >>> delivery_rate(table)[["n", "delivered", "pending", "rate"]].iloc[0].tolist()
    [4.0, 3.0, 1.0, 0.75]
    """
    found = fates(frame, "delivery_rate")
    groups = group(frame, by, "delivery_rate")
    end = observed_until(frame, "delivery_rate")
    span = None if horizon is None else duration_seconds(horizon, "horizon")
    columns = _counts(frame, found, groups, span, end.rows)
    accepted, unasked = int((found.outcome == ACCEPTED).sum()), int(found.unasked.sum())
    heard = groups.tally(found.receipted) > 0
    delivered, n = columns["delivered"], columns["n"]
    low, high = wilson(delivered, n)
    rate = share(delivered, n)
    for name, values in (("rate", rate), ("low", low), ("high", high)):
        columns[name] = np.where(heard, values, np.nan)
    if span is not None:
        columns["unobserved"] = groups.tally(found.outcome == ACCEPTED) - columns["unasked"] - n
    order = groups.order(n)
    what = unit(frame)
    whole = that_asked(f"accepted {what}", unasked)
    caption = [
        _caption(whole, span, end.told, columns),
        left_out(accepted, unasked),
        _silence(found, groups, order, n, by),
    ]
    return answer(
        {name: values[order] for name, values in columns.items()},
        groups.labels[order],
        question="delivery_rate",
        title="Delivery rate",
        unit=what,
        denominator=whole + ("" if span is None else f", observed for {span_text(span)} or longer"),
        horizon="end of data" if span is None else span_text(span),
        observed_until=end.words,
        n=int(n.sum()),
        caption=" ".join(filter(None, caption)),
        notes=found.notes,
        formats={"rate": "rate", "low": "share", "high": "share", "unasked": "aside"},
    )


def _counts(
    frame: pd.DataFrame, found: Fates, groups: Groups, span: float | None, end: Ints
) -> dict[str, npt.NDArray[Any]]:
    if span is None:
        delivered, failed = found.delivered, found.failed
        counted = delivered | failed | found.pending
    else:
        took = elapsed(frame, "delivery_time", "time_sent", "time_final", "delivery_rate")
        counted = (found.outcome == ACCEPTED) & ~found.unasked & observed_for(frame, span, end, "delivery_rate")
        counted &= ~((found.delivered | found.failed) & np.isnan(took))
        with np.errstate(invalid="ignore"):
            delivered, failed = counted & found.delivered & (took <= span), counted & found.failed & (took <= span)
    n, won, lost = groups.tally(counted), groups.tally(delivered), groups.tally(failed)
    unasked = groups.tally(found.unasked)
    return {"n": n, "delivered": won, "failed": lost, "pending": n - won - lost, "unasked": unasked}


def observed_for(frame: pd.DataFrame, span: float, end: Ints, question: str) -> Mask:
    """Return which rows were sent at least ``span`` seconds before their ``end``; False where the time is unknown.

    >>> observed_for(pd.DataFrame({"time_sent": ["1970-01-01 00:00:02"]}), 5, np.array([7_000_000_000]), "latency")
    array([ True])
    """
    sent = nanoseconds(frame, "time_sent", question)
    return np.asarray((sent != NO_TIME) & (sent <= end - round(span * 1e9)), dtype=np.bool_)


def _caption(what: str, span: float | None, end: str, columns: dict[str, npt.NDArray[Any]]) -> str:
    n, pending = (int(columns[name].sum()) for name in ("n", "pending"))
    if span is None:
        text = f"Delivered / {what}; horizon: end of data, {end}; Wilson 95 % intervals; n = {n:,}."
        return text + (f" Pending: {pending:,}, counted as not delivered yet." if pending else "")
    young = int(columns["unobserved"].sum())
    text = (
        f"Delivered within {span_text(span)} of sending / {what}, observed for that long; "
        f"data end {end}; Wilson 95 % intervals; n = {n:,}."
    )
    text += f" Pending at the horizon: {pending:,}, counted as not delivered." if pending else ""
    return text + (f" Left out, as not observed for the whole horizon or without a time: {young:,}." if young else "")


def _silence(found: Fates, groups: Groups, order: Ints, n: Ints, by: By) -> str:
    """Return why which groups have no rate: nothing was asked for, failures only, or nothing came."""
    heard, failed, unasked = (groups.tally(rows) > 0 for rows in (found.receipted, found.failed, found.unasked))
    expected = groups.tally(found.delivered | found.failed | found.pending) > 0
    reasons = {
        NO_REQUEST: unasked & ~expected,
        FAILURE_ONLY: ~heard & (n > 0) & failed,
        "not one receipt": ~heard & (n > 0) & ~failed,
    }
    if by is not None:
        named = {reason: listed(groups.labels[order][rows[order]]) for reason, rows in reasons.items() if rows.any()}
        return " ".join(f"Not measurable ({reason}): {names}." for reason, names in named.items())
    if reasons["not one receipt"].any():
        return (
            f"Not measurable: none of the {int(n.sum()):,} has any receipt. Were receipts asked for, can the account "
            "receive them, does the route give any?"
        )
    return " ".join(f"Not measurable: {reason}." for reason, rows in reasons.items() if rows.any())
