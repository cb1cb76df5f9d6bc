"""Building: what fits is encoded at once, what does not is told by field, offset and status."""

import inspect
from enum import IntEnum

import numpy as np
import pytest

import smppkit as sk
from smppkit._core.entries import DistributionList, SmeAddress, UnsuccessSme
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.kinds import CSTRING, DESTINATIONS, FAILURES, OCTETS, RESPONSE, TIME, U8, Tlv
from smppkit.spec.tlvs import ROWS as TLVS
from tests import oracle
from tests.generator import Generator

EVERY_FIELD = [
    pytest.param(row, field, id=f"{row.name}-{field.name}") for row in ROWS for field in row.fields if not field.counts
]


def build(row, **fields):
    needed = {"dest_address": [{"dl_name": "x"}]} if row.name == "submit_multi" else {}
    return getattr(sk, class_name(row.name))(**(needed | fields))


def refused(make):
    with pytest.raises(sk.EncodeError) as raised:
        make()
    return raised.value


def offset_of(row, field):
    pdu = build(row)
    return pdu._spans()[pdu.field_names.index(field.name)][0]


@pytest.mark.parametrize(("row", "field"), EVERY_FIELD)
def test_every_field_at_its_limits(row, field):
    if field.kind == U8:
        good, bad = [0, 255, np.uint8(7), True, IntEnum("Some", {"one": 1}).one], [-1, 256, 2**70, -(2**70)]
    elif field.kind == CSTRING:
        good, bad = ["", "é" * (field.limit - 1)], ["x" * field.limit, "a\0b", "€", "\ud800"]
    elif field.kind == TIME:
        good, bad = ["", "261231235959908+", "000001000000000R"], ["x", "2612312359599085", "26123123595990+", "€"]
    elif field.kind == OCTETS:
        good, bad = [b"", bytearray(254), memoryview(b"ab"), np.zeros(3, np.uint8)], [bytes(255)]
    else:
        good, bad = [[{"destination_addr": "1"}] * 2], [[{"destination_addr": "x" * 21}]]
    for value in good:
        pdu = build(row, **{field.name: value})
        assert sk.decode(pdu.encode()) == pdu
        assert not pdu.problems or field.name == "esm_class"  # which may announce a header that is not there
    for value in bad:
        error = refused(lambda value=value: build(row, **{field.name: value}))
        assert error.field == field.name
        assert str(error).startswith(field.name)
        if field.kind not in ("destinations", "failures"):
            assert (error.offset, error.command_status) == (offset_of(row, field), field.status)


@pytest.mark.parametrize(("row", "field"), EVERY_FIELD)
@pytest.mark.parametrize("value", [1.5, object(), "", b"", 7, {}])
def test_every_field_has_its_type(row, field, value):
    right = {U8: int, CSTRING: str, TIME: str, OCTETS: bytes}.get(field.kind)
    if type(value) is right:
        return
    error = refused(lambda: build(row, **{field.name: value}))
    assert error.field == field.name
    assert f"wanted, not {type(value).__name__}" in str(error)


LONGER = {
    CSTRING: lambda field: "7" * (field.limit - 1),
    TIME: lambda field: "261231235959908+",
    OCTETS: lambda field: b"text",
    DESTINATIONS: lambda field: [{"destination_addr": "3247"}, {"dl_name": "friends"}],
    FAILURES: lambda field: [{"destination_addr": "3247"}],
}


