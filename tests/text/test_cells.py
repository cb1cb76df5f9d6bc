"""Values as NumPy, pandas and enumerations have them, where a text, octets or a number is wanted."""

from enum import Enum, StrEnum

import numpy as np
import pytest

import smppkit as sk


class Name(StrEnum):
    ID = "receipted_message_id"
    SEVEN = "7"


class Old(str, Enum):  # noqa: UP042  (its str() is its name, not what it holds)
    ID = "receipted_message_id"
    SEVEN = "7"


@pytest.mark.parametrize("value", [np.str_("7"), Name.SEVEN, Old.SEVEN])
@pytest.mark.parametrize("key", ["receipted_message_id", np.str_("receipted_message_id"), Name.ID, Old.ID, 0x1E])
def test_what_is_also_a_text_serves_in_a_tlv(key, value):
    pdu = sk.SubmitSm(tlvs={key: value})
    assert pdu.encode() == sk.SubmitSm(tlvs={"receipted_message_id": "7"}).encode()
    with pytest.raises(sk.EncodeError, match=r"^receipted_message_id: "):
        sk.SubmitSm(tlvs={key: type(value)(value) + "x" * 99})
    with pytest.raises(sk.EncodeError, match=r"^receipted_message_id: a str"):
        sk.SubmitSm(tlvs={key: 7.5})


@pytest.mark.parametrize("value", [np.uint8(104), np.True_, np.int8(1), np.datetime64("2026-11-22"), 104])
def test_one_number_is_no_octets(value):
    for fields in ({"short_message": value}, {"tlvs": {"message_payload": value}}, {"tlvs": {0x1400: value}}):
        with pytest.raises(sk.EncodeError, match=f"wanted, not {type(value).__name__}"):
            sk.SubmitSm(**fields)


def test_octets_of_numpy_serve():
    for value in (np.bytes_(b"hi"), np.frombuffer(b"hi", np.uint8), np.frombuffer(b"hi", np.int8)):
        assert sk.SubmitSm(short_message=value).short_message == b"hi"
