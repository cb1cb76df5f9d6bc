"""What the users of five existing systems have (rows A, B, C and D), each row as one of them would try it."""

import socket
import threading

import pandas as pd
import pytest

import smppkit as sk
from tests.esme.peer import LIMIT, NUMBER, Line, Peer, account, answer, binds, free_port, line_of, receipt
from tests.link.helpers import until
from tests.smsc.client import centre

SURE = {"delay": 0.05, "least_delay": 0.0, "states": {"DELIVERED": 1}}
SIX_WORDS = ["Idle", "Error", "Connecting", "Logging in", "Logged in", "Login failed"]


def words(esme):
    """Return the six-word states that the events tell of, in order, each once in a row."""
    said = [str(detail).partition(":")[0] for detail in esme.events["detail"] if pd.notna(detail)]
    states = [each for each in said if each in SIX_WORDS]
    return [each for place, each in enumerate(states) if place == 0 or states[place - 1] != each]


def failing(url, **keywords):
    """Connect in vain; return the error, its account closed."""
    with pytest.raises(sk.SmppError) as caught:
        sk.connect(url, **keywords)
    caught.value.esme.close()
    return caught.value


# --- A: sender of a network-management platform ------------------------------------------------------------------


def test_a1_host_and_port_as_url_or_keywords():
    with centre() as smsc:
        for given in ({"url": smsc.url}, {"host": smsc.host, "port": smsc.port}):
            with account_of(given) as esme:
                assert esme.state == "Logged in"


def account_of(given):
    if "url" in given:
        return account(given["url"], new=True)
    return sk.connect(**given, system_id="demo", password="secret", new=True)


def test_a2_the_state_of_the_bind_is_always_there():
    with centre() as smsc, account(smsc.url) as esme:
        assert (esme.state, esme.last_outcome.word) == ("Logged in", "OK")
        assert "Logged in" in repr(esme)
        esme.unbind()
        assert esme.state == "Idle"


def test_a3_a_lost_link_comes_back_by_itself_and_the_switch_works_while_it_runs():
    def script(line: Line) -> None:
        line.bind()
        if line.number < 2:
            line.read("submit_sm")
            line.reset()
        else:
            line.serve()

    with Peer(script) as peer, account(peer) as esme:
        assert esme.rebind is True
        for number in range(2):
            message = esme.send(NUMBER, "lost on the way", timeout=LIMIT)
            assert message.outcome == "unanswered"
            until(lambda number=number: len(peer.lines) == number + 2 and esme.state == "Logged in")
        assert esme.send(NUMBER, "hello").outcome == "accepted"
        esme.rebind = False
        peer.lines[-1].reset()
        until(lambda: esme.state in ("Error", "Idle"))
        assert esme.last_outcome.word == "Disconnected"
        assert "bind() connects again" in esme.last_outcome.sentence
        esme.bind()
        assert esme.state == "Logged in"


def test_a4_bind_and_unbind_use_the_configured_values():
    with Peer(binds()) as peer, account(peer, system_type="old") as esme:
        esme.unbind()
        assert (esme.state, esme.last_outcome.word) == ("Idle", "Disconnected")
        esme.configure(system_type="new", address_range="^32")
        esme.bind()
        assert esme.state == "Logged in"
        until(lambda: [line.got for line in peer.lines][-1])
        first, last = (next(pdu for pdu in peer.lines[place].got if "bind_" in pdu.command) for place in (0, -1))
        assert (first.system_type, last.system_type, last.address_range) == ("old", "new", "^32")
        assert peer.lines[0].got[-1].command == "unbind"


def test_a5_numbers_in_international_form():
    with Peer(binds()) as peer, account(peer) as esme:
        message = esme.send("+32 471 12 34 56", "hello", sender="INFO")
        assert message.outcome == "accepted"
        sent = next(pdu for pdu in peer.lines[0].got if pdu.command == "submit_sm")
        assert (sent.destination_addr, sent.dest_addr_ton, sent.dest_addr_npi) == ("32471123456", 1, 1)
        assert (sent.source_addr, sent.source_addr_ton, sent.source_addr_npi) == ("INFO", 5, 0)
        destination = esme.messages["destination"].iloc[0]
        assert destination == "32471123456"
        assert isinstance(destination, str)


