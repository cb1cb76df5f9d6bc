"""Receipts and inbound messages: what they say, to whom they go, what becomes of those nobody takes."""

from collections import Counter
from datetime import UTC, datetime

import pytest

import smppkit as sk
from smppkit.text.coding import decode_text
from smppkit.text.headers import read_header
from tests.link.helpers import until
from tests.smsc.client import Client, bound, centre, receipt_of, submit

NUMBER = "32471123456"
ANYWHERE = {"states": {"DELIVERED": 1}, "delay": 0.0}


def test_a_receipt_says_what_became_of_the_message():
    with bound() as (smsc, client):
        text = b"A text of more than twenty characters"
        message_id = client.ask(submit(registered_delivery=1, short_message=text)).message_id
        smsc.finish(message_id, "DELIVERED")
        pdu = client.wait("deliver_sm")
        assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == (NUMBER, 0, 0)
        assert (pdu.destination_addr, pdu.dest_addr_ton) == ("INFO", 5)
        assert (pdu.esm_class, pdu.data_coding) == (0x04, 0)
        found = receipt_of(pdu)
        assert (found.id, found.sub, found.dlvrd, found.stat, found.err) == (message_id, 1, 1, "DELIVRD", "000")
        assert found.text == text[:20].decode()
        assert found.state == "DELIVERED"
        assert abs((found.done_date.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()) < 120
        assert list(pdu.tlvs.items()) == [
            ("receipted_message_id", message_id),
            ("message_state", 2),
            ("network_error_code", b"\x03\x00\x00"),
        ]


@pytest.mark.parametrize(
    ("state", "stat", "number", "err"),
    [
        ("UNDELIVERABLE", "UNDELIV", 5, "001"),
        ("EXPIRED", "EXPIRED", 3, "027"),
        ("REJECTED", "REJECTD", 8, "008"),
        ("DELETED", "DELETED", 4, "000"),
        ("UNKNOWN", "UNKNOWN", 7, "255"),
        ("SKIPPED", "SKIPPED", 9, "000"),
    ],
)
def test_every_final_state_has_its_word_its_number_and_its_error(state, stat, number, err):
    with bound() as (smsc, client):
        message_id = client.ask(submit(registered_delivery=1)).message_id
        smsc.finish(message_id, state)
        pdu = client.wait("deliver_sm")
        found = receipt_of(pdu)
        assert (found.stat, found.state, found.err, found.dlvrd) == (stat, state, err, 0)
        assert pdu.tlvs["message_state"] == number
        row = smsc.messages.iloc[0]
        assert (row["state"], row["final"], row["err"]) == (state, True, err)


def test_a_peer_of_3_3_gets_the_text_alone():
    with bound("RX", {"interface_version": 0x33}) as (smsc, receiver), Client(smsc.port) as sender:
        sender.bind("TX")
        smsc.finish(sender.ask(submit(registered_delivery=1)).message_id, "DELIVERED")
        pdu = receiver.wait("deliver_sm")
        assert pdu.raw_tlvs == []
        assert receipt_of(pdu).stat == "DELIVRD"


@pytest.mark.parametrize(
    ("asked", "state", "kinds"),
    [
        (0, "DELIVERED", []),
        (1, "DELIVERED", [0x04]),
        (1, "REJECTED", [0x04]),
        (2, "DELIVERED", []),
        (2, "REJECTED", [0x04]),
        (3, "DELIVERED", [0x04]),
        (3, "REJECTED", []),
        (0x10, "DELIVERED", [0x20]),
        (0x11, "DELIVERED", [0x20, 0x04]),
        (0x12, "DELIVERED", [0x20]),
    ],
)
def test_what_was_asked_for_is_sent(asked, state, kinds):
    with bound(delay=0.02, least_delay=0.02, states={state: 1}) as (smsc, client):
        client.ask(submit(registered_delivery=asked))
        got = [client.wait("deliver_sm") for _ in kinds]
        until(lambda: smsc.counters["pending"] == 0 and smsc.counters["delivered"] == len(kinds))
        client.ask(sk.EnquireLink())
        assert not client.kept
        assert [pdu.esm_class for pdu in got] == kinds
        if kinds[:1] == [0x20]:
            assert (receipt_of(got[0]).stat, got[0].tlvs["message_state"]) == ("ENROUTE", 1)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"short_message": b"x" * 19 + b"\x1b\x65"}, "x" * 19),  # an escape pair is not cut
        ({"short_message": bytes.fromhex("050003010201") + b"part", "esm_class": 0x40}, "part"),
        ({"short_message": "Grüße".encode("utf-16-be"), "data_coding": 8}, ""),
        ({"short_message": b"\x01\x02", "data_coding": 4}, ""),
        ({"short_message": b"stat:REJECTD id:1"}, "stat:REJECTD id:1"),
        ({"short_message": b"\xff", "esm_class": 0x40}, ""),
    ],
)
def test_of_the_text_the_beginning_is_repeated_where_it_can_be(fields, text):
    with bound() as (smsc, client):
        message_id = client.ask(submit(registered_delivery=1, **fields)).message_id
        smsc.finish(message_id, "DELIVERED")
        found = receipt_of(client.wait("deliver_sm"))
        assert (found.id, found.stat, found.text or "") == (message_id, "DELIVRD", text)


