"""Messages that asked for no receipt: neither pending nor in any denominator, and named wherever they are left out."""

import numpy as np
import pandas as pd
import pytest

import smppkit.stats  # noqa: F401
from smppkit.errors import TableError
from smppkit.stats.asked import asked
from tests.stats.traffic import START, messages

LEFT_OUT = "Of 30 accepted, 22 asked for no receipt and are left out."


@pytest.fixture
def table():
    """30 accepted: 8 asked for a receipt (6 delivered, 1 failed, 1 pending), 22 for none; 2 refused."""
    sent = START + pd.to_timedelta(np.arange(32), unit="s")
    frame = pd.DataFrame(
        {
            "time_sent": sent,
            "outcome": ["accepted"] * 30 + ["refused"] * 2,
            "state": ["DELIVERED"] * 6 + ["EXPIRED"] + [None] * 25,
            "delivery_time": [1.0] * 7 + [np.nan] * 25,
            "registered_delivery": pd.array([1] * 7 + [17] + [0] * 22 + [0, 1], dtype="Int64"),
            "country": ["BE"] * 8 + ["FR"] * 24,
        }
    )
    frame.attrs["observed_until"] = str(START + pd.Timedelta("1h"))
    return frame


def silent(number, rows=5):
    return pd.DataFrame(
        {
            "outcome": ["accepted"] * rows,
            "state": None,
            "registered_delivery": number,
            "time_sent": START,
            "delivery_time": np.nan,
        }
    )


@pytest.mark.parametrize(
    ("number", "success", "failure"),
    [
        (0, False, False), (1, True, True), (2, False, True), (3, True, False), (16, False, False), (17, True, True),
        (255, True, False), (0x1C, False, False), ("0", False, False), ("0x11", True, True), (" 2.0 ", False, True),
        (0.0, False, False), (None, True, True), (pd.NA, True, True), ("", True, True), (float("nan"), True, True),
        (np.int64(0), False, False),
    ],
)  # fmt: skip
def test_bits(number, success, failure):
    found = asked(pd.DataFrame({"registered_delivery": pd.Series([number], dtype=object)}), "funnel")
    assert (found.success.tolist(), found.failure.tolist()) == ([success], [failure])


@pytest.mark.parametrize(
    "number", ["yes", 256, -1, 0.5, float("inf"), "nan", "0xZ", "9" * 400, "0x" + "f" * 400, "\x1b[31m"]
)
def test_what_is_no_such_field_is_refused(number):
    frame = pd.DataFrame(
        {"outcome": "accepted", "state": None, "registered_delivery": pd.Series([number], dtype=object)}
    )
    with pytest.raises(TableError, match=r"'registered_delivery' holds .*whole numbers from 0 to 255") as caught:
        frame.smpp.delivery_rate()
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_delivery_rate(table):
    answer = table.smpp.delivery_rate()
    row = answer.loc["all"]
    assert row[["n", "delivered", "failed", "pending", "unasked"]].tolist() == [8, 6, 1, 1, 22]
    assert row["rate"] == 6 / 8
    assert LEFT_OUT in answer.caption
    assert answer.caption.startswith("Delivered / accepted messages that asked for a receipt;")
    assert answer.attrs["denominator"] == "accepted messages that asked for a receipt"
    assert "unasked" in repr(answer)
    old = table.drop(columns="registered_delivery").smpp.delivery_rate()
    assert old.loc["all", ["n", "pending", "unasked"]].tolist() == [30, 23, 0]
    assert "asked" not in repr(old)
    unknown = table.assign(registered_delivery=pd.NA).smpp.delivery_rate()
    pd.testing.assert_frame_equal(pd.DataFrame(unknown), pd.DataFrame(old))


def test_delivery_rate_by_group_and_horizon(table):
    answer = table.smpp.delivery_rate("country")
    assert answer.loc["FR", ["n", "unasked"]].tolist() == [0, 22]
    assert np.isnan(answer.loc["FR", "rate"])
    assert "not measurable" in repr(answer)
    assert "Not measurable (no receipt was asked for): FR." in answer.caption
    aged = table.smpp.delivery_rate(horizon="10s").loc["all"]
    assert aged[["n", "delivered", "pending", "unasked", "unobserved"]].tolist() == [8, 6, 1, 22, 0]
    young = table.smpp.delivery_rate("country", horizon="2h")
    assert young["n"].tolist() == [0, 0]
    assert young.loc["BE", ["unobserved", "unasked"]].tolist() == [8, 0]
    assert young.caption.endswith("Not measurable (no receipt was asked for): FR.")


def test_latency(table):
    answer = table.smpp.latency((0.5, 0.9))
    assert answer.iloc[0][["n", "delivered", "failed", "pending", "unasked"]].tolist() == [8, 6, 1, 1, 22]
    assert answer["seconds"].tolist()[0] == 1
    assert LEFT_OUT in answer.caption
    assert "of the accepted messages that asked for a receipt and do not fail;" in answer.caption
    assert "Not reached: 90 %; the largest share seen delivered is 87.5 %, 1 s after sending." in answer.caption
    by = table.smpp.latency(0.5, by="country")
    assert by.loc[("FR", 0.5), ["n", "unasked"]].tolist() == [0, 22]
    assert "not measurable" in repr(by)
    assert "Not measurable (no receipt was asked for): FR." in by.caption
    table = table.assign(response_time=0.1)
    assert "unasked" not in table.smpp.latency(of="response").columns
    assert table.smpp.latency(of="response", q=0.5)["n"].tolist() == [32]
    untimed = table.assign(time_sent=pd.NaT).smpp.latency(0.5)
    assert untimed[["n", "unasked"]].iloc[0].tolist() == [7, 22]


