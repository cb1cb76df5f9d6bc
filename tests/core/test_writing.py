"""Texts and numbers of columns in the core: what it cannot know it leaves alone, and no octets lead it outside."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit._core import measure
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


def test_memory_that_changes_before_texts_are_written():
    octets, offsets = bytearray(b"abc"), np.array([0, 1, 3])
    writer = Writer(octets, offsets, GSM7, UCS2)
    octets[:], offsets[:] = b"\xf0\x9f\xff", (3, -7, 2**40)
    assert writer.write(np.zeros(2, np.int64))[0] == b"abc"


@pytest.mark.parametrize("offsets", [[0, 9], [-1, 2], [0, 2, 1], []])
def test_offsets_outside_are_refused(offsets):
    with pytest.raises(ValueError, match="does not lie inside"):
        Writer(b"text", np.array(offsets, np.int64), GSM7, UCS2)
    with pytest.raises(ValueError, match="does not lie inside"):
        digits(b"text", np.array(offsets, np.int64))


@pytest.mark.parametrize(("first", "wide"), [((), None), ((1, 0, 0), UCS2), (GSM7, ()), (GSM7, (5, 0, 0, True))])
def test_ways_that_say_too_little_are_refused(first, wide):
    with pytest.raises(ValueError, match="no ways"):
        Writer(b"a", np.array([0, 1]), first, wide)


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [("+32(471)12.34-56[7]\t8", (b"3247112345678", 1)), ("32 471", (b"32471", 0)), ("1+23", None), ("++123", None)],
)
def test_digits_between_everything_that_people_write(text, expected):
    found, _, kinds = digits(*column([text.encode()]))
    assert (found, kinds[0]) == (expected or (b"", 0xFF))


ASCII, LATIN1 = (3, 0, 0, True, 140, 134, 0), (4, 0, 0, True, 140, 134, 0)
TEXTS = ["hello", "naïve", "Ж", "😀", "a" * 150, "é" * 150, "Ж" * 80, "😀" * 40, "a😀" * 50]


@pytest.mark.parametrize(("first", "encoding"), [(GSM7, "gsm7"), (ASCII, "ascii"), (LATIN1, "latin-1")])
@pytest.mark.parametrize("width", [0, 1, 2])
def test_each_alphabet_and_ucs2_for_what_it_lacks(first, encoding, width):
    writer = Writer(*column([text.encode() for text in TEXTS]), first, UCS2, width=width)
    bodies, row, number = written(writer, len(TEXTS))
    for place, text in enumerate(TEXTS):
        body = b"".join(
            octets[octets[0] + 1 if width and writer.parts[place] > 1 else 0 :]
            for octets, which in zip(bodies, row, strict=True)
            if which == place
        )
        if writer.way[place] == FIRST:
            assert body == (encode_text(text, "gsm7") if encoding == "gsm7" else text.encode(encoding))
        else:
            assert body == (text.encode("utf-16-be") if writer.way[place] == WIDE else b"")
    assert list(writer.way[:4]) == [FIRST, FIRST if encoding == "latin-1" else WIDE, WIDE, WIDE]
    assert number.count(1) == sum(way in (FIRST, WIDE) for way in writer.way)


def test_the_first_way_alone_holds_what_it_holds():
    writer = Writer(*column([text.encode() for text in TEXTS]), ASCII)
    assert list(writer.way) == [FIRST, FOREIGN, FOREIGN, FOREIGN, FIRST, *[FOREIGN] * 4]
    wide = Writer(*column([text.encode() for text in TEXTS]), UCS2)
    assert {*wide.way} <= {WIDE, FOREIGN}
    assert [way for way, text in zip(wide.way, TEXTS, strict=True) if "😀" not in text] == [WIDE] * 6


def test_a_long_text_that_is_left_whole_may_be_as_long_as_its_parts_could_be():
    pieces = [b"a" * 200, b"a" * (255 * 152), b"a" * (255 * 153 + 1), "Ж".encode() * 20_000, b"a{" * 100]
    writer = Writer(*column(pieces), GSM7, UCS2, whole=True)
    assert list(writer.way) == [FIRST, FIRST, FOREIGN, FOREIGN, FIRST]
    assert list(writer.parts) == [1, 1, 0, 0, 1]


def test_more_than_255_parts_are_left_to_the_rules():
    pieces = [b"a" * (255 * 153), b"a" * (255 * 153 + 1), b"{" * (255 * 76 + 1), b"a" * 10_000_000, b"a" * (300 * 153)]
    writer = Writer(*column(pieces), GSM7, UCS2)
    assert list(writer.parts) == [255, 0, 0, 0, 0]


NOT_UTF8 = [
    "e08080",
    "eda080",
    "edbfbf",
    "f0808080",
    "f4908080",
    "f5808080",
    "f8888080",
    "e282",
    "f09f98",
    "c2",
    "c120",
]
CUT_ANYWHERE = ["e28220", "e22080", "f09f9820", "f09f2080", "f0209880"]


@pytest.mark.parametrize("octets", NOT_UTF8 + CUT_ANYWHERE)
@pytest.mark.parametrize("first", [GSM7, UCS2])
def test_every_way_not_to_be_utf_8(octets, first):
    assert list(Writer(*column([bytes.fromhex(octets)]), first, UCS2).way) == [FOREIGN]


@pytest.mark.parametrize("text", ["\u0800", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0010ffff"])
def test_the_first_and_last_characters_of_each_length(text):
    assert written(Writer(*column([text.encode()]), GSM7, UCS2), 1)[0] == [text.encode("utf-16-be")]


def test_ways_that_leave_no_room_are_refused():
    narrow, language = (1, 0, 0, True, 160, 1, 0), (1, 0, 2, True, 160, 153, 0)
    with pytest.raises(ValueError, match="no way that is written here"):
        Writer(*column([b"a"]), language, UCS2)
    for first, wide, width in ((narrow, UCS2, 1), (GSM7, narrow, 1), (GSM7, UCS2, 3), (narrow, None, 1)):
        with pytest.raises(ValueError, match="leave no room"):
            Writer(*column([b"a"]), first, wide, width=width)


# ---- what a text costs ----


@pytest.mark.parametrize(
    "way",
    [
        (0, 0, 0, False, 9, 9, 0),
        (-1, 0, 0, False, 9, 9, 0),
        (8, 0, 0, False, 9, 9, 0),
        (1, 0, 0, False, 9, 1, 0),
        (1, -1, 0, False, 9, 9, 0),
        (1, 99, 0, False, 9, 9, 0),
        (1, 0, -1, False, 9, 9, 0),
        (1, 0, 99, False, 9, 9, 0),
    ],
)
def test_ways_that_cannot_be_are_refused(way):
    with pytest.raises(ValueError, match="no way to write a text"):
        measure.choose("a", (way,))


def test_at_most_64_ways_are_compared():
    assert measure.choose("a", (GSM7,) * 64) == (0, 1, 1)
    with pytest.raises(ValueError, match="65 ways to write a text, at most 64"):
        measure.choose("a", (GSM7,) * 65)


@pytest.mark.parametrize("text", ["ab€", "Ж€😀", "a", ""])
@pytest.mark.parametrize("way", [GSM7, UCS2, ASCII])
def test_what_fits_forwards_and_backwards(text, way):
    """As the sum over characters says, from any place, also from one outside the text."""
    costs = [measure.choose(character, (way,))[1] for character in text]
    for room in range(6):
        end, units = measure.fit(text, -3, room, way)
        assert units == sum(costs[:end]) <= room
        assert end == len(text) or costs[end] == 0 or units + costs[end] > room
        begin = measure.fit_back(text, len(text) + 9, room, way)
        assert sum(costs[begin:]) <= room
        assert begin == 0 or costs[begin - 1] == 0 or sum(costs[begin - 1 :]) > room
    assert measure.fit_back(text, 0, 9, way) == 0


def test_who_lacks_what_is_told_with_its_shift_tables():
    for locking, single, said in (
        (1, 3, "with the portuguese and turkish shift tables"),
        (0, 2, "with the spanish shift"),
    ):
        assert said in str(measure.not_held("Ж", 1, locking, single))
    assert "4 more are not in" in str(measure.not_held("Ж" * 9, 3))
