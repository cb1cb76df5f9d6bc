"""Columns of any DataFrame read as arrays, and the sentence that says what a table lacks.

When observation ended is told by a column ``observed_until``, row by row, which concat, filters and every file keep;
where it tells nothing, by the hint of that name. Two hints that whoever made the table may leave in
``DataFrame.attrs`` are used when they are there: ``observed_until`` (ISO 8601 text; else the latest time in the table
counts) and ``status_names`` (mapping of command_status, as number or text, to its name).
"""

from collections.abc import Sequence
from math import isnan
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from smppkit.errors import TableError
from smppkit.html import visible

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
By = str | Sequence[str] | None

NO_TIME = np.iinfo(np.int64).min
TIMES = ("time_queued", "time_sent", "time_resp", "time_final", "time")
OBSERVED = "observed_until"
UNITS = {"pdus": "PDUs", "inbox": "inbound messages"}


def nothing(value: object) -> bool:
    """Tell whether a single value is None, NaN, NA or NaT.

    >>> nothing(float("nan")), nothing([]), nothing("")
    (True, False, False)
    """
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and isnan(value))


def whole(value: object) -> int | None:
    """Return a whole number that is given as such, or as text, decimal or with 0x; None for anything else.

    >>> whole(88.0), whole(" 0X58 "), whole("88"), whole("ESME_ROK"), whole(0.5)
    (88, 88, 88, None, None)
    """
    text = str(value).strip().lower()
    try:
        if text.startswith("0x"):
            return int(text, 16)
        number = float(text)
        return int(number) if number.is_integer() else None
    except ValueError:
        return None


