"""What is odd about a PDU that can be read: told by field, offset and status, once, and never for a sound one."""

import pickle

import pytest

import smppkit as sk
from smppkit.codec.problems import Problem
from smppkit.spec.commands import ROWS
from smppkit.spec.kinds import Tlv
from tests import oracle
from tests.generator import Generator, Made


def pdu(command_id, body=b"", status=0, number=1):
    header = (16 + len(body), command_id, status, number)
    return sk.decode(b"".join(value.to_bytes(4, "big") for value in header) + body)


SUBMIT = sk.SubmitSm(source_addr="INFO", short_message=b"hi").encode()[16:]


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (pdu(0x15, status=8), ("command_status", 8, 8, "8 in a request means nothing")),
        (pdu(0x15, number=2**31), ("sequence_number", 12, 8, "0x80000000 is above 0x7FFFFFFF")),
        (pdu(0x15, b"\0"), ("tlvs", 16, 0xC0, "1 octet after the last TLV belongs to nothing")),
        (pdu(0x15, b"\0\0\0"), ("tlvs", 16, 0xC0, "3 octets after the last TLV belong to nothing")),
        (pdu(0x80000004), ("message_id", 16, 2, "left out, although command_status is 0")),
        (pdu(0x80000004, b"12"), ("message_id", 16, 2, "ends with the PDU instead of a NUL")),
        (pdu(0x80000004, b"\x04\x28\0\1\7", 8), ("message_id", 16, 2, "left out, but TLVs follow")),
        (pdu(0x80000003, b"12\0", 8), ("final_date", 19, 2, "the body ends before this field")),
        (pdu(0x80000003, b"12\0abc\0\2\0"), ("final_date", 19, 8, "no time of the form YYMMDDhhmmsstnnp")),
        (pdu(0x80000003, b"12\0" + b"9" * 16 + b"\0\2\0"), ("final_date", 19, 8, "no time of the form")),
        (pdu(0x80000004, b"x" * 70 + b"\0"), ("message_id", 16, 0x0C, "70 octets, at most 64 fit beside the NUL")),
        (
            pdu(4, SUBMIT[:-3] + b"\xff" + bytes(255)),
            ("short_message", 48 - 16 + 4, 1, "255 octets, SMPP 3.4 allows 254"),
        ),
        (pdu(4, SUBMIT + b"\2\4\0\1\7"), ("user_message_reference", 50 - 11, 0xC2, "1 octet, the standard has 2")),
        (pdu(4, SUBMIT + b"\x02\x10\0\1\x34"), ("sc_interface_version", 39, 0xC1, "no TLV of submit_sm")),
        (pdu(4, SUBMIT + b"\x02\x0a\0\2\0\1" * 2), ("source_port", 39, 0xC0, "stands 2 times, the first counts")),
        (
            pdu(4, SUBMIT + b"\x02\x0c\0\2\0\1\x02\x0e\0\1\2"),
            ("sar_segment_seqnum", 50, 0xC3, "missing beside sar_msg_ref_num"),
        ),
        (pdu(4, SUBMIT + b"\x04\x24\0\1x"), ("message_payload", 39, 1, "text here and in short_message")),
        (
            sk.SubmitSm(esm_class=0x40, short_message=b"\x20abc"),
            ("short_message", 34, 1, "esm_class announces a user data header, but none can be read"),
        ),
        (sk.SubmitSm(esm_class=0x40), ("short_message", 34, 1, "none can be read")),
        (sk.DataSm(esm_class=0x40), ("message_payload", 26, 1, "none can be read")),
        (sk.DataSm(esm_class=0x40, tlvs={"message_payload": b"\x20"}), ("message_payload", 26, 1, "none can be read")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else value.command,
)
def test_each_problem(odd, expected):
    field, offset, status, words = expected
    assert len(odd.problems) == 1, odd.problems
    problem = odd.problems[0]
    assert isinstance(problem, str)
    assert isinstance(problem, Problem)
    assert problem.startswith(f"{field}: ")
    assert words in problem
    assert (problem.field, problem.command_status) == (field, status)
    assert 0 <= problem.offset <= len(odd)
    if field not in ("short_message", "message_payload", "tlvs"):
        assert problem.offset == offset or field in ("user_message_reference", "sc_interface_version", "source_port")
    assert str(problem) in odd.explain()
    assert pickle.loads(pickle.dumps(problem)) == problem
    assert pickle.loads(pickle.dumps(problem)).offset == problem.offset


def test_lists():
    none = pdu(0x21, b"\0\0\0\0" + b"\0" + bytes(10))
    assert [problem.field for problem in none.problems] == ["number_of_dests"]
    assert none.problems[0].command_status == 0x33
    many = pdu(0x21, b"\0\0\0\0" + b"\xff" + b"\2x\0" * 255 + bytes(10))
    assert "255 entries, SMPP 3.4 allows 254" in many.problems[0]
    long = pdu(0x21, b"\0\0\0\0" + b"\1" + b"\2" + b"x" * 25 + b"\0" + bytes(10))
    assert "an address of 25 octets, at most 20 fit" in long.problems[0]


def test_vendor_tlvs_have_lengths_too():
    profile = sk.Profile("p", [Tlv(0x1400, "billing", "int", 2, 2)])
    odd = sk.decode(sk.SubmitSm(tlvs={0x1400: b"x"}).encode(), profile)
    assert [problem.field for problem in odd.problems] == ["billing"]


def test_several_problems_stand_in_order():
    odd = pdu(4, b"TOOLONG\0" + SUBMIT[1:] + b"\2\4\0\1\7" + b"\0", status=9)
    assert [problem.field for problem in odd.problems] == [
        "command_status",
        "service_type",
        "user_message_reference",
        "tlvs",
    ]


def test_sound_pdus_have_none(seed):
    generator = Generator(seed)
    for row in ROWS:
        for _ in range(50):
            fields = {field.name: generator.value(field) for field in row.fields if not field.counts}
            if fields.get("esm_class") is not None:
                fields["esm_class"] &= ~0x40
            made = sk.decode(oracle.encode(*Made(row.name, fields, [], 0, 1)))
            assert made.problems == ()
