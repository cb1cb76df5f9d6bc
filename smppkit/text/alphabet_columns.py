"""Columns of GSM 7-bit text: what ``gsm7`` does, for a Series or an Arrow array and without an object for each row.

A column of the same kind comes back: a Series keeps its index and its name and is ``str`` or ArrowDtype(binary), an
Arrow array keeps the width of its offsets. What is missing stays missing.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from .._core import septet_columns as core
from ..errors import TableError, TextError
from .lookalikes import replace
from .strings import whole

if TYPE_CHECKING:
    from .._core.septets import Gsm7

_SERIES = ("pandas", "Series")
_COLUMNS = {_SERIES, ("pyarrow", "Array"), ("pyarrow", "ChunkedArray")}
_MOST = 1 << 29  # octets of an array whose rows may come to three times as many, where a row ends in 32 bits
_Work = Callable[[Any, int, bool], tuple[int, tuple[Any, ...]]]


def is_column(value: object) -> bool:
    """Return whether ``value`` is a Series or an Arrow array.

    >>> is_column("text"), is_column(["text"])
    (False, False)
    """
    return not _kinds(value).isdisjoint(_COLUMNS)


def _kinds(value: object) -> set[tuple[str, str]]:
    return {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(value).__mro__}


def _is_series(value: object) -> bool:
    return _SERIES in _kinds(value)


def encode(gsm7: "Gsm7", texts: Any, locking: int, single: int, errors: str) -> Any:
    """Return the septets of each text; see ``gsm7.encode``.

    >>> import pyarrow as pa
    >>> from smppkit.text.alphabets import gsm7
    >>> encode(gsm7, pa.array(["5 €", None]), 0, 0, "strict").to_pylist()
    [b'5 \\x1be', None]
    """

    def work(array: Any, first: int, wide: bool) -> Any:
        if errors == "look-alike":
            array = _look_alikes(array, locking, single)
        return core.encode(_rows(array), locking, single, errors, wide)

    return _worked("encode", texts, work, lambda text, _: gsm7.encode(text, locking, single), from_text=True)


def decode(octets: Any, locking: int, single: int) -> Any:
    """Return the text of each row of septets; see ``gsm7.decode``.

    >>> import pyarrow as pa
    >>> decode(pa.array([b"5 \\x1be", None]), 0, 0).to_pylist()
    ['5 €', None]
    """

    def work(array: Any, first: int, wide: bool) -> Any:
        return core.decode(_rows(array), locking, single, wide)

    return _worked("decode", octets, work, to_text=True)


def pack(gsm7: "Gsm7", septets: Any, fill_bits: int, filler: bool) -> Any:
    """Return each row of septets packed; see ``gsm7.pack``.

    >>> import pyarrow as pa
    >>> from smppkit.text.alphabets import gsm7
    >>> pack(gsm7, pa.array([b"hello", None]), 0, False).to_pylist()
    [b'\\xe82\\x9b\\xfd\\x06', None]
    """

    def work(array: Any, first: int, wide: bool) -> Any:
        return core.pack(_rows(array), fill_bits, filler, wide)

    return _worked("pack", septets, work, lambda row, _: gsm7.pack(row, fill_bits))


def unpack(gsm7: "Gsm7", octets: Any, count: Any, fill_bits: int) -> Any:
    """Return the septets of each row of packed octets; see ``gsm7.unpack``.

    >>> import pyarrow as pa
    >>> from smppkit.text.alphabets import gsm7
    >>> unpack(gsm7, pa.array([bytes.fromhex("e8329bfd06"), None]), [3, None], 0).to_pylist()
    [b'hel', None]
    """
    counts: Any = None if count is None else _counts(count, octets)

    def work(array: Any, first: int, wide: bool) -> Any:
        some = None if counts is None else counts[first : first + len(array)]
        return core.unpack(_rows(array), some, fill_bits, wide)

    return _worked("unpack", octets, work, lambda row, place: gsm7.unpack(row, int(counts[place]), fill_bits))


def _worked(
    name: str,
    values: Any,
    work: _Work,
    wrong: Callable[[Any, int], object] | None = None,
    *,
    from_text: bool = False,
    to_text: bool = False,
) -> Any:
    """Return a column like ``values`` of what ``work`` makes of its arrays; ``wrong`` raises what one row has wrong."""
    import pyarrow as pa

    is_arrow = isinstance(values, pa.Array | pa.ChunkedArray)
    kind = pa.large_string() if to_text else pa.binary()
    made = []
    done = 0
    for array in _arrays(name, values, from_text):
        if is_arrow:
            kind = _kind(to_text, _is_wide(array.type))
        refused, buffers = work(array, done, _is_wide(kind))
        if refused >= 0:
            raise _refusal(values, array[refused], done + refused, wrong)
        memory = [None if buffer is None else pa.py_buffer(buffer) for buffer in buffers]
        made.append(pa.Array.from_buffers(kind, len(array), memory, array.null_count))
        done += len(array)
    return _like(values, made, kind)


def _refusal(values: Any, value: Any, place: int, wrong: Callable[[Any, int], object] | None) -> TextError:
    """Return what ``gsm7`` says of one row, and which row it is: by the index of a Series, else by its place."""
    label = values.index[place] if _is_series(values) else place
    try:
        assert wrong is not None
        wrong(value.as_py(), place)
    except TextError as error:
        return TextError(f"row {_shown(label)}: {error}")
    except UnicodeDecodeError:
        pass
    return TextError(f"row {_shown(label)}: the text is no UTF-8")


def _shown(label: Any) -> str:
    return repr(label.item() if hasattr(label, "item") else label)


# ---- what comes in ----


def _arrays(name: str, values: Any, is_text: bool) -> Iterator[Any]:
    """Yield the Arrow arrays of a column, string or binary, none of more than ``_MOST`` octets where it can be cut."""
    import pyarrow as pa

    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else _of_series(name, values, is_text)
    for chunk in array.chunks if isinstance(array, pa.ChunkedArray) else [array]:
        yield from _halves(_simple(name, chunk, is_text))


def _halves(array: Any) -> Iterator[Any]:
    if array.nbytes <= _MOST or len(array) < 2:
        yield array
    else:
        middle = len(array) // 2
        yield from _halves(array[:middle])
        yield from _halves(array[middle:])


def _simple(name: str, array: Any, is_text: bool) -> Any:
    """Return an Arrow array as one of offsets and octets; ``TableError`` when it holds something else."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind, small, large = array.type, _kind(is_text, wide=False), _kind(is_text, wide=True)
    if kind in (small, large):
        return array
    if pa.types.is_null(kind) or (pa.types.is_fixed_size_binary(kind) and not is_text):
        return array.cast(small)
    if kind == (pa.string_view() if is_text else pa.binary_view()):
        return array.cast(large)
    raise TableError(f"{name} takes {'texts' if is_text else 'octets'}, but the column holds {kind}")


