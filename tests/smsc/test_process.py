"""The centre as a process: it ends with whoever started it, keeps its secrets, and answers nobody without the token."""

import contextlib
import gc
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import smppkit as sk
from smppkit.smsc import Smsc
from smppkit.smsc import face as faces
from smppkit.smsc import process as processes
from smppkit.smsc.control import Remote
from tests.interrupts import everywhere
from tests.link.helpers import LIMIT, descriptors, until
from tests.smsc.client import Client, submit

CANARY = "c4NaRy07"
PARENT = """
import os, sys, time
from smppkit.smsc import Smsc
smsc = Smsc(password={canary!r}).start()
if sys.argv[1] == "fork" and not os.fork():
    time.sleep(60)
print(smsc._running._process.pid, smsc.port, flush=True)
if sys.argv[1] in ("wait", "fork"):
    time.sleep(60)
"""


def condition(pid: int) -> str:
    """Return the letter of a process: Z for one that has ended and nobody waited for, T for a stopped one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    return condition(pid) in ("", "Z")


def nothing_listens(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) != 0


def pid_of(smsc: Smsc) -> int:
    return smsc._running._process.pid


@pytest.fixture
def smsc():
    with Smsc(password=CANARY, delay=None) as made:
        yield made


def test_it_starts_works_and_stops(smsc):
    pid, port = pid_of(smsc), smsc.port
    assert pid != os.getpid()
    with Client(port) as client:
        assert client.bind(password=CANARY).command_status == 0
        message_id = client.ask(submit(registered_delivery=1)).message_id
        smsc.finish(message_id, "DELIVERED")
        assert client.wait("deliver_sm").tlvs["receipted_message_id"] == message_id
        assert smsc.messages["state"].tolist() == ["DELIVERED"]
        before = time.monotonic()
        stopping = threading.Thread(target=smsc.stop)
        stopping.start()
        number = client.wait("unbind").sequence_number
        client.write(sk.UnbindResp(sequence_number=number).encode())
        stopping.join(LIMIT)
        assert time.monotonic() - before < 2
    assert gone(pid)
    assert nothing_listens(port)


@pytest.mark.parametrize("how", ["leave", "wait", "fork"])
def test_it_ends_with_its_parent_whatever_way_that_ends(how, root):
    code = PARENT.format(canary=CANARY)
    parent = subprocess.Popen([sys.executable, "-c", code, how], stdout=subprocess.PIPE, cwd=root, process_group=0)
    try:
        pid, port = map(int, parent.stdout.readline().split())
        if how != "leave":
            assert not gone(pid)
            parent.kill()
        assert parent.wait(LIMIT) == (0 if how == "leave" else -signal.SIGKILL)
        until(lambda: gone(pid))
        until(lambda: nothing_listens(port))
    finally:
        os.killpg(parent.pid, signal.SIGKILL) if how == "fork" else None
        parent.stdout.close()


def test_nobody_holds_it_and_it_ends():
    smsc = Smsc().start()
    pid = pid_of(smsc)
    del smsc
    gc.collect()
    assert gone(pid)


def test_interrupts_are_ignored(smsc):
    os.kill(pid_of(smsc), signal.SIGINT)
    assert smsc.counters["accepted"] == 0
    assert os.getpgid(pid_of(smsc)) != os.getpgid(0)  # those of our terminal do not even reach it


def test_the_password_is_in_no_output(smsc, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    pid = pid_of(smsc)
    with Client(smsc.port) as client:
        client.bind(password=CANARY[::-1])
        client.bind(password=CANARY)
        client.write(b"GET / HTTP/1.0\r\n\r\n")
        assert client.ended()
    shown = [repr(smsc), smsc._repr_html_(), str(smsc), repr(smsc.url), repr(smsc._settings), f"{smsc.__dict__}"]
    shown += [Path(f"/proc/{pid}/{name}").read_text() for name in ("cmdline", "environ")]
    smsc._running._said.seek(0)
    shown += [smsc._running._said.read().decode(), caplog.text, *capfd.readouterr()]
    for text in shown:
        assert CANARY not in text
    assert CANARY in smsc.url


def test_the_token_is_wanted(smsc):
    control = smsc._running._remote._address
    token = smsc._running._remote._token
    first_lines = [
        b'{"token": "guess"}\n{"ask": "counters"}\n',
        b'{"ask": "counters"}\n',
        b"\n",
        b"[" * 100_000 + b"\n",
        b"x" * 5000,
        b"\xff\xfe\n",
        b'{"token": null}\n',
        json.dumps({"token": [token]}).encode() + b"\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ]
    for line in first_lines:
        with socket.create_connection(control, LIMIT) as stranger:
            stranger.sendall(line)
            with contextlib.suppress(ConnectionResetError):
                assert stranger.recv(100) == b""
    assert smsc.counters["accepted"] == 0


def test_questions_that_make_no_sense_are_answered_with_an_error(smsc):
    remote = smsc._running._remote
    for what, values in (("guess", {}), ("messages", {"wrong": 1}), ("finish", {}), ("deliver", {"source": 1})):
        with pytest.raises((ValueError, TypeError)):
            remote.ask(what, 5.0, **values)
    assert remote.ask("counters", 5.0)["accepted"] == 0


def test_a_line_that_never_ends_is_cut(smsc):
    remote = smsc._running._remote
    with socket.create_connection(remote._address, LIMIT) as sock:
        sock.sendall(json.dumps({"token": remote._token}).encode() + b"\n")
        with pytest.raises(OSError):  # noqa: PT012  the end may meet either
            while True:
                sock.sendall(bytes(100_000))
    assert smsc.counters["accepted"] == 0


def test_after_a_crash_every_call_says_so(smsc):
    os.kill(pid_of(smsc), signal.SIGKILL)
    until(lambda: not smsc._running.alive)
    for call in (
        lambda: smsc.messages,
        lambda: smsc.counters,
        lambda: smsc.deliver("1", "2", "x"),
        lambda: smsc.finish("1", "DELIVERED"),
    ):
        with pytest.raises(sk.SmppError, match=r"the simulator has ended \(exit code -9\)"):
            call()
    assert "ended, was at" in repr(smsc)
    assert "has ended" in smsc._repr_html_()
    port = smsc.port
    smsc.start()
    assert smsc.counters["accepted"] == 0
    assert smsc.port > 0 < port


def test_a_process_that_hangs_is_not_waited_for_longer_than_said(smsc, monkeypatch):
    monkeypatch.setattr(faces, "_PATIENCE", 0.2)
    os.kill(pid_of(smsc), signal.SIGSTOP)
    until(lambda: condition(pid_of(smsc)) == "T")
    for _ in range(2):
        before = time.monotonic()
        with pytest.raises(TimeoutError, match=r"did not answer within 0\.2 s"):
            _ = smsc.counters
        assert time.monotonic() - before < 0.2 + 0.25
    before, pid = time.monotonic(), pid_of(smsc)
    smsc.stop(timeout=0.2)
    assert time.monotonic() - before < 1.0
    assert gone(pid)


def test_any_thread_may_ask(smsc):
    wrong: list[object] = []

    def ask() -> None:
        for n in range(20):
            smsc.deliver("32471123456", "1234", f"text {n}")
            if not isinstance(smsc.counters["deliveries_waiting"], int):
                wrong.append(n)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert not wrong
    assert smsc.counters["deliveries_waiting"] == 160


def test_stopping_does_not_wait_for_a_question_under_way(smsc, monkeypatch):
    os.kill(pid_of(smsc), signal.SIGSTOP)
    until(lambda: condition(pid_of(smsc)) == "T")
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            _ = smsc.counters
        except (sk.SmppError, TimeoutError) as error:
            raised.append(error)

    remote = smsc._running._remote
    under_way, exchange = threading.Event(), remote._exchange
    monkeypatch.setattr(remote, "_exchange", lambda *given: under_way.set() or exchange(*given))
    asking = threading.Thread(target=ask)
    asking.start()
    assert under_way.wait(LIMIT)
    before = time.monotonic()
    smsc.stop(timeout=0.3)
    assert time.monotonic() - before < 0.3 + 0.25 + 0.2
    asking.join(LIMIT)
    assert "the simulator is not there" in str(raised[0])


def test_a_fork_that_ends_does_not_take_it_along(smsc):
    child = os.fork()
    if not child:
        smsc.stop()
        smsc._finaliser()
        os._exit(0)
    os.waitpid(child, 0)
    assert smsc.counters["accepted"] == 0


# --- starting ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("process", [False, True])
def test_a_taken_port_is_one_clear_sentence(process):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        smsc = Smsc(port=taken.getsockname()[1], process=process)
        with pytest.raises(sk.SmppError, match="the simulator did not start: Address already in use"):
            smsc.start()
        assert "not started" in repr(smsc)


def test_what_the_process_said_last_is_told(monkeypatch):
    monkeypatch.setattr(processes, "_MODULE", "smppkit.no_such_module")
    with pytest.raises(sk.SmppError, match=r"did not start \(exit code 1\): .*No module named smppkit.no_such_module"):
        Smsc().start()


def test_a_process_that_never_speaks_is_given_up(monkeypatch):
    silent = [sys.executable, "-c", "import sys, time; print('about to sleep', file=sys.stderr); time.sleep(60)"]
    started = []

    def start(said):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": said}
        started.append(subprocess.Popen(silent, **pipes))
        return started[0]

    monkeypatch.setattr(processes, "_started", start)
    before = time.monotonic()
    with pytest.raises(sk.SmppError, match=r"did not start within 1 s.*: about to sleep"):
        processes.Child(Smsc()._settings, timeout=1.0)
    assert time.monotonic() - before < 4
    assert started[0].poll() is not None


def test_modules_of_the_working_folder_do_not_get_in(tmp_path, monkeypatch):
    for name in ("random", "selectors", "json", "smppkit"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    with Smsc() as smsc:
        assert smsc.counters["accepted"] == 0


# --- what is left --------------------------------------------------------------------------------------------------


def test_twenty_processes_leave_nothing():
    Smsc().start().stop()
    gc.collect()
    threads, files = threading.active_count(), descriptors()
    pids = []
    for _ in range(20):
        with Smsc() as smsc:
            pids.append(pid_of(smsc))
            with Client(smsc.port) as client:
                client.bind()
    assert all(gone(pid) for pid in pids)
    until(lambda: threading.active_count() <= threads)
    assert descriptors() <= files


def test_two_hundred_rounds_in_threads_leave_nothing():
    Smsc(process=False).start().stop()
    gc.collect()
    threads, files = threading.active_count(), descriptors()
    for _ in range(200):
        with Smsc(process=False, delay=0) as smsc, Client(smsc.port) as client:
            client.bind()
            client.ask(submit(registered_delivery=1))
    until(lambda: threading.active_count() <= threads)
    assert descriptors() <= files


# --- questions that end in the middle ------------------------------------------------------------------------------


def test_a_question_that_is_interrupted_leaves_no_answer_to_the_next():
    with Smsc(delay=None) as smsc:
        smsc.deliver("32471123456", "1234", "hello")
        remote = smsc._running._remote
        for run in everywhere("smsc/control.py"):
            run(lambda: remote.ask("counters", LIMIT))
            assert remote.ask("messages", LIMIT, first=0)["pdus"] == ""
            assert remote.ask("counters", LIMIT)["deliveries_waiting"] == 1


def test_hanging_up_is_interrupted_and_the_next_question_is_answered(smsc):
    remote = smsc._running._remote
    for run in everywhere("smsc/control.py"):
        run(remote.close)
        with contextlib.suppress(sk.SmppError):  # it may have hung up
            remote.ask("counters", LIMIT)
        assert remote.ask("counters", LIMIT)["accepted"] == 0


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": {"accepted": 7}, "question": 8},
        {"answer": {"accepted": 7}},
        {"question": 1},
        [],
        7,
    ],
)
def test_an_answer_to_something_else_is_none(answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        remote = Remote(server.getsockname()[1], "token")

        def speak() -> None:
            with server.accept()[0] as asking:
                asking.recv(1 << 16)
                asking.sendall(json.dumps(answer).encode() + b"\n")
                asking.recv(1)  # until it hangs up

        speaking = threading.Thread(target=speak)
        speaking.start()
        with pytest.raises(sk.SmppError, match="no answer to the question"):
            remote.ask("counters", LIMIT)
        speaking.join(LIMIT)
        assert not speaking.is_alive()
