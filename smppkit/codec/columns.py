"""Columns of a table as Arrow arrays that the core can read: whole numbers, text or octets, missing values marked."""

from collections.abc import Iterable, Iterator, Mapping
from math import isnan
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ..errors import TableError
from ..text.strings import of_strings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Key: TypeAlias = str | int
"""Name of a field or TLV, or a tag."""

_SCALARS = (str, bytes, bytearray, memoryview, int, float, Mapping)
_MISSING = ("NAType", "NaTType")  # of pandas, which need not be there
_GREATEST = (1 << 63) - 1  # of int64
_NUMBERS, _TEXT, _OCTETS = "whole numbers", "text", "octets"


class UnusableError(Exception):
    """A column cannot become an Arrow array of the kind wanted; the row that is to blame is to be looked for."""


class Column(NamedTuple):
    """One column: the same ``value`` in every row, or an Arrow ``array``, or a list of what Arrow cannot hold.

    >>> Column("esm_class", value=4).is_scalar
    True
    """

    key: Key
    value: Any = None
    array: Any = None

    @property
    def is_scalar(self) -> bool:
        """Whether every row has the same value.

        >>> Column("esm_class", array=[4, 0]).is_scalar
        False
        """
        return self.array is None

    def at(self, row: int) -> Any:
        """Return the value of one row as a Python object, None where it is missing.

        >>> Column("esm_class", array=[4, 0]).at(0)
        4
        """
        if self.is_scalar:
            return self.value
        value = self.array[row]
        return value.as_py() if hasattr(value, "as_py") else value


def column_of(key: Key, value: Any, entries: tuple[type, ...] = ()) -> Column:
    """Return a user's value or sequence as a column; ``entries`` are the types in the values of a list field.

    >>> column_of("source_addr", "INFO").is_scalar, column_of("source_addr", ["INFO"]).array.to_pylist()
    (True, ['INFO'])
    """
    if is_scalar(value, entries):
        return Column(key, value=value.item() if _dimensions(value) == 0 else value)
    if entries:
        return Column(key, array=_listed(value.to_pylist() if hasattr(value, "to_pylist") else value))
    if _dimensions(value) > 1:
        what = f"{type(value).__name__} of shape {value.shape}"
        raise TableError(f"column {key!r}: one value for each row wanted, in one dimension, not {what}")
    return Column(key, array=_arrow(value))


def columns_of(table: Any) -> dict[Key, Any]:
    """Return the columns of a mapping, a DataFrame or an Arrow table by their names.

    >>> columns_of({"esm_class": 4})
    {'esm_class': 4}
    """
    names = list(table if isinstance(table, Mapping) else getattr(table, "column_names", getattr(table, "columns", ())))
    if not names and not isinstance(table, Mapping) and not hasattr(table, "columns"):
        raise TypeError(f"columns are given as a mapping, a DataFrame or an Arrow table, not {type(table).__name__}")
    found: dict[Key, Any] = {}
    for name in names:  # all before the first is fetched: a table may refuse to fetch one of two in words of its own
        key = _key(name)
        if key in found:
            raise TableError(f"two columns are called {key!r}")
        found[key] = name
    return {key: table[name] for key, name in found.items()}


def is_scalar(value: Any, entries: tuple[type, ...] = ()) -> bool:
    """Tell whether a value stands for every row; a list of ``entries`` is one value of a list field.

    >>> is_scalar("INFO"), is_scalar([1, 2]), is_scalar(None)
    (True, False, True)
    """
    if _dimensions(value) == 0:
        return True
    if value is None or isinstance(value, _SCALARS) or not hasattr(value, "__len__"):
        return not (isinstance(value, Iterable) and not isinstance(value, _SCALARS))
    return bool(entries) and isinstance(value, list | tuple) and (not len(value) or isinstance(value[0], entries))


def numbers(column: Column) -> Any:
    """Return a column as int64, missing values null. TableError for text and for what is not whole.

    What only uint64 holds is the greatest int64: nothing that is written from such a column takes that either.

    >>> numbers(column_of("esm_class", [1, None])).to_pylist()
    [1, None]
    """
    import pyarrow as pa

    array = _usable(column)
    if not (_is_number(array.type) or pa.types.is_null(array.type)):
        raise _wrong(column, _NUMBERS, array.type)
    if is_wide(column):
        import pyarrow.compute as pc

        array = pc.min_element_wise(array, pa.scalar(_GREATEST, pa.uint64()), skip_nulls=False)
    return _cast(array, pa.int64(), column, _NUMBERS)


