"""Values as NumPy, pandas and enumerations have them, where a text, octets or a number is wanted."""

from enum import Enum, StrEnum

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit as sk

TEXT = "id:7 stat:DELIVRD"
EMPTY = [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT]


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


# ---- receipts ----


@pytest.mark.parametrize("kind", [np.str_, StrEnum("Texts", {"ONE": TEXT}), Enum("Texts", {"ONE": TEXT}, type=str)])
def test_what_is_also_a_text_is_a_receipt(kind):
    receipt = sk.parse_receipt(kind(TEXT))
    assert receipt == sk.parse_receipt(TEXT)
    assert type(receipt.__reduce__()[1][0]) is str


def test_what_is_also_a_text_serves_in_the_tlvs_of_a_receipt():
    receipt = sk.parse_receipt(TEXT, None, {Old.ID: Old.SEVEN, "network_error_code": np.str_("034")})
    assert receipt == sk.parse_receipt(TEXT, None, {"receipted_message_id": "7", "network_error_code": "034"})
    assert receipt.err == "034"


def test_of_repeated_tlvs_of_a_receipt_the_first_counts():
    pairs = [("receipted_message_id", "1"), ("receipted_message_id", "2"), (0x0427, 3), (0x0427, 2)]
    pdu = sk.DeliverSm(short_message=TEXT.encode(), tlvs=pairs)
    for tlvs in (pairs, iter(pairs), pdu.tlvs):
        receipt = sk.parse_receipt(TEXT, tlvs=tlvs)
        assert (receipt.id, receipt.state) == ("1", "EXPIRED")


@pytest.mark.parametrize("empty", EMPTY, ids=repr)
def test_empty_cells_count_as_not_given(empty):
    assert sk.parse_receipt(TEXT, empty, empty) == sk.parse_receipt(TEXT)
    assert sk.parse_receipt(TEXT.encode(), empty, data_coding=empty) == sk.parse_receipt(TEXT)
    tlvs = {"receipted_message_id": empty, "message_state": empty, "network_error_code": empty}
    assert sk.parse_receipt(TEXT, tlvs=tlvs) == sk.parse_receipt(TEXT)
    assert sk.parse_receipt(empty, tlvs={"message_payload": empty}) is None


@pytest.mark.parametrize("kind", [float, np.float32, np.uint8, np.int64])
def test_whole_numbers_of_every_kind_serve(kind):
    octets = TEXT.encode("utf-16-be")
    assert sk.parse_receipt(octets, kind(4), {"message_state": kind(3)}, kind(8)).state == "EXPIRED"
    assert sk.parse_receipt(TEXT, kind(8)) is None


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"esm_class": "4"}, TypeError, "esm_class takes a whole number of 0 to 255, or None, not '4'"),
        ({"esm_class": 4.5}, TypeError, "esm_class takes a whole number of 0 to 255, or None, not 4.5"),
        ({"esm_class": 256}, ValueError, "esm_class is 256, but takes a whole number of 0 to 255, or None"),
        ({"esm_class": -(2**70)}, ValueError, f"esm_class is -{2**70}, but takes a whole number of 0 to 255, or None"),
        ({"esm_class": -1.0}, ValueError, "esm_class is -1.0, but takes a whole number of 0 to 255, or None"),
        ({"data_coding": "8"}, TypeError, "data_coding takes a whole number of 0 to 255, or None, not '8'"),
        ({"data_coding": 256}, ValueError, "data_coding is 256, but takes a whole number of 0 to 255, or None"),
        ({"tlvs": 7}, TypeError, "tlvs takes a mapping of names to values, or pairs of them, not this int"),
        ({"tlvs": "ab"}, TypeError, "tlvs takes a mapping of names to values, or pairs of them, not this str"),
        ({"tlvs": [7]}, TypeError, "tlvs takes a mapping of names to values, or pairs of them, not this list"),
    ],
)
def test_arguments_that_say_nothing_are_refused_by_name(arguments, error, said):
    with pytest.raises(error) as caught:
        sk.parse_receipt(TEXT if "data_coding" not in arguments else TEXT.encode(), **arguments)
    assert str(caught.value) == said


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_arrow_texts_that_are_no_utf8_are_read_with_replacements(kind):
    octets = [b"id:7\xff stat:DELIVRD text:\xc3", None, "id:\u00e9 stat:EXPIRED".encode()]
    binary = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}.get(kind, pa.binary_view())
    texts = pa.array([None, *octets], binary).view(kind)[1:]
    wanted = sk.parse_receipts([None if row is None else row.decode("utf-8", "replace") for row in octets])
    assert wanted.id[0] == "7\ufffd"
    for column in (texts, pa.chunked_array([texts]), pa.chunked_array([texts[:1], texts[1:]])):
        frame = sk.parse_receipts(column)
        pd.testing.assert_frame_equal(frame, wanted)
        assert "7\ufffd" in frame.to_string()
