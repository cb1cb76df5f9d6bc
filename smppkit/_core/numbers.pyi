"""Telephone numbers of a column as people write them, made digits; what takes more knowledge is left to others."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

_Octets: TypeAlias = Buffer | npt.NDArray[np.uint8]
_Numbers: TypeAlias = Buffer | npt.NDArray[np.int64]

def digits(octets: _Octets, offsets: _Numbers) -> tuple[bytes, bytearray, bytearray]: ...
