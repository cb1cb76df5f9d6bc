"""The delivery rate: denominator, horizon, interval, what is pending, what cannot be measured."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, lognorm

import smppkit.stats  # noqa: F401
from smppkit.errors import TableError
from smppkit.stats.rates import share, wilson
from tests.stats.traffic import START, messages


@pytest.mark.parametrize("n", [1, 2, 7, 98, 10_000])
def test_wilson_is_scipys(n):
    k = np.unique(np.linspace(0, n, 9).astype(int))
    low, high = wilson(k, np.full(len(k), n))
    for place, successes in enumerate(k):
        expected = binomtest(int(successes), n).proportion_ci(method="wilson")
        assert (low[place], high[place]) == pytest.approx(tuple(expected), abs=1e-12)


def test_wilson_and_share_of_nothing():
    assert np.isnan(wilson([0], [0])).all()
    assert np.isnan(share([0], [0])).all()


@pytest.mark.parametrize(("fail", "horizon"), [(0.1, 10), (0.4, 3), (0.0, 20)])
def test_intervals_hold_the_truth(fail, horizon):
    seeds, each = 1_000, 100
    number = np.arange(seeds * each) % seeds
    table = messages(seeds * each, seed=horizon, fail=fail, spread=60, cut=60, seed_number=number)
    answer = table.smpp.delivery_rate(by="seed_number", horizon=horizon)
    truth = (1 - fail) * lognorm(1, scale=4).cdf(horizon)
    held = ((answer["low"] <= truth) & (truth <= answer["high"])).mean()
    assert len(answer) == seeds
    assert (answer["unobserved"] > 0).all()
    assert held >= 0.93


def test_counts_at_the_end_of_data():
    table = messages(2_000, cut=1_203, accepted=0.9)
    answer = table.smpp.delivery_rate()
    accepted = table[table["outcome"] == "accepted"]
    row = answer.loc["all"]
    assert row["n"] == len(accepted)
    assert row["delivered"] == (accepted["state"] == "DELIVERED").sum()
    assert row["pending"] == accepted["state"].isna().sum() > 0
    assert row["n"] == row["delivered"] + row["failed"] + row["pending"]
    assert row["rate"] == row["delivered"] / row["n"]
    assert "Delivered / accepted messages" in answer.caption
    assert "end of data, 2026-11-22 12:00:03 UTC" in answer.caption
    assert "Wilson 95 % intervals" in answer.caption
    assert f"n = {len(accepted):,}" in answer.caption
    assert f"Pending: {row['pending']:,.0f}" in answer.caption
    assert answer.attrs["denominator"] == "accepted messages"


def test_horizon_leaves_the_young_out_and_takes_late_receipts_for_pending():
    table = pd.DataFrame(
        {
            "outcome": "accepted",
            "time_sent": START + pd.to_timedelta([0, 0, 0, 95, 95, None], unit="s"),
            "state": ["DELIVERED", "DELIVERED", None, "DELIVERED", None, "DELIVERED"],
            "delivery_time": [5, 20, None, 1, None, None],
        }
    )
    table.attrs["observed_until"] = str(START + pd.Timedelta("100s"))
    row = table.smpp.delivery_rate(horizon="10s").loc["all"]
    assert row[["n", "delivered", "failed", "pending", "unobserved"]].tolist() == [3, 1, 0, 2, 3]
    assert row["rate"] == pytest.approx(1 / 3)
    for same in (10, 10.0, pd.Timedelta("10s"), np.timedelta64(10, "s"), "10 s"):
        assert table.smpp.delivery_rate(horizon=same).loc["all", "rate"] == row["rate"]


@pytest.mark.parametrize("horizon", [0, -1, "10", "soon", float("nan"), float("inf"), [1], "-5min"])
def test_bad_horizons_are_refused(horizon):
    with pytest.raises(ValueError, match="horizon="):
        messages(5).smpp.delivery_rate(horizon=horizon)


def test_no_receipt_at_all_is_not_measurable_rather_than_0():
    table = messages(57).assign(state=None, final=None, time_final=pd.NaT, delivery_time=np.nan)
    answer = table.smpp.delivery_rate()
    assert answer[["rate", "low", "high"]].isna().all(axis=None)
    assert answer.loc["all", "pending"] == answer.loc["all", "n"] == 57
    assert "Not measurable: none of the 57 has any receipt" in answer.caption
    assert "not measurable" in repr(answer)
    assert "not measurable" in answer._repr_html_()


def test_a_silent_group_is_not_measurable_and_a_failing_one_is_0():
    table = pd.DataFrame(
        {
            "outcome": "accepted",
            "state": [None] * 3 + ["EXPIRED", None] + ["ENROUTE"] * 2,
            "country": ["FR"] * 3 + ["BE"] * 2 + ["DE"] * 2,
        }
    )
    answer = table.smpp.delivery_rate("country")
    assert np.isnan(answer.loc["FR", "rate"])
    assert answer.loc["BE", "rate"] == answer.loc["DE", "rate"] == 0
    assert answer.caption.endswith("Not measurable (not one receipt): FR.")
    both = table.assign(sender=None).smpp.delivery_rate(["country", "sender"])
    assert both.caption.endswith("Not measurable (not one receipt): FR · <NA>.")


def test_groups():
    table = messages(3_000)
    answer = table.smpp.delivery_rate("country")
    assert answer.index.name == "country"
    assert answer["n"].sum() == 3_000
    assert answer.index[:2].tolist() == ["BE", "FR"]  # the largest first
    assert answer.index.isna().tolist() == [False, False, True]
    both = table.smpp.delivery_rate(["country", "hour"])
    assert both.index.names == ["country", "hour"]
    assert both["n"].sum() == 3_000
    assert set(both.index.get_level_values("hour")) == {11}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("hour", [11, 12, pd.NA]),
        ("weekday", ["Monday", "Sunday", None]),
        ("day", [pd.Timestamp("2026-11-22", tz="UTC"), pd.Timestamp("2026-11-23", tz="UTC"), pd.NaT]),
        ("minute", [pd.Timestamp("2026-11-22 11:40", tz="UTC"), pd.Timestamp("2026-11-23 12:40", tz="UTC"), pd.NaT]),
        ("status", [0, pd.NA]),
    ],
)
def test_derived_groups_keep_their_order(by, expected):
    sent = [START + pd.Timedelta("25h"), START, pd.NaT]
    table = pd.DataFrame({"outcome": "accepted", "time_sent": sent, "state": "DELIVERED"})
    table["command_status"] = pd.array([0, 0, None], dtype="Int64")
    found = table.smpp.delivery_rate(by).index.tolist()
    assert len(found) == len(expected)
    assert all(pd.isna(a) if pd.isna(b) else a == b for a, b in zip(found, expected, strict=True))


def test_the_missing_country_is_not_namibia():
    table = pd.DataFrame({"outcome": "accepted", "state": "DELIVERED", "country": ["NA", None]})
    answer = table.smpp.delivery_rate("country")
    assert len(answer) == 2
    assert "<NA>" in repr(answer)
    assert "&lt;NA&gt;" in answer._repr_html_()


def test_a_csv_file_answers_as_the_frame_did():
    table = messages(500, cut=1_205, accepted=0.9)
    text = io.StringIO()
    table.to_csv(text, index=False)
    text.seek(0)
    again = pd.read_csv(text)
    again.attrs = table.attrs
    for ask in (
        lambda frame: frame.smpp.delivery_rate("country"),
        lambda frame: frame.smpp.delivery_rate(horizon="10s"),
        lambda frame: frame.smpp.latency(),
        lambda frame: frame.smpp.latency(of="response"),
        lambda frame: frame.smpp.timeline(),
        lambda frame: frame.smpp.funnel(),
    ):
        pd.testing.assert_frame_equal(
            pd.DataFrame(ask(table)), pd.DataFrame(ask(again)), check_index_type=False, rtol=1e-9
        )
    assert again.smpp.errors()["count"].tolist() == table.smpp.errors()["count"].tolist()


def test_words_of_any_case_and_of_receipt_texts():
    table = pd.DataFrame(
        {"outcome": [" Accepted"] * 4, "state": ["delivrd", "Undeliv ", "REJECTD", "ACCEPTD"]}, dtype=object
    )
    row = table.smpp.delivery_rate().loc["all"]
    assert row[["n", "delivered", "failed", "pending"]].tolist() == [4, 1, 2, 1]


def test_final_decides_where_it_is_known():
    table = pd.DataFrame(
        {
            "outcome": "accepted",
            "state": ["UNKNOWN", "UNKNOWN", "ACCEPTED", "BUFFERED", "BUFFERED", "DELIVERED"],
            "final": [False, None, True, None, True, None],
        }
    )
    answer = table.smpp.delivery_rate()
    assert answer.loc["all", ["delivered", "failed", "pending"]].tolist() == [1, 3, 2]
    assert "none of the standard's count as pending unless marked final: 'BUFFERED'" in answer.caption


def test_command_status_stands_in_for_a_missing_outcome():
    for statuses in ([0, 0, 88, None], ["0", "0", "88", None], ["ESME_ROK", "ESME_ROK", "ESME_RTHROTTLED", None]):
        table = pd.DataFrame({"command_status": statuses, "state": ["DELIVERED", None, None, None]})
        assert table.smpp.delivery_rate().loc["all", ["n", "delivered"]].tolist() == [2, 1]


def test_delivered_without_acceptance_is_said_but_not_counted():
    table = pd.DataFrame({"outcome": ["accepted", "unanswered", "odd"], "state": ["DELIVERED", "DELIVERED", None]})
    answer = table.smpp.delivery_rate()
    assert answer.loc["all", "n"] == 1
    assert "DELIVERED though not accepted, and not counted as delivered: 1." in answer.caption
    assert "none of queued, sent, accepted, refused, unanswered, not_sent: 1." in answer.caption


def test_empty_and_all_missing():
    empty = messages(0)
    assert empty.smpp.delivery_rate().loc["all", "n"] == 0
    assert len(empty.smpp.delivery_rate("country")) == 0
    assert "Not measurable" not in empty.smpp.delivery_rate().caption
    nothing = pd.DataFrame({"outcome": [None, None], "state": [None, None], "time_sent": None, "time_final": None})
    assert nothing.smpp.delivery_rate().loc["all", "n"] == 0
    assert "–" in repr(nothing.smpp.delivery_rate())
    assert nothing.smpp.delivery_rate(horizon=5).loc["all", "n"] == 0


def test_one_row():
    row = pd.DataFrame({"outcome": ["accepted"], "state": ["DELIVERED"]}).smpp.delivery_rate().loc["all"]
    assert row["rate"] == row["high"] == 1
    assert row["low"] == pytest.approx(0.2065, abs=1e-4)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (pd.DataFrame({"a": [1]}), "delivery_rate needs a column 'outcome'.*this table of rows has: 'a'"),
        (pd.DataFrame({"outcome": ["accepted"]}), "needs a column 'state'"),
        (pd.DataFrame({"time": [1], "command": ["x"], "command_status": [0]}), "table of PDUs; ask it of log.messages"),
        (pd.DataFrame({"time": [1], "receipt_stat": ["x"]}), "table of receipts; ask it of log.messages"),
        (pd.DataFrame([["accepted", "x", "y"]], columns=["outcome", "state", "state"]), "is there 2 times"),
        (pd.DataFrame({"outcome": [["accepted"]], "state": ["x"]}), "'outcome' holds lists"),
        (
            pd.DataFrame({"outcome": ["accepted"], "state": [None], "time_sent": ["yesterday"]}),
            "'time_sent' holds what is no time",
        ),
        (pd.DataFrame({"outcome": ["accepted"], "state": [None], "time_sent": [5.0]}), "holds numbers, not times"),
    ],
)
def test_what_a_table_lacks_is_said(table, sentence):
    with pytest.raises(TableError, match=sentence):
        table.smpp.delivery_rate()


def test_unknown_group_is_said():
    with pytest.raises(TableError, match=r"delivery_rate\(by='operator'\) needs a column 'operator'.*hour, weekday"):
        messages(3).smpp.delivery_rate("operator")
    with pytest.raises(TableError, match="holds lists"):
        messages(2, odd=[[1], [2]]).smpp.delivery_rate("odd")
    with pytest.raises(ValueError, match="name at least one column"):
        messages(2).smpp.delivery_rate([])


OUTCOMES = ["accepted", "refused", "queued", "sent", "unanswered", "not_sent", "", None, "\x00"]
STATES = ["DELIVERED", "EXPIRED", "ENROUTE", "delivrd", "weird", "", None]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(OUTCOMES),
        st.sampled_from(STATES),
        st.one_of(st.none(), st.floats(-5, 1e5)),
        st.one_of(st.none(), st.integers(0, 10**6)),
        st.one_of(st.none(), st.text(max_size=3)),
        st.sampled_from([0, 1, 2, 3, 16, 17, 255, None]),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_nothing_is_ever_dropped(rows):
    table = pd.DataFrame(rows, columns=["outcome", "state", "delivery_time", "sent", "country", "registered_delivery"])
    table["time_sent"] = START + pd.to_timedelta(table.pop("sent").astype("Float64").astype(float), unit="s")
    accepted = int((table["outcome"] == "accepted").sum())
    for by in (None, "country"):
        counts = table.smpp.delivery_rate(by)[["n", "delivered", "failed", "pending", "unasked"]].sum()
        assert counts["n"] + counts["unasked"] == accepted == counts[1:].sum()
        aged = table.smpp.delivery_rate(by, horizon="1h")
        assert aged[["n", "unobserved", "unasked"]].sum().sum() == accepted
        assert (aged["n"] == aged[["delivered", "failed", "pending"]].sum(axis=1)).all()
        known = aged.dropna(subset="rate")
        assert known["rate"].between(known["low"], known["high"]).all()
    funnel = table.smpp.funnel()
    left = funnel[["lost", "waiting", "unasked"]].sum(axis=1)
    assert (funnel["count"] + left)[1:].tolist() == funnel["count"][:-1].tolist()
    timeline = table.smpp.timeline("10min")
    assert timeline["n"].sum() == table["time_sent"].notna().sum()
    fates = timeline.loc[:, "delivered":"unclear"]
    assert (fates.sum(axis=1) == timeline["n"]).all()
    for answer in (funnel, timeline, table.smpp.errors(), table.smpp.errors("country"), table.smpp.latency()):
        assert repr(answer)
        assert answer._repr_html_()


def quiet_traffic(start, quiet):
    """Five delivered and five pending at ``start``, observed for ``quiet`` after that."""
    table = pd.DataFrame({"time_sent": [start] * 10, "state": ["DELIVERED"] * 5 + [None] * 5}).assign(
        outcome="accepted"
    )
    table["time_final"] = table["time_sent"].where(table["state"].notna()) + pd.Timedelta("2s")
    table.attrs["observed_until"] = (start + pd.Timedelta(quiet)).isoformat()
    return table


def with_column(table):
    return table.assign(observed_until=table.attrs["observed_until"])


def test_each_row_may_have_its_own_end_of_observation():
    short, long = quiet_traffic(START, "10min"), quiet_traffic(START + pd.Timedelta("1D"), "2h")
    columns = ["n", "delivered", "pending", "unobserved"]
    joined = pd.concat([with_column(short), with_column(long)])
    for table in (joined, joined.sample(frac=1, random_state=1), joined.reset_index(drop=True)):
        answer = table.smpp.delivery_rate(horizon="1h")
        assert answer[columns].iloc[0].tolist() == [10, 5, 5, 10]
        assert "data end 2026-11-22 11:50:00 UTC to 2026-11-23 13:40:00 UTC, each row its own;" in answer.caption
        assert "latest time" not in answer.caption
    apart = [table.smpp.latency(0.5).curve for table in (short, long)]
    assert joined.smpp.latency(0.5).curve["share"].tolist() == apart[0]["share"].tolist()
    # only rows without one fall back on the hint
    joined["observed_until"] = pd.to_datetime(joined["observed_until"], utc=True).where(joined["time_sent"] > START)
    joined.attrs = short.attrs
    assert joined.smpp.delivery_rate(horizon="1h")[columns].iloc[0].tolist() == [20, 10, 10, 0]
    with pytest.raises(TableError, match="'observed_until' holds numbers"):
        joined.assign(observed_until=7).smpp.delivery_rate()


@pytest.mark.parametrize("question", ["delivery_rate", "latency", "errors", "timeline", "funnel"])
def test_the_caption_says_where_the_end_of_observation_is_but_the_latest_time(question):
    table = quiet_traffic(START, "2h")
    for known in (table, with_column(table)):
        assert "13:40:00 UTC" in getattr(known.smpp, question)().caption
        assert "latest" not in getattr(known.smpp, question)().caption
    table.attrs = {}
    answer = getattr(table.smpp, question)()
    assert "11:40:02 UTC (the latest time in the table)" in answer.caption
    assert answer.attrs["observed_until"] == "2026-11-22 11:40:02 UTC"
    assert "latest" not in getattr(table.iloc[:0].smpp, question)().caption


def test_groups_of_many_columns_are_as_many_as_there_are_combinations():
    n = 2**16  # four such columns alone have 2**64 combinations
    table = pd.DataFrame({name: np.arange(n) for name in "abcd"} | {"outcome": "accepted", "state": "DELIVERED"})
    table["z"] = np.arange(n) % 2
    table = pd.concat([table, table.assign(z=9, state="EXPIRED")])
    answer = table.smpp.delivery_rate(by=["z", "a", "b", "c", "d"]).reset_index()
    assert len(answer) == 2 * n
    assert (answer["a"] == answer["d"]).all()
    assert answer["delivered"].tolist() == (answer["z"] != 9).astype(int).tolist()


@given(
    st.lists(st.tuples(st.sampled_from(["x", "y", None]), st.integers(0, 2), st.sampled_from(["BE", None])), min_size=1)
)
def test_groups_of_several_columns_are_those_of_pandas(rows):
    table = pd.DataFrame(rows, columns=["tag", "parts", "country"]).assign(outcome="accepted", state="DELIVERED")
    by = ["tag", "parts", "country"]
    counts = table.groupby(by, dropna=False, sort=False).size().reset_index(name="n").astype(object)
    answer = table.smpp.delivery_rate(by=by)["n"].reset_index().astype(object)
    pairs = [sorted(map(repr, found.where(found.notna(), None).values.tolist())) for found in (counts, answer)]
    assert pairs[0] == pairs[1]
