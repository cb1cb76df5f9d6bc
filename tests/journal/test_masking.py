"""No password leaves: not in a bind, an outbind, nor in a broken one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.journal.masking import masked
from tests.journal.builder import bind, bind_resp, conversation, pdu


@pytest.mark.parametrize("command_id", [1, 2, 9])
@pytest.mark.parametrize("password", [b"", b"x", b"secret12", b"longer than the standard allows"])
def test_binds(command_id, password):
    made = masked(bind(7, command_id, b"demo", password))
    assert made == bind(7, command_id, b"demo", b"********")
    assert masked(made) == made


def test_outbind():
    assert masked(pdu(0x0B, 1, b"demo\0secret\0")) == pdu(0x0B, 1, b"demo\0********\0")


@pytest.mark.parametrize(
    "octets", [b"", b"\0", pdu(9, 1), pdu(0x15, 2), bind_resp(), *(pdu for _, pdu in conversation(9)[1:])]
)
def test_others_stay(octets):
    assert masked(octets) == octets


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"no end anywhere secret", b"*" * 22),
        (b"demo\0secret", b"demo\0********"),
        (b"demo\0", b"demo\0********"),
        (b"demo", b"****"),
    ],
)
def test_broken_binds(body, left):
    assert masked(pdu(9, 1, body)) == pdu(9, 1, left)


@given(st.binary(max_size=40), st.sampled_from((1, 2, 9, 11)))
def test_nothing_of_the_password_field_stays(body, command_id):
    made = masked(pdu(command_id, 1, body))
    assert int.from_bytes(made[:4], "big") == len(made)
    fields = body.split(b"\0")
    if len(fields) > 1 and len(fields[1]) > 3 and fields[1] not in b"\0".join([fields[0], *fields[2:]]):
        assert b"*" in fields[1] or fields[1] not in made
