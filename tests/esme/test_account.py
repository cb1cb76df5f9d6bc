"""Esme: how it looks, its counters and tables, configure, close from anywhere and any number of times."""

import os
import threading
import time

import pytest

import smppkit as sk
from tests.esme.hand import beside, closing, hand_made, ours, submit_sm, until
from tests.smsc.client import centre


def test_it_shows_where_it_is_and_what_it_does():
    with centre() as smsc:
        esme = sk.connect(smsc.url, window=7, rate=100)
        assert repr(esme) == f"<Esme 'demo' at 127.0.0.1:{smsc.port}, transceiver: Logged in>"
        card = esme._repr_html_()
        assert "Logged in: bound as transceiver" in card
        assert "0 of 7 wait for a response" in card
        assert "100 parts a second" in card
        esme.close()
        assert repr(esme).endswith("closed>")
        assert "sk.connect opens it again" in esme.explain()


def test_what_the_centre_says_is_no_markup():
    with hand_made() as smsc:
        with beside(lambda: sk.connect(smsc.url)) as result:
            peer = smsc.accept()
            peer.read()
            peer.socket.sendall(b"<script>alert(1)</script> and more of it\r\n\r\n")
        esme = result[0].esme
        assert "<script" not in esme._repr_html_()


def test_counters_add_up_over_connections():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        with beside(lambda: esme.submit(submit_sm())):
            peer.answer(peer.read("submit_sm"), message_id="1")
        before = esme.counters
        peer.close()
        again = smsc.accept()
        again.bind()
        until(lambda: esme.state == "Logged in")
        after = esme.counters
        assert (before["requests"], after["requests"]) == (2, 3)
        assert (after["responses"], after["binds"], after["rebinds"]) == (3, 2, 1)
        assert all(isinstance(number, int) for number in after.values())
        again.write(sk.SubmitSmResp(sequence_number=4000))
        until(lambda: esme.counters["faults"] == 1)
        assert esme.counters["stray"] == 1
        closing(esme, again)


def test_sessions_is_a_frame_of_one_row():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        sessions = esme.sessions
        assert sessions["state"].tolist() == ["Logged in"]
        assert sessions["link"].tolist() == [esme.log.links[0].name]
        assert sessions["requests"].tolist() == [1]
        esme.unbind()
        assert esme.sessions["state"].tolist() == ["Idle"]
        assert esme.sessions["link"].isna().all()


def test_tables_stay_and_hide():
    with centre() as smsc:
        with sk.connect(smsc.url) as esme:
            for text in ("one", "two", "three"):
                esme.send("32471123456", text, receipt=False)
            esme.hide("messages", [1])
            assert esme.messages["text"].tolist() == ["one", "three"]
            assert esme.last("messages", 1)["text"].tolist() == ["three"]
            esme.clear("messages")
            assert len(esme.messages) == 0
            esme.restore("messages")
        assert esme.messages["text"].tolist() == ["one", "two", "three"]
        assert esme.messages["time_queued"].notna().all()
        assert len(esme.tail(3)) == 3
        assert esme.log.source.complete


def test_configure_changes_the_window_of_a_live_session():
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=1)
        futures = [esme.submit_nowait(submit_sm(b"%d" % number)) for number in range(3)]
        first = peer.read("submit_sm")
        esme.configure(window=3)
        others = [peer.read("submit_sm"), peer.read("submit_sm")]
        for request in [first, *others]:
            peer.answer(request, message_id="x")
        assert [future.result(10).command_status for future in futures] == [0, 0, 0]
        with pytest.raises(ValueError, match="window"):
            esme.configure(window=0)
        with pytest.raises(ValueError, match="did you mean"):
            esme.configure(windw=3)
        assert esme.options.window == 3
        closing(esme, peer)


def test_close_ends_what_waits_and_what_is_pending():
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=1)
        pending, waiting = esme.submit_nowait(submit_sm(b"one")), esme.submit_nowait(submit_sm(b"two"))
        peer.read("submit_sm")
        with beside(esme.close):
            peer.leave()
        with pytest.raises(sk.SessionClosed):
            waiting.result(0)
        with pytest.raises(sk.ConnectionLost):
            pending.result(0)
        assert esme.messages["outcome"].tolist() == ["unanswered", "not_sent"]


