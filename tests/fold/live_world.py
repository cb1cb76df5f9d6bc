"""A live session for tests: intents, sends, resends, answers and what is told of them, at random; and a plain model.

The model keeps for each part a list of what happened to it and decides its outcome by the rules of the fold, in the
simplest words there are; it shares no code with it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from smppkit.journal.log import Event, Intents, Link, Log, Segment, Told
from smppkit.journal.memory import MemoryLog
from tests.fold.fold_traffic import (
    MULTI,
    MULTI_RESP,
    NACK,
    QUERY,
    QUERY_RESP,
    RECEIPT,
    SECOND,
    START,
    SUBMIT,
    SUBMIT_RESP,
    UDHI,
    cstring,
    header,
    message,
    pdu,
    receipt_text,
    tlv,
)


def multi(sequence: int, numbers: Sequence[str]) -> bytes:
    entries = b"".join(b"\x01\x01\x01" + cstring(number) for number in numbers)
    body = b"\0\0\0" + cstring("INFO") + bytes([len(numbers)]) + entries + b"\0\0\0" + b"\0\0" + b"\x01\0\0\0\x02hi"
    return pdu(MULTI, sequence, body)


@dataclass
class ModelPart:
    """One part: its message, where it goes, and what happened: ("sent", n), ("answer", n, …) and ("told", outcome)."""

    msg_id: int
    number: int
    destination: str
    happened: list[tuple[Any, ...]] = field(default_factory=list)

    def verdict(self, complete: bool, closed: set[int]) -> dict[str, Any]:
        sends = [place for place, (kind, *_) in enumerate(self.happened) if kind == "sent"]
        last = sends[-1] if sends else -1
        current = self.happened[last][1] if sends else None
        answers = [(place, *each[1:]) for place, each in enumerate(self.happened) if each[0] == "answer"]
        counting = [each for each in answers if each[0] > last]
        counting.sort(key=lambda each: (each[2] == "accepted", each[1] == current, -each[0]))
        told = [each[1] for place, each in enumerate(self.happened) if each[0] == "told" and place > last]
        link = self.happened[last][2] if sends else None
        if counting:
            outcome = counting[-1][2]
        elif told:
            outcome = told[-1]
        elif not sends:
            outcome = "not_sent" if complete else "queued"
        else:
            outcome = "unanswered" if complete or link in closed else "sent"
        return {
            "msg_id": self.msg_id,
            "part": self.number,
            "destination": self.destination,
            "outcome": outcome,
            "attempt": max(1, len(sends)),
            "message_id": (counting[-1][3] or None) if counting else None,
            "command_status": counting[-1][4] if counting else None,
            "again": any(self._twice(*pair) for pair in pairwise(sends)),
        }

    def _twice(self, first: int, second: int) -> bool:
        """Whether the second sending may be a repetition for the receiver."""
        between = self.happened[first + 1 : second]
        earlier = [each for each in between if each[0] == "answer"]
        told = [each[1] for each in between if each[0] == "told"]
        refused = bool(earlier) and all(each[2] == "refused" for each in earlier)
        return not (refused or (told and told[-1] == "not_sent"))


@dataclass
class Request:
    """One record that sends something."""

    record: int
    link: int
    sequence: int
    parts: list[ModelPart]
    several: bool = False


class World:
    """A log being made by a session; each step does one thing at random."""

    def __init__(self, seed: int, links: int = 2) -> None:
        self.log = MemoryLog()
        self.chance = random.Random(seed)
        self.referring = seed % 3 == 0
        self.now, self.sequence = START, 0
        self.parts: list[ModelPart] = []
        self.of_intent: list[list[ModelPart]] = []
        self.octets: list[bytes] = []
        self.open: list[Request] = []
        self.named: list[tuple[str, str, int]] = []  # id, destination, link
        self.live: list[int] = []
        self.closed: set[int] = set()
        for _ in range(links):
            self.connect()

    def connect(self) -> None:
        number = len(self.log.links)
        esme = f"10.0.0.1:{40000 + number}"
        self.live.append(self.log.add_link(Link(f"{esme}-10.0.0.2:2775", esme, "10.0.0.2:2775")))
        bind = cstring("demo") + b"\0\0\x34\0\0\0"
        self.append(pdu(0x09, self.next(), bind), 0, number)
        self.append(pdu(0x80000009, self.sequence, cstring("mc")), 1, number)

    def next(self) -> int:
        self.sequence += 1
        return self.sequence

    def append(self, octets: bytes, direction: int, link: int, intent: int = -1) -> int:
        self.now += self.chance.choice((1_000_000, 1_000_000, 20 * SECOND if self.chance.random() < 0.02 else 0))
        if self.chance.random() < 0.5:
            self.log.append(octets, self.now, direction, link, intent)
        else:
            rows = np.array([3]), np.array([len(octets)])
            self.log.append_many(b"..." + octets, *rows, self.now, direction, link, np.array([intent]))
        return len(self.log) - 1

    def step(self) -> None:
        steps = (
            *((self.queue, 6), (self.send, 8), (self.send_again, 2), (self.answer, 8), (self.tell, 2)),
            *(
                (self.receipt, 0.2 if self.referring else 5),
                (self.unannounced, 1),
                (self.query, 1),
                (self.reconnect, 0.3),
                (self.noise, 1),
            ),
        )
        steps += ((self.receipt_by_reference, 5 if self.referring else 0),)
        self.chance.choices([do for do, _ in steps], [weight for _, weight in steps])[0]()

    def destination(self) -> str:
        return f"3247100000{self.chance.randrange(5)}"

    def queue(self) -> None:
        kind, tag = self.chance.random(), self.chance.choice((None, None, "spring", "x"))
        msg_id, to = self.log.take_messages(), self.destination()
        if kind < 0.15:
            numbers = [f"3247100001{place}" for place in range(self.chance.randrange(1, 4))]
            self.add([(multi(0, numbers), 1, 1, numbers)], msg_id, tag)
        elif kind < 0.4:
            total = self.chance.randrange(2, 4)
            pieces = []
            for number in range(1, total + 1):
                data = header(msg_id % 256, total, number) + f"{msg_id}:{number} ".encode()
                pieces.append((message(SUBMIT, 0, "INFO", to, data, esm_class=UDHI), number, total, [to]))
            self.add(pieces, msg_id, tag)
        else:
            tlvs = tlv(0x0204, (msg_id % 90).to_bytes(2, "big")) if kind < 0.6 else b""
            octets = message(SUBMIT, 0, "INFO", to, f"text {msg_id}".encode(), tlvs=tlvs)
            self.add([(octets, 1, 1, [to])], msg_id, tag)

    def add(self, pieces: list[tuple[bytes, int, int, list[str]]], msg_id: int, tag: str | None) -> None:
        together = self.chance.random() < 0.4
        if together:
            octets = b"".join(piece for piece, *_ in pieces)
            length = np.array([len(piece) for piece, *_ in pieces])
            numbers = [number for _, number, *_ in pieces]
            self.log.add_intents(
                bytearray(octets), np.cumsum(length) - length, length, msg_id, numbers, len(pieces), self.now, tag
            )
        for piece, number, total, numbers in pieces:
            if not together:
                self.log.add_intent(piece, msg_id, number, total, self.now, tag)
            self.of_intent.append([ModelPart(msg_id, number, each) for each in numbers])
            self.octets.append(piece)
            self.parts += self.of_intent[-1]

    def send(self) -> None:
        unsent = [row for row, parts in enumerate(self.of_intent) if not parts[0].happened]
        if unsent:
            self.send_row(self.chance.choice(unsent[:5]))

    def send_again(self) -> None:
        if self.of_intent:
            row = self.chance.randrange(len(self.of_intent))
            if self.of_intent[row][0].happened:
                self.send_row(row)

    def send_row(self, row: int) -> None:
        link, sequence = self.chance.choice(self.live), self.next()
        octets = self.octets[row][:12] + sequence.to_bytes(4, "big") + self.octets[row][16:]
        record = self.append(octets, 0, link, row)
        request = Request(record, link, sequence, self.of_intent[row], octets[7] == MULTI)
        for part in request.parts:
            part.happened.append(("sent", record, link))
        self.open.append(request)

    def answer(self) -> None:
        if not self.open:
            return
        request = self.open.pop(self.chance.randrange(max(0, len(self.open) - 6), len(self.open)))
        kind, id = self.chance.random(), f"{request.sequence:x}"
        bad: list[str] = []
        if kind < 0.2:
            self.append(pdu(NACK, request.sequence, status=3), 1, request.link)
            said = ("refused", "", 3)
        elif kind < 0.35:
            answer = MULTI_RESP if request.several else SUBMIT_RESP
            self.append(pdu(answer, request.sequence, status=0x58), 1, request.link)
            said = ("refused", "", 0x58)
        elif request.several:
            bad = [part.destination for part in request.parts if self.chance.random() < 0.3]
            failures = b"".join(b"\x01\x01" + cstring(each) + (11).to_bytes(4, "big") for each in bad)
            body = cstring(id) + bytes([len(bad)]) + failures
            self.append(pdu(MULTI_RESP, request.sequence, body), 1, request.link)
            said = ("accepted", id, 0)
        else:
            id = "" if self.chance.random() < 0.1 else id
            self.append(pdu(SUBMIT_RESP, request.sequence, cstring(id)), 1, request.link)
            said = ("accepted", id, 0)
        for part in request.parts:
            told = ("refused", "", 11) if part.destination in bad else said
            part.happened.append(("answer", request.record, *told))
            if told[1]:
                self.named.append((told[1], part.destination, request.link))

    def tell(self) -> None:
        rows = [row for row in range(len(self.of_intent)) if self.chance.random() < 0.1][:3]
        outcome = self.chance.choice(("unanswered", "not_sent"))
        if rows:
            self.log.add_told(rows, outcome, self.now)
        for row in rows:
            for part in self.of_intent[row]:
                part.happened.append(("told", outcome))

    def receipt(self) -> None:
        if self.named:
            id, destination, _ = self.chance.choice(self.named[-20:])
            stat = self.chance.choice(("DELIVRD", "DELIVRD", "UNDELIV", "ENROUTE", "ACCEPTD"))
            form = self.chance.choice((id, id, str(int(id, 16)), id.upper()))
            data = receipt_text(form, stat, err=f"{self.chance.randrange(3):03}")
            link = self.chance.choice(self.live)
            octets = message(0x05, self.next(), "+" + destination, "INFO", data, esm_class=RECEIPT)
            self.append(octets, 1, link)

    def receipt_by_reference(self) -> None:
        """A receipt whose id nobody gave, but which echoes a reference; believed while no receipt matches by its id."""
        part = self.chance.choice(self.parts) if self.parts else None
        if part:
            tlvs = tlv(0x0204, (part.msg_id % 90).to_bytes(2, "big")) + tlv(0x0427, b"\x02")
            data = receipt_text("unlike", self.chance.choice(("DELIVRD", "UNDELIV")))
            octets = message(0x05, self.next(), part.destination, "INFO", data, esm_class=RECEIPT, tlvs=tlvs)
            self.append(octets, 1, self.chance.choice(self.live))

    def unannounced(self) -> None:
        """A request that no intent announced: what a user sends as raw octets."""
        link, sequence, to = self.chance.choice(self.live), self.next(), self.destination()
        record = self.append(message(SUBMIT, sequence, "INFO", to, b"raw"), 0, link)
        self.open.append(Request(record, link, sequence, []))

    def query(self) -> None:
        if self.named:
            id, _, link = self.chance.choice(self.named)
            if link in self.live:
                sequence = self.next()
                self.append(pdu(QUERY, sequence, cstring(id) + b"\0\0" + cstring("")), 0, link)
                body = cstring(id) + cstring("") + bytes([self.chance.choice((1, 2, 5)), 0])
                self.append(pdu(QUERY_RESP, sequence, body), 1, link)

    def reconnect(self) -> None:
        gone = self.live.pop(0)
        self.closed.add(gone)
        self.open = [request for request in self.open if request.link != gone]
        self.log.add_event(Event(self.now, gone, "BOUND_TRX", "CLOSED", "close", ""))
        self.connect()

    def noise(self) -> None:
        self.append(pdu(0x15, self.next()), self.chance.randrange(2), self.chance.choice(self.live))


class Recut(Log):
    """Another log with the same content, records and intents in other batches."""

    links, events, problems, complete = (), (), (), False

    def __init__(self, log: MemoryLog, size: int) -> None:
        self.links, self.events, self.problems = log.links, log.events, log.problems
        self.complete = log.complete
        self._told = log.told()
        self._segments = [
            Segment(each.buffer, *(getattr(each, name)[start : start + size] for name in _RECORD))
            for each in log.segments()
            for start in range(0, len(each), size)
        ]
        self._intents = [_piece(each, start, size) for each in log.intents() for start in range(0, len(each), size)]

    def segments(self) -> Iterator[Segment]:
        return iter(self._segments)

    def intents(self, first: int = 0) -> Iterator[Intents]:
        return (batch for batch in self._intents if batch.first + len(batch) > first)

    def told(self, first: int = 0) -> Sequence[Told]:
        return self._told[first:]

    def __len__(self) -> int:
        return sum(map(len, self._segments))


_RECORD = ("offset", "length", "time", "direction", "link", "intent")
_INTENT = ("offset", "length", "message", "part", "total", "time", "record")


def _piece(batch: Intents, start: int, size: int) -> Intents:
    columns = [getattr(batch, name)[start : start + size] for name in _INTENT]
    return Intents(batch.first + start, batch.buffer, *columns, batch.tag and batch.tag[start : start + size])
