"""Whatever table somebody has, read by columns as Arrow arrays; no object is made for a row."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..codec.columns import column_of, is_scalar
from ..errors import TableError
from ..frames.roles import ROLES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

_ROLES: Mapping[str, tuple[str, ...]] = {
    "destination": ("destination", *ROLES["destination"].names),
    "text": ("text", "message", "messagetext", "shortmessage", "body", "content"),
    "sender": ("sender", "senderid", "sourceaddr", "from"),
    "tag": ("tag",),
    "validity": ("validity", "validityperiod"),
    "schedule": ("schedule", "scheduledeliverytime"),
}


class Rows:
    """A table: ``count`` rows, ``labels`` (the index of a DataFrame, else numbers from 0) and columns by name.

    Made from a DataFrame, an Arrow table or anything that hands itself over as one, a mapping of columns, a list of
    mappings (one for each row), the path of a csv, xlsx or Parquet file, or a list of numbers alone.

    >>> rows = Rows.of({"msisdn": ["+32471123456"], "Name": ["Ann"]})
    >>> rows.count, rows.names, rows.named("destination")
    (1, ['msisdn', 'Name'], 'msisdn')
    """

    def __init__(self, columns: Mapping[str, Any], count: int, labels: "pd.Index[Any]") -> None:
        """Keep the columns; ``Rows.of`` is the way in."""
        self._columns = columns
        self.count = count
        self.labels = labels
        self.names = list(columns)

    @classmethod
    def of(cls, table: Any) -> "Rows":
        """Read whatever table it is; ``TableError``, one sentence, for what is none."""
        import pandas as pd

        if isinstance(table, str | os.PathLike):
            table = _read(table)
        if isinstance(table, pd.Series):
            table = table.to_frame("destination")
        if isinstance(table, pd.DataFrame):
            return cls(_named(table.columns, lambda place: table.iloc[:, place]), len(table), table.index)
        if isinstance(table, Mapping):
            columns = {str(name): values for name, values in table.items()}
        elif hasattr(table, "__arrow_c_stream__"):
            columns = _of_arrow(table)
        elif isinstance(table, Sequence) and table and isinstance(table[0], Mapping):
            columns = _of_records(table)
        elif isinstance(table, Sequence) or hasattr(table, "__array__"):
            columns = {"destination": table}
        else:
            raise TableError(f"no table: a {type(table).__name__} is neither a DataFrame, columns by name, nor a file")
        count = _count(columns)
        return cls(columns, count, pd.RangeIndex(count))

    def named(self, role: str) -> str | None:
        """Return the column that means something, by the names that exports use; None where there is none."""
        plain = {name: re.sub("[^a-z0-9]", "", name.lower()) for name in self.names}
        for wanted in _ROLES[role]:
            for name, small in plain.items():
                if small == wanted:
                    return name
        return None

    def destination(self) -> str:
        """Return the column with the numbers, or raise TableError."""
        name = self.named("destination")
        if name is None:
            there = ", ".join(self.names) or "none"
            raise TableError(
                f"the table has no column destination (or to, msisdn, number, phone), it has: {there}; rename one"
            )
        return name

    def column(self, name: str) -> Any:
        """Return a column as one Arrow array, or as a list where its values have no common type.

        >>> Rows.of({"to": [1, "a"]}).column("to")
        [1, 'a']
        """
        import pyarrow as pa

        values = self._columns[name]
        if is_scalar(values):
            values = [values] * self.count
        array = column_of(name, values).array
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        return array

    def texts(self, name: str) -> Any:
        """Return a column as people read it: large_string, missing values null.

        Whole floats lose their point (whole numbers with gaps are often floats), dates without a time their midnight.

        >>> Rows.of({"a": [1.0, None], "b": [2.5, 1.0]}).texts("a").to_pylist()
        ['1', None]
        """
        return as_texts(self.column(name))


def as_texts(column: Any) -> Any:
    """Return an Arrow array or a list as large_string.

    >>> import pyarrow as pa
    >>> as_texts(pa.array([True, None])).to_pylist(), as_texts([2.0, "b"]).to_pylist()
    (['True', None], ['2', 'b'])
    """
    import pyarrow as pa

    if isinstance(column, list):
        return pa.array([_shown(value) for value in column], pa.large_string())
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _dates(column)
    plain = (pa.types.is_integer, pa.types.is_floating, pa.types.is_null, pa.types.is_large_string, pa.types.is_string)
    if any(check(kind) for check in plain) or kind == pa.string_view():
        return column.cast(pa.large_string())
    return pa.array([_shown(value) for value in column.to_pylist()], pa.large_string())


class Mapped(NamedTuple):
    """A column whose few different values were each looked at once: what became of them, and which a row has.

    ``code`` is -1 where the row has no value; ``wrong`` has the sentence of each value that could not be.

    >>> mapped(["8080", None, "8080"], int).found
    [8080]
    """

    found: list[Any]
    wrong: dict[int, str]
    code: "npt.NDArray[np.int64]"

    def reasons(self) -> dict[int, str]:
        """Return what is wrong with which row.

        >>> list(mapped(["a", "1"], int).reasons())
        [0]
        """
        import numpy as np

        bad = np.flatnonzero(np.isin(self.code, list(self.wrong))) if self.wrong else ()
        return {int(row): self.wrong[int(self.code[row])] for row in bad}

    def pick(self, rows: "npt.NDArray[np.int64] | slice") -> list[Any]:
        """Return what became of the values of some rows, None where there is none.

        >>> mapped(["7", None], int).pick(slice(None))
        [7, None]
        """
        found = [*self.found, None]
        return [found[code] for code in self.code[rows].tolist()]


def mapped(column: Any, read: Callable[[Any], Any]) -> Mapped:
    """Read every different value of a column once; a ValueError of ``read`` is what is wrong with it.

    >>> mapped(["1", "x"], int).code.tolist()
    [0, 1]
    """
    import numpy as np

    if isinstance(column, list):
        values = [None if _missing(value) else value for value in column]
        different = list(dict.fromkeys(value for value in values if value is not None))
        places = {value: number for number, value in enumerate(different)}
        code = np.array([-1 if value is None else places[value] for value in values], np.int64)
    else:
        encoded = column.dictionary_encode()
        different = encoded.dictionary.to_pylist()
        code = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    found: list[Any] = []
    wrong: dict[int, str] = {}
    for number, value in enumerate(different):
        try:
            found.append(read(value))
        except ValueError as error:
            found.append(None)
            wrong[number] = str(error)
    return Mapped(found, wrong, code)


def _dates(column: Any) -> Any:
    """Dates as people of all countries read them; the time of day where one row has any."""
    import pyarrow as pa
    import pyarrow.compute as pc

    times = pc.strftime(column, format="%Y-%m-%d %H:%M")
    if pc.all(pc.ends_with(times, " 00:00")).as_py() is not False:
        times = pc.utf8_slice_codeunits(times, 0, 10)
    return times.cast(pa.large_string())


def _missing(value: object) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and isnan(value))


def _shown(value: object) -> str | None:
    if _missing(value):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _named(names: Any, column: Callable[[int], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, name in enumerate(names):
        if str(name) in found:
            raise TableError(f"two columns are called {str(name)!r}: rename one")
        found[str(name)] = column(place)
    return found


def _of_records(rows: Sequence[Any]) -> dict[str, Any]:
    """Columns of rows; what a row does not have is missing there. Values stay what they are: no int becomes a float."""
    for place, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TableError(
                f"row {place} is no dict but a {type(row).__name__}, and those before are: give dicts alone"
            )
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _named(names, lambda place: [row.get(names[place]) for row in rows])


def _of_arrow(table: Any) -> dict[str, Any]:
    import pyarrow as pa

    whole = table if isinstance(table, pa.Table) else pa.table(table)
    return _named(whole.column_names, whole.column)


def _count(columns: Mapping[str, Any]) -> int:
    lengths = {name: len(values) for name, values in columns.items() if not is_scalar(values)}
    if len(set(lengths.values())) > 1:
        raise TableError(f"columns of different lengths: {', '.join(f'{name} {n}' for name, n in lengths.items())}")
    return next(iter(lengths.values()), 1 if columns else 0)


def _read(path: "str | os.PathLike[str]") -> Any:
    from ..frames.source import read

    found = read(Path(path))
    if not hasattr(found, "columns"):
        raise TableError(f"{Path(path).name} is a capture: give a table (csv, xlsx, parquet)")
    return found
