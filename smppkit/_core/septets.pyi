"""GSM 7-bit text for Python: text to septets, septets to packed octets, and back. One object, ``Gsm7``."""

from collections.abc import Callable
from typing import Literal

class Gsm7:
    def __init__(self, look_alike: Callable[[str, int, int], str]) -> None: ...
    def encode(
        self,
        text: str,
        locking: int | str = 0,
        single: int | str = 0,
        errors: Literal["strict", "replace", "ignore", "look-alike"] = "strict",
    ) -> bytes: ...
    def decode(self, octets: bytes | bytearray | memoryview, locking: int | str = 0, single: int | str = 0) -> str: ...
    def pack(self, septets: bytes | bytearray | memoryview, fill_bits: int = 0, *, filler: bool = False) -> bytes: ...
    def unpack(self, octets: bytes | bytearray | memoryview, count: int | None = None, fill_bits: int = 0) -> bytes: ...
