"""Texts of a column written for PDUs: alphabet chosen, long ones cut into parts, headers in front; no object each."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

_Octets: TypeAlias = Buffer | npt.NDArray[np.uint8]
_Numbers: TypeAlias = Buffer | npt.NDArray[np.int64]
_Way: TypeAlias = tuple[int, int, int, bool, int, int, int]

class Writer:
    way: memoryview
    parts: memoryview
    units: memoryview
    def __init__(
        self,
        octets: _Octets,
        offsets: _Numbers,
        first: _Way,
        wide: _Way | None = None,
        *,
        elements: bytes = b"",
        width: int = 1,
        whole: bool = False,
    ) -> None: ...
    def write(self, reference: _Numbers) -> tuple[bytes, bytearray, bytearray, bytearray]: ...
