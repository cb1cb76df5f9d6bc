"""From octets in any pieces to whole PDUs."""

from typing import NamedTuple

from ..codec import scan
from ..codec.index import Index
from ..errors import FramingError


class Split(NamedTuple):
    """Whole PDUs: ``found`` says where they stand in ``octets``.

    ``lost`` is the fault behind the last of them when the next command_length is absurd; ``rest`` are the octets there.
    """

    octets: bytes
    found: Index
    lost: FramingError | None = None
    rest: bytes = b""


class Splitter:
    """Keeps the beginning of a PDU until the rest of it has come; never more than one PDU and what came with it.

    ``since`` is when the PDU that is not whole yet began to arrive, None when there is none.

    >>> splitter = Splitter(70_000)
    >>> octets = bytes.fromhex("00000010 00000015 00000000 00000001")
    >>> splitter.feed(octets[:7], 3.0), splitter.since
    (None, 3.0)
    >>> splitter.feed(octets[7:], 4.0).found.sequence_number, splitter.since
    (array([1], dtype=uint32), None)
    """

    def __init__(self, most: int) -> None:
        """Begin between two PDUs; a command_length above ``most`` is absurd."""
        self.most = most
        self.since: float | None = None
        self._held = bytearray()
        self._wanted = 0

    def __len__(self) -> int:
        """Return the octets of the PDU that is not whole yet."""
        return len(self._held)

    def feed(self, octets: bytes, now: float) -> Split | None:
        """Take octets as they came; return the PDUs that are whole now, None while nothing can be told."""
        if self._held:
            self._held += octets
            if len(self._held) < self._wanted:
                return None
            octets = bytes(self._held)
        elif not octets:
            return None
        try:
            index = scan(octets, max_length=self.most)
        except FramingError as error:
            self.clear()
            return Split(octets, error.index, error, octets[error.offset :])
        self._keep(octets[index.consumed :], bool(index.consumed), now)
        return Split(octets, index) if len(index) else None

    def clear(self) -> None:
        """Forget the PDU that is not whole yet."""
        self._held.clear()
        self.since = None

    def _keep(self, rest: bytes, moved: bool, now: float) -> None:
        self._held[:] = rest
        self._wanted = int.from_bytes(rest[:4], "big") if len(rest) >= 4 else 4
        if not rest:
            self.since = None
        elif moved or self.since is None:
            self.since = now
