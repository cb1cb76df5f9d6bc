"""Receipt texts beside regular expressions: ``python -m benchmarks.receipt_texts [--rounds 9] [--write]``.

One call, and a column to a DataFrame of typed columns. A column has several careful ways by regular expression: row by
row, with all the dates at once, by ``Series.str.extract``, and by Arrow's own expressions, which are RE2 in C++.
"""

import random
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

import smppkit as sk

from . import traffic
from .rounds import OURS, Contender, Row, call, measure, options, publish, report, times

NAMES = ("id", "sub", "dlvrd", "submit_date", "done_date", "stat", "err", "text")
NUMBERS = ("sub", "dlvrd")
DATES = ("submit_date", "done_date")
PATTERN = (
    r"\s*id:\s*(?P<id>\S+)\s+sub:\s*(?P<sub>\d+)\s+dlvrd:\s*(?P<dlvrd>\d+)\s+"
    r"submit\s+date:\s*(?P<submit_date>\d{10})(?:\d\d)?\s+done\s+date:\s*(?P<done_date>\d{10})(?:\d\d)?\s+"
    r"stat:\s*(?P<stat>\w+)\s+err:\s*(?P<err>\w+)(?:\s+text:(?P<text>.*))?"
)
RECEIPT = re.compile(PATTERN, re.IGNORECASE | re.DOTALL)
START = datetime(2026, 11, 22, 10, 15)
CAREFUL = "a regular expression"
ROW_BY_ROW, AT_ONCE = f"{CAREFUL}, row by row", f"{CAREFUL}, dates at once"
BY_PANDAS, BY_ARROW = "Series.str.extract", "pyarrow.compute.extract_regex"
ODD = (  # receipts as there are, too, each odd in one thing
    "id:7 sub:001 dlvrd:001 submit date:261122101533 done date:261122101633 stat:DELIVRD err:000 text:hi",
    "id:7 sub:001 dlvrd:001 submit date:20261122101533 done date:20261122101633 stat:DELIVRD err:000 text:hi",
    "id:7 sub:001 dlvrd:001 done date:2611221016 submit date:2611221015 stat:DELIVRD err:000 text:hi",
    "id:7 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:hi",
    "id:7 sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 cost:3 text:hi",
    "id:7 stat:DELIVRD",
)
A_MINUTE = 200  # receipts: they come in the order of time
Parsed = tuple[str, int, int, datetime, datetime, str, str, str | None]


