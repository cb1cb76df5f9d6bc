import sys
from typing import Any

import numpy.typing as npt
from typing_extensions import Buffer

class Block(Buffer):
    __hash__: None  # type: ignore[assignment]  # as of bytearray: what it holds may change

    if sys.version_info >= (3, 12):
        def __buffer__(self, flags: int, /) -> memoryview: ...

    def __len__(self) -> int: ...
    def __eq__(self, other: object) -> bool: ...
    def to_numpy(self) -> npt.NDArray[Any]: ...

def room(octets: int) -> Block: ...
