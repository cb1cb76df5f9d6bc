from collections.abc import Iterable
from typing import Any, Literal

import numpy.typing as npt

from .buffers import Block

class Column:
    name: str
    kind: Literal["int", "text", "octets", "list"]
    values: Block
    offsets: Block | None
    valid: Block | None
    absent: Block | None
    nulls: int
    def __len__(self) -> int: ...
    def to_list(self) -> list[Any]: ...
    def to_numpy(self) -> npt.NDArray[Any]: ...
    def bitmap(self) -> Block | None: ...

class Whole:
    def __init__(self, names: Iterable[str], rows: int) -> None: ...
    def take(self) -> dict[str, Column]: ...

class Arena: ...
