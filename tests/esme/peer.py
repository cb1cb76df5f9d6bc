"""Centres for the tests of an account that are no simulator: what they do is written by hand, octet by octet.

A ``Peer`` listens on loopback and hands every connection to a function, on a thread of its own. What goes wrong there
fails the test when the peer is closed. It owns its socket and threads, and ends them with ``close``.
"""

import contextlib
import html
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import smppkit as sk
from smppkit.esme.outcome import message_sentence

LIMIT = 10.0
NUMBER = "32471123456"
_ENDED = (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)


class Ended(Exception):  # noqa: N818  it is no error
    """The account closed its connection."""


class Line:
    """One connection as the centre sees it."""

    def __init__(self, sock: socket.socket, number: int) -> None:
        self.socket = sock
        self.number = number  # 0 is the first connection
        self.got: list[sk.Pdu] = []  # everything that was read
        sock.settimeout(LIMIT)
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""
        self._waiting: list[sk.Pdu] = []
        self._sequence = 0

    def read(self, command: str = "", limit: float = LIMIT) -> sk.Pdu:
        """Return the next PDU, of that command if one is named; enquire_link is answered on the way."""
        end = time.monotonic() + limit
        while True:
            while self._waiting:
                pdu = self._waiting.pop(0)
                self.got.append(pdu)
                if pdu.command == "enquire_link" and command != "enquire_link":
                    self.send(answer(pdu))
                elif command in ("", pdu.command):
                    return pdu
            try:
                self.socket.settimeout(max(end - time.monotonic(), 0.01))
                octets = self.socket.recv(1 << 18)
            except _ENDED:
                octets = b""
            except OSError:
                if self.socket.fileno() >= 0:  # or else we closed it ourselves
                    raise
                octets = b""
            if not octets:
                raise Ended
            self._held += octets
            index = sk.scan(self._held)
            self._waiting += list(index)
            self._held = self._held[index.consumed :]

    def send(self, *pdus: sk.Pdu | bytes, pieces: int = 0) -> None:
        """Send PDUs or octets in one segment, or in pieces of so many octets."""
        octets = b"".join(pdu if isinstance(pdu, bytes) else pdu.encode() for pdu in pdus)
        step = pieces or len(octets) or 1
        try:
            for place in range(0, len(octets), step):
                self.socket.sendall(octets[place : place + step])
        except _ENDED:
            raise Ended from None

    def ask(self, pdu: sk.Pdu) -> sk.Pdu:
        """Send a request under the next number of ours and return its response; others are kept in ``got``."""
        self._sequence += 1
        self.send(pdu.replace(sequence_number=self._sequence))
        while True:
            found = self.read()
            if found.sequence_number == self._sequence and found.command_id >= 0x80000000:
                return found

    def bind(self, status: int = 0, version: int | None = 0x34, **fields: Any) -> sk.Pdu:
        """Read a bind and answer it."""
        request = self.read()
        assert request.command.startswith("bind_"), request
        tlvs = {} if version is None or status else {"sc_interface_version": version}
        self.send(answer(request, status, **({} if status else {"system_id": "peer", "tlvs": tlvs}), **fields))
        return request

    def serve(self, react: Callable[["Line", sk.Pdu], object] | None = None) -> None:
        """Answer what comes until the account goes; ``react`` returns True for what it took care of."""
        ids = 0
        while True:
            try:
                pdu = self.read("", 60.0)
            except Ended:
                return
            if react is not None and react(self, pdu):
                continue
            if pdu.command == "submit_sm":
                ids += 1
                self.send(answer(pdu, message_id=f"{self.number}-{ids}"))
            elif pdu.command == "unbind":
                self.send(answer(pdu))
                return
            elif pdu.command_id < 0x80000000:
                self.send(answer(pdu))

    def reset(self) -> None:
        """Break the connection, so that the account sees a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RD)  # wakes the thread that reads, which keeps the socket open
        self.socket.close()

    def gone(self, limit: float = LIMIT) -> None:
        """Read until the account closes."""
        with contextlib.suppress(Ended):
            while True:
                self.read("", limit)


def answer(request: sk.Pdu, command_status: int = 0, **fields: Any) -> sk.Pdu:
    """Return the response to a request."""
    kind = getattr(sk, type(request).__name__ + "Resp")
    return kind(sequence_number=request.sequence_number, command_status=command_status, **fields)


def today() -> str:
    """Return the time as receipts write it: a submit date of another day would contradict the message."""
    return time.strftime("%y%m%d%H%M", time.gmtime())


def receipt(message_id: str, stat: str = "DELIVRD", **fields: Any) -> sk.Pdu:
    """Return a delivery receipt as a deliver_sm."""
    text = f"id:{message_id} sub:001 dlvrd:001 submit date:{today()} done date:{today()} stat:{stat} err:000 text:"
    given = {"source_addr": NUMBER, "source_addr_ton": 1, "source_addr_npi": 1, "destination_addr": "INFO"}
    given |= {"dest_addr_ton": 5, "esm_class": 4, "short_message": text.encode(), "sequence_number": 1}
    return sk.DeliverSm(**(given | fields))


def line_of(message: sk.Message) -> str:
    """Return the line that tells what became of a message; its card has the same."""
    line = message_sentence(message.outcome, message.command_status)
    assert line in html.unescape(message._repr_html_())
    return line


def binds(status: int = 0, **fields: Any) -> Callable[[Line], None]:
    """Return a script that answers the bind and then serves."""

    def script(line: Line) -> None:
        line.bind(status, **fields)
        line.serve()

    return script


def says(octets: bytes, after: int = 0) -> Callable[[Line], None]:
    """Return a script that says some octets, once so many have come, and closes when the account does."""

    def script(line: Line) -> None:
        got = b""
        while len(got) < after:
            got += line.socket.recv(4096)
        line.send(octets)
        with contextlib.suppress(*_ENDED, TimeoutError):
            while line.socket.recv(4096):
                pass

    return script


class Peer:
    """Listens, and runs ``script(line)`` for every connection; ``lines`` are those there were."""

    def __init__(self, script: Callable[[Line], object], port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self.lines: list[Line] = []
        self._script = script
        self._context = context
        self._failed: list[BaseException] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.host, self.port = self._listener.getsockname()[:2]
        self._threads = [threading.Thread(target=self._accept, name="peer", daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        """Where it is, with credentials."""
        return f"smpp://demo:secret@127.0.0.1:{self.port}"

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        self.close()
        if self._failed:  # what went wrong here goes first, the test shows behind it
            raise self._failed[0]

    def close(self) -> None:
        """Stop listening, break what is connected, and end the threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in list(self.lines):
            with contextlib.suppress(OSError):
                line.socket.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(LIMIT)
            assert not thread.is_alive(), "a script does not end"

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._run, args=(sock,), name="peer-line", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, sock: socket.socket) -> None:
        line = Line(sock, len(self.lines))
        self.lines.append(line)
        try:
            if self._context is not None:
                try:
                    line.socket = self._context.wrap_socket(sock, server_side=True)
                except (ssl.SSLError, *_ENDED):
                    return
            self._script(line)
        except (Ended, *_ENDED):
            pass
        except BaseException as error:
            self._failed.append(error)
        finally:
            line.socket.close()
            sock.close()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def account(where: "Peer | str", **keywords: Any) -> Iterator[Any]:
    """Connect to a peer, or a URL; at the end the account is closed."""
    esme = sk.connect(where if isinstance(where, str) else where.url, **keywords)
    try:
        yield esme
    finally:
        esme.close()
