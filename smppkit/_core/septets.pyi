"""GSM 7-bit text for Python: text to septets, septets to packed octets, and back. One object, ``Gsm7``."""

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, Literal, TypeAlias, overload

import pandas as pd

_Octets: TypeAlias = bytes | bytearray | memoryview
_Errors: TypeAlias = Literal["strict", "replace", "ignore", "look-alike"]
_Arrow: TypeAlias = Any  # pyarrow.Array or pyarrow.ChunkedArray, which have no types; the same comes back

class Gsm7:
    def __init__(
        self, look_alike: Callable[[str, int, int], str], columns: ModuleType, found_by: Callable[[], Gsm7]
    ) -> None: ...
    @overload
    def encode(self, text: str, locking: int | str = 0, single: int | str = 0, errors: _Errors = "strict") -> bytes: ...
    @overload
    def encode(
        self, text: pd.Series[Any], locking: int | str = 0, single: int | str = 0, errors: _Errors = "strict"
    ) -> pd.Series[bytes]: ...
    @overload
    def encode(
        self, text: _Arrow, locking: int | str = 0, single: int | str = 0, errors: _Errors = "strict"
    ) -> _Arrow: ...
    @overload
    def decode(self, octets: _Octets, locking: int | str = 0, single: int | str = 0) -> str: ...
    @overload
    def decode(self, octets: pd.Series[Any], locking: int | str = 0, single: int | str = 0) -> pd.Series[str]: ...
    @overload
    def decode(self, octets: _Arrow, locking: int | str = 0, single: int | str = 0) -> _Arrow: ...
    @overload
    def pack(self, septets: _Octets, fill_bits: int = 0, *, filler: bool = False) -> bytes: ...
    @overload
    def pack(self, septets: pd.Series[Any], fill_bits: int = 0, *, filler: bool = False) -> pd.Series[bytes]: ...
    @overload
    def pack(self, septets: _Arrow, fill_bits: int = 0, *, filler: bool = False) -> _Arrow: ...
    @overload
    def unpack(self, octets: _Octets, count: int | None = None, fill_bits: int = 0) -> bytes: ...
    @overload
    def unpack(
        self, octets: pd.Series[Any], count: int | Iterable[int | None] | None = None, fill_bits: int = 0
    ) -> pd.Series[bytes]: ...
    @overload
    def unpack(self, octets: _Arrow, count: int | Iterable[int | None] | None = None, fill_bits: int = 0) -> _Arrow: ...
