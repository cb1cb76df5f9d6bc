"""Receipts and messages of anybody's tables brought together, as the receipts of a log are."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import TableError
from ..fold.dialects import AMBIGUOUS, MATCHED_BY, ORPHAN, Dialect
from ..fold.matching import Matching, match_columns
from ..html import card
from . import arrays, exports
from .buffers import frame
from .kinds import NAMES
from .roles import MESSAGE_ROLES, RECEIPT_ROLES, ROLES, check_mapping, roles_of
from .texts import unlike

_ORDER, _DATES = "the order of time was", "submit dates were"
_SERVES = {"time_sent": _ORDER, "time": _ORDER, "receipt_submit_date": _DATES}  # the roles of times


class Match:
    """What the receipts of a table mean; made by ``sk.match``.

    ``matched`` has a row for each receipt that is matched: the columns of its message, those of the receipt (with
    ``_receipt`` behind names that both tables have), and ``matched_by``, the transform of ids. ``ambiguous`` are the
    receipts that several messages, or none for sure, could mean, with how many ``candidates`` there are; ``orphans``
    those that mean no message of the table. ``dialect`` is what was learned of the ids, with the counts for and
    against; ``columns`` the columns that were taken, by what they mean. What was left aside, for it holds no times, and
    how many orphans came before the message they would mean else, is told by repr and card.

    >>> import smppkit as sk
    >>> messages = pd.DataFrame({"MsgId": ["4D", "4E"], "MSISDN": ["32471000001", "32471000002"]})
    >>> receipts = pd.DataFrame({"id": ["77", "99"], "msisdn": ["32471000001"] * 2, "stat": ["DELIVRD"] * 2})
    >>> sk.match(messages, receipts)
    <Match: 1 of 2 receipts matched (hex_to_decimal 1), 0 ambiguous, 1 orphan>
    """

    def __init__(
        self,
        messages: pd.DataFrame,
        receipts: pd.DataFrame,
        found: Matching,
        columns: Mapping[str, str],
        times: "_Times",
    ) -> None:
        """Join the rows."""
        self.dialect: Dialect = found.dialects[0]
        self.columns = dict(columns)
        self._times = times
        self._early = len(found.early)
        rows = np.flatnonzero(found.index >= 0)
        theirs = receipts.iloc[rows].reset_index(drop=True)
        ours = messages.iloc[found.index[rows]].reset_index(drop=True)
        theirs.columns = pd.Index(_beside(list(ours.columns), list(theirs.columns)))
        by = arrays.names(_places()[found.code[rows]], NAMES["matched_by"])
        self.matched = pd.concat([ours, theirs], axis=1).assign(matched_by=by)
        unsure = np.flatnonzero(found.code == AMBIGUOUS)
        self.ambiguous = receipts.iloc[unsure].reset_index(drop=True).assign(candidates=found.candidates[unsure])
        self.orphans = receipts.iloc[np.flatnonzero(found.code == ORPHAN)].reset_index(drop=True)

    def __repr__(self) -> str:
        """Tell the counts."""
        return f"<Match: {', '.join(self._facts())}>"

    def _repr_html_(self) -> str:
        """Show a card."""
        rows: list[tuple[object, object]] = [("receipts", ", ".join(self._facts()))]
        rows += [("dialect", told) for told in (_told(self.dialect),) if told]
        rows += [(ROLES[role].meaning, self._named(role)) for role in self.columns]
        if self._early:
            agree = f"{self._early:,} agree{'s' if self._early == 1 else ''} in id and number with a message sent later"
            rows.append(("orphans", f"{agree}: compare the clocks of both tables"))
        return card("Match", rows, "tables: matched ambiguous orphans")

    def _facts(self) -> Iterator[str]:
        counts = self.matched["matched_by"].value_counts()
        by = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
        whole = len(self.matched) + len(self.ambiguous) + len(self.orphans)
        yield f"{len(self.matched):,} of {whole:,} receipts matched" + (f" ({by})" if by else "")
        yield f"{len(self.ambiguous):,} ambiguous"
        orphans = f"{len(self.orphans):,} orphan{'' if len(self.orphans) == 1 else 's'}"
        yield orphans + (f" ({self._early:,} came before their message was sent)" if self._early else "")
        yield from self._times.aside

    def _named(self, role: str) -> str:
        count = self._times.read[role].unread if role in self._times.read else 0
        other = (
            f" ({count:,} cell{'' if count == 1 else 's'} hold{'s' if count == 1 else ''} no ISO 8601)" if count else ""
        )
        return f"{self.columns[role]}{other}"


def _beside(ours: list[str], theirs: list[str]) -> list[str]:
    """The names of the receipts' columns beside those of the messages: names of both tables get an ending."""
    taken = {*ours, *theirs}
    names = []
    for name in theirs:
        names.append(unlike(f"{name}_receipt", taken) if name in ours else name)
        taken.add(names[-1])
    return names


def _places() -> npt.NDArray[np.int64]:
    known = NAMES["matched_by"]
    return np.array([known.index(name) if name in known else -1 for name in MATCHED_BY])


