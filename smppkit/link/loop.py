"""One thread that waits for all sockets of an account or of the simulator, keeps timers and runs what is posted.

The lock of a loop belongs to ``Loop`` alone: it guards the list of posted calls and whether the loop still takes any.
It is held for a few instructions, never while a call runs, and no other lock is taken under it. It may be entered again
by its thread, for a finaliser may post at any instant. Everything else is touched by the loop's own thread only.
"""

import heapq
import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol, TypeVar

from .connection import BUFFER, Connection
from .pump import Machine, OnEvents
from .transport import Transport

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE

_CROWD = 256  # timers from which cancelled ones are looked for
_LONGEST = 3600.0  # seconds in one wait: selectors refuse absurd ones
_log = logging.getLogger(__name__)
_Value = TypeVar("_Value")


class Resident(Protocol):
    """What lives in a loop and ends with it."""

    def abort(self, reason: str, detail: str = "") -> None:
        """End at once."""


class Timer:
    """A call that is due at ``when``, in seconds of ``time.monotonic``.

    >>> loop = Loop()
    >>> timer = loop.call(lambda: loop.at(time.monotonic() + 60, print))
    >>> timer.cancel(), loop.close()
    (None, True)
    """

    __slots__ = ("_call", "when")

    def __init__(self, when: float, call: Callable[[], object]) -> None:
        """Hold a call until its time."""
        self.when = when
        self._call: Callable[[], object] | None = call

    @property
    def cancelled(self) -> bool:
        """Whether nothing will happen, or has happened already."""
        return self._call is None

    def cancel(self) -> None:
        """Have nothing happen."""
        self._call = None

    def take(self) -> Callable[[], object] | None:
        """Return the call, which is forgotten; None when it was cancelled."""
        call, self._call = self._call, None
        return call


