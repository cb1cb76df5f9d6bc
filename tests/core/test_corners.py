"""Corners of one PDU: what few callers pass and few peers send."""

from array import array
from enum import IntEnum
from types import MappingProxyType

import pytest

import smppkit as sk
from smppkit._core.fill import encode, field_octets
from smppkit.spec.kinds import Tlv

VENDOR = sk.Profile(
    "p", [Tlv(0x1400, "billing", "cstring", 1, 10), Tlv(0x1401, "stamp", "int", 1, 8), Tlv(0x1402, "tick", "int", 1, 3)]
)
HEADER = bytes.fromhex("00000000 80000004 00000000 00000001")


def response(command_id, body):
    octets = bytes([0x80, 0, 0, command_id]) + bytes(7) + b"\1" + body
    return (4 + len(octets)).to_bytes(4, "big") + octets


def released():
    view = memoryview(b"abc")
    view.release()
    return view


class Octets(bytes):
    """Octets of a subclass."""


class Tag(IntEnum):
    """Tags with names."""

    STAMP = 0x1401


def test_a_class_called_without_its_shortcut():
    """type.__call__ makes no use of vectorcall: the result is the same."""
    assert type.__call__(sk.EnquireLink) == sk.EnquireLink()
    assert type.__call__(sk.Unbind, sequence_number=7) == sk.Unbind(sequence_number=7)
    with pytest.raises(TypeError, match="takes keywords only"):
        type.__call__(sk.Unbind, 7)


def test_octets_of_every_kind_are_decoded():
    octets = sk.SubmitSm(short_message=b"hi", sequence_number=3).encode()
    for kind in (bytes, Octets, bytearray, memoryview, lambda given: array("B", given), lambda given: given.hex()):
        assert sk.decode(kind(octets)).encode() == octets
    twice = bytearray(2 * len(octets))
    twice[::2] = octets
    assert sk.decode(memoryview(twice)[::2]).encode() == octets


def test_what_is_no_octets_is_refused():
    with pytest.raises(TypeError, match="items of 2 octets"):
        sk.decode(array("H", [1, 2]))
    with pytest.raises(ValueError, match="released memoryview"):
        sk.decode(released())
    with pytest.raises(ValueError, match="released memoryview"):
        sk.SubmitSm(short_message=released())
    for value in (array("H", [1]), "text", 7):
        with pytest.raises(sk.EncodeError, match="short_message"):
            sk.SubmitSm(short_message=value)
        with pytest.raises(sk.EncodeError, match="message_payload"):
            sk.SubmitSm(tlvs={"message_payload": value})


@pytest.mark.parametrize("value", [0, 255, 256, 2**24, 2**32, 2**40, 2**48, 2**56 - 1, 2**56, 2**63 - 1])
def test_numbers_take_as_few_octets_as_their_row_allows(value):
    pdu = sk.SubmitSm(tlvs={"stamp": value}, profile=VENDOR)
    ((_, octets),) = pdu.raw_tlvs
    assert octets == value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big")
    assert sk.decode(pdu.encode(), profile=VENDOR).tlvs["stamp"] == value
    columns, _ = sk.encode_many("submit_sm", {"stamp": [value]}, VENDOR)
    assert columns == pdu.encode()


@pytest.mark.parametrize("value", [-1, 2**24, 2**63, 2**64, -(2**63), -(2**70)])
def test_numbers_that_no_octets_hold_are_refused(value):
    with pytest.raises(sk.EncodeError, match=f"tick: {value} is outside 0 to 16777215"):
        sk.SubmitSm(tlvs={"tick": value}, profile=VENDOR)


def test_numbers_of_eight_octets_are_written_and_refused_as_they_are_read():
    pdu = sk.SubmitSm(tlvs={"stamp": 2**64 - 1}, profile=VENDOR)
    assert pdu.tlvs["stamp"] == 2**64 - 1
    with pytest.raises(sk.EncodeError, match=f"stamp: -1 is outside 0 to {2**64 - 1}"):
        sk.SubmitSm(tlvs={"stamp": -1}, profile=VENDOR)


@pytest.mark.parametrize(
    "tlvs",
    [
        {1.5: b""},
        {-1: b""},
        {0x10000: b""},
        {2**70: b""},
        {b"source_port": 80},
        {0x3FFF: None},
        {"source_port": None},
        {0x3FFF: bytes(70_000)},
        {"message_payload": bytes(70_000)},
        {"user_message_reference": b"abc"},
        {"billing": "x" * 10},
        {"receipted_message_id": "x" * 65},
        {"receipted_message_id": "€" * 65},
        {"receipted_message_id": "€"},
        7,
        "source_port",
        [("source_port",)],
        [7],
    ],
    ids=str,
)
def test_tlvs_that_cannot_be_written(tlvs):
    with pytest.raises((sk.EncodeError, TypeError)):
        sk.SubmitSm(tlvs=tlvs)


def test_tlvs_in_every_form():
    expected = [(0x1401, b"\7"), (0x020A, b"\0P")]
    for tlvs in (
        {Tag.STAMP: b"\7", "source_port": 80},
        MappingProxyType({0x1401: b"\7", "source_port": 80}),
        [[0x1401, bytearray(b"\7")], ("".join(["source", "_port"]), 80)],
        iter([(0x1401, memoryview(b"\7")), ("source_port", b"\0P")]),
        sk.SubmitSm(tlvs=[(0x1401, b"\7"), ("source_port", 80)]).tlvs,
    ):
        assert sk.SubmitSm(tlvs=tlvs).raw_tlvs == expected
    assert sk.SubmitSm(tlvs={"alert_on_message_delivery": None}).raw_tlvs == [(0x130C, b"")]
    assert sk.SubmitSm(tlvs={"alert_on_message_delivery": [None, None]}).raw_tlvs == [(0x130C, b"")] * 2


