"""The text of a message out of the texts of its parts, also where a sender cut a character in two.

UCS-2 texts are decoded part by part, so a surrogate pair cut between two parts (many senders count 16-bit units only)
gives a replacement character at either end of the cut. The units there are kept, and put together again here.
"""

from collections.abc import Iterable

import numpy as np

from .batch import Batch
from .table import Column, Ints, Strings

_REPLACEMENT = "\ufffd".encode()


def user_data(batch: Batch, rows: Ints) -> list[bytes]:
    """Return the octets of the text or data of some rows, without a user data header.

    >>> from smppkit.journal.log import Segment
    >>> user_data(Batch(Segment.of(b"", [], [], [], [], []), 0), np.zeros(0, np.int64))
    []
    """
    found = batch.decode(rows, "short_message", "message_payload", "udh")
    columns = (found[name].to_list() for name in ("short_message", "message_payload", "udh"))
    return [(short or payload or b"")[len(header or b"") :] for short, payload, header in zip(*columns, strict=True)]


class Halves:
    """The first and the last 16-bit unit of parts that begin or end with a replacement character, by row.

    >>> Halves().between(0, 1)
    ''
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._units: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        """Return the number of such parts."""
        return len(self._units)

    def note(self, rows: Ints, texts: Iterable[bytes], data: Iterable[bytes]) -> None:
        """Keep the outer units of the parts in ``rows`` of which the text may be cut; ``data`` are the octets of each.

        >>> halves = Halves()
        >>> halves.note(np.array([0]), ["\ufffd".encode()], [bytes.fromhex("D83D")])
        >>> len(halves)
        1
        """
        for row, text, octets in zip(rows.tolist(), texts, data, strict=True):
            if len(octets) >= 2 and (text.startswith(_REPLACEMENT) or text.endswith(_REPLACEMENT)):
                self._units[row] = (int.from_bytes(octets[:2], "big"), int.from_bytes(octets[-2:], "big"))

    def between(self, row: int, following: int) -> str:
        """Return the character cut between the parts of two rows, "" when none was.

        >>> halves = Halves()
        >>> halves.note(np.arange(2), ["\ufffd".encode()] * 2, [bytes.fromhex("D83D"), bytes.fromhex("DE00")])
        >>> halves.between(0, 1)
        '😀'
        """
        high, low = self._units.get(row, (0, 0))[1], self._units.get(following, (0, 0))[0]
        if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
            return ""
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def joined(texts: Strings, rows: Ints, message: Ints, number: Ints, messages: int, halves: Halves) -> Column:
    """Return the text of each message: its parts ``rows`` one after the other, ``None`` where no part has a text.

    ``rows`` are sorted by ``message`` (from 0, of ``messages``) and ``number``; both belong to the rows.

    >>> texts = Strings()
    >>> texts.extend(b"onetwo", np.array([0, 3, 6]), None)
    >>> joined(texts, np.array([0, 1]), np.array([0, 0]), np.array([1, 2]), 2, Halves()).to_list()
    ['onetwo', None]
    """
    octets, ends, present = texts.pick(rows)
    offsets = ends[np.searchsorted(message, np.arange(messages + 1))]
    valid = np.zeros(messages, np.uint8)
    valid[message[present == 1]] = 1
    if len(halves):
        octets, offsets = _mended(octets, offsets, ends, rows, message, number, halves)
    return Column("text", octets, offsets, None if valid.all() else valid)


def _mended(
    octets: bytes, offsets: Ints, ends: Ints, rows: Ints, message: Ints, number: Ints, halves: Halves
) -> tuple[bytes, Ints]:
    """Put the characters back that were cut between neighbouring parts; two replacement characters make way for one."""
    neighbours = np.flatnonzero((message[1:] == message[:-1]) & (number[1:] == number[:-1] + 1))
    pieces, done, shrunk = [], 0, np.zeros(len(offsets), np.int64)
    for place in neighbours.tolist():
        character = halves.between(int(rows[place]), int(rows[place + 1])).encode()
        cut = int(ends[place + 1])
        if character:
            pieces += [octets[done : cut - len(_REPLACEMENT)], character]
            done = cut + len(_REPLACEMENT)
            shrunk[int(message[place]) + 1] += 2 * len(_REPLACEMENT) - len(character)
    return b"".join([*pieces, octets[done:]]), offsets - np.cumsum(shrunk)
