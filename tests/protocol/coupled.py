"""Two machines coupled in memory, both checked after each step."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

import smppkit as sk
from smppkit.protocol import events
from smppkit.protocol.asking import UNLIMITED
from smppkit.protocol.machine import Machine
from smppkit.protocol.settings import Settings

LEGAL = {
    ("OPEN", "OUTBOUND"),
    *((before, f"BOUND_{kind}") for before in ("OPEN", "OUTBOUND") for kind in ("TX", "RX", "TRX")),
    *((f"BOUND_{kind}", "UNBOUND") for kind in ("TX", "RX", "TRX")),
    *((before, "CLOSED") for before in ("OPEN", "OUTBOUND", "BOUND_TX", "BOUND_RX", "BOUND_TRX", "UNBOUND")),
}
ONE_WAY = ("outbind", "alert_notification")
CONTROL = 40  # more requests than these never pass a full window

Cut = Callable[[bytes], Iterable[bytes]]


def whole(octets: bytes) -> Iterator[bytes]:
    """Feed everything at once."""
    yield octets


def single(octets: bytes) -> Iterator[bytes]:
    """Feed one octet at a time."""
    return (octets[at : at + 1] for at in range(len(octets)))


def at(place: int) -> Cut:
    """Feed in two pieces."""
    return lambda octets: (octets[:place], octets[place:])


class Side:
    """One machine, everything it told, and what must be true of that whatever happens."""

    def __init__(self, role: str, settings: Settings | None = None, now: float = 0.0, next_sequence: int = 1) -> None:
        self.machine = Machine(role, settings or Settings(), now, next_sequence)
        self.told: list[events.Event] = []
        self.asked: dict[object, int] = {}  # handle -> how many ends it had
        self.late: set[object] = set()
        self.sent_log = bytearray()
        self.read_log = bytearray()
        self.wire = bytearray()  # what was written

    def request(self, pdu: sk.Pdu, now: float = 0.0, handle: object = None) -> int:
        number = self.machine.request(pdu, now, handle)
        if pdu.command not in UNLIMITED and pdu.command not in ONE_WAY:
            assert self.machine.outstanding <= self.machine.settings.window
        if pdu.command not in ONE_WAY:
            key = number if handle is None else handle
            assert self.asked.get(key, 1) == 1, "a handle is used again before it ended"
            self.asked[key] = 0
        self.check()
        return number

    def block(self, number: int, octets: bytearray, offset: np.ndarray, first: int, now: float = 0.0, **more) -> int:
        """Queue rows of a block; return how many were taken."""
        taken = self.machine.request_block(number, octets, offset, first, now, **more)
        assert not taken or self.machine.outstanding <= self.machine.settings.window
        for interval in taken:
            for row in range(interval.first_row, interval.first_row + interval.rows):
                assert (number, row) not in self.asked
                self.asked[(number, row)] = 0
        self.check()
        return sum(interval.rows for interval in taken)

    def respond(self, pdu: sk.Pdu, now: float = 0.0) -> list[events.Event]:
        return self.take(self.machine.respond(pdu, now))

    def receive(self, octets: bytes, now: float = 0.0, cut: Cut = whole) -> list[events.Event]:
        return [event for piece in cut(octets) for event in self.take(self.machine.receive(piece, now))]

    def tick(self, now: float) -> list[events.Event]:
        happened = self.take(self.machine.tick(now))
        assert not self.take(self.machine.tick(now)), "what was due was done twice"
        due = self.machine.deadline()
        assert due is None or due > now, "nothing was done about what is due"
        return happened

    def closed(self, *why: str) -> list[events.Event]:
        happened = self.take(self.machine.closed(*why))
        assert self.machine.closed() == []
        return happened

    def output(self) -> bytes:
        """Take what is to be written, and check that the log of it says the same."""
        octets = self.machine.take_output()
        queued = self.machine.queued()
        if queued:
            assert int(queued.length.sum()) == len(queued.octets)
            self.sent_log += queued.octets
        self.wire += octets
        return octets

    def take(self, happened: list[events.Event]) -> list[events.Event]:
        """Keep what was told, and check it."""
        for event in happened:
            self.told.append(event)
            self._took(event)
        self.check()
        return happened

    def check(self) -> None:
        machine, counters = self.machine, self.machine.counters
        ended = counters.responses + counters.unanswered + machine.outstanding
        assert counters.requests + counters.late == ended
        assert 0 <= machine.outstanding <= machine.settings.window + CONTROL
        assert machine.room(0.0) == 0 or machine.state.startswith("BOUND")
        assert sum(1 for ends in self.asked.values() if ends == 0) <= machine.outstanding
        assert sum(isinstance(event, events.MustClose) for event in self.told) <= 1
        if machine.state == "CLOSED":
            assert machine.outstanding == 0
            assert machine.deadline() is None
            assert all(ends == 1 for ends in self.asked.values())

    def only(self, kind: type) -> list:
        """Return what was told of one kind."""
        return [event for event in self.told if isinstance(event, kind)]

    def _took(self, event: events.Event) -> None:
        match event:
            case events.StateChanged(before, after, _, _):
                assert (before, after) in LEGAL
                changes = self.only(events.StateChanged)
                assert before == (changes[-2].to_state if len(changes) > 1 else "OPEN")
            case events.Received(pdus):
                self.read_log += pdus.octets
            case events.ResponseReceived(handle, _, late, round_trip):
                assert round_trip >= 0
                self._ended(handle, late)
            case events.BlockAnswered():
                assert len(event.row) == len(event.command_status) == len(event.offset) == len(event.length)
                for row in event.row.tolist():
                    self._ended((event.block, row), event.late)
            case events.Unanswered(handle, _, _):
                self._ended(handle, False)
            case events.BlockUnanswered(block, rows, _):
                for row in rows.tolist():
                    self._ended((block, row), False)

    def _ended(self, handle: object, late: bool) -> None:
        """A request ends once; a late response may follow once."""
        if late:
            assert self.asked[handle] == 1, "late, but not told as unanswered before"
            assert handle not in self.late, "late twice"
            self.late.add(handle)
            return
        assert self.asked[handle] == 0, "ended twice"
        self.asked[handle] = 1


class Pair:
    """An ESME and a message centre whose outputs are each other's inputs."""

    def __init__(self, esme: Settings | None = None, centre: Settings | None = None, cut: Cut = whole, **more) -> None:
        self.esme = Side("ESME", esme, **more)
        self.centre = Side("MC", centre or esme, **more)
        self.cut = cut

    def to_centre(self, now: float = 0.0) -> list[events.Event]:
        return self.centre.receive(self.esme.output(), now, self.cut)

    def to_esme(self, now: float = 0.0) -> list[events.Event]:
        return self.esme.receive(self.centre.output(), now, self.cut)

    def flow(self, now: float = 0.0) -> None:
        """Let everything arrive, and what it leads to."""
        while self.esme.machine.output or self.centre.machine.output:
            self.to_centre(now)
            self.to_esme(now)

    def bind(
        self, kind: str = "transceiver", now: float = 0.0, version: int = 0x34, tells: int | None = 0x34
    ) -> "Pair":
        """Bind, and let both know the version of the other."""
        bind = getattr(sk, f"Bind{kind.capitalize()}")
        answer = getattr(sk, f"Bind{kind.capitalize()}Resp")
        tlvs = {} if tells is None else {"sc_interface_version": tells}
        number = self.esme.request(bind(system_id="esme", password="secret", interface_version=version), now)
        self.to_centre(now)
        self.centre.respond(answer(sequence_number=number, system_id="centre", tlvs=tlvs), now)
        self.to_esme(now)
        return self


def block_of(count: int, command: str = "submit_sm") -> tuple[bytearray, np.ndarray]:
    """Return ready requests and their offsets."""
    kind = {"submit_sm": sk.SubmitSm, "deliver_sm": sk.DeliverSm}[command]
    rows = [kind(destination_addr=str(32_470_000_000 + row), short_message=b"hi").encode() for row in range(count)]
    return bytearray(b"".join(rows)), np.cumsum([0, *map(len, rows)])


def answer_all(side: Side, now: float = 0.0, status: int = 0) -> None:
    """Answer every message a side was asked about since the last call."""
    seen = getattr(side, "_answered", 0)
    side._answered = len(side.told)
    for event in side.told[seen:]:
        if isinstance(event, events.RequestsReceived):
            for pdu in event.pdus:
                kind = getattr(sk, type(pdu).__name__ + "Resp", None)
                if kind is not None and not pdu.command.startswith("bind"):
                    side.respond(kind(sequence_number=pdu.sequence_number, command_status=status), now)
