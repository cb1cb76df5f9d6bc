from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

_Octets: TypeAlias = Buffer | npt.NDArray[np.uint8]
_Numbers: TypeAlias = Buffer | npt.NDArray[Any]

def listed(values: list[Any]) -> tuple[bool, bytes, bytearray, bytearray | None] | None: ...
def gather(octets: _Octets, starts: _Numbers, lengths: _Numbers) -> bytes: ...
def prefixes(octets: _Octets, offsets: _Numbers, out: _Numbers) -> None: ...
