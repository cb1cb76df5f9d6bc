"""Texts read several octets at a time: every octet at every place of a block, every length, every kind of unit."""

from itertools import product

import pytest

from smppkit._core import alphabet as core
from smppkit.spec.alphabets import ESCAPE, LANGUAGES

DEFAULT, EXTENSION = LANGUAGES[0].locking, LANGUAGES[0].single
PLAIN = bytes(octet for octet in range(0x20, 0x7B) if DEFAULT[octet] == octet)
CODECS = {"ascii": "ascii", "latin1": "latin-1", "cyrillic": "iso8859-5", "hebrew": "iso8859-8"}
LENGTHS = (1, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 40, 48)
UNITS = ("a", "Ж", "中", "\x7f", "\x80", "\u07ff", "\u0800", "\uffff")


def septets_read(octets):
    """The default alphabet an octet at a time."""
    text = ""
    escaped = False
    for octet in octets:
        if octet > 0x7F:
            text += "\ufffd\ufffd" if escaped else "\ufffd"
            escaped = False
        elif escaped:
            text += " " if octet == ESCAPE else chr(EXTENSION[octet] or DEFAULT[octet])
            escaped = False
        elif octet == ESCAPE:
            escaped = True
        else:
            text += chr(DEFAULT[octet])
    return text + "\ufffd" * escaped


def run(length):
    return (PLAIN * 2)[:length]


@pytest.mark.parametrize("length", LENGTHS)
def test_every_septet_at_every_place(length):
    for place in range(length):
        for octet in range(256):
            data = run(length)[:place] + bytes([octet]) + run(length)[place + 1 :]
            assert core.text_of(1, data) == septets_read(data), (place, octet)


def test_an_escape_at_every_place_before_everything_that_it_changes():
    for length, octet in product(LENGTHS, (b"(", b"e", b"\x1b", b"\xff", b"A")):
        for place in range(length):
            data = run(length)[:place] + b"\x1b" + octet + run(length)[place:]
            assert core.text_of(1, data) == septets_read(data)


@pytest.mark.parametrize("name", CODECS)
def test_every_octet_of_a_charset_at_every_place(name):
    number = core.ALPHABETS.index(name)
    for length in LENGTHS:
        for place in range(length):
            for octet in (0x00, 0x1F, 0x24, 0x40, 0x7F, 0x80, 0xA1, 0xE9, 0xFF):
                data = run(length)[:place] + bytes([octet]) + run(length)[place + 1 :]
                assert core.text_of(number, data) == data.decode(CODECS[name], "replace")


@pytest.mark.parametrize("codec", ["utf-16-be", "utf-16-le"])
def test_units_of_every_width_side_by_side(codec):
    mark = "" if codec == "utf-16-be" else "\ufeff"
    for units in product((*UNITS, "😀"), repeat=4):
        text = "".join(units)
        assert core.text_of(5, (mark + text).encode(codec)) == text


@pytest.mark.parametrize("unit", [*UNITS, "😀"])
def test_texts_of_every_length(unit):
    for length in range(40):
        for text in (unit * length, (unit + "b") * length, ("bcdefg" + unit) * length):
            octets = text.encode("utf-16-be")
            assert core.text_of(5, octets) == text
            assert core.text_of(5, octets + b"\0") == text + "\ufffd"


def test_half_of_a_pair_at_every_place():
    for half, length in product((0xD800, 0xDBFF, 0xDC00, 0xDFFF), range(1, 14)):
        for place in range(length):
            units = [*b"abcdefghijklmn"[:place], half, *b"opqrstuvwxyz01"[: length - place - 1]]
            octets = b"".join(unit.to_bytes(2, "big") for unit in units)
            expected = "".join("\ufffd" if unit == half else chr(unit) for unit in units)
            assert core.text_of(5, octets) == expected
