"""data_coding to alphabets, octets to text and back; the core's UTF-8 against Python's codecs."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit._core import alphabet as core
from smppkit.errors import TextError
from smppkit.spec.alphabets import NAMES
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import CODECS, alphabet_of, column_table, data_coding_of, decode_text, encode_text
from tests.spec.tables import rows

MEANINGS = {
    "MC_DEFAULT": "gsm7",
    "IA5_ASCII": "ascii",
    "OCTET_UNSPECIFIED_A": "octets",
    "LATIN1": "latin1",
    "OCTET_UNSPECIFIED": "octets",
    "JIS": "jis",
    "CYRILLIC": "cyrillic",
    "HEBREW": "hebrew",
    "UCS2": "ucs2",
    "PICTOGRAM": "pictogram",
    "ISO2022JP": "iso-2022-jp",
    "EXT_KANJI_JIS": "extended-kanji",
    "KSC5601": "ks-c-5601",
    "RESERVED_0B": "octets",
    "RESERVED_0C": "octets",
    "RESERVED_0F": "octets",
    "MWI_DISCARD": "gsm7",
    "MWI_STORE_GSM7": "gsm7",
    "MWI_STORE_UCS2": "ucs2",
    "CLASS_GSM7": "gsm7",
    "CLASS_8BIT": "octets",
}


def table_rows():
    for row in rows("enums.csv"):
        if row["enum"].startswith("data_coding") and row["hex"].startswith("0x"):
            first, _, last = row["hex"].partition("-")
            yield row["name"], range(int(first, 16), int(last or first, 16) + 1)


def test_every_row_of_the_table():
    seen = 0
    for name, numbers in table_rows():
        kind = {"GSM7": "gsm7", "OCTET8": "octets", "UCS2": "ucs2"}.get(name.partition("_CLASS")[0])
        expected = MEANINGS.get(name, kind)
        if expected:
            seen += 1
            assert {alphabet_of(number) for number in numbers} == {expected}, name
    assert seen == 33


def test_tables_for_columns():
    assert column_table() == core.coding_table()
    table = column_table({0: "gsm7-packed", 14: "ucs2", 4: "ks-c-5601"})
    assert [core.ALPHABETS[table[coding]] for coding in (0, 14, 4, 5)] == ["gsm7-packed", "ucs2", "ks-c-5601", "jis"]


def test_general_groups_by_their_bits():
    for number in [*range(0x10, 0x80)]:
        alphabet = ("gsm7", "octets", "ucs2", "gsm7")[number >> 2 & 3]
        assert alphabet_of(number) == ("octets" if number & 0x20 else alphabet)


def test_reserved_codings_mean_the_default_alphabet():
    assert {alphabet_of(number) for number in range(0x80, 0xC0)} == {"gsm7"}


def test_class_group_ignores_its_reserved_bit():
    for number in range(0xF0, 0xF8):
        assert alphabet_of(number) == alphabet_of(number + 8)


def test_an_account_says_otherwise():
    codings = {0: "latin1", 1: "gsm7", 0xF1: "gsm7-packed"}
    assert [alphabet_of(number, codings) for number in (0, 1, 8, 0xF1)] == ["latin1", "gsm7", "ucs2", "gsm7-packed"]
    assert decode_text(b"\xe9@", 0, codings=codings).text == "é@"
    assert [data_coding_of(name, codings) for name in ("gsm7", "ucs2", "latin1", "gsm7-packed")] == [1, 8, 3, 0xF1]
    assert data_coding_of("latin1", {3: "gsm7", 0: "latin1"}) == 0
    with pytest.raises(TextError, match="no data_coding of this account means gsm7"):
        data_coding_of("gsm7", {0: "latin1"})
    with pytest.raises(ValueError, match="no alphabet 'gsm8': there are octets, gsm7"):
        alphabet_of(0, {0: "gsm8"})


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("octets", "gsm7-packed")])
def test_every_alphabet_has_a_coding_that_comes_back(name):
    assert alphabet_of(data_coding_of(name)) == name


@given(st.binary(max_size=100))
def test_single_octet_charsets_agree_with_python(octets):
    for name in ("ascii", "latin1", "cyrillic", "hebrew"):
        assert core.text_of(core.ALPHABETS.index(name), octets) == octets.decode(CODECS[name], "replace")


def test_every_octet_of_every_charset():
    for name in ("ascii", "latin1", "cyrillic", "hebrew"):
        number = core.ALPHABETS.index(name)
        for octet in range(256):
            for padding in (b"", b"plain text", b"\xff"):
                data = padding + bytes([octet]) + padding
                assert core.text_of(number, data) == data.decode(CODECS[name], "replace")


@given(st.text(max_size=60))
def test_ucs2_agrees_with_python(text):
    octets = text.encode("utf-16-be")
    expected = text.removeprefix("\ufeff")
    if not text.startswith("\ufffe"):
        assert core.text_of(5, octets) == expected
    assert core.text_of(5, b"\xff\xfe" + text.encode("utf-16-le")) == text


@given(st.binary(max_size=60))
def test_ucs2_takes_anything(octets):
    text = core.text_of(5, octets)
    if octets[:2] not in (b"\xfe\xff", b"\xff\xfe"):
        half = "\ufffd" if len(octets) % 2 else ""
        assert text == octets[: len(octets) & ~1].decode("utf-16-be", "replace") + half


def test_every_unit_of_ucs2():
    for unit in range(0x10000):
        data = b"\0a" + unit.to_bytes(2, "big") + b"\0b"
        character = "\ufffd" if 0xD800 <= unit < 0xE000 else chr(unit)
        assert core.text_of(5, data) == f"a{character}b"


septets_and_worse = st.lists(st.sampled_from([0x1B, 0x80, 0xFF, 0x00, 0x0D, 0x28, 0x41, 0x65]) | st.integers(0, 255))


@given(
    septets_and_worse.map(bytes) | st.binary(max_size=1200), st.integers(-2, 15), st.integers(-2, 15), st.integers(0, 6)
)
def test_septets_agree_with_decode(octets, locking, single, fill_bits):
    """The UTF-8 of columns and the str of single calls are one reading."""
    main = locking if 0 <= locking < 14 else 0
    shift = single if 0 <= single < 14 else 0
    assert core.text_of(1, octets, locking, single) == gsm7.decode(octets, main, shift)
    unpacked = gsm7.unpack(octets, fill_bits=fill_bits)
    assert core.text_of(2, octets, locking, single, fill_bits) == gsm7.decode(unpacked, main, shift)


def test_packed_escape_over_the_edge_of_a_chunk():
    for length in range(250, 262):
        text = "a" * length + "€b"
        assert core.text_of(2, gsm7.pack(gsm7.encode(text), filler=True)) == text


def test_binary_and_unknown_alphabets_are_no_text():
    for number in (0, 13, 99, -1):
        assert core.text_of(number, b"abc") == ""
    assert decode_text(b"\x00\x01", 4).text is None
    assert decode_text(b"\x00\x01", 4).octets == b"\x00\x01"


def test_header_is_read_and_its_tables_used():
    found = decode_text(bytes.fromhex("06240101250101") + b"\x1c\x0c\x07\x09", 0, 0x40)
    assert (found.text, found.alphabet, found.header.single, found.note) == ("ŞğıÇ", "gsm7", 1, "")
    packed = decode_text(bytes.fromhex("050003cc0201c2e231"), 0, 0x40, codings={0: "gsm7-packed"})
    assert (packed.text, packed.header.number) == ("abc", 1)


def test_unreadable_header_stays_in_the_text_and_is_noted():
    found = decode_text(b"\x20abc", 0, 0x40)
    assert (found.text, found.header, found.octets, found.note) == (
        " abc",
        None,
        b"\x20abc",
        "unreadable user data header",
    )
    assert decode_text(b"", 0, 0x40).note == "unreadable user data header"


@pytest.mark.parametrize(
    ("octets", "text", "note"),
    [
        ("feff0416", "Ж", "begins with a byte order mark"),
        ("fffe1604", "Ж", "little-endian, by its byte order mark"),
        ("0416fffe", "Ж\ufffe", ""),
        ("041604", "Ж\ufffd", ""),
        ("d83dd83dde00", "\ufffd😀", ""),
        ("d83d", "\ufffd", ""),
        ("dc000041", "\ufffdA", ""),
        ("", "", ""),
    ],
)
def test_ucs2_as_it_comes(octets, text, note):
    found = decode_text(bytes.fromhex(octets), 8)
    assert (found.text, found.note) == (text, note)


@pytest.mark.parametrize(
    ("data_coding", "text"),
    [(5, "漢字"), (9, "かな"), (10, "日本"), (13, "漢字"), (14, "한국"), (6, "Привет"), (7, "שלום")],
)
def test_other_charsets_come_back(data_coding, text):
    octets = encode_text(text, alphabet_of(data_coding))
    assert decode_text(octets, data_coding).text == text
    assert "\ufffd" in decode_text(b"\xff\xff\x80", 13).text


@given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_nothing_fails_on_content(octets, data_coding, esm_class):
    found = decode_text(octets, data_coding, esm_class)
    assert (found.text is None) == (found.alphabet == "octets")
    if found.text is not None:
        found.text.encode()


def test_writing_refuses_what_is_not_held():
    for alphabet, text, sentence in (
        ("ascii", "é", "'é' (position 0) is not in ASCII"),
        ("latin1", "a€", "'€' (position 1) is not in ISO-8859-1"),
        ("cyrillic", "ß", "'ß' (position 0) is not in ISO-8859-5"),
        ("ucs2", "a\ud800", "'\\ud800' (position 1) is not in UCS-2"),
        ("jis", "a☃", "'☃' (position 1) is not in jis"),
    ):
        with pytest.raises(TextError) as caught:
            encode_text(text, alphabet)
        assert str(caught.value) == sentence
    with pytest.raises(TextError, match="give bytes instead of a text"):
        encode_text("a", "octets")
    with pytest.raises(ValueError, match="no alphabet 'utf8'"):
        encode_text("a", "utf8")


def test_writing_gsm7_packed_fills_with_cr():
    assert encode_text("1234567", "gsm7-packed").hex() == "31d98c56b3dd1a"
    assert decode_text(encode_text("123456@", "gsm7-packed"), 0, codings={0: "gsm7-packed"}).text == "123456@"


def test_docstrings_of_the_core_run():
    result = doctest.testmod(core)
    assert result.attempted
    assert not result.failed
