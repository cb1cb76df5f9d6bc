"""The records of a capture file, walked in batches: pcap records and the packet blocks of pcapng."""

from typing_extensions import disjoint_base

DONE: int
FULL: int
CUT: int
BROKEN: int

@disjoint_base
class Rows:
    """A batch of packets: where each lies in the file."""

    @property
    def count(self) -> int: ...
    @property
    def strangers(self) -> int: ...
    def pcap(
        self,
        data: bytes | memoryview,
        position: int,
        largest: int,
        *,
        link_type: int,
        big: bool,
        nanoseconds: bool,
        header: int,
    ) -> tuple[int, int]: ...
    def pcapng(self, data: bytes | memoryview, position: int) -> tuple[int, int]: ...
    def unread(self) -> dict[int, int]: ...
