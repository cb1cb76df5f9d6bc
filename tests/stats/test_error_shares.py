"""What went wrong: counts, shares, stages, on messages, parts, receipts and PDUs."""

import numpy as np
import pandas as pd
import pytest

import smppkit.stats  # noqa: F401
from smppkit.errors import TableError
from tests.stats.traffic import START, messages


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "outcome": ["refused"] * 3 + ["unanswered", "not_sent"] + ["accepted"] * 5,
            "command_status": pd.array([0x58, 0x58, 0x0B, None, None, 0, 0, 0, 0, 0], dtype="Int64"),
            "state": [None] * 5 + ["UNDELIVERABLE", "UNDELIVERABLE", "EXPIRED", "DELIVERED", None],
            "err": [None] * 5 + ["027", "027", "001", "000", None],
            "country": ["BE"] * 5 + ["FR"] * 4 + [None],
        }
    )


def test_rows_counts_and_shares(table):
    table.attrs["status_names"] = {"88": "ESME_RTHROTTLED"}
    answer = table.smpp.errors()
    first = answer.iloc[:2].set_index("error")
    assert first.loc["0x00000058 ESME_RTHROTTLED", ["stage", "count", "n"]].tolist() == ["response", 2, 10]
    assert first.loc["UNDELIVERABLE", ["stage", "err", "count"]].tolist() == ["delivery", "027", 2]
    assert answer["count"].tolist() == [2, 2, 1, 1, 1, 1]
    assert set(answer["error"][2:]) == {"0x0000000B", "unanswered", "not_sent", "EXPIRED"}
    assert answer["share"].tolist() == pytest.approx([0.2, 0.2, 0.1, 0.1, 0.1, 0.1])
    assert (answer["low"] < answer["share"]).all()
    assert (answer["high"] > answer["share"]).all()
    assert answer["cumulative"].tolist() == pytest.approx([0.25, 0.5, 0.625, 0.75, 0.875, 1])
    assert "Errors / all messages" in answer.caption
    assert "n = 10, 8 with an error" in answer.caption
    assert "Pending, which may still fail: 1." in answer.caption


def test_unasked_are_not_pending(table):
    caption = table.assign(registered_delivery=[1] * 9 + [0]).smpp.errors().caption
    assert "Pending" not in caption
    assert "Accepted without asking for a receipt, so that a failure may go unseen: 1." in caption


def test_by_country(table):
    answer = table.smpp.errors("country")
    assert answer.index.tolist() == ["BE"] * 4 + ["FR"] * 2
    assert answer.loc["FR", "n"].tolist() == [4, 4]
    assert answer.loc["FR", "cumulative"].tolist() == pytest.approx([2 / 3, 1])


def test_names_may_have_numbers_as_keys_and_statuses_may_be_words(table):
    table.attrs["status_names"] = {11: "ESME_RINVDSTADR"}
    assert "0x0000000B ESME_RINVDSTADR" in set(table.smpp.errors()["error"])
    table["command_status"] = table["command_status"].map({0x58: "ESME_RTHROTTLED", 0x0B: "x"}).astype(object)
    assert "ESME_RTHROTTLED" in set(table.smpp.errors()["error"])


def test_one_status_is_one_error_however_it_is_written():
    statuses = ["0x00000058", "88", 88, "0X58", 88.0, " 88 ", np.int64(88), "88.0"]
    table = pd.DataFrame({"command_status": pd.Series(statuses, dtype=object), "outcome": "refused"})
    assert table.smpp.errors()[["error", "count"]].values.tolist() == [["0x00000058", 8]]
    table.attrs["status_names"] = {"88": "ESME_RTHROTTLED"}
    assert table.smpp.errors()["error"].tolist() == ["0x00000058 ESME_RTHROTTLED"]
    words = pd.DataFrame({"command_status": ["x", " x", "", " ", None, "-1", "inf"], "outcome": "refused"})
    counts = words.smpp.errors().set_index("error")["count"].to_dict()
    assert counts == {"no status": 3, "x": 2, "-1": 1, "inf": 1}
    bare = pd.DataFrame({"command_status": ["0", "0x0", "00", "0X00000000", 0, "ESME_ROK", "0x1"]})
    assert bare.smpp.funnel().loc["accepted", "count"] == 6


def test_without_status_and_state(table):
    answer = table[["outcome"]].smpp.errors()
    assert answer.set_index("error")["count"].to_dict() == {"refused": 3, "unanswered": 1, "not_sent": 1}
    assert "err" not in answer.columns


def test_receipts():
    table = pd.DataFrame(
        {
            "time": START,
            "receipt_stat": ["DELIVRD", "UNDELIV", "UNDELIV", "ENROUTE"],
            "receipt_err": ["000", "1", "1", None],
        }
    )
    answer = table.smpp.errors()
    assert answer[["error", "err", "count", "n"]].to_numpy().tolist() == [["UNDELIVERABLE", "1", 2, 4]]
    assert "Receipts, not messages" in answer.caption


def test_pdus():
    table = pd.DataFrame(
        {
            "time": START,
            "direction": "mc_to_esme",
            "command": ["submit_sm_resp", "submit_sm_resp", "submit_sm", "generic_nack"],
            "command_status": [0, 0x58, 0, 3],
        }
    )
    answer = table.smpp.errors()
    assert answer["n"].tolist() == [3, 3]
    assert set(zip(answer["stage"], answer["error"], strict=True)) == {
        ("submit_sm_resp", "0x00000058"),
        ("generic_nack", "0x00000003"),
    }
    assert "Errors / all responses" in answer.caption


def test_codes_that_cannot_be_counted(table):
    with pytest.raises(TableError, match="holds lists"):
        table.assign(err=[[1]] * 10).smpp.errors()


def test_none_and_nothing():
    clean = messages(20, fail=0)
    assert len(clean.smpp.errors()) == 0
    assert "(no rows)" in repr(clean.smpp.errors())
    assert "0 with an error" in clean.smpp.errors().caption
    assert len(messages(0).smpp.errors("country")) == 0


def test_inbox_and_events_have_no_errors():
    with pytest.raises(TableError, match="table of inbound messages"):
        pd.DataFrame({"time": [START], "route": ["x"]}).smpp.errors()
    with pytest.raises(TableError, match="table of events"):
        pd.DataFrame({"time": [START], "from_state": ["x"]}).smpp.errors()
