"""Connecting: every address in turn, failures told apart, bounded; and listening."""

import errno
import socket
import threading
import time

import pytest

from smppkit.link import Listener, Loop, Transport, Unreached, connect
from smppkit.link import connecting as module
from tests.link.helpers import LIMIT, descriptors, until


@pytest.fixture
def loop():
    with Loop() as made:
        yield made


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def attempt(loop: Loop, host: str, port: int, timeout: float = LIMIT) -> Transport | Unreached:
    found: list[Transport | Unreached] = []
    done = threading.Event()
    connect(loop, host, port, timeout, lambda result: (found.append(result), done.set()))
    assert done.wait(LIMIT)
    return found[0]


@pytest.fixture
def addresses(monkeypatch):
    """Have a name stand for addresses of the test's own."""

    def stand_for(*named: tuple[str, int]) -> None:
        rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, address) for address in named]

        def look_up(host: str, port: int, flags: int) -> list[object]:
            if flags:
                raise socket.gaierror(socket.EAI_NONAME, "a name")
            return rows

        monkeypatch.setattr(module, "_look_up", look_up)

    return stand_for


@pytest.fixture
def deaf():
    """Return the address of a port whose queue is full: connecting to it gets no answer."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(listening.getsockname())
        yield listening.getsockname()
        for other in others:
            other.close()


def test_a_connection_comes_about(loop):
    accepted: list[Transport] = []
    listener = Listener(loop, "127.0.0.1", 0, accepted.append)
    found = attempt(loop, "localhost", listener.port)
    assert isinstance(found, Transport)
    assert found.peer == f"127.0.0.1:{listener.port}"
    until(lambda: accepted)
    assert accepted[0].peer == found.local
    found.close()
    accepted[0].close()


def test_refused_says_so(loop):
    port = free_port()
    found = attempt(loop, "127.0.0.1", port)
    assert found == Unreached("refused", f"127.0.0.1:{port}: refused: nothing listens there")


def test_a_name_that_does_not_exist(loop):
    found = attempt(loop, "no-such-host.invalid", 2775)
    assert isinstance(found, Unreached)
    assert found.reason == "name"
    assert "no-such-host.invalid" in found.detail


def test_a_name_that_is_no_name(loop):
    assert attempt(loop, "a" * 70 + ".invalid", 2775).reason == "name"


def test_no_answer_ends_in_time(loop, deaf):
    before = time.monotonic()
    found = attempt(loop, deaf[0], deaf[1], timeout=0.2)
    assert found == Unreached("timeout", f"127.0.0.1:{deaf[1]}: no answer")
    assert time.monotonic() - before < 0.2 + 0.25


def test_a_name_for_which_no_thread_can_be_had(loop, addresses, monkeypatch, caplog):
    """As from Python 3.12 on when the interpreter is ending."""
    addresses(("127.0.0.1", 1))

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    found = attempt(loop, "smsc.test", 2775)
    assert (found.reason, found.detail) == (
        "name",
        "smsc.test: cannot be looked up: can't create new thread at interpreter shutdown",
    )
    assert not caplog.records


def test_every_address_of_a_name_is_tried(loop, addresses, deaf):
    accepted: list[Transport] = []
    listener = Listener(loop, "127.0.0.1", 0, accepted.append)
    addresses(("127.0.0.1", free_port()), deaf, ("127.0.0.1", listener.port))
    found = attempt(loop, "centre.example", 2775, timeout=1.0)
    assert isinstance(found, Transport), found
    found.close()
    until(lambda: accepted)
    accepted[0].close()


def test_all_failures_are_told(loop, addresses, deaf):
    port = free_port()
    addresses(deaf, ("127.0.0.1", port))
    found = attempt(loop, "centre.example", 2775, timeout=0.4)
    assert isinstance(found, Unreached)
    assert found.reason == "refused"
    assert found.detail == f"127.0.0.1:{deaf[1]}: no answer; 127.0.0.1:{port}: refused: nothing listens there"


def test_unreachable_is_told_apart(loop, addresses, monkeypatch):
    addresses(("127.0.0.1", 2775))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, address: errno.EHOSTUNREACH)
    assert attempt(loop, "centre.example", 2775) == Unreached("unreachable", "127.0.0.1:2775: no way there")


def test_a_name_that_is_never_resolved(loop, monkeypatch):
    released = threading.Event()

    def look_up(host: str, port: int, flags: int) -> list[object]:
        if flags:
            raise socket.gaierror(socket.EAI_NONAME, "a name")
        released.wait(LIMIT)
        return []

    monkeypatch.setattr(module, "_look_up", look_up)
    found = attempt(loop, "centre.example", 2775, timeout=0.1)
    assert found == Unreached("name", "centre.example: the name was not resolved in time")
    released.set()
    until(lambda: not any(thread.name == "smppkit-name" for thread in threading.enumerate()))


def test_a_port_does_not_connect_to_itself(loop):
    """A socket that picks its own target as its local port would talk to itself (simultaneous open)."""
    for _ in range(200):
        found = attempt(loop, "127.0.0.1", free_port())
        assert isinstance(found, Unreached)


def test_the_end_of_the_loop_ends_attempts(loop, deaf):
    ends: list[Transport | Unreached] = []
    connect(loop, deaf[0], deaf[1], LIMIT, ends.append)
    loop.call(lambda: None)
    assert loop.close()
    assert ends == [Unreached("cancelled", "the loop ends")]


def test_failed_attempts_leave_nothing(loop):
    attempt(loop, "127.0.0.1", free_port())
    before = descriptors()
    for _ in range(300):
        attempt(loop, "127.0.0.1", free_port())
    assert descriptors() <= before


def test_a_taken_port_is_an_error_at_once(loop):
    first = Listener(loop, "127.0.0.1", 0, print)
    with pytest.raises(OSError, match="in use"):
        Listener(loop, "127.0.0.1", first.port, print)


def test_a_listener_survives_a_shortage_of_descriptors(loop, monkeypatch):
    accepted: list[Transport] = []
    listener = Listener(loop, "127.0.0.1", 0, accepted.append)
    real, calls = listener._socket, []

    class Short:
        def accept(self) -> object:
            calls.append(1)
            if len(calls) < 3:
                raise OSError(errno.EMFILE, "too many open files")
            return real.accept()

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

    loop.call(lambda: loop.watch(real, 0, print))
    loop.call(lambda: setattr(listener, "_socket", Short()))
    loop.call(listener._resume)
    with socket.create_connection(("127.0.0.1", listener.port), LIMIT):
        until(lambda: accepted)
    assert len(calls) >= 3
    accepted[0].close()