def test_a6_the_line_of_the_last_send():
    statuses = iter([0, 0x0B, None])

    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command == "submit_sm":
            status = next(statuses)
            if status is not None:
                line.send(answer(pdu, status, **({} if status else {"message_id": "7"})))
            return True
        return False

    def script(line: Line) -> None:
        line.bind()
        line.serve(react)

    with Peer(script) as peer, account(peer, response_timeout=1, enquire_link=0) as esme:
        accepted, refused, unknown = (esme.send(NUMBER, "hello") for _ in range(3))
        assert [each.outcome for each in (accepted, refused, unknown)] == ["accepted", "refused", "unanswered"]
        assert "accepted" in line_of(accepted)
        for wanted in ("refused", "ESME_RINVDSTADR", "0x0000000B", "destination address not acceptable"):
            assert wanted in line_of(refused)
        assert "unknown" in line_of(unknown)
        assert esme.messages["outcome"].tolist() == ["accepted", "refused", "unanswered"]
        assert esme.messages["command_status"].tolist()[:2] == [0, 0x0B]


def test_a7_sent_messages_can_be_deleted_and_cleared_and_what_is_pending_still_counts():
    with centre() as smsc, account(smsc.url) as esme:
        for number in range(3):
            esme.send(f"3247112345{number}", f"text {number}", sender="INFO")
        table = esme.messages
        assert table["destination"].tolist() == ["32471123450", "32471123451", "32471123452"]
        assert table["text"].tolist() == ["text 0", "text 1", "text 2"]
        assert table["time_sent"].notna().all()
        ids = table["message_id"].tolist()
        esme.hide("messages", [table.index[1]])
        assert esme.messages["text"].tolist() == ["text 0", "text 2"]
        esme.clear("messages")
        assert len(esme.messages) == 0
        for message_id in ids:
            smsc.finish(message_id, "DELIVERED")
        until(lambda: len(esme.receipts) == 3)
        assert esme.receipts["msg_id"].notna().all()  # hidden rows still match
        assert esme.send(NUMBER, "after").outcome == "accepted"
        assert esme.messages["text"].tolist() == ["after"]
        esme.restore("messages")
        assert esme.messages["state"].tolist()[:3] == ["DELIVERED"] * 3


def test_a8_received_messages_can_be_deleted_and_cleared():
    with centre() as smsc, account(smsc.url) as esme:
        for number in range(3):
            smsc.deliver(NUMBER, "1234", f"text {number}")
        until(lambda: len(esme.inbox) == 3)
        table = esme.inbox
        assert table["source"].tolist() == [NUMBER] * 3
        assert table["text"].tolist() == ["text 0", "text 1", "text 2"]
        assert table["time"].notna().all()
        esme.hide("inbox", [table.index[0]])
        assert esme.inbox["text"].tolist() == ["text 1", "text 2"]
        esme.clear("inbox")
        assert len(esme.inbox) == 0
        smsc.deliver(NUMBER, "1234", "after")
        until(lambda: len(esme.inbox) == 1)
        assert esme.inbox["text"].tolist() == ["after"]
        esme.restore("inbox")
        assert len(esme.inbox) == 4


# --- B: telephone exchange ---------------------------------------------------------------------------------------


def test_b1_idle_and_logged_in():
    with centre() as smsc, account(smsc.url) as esme:
        assert esme.state == "Logged in"
        esme.unbind()
        assert esme.state == "Idle"
        assert words(esme) == ["Connecting", "Logging in", "Logged in", "Idle"]


def test_b1_error():
    error = failing(f"smpp://demo:secret@127.0.0.1:{free_port()}")
    assert isinstance(error, sk.ConnectFailed)
    assert words(error.esme)[:2] == ["Connecting", "Error"]


def test_b1_connecting():
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for blocker in (first, second):  # the queue of the listener is full: nobody answers any more
            blocker.setblocking(False)
            blocker.connect_ex(listener.getsockname())
        with account(f"smpp://demo:secret@127.0.0.1:{listener.getsockname()[1]}", wait=False) as esme:
            until(lambda: esme.state == "Connecting")


