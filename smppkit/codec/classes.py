"""One class for each command of the protocol, made from the rows; ``classes.pyi`` says the same to type checkers."""

from .._core.pdu import adopt as _adopt
from .._core.pdu import decode as _decode
from ..profiles import Profile as _Profile
from ..profiles import find as _find
from ..spec.commands import ROWS as _ROWS
from .hexdump import read_hex as _read_hex
from .making import make as _make
from .making import seal as _seal


def _rebuild(octets: bytes, profile: _Profile | None) -> object:
    try:
        return _decode(octets, profile, max_length=len(octets))
    finally:
        del octets  # a traceback that shows locals must not show a password


_CLASSES = tuple(_make(row, place, __name__) for place, row in enumerate(_ROWS))
_adopt(_CLASSES, _read_hex, _rebuild, _Profile, _find)
_seal(_CLASSES)

__all__ = [made.__name__ for made in _CLASSES]
globals().update({made.__name__: made for made in _CLASSES})
