"""What becomes of requests: answered, refused, crossed, wrong, late, to nothing."""

import pytest

import smppkit as sk
from smppkit.errors import BindRejected, LocalProtocolError, StatusError, Throttled, WindowFull
from smppkit.protocol import events
from smppkit.protocol.answers import many, status_error
from smppkit.protocol.settings import Settings
from smppkit.protocol.window import LAST_SEQUENCE
from tests.protocol.coupled import Pair, Side, answer_all, block_of


@pytest.fixture
def esme() -> Side:
    return Pair(Settings(enquire_link=0)).bind().esme


def faults(side: Side) -> list[tuple[str, int]]:
    return [(event.kind, event.times) for event in side.only(events.Fault)]


def test_answers_reach_their_handles_in_any_order(esme):
    numbers = {esme.request(sk.SubmitSm(), handle=name): name for name in ("a", "b", "c")}
    replies = [sk.SubmitSmResp(sequence_number=number, message_id=name) for number, name in numbers.items()]
    esme.receive(b"".join(reply.encode() for reply in reversed(replies)), 2)
    answered = esme.only(events.ResponseReceived)[1:]
    assert [(event.handle, event.pdu.message_id, event.round_trip) for event in answered] == [
        ("c", "c", 2),
        ("b", "b", 2),
        ("a", "a", 2),
    ]


def test_a_response_answers_once(esme):
    esme.request(sk.SubmitSm(), handle="a")
    esme.receive(sk.SubmitSmResp(sequence_number=2).encode() * 3)
    esme.receive(sk.SubmitSmResp(sequence_number=2).encode())
    assert faults(esme) == [("stray_response", 2), ("stray_response", 1)]
    assert esme.only(events.Fault)[0].detail == "submit_sm_resp 2 and 1 others answer nothing that waits"
    assert esme.machine.counters.stray == 3


def test_a_generic_nack_answers_its_request(esme):
    esme.request(sk.SubmitSm(), handle="a")
    esme.receive(sk.GenericNack(sequence_number=2, command_status=0x58).encode())
    assert esme.told[-1] == events.ResponseReceived(
        "a", sk.GenericNack(sequence_number=2, command_status=0x58), False, 0
    )


@pytest.mark.parametrize("number", [0, 77])
def test_a_generic_nack_to_nothing_is_told(esme, number):
    esme.request(sk.SubmitSm(), handle="a")
    esme.receive(sk.GenericNack(sequence_number=number, command_status=2).encode())
    assert faults(esme) == [("stray_nack", 1)]
    assert esme.machine.outstanding == 1


def test_a_response_of_another_command_ends_the_request_unanswered(esme):
    esme.request(sk.SubmitSm(), handle="a")
    esme.receive(sk.DataSmResp(sequence_number=2, message_id="?").encode())
    assert esme.told[-2].detail == "data_sm_resp 2 cannot answer submit_sm"
    assert esme.told[-1] == events.Unanswered("a", "submit_sm", "wrong_response")
    esme.receive(sk.SubmitSmResp(sequence_number=2, message_id="1").encode())
    assert (esme.told[-1].handle, esme.told[-1].late) == ("a", True)
    assert esme.only(events.MustClose) == []


def test_an_unknown_response_is_ignored(esme):
    esme.request(sk.SubmitSm(), handle="a")
    esme.output()
    esme.receive(bytes.fromhex("00000010800000ff0000000000000002"))
    assert (esme.machine.outstanding, esme.output(), faults(esme)) == (1, b"", [("stray_response", 1)])


@pytest.mark.parametrize("status", [0, 0x0B])
def test_a_response_with_a_body_that_cannot_be_read_still_answers(esme, status):
    esme.request(sk.SubmitSm(), handle="a")
    header = bytes.fromhex("0000006080000004") + status.to_bytes(4, "big") + bytes.fromhex("00000002")
    esme.receive(header + b"1" * 80)  # a message_id without an end
    assert faults(esme) == [("unreadable_response", 1)]
    answer = esme.told[-1]
    assert (answer.handle, answer.pdu.command_status, answer.pdu.message_id) == ("a", status, None)


def test_a_bind_answered_with_0_and_an_unreadable_body_binds():
    side = Side("ESME")
    side.request(sk.BindTransmitter())
    side.receive(bytes.fromhex("00000038800000020000000000000001") + b"x" * 40)
    assert (side.machine.state, faults(side)) == ("BOUND_TX", [("unreadable_response", 1)])


@pytest.mark.parametrize("together", [True, False], ids=["in one piece", "one by one"])
def test_numbers_wrap_with_full_windows(together):
    """Answers find their handles across the wrap, whatever the order, with never more than the window pending."""
    window = 16
    pair = Pair(Settings(window=window, enquire_link=0), next_sequence=LAST_SEQUENCE - 200).bind()
    handle, waiting = 0, []
    for turn in range(60):
        while pair.esme.machine.room(0):
            number = pair.esme.request(sk.SubmitSm(short_message=b"%d" % handle), handle=handle)
            waiting.append((number, handle))
            handle += 1
        with pytest.raises(WindowFull):
            pair.esme.request(sk.SubmitSm())
        assert len({number for number, _ in waiting}) == window
        assert all(1 <= number <= LAST_SEQUENCE for number, _ in waiting)
        kept = waiting[turn % window]  # the eldest stay for a while
        gone = [pair_ for pair_ in waiting if pair_ != kept][:: 1 if turn % 2 else -1]
        replies = [sk.SubmitSmResp(sequence_number=number, message_id=str(name)).encode() for number, name in gone]
        for piece in [b"".join(replies)] if together else replies:
            pair.esme.receive(piece)
        waiting = [kept]
    answered = pair.esme.only(events.ResponseReceived)[1:]
    assert all(event.pdu.message_id == str(event.handle) for event in answered)
    assert len(answered) == handle - 1
    assert pair.esme.machine.next_sequence < 1000


