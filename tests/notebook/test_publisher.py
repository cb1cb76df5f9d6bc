import logging
import threading

import pytest

from smppkit.notebook.publisher import Publisher, carry_out

LIMIT = 10.0


@pytest.fixture
def publisher():
    made = Publisher(gap=0.001, linger=0.02)
    yield made
    made.close()


def test_the_last_state_is_always_drawn(publisher):
    state, drawn, last = [0], [], threading.Event()

    def draw():
        drawn.append(state[0])
        if drawn[-1] == 5000:
            last.set()

    for number in range(1, 5001):
        state[0] = number
        publisher.mark(draw)
    assert last.wait(LIMIT)
    assert drawn == sorted(drawn)
    assert len(drawn) < 5000


def test_a_mark_while_drawing_draws_again(publisher):
    inside, go_on, twice = threading.Event(), threading.Event(), threading.Event()
    times = []

    def draw():
        times.append(1)
        if len(times) == 2:
            twice.set()
        inside.set()
        assert go_on.wait(LIMIT)

    publisher.mark(draw)
    assert inside.wait(LIMIT)
    publisher.mark(draw)
    go_on.set()
    assert twice.wait(LIMIT)


def test_marks_from_many_threads_are_drawn_by_one(publisher):
    threads, done = set(), threading.Event()
    count = [0]
    lock = threading.Lock()

    def draw():
        threads.add(threading.current_thread())
        if count[0] == 800:
            done.set()

    def mark():
        for _ in range(100):
            with lock:
                count[0] += 1
            publisher.mark(draw)

    workers = [threading.Thread(target=mark) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(LIMIT)
    assert done.wait(LIMIT)
    assert len(threads) == 1
    assert not threads & set(workers)


def test_a_draw_that_fails_stops_no_other_and_is_told_once(publisher, caplog):
    drawn, failed = threading.Semaphore(0), threading.Semaphore(0)

    def fails():
        failed.release()
        raise RuntimeError("no such widget")

    with caplog.at_level(logging.ERROR, logger="smppkit.notebook.publisher"):
        for _ in range(3):
            publisher.mark(fails)
            assert failed.acquire(timeout=LIMIT)
            publisher.mark(drawn.release)
            assert drawn.acquire(timeout=LIMIT)
    assert [record.message for record in caplog.records] == ["a panel could not be drawn; the others go on"]


def test_what_is_dropped_is_not_drawn():
    publisher = Publisher(gap=0.001)
    inside, go_on = threading.Event(), threading.Event()
    drawn = []

    def slow():
        inside.set()
        assert go_on.wait(LIMIT)
        return 0.001  # a wish to be drawn again, which is dropped with it

    def dropped():
        drawn.append("dropped")

    publisher.mark(slow)
    assert inside.wait(LIMIT)
    publisher.mark(dropped)
    publisher.drop(dropped)
    publisher.drop(slow)
    inside.clear()
    go_on.set()
    publisher.close()
    assert drawn == []
    assert not inside.is_set()


def test_a_draw_may_ask_to_be_drawn_again(publisher):
    times, done = [], threading.Event()

    def draw():
        times.append(1)
        if len(times) == 3:
            done.set()
            return None
        return 0.001

    publisher.mark(draw)
    assert done.wait(LIMIT)


def test_the_thread_ends_without_work_and_comes_back(publisher):
    drawn = []

    def draw():
        drawn.append(threading.current_thread())

    for number in (1, 2):
        publisher.mark(draw)
        deadline = threading.Event()
        while len(drawn) < number:
            assert not deadline.wait(0.001)
        drawn[-1].join(LIMIT)
        assert not drawn[-1].is_alive()
    assert drawn[0] is not drawn[1]


def test_the_cheap_are_drawn_before_the_dear():
    publisher = Publisher(gap=0.001)
    inside, go_on, order = threading.Event(), threading.Event(), []

    def dear():
        order.append("dear")
        inside.set()
        assert go_on.wait(LIMIT)

    def cheap():
        order.append("cheap")

    publisher.mark(dear)
    assert inside.wait(LIMIT)
    publisher.mark(dear)
    publisher.mark(cheap)
    go_on.set()
    publisher.close()
    assert order == ["dear", "cheap", "dear"]


def test_closing_draws_what_is_marked_and_takes_no_more():
    publisher = Publisher(gap=60.0)  # nothing but the end can have it drawn a second time
    first, drawn = threading.Event(), []

    def draw():
        drawn.append(1)
        first.set()

    publisher.mark(draw)
    assert first.wait(LIMIT)
    publisher.mark(draw)
    publisher.close(LIMIT)
    assert len(drawn) == 2
    publisher.mark(draw)
    assert len(drawn) == 2


def test_a_click_that_goes_wrong_is_told(caplog):
    def fails():
        raise RuntimeError("no such thing")

    with caplog.at_level(logging.ERROR, logger="smppkit.notebook.publisher"):
        before = set(threading.enumerate())
        carry_out(fails, "bind")
        for thread in set(threading.enumerate()) - before:
            thread.join(LIMIT)
        deadline = threading.Event()
        while not caplog.records:
            assert not deadline.wait(0.001)
    assert caplog.records[0].message == "a click on 'bind' was not carried out"
