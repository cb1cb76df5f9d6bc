"""``smppkit read``: what a capture or a saved table holds."""

import argparse
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import TableError

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import Log

_SHOWN = {
    "messages": ("time_sent", "sender", "destination", "text", "parts", "outcome", "state", "delivery_time"),
    "parts": ("time_sent", "destination", "part", "outcome", "command_status", "message_id", "time_resp"),
    "receipts": ("time", "receipt_id", "receipt_stat", "receipt_err", "receipt_done_date", "msg_id", "matched_by"),
    "inbox": ("time", "source", "destination", "text", "parts_seen", "parts", "complete"),
    "events": ("time", "link", "from_state", "to_state", "reason", "detail"),
    "pdus": ("time", "direction", "command", "command_status", "sequence_number", "text", "problem"),
}


def run(options: argparse.Namespace) -> int:
    """Print the summary or one table of a file, and save the table if asked to."""
    from .. import frames

    opened = frames.read(options.file, port=options.port) if options.port else frames.read(options.file)
    if not isinstance(opened, frames.Log):
        _show_table(opened, tuple(opened.columns), options)
        return 0
    if options.table is None and options.save is None:
        print("\n".join(summary(opened)))
        return 0
    name = options.table or "messages"
    _show_table(getattr(opened, name), _SHOWN[name], options)
    return 0


def _show_table(table: "pd.DataFrame", shown: tuple[str, ...], options: argparse.Namespace) -> None:
    from .. import frames

    if options.columns:
        shown = tuple(name.strip() for name in options.columns.split(","))
        lacking = [name for name in shown if name not in table.columns]
        if lacking:
            raise TableError(f"no column {', '.join(lacking)} here; there are: {', '.join(table.columns)}")
        table = table[list(shown)]
    if options.save:
        frames.save(table, options.save)
    print(as_text(table[list(shown)], options.rows))


def as_text(table: "pd.DataFrame", rows: int = 20) -> str:
    """Return a table as lines no wider than a terminal needs, with steering characters made visible.

    >>> import pandas as pd
    >>> print(as_text(pd.DataFrame({"text": ["a\\x1b[2Jb"]})))
             text
    0  a\\x1b[2Jb
    """
    from ..html import visible

    cut = table if rows == 0 else table.head(rows)
    plain = cut.copy()
    for name in plain.columns:
        if plain[name].dtype == "str" or plain[name].dtype == object:
            plain[name] = plain[name].map(lambda text: visible(str(text).replace("\n", "\\n"), 48), na_action="ignore")
        elif str(plain[name].dtype).startswith("datetime64"):
            plain[name] = plain[name].dt.strftime("%Y-%m-%d %H:%M:%S.%f").str[:-3]
    lines: str = plain.to_string(na_rep="", max_rows=None, float_format=lambda number: f"{number:.3f}")
    more = len(table) - len(cut)
    return f"{lines}\n… {more} more rows (--rows 0 shows all)" if more else lines


def summary(log: "Log") -> Iterator[str]:
    """Yield the lines that tell what a log holds and how its messages fared."""
    from .. import stats  # noqa: F401  registers the accessor

    yield repr(log).strip("<>")
    yield from _links(log)
    messages = log.messages
    if messages.empty:
        yield "no message was sent in it"
    else:
        yield from _messages(messages)
    receipts, inbox = log.receipts, log.inbox
    if len(receipts):
        matched = receipts["msg_id"].notna()
        yield f"receipts    {len(receipts)}, matched {matched.sum()}{_counts(receipts.loc[matched, 'matched_by'])}"
    if len(inbox):
        yield f"received    {len(inbox)}"
    for problem in list(log.problems)[:10]:
        yield f"problem     {problem.kind}: {problem.detail}"
    if len(log.problems) > 10:
        yield f"            and {len(log.problems) - 10} more problems (log.problems)"
    if len(messages):
        yield from _tables(messages)


def _links(log: "Log") -> Iterator[str]:
    for number, link in enumerate(log.links[:5]):
        yield f"{'links' if number == 0 else '':<12}{link.esme} (ESME) to {link.mc} (MC)"
    if len(log.links) > 5:
        yield f"{'':<12}and {len(log.links) - 5} more"


def _messages(messages: "pd.DataFrame") -> Iterator[str]:
    yield f"messages    {len(messages)}{_counts(messages['outcome'])}"
    accepted = messages[messages["outcome"] == "accepted"]
    if len(accepted):
        states = accepted["state"].astype("str").fillna("no receipt")
        yield f"states      {_counts(states).strip(' ()')}"
    yield from _times("response", messages, "response", "answered")
    yield from _times("delivery", messages, "delivery", "delivered")


def _tables(messages: "pd.DataFrame") -> Iterator[str]:
    """Yield how far messages came and what went wrong with them, at the response or in a receipt."""
    yield f"\n{messages.smpp.funnel()}"
    errors = messages.smpp.errors()
    if len(errors):
        yield f"\n{errors}"


def _counts(column: "pd.Series[Any]") -> str:
    counts = column.value_counts()
    told = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    return f" ({told})" if told else ""


def _times(name: str, messages: "pd.DataFrame", of: str, reached: str) -> Iterator[str]:
    """Yield one line on times; what still waits counts as waiting, so a quantile may not be known yet."""
    answer = messages.smpp.latency(q=(0.5, 0.95), of=of)
    count, waiting = int(answer[reached].iloc[0]), int(answer["pending"].iloc[0])
    if count:
        middle, late = (_duration(seconds) for seconds in answer["seconds"])
        yield f"{name:<12}half within {middle}, 95 % within {late} ({count} {reached}, {waiting} pending)"


def _duration(seconds: float) -> str:
    if math.isnan(seconds):  # too many still wait
        return "a time not known yet"
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
