"""A thread that calls what users wrote, so that a slow or failing callback holds up no socket.

The lock of a dispatcher belongs to it alone: it guards whether calls are taken, and is never held while a callback
runs. That of its queue is the standard library's, and is taken under it.
"""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any

_END: tuple[Any, ...] = ()
_KINDS = 1000  # of failures that are told apart
_log = logging.getLogger(__name__)


class Dispatcher:
    """Calls what it is given, in order, on one thread of its own, which begins with the first call.

    At most ``limit`` calls wait; more are dropped and counted in ``dropped``. What a callback raises is logged the
    first time that this callback raises that kind of exception, and counted in ``failed`` every time.

    >>> done = threading.Event()
    >>> dispatcher = Dispatcher()
    >>> dispatcher.put(done.set), done.wait(5.0), dispatcher.close()
    (True, True, True)
    """

    def __init__(self, name: str = "smppkit-callbacks", limit: int = 10_000) -> None:
        """Begin with nothing to call."""
        self.dropped = 0
        self.failed = 0
        self._name = name
        self._queue: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._limit = limit
        self._told: set[tuple[str, str]] = set()
        self._lock = threading.RLock()
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def inside(self) -> bool:
        """Whether the caller is a callback of this dispatcher."""
        return threading.current_thread() is self._thread

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        return self._queue.qsize()

    def put(self, call: Callable[..., object], *values: Any) -> bool:
        """Have ``call(*values)`` run soon, from any thread; False when too many wait, or it is closed.

        False as well where there is no thread to be had, as when the interpreter is ending.
        """
        with self._lock:
            if self._closed:
                return False
            if self._queue.qsize() >= self._limit or not self._begun():
                self.dropped += 1
                return False
            self._queue.put((call, values))
            return True

    def _begun(self) -> bool:
        """Begin the thread if that was not done; tell whether there is one. Called with the lock."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
        return True

    def close(self, timeout: float = 2.0) -> bool:
        """Take no more calls, forget those that wait, and end; return whether the thread ended within ``timeout``.

        A callback that runs is not interrupted. From inside a callback the thread ends when that returns.

        >>> Dispatcher().close()
        True
        """
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is None:
            return True
        self._queue.put(_END)
        if self.inside:
            return False
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self) -> None:
        with self._lock:  # which is held while a thread begins: if that was interrupted, nobody knows of this one
            if threading.current_thread() is not self._thread:
                return
        while True:
            item = self._queue.get()
            if item is _END or self._closed:
                return
            call, values = item
            try:
                call(*values)
            except Exception as error:
                self._tell(call, error)
            del item, call, values  # what was called must not live on while nothing comes

    def _tell(self, call: Callable[..., object], error: Exception) -> None:
        name = getattr(call, "__qualname__", type(call).__name__)
        kind = name, type(error).__name__
        self.failed += 1
        if kind not in self._told and len(self._told) < _KINDS:
            self._told.add(kind)
            _log.error("the callback %s failed, and is called again for what comes next", name, exc_info=error)
