"""sk.match on tables of anybody's: columns recognised or named, dialects learned, nothing guessed."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit.errors import TableError

CAPTURES = Path(__file__).parents[1] / "captures"


def export(count=50, form="{:X}"):
    numbers = range(0xA0000, 0xA0000 + count)
    return pd.DataFrame(
        {
            "MsgId": pd.array([form.format(number) for number in numbers], "str"),
            "MSISDN": [f"3247{number:07d}" for number in range(count)],
            "SubmittedAt": [f"2026-11-22T10:{minute % 60:02d}:00Z" for minute in range(count)],
            "Campaign": "spring",
        }
    )


def receipts(count=50, form="{:010d}"):
    return pd.DataFrame(
        {
            "id": [form.format(number) for number in range(0xA0000, 0xA0000 + count)],
            "number": [f"+3247{number:07d}" for number in range(count)],
            "stat": "DELIVRD",
            "Campaign": "theirs",
        }
    )


def test_a_dialect_is_learned_from_exports():
    found = sk.match(export(), receipts())
    assert len(found.matched) == 50
    assert found.matched["matched_by"].tolist() == ["hex_to_decimal"] * 50
    assert (found.matched["MSISDN"] == found.matched["number"].str[1:]).all()
    assert list(found.matched.columns) == [
        *("MsgId", "MSISDN", "SubmittedAt", "Campaign", "id", "number", "stat", "Campaign_receipt", "matched_by")
    ]
    assert (len(found.ambiguous), len(found.orphans)) == (0, 0)
    assert (found.dialect.name, found.dialect.learned, found.dialect.supporting, found.dialect.against) == (
        "hex_to_decimal", True, 50, 0,
    )  # fmt: skip
    assert found.columns == {
        "message_id": "MsgId", "destination": "MSISDN", "time_sent": "SubmittedAt",
        "receipt_id": "id", "source": "number",
    }  # fmt: skip
    assert repr(found) == "<Match: 50 of 50 receipts matched (hex_to_decimal 50), 0 ambiguous, 0 orphans>"
    assert "hex_to_decimal: 50 for, 0 against, learned" in found._repr_html_()


def test_what_is_ambiguous_or_strange_is_listed():
    messages = pd.DataFrame({"message_id": ["100", "256", "7"], "destination": ["1"] * 3})
    told = pd.DataFrame({"receipt_id": ["256", "999", "7"], "source": [*"112"], "note": [*"abc"]})
    found = sk.match(messages, told)
    assert found.matched.empty
    assert found.ambiguous["note"].tolist() == ["a"]
    assert found.ambiguous["candidates"].tolist() == [2]
    assert found.orphans["note"].tolist() == ["b", "c"]
    assert list(found.orphans.columns) == list(told.columns)
    assert repr(found) == "<Match: 0 of 3 receipts matched, 1 ambiguous, 2 orphans>"


@pytest.mark.parametrize("name", ["netsmpp_to_jsmpp_simulator", "kannel_to_node", "jsmpp_to_node"])
def test_the_tables_of_a_log_go_as_they_are(name):
    log = sk.read(CAPTURES / f"{name}.pcap")
    found = sk.match(log.parts, log.receipts)
    assert len(found.orphans) + len(found.ambiguous) == log.receipts["msg_id"].isna().sum()
    merged = found.matched.dropna(subset=["msg_id_receipt"])
    assert (merged["msg_id"] == merged["msg_id_receipt"]).all()
    assert "source_addr" not in found.matched


def test_columns_are_named_by_the_user():
    messages = export().rename(columns={"MsgId": "Ref. A", "MSISDN": "B"})
    told = receipts().rename(columns={"id": "Ref. A", "number": "C"})
    found = sk.match(messages, told, {"message_id": "Ref. A", "destination": "B", "source": "C"})
    assert len(found.matched) == 50
    assert "Ref. A_receipt" in found.matched


def test_the_column_with_the_numbers_sent_to_is_the_one():
    told = receipts().assign(source="INFO").rename(columns={"number": "destination"})
    found = sk.match(export(), told)
    assert found.columns["source"] == "destination"
    assert len(found.matched) == 50
    told = receipts().assign(destination="INFO").rename(columns={"number": "source_addr"})
    assert sk.match(export(), told).columns["source"] == "source_addr"


@pytest.mark.parametrize(("messages", "told", "columns", "words"), [
    (export().drop(columns="MsgId"), receipts(), None, ["messages", "message_id", "it has: MSISDN,", "columns={"]),
    (export(), receipts().drop(columns="id"), None, ["receipts", "receipt_id", "it has: number, stat"]),
    (export(), receipts(), {"message_id": "Nr"}, ["messages", "'Nr'", "it has: MsgId"]),
    (export(), receipts(), {"msg": "MsgId"}, ["'msg'", "message_id, destination"]),
    (export().assign(MsgId=1.5), receipts(), None, ["'MsgId'", "floating-point", "sk.read"]),
    (export().assign(SubmittedAt="22/11"), receipts(), {"time_sent": "SubmittedAt"}, ["'SubmittedAt'", "to_datetime"]),
    ([1], receipts(), None, ["two DataFrames", "not list"]),
    (pd.DataFrame(), receipts(), None, ["it has: none"]),
])  # fmt: skip
def test_mistakes_are_one_sentence(messages, told, columns, words):
    with pytest.raises(TableError) as caught:
        sk.match(messages, told, columns)
    for word in words:
        assert word in str(caught.value), str(caught.value)


def test_times_order_and_need_not_be_there():
    late = receipts().assign(received_at="2026-11-21T00:00:00Z")
    assert sk.match(export(), late).matched.empty  # before the messages were sent
    assert len(sk.match(export(), late.assign(received_at="yesterday")).matched) == 50  # no times: left aside
    typed = late.assign(received_at=pd.to_datetime("2026-11-23", utc=True))
    assert len(sk.match(export(), typed).matched) == 50
    naive = late.assign(received_at=pd.to_datetime("2026-11-23"))
    assert len(sk.match(export(), naive).matched) == 50


def test_ids_may_be_whole_numbers_and_absent():
    messages = export(form="{:d}").assign(MsgId=lambda table: pd.array(table["MsgId"].astype("int64"), "Int64"))
    messages.loc[3, "MsgId"] = pd.NA
    found = sk.match(messages, receipts(form="{:d}"))
    assert len(found.matched) == 49
    assert set(found.matched["matched_by"]) == {"exact"}
    assert sk.match(messages.head(0), receipts()).matched.empty
    assert sk.match(messages, receipts().head(0)).matched.empty


def test_hostile_names_show_harmlessly():
    messages = export().rename(columns={"MSISDN": "<script>"})
    found = sk.match(messages, receipts(), {"destination": "<script>"})
    assert "<script>" not in found._repr_html_()


def told(**columns):
    return receipts().drop(columns="Campaign").assign(**columns)


def test_one_cell_without_a_time_takes_no_other_times_away():
    late = told(received_at="2026-11-21 09:00:00")
    late.loc[9, "received_at"] = "-"
    found = sk.match(export(), late)
    assert found.matched["id"].tolist() == [late["id"][9]]
    assert "received_at (1 cell holds no ISO 8601)" in found._repr_html_()
    named = sk.match(export(), late, {"time": "received_at"})
    assert len(named.orphans) == 49


@pytest.mark.parametrize("text", ["13/12/2026 10:00:00", "yesterday", "today", "2026", "9999-12-31", "\ud800"])
def test_times_that_are_not_used_are_told(text):
    column = pd.Series([text] * 50, dtype=object)
    found = sk.match(export(), told(received_at=column))
    assert len(found.matched) == 50
    assert "time" not in found.columns
    words = "the order of time was not used: column 'received_at' holds no times as ISO 8601 writes them"
    assert words in repr(found)
    assert "the order of time was not used" in found._repr_html_()
    found = sk.match(export(), told(submit_date=column))
    assert "submit dates were not used: column 'submit_date'" in repr(found)
    with pytest.raises(TableError, match="to_datetime"):
        sk.match(export(), told(received_at=column), {"time": "received_at"})


def test_an_empty_column_of_times_is_no_mistake():
    found = sk.match(export(), told(received_at=None))
    assert len(found.matched) == 50
    assert "not used" not in repr(found)


FLOATS = [
    pd.Series([12345.0, None], dtype=object),
    pd.Series([float("nan"), np.float32(7)], dtype=object),
    pd.Series(pd.Categorical([12345.0, None])),
    pd.Series([12345.0, None], dtype="Float64"),
    pd.Series([12345.0, None], dtype=pd.ArrowDtype(pa.float64())),
    pd.Series(["7", 12345.0], dtype=object),
]


@pytest.mark.parametrize("ids", FLOATS, ids=range(len(FLOATS)))
@pytest.mark.parametrize("role", ["id", "number"])
def test_floating_point_numbers_are_no_ids_in_any_type_of_column(ids, role):
    messages = pd.DataFrame({"message_id": ["123450"], "destination": ["12345"]})
    other = {"id": "number", "number": "id"}[role]
    with pytest.raises(TableError, match=f"'{role}' holds floating-point numbers"):
        sk.match(messages, pd.DataFrame({role: ids, other: "12345"}))


def test_absent_cells_are_no_floating_point_numbers():
    messages = pd.DataFrame({"message_id": pd.Series(["a1", float("nan")], dtype=object), "destination": ["1", "1"]})
    found = sk.match(messages, pd.DataFrame({"id": ["a1"], "number": pd.Categorical(["1"])}))
    assert len(found.matched) == 1
    assert sk.match(messages, pd.DataFrame({"id": [None, float("nan")], "number": "1"})).matched.empty


@pytest.mark.parametrize("role", ["id", "number"])
def test_half_a_character_is_named_by_its_column(role):
    with pytest.raises(TableError, match=rf"column '{role}' holds '\\ud800', half of a surrogate pair"):
        sk.match(export(), told(**{role: pd.Series(["a\ud800"] * 50, dtype=object)}))
    with pytest.raises(TableError, match="column 'MSISDN'"):
        sk.match(export().assign(MSISDN=pd.Series(["a\ud800"] * 50, dtype=object)), told())


def series(*given, dtype=object, zone=None):
    times = pd.Series(pd.to_datetime(list(given)))
    return times.astype(dtype) if zone is None else times.dt.tz_localize(zone)


@pytest.mark.parametrize(
    ("came", "count"),
    [
        (["2026-01-01"], 1),
        (["2026-01-01T10"], 1),
        (["2026-01-01 10:12", "2026-01-01 10:13:40"], 2),
        (["2026-01-01 10:12", "2026-01-01 10:13:20"], 1),
        (["2026-01-01T11:12+01:00", "2026-01-01 10:13:40Z"], 2),
        (["20260101T1012", "2026-01-01 10:13:30.5"], 2),
        (["2026-01-01 10:11"], 0),
        (["2025-12-31"] * 2, 0),
        ([datetime.date(2026, 1, 1)] * 2, 2),
        (series("2026-01-01", dtype="datetime64[s]"), 1),
        (series("2026-01-01", dtype=pd.ArrowDtype(pa.date32())), 1),
        (series("2026-01-01", dtype=pd.ArrowDtype(pa.timestamp("us"))), 1),
        (series("2026-01-01", zone="Asia/Kolkata"), 1),
        (series("2026-01-01 10:12", "2026-01-01 10:13", dtype="datetime64[us]"), 2),
        (series("2026-01-01 10:12:00", "2026-01-01 10:13:31", dtype="datetime64[us]"), 1),
    ],
)
def test_a_receipt_came_at_any_time_that_its_own_may_stand_for(came, count):
    rows = len(came)
    messages = pd.DataFrame({"message_id": ["A0", "A1"], "destination": ["3247100001"] * 2})
    messages["time_sent"] = ["2026-01-01 10:12:30", "2026-01-01 10:13:30"]
    receipts = pd.DataFrame({"id": ["A0", "A1"][:rows], "number": "3247100001", "received": came})
    assert len(sk.match(messages, receipts).matched) == count


@pytest.mark.parametrize(
    ("sent", "submitted"), [("2026-01-01 23:50", "2026-01-01"), ("2026-01-01", "2026-01-01 22:00")]
)
def test_dates_without_a_time_of_day_contradict_nothing_of_that_day(sent, submitted):
    messages = pd.DataFrame({"message_id": ["A0"], "destination": ["3247100001"], "time_sent": [sent]})
    receipts = pd.DataFrame({"id": ["A0"], "number": ["3247100001"], "submit_date": [submitted]})
    found = sk.match(messages, receipts)
    assert found.columns["receipt_submit_date"] == "submit_date"
    assert len(found.matched) == 1
    assert len(sk.match(messages, receipts.assign(submit_date="2026-01-03")).ambiguous) == 1


def test_orphans_that_came_too_early_are_told():
    early = told(received_at="2026-11-21 09:00:00").replace({"id": {receipts()["id"][7]: "999"}})
    found = sk.match(export(), early)
    words = "50 orphans (49 came before their message was sent)"
    assert words in repr(found)
    assert "49 agree in id and number with a message sent later" in found._repr_html_()


@pytest.mark.parametrize(("table", "name"), [("messages", "MSISDN"), ("messages", "MsgId"), ("receipts", "id")])
@pytest.mark.parametrize("named", [False, True])
def test_a_column_that_is_there_twice_is_told(table, name, named):
    tables = {"messages": export(), "receipts": receipts()}
    tables[table] = pd.concat([tables[table], tables[table][[name]]], axis=1)
    role = {"MSISDN": "destination", "MsgId": "message_id", "id": "receipt_id"}[name]
    with pytest.raises(TableError, match=f"the column '{name}' is there 2 times in the table of {table}; keep one"):
        sk.match(*tables.values(), {role: name} if named else None)


def test_columns_without_a_meaning_may_be_there_twice():
    twice = pd.concat([receipts(), receipts()[["stat", "Campaign"]]], axis=1).assign(raw="x")
    twice = pd.concat([twice, twice[["raw"]]], axis=1)
    assert len(sk.match(export(), twice).matched) == 50


def test_new_names_are_free():
    messages = export().rename(columns={"MsgId": "message_id"})
    both = receipts().rename(columns={"id": "message_id", "stat": "message_id_receipt"})
    matched = sk.match(messages, both).matched
    assert matched.columns.is_unique
    assert matched["message_id_receipt"].tolist() == ["DELIVRD"] * 50
    assert matched["message_id_receipt.2"].tolist() == both["message_id"].tolist()


def test_columns_named_by_numbers_can_be_named():
    messages, numbered = export(), receipts()[["id", "number"]]
    numbered.columns = [0, 1]
    assert len(sk.match(messages, numbered, {"receipt_id": 0, "source": 1}).matched) == 50
