"""What a run came to, as figures: outcomes, refusals by name, how fast, how long the centre took, receipts so far."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..spec.statuses import name_of
from .track import REFUSED, Track

if TYPE_CHECKING:
    import pandas as pd

PERCENTILES = (50, 95, 99)


def report(track: Track, messages: int, left_out: int, states: "pd.Series[Any] | None") -> "pd.DataFrame":
    """Return a frame of figure and value; every name says whether it counts messages, parts or rows of the table.

    ``states`` are those of the messages that were accepted, None where no receipts are due.

    >>> track = Track(bytearray(16), np.array([0, 16]), None, None)
    >>> report(track, 1, 0, None)["figure"].head(4).tolist()
    ['messages', 'parts', 'rows left out', 'parts accepted']
    """
    import pandas as pd

    rows = [*_outcomes(track, messages, left_out), *_speed(track), *_states(states)]
    return pd.DataFrame(
        {"figure": [name for name, _ in rows], "value": pd.Series([value for _, value in rows], dtype=object)}
    )


def seconds(track: Track) -> float:
    """Return how long it took from the first request to the last answer so far.

    >>> seconds(Track(bytearray(16), np.array([0, 16]), None, None))
    0.0
    """
    return 0.0 if track.first is None or track.last is None else max(0.0, track.last - track.first)


def _outcomes(track: Track, messages: int, left_out: int) -> Iterator[tuple[str, Any]]:
    counts = track.counts()
    yield "messages", messages
    yield "parts", len(track.outcome)
    yield "rows left out", left_out
    yield "parts accepted", counts["accepted"]
    yield "parts refused", counts["refused"]
    codes, numbers = np.unique(track.status[track.outcome == REFUSED], return_counts=True)
    for code, number in sorted(zip(codes.tolist(), numbers.tolist(), strict=True), key=lambda pair: -pair[1]):
        yield f"parts refused: {name_of(code)}", number
    yield "parts unanswered", counts["unanswered"]
    yield "parts not sent", counts["not_sent"]
    if counts["queued"] or counts["sent"]:
        yield "parts waiting to leave", counts["queued"]
        yield "parts waiting for a response", counts["sent"]


def _speed(track: Track) -> Iterator[tuple[str, Any]]:
    took = seconds(track)
    ended = track.took[~np.isnan(track.took)]
    yield "seconds", round(took, 3)
    yield "parts/s", round(len(ended) / took, 1) if took > 0 else None
    if len(ended):
        for share, value in zip(PERCENTILES, np.percentile(ended, PERCENTILES).tolist(), strict=True):
            yield f"response p{share}, s", float(f"{value:.4g}")


def _states(states: "pd.Series[Any] | None") -> Iterator[tuple[str, Any]]:
    if states is None:
        return
    for state, number in states.value_counts(dropna=True).items():
        if number:
            yield f"messages: {state}", int(number)
    yield "messages without receipt yet", int(states.isna().sum())
