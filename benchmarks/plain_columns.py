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


def room_for_wide(octets: bytes) -> list[np.ndarray]:
    """Memory for ``wide``: integers, times, and three parts of each column of strings; what is not touched is free."""
    most = len(octets) // 16
    parts = (most + 1, np.int64), (len(octets) * 3 // 2, np.uint8), (most // 8 + 1, np.uint8)
    strings = [np.empty(*part) for _ in STRINGS for part in parts]
    return [*_integers(most, len(INTEGERS)), np.empty(most, np.int64), *strings]


def wide(extension: ModuleType, octets: bytes, room: list[np.ndarray] | None = None) -> dict[str, Any]:
    """Return the columns of ``their_rows.COLUMNS``: (values, absent) of integers, times, Arrow strings.

    They lie in fresh memory, as those of any program do, or in ``room``, where the last ones lay.
    """
    room = room_for_wide(octets) if room is None else room
    integers, done_date, strings = room[: 2 * len(INTEGERS)], room[2 * len(INTEGERS)], room[2 * len(INTEGERS) + 1 :]
    for bitmap in strings[2::3]:
        bitmap.fill(0)
    rows = extension.wide(octets, *room)
    found: dict[str, Any] = {"receipt_done_date": done_date[:rows].view("M8[ns]")}
    for name, values, absent in zip(INTEGERS, integers[::2], integers[1::2], strict=True):
        found[name] = values[:rows], absent[:rows]
    for name, offsets, text, bitmap in zip(STRINGS, strings[::3], strings[1::3], strings[2::3], strict=True):
        buffers = [pa.py_buffer(part) for part in (bitmap, offsets, text)]
        found[name] = pa.LargeStringArray.from_buffers(rows, buffers[1], buffers[2], buffers[0])
    return {name: found[name] for name in COLUMNS}


def room_for_narrow(octets: bytes) -> list[np.ndarray]:
    """Memory for ``narrow``."""
    most = len(octets) // 16
    return [*_integers(most, len(NUMBERS)), np.empty(most, np.int64)]


def narrow(extension: ModuleType, octets: bytes, room: list[np.ndarray] | None = None) -> dict[str, Any]:
    """Return the columns of ``their_rows.NUMBERS`` as (values, absent), and ``offset``; ``room`` as for ``wide``."""
    *integers, offset = room_for_narrow(octets) if room is None else room
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
