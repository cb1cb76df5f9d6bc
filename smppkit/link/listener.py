"""A listening socket: hands every connection that comes to its owner, and survives a shortage of descriptors."""

import errno
import os
import socket
import time
from collections.abc import Callable

from .loop import READ, Loop
from .transport import Transport

_AT_ONCE = 64  # connections taken before others have their turn
_PAUSE = 0.1  # seconds without accepting when the process or the machine has no descriptors left
_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Listener:
    """Listens at one address from the moment it is made; ``on_accept(transport)`` is called on the thread of the loop.

    ``host`` and ``port`` are where it listens: port 0 asks for any that is free. Raises OSError when it cannot.

    >>> with Loop() as loop:
    ...     listener = Listener(loop, "127.0.0.1", 0, print)
    ...     listener.host, listener.port > 0
    ('127.0.0.1', True)
    """

    def __init__(self, loop: Loop, host: str, port: int, on_accept: Callable[[Transport], object]) -> None:
        """Bind and listen; from any thread."""
        self._loop = loop
        self._on_accept = on_accept
        self._socket = _listening(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        if not loop.post(self._begin):
            self._socket.close()
            raise RuntimeError("the loop has ended")

    def close(self) -> None:
        """Listen no more; connections that were made stay."""
        if self._loop.inside:
            self.abort("closed")
        else:
            self._loop.post(self.abort, "closed")

    def abort(self, reason: str, detail: str = "") -> None:
        """Close, on the thread of the loop."""
        if self._socket.fileno() >= 0:
            self._loop.watch(self._socket, 0, self._ready)
            self._socket.close()
        self._loop.release(self)

    def _begin(self) -> None:
        self._loop.keep(self)
        self._loop.watch(self._socket, READ, self._ready)

    def _ready(self, _: int) -> None:
        for _ in range(_AT_ONCE):
            if self._socket.fileno() < 0:
                return
            try:
                accepted, _address = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _SHORT:
                    self._pause()
                    return
                continue  # that peer is gone already
            self._on_accept(Transport(accepted))

    def _pause(self) -> None:
        self._loop.watch(self._socket, 0, self._ready)
        self._loop.at(time.monotonic() + _PAUSE, self._resume)

    def _resume(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.watch(self._socket, READ, self._ready)


def _listening(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":  # elsewhere it would let others take the port as well
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
