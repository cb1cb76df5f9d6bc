"""Receipts and messages of anybody's tables brought together, as the receipts of a log are."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..errors import TableError
from ..fold.dialects import AMBIGUOUS, MATCHED_BY, ORPHAN, Dialect
from ..fold.matching import Matching, match_columns
from ..fold.table import Column
from ..html import card
from . import arrays
from .buffers import frame
from .kinds import NAMES
from .roles import MESSAGE_ROLES, RECEIPT_ROLES, ROLES, check_mapping, roles_of
from .texts import unlike


class Match:
    """What the receipts of a table mean; made by ``sk.match``.

    ``matched`` has a row for each receipt that is matched: the columns of its message, those of the receipt (with
    ``_receipt`` behind names that both tables have), and ``matched_by``, the transform of ids. ``ambiguous`` are the
    receipts that several messages, or none for sure, could mean, with how many ``candidates`` there are; ``orphans``
    those that mean no message of the table. ``dialect`` is what was learned of the ids, with the counts for and
    against; ``columns`` the columns that were taken, by what they mean.

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
    ) -> None:
        """Join the rows."""
        self.dialect: Dialect = found.dialects[0]
        self.columns = dict(columns)
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
        rows += [(ROLES[role].meaning, name) for role, name in self.columns.items()]
        return card("Match", rows, "tables: matched ambiguous orphans")

    def _facts(self) -> Iterator[str]:
        counts = self.matched["matched_by"].value_counts()
        by = ", ".join(f"{name} {count:,}" for name, count in counts.items() if count)
        whole = len(self.matched) + len(self.ambiguous) + len(self.orphans)
        yield f"{len(self.matched):,} of {whole:,} receipts matched" + (f" ({by})" if by else "")
        yield f"{len(self.ambiguous):,} ambiguous"
        yield f"{len(self.orphans):,} orphan{'' if len(self.orphans) == 1 else 's'}"


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
    from receipts that leave no choice; what could mean several messages is listed as ambiguous, not guessed.

    ``columns`` maps what a column means to its name, for columns that are not recognised by their names: of messages
    ``message_id``, ``destination`` and ``time_sent``; of receipts ``receipt_id``, ``source`` (the number the receipt is
    about), ``time`` and ``receipt_submit_date``. Ids must be text: read exports with ``sk.read``. Times are those of
    one clock; text is taken in ISO 8601. The tables of a log, ``log.parts`` and ``log.receipts``, go as they are.

    Raises TableError, naming what is there, for a column that is missing, there twice or holds numbers that were ids
    once.

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
    found = match_columns(
        _texts(messages[sent["message_id"]]),
        _texts(messages[sent["destination"]]),
        _times(messages, sent, "time_sent", mapped),
        _texts(whole[came["receipt_id"]]),
        _texts(whole[came["source"]]),
        _times(whole, came, "time", mapped),
        receipt_submit_dates=_times(whole, came, "receipt_submit_date", mapped),
    )
    return Match(messages, receipts, found, sent | came)


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


def _texts(column: "pd.Series[Any]") -> Column:
    """A column as UTF-8 and offsets."""
    if pd.api.types.is_float_dtype(column.dtype):
        raise TableError(
            f"column {column.name!r} holds floating-point numbers: ids were damaged when the table was read; "
            "read it with sk.read, which keeps them as text"
        )
    data = pa.array(column.astype(object).where(column.notna(), None).map(str, na_action="ignore"), pa.large_string())
    if isinstance(data, pa.ChunkedArray):
        data = data.combine_chunks()
    valid, offsets, octets = data.buffers()
    return Column(
        "text",
        b"" if octets is None else octets.to_pybytes(),
        np.frombuffer(offsets, np.int64)[data.offset : data.offset + len(data) + 1],
        None if valid is None else np.asarray(data.is_valid()).astype(np.uint8),
    )


def _times(
    table: pd.DataFrame, found: Mapping[str, str], role: str, mapped: Mapping[str, str]
) -> npt.NDArray[np.int64] | None:
    """Nanoseconds since 1970; None where there is no such column, or one only recognised by its name holds no times."""
    if role not in found:
        return None
    column = table[found[role]]
    try:
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            times = pd.to_datetime(column, utc=True)
        else:
            times = pd.to_datetime(column.astype("str"), utc=True, format="ISO8601")
    except (ValueError, TypeError):
        if role in mapped:
            raise TableError(
                f"column {found[role]!r} holds no times as ISO 8601 writes them: convert it with pandas.to_datetime"
            ) from None
        return None
    known: npt.NDArray[np.int64] = times.dt.tz_localize(None).to_numpy("datetime64[ns]").view(np.int64)
    return known
