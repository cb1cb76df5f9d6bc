"""The rows of enumerations against the spec tables, and their look-ups."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.spec import values
from tests.spec.tables import number_range, rows

# Names of the table that say nothing outside their own column, and the name they carry in the rows.
CLEARER = {
    ("registered_delivery.sme_ack", "BOTH"): "DELIVERY_AND_USER_ACK",
    ("registered_delivery.intermediate", "YES"): "INTERMEDIATE",
    ("registered_delivery.intermediate", "NO"): "NONE",
}


def bits(text: str) -> int:
    """Return the mask of "(bits3-2)" or "(bit4)", every bit where none is named."""
    named = re.search(r"\(bits?(\d)(?:-(\d))?\)", text)
    if named is None:
        return 0xFFFFFFFF
    high, low = int(named[1]), int(named[2] or named[1])
    return sum(1 << bit for bit in range(low, high + 1))


def expected() -> set[tuple[str, int, int, str, str, int]]:
    """Return what the table says, as tuples; its rows of text and of single bits are tested apart."""
    found = set()
    for row in rows("enums.csv"):
        if row["enum"] != "service_type" and not row["value"].startswith("mwi."):
            field, mask = row["enum"].partition("(")[0], bits(row["enum"])
            name = CLEARER.get((field, row["name"]), row["name"])
            found.add((field, *number_range(row["value"]), name, row["version"], mask))
    return found


def test_values_are_exactly_those_of_the_table():
    ours = {
        (row.values, row.first, row.last, row.name, row.introduced, row.mask)
        for row in values.ROWS
        if not row.values.startswith("message_waiting.")
    }
    assert ours == expected()
    assert len(values.ROWS) == len(set(values.ROWS))


def test_message_waiting_bits_follow_the_table():
    assert values.names("message_waiting.kind") == {0: "VOICEMAIL", 1: "FAX", 2: "EMAIL", 3: "OTHER"}
    assert values.describe("message_waiting", 0x09) == "ACTIVE, FAX"


def test_service_types_are_those_of_the_table():
    assert set(values.SERVICE_TYPES) == {row["value"] for row in rows("enums.csv") if row["enum"] == "service_type"}


@pytest.mark.parametrize(
    ("field", "number", "text"),
    [
        ("esm_class", 0x00, "DEFAULT"),
        ("esm_class", 0x04, "MC_DELIVERY_RECEIPT"),
        ("esm_class", 0x43, "STORE_AND_FORWARD, UDHI"),
        ("esm_class", 0xC0, "UDHI_AND_REPLY_PATH"),
        ("esm_class", 0x14, "0x14"),
        ("registered_delivery", 0x00, "NONE"),
        ("registered_delivery", 0x1D, "SUCCESS_OR_FAILURE, DELIVERY_AND_USER_ACK, INTERMEDIATE"),
        ("registered_delivery", 0x21, "SUCCESS_OR_FAILURE, 0x20"),
        ("ms_msg_wait_facilities", 0x80, "ACTIVE, VOICEMAIL"),
        ("callback_num_pres_ind", 0x05, "RESTRICTED, VERIFIED_PASSED"),
        ("data_coding", 0x08, "UCS2"),
        ("data_coding", 0x10, "GSM7_CLASS0"),
        ("data_coding", 0x20, "GENERAL_GROUP"),
        ("data_coding", 0xF0, "CLASS_GSM7"),
        ("data_coding", 0x80, "128"),
        ("congestion_state", 85, "OPTIMUM_LOAD"),
        ("message_state", 2, "DELIVERED"),
        ("message_state", 77, "77"),
        ("", 3, "3"),
    ],
)
def test_describe(field, number, text):
    assert values.describe(field, number) == text


@given(field=st.sampled_from(sorted(values.BY_FIELD)), number=st.integers(0, 2**32 - 1))
def test_describe_has_a_word_for_every_number(field, number):
    assert values.describe(field, number)


def test_names_writes_ranges_out():
    assert values.names("congestion_state")[57] == "HIGH_LOAD"


def test_names_of_a_bit_field_says_which_parts_it_has():
    with pytest.raises(KeyError, match=r"in parts: esm_class\.gsm_features, esm_class\.message_type"):
        values.names("esm_class")
    with pytest.raises(KeyError, match="no enumeration"):
        values.names("colour")


@pytest.mark.parametrize("field", sorted(values.BY_FIELD))
def test_no_two_rows_of_one_enumeration_name_the_same_number(field):
    first_come: dict[tuple[str, int], str] = {}
    for row in values.BY_FIELD[field]:
        assert row.first <= row.last
        if row.first == row.last:
            assert first_come.setdefault((row.values, row.first), row.name) == row.name
