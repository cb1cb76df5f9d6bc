"""Where each PDU of a buffer begins, and its header: one pass over the lengths, without the GIL."""

from typing_extensions import Buffer

from .buffers import Block

def scan(buffer: Buffer, max_length: int, headers: bool = True) -> tuple[list[Block], int, bool]: ...