def test_a_receipt_for_data_sm_and_one_for_a_number_of_submit_multi():
    with bound() as (smsc, client):
        payload = {"message_payload": b"Hello"}
        data = sk.DataSm(
            source_addr="INFO", destination_addr=NUMBER, dest_addr_ton=1, registered_delivery=1, tlvs=payload
        )
        smsc.finish(client.ask(data).message_id, "DELIVERED")
        pdu = client.wait("deliver_sm")
        assert (pdu.source_addr, pdu.source_addr_ton, receipt_of(pdu).stat) == (NUMBER, 1, "DELIVRD")
        rows = [{"dest_flag": 1, "dest_addr_ton": 2, "dest_addr_npi": 8, "destination_addr": "0471123456"}]
        multi = sk.SubmitMulti(source_addr="INFO", dest_address=rows, registered_delivery=1)
        smsc.finish(client.ask(multi).message_id, "DELIVERED")
        pdu = client.wait("deliver_sm")
        assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == ("0471123456", 2, 8)


def test_receipts_follow_after_drawn_delays_in_the_shares_asked_for():
    states = {"DELIVERED": 3, "UNDELIVERABLE": 1}
    with bound(delay=0.02, least_delay=0.01, states=states, seed=11) as (smsc, client):
        for _ in range(400):
            client.send(submit(registered_delivery=1))
        found = [receipt_of(client.wait("deliver_sm")).state for _ in range(400)]
        table = smsc.messages
    assert set(found) == set(states)
    assert 0.67 < Counter(found)["DELIVERED"] / 400 < 0.83
    assert Counter(table["state"]) == Counter(found)
    took = (table["time_final"] - table["time"]).dt.total_seconds()
    assert took.min() >= 0.01
    assert took.nunique() > 10


# --- to whom they go -----------------------------------------------------------------------------------------------


def test_receipts_are_spread_equally_over_the_sessions_able_to_receive():
    with centre(**ANYWHERE) as smsc:
        clients = [Client(smsc.port) for _ in range(4)]
        for client, kind in zip(clients, ("TX", "RX", "TRX", "RX"), strict=True):
            client.bind(kind)
        for _ in range(90):
            clients[0].ask(submit(registered_delivery=1))
        receivers = clients[1:]
        for client in receivers:
            for _ in range(30):
                client.wait("deliver_sm")
        until(lambda: smsc.counters["delivered"] == 90)
        assert not clients[0].kept
        for client in clients:
            client.socket.close()


def test_a_session_that_takes_nothing_does_not_hold_up_the_others():
    with centre(**ANYWHERE, window=5) as smsc:
        silent, good = Client(smsc.port), Client(smsc.port)
        silent.bind("RX")
        good.bind()
        for _ in range(100):
            good.send(submit(registered_delivery=1))
        for _ in range(95):
            good.wait("deliver_sm")
        until(lambda: smsc.counters["delivered"] == 95)
        silent.socket.close()  # what it did not answer goes to the other
        for _ in range(5):
            good.wait("deliver_sm")
        until(lambda: smsc.counters["delivered"] == 100)
        good.socket.close()


def test_receipts_wait_until_somebody_can_receive():
    with bound("TX", **ANYWHERE) as (smsc, sender):
        ids = [sender.ask(submit(registered_delivery=1)).message_id for _ in range(5)]
        until(lambda: smsc.counters["deliveries_waiting"] == 5)
        with Client(smsc.port) as receiver:
            receiver.bind("RX")
            assert {receipt_of(receiver.wait("deliver_sm")).id for _ in ids} == set(ids)


def test_no_more_are_under_way_than_the_window_allows():
    with bound(**ANYWHERE, window=3) as (smsc, client):
        client.answer = None
        for _ in range(10):
            client.ask(submit(registered_delivery=1))
        numbers = [client.wait("deliver_sm").sequence_number for _ in range(3)]
        until(lambda: smsc.counters["pending"] == 0)
        client.ask(sk.EnquireLink())
        assert not client.kept
        client.answer = 0
        client.write(b"".join(sk.DeliverSmResp(sequence_number=number).encode() for number in numbers))
        for _ in range(7):
            client.wait("deliver_sm")
        until(lambda: smsc.counters["delivered"] == 10)