class Loop:
    """The thread of a number of sockets; it begins at once and ends with ``close``.

    Only ``post``, ``call``, ``inside`` and ``close`` are for any thread; the rest is for calls that the loop runs.

    >>> with Loop() as loop:
    ...     loop.call(lambda: loop.inside), loop.inside
    (True, False)
    """

    def __init__(self, name: str = "smppkit-link") -> None:
        """Begin the thread; it does not keep the interpreter alive."""
        self.buffer = bytearray(BUFFER)
        self._lock = threading.RLock()
        self._posted: deque[Callable[[], object]] = deque()
        self._awake = False
        self._ended = False
        self._ending = False
        self._timers: list[tuple[float, int, Timer]] = []
        self._crowd = _CROWD
        self._serial = count()
        self._residents: set[Resident] = set()
        self._selector = selectors.DefaultSelector()
        self._alarm, self._bell = socket.socketpair()
        self._alarm.setblocking(False)
        self._bell.setblocking(False)
        self._selector.register(self._alarm, READ, self._woken)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    # --- from any thread -----------------------------------------------------------------------------------------

    @property
    def inside(self) -> bool:
        """Whether the caller is on the thread of the loop."""
        return threading.current_thread() is self._thread

    def post(self, call: Callable[..., object], *values: Any) -> bool:
        """Have ``call(*values)`` run on the thread soon, in the order of posting; False when the loop has ended."""
        with self._lock:
            if self._ended:
                return False
            self._posted.append(lambda: call(*values) if values else call())
            if not self._awake:
                self._bell.send(b"\0")
                self._awake = True  # after the octet: an interrupt between the two costs an octet more, not the call
            return True

    def call(self, call: Callable[[], _Value], timeout: float = 5.0) -> _Value:
        """Run a call on the thread and return what it returns, or raise what it raises.

        Raises TimeoutError after ``timeout`` seconds, and RuntimeError when the loop has ended.

        >>> with Loop() as loop:
        ...     loop.call(lambda: 6 * 7)
        42
        """
        if self.inside:
            return call()
        result = _Result(call)
        if not self.post(result.run):
            raise RuntimeError("the loop has ended")
        return result.wait(timeout)  # type: ignore[no-any-return]

    def close(self, timeout: float = 2.0) -> bool:
        """Abort everything that lives in the loop and end the thread; return whether it has ended within ``timeout``.

        >>> loop = Loop()
        >>> loop.close(), loop.close(), loop.post(print)
        (True, True, False)
        """
        self.post(self._end)
        if self.inside:
            return False
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __enter__(self) -> "Loop":
        """Return the loop."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()

    # --- on the thread of the loop -------------------------------------------------------------------------------

    def at(self, when: float, call: Callable[[], object]) -> Timer:
        """Have a call run at a time of ``time.monotonic``."""
        timer = Timer(when, call)
        if len(self._timers) >= self._crowd:  # forget cancelled ones, lest they pile up until their time
            self._timers = [entry for entry in self._timers if not entry[2].cancelled]
            heapq.heapify(self._timers)
            self._crowd = max(_CROWD, 2 * len(self._timers))
        heapq.heappush(self._timers, (when, next(self._serial), timer))
        return timer

    def watch(self, sock: Any, mask: int, ready: Callable[[int], object]) -> None:
        """Call ``ready`` whenever the socket can be read or written, as ``mask`` asks; 0 is to leave it alone."""
        watched = sock in self._selector.get_map()
        if not mask:
            if watched:
                self._selector.unregister(sock)
        elif watched:
            self._selector.modify(sock, mask, ready)
        else:
            self._selector.register(sock, mask, ready)

    def keep(self, resident: Resident) -> None:
        """Abort it when the loop ends."""
        self._residents.add(resident)

    def release(self, resident: Resident) -> None:
        """Forget what has ended by itself."""
        self._residents.discard(resident)

    def attach(self, transport: Transport, machine: Machine, on_events: OnEvents, **limits: float) -> Connection:
        """Begin to move the octets of a machine, and return its connection; ``limits`` are those of ``Connection``."""
        connection = Connection(self, transport, machine, on_events, **limits)
        connection.begin()
        return connection

    def _run(self) -> None:
        try:
            while not self._ending:
                for key, mask in self._selector.select(self._patience()):
                    self._guarded(key.data, mask)
                self._run_posted()
                self._run_timers()
        finally:
            self._finish()

    def _patience(self) -> float | None:
        """Return how long nothing is due."""
        if self._posted:
            return 0.0
        if not self._timers:
            return None
        return min(max(0.0, self._timers[0][0] - time.monotonic()), _LONGEST)

    def _woken(self, _: int) -> None:
        self._alarm.recv(64)
        with self._lock:
            self._awake = False

    def _run_posted(self) -> None:
        for _ in range(len(self._posted)):  # what these calls post waits for the next turn: sockets have theirs first
            self._guarded(self._posted.popleft())

    def _run_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            call = heapq.heappop(self._timers)[2].take()
            if call is not None:
                self._guarded(call)

    def _guarded(self, call: Callable[..., object], *values: Any) -> None:
        """Run a call: whatever it raises, the other sockets live on."""
        try:
            call(*values)
        except Exception:
            _log.exception("a call in the loop failed")

    def _end(self) -> None:
        self._ending = True

    def _finish(self) -> None:
        with self._lock:
            self._ended = True
            self._bell.close()
        while self._posted:  # nobody may wait for a call that was taken and never run
            self._run_posted()
        while self._residents:
            self._guarded(self._residents.pop().abort, "closed", "the loop ends")
        self._timers.clear()
        self._selector.close()
        self._alarm.close()


class _Result:
    """What a call on the thread of the loop returned or raised."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._done = threading.Event()
        self._value: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._value = self._call()
        except BaseException as error:
            self._error = error
        self._done.set()

    def wait(self, timeout: float) -> Any:
        if not self._done.wait(timeout):
            raise TimeoutError(f"the loop did not answer within {timeout:g} s")
        if self._error is not None:
            raise self._error
        return self._value
