"""IP fragments put together again, in bounded memory."""

from typing_extensions import disjoint_base

@disjoint_base
class Fragments:
    """The datagrams under way and those that are finished."""

    @property
    def begun(self) -> int: ...
    @property
    def finished(self) -> int: ...
