"""Message: its states, waiting for the final one, its timeline and how it looks."""

import time

import pytest

import smppkit as sk
from tests.esme.hand import beside, closing, hand_made, until
from tests.smsc.client import centre

RECEIPT = b"id:%s sub:001 dlvrd:001 submit date:%s done date:%s stat:%s err:%s text:"


def receipt(peer, id, stat, err=b"000", number=1):
    today = time.strftime("%y%m%d%H%M", time.gmtime()).encode()
    peer.write(
        sk.DeliverSm(
            sequence_number=number,
            source_addr="32471123456",
            destination_addr="INFO",
            esm_class=0x04,
            short_message=RECEIPT % (id, today, today, stat, err),
        )
    )


def sent(esme, peer, id="7", **options):
    with beside(lambda: esme.send("32471123456", "Hello", sender="INFO", **options)) as result:
        peer.answer(peer.read("submit_sm"), message_id=id)
    return result[0]


def test_wait_returns_when_it_is_final_and_not_before():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        message = sent(esme, peer)
        assert (message.state, message.final) == (None, False)
        receipt(peer, b"7", b"ENROUTE")
        until(lambda: message.state == "ENROUTE")
        with pytest.raises(sk.ResponseTimeout, match="the latest receipt says ENROUTE"):
            message.wait(0.05)
        with beside(lambda: message.wait(10)) as result:
            receipt(peer, b"7", b"UNDELIV", b"027", number=2)
        assert result == [message]
        assert (message.state, message.final) == ("UNDELIVERABLE", True)
        steps = message.timeline()
        assert steps["step"].tolist() == ["queued", "sent", "response", "receipt", "receipt"]
        assert steps["detail"].iloc[-1] == "UNDELIVERABLE, err 027"
        assert steps["time"].is_monotonic_increasing
        assert steps["since"].iloc[0] == 0
        assert steps["part"].tolist() == [1] * 5
        closing(esme, peer)


def test_without_a_receipt_the_answer_is_the_end():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        message = sent(esme, peer, receipt=False)
        assert message.wait(0.5).outcome == "accepted"
        closing(esme, peer)


def test_waiting_says_what_is_missing():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        message = sent(esme, peer)
        with pytest.raises(sk.ResponseTimeout, match=r"not within 0\.05 s.*no receipt has come"):
            message.wait(0.05)
        closing(esme, peer)
        began = time.monotonic()
        with pytest.raises(sk.ResponseTimeout, match="the account is closed"):
            message.wait(60)
        assert time.monotonic() - began < 30


def test_a_message_lost_on_the_way_is_unanswered_and_ends_the_waiting():
    with hand_made() as smsc:
        esme, peer = smsc.connect(rebind=False)
        with beside(lambda: esme.send("32471123456", "Hello")) as result:
            peer.read("submit_sm")
            peer.close()
        message = result[0]
        assert message.outcome == "unanswered"
        assert message.wait(1) is message
        assert message.timeline()["step"].tolist() == ["queued", "sent", "unanswered"]
        with pytest.raises(sk.SmppError, match="no id"):
            message.query()
        esme.close()


def test_a_message_shows_its_text_in_the_card_only():
    with centre(delay=0) as smsc, sk.connect(smsc.url) as esme:
        message = esme.send("32471123456", "<b>canary</b>").wait()
        assert "canary" not in repr(message)
        card = message._repr_html_()
        assert "&lt;b&gt;canary" in card
        assert message.state in card
        assert message.text == "<b>canary</b>"


def test_data_has_no_text():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        message = esme.send("32471123456", data=b"\x01\x02", receipt=False)
        assert message.text is None
        assert "data" in message._repr_html_()


def test_a_message_keeps_its_account_alive():
    with centre(delay=0) as smsc:
        message = sk.connect(smsc.url).send("32471123456", "Hello")
        assert message.wait(20).final
