"""sk.connect: what it returns, what it raises and leaves behind, the same account twice, the end of everything."""

import gc
import subprocess
import sys
import threading
import time
import traceback
import warnings
import weakref
from concurrent.futures import Future

import pytest

import smppkit as sk
from tests.esme.hand import beside, closing, hand_made, ours, until
from tests.smsc.client import centre


def test_the_shortest_call_binds_and_closes():
    with centre() as smsc:
        with sk.connect(smsc.url) as esme:
            assert esme.state == "Logged in"
            assert esme.last_outcome.word == "OK"
            assert (esme.version, esme.bind_type) == ("3.4", "transceiver")
            assert smsc.counters["bound"] == 1
            assert esme.events["to_state"].tolist()[-1] == "BOUND_TRX"
        until(lambda: smsc.counters["sockets"] == 0)
        assert (esme.state, esme.closed) == ("Idle", True)
        assert esme.pdus["command"].tolist()[-2:] == ["unbind", "unbind_resp"]
        assert not ours()


@pytest.mark.parametrize("bind", ["transmitter", "receiver", "transceiver"])
def test_every_kind_of_bind(bind):
    with centre() as smsc, sk.connect(smsc.url, bind=bind) as esme:
        state = {"transmitter": "BOUND_TX", "receiver": "BOUND_RX", "transceiver": "BOUND_TRX"}[bind]
        assert esme.events["to_state"].tolist()[-1] == state


@pytest.mark.parametrize(
    ("options", "word", "status"),
    [
        ({"password": "wrong"}, "invalid password", 0x0E),
        ({"system_id": "nobody"}, "invalid username", 0x0F),
    ],
)
def test_a_refused_bind_raises_with_the_evidence_and_leaves_nothing(options, word, status):
    with centre() as smsc:
        with pytest.raises(sk.BindRejected) as caught:
            sk.connect(smsc.url, **options)
        error = caught.value
        assert error.command_status == status
        assert error.esme.last_outcome.word == word
        assert error.esme.last_outcome.sentence == str(error)
        assert error.esme.pdus["command"].tolist() == ["bind_transceiver", "bind_transceiver_resp"]
        assert error.esme.closed
        assert not ours()
        until(lambda: smsc.counters["sockets"] == 0)
        assert smsc.counters["binds_refused"] == 1


def test_nobody_listens():
    with hand_made() as smsc:
        smsc.stop()
        with pytest.raises(sk.ConnectFailed, match="nothing listens there") as caught:
            sk.connect(smsc.url)
        esme = caught.value.esme
        assert (esme.state, esme.last_outcome.word) == ("Error", "Disconnected")
        details = esme.events["detail"].tolist()
        assert details[0].startswith("Connecting")
        assert details[1].startswith("Error")
        assert len(esme.pdus) == 0
        assert not ours()


def test_a_silent_port_fails_within_the_limit():
    with hand_made() as smsc:
        began = time.monotonic()
        with pytest.raises(sk.ConnectFailed, match="did not answer the bind") as caught:
            sk.connect(smsc.url, timeout=0.2)
        assert time.monotonic() - began < 5
        assert caught.value.esme.last_outcome.word == "response timeout"
        assert caught.value.esme.pdus["command"].tolist() == ["bind_transceiver"]
        assert not ours()


def test_what_is_no_centre_is_named():
    with hand_made() as smsc:
        with beside(lambda: sk.connect(smsc.url)) as result:
            peer = smsc.accept()
            peer.read("bind_transceiver")
            peer.socket.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        assert isinstance(result[0], sk.ConnectFailed)
        assert "HTTP" in str(result[0])
        assert result[0].esme.last_outcome.word == "invalid bind response"


@pytest.mark.parametrize("numbered", [True, False])  # 0 where the centre could not read the header
def test_a_generic_nack_is_a_rejection(numbered):
    with hand_made() as smsc:
        with beside(lambda: sk.connect(smsc.url)) as result:
            peer = smsc.accept()
            number = peer.read("bind_transceiver").sequence_number if numbered else 0
            peer.write(sk.GenericNack(sequence_number=number, command_status=3))
        assert isinstance(result[0], sk.BindRejected)
        assert result[0].esme.last_outcome.word == "generic_nack received"
        assert result[0].esme.state == "Login failed"


def test_a_connection_closed_during_the_bind():
    with hand_made() as smsc:
        with beside(lambda: sk.connect(smsc.url)) as result:
            peer = smsc.accept()
            peer.read("bind_transceiver")
            peer.close()
        assert isinstance(result[0], sk.ConnectFailed)
        assert result[0].esme.last_outcome.word == "Disconnected"


def test_without_waiting_it_goes_on_trying():
    with hand_made() as smsc:
        esme = sk.connect(smsc.url, wait=False)
        first = smsc.accept()
        first.read()
        first.close()
        second = smsc.accept()
        second.bind()
        until(lambda: esme.state == "Logged in")
        closing(esme, second)


def test_the_same_account_is_the_live_object_with_its_settings_changed():
    with centre() as smsc, sk.connect(smsc.url, window=5) as esme:
        with pytest.warns(UserWarning, match="connected already.*window.*new=True") as told:
            again = sk.connect(smsc.url, window=9)
        assert len(told) == 1
        assert again is esme
        assert esme.options.window == 9
        until(lambda: esme._core.session.traffic.machine.settings.window == 9)
        with pytest.warns(UserWarning, match="are the same"):
            assert sk.connect(smsc.url, window=9) is esme
        with sk.connect(smsc.url, new=True) as other:
            assert other is not esme
            assert smsc.counters["bound"] == 2


