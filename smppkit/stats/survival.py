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
import numpy.typing as npt

from .rates import Z
from .table import Floats, Ints


class Curve(NamedTuple):
    """A curve of time to an event; one place for each distinct time of an event. Shares are 0 to 1.

    >>> incidence(np.array([1.0, 2.0]), np.array([1, 2])).share.tolist()
    [0.5, 0.5]
    """

    seconds: Floats
    at_risk: Ints
    share: Floats  # F1: of all that began
    failed: Floats  # F2
    cdf: Floats  # G: of those that do not fail
    low: Floats
    high: Floats

    def take(self, places: npt.NDArray[np.intp] | Ints) -> "Curve":
        """Return the curve at some of its places only.

        >>> incidence(np.array([1.0, 2.0]), np.array([1, 1])).take(np.array([1])).seconds
        array([2.])
        """
        seconds, at_risk, *shares = self
        return Curve(seconds[places], at_risk[places], *(values[places] for values in shares))

    def quantile(self, q: float) -> tuple[float, float, float]:
        """Return when ``cdf`` reaches ``q``, and both ends of its 95 % interval; NaN where it is not reached.

        >>> incidence(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 0])).quantile(0.5)[0]
        2.0
        """
        return _first(self.seconds, self.cdf, q), _first(self.seconds, self.high, q), _first(self.seconds, self.low, q)


def incidence(seconds: Floats, cause: Ints) -> Curve:
    """Return the curve of durations ended by ``cause`` 1 (the event), 2 (the competing end) or 0 (still awaited).

    ``seconds`` float64[n] without NaN, ``cause`` int[n].

    >>> incidence(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1, 2, 1, 1])).cdf.round(3).tolist()
    [0.333, 0.333, 0.667, 1.0]
    """
    order = np.argsort(seconds, kind="stable")
    seconds, cause = seconds[order], cause[order]
    times, first = np.unique(seconds, return_index=True)
    if not len(times):
        none = np.empty(0)
        return Curve(none, first.astype(np.int64), none, none, none, none, none)
    at_risk = (len(seconds) - first).astype(np.int64)
    won, lost = (np.add.reduceat(cause == wanted, first, dtype=np.int64) for wanted in (1, 2))
    waiting = np.cumprod(1 - (won + lost) / at_risk)
    before = np.concatenate(([1.0], waiting[:-1]))
    share, failed = np.cumsum(before * won / at_risk), np.cumsum(before * lost / at_risk)
    ended = 1 - waiting[-1]
    cdf = np.clip(share * (ended / share[-1]), 0, 1) if share[-1] > 0 else share
    low, high = _band(cdf, won)
    return Curve(times, at_risk, share, failed, cdf, low, high).take(np.flatnonzero(won + lost))


def _band(cdf: Floats, events: Ints) -> tuple[Floats, Floats]:
    before = np.concatenate(([0.0], cdf[:-1]))
    left = np.where(1 - cdf < 1e-12, 0.0, 1 - cdf)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(events > 0, (cdf - before) / (1 - before), 0.0)
        terms = np.where((events > 0) & (left > 0), hazard**2 / (events * (1 - hazard)), 0.0)
        spread = Z * np.sqrt(np.cumsum(terms)) / np.abs(np.log(left))
        low, high = 1 - left ** np.exp(-spread), 1 - left ** np.exp(spread)
    inside = (cdf > 0) & (left > 0)
    low, high = np.where(inside, low, 0.0), np.where(inside, high, 0.0)
    # where all are delivered the variance is undefined: the last lower end stays, the upper is 1
    high = np.where(left > 0, high, 1.0)
    return np.maximum.accumulate(low), np.maximum.accumulate(high)


def _first(seconds: Floats, rising: Floats, q: float) -> float:
    place = int(np.searchsorted(rising, q - 1e-12))
    return float(seconds[place]) if place < len(seconds) else float("nan")
