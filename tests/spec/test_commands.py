"""The rows of commands and fields against the spec tables."""

import pytest

from smppkit.spec import commands, kinds, statuses, values
from tests.spec.tables import rows, words

TABLE = {row["name"]: row for row in rows("commands.csv") if row["kind"] in ("request", "response", "one-way")}
BODIES: dict[str, list[dict[str, str]]] = {}
for _row in rows("fields.csv"):
    if not _row["command"].startswith("(") and _row["type"] != "none":
        BODIES.setdefault(_row["command"], []).append(_row)

KIND_OF_TYPE = {
    "int1": {kinds.U8},
    "cstring": {kinds.CSTRING, kinds.TIME},
    "octet_string": {kinds.OCTETS},
    "dest_list": {kinds.DESTINATIONS},
    "unsuccess_list": {kinds.FAILURES},
}
TIMES = {"schedule_delivery_time", "validity_period", "final_date"}
EVERY_COMMAND = pytest.mark.parametrize("row", commands.ROWS, ids=lambda row: row.name)


def test_commands_are_exactly_those_of_the_table():
    assert {row.name: row.command_id for row in commands.ROWS} == {
        name: int(row["command_id"], 16) for name, row in TABLE.items()
    }
    assert len(commands.ROWS) == len(commands.BY_ID) == len(commands.BY_NAME) == 33


@EVERY_COMMAND
def test_command_agrees_with_the_table(row):
    wanted = TABLE[row.name]
    assert row.introduced == wanted["introduced"]
    assert row.kind == wanted["kind"]
    assert row.sender == wanted["sender"]
    assert row.partner == wanted["paired_with"]
    assert set(row.states) == words(wanted["states_v34"].replace("not defined", ""))
    assert set(row.states_v50) == words(wanted["states_v50"])
    assert row.bare_on_error == wanted["body_rule"].startswith("body omitted")
    assert row.section


@EVERY_COMMAND
def test_body_agrees_with_the_table(row):
    wanted = BODIES.get(row.name, [])
    assert [field.name for field in row.fields] == [field["field"] for field in wanted]
    for field, known in zip(row.fields, wanted, strict=True):
        assert field.kind in KIND_OF_TYPE[known["type"]]
        assert (field.kind == kinds.TIME) == (field.name in TIMES)
        if field.kind in (kinds.CSTRING, kinds.TIME, kinds.OCTETS):
            assert field.limit == int(known["max_octets_v34"])
            assert (field.limit_v50 or field.limit) == int(known["max_octets_v50"])


@EVERY_COMMAND
def test_request_and_response_name_each_other(row):
    if row.partner:
        partner = commands.BY_NAME[row.partner]
        assert partner.partner == row.name
        assert partner.command_id ^ row.command_id == 0x80000000
        assert {row.kind, partner.kind} == {kinds.REQUEST, kinds.RESPONSE}
    else:
        assert row.kind == kinds.ONE_WAY or row.name == "generic_nack"


@EVERY_COMMAND
def test_fields_are_sound(row):
    names = [field.name for field in row.fields]
    assert len(names) == len(set(names))
    for place, field in enumerate(row.fields):
        assert field.status in statuses.BY_CODE
        assert not field.values or field.values in values.BY_FIELD or field.values == "service_type"
        if field.counts:
            assert row.fields[place + 1].name == field.counts
        if field.kind in (kinds.OCTETS, kinds.DESTINATIONS, kinds.FAILURES):
            assert row.fields[place - 1].counts == field.name


def test_vendor_ranges_agree_with_the_table():
    cells = [row["command_id"] for row in rows("commands.csv") if row["name"].startswith("(vendor")]
    assert [tuple(int(end, 16) for end in cell.split("-")) for cell in cells] == list(commands.VENDOR_IDS)


def test_class_names_are_distinct():
    assert len({commands.class_name(row.name) for row in commands.ROWS}) == len(commands.ROWS)
