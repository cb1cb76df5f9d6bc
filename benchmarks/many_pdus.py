"""A million PDUs beside smpp34 and pandas; ``python -m benchmarks.codec`` runs it.

Octets into a DataFrame of 12 columns; integers and offsets only; and the peak of memory above the input. smpp34 is the
fastest rival that decodes PDUs; ``their_rows`` is what a careful user writes around it. Ours is measured as users call
it, on all cores, and on one thread: that is how it stands beside plain C.
"""

from collections.abc import Iterable
from types import ModuleType

import numpy as np
import pandas as pd

import smppkit as sk
from smppkit.frames.buffers import pieces_of
from smppkit.frames.columns import table
from smppkit.frames.reading import Reading
from smppkit.frames.slices import columns

from . import memory, plain, plain_columns, their_rows
from .rounds import OURS, WARM, Row, call, load, machine, measure, report, times
from .traffic import mixed

RIVAL = "smpp34"
ALONE = f"{OURS}, one thread"
AGAIN = f"{plain.NAME}, the same memory again"
WIDE = their_rows.COLUMNS
NARROW = (*their_rows.NUMBERS, "offset")


def frame(octets: bytes, names: tuple[str, ...], threads: int | None = None) -> pd.DataFrame:
    """What sk.frame does, with as many threads as are wanted."""
    return table(list(pieces_of(octets)), [], names, Reading.of(None), threads)


def headers(octets: bytes) -> tuple[np.ndarray, ...]:
    index = sk.scan(octets)
    return index.offset, index.length, index.command_id, index.sequence_number


