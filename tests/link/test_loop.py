"""The thread of the sockets: posted calls, timers, ends; nothing is left over."""

import gc
import threading
import time

import pytest

from smppkit.link import Loop
from tests.interrupts import everywhere
from tests.link.helpers import LIMIT, descriptors, until


@pytest.fixture
def loop():
    with Loop() as made:
        yield made


def test_calls_run_in_the_order_of_posting_from_any_thread(loop):
    seen: list[int] = []
    threads = [threading.Thread(target=lambda: [loop.post(seen.append, n) for n in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert loop.call(lambda: len(seen)) == 4000
    assert len(seen) == 4000
    assert sorted(seen) == sorted(list(range(1000)) * 4)


def test_a_posted_call_may_post_and_call_again(loop):
    done = threading.Event()
    loop.post(lambda: loop.post(lambda: loop.call(done.set)))
    assert done.wait(LIMIT)


def test_what_a_call_raises_reaches_the_caller_and_the_loop_lives_on(loop, caplog):
    with pytest.raises(ZeroDivisionError):
        loop.call(lambda: 1 // 0)
    loop.post(lambda: 1 // 0)
    assert loop.call(lambda: "alive") == "alive"
    assert [record.message for record in caplog.records] == ["a call in the loop failed"]


def test_a_call_is_waited_for_no_longer_than_its_limit(loop):
    held = threading.Event()
    loop.post(held.wait, LIMIT)
    before = time.monotonic()
    with pytest.raises(TimeoutError, match=r"0\.05 s"):
        loop.call(print, 0.05)
    assert time.monotonic() - before < 0.05 + 0.25
    held.set()


def test_timers_fire_in_order_of_time_and_cancelled_ones_not_at_all(loop):
    fired: list[str] = []
    done = threading.Event()

    def arrange() -> None:
        now = time.monotonic()
        loop.at(now + 0.03, lambda: (fired.append("late"), done.set()))
        loop.at(now + 0.01, lambda: fired.append("early"))
        loop.at(now - 1, lambda: fired.append("overdue"))
        loop.at(now + 0.02, lambda: fired.append("never")).cancel()

    loop.call(arrange)
    assert done.wait(LIMIT)
    assert fired == ["overdue", "early", "late"]


def test_cancelled_timers_do_not_pile_up(loop):
    def arrange() -> int:
        kept = loop.at(time.monotonic() + 3600, print)
        for _ in range(10_000):
            loop.at(time.monotonic() + 3600, print).cancel()
        assert not kept.cancelled
        return len(loop._timers)

    assert loop.call(arrange) <= 512


def test_after_the_end_nothing_is_taken(loop):
    assert loop.close()
    assert not loop.post(print)
    with pytest.raises(RuntimeError, match="ended"):
        loop.call(print)


def test_a_call_taken_before_the_end_runs(loop):
    held, ran = threading.Event(), threading.Event()
    loop.post(held.wait, LIMIT)
    loop.post(loop.close)
    loop.post(ran.set)
    held.set()
    assert ran.wait(LIMIT)
    assert loop.close()


def test_closing_from_inside_does_not_wait_for_itself(loop):
    assert loop.call(loop.close) is False
    assert loop.close()


def test_residents_are_aborted_at_the_end(loop):
    class Resident:
        reason = ""

        def abort(self, reason: str, detail: str = "") -> None:
            self.reason = reason

    resident = Resident()
    loop.call(lambda: loop.keep(resident))
    loop.close()
    assert resident.reason == "closed"


def test_a_thousand_rounds_leave_nothing():
    Loop().close()
    gc.collect()
    threads, open_before = threading.active_count(), descriptors()
    for _ in range(1000):
        loop = Loop()
        assert loop.call(lambda: True)
        assert loop.close()
    until(lambda: threading.active_count() <= threads)
    assert descriptors() <= open_before


def test_a_post_that_is_interrupted_costs_no_other_its_turn():
    for run in everywhere("link/loop.py"):
        with Loop() as loop:
            ran: list[str] = []
            run(lambda loop=loop, ran=ran: loop.post(ran.append, "interrupted"))
            loop.call(lambda ran=ran: ran.append("next"), LIMIT)
            assert ran in (["next"], ["interrupted", "next"])
