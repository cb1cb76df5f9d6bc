"""Binding, versions, outbind, unbinding: the life of a session from both sides."""

import pytest

import smppkit as sk
from smppkit.errors import LocalProtocolError, WindowFull
from smppkit.protocol import events
from smppkit.protocol.machine import Machine
from smppkit.protocol.settings import Settings
from tests.protocol.coupled import Pair, Side, answer_all, single

KINDS = {"transmitter": "BOUND_TX", "receiver": "BOUND_RX", "transceiver": "BOUND_TRX"}


@pytest.mark.parametrize(("kind", "state"), KINDS.items())
def test_a_bind_answered_with_0_binds_both_sides(kind, state):
    pair = Pair(cut=single).bind(kind)
    assert (pair.esme.machine.state, pair.centre.machine.state) == (state, state)
    assert pair.esme.machine.bound
    assert [event.pdu.system_id for event in pair.esme.only(events.ResponseReceived)] == ["centre"]


def test_a_refused_bind_leaves_the_session_open_and_another_may_follow():
    pair = Pair()
    pair.esme.request(sk.BindTransmitter(system_id="esme"), handle="first")
    pair.to_centre()
    pair.centre.respond(sk.BindTransmitterResp(sequence_number=1, command_status=0x0E))
    pair.to_esme()
    assert (pair.esme.machine.state, pair.centre.machine.state) == ("OPEN", "OPEN")
    assert pair.esme.only(events.ResponseReceived)[0].pdu.command_status == 0x0E
    pair.bind()
    assert pair.esme.machine.state == pair.centre.machine.state == "BOUND_TRX"


def test_a_bind_can_be_refused_by_generic_nack():
    pair = Pair()
    pair.esme.request(sk.BindTransmitter())
    pair.to_centre()
    pair.centre.respond(sk.GenericNack(sequence_number=1, command_status=0x0D))
    pair.to_esme()
    assert (pair.esme.machine.state, pair.centre.machine.state) == ("OPEN", "OPEN")
    assert isinstance(pair.esme.only(events.ResponseReceived)[0].pdu, sk.GenericNack)


def test_a_generic_nack_without_a_number_refuses_the_bind_while_nothing_else_waits():
    nack = sk.GenericNack(command_status=0x03)
    pair = Pair()
    pair.esme.request(sk.BindTransmitter(), handle="bind")
    pair.esme.receive(nack.encode() + nack.encode())  # the second one answers nothing any more
    assert pair.esme.only(events.ResponseReceived) == [events.ResponseReceived("bind", nack, False, 0)]
    assert [event.kind for event in pair.esme.only(events.Fault)] == ["stray_nack"]
    assert (pair.esme.machine.state, pair.esme.machine.outstanding) == ("OPEN", 0)


def test_a_generic_nack_without_a_number_answers_nothing_else():
    pair = Pair().bind()
    pair.esme.request(sk.EnquireLink())
    pair.esme.receive(sk.GenericNack(command_status=0x03).encode())
    assert [event.kind for event in pair.esme.only(events.Fault)] == ["stray_nack"]
    assert pair.esme.machine.outstanding == 1


def test_only_one_bind_at_a_time():
    pair = Pair()
    pair.esme.request(sk.BindTransmitter())
    with pytest.raises(LocalProtocolError, match="in state OPEN: bind_transmitter is not answered"):
        pair.esme.request(sk.BindReceiver())
    pair.centre.receive(pair.esme.output() + sk.BindReceiver(sequence_number=2).encode())
    assert sk.decode(pair.centre.output()) == sk.BindReceiverResp(sequence_number=2, command_status=0x05)
    with pytest.raises(LocalProtocolError, match="bind_transmitter 1 waits for its answer"):
        pair.centre.respond(sk.BindReceiverResp(sequence_number=2))
    with pytest.raises(LocalProtocolError, match="bind_transmitter 1 waits for its answer"):
        pair.centre.respond(sk.BindTransmitterResp(sequence_number=2))
    pair.centre.respond(sk.BindTransmitterResp(sequence_number=1))
    assert pair.centre.machine.state == "BOUND_TX"


def test_a_bind_answered_too_late_binds_nothing():
    esme = Side("ESME", Settings(response_timeout=20))
    esme.request(sk.BindTransceiver(), 0)
    esme.tick(20)
    esme.receive(sk.BindTransceiverResp(sequence_number=1, system_id="x").encode(), 21)
    assert (esme.told[-1].late, esme.machine.state, esme.machine.ending.reason) == (True, "OPEN", "response_timeout")
    assert esme.machine.deadline() is None


