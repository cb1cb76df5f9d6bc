"""What comes in: callbacks with their filters, joined messages, receipts with their messages, wait_for."""

import logging
import threading
import time

import pytest

import smppkit as sk
from tests.esme.hand import beside, closing, hand_made, until
from tests.esme.test_message import receipt, sent
from tests.smsc.client import centre


def test_a_long_message_is_told_once_when_it_is_whole():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        told: list[sk.Inbound] = []
        esme.on_message(told.append)
        parts = [bytes.fromhex("050003cc0201") + b"Hello ", bytes.fromhex("050003cc0202") + b"there"]
        for number in (2, 1):
            peer.write(
                sk.DeliverSm(
                    sequence_number=number,
                    source_addr="32471123456",
                    destination_addr="1234",
                    esm_class=0x40,
                    short_message=parts[number - 1],
                )
            )
            assert peer.read("deliver_sm_resp").sequence_number == number
            if number == 2:
                until(lambda: len(esme.inbox) == 1)
                assert not told
        until(lambda: told)
        [message] = told
        assert (message.text, message.parts, message.kind, message.encoding) == ("Hello there", 2, "text", "gsm7")
        assert message.data == b"Hello there"
        assert [pdu.sequence_number for pdu in message.pdus] == [1, 2]
        assert message.pdu.sequence_number == 1
        assert abs(message.time.timestamp() - time.time()) < 60
        assert "Hello" not in repr(message)
        closing(esme, peer)
        assert len(told) == 1


@pytest.mark.parametrize(
    ("filters", "takes"),
    [
        ({}, ["a", "b", "c"]),
        ({"source": "+32471*"}, ["a", "b"]),
        ({"source": "32471000002"}, ["b"]),
        ({"destination": "99??"}, ["c"]),
        ({"text": "STOP*"}, ["a"]),
        ({"text": "*stop*", "source": "3247?0*"}, ["a", "b"]),
        ({"kind": "data"}, []),
    ],
)
def test_filters(filters, takes):
    with centre() as smsc, sk.connect(smsc.url) as esme:
        told = []
        esme.on_message(lambda message: told.append(message.text), **filters)
        smsc.deliver("32471000001", "1234", "stop (a)")
        smsc.deliver("32471000002", "1234", "please stop (b)")
        smsc.deliver("4479", "9999", "hello (c)")
        esme.wait_for(text="*(c)")
    assert [text[-2] for text in told] == takes


def test_filters_that_cannot_be_are_refused():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        with pytest.raises(ValueError, match="kind"):
            esme.on_message(print, kind="sms")
        with pytest.raises(ValueError, match="source"):
            esme.wait_for(source=32471)
        with pytest.raises(TypeError, match="function"):
            esme.on_message("print")


def test_only_what_comes_from_now_on():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        smsc.deliver("1", "2", "before")
        until(lambda: len(esme.inbox) == 1)
        told = []
        esme.on_message(lambda message: told.append(message.text))
        smsc.deliver("1", "2", "after")
        until(lambda: told)
        assert told == ["after"]


def test_a_callback_that_fails_stops_nobody(caplog):
    with centre() as smsc, sk.connect(smsc.url) as esme:
        told = []

        @esme.on_message
        def broken(message):
            raise ZeroDivisionError

        esme.on_message(lambda message: told.append(message.text))
        with caplog.at_level(logging.ERROR):
            smsc.deliver("1", "2", "canary one")
            smsc.deliver("1", "2", "canary two")
            until(lambda: len(told) == 2)
        until(lambda: esme.counters["callbacks_failed"] == 2)
        assert "broken" in caplog.text
        assert "canary" not in caplog.text
        assert esme.state == "Logged in"


def test_a_slow_callback_holds_up_no_answers():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        go = threading.Event()
        esme.on_message(lambda message: go.wait(10))
        for number in range(1, 6):
            peer.write(sk.DeliverSm(sequence_number=number, short_message=b"x"))
        assert [peer.read("deliver_sm_resp").sequence_number for _ in range(5)] == [1, 2, 3, 4, 5]
        with beside(lambda: esme.submit(sk.QuerySm(message_id="1"))) as result:
            peer.answer(peer.read("query_sm"), message_id="1", message_state=2)
        assert result[0].message_state == 2
        go.set()
        closing(esme, peer)


def test_wait_for_takes_each_message_once_also_earlier_ones():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        smsc.deliver("1", "2", "one")
        smsc.deliver("1", "2", "two")
        until(lambda: len(esme.inbox) == 2)
        assert esme.wait_for().text == "one"
        assert esme.wait_for().text == "two"
        with pytest.raises(sk.ResponseTimeout):
            esme.wait_for(timeout=0.05)
        with beside(lambda: esme.wait_for(source="9")) as result:
            smsc.deliver("8", "2", "no")
            smsc.deliver("9", "2", "yes")
        assert result[0].text == "yes"
        assert esme.wait_for().text == "no"


def test_wait_for_ends_with_the_account():
    with centre() as smsc:
        esme = sk.connect(smsc.url)
        with beside(lambda: esme.wait_for(timeout=60)) as result:
            esme.close()
        assert isinstance(result[0], sk.ResponseTimeout)
        assert "closed" in str(result[0])


