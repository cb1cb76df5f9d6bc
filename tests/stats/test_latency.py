"""The question "how long": shape of the answer, what is counted, what is censored, what is said."""

import time

import numpy as np
import pandas as pd
import pytest

import smppkit.stats  # noqa: F401
from smppkit.errors import TableError
from smppkit.stats.latency import CURVE_POINTS
from tests.stats.traffic import START, messages


def test_shape_and_caption():
    table = messages(1_000, cut=1_205, accepted=0.9)
    answer = table.smpp.latency()
    accepted = table[table["outcome"] == "accepted"]
    assert answer.index.tolist() == [0.5, 0.9, 0.95, 0.99]
    assert answer.index.name == "quantile"
    assert answer.columns.tolist() == ["seconds", "low", "high", "n", "delivered", "failed", "pending", "unasked"]
    assert (answer["n"] == len(accepted)).all()
    assert (answer[["delivered", "failed", "pending"]].sum(axis=1) == answer["n"]).all()
    assert (answer["pending"] > 0).all()
    assert answer["seconds"].is_monotonic_increasing
    assert (answer["low"] <= answer["seconds"]).all()
    for words in ("from sending to DELIVERED", "that do not fail", "censored at the horizon", "n = "):
        assert words in answer.caption
    assert "Aalen–Johansen" in answer.caption
    assert "Kaplan–Meier." in messages(50, fail=0).smpp.latency().caption


def test_groups_and_unstack():
    table = messages(2_000)
    answer = table.smpp.latency((0.5, 0.9), by="country")
    assert answer.index.names == ["country", "quantile"]
    assert len(answer) == 6
    wide = answer["seconds"].unstack()
    assert wide.columns.tolist() == [0.5, 0.9]
    alone = table[table["country"] == "BE"].smpp.latency(0.5)
    assert answer.loc[("BE", 0.5), "seconds"] == alone.loc[0.5, "seconds"]
    both = table.smpp.latency(0.5, by=["country", "hour"])
    assert both.index.names == ["country", "hour", "quantile"]


def test_responses_count_the_unanswered():
    table = messages(3_000, accepted=0.8)
    answer = table.smpp.latency(of="response")
    sent = table["outcome"].isin(["accepted", "refused", "unanswered", "sent"])
    assert answer["n"].iloc[0] == sent.sum()
    assert answer["answered"].iloc[0] == table["time_resp"].notna().sum()
    assert answer["pending"].iloc[0] == answer["n"].iloc[0] - answer["answered"].iloc[0] > 0
    unanswered = answer["pending"].iloc[0] / answer["n"].iloc[0]
    fast = table["response_time"].quantile(0.5 / (1 - unanswered), interpolation="lower")
    assert answer.loc[0.5, "seconds"] == pytest.approx(fast, rel=0.05)
    assert np.isnan(answer.loc[0.99, "seconds"])
    assert "not reached" in repr(answer)


def test_parts_have_response_times_but_no_deliveries():
    parts = messages(50).rename(columns={"msg_id": "part"})[["part", "time_sent", "time_resp", "outcome"]]
    answer = parts.smpp.latency(0.5, of="response")
    assert "all parts sent" in answer.caption
    with pytest.raises(TableError, match="latency needs a column 'state'; this table of parts has"):
        parts.smpp.latency()


def test_receipts_have_the_clock_of_the_centre():
    table = pd.DataFrame({"time": [START], "receipt_stat": ["DELIVRD"], "receipt_done_date": [START]})
    with pytest.raises(TableError, match="by our clock"):
        table.smpp.latency()


def test_horizon_censors():
    table = messages(4_000)
    cut = table.smpp.latency((0.5, 0.99), horizon="20s")
    free = table.smpp.latency((0.5, 0.99))
    assert cut.loc[0.5, "seconds"] == pytest.approx(free.loc[0.5, "seconds"], rel=0.02)
    assert np.isnan(cut.loc[0.99, "seconds"])
    assert cut["pending"].iloc[0] > free["pending"].iloc[0]
    assert "20 s after sending" in cut.caption


def test_times_stand_in_for_durations_and_durations_for_times():
    table = messages(500)
    full = table.smpp.latency()["seconds"]
    pd.testing.assert_series_equal(table.drop(columns="delivery_time").smpp.latency()["seconds"], full, rtol=1e-6)
    pd.testing.assert_series_equal(table.drop(columns="time_final").smpp.latency()["seconds"], full)
    spans = table.assign(delivery_time=pd.to_timedelta(table["delivery_time"], unit="s"))
    pd.testing.assert_series_equal(spans.smpp.latency()["seconds"], full, rtol=1e-6)


