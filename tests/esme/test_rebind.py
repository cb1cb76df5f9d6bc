"""How a session is lost and comes back, or does not: by the peer's doing, by ours, at once or never."""

import threading
from concurrent.futures import Future

import pytest

import smppkit as sk
from tests.esme.hand import beside, closing, hand_made, submit_sm, until


def words(esme):
    return [detail.partition(":")[0] for detail in esme.events["detail"]]


@pytest.mark.parametrize("how", ["close", "reset", "unbind", "garbage"])
def test_a_lost_session_comes_back_by_itself(how):
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        if how == "close":
            peer.close()
        elif how == "reset":
            peer.reset()
        elif how == "unbind":
            peer.write(sk.Unbind(sequence_number=1))
            assert peer.read("unbind_resp").sequence_number == 1
        else:
            peer.socket.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        again = smsc.accept()
        assert esme.state in ("Connecting", "Logging in")
        assert again.bind().sequence_number > 1  # an old response can never be taken for a new one
        until(lambda: esme.state == "Logged in")
        assert esme.counters["rebinds"] == 1
        assert words(esme)[-3:] == ["Connecting", "Logging in", "Logged in"]
        assert esme.last_outcome.word == "OK"
        closing(esme, again)


def test_what_was_lost_is_told_before_it_comes_back():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        told: list[str] = []
        down = threading.Event()

        @esme.on_event
        def heard(change):
            told.append(change.state)
            if change.state == "Error":
                down.set()

        peer.close()
        assert down.wait(10)
        again = smsc.accept()
        again.bind()
        until(lambda: told[-1] == "Logged in")
        assert told == ["Error", "Connecting", "Logging in", "Logged in"]
        closing(esme, again)


def test_a_server_that_is_gone_is_tried_again_until_it_is_back():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        held = smsc.socket
        held.close()
        peer.close()
        until(lambda: words(esme).count("Error") >= 3)
        assert "nothing listens there" in esme.last_outcome.sentence
        assert "comes back by itself" in esme.explain()
        esme.close()
        assert esme.state == "Error"


def test_the_switch_stops_the_attempts_and_starts_one_at_once():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        esme.rebind = False
        peer.close()
        until(lambda: esme.state == "Error")
        assert "bind() connects again" in esme.last_outcome.sentence
        with pytest.raises(sk.SessionClosed, match="not bound"):
            esme.submit_nowait(submit_sm())
        esme.rebind = True
        again = smsc.accept()
        again.bind()
        until(lambda: esme.state == "Logged in")
        assert (esme.rebind, esme.options.rebind) == (True, True)
        closing(esme, again)


def test_unbind_stays_idle_until_bind():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        with beside(esme.unbind):
            peer.leave()
        assert (esme.state, esme.last_outcome.word) == ("Idle", "Disconnected")
        with pytest.raises(sk.SessionClosed, match="bind"):
            esme.submit(submit_sm())
        esme.rebind = True
        assert esme.state == "Idle"
        with beside(esme.bind):
            again = smsc.accept()
            again.bind()
        assert esme.state == "Logged in"
        closing(esme, again)


def test_a_peer_that_ignores_unbind_is_left_within_the_limit():
    with hand_made() as smsc:
        esme, _ = smsc.connect()
        esme.unbind(timeout=0.1)
        assert esme.state == "Idle"
        esme.close()


def test_a_wrong_password_after_a_loss_is_tried_once_and_never_again():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        peer.close()
        again = smsc.accept()
        again.bind(command_status=0x0E)
        until(lambda: esme.state == "Login failed")
        assert esme.last_outcome.word == "invalid password"
        until(lambda: not esme._core.session.wanted)
        with pytest.raises(TimeoutError):
            smsc.accept(limit=0.8)
        with pytest.raises(sk.SessionClosed, match="password"):
            esme.submit(submit_sm())
        esme.close()


def test_an_account_still_bound_elsewhere_is_tried_slowly():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        peer.close()
        again = smsc.accept()
        again.bind(command_status=0x05)
        until(lambda: esme.state == "Login failed")
        with pytest.raises(TimeoutError):
            smsc.accept(limit=0.8)
        assert esme._core.session.wanted
        assert "comes back by itself" in esme.explain()
        esme.close()
        assert not esme._core.session.wanted


