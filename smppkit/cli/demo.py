"""``smppkit demo``: 10,000 messages to a simulator, what became of them, and a report."""

import argparse
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .. import trial
from .progress import follow, follow_receipts
from .report import write

if TYPE_CHECKING:
    import pandas as pd

    from ..stats import Answer

_MOST = 12  # rows of an answer that are printed
_RECEIPTS = 60.0  # seconds in which they must have come
_SHARES = {"DELIVERED": 0.93, "UNDELIVERABLE": 0.04, "EXPIRED": 0.02, "REJECTED": 0.01}
_TITLE = "A campaign of 10,000 messages"
_ABOUT = (
    "Sent by smppkit demo to a simulated message centre on this machine, in a process of its own. The numbers are "
    "nobody's, the texts are made up, states and delays are drawn by chance."
)
_KINDS = (  # why numbers are left out, without the numbers
    (re.compile(r"^no destination|destination is empty"), "no number at all"),
    (re.compile(r"has no digit"), "no digit in it"),
    (re.compile(r"has \d+ digits?"), "too few or too many digits"),
    (re.compile(r"\(U\+"), "letters or other signs in it"),
)


def run(options: argparse.Namespace) -> int:
    """Send the messages, print what became of them, write the report, and name the notebook to open next."""
    if options.captures is not None:
        from .captures import run as read_captures

        return read_captures(options)
    with trial.demo(states=_SHARES) as esme:
        print(f"simulator   {esme.smsc}\naccount     {esme}", flush=True)
        began = time.monotonic()
        sending = esme.send_many(trial.campaign(), sender="INFO")
        follow(sending)
        took = time.monotonic() - began
        print(f"sent        {_sentence(sending.parts, took)}", flush=True)
        if not follow_receipts(sending, esme.smsc, _RECEIPTS):
            print(f"receipts    some have not come within {_RECEIPTS:g} s: they count as pending")
        messages, left_out = sending.messages, counted(sending.left_out)
    answers = _answers(messages)
    _print(left_out, answers)
    figures = _figures(messages, left_out, took)
    path = write(Path(options.report), _TITLE, {**answers, "Left out": left_out}, figures, _ABOUT)
    print(f"report      {path}")
    print("notebook    notebooks/00_fifteen_minutes.ipynb (make lab opens it)")
    return 0


def _sentence(parts: "pd.DataFrame", seconds: float) -> str:
    count = parts["msg_id"].nunique()
    return f"{count:,} messages in {len(parts):,} parts, {seconds:.1f} s from the table to the last response"


def counted(left_out: "pd.DataFrame") -> "pd.DataFrame":
    """Return how many rows were left out for which kind of reason, the commonest first, with one of each.

    >>> import pandas as pd
    >>> counted(pd.DataFrame({"destination": ["+"], "reason": ["destination '+' has no digit: …"]}))
       rows           reason example
    0     1  no digit in it       +
    """
    import pandas as pd

    kinds = [_kind(str(reason)) for reason in left_out["reason"]]
    table = pd.DataFrame({"reason": kinds, "example": left_out["destination"].fillna("").tolist()})
    groups = table.groupby("reason", sort=False)["example"]
    found = pd.DataFrame({"rows": groups.size(), "example": groups.first()}).reset_index()
    found = found.sort_values("rows", ascending=False, kind="stable", ignore_index=True)
    return found[["rows", "reason", "example"]]


def _kind(reason: str) -> str:
    return next((kind for pattern, kind in _KINDS if pattern.search(reason)), reason)


def _answers(messages: "pd.DataFrame") -> "dict[str, Answer]":
    from .. import stats  # noqa: F401  registers the accessor

    return {
        "Delivery rate by country": messages.smpp.delivery_rate(by="country"),
        "What became of them": messages.smpp.funnel(),
        "Response time": messages.smpp.latency(of="response"),
        "Delivery time": messages.smpp.latency(),
        "Errors": messages.smpp.errors(),
        "Delivery rate by tag": messages.smpp.delivery_rate(by="tag"),
    }


def _print(left_out: "pd.DataFrame", answers: "dict[str, Answer]") -> None:
    print(f"\nLeft out, {left_out['rows'].sum():,} rows\n{left_out.to_string(index=False)}\n")
    for title, answer in answers.items():
        shown = answer.head(_MOST) if len(answer) > _MOST else answer
        more = f"\n… {len(answer) - _MOST} more in the report" if len(answer) > _MOST else ""
        print(f"{title}\n{shown}{more}\n")


def _figures(messages: "pd.DataFrame", left_out: "pd.DataFrame", took: float) -> dict[str, str]:
    """The few numbers at the top of the report."""
    delivered = (messages["state"] == "DELIVERED").sum()
    accepted = (messages["outcome"] == "accepted").sum()
    return {
        "messages": f"{len(messages):,}",
        "parts": f"{messages['parts'].sum():,}",
        "left out": f"{left_out['rows'].sum():,}",
        "accepted": f"{accepted:,}",
        "delivered": f"{100 * delivered / max(accepted, 1):.1f} %",
        "countries": f"{messages['country'].nunique():,}",
        "sent and answered in": f"{took:.1f} s",
    }
