"""The GSM 7-bit alphabets as ``gsm7``: encode, decode, pack, unpack, strict or with look-alikes, texts and columns."""

from .._core.septets import Gsm7
from . import alphabet_columns
from .lookalikes import replace

__all__ = ["gsm7"]


def _the_one() -> Gsm7:
    """Return ``gsm7``, as it travels between processes."""
    return gsm7


gsm7 = Gsm7(replace, alphabet_columns, _the_one)
