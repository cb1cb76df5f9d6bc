"""Many PDUs of one command from the columns of a table, encoded by the core into one buffer."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from inspect import Parameter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._core import fill
from .._core.entries import DistributionList, SmeAddress, UnsuccessSme
from ..errors import EncodeError, SmppError, TableError
from ..profiles import Profile, find
from ..spec.commands import BY_NAME, ROWS, class_name
from ..spec.kinds import CSTRING, DESTINATIONS, FAILURES, OCTETS, RESPONSE, TIME, U8, Field, Tlv
from ..spec.tlvs import BY_NAME as TLVS
from ..spec.tlvs import BY_TAG
from . import classes, making
from .columns import (
    Column,
    Key,
    UnusableError,
    big_endian,
    column_of,
    columns_of,
    is_wide,
    kind_of,
    numbers,
    octets,
    parts,
    texts,
    valid,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .._core.buffers import Block

_ENTRIES = (Mapping, SmeAddress, DistributionList, UnsuccessSme)
_HEADER = ("command_status", "sequence_number")
_KINDS = {U8: "number", CSTRING: "string", TIME: "time", OCTETS: "counted", DESTINATIONS: "raw", FAILURES: "raw"}
_TLV_KINDS = {"int": 1, "cstring": 2, "octets": 3}
_UNKNOWN = 0
_FINE = -1  # what the core blames when nothing is wrong
_WORTH_A_THREAD = 100_000  # rows: with fewer a thread costs more than it gains
_LISTS = (DESTINATIONS, FAILURES)

Slot = tuple[Any, ...]


def encode_many(
    command: str, columns: Any, profile: Profile | str | Path | None = None
) -> "tuple[bytes, npt.NDArray[np.int64]]":
    """Encode one PDU of a command for each row of a table: (octets, offsets).

    ``columns`` is a mapping, a DataFrame or an Arrow table. A column is named by a field, by a TLV, by command_status
    or sequence_number, or is the tag of a TLV; it is one value for every row or a sequence of them (list, NumPy,
    pandas, Arrow). A mapping without sequences is one row. An empty list of a list field (dest_address) is its value,
    but no rows where another column has none. Text fields hold str, short_message octets. A TLV is absent where its
    value is missing. A response has no body where all its given fields are missing, or where its command_status is not
    0 and no field is given. PDU ``i`` is ``octets[offsets[i]:offsets[i + 1]]``, the same octets that its class builds;
    ``offsets`` is int64. Runs without the GIL, and makes no object for a row.

    Raises TableError for a column that is no field or has the wrong type or length; EncodeError, naming row (from 0)
    and column, for the first value that does not fit; RuntimeError when something writes to the memory of a column
    meanwhile.

    >>> import smppkit as sk
    >>> octets, offsets = sk.encode_many("submit_sm", {"destination_addr": ["3247", "3248"], "short_message": b"hi"})
    >>> offsets, sk.decode(octets[offsets[1]:offsets[2]])
    (array([ 0, 39, 78]), <SubmitSm sequence_number=0 destination_addr='3248' short_message=2 octets>)
    """
    done = _encoded(command, columns, profile)
    if isinstance(done, tuple):
        return done
    del columns  # a traceback that shows locals must not show a password
    raise done.with_traceback(None)


def _encoded(
    command: str, columns: Any, profile: Profile | str | Path | None
) -> "tuple[bytes, npt.NDArray[np.int64]] | SmppError | TypeError":
    try:
        table = _Table(command, columns_of(columns), None if profile is None else find(profile), _rows_of(columns))
        encoded, offsets, blame, row = table.encode()
        if blame == _FINE:
            return encoded, offsets.to_numpy()
        error: SmppError | TypeError = table.fault(row)
    except UnusableError as unusable:
        error = table.search() or TableError(f"{command}: {unusable}")
    except (SmppError, TypeError) as refused:
        error = refused
    error.__context__ = None
    return error


class _Table:
    """A user's columns, held against the row of their command."""

    def __init__(self, command: str, given: dict[Key, Any], profile: Profile | None, rows: int | None = None) -> None:
        row = BY_NAME.get(command)
        if row is None:
            close = get_close_matches(str(command), BY_NAME, 1)
            raise TableError(f"no command {command!r}" + (f"; did you mean {close[0]}?" if close else ""))
        self.row = row
        self.place = ROWS.index(row)
        self.profile = profile
        self.fields = {field.name: field for field in row.fields}
        self.columns = {key: self._column(key, value) for key, value in given.items()}
        self.rows = self._count(1 if rows is None else rows)
        if not self.rows:
            self.columns = {key: _without_rows(column) for key, column in self.columns.items()}
        self.given = [self.columns[field.name] for field in row.fields if field.name in self.columns]

    def _column(self, key: Key, value: Any) -> Column:
        """Return a column that is known to be a field, a TLV or of the header."""
        field = self.fields.get(key) if isinstance(key, str) else None
        if field and field.counts:
            raise TableError(f"column {key!r}: counted from {field.counts}, leave it out")
        if not field and key not in _HEADER and self._tlv(key) is None:
            names = [*self.fields, *_HEADER, *TLVS, *(self.profile.by_name if self.profile else ())]
            close = get_close_matches(str(key), names, 2)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise TableError(f"column {key!r}: {self.row.name} has no such field, and there is no such TLV{hint}")
        return column_of(key, value, _ENTRIES if field and field.kind in _LISTS else ())

    def _tlv(self, key: Key) -> Tlv | None:
        if isinstance(key, str):
            return TLVS.get(key) or (self.profile.by_name.get(key) if self.profile else None)
        if not isinstance(key, int) or isinstance(key, bool) or not 0 <= key <= 0xFFFF:
            return None
        known = BY_TAG.get(key) or (self.profile.by_tag.get(key) if self.profile else None)
        return known or Tlv(key, f"0x{key:04X}", "octets", 0, 0xFFFF, introduced="")

    def _count(self, alone: int) -> int:
        """Return the number of rows: that of every column that is no single value, ``alone`` if there is none."""
        lengths = {column.key: len(column.array) for column in self.columns.values() if not column.is_scalar}
        if len(set(lengths.values())) > 1:
            raise TableError(f"columns of different lengths: {', '.join(f'{key} {n}' for key, n in lengths.items())}")
        return next(iter(lengths.values()), alone)

    def slots(self) -> list[Slot]:
        """Return what the core writes after each header, in wire order; what no row changes is encoded here."""
        slots: list[Slot] = []
        for place, field in enumerate(self.row.fields):
            if field.counts:
                continue
            column = self.columns.get(field.name, Column(field.name, value=making.default(field)))
            if column.is_scalar and column.value is not None:
                _add_ready(slots, self._ready(column, lambda value, at=place: fill.field_octets(self.place, at, value)))
            else:
                slots.append(self._slot(column, field, place))
        for column in self.columns.values():
            if column.key in self.fields or column.key in _HEADER:
                continue
            if not column.is_scalar:
                slots.append(self._tlv_slot(column))
            elif column.value is not None:
                octets_of = self._ready(column, lambda value, key=column.key: fill.tlv_octets(key, value, self.profile))
                _add_ready(slots, octets_of, body=False)
        return slots

    def encode(self) -> "tuple[bytes, Block, int, int]":
        """Return what the core makes of the columns, by several threads when there is much."""
        slots, header = self.slots(), self.header()
        given = (self.place, self.rows, slots, *header, self.bare(header[0]))
        workers = min(os.cpu_count() or 1, self.rows // _WORTH_A_THREAD)
        if workers < 2:
            return fill.encode(*given)
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(workers, "smppkit-encode") as pool:
            return fill.encode(*given, workers, pool.map)

    def _ready(self, column: Column, encode: Any) -> bytes:
        try:
            octets_of: bytes = encode(() if column.value is Parameter.empty else column.value)
        except EncodeError as error:
            raise (self.fault(0) if self.rows else error) from None
        return octets_of

    def _slot(self, column: Column, field: Field, place: int) -> Slot:
        """Return the slot of a field; one that is None in every row is left out, or blamed."""
        if column.is_scalar:
            column = self._repeated(column)
        if field.kind == U8:
            return _number_slot("number", numbers(column), True, None)
        if field.kind in _LISTS:
            encoded = [self._entries(column, row, place) for row in range(self.rows)]
            return _octet_slot("raw", octets(column_of(column.key, encoded)), True, 0, None)
        array = octets(column) if field.kind == OCTETS else texts(column)
        return _octet_slot(_KINDS[field.kind], array, True, field.limit, None)

    def _repeated(self, column: Column) -> Column:
        """Return a single value as a column of rows."""
        entries = _ENTRIES if column.key in self.fields and self.fields[str(column.key)].kind in _LISTS else ()
        return column_of(column.key, [column.value] * self.rows, entries)

    def _entries(self, column: Column, row: int, place: int) -> bytes | None:
        value = column.at(row)
        try:
            return None if value is None else fill.field_octets(self.place, place, value)
        except EncodeError:
            raise self.first(row) from None

    def _tlv_slot(self, column: Column) -> Slot:
        row = self._tlv(column.key)
        if row is None:
            raise TableError(f"column {column.key!r}: no such TLV")
        strict = isinstance(column.key, str)
        kind = _TLV_KINDS[row.kind] if row.introduced else _UNKNOWN
        tlv = (row.tag, kind, row.least, row.most, strict)
        ready = kind_of(column) == "octets"
        if row.kind == "int" and is_wide(column):
            return self._wide_slot(column, row, tlv)
        if row.kind == "int" and not ready:
            return _number_slot("tlv_number", numbers(column), False, tlv)
        if row.kind == "cstring" and not ready:
            return _octet_slot("tlv_string", texts(column), False, row.most, tlv)
        return _octet_slot("tlv_raw", octets(column), False, 0, tlv)

    def _wide_slot(self, column: Column, row: Tlv, tlv: tuple[int, int, int, int, bool]) -> Slot:
        """Return the slot of numbers that the core has no type for, as octets; one that is too large is blamed."""
        import numpy as np

        array = big_endian(column, max(row.least, 1))
        too_large = np.diff(parts(array)[0]) > row.most
        if too_large.any():
            raise self.first(int(too_large.argmax()))
        return _octet_slot("tlv_raw", array, False, 0, tlv)

    def header(self) -> "tuple[npt.NDArray[np.int64] | None, npt.NDArray[np.int64] | None]":
        """Return command_status and sequence_number of every row, None where it is not given."""
        return self._number(_HEADER[0]), self._number(_HEADER[1])

    def _number(self, name: str) -> "npt.NDArray[np.int64] | None":
        import numpy as np

        column = self.columns.get(name)
        if column is None:
            return None
        if column.is_scalar:
            column = self._repeated(column)
        array = numbers(column)
        if array.null_count:
            raise self.first(int(np.argmin(np.asarray(array.is_valid()))))
        return np.ascontiguousarray(array, np.int64)

    def bare(self, status: "npt.NDArray[np.int64] | None") -> "npt.NDArray[np.uint8] | None":
        """Return which rows are responses without a body, None when none is."""
        import numpy as np

        if self.row.kind != RESPONSE or not self.fields:
            return None
        if not self.given:
            if not self.row.bare_on_error or status is None:
                return None
            tlvs = [column for key, column in self.columns.items() if key not in _HEADER]
            return np.asarray((status != 0) & ~self._any_there(tlvs), np.uint8)
        there = self._any_there(self.given)
        return None if there.all() else (~there).view(np.uint8)

    def _any_there(self, columns: list[Column]) -> "npt.NDArray[np.bool_]":
        import numpy as np

        there = np.zeros(self.rows, bool)
        for column in columns:
            there |= self._there(column)
        return there

    def _there(self, column: Column) -> "npt.NDArray[np.bool_]":
        """Return which rows of a column have a value."""
        import numpy as np

        if column.is_scalar:
            return np.full(self.rows, column.value is not None)
        if isinstance(column.array, list):
            return np.array([value is not None for value in column.array], bool)
        return np.asarray(column.array.is_valid(), bool)

    def keywords(self, row: int) -> dict[str, Any]:
        """Return what builds the PDU of one row by its class."""
        found: dict[str, Any] = {"tlvs": []}
        for key, column in self.columns.items():
            value = self._value(column, row)
            if key in self.fields or key in _HEADER:
                found[str(key)] = value
            elif value is not None:
                found["tlvs"].append((key, value))
        return found

    def _value(self, column: Column, row: int) -> Any:
        """Return a value of a column as it is written: NumPy and pandas have whole numbers as floats as well."""
        try:
            value = column.at(row)
        except UnicodeDecodeError:
            raise EncodeError(f"{column.key}: the text is no UTF-8", field=str(column.key)) from None
        if column.is_scalar or not isinstance(value, float) or not value.is_integer():
            return value
        field, tlv = self.fields.get(str(column.key)), self._tlv(column.key)
        whole = column.key in _HEADER or (field.kind == U8 if field else tlv is not None and tlv.kind == "int")
        return int(value) if whole else value

    def fault(self, row: int) -> EncodeError:
        """Return what is wrong with a row, in the words of building its PDU alone."""
        try:
            getattr(classes, class_name(self.row.name))(**self.keywords(row), profile=self.profile)
        except EncodeError as error:
            place = f"row {row:,}, column " if error.field in self.columns else f"row {row:,}: "
            return EncodeError(
                f"{place}{error}", field=error.field, offset=error.offset, command_status=error.command_status
            )
        return EncodeError(f"row {row:,}: a value does not fit")

    def first(self, row: int) -> EncodeError:
        """Return what is wrong with the first bad row: ``row`` is one, but other columns of those before it may be."""
        return self.search() or self.fault(row)

    def search(self) -> EncodeError | None:
        """Return what is wrong with the first row that cannot be built: a column mixes types, or has wrong ones."""
        made = getattr(classes, class_name(self.row.name))
        for row in range(self.rows):
            try:
                made(**self.keywords(row), profile=self.profile)
            except EncodeError:
                return self.fault(row)
        return None


def _rows_of(table: Any) -> int | None:
    """Return how many rows a DataFrame or an Arrow table has, with columns or without; None for a mapping."""
    return None if isinstance(table, Mapping) or not hasattr(table, "__len__") else len(table)


def _without_rows(column: Column) -> Column:
    """Return a column of a table that has no rows: what was taken for a list field without entries is one as well."""
    is_list = column.is_scalar and isinstance(column.value, list | tuple)
    return Column(column.key, array=[]) if is_list and not len(column.value) else column


def _add_ready(slots: list[Slot], ready: bytes, body: bool = True) -> None:
    """Add octets that every row has, to those just before if these are of the same part."""
    if slots and slots[-1][0] == "ready" and slots[-1][1] == body:
        ready = slots.pop()[6] + ready
    if ready:
        slots.append(("ready", body, len(ready), None, None, None, ready, None))


def _number_slot(kind: str, array: Any, body: bool, tlv: tuple[int, int, int, int, bool] | None) -> Slot:
    import numpy as np

    values = np.ascontiguousarray(array.fill_null(0), np.int64)
    return kind, body, 1, tlv, values, None, None, valid(array)


def _octet_slot(kind: str, array: Any, body: bool, limit: int, tlv: tuple[int, int, int, int, bool] | None) -> Slot:
    places, data = parts(array)
    return kind, body, limit, tlv, None, places, data, valid(array)
