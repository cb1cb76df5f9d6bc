"""Columns of somebody's tables as the fold takes them: ids and numbers as text, times with how exact they are."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import TableError
from ..fold.matching import step_of
from ..fold.table import UNKNOWN_TIME, Column
from .texts import LARGE, no_text

_DATE = r"^\s*\d{4}\D?\d{1,2}\D?\d{1,2}"
_ZONE = r"\s*(Z|z|[+-][\d:]+)?\s*$"
# How exact a time is by the way it is written, in nanoseconds.
_WRITTEN = (
    (_DATE + r"\s*$", 24 * 3_600_000_000_000),
    (_DATE + r"[Tt ]\d{1,2}" + _ZONE, 3_600_000_000_000),
    (_DATE + r"[Tt ](\d{1,2}:\d{1,2}|\d{4})" + _ZONE, 60_000_000_000),
    (_DATE + r"[Tt ](\d{1,2}:\d{1,2}:\d{1,2}|\d{6})" + _ZONE, 1_000_000_000),
)
# Nanoseconds reach from 1677 to 2262: exports write what is further away for "none" or "never".
_EARLIEST, _LATEST = (pd.Timestamp(date, tz="UTC") for date in ("1678-01-01", "2262-01-01"))


class Moments(NamedTuple):
    """Times in nanoseconds since 1970, how exact each is, and how many cells hold something that is no time.

    >>> moments(pd.Series(["2026-01-01 10:12", "2026-01-02", "-", None])).unread
    1
    """

    time: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    unread: int


def moments(column: "pd.Series[Any]") -> Moments | None:
    """Return the times of a column, taken in ISO 8601 where it holds text; None where most of its cells are no times.

    A time is as exact as it is written, and as all times of the column are: a date means any time of that day.

    >>> (moments(pd.Series(["2026-01-01"])).step // 1_000_000_000).tolist(), moments(pd.Series(["22/11"]))
    ([86400], None)
    """
    there = int(column.notna().sum())
    written: npt.NDArray[np.int64] | int = 1
    if pd.api.types.is_datetime64_any_dtype(column.dtype) and not pa.types.is_date(_arrow(column)):
        times = pd.to_datetime(column, utc=True)
        wall = _nanoseconds(pd.to_datetime(column.dt.tz_localize(None), utc=True))
    else:
        try:
            strings = column.astype("str")
        except (ValueError, TypeError):  # half a character, or objects that have no text
            return None
        times = pd.to_datetime(strings, utc=True, format="ISO8601", errors="coerce")
        data = pa.array(strings, LARGE)
        dated = pc.match_substring_regex(data, _DATE).fill_null(False)
        times = times.mask(~np.asarray(dated))  # a year alone, or "today", is no time
        written, wall = _written(data), _nanoseconds(times)
    found = _nanoseconds(times)
    known = int((found != UNKNOWN_TIME).sum())
    if 2 * known <= there and known < there:
        return None
    step = np.maximum(np.full(len(found), step_of(wall)), written)
    return Moments(found, step, there - known)


def _arrow(column: "pd.Series[Any]") -> pa.DataType:
    return getattr(column.dtype, "pyarrow_dtype", pa.null())


def _nanoseconds(times: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    inside = (times >= _EARLIEST) & (times < _LATEST)
    plain = times.mask(~inside).dt.tz_localize(None)
    found: npt.NDArray[np.int64] = plain.to_numpy("datetime64[ns]").view(np.int64)
    return found


def _written(data: pa.Array) -> npt.NDArray[np.int64]:
    """How exact each text is, in nanoseconds."""
    step = np.ones(len(data), np.int64)
    for pattern, exact in _WRITTEN:
        step[np.asarray(pc.match_substring_regex(data, pattern).fill_null(False))] = exact
    return step


def texts(column: "pd.Series[Any]") -> Column:
    """Return a column of ids or numbers as UTF-8 and offsets.

    Raises TableError, naming the column, where it holds what no id can be: floating-point numbers, half a character.

    >>> texts(pd.Series(["4D", None], name="MsgId")).to_list()
    ['4D', None]
    """
    try:
        data = pa.array(column if isinstance(column.dtype, pd.StringDtype) else _strings(column), LARGE)
    except UnicodeEncodeError as error:
        raise no_text(column.name, error) from None
    if isinstance(data, pa.ChunkedArray):
        data = data.combine_chunks()
    valid, offsets, octets = data.buffers()
    return Column(
        "text",
        b"" if octets is None else octets.to_pybytes(),
        np.frombuffer(offsets, np.int64)[data.offset : data.offset + len(data) + 1],
        None if valid is None else np.asarray(data.is_valid()).astype(np.uint8),
    )


def _strings(column: "pd.Series[Any]") -> list[str | None]:
    given = column.astype(object)
    there = given.notna()
    if any(issubclass(kind, float | np.floating) for kind in {*map(type, given[there].tolist())}):
        raise TableError(
            f"column {column.name!r} holds floating-point numbers: ids were damaged when the table was read; "
            "read it with sk.read, which keeps them as text"
        )
    return [str(value) if known else None for value, known in zip(given, there, strict=True)]
