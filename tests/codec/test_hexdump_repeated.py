"""Rows that hexdump, hd and od write as an asterisk because they repeat the row before."""

import shutil
import subprocess

import pytest

import smppkit as sk
from smppkit.codec.hexdump import read_hex

ZEROS = sk.SubmitSm(source_addr="INFO", tlvs={"message_payload": bytes(200)}).encode()
LINKS = sk.EnquireLink(sequence_number=1).encode() * 5
ROW = "00000000  00 00 00 10 00 00 00 15  00 00 00 00 00 00 00 01  |................|\n"
PROGRAMS = [["hexdump", "-C"], ["hd"], ["od", "-A", "x", "-t", "x1"]]


@pytest.mark.parametrize("octets", [ZEROS, LINKS, ZEROS + b"\1"], ids=["zeros", "links", "more"])
@pytest.mark.parametrize("program", PROGRAMS, ids=["hexdump", "hd", "od"])
def test_rows_that_repeat(program, octets):
    if not shutil.which(program[0]):
        pytest.skip(f"no {program[0]} here")
    dump = subprocess.run(program, input=octets, capture_output=True, check=True).stdout.decode()
    assert "\n*\n" in dump
    assert read_hex(dump) == octets


def test_one_pdu_of_a_dump_that_repeats():
    dump = "".join(
        f"{at:08x}  {ZEROS[at : at + 16].hex(' ')}\n" for at in (*range(0, 64, 16), *range(224, len(ZEROS), 16))
    )
    assert sk.decode(dump.replace("000000e0", "*\n000000e0")) == sk.decode(ZEROS)


def test_rows_that_begin_elsewhere():
    assert read_hex(ROW.replace("00000000 ", "00000100 ", 1) + "*\n00000140\n") == LINKS[:64]


@pytest.mark.parametrize(
    ("rest", "place", "wrong"),
    [
        ("*\n", 2, "none follows"),
        ("*\nfin\n", 3, "this line begins with none"),
        ("*\n00000018\n", 3, "00000018 is none after rows of 16 octets up to 0010"),
        ("*\n00000010\n", 3, "00000010 is none after rows of 16 octets up to 0010"),
        ("*\nfffffffffffffff0\n", 3, "is 18,446,744,073,709,551,584 octets further on, more than the 16,777,216"),
    ],
)
def test_what_an_asterisk_cannot_stand_for(rest, place, wrong):
    with pytest.raises(sk.DecodeError) as caught:
        read_hex(ROW + rest)
    start = f"hex dump, line {place}, column 1: an asterisk repeats the row before it up to the next offset: "
    assert str(caught.value).startswith(start)
    assert wrong in str(caught.value)