def test_a_wrong_bind_response_ends_the_bind_at_once():
    esme = Side("ESME")
    esme.request(sk.BindTransceiver())
    esme.receive(sk.SubmitSmResp(sequence_number=1).encode())
    assert esme.only(events.Unanswered) == [events.Unanswered(1, "bind_transceiver", "wrong_response")]
    assert esme.only(events.MustClose)[0].reason == "wrong_response"
    esme.receive(sk.BindTransceiverResp(sequence_number=1).encode())  # too late: the session stays unbound
    assert esme.machine.state == "OPEN"
    assert esme.closed()[-1].reason == "wrong_response"


@pytest.mark.parametrize(
    ("spoken", "offered", "told", "kind", "version"),
    [
        ("3.4", 0x34, 0x34, "transmitter", "3.4"),
        ("5.0", 0x50, 0x50, "transmitter", "5.0"),
        ("5.0", 0x50, 0x34, "transmitter", "3.4"),
        ("3.4", 0x34, 0x50, "transmitter", "3.4"),
        ("3.4", 0x34, 0x33, "transmitter", "3.3"),
        ("3.4", 0x34, None, "transmitter", "3.3"),  # who does not tell is of 3.3
        ("3.4", 0x34, None, "transceiver", "3.4"),  # but 3.3 has no transceivers
        ("5.0", 0x34, 0x50, "receiver", "3.4"),
        ("5.0", 0x00, 0x50, "receiver", "3.3"),
        ("5.0", 0x4F, 0x51, "receiver", "3.4"),
        ("3.3", 0x33, None, "receiver", "3.3"),
    ],
)
def test_both_work_at_the_lower_version(spoken, offered, told, kind, version):
    pair = Pair(Settings(version=spoken), Settings(version="5.0")).bind(kind, version=offered, tells=told)
    assert pair.esme.machine.version == version


@pytest.mark.parametrize(("offered", "version"), [(0x00, "3.3"), (0x33, "3.3"), (0x34, "3.4"), (0x50, "5.0")])
def test_the_centre_takes_the_version_of_the_bind(offered, version):
    pair = Pair(Settings(version="5.0")).bind("receiver", version=offered, tells=0x50)
    assert pair.centre.machine.version == version


def test_no_commands_of_3_4_to_a_peer_of_3_3_but_they_are_taken_from_it():
    pair = Pair().bind("transmitter", tells=None)
    with pytest.raises(LocalProtocolError, match=r"SMPP 3.3, which both sides speak, does not have it"):
        pair.esme.request(sk.DataSm())
    pair = Pair().bind("receiver", tells=None)
    pair.esme.receive(sk.DataSm(sequence_number=5).encode())
    assert pair.esme.told[-1].pdus == [sk.DataSm(sequence_number=5)]
    pair.esme.respond(sk.DataSmResp(sequence_number=5))


def test_an_unreadable_sc_interface_version_counts_as_none():
    esme = Side("ESME")
    esme.request(sk.BindReceiver())
    body = b"x\0" + bytes.fromhex("0210000200ff")
    esme.receive((16 + len(body)).to_bytes(4, "big") + bytes.fromhex("800000010000000000000001") + body)
    assert (esme.machine.state, esme.machine.version) == ("BOUND_RX", "3.3")


@pytest.mark.parametrize(("version", "state"), [("3.4", "OPEN"), ("5.0", "OUTBOUND")])
def test_outbind(version, state):
    pair = Pair(Settings(version=version))
    pair.centre.request(sk.Outbind(system_id="centre"))
    assert pair.centre.machine.outstanding == 0  # nothing answers it
    pair.to_esme()
    assert (pair.esme.machine.state, pair.centre.machine.state) == (state, state)
    assert pair.esme.only(events.RequestsReceived)[0].pdus[0].system_id == "centre"
    assert pair.esme.machine.owed == 0
    pair.bind("receiver")
    assert pair.esme.machine.state == pair.centre.machine.state == "BOUND_RX"


def test_alert_notification_is_told_and_not_answered():
    pair = Pair().bind("receiver")
    pair.centre.request(sk.AlertNotification(esme_addr="1"), handle="alert")
    pair.to_esme()
    assert (pair.centre.machine.outstanding, pair.esme.machine.owed, pair.esme.output()) == (0, 0, b"")