def receipt_texts(count: int) -> list[str]:
    """Receipts of the traffic with dates of their own: done in the order of time, submitted up to an hour before."""
    source = random.Random(1)
    pdus = [sk.decode(traffic.receipt(source, number)) for number in range(1, min(count, 20_000) + 1)]
    halves = [re.split(r"submit date:\d+ done date:\d+", pdu.short_message.decode("ascii")) for pdu in pdus]
    texts = []
    for number in range(count):
        before, behind = source.choice(halves)
        done = START + timedelta(minutes=number // A_MINUTE)
        submitted = done - timedelta(minutes=source.randrange(60))
        texts.append(f"{before}submit date:{submitted:%y%m%d%H%M} done date:{done:%y%m%d%H%M}{behind}")
    return texts


# --- one receipt ----------------------------------------------------------------------------------------------------


def by_expression(text: str) -> Parsed:
    """What a careful user would write: one compiled expression, numbers and dates converted."""
    found = RECEIPT.match(text)
    if found is None:
        raise ValueError(f"no receipt: {text!r}")
    message_id, sub, dlvrd, submit, done, stat, err, rest = found.groups()
    return message_id, int(sub), int(dlvrd), moment(submit), moment(done), stat, err, rest


def moment(digits: str) -> datetime:
    year, month, day, hour, minute = (int(digits[at : at + 2]) for at in range(0, 10, 2))
    return datetime(2000 + year, month, day, hour, minute)


def one_call(text: str, rounds: int) -> Row:
    one = {"text": text, "f": sk.parse_receipt, "g": by_expression}
    found = sk.parse_receipt(text)
    check("parse_receipt", [tuple(getattr(found, name) for name in NAMES)], [by_expression(text)])
    contenders = [Contender(OURS, "f(text)", one), Contender(CAREFUL, "g(text)", one)]
    return measure("parse_receipt, one call", contenders, rounds, agree=False)


# --- a column -------------------------------------------------------------------------------------------------------


def row_by_row(texts: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame([by_expression(text) for text in texts], columns=list(NAMES))


def dates_at_once(texts: Sequence[str]) -> pd.DataFrame:
    """Groups row by row, what they mean a column at a time."""
    matches = map(RECEIPT.match, texts)
    return typed(pd.DataFrame([found.groups() for found in matches if found], columns=list(NAMES)))


def extracted(series: "pd.Series[str]") -> pd.DataFrame:
    return typed(series.str.extract(RECEIPT))


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    for name in NUMBERS:
        frame[name] = frame[name].astype("int64")
    for name in DATES:
        frame[name] = pd.to_datetime(frame[name], format="%y%m%d%H%M")
    return frame


def by_arrow(column: pa.Array) -> pd.DataFrame:
    """RE2 makes Arrow columns of the groups; numbers are cast there, dates in pandas, whose parser is faster."""
    found = pc.extract_regex(column, f"(?is)^{PATTERN}")
    groups = dict(zip(NAMES, found.flatten(), strict=True))
    frame = {name: groups[name].cast(pa.int64()).to_numpy() if name in NUMBERS else groups[name] for name in NAMES}
    series = {name: data if name in NUMBERS else pd.Series(data, dtype="str") for name, data in frame.items()}
    return pd.DataFrame({**series, **{name: pd.to_datetime(series[name], format="%y%m%d%H%M") for name in DATES}})


def columns(texts: list[str], rounds: int) -> Row:
    compare_columns(texts)
    series = pd.Series(texts)
    column = pa.array(texts)
    contenders = [
        call(OURS, lambda: sk.parse_receipts(series)),
        call(f"{OURS}, of an Arrow array", lambda: sk.parse_receipts(column)),
        call(ROW_BY_ROW, lambda: row_by_row(texts)),
        call(AT_ONCE, lambda: dates_at_once(texts)),
        call(BY_PANDAS, lambda: extracted(series)),
        call(BY_ARROW, lambda: by_arrow(column)),
    ]
    name = f"parse_receipts, a column of {len(texts):,}, per receipt"
    return measure(name, contenders, rounds, len(texts), agree=False)


def compare_columns(texts: list[str]) -> None:
    ours = rows_of(sk.parse_receipts(texts))
    series = pd.Series(texts)
    check("parse_receipts of a Series", ours, rows_of(sk.parse_receipts(series)))
    check(ROW_BY_ROW, ours, rows_of(row_by_row(texts)))
    check(AT_ONCE, ours, rows_of(dates_at_once(texts)))
    check(BY_PANDAS, ours, rows_of(extracted(series)))
    check(BY_ARROW, ours, rows_of(by_arrow(pa.array(texts))))


def rows_of(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """The rows of a table, whose times are of the centre's own clock."""
    return [tuple(map(plain, row)) for row in frame[list(NAMES)].itertuples(index=False)]


def plain(value: object) -> object:
    return value.to_pydatetime().replace(tzinfo=None) if isinstance(value, pd.Timestamp) else value


def check(name: str, ours: Sequence[object], theirs: Sequence[object]) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        if mine != other:
            raise SystemExit(f"{name}: the contenders disagree\n  {mine}\n  {other}")


# --- what each is and does ------------------------------------------------------------------------------------------


def notes(one: Row, column: Row) -> list[str]:
    """Return what the contenders are, and what ours yields besides: by these very receipts and odd ones."""
    ours = sk.parse_receipts(ODD)
    more = ", ".join(str(name) for name in ours if name not in NAMES)
    matched = [(by_expression(text), row) for text, row in zip(ODD, rows_of(ours), strict=True) if RECEIPT.match(text)]
    alike = sum(theirs == row for theirs, row in matched)
    plainly, rows, arrow = times(one.ratio(CAREFUL)), times(column.ratio(ROW_BY_ROW)), times(column.ratio(BY_ARROW))
    return [
        f"The careful regular expression is '{CAREFUL}' ({plainly}), in a column '{ROW_BY_ROW}' ({rows}): one compiled "
        "expression, numbers and dates converted for each receipt. The others use the same expression and convert a "
        f"column at a time, each distinct date once: '{AT_ONCE}' and '{BY_PANDAS}' match in Python, '{BY_ARROW}' "
        f"({arrow}) is RE2 in C++ over Arrow's own buffers, without an object for a receipt.",
        f"All give the same {len(NAMES)} columns of these receipts, every value compared. smppkit gives {more} too, "
        "and times in UTC. The expression knows one order of fields and nothing between them. Of "
        f"{len(ODD)} receipts that are odd in one thing (seconds, years of four digits, another order, fields missing "
        f"or unknown) smppkit reads {ours['id'].notna().sum()}, and the expression {len(matched)}, {alike} of them "
        "as smppkit does: it leaves out seconds, and the text behind an unknown field.",
    ]


def main(arguments: list[str] | None = None) -> None:
    chosen = options(__doc__ or "", receipts=100_000).parse_args(arguments)
    texts = receipt_texts(chosen.receipts)
    rows = [one_call(texts[0], chosen.rounds), columns(texts, chosen.rounds)]
    publish(chosen.write, "receipt_texts", arguments, report("Receipts", rows, ["pandas", "pyarrow"], notes(*rows)))


if __name__ == "__main__":
    main()
