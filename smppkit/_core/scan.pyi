"""Where each PDU of a buffer begins, and its header: one pass over the lengths, without the GIL."""

from typing_extensions import Buffer

def scan(buffer: Buffer, max_length: int) -> tuple[list[bytearray], int, bool]: ...