def test_the_quantiles_are_those_of_the_messages_that_asked():
    whole = messages(2_000, cut=1_205)
    number = np.arange(2_000) % 2
    unseen = whole.assign(registered_delivery=number)
    hidden = unseen["registered_delivery"] == 0
    unseen.loc[hidden, ["state", "final", "time_final", "delivery_time"]] = [None, None, pd.NaT, np.nan]
    asking = whole[number == 1]
    asking.attrs = whole.attrs
    for ask in (lambda frame: frame.smpp.latency(), lambda frame: frame.smpp.delivery_rate(horizon="10s")):
        one, other = (pd.DataFrame(ask(frame)).drop(columns="unasked") for frame in (unseen, asking))
        pd.testing.assert_frame_equal(one, other)


def test_funnel(table):
    answer = table.smpp.funnel()
    assert answer.index.tolist() == [
        "handed over", "sent", "answered", "accepted", "receipt asked", "final", "delivered",
    ]  # fmt: skip
    assert answer["count"].tolist() == [32, 32, 32, 30, 8, 7, 6]
    left = answer[["lost", "waiting", "unasked"]].sum(axis=1)
    assert (answer["count"] + left)[1:].tolist() == answer["count"][:-1].tolist()
    assert answer.loc["receipt asked", ["lost", "waiting", "unasked"]].tolist() == [0, 0, 22]
    assert answer.loc["final", "waiting"] == 1
    assert answer.loc["receipt asked", "share"] == 8 / 32
    assert answer.loc["delivered", "share"] == table.smpp.delivery_rate().loc["all", "rate"]
    assert (
        answer.loc["delivered", ["low", "high"]].tolist()
        == table.smpp.delivery_rate().loc["all", ["low", "high"]].tolist()
    )
    assert "as shares of all handed over (final and delivered: of the 8 that asked for a receipt)" in answer.caption
    assert LEFT_OUT in answer.caption
    all_asked = table.assign(registered_delivery=1).smpp.funnel()
    assert "receipt asked" not in all_asked.index
    assert all_asked.loc["delivered", "share"] == 6 / 32
    stateless = table.drop(columns="state").smpp.funnel()
    assert stateless.index[-1] == "accepted"


def test_timeline(table):
    answer = table.smpp.timeline("1min")
    fates = answer.loc[:, "delivered":"unclear"]
    assert (fates.sum(axis=1) == answer["n"]).all()
    assert answer[["delivered", "failed", "pending", "unasked", "refused", "accepted"]].iloc[0].tolist() == [
        6,
        1,
        1,
        22,
        2,
        30,
    ]
    assert answer["rate"].tolist() == [6 / 8]
    assert "rate: delivered / accepted messages that asked for a receipt" in answer.caption
    assert LEFT_OUT in answer.caption


@pytest.mark.parametrize("number", [0, 16])
def test_nothing_was_asked_for(number):
    table = silent(number)
    rate, funnel, latency = table.smpp.delivery_rate(), table.smpp.funnel(), table.smpp.latency(0.5)
    assert rate[["rate", "low", "high"]].isna().all(axis=None)
    assert "Not measurable: no receipt was asked for." in rate.caption
    assert "has any receipt" not in rate.caption
    assert "not measurable" in repr(rate)
    assert "Delivery is not measurable: no receipt was asked for." in funnel.caption
    assert funnel["share"].isna().tolist() == [False] * 5 + [True] * 2
    assert latency["seconds"].isna().all()
    assert "Not measurable: no receipt was asked for." in latency.caption
    assert "not measurable" in latency._repr_html_()
    assert "not reached" not in repr(latency)


def test_some_asked_and_none_came():
    table = pd.concat([silent(0), silent(1, 3)])
    assert "Not measurable: none of the 3 has any receipt." in table.smpp.delivery_rate().caption
    assert "none of the 3 accepted that asked for a receipt has any receipt" in table.smpp.funnel().caption


def test_what_came_unasked_counts_if_final():
    table = silent(0, 4).assign(state=["DELIVERED", "EXPIRED", "ENROUTE", None])
    answer = table.smpp.delivery_rate()
    assert answer.loc["all", ["n", "delivered", "failed", "pending", "unasked"]].tolist() == [2, 1, 1, 0, 2]
    assert answer.loc["all", "rate"] == 0.5
    assert "Counted, as they got a final receipt though they asked for none: 2." in answer.caption
    noted = table.assign(state="ENROUTE").smpp.delivery_rate()
    assert np.isnan(noted.loc["all", "rate"])


def test_receipts_of_failure_only_tell_no_rate():
    table = silent(2, 100).assign(state=["EXPIRED"] * 3 + [None] * 97)
    answer = table.smpp.delivery_rate()
    assert answer.loc["all", ["n", "failed", "unasked"]].tolist() == [3, 3, 97]
    assert np.isnan(answer.loc["all", "rate"])
    assert "the only receipts come from messages that asked for those of failure alone" in answer.caption
    assert "Asked for a receipt of failure only, so that no delivery of theirs is seen: 3 failed, 97" in answer.caption
    assert "Delivery is not measurable: the only receipts come from" in table.smpp.funnel().caption
    assert table.smpp.errors()["count"].tolist() == [3]
    grouped = pd.concat([table.assign(country="BE"), silent(1).assign(country="FR", state="DELIVERED")])
    assert "asked for those of failure alone): BE." in grouped.smpp.delivery_rate("country").caption


def test_success_only_that_stays_silent_is_pending():
    assert silent(3).smpp.delivery_rate().loc["all", "pending"] == 5
