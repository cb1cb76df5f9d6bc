"""The fields of a PDU as attributes of its class: one getter in C for each kind of field."""

from typing import Any

def describe(kind: type[Any], row: int, docs: tuple[str, ...]) -> None: ...
