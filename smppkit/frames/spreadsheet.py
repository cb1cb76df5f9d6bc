"""Tables as xlsx: every text a cell typed as text, so that nothing is a formula and no id a number.

The few parts that a workbook needs (ECMA-376) are written here: the packages that write xlsx take texts of a certain
form for markup or formulas, refuse control characters, or write some texts so that they read back as others.
"""

import re
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import CaptureError, SmppError, TableError
from . import texts

_MOST_ROWS = 1_048_576  # of a sheet, its header among them
_MOST_COLUMNS = 16_384
_MOST_CHARACTERS = 32_767  # of a cell
_MOST_OCTETS = 1 << 32  # of an unpacked workbook: more is a bomb
_EXACT = 1 << 53  # whole numbers up to here are exact in a cell
_SLICE = 10_000  # rows written at a time

# XML has no such characters, or readers change them: they are written as _xHHHH_. What looks so already is escaped.
_STRANGE = "[\x00-\x08\x0b-\x1f\ufffe\uffff]"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="smppkit" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_SHEET = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table into the first sheet of a workbook; an absent value is no cell.

    Raises TableError for what no sheet can hold.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(pd.DataFrame({"id": ["00123", "=1+1"]}), Path(folder, "a.xlsx"))
    ...     read(Path(folder, "a.xlsx"))["id"].tolist()
    ['00123', '=1+1']
    """
    if len(table) >= _MOST_ROWS or len(table.columns) > _MOST_COLUMNS:
        fits = f"{_MOST_ROWS - 1:,} rows and {_MOST_COLUMNS:,} columns"
        raise TableError(f"an xlsx sheet holds {fits}, not {len(table):,} and {len(table.columns):,}: save as parquet")
    columns = texts.arrows(table)
    for name, data in columns.items():
        _check_length(name, data)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in _PARTS.items():
            archive.writestr(part, _XML + content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write((_XML + _SHEET).encode())
            names = [pa.chunked_array([[name]], texts.LARGE) for name in columns]
            sheet.write(_rows(names, 1))
            for start in range(0, len(table), _SLICE):
                sheet.write(_rows([data.slice(start, _SLICE) for data in columns.values()], start + 2))
            sheet.write(b"</sheetData></worksheet>")


def _check_length(name: str, data: pa.ChunkedArray) -> None:
    longest = pc.max(pc.utf8_length(data)).as_py() if data.type == texts.LARGE else None
    if longest is not None and longest > _MOST_CHARACTERS:
        too_long = f"a text of {longest:,} characters, an xlsx cell holds {_MOST_CHARACTERS:,}"
        raise TableError(f"the column {name!r} has {too_long}: save as csv or parquet")


def _rows(columns: list[pa.ChunkedArray], first: int) -> bytes:
    """Some rows of the sheet as XML, the first of them numbered ``first``."""
    rows = len(columns[0]) if columns else 0
    numbers = pa.array(range(first, first + rows), pa.int64()).cast(texts.LARGE)
    cells = [_cells(data.combine_chunks(), _letters(place), numbers) for place, data in enumerate(columns)]
    lines = _join('<row r="', numbers, '">', *cells, "</row>")
    return "".join(lines.to_pylist()).encode()


def _cells(data: pa.Array, letters: str, numbers: pa.Array) -> pa.Array:
    """The cells of one column as XML, an empty text where there is no value."""
    where = _join(f'<c r="{letters}', numbers)
    if data.type == texts.LARGE:
        found = _join(where, '" t="inlineStr"><is><t xml:space="preserve">', _escaped(data), "</t></is></c>")
    elif pa.types.is_boolean(data.type):
        found = _join(where, '" t="b"><v>', data.cast(pa.int8()).cast(texts.LARGE), "</v></c>")
    else:
        words = data.cast(texts.LARGE)
        number = _join(where, '"><v>', words, "</v></c>")
        found = pc.if_else(_fits(data), number, _join(where, '" t="inlineStr"><is><t>', words, "</t></is></c>"))
    if pa.types.is_floating(data.type):
        found = pc.if_else(pc.is_nan(data), None, found)
    return pc.fill_null(found, "")


def _fits(data: pa.Array) -> pa.Array:
    """Whether a cell typed as a number keeps the number."""
    if pa.types.is_floating(data.type):
        return pc.is_finite(data)
    if pa.types.is_uint64(data.type):  # compared with a signed number, those of 2**63 and more would overflow
        return pc.less_equal(data, pa.scalar(_EXACT, data.type))
    return pc.and_(pc.less_equal(data, _EXACT), pc.greater_equal(data, -_EXACT))


def _escaped(data: pa.Array) -> pa.Array:
    data = pc.replace_substring_regex(data, "_(x[0-9A-Fa-f]{4})", "_x005F_\\1")
    for character in sorted(set(_strange(data))):
        data = pc.replace_substring(data, character, f"_x{ord(character):04X}_")
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        data = pc.replace_substring(data, character, entity)
    return data


def _strange(data: pa.Array) -> Iterator[str]:
    pattern = re.compile(_STRANGE)
    for text in data.filter(pc.match_substring_regex(data, _STRANGE)).to_pylist():
        yield from pattern.findall(text)


def _join(*pieces: "pa.Array | str") -> pa.Array:
    whole = [pa.scalar(piece, texts.LARGE) if isinstance(piece, str) else piece for piece in pieces]
    return pc.binary_join_element_wise(*whole, pa.scalar("", texts.LARGE))


def _letters(place: int) -> str:
    """How a sheet calls its columns: A to Z, AA to ZZ, …"""
    letters = ""
    place += 1
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return letters


def read(path: Path) -> pd.DataFrame:
    """Read the first sheet: every cell as text, but for columns of ours, which come back as they were.

    Formulas of other programs are taken by their last result. Raises TableError when there is no header, CaptureError
    when the file is no workbook, SmppError when the package openpyxl is missing.

    >>> read(Path("missing.xlsx"))
    Traceback (most recent call last):
        ...
    FileNotFoundError: [Errno 2] No such file or directory: 'missing.xlsx'
    """
    _refuse_bomb(path)
    try:
        reader = import_module("openpyxl")
    except ImportError:
        raise SmppError('reading xlsx needs the package openpyxl: run pip install "smppkit[lab]"') from None
    with path.open("rb") as file:  # by a path, openpyxl would judge the file by its name
        try:
            book = reader.load_workbook(file, read_only=True, data_only=True)
        except (KeyError, ValueError, TypeError, SyntaxError) as error:
            raise CaptureError(f"{path.name} is a zip archive, but no workbook that can be read: {error}") from None
        try:
            return _table(book.worksheets[0].iter_rows(values_only=True) if book.worksheets else iter(()), path)
        finally:
            book.close()


def _table(rows: Iterator[tuple[Any, ...]], path: Path) -> pd.DataFrame:
    names = [_cell_text(cell) for cell in next(rows, ())]
    while names and names[-1] is None:
        names.pop()
    if not names:
        raise TableError(f"{path.name} has no columns: the first row of its first sheet is empty")
    cells: list[list[str | None]] = [[] for _ in names]
    for row in rows:
        if any(cell is not None for cell in row[len(names) :]):
            raise TableError(f"{path.name} has a row with more cells than the {len(names)} of its header")
        for place, column in enumerate(cells):
            column.append(_cell_text(row[place]) if place < len(row) else None)
    found: dict[str, pa.ChunkedArray] = {}
    for place, (name, column) in enumerate(zip(names, cells, strict=True), 1):
        title = texts.unlike(f"column {place}" if name is None else name, found)
        found[title] = pa.chunked_array([pa.array(column, texts.LARGE)])
    return texts.restored(found)


def _cell_text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) <= _EXACT else repr(cell)
    return str(cell)


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            octets = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise CaptureError(f"{path.name} begins like a workbook, but is cut off or damaged") from None
    if octets > _MOST_OCTETS:
        raise CaptureError(f"{path.name} would unpack to {octets:,} octets: refused")