def _told(dialect: Dialect) -> str:
    if not dialect.name:
        return ""
    trusted = "learned" if dialect.learned else "too little evidence to be relied on"
    return f"{dialect.name}: {dialect.supporting:,} for, {dialect.against:,} against, {trusted}"


def match(messages: pd.DataFrame, receipts: pd.DataFrame, columns: Mapping[str, str] | None = None) -> Match:
    """Find the message of each receipt in two tables of your own, such as CSV exports of an operator.

    A match needs ids that are equal by one named transform (exact, case, padding, dashes, hex_to_decimal,
    decimal_to_hex), the same number, and, where both tables have times, the order of time. The transform is learned
    from receipts that leave no choice; what could mean several messages, or has a submit date more than 15 hours from
    when the message was sent, is listed as ambiguous, not guessed.

    ``columns`` maps what a column means to its name, for columns that are not recognised by their names: of messages
    ``message_id``, ``destination`` and ``time_sent``; of receipts ``receipt_id``, ``source`` (the number the receipt is
    about), ``time`` and ``receipt_submit_date``. Ids must be text: read exports with ``sk.read``. Times are those of
    one clock; text is taken in ISO 8601, a date as any time of that day. A cell that is no time excludes nothing; a
    column of which most are none is left aside, and the result says so. The tables of a log, ``log.parts`` and
    ``log.receipts``, go as they are.

    Raises TableError, naming what is there, for a column that is missing or there twice, that holds floating-point
    numbers that were ids once, or that was named for times and holds none.

    >>> import smppkit as sk
    >>> messages = pd.DataFrame({"nr": ["0A"], "to": ["32471000001"]})
    >>> receipts = pd.DataFrame({"dlr_id": ["0a"], "msisdn": ["+32471000001"]})
    >>> sk.match(messages, receipts, {"message_id": "nr"}).matched
       nr           to dlr_id        msisdn matched_by
    0  0A  32471000001     0a  +32471000001       case
    """
    mapped = dict(columns or {})
    check_mapping(mapped)
    _check_tables(messages, receipts, mapped)
    sent = roles_of(messages, "messages", MESSAGE_ROLES, mapped)
    receipts, whole = _with_source(receipts, mapped)
    came = roles_of(whole, "receipts", RECEIPT_ROLES, mapped, messages[sent["destination"]])
    times = _Times({}, [])
    times.take(messages, sent, mapped)
    times.take(whole, came, mapped)
    found = match_columns(
        exports.texts(messages[sent["message_id"]]),
        exports.texts(messages[sent["destination"]]),
        times.of("time_sent"),
        exports.texts(whole[came["receipt_id"]]),
        exports.texts(whole[came["source"]]),
        times.of("time"),
        receipt_submit_dates=times.of("receipt_submit_date"),
        steps=times.steps_of("time_sent"),
        receipt_steps=times.steps_of("time"),
        receipt_submit_steps=times.steps_of("receipt_submit_date"),
    )
    return Match(messages, receipts, found, sent | came, times)


class _Times(NamedTuple):
    """The times that were read, by role, and what is to be said of columns that hold none."""

    read: dict[str, exports.Moments]
    aside: list[str]

    def take(self, table: pd.DataFrame, columns: dict[str, str], mapped: Mapping[str, str]) -> None:
        """Read the times of a table; a column that is recognised by its name alone, and holds none, loses its role."""
        for role in [role for role in _SERVES if role in columns]:
            moments, name = exports.moments(table[columns[role]]), columns[role]
            said = f"column {name!r} holds no times as ISO 8601 writes them"
            if moments is not None:
                self.read[role] = moments
            elif role in mapped:
                raise TableError(f"{said}: convert it with pandas.to_datetime")
            else:
                self.aside.append(f"{_SERVES[role]} not used: {said}")
                del columns[role]

    def of(self, role: str) -> npt.NDArray[np.int64] | None:
        return self.read[role].time if role in self.read else None

    def steps_of(self, role: str) -> npt.NDArray[np.int64] | None:
        return self.read[role].step if role in self.read else None


def _check_tables(messages: pd.DataFrame, receipts: pd.DataFrame, mapped: Mapping[str, str]) -> None:
    for table in (messages, receipts):
        if not isinstance(table, pd.DataFrame):
            raise TableError(f"match takes two DataFrames, messages and receipts, not {type(table).__name__}")
    for roles, table, what in ((MESSAGE_ROLES, messages, "messages"), (RECEIPT_ROLES, receipts, "receipts")):
        for role in roles:
            if role.name in mapped and mapped[role.name] not in table.columns:
                there = ", ".join(str(name) for name in table.columns) or "none"
                name = mapped[role.name]
                raise TableError(f"the table of {what} has no column {name!r}, named for {role.name}; it has: {there}")


def _with_source(receipts: pd.DataFrame, mapped: Mapping[str, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The receipts of a log say in their octets which number they are about."""
    raw = [column for name, column in receipts.items() if name == "raw"]
    if "source" in mapped or len(raw) != 1 or raw[0].dtype != arrays.OCTETS:
        return receipts, receipts
    source = frame([octets or b"" for octets in raw[0].tolist()], ["source_addr"])["source_addr"]
    return receipts, receipts.assign(source_addr=source.to_numpy())
