"""An account that is told what to be: the face that panels see, without a session below."""

import threading
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pandas as pd

from smppkit.esme.outcome import Outcome
from smppkit.frames.tables import COLUMNS
from smppkit.journal.hiding import Deletions

NOW = pd.Timestamp("2026-11-22 10:00:00", tz="UTC")


def row(name: str, **values: Any) -> dict[str, Any]:
    """Return a row of a table of the log, what is not given missing."""
    sure = {"parts": 1, "parts_seen": 1, "complete": True, "attempts": 1}
    return {column: sure.get(column) for column in COLUMNS[name]} | values


class FakeMessage:
    """What ``send`` returns: ``outcome`` is what a test says."""

    def __init__(self, **values: Any) -> None:
        self.outcome = "sent"
        self.state: str | None = None
        self.message_ids: list[str] = []
        self.command_status: int | None = None
        vars(self).update(values)


class FakeEsme:
    """An account whose state, rows and answers are attributes."""

    def __init__(self, **values: Any) -> None:
        self.state = "Logged in"
        self.last_outcome = Outcome("OK", "bound as transceiver at 127.0.0.1:2775, SMPP 3.4")
        self.bind_type, self.version, self.rebind = "transceiver", "3.4", True
        self.options = SimpleNamespace(place="127.0.0.1:2775", sender="INFO", password="secret")
        self.counters: dict[str, int] = {"requests": 1, "binds": 1}
        self.tables: dict[str, list[dict[str, Any]]] = {name: [] for name in COLUMNS}
        self.log = SimpleNamespace(source=Deletions())
        self.sent: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.answer: Callable[[], Any] = FakeMessage
        self.called: list[str] = []
        self.hold = threading.Event()
        self.hold.set()
        self.watchers: list[Callable[[], None]] = []
        vars(self).update(values)

    def watch(self, told: Callable[[], None]) -> Callable[[], None]:
        self.watchers.append(told)
        return lambda: self.watchers.remove(told)

    def changed(self) -> None:
        for told in list(self.watchers):
            told()

    def bind(self, timeout: float = 30) -> None:
        self.called.append("bind")
        assert self.hold.wait(10)

    def unbind(self, timeout: float = 5) -> None:
        self.called.append("unbind")
        assert self.hold.wait(10)

    def send(self, *values: Any, **keywords: Any) -> Any:
        assert self.hold.wait(10)
        self.sent.append((values, keywords))
        return self.answer()

    def frame(self, name: str) -> pd.DataFrame:
        frame = pd.DataFrame(self.tables[name], columns=list(COLUMNS[name]))
        hidden = self.log.source.hidden(name)
        return frame.loc[[label for label in frame.index if label >= hidden.until and label not in hidden.rows]]

    def last(self, name: str, n: int = 200) -> pd.DataFrame:
        return self.frame(name).tail(n)

    def hide(self, table: str, rows: Iterable[int]) -> None:
        self.log.source.hide(table, rows)

    def clear(self, table: str) -> None:
        self.log.source.clear(table, len(self.tables[table]))

    messages = property(lambda self: self.frame("messages"))
    parts = property(lambda self: self.frame("parts"))
    receipts = property(lambda self: self.frame("receipts"))
    inbox = property(lambda self: self.frame("inbox"))
