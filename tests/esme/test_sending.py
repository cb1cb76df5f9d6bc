"""submit, submit_nowait, send_raw and send against centres that answer, refuse, are silent, or are gone."""

import asyncio
import threading
import time
from concurrent.futures import wait

import pytest

import smppkit as sk
from smppkit.esme.pending import Pending
from tests.esme.hand import beside, closing, hand_made, submit_sm, until
from tests.smsc.client import centre


def test_submit_returns_the_response_whatever_its_status():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        with beside(lambda: esme.submit(submit_sm())) as result:
            peer.answer(peer.read("submit_sm"), command_status=0x0B)
        assert result[0].command_status == 0x0B
        assert esme.messages["outcome"].tolist() == ["refused"]
        with beside(lambda: esme.submit(submit_sm())) as result:
            number = peer.read("submit_sm").sequence_number
            peer.write(sk.GenericNack(sequence_number=number, command_status=0x58))
        assert (result[0].command, result[0].command_status) == ("generic_nack", 0x58)
        closing(esme, peer)


def test_no_answer_is_a_time_out_and_a_late_one_still_counts():
    with hand_made() as smsc:
        esme, peer = smsc.connect(response_timeout=0.2)
        with beside(lambda: esme.submit(submit_sm())) as result:
            request = peer.read("submit_sm")
        assert isinstance(result[0], sk.ResponseTimeout)
        assert esme.messages["outcome"].tolist() == ["unanswered"]
        peer.answer(request, message_id="late")
        until(lambda: esme.parts[["outcome", "late"]].values.tolist() == [["accepted", True]])
        assert esme.counters["late"] == 1
        closing(esme, peer)


def test_the_callers_own_limit_leaves_the_request_pending():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        with pytest.raises(sk.ResponseTimeout, match=r"within 0\.05 s"):
            esme.submit(submit_sm(), timeout=0.05)
        peer.answer(peer.read("submit_sm"), message_id="1")
        until(lambda: esme.messages["outcome"].tolist() == ["accepted"])
        closing(esme, peer)


def test_a_full_window_is_no_time_out_and_what_did_not_leave_never_does():
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=1)
        first = esme.submit_nowait(submit_sm(b"one"))
        with pytest.raises(sk.WindowFull, match="nothing was sent"):
            esme.submit(submit_sm(b"two"), timeout=0.05)
        peer.answer(peer.read("submit_sm"), message_id="1")
        assert first.result(10).message_id == "1"
        third = esme.submit_nowait(submit_sm(b"three"))
        request = peer.read("submit_sm")
        assert request.short_message == b"three"
        peer.answer(request, message_id="3")
        third.result(10)
        assert esme.messages["outcome"].tolist() == ["accepted", "not_sent", "accepted"]
        closing(esme, peer)


def test_an_interrupt_takes_back_what_has_not_left(monkeypatch):
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=1)
        first = esme.submit_nowait(submit_sm(b"one"))

        def interrupted(*args):
            raise KeyboardInterrupt

        monkeypatch.setattr(Pending, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            esme.submit(submit_sm(b"two"))
        monkeypatch.undo()
        assert esme.counters["queued"] == 0
        peer.answer(peer.read("submit_sm"), message_id="1")
        first.result(10)
        assert esme.messages["outcome"].tolist() == ["accepted", "not_sent"]
        closing(esme, peer)


def test_responses_in_any_order_reach_their_callers():
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=20)
        futures = [esme.submit_nowait(submit_sm(b"%d" % number)) for number in range(20)]
        requests = [peer.read("submit_sm") for _ in range(20)]
        for request in reversed(requests):
            peer.answer(request, message_id=request.short_message.decode())
        assert [future.result(10).message_id for future in futures] == [str(number) for number in range(20)]
        closing(esme, peer)


