"""The question "how long": quantiles of the time to delivery or to the response, with what is pending as censored."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .answer import Answer, answer
from .asked import left_out, that_asked
from .fates import ACCEPTED, NOT_SENT, QUEUED, fates, outcomes
from .groups import Groups, group
from .reached import reached
from .survival import Curves, incidence
from .table import (
    NO_TIME,
    By,
    Floats,
    Ints,
    duration_seconds,
    elapsed,
    kind,
    lacks,
    nanoseconds,
    observed_until,
    span_text,
    unit,
)

CURVE_POINTS = 1_000
_UNCOUNTED, _UNASKED = -1, -2  # causes beside 0 pending, 1 the event, 2 failed


def latency(
    frame: pd.DataFrame,
    q: float | Sequence[float] = (0.5, 0.9, 0.95, 0.99),
    by: By = None,
    of: str = "delivery",
    horizon: object = None,
) -> Answer:
    """Return the times by which the shares ``q`` are delivered (or, ``of="response"``, answered), one row each.

    Index: the group if any, then ``quantile``. Columns: seconds (NaN, "not reached", if fewer were seen), low, high
    (95 %), n, and what the n became: delivered, failed, pending, or answered, pending; for deliveries also unasked,
    which are not of the n. The caption says what was reached where a quantile was not.

    delivery: from sending to DELIVERED, of the accepted messages that do not fail; pending ones are censored at the
    horizon (end of data, or ``horizon`` after sending), never left out. Those that asked for no receipt (by the column
    ``registered_delivery``, if there is one) and have no final state are unasked and left out. response: from sending
    to the response, whatever it says, of all that were sent; the unanswered are censored. ``answer.curve`` has the
    whole curve: seconds, at_risk, share (of all n, the cumulative incidence), failed (likewise), cdf (what the
    quantiles are read from), low, high. ``answer["seconds"].unstack()`` puts quantiles side by side.
    Raises TableError if a column is missing, ValueError if a share is not between 0 and 1.

    >>> table = pd.DataFrame({"outcome": "accepted", "state": "DELIVERED", "delivery_time": [1.0, 2.0, 3.0, 9.0]})
    >>> latency(table, q=0.5)["seconds"].tolist()
    [2.0]
    """
    shares = _shares(q)
    if of not in ("delivery", "response"):
        raise ValueError(f"of={of!r}: ask for 'delivery' or 'response'.")
    span = None if horizon is None else duration_seconds(horizon, "horizon")
    end = observed_until(frame, "latency")
    seconds, cause, notes = (_deliveries if of == "delivery" else _responses)(frame, end.rows)
    seconds, cause = _cut(seconds, cause, span)
    groups = group(frame, by, "latency")
    curves, order = _curves(seconds, cause, groups)
    columns = _table(curves, cause, groups, order, shares, of)
    labels = groups.labels[order]
    until = f"end of data, {end.told}" if span is None else f"{span_text(span)} after sending"
    n, unasked = groups.tally(cause >= 0)[order], groups.tally(cause == _UNASKED)[order]
    whole = _denominator(of, unit(frame), int(unasked.sum()))
    word = "delivered" if of == "delivery" else "answered"
    told = [
        _caption(of, whole, until, cause),
        reached(curves, None if by is None else labels, n, unasked, shares, word),
    ]
    return answer(
        columns,
        _index(labels, shares, by),
        question="latency",
        title="Time to delivery" if of == "delivery" else "Time to response",
        of=of,
        unit=unit(frame),
        denominator=whole,
        horizon="end of data" if span is None else span_text(span),
        observed_until=end.words,
        n=int(n.sum()),
        caption=" ".join(filter(None, told)),
        notes=notes,
        formats={"seconds": "seconds", "low": "seconds", "high": "seconds", "unasked": "aside"},
        curve=_curve_table(curves, labels, by),
    )


def _shares(q: float | Sequence[float]) -> list[float]:
    shares = [float(q)] if isinstance(q, (int, float)) else [float(one) for one in q]
    if not shares or not all(0 < one < 1 for one in shares):
        raise ValueError(f"q={q!r}: give shares between 0 and 1, such as 0.5 for the median.")
    return shares


def _cut(seconds: Floats, cause: Ints, span: float | None) -> tuple[Floats, Ints]:
    """Return what is seen within ``span`` seconds of sending: what ended later is still awaited then."""
    if span is None:
        return seconds, cause
    return np.minimum(seconds, span), np.where((cause >= 0) & (seconds > span), 0, cause)


def _denominator(of: str, what: str, unasked: int) -> str:
    if of == "response":
        return f"{what} sent"
    return f"{that_asked(f'accepted {what}', unasked)} {'and' if unasked else 'that'} do not fail"


def _deliveries(frame: pd.DataFrame, end: Ints) -> tuple[Floats, Ints, list[str]]:
    """Return how long each row waited, its cause (1 delivered, 2 failed, 0 pending, below 0 not counted), and notes."""
    if kind(frame) == "receipts":
        raise lacks(
            frame, "latency", "the time of sending by our clock, and the dates in a receipt are the centre's",
            "Ask it of log.messages.",
        )  # fmt: skip
    found = fates(frame, "latency")
    took = elapsed(frame, "delivery_time", "time_sent", "time_final", "latency")
    masks = [found.delivered, found.failed, found.pending, found.unasked]
    cause = np.select(masks, [1, 2, 0, _UNASKED], default=_UNCOUNTED).astype(np.int64)
    seconds, notes = _placed(frame, took, cause, end)
    told = left_out(int((found.outcome == ACCEPTED).sum()), int(found.unasked.sum()))
    return seconds, _counted(seconds, cause), [*filter(None, [told]), *notes, *found.notes]


def _responses(frame: pd.DataFrame, end: Ints) -> tuple[Floats, Ints, list[str]]:
    outcome = outcomes(frame, "latency")
    took = elapsed(frame, "response_time", "time_sent", "time_resp", "latency")
    sent = (outcome >= 0) & (outcome != QUEUED) & (outcome != NOT_SENT)
    cause = np.where(sent, np.where(np.isnan(took), 0, 1), _UNCOUNTED).astype(np.int64)
    seconds, notes = _placed(frame, took, cause, end)
    return seconds, _counted(seconds, cause), notes


def _counted(seconds: Floats, cause: Ints) -> Ints:
    return np.where(np.isnan(seconds) & (cause >= 0), _UNCOUNTED, cause)


def _placed(frame: pd.DataFrame, took: Floats, cause: Ints, end: Ints) -> tuple[Floats, list[str]]:
    """Return durations of what ended and ages of what waits, NaN where unknown, never below 0; and notes."""
    age = np.full(len(frame), np.nan)
    if "time_sent" not in frame.columns and (cause == 0).any():
        raise lacks(frame, "latency", "a column 'time_sent', to know how long what is pending has waited")
    if "time_sent" in frame.columns:
        sent = nanoseconds(frame, "time_sent", "latency")
        age = np.where(sent == NO_TIME, np.nan, np.maximum(end - sent, 0) / 1e9)
    seconds = np.where(cause > 0, took, age)
    counted = cause >= 0
    lost, early = int((counted & np.isnan(seconds)).sum()), int((counted & (seconds < 0)).sum())
    notes = [f"Left out, as the times needed are missing: {lost:,}."] if lost else []
    if early:
        notes.append(f"Ended before they were sent, by their times, and taken as 0 s: {early:,}.")
    return np.maximum(seconds, 0), notes


def _curves(seconds: Floats, cause: Ints, groups: Groups) -> tuple[Curves, Ints]:
    counted = np.flatnonzero(cause >= 0)
    order = groups.order(np.bincount(groups.codes[counted], minlength=len(groups.labels)).astype(np.int64))
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    codes = places[groups.codes[counted]]
    return incidence(seconds[counted], cause[counted], codes, len(order)), order


def _table(
    curves: Curves, cause: Ints, groups: Groups, order: Ints, shares: list[float], of: str
) -> dict[str, Floats | Ints]:
    found = np.stack([curves.quantile(q) for q in shares], axis=1).reshape(-1, 3)
    columns: dict[str, Floats | Ints] = dict(zip(("seconds", "low", "high"), found.T, strict=True))
    named = {"answered": 1, "pending": 0}
    if of == "delivery":
        named = {"delivered": 1, "failed": 2, "pending": 0, "unasked": _UNASKED}
    columns["n"] = np.repeat(groups.tally(cause >= 0)[order], len(shares))
    for name, code in named.items():
        columns[name] = np.repeat(groups.tally(cause == code)[order], len(shares))
    return columns


def _index(labels: "pd.Index[Any]", shares: list[float], by: By) -> "pd.Index[Any]":
    if by is None:
        return pd.Index(shares, name="quantile")
    repeated = labels.repeat(len(shares)).to_frame(index=False)
    levels = [pd.Index(repeated.iloc[:, place]) for place in range(repeated.shape[1])]
    quantiles = pd.Index(np.tile(shares, len(labels)))
    return pd.MultiIndex.from_arrays([*levels, quantiles], names=[*labels.names, "quantile"])


def _curve_table(curves: Curves, labels: "pd.Index[Any]", by: By) -> pd.DataFrame:
    """Return the curves below each other, each thinned to CURVE_POINTS points even in share."""
    *columns, starts = curves
    kept, lengths = np.ones(starts[-1], dtype=np.bool_), np.diff(starts)
    for place in np.flatnonzero(lengths > CURVE_POINTS):
        start, stop = starts[place : place + 2]
        points = _points(curves.cdf[start:stop])
        kept[start:stop] = False
        kept[start + points] = True
        lengths[place] = len(points)
    index = pd.RangeIndex(lengths.sum()) if by is None else labels.repeat(lengths)
    named = zip(Curves._fields, columns, strict=False)
    return pd.DataFrame({name: values[kept] for name, values in named}, index=index)


def _points(cdf: Floats) -> Ints:
    places = np.searchsorted(cdf, np.linspace(cdf[0], cdf[-1], CURVE_POINTS))
    return np.unique(np.concatenate((places, [len(cdf) - 1]))).astype(np.int64)


def _caption(of: str, whole: str, until: str, cause: Ints) -> str:
    waiting, ended, failed = (int((cause == one).sum()) for one in range(3))
    n = waiting + ended + failed
    if of == "response":
        return (
            f"Seconds from sending to the response, of all {whole}; the {waiting:,} not answered are censored at "
            f"the horizon ({until}), not left out (Kaplan–Meier); 95 % intervals; n = {n:,}: {ended:,} answered."
        )
    text = (
        f"Seconds from sending to DELIVERED, of the {whole}; pending ones are censored at "
        f"the horizon ({until}), not left out; 95 % intervals; "
        f"n = {n:,}: {ended:,} delivered, {failed:,} failed, {waiting:,} pending."
    )
    if failed:
        return f"{text} Failures compete (Aalen–Johansen)."
    return f"{text} Kaplan–Meier."
