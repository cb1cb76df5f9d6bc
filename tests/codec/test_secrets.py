"""A password stands in ``encode()`` and ``pdu.password`` and nowhere else, whatever goes wrong."""

import base64
import copy
import traceback

import pytest

import smppkit as sk

CANARY = "Xq7zK0vW"
BINDS = [sk.BindReceiver, sk.BindTransmitter, sk.BindTransceiver]
OCTETS = sk.BindTransceiver(system_id="esme", password=CANARY, system_type="VMS").encode()
HIDDEN = [
    CANARY,
    CANARY.encode().hex(),
    CANARY.encode().hex(" "),
    CANARY.encode().hex(" ", -4),
    CANARY.encode().hex().upper(),
    base64.b64encode(CANARY.encode()).decode()[:10],
    repr(CANARY.encode("utf-16-be"))[2:-1],
    ", ".join(map(str, CANARY.encode())),
]


def clean(text):
    text = str(text)
    return not any(secret in text for secret in HIDDEN) and CANARY.lower() not in text.lower()


def shown(pdu):
    """Yield all that a PDU shows of itself."""
    yield repr(pdu)
    yield f"{pdu}"
    yield pdu.explain()
    yield pdu._repr_html_()
    yield pdu.problems
    yield repr(pdu.tlvs)
    other = type(pdu)()
    yield pdu.diff(other)
    yield other.diff(pdu)
    yield pdu.diff(sk.EnquireLink())
    yield repr(copy.copy(pdu))
    yield repr([pdu, {"pdu": pdu}])
    yield repr(sk.scan(pdu.encode()))


@pytest.mark.parametrize("made", [*BINDS, sk.Outbind], ids=lambda made: made.__name__)
def test_what_a_pdu_shows(made):
    pdu = made(system_id="esme", password=CANARY)
    assert pdu.password == CANARY
    assert CANARY.encode() in pdu.encode()
    assert all(map(clean, shown(pdu)))
    assert "***" in repr(pdu)
    assert "***" in pdu.explain()


def test_a_password_that_is_too_long_shows_as_little():
    octets = OCTETS.replace(CANARY.encode(), CANARY.encode() * 3)
    pdu = sk.decode(len(octets).to_bytes(4, "big") + octets[4:])
    assert pdu.problems
    assert all(map(clean, shown(pdu)))


def patched(octets):
    return len(octets).to_bytes(4, "big") + octets[4:]


def told(call, *arguments, **keywords):
    """Return all that a failing call tells, the frames of smppkit with their locals; None when it does not fail."""
    try:
        call(*arguments, **keywords)
    except Exception as error:
        found = traceback.TracebackException.from_exception(error, capture_locals=True)
        lines = [str(error), repr(error), repr(error.args), repr(vars(error))]
        while error is not None:
            stack = traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), capture_locals=True)
            lines += [str(frame.locals) for frame in stack if "smppkit" in frame.filename]
            error = error.__cause__ or error.__context__
        assert found is not None
        return "\n".join(lines)
    return None


def test_broken_binds_tell_nothing():
    failures = 0
    for end in range(len(OCTETS)):
        for octets in (OCTETS[:end], patched(OCTETS[:end]), OCTETS[:end] + b"x" + OCTETS[end:]):
            text = told(sk.decode, octets)
            failures += text is not None
            assert text is None or clean(text)
            text = told(lambda octets=octets: list(sk.scan(octets)))
            assert text is None or clean(text)
    assert failures > 60


def test_a_password_without_its_nul_tells_nothing():
    octets = OCTETS.replace(CANARY.encode() + b"\0", CANARY.encode() + b"Z")
    assert clean(told(sk.decode, octets) or "")
    octets = patched(b"".join((OCTETS[:16], b"esme\0", CANARY.encode() * 3)))
    assert "no NUL within 9 octets" in told(sk.decode, octets)
    assert clean(told(sk.decode, octets))


@pytest.mark.parametrize("made", BINDS, ids=lambda made: made.__name__)
def test_building_fails_without_telling(made):
    for keywords in (
        {"password": CANARY * 2},
        {"password": CANARY + "\0"},
        {"password": CANARY + "€"},
        {"password": CANARY.encode()},
        {"password": [CANARY]},
        {"password": CANARY, "system_id": "x" * 40},
        {"password": CANARY, "nothing": 1},
        {"password": CANARY, "tlvs": {"no such": 1}},
    ):
        text = told(made, **keywords)
        assert text
        assert clean(text)
        text = told(made(password="x").replace, **keywords)
        assert text
        assert clean(text)
        assert clean(told(sk.encode_many, made.command, keywords))  # a list is a column, and a sound one
        text = told(sk.encode_many, made.command, {name: [value] for name, value in keywords.items()})
        assert text
        assert clean(text)


def test_hex_dumps_fail_without_telling():
    dump = OCTETS.hex(" ")
    for text in (dump + " zz", "log: " + dump + "0", dump.replace("00", "0g", 1), dump[:-3]):
        assert clean(told(sk.decode, text))
    assert clean(told(sk.scan, dump))
    assert clean(told(sk.scan, OCTETS + b"HTTP/1.1 200 OK"))


def test_a_profile_that_is_none_tells_nothing():
    assert clean(told(sk.decode, OCTETS, 7))
    assert clean(told(sk.scan, OCTETS, 7))
    assert clean(told(sk.BindReceiver, password=CANARY, profile="no such"))


def test_a_broken_pickle_tells_nothing():
    import pickle

    broken = pickle.dumps(sk.decode(OCTETS)).replace(b"VMS\0", b"VMSx")
    text = told(pickle.loads, broken)
    assert text is None or clean(text)
