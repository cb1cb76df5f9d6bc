"""Columns of GSM 7-bit text as Arrow keeps them: what ``septets`` does, for every row, without the GIL."""

from typing import final

from typing_extensions import Buffer

from .buffers import Block

BY_RULE: int

_Written = tuple[int, tuple[Block | None, Block, Block]]

@final
class Rows:
    def __init__(
        self, octets: Buffer, ends: Buffer, bits: Buffer | None, first: int, rows: int, wide: bool
    ) -> None: ...
    @property
    def octets_of_rows(self) -> int: ...

def encode(
    rows: Rows, locking: int, single: int, errors: str, wide: bool, refused: Buffer | None = None
) -> _Written: ...
def decode(rows: Rows, locking: int, single: int, wide: bool) -> _Written: ...
def pack(rows: Rows, fill_bits: int, filler: bool, wide: bool) -> _Written: ...
def unpack(rows: Rows, counts: Buffer | None, fill_bits: int, wide: bool) -> _Written: ...
