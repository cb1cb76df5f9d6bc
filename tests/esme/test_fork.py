"""A process that was forked has the account as an object only: every call says so at once, and connects anew."""

import os
import subprocess
import sys

import pytest

from tests.smsc.client import centre

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")

_BEGIN = """
import os, sys, threading, warnings
import smppkit as sk
warnings.simplefilter("ignore")

def told(call):
    try:
        return call()
    except sk.SmppError as error:
        return f"{type(error).__name__}: {str(error).partition(',')[0].partition(':')[0]}"
"""

_ACCOUNT = (
    _BEGIN
    + """
esme = sk.connect(sys.argv[1])
message = esme.send("32471123456", "Hello", receipt=False)
run = esme.send_many({"to": ["32471123456"] * 3}, "Hello", rate=1)
if not os.fork():
    calls = {
        "send": lambda: esme.send("32471123456", "Hello", timeout=20),
        "submit": lambda: esme.submit(sk.EnquireLink()),
        "submit_nowait": lambda: esme.submit_nowait(sk.EnquireLink()),
        "send_raw": lambda: esme.send_raw(sk.EnquireLink().encode()),
        "send_many": lambda: esme.send_many({"to": ["32471123456"]}, "Hello"),
        "wait_for": lambda: esme.wait_for(),
        "message.wait": lambda: message.wait(),
        "run.wait": lambda: run.wait(),
        "run.stop": lambda: run.stop(),
        "configure": lambda: esme.configure(window=5),
        "bind": lambda: esme.bind(),
        "unbind": lambda: esme.unbind(),
        "watch": lambda: esme.watch(print),
        "on_message": lambda: esme.on_message(print),
        "rebind": lambda: setattr(esme, "rebind", False),
    }
    for name, call in calls.items():
        print(name, told(call))
    print(repr(esme).rpartition(": ")[2], esme.explain().startswith("This process was forked"))
    try:
        with run:
            raise KeyError("mine")
    except KeyError as error:
        print("with", error)
    with sk.connect(sys.argv[1]) as own:
        print(own is esme, own.send("32471123456", "Hello").outcome)
    esme.close()
    sys.stdout.flush()
    os._exit(0)
os.wait()
print(esme.send("32471123456", "Hello").outcome, run.wait(20).counts["accepted"])
"""
)

_SIMULATOR = (
    _BEGIN
    + """
esme = sk.demo(process=sys.argv[1] == "process")
smsc = esme.smsc
esme.send("32471123456", "Hello")
if not os.fork():
    print(told(lambda: smsc.counters), "/", told(lambda: smsc.start()), "/", repr(smsc).rpartition(", ")[2])
    with sk.connect(smsc.url) as own:
        print(own.send("32471123456", "Hello").outcome)
    smsc.stop()
    sys.stdout.flush()
    os._exit(0)
os.wait()
print(smsc.counters["accepted"], len(smsc.messages))
esme.close()
"""
)

_CROWDED = (
    _BEGIN
    + """
from smppkit.esme import pending, registry

held, go = threading.Event(), threading.Event()

def hold():
    with pending._LOCK, registry._lock:
        held.set()
        go.wait(20)

thread = threading.Thread(target=hold)
thread.start()
held.wait(20)
threading.Timer(0.2, go.set).start()
child = os.fork()  # while another thread has the locks
if not child:
    with sk.connect(sys.argv[1]) as own:
        print(own.send("32471123456", "Hello").outcome, flush=True)
    os._exit(0)
os.waitpid(child, 0)
thread.join(20)
"""
)


def said(code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_an_account_says_at_once_that_it_lives_elsewhere():
    with centre() as smsc:
        *calls, looks, left, own, before = said(_ACCOUNT, str(smsc.url))
        sentence = "SessionClosed: this process was forked from the one that holds the account"
        assert len(calls) == 15
        assert [line.partition(" ")[2] for line in calls] == [sentence] * 15
        assert (looks, left, own) == ("held by another process> True", "with 'mine'", "False accepted")
        assert before == "accepted 3"


@pytest.mark.parametrize("place", ["process", "here"])
def test_a_simulator_says_so_too_and_its_url_is_good(place):
    first, own, counted = said(_SIMULATOR, place)
    sentence = "SmppError: this process was forked from the one that holds the simulator"
    assert first == f"{sentence} / {sentence} / held by another process>"
    assert (own, counted) == ("accepted", "2 2")


def test_a_fork_in_the_middle_of_another_threads_work_can_connect():
    with centre() as smsc:
        assert said(_CROWDED, str(smsc.url)) == ["accepted"]
