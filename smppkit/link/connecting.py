"""Connecting to a host: every address of its name in turn, within one time limit, and the failures told apart.

Names are looked up on a thread of their own, since no system offers that without waiting; it ends with the answer, and
an answer that comes too late is forgotten.
"""

import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from .loop import WRITE, Loop, Timer
from .transport import Transport, endpoint

MOST_ADDRESSES = 16
_REASONS = {
    errno.ECONNREFUSED: "refused",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.EHOSTDOWN: "unreachable",
}
_ORDER = ("refused", "timeout", "unreachable", "failed")  # the first of these says most about the host
_SENTENCES = {"refused": "refused: nothing listens there", "timeout": "no answer", "unreachable": "no way there"}


class Unreached(NamedTuple):
    """Why no connection came about: ``reason`` is name, refused, timeout, unreachable, failed or cancelled.

    >>> Unreached("refused", "127.0.0.1:2775: refused: nothing listens there").reason
    'refused'
    """

    reason: str
    detail: str


_Address: TypeAlias = tuple[int, int, int, tuple[Any, ...]]
OnDone: TypeAlias = Callable[[Transport | Unreached], object]


def connect(loop: Loop, host: str, port: int, timeout: float, on_done: OnDone) -> "Attempt":
    """Connect to the first address of ``host`` that answers; call ``on_done`` once, on the thread of the loop.

    ``timeout`` is in seconds, above 0, and covers everything: an address that does not answer leaves the others their
    share of it. May be called from any thread; when the loop has ended, ``on_done`` is never called.

    >>> from smppkit.link import Listener
    >>> done = threading.Event()
    >>> with Loop() as loop:
    ...     port = Listener(loop, "127.0.0.1", 0, lambda transport: transport.close()).port
    ...     attempt = connect(loop, "127.0.0.1", port, 5.0, lambda found: (found.close(), done.set()))
    ...     done.wait(5.0)
    True
    """
    attempt = Attempt(loop, host, port, timeout, on_done)
    loop.post(attempt.begin)
    return attempt


class Attempt:
    """A connection that is being made; ``cancel`` ends it.

    >>> done = threading.Event()
    >>> with Loop() as loop:
    ...     attempt = connect(loop, "192.0.2.1", 2775, 5.0, lambda found: done.set())
    ...     attempt.cancel()
    ...     done.wait(5.0)
    True
    """

    def __init__(self, loop: Loop, host: str, port: int, timeout: float, on_done: OnDone) -> None:
        """Note what is wanted."""
        self._loop = loop
        self._host = host
        self._port = port
        self._until = time.monotonic() + timeout
        self._on_done: OnDone | None = on_done
        self._addresses: list[_Address] = []
        self._failed: list[Unreached] = []
        self._socket: socket.socket | None = None
        self._timer: Timer | None = None

    def cancel(self) -> None:
        """Give up; ``on_done`` is told so."""
        if self._loop.inside:
            self.abort("cancelled", "given up")
        else:
            self._loop.post(self.abort, "cancelled", "given up")

    # --- on the thread of the loop -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Look up the name and try its addresses."""
        self._loop.keep(self)
        self._wait(self._until, self._unnamed)
        try:
            self._named(_look_up(self._host, self._port, socket.AI_NUMERICHOST))
        except (OSError, UnicodeError):
            self._begin_to_ask()

    def _begin_to_ask(self) -> None:
        try:
            threading.Thread(target=self._ask, name="smppkit-name", daemon=True).start()
        except RuntimeError as error:  # too many of them, or the interpreter is ending
            self._done(Unreached("name", f"{self._host}: cannot be looked up: {error}"))

    def abort(self, reason: str, detail: str = "") -> None:
        """Give up at once."""
        self._done(Unreached("cancelled" if reason == "closed" else reason, detail))

    def _ask(self) -> None:
        """Look up the name, on the thread for that."""
        try:
            found = _look_up(self._host, self._port, 0)
        except (OSError, UnicodeError) as error:
            said = getattr(error, "strerror", None) or str(error)
            self._loop.post(self._done, Unreached("name", f"{self._host}: no such host: {said}"))
        else:
            self._loop.post(self._named, found)

    def _unnamed(self) -> None:
        self._done(Unreached("name", f"{self._host}: the name was not resolved in time"))

    def _named(self, addresses: list[_Address]) -> None:
        if self._on_done is not None:
            self._addresses = addresses
            self._next()

    def _next(self) -> None:
        if not self._addresses:
            self._done(self._failure())
            return
        now = time.monotonic()
        share = (self._until - now) / len(self._addresses)
        family, kind, protocol, address = self._addresses.pop(0)
        self._wait(now + max(share, 0.0), lambda: self._over("timeout", address))
        try:
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setblocking(False)
            code = self._socket.connect_ex(address)
        except OSError as error:
            code = error.errno or errno.EIO
        if code in (0, errno.EINPROGRESS, errno.EWOULDBLOCK) and self._socket is not None:
            self._loop.watch(self._socket, WRITE, lambda _: self._answered(address))
        else:
            self._over(_REASONS.get(code, "failed"), address, code)

    def _answered(self, address: tuple[Any, ...]) -> None:
        connected = self._socket
        if connected is None:
            return
        code = connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not code and connected.getsockname() == address:
            code = errno.ECONNREFUSED  # a port of our own that nobody listens at may connect to itself
        if code:
            self._over(_REASONS.get(code, "failed"), address, code)
            return
        self._loop.watch(connected, 0, print)
        self._socket = None
        self._done(Transport(connected))

    def _over(self, reason: str, address: tuple[Any, ...], code: int = 0) -> None:
        """Go on to the next address."""
        self._drop()
        said = _SENTENCES.get(reason) or os.strerror(code)
        self._failed.append(Unreached(reason, f"{endpoint(address)}: {said}"))
        self._next()

    def _failure(self) -> Unreached:
        reason = min((failed.reason for failed in self._failed), key=_ORDER.index, default="name")
        detail = "; ".join(failed.detail for failed in self._failed)
        return Unreached(reason, detail or f"{self._host}: no address")

    def _wait(self, until: float, call: Callable[[], object]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.at(until, call)

    def _drop(self) -> None:
        if self._socket is not None:
            self._loop.watch(self._socket, 0, print)
            self._socket.close()
            self._socket = None

    def _done(self, found: Transport | Unreached) -> None:
        """Tell the owner, once."""
        on_done, self._on_done = self._on_done, None
        if on_done is None:
            if isinstance(found, Transport):
                found.close()
            return
        self._drop()
        if self._timer is not None:
            self._timer.cancel()
        self._loop.release(self)
        on_done(found)


def _look_up(host: str, port: int, flags: int) -> list[_Address]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    addresses: dict[_Address, None] = {(row[0], row[1], row[2], row[4]): None for row in found}
    return list(addresses)[:MOST_ADDRESSES]