def test_b1_logging_in_and_login_failed():
    asked, go_on = threading.Event(), threading.Event()

    def script(line: Line) -> None:
        request = line.read()
        asked.set()
        assert go_on.wait(LIMIT)
        line.send(answer(request, 0x0E))
        line.gone()

    with Peer(script) as peer, account(peer, wait=False) as esme:
        assert asked.wait(LIMIT)
        until(lambda: esme.state == "Logging in")
        go_on.set()
        until(lambda: esme.state == "Login failed")
        assert words(esme) == ["Connecting", "Logging in", "Login failed"]


def test_b2_ok():
    with Peer(binds()) as peer, account(peer) as esme:
        assert esme.last_outcome.word == "OK"
        assert "SMPP 3.4" in esme.last_outcome.sentence


def test_b2_disconnected():
    with Peer(binds()) as peer, account(peer, rebind=False) as esme:
        peer.lines[0].reset()
        until(lambda: esme.last_outcome.word == "Disconnected")
        assert "bind() connects again" in esme.last_outcome.sentence


@pytest.mark.parametrize(
    ("status", "word", "sentence"),
    [
        (0x0E, "invalid password", "check the password"),
        (0x0F, "invalid username", "check system_id"),
        (0x0D, "invalid bind response", "ESME_RBINDFAIL"),
    ],
)
def test_b2_refusals(status, word, sentence):
    with Peer(binds(status)) as peer:
        error = failing(peer.url)
        assert isinstance(error, sk.BindRejected)
        assert error.command_status == status
        assert (error.esme.state, error.esme.last_outcome.word) == ("Login failed", word)
        assert sentence in str(error)
        assert len(peer.lines) == 1


def test_b2_the_word_stays_until_something_else_happens():
    with Peer(binds(0x0E)) as peer:
        with pytest.raises(sk.BindRejected) as caught:
            sk.connect(peer.url)
        esme = caught.value.esme
        assert (esme.state, esme.last_outcome.word) == ("Login failed", "invalid password")
        assert esme.last_outcome.sentence == str(caught.value)
        esme.close()


def test_b2_generic_nack():
    def script(line: Line) -> None:
        request = line.read()
        line.send(sk.GenericNack(sequence_number=request.sequence_number, command_status=0x03))
        line.gone()

    with Peer(script) as peer, pytest.raises(sk.SmppError) as caught:
        sk.connect(peer.url)
    esme = caught.value.esme
    assert esme.last_outcome.word == "generic_nack received"
    assert "ESME_RINVCMDID" in str(caught.value)
    esme.close()


def test_b2_response_timeout():
    with Peer(lambda line: line.gone()) as peer, pytest.raises(sk.ConnectFailed) as caught:
        sk.connect(peer.url, response_timeout=0.3)
    esme = caught.value.esme
    assert esme.last_outcome.word == "response timeout"
    assert "did not answer the bind" in str(caught.value)
    esme.close()


def test_b2_an_answer_that_answers_nothing():
    def script(line: Line) -> None:
        request = line.read()
        line.send(sk.SubmitSmResp(sequence_number=request.sequence_number, message_id="1"))
        line.gone()

    with Peer(script) as peer, pytest.raises(sk.ConnectFailed) as caught:
        sk.connect(peer.url)
    esme = caught.value.esme
    assert esme.last_outcome.word == "invalid bind response"
    esme.close()


def test_b3_transceiver():
    with centre(**SURE) as smsc, account(smsc.url + "?bind=transceiver") as esme:
        assert esme.bind_type == "transceiver"
        message = esme.send(NUMBER, "hello")
        assert message.wait(timeout=LIMIT)
        assert message.state == "DELIVERED"


def test_b4_receiver_sends_nothing():
    with Peer(binds()) as peer, account(peer, bind="receiver") as esme:
        with pytest.raises(sk.LocalProtocolError) as caught:
            esme.send(NUMBER, "hello")
        assert "receiver" in str(caught.value) or "BOUND_RX" in str(caught.value)
        with pytest.raises(sk.LocalProtocolError):
            esme.submit(sk.SubmitSm(destination_addr=NUMBER))
        with pytest.raises(sk.LocalProtocolError):
            esme.send_many(pd.DataFrame({"destination": [NUMBER]}), text="hello")
        peer.lines[0].send(sk.EnquireLink(sequence_number=1))
        until(lambda: "enquire_link_resp" in [pdu.command for pdu in peer.lines[0].got])
        assert [pdu.command for pdu in peer.lines[0].got] == ["bind_receiver", "enquire_link_resp"]


