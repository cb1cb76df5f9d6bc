"""The estimator of times to delivery: against scipy where there is one cause, against the truth where there are two."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf, lognorm

import smppkit.stats  # noqa: F401
from smppkit.stats.rates import Z
from smppkit.stats.survival import incidence as incidence_of_groups
from tests.stats.traffic import messages

TRUTH = {q: lognorm(1, scale=4).ppf(q) for q in (0.5, 0.75, 0.9)}


def incidence(seconds, cause):
    return incidence_of_groups(seconds, cause, np.zeros(len(seconds), dtype=np.int64), 1)


def one_curve(seconds, cause):
    """The same estimator for one group, as the formulas have it."""
    order = np.argsort(seconds, kind="stable")
    seconds, cause = seconds[order], cause[order]
    times, first = np.unique(seconds, return_index=True)
    if not len(times):
        return [np.empty(0)] * 7
    at_risk = len(seconds) - first
    won, lost = (np.add.reduceat(cause == wanted, first, dtype=np.int64) for wanted in (1, 2))
    waiting = np.cumprod(1 - (won + lost) / at_risk)
    before = np.concatenate(([1.0], waiting[:-1]))
    share, failed = np.cumsum(before * won / at_risk), np.cumsum(before * lost / at_risk)
    cdf = np.clip(share * ((1 - waiting[-1]) / share[-1]), 0, 1) if share[-1] > 0 else share
    events = np.flatnonzero(won + lost)
    return [values[events] for values in (times, at_risk, share, failed, cdf, *one_band(cdf, won))]


def one_band(cdf, events):
    before = np.concatenate(([0.0], cdf[:-1]))
    left = np.where(1 - cdf < 1e-12, 0.0, 1 - cdf)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = np.where(events > 0, (cdf - before) / (1 - before), 0.0)
        terms = np.where((events > 0) & (left > 0), hazard**2 / (events * (1 - hazard)), 0.0)
        spread = Z * np.sqrt(np.cumsum(terms)) / np.abs(np.log(left))
        low, high = 1 - left ** np.exp(-spread), 1 - left ** np.exp(spread)
    inside = (cdf > 0) & (left > 0)
    low, high = np.where(inside, low, 0.0), np.where(inside, high, 0.0)
    return np.maximum.accumulate(low), np.maximum.accumulate(np.where(left > 0, high, 1.0))


def one_quantile(seconds, rising, q):
    place = int(np.searchsorted(rising, q - 1e-12))
    return seconds[place] if place < len(seconds) else np.nan


@pytest.mark.parametrize(("rows", "groups", "digits"), [(0, 3, 1), (50, 40, 1), (3_000, 900, 1), (20_000, 30, 9)])
def test_all_groups_at_once_are_each_group_alone(rows, groups, digits):
    random = np.random.default_rng(rows)
    seconds, cause = random.lognormal(1, 1, rows).round(digits), random.choice(3, rows, p=[0.2, 0.6, 0.2])
    codes = (groups * random.random(rows) ** 3).astype(np.int64)
    found = incidence_of_groups(seconds, cause, codes, groups)
    for code in range(groups):
        expected = one_curve(seconds[codes == code], cause[codes == code])
        places = slice(*found.starts[code : code + 2])
        for values, wanted in zip(found, expected, strict=False):
            np.testing.assert_allclose(values[places], wanted, rtol=0, atol=1e-12)
        for q in (0.01, 0.5, 0.99):
            ends = [one_quantile(expected[0], expected[place], q) for place in (4, 6, 5)]
            np.testing.assert_array_equal(found.quantile(q)[code], ends)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@pytest.mark.parametrize("digits", [1, 9])
def test_one_cause_is_scipys_kaplan_meier(digits):
    random = np.random.default_rng(3)
    took, cut = random.lognormal(1, 1, 300).round(digits), random.uniform(0, 12, 300).round(digits)
    seconds, cause = np.minimum(took, cut), (took <= cut).astype(np.int64)
    curve = incidence(seconds, cause)
    scipys = ecdf(CensoredData(uncensored=seconds[cause == 1], right=seconds[cause == 0])).cdf
    assert curve.cdf == pytest.approx(scipys.evaluate(curve.seconds), abs=1e-12)
    assert curve.share == pytest.approx(curve.cdf)
    band = ecdf(CensoredData(uncensored=seconds[cause == 1], right=seconds[cause == 0])).sf
    ends = band.confidence_interval(method="log-log")
    inside = curve.cdf < 1
    assert curve.low[inside] == pytest.approx(1 - ends.high.evaluate(curve.seconds)[inside], abs=1e-9)
    assert curve.high[inside] == pytest.approx(1 - ends.low.evaluate(curve.seconds)[inside], abs=1e-9)


def test_two_causes_by_hand():
    curve = incidence(np.array([1.0, 2.0, 2.0, 3.0, 4.0]), np.array([1, 2, 0, 1, 0]))
    # 5 at risk: 1/5 delivered; then S = 4/5 and of 4 one fails: 1/5; then S = 3/5 and of 2 one is delivered: 3/10
    assert curve.seconds.tolist() == [1, 2, 3]
    assert curve.at_risk.tolist() == [5, 4, 2]
    assert curve.share == pytest.approx([0.2, 0.2, 0.5])
    assert curve.failed == pytest.approx([0, 0.2, 0.2])
    assert curve.cdf == pytest.approx([0.2 * 0.7 / 0.5, 0.2 * 0.7 / 0.5, 0.7])


def test_without_pending_it_is_the_distribution_of_the_delivered():
    random = np.random.default_rng(1)
    seconds, cause = random.lognormal(1, 1, 500), random.choice([1, 2], 500)
    curve, delivered = incidence(seconds, cause), np.sort(seconds[cause == 1])
    for q in (0.1, 0.5, 0.9):
        assert curve.quantile(q)[0, 0] == np.quantile(delivered, q, method="inverted_cdf")


@pytest.mark.parametrize("fail", [0.0, 0.1])
def test_quantiles_are_unbiased_when_the_horizon_cuts_a_third_and_naive_ones_are_not(fail):
    found, naive, held, cut = {q: [] for q in TRUTH}, {q: [] for q in TRUTH}, dict.fromkeys(TRUTH, 0), []
    for seed in range(60):
        table = messages(1_000, seed, fail=fail, spread=20, cut=20)
        cut.append(table["state"].isna().mean())
        answer = table.smpp.latency(tuple(TRUTH))
        seen = table.loc[table["state"] == "DELIVERED", "delivery_time"]
        for q, truth in TRUTH.items():
            found[q].append(answer.loc[q, "seconds"])
            naive[q].append(seen.quantile(q))
            held[q] += not (answer.loc[q, "low"] > truth or answer.loc[q, "high"] < truth)
    assert 0.27 < np.mean(cut) < 0.37
    for q, truth in TRUTH.items():
        assert np.median(found[q]) == pytest.approx(truth, rel=0.03)
        assert np.median(naive[q]) < 0.8 * truth
        assert held[q] >= 0.9 * 60


def test_failures_taken_for_censored_would_shift_the_median():
    random = np.random.default_rng(5)
    seconds, fails = random.lognormal(np.log(4), 1, 20_000), random.random(20_000) < 0.1
    ours = incidence(seconds, np.where(fails, 2, 1)).quantile(0.5)[0, 0]
    shifted = incidence(seconds, np.where(fails, 0, 1)).quantile(0.5)[0, 0]
    assert ours == pytest.approx(4, rel=0.03)
    assert shifted == pytest.approx(lognorm(1, scale=4).ppf(0.537), rel=0.03)


def test_edges():
    empty = incidence(np.empty(0), np.empty(0, dtype=np.int64))
    assert all(len(values) == 0 for values in empty[:-1])
    assert np.isnan(empty.quantile(0.5)).all()
    pending = incidence(np.array([1.0, 2.0]), np.array([0, 0]))
    assert len(pending.seconds) == 0
    failed = incidence(np.array([1.0, 2.0]), np.array([2, 2]))
    assert failed.cdf.tolist() == [0, 0]
    assert failed.failed.tolist() == [0.5, 1]
    assert np.isnan(failed.quantile(0.5)).all()
    one = incidence(np.array([7.0]), np.array([1]))
    assert one.quantile(0.5)[0, 0] == 7
    at_once = incidence(np.zeros(5), np.ones(5, dtype=np.int64))
    assert at_once.quantile(0.99)[0, 0] == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2)), max_size=40))
def test_curves_are_curves(rows):
    seconds = np.array([float(second) for second, _ in rows])
    cause = np.array([cause for _, cause in rows], dtype=np.int64)
    curve = incidence(seconds, cause)
    for values in (curve.share, curve.failed, curve.cdf, curve.low, curve.high):
        assert (np.diff(values) >= -1e-12).all()
        assert ((values >= 0) & (values <= 1 + 1e-12)).all()
    assert (curve.share + curve.failed <= 1 + 1e-9).all()
    assert (curve.low <= curve.cdf + 1e-9).all()
    assert (curve.high >= curve.cdf - 1e-9).all()
    assert (np.diff(curve.seconds) > 0).all()
    low_first = [curve.quantile(q)[0] for q in (0.1, 0.5, 0.9)]
    for value, low, high in low_first:
        assert np.isnan(value) or low <= value
        assert np.isnan(high) or value <= high
