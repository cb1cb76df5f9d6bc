"""Targets that read and build with a profile: one PDU, columns of many, and tables of lists and TLVs to encode."""

from functools import cache
from typing import Any

import pandas as pd

import smppkit as sk
from smppkit._core import columns as core_columns
from smppkit._core.entries import DistributionList, SmeAddress, UnsuccessSme
from smppkit.profiles import Profile
from smppkit.spec.commands import ROWS, class_name
from smppkit.spec.kinds import DESTINATIONS, FAILURES, OCTETS, U8, Command, Field, Tlv
from smppkit.spec.tlvs import BY_NAME, BY_TAG
from smppkit.text.coding import column_table, decode_text
from tests import oracle
from tests.core.pdu_targets import places_of, refused_alike, same, told
from tests.core.unbreakable import COUNTS, Draws, exact, read_whole

PROFILE = Profile(
    "fuzzed",
    tlvs=[
        Tlv(0x1400, "stamp", "int", 2, 4),
        Tlv(0x1401, "billing", "cstring", 1, 10),
        Tlv(0x1402, "blob", "octets", 1, 6),
        Tlv(0x1403, "several", "cstring", 0, 5, repeats=True),
        Tlv(0x1404, "wide", "int", 0, 8),
        Tlv(0x8081, "of_some", "octets", 3, 3, commands=("submit_sm", "deliver_sm")),
    ],
    codings={0: "latin1", 1: "gsm7", 2: "gsm7-packed", 3: "ucs2", 8: "octets", 0xF1: "cyrillic", 0xF5: "jis"},
)
KNOWN = {**BY_TAG, **PROFILE.by_tag}
BY_TAGS = {f"0x{tag:04X}": tag for tag in (*PROFILE.by_tag, 0x1500)}
NAMES = [*PROFILE.by_name, *BY_TAGS, "source_port", "problem", "text", "sequence_number"]
GREATEST = (1 << 63) - 1
"""Of a column of whole numbers."""


def profiles(octets: bytes) -> None:
    """A buffer read with a profile: each PDU alone and its row say what oracle and profile say."""
    places = places_of(octets)
    table = sk.frame(octets, NAMES, profile=PROFILE)
    assert len(table) == len(places)
    problems = sk.frame(octets, ["problem"], profile=PROFILE)["problem"]
    assert table["problem"].equals(problems)
    for row, (at, length) in enumerate(places):
        piece = octets[at : at + length]
        cells = {name: table[name].iloc[row] for name in NAMES}
        assert same(cells.pop("problem"), told(piece, PROFILE) or None)
        _, read = oracle.outcome(piece)
        if read is None:
            assert all(pd.isna(cell) for cell in [*map(cells.get, (*PROFILE.by_name, *BY_TAGS))])
            continue
        assert cells["sequence_number"] == read.number
        pdu = sk.decode(piece, PROFILE)
        assert pdu.profile is PROFILE
        read_alike(pdu, read, cells)
        built_by_name(pdu)


def read_alike(pdu: sk.Pdu, read: oracle.Read, cells: dict[str, Any]) -> None:
    """What a PDU and its row say of TLVs and text is what their octets mean by the profile."""
    assert pdu.raw_tlvs == read.tlvs
    firsts = dict(reversed(read.tlvs))
    for tag, row in PROFILE.by_tag.items():
        every = [oracle.typed(tag, value, KNOWN) for other, value in read.tlvs if other == tag]
        assert pdu.tlvs.getall(tag) == pdu.tlvs.getall(row.name) == every
        assert (row.name in pdu.tlvs) == bool(every)
        assert not every or pdu.tlvs[tag] == pdu.tlvs[row.name] == every[0]
        assert same(cells[row.name], cell_of(row, firsts.get(tag)))
    for name, tag in BY_TAGS.items():
        assert same(cells[name], firsts.get(tag)), name
    assert same(cells["source_port"], cell_of(BY_NAME["source_port"], firsts.get(BY_NAME["source_port"].tag)))
    short = read.fields.get("short_message")
    if short and BY_NAME["message_payload"].tag not in firsts and read.command in ("submit_sm", "deliver_sm"):
        said = decode_text(short, read.fields["data_coding"], read.fields["esm_class"], PROFILE.codings).text
        assert same(cells["text"], said)


def cell_of(row: Tlv, value: bytes | None) -> object:
    """Return what a column has for a value: the length that it should have does not matter there."""
    if value is None or row.kind == "octets":
        return value
    if row.kind == "int":
        number = int.from_bytes(value, "big")
        return number if 1 <= len(value) <= 8 and number <= GREATEST else None
    return (value[:-1] if value.endswith(b"\0") else value).decode("latin-1")


