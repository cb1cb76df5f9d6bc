"""A line that tells how it goes: one that changes on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

_OFTEN = 0.25  # seconds between two texts on a terminal
_SELDOM = 5.0  # seconds between two plain lines: logs are read later, and long


class Line:
    """Shows a text that changes: a few times a second on a terminal, seldom where it would fill a log.

    On a terminal the latest text stays on screen until ``end``, which gives the line free again.

    >>> import io
    >>> screen = io.StringIO()
    >>> line = Line(screen)
    >>> line.show("1 sent"), line.show("2 sent"), line.end()
    (None, None, None)
    >>> screen.getvalue()
    '1 sent\\n'
    """

    def __init__(self, screen: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Show it on standard error, unless told otherwise: standard output is for results."""
        self._clock = clock
        self._screen = sys.stderr if screen is None else screen
        self._live = self._screen.isatty()
        self._next = float("-inf")
        self._width = 0

    def show(self, text: str) -> None:
        """Show the text, unless the last one was shown just now."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (_OFTEN if self._live else _SELDOM)
        self._write(text)

    def end(self) -> None:
        """Take the changing line away."""
        if self._live and self._width:
            self._screen.write(f"\r{' ' * self._width}\r")
            self._screen.flush()
            self._width = 0

    def _write(self, text: str) -> None:
        if self._live:
            self._screen.write(f"\r{text:<{self._width}}")
            self._width = len(text)
        else:
            self._screen.write(f"{text}\n")
        self._screen.flush()
