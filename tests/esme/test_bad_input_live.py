"""Everything that goes wrong on a first day: one clear sentence each, no traceback of our depths, and nothing hangs."""

import contextlib
import signal
import ssl
import subprocess
import threading
import time

import pandas as pd
import pytest

import smppkit as sk
from tests.esme.peer import LIMIT, NUMBER, Line, Peer, account, answer, binds, free_port, says
from tests.link.helpers import until
from tests.smsc.client import centre

HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
ALERT = bytes.fromhex("15030300020246")  # what a TLS server says to octets that are no handshake
ENDS = ["accepted", "refused", "unanswered", "not_sent"]


@contextlib.contextmanager
def refused(kind, *words, readable=True):
    """Expect an error of ``kind`` whose one sentence has these words, with an account that can be looked at."""
    began = time.monotonic()
    with pytest.raises(sk.SmppError) as caught:
        yield caught
    error = caught.value
    assert time.monotonic() - began < 2 * LIMIT
    assert type(error) is kind, repr(error)
    sentence = str(error)
    assert all(word in sentence for word in words), sentence
    assert "\n" not in sentence
    assert "secret" not in sentence
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__
    if readable:
        look_at(error.esme)
        error.esme.close()


def look_at(esme):
    """Every frame of an account can be read, and shows no password."""
    frames = [esme.messages, esme.parts, esme.receipts, esme.inbox, esme.events, esme.pdus, esme.sessions]
    assert len(frames[4]) > 0
    shown = "".join(frame.to_string() for frame in frames) + esme.explain() + repr(esme)
    assert "secret" not in shown
    assert all(isinstance(frame, pd.DataFrame) for frame in frames)


def connect_to(peer, **keywords):
    return sk.connect(peer.url, **keywords)


# --- connecting --------------------------------------------------------------------------------------------------


def test_nobody_listens():
    port = free_port()
    with refused(sk.ConnectFailed, f"127.0.0.1:{port}", "nothing listens there", "check host and port"):
        sk.connect(f"smpp://demo:secret@127.0.0.1:{port}")


def test_no_such_host():
    with refused(sk.ConnectFailed, "smsc.invalid", "no such host", "spelled"):
        sk.connect("smpp://demo:secret@smsc.invalid:2775")


def test_a_port_that_never_speaks():
    with Peer(lambda line: line.gone()) as peer:
        place = f"127.0.0.1:{peer.port}"
        with refused(sk.ConnectFailed, place, "did not answer the bind", "port"):
            connect_to(peer, response_timeout=0.3)
        with refused(sk.ConnectFailed, place, "did not answer the bind", "port"):
            connect_to(peer, timeout=0.3, new=True)


def test_a_port_that_hangs_up():
    with Peer(lambda line: line.read()) as peer, refused(sk.ConnectFailed, "before the bind was answered", "TLS"):
        connect_to(peer)


def test_a_port_that_resets():
    with (
        Peer(lambda line: (line.read(), line.reset())) as peer,
        refused(sk.ConnectFailed, "was reset before the bind was answered"),
    ):
        connect_to(peer)