def built_by_name(pdu: sk.Pdu) -> None:
    """Build a PDU from its TLVs by their names and values: the same octets, or what says the same and stays so."""
    again = named(pdu)
    if again is None:
        assert pdu.problems, f"{pdu!r} cannot be built again, but nothing about it is odd"
        return
    if has_body(again) != has_body(pdu):  # TLVs alone were read as the body that is left out
        return
    meant = [(tag, oracle.typed(tag, value, KNOWN)) for tag, value in pdu.raw_tlvs]
    assert [(tag, oracle.typed(tag, value, KNOWN)) for tag, value in again.raw_tlvs] == meant
    if all(is_shortest(tag, value) for tag, value in pdu.raw_tlvs):
        assert again.raw_tlvs == pdu.raw_tlvs
        assert pdu.problems or again.encode() == pdu.encode()
    back = sk.decode(again.encode(), PROFILE)
    assert back == again
    once_more = named(back)
    assert once_more is not None
    assert once_more.encode() == again.encode()


def has_body(pdu: sk.Pdu) -> bool:
    return any(getattr(pdu, name) is not None for name in pdu.field_names)


def named(pdu: sk.Pdu) -> sk.Pdu | None:
    """Build a PDU again; TLVs by their names where they have one and a length of theirs, else as they lie there."""
    fields = {name: getattr(pdu, name) for name in pdu.field_names if name not in COUNTS}
    tlvs: list[tuple[str | int, object]] = []
    for tag, value in pdu.raw_tlvs:
        meant = oracle.typed(tag, value, KNOWN)
        by_name = tag in KNOWN and oracle.legal(tag, value, KNOWN) and not (isinstance(meant, str) and "\0" in meant)
        tlvs.append((KNOWN[tag].name, meant) if by_name else (tag, value))
    header = {"command_status": pdu.command_status, "sequence_number": pdu.sequence_number}
    try:
        made: sk.Pdu = getattr(sk, class_name(pdu.command))(tlvs=tlvs, profile=PROFILE, **fields, **header)
    except sk.EncodeError:
        return None
    return made


def is_shortest(tag: int, value: bytes) -> bool:
    """Whether a value is written as it is built: a number in as few octets as it may have, a string with its NUL."""
    if tag not in KNOWN or not oracle.legal(tag, value, KNOWN) or KNOWN[tag].kind == "octets":
        return True
    if KNOWN[tag].kind == "cstring":
        return value.endswith(b"\0")
    return not value or len(value) <= max(KNOWN[tag].least, 1) or value[0] > 0


def profiles_lean(octets: bytes) -> None:
    """The same without pandas: what the core writes, beside the PDUs one by one."""
    places = places_of(octets)
    offsets, lengths = [at for at, _ in places], [length for _, length in places]
    names = [*PROFILE.by_name, "problem", "text", "sequence_number"]
    codings = column_table(PROFILE.codings)
    made = core_columns.decode(
        exact(octets), offsets, lengths, names, codings=codings, vendor=PROFILE.by_name, odd=True
    )
    assert {len(column) for column in made.values()} == {len(places)}
    read = cache(lambda name: made[name].to_list())
    for row, (at, length) in enumerate(places):
        pdu = read_whole(octets[at : at + length], PROFILE)
        assert pdu is not None or read("problem")[row]
        if pdu is None:
            continue
        assert read("sequence_number")[row] == pdu.sequence_number
        firsts = dict(reversed(pdu.raw_tlvs))
        for tag, known in PROFILE.by_tag.items():
            assert read(known.name)[row] == cell_of(known, firsts.get(tag)), known.name
        built_by_name(pdu)


# ---- tables to encode ----


KEYS: tuple[str | int, ...] = (
    *PROFILE.by_name,
    *PROFILE.by_tag,
    *(
        0x1500,
        "source_port",
        0x020A,
        "receipted_message_id",
        0x001E,
        "message_payload",
        "callback_num",
        "its_reply_type",
    ),
)
"""By which TLV columns are called: names and tags, of the profile, of the standard and of nobody."""
OUTSIDE = (256, -1, 1 << 32, 1 << 63, (1 << 64) - 1, 1 << 64, 70_000, -(1 << 63))
"""Numbers that hardly anything holds."""