def one_line(value: object, limit: int | None = 40) -> str:
    """Return a label for one line: steering characters, tabs and line breaks as escapes, cut after ``limit``.

    >>> one_line("a\\nb\\x1b[31m"), one_line(None), one_line("long", 3)
    ('a\\\\nb\\\\x1b[31m', '<NA>', 'lo…')
    """
    if nothing(value):
        return "<NA>"  # not NA: that is Namibia
    # half a surrogate pair can be in a str, but neither be printed nor sent to a notebook
    text = visible(str(value), limit).encode("utf-8", "backslashreplace").decode("utf-8")
    return shorten(text.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r"), limit)


def shorten(text: str, limit: int | None) -> str:
    """Return ``text`` in at most ``limit`` characters, the last of them an ellipsis if it was cut.

    >>> shorten("abcdef", 4)
    'abc…'
    """
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def kind(frame: pd.DataFrame) -> str:
    """Return which table this is, by its columns: messages, parts, receipts, pdus, inbox, events or rows.

    >>> kind(pd.DataFrame(columns=["time", "command", "direction"]))
    'pdus'
    """
    names = set(frame.columns)
    marks: tuple[tuple[str, tuple[str, ...]], ...] = (
        ("pdus", ("command", "command_id")),
        ("receipts", ("matched_by", "receipt_stat", "message_state")),
        ("events", ("from_state", "to_state")),
        ("inbox", ("parts_seen", "route")),
        ("parts", ("part",)),
        ("messages", ("outcome", "state", "command_status")),
    )
    if "outcome" in names:
        marks = marks[-2:]
    return next((found for found, columns in marks if names.intersection(columns)), "rows")


def unit(frame: pd.DataFrame) -> str:
    """Return what one row of the table is, in the plural.

    >>> unit(pd.DataFrame(columns=["outcome", "state"]))
    'messages'
    """
    found = kind(frame)
    return UNITS.get(found, found)


def lacks(frame: pd.DataFrame, question: str, wanted: str, advice: str = "") -> TableError:
    """Return the error that says what ``question`` wants, which columns there are, and what to do.

    >>> print(lacks(pd.DataFrame({"to": ["1"]}), "funnel", "a column 'outcome'"))
    funnel needs a column 'outcome'; this table of rows has: 'to'. Ask log.messages, or rename the column that holds it.
    """
    shown = [repr(one_line(name)) for name in frame.columns[:40]]
    more = f" and {len(frame.columns) - 40} more" if len(frame.columns) > 40 else ""
    advice = advice or "Ask log.messages, or rename the column that holds it."
    return TableError(
        f"{question} needs {wanted}; this table of {unit(frame)} has: {', '.join(shown) or 'no columns'}{more}. "
        f"{advice}"
    )


def column(frame: pd.DataFrame, name: str, question: str) -> "pd.Series[Any]":
    """Return the column ``name``, or raise TableError in the name of ``question``.

    >>> column(pd.DataFrame({"state": ["DELIVERED"]}), "state", "funnel").tolist()
    ['DELIVERED']
    """
    if name not in frame.columns:
        raise lacks(frame, question, f"a column {one_line(name)!r}")
    found = frame[name]
    if isinstance(found, pd.DataFrame):
        raise TableError(
            f"{question}: the column {one_line(name)!r} is there {found.shape[1]} times; keep one of them."
        )
    return found


def nanoseconds(frame: pd.DataFrame, name: str, question: str) -> Ints:
    """Return a column of times as nanoseconds since 1970 UTC, NO_TIME where there is none.

    Times without a zone are taken as UTC; text must be ISO 8601. An absent column is a TableError.

    >>> nanoseconds(pd.DataFrame({"time_sent": ["1970-01-01 00:00:02", None]}), "time_sent", "timeline")[0]
    np.int64(2000000000)
    """
    values = column(frame, name, question)
    if values.isna().all():
        return np.full(len(values), NO_TIME, dtype=np.int64)
    if pd.api.types.is_numeric_dtype(values.dtype):
        raise TableError(
            f"{question}: the column {name!r} holds numbers, not times; convert it with pandas.to_datetime(…, unit=…)."
        )
    textual = not pd.api.types.is_datetime64_any_dtype(values.dtype)
    try:
        times = pd.DatetimeIndex(pd.to_datetime(values, utc=True, format="ISO8601" if textual else None))
        return np.asarray(times.as_unit("ns").asi8, dtype=np.int64)
    except (ValueError, TypeError) as error:
        raise TableError(
            f"{question}: the column {name!r} holds what is no time ({one_line(error, 120)}); give ISO 8601 text or "
            "datetime64 between the years 1678 and 2262."
        ) from None


def seconds(frame: pd.DataFrame, name: str, question: str) -> Floats:
    """Return a column of durations (seconds, or timedelta64) as float64 seconds, NaN where there is none.

    >>> seconds(pd.DataFrame({"response_time": ["0.5", None]}), "response_time", "latency")
    array([0.5, nan])
    """
    values = column(frame, name, question)
    if pd.api.types.is_timedelta64_dtype(values.dtype):
        return np.asarray(values.dt.total_seconds(), dtype=np.float64)
    try:
        return np.asarray(pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise TableError(
            f"{question}: the column {name!r} holds what is no duration in seconds ({one_line(error, 120)})."
        ) from None


def elapsed(frame: pd.DataFrame, duration: str, start: str, stop: str, question: str) -> Floats:
    """Return the column ``duration``, completed by ``stop`` - ``start`` where it has nothing; seconds, NaN if unknown.

    >>> elapsed(pd.DataFrame({"delivery_time": [4.0]}), "delivery_time", "time_sent", "time_final", "latency")
    array([4.])
    """
    pair = start in frame.columns and stop in frame.columns
    if not pair and duration not in frame.columns:
        wanted = f"a column {duration!r}, or both {start!r} and {stop!r}"
        raise lacks(frame, question, wanted)
    found = seconds(frame, duration, question) if duration in frame.columns else np.full(len(frame), np.nan)
    if pair:
        began, ended = nanoseconds(frame, start, question), nanoseconds(frame, stop, question)
        between = np.where((began != NO_TIME) & (ended != NO_TIME), (ended - began) / 1e9, np.nan)
        found = np.where(np.isnan(found), between, found)
    return found


class End(NamedTuple):
    """When observation ended: of each row, in nanoseconds since 1970 UTC (NO_TIME if unknown), and of all in words.

    ``told`` adds to the words where they are but the latest time in the table, which nobody said was the end.

    >>> observed_until(pd.DataFrame({"time_sent": ["1970-01-01 00:00:02"]}), "timeline").told
    '1970-01-01 00:00:02 UTC (the latest time in the table)'
    """

    rows: Ints
    words: str
    told: str


def observed_until(frame: pd.DataFrame, question: str) -> End:
    """Return when observation of each row ended: by its column, else the hint in attrs, else the latest time there is.

    >>> observed_until(pd.DataFrame({"observed_until": ["1970-01-01 00:00:02"]}), "timeline").rows
    array([2000000000])
    """
    times = [nanoseconds(frame, name, question).max() for name in TIMES if name in frame.columns and len(frame)]
    latest = int(max(times, default=NO_TIME))
    hint = frame.attrs.get(OBSERVED)
    if hint is not None:
        moment = pd.Timestamp(hint)
        moment = moment.tz_localize("UTC") if moment.tzinfo is None else moment
        latest = max(latest, int(moment.as_unit("ns").value))
    ends = nanoseconds(frame, OBSERVED, question) if OBSERVED in frame.columns else np.full(len(frame), NO_TIME)
    guessed = hint is None and bool((ends == NO_TIME).any()) and latest != NO_TIME
    ends = np.where(ends == NO_TIME, latest, ends)
    first, last = (int(ends.min()), int(ends.max())) if len(ends) else (latest, latest)
    words = clock(last) if first == last else f"{clock(first)} to {clock(last)}, each row its own"
    return End(ends, words, f"{words} (the latest time in the table)" if guessed else words)


class Codes(NamedTuple):
    """Each row's place in a short list of values: ``codes[row]`` indexes ``values``, -1 where the row has none.

    >>> factorize(pd.Series(["x", "y"]), "errors").values
    ['x', 'y']
    """

    codes: Ints
    values: list[object]


def factorize(values: "pd.Series[Any]", question: str) -> Codes:
    """Return the distinct values of a column and where each row stands among them.

    >>> factorize(pd.Series(["x", None, "x"]), "errors")
    Codes(codes=array([ 0, -1,  0]), values=['x'])
    """
    codes, found = distinct(values, question)
    return Codes(codes, list(found))


def distinct(values: "pd.Series[Any]", question: str, *, keep_missing: bool = False) -> "tuple[Ints, pd.Index[Any]]":
    """Return the place of each row among the distinct values, and these; what is missing is -1, or a value of its own.

    >>> distinct(pd.Series([3, 1, 3]), "errors")[0]
    array([0, 1, 0])
    """
    try:
        codes, found = pd.factorize(values, use_na_sentinel=not keep_missing)
    except TypeError:
        raise TableError(
            f"{question}: the column {one_line(values.name)!r} holds lists or other values that cannot be grouped."
        ) from None
    return np.asarray(codes, dtype=np.int64), pd.Index(found)


def clock(nanosecond: int) -> str:
    """Return a time as people read it.

    >>> clock(2_000_000_000), clock(NO_TIME)
    ('1970-01-01 00:00:02 UTC', 'unknown')
    """
    if nanosecond == NO_TIME:
        return "unknown"
    return f"{pd.Timestamp(nanosecond, tz='UTC'):%Y-%m-%d %H:%M:%S} UTC"


def duration_seconds(value: object, name: str) -> float:
    """Return a span as seconds: a number of seconds, text such as "10s" or "5min", or a timedelta. ValueError if none.

    >>> duration_seconds("5min", "horizon"), duration_seconds(2, "horizon")
    (300.0, 2.0)
    """
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, np.timedelta64)
    bare = isinstance(value, str) and value.strip().replace(".", "", 1).isdigit()
    if isinstance(value, str) and value[-1:] == "d":
        value = f"{value[:-1]}D"  # the letter that pandas will go on reading
    try:
        # pandas would take a bare number for nanoseconds, which nobody means
        span = float("nan") if bare else float(value) if number else pd.Timedelta(value).total_seconds()  # type: ignore[arg-type]
    except (ValueError, TypeError):
        span = float("nan")
    if not 0 < span < float("inf"):
        raise ValueError(f"{name}={one_line(value)!r}: give a time above 0, such as '10s', '5min' or a timedelta.")
    return float(span)


def span_text(span: float) -> str:
    """Return a span of seconds as people say it.

    >>> span_text(10), span_text(300), span_text(259200)
    ('10 s', '5 min', '3 d')
    """
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if span >= size and span % size == 0:
            return f"{span / size:g} {name}"
    return f"{span:g} s"