@pytest.mark.parametrize(("row", "field"), EVERY_FIELD)
def test_the_offset_counts_what_stands_before(row, field):
    place = row.fields.index(field)
    before = {one.name: LONGER[one.kind](one) for one in row.fields[:place] if one.kind in LONGER}
    start = build(row, **before)._spans()[place][0]
    assert start >= offset_of(row, field)
    for wrong in {U8: (-1, 256), CSTRING: ("€",), TIME: ("x",), OCTETS: (bytes(255),)}.get(field.kind, ()):
        error = refused(lambda wrong=wrong: build(row, **before, **{field.name: wrong}))
        assert (error.offset, error.command_status) == (start, field.status)
    error = refused(lambda: build(row, **before, **{field.name: object()}))
    assert (error.offset, error.command_status) == (start, field.status)


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    ("entry", "within"),
    [
        ({"dest_addr_ton": 256}, 1),
        ({"dest_addr_npi": -1}, 2),
        ({"destination_addr": "x" * 21}, 3),
        ({"dl_name": "x" * 21}, 1),
        ({"error_status_code": 2**32}, 3),
    ],
)
def test_the_offset_of_a_field_of_an_entry(entry, within, number):
    """Behind entries of flag, ton, npi and four characters; a failure has no flag, but four octets at its end."""
    others = [{"destination_addr": "3247"}] * number
    if "error_status_code" in entry:
        error = refused(lambda: sk.SubmitMultiResp(message_id="7", unsuccess_sme=[*others, entry]))
        assert (error.field, error.offset) == ("unsuccess_sme", 16 + 2 + 1 + 11 * number + within)
    else:
        error = refused(lambda: sk.SubmitMulti(service_type="CMT", dest_address=[*others, entry]))
        assert (error.field, error.offset) == ("dest_address", 16 + 4 + 3 + 1 + 8 * number + within)


END = 16 + len(sk.SubmitSm(source_addr="INFO").encode()[16:])
"""Where the TLVs of such a submit_sm begin."""


@pytest.mark.parametrize(
    ("tlvs", "field", "offset"),
    [
        ({"source_port": 65536}, "source_port", END),
        ({"source_port": "80"}, "source_port", END),
        ([("source_port", 1), ("receipted_message_id", "x" * 65)], "receipted_message_id", END + 6),
        ([("source_port", 1), ("receipted_message_id", 7)], "receipted_message_id", END + 6),
        ([(0x1400, b"abc"), ("message_payload", "text")], "message_payload", END + 7),
        ([(0x1400, b"abc"), ("message_payload", bytes(65_536))], "message_payload", END + 7),
        ([(0x1400, b"abc"), (0x10000, b"")], "tlvs", END + 7),
        ([(0x1400, b"abc"), ("sourceport", 1)], "tlvs", END + 7),
        ([(0x1400, b"")] * 1025, "tlvs", END + 4 * 1024),
        ([(0x1400, bytes(60_000))] * 2, "command_length", 0),
    ],
)
def test_the_offset_of_a_tlv_is_that_of_its_tag(tlvs, field, offset):
    error = refused(lambda: sk.SubmitSm(source_addr="INFO", tlvs=tlvs))
    assert (error.field, error.offset) == (field, offset)


