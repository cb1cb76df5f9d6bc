"""Where a text is cut into parts: as few as can be, no character in two, clusters whole where that costs no part."""

from typing import NamedTuple

from .._core.measure import fit, fit_back
from ..errors import TextError
from .alphabets import gsm7
from .clusters import joins, start_of_cluster
from .ways import MOST_PARTS, Way


class Cut(NamedTuple):
    """One part of a text: its characters ``start:end`` and its units.

    >>> Cut(0, 5, 5).end
    5
    """

    start: int
    end: int
    units: int


def cut(text: str, way: Way, units: int, parts: int, packed_after: int = -1) -> list[Cut]:
    """Return the parts of a text that takes ``units`` and at least ``parts`` in this way; ``chosen_way`` tells both.

    Every part takes what fits. When a cut would fall into a cluster (an accent, a joined emoji) it moves before it, if
    the rest still fits the parts that are left. ``packed_after`` is the header in octets when septets are to be packed
    after it: no part but the last then ends on an octet with ``@`` or CR, which a reader could take for filler.

    >>> cut("a" * 161, (1, 0, 0, True, 160, 153, 0), 161, 2)
    [Cut(start=0, end=153, units=153), Cut(start=153, end=161, units=8)]
    """
    if parts == 1 and units <= way[4]:
        return [Cut(0, len(text), units)]
    check_parts(parts)
    cuts: list[Cut] = []
    start = 0
    tails = _Tails(text, way)
    while start < len(text):
        end, taken = fit(text, start, way[5], way)
        if end < len(text) and joins(text, end, start):
            end = _before_cluster(text, start, end, tails, parts - len(cuts) - 1)
        if end < len(text) and packed_after >= 0:
            end = _before_filler(text, start, end, way, packed_after)
        cuts.append(Cut(start, end, fit(text[start:end], 0, taken, way)[1]))
        check_parts(len(cuts))
        start = end
    return cuts


def check_parts(parts: int) -> None:
    """Raise ``TextError`` for more parts than a header can count.

    >>> check_parts(255)
    """
    if parts > MOST_PARTS:
        raise TextError(too_long(parts))


def too_long(parts: int) -> str:
    """Return the sentence for a text of more parts than can be sent.

    >>> too_long(300)
    'the text takes 300 parts, but at most 255 can be joined: shorten it'
    """
    return f"the text takes {parts} parts, but at most {MOST_PARTS} can be joined: shorten it"


class _Tails:
    """For each number of parts, where the longest tail of the text begins that fits them; found as asked for."""

    def __init__(self, text: str, way: Way) -> None:
        self._text = text
        self._way = way
        self._starts = [len(text)]

    def start(self, parts: int) -> int:
        while len(self._starts) <= parts:
            self._starts.append(fit_back(self._text, self._starts[-1], self._way[5], self._way))
        return self._starts[max(parts, 0)]


def _before_cluster(text: str, start: int, end: int, tails: _Tails, parts_left: int) -> int:
    earlier = start_of_cluster(text, end, start)
    return earlier if earlier > start and earlier >= tails.start(parts_left) else end


def _before_filler(text: str, start: int, end: int, way: Way, header: int) -> int:
    """One character earlier when the part would end on an octet with a septet that looks like filler."""
    while end - start > 1:
        bits = 8 * header + -8 * header % 7 + 7 * fit(text[start:end], 0, way[5], way)[1]
        if bits % 8 or gsm7.encode(text[end - 1], way[1], way[2])[-1] not in (0x00, 0x0D):
            break
        end -= 1
    return end
