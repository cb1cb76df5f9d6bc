"""Numbers and senders as people write them."""

import numpy as np
import pytest

from smppkit.esme.address import Address, destination, sender


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+32471123456", ("32471123456", 1, 1)),
        ("+32 471 12 34 56", ("32471123456", 1, 1)),
        ("+32 (0471) 12.34-56", ("320471123456", 1, 1)),
        (" 32471123456\n", ("32471123456", 0, 1)),
        ("[32] 471–123‑456", ("32471123456", 0, 1)),
        ("\u202a+32471123456\u202c", ("32471123456", 1, 1)),  # as copied from an address book
        ("+32\u00a0471\u202f123456", ("32471123456", 1, 1)),
        ("0032471123456", ("0032471123456", 0, 1)),
        ("112", ("112", 0, 1)),
        ("1" * 20, ("1" * 20, 0, 1)),
        (32471123456, ("32471123456", 0, 1)),
        (np.int64(32471123456), ("32471123456", 0, 1)),
    ],
)
def test_a_number_is_taken_as_people_write_it(written, expected):
    assert destination(written) == Address(*expected)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "destination is empty: a number is digits"),
        (" - ", "destination is empty"),
        ("+", "has no digit"),
        ("+1", r"has 1 digit after the \+: a number has 3 to 15"),
        ("12", "has 2 digits: a number has 3 to 20"),
        ("+" + "1" * 16, r"has 16 digits after the \+: a number has 3 to 15"),
        ("1" * 21, "has 21 digits: a number has 3 to 20"),
        ("++32471", r"a second or misplaced \+"),
        ("32+471", r"a second or misplaced \+"),
        ("O471123456", r"has O \(U\+004F LATIN CAPITAL LETTER O\): a number is digits, with \+"),
        ("３２４７１", "FULLWIDTH DIGIT THREE"),
        ("3247112345٦", "ARABIC-INDIC DIGIT SIX"),
        ("32471/123456", "SOLIDUS"),
        (3.2471123456e10, "is a float, which loses digits of numbers: read the column as text"),
        (np.float64(3.2e10), "read the column as text"),
        (float("nan"), "read the column as text"),
        (True, "is no text"),
        (-32471, "is no text"),
        (None, "is no text"),
        (b"32471", "is no text"),
        (("32471", 1), "is no address"),
        (("3" * 21, 1, 1), "at most 20 characters"),
        (("32471", 256, 1), "each may be 0 to 255"),
        (("324\n", 1, 1), "of ASCII"),
    ],
)
def test_what_is_no_number_is_told_in_one_sentence(written, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        destination(written)
    assert "\n" not in str(caught.value)


def test_an_address_of_somebodys_own_is_taken_as_it_is():
    assert destination(("*100#", 0, 0)) == Address("*100#", 0, 0)
    assert destination(Address("32471", 2, 8)) == Address("32471", 2, 8)
    assert sender(("0471", 2, 1)) == Address("0471", 2, 1)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, ("", 0, 0)),
        ("", ("", 0, 0)),
        ("  ", ("", 0, 0)),
        ("+32 471 12 34 56", ("32471123456", 1, 1)),
        ("8080", ("8080", 0, 1)),
        (8080, ("8080", 0, 1)),
        ("80-80", ("8080", 0, 1)),
        ("INFO", ("INFO", 5, 0)),
        ("My Shop_1", ("My Shop_1", 5, 0)),
        ("3 Mobile", ("3 Mobile", 5, 0)),
        ("A" * 11, ("A" * 11, 5, 0)),
        ("@shop", ("@shop", 5, 0)),
    ],
)
def test_a_sender_is_nobody_a_number_or_a_name(written, expected):
    assert sender(written) == Address(*expected)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("A" * 12, "has 12 characters, a name has at most 11"),
        ("Café", "has é"),
        ("INFO{1}", r"has \{"),
        ("tab\there", "CHARACTER TABULATION|U\\+0009"),
        ("+INFO", "sender '\\+INFO' has I"),
        ("+1", "sender '\\+1' has 1 digit after"),
        (1.5, "read the column as text"),
    ],
)
def test_what_is_no_sender_is_told_in_one_sentence(written, sentence):
    with pytest.raises(ValueError, match=sentence):
        sender(written)
