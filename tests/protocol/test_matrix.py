"""The whole operation matrix: every command, both roles, every state of 3.4 and 5.0, sent and received."""

import itertools

import pytest

import smppkit as sk
from smppkit.errors import LocalProtocolError
from smppkit.protocol import events
from smppkit.protocol.settings import Settings
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.kinds import ONE_WAY, REQUEST, RESPONSE
from smppkit.spec.states import BOUND_BY, STATES_V34, STATES_V50, allowed
from tests.protocol.coupled import Pair, Side

NUMBERS = {"3.4": 0x34, "5.0": 0x50}
BIND_TO = {state: bind.removeprefix("bind_") for bind, state in BOUND_BY.items()}
STATES = [("3.4", state) for state in (*STATES_V34, "UNBOUND")] + [("5.0", state) for state in STATES_V50]
CASES = [
    pytest.param(row, role, version, state, id=f"{version}-{role}-{state}-{row.name}")
    for (version, state), role, row in itertools.product(STATES, ("ESME", "MC"), ROWS)
]
NAMES = ("row", "role", "version", "state")
EVERY_REQUEST = pytest.mark.parametrize(NAMES, [case for case in CASES if case.values[0].kind != RESPONSE])
EVERY_RESPONSE = pytest.mark.parametrize(NAMES, [case for case in CASES if case.values[0].kind == RESPONSE])


def in_state(role: str, version: str, state: str) -> Side:
    """Return one side of a session that came to that state in the way of the standard."""
    pair = Pair(Settings(version=version))
    if state == "OUTBOUND":
        pair.centre.request(sk.Outbind())
        pair.flow()
    elif state in BIND_TO:
        pair.bind(BIND_TO[state], version=NUMBERS[version], tells=NUMBERS[version])
    elif state == "UNBOUND":
        pair.bind(version=NUMBERS[version], tells=NUMBERS[version])
        pair.esme.request(sk.Unbind())
        pair.flow()
    side = pair.esme if role == "ESME" else pair.centre
    if state == "CLOSED":
        side.closed()
    assert side.machine.state == state
    assert not side.machine.output
    return side


def example(row, **values) -> sk.Pdu:
    """Return a PDU of a command."""
    if row.name == "submit_multi":
        values["dest_address"] = [{"destination_addr": "1"}]
    return getattr(sk, class_name(row.name))(**values)


@EVERY_REQUEST
def test_what_may_be_sent(row, role, version, state):
    side = in_state(role, version, state)
    if allowed(row.name, role, state, version):
        side.request(example(row))
        assert sk.decode(side.output()).command == row.name
        return
    with pytest.raises(LocalProtocolError) as raised:
        side.request(example(row))
    assert not side.machine.output
    assert (raised.value.command, raised.value.role, raised.value.state) == (row.name, role, state)
    assert str(raised.value).startswith(f"{row.name} may not be sent by the {role} in state {state}: ")


@EVERY_RESPONSE
def test_a_response_to_nothing_is_not_sent(row, role, version, state):
    side = in_state(role, version, state)
    with pytest.raises(LocalProtocolError) as raised:
        side.respond(example(row, sequence_number=1))
    assert not side.machine.output
    assert (raised.value.command, raised.value.role, raised.value.state) == (row.name, role, state)
    may = allowed(row.name, role, state, version)
    assert not may or raised.value.why.startswith(
        ("it answers nothing", "the session sends it by itself", "the session has")
    )


def right_answer(row, role: str, version: str, state: str) -> tuple[str, int] | None:
    """Return command and status of what the machine itself answers to a request, None for nothing."""
    peer = "MC" if role == "ESME" else "ESME"
    if row.name == "enquire_link":
        return "enquire_link_resp", 0  # wherever there is a link, though 3.4 names the bound states only
    if row.introduced > version:
        return "generic_nack", 0x03
    if allowed(row.name, peer, state, version):
        return ("unbind_resp", 0) if row.name == "unbind" else None
    bound_again = row.name in BOUND_BY and role == "MC" and state.startswith("BOUND")
    return row.partner or "generic_nack", 0x05 if bound_again else 0x04


