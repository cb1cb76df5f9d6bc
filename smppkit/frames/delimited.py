"""Tables as CSV: written so that no cell is a formula and read without converting what is not ours."""

import codecs
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from ..errors import TableError
from . import guard, texts

_SEPARATORS = ",;\t|"
_BLOCK = 1 << 26  # octets read at once: more than any row of ours has
_SAMPLE = 1 << 16
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table; an absent value is an empty cell, an empty text a quoted one.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(pd.DataFrame({"id": ["00123", "=1+1", None]}), Path(folder, "a.csv"))
    ...     Path(folder, "a.csv").read_text().split()
    ['"id"', '"00123"', '"\\'=1+1"']
    """
    columns = {}
    for name in table.columns:
        data = texts.arrow(table[name])
        columns[guard.guard_name(str(name))] = guard.guarded(data) if data.type == texts.LARGE else data
    pa_csv.write_csv(pa.table(columns), path)


def read(path: Path) -> pd.DataFrame:
    """Read a table: every cell stays the text it is, but for columns of ours, which come back as they were.

    The separator (comma, semicolon, tab or bar) is the one that the first line has most of. Raises TableError when rows
    differ in length.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.csv").write_text("MsgId;sequence_number\\n0004E2;7\\n")
    ...     read(Path(folder, "a.csv"))
        MsgId  sequence_number
    0  0004E2                7
    """
    encoding = _encoding(path)
    separator, columns = shape(_sample(path, encoding))
    if not columns:
        raise TableError(f"{path.name} has no columns: its first line is empty")
    found: dict[str, pa.ChunkedArray] = {}
    for place, data in enumerate(_cells(path, encoding, columns, separator).columns, 1):
        name = data[0].as_py()
        title = f"column {place}" if name is None else guard.unguard_name(name)
        found[texts.unlike(title, found)] = guard.unguarded(data[1:])
    return texts.restored(found)


def shape(sample: str) -> tuple[str, int]:
    """Return what separates the cells in the first line of a CSV text, and how many there are; 0 for an empty line.

    >>> shape('a;"b,c"\\n1;2\\n')
    (';', 2)
    """
    counts = dict.fromkeys(_SEPARATORS, 0)
    quoted = False
    line = 0
    for character in sample:
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
        line += 1
    separator = max(_SEPARATORS, key=counts.__getitem__)
    return separator, counts[separator] + 1 if line else 0


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")


def _sample(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        return file.read(_SAMPLE).decode(encoding, "replace").removeprefix("\ufeff")


def _cells(path: Path, encoding: str, columns: int, separator: str) -> pa.Table:
    """All cells as text, those of the first line among them."""
    places = [str(place) for place in range(columns)]
    read_options = pa_csv.ReadOptions(block_size=_BLOCK, encoding=encoding, column_names=places)
    parse_options = pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True, ignore_empty_lines=columns > 1)
    convert_options = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(places, texts.LARGE),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    try:
        return pa_csv.read_csv(path, read_options, parse_options, convert_options)
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error) and encoding == "utf-8":  # what Windows programs write
            return _cells(path, "cp1252", columns, separator)
        raise TableError(f"{path.name} is no table of {columns} columns: {error}") from None
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name} is no text: {error}") from None
