"""The TCP connections of a capture: which are there, which of them speak SMPP, and the records they carry."""

from array import array
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import disjoint_base

from .blocks import Rows
from .buffers import Block

_Int64 = npt.NDArray[np.int64] | array[int]

@disjoint_base
class Flows:
    """The connections of one capture."""

    def __new__(cls, data: bytes | memoryview, *, ports: bytes, largest: int, seed: bytes) -> Flows: ...
    @property
    def links(self) -> int: ...
    @property
    def packets(self) -> int: ...
    @property
    def segments(self) -> int: ...
    @property
    def refused(self) -> int: ...
    @property
    def records(self) -> int: ...
    @property
    def full(self) -> bool: ...
    @property
    def expected(self) -> int: ...
    def feed(self, rows: Rows, begin: int) -> int: ...
    def finish(self) -> bool: ...
    def columns(
        self,
        offset: _Int64,
        length: _Int64,
        time: _Int64,
        link: npt.NDArray[np.int32] | array[int],
        side: npt.NDArray[np.int8] | array[int],
    ) -> None: ...
    def take(self) -> tuple[Block, bytes, bytes, Block | bytes, bytes, list[tuple[int, bytes, bytes]]]: ...
    def others(self) -> dict[str, Any]: ...
