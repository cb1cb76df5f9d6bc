"""Tables as CSV: written so that no cell is a formula and read without converting what is not ours."""

import codecs
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from ..errors import TableError
from . import guard, texts

_SEPARATORS = ",;\t|"
_BLOCK = 1 << 26  # octets read at once: more than any row of ours has
_SAMPLE = 1 << 16
_DIRECTIVE = re.compile("sep=([\\t !#-/:-@[-`{-~])(\\r\\n?|\\n|$)", re.IGNORECASE)  # in quotes it would be a name
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
    for name, data in texts.arrows(table).items():
        columns[guard.guard_name(name)] = guard.guarded(data) if data.type == texts.LARGE else data
    pa_csv.write_csv(pa.table(columns), path)


def read(path: Path) -> pd.DataFrame:
    """Read a table: every cell stays the text it is, but for columns of ours, which come back as they were.

    The separator (comma, semicolon, tab or bar) is the one that the first line has most of, or what a line ``sep=;``
    before it says, as Excel has it. Raises TableError when rows differ in length or a quote is never closed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.csv").write_text("MsgId;sequence_number\\n0004E2;7\\n")
    ...     read(Path(folder, "a.csv"))
        MsgId  sequence_number
    0  0004E2                7
    """
    encoding = _encoding(path)
    sample = _sample(path, encoding)
    separator, columns = shape(sample)
    if not columns:
        raise TableError(f"{path.name} has no columns: the line of their names is empty")
    found: dict[str, pa.ChunkedArray] = {}
    told = _DIRECTIVE.match(sample) is not None
    for place, data in enumerate(_cells(path, encoding, columns, separator, skipped=int(told)).columns, 1):
        name = data[0].as_py()
        title = f"column {place}" if name is None else guard.unguard_name(name)
        found[texts.unlike(title, found)] = guard.unguarded(data[1:])
    return texts.restored(found)


def body(sample: str) -> str:
    """Return a CSV text without the line ``sep=;`` by which Excel is told what separates the cells.

    >>> body("sep=;\\na;b\\n"), body("a;b\\n")
    ('a;b\\n', 'a;b\\n')
    """
    told = _DIRECTIVE.match(sample)
    return sample[told.end() :] if told else sample


def shape(sample: str) -> tuple[str, int]:
    """Return what separates the cells in the first line of a CSV text, and how many there are; 0 for an empty line.

    >>> shape('a;"b,c"\\n1;2\\n'), shape("sep=^\\na^b\\n")
    ((';', 2), ('^', 2))
    """
    told = _DIRECTIVE.match(sample)
    counts = dict.fromkeys(told[1] if told else _SEPARATORS, 0)
    quoted = False
    line = 0
    for character in body(sample):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
        line += 1
    separator = max(counts, key=counts.__getitem__)
    return separator, counts[separator] + 1 if line else 0


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")


def _sample(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        return file.read(_SAMPLE).decode(encoding, "replace").removeprefix("\ufeff")


def _cells(path: Path, encoding: str, columns: int, separator: str, skipped: int) -> pa.Table:
    """All cells as text, those of the first line among them."""
    places = [str(place) for place in range(columns)]
    read_options = pa_csv.ReadOptions(block_size=_BLOCK, encoding=encoding, column_names=places, skip_rows=skipped)
    parse_options = pa_csv.ParseOptions(delimiter=separator, newlines_in_values=True, ignore_empty_lines=columns > 1)
    convert_options = pa_csv.ConvertOptions(
        column_types=dict.fromkeys(places, texts.LARGE),
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
    )
    try:
        cells = pa_csv.read_csv(path, read_options, parse_options, convert_options)
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error) and encoding == "utf-8":  # what Windows programs write
            return _cells(path, "cp1252", columns, separator, skipped)
        _refuse_open_quote(path, encoding, separator)
        raise TableError(f"{path.name} is no table of {columns} columns: {error}") from None
    except UnicodeDecodeError as error:
        raise TableError(f"{path.name} is no text: {error}") from None
    if _may_end_quoted(path, encoding, cells.column(columns - 1)[-1].as_py() or ""):
        _refuse_open_quote(path, encoding, separator)
    return cells


def _may_end_quoted(path: Path, encoding: str, last: str) -> bool:
    """Whether the end of the file is that of a cell whose quote is open: Arrow takes the end for the closing quote."""
    if encoding == "utf-16":
        return True
    end = ('"' + last.replace('"', '""')).encode(encoding, "replace")
    with path.open("rb") as file:
        file.seek(max(file.seek(0, 2) - len(end), 0))
        return file.read() == end


def _refuse_open_quote(path: Path, encoding: str, separator: str) -> None:
    """Raise TableError if the file ends inside quotes; they count where a cell begins, as for Arrow."""
    data = path.read_bytes()
    if encoding == "utf-16":
        data = data.decode(encoding, "replace").encode()
    begins = b"(?:\\A(?:" + codecs.BOM_UTF8 + b")?|[\\r\\n" + re.escape(separator.encode()) + b"])"
    for quoted in re.finditer(begins + b'(")[^"]*+(?:""[^"]*+)*+(?P<end>"?)', data):
        if not quoted["end"]:
            line = 1 + len(re.findall(b"\\r\\n?|\\n", data[: quoted.start(1)]))
            raise TableError(
                f"{path.name}: the quote before a cell of line {line:,} is never closed, which makes all the rest one "
                'text: close it, or write the cell as """text" if the quote is part of it'
            )
