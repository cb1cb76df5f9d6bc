"""What plain C (plain/frames.c) makes of many PDUs: NumPy and Arrow arrays over memory that it filled."""

from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa

from .their_rows import COLUMNS, NUMBERS

STRINGS = ("source_addr", "destination_addr", "message_id", "text", "receipt_id", "receipt_stat", "receipt_err")
INTEGERS = ("command_id", "command_status", "sequence_number", "data_coding")


def _integers(most: int, count: int) -> list[np.ndarray]:
    return [np.empty(most, dtype) for _ in range(count) for dtype in (np.int64, np.uint8)]


def wide(extension: ModuleType, octets: bytes) -> dict[str, Any]:
    """Return the columns of ``their_rows.COLUMNS``: (values, absent) of integers, times, Arrow strings."""
    most = len(octets) // 16  # memory that is not touched costs nothing
    integers, done_date = _integers(most, len(INTEGERS)), np.empty(most, np.int64)
    strings = [
        part
        for _ in STRINGS
        for part in (
            np.empty(most + 1, np.int64),
            np.empty(len(octets) * 3 // 2, np.uint8),
            np.zeros(most // 8 + 1, np.uint8),
        )
    ]
    rows = extension.wide(octets, *integers, done_date, *strings)
    found: dict[str, Any] = {"receipt_done_date": done_date[:rows].view("M8[ns]")}
    for name, values, absent in zip(INTEGERS, integers[::2], integers[1::2], strict=True):
        found[name] = values[:rows], absent[:rows]
    for name, offsets, text, bitmap in zip(STRINGS, strings[::3], strings[1::3], strings[2::3], strict=True):
        buffers = [pa.py_buffer(part) for part in (bitmap, offsets, text)]
        found[name] = pa.LargeStringArray.from_buffers(rows, buffers[1], buffers[2], buffers[0])
    return {name: found[name] for name in COLUMNS}


def narrow(extension: ModuleType, octets: bytes) -> dict[str, Any]:
    """Return the columns of ``their_rows.NUMBERS`` as (values, absent), and ``offset``."""
    most = len(octets) // 16
    integers, offset = _integers(most, len(NUMBERS)), np.empty(most, np.int64)
    rows = extension.narrow(octets, *integers, offset)
    pairs = zip(NUMBERS, integers[::2], integers[1::2], strict=True)
    return {name: (values[:rows], absent[:rows]) for name, values, absent in pairs} | {"offset": offset[:rows]}


def listed(column: Any) -> list[object]:
    """Return a column as a list, None where a row has no value."""
    if isinstance(column, pa.Array):
        return column.to_pylist()
    if isinstance(column, tuple):
        return [None if none else value for value, none in zip(*(part.tolist() for part in column), strict=True)]
    return [None if value is None else value for value in column.tolist()]
