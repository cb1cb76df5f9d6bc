"""The table widget of the panels: rows live in Python, the browser asks for a window of them and gets what changed.

Rows travel as messages, never as synced traits, so they are in no saved notebook. Messages may be handled by any
thread while another draws; the lock of each table, held while rows are read and sent, keeps its versions in order.
Nothing else is locked before it.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import anywidget
import traitlets

from .cells import Cell

HERE = Path(__file__).parent
COMMON = (HERE / "common.css").read_text(encoding="utf-8")
LARGEST = 200
"""Rows of a window; the latest are what a table shows."""
WHOLE_AGAIN = 1.0
"""Seconds after which all rows go with the next change, for a view that came while a cell runs cannot ask for them."""

_LOG = logging.getLogger(__name__)


class Column(NamedTuple):
    """A column of a table: its heading and width; ``exact`` texts are ids and numbers, ``roomy`` ones wait for room."""

    label: str
    width: str
    exact: bool = False
    roomy: bool = False
    hint: str = ""


class Rows(NamedTuple):
    """Some rows of a table, newest first: the label of each, its cells, and how many rows there are in all."""

    labels: Sequence[int]
    cells: Sequence[Sequence[Cell]]
    total: int


class Details(NamedTuple):
    """What is shown below the table for one row: lines of a time (milliseconds since 1970) or a name, and a text."""

    title: str
    lines: Sequence[tuple[float | str, str]]


class Source:
    """Where a table has its rows from, and what its buttons do.

    >>> Source().rows(0, 200)
    Rows(labels=(), cells=(), total=0)
    """

    label = "Rows"
    empty = "no messages yet"
    columns: Sequence[Column] = ()

    def rows(self, first: int, count: int) -> Rows:
        """Return ``count`` rows, the ``first``-th newest to begin with.

        >>> Source().rows(0, 1).total
        0
        """
        return Rows((), (), 0)

    def details(self, label: int) -> Details | None:
        """Return what there is to say about a row, None when it is gone.

        >>> Source().details(7)
        """
        return None

    def delete(self, label: int) -> None:
        """Hide one row.

        >>> Source().delete(7)
        """

    def clear(self) -> None:
        """Hide all rows.

        >>> Source().clear()
        """


class Table(anywidget.AnyWidget):
    """A table of the latest rows of ``source``; ``mark`` is called when it wants to be drawn.

    >>> Table(Source(), lambda: None).label
    'Rows'
    """

    _esm = (HERE / "table.js").read_text(encoding="utf-8")
    _css = COMMON + (HERE / "table.css").read_text(encoding="utf-8")
    columns: Any = traitlets.List().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Unicode().tag(sync=True)

    def __init__(self, source: Source, mark: Callable[[], object]) -> None:
        """Draw nothing yet."""
        columns = [column._asdict() for column in source.columns]
        super().__init__(columns=columns, label=source.label, empty=source.empty)
        self._source = source
        self._mark = mark
        self._guard = threading.Lock()
        self._window = (0, LARGEST)
        self._version = 0
        self._whole = 0.0  # when all rows were sent
        self._known: dict[int, Sequence[Cell]] | None = None  # what the browser has; None: it is to get all
        self._order: list[int] = []
        self._total = -1
        self._selected: int | None = None
        self._explained: Details | None = None
        self.on_msg(self._heard)

    def draw(self) -> None:
        """Send what changed since the last time.

        >>> Table(Source(), lambda: None).draw()
        """
        with self._guard:
            self._send_rows(self._source.rows(*self._window))
            self._send_details()

    def _send_rows(self, rows: Rows) -> None:
        now = dict(zip(rows.labels, rows.cells, strict=True))
        known = {} if self._known is None else self._known
        changed = {label: cells for label, cells in now.items() if known.get(label) != cells}
        order = list(now)
        if self._known is not None and not changed and (order, rows.total) == (self._order, self._total):
            return
        whole = self._known is None or monotonic() - self._whole > WHOLE_AGAIN
        base = 0 if whole else self._version
        if whole:
            changed, self._whole = now, monotonic()
        self._version += 1
        self._known, self._order, self._total = now, order, rows.total
        message = {"kind": "rows", "base": base, "version": self._version, "total": rows.total, "order": order}
        self.send({**message, "rows": changed})

    def _send_details(self) -> None:
        if self._selected is None:
            return
        details = self._source.details(self._selected)
        if details is not None and details != self._explained:
            self._explained = details
            self.send({"kind": "details", "id": self._selected, "title": details.title, "lines": list(details.lines)})

    # --- what the browser says -----------------------------------------------------------------------------------

    def _heard(self, _: object, message: Any, buffers: object) -> None:
        try:
            self._obey(message)
        except Exception:
            _LOG.exception("a click in the table %s was not carried out", self.label)
        self._mark()

    def _obey(self, message: dict[str, Any]) -> None:
        match message:
            case {"kind": "window", "first": int(first), "count": int(count)}:
                with self._guard:
                    self._window = (max(first, 0), min(max(count, 1), LARGEST))
                    self._known = self._explained = None
            case {"kind": "select", "id": int(label)}:
                with self._guard:
                    self._selected, self._explained = label, None
            case {"kind": "select"}:
                with self._guard:
                    self._selected = None
            case {"kind": "delete", "id": int(label)}:
                self._source.delete(label)
            case {"kind": "clear"}:
                self._source.clear()
