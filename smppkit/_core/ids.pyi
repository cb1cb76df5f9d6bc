from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

_Octets: TypeAlias = Buffer | npt.NDArray[np.uint8]
_Numbers: TypeAlias = Buffer | npt.NDArray[Any]

class Ids:
    def __init__(self, secret: bytes) -> None: ...
    def add_ids(self, ids: _Octets, id_offsets: _Numbers, addresses: _Octets, address_offsets: _Numbers) -> bytes: ...
    def add_receipts(
        self, ids: _Octets, id_offsets: _Numbers, addresses: _Octets, address_offsets: _Numbers
    ) -> bytes: ...
