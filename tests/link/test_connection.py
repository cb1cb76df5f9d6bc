"""One connection: octets both ways, timers, stalls, every kind of end."""

import socket
import struct
import threading
import time

import pytest

from smppkit.link import Listener, Loop, Transport
from tests.link.helpers import LIMIT, Recorder, connected, descriptors, until


@pytest.fixture
def loop():
    with Loop() as made:
        yield made


def test_octets_reach_the_machine_and_its_output_the_peer(loop):
    machine = Recorder(answer=b"answer")
    events: list[object] = []
    _connection, peer = connected(loop, machine, lambda connection, told: events.extend(told))
    with peer:
        peer.sendall(b"question")
        assert peer.recv(64) == b"answer"
        assert bytes(machine.got) == b"question"
        assert events == [b"question"]


def test_what_the_machine_is_asked_from_outside_goes_out_by_flush(loop):
    machine = Recorder()
    connection, peer = connected(loop, machine)
    with peer:
        machine.output += b"hello"
        connection.flush()
        assert peer.recv(64) == b"hello"


def test_much_is_written_in_parts_and_nothing_is_lost(loop):
    machine = Recorder()
    connection, peer = connected(loop, machine)
    octets = bytes(range(256)) * 40_000
    machine.output += octets
    connection.flush()
    got = bytearray()
    with peer:
        while len(got) < len(octets):
            got += peer.recv(100_000)
    assert bytes(got) == octets


def test_a_peer_that_reads_nothing_is_given_up(loop):
    machine = Recorder()
    connection, peer = connected(loop, machine, stall=0.1)
    with peer:
        machine.output += bytes(50_000_000)
        connection.flush()
        until(lambda: machine.ends)
    assert machine.ends[0][0] == "stalled"
    assert connection.closed


def test_a_crowded_machine_is_not_fed(loop):
    machine = Recorder()
    machine.readable = False
    connection, peer = connected(loop, machine)
    with peer:
        peer.sendall(b"waits")
        assert loop.call(lambda: bytes(machine.got)) == b""
        machine.readable = True
        connection.flush()
        until(lambda: machine.got)


@pytest.mark.parametrize("reset", [False, True])
def test_the_end_of_the_peer_is_told_once(loop, reset):
    machine = Recorder()
    accepted: list[object] = []
    listener = Listener(
        loop, "127.0.0.1", 0, lambda transport: accepted.append(loop.attach(transport, machine, lambda *_: None))
    )
    peer = socket.create_connection(("127.0.0.1", listener.port), LIMIT)
    until(lambda: accepted)
    if reset:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    until(lambda: machine.ends)
    loop.call(accepted[0].close)
    assert machine.ends == [("reset" if reset else "peer_closed", machine.ends[0][1])]


def test_what_came_before_the_end_is_answered(loop):
    machine = Recorder(answer=b"answer")
    _connection, peer = connected(loop, machine)
    with peer:
        peer.sendall(b"question")
        peer.shutdown(socket.SHUT_WR)
        assert peer.recv(64) == b"answer"
        assert peer.recv(64) == b""
    assert machine.ends[0][0] == "peer_closed"


def test_must_close_writes_everything_then_closes(loop):
    machine = Recorder(answer=b"last words")
    machine.close_on = b"bad"
    connection, peer = connected(loop, machine)
    with peer:
        peer.sendall(b"bad")
        assert peer.recv(64) == b"last words"
        assert peer.recv(64) == b""
        until(lambda: machine.ends)
        assert machine.ends == [("framing", "asked for")]
        peer.sendall(b"more")  # goes nowhere, and resets nothing
        assert bytes(machine.got) == b"bad"
    until(lambda: connection._transport.fileno() < 0)


@pytest.mark.parametrize("how", ["close", "abort"])
def test_ours_to_close(loop, how):
    machine = Recorder()
    connection, peer = connected(loop, machine, linger=0.05)
    with peer:
        machine.output += b"bye"
        connection.flush()
        getattr(connection, how)("closed", "by the test")
        assert peer.recv(64) == b"bye"
        assert peer.recv(64) == b""
        until(lambda: connection._transport.fileno() < 0)  # though the peer never closes
    assert machine.ends == [("closed", "by the test")]


def test_a_peer_that_floods_a_closing_connection_is_cut(loop):
    machine = Recorder()
    connection, peer = connected(loop, machine, linger=30.0)
    with peer:
        connection.close()
        assert peer.recv(1) == b""
        with pytest.raises(OSError):  # noqa: PT012  the reset may meet any of them
            while True:
                peer.sendall(bytes(100_000))
    until(lambda: connection._transport.fileno() < 0)


def test_the_timer_of_the_machine_is_followed(loop):
    machine = Recorder(due=time.monotonic() + 0.05)
    _connection, peer = connected(loop, machine)
    with peer:
        until(lambda: machine.ticks)
        assert machine.ticks == 1


def test_an_error_above_ends_this_connection_only(loop, caplog):
    def fail(connection: object, events: object) -> None:
        raise KeyError("a bug")

    machine, other = Recorder(), Recorder(answer=b"fine")
    _one, peer = connected(loop, machine, fail)
    _two, second = connected(loop, other)
    with peer, second:
        peer.sendall(b"octets")
        assert peer.recv(64) == b""
        second.sendall(b"octets")
        assert second.recv(64) == b"fine"
    assert machine.ends[0][0] == "failed"
    assert "failed and is closed" in caplog.text


def test_the_end_of_the_loop_ends_its_connections(loop):
    machine = Recorder()
    _connection, peer = connected(loop, machine)
    with peer:
        assert loop.close()
        assert machine.ends == [("closed", "the loop ends")]
        assert peer.recv(64) == b""


def test_a_thousand_connections_leave_nothing():
    loop = Loop()
    listener = Listener(loop, "127.0.0.1", 0, lambda transport: loop.attach(transport, Recorder(b"!"), lambda *_: None))
    before, threads = descriptors(), threading.active_count()
    for _ in range(1000):
        with socket.create_connection(("127.0.0.1", listener.port), LIMIT) as peer:
            peer.sendall(b"?")
            assert peer.recv(1) == b"!"
    until(lambda: descriptors() <= before)
    assert threading.active_count() == threads
    assert loop.call(lambda: len(loop._residents)) == 1  # the listener
    assert loop.call(lambda: len(loop._timers)) == 0
    assert loop.close()


def test_an_end_that_has_no_name_any_more():
    ours, theirs = socket.socketpair()
    transport = Transport(ours)
    assert (transport.local, transport.peer) == ("", "")
    transport.close()
    theirs.close()