def tables(octets: bytes) -> None:
    """Rows of any command with lists and TLVs, in tables of any kind: what its class builds of each row.

    Or an error that names the first bad row.
    """
    draws = Draws(octets)
    row, kind, count = ROWS[draws.number(len(ROWS))], draws.number(4), 1 + draws.number(5)
    columns, alone = drawn(draws, row, count)
    count = count if len(alone) < len(columns) else 1
    values = {key: [column] * count if key in alone else column for key, column in columns.items()}
    table = table_of(kind, columns, values, alone)
    built = []
    for at in range(count):
        try:
            built.append(built_of(row, values, at))
        except sk.EncodeError as error:
            refused_alike(row.name, table, at, error, PROFILE)
            return
    made, offsets = sk.encode_many(row.name, table, PROFILE)
    assert [made[offsets[at] : offsets[at + 1]] for at in range(count)] == built
    assert (len(offsets), offsets[0], offsets[-1]) == (count + 1, 0, len(made))


def drawn(draws: Draws, row: Command, count: int) -> tuple[dict[str | int, Any], set[str | int]]:
    """Return columns, and which of them are one value for all rows."""
    ways: dict[str | int, Any] = {}
    for field in row.fields:
        if not field.counts and (field.kind == DESTINATIONS or draws.number(4)):
            ways[field.name] = lambda field=field: value_of(draws, field)
    for _ in range(draws.number(5)):
        key, ready = KEYS[draws.number(len(KEYS))], draws.number(4) == 1
        ways[key] = lambda key=key, ready=ready: tlv_of(draws, key, ready)
    for name in ("command_status", "sequence_number")[: draws.number(3)]:
        ways[name] = lambda: int.from_bytes(draws.piece(6), "big") if draws.number(32) != 1 else None
    alone = {key for key in ways if draws.number(8) == 1}
    return {key: way() if key in alone else [way() for _ in range(count)] for key, way in ways.items()}, alone


def value_of(draws: Draws, field: Field) -> Any:
    """Return a value of a field, which may be missing or not fit."""
    how = draws.number(32)
    if how == 1:
        return None
    if field.kind == U8:
        return OUTSIDE[draws.number(len(OUTSIDE))] if how == 2 else draws.number(256)
    if field.kind == OCTETS:
        return draws.piece() * (1 + 9 * (how == 2))
    if field.kind in (DESTINATIONS, FAILURES):
        return [entry_of(draws, field.kind) for _ in range(254 + draws.number(3) if how == 2 else draws.number(4))]
    return draws.piece(field.limit + (how == 2)).decode("latin-1") + "Ж" * (how == 3)


def entry_of(draws: Draws, kind: str) -> Any:
    """Return an entry of a list, as an object or as a mapping."""
    how, name = draws.number(8), draws.piece(22).decode("latin-1")
    if kind == FAILURES:
        failed = UnsuccessSme(draws.number(256), how, name, int.from_bytes(draws.piece(6), "big"))
        return failed._asdict() if how & 1 else failed
    if how == 5:
        return {"destination_addr": name}
    entry = DistributionList(name) if how & 2 else SmeAddress(draws.number(256), draws.number(256), name)
    return {key: value for key, value in entry._asdict().items() if key != "dest_flag"} if how & 1 else entry


def tlv_of(draws: Draws, key: str | int, ready: bool) -> Any:
    """Return a value of a TLV, which may be missing or not fit; ``ready`` is octets as they will lie there."""
    how = draws.number(16)
    if how == 1:
        return None
    row = BY_NAME.get(str(key)) or PROFILE.by_name.get(str(key)) or KNOWN.get(key if isinstance(key, int) else 0)
    octets = draws.piece(14)
    if ready or row is None or row.kind == "octets":
        return octets
    if row.kind == "cstring":
        return octets.decode("latin-1") + "Ж" * (how == 3)
    return OUTSIDE[draws.number(len(OUTSIDE))] if how == 2 else int.from_bytes(octets[:8], "big")


def table_of(kind: int, columns: dict[str | int, Any], values: dict[str | int, Any], alone: set[str | int]) -> Any:
    """Return columns as lists, tuples, Series or a DataFrame of objects."""
    if kind == 3 and columns:
        return pd.DataFrame({key: pd.Series(column, dtype=object) for key, column in values.items()})
    many: Any = (list, tuple, lambda column: pd.Series(column, dtype=object), list)[kind]
    return {key: column if key in alone else many(column) for key, column in columns.items()}


def built_of(row: Command, values: dict[str | int, Any], at: int) -> bytes:
    """Return the octets of one row, built by its class."""
    plain = {field.name for field in row.fields} | {"command_status", "sequence_number"}
    fields = {str(key): column[at] for key, column in values.items() if key in plain}
    tlvs = [(key, column[at]) for key, column in values.items() if key not in plain and column[at] is not None]
    made: sk.Pdu = getattr(sk, class_name(row.name))(tlvs=tlvs, profile=PROFILE, **fields)
    return made.encode()
