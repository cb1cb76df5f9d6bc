"""The threads of the panels: one that draws for all of them, and short ones that each carry out a click.

Whoever has news says ``mark``: that is cheap, from any thread, at any rate. One thread a kernel then draws: each part
of a panel at most ten times a second, and all of them about a fifth of the time at most, for a front end that is
flooded throws messages away. The cheap are drawn first, so that a large table holds up no button. What was marked last
is always drawn. The thread begins with the first mark and ends when nothing is left to draw for a while, or at
exit. One lock, owned by the publisher and held for moments: never while drawing, and nothing else is locked under it.
"""

import atexit
import logging
import threading
from collections.abc import Callable
from time import monotonic

Draw = Callable[[], float | None]
"""Brings a part of a panel up to date; returns the seconds after which it wants to be drawn again, None for never."""

CHEAP = 0.005
"""Seconds: a draw that takes no longer needs no more rest than the gap."""

_LOG = logging.getLogger(__name__)


class Publisher:
    """Draws what was marked: each ``gap`` seconds apart at least, and all together at most ``share`` of the time.

    >>> import threading
    >>> drawn = threading.Event()
    >>> publisher = Publisher()
    >>> publisher.mark(drawn.set)
    >>> drawn.wait(10)
    True
    >>> publisher.close()
    """

    def __init__(self, gap: float = 0.1, share: float = 0.2, linger: float = 2.0) -> None:
        """Start nothing yet; without work for ``linger`` seconds the thread ends until the next mark."""
        self._gap = gap
        self._share = share
        self._linger = linger
        self._news = threading.Condition()
        self._due: dict[Draw, float] = {}
        self._rested: dict[Draw, float] = {}  # when it may be drawn again
        self._cost: dict[Draw, float] = {}  # seconds that drawing took the last time
        self._drawing: Draw | None = None
        self._failed: set[Draw] = set()
        self._thread: threading.Thread | None = None
        self._closed = False

    def mark(self, draw: Draw) -> None:
        """Have ``draw`` called soon; from any thread, at any rate.

        >>> publisher = Publisher()
        >>> publisher.mark(lambda: None)
        >>> publisher.close()
        """
        with self._news:
            if self._closed:
                return
            self._due[draw] = 0.0
            if self._thread is None or not self._thread.is_alive():
                self._begin()
            self._news.notify_all()

    def drop(self, draw: Draw) -> None:
        """Forget ``draw``, whatever it was promised.

        >>> Publisher().drop(print)
        """
        with self._news:
            for kept in (self._due, self._rested, self._cost):
                kept.pop(draw, None)
            self._failed.discard(draw)
            if self._drawing == draw:
                self._drawing = None

    def close(self, timeout: float = 2.0) -> None:
        """Draw what is marked, then end; takes no marks any more.

        >>> Publisher().close()
        """
        with self._news:
            self._closed = True
            thread = self._thread
            self._news.notify_all()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    # --- the thread ----------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        thread = threading.Thread(target=self._loop, name="smppkit-publisher", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending: nobody looks any more
            return
        self._thread = thread

    def _loop(self) -> None:
        while (draw := self._wait()) is not None:
            self._draw(draw)

    def _wait(self) -> Draw | None:
        """Return the cheapest draw that is due as soon as there is one; None when the thread shall end."""
        with self._news:
            while True:
                now = monotonic()
                times = {draw: max(at, self._rested.get(draw, 0.0)) for draw, at in self._due.items()}
                due = [draw for draw, at in times.items() if at <= now or self._closed]
                if due:
                    draw = min(due, key=lambda draw: self._cost.get(draw, 0.0))
                    del self._due[draw]
                    self._drawing = draw
                    return draw
                wait = min(times.values()) - now if times else self._linger
                woken = not self._closed and self._news.wait(wait)
                if not woken and not self._due:
                    self._thread = None
                    return None

    def _draw(self, draw: Draw) -> None:
        again, began = None, monotonic()
        try:
            again = draw()
            self._failed.discard(draw)
        except Exception:
            if draw not in self._failed:  # once, not ten times a second
                _LOG.exception("a panel could not be drawn; the others go on")
                self._failed.add(draw)
        with self._news:
            if self._drawing == draw:  # else it was dropped meanwhile
                self._rest(draw, began, again)
            self._drawing = None

    def _rest(self, draw: Draw, began: float, again: float | None) -> None:
        """Note when it may be drawn again, and when it wants to be."""
        now = monotonic()
        self._cost[draw] = took = now - began
        dear = sum(cost > CHEAP for cost in self._cost.values())
        self._rested[draw] = now + max(self._gap, took * (dear / self._share - 1) if took > CHEAP else 0.0)
        if isinstance(again, float) and not self._closed:
            self._due.setdefault(draw, now + again)


KERNEL = Publisher()
"""The one that all panels of this process share."""

atexit.register(KERNEL.close)


def carry_out(work: Callable[[], object], name: str) -> None:
    """Do ``work`` in a thread that ends with it, so that the click which asked for it is answered at once.

    What goes wrong is the business of ``work``; what it lets through is logged.

    >>> import threading
    >>> done = threading.Event()
    >>> carry_out(done.set, "bind")
    >>> done.wait(10)
    True
    """

    def run() -> None:
        try:
            work()
        except Exception:
            _LOG.exception("a click on %r was not carried out", name)

    threading.Thread(target=run, name=f"smppkit-panel-{name}", daemon=True).start()
