"""Counts over time and through the steps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import smppkit.stats  # noqa: F401
from smppkit.errors import TableError
from tests.stats.traffic import START, messages


def test_intervals_are_even_and_fates_add_up():
    table = messages(2_000, cut=1_203, accepted=0.9)
    answer = table.smpp.timeline("1min")
    assert answer.index.name == "time"
    assert str(answer.index.tz) == "UTC"
    assert (np.diff(answer.index) == pd.Timedelta("1min")).all()
    assert answer.index[0] == START.floor("min") - pd.Timedelta("0min")
    fates = [
        "delivered",
        "failed",
        "pending",
        "unasked",
        "refused",
        "unanswered",
        "sent",
        "queued",
        "not_sent",
        "unclear",
    ]
    assert (answer[fates].sum(axis=1) == answer["n"]).all()
    assert answer["n"].sum() == 2_000
    assert (answer["accepted"] == answer[["delivered", "failed", "pending"]].sum(axis=1)).all()
    assert (answer["rate"] * answer["accepted"]).sum() == pytest.approx(answer["delivered"].sum())
    assert (answer["per_second"] * 60).sum() == pytest.approx(2_000)
    assert "Messages per 1 min" in answer.caption


def test_gaps_are_zeros_and_silence_has_no_rate():
    table = pd.DataFrame(
        {
            "time_sent": START + pd.to_timedelta([0, 0, 180, None], unit="s"),
            "outcome": "accepted",
            "state": ["DELIVERED", "EXPIRED", None, None],
        }
    )
    answer = table.smpp.timeline("1min")
    assert answer["n"].tolist() == [2, 0, 0, 1]
    assert answer["rate"].isna().tolist() == [False, True, True, True]
    assert "Left out, as they have no time: 1." in answer.caption
    assert "All 0, not shown:" in repr(answer)
    assert "queued" in answer.columns


states = st.sampled_from(["DELIVERED", "UNDELIVERABLE", "ENROUTE", "a word", None])


@given(st.lists(st.tuples(st.integers(0, 2), states, st.sampled_from([0, 1, 2, 3, None])), min_size=1))
@example([(0, "UNDELIVERABLE", 2), (0, None, 2), (0, None, 2)])
@example([(0, "ENROUTE", 1), (0, "ENROUTE", 1)])
def test_the_rate_is_the_delivery_rate_of_each_interval(rows):
    table = pd.DataFrame(rows, columns=["minute", "state", "registered_delivery"]).assign(outcome="accepted")
    table["time_sent"] = START + pd.to_timedelta(table.pop("minute"), unit="min")
    expected = table.smpp.delivery_rate(by="minute")[["rate", "low", "high"]]
    found = table.smpp.timeline("1min")
    np.testing.assert_array_equal(found.loc[expected.index, ["rate", "low", "high"]], expected)
    assert found["rate"].drop(expected.index).isna().all()


def test_a_naive_or_distant_time_is_utc():
    table = pd.DataFrame({"outcome": "sent", "time_sent": ["2026-11-22T12:00:05", "2026-11-22T14:00:06+02:00"]})
    assert table.smpp.timeline("10s")["n"].tolist() == [2]


@pytest.mark.parametrize("every", [30, "30s", pd.Timedelta("30s")])
def test_every(every):
    assert messages(100).smpp.timeline(every).attrs["every"] == 30


def test_intervals_are_not_endless():
    table = pd.DataFrame({"outcome": "sent", "time_sent": ["1970-01-01", "2026-11-22"]})
    with pytest.raises(TableError, match="ask for longer ones, or leave out the rows whose times are wrong"):
        table.smpp.timeline("1s")
    with pytest.raises(ValueError, match="every="):
        table.smpp.timeline("soon")
    assert len(table.smpp.timeline("365d")) == 57


def test_other_tables():
    pdus = pd.DataFrame({"time": START, "command": ["submit_sm", "submit_sm", None]})
    answer = pdus.smpp.timeline()
    assert answer[["n", "submit_sm", "no command"]].iloc[0].tolist() == [3, 2, 1]
    receipts = pd.DataFrame({"time": [START], "message_state": ["DELIVERED"], "receipt_stat": ["DELIVRD"]})
    assert receipts.smpp.timeline()["DELIVERED"].tolist() == [1]
    assert "Receipts per 1 min" in receipts.smpp.timeline().caption
    rows = pd.DataFrame({"time": [START, START]})
    assert rows.smpp.timeline()["n"].tolist() == [2]
    parts = pd.DataFrame({"part": [1], "outcome": ["accepted"], "time_sent": [START]})
    assert parts.smpp.timeline()["accepted"].tolist() == [1]
    assert "rate" not in parts.smpp.timeline().columns
    with pytest.raises(TableError, match="timeline needs a column 'time_sent', 'time_queued' or 'time'"):
        pd.DataFrame({"outcome": ["sent"]}).smpp.timeline()


def test_words_of_strangers_take_no_column_of_ours():
    words = ["n", "", "other", "per_second", "x" * 50 + "1", "x" * 50 + "2", *(f"w{place}" for place in range(60))]
    table = pd.DataFrame({"time": START, "receipt_stat": words * 2})
    answer = table.smpp.timeline()
    assert len(answer.columns) <= 23
    assert answer["n"].tolist() == [132]
    assert answer.drop(columns=["n", "per_second"]).sum(axis=1).tolist() == [132]
    assert answer[["'n'", "''", "'other'", "'per_second'", "x" * 39 + "…"]].iloc[0].tolist() == [2, 2, 2, 2, 4]
    assert repr(answer)
    assert answer.plot()


def test_funnel_adds_up():
    table = messages(3_000, cut=1_203, accepted=0.8)
    answer = table.smpp.funnel()
    assert answer.index.tolist() == ["handed over", "sent", "answered", "accepted", "final", "delivered"]
    count = answer["count"]
    assert count["handed over"] == 3_000
    assert count["sent"] == table["time_sent"].notna().sum()
    assert count["answered"] == table["time_resp"].notna().sum()
    assert count["accepted"] == (table["outcome"] == "accepted").sum()
    assert count["final"] == table["state"].notna().sum()
    assert count["delivered"] == (table["state"] == "DELIVERED").sum()
    assert (count + answer["lost"] + answer["waiting"])[1:].tolist() == count[:-1].tolist()
    assert answer["waiting"]["final"] > 0
    assert answer["share"]["delivered"] == count["delivered"] / 3_000
    assert answer["of_previous"]["delivered"] == count["delivered"] / count["final"]


def test_funnel_without_receipts_or_states():
    silent = messages(30).assign(state=None, final=None, time_final=pd.NaT)
    answer = silent.smpp.funnel()
    assert answer["share"].isna().tolist() == [False] * 4 + [True] * 2
    assert answer["waiting"]["final"] == 30
    assert "not measurable" in repr(answer)
    assert "none of the 30 accepted has any receipt" in answer.caption
    bare = messages(30)[["outcome"]].smpp.funnel()
    assert bare.index.tolist() == ["handed over", "sent", "answered", "accepted"]
    assert "no states" in bare.caption
    empty = messages(0).smpp.funnel()
    assert (empty["count"] == 0).all()
    assert empty["share"].isna().all()