@pytest.mark.parametrize("by", ["esme", "centre"])
def test_unbind_by_either_side(by):
    pair = Pair(cut=single).bind()
    asks, answers = (pair.esme, pair.centre) if by == "esme" else (pair.centre, pair.esme)
    asks.request(sk.Unbind(), handle="bye")
    assert not asks.machine.bound
    with pytest.raises(LocalProtocolError, match="unbind was sent"):
        asks.request(sk.SubmitSm() if by == "esme" else sk.DeliverSm())
    pair.flow()
    assert (asks.machine.state, answers.machine.state) == ("UNBOUND", "UNBOUND")
    assert asks.asked["bye"] == 1
    for side in (asks, answers):
        assert [event.reason for event in side.only(events.MustClose)] == ["unbind"]
        assert side.closed("connection_lost")[-1][:3] == ("UNBOUND", "CLOSED", "unbind")


def test_both_unbind_at_once():
    pair = Pair().bind()
    pair.esme.request(sk.Unbind())
    pair.centre.request(sk.Unbind())
    pair.flow()
    assert pair.esme.machine.state == pair.centre.machine.state == "UNBOUND"


def test_a_peer_that_closes_after_our_unbind_is_clean():
    esme = Pair().bind().esme
    esme.request(sk.Unbind(), handle="bye")
    esme.output()
    assert esme.closed("connection_lost") == [
        events.Unanswered("bye", "unbind", "unbind"),
        events.StateChanged("BOUND_TRX", "CLOSED", "unbind"),
    ]


def test_messages_that_cross_our_unbind_are_taken():
    pair = Pair().bind()
    pair.esme.request(sk.Unbind())
    pair.centre.request(sk.DeliverSm(), handle="crossing")
    pair.to_esme()
    answer_all(pair.esme)
    pair.flow()
    assert pair.centre.only(events.ResponseReceived)[-1].handle == "crossing"
    assert pair.esme.machine.state == "UNBOUND"


def test_the_peer_s_unbind_waits_for_what_we_owe_it():
    pair = Pair().bind()
    for text in (b"one", b"two"):
        pair.esme.request(sk.SubmitSm(short_message=text))
    pair.esme.request(sk.Unbind())
    pair.to_centre()
    assert (pair.centre.machine.state, pair.centre.machine.owed) == ("BOUND_TRX", 2)
    assert pair.centre.machine.output == b""
    with pytest.raises(LocalProtocolError, match="the peer has unbound"):
        pair.centre.request(sk.DeliverSm())
    pair.centre.receive(sk.SubmitSm(sequence_number=99).encode())  # a request after unbind
    assert sk.decode(pair.centre.output()) == sk.SubmitSmResp(sequence_number=99, command_status=0x04)
    answer_all(pair.centre)
    pair.to_esme()
    assert [event.pdu.command for event in pair.esme.only(events.ResponseReceived)[1:]] == [
        "submit_sm_resp",
        "submit_sm_resp",
        "unbind_resp",
    ]
    assert pair.esme.machine.state == pair.centre.machine.state == "UNBOUND"


def test_what_is_never_answered_can_be_forgotten():
    pair = Pair().bind()
    pair.esme.request(sk.SubmitSm())
    pair.esme.request(sk.Unbind())
    pair.to_centre()
    assert pair.centre.take(pair.centre.machine.forget())[-1].reason == "unbind"
    pair.to_esme()
    assert pair.esme.machine.state == "UNBOUND"
    assert pair.esme.closed()[0] == events.Unanswered(2, "submit_sm", "unbind")


def test_the_peer_s_unbind_is_answered_after_the_grace_all_the_same():
    pair = Pair().bind()
    pair.esme.request(sk.SubmitSm(), 1)
    pair.esme.request(sk.Unbind(), 1)
    pair.to_centre(1)
    assert pair.centre.tick(5.9) == []
    assert pair.centre.machine.deadline() == 6
    pair.centre.tick(6)
    assert (pair.centre.machine.state, pair.centre.machine.owed) == ("UNBOUND", 0)
    with pytest.raises(LocalProtocolError, match="the session has ended"):
        pair.centre.respond(sk.SubmitSmResp(sequence_number=2))


