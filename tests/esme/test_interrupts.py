"""Ctrl-C anywhere in a cell that sends or looks: the account works on, and its tables are those of its log."""

import random
import threading
from time import monotonic

import pytest

import smppkit as sk
from smppkit.esme import listening
from smppkit.esme.compose import compose
from smppkit.esme.core import Core
from smppkit.esme.growth import Growth
from smppkit.esme.pending import Pending
from smppkit.esme.settings import Options
from smppkit.fold import TABLES, Fold
from smppkit.frames import Log
from smppkit.link import Dispatcher
from tests.esme.hand import LIMIT, beside, closing, hand_made, until
from tests.interrupts import everywhere, interrupted, lines
from tests.smsc.client import centre

NUMBER = "+32471123456"
ENDS = {"accepted", "not_sent"}


def whole(esme):
    """Whether the tables of an account are those of a fold that begins now."""
    fresh = Log(esme.log.source)
    return all(getattr(esme, name).equals(getattr(fresh, name)) for name in TABLES)


def test_sending_is_interrupted_at_random_lines(seed):
    chosen = random.Random(seed)
    calls = {
        "short": lambda esme, said: said.append(esme.send(NUMBER, "hello", tag="tag", timeout=LIMIT)),
        "long": lambda esme, said: said.append(esme.send(NUMBER, "x" * 400, timeout=LIMIT)),
        "later": lambda esme, said: said.append(esme.send(NUMBER, "hello", timeout=0)),
        "submit": lambda esme, said: esme.submit(sk.SubmitSm(destination_addr="32471123456", short_message=b"hi")),
        "look": lambda esme, said: (esme.messages, esme.send(NUMBER, "hello", timeout=LIMIT).state),
    }
    with centre(delay=0) as smsc, sk.connect(smsc.url) as esme:
        said: list[sk.Message] = []
        rooms = {}
        for name, call in calls.items():
            call(esme, said)
            rooms[name] = lines(lambda call=call: call(esme, said))
        stopped = 0
        for _ in range(300):
            name = chosen.choice(sorted(calls))
            stopped += interrupted(lambda name=name: calls[name](esme, said), chosen.randint(1, rooms[name]))
        assert stopped > 200
        assert esme.send(NUMBER, "the last", timeout=LIMIT).outcome == "accepted"
        until(lambda: set(esme.parts["outcome"]) <= ENDS)
        assert {message.outcome for message in said} == {"accepted"}
        until(lambda: whole(esme))  # receipts may come while one is compared
        assert (esme.parts["outcome"] == "accepted").sum() == smsc.counters["accepted"] == len(smsc.messages)


@pytest.mark.parametrize("text", ["hello", "x" * 400])
def test_what_was_interrupted_before_it_left_is_not_sent(text):
    """At every line on the way into the queue: each part has its end, though nobody holds the message."""
    for file in ("esme/core.py", "esme/queue.py", "journal/memory.py", "journal/tails.py", "esme/pending.py"):
        for run in everywhere(file):
            core = Core(Options(host="localhost"))
            core.session.wanted = True
            pdus = compose(NUMBER, text)
            stopped = run(lambda core=core, pdus=pdus: core.hand_over(pdus, core.memory.take_messages(), "tag"))
            outcomes = Fold(core.memory).table("parts")["outcome"].to_list()
            assert set(outcomes) <= ({"not_sent"} if stopped else {"queued"})
            assert core.queue.waiting == (0 if stopped else len(pdus))
            assert core.close(LIMIT)


def test_waking_the_loop_is_interrupted_and_the_next_message_leaves():
    with centre() as smsc:
        for file in ("esme/core.py", "link/loop.py"):
            for run in everywhere(file):
                with sk.connect(smsc.url, new=True) as esme:
                    run(esme._core.wake)
                    assert esme.send(NUMBER, "x", timeout=LIMIT).outcome == "accepted"


def test_others_that_counted_on_a_wake_that_was_interrupted_are_not_left_waiting(monkeypatch):
    """A second thread finds the loop woken while the first, which is about to wake it, is interrupted."""
    with hand_made() as smsc:
        esme, peer = smsc.connect()
        core, message = esme._core, sk.SubmitSm(destination_addr="32471123456", short_message=b"hi")
        post, futures = core.loop.post, []

        def interrupts(*given):
            monkeypatch.setattr(core.loop, "post", post)
            futures.append(core.submit(message))  # as another thread would at this moment
            raise KeyboardInterrupt

        until(lambda: not core._woken)
        monkeypatch.setattr(core.loop, "post", interrupts)
        with pytest.raises(KeyboardInterrupt):
            core.wake()
        peer.answer(peer.read("submit_sm"), message_id="1")
        assert futures[0].result(LIMIT).command_status == 0
        closing(esme, peer)


