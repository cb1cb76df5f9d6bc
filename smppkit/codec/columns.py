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
        return Column(key, array=list(value))
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
    for name in names:
        key = _key(name)
        if key in found:
            raise TableError(f"two columns are called {key!r}")
        found[key] = table[name]
    return found


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

    >>> numbers(column_of("esm_class", [1, None])).to_pylist()
    [1, None]
    """
    import pyarrow as pa

    array = _usable(column)
    if not (_is_number(array.type) or pa.types.is_null(array.type)):
        raise _wrong(column, _NUMBERS, array.type)
    return _cast(array, pa.int64(), column, _NUMBERS)


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
        values = [bytes(value) if isinstance(value, bytearray | memoryview) else value for value in values]
        array = of_strings(values)
    if array is None:
        try:
            array = pa.array(values, from_pandas=True)
        except (pa.ArrowException, UnicodeError, TypeError, ValueError, OverflowError):
            return _listed(values)
        if _is_octets(array.type) and _has_text(values):
            return _listed(values)
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


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


def _has_text(values: Any) -> bool:
    """Tell whether str stands among values that Arrow took for octets: it writes str as UTF-8 beside bytes, unasked."""
    dtype: Any = getattr(values, "dtype", None)
    if hasattr(dtype, "categories"):
        values, dtype = dtype.categories, dtype.categories.dtype
    return (dtype is None or str(dtype) == "object") and any(isinstance(value, str) for value in values)


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
