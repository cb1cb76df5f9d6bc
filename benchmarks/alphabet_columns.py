"""Columns of GSM 7-bit text beside rivals in a list comprehension, and beside plain C over the same buffers.

Messages of 1 to 160 characters. Our kernels stand beside C kernels of the same kind: words of shifts and masks, and
the instructions of BMI2, which are used by themselves where the processor has them.
"""

import random
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import smppkit as sk
from smppkit._core.packing import kernels, use_kernel

from . import plain
from .rivals import Found
from .rounds import OURS, Contender, Row, call, measure

CHARACTERS = "abcdefghijklmnopqrstuvwxyz     ,.ABCDEFGHIJ0123456789" * 8 + "éàü£@ñØ_\n€[]"
Whole = tuple[bytes, bytes]


def laid_out(found: Any) -> Whole:
    """Return a column in the form in which contenders are compared: where its rows end, and its octets."""
    if isinstance(found, tuple):
        return found
    if isinstance(found, list | pd.Series):
        found = pa.array(found)
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    kind = pa.binary() if found.type in (pa.binary(), pa.large_binary()) else pa.string()
    _, ends, octets = found.cast(kind).buffers()
    ends = ends[: 4 * len(found) + 4]
    return ends.to_pybytes(), octets[: np.frombuffer(ends, np.int32)[-1]].to_pybytes()


class Columns:
    """The same messages as texts, septets and packed octets, as every contender wants them."""

    def __init__(self, rows: int) -> None:
        source = random.Random(1)
        self.texts = ["".join(source.choices(CHARACTERS, k=source.randint(1, 150))) for _ in range(rows)]
        self.text = pa.array(self.texts)
        self.septets = sk.gsm7.encode(self.text)
        self.packed = sk.gsm7.pack(self.septets)
        self.counts = np.diff(np.frombuffer(self.septets.buffers()[1], np.int32)[: rows + 1]).astype(np.int64)


def with_kernel(name: str, work: Callable[[], object]) -> object:
    before = use_kernel(name)
    try:
        return work()
    finally:
        use_kernel(before)


def ours(column: Any, work: Callable[[Any], object], packing: bool) -> list[Contender]:
    series = pd.Series(pd.array(column, dtype="str" if column.type == pa.string() else pd.ArrowDtype(column.type)))
    made = [
        call(OURS, partial(work, column), laid_out),
        call(f"{OURS}, of a Series", partial(work, series), laid_out),
    ]
    if packing and "bmi2" in kernels():
        made.append(call(f"{OURS}, words", partial(with_kernel, "words", partial(work, column)), laid_out))
    return made


def in_c(column: Any, way: str, counts: Any = b"") -> list[Contender]:
    built = plain.build("alphabet")
    if not isinstance(built, ModuleType):
        return []
    kinds = {plain.NAME: way}
    if way in ("pack", "unpack"):
        kinds[f"{plain.NAME}, words"] = f"{way} words"
        if built.has_bmi2:
            kinds[f"{plain.NAME}, BMI2"] = f"{way} BMI2"
    _, ends, octets = column.buffers()
    ends = ends[: 4 * len(column) + 4]
    return [call(name, partial(built.column, kind, ends, octets, counts), laid_out) for name, kind in kinds.items()]


def rival(
    found: Found, package: str, work: Callable[[tuple[ModuleType, ...]], Callable[[], object]]
) -> list[Contender]:
    """The quickest rival of the one-call rows, for each message in a list comprehension."""
    return [call(package, work(found.modules[package]), laid_out)] if package in found.modules else []


def tables(found: Found, rows: int, rounds: int) -> Sequence[Row]:
    columns = Columns(rows)
    septets, packed = columns.septets.to_pylist(), columns.packed.to_pylist()

    def encode(modules: tuple[ModuleType, ...]) -> Callable[[], object]:
        one = modules[0].GSM0338Codec().encode
        return lambda: [one(text)[0] for text in columns.texts]

    def decode(modules: tuple[ModuleType, ...]) -> Callable[[], object]:
        return lambda: [row.decode("gsm23.038") for row in septets]

    def pack(modules: tuple[ModuleType, ...]) -> Callable[[], object]:
        latin = [row.decode("latin-1") for row in septets]
        return lambda: [bytes.fromhex(modules[1].pack_8bits_to_7bits(row)[2:]) for row in latin]

    def unpack(modules: tuple[ModuleType, ...]) -> Callable[[], object]:
        pairs = [(list(row), count) for row, count in zip(packed, columns.counts.tolist(), strict=True)]
        return lambda: [modules[1].unpack_msg(row)[:count] for row, count in pairs]

    things = (
        ("text to septets", columns.text, sk.gsm7.encode, "encode", b"", rival(found, "smsutil", encode)),
        ("septets to text", columns.septets, sk.gsm7.decode, "decode", b"", rival(found, "gsmcodecs", decode)),
        ("pack", columns.septets, sk.gsm7.pack, "pack", b"", rival(found, "python-messaging", pack)),
        (
            "unpack",
            columns.packed,
            lambda column: sk.gsm7.unpack(column, columns.counts),
            "unpack",
            columns.counts,
            rival(found, "python-messaging", unpack),
        ),
    )
    return [
        measure(
            f"{name}, a column of {rows:,}, per message",
            [*ours(column, work, "pack" in way), *in_c(column, way, counts), *theirs],
            rounds,
            rows,
        )
        for name, column, work, way, counts, theirs in things
    ]
