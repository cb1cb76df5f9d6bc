"""The accessor ``.smpp`` of pandas: the questions, asked of a DataFrame."""

from collections.abc import Sequence

import pandas as pd

from . import errors as _errors
from . import funnel as _funnel
from . import latency as _latency
from . import rates as _rates
from . import timeline as _timeline
from .answer import Answer
from .table import By


@pd.api.extensions.register_dataframe_accessor("smpp")
class Questions:
    """Questions about SMPP traffic, asked of any DataFrame that has the columns of ``messages`` they need.

    Each answer is an :class:`Answer`: a DataFrame with a caption that names its denominator and horizon. What a table
    lacks is said by a TableError. ``parts``, ``receipts`` and ``pdus`` answer the questions that make sense of them.
    Words are read whatever their case, times without a zone as UTC, so that a CSV file serves as well.

    When observation ended is told by a column ``observed_until``, row by row, where the table has one, else by
    ``attrs["observed_until"]``, as tables of logs have it; else the latest time counts, and the caption says so. As
    attrs are lost where tables are joined or saved as csv or xlsx, make the column of them first:
    ``table.assign(observed_until=table.attrs["observed_until"])``.

    >>> table = pd.DataFrame({"outcome": ["accepted"] * 2, "state": ["DELIVERED", "EXPIRED"]})
    >>> table.smpp.delivery_rate()["rate"].tolist()
    [0.5]
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        """Keep the table; nothing is read before a question is asked."""
        self._frame = frame

    def __repr__(self) -> str:
        """Name the questions."""
        return "Ask .delivery_rate(by=, horizon=), .latency(q=, by=, of=), .errors(by=), .timeline(every), .funnel()"

    def delivery_rate(self, by: By = None, horizon: object = None) -> Answer:
        """Return delivered / accepted by group; see :func:`smppkit.stats.rates.delivery_rate`.

        >>> pd.DataFrame({"outcome": ["accepted"], "state": ["DELIVERED"]}).smpp.delivery_rate()["n"].tolist()
        [1]
        """
        return _rates.delivery_rate(self._frame, by, horizon)

    def latency(
        self,
        q: float | Sequence[float] = (0.5, 0.9, 0.95, 0.99),
        by: By = None,
        of: str = "delivery",
        horizon: object = None,
    ) -> Answer:
        """Return quantiles of the time to "delivery" or "response"; see :func:`smppkit.stats.latency.latency`.

        >>> table = pd.DataFrame({"outcome": "accepted", "response_time": [0.1, 0.2, 0.4]})
        >>> table.smpp.latency(0.5, of="response")["seconds"].tolist()
        [0.2]
        """
        return _latency.latency(self._frame, q, by, of, horizon)

    def errors(self, by: By = None) -> Answer:
        """Return what went wrong, the commonest first; see :func:`smppkit.stats.errors.errors`.

        >>> pd.DataFrame({"outcome": ["accepted"], "state": ["EXPIRED"]}).smpp.errors()["error"].tolist()
        ['EXPIRED']
        """
        return _errors.errors(self._frame, by)

    def timeline(self, every: object = "1min") -> Answer:
        """Return counts per interval of time; see :func:`smppkit.stats.timeline.timeline`.

        >>> pd.DataFrame({"time": ["2026-11-22"], "command": ["unbind"]}).smpp.timeline("1h")["unbind"].tolist()
        [1]
        """
        return _timeline.timeline(self._frame, every)

    def funnel(self) -> Answer:
        """Return how many came through each step; see :func:`smppkit.stats.funnel.funnel`.

        >>> pd.DataFrame({"outcome": ["accepted", "queued"]}).smpp.funnel()["waiting"].tolist()
        [0, 1, 0, 0]
        """
        return _funnel.funnel(self._frame)