def plain_headers(extension: ModuleType, octets: bytes) -> tuple[np.ndarray, ...]:
    columns = [np.empty(len(octets) // 16, dtype) for dtype in (np.int64, np.uint32, np.uint32, np.uint32)]
    count = extension.headers(octets, *columns)
    return tuple(column[:count] for column in columns)


def distinct(octets: bytes) -> bytes:
    """Each PDU that occurs, once."""
    index = sk.scan(octets)
    places = zip(index.offset.tolist(), index.length.tolist(), strict=True)
    return b"".join(dict.fromkeys(octets[at : at + size] for at, size in places))


def same_frames(octets: bytes) -> int:
    """End the run where the contenders' tables differ; return how many PDUs have been compared."""
    heads = [headers(octets), their_rows.headers(octets)]
    if isinstance(extension := plain.build(), ModuleType):
        heads.append(plain_headers(extension, octets))
    if any([column.tolist() for column in other] != [column.tolist() for column in heads[0]] for other in heads):
        raise SystemExit("offsets and headers differ")
    for names, theirs in ((WIDE, their_rows.frame(octets)), (NARROW, their_rows.numbers(octets))):
        ours = listed(sk.frame(octets, columns=names), names)
        same(ours, listed(theirs, names), RIVAL)
        same(ours, listed(frame(octets, names, threads=1), names), ALONE)
        if isinstance(extension := plain.build("frames"), ModuleType):
            make = plain_columns.wide if names is WIDE else plain_columns.narrow
            same(ours, {name: plain_columns.listed(column) for name, column in make(extension, octets).items()}, "C")
    return len(heads[0][0])


def same(ours: dict[str, list[object]], theirs: dict[str, list[object]], contender: str) -> None:
    for name, left in ours.items():
        if left != theirs[name]:
            row = next(at for at, pair in enumerate(zip(left, theirs[name], strict=True)) if pair[0] != pair[1])
            raise SystemExit(f"{contender}: column {name} differs in row {row}: {left[row]!r}, {theirs[name][row]!r}")


def listed(frame: pd.DataFrame, names: Iterable[str]) -> dict[str, list[object]]:
    """Return the columns as lists of plain values, in which contenders are compared."""
    return {name: _plain(frame[name]) for name in names}


def _plain(column: pd.Series) -> list[object]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if column.dtype.kind == "M":
        return plain_columns.listed(column.to_numpy("M8[ns]"))
    return [None if pd.isna(value) else value for value in column.tolist()]


def frames(octets: bytes, count: int, rounds: int) -> list[Row]:
    """Time tables, then columns alone: ours on one thread beside plain C, and on all cores beside one."""
    pieces = list(pieces_of(octets))

    def decoded(threads: int | None) -> object:
        return columns(pieces, WIDE, Reading.of(None), threads)

    tables = [
        [
            call(OURS, lambda names=names: sk.frame(octets, columns=names)),
            call(ALONE, lambda names=names: frame(octets, names, threads=1)),
            call(RIVAL, lambda theirs=theirs: theirs(octets)),
        ]
        for names, theirs in ((WIDE, their_rows.frame), (NARROW, their_rows.numbers))
    ]
    heads = [call(OURS, lambda: headers(octets)), call(RIVAL, lambda: their_rows.headers(octets))]
    if isinstance(extension := plain.build(), ModuleType):
        heads.append(call(plain.NAME, lambda: plain_headers(extension, octets)))
    spread = [call(OURS, lambda: decoded(None)), call(ALONE, lambda: decoded(1))]
    return [
        measure(f"{count:,} mixed PDUs to {len(WIDE)} columns", tables[0], rounds, agree=False, warm=True),
        measure(f"the same, {len(NARROW) - 1} integers and the offset", tables[1], rounds, agree=False, warm=True),
        measure("the same, offsets and headers as arrays", heads, rounds, agree=False, warm=True),
        *beside_plain(octets, rounds),
        measure(f"the {len(WIDE)} columns alone, no DataFrame, offsets known", spread, rounds, agree=False, warm=True),
    ]


def beside_plain(octets: bytes, rounds: int) -> list[Row]:
    """Ours on one thread, into a DataFrame, beside a loop in C that writes columns of the same layout.

    The loop gets fresh memory each time, as any program does, and in a second row the same memory again: ours is kept
    from one call to the next, and what part of the speed that is should be seen.
    """
    if not isinstance(extension := plain.build("frames"), ModuleType):
        return []
    room, less_room = plain_columns.room_for_wide(octets), plain_columns.room_for_narrow(octets)
    wide = [
        call(OURS, lambda: frame(octets, WIDE, threads=1)),
        call(plain.NAME, lambda: plain_columns.wide(extension, octets)),
        call(AGAIN, lambda: plain_columns.wide(extension, octets, room)),
    ]
    narrow = [
        call(OURS, lambda: frame(octets, NARROW, threads=1)),
        call(plain.NAME, lambda: plain_columns.narrow(extension, octets)),
        call(AGAIN, lambda: plain_columns.narrow(extension, octets, less_room)),
    ]
    return [
        measure(f"one thread: {len(WIDE)} columns", wide, rounds, agree=False, warm=True),
        measure(f"one thread: {len(NARROW) - 1} integers and the offset", narrow, rounds, agree=False, warm=True),
    ]


def memory_table(octets: bytes, count: int) -> str:
    taken = memory.measured(octets)
    lines = [f"## Memory for {count:,} mixed PDUs to {len(WIDE)} columns", ""]
    lines += [
        f"{machine([RIVAL, 'pandas'])}{load()}",
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
    compared = same_frames(distinct(octets))
    agreed = f"Compared first: every value of all {compared:,} distinct PDUs, in all contenders' columns."
    rows = frames(octets, count, rounds)
    built = plain.build()
    limit = (
        f"{plain.NAME} is a yardstick, no rival: one loop (benchmarks/plain) made for these PDUs, without any checks. "
        f"It writes into fresh memory, as a program does; {AGAIN!r} spares it that."
    )
    notes = [agreed, limit if isinstance(built, ModuleType) else built, WARM]
    return [report("Many PDUs", rows, [RIVAL, "pandas"], notes), memory_told]