def test_both_directions_use_the_same_numbers_without_crossing():
    pair = Pair(Settings(window=10)).bind()
    for turn in range(5):
        pair.esme.request(sk.SubmitSm(), handle=f"submit {turn}")
        pair.centre.request(sk.DeliverSm(), handle=f"deliver {turn}")
    pair.to_esme()
    pair.to_centre()
    answer_all(pair.esme)
    answer_all(pair.centre)
    pair.flow()
    for side, word in ((pair.esme, "submit"), (pair.centre, "deliver")):
        assert [event.handle for event in side.only(events.ResponseReceived)][-5:] == [f"{word} {n}" for n in range(5)]
        assert side.machine.outstanding == side.machine.owed == 0


def test_the_next_connection_may_go_on_counting():
    first = Pair().bind()
    first.esme.request(sk.SubmitSm(), handle="lost")
    first.esme.closed("reset")
    second = Pair(next_sequence=first.esme.machine.next_sequence).bind()
    second.esme.request(sk.SubmitSm(), handle="new")
    second.esme.receive(sk.SubmitSmResp(sequence_number=2, message_id="of the lost one").encode())
    assert second.esme.asked["new"] == 0
    assert faults(second.esme) == [("stray_response", 1)]


def test_congestion_state_is_kept_as_a_number(esme):
    assert esme.machine.congestion is None
    for _ in range(3):
        esme.request(sk.SubmitSm())
    octets, offset = block_of(3)
    esme.block(0, octets, offset, 0)
    told = [{"congestion_state": 85}, {"congestion_state": 92}, {}]
    replies = [sk.SubmitSmResp(sequence_number=2 + n, message_id="\x04(", tlvs=tlvs) for n, tlvs in enumerate(told)]
    esme.receive(b"".join(reply.encode() for reply in replies))
    assert esme.machine.congestion == 92
    replies = [sk.SubmitSmResp(sequence_number=5 + n, tlvs={"congestion_state": n}).encode() for n in range(3)]
    esme.receive(b"".join(replies) + sk.EnquireLink(sequence_number=1).encode())
    assert esme.machine.congestion == 2
    esme.request(sk.SubmitSm())
    esme.receive(sk.SubmitSmResp(sequence_number=8, message_id="\x04(", tlvs={0x0001: b""}).encode())
    assert esme.machine.congestion == 2  # octets that look like the TLV are none


def test_answers_in_blocks():
    pair = Pair(Settings(window=100)).bind()
    octets, offset = block_of(40, "deliver_sm")
    assert pair.centre.block(3, octets, offset, 0, command="deliver_sm") == 40
    [_, asked] = pair.to_esme()
    assert len(asked.pdus) == pair.esme.machine.owed == 40
    answers = many("deliver_sm_resp", [pdu.sequence_number for pdu in asked.pdus])
    assert pair.esme.machine.respond_block(answers, 0) == []
    assert pair.esme.machine.owed == 0
    pair.to_centre()
    assert pair.centre.told[-1].row.tolist() == list(range(40))
    assert pair.esme.sent_log.endswith(answers)


def test_blocks_of_answers_are_checked():
    pair = Pair().bind()
    pair.centre.request(sk.DeliverSm())
    pair.to_esme()
    machine = pair.esme.machine
    two = many("deliver_sm_resp", [1, 2])
    with pytest.raises(LocalProtocolError, match=r"a block of responses .* 1 of its requests wait"):
        machine.respond_block(two, 0)
    for odd in (b"", two[:-1], two + b"\0"):
        with pytest.raises(ValueError, match="respond_block takes whole responses, and at least one"):
            machine.respond_block(odd, 0)
    with pytest.raises(LocalProtocolError, match="submit_sm_resp may not be sent by the ESME"):
        machine.respond_block(many("submit_sm_resp", [1]), 0)
    with pytest.raises(LocalProtocolError, match="it is a request: use request"):
        machine.respond_block(sk.DataSm(sequence_number=1).encode(), 0)
    assert (machine.owed, machine.output) == (1, b"")


@pytest.mark.parametrize(
    ("pdu", "kind", "retriable"),
    [
        (sk.SubmitSmResp(command_status=0x58), Throttled, True),
        (sk.SubmitSmResp(command_status=0x14), Throttled, True),
        (sk.SubmitSmResp(command_status=0x08), StatusError, True),
        (sk.SubmitSmResp(command_status=0x0B), StatusError, False),
        (sk.SubmitSmResp(command_status=0x4FF), StatusError, False),
        (sk.BindReceiverResp(command_status=0x0E), BindRejected, False),
        (sk.GenericNack(command_status=0x03), StatusError, False),
    ],
)
def test_a_status_becomes_an_exception(pdu, kind, retriable):
    error = status_error(pdu)
    assert (type(error), error.pdu, error.command_status, error.retriable) == (kind, pdu, pdu.command_status, retriable)
    assert str(error).startswith(f"{pdu.command}: ")
