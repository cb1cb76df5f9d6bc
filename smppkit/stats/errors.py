"""What went wrong, how often and in which share: refused, unanswered, never sent, and failed after acceptance."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from smppkit.errors import TableError

from .answer import Answer, answer
from .fates import NOT_SENT, REFUSED, UNANSWERED, fates, outcomes, states
from .groups import Groups, group
from .rates import share, wilson
from .table import By, Mask, column, factorize, kind, lacks, observed_until, unit, whole

Parts = dict[str, npt.NDArray[np.object_]]


def errors(frame: pd.DataFrame, by: By = None) -> Answer:
    """Return each kind of error with its count and its share of all rows, the commonest first.

    Columns: stage (sending, response, delivery; for PDUs the command), error (command_status, or state, or outcome),
    err and network_error (of receipts, where the table has them), count, n (all rows of the group), share, low, high
    (Wilson 95 %), cumulative (share of the group's errors up to this row). What is pending, or asked for no receipt,
    is no error and counts in n. On a table of receipts the shares are of receipts, on PDUs of responses. Error codes
    mean what the operator says they mean: the same number differs between operators. Raises TableError if a column is
    missing.

    >>> errors(pd.DataFrame({"outcome": ["refused", "accepted"], "command_status": [0x58, 0]}))["error"].tolist()
    ['0x00000058']
    """
    found = kind(frame)
    if found in ("inbox", "events"):
        raise lacks(frame, "errors", "outcomes, receipts or command_status", "Ask it of log.messages.")
    counted, wrong, parts, notes = _PARTS.get(found, _of_messages)(frame)
    groups = group(frame, by, "errors")
    rows = _tally(groups, wrong, parts)
    n = groups.tally(counted)
    rank = np.argsort(groups.order(n), kind="stable")
    rows = rows.iloc[np.lexsort((-rows["count"].to_numpy(), rank[rows["group"].to_numpy()]))]
    where, count = rows["group"].to_numpy(dtype=np.int64), rows["count"].to_numpy(dtype=np.int64)
    low, high = wilson(count, n[where])
    sums = pd.Series(count).groupby(where).agg("sum")
    columns: dict[str, Any] = {name: rows[name].to_numpy(dtype=object) for name in parts}
    columns |= {"count": count, "n": n[where], "share": share(count, n[where]), "low": low, "high": high}
    columns["cumulative"] = share(pd.Series(count).groupby(where).cumsum(), sums.reindex(where).to_numpy())
    what = {"pdus": "responses"}.get(found, unit(frame))
    total, all_rows = int(count.sum()), int(counted.sum())
    end = observed_until(frame, "errors")
    return answer(
        columns,
        pd.RangeIndex(len(rows)) if by is None else groups.labels[where],
        question="errors",
        title="Errors",
        unit=what,
        denominator=f"all {what}",
        horizon="end of data",
        observed_until=end.words,
        n=all_rows,
        caption=f"Errors / all {what}; horizon: end of data, {end.told}; Wilson 95 % intervals; n = {all_rows:,}, "
        f"{total:,} with an error.",
        notes=notes,
        formats={"share": "share", "low": "share", "high": "share", "cumulative": "share"},
    )


def _tally(groups: Groups, wrong: Mask, parts: Parts) -> pd.DataFrame:
    """Return how often each combination of group and parts occurs among the wrong rows."""
    table = pd.DataFrame({"group": groups.codes[wrong]} | parts)
    try:
        return table.groupby(list(table.columns), dropna=False, sort=False).size().reset_index(name="count")
    except TypeError:
        raise TableError(
            "errors: a column of error codes holds lists or other values that cannot be counted."
        ) from None


def _of_messages(frame: pd.DataFrame) -> tuple[Mask, Mask, Parts, list[str]]:
    found = fates(frame, "errors", need_state=False)
    outcome = found.outcome
    wrong = np.isin(outcome, (REFUSED, UNANSWERED, NOT_SENT)) | found.failed
    needed = [name for name in ("command_status", "state", "err", "network_error") if name in frame.columns]
    rows, outcome, failed = frame.loc[wrong, needed], outcome[wrong], found.failed[wrong]
    stages = [outcome == NOT_SENT, failed]
    what = np.select([outcome == NOT_SENT, outcome == UNANSWERED], ["not_sent", "unanswered"], "refused").astype(object)
    refused = outcome == REFUSED
    if "command_status" in frame.columns:
        what[refused] = status_labels(rows["command_status"][refused], frame.attrs.get("status_names", {}))
    if found.has_state:
        what[failed] = states(rows[failed], "errors")
    parts = {"stage": np.select(stages, ["sending", "delivery"], "response").astype(object), "error": what}
    for name in ("err", "network_error"):
        if name in frame.columns:
            parts[name] = rows[name].astype(object).where(failed, None).to_numpy(dtype=object)
    waiting, unasked = int(found.pending.sum()), int(found.unasked.sum())
    notes = [*found.notes, *([f"Pending, which may still fail: {waiting:,}."] if waiting else [])]
    if unasked:
        notes.append(f"Accepted without asking for a receipt, so that a failure may go unseen: {unasked:,}.")
    return np.ones(len(frame), dtype=np.bool_), wrong, parts, notes


def _of_receipts(frame: pd.DataFrame) -> tuple[Mask, Mask, Parts, list[str]]:
    name = "message_state" if "message_state" in frame.columns else "receipt_stat"
    renamed = pd.DataFrame({"state": column(frame, name, "errors"), "outcome": "accepted"})
    found = fates(renamed, "errors")
    wrong = found.failed
    parts = {"stage": np.full(int(wrong.sum()), "delivery", dtype=object), "error": states(renamed[wrong], "errors")}
    for old, new in (("receipt_err", "err"), ("network_error", "network_error")):
        if old in frame.columns:
            parts[new] = frame[old][wrong].to_numpy(dtype=object)
    notes = [*found.notes, "Receipts, not messages: a message may have several, and those without one are not here."]
    return np.ones(len(frame), dtype=np.bool_), wrong, parts, notes


def _of_pdus(frame: pd.DataFrame) -> tuple[Mask, Mask, Parts, list[str]]:
    status, command = column(frame, "command_status", "errors"), column(frame, "command", "errors")
    codes, names = factorize(command, "errors")
    answering = [str(name).endswith("_resp") or name == "generic_nack" for name in names]
    answers = np.array([*answering, False], dtype=np.bool_)[codes]
    wrong = answers & (outcomes(pd.DataFrame({"command_status": status}), "errors") == REFUSED)
    labels = status_labels(status[wrong], frame.attrs.get("status_names", {}))
    return answers, wrong, {"stage": command[wrong].to_numpy(dtype=object), "error": labels}, []


_PARTS = {"receipts": _of_receipts, "pdus": _of_pdus}


def status_labels(statuses: "pd.Series[Any]", names: Mapping[Any, str]) -> npt.NDArray[np.object_]:
    """Return each command_status as eight hexadecimal digits, with its name where ``names`` has it; words stay words.

    >>> status_labels(pd.Series(["0x58", 88, None]), {88: "ESME_RTHROTTLED"}).tolist()
    ['0x00000058 ESME_RTHROTTLED', '0x00000058 ESME_RTHROTTLED', 'no status']
    """
    codes, values = factorize(statuses, "errors")
    return np.array([*(_status_label(value, names) for value in values), "no status"], dtype=object)[codes]


def _status_label(value: object, names: Mapping[Any, str]) -> str:
    number = whole(value)
    if number is None or number < 0:
        return str(value).strip() or "no status"
    name = names.get(number) or names.get(str(number))
    return f"0x{number:08X} {name}" if name else f"0x{number:08X}"
