"""One PDU on its fast ways: what was built is known to be what decoding finds, strings by words, memory kept."""

from enum import IntEnum
from types import MethodDescriptorType

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smppkit as sk
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.kinds import CSTRING, OCTETS, RESPONSE, TIME, U8

VALUES = {
    U8: st.integers(0, 255),
    CSTRING: st.text(st.characters(min_codepoint=1, max_codepoint=0xFF), max_size=4),
    TIME: st.sampled_from(["", "000001000000000R"]),
    OCTETS: st.binary(max_size=254),
    "destinations": st.lists(st.builds(dict, dl_name=st.sampled_from(["", "list"])), min_size=1, max_size=3),
    "failures": st.lists(st.builds(dict, error_status_code=st.integers(0, 2**32 - 1)), max_size=3),
}
TLVS = st.none() | st.sampled_from([{}, {"source_port": 80}, [(0x1400, b"x\0")], [(0x0424, bytes(300))], [(0, b"")]])


def seen(pdu):
    fields = [getattr(pdu, name) for name in pdu.field_names]
    return fields, pdu._spans(), pdu._odd, pdu._tlv_end, pdu.raw_tlvs, pdu.command_status, pdu.sequence_number


@given(st.data(), st.sampled_from(ROWS))
def test_a_built_pdu_is_walked_as_its_octets_are(data, row):
    kinds = {field.name: VALUES[field.kind] for field in row.fields if not field.counts}
    must = {"dest_address": kinds.pop("dest_address")} if "dest_address" in kinds else {}
    if row.kind == RESPONSE and data.draw(st.booleans()):
        must, kinds = {name: st.none() for name in kinds}, {}
    extras = {"tlvs": TLVS, "command_status": st.sampled_from([0, 8]), "sequence_number": st.integers(0, 2**32 - 1)}
    some = data.draw(st.fixed_dictionaries(must, optional=kinds | extras))
    pdu = getattr(sk, class_name(row.name))(**some)
    assert seen(pdu) == seen(sk.decode(pdu.encode()))
    assert pdu.replace(sequence_number=9).replace(sequence_number=pdu.sequence_number) == pdu


class Five(IntEnum):
    five = 5


class Text(str):
    pass


class Index:
    def __index__(self):
        return 5


ANY = {
    U8: st.integers(-1, 256) | st.sampled_from([True, Five.five, 2**40, 2**70, Index(), None, "1", 1.5]),
    CSTRING: st.text(st.characters(max_codepoint=0x101), max_size=70)
    | st.sampled_from(["a\0", "\0", "x" * 300, Text("text"), "€", None, b"octets", 1]),
    TIME: st.sampled_from(["", "000001000000000R", "00000100000000R", "x" * 16, "\0", Text("000001000000000R"), None]),
    OCTETS: st.binary(max_size=256) | st.sampled_from([bytearray(b"ab"), memoryview(b"ab"), bytes(254), "text", None]),
    "destinations": VALUES["destinations"] | st.sampled_from([None, [], "x"]),
    "failures": VALUES["failures"] | st.sampled_from([None, [1], "x"]),
}
NUMBERS = st.integers(0, 2**32 - 1) | st.sampled_from([-1, 2**30 - 1, 2**30, 2**32, 2**70, True, Index(), None, "1"])


def outcome(make, keywords):
    try:
        pdu = make(**keywords)
    except Exception as error:
        return type(error), str(error), vars(error)
    return pdu.encode(), seen(pdu), pdu.profile


def both_ways(row, keywords):
    """The outcome, straight where that is possible; a profile, if only None, is never looked at there."""
    make = getattr(sk, class_name(row.name))
    straight = outcome(make, keywords)
    assert straight == outcome(make, keywords | {"profile": None})
    return straight


