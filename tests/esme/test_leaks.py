"""Accounts that come and go leave nothing: no thread, no descriptor, no process, no memory."""

import gc
import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import smppkit as sk
from tests.esme.peer import LIMIT, NUMBER, Peer, account, binds, free_port
from tests.link.helpers import until
from tests.smsc.client import centre


def children() -> set[int]:
    """Return the processes that this one has started and that are there still, ended or not."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(number) for number in (task / "children").read_text().split()}
    return found


def held() -> tuple[int, int, set[int]]:
    """Return threads, descriptors and children of this process."""
    return len(threading.enumerate()), len(os.listdir("/proc/self/fd")), children()


def settled(before: tuple[int, int, set[int]]) -> object:
    """Wait until there is no more than before."""

    def same() -> bool:
        while gc.collect():  # what one collection ends may hold more
            pass
        now = held()
        return now[0] <= before[0] and now[1] <= before[1] and now[2] <= before[2]

    return until(same)


def grown(round_: Callable[[], object], warm: int, rounds: int) -> float:
    """Return the octets that a round leaves behind, on the average, after some to warm up."""
    for _ in range(warm):
        round_()
    before = held()
    settled(before)
    tracemalloc.start()
    try:
        round_()
        settled(before)
        begin = tracemalloc.get_traced_memory()[0]
        for _ in range(rounds):
            round_()
        settled(before)
        return (tracemalloc.get_traced_memory()[0] - begin) / rounds
    finally:
        tracemalloc.stop()


def test_connect_send_close():
    with sk.Smsc(delay=0.0, least_delay=0.0) as smsc:  # in a process of its own: it keeps what it was sent

        def round_() -> None:
            with sk.connect(smsc.url) as esme:
                assert esme.send(NUMBER, "hello").wait(timeout=LIMIT).final

        round_()
        before = held()
        assert grown(round_, 5, 60) < 5_000
        settled(before)


def test_connecting_in_vain():
    url = f"smpp://demo:secret@127.0.0.1:{free_port()}"

    def refused() -> None:
        with pytest.raises(sk.ConnectFailed) as caught:
            sk.connect(url)
        caught.value.esme.close()

    refused()
    before = held()
    assert grown(refused, 5, 60) < 5_000
    settled(before)


def test_refused_binds():
    with Peer(binds(0x0E)) as peer:

        def refused() -> None:
            with pytest.raises(sk.BindRejected):
                sk.connect(peer.url)

        refused()
        until(lambda: all(line.socket.fileno() < 0 for line in peer.lines))
        before = held()
        for _ in range(50):
            refused()
        settled(before)


def test_an_account_that_nobody_closes_goes_with_its_last_reference():
    with centre() as smsc:
        before = held()
        esme = sk.connect(smsc.url)
        esme.send(NUMBER, "hello")
        esme.close()
        del esme
        settled(before)


def test_links_that_are_lost_and_come_back():
    def script(line) -> None:
        line.bind()
        line.read("submit_sm")
        line.reset()

    with Peer(script) as peer, account(peer) as esme:
        esme.send(NUMBER, "hello")
        until(lambda: esme.state == "Logged in" and len(peer.lines) == 2)
        before = held()
        for number in range(2, 12):
            esme.send(NUMBER, "hello")
            until(lambda number=number: len(peer.lines) == number + 1 and esme.state == "Logged in")
        settled(before)
        assert esme.messages["outcome"].tolist() == ["unanswered"] * 11


def demo_round(**keywords: object) -> None:
    with sk.demo(**keywords) as esme:
        assert esme.state == "Logged in"
        assert esme.send(NUMBER, "hello").outcome == "accepted"


@pytest.mark.slow
def test_a_thousand_demos_in_threads():
    demo_round(process=False)
    before = held()
    for _ in range(10):
        assert grown(lambda: demo_round(process=False), 0, 99) < 5_000
        settled(before)


@pytest.mark.slow
def test_fifty_demos_in_processes():
    demo_round()
    before = held()
    for _ in range(50):
        demo_round()
    settled(before)
    assert children() == before[2]