@pytest.mark.parametrize("waits", ["pending", "growth"])
def test_an_interrupt_as_a_wait_lets_go_of_its_lock_is_an_interrupt(monkeypatch, waits):
    growth, pending = Growth(), Pending(sk.EnquireLink(), -1, Dispatcher())
    waiting = growth if waits == "growth" else pending

    def let_go(*given):
        waiting._condition._release_save()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(waiting._condition, "wait", let_go)
        with pytest.raises(KeyboardInterrupt):
            growth.wait(growth.number, LIMIT) if waits == "growth" else pending.ended(monotonic() + LIMIT)
    with beside(lambda: waiting._condition.acquire(timeout=LIMIT) and waiting._condition.release()) as result:
        pass
    assert result == [None]  # another thread has the lock, and gives it back


@pytest.mark.parametrize("tag", [5, 2.5, b"five"])
def test_a_tag_that_is_no_text_is_made_text(tag):
    with centre(delay=0) as smsc, sk.connect(smsc.url) as esme:
        told = []
        esme.on_receipt(told.append)
        esme.send(NUMBER, "x", tag=tag)
        esme.send_many({"destination": [NUMBER]}, "x", tag=tag).wait(LIMIT)
        esme.send_many({"destination": [NUMBER] * 2, "tag": ["own", None]}, "x", tag=tag).wait(LIMIT)
        assert esme.messages["tag"].tolist() == [str(tag), str(tag), "own", str(tag)]
        until(lambda: len(told) == 4)


def test_callbacks_are_called_again_after_a_look_that_failed(monkeypatch, caplog):
    with centre(delay=0) as smsc, sk.connect(smsc.url) as esme:
        told = []
        esme.on_message(lambda message: told.append(message.text))
        monkeypatch.setattr(listening, "_AFTER_FAILURE", 0.01)
        made = listening._inbound

        def fails(values):
            if values["text"] == "bad":
                raise AttributeError("bad")
            return made(values)

        monkeypatch.setattr(listening, "_inbound", fails)
        for text in ("one", "bad", "two"):
            smsc.deliver("32471123456", "1234", text)
        until(lambda: told == ["one", "two"])
        assert "is called again for what comes next" in caplog.text
        smsc.deliver("32471123456", "1234", "three")
        until(lambda: told == ["one", "two", "three"])


def test_rows_that_came_with_one_that_fails_are_handed_over(monkeypatch):
    """All in one look, of which the second row fails."""
    with centre(delay=0) as smsc, sk.connect(smsc.url) as esme:
        told, goes_on = [], threading.Event()
        esme.on_message(lambda message: told.append(message.text))
        esme._core.dispatcher.put(lambda: goes_on.wait(LIMIT))
        for text in ("one", "bad", "two"):
            smsc.deliver("32471123456", "1234", text)
        until(lambda: len(esme.inbox) == 3)
        made = listening._inbound
        monkeypatch.setattr(listening, "_AFTER_FAILURE", 0.01)
        monkeypatch.setattr(listening, "_inbound", lambda values: made(values if values["text"] != "bad" else {}))
        goes_on.set()
        until(lambda: told == ["one", "two"])


def test_a_watcher_is_called_again_after_an_interrupt():
    for run in everywhere("esme/growth.py"):
        growth, called = Growth(), threading.Event()
        growth.watch(called.set)
        run(growth.grown)
        called.clear()
        growth.grown()
        assert called.wait(LIMIT)
        growth.close(LIMIT)


def test_asking_for_callbacks_is_interrupted_and_they_are_called():
    with centre() as smsc:
        for run in everywhere("esme/listening.py"):
            with sk.connect(smsc.url, new=True) as esme:
                heard = threading.Event()
                esme.on_message(lambda message, heard=heard: heard.set())
                until(lambda: not esme._listeners._asked)
                run(esme._listeners._grown)
                smsc.deliver("32471123456", "1234", "hello")
                assert heard.wait(LIMIT)
