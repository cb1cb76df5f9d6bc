"""A million PDUs beside smpp34 and pandas; ``python -m benchmarks.codec`` runs it.

Octets into a DataFrame of 12 columns; integers and offsets only; and the peak of memory above the input. smpp34 is the
fastest rival that decodes PDUs; ``their_rows`` is what a careful user writes around it.
"""

from types import ModuleType

import numpy as np
import pandas as pd

import smppkit as sk

from . import memory, plain, their_rows
from .rounds import OURS, Row, call, cores, machine, measure, report, times
from .traffic import mixed

RIVAL = "smpp34"
SAMPLE = 2_000


def numbers(octets: bytes) -> pd.DataFrame:
    """Integers alone, and the offset of each PDU."""
    table = sk.frame(octets, columns=their_rows.NUMBERS)
    table["offset"] = sk.scan(octets).offset
    return table


def headers(octets: bytes) -> tuple[np.ndarray, ...]:
    index = sk.scan(octets)
    return index.offset, index.length, index.command_id, index.sequence_number


def plain_headers(extension: ModuleType, octets: bytes) -> tuple[np.ndarray, ...]:
    columns = [np.empty(len(octets) // 16, dtype) for dtype in (np.int64, np.uint32, np.uint32, np.uint32)]
    count = extension.headers(octets, *columns)
    return tuple(column[:count] for column in columns)


def same_frames(octets: bytes) -> None:
    """End the run where the contenders' tables differ."""
    pairs = {
        "12 columns": (sk.frame(octets, columns=their_rows.COLUMNS), their_rows.frame(octets)),
        "integers and offsets": (numbers(octets), their_rows.numbers(octets)),
    }
    heads = [headers(octets), their_rows.headers(octets)]
    if isinstance(extension := plain.build(), ModuleType):
        heads.append(plain_headers(extension, octets))
    if any([column.tolist() for column in other] != [column.tolist() for column in heads[0]] for other in heads):
        raise SystemExit("offsets and headers differ")
    for title, (ours, theirs) in pairs.items():
        for name in theirs:
            left, right = (_plain(table[name]) for table in (ours, theirs))
            if left != right:
                row = next(at for at, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1])
                raise SystemExit(f"{title}: column {name} differs in row {row}: {left[row]!r}, {right[row]!r}")


def _plain(column: pd.Series) -> list[object]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    return [None if pd.isna(value) else value for value in column.tolist()]


def frames(octets: bytes, count: int, rounds: int) -> list[Row]:
    same_frames(octets[: sk.scan(octets).offset[min(SAMPLE, count - 1)]])
    wide = [
        call(OURS, lambda: sk.frame(octets, columns=their_rows.COLUMNS)),
        call(RIVAL, lambda: their_rows.frame(octets)),
    ]
    narrow = [call(OURS, lambda: numbers(octets)), call(RIVAL, lambda: their_rows.numbers(octets))]
    heads = [call(OURS, lambda: headers(octets)), call(RIVAL, lambda: their_rows.headers(octets))]
    if isinstance(extension := plain.build(), ModuleType):
        heads.append(call(plain.NAME, lambda: plain_headers(extension, octets)))
    return [
        measure(f"{count:,} mixed PDUs to {len(their_rows.COLUMNS)} columns", wide, rounds, agree=False),
        measure(f"the same, {len(their_rows.NUMBERS)} integers and the offset", narrow, rounds, agree=False),
        measure("the same, offsets and headers as arrays", heads, rounds, agree=False),
    ]


def memory_table(octets: bytes, count: int) -> str:
    taken = memory.measured(octets)
    lines = [f"## Memory for {count:,} mixed PDUs to {len(their_rows.COLUMNS)} columns", ""]
    lines += [
        f"{machine([RIVAL, 'pandas'])}, {cores()}",
        "",
        "| | peak above the input | beside smppkit |",
        "|---|---|---|",
    ]
    for contender, octets_taken in taken.items():
        beside = "" if contender == OURS else times(octets_taken / taken[OURS])
        lines.append(f"| {contender} | {octets_taken / 1e6:,.0f} MB | {beside} |")
    size = f"The input has {len(octets) / 1e6:,.0f} MB."
    told = "One run each, in a process of its own; interpreter and pandas do not count."
    return "\n".join([*lines, "", f"{size} {told}"])


def tables(count: int, rounds: int) -> list[str]:
    octets = mixed(count)
    memory_told = memory_table(octets, count)
    rows = frames(octets, count, rounds)
    built = plain.build()
    limit = f"{plain.NAME} is the limit, no rival: one loop (benchmarks/plain) made for these PDUs, without any checks."
    notes = [limit if isinstance(built, ModuleType) else built]
    return [report("Many PDUs", rows, [RIVAL, "pandas"], notes), memory_told]
