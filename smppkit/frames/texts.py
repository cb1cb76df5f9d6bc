"""Any column to texts and back by its kind: what a file without types holds."""

import json
import re
from collections.abc import Callable, Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import TableError
from ..journal.log import UNKNOWN_TIME
from . import arrays, kinds

LARGE = pa.large_string()
_INEXACT = (float, complex, np.inexact)
_WHOLE_NUMBER = "^-?[0-9]{1,19}$"
_HEX = "^([0-9a-f]{2})*$"


def arrows(table: pd.DataFrame) -> dict[str, pa.ChunkedArray]:
    """Return each column as ``arrow`` does; TableError for one with a str that is no text.

    >>> arrows(pd.DataFrame({"id": ["7"]}))["id"].to_pylist()
    ['7']
    """
    found = {}
    for name in table.columns:
        try:
            found[str(name)] = arrow(table[name])
        except UnicodeEncodeError as error:
            raise no_text(name, error) from None
    return found


def no_text(name: object, error: UnicodeEncodeError) -> TableError:
    """Return the error that says which column has a str that is no text.

    >>> print(no_text("id", UnicodeEncodeError("utf-8", "\\ud83d", 0, 1, "")))
    the column 'id' holds '\\ud83d', half of a surrogate pair: replace it first, as text.encode(errors='replace') does
    """
    half = error.object[error.start]
    return TableError(
        f"the column {name!r} holds {half!r}, half of a surrogate pair: replace it first, as "
        "text.encode(errors='replace') does"
    )


def arrow(column: "pd.Series[Any]") -> pa.ChunkedArray:
    """Return a column as Arrow data of a kind that files hold: numbers and flags as they are, all else as text.

    Times become ``2026-11-22 10:16:00.000000000Z``, octets hex, lists JSON.

    >>> arrow(pd.Series([b"\\x01", None])).to_pylist()
    ['01', None]
    """
    if column.dtype == object:
        return _texts(column)
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(arrays.TEXT) if column.dtype.categories.dtype == "str" else column.astype(object)
        return arrow(column)
    try:
        return _typed(_chunked(column))
    except (pa.ArrowNotImplementedError, pa.ArrowTypeError):  # complex numbers and others that Arrow lacks
        return _texts(column)


def _chunked(column: "pd.Series[Any]") -> pa.ChunkedArray:
    whole = pa.array(column, from_pandas=True)
    return whole if isinstance(whole, pa.ChunkedArray) else pa.chunked_array([whole])


def _typed(data: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = data.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return data
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        return data.cast(LARGE)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return data.cast(LARGE)
    return _texts(data.to_pylist())


def _texts(items: Iterable[Any]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([_text(item) for item in items], LARGE)])


def _text(item: Any) -> str | None:
    if item is None or item is pd.NA or item is pd.NaT or (isinstance(item, _INEXACT) and np.isnan(item)):
        return None
    if isinstance(item, bytes | bytearray | memoryview):
        return bytes(item).hex()
    if isinstance(item, dict | list | tuple | np.ndarray):
        return json.dumps(item, ensure_ascii=False, default=_plain)
    return str(item)


def _plain(item: object) -> object:
    if isinstance(item, np.ndarray | np.generic):
        return item.tolist()
    return item.hex() if isinstance(item, bytes) else str(item)


