"""The names that sentences on PDUs use."""

from collections.abc import Iterable

from smppkit.spec.kinds import Tlv

class Vocabulary:
    def __init__(self, vendor: Iterable[Tlv]) -> None: ...
