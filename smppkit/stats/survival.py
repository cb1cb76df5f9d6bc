"""The estimator behind times to delivery: what is still awaited is censored, what failed is a competing end.

Of the accepted messages that do not fail, the share delivered within t seconds (G) rests on the Aalen-Johansen
estimator:

    S(t)   product over event times of 1 - (delivered + failed) / at risk           (Kaplan-Meier of any end)
    F1(t)  sum of S(t-) * delivered / at risk         share of the accepted delivered within t
    F2(t)  sum of S(t-) * failed / at risk            share of the accepted failed within t
    G(t)   F1(t) / F1(end) * (1 - S(end))             share of those that do not fail delivered within t

What is still pending at the end is taken to be delivered or to fail later than anything seen, in the proportion of
those that have ended. Without failures G is Kaplan-Meier's curve exactly; without pending ones it is the plain
distribution of the delivered. Taking failures for censored instead would shift every quantile (with one failure in
ten the median lands on the 54 % point: a test shows it). Intervals: Greenwood's variance over the hazards of G, on the
log-log scale; of 300 random samples they held the truth 94 to 96 % of the time, 92 % where three in ten failed and a
third was cut off.
scipy.stats.ecdf knows one cause only and takes a second to import; where there is one, a test holds both together.
"""

from typing import NamedTuple

import numpy as np

from .rates import Z
from .table import Floats, Ints


class Curves(NamedTuple):
    """Curves of time to an event, those of all groups one after the other; a place for each distinct time of an event.

    Group g has the places from ``starts[g]`` up to ``starts[g + 1]``. Shares are 0 to 1.

    >>> incidence(np.array([1.0, 2.0]), np.array([1, 2]), np.array([0, 0]), 1).share.tolist()
    [0.5, 0.5]
    """

    seconds: Floats
    at_risk: Ints
    share: Floats  # F1: of all that began
    failed: Floats  # F2
    cdf: Floats  # G: of those that do not fail
    low: Floats
    high: Floats
    starts: Ints

    def quantile(self, q: float) -> Floats:
        """Return when each ``cdf`` reaches ``q``, and both ends of its 95 % interval; NaN where it is not reached.

        float64[groups, 3].

        >>> incidence(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0]), np.zeros(3, int), 1).quantile(0.5)[:, 0]
        array([2.])
        """
        return np.stack([self._first(rising, q) for rising in (self.cdf, self.high, self.low)], axis=1)

    def _first(self, rising: Floats, q: float) -> Floats:
        below = np.concatenate(([0], np.cumsum(rising < q - 1e-12)))
        places = self.starts[:-1] + np.diff(below[self.starts])
        return np.where(places < self.starts[1:], np.append(self.seconds, np.nan)[places], np.nan)


def incidence(seconds: Floats, cause: Ints, codes: Ints, groups: int) -> Curves:
    """Return the curves of durations ended by ``cause`` 1 (the event), 2 (the competing end) or 0 (still awaited).

    ``seconds`` float64[n] without NaN, ``cause`` int[n], ``codes`` int[n] the group of each, below ``groups``.

    >>> curves = incidence(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 2, 1, 1]), np.zeros(4, int), 1)
    >>> curves.cdf.round(3).tolist()
    [0.333, 0.333, 0.667, 1.0]
    """
    order = np.lexsort((seconds, codes))
    seconds, cause, codes = seconds[order], cause[order], codes[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (seconds[1:] != seconds[:-1]) | (codes[1:] != codes[:-1])
    first = np.flatnonzero(new)
    won, lost = (np.add.reduceat(cause == wanted, first, dtype=np.int64) for wanted in (1, 2))
    events = won + lost > 0  # the others change nothing
    first, won, lost = first[events], won[events], lost[events]
    at_risk = np.cumsum(np.bincount(codes, minlength=groups))[codes[first]] - first
    starts = np.concatenate(([0], np.cumsum(np.bincount(codes[first], minlength=groups)))).astype(np.int64)
    share, failed, cdf, low, high = _estimated(at_risk, won, lost, starts)
    return Curves(seconds[first], at_risk, share, failed, cdf, low, high, starts)


def _estimated(at_risk: Ints, won: Ints, lost: Ints, starts: Ints) -> Floats:
    """Return F1, F2, G and both ends of its band, a row each.

    Groups of about the same length are computed as one table, filled up with times at which nothing happens: sums that
    ran through all groups would lose digits to the groups before.
    """
    found = np.empty((5, starts[-1]))
    lengths = np.diff(starts)
    sizes = np.frexp(lengths)[1]
    for size in np.unique(sizes[lengths > 0]):
        members = np.flatnonzero(sizes == size)
        steps = np.arange(lengths[members].max())
        inside = steps < lengths[members, None]
        places = np.where(inside, starts[members, None] + steps, 0)
        filled = [np.where(inside, values[places], filler) for values, filler in ((at_risk, 1), (won, 0), (lost, 0))]
        found[:, places[inside]] = [values[inside] for values in _rows(*filled)]
    return found


def _rows(at_risk: Ints, won: Ints, lost: Ints) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    waiting = np.cumprod(1 - (won + lost) / at_risk, axis=1, dtype=np.float64)
    before = _shifted(waiting, 1.0)
    share, failed = np.cumsum(before * won / at_risk, axis=1), np.cumsum(before * lost / at_risk, axis=1)
    ended, whole = 1 - waiting[:, -1:], share[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        cdf = np.where(whole > 0, np.clip(share * (ended / whole), 0, 1), share)
    return share, failed, cdf, *_band(cdf, won)


def _shifted(values: Floats, start: float) -> Floats:
    """Return what each row had one place before, ``start`` at the first."""
    return np.concatenate((np.full((len(values), 1), start), values[:, :-1]), axis=1)


def _band(cdf: Floats, events: Ints) -> tuple[Floats, Floats]:
    before = _shifted(cdf, 0.0)
    left = np.where(1 - cdf < 1e-12, 0.0, 1 - cdf)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(events > 0, (cdf - before) / (1 - before), 0.0)
        terms = np.where((events > 0) & (left > 0), hazard**2 / (events * (1 - hazard)), 0.0)
        spread = Z * np.sqrt(np.cumsum(terms, axis=1)) / np.abs(np.log(left))
        low, high = 1 - left ** np.exp(-spread), 1 - left ** np.exp(spread)
    inside = (cdf > 0) & (left > 0)
    low, high = np.where(inside, low, 0.0), np.where(inside, high, 0.0)
    # where all are delivered the variance is undefined: the last lower end stays, the upper is 1
    high = np.where(left > 0, high, 1.0)
    return np.maximum.accumulate(low, axis=1), np.maximum.accumulate(high, axis=1)
