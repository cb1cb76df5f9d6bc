"""Targets that read or build PDUs: one, from columns, many in a buffer; and their TLVs."""

# ruff: noqa: PT017  an error is as good an answer as any, and is looked at

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

import smppkit as sk
from smppkit._core import columns as core_columns
from smppkit._core import scan as core_scan
from smppkit.codec.problems import in_cell
from smppkit.fold.fold import TABLES as FOLDED
from smppkit.fold.fold import Fold
from smppkit.journal.masking import masked
from smppkit.journal.memory import MemoryLog
from smppkit.profiles import Profile
from smppkit.protocol.splitter import Splitter
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.kinds import DESTINATIONS, FAILURES, OCTETS, U8, Field
from smppkit.spec.tlvs import BY_NAME as TLV_BY_NAME
from smppkit.spec.tlvs import BY_TAG
from smppkit.text.coding import decode_text
from tests import oracle
from tests.core.unbreakable import (
    COLUMNS,
    CORE_COLUMNS,
    TABLES,
    decoded,
    exact,
    plain_scan,
    read_whole,
    rebuilt,
    scanned,
)


def decode(octets: bytes) -> None:
    """One PDU: as the oracle reads it; built again it says the same."""
    pdu = decoded(octets)
    if pdu is not None:
        rebuilt(pdu)
        assert pdu.replace() == pdu


def decode_lean(octets: bytes) -> None:
    pdu = read_whole(octets)
    if pdu is not None:
        rebuilt(pdu)
        assert pdu.replace() == pdu


def decode_whole(octets: bytes) -> None:
    """The same with a command_length that fits, so that bodies are reached."""
    if len(octets) >= 16:
        decode(len(octets).to_bytes(4, "big") + octets[4:])


def decode_whole_lean(octets: bytes) -> None:
    if len(octets) >= 16:
        decode_lean(len(octets).to_bytes(4, "big") + octets[4:])


def values(octets: bytes) -> None:
    """Values of fields that nobody checked: built, or refused by an EncodeError of that field or TLV."""
    for names, given, pdu in unchecked(octets):
        assert sk.decode(pdu.encode()) == pdu
        made, offsets = sk.encode_many(
            "submit_sm", {name: [given[name]] for name in names} if "tlvs" not in given else dict(pdu.raw_tlvs)
        )
        assert made == pdu.encode()
        assert offsets.tolist() == [0, len(made)]


def values_lean(octets: bytes) -> None:
    for _, _, pdu in unchecked(octets):
        assert sk.decode(pdu.encode()) == pdu


def unchecked(octets: bytes) -> Iterator[tuple[tuple[str, ...], dict[str, Any], sk.Pdu]]:
    """Yield the names an error may bear, what was given and the PDU that was built, where it was not refused."""
    word, number = octets.decode("utf-8", "surrogateescape"), int.from_bytes(octets[:9], "big", signed=True)
    fields = {"source_addr": word, "short_message": octets, "data_coding": number, "validity_period": word[:16]}
    given: list[tuple[tuple[str, ...], dict[str, Any]]] = [((name,), {name: value}) for name, value in fields.items()]
    tag = number & 0xFFFF
    given += [
        (("tlvs",) if not 0 <= number <= 0xFFFF else name_of(number), {"tlvs": [(number, octets)]}),
        (name_of(tag), {"tlvs": [(tag, octets)]}),
        (name_of("source_port"), {"tlvs": {"source_port": number}}),
        (name_of("callback_num"), {"tlvs": {"callback_num": octets}}),
        (name_of(word), {"tlvs": {word: number}}),
    ]
    for names, keywords in given:
        try:
            pdu = sk.SubmitSm(**keywords)
        except sk.EncodeError as error:
            assert error.field in names, (error.field, names)
            assert "\n" not in str(error)
        else:
            yield names, keywords, pdu


def name_of(key: str | int) -> tuple[str, ...]:
    """Return what an error about the TLV of this name or tag calls it: its name, or tlvs when there is no such."""
    if isinstance(key, str):
        return (key if key in TLV_BY_NAME else "tlvs",)
    return (BY_TAG[key].name if key in BY_TAG else "tlvs",)