def test_bind_after_a_failure_raises_and_can_be_called_again():
    with hand_made() as smsc:
        esme, peer = smsc.connect(rebind=False)
        peer.close()
        until(lambda: esme.state == "Error")
        with beside(esme.bind) as result:
            smsc.accept().bind(command_status=0x0D)
        assert isinstance(result[0], sk.BindRejected)
        with beside(esme.bind) as result:
            again = smsc.accept()
            again.bind()
        assert result == [None]
        closing(esme, again)


def test_what_waits_leaves_after_the_rebind_and_what_left_is_unanswered():
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=1)
        first, second = esme.submit_nowait(submit_sm(b"one")), esme.submit_nowait(submit_sm(b"two"))
        assert peer.read("submit_sm").short_message == b"one"
        peer.close()
        again = smsc.accept()
        again.bind()
        with pytest.raises(sk.ConnectionLost, match="may have been carried out"):
            first.result(10)
        request = again.read("submit_sm")
        assert request.short_message == b"two"
        again.answer(request, message_id="7")
        assert second.result(10).message_id == "7"
        assert esme.messages["outcome"].tolist() == ["unanswered", "accepted"]
        assert esme.counters["unanswered"] == 1
        closing(esme, again)


def test_configure_that_needs_a_bind_binds_again_and_loses_nothing():
    with hand_made() as smsc:
        esme, peer = smsc.connect(window=1)
        held, waiting = esme.submit_nowait(submit_sm(b"one")), esme.submit_nowait(submit_sm(b"two"))
        one = peer.read("submit_sm")
        esme.configure(system_type="VMS")
        peer.answer(one, message_id="1")
        peer.answer(peer.read("unbind"))
        again = smsc.accept()
        assert again.bind().system_type == "VMS"
        assert held.result(10).message_id == "1"
        two = again.read("submit_sm")
        again.answer(two, message_id="2")
        assert waiting.result(10).message_id == "2"
        closing(esme, again)


def test_a_half_open_link_is_noticed_and_bound_again():
    with hand_made() as smsc:
        esme, peer = smsc.connect(enquire_link=0.05, response_timeout=0.2)
        probe = peer.read("enquire_link")
        again = smsc.accept()
        again.bind()
        until(lambda: esme.counters["rebinds"] == 1)
        assert "response timeout" not in esme.last_outcome.word
        records = esme.pdus["command"].tolist()
        assert records[2] == "enquire_link"
        assert probe.sequence_number == esme.pdus["sequence_number"].iloc[2]
        esme.close(timeout=0.5)


def test_our_own_test_of_the_link_is_in_the_log_at_once():
    with hand_made() as smsc:
        esme, peer = smsc.connect(enquire_link=0.05)
        peer.read("enquire_link")
        until(lambda: esme.pdus["command"].tolist()[2:] == ["enquire_link"])
        esme.close(timeout=0.5)


def test_silence_unbinds_and_stays_idle():
    with hand_made() as smsc:
        esme, peer = smsc.connect(inactivity=0.1)
        peer.leave()
        until(lambda: esme.state == "Idle")
        assert "silence" in esme.last_outcome.sentence
        assert not esme._core.session.wanted
        esme.close()


def test_a_bind_on_its_way_is_cancelled_by_unbind_and_close():
    with hand_made() as smsc:
        esme = sk.connect(smsc.url, wait=False, new=True)
        smsc.accept().read("bind_transceiver")
        esme.unbind(timeout=0.2)
        assert esme.state == "Idle"
        done: Future[None] = Future()
        esme._core.loop.post(esme._core.session.bind, done, 30.0)
        smsc.accept().read("bind_transceiver")
        esme.close(timeout=0.5)
        with pytest.raises(sk.SessionClosed):
            done.result(10)


def test_a_version_3_3_peer_gets_no_tlvs():
    with hand_made() as smsc:
        esme = sk.connect(smsc.url, wait=False, new=True, bind="transmitter")
        peer = smsc.accept()
        peer.bind(tlvs={})  # no sc_interface_version: the centre is of 3.3 (SMPP 3.4, section 4.1.2)
        until(lambda: esme.state == "Logged in")
        assert esme.version == "3.3"
        with pytest.raises(sk.LocalProtocolError, match="TLVs"):
            esme.submit(submit_sm(tlvs={"user_message_reference": 7}))
        with beside(lambda: esme.send("+32471123456", "Hello")) as result:
            request = peer.read("submit_sm")
            assert not request.raw_tlvs
            peer.answer(request, message_id="1")
        assert result[0].outcome == "accepted"
        closing(esme, peer)
