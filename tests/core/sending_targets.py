"""Targets of what goes out: texts that are planned and cut into parts, and columns of septets."""

# ruff: noqa: PT017  an error is as good an answer as any, and is looked at

from collections.abc import Callable, Iterable
from typing import Any

import smppkit as sk
from smppkit._core.packing import kernels, use_kernel
from smppkit.spec.alphabets import LANGUAGES
from smppkit.text.alphabets import gsm7
from smppkit.text.coding import decode_text
from smppkit.text.headers import read_header
from smppkit.text.parts import LONG, Part, join, split
from smppkit.text.plan import Plan

ALPHABETS: tuple[str | tuple[str, ...], ...] = (
    *("default", "all", "ucs2", "turkish", "latin1", "ascii"),
    *(("default", "turkish"), ("latin1", "default", "spanish"), ("cyrillic", "hebrew"), ("hindi", "urdu", "default")),
)
MOST_REPEATED = 64
PACKED = {0: "gsm7-packed"}


def plan(octets: bytes) -> None:
    """A text that would be sent: what is planned is what it is cut into, the parts fit, and joined they are the text.

    The first three octets say how, and how often the text that follows is repeated.
    """
    import pandas as pd

    how, alphabet, times = octets[:3] if len(octets) > 3 else (0, 0, 1)
    long, bits = LONG[how % len(LONG)], 16 if how & 0x80 else 8
    alphabets = ALPHABETS[alphabet % len(ALPHABETS)]
    text = octets[3:].decode("utf-8", "surrogateescape" if how & 0x40 else "replace") * (times % MOST_REPEATED)
    rows = pd.Series([text, None, text[:7]], dtype=object)
    table = sk.plan(rows, bits, alphabets, long)
    assert table.iloc[1][["encoding", "units", "parts", "characters", "reasons"]].isna().all()
    packed = cut_or_refused(text, bits, alphabets, long, PACKED)
    parts = cut_or_refused(text, bits, alphabets, long)
    try:
        planned = sk.plan(text, bits, alphabets, long)
    except sk.TextError as error:
        assert isinstance(parts, str)
        assert "\n" not in parts
        assert (table["reasons"].iloc[0], pd.isna(table["parts"].iloc[0])) == (str(error), True)
        return
    assert not isinstance(parts, str), parts
    in_table = tuple(table.iloc[0])
    units = sum(planned.units)
    assert in_table == (planned.encoding, units, planned.parts, len(text), "; ".join(planned.reasons))
    as_planned(planned, parts)
    fits(text, parts, None)
    if not isinstance(packed, str):
        fits(text, packed, PACKED)
    assert planned.cost == fewest(text, planned, long)
    for name in (alphabets,) if isinstance(alphabets, str) else alphabets:
        assert sk.plan(text, bits, name, long).cost >= planned.cost


def cut_or_refused(
    text: str, bits: int, alphabets: str | tuple[str, ...], long: str, codings: dict[int, str] | None = None
) -> tuple[Part, ...] | str:
    """Return the parts of a text, or why there are none."""
    try:
        return split(text, reference=7, reference_bits=bits, alphabets=alphabets, long=long, codings=codings)
    except sk.TextError as error:
        return str(error)


def as_planned(planned: Plan, parts: tuple[Part, ...]) -> None:
    assert planned.parts == len(parts)
    assert planned.units == tuple(part.units for part in parts)
    assert planned.characters == tuple(len(part.text or "") for part in parts)
    assert [(part.number, part.total) for part in parts] == [(at, len(parts)) for at in range(1, len(parts) + 1)]


def fits(text: str, parts: tuple[Part, ...], codings: dict[int, str] | None) -> None:
    """Every part fits 140 octets on the air, and is read as what it is; joined they are the text."""
    for part in parts:
        octets = dict(part.tlvs).get("message_payload", part.short_message)
        assert isinstance(octets, bytes)
        header = read_header(octets) if part.esm_class & 0x40 else None
        length = header.length if header else 0
        if part.data_coding == 0 and codings is None:
            assert len(octets) == length + part.units
            on_the_air = (8 * length + -8 * length % 7 + 7 * part.units + 7) // 8
        else:
            on_the_air = len(octets)
        assert on_the_air <= 140 or part.short_message == b""
        said = decode_text(octets, part.data_coding, part.esm_class, codings).text
        is_marked = part.text is not None and part.text.startswith(("\ufeff", "\ufffe"))  # read as an order of octets
        may_be_filler = codings is not None and part.number == part.total and said is not None
        assert is_marked or said == part.text or (may_be_filler and part.text in (f"{said}@", f"{said}\r"))
    joined = join(reversed(parts))
    assert (joined.complete, joined.content) == (True, text)


