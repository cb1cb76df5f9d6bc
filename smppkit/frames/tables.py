"""The tables of the fold as DataFrames: messages, parts, receipts, inbox, events, each column with its one dtype."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa

from ..fold.table import Column, Table
from ..journal.hiding import Hidden
from ..journal.log import Link
from . import arrays
from .countries import countries
from .kinds import ENCODINGS, NAMES

# What a row can never lack: int64 there, Int64 elsewhere.
_SURE = MappingProxyType(
    {
        "messages": ("msg_id", "parts", "attempts"),
        "parts": ("msg_id", "part", "attempt", "sequence_number"),
        "receipts": (),
        "inbox": ("parts", "parts_seen"),
        "events": (),
    }
)

COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "messages": (
            *("msg_id", "time_queued", "time_sent", "time_resp", "sender", "destination", "text", "encoding", "parts"),
            *("tag", "outcome", "command_status", "message_id", "state", "final", "time_final", "response_time"),
            *("delivery_time", "err", "network_error", "country", "attempts", "possible_duplicate"),
            "registered_delivery",
        ),
        "parts": (
            *("msg_id", "part", "attempt", "link", "sequence_number", "destination", "time_sent", "time_resp"),
            *("command_status", "message_id", "outcome", "late"),
        ),
        "receipts": (
            *("time", "link", "msg_id", "part", "receipt_id", "receipt_sub", "receipt_dlvrd", "receipt_submit_date"),
            *("receipt_done_date", "receipt_stat", "receipt_err", "receipt_text", "message_state", "network_error"),
            *("matched_by", "raw"),
        ),
        "inbox": (
            *("time", "link", "source", "destination", "text", "encoding", "parts", "parts_seen", "complete", "route"),
            "raw",
        ),
        "events": ("time", "link", "from_state", "to_state", "reason", "detail"),
    }
)
"""The columns of every table of the fold, in order."""


def frame_of(name: str, table: Table, links: Sequence[Link]) -> pd.DataFrame:
    """Return the frame of one table of the fold.

    Times are datetime64[ns, UTC], durations float64 seconds, texts ``str``, whole numbers int64 (Int64 where a row can
    lack one), enumerations categories, octets ArrowDtype(binary).

    >>> from smppkit.fold.fold import Fold
    >>> from smppkit.journal.memory import MemoryLog
    >>> frame_of("inbox", Fold(MemoryLog()).table("inbox"), [])["parts"].dtype
    dtype('int64')
    """
    sure = _SURE[name]
    made = {column: _array(column, data, column in sure, links) for column, data in table.items()}
    if name == "messages":
        made["country"] = countries(made["destination"])
    return pd.DataFrame({column: made[column] for column in COLUMNS[name]}, copy=False)


def shown(frame: pd.DataFrame, hidden: Hidden) -> pd.DataFrame:
    """Return the rows of a frame that are not hidden; they keep their labels, which are numbers of rows.

    >>> shown(pd.DataFrame({"text": ["a", "b", "c"]}), Hidden(1, frozenset([2])))["text"].tolist()
    ['b']
    """
    if not hidden:
        return frame
    labels = frame.index.to_numpy()
    return frame[(labels >= hidden.until) & ~np.isin(labels, list(hidden.rows))]


def _array(name: str, column: Column, sure: bool, links: Sequence[Link]) -> arrays.Array:
    if column.kind == "int" and sure:
        return column.values
    if column.kind == "link":
        return arrays.picked([link.name for link in links], np.asarray(column.values))
    if column.kind == "encoding":
        return arrays.names(np.asarray(column.values), ENCODINGS)
    if column.kind == "name":
        return _named(name, column)
    return _BY_KIND[column.kind](column)


def _named(name: str, column: Column) -> arrays.Array:
    """The categories of ``kinds``: a name that is none of them (the empty one of an orphan) is absent."""
    known = NAMES[name]
    places = np.array([*(known.index(word) if word in known else -1 for word in column.names), -1])
    return arrays.names(places[np.asarray(column.values)], known)


def _strings(column: Column) -> pa.LargeStringArray:
    bitmap = None if column.valid is None else np.packbits(column.valid, bitorder="little")
    nulls = 0 if column.valid is None else column.rows - int(np.count_nonzero(column.valid))
    return arrays.strings(column.values, column.offsets, bitmap, nulls, column.rows)


def _integers(column: Column) -> arrays.Array:
    return arrays.integers(np.asarray(column.values), None if column.valid is None else ~column.present())


_BY_KIND: Mapping[str, Callable[[Column], arrays.Array]] = MappingProxyType(
    {
        "int": _integers,
        "bool": lambda column: np.asarray(column.values).view(np.bool_),
        "float": lambda column: column.values,
        "time": lambda column: arrays.times(np.asarray(column.values)),
        "text": lambda column: arrays.text([_strings(column)]),
        "octets": lambda column: arrays.octets([_strings(column).view(pa.large_binary())]),
    }
)