def unlike(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken: columns of strangers may share one.

    >>> unlike("id", ["id", "id.2"])
    'id.3'
    """
    number = 2
    free = name
    while free in taken:
        free = f"{name}.{number}"
        number += 1
    return free


def restored(columns: Mapping[str, pa.ChunkedArray]) -> pd.DataFrame:
    """Return texts as what columns of their names hold; as text where a name is none of ours, or one text does not fit.

    >>> seven = pa.chunked_array([["7", None]], LARGE)
    >>> restored({"sequence_number": seven, "id": seven}).dtypes.tolist()
    [Int64Dtype(), <StringDtype(na_value=nan)>]
    """
    return pd.DataFrame({name: _restored(name, data, columns) for name, data in columns.items()}, copy=False)


def _restored(name: str, data: pa.ChunkedArray, siblings: Container[str]) -> arrays.Array:
    try:
        found = _RESTORE[_kind(name, data, siblings)](name, data)
    except (pa.ArrowInvalid, ValueError):
        found = None
    return arrays.text(data.chunks) if found is None else found


def _kind(name: str, data: pa.ChunkedArray, siblings: Container[str]) -> str:
    """The kind by name, where tables of ours agree; else by the table that the other columns tell of."""
    if name == "message_state" and "matched_by" not in siblings:
        return kinds.INT  # of PDUs a plain number, of receipts a name
    sure = name in kinds.SURE or (name == "sequence_number" and "attempt" in siblings)
    if sure and "matched_by" not in siblings and data.null_count == 0:
        return kinds.SURE_INT
    return kinds.kind_of(name)


def _all_match(data: pa.ChunkedArray, pattern: str) -> bool:
    return pc.all(pc.match_substring_regex(data, pattern)).as_py() is not False


def _sure_int(name: str, data: pa.ChunkedArray) -> arrays.Array | None:
    return data.cast(pa.int64()).to_numpy().copy() if _all_match(data, _WHOLE_NUMBER) else None


def _int(name: str, data: pa.ChunkedArray) -> arrays.Array | None:
    if not _all_match(data, _WHOLE_NUMBER):
        return None
    numbers = data.cast(pa.int64())
    return arrays.integers(numbers.fill_null(0).to_numpy().copy(), numbers.is_null().to_numpy().copy())


def _float(name: str, data: pa.ChunkedArray) -> arrays.Array:
    return data.cast(pa.float64()).to_numpy().copy()


def _bool(name: str, data: pa.ChunkedArray) -> arrays.Array | None:
    if not _all_match(data, "^(true|false)$"):
        return None
    flags = pc.equal(data, "true").to_numpy()
    if data.null_count == 0:
        return flags.astype(bool)
    absent = data.is_null().to_numpy()
    return pd.arrays.BooleanArray(np.where(absent, False, flags).astype(bool), absent.copy())


def _time(name: str, data: pa.ChunkedArray) -> arrays.Array:
    moments = data.cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
    return arrays.times(moments.fill_null(UNKNOWN_TIME).to_numpy().copy())


def _octets(name: str, data: pa.ChunkedArray) -> arrays.Array | None:
    if not _all_match(data, _HEX):
        return None
    values = [None if item is None else bytes.fromhex(item) for item in data.to_pylist()]
    return arrays.octets([pa.array(values, pa.large_binary())])


def _list(name: str, data: pa.ChunkedArray) -> arrays.Array | None:
    values = [None if item is None else json.loads(item) for item in data.to_pylist()]
    try:
        whole = pa.array(values, arrays.LISTS[name])
    except (pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return None
    return pd.arrays.ArrowExtensionArray(pa.chunked_array([whole]))


def _name(name: str, data: pa.ChunkedArray) -> arrays.Array | None:
    """A category, when every text is one of ours (or the number of a command that the standard lacks)."""
    known = kinds.NAMES[name]
    words = [word for word in pc.unique(data).to_pylist() if word is not None]
    strange = sorted(word for word in words if word not in known)
    if not all(name == "command" and re.fullmatch("command 0x[0-9A-F]{8}", word) for word in strange):
        return None
    places = pc.index_in(data, pa.array([*known, *strange], LARGE)).fill_null(-1).to_numpy()
    return arrays.names(places, [*known, *strange])


_RESTORE: Mapping[str, Callable[[str, pa.ChunkedArray], arrays.Array | None]] = MappingProxyType(
    {
        kinds.TIME: _time,
        kinds.INT: _int,
        kinds.SURE_INT: _sure_int,
        kinds.FLOAT: _float,
        kinds.BOOL: _bool,
        kinds.TEXT: lambda name, data: arrays.text(data.chunks),
        kinds.OCTETS: _octets,
        kinds.LIST: _list,
        kinds.NAME: _name,
    }
)
