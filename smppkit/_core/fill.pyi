"""Encoding many PDUs of one command from columns into one buffer, without the GIL and without an object for each."""

from collections.abc import Callable, Iterable
from typing import Any

from .buffers import Block

def encode(
    row: int,
    rows: int,
    slots: list[tuple[Any, ...]],
    status: Any,
    number: Any,
    bare: Any,
    parts: int = 1,
    run: Callable[..., Iterable[None]] = map,
) -> tuple[bytes, Block, int, int]: ...
def field_octets(row: int, place: int, value: object) -> bytes: ...
def tlv_octets(key: str | int, value: object, profile: Any) -> bytes: ...