@pytest.mark.parametrize(("field", "offset"), [("command_status", 8), ("sequence_number", 12)])
@pytest.mark.parametrize("value", [-1, 2**32, "1"])
def test_the_offset_of_a_field_of_the_header(field, offset, value):
    error = refused(lambda: sk.SubmitSm(**{field: value}))
    assert (error.field, error.offset, error.command_status) == (field, offset, 8)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: sk.SubmitSm(source_addr="x" * 30), "source_addr: 30 octets, at most 20 fit beside the NUL"),
        (lambda: sk.SubmitSm(source_addr="a€"), "'€' (position 1) is no octet"),
        (lambda: sk.SubmitSm(source_addr="a\0"), "source_addr: a NUL (position 1) would end the string before its end"),
        (lambda: sk.SubmitSm(esm_class=300), "esm_class: 300 is outside 0 to 255"),
        (lambda: sk.SubmitSm(short_message="hi"), "encode the text first, for example gsm7.encode(text)"),
        (lambda: sk.SubmitSm(short_message=bytes(255)), "put longer texts into the TLV message_payload"),
        (lambda: sk.SubmitSm(validity_period="tomorrow"), "'tomorrow' is no time of the form YYMMDDhhmmsstnnp"),
        (lambda: sk.SubmitSm(sm_length=3), "sm_length: counted from short_message, leave it out"),
        (lambda: sk.SubmitSm(source_addr=None), "source_addr: None, but a request has all its fields"),
        (lambda: sk.SubmitSm(sequence_number=-1), "sequence_number: -1 is outside 0 to 4294967295"),
        (lambda: sk.SubmitSm(sequence_number="1"), "sequence_number: an int wanted, not str"),
        (lambda: sk.SubmitSm(command_status=2**32), "command_status: 4294967296 is outside"),
        (sk.SubmitMulti, "dest_address: empty, but 1 to 254 entries are wanted"),
        (lambda: sk.SubmitMulti(dest_address=[{"dl_name": "x"}] * 255), "dest_address: 255 entries, at most 254 fit"),
        (lambda: sk.SubmitMulti(dest_address="3247"), "dest_address: a sequence of SmeAddress"),
        (lambda: sk.SubmitMulti(dest_address=["3247"]), "dest_address[0]: SmeAddress, DistributionList or a mapping"),
        (lambda: sk.SubmitMulti(dest_address=[{"destination": "3"}]), "dest_address[0]"),
        (lambda: sk.SubmitMulti(dest_address=[{"dl_name": "x", "dest_flag": 1}]), "dest_address[0]"),
        (lambda: sk.SubmitMulti(dest_address=[{"dest_addr_ton": 256}]), "dest_address[0].dest_addr_ton: 256"),
        (
            lambda: sk.SubmitMultiResp(unsuccess_sme=[{"error_status_code": -1}]),
            "unsuccess_sme[0].error_status_code: -1 is outside",
        ),
        (lambda: sk.QuerySmResp(message_id=None, error_code=1), "every field must be None or none"),
        (lambda: sk.SubmitSm(tlvs=7), "tlvs: a mapping or a sequence of (name or tag, value) pairs wanted, not int"),
        (lambda: sk.SubmitSm(tlvs=["x"]), "tlvs: a mapping or a sequence"),
        (lambda: sk.SubmitSm(tlvs="source_port"), "tlvs: a mapping or a sequence"),
        (lambda: sk.SubmitSm(tlvs={"sourceport": 1}), "no TLV is called 'sourceport'; did you mean source_port"),
        (lambda: sk.SubmitSm(tlvs={"zzz": 1}), "give the tag as a number, or declare it in a profile"),
        (lambda: sk.SubmitSm(tlvs={0x10000: b""}), "by its tag of 0 to 0xFFFF"),
        (lambda: sk.SubmitSm(tlvs={"source_port": 65536}), "source_port: 65536 is outside 0 to 65535"),
        (lambda: sk.SubmitSm(tlvs={"source_port": -1}), "source_port: -1 is outside 0 to 65535"),
        (lambda: sk.SubmitSm(esm_class=np.array([1, 2])), "esm_class: a whole number of 0 to 255 wanted, not ndarray"),
        (
            lambda: sk.SubmitSm(tlvs={"source_port": np.array([1, 2])}),
            "source_port: an int (or bytes) wanted, not ndarr",
        ),
        (lambda: sk.SubmitSm(tlvs={"source_port": b"x"}), "source_port: 1 octet, but 2 are wanted"),
        (lambda: sk.SubmitSm(tlvs={"source_port": "80"}), "source_port: an int (or bytes) wanted, not str"),
        (lambda: sk.SubmitSm(tlvs={"source_port": None}), "source_port: an int (or bytes) wanted, not NoneType"),
        (lambda: sk.DeliverSm(tlvs={"receipted_message_id": 7}), "receipted_message_id: a str (or bytes) wanted"),
        (lambda: sk.DeliverSm(tlvs={"receipted_message_id": "x" * 65}), "66 octets, but 1 to 65 are wanted"),
        (lambda: sk.DeliverSm(tlvs={"receipted_message_id": "€"}), "is no octet"),
        (lambda: sk.SubmitSm(tlvs={"message_payload": "text"}), "message_payload: octets (bytes) wanted, not str"),
        (lambda: sk.SubmitSm(tlvs={"message_payload": bytes(65536)}), "message_payload: 65,536 octets"),
        (lambda: sk.SubmitSm(tlvs={0x1400: "text"}), "0x1400: octets (bytes) wanted, not str: declare this TLV"),
        (lambda: sk.SubmitSm(tlvs=[(0x1400, bytes(60_000))] * 2), "octets, at most 70,000 are allowed in one PDU"),
    ],
)
def test_what_does_not_fit_is_one_clear_sentence(make, sentence):
    error = refused(make)
    assert sentence in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("keywords", "sentence"),
    [
        ({"source": 1}, "SubmitSm has no field 'source'; did you mean source_addr"),
        ({"sequence": 1}, "did you mean sequence_number"),
        ({"zzzz": 1}, "its fields are service_type, source_addr_ton"),
    ],
)
def test_a_wrong_keyword(keywords, sentence):
    with pytest.raises(TypeError, match=sentence):
        sk.SubmitSm(**keywords)
    with pytest.raises(TypeError, match=sentence):
        sk.SubmitSm().replace(**keywords)


