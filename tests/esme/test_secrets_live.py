"""A password goes through everything that can happen to an account, and is found nowhere but on the wire."""

import io
import logging
import pickle
import sys
import traceback
import warnings

import pandas as pd
import pytest

import smppkit as sk
from tests.esme.peer import LIMIT, NUMBER, Peer, account, binds, free_port
from tests.link.helpers import until
from tests.smsc.client import centre

CANARY = "".join(["Pf", "3c", "an", "4r"])  # eight characters, nowhere in this file as they are


def spoken(pdu):
    return pdu.password


def shown(frame: pd.DataFrame) -> str:
    """Return everything a frame holds, octets too, as text."""
    cells = [repr(value) for name in frame.columns for value in frame[name].tolist()]
    return "\n".join([*cells, frame.to_string(), frame.to_csv(), frame.to_html(), repr(frame.attrs)])


def everything(esme) -> str:
    """Return all that an account shows of itself."""
    log = esme.log
    frames = [esme.messages, esme.parts, esme.receipts, esme.inbox, esme.events, esme.pdus, esme.sessions]
    frames += [esme.tail(50), esme.last("messages", 5), *log.frames(columns=["raw", "password"])]
    frames += [log.problems] if isinstance(getattr(log, "problems", None), pd.DataFrame) else []
    card = getattr(esme, "_repr_html_", str)()
    card += repr(getattr(esme, "_repr_mimebundle_", dict)())
    texts = [repr(esme), str(esme), f"{esme}", esme.explain(), card, repr(esme.options), str(esme.options)]
    texts += [
        repr(esme.counters),
        repr(esme.last_outcome),
        esme.state,
        repr(esme.smsc),
        repr(log),
        str(vars(type(esme))),
    ]
    texts += [repr(value) for value in (getattr(esme, "__dict__", None) or {}).values()]
    texts += [repr(getattr(esme, name)) for name in getattr(type(esme), "__slots__", ()) if hasattr(esme, name)]
    return "\n".join([*texts, *map(shown, frames)])


def told(error: BaseException) -> str:
    """Return what a traceback of an error shows, with the locals of every frame, and the error itself."""
    lines = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return lines + repr(error) + str(error) + repr(error.args) + repr(vars(error))


def found(text: str) -> list[str]:
    """Return the lines that hold the password, whole, or as octets in hexadecimal."""
    hidden = (CANARY, CANARY.encode().hex(), CANARY.encode().hex(" "), CANARY[:7])
    return [line[:200] for line in text.splitlines() if any(each in line for each in hidden)]


@pytest.fixture(autouse=True)
def _all_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    yield
    assert not found(caplog.text)


