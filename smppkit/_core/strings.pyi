from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

from .buffers import Block

_Octets: TypeAlias = Buffer | npt.NDArray[np.uint8]
_Numbers: TypeAlias = Buffer | npt.NDArray[Any]

def listed(values: list[Any]) -> tuple[bool, Block, Block, Block | None] | None: ...
def gather(octets: _Octets, starts: _Numbers, lengths: _Numbers) -> bytes: ...
def prefixes(octets: _Octets, offsets: _Numbers, out: _Numbers) -> None: ...