def test_keywords_only():
    with pytest.raises(TypeError, match="SubmitSm takes keywords only, such as sequence_number=1"):
        sk.SubmitSm("INFO")
    with pytest.raises(TypeError, match="takes keywords only"):
        type.__call__(sk.SubmitSm, "INFO")


def test_keywords_made_at_run_time_and_in_any_order():
    names = ["".join(["source", "_", "addr"]), "".join(["sequence", "_", "number"])]
    pdu = sk.SubmitSm(**{names[1]: 7, names[0]: "INFO"}, esm_class=4, service_type="CMT")
    assert (pdu.sequence_number, pdu.source_addr, pdu.esm_class, pdu.service_type) == (7, "INFO", 4, "CMT")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_decoded_fields_build_the_same_octets(row, seed):
    generator = Generator(seed)
    for _ in range(100):
        fields = {field.name: generator.value(field) for field in row.fields if not field.counts}
        octets = oracle.encode(row.name, fields, [generator.tlv() for _ in range(3)], 0, 5)
        pdu = sk.decode(octets)
        again = {name: getattr(pdu, name) for name in pdu.field_names if name in fields}
        assert build(row, tlvs=pdu.raw_tlvs, sequence_number=5, **again) == pdu
        assert build(row, tlvs=pdu.tlvs, sequence_number=5, **again) == pdu
        assert pdu.replace(**again) == pdu.replace() == pdu


@pytest.mark.parametrize("row", [row for row in ROWS if row.kind == RESPONSE], ids=lambda row: row.name)
def test_responses_with_and_without_a_body(row):
    made = getattr(sk, class_name(row.name))
    names = [field.name for field in row.fields if not field.counts]
    bare = made(**dict.fromkeys(names))
    assert len(bare) == 16
    assert all(getattr(bare, name) is None for name in bare.field_names)
    assert (len(made(command_status=0x58)) == 16) == (row.bare_on_error or not row.fields)
    assert len(made(command_status=0x58, tlvs={"congestion_state": 1})) > 20
    assert (len(made()) > 16) == bool(row.fields)
    assert made(command_status=0x58, tlvs={}) == made(command_status=0x58)


def test_a_deliver_sm_resp_keeps_its_nul():
    assert sk.DeliverSmResp(command_status=0x64).encode()[16:] == b"\0"
    assert sk.DeliverSmResp(command_status=0x64, message_id=None).encode()[16:] == b""


