"""What carries octets: plain TCP. TLS takes the same shape, so that nobody else knows the difference."""

import contextlib
import errno
import socket
from typing import Any

WOULD_BLOCK = -1
"""Instead of a count: nothing can be read, or written, now."""

_LOST = {
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ECONNABORTED: "reset",
    errno.ETIMEDOUT: "timeout",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ENETDOWN: "unreachable",
}


class Transport:
    """One connected TCP socket that never blocks.

    ``local`` and ``peer`` are its ends as text, "127.0.0.1:2775" or "[::1]:2775".

    >>> import socket
    >>> one, other = (Transport(end) for end in socket.socketpair())
    >>> one.send(b"octets"), other.receive_into(bytearray(16)), other.receive_into(bytearray(16)) == WOULD_BLOCK
    (6, 6, True)
    >>> one.close(), other.receive_into(bytearray(16)), other.close()
    (None, 0, None)
    """

    def __init__(self, sock: socket.socket) -> None:
        """Own a connected socket."""
        self._socket = sock
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # not every socket is one of TCP
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.local = _end(sock.getsockname)
        self.peer = _end(sock.getpeername)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._socket.fileno()

    def receive_into(self, buffer: bytearray) -> int:
        """Read into a buffer and return the octets read; 0 at the end of the stream, WOULD_BLOCK for none now."""
        try:
            return self._socket.recv_into(buffer)
        except (BlockingIOError, InterruptedError):
            return WOULD_BLOCK

    def send(self, octets: bytes | bytearray | memoryview) -> int:
        """Write what can be written now and return how much that was, or WOULD_BLOCK."""
        try:
            return self._socket.send(octets)
        except (BlockingIOError, InterruptedError):
            return WOULD_BLOCK

    def finish(self) -> None:
        """Say that nothing more will be sent; the peer may still send."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def lost(error: OSError) -> str:
    """Return in a word why a connection broke: reset, timeout, unreachable or failed.

    >>> lost(ConnectionResetError(errno.ECONNRESET, "")), lost(OSError(errno.EIO, ""))
    ('reset', 'failed')
    """
    return _LOST.get(error.errno or 0, "failed")


def endpoint(address: tuple[Any, ...]) -> str:
    """Return the address of a socket as text.

    >>> endpoint(("127.0.0.1", 2775)), endpoint(("::1", 2775, 0, 0))
    ('127.0.0.1:2775', '[::1]:2775')
    """
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _end(name: Any) -> str:
    """A peer that reset already has no name any more."""
    try:
        address = name()
    except OSError:
        return ""
    return endpoint(address) if isinstance(address, tuple) else ""
