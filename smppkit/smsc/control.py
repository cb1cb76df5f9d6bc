"""Asking a centre in another process: lines of JSON over loopback, the first with a token.

    {"token": …}                          the first line; nothing is answered to a wrong one, and the connection closes
    {"ask": "deliver", "question": 7, …}  a question: a name, a number of the asker's, and values
    {"answer": …, "question": 7}          or {"error": sentence, "kind": "ValueError", "question": 7}

The lock of a ``Remote`` belongs to it: one question at a time is under way, and none waits longer than its limit. It
may be entered again by its thread, so that a thread can let go of it without knowing whether it had it: an interrupt
may come just as it is taken. A question that did not come to its end takes the connection with it, lest its answer be
read as that to the next; the numbers say so if it should happen all the same.
"""

import contextlib
import hmac
import json
import logging
import socket
import threading
import time
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

from .. import errors
from ..link import Connection, Listener, Loop, Transport
from ..protocol.events import MustClose
from .desk import Desk

_LONGEST = 1 << 20  # octets of a question
_FIRST = 4096  # octets before the token is right
_PATIENCE = 5.0  # seconds for the token
_GRACE = 0.2  # seconds for a question under way to notice that it ends
_UNREAD = 1 << 24  # octets of answers above which no more questions are read
_log = logging.getLogger(__name__)


class Line(NamedTuple):
    """One question, after the token."""

    octets: bytes


class Lines:
    """The server's half of a control connection, as a machine of octets: told the token, it gives lines.

    >>> lines = Lines(b"token", 0.0)
    >>> lines.receive(b'{"token": "token"}\\n{"ask": "counters"}\\n', 0.1)
    [Line(octets=b'{"ask": "counters"}')]
    >>> Lines(b"token", 0.0).receive(b'{"token": "guess"}\\n', 0.1)
    [MustClose(reason='token', detail='the token is wrong')]
    """

    def __init__(self, token: bytes, now: float) -> None:
        """Begin before the token."""
        self.output = bytearray()
        self._token: bytes | None = token
        self._until = now + _PATIENCE
        self._held = bytearray()

    @property
    def readable(self) -> bool:
        """Whether more questions should be read now."""
        return len(self.output) < _UNREAD

    def receive(self, octets: bytes, now: float) -> Sequence[Line | MustClose]:
        """Return the lines that are whole."""
        self._held += octets
        *lines, rest = bytes(self._held).split(b"\n")
        self._held[:] = rest
        if self._token is not None and lines and not self._admit(lines.pop(0)):
            return [MustClose("token", "the token is wrong")]
        if len(self._held) > (_FIRST if self._token is not None else _LONGEST):
            return [MustClose("too_long", "a line has no end")]
        return [Line(line) for line in lines]

    def sent(self, count: int) -> None:
        """Drop octets that were written."""
        del self.output[:count]

    def tick(self, now: float) -> Sequence[MustClose]:
        """Give up a peer that does not know the token."""
        late = self._token is not None and now >= self._until
        return [MustClose("token", "no token came")] if late else []

    def deadline(self) -> float | None:
        """Return until when the token has to come."""
        return None if self._token is None else self._until

    def closed(self, reason: str, detail: str = "") -> Sequence[MustClose]:
        """Nothing is left to be told."""
        return []

    def _admit(self, line: bytes) -> bool:
        given = _value_of(line).get("token")
        right = hmac.compare_digest(given.encode() if isinstance(given, str) else b"", self._token or b"")
        if right:
            self._token = None
        return right


