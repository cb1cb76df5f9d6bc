"""Every order of up to four things that may happen at once: all states legal, none stuck, every request ends once."""

import itertools
from collections.abc import Callable

import pytest

import smppkit as sk
from smppkit.errors import LocalProtocolError, WindowFull
from smppkit.protocol import events
from smppkit.protocol.settings import Settings
from tests.protocol.coupled import Side

SETTINGS = {
    "3.4": Settings(window=2, enquire_link=30, response_timeout=20, session_init=10, inactivity=500),
    "5.0": Settings(window=2, enquire_link=30, response_timeout=20, session_init=10, inactivity=500, version="5.0"),
}


class Stage:
    """One side, its clock, and a peer that is nothing but octets."""

    def __init__(self, role: str, version: str) -> None:
        self.role = role
        self.side = Side(role, SETTINGS[version])
        self.now = 0.0
        self.numbers = {"submit_sm": 0, "deliver_sm": 0, "unbind": 0}
        self.peer_number = 100
        self.bind_number = 0
        self._answered: set[int] = set()

    def ask(self, pdu: sk.Pdu) -> None:
        """Send a request if it is allowed; a request that is refused leaves no trace."""
        machine = self.side.machine
        before = (machine.outstanding, bytes(machine.output), machine.state)
        may = machine.room(self.now) if pdu.command in ("submit_sm", "deliver_sm") else None
        try:
            self.numbers[pdu.command] = self.side.request(pdu, self.now, handle=object())
            assert may != 0
        except (LocalProtocolError, WindowFull):
            assert not may
            assert (machine.outstanding, bytes(machine.output), machine.state) == before

    def hear(self, pdu: sk.Pdu) -> None:
        self.side.receive(pdu.encode(), self.now)

    def asked(self, kind: type[sk.Pdu]) -> None:
        self.peer_number += 1
        if kind is sk.BindTransceiver and not (self.side.machine.owed or self.side.machine.bound):
            self.bind_number = self.peer_number
        self.hear(kind(sequence_number=self.peer_number))

    def answer(self, command: str) -> None:
        """Answer the eldest request of that kind that waits for us; refused when there is none."""
        waiting = [
            pdu
            for event in self.side.only(events.RequestsReceived)
            for pdu in event.pdus
            if pdu.command == command and pdu.sequence_number not in self._answered
        ]
        kind = {"submit_sm": sk.SubmitSmResp, "deliver_sm": sk.DeliverSmResp}.get(command, sk.BindTransceiverResp)
        number = waiting[0].sequence_number if waiting else 1
        owed = self.side.machine.owed
        try:
            self.side.respond(kind(sequence_number=number), self.now)
            assert owed
            self._answered.add(number)
        except LocalProtocolError:
            assert not (waiting and owed)

    def pass_time(self, seconds: float) -> None:
        """Let time pass in the steps that the machine asks for."""
        until = self.now + seconds
        while (due := self.side.machine.deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self.side.tick(self.now)
        self.now = until

    def end(self) -> None:
        """Let the peer be dead: within a bounded time the connection has to be given up, and everything has ended."""
        machine = self.side.machine
        if self.role == "MC" and machine.owed and not machine.bound:
            self.side.respond(sk.GenericNack(sequence_number=self.bind_number, command_status=0x0D), self.now)
        self.pass_time(600)
        if machine.state != "CLOSED":
            assert self.side.only(events.MustClose), f"stuck in {machine.state}"
            self.side.closed("connection_lost")
        assert machine.state == "CLOSED"
        assert all(ends == 1 for ends in self.side.asked.values())


Step = Callable[[Stage], None]
ENDS: dict[str, Step] = {
    "close": lambda stage: stage.side.closed("connection_lost"),
    "time-out": lambda stage: stage.pass_time(21),
    "peer unbind": lambda stage: stage.asked(sk.Unbind),
    "our unbind": lambda stage: stage.ask(sk.Unbind()),
    "unbind answer": lambda stage: stage.hear(sk.UnbindResp(sequence_number=stage.numbers["unbind"])),
}
ESME: dict[str, Step] = ENDS | {
    "bind answer": lambda stage: stage.hear(sk.BindTransceiverResp(sequence_number=1)),
    "bind refusal": lambda stage: stage.hear(sk.BindTransceiverResp(sequence_number=1, command_status=0x0D)),
    "submit": lambda stage: stage.ask(sk.SubmitSm()),
    "submit answer": lambda stage: stage.hear(sk.SubmitSmResp(sequence_number=stage.numbers["submit_sm"])),
    "message": lambda stage: stage.asked(sk.DeliverSm),
    "message answer": lambda stage: stage.answer("deliver_sm"),
}
CENTRE: dict[str, Step] = ENDS | {
    "bind": lambda stage: stage.asked(sk.BindTransceiver),
    "bind answer": lambda stage: stage.answer("bind_transceiver"),
    "deliver": lambda stage: stage.ask(sk.DeliverSm()),
    "deliver answer": lambda stage: stage.hear(sk.DeliverSmResp(sequence_number=stage.numbers["deliver_sm"])),
    "message": lambda stage: stage.asked(sk.SubmitSm),
    "message answer": lambda stage: stage.answer("submit_sm"),
}


def opened(role: str, version: str) -> Stage:
    """Begin with a bind that waits for its answer (ESME), or with an outbind (MC of 5.0)."""
    stage = Stage(role, version)
    if role == "ESME":
        stage.side.request(sk.BindTransceiver(interface_version=0x50), handle="bind")
    elif version == "5.0":
        stage.side.request(sk.Outbind())
    return stage


def busy(role: str, version: str) -> Stage:
    """Begin bound, with a message under way in either direction."""
    stage = opened(role, version)
    if role == "ESME":
        ESME["bind answer"](stage)
        ESME["submit"](stage)
        ESME["message"](stage)
    else:
        for step in ("bind", "bind answer", "deliver", "message"):
            CENTRE[step](stage)
    assert stage.side.machine.state == "BOUND_TRX"
    assert stage.side.machine.owed == stage.side.machine.outstanding == 1
    return stage


def trace(stage: Stage) -> tuple[object, ...]:
    """Return what can be seen of a stage, faults of the peer left out: a step that changes none of it did nothing."""
    machine = stage.side.machine
    told = sum(not isinstance(event, events.Fault | events.Received) for event in stage.side.told)
    return told, len(stage.side.asked), machine.owed, machine.outstanding, machine.state, stage.now


@pytest.mark.parametrize("version", ["3.4", "5.0"])
@pytest.mark.parametrize(("role", "steps"), [("ESME", ESME), ("MC", CENTRE)], ids=["ESME", "MC"])
@pytest.mark.parametrize("begin", [opened, busy])
def test_every_order(begin, role, steps, version):
    reached, idle = set(), set()
    longest = 5 if begin is opened else 4 if version == "3.4" else 3
    for length in range(1, longest + 1):
        for names in itertools.product(steps, repeat=length):
            if any(names[:end] in idle for end in range(1, length)) or "close" in names[:-2]:
                continue  # a shorter order is the same; of what follows the end, one thing is enough
            stage = begin(role, version)
            for name in names:
                before = trace(stage)
                steps[name](stage)
                reached.add(stage.side.machine.state)
            if trace(stage) == before:
                idle.add(names)
            stage.end()
    want = {"BOUND_TRX", "UNBOUND", "CLOSED"}
    if begin is opened:
        want |= {"OUTBOUND"} if (role, version) == ("MC", "5.0") else {"OPEN"}
    assert reached == want
