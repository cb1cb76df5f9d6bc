"""Random conversations, legal and illegal, of two machines whose octets arrive in random pieces."""

import numpy as np
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import smppkit as sk
from smppkit.errors import LocalProtocolError, WindowFull
from smppkit.protocol import events
from smppkit.protocol.settings import Settings
from smppkit.protocol.window import LAST_SEQUENCE
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.kinds import RESPONSE
from tests.protocol.coupled import Side, block_of

REQUESTS = [row for row in ROWS if row.kind != RESPONSE]
SIDES = st.sampled_from(["esme", "centre"])
MESSAGES = {"esme": "submit_sm", "centre": "deliver_sm"}


def example(row, **values) -> sk.Pdu:
    if row.name == "submit_multi":
        values["dest_address"] = [{"destination_addr": "1"}]
    return getattr(sk, class_name(row.name))(**values)


class Conversation(RuleBasedStateMachine):
    """Two sides, the octets between them, and a clock."""

    @initialize(
        window=st.integers(1, 5),
        version=st.sampled_from(["3.4", "5.0"]),
        rate=st.sampled_from([None, None, 3.0]),
        before_wrap=st.integers(0, 20),
        bound=st.booleans(),
    )
    def begin(self, window, version, rate, before_wrap, bound):
        settings = Settings(
            window=window, version=version, rate=rate, enquire_link=10, response_timeout=7, inactivity=60
        )
        first = LAST_SEQUENCE - before_wrap
        self.sides = {"esme": Side("ESME", settings, 0, first), "centre": Side("MC", settings, 0, first)}
        self.wire = {"esme": b"", "centre": b""}  # what is on its way to each
        self.seen = {"esme": 0, "centre": 0}
        self.waiting: dict[str, list[sk.Pdu]] = {"esme": [], "centre": []}
        self.now = 0.0
        self.count = self.blocks = 0
        self.forged = False
        if bound:
            self.ask("esme", sk.BindTransceiver())
            self.move("centre", 10**6)
            self.answer("centre", 0, 0)
            self.move("esme", 10**6)

    def collect(self):
        """Put what was written on the wire, and note what the other side asks."""
        for name, other in (("esme", "centre"), ("centre", "esme")):
            side = self.sides[name]
            self.wire[other] += side.output()
            for event in side.told[self.seen[name] :]:
                if isinstance(event, events.RequestsReceived):
                    self.waiting[name] += [pdu for pdu in event.pdus if hasattr(sk, type(pdu).__name__ + "Resp")]
                if isinstance(event, events.ResponseReceived) and not self.forged and isinstance(event.handle, str):
                    assert getattr(event.pdu, "message_id", event.handle) in (event.handle, None, "")
            self.seen[name] = len(side.told)

    def ask(self, name, pdu):
        side = self.sides[name]
        machine = side.machine
        before = (machine.outstanding, bytes(machine.output), machine.state, machine.next_sequence)
        self.count += 1
        try:
            side.request(pdu, self.now, handle=f"{name} {self.count}")
        except (LocalProtocolError, WindowFull):
            assert (machine.outstanding, bytes(machine.output), machine.state, machine.next_sequence) == before
        self.collect()

    @rule(name=SIDES, row=st.sampled_from(REQUESTS))
    def ask_anything(self, name, row):
        self.ask(name, example(row))

    @rule(name=SIDES)
    def ask_message(self, name):
        kind = {"esme": sk.SubmitSm, "centre": sk.DeliverSm}[name]
        self.ask(name, kind(destination_addr=f"{name} {self.count + 1}"))

    @rule(name=SIDES, rows=st.integers(1, 9))
    def ask_block(self, name, rows):
        self.blocks += 1
        octets, offset = block_of(rows, MESSAGES[name])
        try:
            taken = self.sides[name].block(self.blocks, octets, offset, 0, self.now, command=MESSAGES[name])
            assert taken <= rows
        except LocalProtocolError:
            assert not self.sides[name].machine.room(self.now)
        self.collect()

    @precondition(lambda self: any(self.waiting.values()))
    @rule(name=SIDES, which=st.integers(0, 9), status=st.sampled_from([0, 0, 0, 0x58, 0x0D]))
    def answer(self, name, which, status):
        waiting, side = self.waiting[name], self.sides[name]
        if not waiting:
            return
        asked = waiting.pop(which % len(waiting))
        values = {"command_status": status, "sequence_number": asked.sequence_number}
        if status == 0 and asked.command in ("submit_sm", "data_sm"):
            values["message_id"] = getattr(asked, "destination_addr", "")
        if asked.command.startswith("bind") and status == 0:
            values["tlvs"] = {"sc_interface_version": 0x50}
        owed = side.machine.owed
        try:
            side.respond(getattr(sk, type(asked).__name__ + "Resp")(**values), self.now)
        except LocalProtocolError:
            assert not owed or self.forged
        self.collect()

    @rule(name=SIDES)
    def forget_all(self, name):
        side = self.sides[name]
        side.take(side.machine.forget(side.machine.owed))
        self.waiting[name].clear()
        self.collect()

    @rule(name=SIDES, count=st.sampled_from([1, 7, 16, 40, 1000]))
    def move(self, name, count):
        octets, self.wire[name] = self.wire[name][:count], self.wire[name][count:]
        if self.sides[name].machine.state != "CLOSED":
            self.sides[name].receive(octets, self.now)
        self.collect()

    @rule(name=SIDES, row=st.sampled_from(ROWS), back=st.integers(0, 6), status=st.sampled_from([0, 8]))
    def forge(self, name, row, back, status):
        """Insert a PDU that the other side never sent, with a number that may be pending."""
        side = self.sides[name]
        if side.machine._splitter or side.machine.state == "CLOSED":
            return  # it would land inside another PDU
        self.forged = True
        number = max(side.machine.next_sequence - back, 0)
        side.receive(example(row, sequence_number=number, command_status=status).encode(), self.now)
        self.collect()

    @rule(seconds=st.sampled_from([0.1, 1, 3, 8, 30]))
    def wait(self, seconds):
        self.now += seconds
        for side in self.sides.values():
            side.tick(self.now)
        self.collect()

    @rule(name=SIDES, window=st.integers(1, 8))
    def configure(self, name, window):
        machine = self.sides[name].machine
        machine.configure(Settings(window=window, enquire_link=10, response_timeout=7), self.now)

    @rule(name=SIDES, reason=st.sampled_from(["connection_lost", "reset"]))
    def close(self, name, reason):
        self.sides[name].closed(reason)
        self.wire[name] = b""

    @invariant()
    def nothing_is_owed_that_cannot_be_paid(self):
        for name, side in getattr(self, "sides", {}).items():
            assert side.machine.owed <= len(self.waiting[name]) or self.forged

    def teardown(self):
        for side in getattr(self, "sides", {}).values():
            side.closed("the end")
            assert all(ends == 1 for ends in side.asked.values())
            answered = [event.row for event in side.only(events.BlockAnswered)]
            assert np.unique(np.concatenate([[0], *answered])).min() >= 0


Conversation.TestCase.settings = hypothesis_settings(max_examples=80, stateful_step_count=40, deadline=None)
TestConversation = Conversation.TestCase