def test_a_live_account_that_fails_is_on_the_error():
    with centre() as smsc:
        esme = sk.connect(smsc.url)
        with pytest.warns(UserWarning, match="connected already"), pytest.raises(sk.BindRejected) as refused:
            sk.connect(smsc.url.replace("secret", "wrong"))
        assert refused.value.esme is esme
        assert not esme.closed
        esme.close()


@pytest.mark.parametrize("leaves", ["configure", "unbind"])
def test_a_bind_while_the_session_parts_is_the_next_one(leaves):
    """What is still bound then is on its way out: it tells nothing of the settings that are wanted now."""
    with centre() as smsc, sk.connect(smsc.url) as esme:
        core, done, gone = esme._core, Future(), Future()
        wrong = core.options.replace(password="wrong")

        def both():
            if leaves == "unbind":
                core.session.unbind(gone, 5.0)
                core.session.options = wrong
            else:
                core.session.configure(wrong)
            core.session.bind(done, 5.0)

        core.loop.call(both)
        with pytest.raises(sk.BindRejected):
            done.result(10.0)
        assert leaves == "configure" or gone.result(5.0) is None


def test_a_closed_account_is_opened_anew():
    with centre() as smsc:
        with sk.connect(smsc.url) as esme:
            pass
        with sk.connect(smsc.url) as again:
            assert again is not esme
            assert again.state == "Logged in"


def test_an_account_that_nobody_holds_leaves():
    with centre() as smsc:
        esme = sk.connect(smsc.url)
        gone = weakref.ref(esme)
        del esme
        gc.collect()
        assert gone() is None
        until(lambda: smsc.counters["sockets"] == 0)
        until(lambda: not ours())


def test_an_interrupt_while_connecting_closes_everything(monkeypatch):
    with hand_made() as smsc:
        real, calls = Future.result, []

        def interrupted(future, timeout=None):
            calls.append(timeout)
            if len(calls) == 1:
                raise KeyboardInterrupt
            return real(future, timeout)

        monkeypatch.setattr(Future, "result", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sk.connect(smsc.url)
        assert len(calls) == 2
        assert not ours()


def test_the_interpreter_ends_with_a_live_account_and_unbinds():
    code = (
        "import smppkit as sk, sys\n"
        "esme = sk.connect(sys.argv[1])\n"
        "esme.on_message(print)\n"
        "stop = esme.watch(lambda: None)\n"
        "print(esme.state)\n"
    )
    with centre() as smsc:
        done = subprocess.run(
            [sys.executable, "-c", code, str(smsc.url)], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "Logged in\n", "")
        until(lambda: smsc.counters["sockets"] == 0)


def test_the_password_is_nowhere():
    with centre(password="pa$word1") as smsc:
        with sk.connect(smsc.url) as esme:
            shown = [repr(esme), esme._repr_html_(), esme.explain(), repr(esme.options), esme.pdus.to_string()]
            shown += [esme.events.to_string(), esme.log._repr_html_(), esme.sessions.to_string()]
        with pytest.raises(sk.BindRejected) as caught:
            sk.connect(smsc.url, password="pa$word2")
        shown += [str(caught.value), repr(caught.value.esme)]
        frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        shown += [str(frame.locals) for frame in frames.stack if "/smppkit/" in frame.filename]
        assert not [text for text in shown if "pa$word" in text]


def test_bad_options_name_the_close_ones():
    with pytest.raises(ValueError, match="did you mean window"):
        sk.connect("smpp://localhost", windows=4)
    assert not ours()


def test_threads_that_connect_at_once_get_their_own_sessions():
    with centre() as smsc:
        made: list[sk.Esme] = []
        threads = [
            threading.Thread(target=lambda: made.append(sk.connect(smsc.url, new=True)), daemon=True) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert len(made) == 8
        assert smsc.counters["bound"] == 8
        for esme in made:
            esme.close()
        assert not ours()


def test_threads_that_want_the_same_account_get_one():
    with centre() as smsc:
        made: list[sk.Esme] = []
        start = threading.Barrier(6)

        def work():
            start.wait(10)
            made.append(sk.connect(smsc.url))

        threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
        assert len(made) == 6
        assert len({id(esme) for esme in made}) == 1
        assert smsc.counters["bound"] == 1
        made[0].close()
        assert not ours()


def test_a_stuck_callback_and_a_fork_do_not_hold_up_the_end():
    code = (
        "import os, sys, threading, time, warnings\n"
        "import smppkit as sk\n"
        "warnings.simplefilter('ignore')\n"
        "esme = sk.connect(sys.argv[1])\n"
        "inside = threading.Event()\n"
        "esme.on_message(lambda message: (inside.set(), time.sleep(300)))\n"
        "print('ready', flush=True)\n"
        "assert inside.wait(20)\n"
        "child = os.fork()\n"
        "if child:\n"
        "    print(os.waitpid(child, 0)[1], esme.state)\n"
    )
    with centre() as smsc:
        command = [sys.executable, "-c", code, str(smsc.url)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "ready\n"
            smsc.deliver("1", "2", "x")
            said, complaints = child.communicate(timeout=60)
        assert (child.returncode, said, complaints) == (0, "0 Logged in\n", "")
        until(lambda: smsc.counters["sockets"] == 0)