@pytest.mark.parametrize("tlv", TLVS, ids=lambda tlv: tlv.name)
def test_every_tlv_by_name_and_tag(tlv):
    value = {"int": 1, "cstring": "x" * (tlv.least - 1), "octets": bytes(tlv.least)}[tlv.kind]
    by_name = sk.SubmitSm(tlvs={tlv.name: value})
    assert by_name.tlvs[tlv.name] == by_name.tlvs[tlv.tag] == value
    assert sk.SubmitSm(tlvs={tlv.tag: value}) == by_name == sk.SubmitSm(tlvs=by_name.raw_tlvs)
    assert sk.SubmitSm(tlvs={tlv.name: dict(by_name.raw_tlvs)[tlv.tag]}) == by_name
    if tlv.other_name:
        assert sk.SubmitSm(tlvs={tlv.other_name: value}) == by_name


def test_tlvs_in_every_form():
    pairs = [("callback_num", b"aaaa"), (0x1400, b"x"), ("callback_num", b"bbbb")]
    pdu = sk.SubmitSm(tlvs=pairs)
    assert [tag for tag, _ in pdu.raw_tlvs] == [0x0381, 0x1400, 0x0381]
    assert sk.SubmitSm(tlvs=iter(pairs)) == pdu == sk.SubmitSm(tlvs=tuple(map(list, pairs)))
    assert sk.SubmitSm(tlvs={"callback_num": [b"aaaa", b"bbbb"]}).tlvs.getall("callback_num") == [b"aaaa", b"bbbb"]
    assert sk.SubmitSm(tlvs=None) == sk.SubmitSm(tlvs={}) == sk.SubmitSm()
    assert sk.SubmitSm(tlvs={"alert_on_message_delivery": None}).raw_tlvs == [(0x130C, b"")]
    assert sk.SubmitSm(tlvs={"source_telematics_id": 7}).raw_tlvs == [(0x0010, b"\x07")]
    assert sk.SubmitSm(tlvs={"source_telematics_id": 300}).raw_tlvs == [(0x0010, b"\x01\x2c")]
    assert sk.SubmitSm(tlvs={0x0204: b"odd"}).raw_tlvs == [(0x0204, b"odd")]


def test_vendor_tlvs_by_profile():
    rows = [
        Tlv(0x1400, "billing", "cstring", 1, 10),
        Tlv(0x1401, "stamp", "int", 8, 8),
        Tlv(0x8081, "msc", "octets", 0, 9),
    ]
    profile = sk.Profile("p", rows)
    tlvs = {"billing": "A7", "stamp": 2**63 - 1, "msc": b"x"}
    pdu = sk.SubmitSm(tlvs=tlvs, profile=profile)
    assert dict(pdu.tlvs) == tlvs
    assert dict(sk.decode(pdu.encode(), profile).tlvs) == tlvs
    assert list(sk.decode(pdu.encode()).tlvs) == [0x1400, 0x1401, 0x8081]
    assert dict(pdu.replace(sequence_number=9).tlvs) == tlvs
    assert "did you mean billing" in str(refused(lambda: sk.SubmitSm(tlvs={"biling": "x"}, profile=profile)))
    assert "11 octets, but 1 to 10" in str(refused(lambda: sk.SubmitSm(tlvs={"billing": "x" * 10}, profile=profile)))
    odd = sk.SubmitSm(tlvs={0x1401: b"x"}, profile=profile)
    assert odd.tlvs["stamp"] == b"x"
    assert odd.problems[0].field == "stamp"


def test_lists():
    entries = (SmeAddress(1, 1, "3247"), DistributionList("friends"), SmeAddress(5, 0, "INFO"))
    pdu = sk.SubmitMulti(dest_address=entries, short_message=b"hi")
    assert pdu.dest_address == entries
    assert pdu.number_of_dests == 3
    as_dicts = [
        {"dest_addr_ton": 1, "dest_addr_npi": 1, "destination_addr": "3247"},
        {"dl_name": "friends"},
        entries[2],
    ]
    assert sk.SubmitMulti(dest_address=as_dicts, short_message=b"hi") == pdu
    assert pdu.replace(dest_address=entries[:1]).number_of_dests == 1
    answer = sk.SubmitMultiResp(message_id="7", unsuccess_sme=[UnsuccessSme(1, 1, "3247", 0x0B)])
    assert answer.unsuccess_sme == (UnsuccessSme(1, 1, "3247", 0x0B),)
    assert sk.SubmitMultiResp(message_id="7").unsuccess_sme == ()