@pytest.mark.parametrize(
    ("octets", "after", "name"),
    [
        (HTTP, 16, "HTTP"),
        (b"<html><body>no</body></html>", 16, "HTML"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", 0, "SSH"),
        (b"AMQP\0\0\x09\x01", 16, "AMQP"),
        (ALERT, 16, "TLS"),
        (b"SIP/2.0 400 Bad Request\r\n\r\n", 16, "SIP"),
        (b"MESSAGE sip:a@example.org SIP/2.0\r\n", 0, "SIP"),
        (b"220 mail.example.org ESMTP\r\n", 0, "mail"),
        (b"\0\0\0\x04\xff\xff\xff\xff", 16, "16 octets"),
    ],
)
@pytest.mark.parametrize("closes", [True, False])
def test_something_else_behind_the_port(octets, after, name, closes):
    def script(line: Line) -> None:
        if closes:
            while after and not line.socket.recv(4096):
                pass
            line.send(octets)
        else:
            says(octets, after)(line)

    with Peer(script) as peer, refused(sk.ConnectFailed, f"127.0.0.1:{peer.port}", name):
        connect_to(peer)


def test_a_web_server_of_the_standard_library(tmp_path):
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(BaseHTTPRequestHandler):
        timeout = LIMIT

        def log_message(self, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:  # it waits for the end of a line, which a bind has not: the sentence must help all the same
        with refused(sk.ConnectFailed, f"127.0.0.1:{server.server_port}", "did not answer the bind", "port"):
            sk.connect(f"smpp://demo:secret@127.0.0.1:{server.server_port}", response_timeout=0.5)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(LIMIT)


def test_a_tls_server(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Peer(lambda line: line.gone(), context=context) as peer, refused(sk.ConnectFailed, "TLS"):
        connect_to(peer)


def test_wrong_password_and_wrong_system_id():
    with centre() as smsc:
        place = f"smpp://{{}}:{{}}@127.0.0.1:{smsc.port}"
        with refused(sk.BindRejected, "'demo'", "ESME_RINVPASWD", "0x0000000E", "wrong password", "check the password"):
            sk.connect(place.format("demo", "wrong"))
        with refused(sk.BindRejected, "'demi'", "ESME_RINVSYSID", "0x0000000F", "unknown system_id", "check system_id"):
            sk.connect(place.format("demi", "secret"))
        with pytest.raises(sk.BindRejected) as caught:
            sk.connect(place.format("demo", "wrong"), new=True)
        esme = caught.value.esme
        assert esme.state == "Login failed"
        assert esme.pdus["command"].tolist()[:2] == ["bind_transceiver", "bind_transceiver_resp"]
        assert esme.pdus["password"].dropna().tolist() == ["***"]
        esme.close()


def test_a_wrong_password_is_tried_once():
    with Peer(binds(0x0E)) as peer:
        with pytest.raises(sk.BindRejected):
            sk.connect(peer.url)
        threading.Event().wait(0.6)  # three times the first pause before another attempt
        assert len(peer.lines) == 1
        with pytest.raises(sk.BindRejected):
            sk.connect(peer.url)  # a person may try again
        assert len(peer.lines) == 2


def test_failed_logins_leave_nothing_running():
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(sk.ConnectFailed) as caught:
            sk.connect(f"smpp://demo:secret@127.0.0.1:{free_port()}")
        assert len(caught.value.esme.events) > 0
    until(lambda: threading.active_count() <= before)


# --- sending -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"to": "32471ABC456", "text": "hello"}, ["32471ABC456"]),
        ({"to": "", "text": "hello"}, ["destination"]),
        ({"to": "+32471123456789012345678", "text": "hello"}, ["digits"]),
        ({"to": 32471123456.0, "text": "hello"}, ["float"]),
        ({"to": None, "text": "hello"}, ["destination"]),
        ({"to": NUMBER}, ["text"]),
        ({"to": NUMBER, "text": "hello", "data": b"both"}, ["data"]),
        ({"to": NUMBER, "text": "hello", "sender": "much too long a name"}, ["sender"]),
        ({"to": NUMBER, "text": "hello", "coding": "latin9"}, ["'latin9'", "latin1"]),
        ({"to": NUMBER, "text": ""}, ["text is empty", "data="]),
        ({"to": NUMBER, "text": "hello", "mode": "fast"}, ["mode", "datagram"]),
        ({"to": NUMBER, "text": "hello", "validity": "tomorrow"}, ["validity"]),
        ({"to": NUMBER, "text": "hello", "long": "maybe"}, ["long"]),
        ({"to": NUMBER, "text": "hello", "tlvs": {"user_mesage_reference": 1}}, ["user_mesage_reference"]),
        ({"to": NUMBER, "text": 7}, ["text"]),
    ],
)
def test_a_message_that_cannot_be(given, words):
    with Peer(binds()) as peer, account(peer) as esme:
        with pytest.raises((ValueError, TypeError)) as caught:
            esme.send(**given)
        assert all(word in str(caught.value) for word in words), str(caught.value)
        assert "\n" not in str(caught.value)
        assert caught.value.__cause__ is None or caught.value.__suppress_context__
        assert esme.send(NUMBER, "hello").outcome == "accepted"  # and nothing is the worse for it
        assert len(esme.messages) == 1


def test_tables_that_cannot_be():
    table = pd.DataFrame({"destination": [NUMBER], "name": ["Ann"]})
    with Peer(binds()) as peer, account(peer) as esme:
        with pytest.raises((ValueError, KeyError), match=r"nmae.*name"):
            esme.send_many(table, text="Hi {nmae}")
        with pytest.raises((ValueError, KeyError), match="destination"):
            esme.send_many(table.rename(columns={"destination": "colour"}), text="Hi")
        with pytest.raises((ValueError, TypeError)):
            esme.send_many(table, text="Hi {name")
        assert len(esme.messages) == 0
        assert [pdu.command for pdu in peer.lines[0].got] == ["bind_transceiver"]


def test_rows_that_cannot_be_are_listed_and_the_others_go():
    table = pd.DataFrame({"destination": [NUMBER, "32471ABC456", "", None, "+32 471 99 99 99"]})
    with Peer(binds()) as peer, account(peer) as esme:
        run = esme.send_many(table, text="hello")
        run.wait(timeout=LIMIT)
        assert len(run.messages) == 2
        assert run.messages["outcome"].tolist() == ["accepted"] * 2
        assert sorted(run.left_out["row"].tolist()) == [1, 2, 3]
        assert run.left_out["reason"].str.len().min() > 8


def test_sending_on_a_closed_account():
    with Peer(binds()) as peer:
        with account(peer) as esme:
            pass
        for call in (
            lambda: esme.send(NUMBER, "hello"),
            lambda: esme.submit(sk.EnquireLink()),
            lambda: esme.send_many(pd.DataFrame({"destination": [NUMBER]}), text="hello"),
            esme.bind,
        ):
            with pytest.raises(sk.SessionClosed, match="closed"):
                call()
        look_at(esme)
        esme.close()


def test_sending_on_an_idle_account():
    with Peer(binds()) as peer, account(peer) as esme:
        esme.unbind()
        with pytest.raises(sk.SessionError, match=r"bind\(\)"):
            esme.send(NUMBER, "hello", timeout=1)
        assert set(esme.messages["outcome"]) <= {"not_sent"}


# --- what breaks in mid-run --------------------------------------------------------------------------------------


def test_a_simulator_that_is_killed_in_mid_run_and_comes_back():
    count = 3_000
    table = pd.DataFrame({"destination": [f"32471{number:06d}" for number in range(count)]})
    port = free_port()
    first = sk.Smsc(port=port, delay=None).start()
    esme = sk.connect(first.url, rate=2_000, window=20, response_timeout=3)
    try:
        run = esme.send_many(table, text="hello")
        until(lambda: run.counts["accepted"] >= count // 10)
        process = child_of(first)
        process.send_signal(signal.SIGKILL)
        process.wait(LIMIT)
        until(lambda: esme.state != "Logged in")
        with sk.Smsc(port=port, delay=None) as second:
            run.wait(timeout=60)
            parts = run.parts
            assert len(parts) == count
            assert parts["outcome"].isin(ENDS).all()
            counts = parts["outcome"].value_counts().to_dict()
            assert counts.get("refused", 0) == 0
            assert counts.get("not_sent", 0) == 0  # what never left the first time left the second time
            assert counts.get("unanswered", 0) <= 20  # no more than a window
            assert run.messages["destination"].tolist() == table["destination"].tolist()
            accepted = set(parts.loc[parts["outcome"] == "accepted", "message_id"])
            assert set(second.messages["message_id"]) <= accepted
            assert len(second.messages) > 0
            assert esme.state == "Logged in"
    finally:
        esme.close()
        with contextlib.suppress(Exception):
            first.stop()


def child_of(smsc):
    """Return the process of a simulator."""
    found = [value for value in vars(smsc).values() if isinstance(value, subprocess.Popen)]
    for value in vars(smsc).values():
        found += [inner for inner in getattr(value, "__dict__", {}).values() if isinstance(inner, subprocess.Popen)]
    assert found, "no process is known"
    return found[0]


@pytest.mark.parametrize("end", ["reset", "close", "unbind", "silent"])
def test_every_part_has_exactly_one_end_whatever_the_centre_does(end):
    """The first connection answers some of what it reads, refuses some, and breaks; the second takes the rest."""
    enough = threading.Event()

    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm" or line.number:
            return False
        number = int(pdu.destination_addr[-4:])
        if number % 3 == 0:
            line.send(answer(pdu, message_id=f"first-{number}"))
        elif number % 3 == 1:
            line.send(answer(pdu, 0x0B))
        if number == 30:
            enough.set()
            if end == "unbind":
                line.ask(sk.Unbind())
            elif end == "silent":
                line.gone(60)
            elif end == "reset":
                line.reset()
            raise ConnectionResetError
        return True

    def script(line: Line) -> None:
        line.bind()
        line.serve(react)

    table = pd.DataFrame({"destination": [f"3247100{number:04d}" for number in range(100)]})
    with Peer(script) as peer, account(peer, window=10, response_timeout=0.5) as esme:
        run = esme.send_many(table, text="hello")
        run.wait(timeout=4 * LIMIT)
        assert enough.is_set()
        parts = run.parts
        assert len(parts) == 100
        assert parts["outcome"].isin(ENDS).all()
        counts = parts["outcome"].value_counts().to_dict()
        assert counts.get("not_sent", 0) == 0
        assert counts["unanswered"] >= 1
        took = [pdu.destination_addr for line in peer.lines for pdu in line.got if pdu.command == "submit_sm"]
        twice = {number for number in took if took.count(number) > 1}
        assert not twice  # unanswered is never sent again unasked
        answered = parts[parts["outcome"].isin(["accepted", "refused"])]
        assert set(answered["destination"]) <= set(took)


def test_sending_while_the_link_is_away_waits_for_it():
    back = threading.Event()

    def script(line: Line) -> None:
        if line.number == 1:
            assert back.wait(LIMIT)
        line.bind()
        line.serve()

    with Peer(script) as peer, account(peer) as esme:
        peer.lines[0].reset()
        until(lambda: len(peer.lines) == 2)
        waiting = esme.send(NUMBER, "hello", timeout=0)
        assert waiting.outcome == "queued"
        with pytest.raises(sk.SessionError, match="by itself"):
            esme.send(NUMBER, "too late", timeout=0.2)
        back.set()
        until(lambda: waiting.outcome == "accepted")
        assert esme.messages["outcome"].tolist() == ["accepted", "not_sent"]


def test_a_stopped_run_whose_last_answers_come_all_at_once(caplog):
    held: list[sk.Pdu] = []

    def react(line: Line, pdu: sk.Pdu) -> bool:
        if pdu.command != "submit_sm" or len(held) >= 5:
            return False
        held.append(pdu)
        return True

    def script(line: Line) -> None:
        line.bind()
        line.serve(react)

    table = pd.DataFrame({"destination": [f"3247100{number:04d}" for number in range(30)]})
    with Peer(script) as peer, account(peer, window=5) as esme:
        run = esme.send_many(table, text="hello")
        until(lambda: len(held) == 5)
        run.stop()
        peer.lines[0].send(*(answer(pdu, message_id="1") for pdu in held))
        run.wait(timeout=LIMIT)
        assert run.parts["outcome"].tolist() == ["accepted"] * 5 + ["not_sent"] * 25
        assert esme.send(NUMBER, "hello").outcome == "accepted"
        assert len(peer.lines) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