def fewest(text: str, planned: Plan, long: str) -> int:
    """Count the parts of a text from what each of its characters takes."""
    tables = {row.name: row for row in LANGUAGES}
    first = LANGUAGES[0]
    main, shifted = tables[planned.locking].locking or first.locking, tables[planned.single].single
    costs = [1] * len(text)
    if planned.encoding == "ucs2":
        costs = [1 + (character > "\uffff") for character in text]
    elif planned.encoding == "gsm7":
        costs = [1 if ord(character) in main else 2 for character in text]
        assert all(cost == 1 or ord(character) in shifted for cost, character in zip(costs, text, strict=True))
    assert sum(planned.units) == sum(costs)
    if long == "payload" and planned.cost > 1:
        return planned.cost
    return 1 if planned.cost == 1 and sum(costs) <= planned.capacity else runs(costs, planned.capacity)


def runs(costs: Iterable[int], room: int) -> int:
    """Count the parts when each takes what fits."""
    found, taken = 1, 0
    for cost in costs:
        if taken + cost > room:
            found, taken = found + 1, 0
        taken += cost
    return found


# ---- columns of septets ----

WAYS = ("strict", "replace", "ignore", "look-alike")
MISSING = 0xF8
"""What begins a row that is missing; below it, the octets of a row are counted."""


def septets(octets: bytes) -> None:
    """Columns of GSM 7-bit text in every kernel: what each row says alone, or the first row that is refused.

    The first four octets say how, the rest are rows.
    """
    how, locking, single, fill = octets[:4] if len(octets) > 4 else (0, 0, 0, 0)
    shifts, fill_bits, filler = (locking % 14, single % 14), fill % 7, bool(fill & 0x80)
    rows, counts = rows_of(octets[4:])
    errors = WAYS[how % 4]
    written = (shifts[0] if LANGUAGES[shifts[0]].locking else 0, shifts[1])  # what has no table is not written by it
    before = use_kernel(kernels()[0])
    try:
        for kernel in kernels():
            alike(kernel, how, rows, lambda row, _: gsm7.decode(row, *shifts), lambda all: gsm7.decode(all, *shifts))
            alike(
                kernel,
                how,
                rows,
                lambda row, _: gsm7.pack(row, fill_bits, filler=filler),
                lambda all: gsm7.pack(all, fill_bits, filler=filler),
            )
            for given in (counts, None):
                alike(
                    kernel,
                    how,
                    rows,
                    lambda row, at, given=given: gsm7.unpack(row, given and given[at], fill_bits),
                    lambda all, given=given: gsm7.unpack(all, given, fill_bits),
                )
        alike(
            kernels()[0],
            how,
            rows,
            lambda row, _: gsm7.encode(row.decode(), *written, errors),
            lambda all: gsm7.encode(all, *written, errors),
            is_text=True,
        )
    finally:
        use_kernel(before)


def rows_of(octets: bytes) -> tuple[list[bytes | None], list[int | None]]:
    """Return rows, some of them missing, and how many septets of each are wanted: all, some, or too many."""
    rows: list[bytes | None] = []
    counts: list[int | None] = []
    at = 0
    while at < len(octets):
        size = octets[at]
        row = None if size >= MISSING else octets[at + 1 : at + 1 + size]
        rows.append(row)
        counts.append(None if size & 1 else len(row or b"") * (1 + (size & 2)) // 2)
        at += 1 + len(row or b"")
    return rows, counts


def alike(
    kernel: str,
    how: int,
    rows: list[bytes | None],
    one: Callable[[bytes, int], object],
    every: Callable[[Any], Any],
    is_text: bool = False,
) -> None:
    """Hold a column beside its rows one by one, by the plainest kernel."""
    use_kernel(kernels()[0])
    expected: list[object] = []
    refused = ""
    for at, row in enumerate(rows):
        try:
            expected.append(None if row is None else one(row, at))
        except (sk.TextError, UnicodeDecodeError) as error:
            said = error if isinstance(error, sk.TextError) else "the text is no UTF-8"
            refused = f"row {at}: {said}"
            break
    use_kernel(kernel)
    try:
        found = every(column_of(how, rows, is_text))
    except sk.TextError as error:
        assert str(error) == refused
        return
    assert not refused, f"a column is taken, but {refused}"
    assert listed(found) == expected


def column_of(how: int, rows: list[bytes | None], is_text: bool) -> Any:
    """Return rows as a column: Arrow's of either width, cut out of a larger one or in chunks, or a Series."""
    import pandas as pd
    import pyarrow as pa

    wide = how & 4
    kind = (pa.large_string() if wide else pa.string()) if is_text else pa.large_binary() if wide else pa.binary()
    array = pa.array([b"\x1b", *rows, b"\x80", None], pa.large_binary() if wide else pa.binary()).view(kind)
    array = array[1 : len(rows) + 1]
    if how & 8:
        return pa.chunked_array([array[: len(rows) // 2], array[len(rows) // 2 :]], kind)
    return pd.Series(array, dtype=pd.ArrowDtype(kind)) if how & 16 else array


def listed(column: Any) -> list[object]:
    """Return the values of a column, None for missing ones."""
    if hasattr(column, "to_pylist"):
        column.validate(full=True)
        return list(column.to_pylist())
    return list(column.astype(object).where(column.notna(), None))
