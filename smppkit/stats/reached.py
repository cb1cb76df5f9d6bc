"""The sentence that says how far a curve came where it did not reach a quantile that was asked for."""

from math import floor
from typing import Any

import numpy as np
import pandas as pd

from .answer import figure, percent
from .asked import NO_REQUEST
from .groups import listed
from .survival import Curves
from .table import Floats, Ints

_MOST = 5  # groups that are named


def reached(
    curves: Curves, labels: "pd.Index[Any] | None", n: Ints, unasked: Ints, shares: list[float], word: str
) -> str:
    """Return what was reached where a share of ``shares`` was not, "" if all were; ``labels`` None for one curve alone.

    ``n`` and ``unasked`` hold the counts of each curve; ``word`` is what happens at its end, "delivered" or "answered".

    >>> from smppkit.stats.survival import incidence
    >>> curve = incidence(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 0, 0, 0]), np.zeros(4, int), 1)
    >>> reached(curve, None, np.array([4]), np.array([0]), [0.2, 0.5, 0.9], "delivered")
    'Not reached: 50 %, 90 %; the largest share seen delivered is 25.0 %, 1 s after sending.'
    """
    silent = (n == 0) & (unasked > 0)
    if labels is None:
        return f"Not measurable: {NO_REQUEST}." if silent.any() else _alone(curves, shares, word) if n.any() else ""
    text = [f"Not measurable ({NO_REQUEST}): {listed(labels[silent])}."] if silent.any() else []
    short = np.isnan(curves.quantile(max(shares))[:, 0]) & (n > 0)
    if short.any():
        pairs = [curves.starts[place : place + 2] for place in np.flatnonzero(short)[:_MOST]]
        tops = [_top(curves.cdf[start:stop]) for start, stop in pairs]
        text.append(f"Not all reached; the largest share seen {word}: {listed(labels[short], tops, most=_MOST)}.")
    return " ".join(text)


def _alone(curve: Curves, shares: list[float], word: str) -> str:
    missed = ", ".join(f"{100 * q:g} %" for q in shares if np.isnan(curve.quantile(q)[0, 0]))
    if not missed:
        return ""
    if not len(curve.cdf) or curve.cdf[-1] == 0:
        return f"Not reached: {missed}; none was seen {word}."
    when = curve.seconds[np.searchsorted(curve.cdf, curve.cdf[-1])]
    return f"Not reached: {missed}; the largest share seen {word} is {_top(curve.cdf)}, {figure(when)} s after sending."


def _top(cdf: Floats) -> str:
    top = float(cdf[-1]) if len(cdf) else 0.0
    # rounded down, so that what was not reached is not said to be
    return percent(floor(1000 * top + 1e-6) / 1000 if top >= 0.001 else top)