class Control:
    """Answers questions about a server to whoever knows the token; lives in the server's loop.

    >>> from smppkit.smsc.server import Server
    >>> from smppkit.smsc.settings import Settings
    >>> server = Server(Settings())
    >>> remote = Remote(Control(server.loop, Desk(server), "token").port, "token")
    >>> remote.ask("counters", 5.0)["accepted"], remote.close(), server.stop()
    (0, None, True)
    """

    def __init__(self, loop: Loop, desk: Desk, token: str) -> None:
        """Listen on loopback, at any port."""
        self._loop = loop
        self._desk = desk
        self._token = token.encode()
        self._listener = Listener(loop, "127.0.0.1", 0, self._accept)
        self.port = self._listener.port

    def _accept(self, transport: Transport) -> None:
        self._loop.attach(transport, Lines(self._token, time.monotonic()), self._on_lines)

    def _on_lines(self, connection: Connection, told: Sequence[Line | MustClose]) -> None:
        for line in told:
            if isinstance(line, Line):
                connection.machine.output.extend(json.dumps(self._answer(line.octets)).encode() + b"\n")

    def _answer(self, line: bytes) -> dict[str, Any]:
        question = _value_of(line)
        number = {"question": question.pop("question", None)}
        try:
            return {"answer": self._desk.ask(question.pop("ask", None), **question)} | number
        except (errors.SmppError, ValueError, TypeError) as error:
            return {"error": str(error), "kind": type(error).__name__} | number
        except Exception:
            _log.exception("a question could not be answered")
            return {"error": "the simulator could not answer: an error of its own", "kind": "SmppError"} | number


class Absent(errors.SmppError):
    """Nobody is there to be asked.

    >>> issubclass(Absent, errors.SmppError)
    True
    """


class Remote:
    """Asks a centre in another process; from any thread. It connects when it is first asked."""

    def __init__(self, port: int, token: str) -> None:
        """Note where and with what."""
        self._address = ("127.0.0.1", port)
        self._token = token
        self._lock = threading.RLock()
        self._socket: socket.socket | None = None
        self._numbers = count(1)

    def ask(self, what: str, timeout: float, **values: Any) -> Any:
        """Return the answer to a question, or raise what the centre raised.

        Raises TimeoutError after ``timeout`` seconds, and SmppError when the centre is not there.
        """
        end = time.monotonic() + timeout
        try:
            if not self._lock.acquire(timeout=max(0.0, timeout)):
                raise TimeoutError(f"the simulator did not answer within {timeout:g} s: it is answering others")
            answer = self._ask({"ask": what, "question": next(self._numbers)} | values, timeout, end)
        finally:
            with contextlib.suppress(RuntimeError):  # it was not taken
                self._lock.release()
        if "error" in answer:
            raise _kind_of(answer.get("kind"))(answer["error"])
        return answer["answer"]

    def close(self) -> None:
        """Hang up; who waits for an answer is told at once."""
        sock = self._socket
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        try:
            if self._lock.acquire(timeout=_GRACE):
                self._drop()
        finally:
            with contextlib.suppress(RuntimeError):  # it was not taken
                self._lock.release()

    def _ask(self, question: dict[str, Any], timeout: float, end: float) -> dict[str, Any]:
        """Ask one question; what keeps it from its end ends the connection. The lock is held."""
        line = json.dumps(question).encode() + b"\n"  # a value that is no JSON never gets on the way
        try:
            answer = self._exchange(line, end)
            if answer.get("question") != question["question"] or not answer.keys() & {"answer", "error"}:
                raise errors.SmppError("the simulator said something that is no answer to the question; ask again")
        except TimeoutError:
            self._drop()
            raise TimeoutError(f"the simulator did not answer within {timeout:g} s") from None
        except OSError as error:
            self._drop()
            raise Absent(f"the simulator is not there: {error.strerror or error}") from None
        except BaseException:  # an interrupt: the answer may be on its way
            self._drop()
            raise
        return answer

    def _exchange(self, line: bytes, end: float) -> dict[str, Any]:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, max(0.001, end - time.monotonic()))
            line = json.dumps({"token": self._token}).encode() + b"\n" + line
        self._limit(end).sendall(line)
        pieces: list[bytes] = []
        while not pieces or not pieces[-1].endswith(b"\n"):
            piece = self._limit(end).recv(1 << 20)
            if not piece:
                raise ConnectionResetError(None, "it closed the connection")
            pieces.append(piece)
        return _value_of(b"".join(pieces))

    def _limit(self, end: float) -> socket.socket:
        """Return the socket, which waits no longer than there is time left."""
        left = end - time.monotonic()
        if left <= 0 or self._socket is None:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._socket

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _value_of(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds, empty when it holds none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _kind_of(name: object) -> type[Exception]:
    """Return the exception of that name: one of ours, or a few of Python's."""
    plain: dict[object, type[Exception]] = {"ValueError": ValueError, "TypeError": TypeError}
    kind = plain.get(name) or getattr(errors, str(name), errors.SmppError)
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else errors.SmppError
