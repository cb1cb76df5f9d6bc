"""Clients that mean no good, or speak something else: the centre stays, in bounded memory, and serves the others."""

import random
import socket
import struct
import time

import pytest

import smppkit as sk
from tests.link.helpers import LIMIT, descriptors, until
from tests.smsc.client import Client, bound, centre, submit

FOREIGN = {
    "http": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "post": b"POST /sms HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000,
    "tls": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "amqp": b"AMQP\x00\x00\x09\x01",
    "sip": b"OPTIONS sip:nm SIP/2.0\r\n\r\n",
}


@pytest.fixture(scope="module")
def smsc():
    with centre(session_init=30.0) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_error_of_our_own(caplog):
    yield
    assert not caplog.records


def serves(smsc) -> None:
    before = time.monotonic()
    with Client(smsc.port) as client:
        assert client.bind().command_status == 0
        assert client.ask(submit()).command_status == 0
    assert time.monotonic() - before < 1.0


@pytest.mark.parametrize("name", FOREIGN)
def test_another_protocol_is_dropped_without_harm(smsc, name):
    with Client(smsc.port) as client:
        client.write(FOREIGN[name])
        assert client.ended()
    serves(smsc)


@pytest.mark.parametrize("length", [0, 1, 15, 70_001, 1 << 31, 0xFFFFFFFF])
@pytest.mark.parametrize("bind", [False, True])
def test_an_absurd_length_ends_the_session_with_a_nack(smsc, length, bind):
    with Client(smsc.port) as client:
        if bind:
            client.bind()
        client.write(struct.pack(">IIII", length, 4, 0, 7))
        got = client.wait("generic_nack")
        assert (got.command_status, got.sequence_number) == (0x02, 7)
        assert client.ended()
    serves(smsc)


def test_one_octet_at_a_time_is_as_good_as_any(smsc):
    with Client(smsc.port, pause=1) as client:
        assert client.bind().command_status == 0
        for _ in range(3):
            assert client.ask(submit()).command_status == 0
        assert client.ask(sk.Unbind()).command == "unbind_resp"


def test_garbage_of_every_kind(smsc, seed):
    draw = random.Random(seed)
    for _ in range(60):
        with Client(smsc.port) as client:
            if draw.random() < 0.5:
                client.bind()
            octets = submit(sequence_number=9).encode()
            for _ in range(20):
                broken = bytearray(octets)
                for _ in range(draw.randrange(1, 6)):
                    broken[draw.randrange(4 if draw.random() < 0.9 else 0, len(broken))] = draw.randrange(256)
                try:
                    client.write(bytes(broken))
                except OSError:
                    break
    serves(smsc)


@pytest.mark.parametrize("command_id", [*range(0x16), 0x21, 0x102, 0x103, 0x111, 0x112, 0x113, 0x80000004, 0x80000000])
def test_every_command_with_every_short_body(smsc, command_id):
    with Client(smsc.port) as client:
        client.bind()
        for size in (0, 1, 2, 7, 30, 200):
            client.write(struct.pack(">IIII", 16 + size, command_id, 0, 50) + bytes(size))
            if command_id == 0x06:
                break
        if command_id != 0x06:
            assert client.ask(sk.EnquireLink()).command == "enquire_link_resp"
    serves(smsc)


def test_a_reset_in_the_middle_of_a_pdu(smsc):
    for cut in (1, 10, 20, 40):
        client = Client(smsc.port)
        client.bind()
        client.write(submit().encode()[:cut])
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.close()
    until(lambda: smsc.counters["bound"] == 0)
    serves(smsc)


def test_a_pdu_that_never_ends():
    with centre(response_timeout=0.1) as smsc, Client(smsc.port) as client:
        client.bind()
        client.write(submit().encode()[:20])
        assert client.ended()
        serves(smsc)


def test_half_open_connections_are_bounded_and_give_way():
    with centre(sockets=50) as smsc:
        before = descriptors()
        idle = [socket.create_connection(("127.0.0.1", smsc.port), LIMIT) for _ in range(300)]
        until(lambda: smsc.counters["sockets_refused"] == 250)
        assert smsc.counters["sockets"] == 50
        serves(smsc)
        assert descriptors() <= before + 300 + 50 + 5
        for sock in idle:
            sock.close()


def test_bound_sessions_do_not_give_way():
    with centre(sockets=3) as smsc:
        clients = [Client(smsc.port) for _ in range(3)]
        for client in clients:
            client.bind()
        with Client(smsc.port) as late:
            assert late.ended()
        assert clients[0].ask(submit()).command_status == 0
        for client in clients:
            client.socket.close()
        until(lambda: smsc.counters["sockets"] == 0)
        serves(smsc)


def test_a_client_that_reads_nothing_is_not_read_either():
    with centre(rows=1000, delay=0.0) as smsc, Client(smsc.port) as greedy:
        greedy.bind()
        greedy.socket.settimeout(0.5)
        octets = submit(registered_delivery=1).encode() * 1000
        sent = 0
        with pytest.raises(TimeoutError):  # noqa: PT012
            while sent < 200_000_000:
                sent += greedy.socket.send(octets)
        server = smsc._running._server
        session = next(iter(server._sessions))
        assert server.loop.call(lambda: len(session.machine.output)) < 3 << 20
        serves(smsc)


def test_wrong_binds_again_and_again(smsc):
    with Client(smsc.port) as client:
        for _ in range(300):
            assert client.bind(password="guess").command_status == 0x0E
    serves(smsc)


def test_a_storm_of_connections_leaves_nothing(smsc):
    until(lambda: smsc.counters["sockets"] == 0)
    before = descriptors()
    for _ in range(500):
        with Client(smsc.port) as client:
            client.bind()
    until(lambda: smsc.counters["sockets"] == 0)
    assert descriptors() <= before
    assert smsc._running._server.loop.call(lambda: len(smsc._running._server.loop._residents)) == 1


def test_the_unbind_of_a_centre_that_stops_is_not_waited_for_long():
    with bound() as (smsc, client):
        client._react = lambda pdu: None
        before = time.monotonic()
        smsc.stop(timeout=0.5)
        assert time.monotonic() - before < 0.5 + 0.25
