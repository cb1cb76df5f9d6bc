"""Charsets of several octets a character, JIS and KS: what the core reads is what Python's codecs read."""

import random
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import smppkit as sk
from smppkit._core.alphabet import ALPHABETS, text_of
from smppkit._core.columns import decode
from smppkit.spec.alphabets import CODECS, FOREIGN
from smppkit.text.coding import data_coding_of, decode_text

# What decides how the octets behind it are read: escape sequences, first octets, letters of Korean syllables.
PIECES = [
    *(
        b"\x1b",
        b"$",
        b"B",
        b"@",
        b"(",
        b")",
        b"J",
        b".",
        b"&",
        b"&@\x1b$B",
        b"\x1b$B",
        b"\x1b(B",
        b"\x1b(J",
        b"\x1b$(B",
    ),
    *(b"\xa4\xd4", b"\xa4\xa1", b"\xa4\xbf", b"\xb0\xa1", b"\x8f", b"\x8e", b"\x80", b"\xa0", b"\xff", b"\x81\x40"),
    *(b"\n", b"\x0e", b"\x0f", b"\x00", b"\x7f", b"\\~", b"abcdefghijklmnop", b"abcdefg"),
]


def python_reads(name, octets):
    return octets.decode(CODECS[name], "replace")


def core_reads(name, octets):
    return text_of(ALPHABETS.index(name), octets)


def same(name, octets):
    assert core_reads(name, octets) == python_reads(name, octets), (name, octets)


@pytest.mark.parametrize("name", FOREIGN)
def test_every_pair_of_octets(name):
    openings = [b"", b"\x1b$B", b"\x1b(J"] if name == "iso-2022-jp" else [b""]
    for first in range(256):
        for second in range(256):
            for opening in openings:
                for end in (b"", b"A", b"\xa1", b"\n"):
                    same(name, opening + bytes((first, second)) + end)


@pytest.mark.parametrize("end", [b"", b"\xa1"])
def test_every_three_octets_of_jis_x_0212(end):
    for first in range(256):
        for second in range(256):
            same("extended-kanji", bytes((0x8F, first, second)) + end)


def test_every_letter_of_a_korean_syllable_and_every_end():
    for octet in range(256):
        for place in range(1, 8):
            syllable = bytearray(b"\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xd4")
            syllable[place] = octet
            for end in range(9):
                same("ks-c-5601", bytes(syllable[:end]))


def test_every_korean_syllable_that_is_spelt():
    found = set()
    for first in range(0xA1, 0xFF):
        for vowel in range(0xBF, 0xD4):
            for last in range(0xA1, 0xFF):
                same("ks-c-5601", spelt(first, vowel, last))
                found.add(core_reads("ks-c-5601", spelt(first, vowel, last)))
    assert {chr(code) for code in range(0xAC00, 0xAC00 + 19 * 21 * 28)} <= found


def spelt(first, vowel, last):
    return bytes((0xA4, 0xD4, 0xA4, first, 0xA4, vowel, 0xA4, last))


@pytest.mark.parametrize("name", FOREIGN)
@given(pieces=st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=20))
def test_what_is_broken_is_read_as_python_reads_it(name, pieces):
    same(name, b"".join(pieces))


@pytest.mark.parametrize("name", FOREIGN)
def test_long_texts_of_pieces(name, seed):
    source = random.Random(seed)
    for _ in range(2000):
        octets = b"".join(source.choice(PIECES) for _ in range(source.randrange(40)))
        same(name, octets)


@pytest.mark.parametrize("size", range(18))
def test_an_escape_sequence_without_an_end(size):
    for kind in b"($.&)":
        for more in (b"", b"xyz", b"A"):
            same("iso-2022-jp", bytes((0x1B, kind)) + b"(" * size + more)


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("nuls", range(4))
def test_columns_read_a_text_as_one_call_does(name, nuls, seed):
    """With a receipt beside it, for which the NULs at the end do not count."""
    source = random.Random(seed)
    coding = data_coding_of(name)
    texts = [b"".join(source.choice(PIECES) for _ in range(source.randrange(9))) for _ in range(500)]
    pdus = [sk.DeliverSm(short_message=text + bytes(nuls), data_coding=coding, esm_class=4).encode() for text in texts]
    lengths = [len(pdu) for pdu in pdus]
    offsets = [sum(lengths[:place]) for place in range(len(pdus))]
    for names in (["text"], ["text", "receipt_text"], ["receipt_text", "text", "encoding"]):
        columns = decode(b"".join(pdus), offsets, lengths, names)
        assert columns["text"].to_list() == [decode_text(text + bytes(nuls), coding).text for text in texts]


HEAD = """
from concurrent.futures import ThreadPoolExecutor
import smppkit as sk
from smppkit.spec.alphabets import CODECS, FOREIGN
from smppkit.text.coding import data_coding_of, decode_text
octets = {data_coding_of(name): "日本".encode(CODECS[name]) for name in FOREIGN[:4]}
pdus = [sk.SubmitSm(short_message=octets[coding], data_coding=coding) for coding in octets]
"""


@pytest.mark.parametrize(
    "code",
    [
        "print({decode_text(octets[coding], coding).text for coding in octets})",
        "print({*sk.frame(pdus, ['text'])['text']})",
        "print({text for found in ThreadPoolExecutor(4).map(sk.frame, [pdus] * 9) for text in found['text']})",
    ],
    ids=["one text", "a column", "columns on threads"],
)
def test_a_charset_is_learned_by_whatever_needs_it_first(code):
    """In a process of its own, where nothing has learned it."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", HEAD + code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "{'日本'}\n"), done.stderr