def test_a_receiver_sends_nothing():
    with hand_made() as smsc:
        esme = sk.connect(smsc.url, bind="receiver", wait=False, new=True)
        peer = smsc.accept()
        peer.bind()
        until(lambda: esme.state == "Logged in")
        for call in (
            lambda: esme.submit(submit_sm()),
            lambda: esme.submit_nowait(submit_sm()),
            lambda: esme.send("32471123456", "Hello"),
            lambda: esme.query("1"),
            lambda: esme.send_many({"destination": ["32471123456"]}, "Hello"),
        ):
            with pytest.raises(sk.LocalProtocolError, match="bind='transceiver'"):
                call()
        with beside(esme.close):
            pdu = peer.read()
            peer.answer(pdu)
        assert pdu.command == "unbind"
        assert len(esme.messages) == 0


@pytest.mark.parametrize("pdu", [sk.BindReceiver(), sk.Unbind()])
def test_binds_and_unbind_are_not_for_submit(pdu):
    with centre() as smsc, sk.connect(smsc.url) as esme, pytest.raises(sk.LocalProtocolError, match=r"bind\(\)"):
        esme.submit(pdu)


def test_nothing_is_sent_by_a_closed_account():
    with centre() as smsc:
        esme = sk.connect(smsc.url)
        esme.close()
        for call in (lambda: esme.submit(submit_sm()), lambda: esme.send("32471123456", "x"), esme.bind, esme.unbind):
            if call == esme.unbind:
                call()
                continue
            with pytest.raises(sk.SessionClosed, match="closed"):
                call()
        with pytest.raises(sk.SessionClosed):
            esme.configure(window=3)
        assert len(esme.messages) == 0


def test_a_future_can_be_awaited():
    with centre() as smsc, sk.connect(smsc.url) as esme:

        async def ask():
            return await asyncio.wait_for(asyncio.wrap_future(esme.submit_nowait(submit_sm())), 10)

        assert asyncio.run(ask()).command_status == 0


def test_raw_octets_go_out_as_they_are():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        esme.send_raw(submit_sm(b"raw").replace(sequence_number=500).encode())
        request = peer.read("submit_sm")
        assert (request.sequence_number, request.short_message) == (500, b"raw")
        assert esme.messages["text"].tolist() == ["raw"]
        peer.answer(request, message_id="9")
        until(lambda: esme.messages["outcome"].tolist() == ["accepted"])
        esme.send_raw(b"\0\0\0\x10")
        esme.send_raw(b"\0\0\0\x15\0\0\0\0\0\0\0\x07")
        assert peer.read("enquire_link").sequence_number == 7
        assert len(esme.messages) == 1
        closing(esme, peer)


def test_send_returns_a_message_also_when_refused():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        with beside(lambda: esme.send("+32 471 12 34 56", "Hello €", sender="INFO", tag="t")) as result:
            request = peer.read("submit_sm")
            peer.answer(request, command_status=0x0B)
        message = result[0]
        assert (message.outcome, message.command_status, message.to) == ("refused", 0x0B, "32471123456")
        assert (message.text, message.message_ids, message.final) == ("Hello €", [], False)
        assert esme.messages["tag"].tolist() == ["t"]
        assert message.wait(1) is message
        assert "ESME_RINVDSTADR" in message._repr_html_()
        closing(esme, peer)


def test_parts_of_a_long_message_are_one_message():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        with beside(lambda: esme.send("32471123456", "a" * 161)) as result:
            for _ in range(2):
                request = peer.read("submit_sm")
                peer.answer(request, message_id=f"id{request.sequence_number}")
        message = result[0]
        assert (message.parts, len(message.message_ids), message.text) == (2, 2, "a" * 161)
        assert len(esme.messages) == 1
        assert "2 parts" in repr(message)
        assert "aaa" not in repr(message)
        closing(esme, peer)


def test_what_cannot_be_sent_is_refused_before_anything_leaves():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        with pytest.raises(ValueError, match="empty"):
            esme.send("32471123456", "")
        with pytest.raises(ValueError):
            esme.send("not a number", "x")
        assert len(esme.messages) == 0


def test_send_without_waiting_is_queued_and_then_sent():
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=1)
        first = esme.send("32471123456", "one", timeout=0)
        second = esme.send("32471123456", "two", timeout=0)
        request = peer.read("submit_sm")
        assert first.outcome == "sent"
        assert second.outcome == "queued"
        peer.answer(request, message_id="1")
        peer.answer(peer.read("submit_sm"), message_id="2")
        until(lambda: second.outcome == "accepted")
        assert first.message_ids == ["1"]
        closing(esme, peer)


