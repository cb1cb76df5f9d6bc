"""The rows of the table Received: what came in."""

from typing import TYPE_CHECKING, Any

from ..html import visible
from .cells import Cell, missing, moment, text
from .sent import found, newest
from .table import Column, Details, Rows, Source

if TYPE_CHECKING:
    from ..esme import Esme


class Received(Source):
    """The inbox of one account, newest first."""

    label = "Received"
    columns = (
        Column("time", "96px", True, hint="time of this browser; a row's tooltip has UTC"),
        Column("from", "116px", True),
        Column("to", "116px", True),
        Column("text", "auto"),
        Column("parts", "64px", roomy=True),
    )

    def __init__(self, esme: "Esme") -> None:
        """Read from this account."""
        self._esme = esme

    def rows(self, first: int, count: int) -> Rows:
        """Return rows of ``esme.inbox``."""
        return newest(self._esme, "inbox", first, count, _cells)

    def details(self, label: int) -> Details | None:
        """Return all that is known of a message that came in."""
        row = found(self._esme, "inbox", label)
        if row is None:
            return None
        lines: list[tuple[float | str, str]] = [("text", visible(str(row["text"]), 5_000))]
        if missing(row["text"]):
            lines = []
        for name in ("destination", "encoding", "link", "route"):
            if text(row[name]):
                lines.append((name, text(row[name])))
        lines.append(("parts", f"{row['parts_seen']} of {row['parts']}"))
        if isinstance(row["raw"], bytes):
            lines.append(("octets", row["raw"][:300].hex(" ") + " …" * (len(row["raw"]) > 300)))
        return Details(f"From {text(row['source']) or '(no number)'}", lines)

    def delete(self, label: int) -> None:
        """Hide one message."""
        self._esme.hide("inbox", [label])

    def clear(self) -> None:
        """Hide all messages."""
        self._esme.clear("inbox")


def _cells(row: dict[str, Any]) -> list[Cell]:
    whole = bool(row["complete"]) if not missing(row["complete"]) else True
    parts: Cell = text(row["parts"]) if whole else {"text": f"{row['parts_seen']} of {row['parts']}", "tone": "wait"}
    return [moment(row["time"]), text(row["source"]), text(row["destination"]), text(row["text"]), parts]
