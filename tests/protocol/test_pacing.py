"""The token bucket: never above its rate, never below it when asked often enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.protocol.pacing import Pace


@given(st.floats(0.5, 20_000), st.lists(st.floats(0, 0.3), min_size=1, max_size=200))
def test_no_second_holds_more_than_rate_and_burst(rate: float, gaps: list[float]) -> None:
    pace, now, sent = Pace(rate, 0.0), 0.0, []
    for gap in gaps:
        now += gap
        count = pace.available(now)
        pace.spend(count, now)
        sent.append((now, count))
    for begin, _ in sent:
        within = sum(count for at, count in sent if begin <= at < begin + 1.0)
        assert within <= rate + max(1.0, 0.02 * rate) + 1e-6


@pytest.mark.parametrize("rate", [1.0, 10.0, 1_000.0, 20_000.0])
def test_the_rate_is_reached_by_waiting_as_told(rate: float) -> None:
    pace, now, sent = Pace(rate, 0.0), 0.0, 0
    while now < 5.0:
        count = pace.available(now)
        pace.spend(count, now)
        sent += count
        now += max(pace.wait(now), 1e-4)
    assert sent == pytest.approx(5.0 * rate, rel=0.01, abs=1.01)


def test_a_new_rate_counts_at_once() -> None:
    pace = Pace(1_000.0, 0.0)
    pace.spend(pace.available(0.0), 0.0)
    pace.set_rate(10.0, 1.0)
    assert pace.available(1.0) == 1
    pace.spend(1, 1.0)
    assert pace.wait(1.0) == pytest.approx(0.1)
    pace.set_rate(None, 1.0)
    assert pace.wait(1.0) == 0.0
