from typing import Any, TypeAlias

import numpy.typing as npt
from typing_extensions import Buffer

_Numbers: TypeAlias = Buffer | npt.NDArray[Any]

class Pending:
    def __init__(self, response_time: int) -> None: ...
    def feed(
        self,
        commands: _Numbers,
        sequences: _Numbers,
        links: _Numbers,
        directions: _Numbers,
        times: _Numbers,
        first: int,
        answers: _Numbers,
        flags: _Numbers,
    ) -> None: ...
