"""The rows of the table Sent: what went out and what became of each message."""

from typing import TYPE_CHECKING, Any

from ..esme.outcome import status_sentence
from ..html import visible
from ..journal.hiding import NOTHING, Deletions, Hidden
from .cells import Cell, milliseconds, missing, moment, text, word
from .table import LARGEST, Column, Details, Rows, Source

if TYPE_CHECKING:
    import pandas as pd

    from ..esme import Esme


class Sent(Source):
    """The messages of one account, newest first."""

    label = "Sent"
    columns = (
        Column("time", "96px", True, hint="time of this browser; a row's tooltip has UTC"),
        Column("to", "116px", True),
        Column("text", "auto"),
        Column("outcome", "108px"),
        Column("state", "134px"),
        Column("message id", "130px", True, roomy=True),
    )

    def __init__(self, esme: "Esme") -> None:
        """Read from this account."""
        self._esme = esme

    def rows(self, first: int, count: int) -> Rows:
        """Return rows of ``esme.messages``."""
        return newest(self._esme, "messages", first, count, _cells)

    def details(self, label: int) -> Details | None:
        """Return the timeline of a message: each of its parts and each receipt, in the order of time."""
        row = found(self._esme, "messages", label)
        if row is None:
            return None
        id = int(row["msg_id"])
        queued = milliseconds(row["time_queued"])
        lines: list[tuple[float | str, str]] = [] if queued is None else [(queued, "queued")]
        for name, described in (("parts", _part), ("receipts", _receipt)):
            frame = getattr(self._esme, name)
            for one in frame[frame["msg_id"] == id].to_dict("records"):
                lines += described(one, int(row["parts"]))
        timed = sorted((line for line in lines if isinstance(line[0], float)), key=lambda line: line[0])
        whole = [("text", visible(str(row["text"]), 5_000))] if not missing(row["text"]) else []
        return Details(f"Message {id} to {text(row['destination'])}", [*whole, *timed])

    def delete(self, label: int) -> None:
        """Hide one message."""
        self._esme.hide("messages", [label])

    def clear(self) -> None:
        """Hide all messages."""
        self._esme.clear("messages")


def _cells(row: dict[str, Any]) -> list[Cell]:
    time = row["time_sent"] if missing(row["time_queued"]) else row["time_queued"]
    ends = [moment(time), text(row["destination"]), text(row["text"])]
    return [*ends, word(row["outcome"]), word(row["state"]), text(row["message_id"])]


def _part(part: dict[str, Any], parts: int) -> list[tuple[float | str, str]]:
    of = f"part {part['part']} of {parts}: " if parts > 1 else ""
    lines: list[tuple[float | str, str]] = []
    sent, answered = milliseconds(part["time_sent"]), milliseconds(part["time_resp"])
    if sent is not None:
        lines.append((sent, f"{of}sent on {text(part['link'])}, sequence_number {part['sequence_number']}"))
    if answered is not None:
        status = 0 if missing(part["command_status"]) else int(part["command_status"])
        said = status_sentence(status) if status else f"accepted, message id {text(part['message_id']) or '(none)'}"
        lines.append((answered, f"{of}{said}{' (late)' if part['late'] is True else ''}"))
    return lines


def _receipt(receipt: dict[str, Any], parts: int) -> list[tuple[float | str, str]]:
    state = text(receipt["message_state"]) or text(receipt["receipt_stat"]) or "receipt"
    error = text(receipt["receipt_err"])
    more = f", err {error}" if error else ""
    return [(milliseconds(receipt["time"]) or 0.0, f"receipt: {state}{more}, id {text(receipt['receipt_id'])}")]


def newest(esme: "Esme", name: str, first: int, count: int, cells: Any) -> Rows:
    """Return rows of a table of the log, newest first, the ``first``-th newest to begin with."""
    frame = esme.last(name, first + count)
    frame = frame.iloc[: len(frame) - first].iloc[::-1]
    labels = [int(label) for label in frame.index]
    source = esme.log.source
    hidden = source.hidden(name) if isinstance(source, Deletions) else NOTHING
    return Rows(labels, [cells(row) for row in frame.to_dict("records")], counted(labels, first, hidden))


def counted(labels: list[int], first: int, hidden: Hidden) -> int:
    """Return how many rows are to be seen in all; labels number rows from 0, hidden ones included.

    >>> counted([9, 8, 6], 0, Hidden(2, frozenset([7])))
    7
    """
    if not labels:
        return 0
    newest = labels[0]
    return first + newest + 1 - hidden.until - sum(1 for row in hidden.rows if row <= newest)


def found(esme: "Esme", name: str, label: int) -> "dict[str, Any] | None":
    """Return one row of a table of the log as a dict, None when it is not to be seen."""
    frame: pd.DataFrame = esme.last(name, LARGEST)  # kept for the rows, so it costs nothing
    if label not in frame.index:
        frame = getattr(esme, name)
    return dict(frame.loc[label]) if label in frame.index else None
