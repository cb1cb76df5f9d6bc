"""Tables as Parquet, with dtypes that come back."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from ..errors import CaptureError, TableError
from . import arrays, texts

_REFUSALS = (pa.ArrowException, TypeError, ValueError, OverflowError)
_OURS = b"smppkit"  # key of what we add to the metadata of a file
_NULLABLE = MappingProxyType(
    {
        getattr(pa, name.lower())(): getattr(pd, f"{name}Dtype")()
        for name in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
    }
)


def write(pieces: Iterable[pd.DataFrame], path: Path) -> None:
    """Write frames of the same columns one after the other.

    Raises TableError for a column that no Parquet file can hold.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write([pd.DataFrame({"id": ["7"]}), pd.DataFrame({"id": ["8"]})], Path(folder, "a.parquet"))
    ...     read(Path(folder, "a.parquet"))["id"].tolist()
    ['7', '8']
    """
    writer: pyarrow.parquet.ParquetWriter | None = None
    try:
        for piece in pieces:
            data = _arrow(piece)
            if writer is None:
                writer = pyarrow.parquet.ParquetWriter(path, data.schema)
            if len(data):
                writer.write_table(data.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()


def _arrow(table: pd.DataFrame) -> pa.Table:
    """An Arrow table whose dtypes come back; of lists pandas writes names that it cannot read itself."""
    try:
        data = pa.Table.from_pandas(table, preserve_index=False)
    except _REFUSALS:
        for name in table.columns:
            _refuse(table[[name]])
        raise
    told = json.loads(data.schema.metadata[b"pandas"])
    told["columns"] = [column for column in told["columns"] if not column["numpy_type"].startswith("list<")]
    return data.replace_schema_metadata({b"pandas": json.dumps(told), _OURS: json.dumps(_categories(table))})


def _refuse(column: pd.DataFrame) -> None:
    """Raise TableError in the name of a column that Arrow has no kind for."""
    name = column.columns[0]
    try:
        pa.Table.from_pandas(column, preserve_index=False)
    except UnicodeEncodeError as error:
        raise texts.no_text(name, error) from None
    except _REFUSALS as error:
        why = " ".join(map(str, error.args))
        raise TableError(f"the column {name!r} cannot be saved as Parquet: {why}") from None


def _categories(table: pd.DataFrame) -> dict[str, list[str]]:
    """The categories of each column of names: Parquet keeps none where no row has one."""
    found = {name: column.cat.categories for name, column in table.select_dtypes("category").items()}
    return {str(name): list(words) for name, words in found.items() if words.dtype == "str"}


def read(path: Path) -> pd.DataFrame:
    """Read a Parquet file: whole numbers stay whole where some are absent, octets and lists stay in Arrow.

    Raises CaptureError when the file is damaged.

    >>> read(Path("missing.parquet"))
    Traceback (most recent call last):
        ...
    FileNotFoundError: [Errno 2] No such file or directory: 'missing.parquet'
    """
    with path.open("rb") as file:
        try:
            whole = pyarrow.parquet.read_table(file)
        except (pa.ArrowException, OSError) as error:
            raise CaptureError(f"{path.name} is no Parquet file that can be read: {error}") from None
    table: pd.DataFrame = whole.to_pandas(types_mapper=_in_arrow)
    for field in whole.schema:
        if field.type in _NULLABLE and pd.api.types.is_float_dtype(table[field.name]):
            table[field.name] = whole[field.name].to_pandas(types_mapper=_NULLABLE.get)
    for name, words in json.loads((whole.schema.metadata or {}).get(_OURS, b"{}")).items():
        if isinstance(table[name].dtype, pd.CategoricalDtype):
            more = [word for word in table[name].cat.categories if word not in words]
            table[name] = table[name].cat.set_categories(pd.Index([*words, *more], dtype="str"))
    return table


def _in_arrow(kind: pa.DataType) -> Any:
    if pa.types.is_large_binary(kind):
        return arrays.OCTETS
    return pd.ArrowDtype(kind) if pa.types.is_nested(kind) or pa.types.is_binary(kind) else None