def test_a_hidden_message_still_comes_to_callbacks():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        smsc.deliver("1", "2", "hidden")
        until(lambda: len(esme.inbox) == 1)
        esme.clear("inbox")
        assert len(esme.inbox) == 0
        told = []
        esme.on_message(lambda message: told.append(message.text))
        smsc.deliver("1", "2", "shown")
        until(lambda: told == ["shown"])
        assert esme.wait_for().text == "hidden"


def test_receipts_come_with_their_messages():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        told: list[sk.DeliveryReceipt] = []
        esme.on_receipt(told.append)
        message = sent(esme, peer, "abc1")
        receipt(peer, b"abc1", b"DELIVRD")
        receipt(peer, b"strange", b"EXPIRED", b"011", number=2)
        until(lambda: len(told) == 2)
        first, second = told
        assert first.message.msg_id == message.msg_id
        assert (first.state, first.final, first.receipt.id, first.err) == ("DELIVERED", True, "abc1", "000")
        assert first.message.state == "DELIVERED"
        assert (second.message, second.state, second.err) == (None, "EXPIRED", "011")
        assert second.pdu.command == "deliver_sm"
        closing(esme, peer)


def test_receipts_that_end_with_nuls_say_the_same_to_handlers_tables_and_captures():
    profile = sk.Profile("operator", codings={0: "latin1"})
    names = ["receipt_id", "receipt_stat", "receipt_text"]
    with hand_made() as smsc:
        esme, peer = smsc.connect(profile=profile)
        told: list[sk.DeliveryReceipt] = []
        esme.on_receipt(told.append)
        message = sent(esme, peer, "abc1")
        text = "id:abc1 done date:2611221018 stat:DELIVRD err:7 text:é@\0\0".encode("latin-1")
        fields = {"source_addr": "32471123456", "destination_addr": "INFO", "esm_class": 4, "short_message": text}
        peer.write(sk.DeliverSm(sequence_number=1, **fields))
        until(lambda: told)
        [one] = told
        assert (one.message.msg_id, one.state, one.err) == (message.msg_id, "DELIVERED", "7")
        assert (one.receipt.id, one.receipt.stat, one.receipt.text) == ("abc1", "DELIVRD", "é@")
        for table in (esme.receipts, sk.frame(one.pdu.encode(), names, profile)):
            assert table[names].to_numpy().tolist() == [["abc1", "DELIVRD", "é@"]]
        closing(esme, peer)


def test_a_receipt_before_the_response_waits_for_its_message():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        told: list[sk.DeliveryReceipt] = []
        esme.on_receipt(told.append)
        with beside(lambda: esme.send("32471123456", "Hello", sender="INFO")) as result:
            request = peer.read("submit_sm")
            receipt(peer, b"early", b"DELIVRD")
            peer.read("deliver_sm_resp")
            assert not told
            peer.answer(request, message_id="early")
        until(lambda: told)
        assert told[0].message.msg_id == result[0].msg_id
        closing(esme, peer)


def test_every_method_works_inside_a_callback():
    with centre(delay=0, states={"DELIVERED": 1}) as smsc:
        esme = sk.connect(smsc.url, new=True)
        done: list[object] = []
        over = threading.Event()

        @esme.on_message
        def react(message):
            try:
                done.append(esme.send(message.source, "thanks", sender="INFO").outcome)
                done.append(esme.submit(sk.SubmitSm(destination_addr="1", short_message=b"x")).command_status)
                done.append(esme.submit_nowait(sk.QuerySm(message_id="1")).result(10).command)
                run = esme.send_many({"destination": ["32471000009"]}, "run").wait(20)
                done.append(run.state)
                done.append(len(esme.messages))
                smsc.deliver("5", "6", "second")
                done.append(esme.wait_for(text="second").text)
                esme.configure(window=7)
                esme.unbind()
                esme.bind()
                done.append(esme.state)
                esme.close()
                done.append(esme.closed)
            except BaseException as error:
                done.append(error)
            over.set()

        smsc.deliver("32471000001", "1234", "first")
        assert over.wait(60)
        assert done == ["accepted", 0, "query_sm_resp", "done", 3, "second", "Logged in", True]
        until(lambda: not [each for each in threading.enumerate() if each.name.startswith("smppkit-c")])


def test_watchers_hear_of_changes_until_they_stop():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        heard = threading.Event()
        stop = esme.watch(heard.set)
        smsc.deliver("1", "2", "x")
        assert heard.wait(10)
        stop()
        until(lambda: len(esme.inbox) == 1)
        settled = threading.Event()
        esme.watch(settled.set)
        heard.clear()
        settled.clear()
        esme.send("32471123456", "Hello", receipt=False)
        assert settled.wait(10)
        assert not heard.is_set()


def test_an_alert_notification_is_logged_and_not_answered():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        peer.write(sk.AlertNotification(sequence_number=5, source_addr="1", esme_addr="2"))
        peer.write(sk.EnquireLink(sequence_number=6))
        assert peer.read().command == "enquire_link_resp"
        assert "alert_notification" in esme.pdus["command"].tolist()
        closing(esme, peer)