def test_close_waits_a_little_for_answers_before_it_unbinds():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        pending = esme.submit_nowait(submit_sm())
        request = peer.read("submit_sm")
        with beside(esme.close):
            until(lambda: esme.closed)
            peer.answer(request, message_id="1")
            peer.leave()
        assert pending.result(0).message_id == "1"
        assert esme.pdus["command"].tolist()[-3:] == ["submit_sm_resp", "unbind", "unbind_resp"]


def test_close_is_bounded_when_the_peer_is_silent():
    with hand_made() as smsc:
        esme, _ = smsc.connect()
        began = time.monotonic()
        esme.close(timeout=0.2)
        assert time.monotonic() - began < 5
        assert esme.closed
        assert not ours()


def test_an_interrupted_close_still_ends_everything(monkeypatch):
    def interrupted(*args):
        raise KeyboardInterrupt

    with hand_made() as smsc:
        esme, peer = smsc.connect()
        monkeypatch.setattr("smppkit.esme.core._wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            esme.close()
        monkeypatch.undo()
        peer.leave()
        until(lambda: not ours())
        esme.close()
        assert esme._core.ended.is_set()


def test_close_from_many_threads_at_once_and_again():
    with centre() as smsc:
        esme = sk.connect(smsc.url)
        threads = [threading.Thread(target=esme.close, daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
        esme.close()
        assert not ours()


def test_close_from_the_callback_of_a_future():
    with centre() as smsc:
        esme = sk.connect(smsc.url, new=True)
        closed = threading.Event()

        def end(future):
            esme.close()
            closed.set()

        esme.submit_nowait(submit_sm()).add_done_callback(end)
        assert closed.wait(20)
        assert esme.closed
        until(lambda: not ours())


def test_the_thread_of_the_sockets_never_waits():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        for call in (
            lambda: esme.submit(submit_sm()),
            lambda: esme.send("32471123456", "x"),
            esme.bind,
            esme.unbind,
        ):
            with pytest.raises(RuntimeError, match="another thread"):
                esme._core.loop.call(call)
        assert esme.send("32471123456", "x").outcome == "accepted"


def test_a_bind_while_another_one_is_on_its_way_joins_it():
    with hand_made() as smsc:
        esme = sk.connect(smsc.url, wait=False, new=True)
        with beside(esme.bind) as first, beside(esme.bind) as second:
            peer = smsc.accept()
            peer.bind()
        assert (first, second) == ([None], [None])
        closing(esme, peer)


def test_what_is_no_request_and_no_function_is_named():
    with centre() as smsc, sk.connect(smsc.url) as esme:
        for call, given in ((esme.submit, b"octets"), (esme.submit_nowait, "text")):
            with pytest.raises(
                TypeError, match=rf"give a PDU such as sk\.SubmitSm\(…\), not a {type(given).__name__};"
            ):
                call(given)
        with pytest.raises(TypeError, match="give a function without arguments, not a int"):
            esme.watch(5)
        assert esme.counters["queued"] == 0


def test_many_accounts_one_after_the_other_leave_nothing():
    with centre() as smsc:
        sk.connect(smsc.url).close()
        threads, files = threading.active_count(), len(os.listdir("/proc/self/fd"))
        for _ in range(30):
            with sk.connect(smsc.url) as esme:
                esme.on_message(print)
                esme.submit(submit_sm())
        until(lambda: smsc.counters["sockets"] == 0)
        assert threading.active_count() == threads
        assert len(os.listdir("/proc/self/fd")) == files


def test_the_log_can_be_written_as_a_capture_and_read_again(tmp_path):
    with centre(delay=0) as smsc, sk.connect(smsc.url) as esme:
        esme.send("32471123456", "Hello").wait()
    esme.log.to_pcapng(tmp_path / "session.pcapng")
    with sk.read(tmp_path / "session.pcapng") as log:
        assert log.pdus["command"].tolist() == esme.pdus["command"].tolist()
        assert log.messages["state"].tolist() == esme.messages["state"].tolist()