def test_replace_keeps_what_is_odd():
    odd = bytes.fromhex("0000003f00000004000000000000000b000101343437373030393030303031000101343437373030393030313233")
    odd += bytes.fromhex("000000000000000000000548656c6c6f00")
    pdu = sk.decode(odd)
    assert pdu.replace(sequence_number=9).encode()[16:] == odd[16:]
    changed = pdu.replace(source_addr="INFO")
    assert changed.problems == pdu.replace(source_addr="INFO").problems
    assert changed.encode().endswith(b"Hello\0")
    assert pdu.replace(tlvs={}).encode().endswith(b"Hello")
    long = sk.decode(bytes.fromhex("0000001d 80000004 00000000 00000001") + b"1234\0" + b"\x02\x04\x00\x04abcd")
    assert long.replace(message_id="5").raw_tlvs == [(0x0204, b"abcd")]
    no_nul = sk.decode(bytes.fromhex("00000012 80000004 00000000 00000001") + b"12")
    assert no_nul.replace(sequence_number=2).encode().endswith(b"12")
    assert no_nul.replace(tlvs={"congestion_state": 1}).message_id == "12"


def test_replace_and_bodies_left_out():
    bare = sk.SubmitSmResp(command_status=0x58, sequence_number=3)
    assert bare.replace(sequence_number=4) == sk.SubmitSmResp(command_status=0x58, sequence_number=4)
    assert bare.replace(command_status=0, message_id="7") == sk.SubmitSmResp(message_id="7", sequence_number=3)
    assert len(bare.replace(tlvs={"congestion_state": 1})) == 16 + 5
    assert len(sk.SubmitSmResp(message_id="7").replace(message_id=None)) == 16
    assert sk.SubmitSmResp(message_id="7").replace(command_status=8).message_id == "7"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_class_says_what_it_takes(row):
    made = getattr(sk, class_name(row.name))
    signature = inspect.signature(made)
    names = [field.name for field in row.fields if not field.counts]
    assert list(signature.parameters) == [*names, "tlvs", "command_status", "sequence_number", "profile"]
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in signature.parameters.values())
    defaults = {name: one.default for name, one in signature.parameters.items() if one.default is not one.empty}
    assert made(**({"dest_address": [{"dl_name": "x"}]} if row.name == "submit_multi" else {}) | defaults) == build(row)
    assert made.command == row.name
    assert made.command_id == row.command_id == build(row).command_id
    assert made.field_names == tuple(field.name for field in row.fields)
    assert set(made.field_names) <= set(dir(build(row)))
    assert all(getattr(made, field.name).__doc__.startswith("Field of") for field in row.fields)


def test_a_bind_says_that_it_speaks_3_4():
    assert sk.BindTransceiver(system_id="demo").interface_version == 0x34


def test_octets_of_every_form():
    texts = [b"ab", bytearray(b"ab"), memoryview(b"ab"), memoryview(b"axbx")[::2], np.frombuffer(b"ab", np.uint8)]
    assert {sk.SubmitSm(short_message=text).short_message for text in texts} == {b"ab"}
    assert sk.SubmitSm(short_message=memoryview(np.frombuffer(b"abcd", np.uint8).reshape(2, 2))).sm_length == 4
    for wrong in (memoryview(b"abcd").cast("H"), np.zeros(2, np.uint16)):
        assert "octets" in str(refused(lambda wrong=wrong: sk.SubmitSm(short_message=wrong)))
    (gone := memoryview(b"ab")).release()
    with pytest.raises(ValueError, match="released"):
        sk.SubmitSm(short_message=gone)