def is_wide(column: Column) -> bool:
    """Tell whether a column has numbers that int64 does not hold, but uint64 does.

    >>> is_wide(column_of(0x1400, [1 << 63, 1])), is_wide(column_of(0x1400, [1]))
    (True, False)
    """
    import pyarrow as pa

    if column.is_scalar or isinstance(column.array, list) or column.array.type != pa.uint64():
        return False
    import pyarrow.compute as pc

    greatest = pc.max(column.array).as_py()
    return greatest is not None and greatest > _GREATEST


def big_endian(column: Column, least: int) -> Any:
    """Return a column of uint64 as large_binary: each number in ``least`` octets, or as few as hold it.

    >>> big_endian(column_of(0x1400, [1 << 63, 1]), 2).to_pylist()
    [b'\\x80\\x00\\x00\\x00\\x00\\x00\\x00\\x00', b'\\x00\\x01']
    """
    import numpy as np
    import pyarrow as pa

    array = _cast(_usable(column), pa.uint64(), column, _NUMBERS)
    octets_of = np.asarray(array.fill_null(0)).astype(">u8").view(np.uint8).reshape(-1, 8)
    first = np.where(octets_of.any(axis=1), (octets_of != 0).argmax(axis=1), 8)
    kept = np.arange(8) >= np.minimum(first, 8 - least)[:, None]
    places = np.zeros(len(array) + 1, np.int64)
    np.cumsum(kept.sum(axis=1), out=places[1:])
    bits = pa.array(np.asarray(array.is_valid())).buffers()[1]
    data = octets_of[kept]
    return pa.Array.from_buffers(pa.large_binary(), len(array), [bits, pa.py_buffer(places), pa.py_buffer(data)])


def texts(column: Column) -> Any:
    """Return a column as large_string, missing values null. TableError for numbers and octets.

    >>> texts(column_of("source_addr", ["INFO", None])).to_pylist()
    ['INFO', None]
    """
    import pyarrow as pa

    array = _usable(column)
    if not (_is_text(array.type) or pa.types.is_null(array.type)):
        raise _wrong(column, _TEXT, array.type)
    return _cast(array, pa.large_string(), column, _TEXT)


def octets(column: Column) -> Any:
    """Return a column as large_binary, missing values null. TableError for numbers and text.

    >>> octets(column_of("short_message", [b"hi"])).to_pylist()
    [b'hi']
    """
    import pyarrow as pa

    array = _usable(column)
    if not (_is_octets(array.type) or pa.types.is_null(array.type)):
        raise _wrong(column, _OCTETS, array.type)
    return _cast(array, pa.large_binary(), column, _OCTETS)


def kind_of(column: Column) -> str:
    """Return what a column holds by its Arrow type: "numbers", "texts" or "octets".

    >>> kind_of(column_of("user_message_reference", [7])), kind_of(column_of(0x1400, [b"x"]))
    ('numbers', 'octets')
    """
    kind = _usable(column).type
    return "texts" if _is_text(kind) else "numbers" if _is_number(kind) else "octets"


def parts(array: Any) -> "tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]":
    """Return offsets (int64, one more than rows) and octets of a large_string or large_binary array.

    >>> offsets, octets = parts(texts(column_of("source_addr", ["INFO", "SALE"])))
    >>> offsets, bytes(octets)
    (array([0, 4, 8]), b'INFOSALE')
    """
    import numpy as np

    _, offsets, data = array.buffers()
    if not len(array) or offsets is None:
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    places = np.frombuffer(offsets, np.int64, len(array) + 1, 8 * array.offset)
    return places, np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)


def valid(array: Any) -> "npt.NDArray[np.uint8] | None":
    """Return 1 for each row that has a value and 0 for the others; None when all have one.

    >>> valid(numbers(column_of("esm_class", [1, None]))).tolist()
    [1, 0]
    """
    import numpy as np

    return np.asarray(array.is_valid()).view(np.uint8) if array.null_count else None


def _key(name: Any) -> Any:
    """Return the name of a column, one that stands for a whole number (NumPy's, say) as an int."""
    try:
        return name if isinstance(name, str | int) else index(name)
    except TypeError:
        return name