def test_b6_every_address_of_a_name_is_tried(monkeypatch):
    ask = socket.getaddrinfo

    def several(host, *args, **kwargs):
        if host != "several.example":
            return ask(host, *args, **kwargs)
        if kwargs.get("flags"):
            raise socket.gaierror(socket.EAI_NONAME, "numbers only")
        return [ask(address, *args, **kwargs)[0] for address in ("127.0.0.2", "127.0.0.3", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", several)
    with Peer(binds()) as peer, account(f"smpp://demo:secret@several.example:{peer.port}") as esme:
        assert esme.state == "Logged in"
    error = failing(f"smpp://demo:secret@several.example:{free_port()}")
    assert all(f"127.0.0.{last}:" in str(error) for last in (1, 2, 3))


def test_b7_the_limits_of_the_standard_and_the_way_around():
    with pytest.raises(ValueError, match="system_id: 16 characters, but the standard has room for 15"):
        sk.connect("smpp://localhost", system_id="x" * 16)
    with pytest.raises(ValueError, match=r"password: 9 characters.*long_password=True"):
        sk.connect("smpp://localhost", password="x" * 9)
    with Peer(binds()) as peer, account(peer, system_id="x" * 15, password="y" * 16, long_password=True) as esme:
        assert esme.state == "Logged in"
        bind = peer.lines[0].got[0]
        assert (bind.system_id, bind.password) == ("x" * 15, "y" * 16)


def test_b8_address_range_and_system_type():
    with Peer(binds()) as peer, account(peer, address_range="^3247", system_type="NSMS", addr_ton=1, addr_npi=1):
        bind = peer.lines[0].got[0]
        assert (bind.address_range, bind.system_type, bind.addr_ton, bind.addr_npi) == ("^3247", "NSMS", 1, 1)


# --- C and D -----------------------------------------------------------------------------------------------------


def test_c1_two_way_over_one_account():
    with centre(**SURE) as smsc, account(smsc.url) as esme:
        assert esme.send(NUMBER, "question", sender="1234").outcome == "accepted"
        smsc.deliver(NUMBER, "1234", "answer")
        got = esme.wait_for(source=NUMBER, text="answer", timeout=LIMIT)
        assert (got.source, got.destination, got.text) == (NUMBER, "1234", "answer")
        assert len(peers_of(esme)) == 1


def peers_of(esme):
    return esme.pdus["link"].unique().tolist()


def test_c2_the_receipt_comes_back_to_the_sender():
    with centre(**SURE) as smsc, account(smsc.url) as esme:
        heard = []
        esme.on_receipt(heard.append)
        message = esme.send(NUMBER, "hello", receipt=True)
        assert message.wait(timeout=LIMIT)
        assert message.state == "DELIVERED"
        until(lambda: heard)
        assert heard[0].receipt.id == message.message_ids[0]
        assert heard[0].message.msg_id == message.msg_id
        table = esme.messages
        assert table["state"].tolist() == ["DELIVERED"]
        assert table["final"].tolist() == [True]
        assert esme.receipts["msg_id"].tolist() == [message.msg_id]
        assert esme.pdus.set_index("command").loc["submit_sm", "registered_delivery"] == 1
        for number in range(5):  # and the function is called whenever there is one, however late
            esme.send(NUMBER, "hello").wait(timeout=LIMIT)
            until(lambda number=number: len(heard) == number + 2)


def test_c2_a_receipt_before_its_response():
    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm":
            return False
        line.send(receipt("77"), answer(pdu, message_id="77"))
        return True

    def script(line: Line) -> None:
        line.bind()
        line.serve(react)

    with Peer(script) as peer, account(peer) as esme:
        message = esme.send(NUMBER, "hello")
        assert message.wait(timeout=LIMIT)
        assert (message.outcome, message.state) == ("accepted", "DELIVERED")


def test_d1_address_port_user_and_password_are_enough():
    with (
        centre(**SURE) as smsc,
        sk.connect(host=smsc.host, port=smsc.port, system_id="demo", password="secret") as esme,
    ):
        assert esme.send("+32471123456", "hello").outcome == "accepted"