def _of_series(name: str, values: Any, is_text: bool) -> Any:
    import pyarrow as pa

    if values.dtype != object:
        return pa.array(values, from_pandas=True)
    taken = str if is_text else bytes | bytearray | memoryview
    found = []
    for place, (value, absent) in enumerate(zip(values.array, values.isna().array, strict=True)):
        if not absent and not isinstance(value, taken):
            kind, row = type(value).__name__, _shown(values.index[place])
            raise TableError(f"{name} takes {'texts' if is_text else 'octets'}, but row {row} holds {kind}")
        found.append(None if absent else whole(value) if is_text else bytes(value))
    return pa.array(found, _kind(is_text, wide=True))


def _look_alikes(texts: Any, locking: int, single: int) -> Any:
    """Return an array of texts with look-alikes in the rows that need them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    refused: Any = np.zeros(len(texts), np.uint8)
    core.encode(_rows(texts), locking, single, "strict", True, refused)
    if not refused.any():
        return texts
    rows = pa.array(refused.view(np.bool_))
    try:
        found = [replace(text, locking, single) for text in texts.filter(rows).to_pylist()]
    except UnicodeDecodeError:
        return texts  # they will be refused
    return pc.replace_with_mask(texts, rows, pa.array(found, texts.type))


def _counts(count: Any, octets: Any) -> Any:
    """Return the count of each row as int64, ``BY_RULE`` where there is none."""
    import numpy as np
    import pyarrow as pa

    if isinstance(count, int | np.integer):
        return np.full(len(octets), count, np.int64)
    if _is_series(count) and _is_series(octets) and not count.index.equals(octets.index):
        raise TableError("count has another index than the octets")
    try:
        found = pa.array(count, from_pandas=True) if not isinstance(count, pa.ChunkedArray) else count
        found = found.cast(pa.int64()).fill_null(core.BY_RULE).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
        raise TableError(f"count takes whole numbers, one for each row: {error}") from None
    if len(found) != len(octets):
        raise TableError(f"count has {len(found)} rows, but there are {len(octets)} of octets")
    return found


def _rows(array: Any) -> core.Rows:
    bits, ends, octets = array.buffers()
    views = [None if buffer is None else memoryview(buffer).cast("B") for buffer in (octets, ends)]
    valid = memoryview(bits).cast("B") if bits is not None and array.null_count else None
    return core.Rows(views[0] or b"", views[1] or b"", valid, array.offset, len(array), _is_wide(array.type))


# ---- what comes out ----


def _kind(is_text: bool, wide: bool) -> Any:
    import pyarrow as pa

    if is_text:
        return pa.large_string() if wide else pa.string()
    return pa.large_binary() if wide else pa.binary()


def _is_wide(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def _like(values: Any, arrays: list[Any], kind: Any) -> Any:
    """Return arrays as a column of the kind and with the labels of ``values``."""
    import pyarrow as pa

    if isinstance(values, pa.Array):
        return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)
    column = pa.chunked_array(arrays, kind)
    if isinstance(values, pa.ChunkedArray):
        return column
    import numpy as np
    import pandas as pd

    if pa.types.is_large_string(kind):
        dtype: Any = pd.StringDtype(na_value=np.nan)
        found = dtype.__from_arrow__(column)
    else:
        found = pd.arrays.ArrowExtensionArray(column)
    return pd.Series(found, index=values.index, name=values.name, copy=False)
