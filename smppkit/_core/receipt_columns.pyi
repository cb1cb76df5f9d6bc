from typing_extensions import Buffer

from .buffers import Block

def columns(
    data: Buffer, offsets: Buffer, valid: Buffer | None = None
) -> tuple[bytearray, bytearray, bytearray, list[Block], list[bytearray]]: ...
