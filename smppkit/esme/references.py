"""Reference numbers of long messages: two to one number never share one soon, so their parts cannot be mixed up."""

import secrets
import threading
from array import array
from collections.abc import Iterable
from zlib import crc32

_COUNTERS = 1 << 16


class References:
    """Counters of references, one for each of 65,536 groups of destinations; any thread may ask.

    Destinations that share a counter skip numbers, nothing worse: a number returns to a destination after 256 (or
    65,536, with 16 bits) long messages of its group. Counters begin anywhere, so that a second process does not repeat
    what the first has just sent. The memory stays the same for ever. The lock is this object's own and is held for one
    call.

    >>> references = References()
    >>> first = references.next("32471123456")
    >>> (references.next("32471123456") - first) % 65_536
    1
    """

    def __init__(self) -> None:
        """Begin anywhere."""
        self._lock = threading.Lock()
        self._counters = array("H", secrets.token_bytes(2 * _COUNTERS))

    def next(self, destination: str) -> int:
        """Return the next reference for a destination, 0 to 65,535: use as many of its low bits as there is room for.

        >>> 0 <= References().next("8080") <= 65_535
        True
        """
        return self.next_of([destination])[0]

    def next_of(self, destinations: Iterable[str]) -> list[int]:
        """Return the next reference for each of several destinations, one of which may come twice.

        >>> one, two = References().next_of(["8080", "8080"])
        >>> one == two
        False
        """
        groups = [crc32(destination.encode("utf-8", "replace")) % _COUNTERS for destination in destinations]
        counters = self._counters
        given: list[int] = []
        with self._lock:
            for group in groups:
                counters[group] = reference = (counters[group] + 1) & 0xFFFF
                given.append(reference)
        return given
