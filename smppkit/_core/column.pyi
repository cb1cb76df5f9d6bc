from typing import Any, Literal

import numpy.typing as npt
from typing_extensions import Buffer

class Block(Buffer):
    def __len__(self) -> int: ...

class Column:
    name: str
    kind: Literal["int", "text", "octets", "list"]
    values: Block
    offsets: Block | None
    valid: Block | None
    nulls: int
    def __len__(self) -> int: ...
    def to_list(self) -> list[Any]: ...
    def to_numpy(self) -> npt.NDArray[Any]: ...
    def bitmap(self) -> Block | None: ...
