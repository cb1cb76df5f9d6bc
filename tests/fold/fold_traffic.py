"""PDUs and logs for the tests of the fold, written octet by octet: no code of the package makes them."""

import random
import struct
from typing import Any

from smppkit.fold import Fold
from smppkit.journal.log import Event, Link
from smppkit.journal.memory import MemoryLog

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
START = 1_800_000_000 * SECOND

SUBMIT, SUBMIT_RESP = 0x04, 0x80000004
DELIVER, DELIVER_RESP = 0x05, 0x80000005
DATA, DATA_RESP = 0x0103, 0x80000103
MULTI, MULTI_RESP = 0x21, 0x80000021
QUERY, QUERY_RESP = 0x03, 0x80000003
BIND, BIND_RESP = 0x09, 0x80000009
ENQUIRE, NACK = 0x15, 0x80000000
RECEIPT = 0x04  # esm_class
UDHI = 0x40


def pdu(command: int, sequence: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, status, sequence) + body


def cstring(text: str) -> bytes:
    return text.encode("latin-1") + b"\0"


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def message(command: int, sequence: int, source: str, destination: str, data: bytes, **more: Any) -> bytes:
    """submit_sm or deliver_sm; more: esm_class, registered, coding, tlvs."""
    esm_class, coding = more.get("esm_class", 0), more.get("coding", 0)
    body = b"\0" + b"\0\0" + cstring(source) + b"\0\0" + cstring(destination)
    flags = bytes([more.get("registered", 1), 0, coding, 0, len(data)])
    body += bytes([esm_class, 0, 0]) + b"\0\0" + flags + data + more.get("tlvs", b"")
    return pdu(command, sequence, body)


def data_sm(sequence: int, source: str, destination: str, tlvs: bytes, esm_class: int = 0) -> bytes:
    body = b"\0" + b"\0\0" + cstring(source) + b"\0\0" + cstring(destination) + bytes([esm_class, 1, 0]) + tlvs
    return pdu(DATA, sequence, body)


def header(reference: int, total: int, number: int, width: int = 8) -> bytes:
    if width == 8:
        return bytes([5, 0, 3, reference, total, number])
    return bytes([6, 8, 4]) + struct.pack(">H", reference) + bytes([total, number])


def receipt_text(id: str, stat: str = "DELIVRD", done: str = "2701151030", err: str = "000", submit: str = "") -> bytes:
    dates = f"submit date:{submit} done date:{done}"
    return f"id:{id} sub:001 dlvrd:001 {dates} stat:{stat} err:{err} text:hi".encode()


class Traffic:
    """A log being made: each call adds one PDU; ``now`` moves on by a millisecond."""

    def __init__(self, links: int = 1, complete: bool = True, bound: str = "demo") -> None:
        self.log = MemoryLog(complete=complete)
        self.now = START
        self.sequence = 0
        for link in range(links):
            esme = f"10.0.0.1:{40000 + link}"
            self.log.add_link(Link(f"{esme}-10.0.0.2:2775", esme, "10.0.0.2:2775"))
            if bound:
                self.out(pdu(BIND, self.next(), cstring(bound) + b"\0\0\x34\0\0\0"), link)
                self.back(pdu(BIND_RESP, self.sequence, cstring("mc")), link)

    def next(self) -> int:
        self.sequence += 1
        return self.sequence

    def out(self, octets: bytes, link: int = 0) -> None:
        self._append(octets, 0, link)

    def back(self, octets: bytes, link: int = 0) -> None:
        self._append(octets, 1, link)

    def _append(self, octets: bytes, direction: int, link: int) -> None:
        self.log.append(octets, self.now, direction, link)
        self.now += SECOND // 1000

    def submit(self, destination: str = "32471000001", data: bytes = b"hi", id: str | None = None, **more: Any) -> int:
        """A submit_sm, and its answer when an id is given; returns the sequence number."""
        link = more.pop("link", 0)
        sequence = self.next()
        self.out(message(SUBMIT, sequence, more.pop("source", "INFO"), destination, data, **more), link)
        if id is not None:
            self.answer(sequence, id, link=link)
        return sequence

    def answer(self, sequence: int, id: str = "", status: int = 0, link: int = 0) -> None:
        self.back(pdu(SUBMIT_RESP, sequence, b"" if status else cstring(id), status), link)

    def deliver(self, source: str, data: bytes, link: int = 0, destination: str = "INFO", **more: Any) -> None:
        self.back(message(DELIVER, self.next(), source, destination, data, **more), link)

    def receipt(self, id: str, source: str = "32471000001", stat: str = "DELIVRD", link: int = 0, **more: Any) -> None:
        tlvs = more.pop("tlvs", b"")
        self.deliver(source, receipt_text(id, stat, **more), link, esm_class=RECEIPT, tlvs=tlvs)

    def close(self, link: int = 0) -> None:
        self.log.add_event(Event(self.now, link, "BOUND_TRX", "CLOSED", "close", ""))

    def fold(self, **settings: Any) -> Fold:
        return Fold(self.log, **settings)


def rows(fold: Fold, table: str, *names: str) -> list[Any]:
    """The rows of some columns of a table; plain values when there is one column."""
    columns = [fold.table(table)[name].to_list() for name in names]
    return columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))


def mixed_traffic(seed: int) -> Traffic:
    """A bit of everything, on two links of one account."""
    random.seed(seed)
    traffic = Traffic(links=2)
    open_ids = []
    for step in range(150):
        link, kind = random.randrange(2), random.random()
        destination = f"3247100000{random.randrange(6)}"
        if kind < 0.35:
            open_ids.append((traffic.submit(destination, f"text {step}".encode(), link=link), destination, link))
        elif kind < 0.5:
            reference, total = random.randrange(3), random.randrange(2, 4)
            for number in random.sample(range(1, total + 1), total):
                data = header(reference, total, number) + f"{step}:{number} ".encode()
                open_ids.append((traffic.submit(destination, data, esm_class=UDHI, link=link), destination, link))
        elif kind < 0.75 and open_ids:
            sequence, destination, link = open_ids.pop(random.randrange(len(open_ids)))
            traffic.answer(sequence, f"{sequence:x}", status=random.choice([0, 0, 0, 0x58]), link=link)
            if random.random() < 0.8:
                stat = random.choice(["DELIVRD", "UNDELIV", "ENROUTE", "ACCEPTD"])
                traffic.receipt(str(sequence), "+" + destination, stat, link=1 - link)
        elif kind < 0.9:
            data = header(step % 4, 2, random.randrange(1, 3)) + f"mo{random.randrange(2)}".encode()
            traffic.deliver(destination, data, link, esm_class=UDHI)
        else:
            traffic.answer(random.randrange(1, 400), "77", link=link)
    return traffic
