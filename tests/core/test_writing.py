"""Texts and numbers of columns in the core: what it cannot know it leaves alone, and no octets lead it outside."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit._core.numbers import digits
from smppkit._core.writing import Writer
from smppkit.text.clusters import joins
from smppkit.text.coding import encode_text

GSM7, UCS2 = (1, 0, 0, True, 160, 153, 0), (5, 0, 0, True, 70, 67, 99)
FIRST, WIDE, FOREIGN = 1, 2, 3


def column(pieces):
    octets = b"".join(pieces)
    return octets, np.cumsum([0, *map(len, pieces)])


def written(writer, rows):
    octets, offsets, row, number = writer.write(np.zeros(rows, np.int64))
    places = np.frombuffer(offsets, np.int64)
    bodies = [octets[a:b] for a, b in pairwise(places)]
    return bodies, np.frombuffer(row, np.int64).tolist(), np.frombuffer(number, np.int16).tolist()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=6))
def test_octets_that_are_no_text_are_left_alone(pieces):
    writer = Writer(*column(pieces), GSM7, UCS2)
    bodies, row, _ = written(writer, len(pieces))
    expected = []
    for place, piece in enumerate(pieces):
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            assert writer.way[place] == FOREIGN
            continue
        assert writer.way[place] in ((0,) if not piece else (FIRST, WIDE))
        if text:
            expected.append((place, encode_text(text, "gsm7" if writer.way[place] == FIRST else "ucs2")))
    assert list(zip(row, bodies, strict=True)) == expected


def test_a_cut_beside_what_may_join_is_left_to_the_rules():
    for text, way in (("a" * 200, FIRST), ("Ж" * 200, WIDE), ("Ж" * 67 + "\u0301" + "Ж" * 20, FOREIGN)):
        assert list(Writer(*column([text.encode()]), GSM7, UCS2).way) == [way]


def test_no_character_that_joins_others_is_cut_from_them_here():
    characters = [chr(code) for code in range(0x80, 0x20000) if not 0xD800 <= code < 0xE000]
    before = Writer(*column([("Ж" * 67 + one + "Ж" * 9).encode() for one in characters]), GSM7, UCS2)
    units = [1 + (ord(one) > 0xFFFF) for one in characters]
    texts = ["Ж" * (67 - size) + one + "Ж" * 9 for one, size in zip(characters, units, strict=True)]
    behind = Writer(*column([text.encode() for text in texts]), GSM7, UCS2)
    cut_before = [one for one, way in zip(characters, before.way, strict=True) if way == WIDE]
    cut_behind = [one for one, way in zip(characters, behind.way, strict=True) if way == WIDE]
    assert len(cut_before) > 30_000
    assert not [one for one in cut_before if joins("Ж" + one, 1) or 0x1F1E6 <= ord(one) <= 0x1F1FF]
    assert not [one for one in cut_behind if joins(one + "क", 1)]  # joins a virama, a joiner


def test_parts_begin_with_their_header():
    writer = Writer(*column([b"a" * 161, b"b"]), GSM7, UCS2, elements=b"\x01\x02\x80\x01", width=2)
    bodies, row, number = written(writer, 2)
    assert bodies[0][:11].hex() == "0a" + "080400000201" + "01028001"
    assert bodies[2] == b"\x04\x01\x02\x80\x01b"
    assert (row, number) == ([0, 0, 1], [1, 2, 1])


def test_no_rows_and_empty_rows():
    for pieces in ([], [b"", b""]):
        writer = Writer(*column(pieces), GSM7, UCS2)
        assert written(writer, len(pieces)) == ([], [], [])
        assert list(writer.parts) == [0] * len(pieces)


@pytest.mark.parametrize("offsets", [[0, 9], [-1, 2], [0, 2, 1], []])
def test_offsets_outside_are_refused(offsets):
    with pytest.raises(ValueError, match="does not lie inside"):
        Writer(b"text", np.array(offsets, np.int64), GSM7, UCS2)
    with pytest.raises(ValueError, match="does not lie inside"):
        digits(b"text", np.array(offsets, np.int64))


def test_ways_and_references_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="no way that is written here"):
        Writer(*column([b"a"]), (1, 3, 0, True, 160, 153, 0), UCS2)
    with pytest.raises(ValueError, match="no way that is written here"):
        Writer(*column([b"a"]), (6, 0, 0, True, 140, 134, 0), UCS2)
    with pytest.raises(ValueError, match="leave no room"):
        Writer(*column([b"a"]), GSM7, UCS2, elements=bytes(141))
    with pytest.raises(ValueError, match="2 references for 1 texts"):
        Writer(*column([b"a"]), GSM7, UCS2).write(np.zeros(2, np.int64))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=30), st.from_regex(rb"\+?[0-9 ]{0,26}", fullmatch=True)), max_size=6))
def test_digits_of_any_octets(pieces):
    found, offsets, kinds = digits(*column(pieces))
    places = np.frombuffer(offsets, np.int64)
    for place, kind in enumerate(kinds):
        number = found[places[place] : places[place + 1]]
        assert (kind == 0xFF) == (number == b"")
        assert number == b"" or (number.isdigit() and 3 <= len(number) <= (15 if kind else 20))
