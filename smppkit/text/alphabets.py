"""The GSM 7-bit alphabets as ``gsm7``: encode, decode, pack, unpack, strict or with look-alikes."""

from .._core.septets import Gsm7
from .lookalikes import replace

__all__ = ["gsm7"]

gsm7 = Gsm7(replace)