@pytest.fixture
def printed(monkeypatch):
    """What is written to standard output and error while a test runs."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_an_account_in_use(printed):
    with Peer(binds()) as peer, account(peer, password=CANARY) as esme:
        assert spoken(peer.lines[0].got[0]) == CANARY  # it is the right one
        esme.send(NUMBER, "hello")
        esme.send_many(pd.DataFrame({"destination": [NUMBER] * 3}), text="hello").wait(timeout=LIMIT)
        assert not found(everything(esme))
        with pytest.warns(UserWarning, match="window") as caught:
            again = sk.connect(peer.url, password=CANARY, window=7)
        assert again is esme
        assert not found("".join(str(each.message) for each in caught))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sk.connect(peer.url, password=CANARY[::-1], window=7)
            sk.connect(peer.url, password=CANARY, window=7)
        assert not found("".join(str(each.message) for each in caught))
        assert CANARY[::-1] not in "".join(str(each.message) for each in caught)

        def settled() -> bool:  # both changes may have become one bind, or two
            got = peer.lines[-1].got
            return esme.state == "Logged in" and len(peer.lines) > 1 and bool(got) and spoken(got[0]) == CANARY

        until(settled)
        count = len(peer.lines)
        peer.lines[-1].reset()
        until(lambda: esme.state == "Logged in" and len(peer.lines) > count)
        assert not found(everything(esme))
    assert not found(everything(esme))
    assert not found(printed.getvalue())


def test_an_account_by_url():
    with centre(password=CANARY) as smsc, account(smsc.url) as esme:
        assert esme.state == "Logged in"
        assert not found(everything(esme))
        assert not found(repr(smsc) + repr(smsc.url) + shown(smsc.messages))


def test_a_long_password():
    long = CANARY * 4
    with Peer(binds()) as peer, account(peer, password=long, long_password=True) as esme:
        assert spoken(peer.lines[0].got[0]) == long
        assert not found(everything(esme))


def scripts():
    """Ways in which connecting fails: what is behind the port, and keywords."""
    return {
        "wrong password": (binds(0x0E), {}),
        "no answer": (lambda line: line.gone(), {"response_timeout": 0.2}),
        "hangs up": (lambda line: line.read(), {}),
        "no SMPP": (lambda line: line.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), {}),
        # a peer that gives back what it was told
        "an echo": (lambda line: line.send(line.socket.recv(4096)), {}),
        "an echo that cannot be read": (lambda line: line.send(b"\0\0\0\x40" + line.socket.recv(4096)[4:]), {}),
        "an echo out of step": (lambda line: line.send(line.socket.recv(4096)[5:]), {}),
    }


@pytest.mark.parametrize("way", scripts())
@pytest.mark.parametrize("by_url", [True, False])
def test_connecting_in_vain(way, by_url, printed):
    script, keywords = scripts()[way]
    with Peer(script) as peer:
        keywords = {"response_timeout": 1} | keywords
        url = f"smpp://demo:{CANARY}@127.0.0.1:{peer.port}" if by_url else peer.url
        error = raised(url, **keywords, **({} if by_url else {"password": CANARY}))
        assert not found(told(error))
        assert not found(everything(error.esme))
        error.esme.close()
    assert not found(printed.getvalue())


def raised(url, **keywords):
    """Connect in vain; return the error without the frames of this test, which knows the password."""
    with pytest.raises(sk.SmppError) as caught:
        sk.connect(url, **keywords)
    error = caught.value
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next
    return error


def test_nobody_listens():
    error = raised(f"smpp://demo:{CANARY}@127.0.0.1:{free_port()}")
    assert not found(told(error) + everything(error.esme))


@pytest.mark.parametrize(
    "keywords",
    [
        {"password": CANARY * 2},
        {"password": CANARY, "windw": 3},
        {"password": CANARY, "window": 0},
        {"password": CANARY, "profile": "genric"},
        {"password": CANARY.encode()},
        {"password": CANARY, "profile": 5},
        {"password": CANARY, "window": "many"},
        {"password": CANARY, "host": object()},
        {"host": f"smpp://demo:{CANARY}@localhost"},
        {"url": f"smpp://demo:{CANARY}@localhost:abc"},
        {"url": f"smpp://demo:{CANARY}"},
        {"url": f"http://demo:{CANARY}@localhost"},
        {"url": f"demo:{CANARY}@localhost"},
    ],
)
def test_options_that_cannot_be(keywords):
    keywords = {"host": "localhost"} | keywords if "url" not in keywords else keywords
    with pytest.raises((ValueError, TypeError, sk.SmppError)) as caught:
        sk.connect(**keywords)
    error = caught.value
    error.__traceback__ = error.__traceback__.tb_next  # the frame of this test
    assert not found(told(error))


def test_failures_after_the_bind():
    with Peer(binds()) as peer, account(peer, password=CANARY) as esme:
        for call in (
            lambda: esme.send("no number", "hello"),
            lambda: esme.configure(password=CANARY * 3),
            lambda: esme.configure(windw=3),
            lambda: esme.submit(sk.BindTransceiver(password=CANARY)),
            lambda: esme.wait_for(source=NUMBER, timeout=0.05),
        ):
            with pytest.raises(Exception) as caught:  # whatever it is, it must not tell
                call()
            error = caught.value
            error.__traceback__ = error.__traceback__.tb_next.tb_next  # of this test and its lambda
            assert not found(told(error))
        assert not found(everything(esme))


def test_an_account_does_not_travel():
    with Peer(binds()) as peer, account(peer, password=CANARY) as esme:
        with pytest.raises(TypeError) as caught:
            pickle.dumps(esme)
        assert not found(told(caught.value))