def test_what_nobody_takes_is_bounded_the_oldest_goes():
    with bound("TX", **ANYWHERE, rows=10) as (smsc, sender):
        ids = []
        for _ in range(15):
            ids.append(sender.ask(submit(registered_delivery=1)).message_id)
            until(lambda: smsc.counters["pending"] == 0)
        assert (smsc.counters["deliveries_waiting"], smsc.counters["deliveries_dropped"]) == (10, 5)
        with Client(smsc.port) as receiver:
            receiver.bind("RX")
            assert [receipt_of(receiver.wait("deliver_sm")).id for _ in range(10)] == ids[5:]


@pytest.mark.parametrize("answer", [0x64, 0x14])
def test_a_refusal_for_the_moment_is_tried_again(answer, monkeypatch):
    monkeypatch.setattr("smppkit.smsc.outbox.PAUSE", 0.02)
    with bound() as (smsc, client):
        client.answer = answer
        message_id = client.ask(submit(registered_delivery=1)).message_id
        smsc.finish(message_id, "DELIVERED")
        client.wait("deliver_sm")
        client.answer = 0
        assert receipt_of(client.wait("deliver_sm")).id == message_id
        until(lambda: smsc.counters["delivered"] == 1)


def test_it_is_not_tried_for_ever(monkeypatch):
    monkeypatch.setattr("smppkit.smsc.outbox.PAUSE", 0.01)
    with bound() as (smsc, client):
        client.answer = 0x64
        smsc.finish(client.ask(submit(registered_delivery=1)).message_id, "DELIVERED")
        for _ in range(3):
            client.wait("deliver_sm")
        until(lambda: smsc.counters["deliveries_dropped"] == 1)
        assert smsc.counters["deliveries_waiting"] == 0


def test_a_refusal_for_good_is_final():
    with bound() as (smsc, client):
        client.answer = 0x65
        smsc.finish(client.ask(submit(registered_delivery=1)).message_id, "DELIVERED")
        until(lambda: client.wait("deliver_sm") and smsc.counters["deliveries_refused"] == 1)


def test_a_delivery_without_response_is_made_again():
    with bound(response_timeout=0.1) as (smsc, client):
        client.answer = None
        smsc.finish(client.ask(submit(registered_delivery=1)).message_id, "DELIVERED")
        client.wait("deliver_sm")
        client.answer = 0
        client.wait("deliver_sm")
        until(lambda: smsc.counters["delivered"] == 1)


# --- inbound messages ----------------------------------------------------------------------------------------------


def test_an_inbound_message_reaches_a_receiver():
    with bound("RX") as (smsc, client):
        smsc.deliver("+32471123456", "1234", "Hello €")
        pdu = client.wait("deliver_sm")
        assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == (NUMBER, 1, 1)
        assert (pdu.destination_addr, pdu.dest_addr_ton) == ("1234", 3)
        assert (pdu.esm_class, pdu.data_coding) == (0, 0)
        assert decode_text(pdu.short_message).text == "Hello €"
        smsc.deliver("Bank", "4917012345678", "Zażółć")
        pdu = client.wait("deliver_sm")
        assert (pdu.source_addr_ton, pdu.dest_addr_ton, pdu.data_coding) == (5, 1, 8)
        assert pdu.short_message.decode("utf-16-be") == "Zażółć"


def test_a_long_inbound_message_comes_in_parts():
    text = "The quick brown fox jumps over the lazy dog. " * 10
    with bound() as (smsc, client):
        for reference in (1, 2):
            smsc.deliver(NUMBER, "1234", text)
            pdus = [client.wait("deliver_sm") for _ in range(3)]
            assert all(pdu.esm_class == 0x40 for pdu in pdus)
            headers = [read_header(pdu.short_message) for pdu in pdus]
            assert [(each.reference, each.total, each.number) for each in headers] == [
                (reference, 3, number) for number in (1, 2, 3)
            ]
            assert "".join(decode_text(pdu.short_message, 0, 0x40).text for pdu in pdus) == text


def test_an_inbound_message_waits_for_a_receiver():
    with centre() as smsc:
        smsc.deliver(NUMBER, "1234", "early")
        assert smsc.counters["deliveries_waiting"] == 1
        with Client(smsc.port) as client:
            client.bind("RX")
            assert client.wait("deliver_sm").short_message == b"early"


def test_too_many_inbound_messages_are_an_error():
    with centre(rows=3) as smsc:
        for _ in range(3):
            smsc.deliver(NUMBER, "1234", "waits")
        with pytest.raises(ValueError, match="3 deliveries wait for a receiver already"):
            smsc.deliver(NUMBER, "1234", "one too many")


@pytest.mark.parametrize("process", [False, True])
def test_what_cannot_be_delivered_is_a_clear_error(process):
    with centre(process=process) as smsc:
        with pytest.raises(sk.EncodeError, match="source_addr"):
            smsc.deliver("x" * 30, "1234", "text")
        with pytest.raises(sk.TextError, match="255"):
            smsc.deliver(NUMBER, "1234", "x" * 100_000)
