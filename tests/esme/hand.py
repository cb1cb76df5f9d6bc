"""A message centre made by hand: a listening socket, and every step of every connection decided by the test."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import smppkit as sk

LIMIT = 10.0
RESPONSES = {
    "bind_transceiver": sk.BindTransceiverResp,
    "bind_transmitter": sk.BindTransmitterResp,
    "bind_receiver": sk.BindReceiverResp,
    "submit_sm": sk.SubmitSmResp,
    "data_sm": sk.DataSmResp,
    "query_sm": sk.QuerySmResp,
    "enquire_link": sk.EnquireLinkResp,
    "unbind": sk.UnbindResp,
}


class Peer:
    """One connection as the centre has it."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        connected.settimeout(LIMIT)
        self.held = b""
        self.kept: list[Any] = []

    def read(self, command: str = "") -> Any:
        """Return the next PDU; it has to be of the command."""
        while not self.kept:
            octets = self.socket.recv(1 << 16)
            if not octets:
                raise ConnectionResetError("the account closed the connection")
            self.held += octets
            index = sk.scan(self.held)
            self.kept += list(index)
            self.held = self.held[index.consumed :]
        pdu = self.kept.pop(0)
        assert not command or pdu.command == command, pdu
        return pdu

    def write(self, pdu: sk.Pdu) -> None:
        self.socket.sendall(pdu.encode())

    def answer(self, pdu: Any, **fields: Any) -> None:
        self.write(RESPONSES[pdu.command](sequence_number=pdu.sequence_number, **fields))

    def bind(self, **fields: Any) -> Any:
        """Answer the bind and return it."""
        pdu = self.read()
        given = {} if fields.get("command_status") else {"system_id": "hand", "tlvs": {"sc_interface_version": 0x34}}
        self.answer(pdu, **(given | fields))
        return pdu

    def leave(self) -> None:
        """Answer the unbind of an account that closes."""
        while (pdu := self.read()).command != "unbind":
            pass
        self.answer(pdu)

    def reset(self) -> None:
        """Break the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def close(self) -> None:
        self.socket.close()


class Centre:
    """Listens; ``accept`` gives the connections one by one."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(LIMIT)
        self.port = self.socket.getsockname()[1]
        self.url = f"smpp://hand:pw@127.0.0.1:{self.port}"
        self.peers: list[Peer] = []

    def accept(self, limit: float = LIMIT) -> Peer:
        self.socket.settimeout(limit)
        peer = Peer(self.socket.accept()[0])
        self.peers.append(peer)
        return peer

    def stop(self) -> None:
        """Take no more connections: whoever tries is refused."""
        self.socket.close()

    def connect(self, **options: Any) -> tuple[Any, Peer]:
        """Return an account that is bound here, and its connection."""
        esme = sk.connect(self.url, wait=False, **({"new": True} | options))
        peer = self.accept()
        peer.bind()
        until(lambda: esme.state == "Logged in")
        return esme, peer


@contextmanager
def hand_made() -> Iterator[Centre]:
    centre = Centre()
    try:
        yield centre
    finally:
        centre.stop()
        for peer in centre.peers:
            peer.close()


def until(condition: Callable[[], Any], limit: float = LIMIT) -> Any:
    """Return what ``condition`` returns as soon as that is true; fail after ``limit`` seconds."""
    end = time.monotonic() + limit
    pause = threading.Event()
    while not (found := condition()):
        assert time.monotonic() < end, f"not so within {limit} s"
        pause.wait(0.002)
    return found


@contextmanager
def beside(call: Callable[[], Any]) -> Iterator[list[Any]]:
    """Run a call on a thread of its own; the list gets what it returned or raised."""
    result: list[Any] = []

    def run() -> None:
        try:
            result.append(call())
        except BaseException as error:
            result.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield result
    thread.join(LIMIT)
    assert not thread.is_alive()


def ours() -> set[str]:
    """Return the names of the threads of accounts."""
    return {thread.name for thread in threading.enumerate() if thread.name.startswith(("smppkit-esme", "smppkit-call"))}


def submit_sm(text: bytes = b"hello", **fields: Any) -> sk.SubmitSm:
    return sk.SubmitSm(**({"source_addr": "INFO", "destination_addr": "32471123456", "short_message": text} | fields))


def closing(esme: Any, peer: Peer) -> None:
    """Close an account whose centre is made by hand."""
    with beside(esme.close), contextlib.suppress(OSError):
        peer.leave()