def _dimensions(value: Any) -> int:
    """Return how many dimensions an array or a table has: none if it is one of NumPy's numbers, 1 for all else."""
    return 1 if isinstance(value, _SCALARS) or not hasattr(value, "shape") else getattr(value, "ndim", 1)


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view())


def _arrow(values: Any) -> Any:
    """Return values as an Arrow array of whatever type suits them, or as a list where none does."""
    import pyarrow as pa

    if isinstance(values, tuple | range | Iterator) or not hasattr(values, "__len__"):
        values = list(values)
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else of_strings(values)
    if array is None and isinstance(values, list):  # Arrow knows no octets but bytes
        values = [bytes(value) if _is_octets_like(value) else value for value in values]
        array = of_strings(values)
    if array is None:
        array = _converted(_plain(values))
    if isinstance(array, list):
        return array
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


def _converted(values: Any) -> Any:
    """Return values that are no Arrow array as one, or as a list where no type suits them."""
    import pyarrow as pa

    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, UnicodeError, TypeError, ValueError, OverflowError):
        return _unsigned(values)
    return _listed(values) if _is_octets(array.type) and _has_others(values) else array


def _unsigned(values: Any) -> Any:
    """Return values as an Arrow array of uint64 if they are whole numbers, some of them too large for int64."""
    import pyarrow as pa

    listed = _listed(values)
    if not all(value is None or type(value) is int for value in listed):
        return listed
    try:
        return pa.array(listed, pa.uint64())
    except (pa.ArrowException, OverflowError):
        return listed


def _plain(values: Any) -> Any:
    """Return values in the order of octets of this machine, and all of them: Arrow takes neither other nor sparse ones.

    >>> import numpy as np
    >>> _plain(np.array([1], ">u4")).dtype
    dtype('uint32')
    """
    import numpy as np

    dtype = getattr(values, "dtype", None)
    if type(dtype).__name__ == "SparseDtype":
        return np.asarray(values)
    if isinstance(dtype, np.dtype) and not dtype.isnative:
        return np.asarray(values).astype(dtype.newbyteorder("="))
    return values


def _is_octets_like(value: Any) -> bool:
    """Tell whether a value is octets as building a PDU takes them, but no bytes."""
    return isinstance(value, bytearray) or (isinstance(value, memoryview) and value.itemsize == 1)


def _listed(values: Any) -> list[Any]:
    """Return values as a list, None for whatever pandas writes where a value is missing."""
    return [None if _is_missing(value) else value for value in values]


def _is_missing(value: Any) -> bool:
    return type(value).__name__ in _MISSING or (isinstance(value, float) and isnan(value))


def _is_octets(kind: Any) -> bool:
    """Tell whether a type is of octets, or of a category of them."""
    import pyarrow as pa

    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    fixed = pa.types.is_fixed_size_binary(kind)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or fixed or kind == pa.binary_view())


def _has_others(values: Any) -> bool:
    """Tell whether Arrow took for octets what is none, unasked: str as UTF-8, and views of wider items."""
    dtype: Any = getattr(values, "dtype", None)
    if hasattr(dtype, "categories"):
        values, dtype = dtype.categories, dtype.categories.dtype
    return (dtype is None or str(dtype) == "object") and any(map(_is_other, values))


def _is_other(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, memoryview) and value.itemsize != 1)


def _usable(column: Column) -> Any:
    if isinstance(column.array, list):
        raise UnusableError(f"column {column.key!r} mixes types, or has values of none that fits")
    return column.array


def _cast(array: Any, kind: Any, column: Column, wanted: str) -> Any:
    import pyarrow as pa

    try:
        array = array.cast(kind)
    except pa.ArrowException as error:
        raise TableError(f"column {column.key!r}: {wanted} wanted: {error}") from None
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # none at all, or more than one array can hold
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], kind)
    return array


def _wrong(column: Column, wanted: str, kind: Any) -> TableError:
    hint = ""
    if wanted == _TEXT:
        hint = ": read numbers and ids as text, for example with dtype=str"
    elif wanted == _OCTETS and _is_text(kind):
        hint = ": encode the text first, for example with gsm7.encode"
    told = str(kind).removeprefix("large_")  # how much it could hold is nothing to whoever reads this
    return TableError(f"column {column.key!r}: {wanted} wanted, not {told}{hint}")
