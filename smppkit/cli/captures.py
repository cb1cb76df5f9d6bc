"""``smppkit demo --captures``: captures as an analyst wants to see them, and a report."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CaptureError, SmppError

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import Log

_SOURCE_TREE = Path(__file__).parents[2]


def run(options: argparse.Namespace) -> int:
    """Read the captures, print their tables, write the report, and name the notebook to open next."""
    from .. import stats  # noqa: F401  registers the accessor
    from .report import write

    captures = _captures(options.captures)
    logs = dict(_read(captures))
    messages = _joined(logs)
    print(f"{len(logs)} captures of other people's SMPP programs, from {captures[0].parent}:\n")
    print(overview(logs).to_string(index=False), "\n")
    answers = {
        "Funnel": messages.smpp.funnel(),
        "Delivery rate": messages.smpp.delivery_rate(by="capture"),
        "Response time": messages.smpp.latency(of="response"),
        "Delivery time": messages.smpp.latency(),
        "Errors": messages.smpp.errors(),
    }
    for title, answer in answers.items():
        print(f"{title}\n{answer}\n")
    report = write(Path(options.report), "What the captures say", {"Captures": overview(logs), **answers})
    print(f"report      {report}")
    print("notebook    notebooks/01_reading_a_capture.ipynb (make lab opens it)")
    return 0


def _captures(folder: str) -> list[Path]:
    where = Path(folder) if folder else _SOURCE_TREE / "tests" / "captures"
    found = sorted(path for path in where.glob("*.pcap*") if path.is_file())
    if not found:
        hint = "name a folder that has some" if folder else "run it in the source tree, or name a folder of captures"
        raise CaptureError(f"{where} has no captures (*.pcap, *.pcapng): {hint}")
    return found


def _read(paths: list[Path]) -> Iterator[tuple[str, "Log"]]:
    from .. import frames

    for path in paths:
        try:
            opened = frames.read(path)
        except SmppError as error:  # one bad file must not hide the others
            print(f"left out    {path.name}: {error}")
            continue
        if isinstance(opened, frames.Log):
            yield path.name.split(".")[0], opened


def _joined(logs: dict[str, "Log"]) -> "pd.DataFrame":
    import pandas as pd

    found = {name: log.messages for name, log in logs.items() if len(log.messages)}
    tables = [
        table.assign(capture=name, observed_until=pd.Timestamp(table.attrs.get("observed_until", "NaT")))
        for name, table in found.items()
    ]
    if not tables:
        raise CaptureError("these captures hold no submitted message, so there is nothing to show")
    joined = pd.concat(tables, ignore_index=True)
    joined.attrs.update(tables[0].attrs)  # the names of statuses; each row has its own end of observation
    joined.attrs.pop("observed_until", None)
    return joined


def overview(logs: dict[str, "Log"]) -> "pd.DataFrame":
    """Return one row for each capture: what it holds and how its messages ended."""
    import pandas as pd

    rows = []
    for name, log in logs.items():
        messages, receipts = log.messages, log.receipts
        outcomes, states = messages["outcome"].value_counts(), messages["state"].value_counts()
        rows.append(
            {
                "capture": name,
                "PDUs": len(log),
                "messages": len(messages),
                "accepted": outcomes.get("accepted", 0),
                "refused": outcomes.get("refused", 0),
                "unanswered": outcomes.get("unanswered", 0),
                "delivered": states.get("DELIVERED", 0),
                "other final": int(messages["final"].sum()) - states.get("DELIVERED", 0),
                "receipts": len(receipts),
                "matched": int(receipts["msg_id"].notna().sum()),
                "received": len(log.inbox),
                "problems": len(log.problems),
            }
        )
    return pd.DataFrame(rows)
