"""Corners of message text: languages out of range, texts longer than a message, receipts of strange shape."""

import json

import pytest

from smppkit._core.alphabet import ALPHABETS, text_of
from smppkit.errors import TextError
from smppkit.text.alphabets import gsm7
from smppkit.text.receipts import parse_receipt, parse_receipts

NUMBER = {name: place for place, name in enumerate(ALPHABETS)}


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_octets_of_every_kind_are_text(kind):
    assert text_of(NUMBER["ucs2"], kind("Ж😀".encode("utf-16-be"))) == "Ж😀"
    assert text_of(NUMBER["gsm7"], kind(b"a\x1b\x65")) == "a€"
    assert text_of(NUMBER["octets"], kind(b"abc")) == ""


@pytest.mark.parametrize("wrong", [-1, 14, 99, -(2**31)])
def test_what_a_peer_says_of_tables_and_bits_is_ignored_when_it_cannot_be(wrong):
    packed = gsm7.pack(b"hello")
    for number in (NUMBER["gsm7"], NUMBER["gsm7-packed"]):
        assert text_of(number, packed, wrong, wrong, wrong) == text_of(number, packed)
        assert text_of(number, packed, fill_bits=7) == text_of(number, packed)


@pytest.mark.parametrize("errors", ["replace", "ignore"])
@pytest.mark.parametrize("locking", [0, 1, 3])
def test_long_texts_are_short_ones_in_a_row(errors, locking):
    """Longer than any message, with and without what the alphabet lacks, of one octet a character and of more."""
    for piece in ("hello you", "né{à", "a€Ω"):
        alone = gsm7.encode(piece, locking=locking, errors=errors)
        long = gsm7.encode(piece * 3000, locking=locking, errors=errors)
        assert long == alone * 3000
        assert gsm7.decode(long, locking=locking) == gsm7.decode(alone, locking=locking) * 3000
    for lacking in "☃¶":
        with pytest.raises(TextError, match="position 3000"):
            gsm7.encode("a" * 3000 + lacking, locking=locking)


@pytest.mark.parametrize("value", ["klingon", -1, 14, 2.5, None, b"turkish"])
def test_languages_that_are_none(value):
    with pytest.raises(ValueError, match="no national language"):
        gsm7.encode("a", single=value)


@pytest.mark.parametrize("bits", [-1, 7, "3", None, 1.5])
def test_fill_bits_that_are_none(bits):
    with pytest.raises(ValueError, match="fill_bits is"):
        gsm7.pack(b"a", bits)


def test_septets_of_any_length_are_checked_to_the_last():
    for count in (0, 1, 7, 8, 9, 1000):
        for octet in (0x80, 0xFF):
            with pytest.raises(TextError, match=f"0x{octet:02X} at position {count} "):
                gsm7.pack(b"a" * count + bytes([octet]))
            with pytest.raises(TextError, match=f"0x{octet:02X} at position {count} "):
                gsm7.pack(b"a" * count + bytes([octet]) + b"a" * 9)


# ---- receipts ----


@pytest.mark.parametrize(
    ("date", "known"),
    [
        ("2611222359", True),
        ("2611222400", False),
        ("2611222360", False),
        ("261122235960", False),
        ("20261122235959", True),
        ("20261122240000", False),
        ("2613222359", False),
        ("2602302359", False),
    ],
)
def test_dates_that_no_clock_shows(date, known):
    text = f"id:7 sub:001 dlvrd:001 submit date:{date} done date:{date} stat:DELIVRD err:000 text:"
    receipt = parse_receipt(text)
    assert (receipt.done_date is not None) == known
    assert receipt.done_date_text == date
    assert parse_receipts([text]).done_date.notna().tolist() == [known]


WORDS = ["DELIVRD", "No Such Word", "NO__ROUTE", "Message__Too   Long For A Word", "X" * 40, "a_b c"]


@pytest.mark.parametrize("word", WORDS)
def test_words_with_blanks_and_underscores_mean_the_same(word):
    texts = [f"id:7 stat:{written} err:000" for written in (word, word.lower(), word.replace("_", " "))]
    states = [parse_receipt(text).state for text in texts]
    assert len({*states}) == 1
    assert parse_receipts(texts).state.tolist() == states


def test_a_lone_surrogate_is_the_same_alone_and_in_a_column():
    text = "id:7\ud800 stat:DELIVRD k\ud801:1 \udc00:2 err:000 text:H\udfff\ud83d\ude00"
    odd = parse_receipt(text)
    assert (odd.id, odd.text, odd.extra) == ("7\ufffd", "H\ufffd😀", {"k\ufffd": "1", "\ufffd": "2"})
    row = parse_receipts([text]).loc[0]
    assert (row.id, row.text, json.loads(row.extra)) == (odd.id, odd.text, odd.extra)


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 200])
def test_more_unknown_fields_than_are_kept(count):
    extras = " ".join(f"k{number}:{number}" for number in range(count))
    text = f"id:7 {extras} stat:DELIVRD err:000"
    kept = {f"k{number}": str(number) for number in range(min(count, 64))}
    assert parse_receipt(text).extra == kept
    column = parse_receipts([text])
    assert column.id.tolist() == ["7"]
    assert [json.loads(extra) for extra in column.extra.dropna()] == ([kept] if kept else [])