def encode_many(octets: bytes) -> None:
    """Rows of any command from columns: what its class builds of each row, or an error that names the first bad one."""
    row = ROWS[octets[0] % len(ROWS)] if octets else ROWS[0]
    cells = octets[1:].split(b"\xff", 7)
    wanted = [field for field in row.fields if not field.counts and field.kind not in (DESTINATIONS, FAILURES)]
    table = {field.name: [cell_of(field, place, cell) for cell in cells] for place, field in enumerate(wanted)}
    rows = [{name: column[at] for name, column in table.items()} for at in range(len(cells))]
    built = []
    for at, fields in enumerate(rows):
        try:
            built.append(getattr(sk, class_name(row.name))(**fields).encode())
        except sk.EncodeError as alone:
            refused_alike(row.name, table, at, alone)
            return
    if table:
        made, offsets = sk.encode_many(row.name, table)
        assert [made[offsets[at] : offsets[at + 1]] for at in range(len(rows))] == built


def refused_alike(command: str, table: Any, at: int, alone: sk.EncodeError, profile: Profile | None = None) -> None:
    """A table whose row ``at`` is the first bad one says so, and what building that PDU alone says."""
    try:
        sk.encode_many(command, table, profile)
    except sk.EncodeError as error:
        assert str(error) in (f"row {at}, column {alone}", f"row {at}: {alone}")
        assert (error.field, error.command_status) == (alone.field, alone.command_status)
    else:
        raise AssertionError(f"row {at} was encoded, though alone it is refused: {alone}")


def cell_of(field: Field, place: int, cell: bytes) -> object:
    """Return what of a cell is the value of a field: a number, octets, or text that may be too long or not ASCII."""
    if field.kind == U8:
        return cell[place % len(cell)] if cell else 0
    if field.kind == OCTETS:
        return cell[: 254 + place]
    return cell[place % 5 :][: field.limit].decode("latin-1")


def scan(octets: bytes) -> None:
    """A buffer of PDUs: found where plain Python finds them."""
    for offset, length in scanned(exact(octets)):
        assert len(octets[offset : offset + length]) == length


def scan_lean(octets: bytes) -> None:
    found, consumed, absurd = plain_scan(octets)
    columns, end, fault = core_scan.scan(exact(octets), oracle.MOST)
    assert (memoryview(columns[0]).tolist(), end, fault) == ([at for at, _ in found], consumed, absurd)


def splitter(octets: bytes) -> None:
    """The same octets in pieces of one size: the PDUs of the whole, and its fault."""
    size, whole = (octets[0] or 1, octets[1:]) if octets else (1, b"")
    found, consumed, absurd = plain_scan(whole)
    held, pdus, lost = Splitter(oracle.MOST), [], None
    for at in range(0, len(whole), size):
        split = held.feed(whole[at : at + size], 1.0)
        assert len(held) <= oracle.MOST + size
        if split:
            ends = zip(split.found.offset.tolist(), split.found.length.tolist(), strict=True)
            pdus += [split.octets[offset : offset + length] for offset, length in ends]
            lost = split.lost
        if lost:
            break
    assert pdus == [whole[offset : offset + length] for offset, length in found]
    assert bool(lost) == absurd
    assert lost is not None or len(held) == len(whole) - consumed


def columns(octets: bytes) -> None:
    """Every column of a buffer: a row for each PDU and for what is left; fields as the PDU alone has them."""
    pieces = [octets[at : at + length] for at, length in places_of(octets)]
    table = sk.frame(octets, COLUMNS)
    assert len(table) == len(pieces)
    problems = table["problem"].fillna("")
    alone = {name: sk.frame(octets, [name])[name] for name in ("text", "receipt_id", "problem", "message_id")}
    assert all(table[name].equals(column) for name, column in alone.items())
    for row, piece in enumerate(pieces):
        assert table["raw"].iloc[row] == masked(piece)
        assert problems.iloc[row] == told(piece)
        _, read = oracle.outcome(piece)
        if read is None:
            assert told(piece)
            continue
        assert table["sequence_number"].iloc[row] == read.number
        for name, value in read.fields.items():
            if name != "password":
                assert same(table[name].iloc[row], value), name
        firsts = dict(reversed(read.tlvs))
        for tag in firsts.keys() & BY_TAG.keys():
            value = oracle.typed(tag, firsts[tag])
            if oracle.legal(tag, firsts[tag]):
                assert same(table[BY_TAG[tag].name].iloc[row], value), hex(tag)
        short = read.fields.get("short_message")
        if short and "message_payload" not in map(name_of_tag, firsts) and read.command in ("submit_sm", "deliver_sm"):
            text = decode_text(short, read.fields["data_coding"], read.fields["esm_class"]).text
            assert same(table["text"].iloc[row], text)


