"""Plain columns: what the fold keeps and what it gives, as arrays and octets without an object for each row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from .._core.strings import gather

Array: TypeAlias = npt.NDArray[Any]
Ints: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]

UNKNOWN_TIME = -(2**63)


class Column(NamedTuple):
    """One column of a table.

    ``kind`` says what ``values`` are: int (int64), bool (uint8), float (float64, NaN where absent), time (int64
    nanoseconds since 1970 UTC, ``UNKNOWN_TIME`` where absent), text and octets (UTF-8 or octets of all rows,
    ``offsets`` int64, one more than rows), name (int8 index into ``names``, -1 where absent), link (int32 index into
    the links of the log, -1 where absent), encoding (int8 code of the alphabet, -1 where absent). ``valid`` is uint8,
    1 where a row has a value, and ``None`` when all have one.

    >>> Column.of_text(["a", None]).to_list()
    ['a', None]
    """

    kind: str
    values: Array | bytes
    offsets: Ints | None = None
    valid: npt.NDArray[np.uint8] | None = None
    names: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows.

        >>> Column("int", np.arange(3)).rows
        3
        """
        return len(self.values) if self.offsets is None else len(self.offsets) - 1

    @classmethod
    def of_text(cls, strings: Iterable[str | None]) -> "Column":
        """Make a text column of strings.

        >>> Column.of_text(["ab", "c"]).offsets
        array([0, 2, 3])
        """
        given = list(strings)
        octets = [b"" if text is None else text.encode("utf-8", "replace") for text in given]
        offsets = np.zeros(len(octets) + 1, np.int64)
        np.cumsum([len(piece) for piece in octets], out=offsets[1:])
        valid = np.array([text is not None for text in given], np.uint8)
        return cls("text", b"".join(octets), offsets, None if valid.all() else valid)

    def to_list(self) -> list[Any]:
        """Return plain Python values, ``None`` where a row has none; names as text.

        >>> Column("name", np.array([1, -1], np.int8), names=("no", "yes")).to_list()
        ['yes', None]
        """
        return list(_values(self))

    def present(self) -> Flags:
        """Tell for every row whether it has a value.

        >>> Column("time", np.array([0, UNKNOWN_TIME])).present()
        array([ True, False])
        """
        if self.valid is not None:
            return np.asarray(self.valid, bool)
        values: Array = np.asarray(self.values) if self.offsets is None else np.zeros(self.rows)
        if self.kind == "time":
            return np.not_equal(values, UNKNOWN_TIME)
        if self.kind in ("name", "link", "encoding"):
            return np.greater_equal(values, 0)
        if self.kind == "float":
            return ~np.isnan(values)
        return np.ones(self.rows, bool)


Table: TypeAlias = dict[str, Column]


def _values(column: Column) -> Iterator[Any]:
    read = _reader(column)
    for row, there in enumerate(column.present().tolist()):
        yield read(row) if there else None


def _reader(column: Column) -> Callable[[int], Any]:
    if column.offsets is not None:
        octets, offsets = bytes(column.values), column.offsets.tolist()
        if column.kind == "octets":
            return lambda row: octets[offsets[row] : offsets[row + 1]]
        return lambda row: octets[offsets[row] : offsets[row + 1]].decode("utf-8", "replace")
    values = np.asarray(column.values).tolist()
    if column.kind == "name":
        return lambda row: column.names[values[row]]
    if column.kind == "bool":
        return lambda row: bool(values[row])
    return lambda row: values[row]


