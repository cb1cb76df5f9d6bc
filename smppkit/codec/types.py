"""What may be given where a PDU is built, in words for type checkers."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from .._core.entries import DistributionList, SmeAddress, UnsuccessSme

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Buffer

Octets: TypeAlias = "Buffer | npt.NDArray[np.uint8]"
"""bytes, bytearray, memoryview, a NumPy array of uint8: anything bytes-like."""

Destination: TypeAlias = SmeAddress | DistributionList | Mapping[str, Any]
"""An entry of dest_address."""

Failure: TypeAlias = UnsuccessSme | Mapping[str, Any]
"""An entry of unsuccess_sme."""

TlvValue: TypeAlias = "int | str | Octets | None"
"""The value of a TLV as its row says; octets go for any."""

TlvValues: TypeAlias = (
    "Mapping[str, TlvValue | list[Any]] | Mapping[int, TlvValue | list[Any]]"
    " | Mapping[str | int, TlvValue | list[Any]] | Iterable[tuple[str | int, TlvValue | list[Any]]] | None"
)
"""TLVs by name or tag, as a mapping or as pairs; a list of values stands for a TLV that repeats."""
