"""Parts of long messages put together, by the rule of 3GPP TS 23.040, 9.2.3.24.1: equal addresses, reference and total.

A Joiner only says to which message a part belongs; the parts themselves stay rows where they are, so a message of which
parts are missing is visible at once, and nothing is lost when the Joiner forgets an old reference.

- Another number of the same message joins it, in any order.
- The same number with other content begins a new message: the reference was used again.
- The same number with the same content is a copy. What a message centre delivers twice is one message; what an ESME
  sends again is a new attempt of the part while the message is incomplete or the earlier copy was refused, and a new
  message otherwise, for many programs use one reference for ever.
- What came twice after an inbound message was complete is either: when other content begins a new message, copies that
  came since the last one of that number move to it, for programs that use one reference for ever also repeat texts. A
  copy moved in error goes back when the new message brings content of its own for that number.
- Longer than ``lifetime`` after its first part a message takes no more.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from .table import UNKNOWN_TIME

Key: TypeAlias = tuple[object, ...]

# The messages remembered at once: a flood of first parts stays far below 64 MiB.
MOST_GROUPS = 50_000


class Move(NamedTuple):
    """An earlier part that belongs elsewhere by now: to the message of the part in row ``first``, as copy ``copy``.

    >>> Move(4, 5, 1).row
    4
    """

    row: int
    first: int
    copy: int


class Place(NamedTuple):
    """Where a part belongs: ``first`` is the row of the message's first part, ``copy`` counts from 1.

    ``again`` says that the earlier copy was not refused, so the receiver may see the part twice. ``moved`` are earlier
    parts that change their message with this one.

    >>> Place(0, 1, False).copy
    1
    """

    first: int
    copy: int
    again: bool
    moved: tuple[Move, ...] = ()


class _Group:
    __slots__ = ("began", "copies", "first", "lent", "spare", "total")

    def __init__(self, first: int, began: int, total: int) -> None:
        self.first = first
        self.began = began
        self.total = total
        self.copies: dict[int, tuple[int, int, int]] = {}  # number -> digest, copies, row of the last copy
        self.spare: dict[int, tuple[int, Move]] = {}  # number -> digest, last copy that came after all were there
        self.lent: dict[int, Move] = {}  # number -> what undoes its move here

    def borrow(self, other: "_Group", number: int) -> tuple[Move, ...]:
        """Take the spare copies that came to another group since its last part of ``number``, which begins this one."""
        since = other.copies[number][2]
        taken = {place: spare for place, spare in other.spare.items() if spare[1].row > since}
        for place, (digest, copy) in taken.items():
            self.copies[place] = (digest, 1, copy.row)
            self.lent[place] = copy
        return tuple(Move(copy.row, self.first, 1) for _, copy in taken.values())


class Joiner:
    """Finds the message of each part; ``lifetime`` in nanoseconds.

    ``refused`` tells of an earlier row whether the peer had refused it by now; without it (inbound) a copy is always
    the same part delivered again.

    >>> joiner = Joiner(3_600_000_000_000)
    >>> [joiner.place(row, ("a", "b", 7), number, 3, 0, 99)[:3] for row, number in enumerate([2, 1, 2])]
    [(0, 1, False), (0, 1, False), (0, 2, True)]
    """

    def __init__(self, lifetime: int, refused: Callable[[int, int], bool] | None = None) -> None:
        """Begin with no message."""
        self._lifetime = lifetime
        self._refused = refused
        self._groups: dict[Key, _Group] = {}

    def place(self, row: int, key: Key, number: int, total: int, time: int, digest: int, record: int = 0) -> Place:
        """Say where the part in ``row`` belongs; ``digest`` stands for its content, ``record`` is its place in the log.

        >>> Joiner(10).place(5, ("a",), 1, 2, 0, 99)
        Place(first=5, copy=1, again=False, moved=())
        """
        group = self._groups.pop(key, None)
        if group is not None and self._expired(group, time):
            group = None
        seen = group.copies.get(number) if group else None
        moved: tuple[Move, ...] = ()
        if group is None:
            group = _Group(row, time, total)
        elif seen and seen[0] != digest and number in group.lent:
            moved, seen = (group.lent.pop(number),), None
        elif seen and self._begins_anew(group, seen, digest, record):
            earlier, group, seen = group, _Group(row, time, total), None
            moved = group.borrow(earlier, number)
        self._groups[key] = group  # popped and put back: the dict is in order of use
        if len(self._groups) > MOST_GROUPS:
            del self._groups[next(iter(self._groups))]
        copies = seen[1] + 1 if seen else 1
        again = seen is not None and not self._was_refused(seen, record)
        if seen and self._refused is None and len(group.copies) == group.total:
            group.spare[number] = (digest, Move(row, group.first, copies))
        group.copies[number] = (digest, copies, row)
        return Place(group.first, copies, again, moved)

    def _expired(self, group: _Group, time: int) -> bool:
        return abs(time - group.began) > self._lifetime and UNKNOWN_TIME not in (time, group.began)

    def _begins_anew(self, group: _Group, seen: tuple[int, int, int], digest: int, record: int) -> bool:
        if seen[0] != digest:
            return True
        complete = len(group.copies) == group.total
        return self._refused is not None and complete and not self._was_refused(seen, record)

    def _was_refused(self, seen: tuple[int, int, int], record: int) -> bool:
        return self._refused is not None and self._refused(seen[2], record)