def test_tlvs_are_equal_to_mappings_and_to_nothing_else():
    tlvs = sk.SubmitSm(tlvs={"source_port": 80}).tlvs
    assert tlvs == {"source_port": 80}
    assert tlvs == sk.DeliverSm(tlvs={"source_port": 80}).tlvs
    assert tlvs != {"source_port": 81}
    assert tlvs != [("source_port", 80)]


def test_octets_that_are_no_whole_tlvs_are_not_restored():
    restore, (octets, profile) = sk.SubmitSm(tlvs={"source_port": 80}).tlvs.__reduce__()
    assert restore(octets, profile) == {"source_port": 80}
    for wrong in (octets[:-1], octets + b"\0", b"\0\1\0\5ab"):
        with pytest.raises(ValueError, match="no whole TLVs"):
            restore(wrong, profile)


def test_tags_that_neither_the_standard_nor_the_profile_knows():
    octets = sk.SubmitSm(tlvs={0x3FFF: b"x", 0x1400: b"A7\0", 0x1401: b"\1" * 9}).encode()
    tlvs = sk.decode(octets, profile=VENDOR).tlvs
    assert dict(tlvs) == {0x3FFF: b"x", "billing": "A7", "stamp": b"\1" * 9}
    assert tlvs[0x3FFF] == b"x"
    assert repr(tlvs) == "<Tlvs 0x3FFF, billing, stamp>"


@pytest.mark.parametrize(
    ("raw", "value", "odd"),
    [
        (b"", b"", True),
        (b"\0", "", False),
        (b"ab", "ab", True),
        (b"ab\0", "ab", False),
        (b"x" * 64 + b"\0", "x" * 64, False),
    ],
)
def test_strings_in_tlvs_with_and_without_their_nul(raw, value, odd):
    pdu = sk.decode(sk.DeliverSm(esm_class=4, tlvs={0x001E: raw}).encode())
    assert pdu.tlvs["receipted_message_id"] in (value, raw)
    assert bool(pdu.problems) == odd or raw == b"ab"


def test_tlvs_where_they_do_not_belong_are_told():
    assert sk.decode(sk.SubmitSm(tlvs={"receipted_message_id": "x"}).encode()).problems
    assert sk.decode(sk.SubmitSm(tlvs=[("source_port", 80)] * 2).encode()).problems
    assert sk.decode(sk.SubmitSm(tlvs={"sar_msg_ref_num": 1}).encode()).problems


def test_a_response_cut_inside_its_body_is_completed_when_it_is_changed():
    """The octets that are there stay, a string gets its NUL."""
    pdu = sk.decode(response(3, b"77"))
    assert (pdu.message_id, pdu.final_date, pdu.message_state) == ("77", None, None)
    assert pdu.replace(sequence_number=9).encode()[16:] == b"77"
    whole = pdu.replace(final_date="", message_state=2, error_code=0)
    assert whole.encode()[16:] == b"77\0\0\2\0"


def test_fields_that_a_response_lacks_are_none():
    for command_id in (1, 2, 3, 4, 5, 9, 0x21, 0x103, 0x111, 0x112):
        pdu = sk.decode(response(command_id & 0xFF, b"")) if command_id < 0x100 else None
        if pdu is not None:
            assert all(getattr(pdu, name) is None for name in pdu.field_names)
    multi = sk.decode(response(0x21, b"id\0\1\1\1" + b"32471\0" + b"\0\0\0\x58"))
    assert len(multi.unsuccess_sme) == 1


@pytest.mark.parametrize(("row", "place"), [(-1, 0), (999, 0), (3, -1), (3, 99)])
def test_fields_that_no_command_has_are_refused(row, place):
    with pytest.raises(ValueError, match="there is no field"):
        field_octets(row, place, 1)


@pytest.mark.parametrize(("row", "rows", "parts"), [(-1, 1, 1), (999, 1, 1), (3, -1, 1), (3, 1, 0)])
def test_commands_that_are_none_are_refused(row, rows, parts):
    with pytest.raises(ValueError, match="there are no"):
        encode(row, rows, [], None, None, None, parts)


@pytest.mark.parametrize("kind", ["ready", "number", "string", "time", "counted", "raw", "tlv_number", "tlv_raw"])
def test_slots_without_their_column_are_refused(kind):
    slot = kind, True, 2, None, None, None, b"x", None
    with pytest.raises(ValueError, match=f"a slot of kind {kind} lacks its column"):
        encode(3, 1, [slot], None, None, None)


def test_slots_shorter_than_there_are_rows_are_refused():
    number = array("q", [7])
    with pytest.raises(ValueError, match="a column is shorter than there are rows"):
        encode(3, 2, [("number", True, 1, None, number, None, None, None)], None, None, None)
    with pytest.raises(ValueError, match="a column is shorter than it says"):
        encode(3, 1, [("number", True, 1, None, number, None, None, b"")], None, None, None)