@given(st.data(), st.sampled_from(ROWS))
def test_the_straight_way_and_the_general_one_build_the_same(data, row):
    plain = {field.name: VALUES[field.kind] for field in row.fields if not field.counts}
    odd = {field.name: ANY[field.kind] if not field.counts else st.just(1) for field in row.fields}
    fields = data.draw(st.fixed_dictionaries({}, optional=plain))
    if odd:
        for name in data.draw(st.lists(st.sampled_from([*odd]), max_size=2)):
            fields[name] = data.draw(odd[name])
    header = st.fixed_dictionaries({}, optional={"sequence_number": NUMBERS, "command_status": NUMBERS})
    keywords = [*(fields | data.draw(header)).items()]
    both_ways(row, dict(data.draw(st.permutations(keywords))))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_field_alone_both_ways_at_every_length(row):
    for field in row.fields:
        lengths = range(min(field.limit, 300) + 2) if field.kind in (CSTRING, OCTETS) else ()
        for length in lengths:
            value = bytes(length) if field.kind == OCTETS else "é" * length
            octets = both_ways(row, {field.name: value, "sequence_number": 1})[0]
            assert row.name == "submit_multi" or isinstance(octets, bytes) == (
                length <= field.limit - (field.kind == CSTRING)
            )
    for status in (0, 1, 2**31):
        both_ways(row, {"command_status": status})
        both_ways(row, {"command_status": status} | {field.name: None for field in row.fields if not field.counts})


def test_an_odd_number_of_the_header_is_told_after_the_fields():
    for number in (-1, "1", 2**32):
        with pytest.raises(sk.EncodeError, match=r"^source_addr: "):
            sk.SubmitSm(sequence_number=number, source_addr="€")
        with pytest.raises(sk.EncodeError, match=r"^command_status: "):
            sk.SubmitSm(sequence_number=number, command_status=number, source_addr="INFO")


@pytest.mark.parametrize("filler", [b"\x01", b"\x7f", b"\x80", b"\xff", b"\x01\x80"], ids=bytes.hex)
def test_the_nul_of_a_string_of_any_length_is_found(filler):
    for length in range(150):
        text = (filler * length)[:length]
        for rest in (b"", b"\0", b"\x01\0\x01\0", bytes(20)):
            body = bytes(16) + text + b"\0" + rest
            octets = len(body).to_bytes(4, "big") + (0x80000004).to_bytes(4, "big") + body[8:]
            try:
                pdu = sk.decode(octets)
            except sk.DecodeError:
                continue
            if pdu._odd & 32 == 0:  # not read as TLVs alone
                assert pdu.message_id == text.decode("latin-1")
        assert length > 64 or sk.SubmitSmResp(message_id=text.decode("latin-1")).message_id == text.decode("latin-1")


@pytest.mark.parametrize("name", ["command_status", "sequence_number"])
def test_numbers_of_the_header(name):
    for number in (0, 1, 2**15, 2**30 - 1, 2**30, 2**31 - 1, 2**31, 2**32 - 1):
        assert getattr(sk.EnquireLink(**{name: number}), name) == number
    for number in (-1, -(2**31), 2**32, 2**33 + 1, 2**64, -(2**70)):
        with pytest.raises(sk.EncodeError, match=rf"^{name}: "):
            sk.EnquireLink(**{name: number})


def test_memory_kept_of_pdus_serves_the_next():
    for row in ROWS:
        some = {"dest_address": [{"dl_name": "x"}]} if row.name == "submit_multi" else {}
        make = getattr(sk, class_name(row.name))
        for count in (1, 40, 3):
            pdus = [make(sequence_number=number, **some) for number in range(count)]
            copies = [sk.decode(pdu.encode()) for pdu in pdus]
            assert [pdu.sequence_number for pdu in pdus] == list(range(count))
            assert copies == pdus
            assert {type(pdu) for pdu in copies} == {make}


def test_every_class_has_an_encode_of_its_own_that_takes_nothing():
    for row in ROWS:
        kind = getattr(sk, class_name(row.name))
        assert isinstance(vars(kind)["encode"], MethodDescriptorType)
        assert kind.encode.__text_signature__ == "($self)"
        assert kind.encode.__doc__ == sk.Pdu.encode.__doc__
    with pytest.raises(TypeError):
        sk.EnquireLink().encode(1)
