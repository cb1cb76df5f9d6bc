"""The rows of statuses, standard and observed, against the spec tables."""

import itertools

import pytest

from smppkit.spec import observed, statuses
from tests.spec.tables import number_range, rows

TABLE = {int(row["code"], 16): row for row in rows("statuses.csv") if row["class"] == "standard"}
CATEGORIES = {"ok", "permanent", "config", "auth", "throttle", "temporary"}


def test_statuses_are_exactly_those_of_the_table():
    assert {row.code: row.name for row in statuses.ROWS} == {code: row["name"] for code, row in TABLE.items()}
    assert len(statuses.ROWS) == len(statuses.BY_CODE) == 67


@pytest.mark.parametrize("row", statuses.ROWS, ids=lambda row: row.name)
def test_status_agrees_with_the_table(row):
    wanted = TABLE[row.code]
    assert row.introduced == wanted["introduced"]
    assert row.category == wanted["category"]
    assert row.category in CATEGORIES
    assert row.other_name == wanted["other_name"].split(" (")[0]
    assert row.meaning
    assert row.hint


def test_every_name_is_given_once():
    names = [name for row in statuses.ROWS for name in (row.name, row.other_name) if name]
    assert len(names) == len(set(names)) == len(statuses.BY_NAME)


def test_reserved_ranges_are_those_of_the_table():
    wanted = [number_range(row["code"]) for row in rows("statuses.csv") if row["class"] == "reserved"]
    assert sorted(statuses.RESERVED) == sorted(wanted)


def test_assigned_reserved_and_vendor_numbers_fill_the_whole_range():
    spans = [(code, code) for code in statuses.BY_CODE]
    spans = sorted([*spans, *statuses.RESERVED, statuses.VENDOR])
    assert spans[0][0] == 0
    assert spans[-1][1] == 0xFFFFFFFF
    assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize("code", [0x09, 0x113, 0x3FF, 0x500, 0xFFFFFFFF])
def test_reserved_statuses_keep_their_number(code):
    assert statuses.name_of(code) == f"reserved status 0x{code:08X}"


@pytest.mark.parametrize("code", [0x400, 0x4FF])
def test_vendor_statuses_keep_their_number(code):
    assert statuses.name_of(code) == f"vendor status 0x{code:08X}"


def test_vendor_rows_are_those_of_the_table():
    wanted = [
        (int(row["code"], 16), row["category"]) for row in rows("statuses.csv") if row["class"] == "vendor-observed"
    ]
    assert sorted((row.code, row.category) for row in observed.OBSERVED if row.origin == "vendor") == sorted(wanted)


def test_legacy_rows_are_those_of_the_table():
    wanted = {int(row["code"], 16): row["name"] for row in rows("statuses.csv") if row["class"] == "legacy"}
    assert {row.code: row.source for row in observed.OBSERVED if row.origin == "legacy"} == wanted


def test_observed_meanings_never_shadow_the_standard():
    assert statuses.name_of(0x45) == "ESME_RSUBMITFAIL"
    assert [row.source for row in observed.observed(0x45)] == ["Hollatags"]
    assert observed.observed(0x00) == ()
