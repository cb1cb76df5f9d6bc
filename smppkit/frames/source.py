"""Any file to a log or a table, and tables to files: what a file is, its content says and not its name."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import pandas as pd

from ..errors import CaptureError, TableError
from ..journal.pcap import looks_like_capture, read_capture
from . import delimited, parquet, spreadsheet, texts
from .log import Log
from .paths import drafted
from .reading import AnyProfile

PathLike: TypeAlias = str | os.PathLike[str]

_SAMPLE = 1 << 12
_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")


def read(
    path: PathLike, *, port: int | Sequence[int] | None = None, profile: AnyProfile = None
) -> "Log | pd.DataFrame":
    """Read a capture as a Log, a table as a DataFrame: what the file is, its content says and not its name.

    A capture is pcap or pcapng, also packed with gzip; SMPP is recognised on any port, or looked for on ``port`` alone.
    ``profile`` says what a provider's TLVs and codings mean. A table is csv (any separator), xlsx or Parquet, saved by
    ``sk.save`` or anybody else: what ``sk.save`` wrote comes back as it was; of other tables every csv and xlsx
    column is text, so that ids such as 0004E2, 1e240 and 00123 stay what they are.

    Raises CaptureError, with one sentence, for a file that is neither, is empty, damaged or holds no SMPP; TableError
    for a table that is not rectangular; OSError when it cannot be opened.

    >>> import smppkit as sk, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "export.csv")
    ...     _ = path.write_text("MsgId;Status\\n0004E2;DELIVRD\\n")
    ...     sk.read(path)
        MsgId   Status
    0  0004E2  DELIVRD
    """
    where = Path(path)
    with where.open("rb") as file:
        head = file.read(_SAMPLE)
    if looks_like_capture(head):
        return Log(read_capture(where, port), where.name, profile)
    if head.startswith(b"PAR1"):
        return parquet.read(where)
    if head.startswith(b"PK\x03\x04"):
        return spreadsheet.read(where)
    if _is_delimited(where, head):
        return delimited.read(where)
    raise CaptureError(_refusal(where, head), offset=0)


def _refusal(path: Path, head: bytes) -> str:
    if not head:
        return f"{path.name} is empty"
    if head.startswith(b"SQLite format 3\0"):
        return f"{path.name} is an SQLite database: this version reads captures and tables, no journals on disk"
    what = "a capture (pcap, pcapng) nor a table (csv, xlsx, parquet)"
    return f"{path.name} is neither {what}: it begins with {head[:4].hex(' ')}"


def _is_delimited(path: Path, head: bytes) -> bool:
    """A text named like one, or text whose first lines have the same number of fields, two or more."""
    marked = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    if path.suffix.lower() in _TEXT_SUFFIXES and head:
        return marked or 2 * head.count(b"\0") < len(head)
    try:
        sample = head.decode("utf-16" if marked else "utf-8", "ignore" if len(head) == _SAMPLE else "strict")
    except UnicodeDecodeError:
        return False
    sample = sample.removeprefix("\ufeff")
    lines = delimited.body(sample).splitlines()[:3]
    if len(lines) < 2 or not all(line.replace("\t", "").isprintable() for line in lines):
        return False
    separator, columns = delimited.shape(sample)
    return columns > 1 and lines[1].count(separator) >= columns - 1


_WRITERS: Mapping[str, Callable[[pd.DataFrame, Path], None]] = MappingProxyType(
    {".csv": delimited.write, ".xlsx": spreadsheet.write, ".parquet": lambda table, path: parquet.write([table], path)}
)


def save(table: "pd.DataFrame | pd.Series[Any]", path: PathLike) -> None:
    """Save a table as csv, xlsx or parquet, by the suffix of ``path``; ``sk.read`` gives back exactly the rows saved.

    Ids stay text and nothing becomes a formula: csv puts a quote before texts that a spreadsheet would run (phone
    numbers in international form are left alone), xlsx types every text as text. Octets are hex and lists JSON where
    the format has neither. An index that says something becomes columns. The file appears whole or not at all.
    Parquet keeps ``table.attrs`` as well, by which questions know when observation ended; of csv and xlsx they take
    the latest time, unless ``table.assign(observed_until=table.attrs["observed_until"])`` was saved.
    Raises TableError for another suffix, for names that are not all different, and for what the format cannot hold;
    OSError when the file cannot be written.

    >>> import smppkit as sk, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "today.csv")
    ...     sk.save(pd.DataFrame({"message_id": ["0004E2", "1e240", "00123"]}), path)
    ...     sk.read(path)["message_id"].tolist()
    ['0004E2', '1e240', '00123']
    """
    where = Path(path)
    write = _WRITERS.get(where.suffix.lower())
    if write is None:
        raise TableError(f"cannot save as {where.suffix or where.name!r}: name the file .csv, .xlsx or .parquet")
    plain = _plain(table)
    try:
        with drafted(where) as draft:
            write(plain, draft)
    except TableError as error:
        raise TableError(f"{where.name}: {error}") from None


def _plain(table: "pd.DataFrame | pd.Series[Any]") -> pd.DataFrame:
    """One row of names, all different, and no index."""
    if isinstance(table, pd.Series):
        table = table.to_frame()
    if not isinstance(table, pd.DataFrame):
        raise TableError(f"save takes a DataFrame, not {type(table).__name__}")
    levels = 0 if isinstance(table.index, pd.RangeIndex) else table.index.nlevels
    if levels:
        table = table.reset_index(allow_duplicates=True)
    if table.columns.nlevels > 1:
        raise TableError("the columns of the table need one row of names, all different: rename them first")
    _check_names(table.columns, levels)
    return table.rename(columns=str)


def _check_names(columns: "pd.Index[Any]", levels: int) -> None:
    """Raise TableError unless all names are text and different; the first ``levels`` were those of the index."""
    names = [str(name) for name in columns]
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise texts.no_text(name, error) from None
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        index = ", that of the index among them" if twice in names[:levels] else ""
        raise TableError(f"the names of the columns must be all different, but some are {twice!r}{index}: rename one")