def places_of(octets: bytes) -> list[tuple[int, int]]:
    """Return (offset, length) of each row of a buffer: its PDUs, and what is left behind them."""
    found, consumed, _ = plain_scan(octets)
    return found + ([(consumed, len(octets) - consumed)] if consumed < len(octets) else [])


def name_of_tag(tag: int) -> str:
    return BY_TAG[tag].name if tag in BY_TAG else hex(tag)


def same(cell: object, value: object) -> bool:
    """Whether a cell of a frame says what the oracle read: of entries a cell has the fields of either kind."""
    if isinstance(value, list):
        return (
            isinstance(cell, list | np.ndarray)
            and [{name: said for name, said in entry.items() if said is not None} for entry in cell] == value
        )
    return bool(pd.isna(cell)) if value is None else cell == value


def told(piece: bytes, profile: Profile | None = None) -> str:
    """What the codec says is wrong with a PDU, or odd about it."""
    try:
        return in_cell(sk.decode(piece, profile).problems)
    except sk.PduError as error:
        return str(error)


def columns_lean(octets: bytes) -> None:
    """The same without pandas: what the core writes, beside the PDUs one by one."""
    places = places_of(octets)
    offsets, lengths = [at for at, _ in places], [length for _, length in places]
    made = core_columns.decode(exact(octets), offsets, lengths, CORE_COLUMNS, odd=True)
    assert {len(column) for column in made.values()} == {len(places)}
    read = cache(lambda name: made[name].to_list())
    for row, (at, length) in enumerate(places):
        pdu = read_whole(octets[at : at + length])
        assert pdu is not None or read("problem")[row]
        assert pdu is None or read("sequence_number")[row] == pdu.sequence_number
        for name in pdu.field_names if pdu else ():
            value = getattr(pdu, name)
            assert not isinstance(value, str | int) or name == "password" or read(name)[row] == value, name


def journal_of(octets: bytes) -> MemoryLog:
    """Return the PDUs of a buffer, and what is left behind them, as a log of one record each millisecond."""
    found, consumed, _ = plain_scan(octets)
    journal = MemoryLog(complete=True)
    for row, (at, length) in enumerate(found):
        journal.append(octets[at : at + length], time=row * 10**6, direction=octets[at + length - 1] & 1)
    journal.append(octets[consumed:], time=len(found) * 10**6, direction=0)
    return journal


def log(octets: bytes) -> None:
    """The same records as a log: every table of the fold, whatever the records say."""
    from smppkit.frames import Log

    journal = journal_of(octets)
    with Log(journal) as held:
        sizes = {name: len(getattr(held, name)) for name in TABLES}
        assert sizes["pdus"] == len(plain_scan(octets)[0]) + 1
        assert sizes["messages"] <= sizes["parts"]
        assert isinstance(held._repr_html_() + repr(held), str)


def log_lean(octets: bytes) -> None:
    """The tables of the fold without pandas."""
    fold = Fold(journal_of(octets))
    for name in FOLDED:
        assert {len(column.to_list()) for column in fold.table(name).values()} <= {fold.count(name)}
    assert fold.count("messages") <= fold.count("parts")


def tlvs(octets: bytes) -> None:
    """TLVs by themselves, behind a header that fits."""
    pdu = decoded((16 + len(octets)).to_bytes(4, "big") + bytes.fromhex("000000150000000000000001") + octets)
    if pdu is None:
        return
    found, _ = oracle.read_tlvs(octets, 0)
    assert len(pdu.tlvs) == len({tag for tag, _ in found})
    assert all(key in pdu.tlvs and pdu.tlvs[key] == value for key, value in pdu.tlvs.items())
    for tag, _ in found:
        assert pdu.tlvs.getall(tag) == [oracle.typed(tag, value) for other, value in found if other == tag]
    rebuilt(pdu)


def tlvs_lean(octets: bytes) -> None:
    pdu = read_whole((16 + len(octets)).to_bytes(4, "big") + bytes.fromhex("000000150000000000000001") + octets)
    if pdu is not None:
        tags = [tag for tag, _ in pdu.raw_tlvs]
        assert len(pdu.tlvs) == len(set(tags))
        assert sum(len(pdu.tlvs.getall(tag)) for tag in set(tags)) == len(tags)
        assert pdu.tlvs == dict(pdu.tlvs.items())
        rebuilt(pdu)
