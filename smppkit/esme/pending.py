"""A request on its way: what ``submit_nowait`` returns, and what the queue and the machine hand around.

A Future of the standard library has a lock and a condition of its own, ten objects in all, which cost more than sending
a message does. Here all share one lock, and a few hundred conditions: only a thread that waits needs one, and who is
woken for another request's sake waits on. The lock belongs to this module, is held for a few instructions, may be
entered again by its thread, and nothing foreign runs under it. It is held during a fork, so that the new process can
take it.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import cycle
from time import monotonic
from typing import TYPE_CHECKING, Any

from ..codec import Pdu

if TYPE_CHECKING:
    from ..link import Dispatcher

SUBMISSIONS = frozenset({"submit_sm", "submit_multi", "data_sm", "broadcast_sm"})
"""The requests that hand a message over: they are paced, and have an intent in the log."""

_LOCK = threading.RLock()
_CONDITIONS = cycle([threading.Condition(_LOCK) for _ in range(256)])
if hasattr(os, "register_at_fork"):  # where there are forks
    os.register_at_fork(before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release)
_WAITS = "PENDING"  # as concurrent.futures calls it


def behind(error: RuntimeError) -> BaseException:
    """Return the interrupt behind the failure to release a lock, or the error itself.

    A condition that waits lets go of its lock. An interrupt just then finds it gone, and the ``with`` around it fails;
    nothing is broken by that where the lock is one that only its owner can release.

    >>> behind(RuntimeError("another"))
    RuntimeError('another')
    """
    return error.__context__ if isinstance(error.__context__, KeyboardInterrupt) else error


class Pending(Future[Pdu]):
    """A request and, in time, its response; a ``concurrent.futures.Future``.

    ``intent`` is its row among the intents of the log, -1 for a request that submits nothing. What
    ``add_done_callback`` is given runs on the thread of callbacks, never on that of the sockets.

    >>> import smppkit as sk
    >>> from smppkit.link import Dispatcher
    >>> pending = Pending(sk.EnquireLink(), -1, Dispatcher())
    >>> pending.command, pending.paced, pending.begin(), pending.begun
    ('enquire_link', False, True, True)
    """

    def __init__(self, pdu: Pdu, intent: int, dispatcher: "Dispatcher") -> None:
        """Begin in the queue; the attributes are those that Future's own __init__ sets."""
        self._condition = next(_CONDITIONS)
        self._state = _WAITS
        self._result = None
        self._exception = None
        self._waiters = []
        self._done_callbacks: list[Any] = []
        self.pdu = pdu
        self.command = pdu.command
        self.intent = intent
        self.paced = self.command in SUBMISSIONS
        self.begun: bool | None = None  # whether it left, once that is decided
        self._dispatcher = dispatcher

    def begin(self) -> bool:
        """Say that it leaves now; False when it was cancelled before."""
        if self.begun is None:
            self.begun = self.set_running_or_notify_cancel()
        return self.begun

    def settle(self, answer: Pdu | Exception) -> None:
        """End with a response or with the reason why there is none; the first end counts."""
        if not self.begin() or self.done():
            return
        if isinstance(answer, Exception):
            self.set_exception(answer)
        else:
            self.set_result(answer)

    def result(self, timeout: float | None = None) -> Pdu:
        """Return the response, or raise why there is none; TimeoutError after ``timeout`` seconds.

        >>> import smppkit as sk
        >>> from smppkit.link import Dispatcher
        >>> pending = Pending(sk.EnquireLink(), -1, Dispatcher())
        >>> pending.settle(sk.EnquireLinkResp())
        >>> pending.result(0)
        <EnquireLinkResp sequence_number=0>
        """
        self._wait(timeout)
        return super().result(0)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return why there is no response, None when there is one; TimeoutError after ``timeout`` seconds.

        >>> import smppkit as sk
        >>> from smppkit.link import Dispatcher
        >>> pending = Pending(sk.EnquireLink(), -1, Dispatcher())
        >>> pending.settle(sk.SessionClosed("over"))
        >>> pending.exception(0)
        SessionClosed('over')
        """
        self._wait(timeout)
        return super().exception(0)

    def ended(self, until: float) -> bool:
        """Wait until it has its end, at most until a time of ``time.monotonic``; tell whether it has.

        ``concurrent.futures.wait`` takes the locks of all it waits for one by one. Here they are one lock: interrupted
        in between, it would keep that for ever, and no request of any account would end any more.

        >>> import smppkit as sk
        >>> from smppkit.link import Dispatcher
        >>> Pending(sk.EnquireLink(), -1, Dispatcher()).ended(monotonic())
        False
        """
        try:
            self._wait(min(until - monotonic(), threading.TIMEOUT_MAX))
        except TimeoutError:
            return False
        return True

    def _wait(self, timeout: float | None) -> None:
        """Wait for the end, however often another request wakes this thread."""
        until = None if timeout is None else monotonic() + timeout
        try:
            with self._condition:
                while not self.done():
                    left = None if until is None else until - monotonic()
                    if left is not None and left <= 0:
                        raise TimeoutError
                    self._condition.wait(left)
        except RuntimeError as error:
            raise behind(error) from None

    def add_done_callback(self, fn: Callable[[Future[Pdu]], Any]) -> None:
        """Have ``fn(self)`` called when this has ended, on the thread of callbacks.

        >>> import smppkit as sk
        >>> from smppkit.link import Dispatcher
        >>> pending, dispatcher = Pending(sk.EnquireLink(), -1, Dispatcher()), Dispatcher()
        >>> pending.add_done_callback(print)
        """
        dispatcher = self._dispatcher

        def hand_over(done: Future[Pdu]) -> None:
            if not dispatcher.put(fn, done):  # too much waits there, or it has ended: late is better than never
                fn(done)

        super().add_done_callback(hand_over)
