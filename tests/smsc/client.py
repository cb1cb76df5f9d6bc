"""A client for the tests: one blocking socket, PDUs by the codec, nothing clever; and centres to talk to."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import smppkit as sk
from smppkit.smsc import Smsc

LIMIT = 10.0
KINDS = {"TX": sk.BindTransmitter, "RX": sk.BindReceiver, "TRX": sk.BindTransceiver}


class Client:
    """Connects to a centre; keeps PDUs that come while it waits for others; answers deliver_sm and enquire_link."""

    def __init__(self, port: int, host: str = "127.0.0.1", pause: int = 0) -> None:
        self.socket = socket.create_connection((host, port), LIMIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept: list[sk.Pdu] = []
        self.answer = 0  # the command_status for deliver_sm, None to be silent
        self.one_by_one = bool(pause)
        self._held = b""
        self._number = 0

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exception: object) -> None:
        self.socket.close()

    def bind(self, kind: str = "TRX", **fields: Any) -> sk.Pdu:
        given = {"system_id": "demo", "password": "secret", "interface_version": 0x34} | fields
        return self.ask(KINDS[kind](**given))

    def ask(self, pdu: sk.Pdu) -> sk.Pdu:
        """Send a request and return what answers it."""
        number = self.send(pdu)
        return self.wait(lambda got: got.sequence_number == number and got.command_id >= 0x80000000)

    def send(self, pdu: sk.Pdu) -> int:
        self._number += 1
        self.write(pdu.replace(sequence_number=self._number).encode())
        return self._number

    def write(self, octets: bytes) -> None:
        if not self.one_by_one:
            self.socket.sendall(octets)
            return
        for place in range(len(octets)):
            self.socket.sendall(octets[place : place + 1])

    def wait(self, wanted: Any, limit: float = LIMIT) -> sk.Pdu:
        """Return the first PDU that is wanted: a command, or a condition."""
        right = (lambda got: got.command == wanted) if isinstance(wanted, str) else wanted
        end = time.monotonic() + limit
        while True:
            for place, pdu in enumerate(self.kept):
                if right(pdu):
                    return self.kept.pop(place)
            left = end - time.monotonic()
            assert left > 0, f"nothing came within {limit} s; there is {self.kept}"
            self.kept += self.read(left)

    def read(self, limit: float = LIMIT) -> list[sk.Pdu]:
        """Return the PDUs that come next; none at the end of the connection raises."""
        self.socket.settimeout(limit)
        octets = self.socket.recv(1 << 18)
        if not octets:
            raise ConnectionResetError("the centre closed the connection")
        self._held += octets
        index = sk.scan(self._held)
        pdus = list(index)
        self._held = self._held[index.consumed :]
        for pdu in pdus:
            self._react(pdu)
        return pdus

    def ended(self, limit: float = LIMIT) -> bool:
        """Whether the centre closes the connection, whatever it says before."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            try:
                self.kept += self.read(max(0.01, end - time.monotonic()))
            except (ConnectionResetError, BrokenPipeError):
                return True
        return False

    def _react(self, pdu: sk.Pdu) -> None:
        if pdu.command == "deliver_sm" and self.answer is not None:
            answer = sk.DeliverSmResp(sequence_number=pdu.sequence_number, command_status=self.answer)
            self.socket.sendall(answer.encode())
        elif pdu.command == "enquire_link":
            self.socket.sendall(sk.EnquireLinkResp(sequence_number=pdu.sequence_number).encode())


@contextmanager
def centre(**behaviour: Any) -> Iterator[Smsc]:
    """A centre in a thread; messages do not end by themselves unless ``delay`` is given."""
    with Smsc(**({"process": False, "delay": None} | behaviour)) as smsc:
        yield smsc


@contextmanager
def bound(kind: str = "TRX", fields: dict[str, Any] | None = None, **behaviour: Any) -> Iterator[tuple[Smsc, Client]]:
    """A centre and a client that has bound to it."""
    with centre(**behaviour) as smsc, Client(smsc.port) as client:
        assert client.bind(kind, **(fields or {})).command_status == 0
        yield smsc, client


def submit(**fields: Any) -> sk.SubmitSm:
    given = {"source_addr": "INFO", "source_addr_ton": 5, "destination_addr": "32471123456", "short_message": b"Hello"}
    return sk.SubmitSm(**(given | fields))


def receipt_of(pdu: sk.Pdu) -> sk.Receipt:
    found = sk.parse_receipt(pdu.short_message.decode("latin-1"), pdu.esm_class, pdu.tlvs, pdu.data_coding)
    assert found is not None
    return found
