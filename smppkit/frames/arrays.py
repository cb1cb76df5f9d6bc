"""Memory of the layers below to pandas arrays, by kind and without an object for each row."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from smppkit._core.buffers import Block
from smppkit._core.column import Column
from smppkit._core.lists import list_buffers
from smppkit.journal.log import UNKNOWN_TIME

Ints: TypeAlias = npt.NDArray[np.int64]
Array: TypeAlias = Any  # a pandas extension array: their stubs name no common base

UTC_TIME = pd.DatetimeTZDtype("ns", "UTC")
TEXT = pd.StringDtype("pyarrow", na_value=np.nan)  # what pandas calls str
OCTETS = pd.ArrowDtype(pa.binary())
SME = [("dest_addr_ton", pa.uint8()), ("dest_addr_npi", pa.uint8()), ("destination_addr", pa.string())]


def _list_of(fields: list[tuple[str, pa.DataType]]) -> pa.DataType:
    return pa.list_(pa.field("element", pa.struct(fields)))  # the name that Parquet gives the entries


LISTS = {
    "dest_address": _list_of([("dest_flag", pa.uint8()), *SME, ("dl_name", pa.string())]),
    "unsuccess_sme": _list_of([*SME, ("error_status_code", pa.uint32())]),
}
"""The Arrow types of the lists in submit_multi and submit_multi_resp."""
_MOST_PIECES = 16
_NEAR = 1 << 14  # rows whose product stays in the nearest memory
_SMALL = 50_000  # rows of pieces that are better joined, where there are many


def integers(values: Ints, absent: npt.NDArray[np.bool_] | None) -> Array:
    """Return nullable Int64.

    >>> integers(np.array([1, 0]), np.array([False, True]))
    <IntegerArray>
    [1, <NA>]
    Length: 2, dtype: Int64
    """
    return pd.arrays.IntegerArray(values, np.zeros(len(values), bool) if absent is None else absent)


def times(nanoseconds: Ints) -> Array:
    """Return datetime64[ns, UTC] over nanoseconds since 1970, not copied; ``UNKNOWN_TIME`` is NaT.

    >>> times(np.array([0, UNKNOWN_TIME])).isna()
    array([False,  True])
    """
    return pd.array(nanoseconds, dtype=UTC_TIME, copy=False)


def names(codes: npt.NDArray[np.integer[Any]], categories: "Sequence[str] | Array") -> Array:
    """Return a category of names, given as such or as the array that ``text`` gives; -1 is absent.

    >>> names(np.array([0, -1]), ["esme_to_mc"]).tolist()
    ['esme_to_mc', nan]
    """
    known: Any = categories
    return pd.Categorical.from_codes(codes, categories=pd.Index(known, dtype="str"))


def strings(octets: object, offsets: object, bitmap: object | None, nulls: int, rows: int) -> pa.LargeStringArray:
    """Return an Arrow array over UTF-8 octets, int64 offsets and a validity bitmap, none of them copied.

    >>> strings(b"abc", np.array([0, 1, 3]), None, 0, 2).to_pylist()
    ['a', 'bc']
    """
    valid = None if bitmap is None else pa.py_buffer(bitmap)
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(octets), valid, nulls)


def text(pieces: Sequence[pa.LargeStringArray]) -> Array:
    """Return pandas ``str`` over Arrow arrays.

    >>> text([pa.array(["a", None], pa.large_string())]).dtype
    <StringDtype(na_value=nan)>
    """
    return pd.arrays.ArrowStringArray(_chunked(pieces, pa.large_string()), dtype=TEXT)  # type: ignore[call-arg]  # their stubs lag behind


def picked(words: Sequence[str], places: npt.NDArray[np.int32]) -> Array:
    """Return pandas ``str`` with the word at each place; -1 is absent.

    >>> picked(["a", "b"], np.array([1, -1, 0], np.int32)).tolist()
    ['b', nan, 'a']
    """
    known = pa.array([*words, None], pa.large_string())
    if not words:
        return text([pa.nulls(len(places), pa.large_string())])
    return text([known.take(pa.array(np.where(places < 0, len(words), places)))])


def octets(pieces: Sequence[pa.Array]) -> Array:
    """Return ArrowDtype(binary) over Arrow arrays of octets.

    >>> octets([pa.array([b"a", None], pa.large_binary())]).dtype
    binary[pyarrow]
    """
    small = [half.cast(pa.binary()) for piece in pieces for half in _halves(piece)]
    return pd.arrays.ArrowExtensionArray(_chunked(small, pa.binary()))


def _halves(piece: pa.Array) -> list[pa.Array]:
    """Cut an array until each part has fewer octets than binary can count."""
    if piece.nbytes < 1 << 31 or len(piece) < 2:
        return [piece]
    middle = len(piece) // 2
    return [*_halves(piece[:middle]), *_halves(piece[middle:])]


def _chunked(pieces: Sequence[pa.Array], kind: pa.DataType) -> pa.ChunkedArray:
    whole = pa.chunked_array(list(pieces), type=kind)
    if len(pieces) <= _MOST_PIECES or len(whole) >= _SMALL * len(pieces):
        return whole
    return pa.chunked_array([whole.combine_chunks()], type=kind)


def of_core(columns: Sequence[Column]) -> Array:
    """Return the pandas array of one column of the core, given piece by piece.

    >>> from smppkit._core.columns import decode
    >>> of_core([decode(b"", [], [], ["source_addr"])["source_addr"]]).dtype
    <StringDtype(na_value=nan)>
    """
    return _OF_CORE[columns[0].kind](columns)


def numbers(columns: Sequence[Column]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return values (0 where absent) and which rows are absent.

    >>> from smppkit._core.columns import decode
    >>> numbers([decode(b"", [], [], ["command_id"])["command_id"]])
    (array([], dtype=int64), array([], dtype=bool))
    """
    rows = sum(map(len, columns))
    if all(column.nulls == len(column) for column in columns):  # no memory of the core is touched
        return np.zeros(rows, np.int64), np.ones(rows, bool)
    values = [column.values.to_numpy() for column in columns]
    absent = [_absent(column) for column in columns]
    return (values[0], absent[0]) if len(columns) == 1 else (np.concatenate(values), np.concatenate(absent))


