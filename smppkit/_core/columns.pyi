"""Many PDUs to columns, without the GIL."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from smppkit.spec.kinds import Tlv

from .column import Column, Whole

def decode(
    buffer: bytes | bytearray | memoryview,
    offset: npt.NDArray[np.int64] | list[int],
    length: npt.NDArray[np.int64] | list[int],
    names: Iterable[str],
    codings: bytes | None = None,
    vendor: Mapping[str, Tlv] | None = None,
    odd: bool = False,
    into: Whole | None = None,
    first: int = 0,
) -> dict[str, Column]: ...
def whole(names: Iterable[str], rows: int, vendor: Mapping[str, Tlv] | None = None) -> Whole: ...
