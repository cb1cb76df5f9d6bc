"""A run of many messages, followed on a line until its end."""

import time
from typing import TYPE_CHECKING

from ..errors import ResponseTimeout
from .live import Line

if TYPE_CHECKING:
    from ..esme import Run
    from ..smsc import Smsc

_LOOK = 0.25  # seconds between two looks
_WORDS = ("queued", "sent", "accepted", "refused", "unanswered", "not_sent")


def follow(run: "Run") -> None:
    """Show how far a run is until every part has its outcome."""
    line, began = Line(), time.monotonic()
    try:
        while not _answered(run):
            line.show(told(run.counts, time.monotonic() - began))
    finally:
        line.end()


def follow_receipts(run: "Run", smsc: "Smsc", patience: float) -> bool:
    """Show what the simulator still has to tell until every message is final; tell whether that came in time.

    ``patience`` is how many seconds it may take.
    """
    line, until = Line(), time.monotonic() + patience
    try:
        while time.monotonic() < until and (waiting := _waiting(smsc)):
            line.show(f"{waiting:,} receipts are to come")
            time.sleep(_LOOK)
    finally:
        line.end()
    run.wait(max(until - time.monotonic(), _LOOK), final=True, progress=False)
    messages = run.messages
    return bool(messages.loc[messages["outcome"] == "accepted", "final"].all())


def told(counts: dict[str, int], seconds: float) -> str:
    """Return in one line how far a run is.

    >>> told({"parts": 1_010, "queued": 10, "accepted": 1_000, "refused": 0}, 1.2)
    '1.2 s, 1,010 parts: 10 queued, 1,000 accepted'
    """
    shown = (f"{counts[name]:,} {name.replace('_', ' ')}" for name in _WORDS if counts.get(name))
    return f"{seconds:.1f} s, {counts['parts']:,} parts: {', '.join(shown)}"


def _answered(run: "Run") -> bool:
    try:
        run.wait(_LOOK, progress=False)
    except ResponseTimeout:
        return False
    return True


def _waiting(smsc: "Smsc") -> int:
    counters = smsc.counters
    return int(counters["pending"] + counters["deliveries_waiting"])
