"""The log that users hold: PDUs of a capture or a session as DataFrames, and what they came to."""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Any

import pandas as pd

from ..fold.dialects import Dialect
from ..fold.fold import Fold
from ..html import card, visible
from ..journal import log as journal
from ..journal.hiding import Deletions, Hidden
from ..journal.log import UNKNOWN_TIME
from ..journal.pcap import write_pcapng
from ..spec import statuses
from .columns import DEFAULT, check, table
from .parquet import write as write_parquet
from .paths import drafted
from .reading import AnyProfile, Reading
from .slices import Slice, cut, groups
from .tables import frame_of, shown

_STATUS_NAMES = {str(row.code): row.name for row in statuses.ROWS}


class Log:
    """PDUs with their times and links, and what they came to: what ``sk.read`` returns for a capture.

    Tables are made when they are read and kept until the log grows: the same object comes back as long as nothing was
    added. A row keeps its index label as the log grows. ``messages parts receipts inbox events`` and ``pdus`` are
    DataFrames; their columns are those of the standard where it has names. Safe for several threads. A context manager.

    >>> from smppkit.journal.memory import MemoryLog
    >>> journal = MemoryLog()
    >>> journal.append(bytes.fromhex("00000010 00000015 00000000 00000007"), time=0, direction=0)
    >>> with Log(journal, "demo") as log:
    ...     log, log.pdus["command"].tolist()
    (<Log demo: 1 PDU, no link, 1970-01-01 00:00:00 UTC, 0.0 s>, ['enquire_link'])
    """

    def __init__(self, source: journal.Log, name: str = "", profile: AnyProfile = None) -> None:
        """Look at ``source``; ``profile`` says what a provider's TLVs and codings mean."""
        self._source = source
        self._name = name
        self._reading = Reading.of(profile)
        self._lock = threading.RLock()
        self._fold: Fold | None = None
        self._deletions: Deletions = source if isinstance(source, Deletions) else Deletions()
        self._kept: dict[str, tuple[tuple[object, ...], pd.DataFrame]] = {}
        self._known_span: tuple[int, int | None, int | None] = (0, None, None)

    # ---- what there is ----

    @property
    def source(self) -> journal.Log:
        """The journal below: links, events, problems and PDU records in segments.

        >>> from smppkit.journal.memory import MemoryLog
        >>> len(Log(MemoryLog()).source)
        0
        """
        return self._source

    @property
    def links(self) -> Sequence[journal.Link]:
        """The links, in the order in which they were first seen: name, esme, mc.

        >>> from smppkit.journal.memory import MemoryLog
        >>> len(Log(MemoryLog()).links)
        0
        """
        return self._source.links

    @property
    def problems(self) -> Sequence[journal.Problem]:
        """What reading found wrong: time, link, kind (file, lost, cut, incomplete, framing, foreign, limit), detail.

        >>> from smppkit.journal.memory import MemoryLog
        >>> len(Log(MemoryLog()).problems)
        0
        """
        return self._source.problems

    @property
    def dialects(self) -> list[Dialect]:
        """How each account's receipts write the ids of its responses, with the counts for and against.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Log(MemoryLog()).dialects
        []
        """
        return self._folded().dialects

    def __len__(self) -> int:
        """Return the number of PDUs.

        >>> from smppkit.journal.memory import MemoryLog
        >>> len(Log(MemoryLog()))
        0
        """
        return len(self._source)

    # ---- tables of the fold ----

    @property
    def messages(self) -> pd.DataFrame:
        """One row for each message submitted: what was sent, its outcome, its state and its times.

        ``outcome`` is accepted, refused, unanswered, not_sent, sent or queued; ``state`` the standard's
        message_state, NA before a receipt; ``response_time`` and ``delivery_time`` seconds. (Columns: the module
        ``frames.tables``.)

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Log(MemoryLog()).messages.columns[:4])
        ['msg_id', 'time_queued', 'time_sent', 'time_resp']
        """
        return self._table("messages")

    @property
    def parts(self) -> pd.DataFrame:
        """One row for each request to one destination; ``msg_id`` names the message it is part of.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Log(MemoryLog()).parts.columns[:4])
        ['msg_id', 'part', 'attempt', 'link']
        """
        return self._table("parts")

    @property
    def receipts(self) -> pd.DataFrame:
        """One row for each delivery receipt; ``matched_by`` names how its message was found, NA where none was.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Log(MemoryLog()).receipts.columns[:4])
        ['time', 'link', 'msg_id', 'part']
        """
        return self._table("receipts")

    @property
    def inbox(self) -> pd.DataFrame:
        """One row for each message that came in, long ones joined.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Log(MemoryLog()).inbox.columns[:4])
        ['time', 'link', 'source', 'destination']
        """
        return self._table("inbox")

    @property
    def events(self) -> pd.DataFrame:
        """One row for each change of the state of a link.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Log(MemoryLog()).events.columns)
        ['time', 'link', 'from_state', 'to_state', 'reason', 'detail']
        """
        return self._table("events")

    def last(self, name: str, n: int = 200) -> pd.DataFrame:
        """Return the last ``n`` rows of a table that are not hidden; only they are made, and they keep their labels.

        ``name`` is messages, parts, receipts, inbox, events or pdus.

        >>> from smppkit.journal.memory import MemoryLog
        >>> len(Log(MemoryLog()).last("inbox", 5))
        0
        """
        if name == "pdus":
            return self.tail(n)
        with self._lock:
            fold, hidden = self._folded(), self._deletions.hidden(name)
            state = fold.version, hidden, n
            kept = self._kept.get(f"last {name}")
            if kept is None or kept[0] != state:
                first = _first_of(fold.count(name), max(n, 0), hidden)
                made = frame_of(name, fold.rows(name, first), self.links)
                made.index = pd.RangeIndex(first, first + len(made))
                made = shown(made, hidden)
                made.attrs.update(self._hints())
                kept = self._kept[f"last {name}"] = state, made
            return kept[1]

    def hide(self, name: str, rows: int | Iterable[int]) -> None:
        """Hide rows of a table, by their index labels; they are kept, and still matched and counted.

        ``name`` is messages, parts, receipts, inbox or events. Raises ValueError for another table, or for a row that
        it does not have.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Log(MemoryLog()).hide("inbox", [])
        """
        wanted = [int(row) for row in ([rows] if isinstance(rows, int) else rows)]
        self._deletions.hidden(name)  # says what is wrong with the name
        count = self._folded().count(name)
        absent = next((row for row in wanted if not 0 <= row < count), None)
        if absent is not None:
            raise ValueError(f"the table {name} has no row {absent}: its index labels go from 0 to {count - 1}")
        self._deletions.hide(name, wanted)

    def clear(self, name: str) -> None:
        """Hide all rows that a table has now; what comes later is shown.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Log(MemoryLog()).clear("events")
        """
        self._deletions.hidden(name)
        self._deletions.clear(name, self._folded().count(name))

    def restore(self, name: str) -> None:
        """Show all rows of a table again.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Log(MemoryLog()).restore("events")
        """
        self._deletions.restore(name)

    # ---- PDUs ----

    @property
    def pdus(self) -> pd.DataFrame:
        """One row for each PDU, in the default columns of ``sk.frame``.

        >>> from smppkit.journal.memory import MemoryLog
        >>> list(Log(MemoryLog()).pdus.columns[:4])
        ['time', 'link', 'direction', 'command']
        """
        with self._lock:
            position = (len(self._source),)
            kept = self._kept.get("pdus")
            if kept is None or kept[0] != position:
                made = table(list(cut(self._source.segments())), self.links, DEFAULT, self._reading)
                kept = self._kept["pdus"] = position, made
            return kept[1]

    def frames(self, columns: Iterable[str] | None = None, rows: int = 1_000_000) -> Iterator[pd.DataFrame]:
        """Yield one row for each PDU in frames of ``rows`` rows, numbered through: a long log in the memory of a piece.

        ``columns`` are those of ``sk.frame``. Raises TableError for one that does not exist.

        >>> from smppkit.journal.memory import MemoryLog
        >>> [len(piece) for piece in Log(MemoryLog()).frames(["time", "text"], rows=1000)]
        []
        """
        names = check(columns, self._reading.tlvs)
        if rows < 1:
            raise ValueError(f"rows must be 1 or more, not {rows}")
        return self._pieces(names, rows)

    def _pieces(self, names: Sequence[str], rows: int) -> Iterator[pd.DataFrame]:
        done = 0
        for group in groups(self._source.segments(), rows):
            piece = table(group, self.links, names, self._reading)
            piece.index = pd.RangeIndex(done, done + len(piece))
            done += len(piece)
            yield piece

    def tail(self, n: int = 20) -> pd.DataFrame:
        """Return the last ``n`` PDUs, in the default columns; only they are decoded.

        >>> from smppkit.journal.memory import MemoryLog
        >>> len(Log(MemoryLog()).tail(5))
        0
        """
        n = max(n, 0)
        wanted: deque[Slice] = deque()
        held = total = 0
        for segment in self._source.segments():
            wanted.append(Slice(segment, 0, len(segment)))
            held, total = held + len(segment), total + len(segment)
            while held - wanted[0].rows >= n and len(wanted) > 1:
                held -= wanted.popleft().rows
        if wanted and held > n:
            wanted[0] = wanted[0]._replace(start=min(held - n, wanted[0].stop))
        found = table(list(wanted), self.links, DEFAULT, self._reading)
        found.index = pd.RangeIndex(total - len(found), total)
        return found

    # ---- files ----

    def to_parquet(
        self, path: str | os.PathLike[str], columns: Iterable[str] | None = None, rows: int = 1_000_000
    ) -> None:
        """Write one row for each PDU to a Parquet file, ``rows`` rows at a time; ``sk.read`` gives the frame back.

        Passwords are masked. Raises TableError for a column that does not exist, OSError when the file cannot be
        written.

        >>> import smppkit as sk, tempfile, pathlib
        >>> from smppkit.journal.memory import MemoryLog
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Log(MemoryLog()).to_parquet(pathlib.Path(folder, "log.parquet"), columns=["time", "command"])
        ...     len(sk.read(pathlib.Path(folder, "log.parquet")))
        0
        """
        pieces = self.frames(columns, rows)
        empty = table([], self.links, check(columns, self._reading.tlvs), self._reading)
        with drafted(Path(path)) as draft:
            write_parquet(chain([empty], pieces), draft)

    def to_pcapng(self, path: str | os.PathLike[str]) -> None:
        """Write the PDUs as a packet capture that Wireshark opens, each link a TCP connection; passwords are masked.

        >>> import smppkit as sk, tempfile, pathlib
        >>> from smppkit.journal.memory import MemoryLog
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Log(MemoryLog()).to_pcapng(pathlib.Path(folder, "log.pcapng"))
        """
        with drafted(Path(path)) as draft:
            write_pcapng(self._source, draft)

    # ---- the rest ----

    def close(self) -> None:
        """Give back what is open; a log that is wholly in memory stays readable.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Log(MemoryLog()).close()
        """
        close = getattr(self._source, "close", None)
        if close is not None:
            close()

    def __enter__(self) -> "Log":
        """Return the log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Show name, sizes and span."""
        name = " " + visible(self._name, 80).replace("\n", "\\n").replace("\t", "\\t") if self._name else ""
        return f"<Log{name}: {', '.join(self._facts())}>"

    def _repr_html_(self) -> str:
        """Show a card."""
        rows: list[tuple[object, object]] = [("PDUs", f"{len(self):,}")]
        rows += [("link", f"{link.esme} (ESME) to {link.mc} (MC)") for link in islice(self.links, 5)]
        rows += [("links", f"and {len(self.links) - 5:,} more")] if len(self.links) > 5 else []
        began, ended = self._span()
        if began is not None and ended is not None:
            rows += [("from", _moment(began)), ("to", _moment(ended))]
        rows += [("problem", f"{problem.kind}: {problem.detail}") for problem in islice(self.problems, 5)]
        rows += [("problems", f"and {len(self.problems) - 5:,} more")] if len(self.problems) > 5 else []
        return card(f"Log {self._name}".strip(), rows, "tables: messages parts receipts inbox events pdus")

    def _facts(self) -> Iterator[str]:
        links, problems = len(self.links), len(self.problems)
        yield _count(len(self), "PDU")
        yield _count(links, "link")
        began, ended = self._span()
        if began is not None and ended is not None:
            yield _moment(began)
            yield f"{(ended - began) / 1e9:.1f} s"
        if problems:
            yield _count(problems, "problem")

    def _span(self) -> tuple[int | None, int | None]:
        """The first and the last time, in nanoseconds."""
        with self._lock:
            seen, *ends = self._known_span
            base = 0
            for segment in self._source.segments() if seen != len(self._source) else ():
                base += len(segment)
                times = segment.time[max(0, len(segment) - (base - seen)) :] if base > seen else segment.time[:0]
                times = times[times != UNKNOWN_TIME]
                ends += [int(times.min()), int(times.max())] if len(times) else []
            known = [time for time in ends if time is not None]
            self._known_span = max(seen, base), min(known, default=None), max(known, default=None)
            return self._known_span[1:]

    @property
    def fold(self) -> Fold:
        """The fold below: the same tables as plain columns, and single messages; up to date when it is asked for.

        >>> from smppkit.journal.memory import MemoryLog
        >>> Log(MemoryLog()).fold.count("messages")
        0
        """
        return self._folded()

    def _folded(self) -> Fold:
        with self._lock:
            if self._fold is None:
                self._fold = Fold(self._source, codings=self._reading.codings)
            else:
                self._fold.refresh()
            return self._fold

    def _table(self, name: str) -> pd.DataFrame:
        with self._lock:
            fold, hidden = self._folded(), self._deletions.hidden(name)
            state = fold.version, hidden
            kept = self._kept.get(name)
            if kept is None or kept[0] != state:
                made = shown(frame_of(name, fold.table(name), self.links), hidden)
                made.attrs.update(self._hints())
                kept = self._kept[name] = state, made
            return kept[1]

    def _hints(self) -> dict[str, Any]:
        """What questions asked of a table want to know of the log: until when it saw, and what statuses are called."""
        ended = self._span()[1]
        hints: dict[str, Any] = {"status_names": _STATUS_NAMES}
        return hints if ended is None else hints | {"observed_until": pd.Timestamp(ended, tz="UTC").isoformat()}


def _first_of(count: int, n: int, hidden: Hidden) -> int:
    """The row from which on ``n`` rows, or all there are, are not hidden."""
    wanted, least = n, min(hidden.until, count)
    while True:
        first = max(count - wanted, least)
        missing = n - (count - first) + sum(row >= first for row in hidden.rows)
        if missing <= 0 or first == least:
            return first
        wanted += missing


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}" if number else f"no {word}"


def _moment(nanoseconds: int) -> str:
    return f"{datetime.fromtimestamp(nanoseconds // 10**9, UTC):%Y-%m-%d %H:%M:%S} UTC"
