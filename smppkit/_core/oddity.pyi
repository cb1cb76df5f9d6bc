"""Which readable PDUs have something odd about them."""

from collections.abc import Iterable

from smppkit.spec.kinds import Tlv

class Rules:
    def __init__(self, vendor: Iterable[Tlv]) -> None: ...
