"""How much was sent when, and what became of it: counts per interval of time."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from smppkit.errors import TableError

from .answer import Answer, answer
from .asked import left_out, that_asked
from .fates import ACCEPTED, NOT_SENT, OUTCOMES, QUEUED, REFUSED, SENT, UNANSWERED, Fates, fates
from .groups import sent_nanoseconds
from .rates import share, wilson
from .table import (
    NO_TIME,
    Ints,
    Mask,
    clock,
    column,
    duration_seconds,
    factorize,
    kind,
    observed_until,
    one_line,
    span_text,
    unit,
)

MOST_ROWS = 1_000_000
MOST_CLASSES = 20  # words of one column that get a column each
_TAKEN = ("", "n", "per_second", "other")  # names that mean something else in the answer
_CLASS = {"receipts": ("message_state", "receipt_stat"), "pdus": ("command",), "events": ("to_state",)}


def timeline(frame: pd.DataFrame, every: object = "1min") -> Answer:
    """Return counts per ``every`` ("10s", "1min", "1h", a timedelta, seconds), by the time of sending, without gaps.

    Index: ``time``, the start of each interval, UTC. Columns: n, per_second, then one for each fate, which add up to
    n: delivered, failed, pending (accepted, no final state yet), unasked (accepted, no receipt asked for and no final
    state), refused, unanswered, sent (response awaited), queued, not_sent; then accepted, and rate, low, high:
    delivered / accepted but unasked, with Wilson's 95 % interval (NaN where ``delivery_rate`` by the same intervals has
    no rate: not one receipt, or such only from messages that asked for those of failure alone). A table without
    states has accepted instead of its four fates and no rate; receipts are counted by state, PDUs by command, events
    by to_state.
    Raises TableError if a column is missing or more than a million intervals would come out.

    >>> table = pd.DataFrame({"time_sent": ["2026-11-22 12:00:05", "2026-11-22 12:02:00"], "outcome": "refused"})
    >>> timeline(table)["n"].tolist()
    [1, 0, 1]
    """
    step = round(duration_seconds(every, "every") * 1e9)
    if not step:
        raise ValueError(f"every={every!r}: less than a nanosecond.")
    times = sent_nanoseconds(frame, "timeline")
    names, codes, notes, receipted = _classes(frame)
    placed = times != NO_TIME
    if not placed.all():
        notes = [*notes, f"Left out, as they have no time: {int((~placed).sum()):,}."]
    has_state = receipted is not None
    halves = 2 * codes + (receipted if receipted is not None else 0)
    split, index = _bins(times[placed], halves[placed], step, 2 * len(names))
    counts = split[:, ::2] + split[:, 1::2]
    n = counts.sum(axis=1)
    columns: dict[str, npt.NDArray[Any]] = {"n": n, "per_second": n * 1e9 / step}
    columns |= {name: counts[:, place] for place, name in enumerate(names) if name}
    formats = {name: "fate" for name in names if name}
    what, end = unit(frame), observed_until(frame, "timeline")
    caption = f"{what[0].upper()}{what[1:]} per {span_text(step / 1e9)}, "
    caption += "by the time of sending, and what became of them by" if has_state else "by time, until"
    caption += f" the end of data, {end.told}; n = {int(n.sum()):,}."
    denominator = f"all {what}"
    if has_state:
        unasked = int(counts[:, 3].sum())
        denominator = that_asked(f"accepted {what}", unasked)
        columns |= _rates(counts, split[:, 1::2].sum(axis=1) > 0)
        formats |= {"rate": "share", "low": "share", "high": "share"}
        caption += f" rate: delivered / {denominator}, pending not delivered yet; Wilson 95 % intervals."
        caption = " ".join(filter(None, (caption, left_out(int(columns["accepted"].sum()), unasked))))
    return answer(
        columns,
        index,
        question="timeline",
        title="Timeline",
        unit=what,
        denominator=f"{denominator}, in each interval",
        horizon="end of data",
        observed_until=end.words,
        n=int(n.sum()),
        every=step / 1e9,
        caption=caption,
        notes=notes,
        formats=formats,
    )


def _rates(counts: Ints, heard: Mask) -> dict[str, npt.NDArray[Any]]:
    due = counts[:, :3].sum(axis=1)
    low, high = wilson(counts[:, 0], due)
    rates = {"rate": share(counts[:, 0], due), "low": low, "high": high}
    return {"accepted": due + counts[:, 3]} | {name: np.where(heard, one, np.nan) for name, one in rates.items()}


def _bins(times: Ints, codes: Ints, step: int, classes: int) -> tuple[Ints, pd.DatetimeIndex]:
    if not len(times):
        return np.zeros((0, classes), dtype=np.int64), pd.DatetimeIndex([], tz="UTC", name="time")
    places = times // step
    first = int(places.min())
    length = int(places.max()) - first + 1
    if length > MOST_ROWS:
        raise TableError(
            f"timeline: {length:,} intervals of {span_text(step / 1e9)} lie between the first time, "
            f"{clock(int(times.min()))}, and the last, {clock(int(times.max()))}; ask for longer ones, or leave out "
            "the rows whose times are wrong."
        )
    flat = np.bincount((places - first) * classes + codes, minlength=length * classes)
    starts = (np.arange(length, dtype=np.int64) + first) * step
    index = pd.DatetimeIndex(starts.view("datetime64[ns]"), name="time").tz_localize("UTC")
    return flat.reshape(length, classes).astype(np.int64), index


def _classes(frame: pd.DataFrame) -> tuple[list[str], Ints, list[str], Mask | None]:
    """Return the classes' names ("" for the only one), each row's class, notes, and of which rows anything was heard.

    The last is None where states are unknown.
    """
    found = kind(frame)
    if found in ("messages", "parts"):
        fate = fates(frame, "timeline", need_state=False)
        names, codes = _fate_codes(fate)
        return names, codes, fate.notes, fate.receipted if fate.has_state else None
    name = next((name for name in _CLASS.get(found, ()) if name in frame.columns), None)
    if name is None:
        return [""], np.zeros(len(frame), dtype=np.int64), [], None
    names, codes = _words(frame, name)
    return names, codes, [], None


def _words(frame: pd.DataFrame, name: str) -> tuple[list[str], Ints]:
    """Return the commonest words of a column as names of columns, and each row's place among them."""
    codes, values = factorize(column(frame, name, "timeline"), "timeline")
    common = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(values)), kind="stable")[:MOST_CLASSES]
    labels = {int(code): one_line(values[code]) for code in common}
    labels = {code: f"'{label}'" if label in _TAKEN else label for code, label in labels.items()}
    names = list(dict.fromkeys(labels.values()))
    # places: of each value, then (at -1) of a row without any
    places = np.full(len(values) + 1, len(names), dtype=np.int64)
    for code, label in labels.items():
        places[code] = names.index(label)
    names.append("other")
    if (codes < 0).any():
        places[-1] = len(names)
        names.append(f"no {name}")
    return names, places[codes]


def _fate_codes(fate: Fates) -> tuple[list[str], Ints]:
    rest = [OUTCOMES[place] for place in (REFUSED, UNANSWERED, SENT, QUEUED, NOT_SENT)]
    masks = [fate.outcome == OUTCOMES.index(name) for name in rest]
    if fate.has_state:
        names = ["delivered", "failed", "pending", "unasked", *rest]
        masks = [fate.delivered, fate.failed, fate.pending, fate.unasked, *masks]
    else:
        names, masks = ["accepted", *rest], [fate.outcome == ACCEPTED, *masks]
    names.append("unclear")
    return names, np.select(masks, range(len(masks)), default=len(masks)).astype(np.int64)