def _absent(column: Column) -> npt.NDArray[np.bool_]:
    if column.absent is not None:
        return column.absent.to_numpy().view(np.bool_)
    if column.valid is None:
        return np.zeros(len(column), bool)
    return column.valid.to_numpy().view(np.bool_) ^ True


def moments(columns: Sequence[Column]) -> Array:
    """Return the times of a column of the core that holds nanoseconds.

    >>> from smppkit._core.columns import decode
    >>> moments([decode(b"", [], [], ["receipt_done_date"])["receipt_done_date"]]).dtype
    datetime64[ns, UTC]
    """
    values, absent = numbers(columns)
    # 0 where absent, in memory of the core that nobody else has; to look at each row takes three times as long.
    for first in range(0, len(values), _NEAR):
        some = slice(first, first + _NEAR)
        values[some] += absent[some] * np.int64(UNKNOWN_TIME)
    return times(values)


def _strings(column: Column) -> pa.LargeStringArray:
    return strings(column.values, column.offsets, column.bitmap(), column.nulls, len(column))


def _lists(columns: Sequence[Column]) -> Array:
    kind = LISTS[columns[0].name]
    return pd.arrays.ArrowExtensionArray(_chunked([_list(column, kind) for column in columns], kind))


def _list(column: Column, kind: pa.DataType) -> pa.Array:
    if column.nulls == len(column):
        return pa.nulls(len(column), kind)
    offsets, count, fields = list_buffers(column)
    entry = kind.value_type
    children = [pa.Array.from_buffers(field.type, count, _buffers(fields[field.name])) for field in entry]
    entries = pa.Array.from_buffers(entry, count, [None], 0, children=children)
    rows = _buffers([column.bitmap(), offsets])
    return pa.Array.from_buffers(kind, len(column), rows, column.nulls, children=[entries])


def _buffers(blocks: Sequence[Block | None]) -> list[pa.Buffer | None]:
    return [None if block is None else pa.py_buffer(block) for block in blocks]


_OF_CORE: dict[str, Callable[[Sequence[Column]], Array]] = {
    "int": lambda columns: integers(*numbers(columns)),
    "text": lambda columns: text([_strings(column) for column in columns]),
    "octets": lambda columns: octets([_strings(column).view(pa.large_binary()) for column in columns]),
    "list": _lists,
}