@pytest.mark.parametrize(
    ("row", "role", "version", "state"), [case for case in CASES if case.values[0].kind != RESPONSE]
)
def test_what_may_be_received(row, role, version, state):
    side = in_state(role, version, state)
    before = len(side.told)
    side.receive(example(row, sequence_number=77).encode())
    answer = side.output()
    handed_over = [event for event in side.told[before:] if isinstance(event, events.RequestsReceived)]
    if state == "CLOSED":
        assert (answer, handed_over) == (b"", [])
        return
    right = right_answer(row, role, version, state)
    if right is None:
        assert answer == b""
        assert [pdu.sequence_number for pdu in handed_over[0].pdus] == [77]
        assert side.machine.owed == (row.kind == REQUEST)
    else:
        pdu = sk.decode(answer)
        assert (pdu.command, pdu.command_status, pdu.sequence_number) == (*right, 77)
        assert handed_over == []
        assert side.machine.owed == 0


@pytest.mark.parametrize(
    ("row", "role", "version", "state"), [case for case in CASES if case.values[0].kind == RESPONSE]
)
def test_a_response_to_nothing_is_never_answered_and_changes_nothing(row, role, version, state):
    side = in_state(role, version, state)
    before = len(side.told)
    side.receive(example(row, sequence_number=77).encode())
    assert (side.output(), side.machine.state) == (b"", state)
    if state != "CLOSED":
        kind = "stray_nack" if row.name == "generic_nack" else "stray_response"
        assert [event.kind for event in side.told[before + 1 :]] == [kind]


@pytest.mark.parametrize(
    NAMES,
    [
        case
        for case in CASES
        if case.values[0].kind == REQUEST and allowed(case.values[0].name, *case.values[1::2], case.values[2])
    ],
)
def test_what_may_be_asked_may_be_answered(row, role, version, state):
    """Every request that is allowed goes from one side to the other, is answered, and its answer comes back."""
    side, other = in_state(role, version, state), in_state("MC" if role == "ESME" else "ESME", version, state)
    number = side.request(example(row), handle="asked")
    other.receive(side.output())
    if row.name not in ("enquire_link", "unbind"):
        other.respond(getattr(sk, class_name(row.partner))(sequence_number=number))
    side.receive(other.output())
    assert side.asked["asked"] == 1
    assert side.only(events.ResponseReceived)[-1].pdu.command == row.partner
    assert side.machine.state == other.machine.state
    assert (row.kind == ONE_WAY) or other.machine.owed == 0


@pytest.mark.parametrize("role", ["ESME", "MC"])
@pytest.mark.parametrize("command_id", [0, 0xFF, 0x00010200, 0x01000001, 0x7FFFFFFF])
def test_a_command_nobody_knows_gets_a_nack(role, command_id):
    side = in_state(role, "3.4", "BOUND_TRX")
    header = bytes.fromhex("00000010") + command_id.to_bytes(4, "big") + bytes.fromhex("00000000fffffffe")
    side.receive(header)
    assert sk.decode(side.output()) == sk.GenericNack(sequence_number=0xFFFFFFFE, command_status=0x03)
    assert side.told[-1].kind == "unknown_command"


@pytest.mark.parametrize("number", [0, 0x80000000, 0xFFFFFFFF])
def test_numbers_outside_the_range_are_echoed_as_they_came(number):
    side = in_state("ESME", "3.4", "BOUND_TRX")
    side.receive(sk.EnquireLink(sequence_number=number).encode() + sk.DeliverSm(sequence_number=number).encode())
    side.respond(sk.DeliverSmResp(sequence_number=number))
    assert [pdu.sequence_number for pdu in sk.scan(side.output())] == [number, number]


@pytest.mark.parametrize(
    ("hexadecimal", "answer"),
    [
        ("00000013000000040000000000000006434d54", sk.SubmitSmResp(sequence_number=6, command_status=0x02)),
        ("000000100000000b0000000000000006", None),  # outbind, bound already
        ("0000001000000102000000000000000a", None),
    ],
)
def test_a_body_that_cannot_be_read_is_answered_with_its_own_status(hexadecimal, answer):
    side = in_state("MC", "3.4", "BOUND_TRX")
    side.receive(bytes.fromhex(hexadecimal))
    said = sk.decode(side.output())
    assert said == answer if answer else isinstance(said, sk.GenericNack)
    assert side.receive(sk.EnquireLink(sequence_number=1).encode())  # the session goes on
    assert side.output()


def test_an_unreadable_one_way_command_gets_a_nack():
    side = in_state("ESME", "3.4", "BOUND_RX")
    side.receive(bytes.fromhex("0000001000000102000000000000000a"))
    nack = sk.decode(side.output())
    assert (nack.command, nack.sequence_number) == ("generic_nack", 10)
    assert nack.command_status != 0
    assert side.told[-1].kind == "unreadable_request"
