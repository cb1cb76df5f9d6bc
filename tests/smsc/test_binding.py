"""Binding and unbinding: who may, as what, how often; what is allowed in which state."""

import pytest

import smppkit as sk
from smppkit.spec.statuses import name_of
from tests.link.helpers import until
from tests.smsc.client import Client, bound, centre, submit


def status(pdu: sk.Pdu) -> str:
    return name_of(pdu.command_status)


@pytest.mark.parametrize("kind", ["TX", "RX", "TRX"])
def test_the_right_credentials_bind(kind):
    with centre() as smsc, Client(smsc.port) as client:
        answer = client.bind(kind)
        assert status(answer) == "ESME_ROK"
        assert answer.system_id == "smppkit"
        assert answer.tlvs["sc_interface_version"] == 0x34
        assert smsc.counters["bound"] == 1


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"password": "wrong"}, "ESME_RINVPASWD"),
        ({"password": ""}, "ESME_RINVPASWD"),
        ({"password": "secretsecret"[:8]}, "ESME_RINVPASWD"),
        ({"system_id": "nobody"}, "ESME_RINVSYSID"),
        ({"system_id": ""}, "ESME_RINVSYSID"),
        ({"system_id": "demo2", "password": "wrong"}, "ESME_RINVSYSID"),
    ],
)
def test_wrong_credentials_are_refused_and_a_second_try_is_legal(fields, refusal):
    with centre() as smsc, Client(smsc.port) as client:
        assert status(client.bind(**fields)) == refusal
        assert smsc.counters["binds_refused"] == 1
        assert smsc.counters["bound"] == 0
        assert status(client.bind()) == "ESME_ROK"


def test_a_password_beyond_ascii_is_refused_not_fatal():
    with centre() as smsc, Client(smsc.port) as client:
        assert status(client.bind(password="sécret\xff")) == "ESME_RINVPASWD"


def test_a_peer_of_3_3_gets_no_tlvs():
    with centre() as smsc, Client(smsc.port) as client:
        answer = client.bind("TX", interface_version=0x33)
        assert status(answer) == "ESME_ROK"
        assert answer.raw_tlvs == []


def test_the_version_told_is_the_centres():
    with centre(version="5.0") as smsc, Client(smsc.port) as client:
        assert client.bind(interface_version=0x34).tlvs["sc_interface_version"] == 0x50
    with centre(version="3.3") as smsc, Client(smsc.port) as client:
        assert status(client.bind("TX", interface_version=0x34)) == "ESME_ROK"


def test_binding_twice_on_a_session_is_refused():
    with bound() as (_smsc, client):
        assert status(client.bind()) == "ESME_RALYBND"
        assert status(client.ask(submit())) == "ESME_ROK"


def test_an_account_has_several_sessions_up_to_its_limit():
    with centre(binds=2) as smsc:
        clients = [Client(smsc.port) for _ in range(3)]
        assert [status(client.bind()) for client in clients] == ["ESME_ROK", "ESME_ROK", "ESME_RBINDFAIL"]
        clients[0].socket.close()
        until(lambda: smsc.counters["bound"] == 1)
        assert status(clients[2].bind()) == "ESME_ROK"
        for client in clients:
            client.socket.close()


def test_unbind_is_answered_and_the_connection_closed():
    with bound() as (smsc, client):
        assert status(client.ask(sk.Unbind())) == "ESME_ROK"
        assert client.ended()
        until(lambda: smsc.counters["sockets"] == 0)


@pytest.mark.parametrize("count", [1, 3, 50])
def test_unbind_behind_submissions_in_one_piece_waits_for_their_answers(count):
    with bound() as (_smsc, client):
        octets = b"".join(submit(sequence_number=number).encode() for number in range(10, 10 + count))
        client.write(octets + sk.Unbind(sequence_number=9).encode())
        assert [client.wait("submit_sm_resp").sequence_number for _ in range(count)] == list(range(10, 10 + count))
        assert client.wait("unbind_resp").sequence_number == 9
        assert client.ended()


def test_enquire_link_is_answered_before_and_after_the_bind():
    with centre() as smsc, Client(smsc.port) as client:
        assert client.ask(sk.EnquireLink()).command == "enquire_link_resp"
        client.bind()
        assert client.ask(sk.EnquireLink()).command == "enquire_link_resp"


def test_the_centre_tests_an_idle_link():
    with bound(enquire_link=0.05) as (_smsc, client):
        for _ in range(3):
            client.wait("enquire_link")


def test_a_link_that_does_not_answer_is_given_up():
    with bound(enquire_link=0.05, response_timeout=0.1) as (_smsc, client):
        client._react = lambda pdu: None
        assert client.ended()


def test_inactivity_unbinds():
    with bound(inactivity=0.1) as (_smsc, client):
        number = client.wait("unbind").sequence_number
        client.write(sk.UnbindResp(sequence_number=number).encode())
        assert client.ended()


@pytest.mark.parametrize(
    ("kind", "request_", "answer"),
    [
        ("RX", submit(), "submit_sm_resp"),
        ("RX", sk.QuerySm(message_id="1"), "query_sm_resp"),
        ("TX", sk.DeliverSm(), "deliver_sm_resp"),
        ("TRX", sk.DeliverSm(), "deliver_sm_resp"),
    ],
)
def test_what_a_state_does_not_allow_is_refused(kind, request_, answer):
    with bound(kind) as (_smsc, client):
        got = client.ask(request_)
        assert (got.command, status(got)) == (answer, "ESME_RINVBNDSTS")
        assert client.ask(sk.EnquireLink()).command == "enquire_link_resp"


def test_submitting_before_the_bind_is_refused():
    with centre() as smsc, Client(smsc.port) as client:
        assert status(client.ask(submit())) == "ESME_RINVBNDSTS"


def test_requests_sent_behind_the_bind_in_one_piece_find_it_unanswered():
    with centre() as smsc, Client(smsc.port) as client:
        bind = sk.BindTransceiver(system_id="demo", password="secret", sequence_number=1)
        client.write(bind.encode() + submit(sequence_number=2).encode())
        assert status(client.wait("bind_transceiver_resp")) == "ESME_ROK"
        assert status(client.wait("submit_sm_resp")) == "ESME_RINVBNDSTS"


def test_a_command_nobody_knows_is_nacked():
    with bound() as (_smsc, client):
        client.write(bytes.fromhex("00000010 000000ff 00000000 00000009"))
        got = client.wait("generic_nack")
        assert (got.sequence_number, status(got)) == (9, "ESME_RINVCMDID")


@pytest.mark.parametrize("version", ["3.4", "5.0"])
def test_broadcast_is_refused_whatever_the_version(version):
    with bound(version=version, fields={"interface_version": 0x50}) as (_smsc, client):
        request = sk.BroadcastSm()
        assert status(client.ask(request)) == "ESME_RINVCMDID"


def test_who_never_binds_is_dropped():
    with centre(session_init=0.1) as smsc, Client(smsc.port) as client:
        assert client.ended()
        until(lambda: smsc.counters["sockets"] == 0)


def test_stopping_unbinds_every_session():
    with centre() as smsc:
        clients = [Client(smsc.port) for _ in range(3)]
        for client in clients[:2]:
            client.bind()
        smsc._running._server.loop.post(smsc._running._server._leave)
        for client in clients[:2]:
            number = client.wait("unbind").sequence_number
            client.write(sk.UnbindResp(sequence_number=number).encode())
            assert client.ended()
        assert clients[2].ended()
        for client in clients:
            client.socket.close()
