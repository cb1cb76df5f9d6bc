"""The rows of TLVs against the spec tables."""

import re

import pytest

from smppkit.spec import commands, tlvs, values
from tests.spec.tables import rows, words

TABLE = {
    int(row["tag"], 16): row
    for row in rows("tlvs.csv")
    if row["introduced"] in ("3.4", "5.0") and "-" not in row["tag"] and not row["name"].startswith("(")
}
KIND_OF_TYPE = {
    "int1": "int",
    "int2": "int",
    "int4": "int",
    "bits1": "int",
    "none_or_int1": "int",
    "cstring": "cstring",
    "octet_string": "octets",
}
EVERY_TLV = pytest.mark.parametrize("row", tlvs.ROWS, ids=lambda row: row.name)


def test_tlvs_are_exactly_those_of_the_table():
    assert {row.tag: row.name for row in tlvs.ROWS} == {tag: row["name"] for tag, row in TABLE.items()}
    assert len(tlvs.ROWS) == len(tlvs.BY_TAG) == 64
    assert [row.tag for row in tlvs.ROWS] == sorted(tlvs.BY_TAG)


@EVERY_TLV
def test_tlv_agrees_with_the_table(row):
    wanted = TABLE[row.tag]
    assert row.introduced == wanted["introduced"]
    assert row.kind == KIND_OF_TYPE[wanted["value_type"]]
    assert (row.least, row.most) == (int(wanted["min_octets"]), int(wanted["max_octets"]))
    assert set(row.commands) == words(wanted["pdus_v34"])
    assert set(row.commands_v50) == words(wanted["pdus_v50"])
    assert row.repeats == ("may repeat" in wanted["note"])
    assert row.other_name == wanted["other_name"].split(" (")[0]
    assert row.meaning


@EVERY_TLV
def test_tlv_travels_in_commands_there_are(row):
    for name in (*row.commands, *row.commands_v50):
        assert name in commands.BY_NAME
    assert len(set(row.commands_v50)) == len(row.commands_v50)


@EVERY_TLV
def test_enumeration_of_tlv_is_known(row):
    assert not row.values or row.values in values.BY_FIELD
    named = re.search(r"enum (\w+)", TABLE[row.tag]["note"])
    if named:
        assert row.values == named[1]


def test_sections_are_given_once_each():
    v34 = [row.section for row in tlvs.ROWS if row.introduced == "3.4"]
    v50 = [row.section for row in tlvs.ROWS if row.introduced == "5.0"]
    assert sorted(v34) == sorted(f"5.3.2.{number}" for number in range(1, 45))
    assert len(v50) == len(set(v50)) == 20
    assert all(re.fullmatch(r"4\.8\.4\.\d+ of 5\.0", section) for section in v50)


def test_vendor_range_agrees_with_the_table():
    (cell,) = (row["tag"] for row in rows("tlvs.csv") if row["name"] == "(vendor)")
    assert tuple(int(end, 16) for end in cell.split("-")) == tlvs.VENDOR_TAGS


def test_both_names_find_the_row():
    assert tlvs.BY_NAME["dest_port"] is tlvs.BY_NAME["destination_port"]
    assert tlvs.BY_NAME["SC_interface_version"].tag == 0x0210
