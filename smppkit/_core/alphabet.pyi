"""Alphabets of message text: the tables; septets, octets and 16-bit units to UTF-8; no PDUs."""

ALPHABETS: tuple[str, ...]

def text_of(
    alphabet: int, octets: bytes | bytearray | memoryview, locking: int = 0, single: int = 0, fill_bits: int = 0
) -> str: ...
def coding_table() -> bytes: ...