def test_what_was_reached_is_said():
    table = pd.DataFrame(
        {
            "outcome": "accepted",
            "time_sent": START,
            "state": ["DELIVERED"] * 3 + [None] + ["DELIVERED", None, None] + [None],
            "delivery_time": [1, 2, 2.5, None, 3, None, None, None],
            "country": ["BE"] * 4 + ["FR"] * 3 + ["DE"],
        }
    )
    table.attrs["observed_until"] = str(START + pd.Timedelta("10s"))
    assert "Not reached" not in table.smpp.latency(0.5).caption
    caption = table.smpp.latency((0.3, 0.9, 0.999)).caption
    assert "Not reached: 90 %, 99.9 %; the largest share seen delivered is 50.0 %, 3 s after sending." in caption
    by = table.smpp.latency((0.3, 0.5), by="country").caption
    assert "Not all reached; the largest share seen delivered: FR 33.3 %, DE 0.0 %." in by
    nobody = table[table["country"] == "DE"].smpp.latency(0.5).caption
    assert "Not reached: 50 %; none was seen delivered." in nobody
    answered = messages(300, accepted=0.7).smpp.latency(0.99, of="response").caption
    assert "the largest share seen answered is" in answered


def test_what_was_reached_is_not_rounded_up_to_what_was_not():
    table = pd.DataFrame({"outcome": "accepted", "time_sent": START, "state": ["DELIVERED"] * 9_899 + [None] * 101})
    table["delivery_time"] = 1.0
    table.attrs["observed_until"] = str(START + pd.Timedelta("10s"))
    caption = table.smpp.latency(0.99).caption
    assert "Not reached: 99 %; the largest share seen delivered is 98.9 %, 1 s" in caption


def test_oddities_are_said():
    table = pd.DataFrame(
        {
            "outcome": "accepted",
            "state": ["DELIVERED", "DELIVERED", "DELIVERED", None],
            "time_sent": START + pd.to_timedelta([10, 10, None, None], unit="s"),
            "time_final": START + pd.to_timedelta([5, 20, 30, None], unit="s"),
        }
    )
    answer = table.smpp.latency(0.5)
    assert answer.loc[0.5, "seconds"] == 0
    assert answer.loc[0.5, "n"] == 2
    assert "Left out, as the times needed are missing: 2." in answer.caption
    assert "Ended before they were sent, by their times, and taken as 0 s: 1." in answer.caption


def test_pending_without_any_time_of_sending_is_refused():
    table = pd.DataFrame({"outcome": "accepted", "state": ["DELIVERED", None], "delivery_time": [1.0, None]})
    with pytest.raises(TableError, match="'time_sent', to know how long what is pending has waited"):
        table.smpp.latency()


@pytest.mark.parametrize("q", [0, 1, 2.0, (), (0.5, 1.5), float("nan")])
def test_bad_shares(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        messages(3).smpp.latency(q)


def test_bad_of_and_bad_durations():
    with pytest.raises(ValueError, match="'delivery' or 'response'"):
        messages(3).smpp.latency(of="handset")
    with pytest.raises(TableError, match="'delivery_time' holds what is no duration"):
        messages(2).assign(delivery_time=["fast", "slow"]).smpp.latency()


def test_no_receipts_no_quantiles():
    table = messages(20).assign(state=None, final=None, time_final=pd.NaT, delivery_time=np.nan)
    answer = table.smpp.latency()
    assert answer["seconds"].isna().all()
    assert (answer["pending"] == 20).all()
    assert len(answer.curve) == 0


def test_tens_of_thousands_of_groups_take_no_longer_than_their_rows():
    table = messages(40_000, cut=1_203)
    began = time.process_time()
    answer = table.smpp.latency(0.5, by="msg_id")
    assert time.process_time() - began < 3
    assert len(answer) == 40_000
    assert f"and {(table['state'] != 'DELIVERED').sum() - 5} more." in answer.caption
    assert len(answer.curve) == table["state"].notna().sum()


def test_empty():
    assert (messages(0).smpp.latency()["n"] == 0).all()
    assert len(messages(0).smpp.latency(by="country")) == 0


def test_curve_is_the_cumulative_incidence_and_stays_small():
    table = messages(20_000, fail=0.2)
    curve = table.smpp.latency().curve
    assert len(curve) <= CURVE_POINTS + 1
    assert curve.columns.tolist() == ["seconds", "at_risk", "share", "failed", "cdf", "low", "high"]
    assert curve["share"].iloc[-1] == pytest.approx((table["state"] == "DELIVERED").mean())
    assert curve["failed"].iloc[-1] == pytest.approx((table["state"] != "DELIVERED").mean(), abs=1e-3)
    assert curve["cdf"].iloc[-1] == pytest.approx(1)
    within = curve[curve["seconds"] <= 10]["share"].iloc[-1]
    assert within == pytest.approx(table.smpp.delivery_rate(horizon=10).loc["all", "rate"], abs=2e-3)
    grouped = table.smpp.latency(by="country").curve
    assert grouped.index.name == "country"
    assert table.smpp.funnel().curve is None
