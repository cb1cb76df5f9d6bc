"""Who waits for the log to grow: threads that wait in a call, and functions that want to know.

The condition of a Growth belongs to it alone; under its lock nothing but its own numbers change, and only its owner can
release it: a wait that is interrupted may try to without having it. Functions of users run on a dispatcher of their
own, so that neither a slow callback for messages holds them up nor they the sockets.
"""

import threading
from collections.abc import Callable

from ..link import Dispatcher
from .pending import behind


class Growth:
    """Counts changes of an account; ``grown`` costs next to nothing while nobody waits.

    >>> growth = Growth()
    >>> seen = growth.number
    >>> growth.grown()
    >>> growth.wait(seen, 5.0), growth.wait(growth.number, 0.0)
    (True, False)
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self.number = 0
        self._condition = threading.Condition(threading.RLock())
        self._waiters = 0
        self._watchers: tuple[_Watcher, ...] = ()
        self._dispatcher = Dispatcher("smppkit-watch")

    def grown(self) -> None:
        """Tell that something changed, from any thread."""
        self.number += 1
        if self._waiters:
            with self._condition:
                self._condition.notify_all()
        for watcher in self._watchers:
            watcher.tell(self._dispatcher)

    def wait(self, seen: int, timeout: float) -> bool:
        """Wait until something changed since ``number`` was ``seen``; False when ``timeout`` seconds passed."""
        try:
            with self._condition:
                self._waiters += 1
                try:
                    return self._condition.wait_for(lambda: self.number != seen, min(timeout, threading.TIMEOUT_MAX))
                finally:
                    self._waiters -= 1
        except RuntimeError as error:
            raise behind(error) from None

    def watch(self, call: Callable[[], object]) -> Callable[[], None]:
        """Have ``call()`` run after changes, once for many; return what ends that.

        >>> Growth().watch(print)()
        """
        watcher = _Watcher(call)
        with self._condition:
            self._watchers = (*self._watchers, watcher)

        def stop() -> None:
            with self._condition:
                self._watchers = tuple(one for one in self._watchers if one is not watcher)

        return stop

    def close(self, timeout: float) -> bool:
        """End the thread of the watchers; return whether it ended within ``timeout``.

        >>> Growth().close(1.0)
        True
        """
        self.grown()
        return self._dispatcher.close(timeout)


class _Watcher:
    """One function that wants to know, and whether it is about to be called."""

    __slots__ = ("__qualname__", "_call", "_told")

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._told = False
        self.__qualname__ = getattr(call, "__qualname__", type(call).__name__)

    def tell(self, dispatcher: Dispatcher) -> None:
        if self._told:
            return
        try:
            self._told = True  # before the call: it may be over at once
            told = dispatcher.put(self)
        except BaseException:  # an interrupt: others may count on this call, and one more does no harm
            self._told = False
            dispatcher.put(self)
            raise
        if not told:
            self._told = False

    def __call__(self) -> None:
        self._told = False
        self._call()
