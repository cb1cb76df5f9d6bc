"""What users deleted from tables: rows that views leave out, while they are kept, matched and counted as before.

The lock of a Deletions is its own; nothing else is locked, and no foreign code runs, while it is held.
"""

import threading
from collections.abc import Iterable
from typing import NamedTuple

TABLES = ("messages", "parts", "receipts", "inbox", "events")


class Hidden(NamedTuple):
    """The hidden rows of one table: all before ``until``, and ``rows``; rows are numbered from 0 and keep their number.

    >>> hidden = NOTHING.also([7, 1]).cleared(3)
    >>> hidden.until, sorted(hidden.rows), bool(hidden)
    (3, [7], True)
    """

    until: int = 0
    rows: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether anything is hidden."""
        return self.until > 0 or bool(self.rows)

    def also(self, rows: Iterable[int]) -> "Hidden":
        """Return what is hidden when ``rows`` are hidden too.

        >>> NOTHING.also([2]).rows
        frozenset({2})
        """
        return Hidden(self.until, self.rows | {row for row in map(int, rows) if row >= self.until})

    def cleared(self, until: int) -> "Hidden":
        """Return what is hidden when all rows before ``until`` are hidden too.

        >>> NOTHING.cleared(5).until
        5
        """
        limit = max(until, self.until)
        return Hidden(limit, frozenset(row for row in self.rows if row >= limit))


NOTHING = Hidden()


def check_table(name: str) -> str:
    """Return the name of a table of which rows can be hidden; another raises ValueError.

    >>> check_table("inbox")
    'inbox'
    """
    if name not in TABLES:
        raise ValueError(f"rows of {name!r} cannot be hidden, only those of {', '.join(TABLES)}")
    return name


class Deletions:
    """The hidden rows of all tables of a log. Safe for several threads.

    >>> deletions = Deletions()
    >>> deletions.hide("inbox", [3])
    >>> deletions.hidden("inbox").rows
    frozenset({3})
    """

    def __init__(self) -> None:
        """Begin with nothing hidden."""
        self._lock = threading.Lock()
        self._hidden: dict[str, Hidden] = {}

    def hide(self, table: str, rows: Iterable[int]) -> None:
        """Hide rows of a table from views, by their numbers; nothing is forgotten.

        ``table`` is messages, parts, receipts, inbox or events; another raises ValueError.

        >>> deletions = Deletions()
        >>> deletions.hide("messages", [1, 5])
        >>> sorted(deletions.hidden("messages").rows)
        [1, 5]
        """
        gone = tuple(rows)
        with self._lock:
            self._hidden[table] = self._hidden.get(check_table(table), NOTHING).also(gone)

    def clear(self, table: str, until: int) -> None:
        """Hide the rows of a table before ``until`` from views.

        >>> deletions = Deletions()
        >>> deletions.clear("inbox", 10)
        >>> deletions.hidden("inbox").until
        10
        """
        with self._lock:
            self._hidden[table] = self._hidden.get(check_table(table), NOTHING).cleared(until)

    def restore(self, table: str) -> None:
        """Show all rows of a table again.

        >>> deletions = Deletions()
        >>> deletions.clear("inbox", 10)
        >>> deletions.restore("inbox")
        >>> bool(deletions.hidden("inbox"))
        False
        """
        with self._lock:
            self._hidden.pop(check_table(table), None)

    def hidden(self, table: str) -> Hidden:
        """Return which rows of a table are hidden.

        >>> Deletions().hidden("events")
        Hidden(until=0, rows=frozenset())
        """
        with self._lock:
            return self._hidden.get(check_table(table), NOTHING)
