"""What ``timeout`` means is the same in every call that waits, and a bad one changes nothing."""

import threading

import pytest

import smppkit as sk
from smppkit.esme.states import FOREVER, grace, limit, seconds
from tests.esme.hand import beside, closing, hand_made, submit_sm, until
from tests.esme.peer import LIMIT, NUMBER, Peer, account, binds

NEVER = ("5", True, float("nan"), [1])


@pytest.mark.parametrize("wrong", NEVER)
def test_what_is_no_number_of_seconds_is_refused(wrong):
    for read in (seconds, limit, grace):
        with pytest.raises(ValueError, match="timeout: give a number of seconds"):
            read(wrong)


def test_a_deadline_that_has_passed_is_no_time_and_none_is_no_limit():
    assert (seconds(-1), limit(-1), grace(-1)) == (0.0, 0.0, 0.0)
    assert (seconds(None), limit(None), limit(0), seconds(0)) == (FOREVER, FOREVER, FOREVER, 0.0)
    assert limit(float("inf")) == FOREVER


def test_every_call_ends_at_once_when_its_deadline_has_passed():
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        with beside(lambda: esme.send(NUMBER, "Hello", timeout=-1)) as sent:
            peer.answer(peer.read("submit_sm"), message_id="1")
        message = sent[0]
        run = esme.send_many({"to": [NUMBER]}, "Hello")
        for call in (
            lambda: esme.wait_for(timeout=-1),
            lambda: message.wait(-1),
            lambda: esme.submit(sk.QuerySm(message_id="1"), timeout=-1),
            lambda: run.wait(-1),
        ):
            ended = []
            threading.Thread(target=lambda call=call, ended=ended: ended.append(_raised(call)), daemon=True).start()
            until(lambda ended=ended: ended)
            assert isinstance(ended[0], sk.ResponseTimeout | sk.WindowFull)
        run.stop()
        closing(esme, peer)


def test_none_is_no_limit_wherever_a_call_waits():
    with Peer(binds()) as peer, account(peer) as esme:
        assert esme.send(NUMBER, "Hello", receipt=False, timeout=None).wait(None).outcome == "accepted"
        assert esme.submit(submit_sm(), timeout=None).command_status == 0
        assert esme.send_many({"to": [NUMBER]}, "Hello").wait(None).counts["accepted"] == 1
        esme.unbind()
        esme.bind(None)
        assert esme.state == "Logged in"


def test_a_bind_whose_deadline_has_passed_fails_at_once():
    with Peer(binds()) as peer, account(peer) as esme:
        esme.unbind()
        with pytest.raises(sk.ConnectFailed):
            esme.bind(-1)
        esme.bind(LIMIT)
        assert esme.state == "Logged in"


def test_a_bad_timeout_leaves_the_account_as_it_was():
    with sk.Smsc(process=False) as smsc:
        esme = sk.connect(smsc.url)
        for wrong in (None, *NEVER):
            for call in (esme.close, esme.unbind):
                with pytest.raises(ValueError, match="timeout: give a number of seconds"):
                    call(timeout=wrong)
        for wrong in NEVER:
            with pytest.raises(ValueError, match="timeout: give a number of seconds"):
                esme.bind(wrong)
        assert (esme.state, esme.closed) == ("Logged in", False)
        esme.close()
        assert (esme.state, esme.closed) == ("Idle", True)


def _raised(call):
    try:
        return call()
    except Exception as error:
        return error