def test_send_while_it_comes_back_waits_and_then_says_why_not():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        smsc.stop()
        peer.close()
        until(lambda: esme.state != "Logged in")
        with pytest.raises(sk.SessionError, match="127"):
            esme.send("32471123456", "Hello", timeout=0.1)
        with pytest.raises(sk.SessionError, match="127"):
            esme.submit(submit_sm(), timeout=0.1)
        assert esme.messages["outcome"].tolist() == ["not_sent", "not_sent"]
        esme.close()


def test_the_pace_holds_for_singles():
    with centre() as smsc, sk.connect(smsc.url, rate=50) as esme:
        began = time.monotonic()
        futures = [esme.submit_nowait(submit_sm()) for _ in range(21)]
        assert not wait(futures, 30).not_done
        assert time.monotonic() - began >= 0.39
        esme.configure(rate=0)
        assert esme.submit(submit_sm()).command_status == 0


def test_query_cancel_and_replace():
    with centre(delay=None) as smsc, sk.connect(smsc.url, sender="INFO") as esme:
        message = esme.send("32471123456", "Hello")
        assert message.query().message_state == 1
        assert message.replace("Good day").command_status == 0
        assert smsc.messages["text"].tolist() == ["Good day"]
        assert esme.replace(message.message_ids[0], "INFO", "Good night").command_status == 0
        assert message.cancel().command_status == 0
        assert message.query().message_state == 4
        until(lambda: message.state == "DELETED")
        assert esme.query("none", "INFO").command_status != 0
        long = esme.send("32471123456", "b" * 200)
        assert [answer.message_state for answer in long.query()] == [1, 1]
        with pytest.raises(ValueError, match="2 parts"):
            long.replace("x")


def test_sixty_four_threads_get_their_own_answers():
    with centre() as smsc, sk.connect(smsc.url, window=16) as esme:
        most: list[int] = []
        wrong: list[object] = []
        stop = threading.Event()

        def look():
            while not stop.wait(0.001):
                most.append(esme.counters["outstanding"])

        def work(number):
            try:
                for turn in range(10):
                    text = f"{number}-{turn}"
                    response = esme.submit(submit_sm(text.encode()))
                    found = esme.query(response.message_id, ("INFO", 0, 0)) if turn == 5 else None
                    if response.command_status or (found is not None and found.message_id != response.message_id):
                        wrong.append(response)
                    if turn == 7 and esme.send("32471123456", text, sender="INFO").outcome != "accepted":
                        wrong.append(text)
            except Exception as error:
                wrong.append(error)

        threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(64)]
        watcher = threading.Thread(target=look, daemon=True)
        for thread in [*threads, watcher]:
            thread.start()
        for thread in threads:
            thread.join(60)
        stop.set()
        watcher.join(10)
        assert not wrong
        assert max(most, default=0) <= 16
        messages, theirs = esme.messages, smsc.messages
        assert len(messages) == 64 * 11
        mine = dict(zip(messages["message_id"], messages["text"], strict=True))
        assert mine == dict(zip(theirs["message_id"], theirs["text"], strict=True))


def test_a_server_killed_under_traffic_loses_no_account_of_anything():
    with centre() as smsc:
        esme = sk.connect(smsc.url, window=8, new=True)
        futures = [esme.submit_nowait(submit_sm(b"%d" % number)) for number in range(2000)]
        until(lambda: esme.counters["responses"] > 100)
        smsc._running._server.loop.close()
        until(lambda: esme.state == "Error")
        esme.close()
        assert not wait(futures, 10).not_done
        answered = sum(future.exception() is None for future in futures)
        lost = sum(isinstance(future.exception(), sk.ConnectionLost) for future in futures)
        unsent = sum(isinstance(future.exception(), sk.SessionClosed) for future in futures)
        assert answered + lost + unsent == 2000
        assert lost <= 8
        counts = esme.messages["outcome"].value_counts()
        assert counts.get("accepted", 0) == answered
        assert counts.get("unanswered", 0) == lost
        assert counts.get("not_sent", 0) == unsent