def test_answers_are_only_given_to_requests():
    pair = Pair().bind()
    with pytest.raises(LocalProtocolError, match="it answers nothing of the ESME: no request waits"):
        pair.centre.respond(sk.SubmitSmResp(sequence_number=3))
    with pytest.raises(LocalProtocolError, match="it is a request: use request"):
        pair.centre.respond(sk.DeliverSm(sequence_number=3))
    with pytest.raises(LocalProtocolError, match="use respond"):
        pair.centre.request(sk.SubmitSmResp())
    with pytest.raises(LocalProtocolError, match="the session sends it by itself"):
        pair.centre.respond(sk.EnquireLinkResp(sequence_number=3))
    pair.esme.request(sk.SubmitSm())
    pair.to_centre()
    with pytest.raises(LocalProtocolError, match="allows it in OPEN"):
        pair.centre.respond(sk.BindReceiverResp(sequence_number=2))


def test_a_closed_session_takes_and_gives_nothing():
    pair = Pair().bind()
    for side in (pair.esme, pair.centre):
        side.closed("reset", "by the peer")
        assert side.told[-1] == ("BOUND_TRX", "CLOSED", "reset", "by the peer")
        assert side.receive(sk.EnquireLink(sequence_number=1).encode()) == []
        assert (side.machine.take_output(), side.machine.deadline(), side.machine.readable) == (b"", None, False)
        assert side.tick(1e9) == []
        with pytest.raises(LocalProtocolError, match="in state CLOSED: the session has ended"):
            side.request(sk.EnquireLink())
        with pytest.raises(LocalProtocolError, match="CLOSED"):
            side.machine.send_raw(b"\0")


def test_raw_octets_go_out_as_they_are():
    esme = Pair().bind().esme
    esme.machine.send_raw(b"\xff\xff")
    esme.machine.send_raw(sk.EnquireLink(sequence_number=77).encode())
    assert esme.machine.output == b"\xff\xff" + sk.EnquireLink(sequence_number=77).encode()
    assert esme.machine.queued().octets.endswith(sk.EnquireLink(sequence_number=77).encode())
    esme.receive(sk.EnquireLinkResp(sequence_number=77).encode())
    assert esme.told[-1].kind == "stray_response"


def test_control_requests_pass_a_full_window_but_not_without_end():
    esme = Pair(Settings(window=2)).bind().esme
    for handle in "ab":
        esme.request(sk.SubmitSm(), handle=handle)
    with pytest.raises(WindowFull, match="2 requests are not answered yet, and the window is 2"):
        esme.request(sk.SubmitSm())
    for _ in range(16):
        esme.request(sk.EnquireLink())
    with pytest.raises(WindowFull):
        esme.request(sk.EnquireLink())
    esme.tick(31)  # everything expires, and the machine's own requests still pass
    assert esme.machine.outstanding == 1


def test_a_full_window_does_not_keep_enquire_link_from_being_answered():
    pair = Pair(Settings(window=1)).bind()
    pair.esme.request(sk.SubmitSm())
    pair.centre.request(sk.DeliverSm())
    pair.centre.request(sk.EnquireLink(), handle="alive?")
    pair.to_esme()
    pair.to_centre()
    assert pair.centre.only(events.ResponseReceived)[-1].handle == "alive?"
    assert pair.esme.machine.outstanding == pair.centre.machine.outstanding == 1


def test_a_peer_that_does_not_read_is_not_read():
    centre = Pair().bind().centre
    enquiry = sk.EnquireLink(sequence_number=1).encode()
    rounds = 0
    while centre.machine.readable:
        centre.machine.receive(enquiry * 4096, 0)
        rounds += 1
    assert rounds == 16
    centre.output()
    assert centre.machine.readable


def test_roles_are_two():
    with pytest.raises(ValueError, match="role: 'SMSC'; there are ESME and MC"):
        Machine("SMSC", Settings(), 0)


def test_no_event_shows_octets():
    centre = Side("MC")
    body = b"x\0canary-canary-canary"  # a password without an end
    centre.receive((16 + len(body)).to_bytes(4, "big") + bytes.fromhex("000000090000000000000001") + body)
    assert sk.decode(centre.output()) == sk.BindTransceiverResp(sequence_number=1, command_status=0x0E)
    centre.receive(sk.BindTransceiver(system_id="x", password="canary", sequence_number=2).encode())
    assert [type(event).__name__ for event in centre.told] == ["Received", "Fault", "Received", "RequestsReceived"]
    assert "canary" not in repr(centre.told)
