"""Callbacks of users: in order, bounded, their errors logged once; nothing of them reaches the sockets."""

import threading
import time

import pytest

from smppkit.link import Dispatcher
from tests.interrupts import Interrupted, everywhere
from tests.link.helpers import LIMIT, until


def test_calls_come_in_order():
    dispatcher, seen, done = Dispatcher(), [], threading.Event()
    for number in range(1000):
        assert dispatcher.put(seen.append, number)
    dispatcher.put(done.set)
    assert done.wait(LIMIT)
    assert seen == list(range(1000))
    assert dispatcher.close()


def test_an_exception_is_logged_once_and_the_next_call_comes(caplog):
    dispatcher, done = Dispatcher(), threading.Event()

    def bad(text: str) -> None:
        raise ValueError("bad")

    for _ in range(100):
        dispatcher.put(bad, "some text")
    dispatcher.put(done.set)
    assert done.wait(LIMIT)
    assert dispatcher.failed == 100
    assert len(caplog.records) == 1
    assert "bad" in caplog.text
    assert "some text" not in caplog.text
    assert dispatcher.close()


def test_where_no_thread_can_be_had_calls_are_dropped_and_counted(monkeypatch):
    """As from Python 3.12 on when the interpreter is ending."""
    dispatcher, done = Dispatcher(), threading.Event()
    with monkeypatch.context() as patch:

        def refuse(thread: threading.Thread) -> None:
            raise RuntimeError("can't create new thread at interpreter shutdown")

        patch.setattr(threading.Thread, "start", refuse)
        assert not dispatcher.put(done.set)
        assert (dispatcher.dropped, dispatcher.waiting) == (1, 0)
    assert dispatcher.put(done.set)
    assert done.wait(LIMIT)
    assert dispatcher.close()
    unused = Dispatcher()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    unused.put(done.set)
    assert unused.close()


def test_too_many_calls_are_dropped_and_counted():
    dispatcher, held = Dispatcher(limit=10), threading.Event()
    dispatcher.put(held.wait, LIMIT)
    until(lambda: not dispatcher.waiting)
    assert [dispatcher.put(print) for _ in range(12)] == [True] * 10 + [False] * 2
    assert dispatcher.dropped == 2
    held.set()
    assert dispatcher.close()


def test_closing_is_bounded_by_its_limit():
    dispatcher, held = Dispatcher(), threading.Event()
    dispatcher.put(held.wait, LIMIT)
    until(lambda: not dispatcher.waiting)
    before = time.monotonic()
    assert not dispatcher.close(timeout=0.05)
    assert time.monotonic() - before < 0.05 + 0.25
    held.set()
    assert dispatcher.close()
    assert not dispatcher.put(print)


def test_closing_inside_a_callback_ends_after_it():
    dispatcher, seen, done = Dispatcher(), [], threading.Event()

    def close() -> None:
        seen.append((dispatcher.inside, dispatcher.close()))
        done.set()

    dispatcher.put(close)
    assert done.wait(LIMIT)
    assert seen == [(True, False)]
    assert dispatcher.close()
    assert not dispatcher.inside


def test_no_thread_without_a_callback_and_none_after():
    before = threading.active_count()
    for _ in range(200):
        dispatcher = Dispatcher()
        assert threading.active_count() == before
        assert dispatcher.put(print) or True
        assert dispatcher.close()
    until(lambda: threading.active_count() == before)


def test_a_thread_whose_beginning_was_interrupted_leaves_the_calls_to_another():
    for run in everywhere("link/dispatcher.py"):
        dispatcher, ran, done = Dispatcher(), [], threading.Event()
        run(lambda dispatcher=dispatcher, ran=ran: dispatcher.put(ran.append, threading.current_thread))
        dispatcher.put(lambda ran=ran: ran.append(threading.current_thread()))
        dispatcher.put(done.set)
        assert done.wait(LIMIT)
        assert ran[-1] is dispatcher._thread
        assert dispatcher.close()
        until(lambda: not any(thread.name == "smppkit-callbacks" for thread in threading.enumerate()))


def test_the_thread_itself_may_be_there_when_its_beginning_is_interrupted(monkeypatch):
    dispatcher, done = Dispatcher(), threading.Event()
    start = threading.Thread.start

    def interrupted(thread):
        start(thread)
        raise Interrupted

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(Interrupted):
            dispatcher.put(print)
    dispatcher.put(done.set)
    assert done.wait(LIMIT)
    until(lambda: sum(thread.name == "smppkit-callbacks" for thread in threading.enumerate()) == 1)
    assert dispatcher.close()