class Numbers:
    """A NumPy array that grows at its end.

    >>> numbers = Numbers(np.int32)
    >>> numbers.extend([1, 2])
    >>> numbers.array
    array([1, 2], dtype=int32)
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        """Begin empty."""
        self._room: Array = np.empty(64, dtype)
        self._used = 0

    def __len__(self) -> int:
        """Return the number of items."""
        return self._used

    @property
    def array(self) -> Array:
        """The items, over the memory itself: a later ``extend`` may leave it behind.

        >>> Numbers(np.int64).array.tolist()
        []
        """
        return self._room[: self._used]

    def extend(self, items: npt.ArrayLike) -> None:
        """Add items at the end.

        >>> Numbers(np.int64).extend(np.arange(1000))
        """
        added = np.asarray(items, self._room.dtype)
        wanted = self._used + len(added)
        if wanted > len(self._room):
            wider = np.empty(max(wanted, 2 * len(self._room)), self._room.dtype)
            wider[: self._used] = self.array
            self._room = wider
        self._room[self._used : wanted] = added
        self._used = wanted

    def fill(self, item: Any, count: int) -> None:
        """Add one item ``count`` times.

        >>> numbers = Numbers(np.int8)
        >>> numbers.fill(-1, 2)
        >>> numbers.array.tolist()
        [-1, -1]
        """
        self.extend(np.full(count, item, self._room.dtype))


class Strings:
    """A column of strings that grows at its end; a string may be absent.

    >>> strings = Strings()
    >>> strings.extend(b"onetwo", np.array([0, 3, 6]), None)
    >>> strings.column("text", np.array([1, 0, -1])).to_list()
    ['two', 'one', None]
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._octets = bytearray()
        self._ends = Numbers(np.int64)
        self._valid = Numbers(np.uint8)
        self._ends.extend([0])

    def __len__(self) -> int:
        """Return the number of strings."""
        return len(self._valid)

    def extend(self, octets: Any, offsets: Any, valid: Any) -> None:
        """Add strings as a column of the core holds them: octets, offsets, and 1 where one is there (None: everywhere).

        >>> Strings().extend(b"", np.zeros(1, np.int64), None)
        """
        added = np.asarray(offsets, np.int64)
        base = len(self._octets) - int(added[0])
        self._octets += memoryview(octets)[int(added[0]) : int(added[-1])]
        self._ends.extend(added[1:] + base)
        self._valid.extend(np.ones(len(added) - 1, np.uint8) if valid is None else valid)

    @property
    def offsets(self) -> Ints:
        """Where each string begins, and where the last one ends.

        >>> Strings().offsets
        array([0])
        """
        return self._ends.array

    @property
    def valid(self) -> npt.NDArray[np.uint8]:
        """1 where a string is there.

        >>> len(Strings().valid)
        0
        """
        return self._valid.array

    def lengths(self, first: int = 0) -> Ints:
        """Octets of each string from row ``first`` on.

        >>> len(Strings().lengths())
        0
        """
        return np.diff(self._ends.array[first:])

    def octets(self, row: int) -> bytes:
        """Return the octets of one string.

        >>> strings = Strings()
        >>> strings.extend(b"ab", np.array([0, 2]), None)
        >>> strings.octets(0)
        b'ab'
        """
        ends = self._ends.array
        return bytes(memoryview(self._octets)[int(ends[row]) : int(ends[row + 1])])

    def octets_of(self, rows: Ints) -> list[bytes]:
        """Return the octets of the strings of ``rows`` in their order, at a fraction of what ``octets`` costs for each.

        >>> strings = Strings()
        >>> strings.extend(b"abc", np.array([0, 2, 3]), None)
        >>> strings.octets_of(np.array([1, 0]))
        [b'c', b'ab']
        """
        octets, offsets, _ = self.pick(rows)
        return [octets[begin:end] for begin, end in pairwise(offsets.tolist())]

    def text(self, row: int) -> str:
        """Return one string as text.

        >>> strings = Strings()
        >>> strings.extend(b"ab", np.array([0, 2]), None)
        >>> strings.text(0)
        'ab'
        """
        return self.octets(row).decode("utf-8", "replace")

    def pick(self, rows: Ints) -> tuple[bytes, Ints, npt.NDArray[np.uint8]]:
        """Return octets, offsets and validity of the strings of ``rows`` in their order; -1 picks an absent one.

        >>> Strings().pick(np.array([-1]))[1]
        array([0, 0])
        """
        offsets = np.zeros(len(rows) + 1, np.int64)
        if not len(self):
            return b"", offsets, np.zeros(len(rows), np.uint8)
        there = rows >= 0
        safe = np.where(there, rows, 0)
        ends = self._ends.array
        starts = ends[safe]
        lengths = np.where(there, ends[safe + 1] - starts, 0)
        np.cumsum(lengths, out=offsets[1:])
        return gather(self._octets, starts, lengths), offsets, np.where(there, self.valid[safe], 0).astype(np.uint8)

    def column(self, kind: str, rows: Ints | None = None) -> Column:
        """Return the strings of ``rows`` (all of them by default) as a column of text or octets.

        >>> Strings().column("text").rows
        0
        """
        if rows is None:
            octets, offsets, valid = bytes(self._octets), self.offsets.copy(), self.valid.copy()
        else:
            octets, offsets, valid = self.pick(rows)
        return Column(kind, octets, offsets, None if valid.all() else valid)


def absent(kind: str, rows: int) -> Column:
    """Return a column of text or times in which no row has a value.

    >>> absent("text", 2).to_list(), absent("time", 1).to_list()
    ([None, None], [None])
    """
    if kind == "time":
        return Column("time", np.full(rows, UNKNOWN_TIME, np.int64))
    return Column(kind, b"", np.zeros(rows + 1, np.int64), np.zeros(rows, np.uint8) if rows else None)


def seconds(later: Ints, earlier: Ints, where: Flags | None = None) -> Column:
    """Return ``later - earlier`` in seconds where both are known, in that order, and ``where`` holds.

    A capture may show an answer before its request; such a time is not known.

    >>> seconds(np.array([1_500_000_000, UNKNOWN_TIME, 0]), np.array([0, 0, 1])).values
    array([1.5, nan, nan])
    """
    known = (later != UNKNOWN_TIME) & (earlier != UNKNOWN_TIME) & (later >= earlier)
    if where is not None:
        known &= where
    span = np.where(known, later, 0) - np.where(known, earlier, 0)
    return Column("float", np.where(known, span / 1e9, np.nan))


def name_column(codes: npt.ArrayLike, names: Sequence[str]) -> Column:
    """Return a column of names by their codes.

    >>> name_column([0, -1], ["DELIVERED"]).to_list()
    ['DELIVERED', None]
    """
    return Column("name", np.asarray(codes, np.int8), names=tuple(names))
