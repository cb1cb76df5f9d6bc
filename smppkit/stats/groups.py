"""Rows put into groups by columns or by what derives from them; rows without a value form a group of their own."""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd

from smppkit.errors import TableError

from .table import NO_TIME, By, Ints, Mask, column, distinct, lacks, nanoseconds, one_line

DERIVED = ("hour", "weekday", "day", "minute", "status")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Groups(NamedTuple):
    """The group of each row, the label of each group, and whether the labels have an order of their own.

    >>> group(pd.DataFrame({"parts": [2, 1, 2]}), "parts", "errors").codes.tolist()
    [0, 1, 0]
    """

    codes: Ints
    labels: "pd.Index[Any]"
    ordered: bool

    def tally(self, rows: Mask) -> Ints:
        """Return how many of the chosen rows each group has.

        >>> group(pd.DataFrame({"country": ["BE", "FR", "BE"]}), "country", "errors").tally(np.array([True] * 3))
        array([2, 1])
        """
        return np.bincount(self.codes[rows], minlength=len(self.labels)).astype(np.int64)

    def order(self, size: Ints) -> Ints:
        """Return the groups in the order to show them: their own order, or the largest first.

        >>> group(pd.DataFrame({"country": ["FR", "BE", "BE"]}), "country", "errors").order(np.array([1, 2]))
        array([1, 0])
        """
        if self.ordered:
            return np.asarray(self.labels.argsort(), dtype=np.int64)
        return np.argsort(-size, kind="stable").astype(np.int64)


def listed(labels: "pd.Index[Any]", tails: Sequence[str] = (), most: int = 8) -> str:
    """Return the labels of groups, each with its tail if any, as a list to read, cut after ``most``.

    >>> listed(pd.Index(["BE", None, "FR"]), ["2 %", "7 %", "4 %"], most=2)
    'BE 2 %, <NA> 7 % and 1 more'
    """
    parts = [label if isinstance(label, tuple) else (label,) for label in labels[:most]]
    names = [" · ".join(one_line(part) for part in label) for label in parts]
    if tails:
        names = [f"{name} {tail}" for name, tail in zip(names, tails, strict=False)]
    more = f" and {len(labels) - most} more" if len(labels) > most else ""
    return ", ".join(names) + more


def sent_nanoseconds(frame: pd.DataFrame, question: str) -> Ints:
    """Return when each row happened: time_sent, else time_queued, else time; nanoseconds UTC, NO_TIME if unknown.

    >>> sent_nanoseconds(pd.DataFrame({"time_sent": [None, "1970-01-01 00:00:01"]}), "timeline")[1]
    np.int64(1000000000)
    """
    there = [name for name in ("time_sent", "time_queued", "time") if name in frame.columns]
    if not there:
        raise lacks(frame, question, "a column 'time_sent', 'time_queued' or 'time'")
    found = nanoseconds(frame, there[0], question)
    for name in there[1:]:
        found = np.where(found == NO_TIME, nanoseconds(frame, name, question), found)
    return found


def group(frame: pd.DataFrame, by: By, question: str) -> Groups:
    """Return the groups of ``by``: None (one group), a name, or several; a column goes before a derived name.

    Derived names: hour (0 to 23), weekday, day, minute (all of the time of sending, UTC), status (command_status).

    >>> group(pd.DataFrame({"time_sent": ["2026-11-22 12:01"]}), "hour", "errors").labels.tolist()
    [12]
    """
    if by is None:
        return Groups(np.zeros(len(frame), dtype=np.int64), pd.Index(["all"]), ordered=True)
    names = [by] if isinstance(by, str) else list(by)
    if not names:
        raise ValueError("by=[]: name at least one column, or leave by out.")
    parts = [distinct(_key(frame, name, question), question, keep_missing=True) for name in names]
    codes, labels = parts[0]
    labels = labels.rename(names[0])
    if len(parts) > 1:
        codes, labels = _combined(parts, names)
    return Groups(codes, labels, all(_has_order(values) for _, values in parts))


def _combined(parts: "list[tuple[Ints, pd.Index[Any]]]", names: list[str]) -> "tuple[Ints, pd.Index[Any]]":
    """Return the combination of values that each row has, and the combinations there are."""
    codes = parts[0][0]
    for more, values in parts[1:]:
        # numbered anew after each column: the product of all their sizes need not fit into 64 bits
        codes = np.unique(codes * len(values) + more, return_inverse=True)[1].reshape(-1).astype(np.int64)
    first = np.unique(codes, return_index=True)[1]
    found = [values.take(places[first]) for places, values in parts]
    return codes, cast("pd.Index[Any]", pd.MultiIndex.from_arrays(found, names=names))


def _key(frame: pd.DataFrame, name: str, question: str) -> "pd.Series[Any]":
    if name in frame.columns or name not in DERIVED:
        try:
            return column(frame, name, f"{question}(by={one_line(name)!r})")
        except TableError as error:
            raise TableError(f"{error} Derived groups are: {', '.join(DERIVED)}.") from None
    if name == "status":
        return column(frame, "command_status", question).rename("status")
    times = pd.Series(pd.DatetimeIndex(pd.to_datetime(sent_nanoseconds(frame, question), utc=True)), name=name)
    if name in ("day", "minute"):
        return times.dt.floor("D" if name == "day" else "min")
    if name == "hour":
        return times.dt.hour.astype("Int64")
    days = pd.CategoricalDtype(list(_DAYS), ordered=True)
    return times.dt.day_name().astype(days)


def _has_order(values: "pd.Index[Any]") -> bool:
    dtype = values.dtype
    numeric = pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_datetime64_any_dtype(dtype)
    return bool(numeric or (isinstance(dtype, pd.CategoricalDtype) and dtype.ordered))
