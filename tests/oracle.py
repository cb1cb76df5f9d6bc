"""A second codec for the tests: the rows of spec read in plain Python, slowly, by rules written down here once more.

It shares no code with the core. ``decode`` gives what can be read or raises ``Refused``; ``encode`` writes fields as
they are told. The rules, beside those of the rows:

1.  A command_length below 16 or above 70,000 loses the stream. Octets missing or left over, and an unknown
    command_id, do not.
2.  A request has all its fields. A string may be longer than its row allows as long as it has its NUL and all that
    follows is there. When something is missing, the first string that passed its limit is to blame, else the field that
    lacks octets: a string without a NUL among as many octets as its limit, with the status of the field; octets fewer
    than counted, likewise; anything else with ESME_RINVCMDLEN.
3.  TLVs follow. One that runs past the end is to blame; one to three octets left over are not.
4.  A response may leave its fields out and have TLVs or nothing; may end between two fields, or in its last string.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smppkit.spec.commands import BY_ID, BY_NAME
from smppkit.spec.kinds import CSTRING, DESTINATIONS, FAILURES, OCTETS, RESPONSE, TIME, U8, Command, Tlv
from smppkit.spec.tlvs import BY_NAME as TLV_BY_NAME
from smppkit.spec.tlvs import BY_TAG

MOST = 70_000
MOST_TLVS = 1024


class Refused(Exception):  # noqa: N818
    """Octets that are no PDU: kind is "framing" or "decode"."""

    def __init__(self, kind: str, field: str, offset: int, status: int) -> None:
        super().__init__(kind, field, offset, status)
        self.place = (kind, field, offset, status)


class Lacking(Exception):  # noqa: N818
    """A field that is not there whole."""

    def __init__(self, offset: int, status: int, at_end: bool, long: bool = False) -> None:
        super().__init__()
        self.offset, self.status, self.at_end, self.long = offset, status, at_end, long


@dataclass
class Read:
    """What a PDU says."""

    command: str
    status: int
    number: int
    fields: dict[str, Any] = field(default_factory=dict)
    tlvs: list[tuple[int, bytes]] = field(default_factory=list)
    left: bytes = b""


def decode(octets: bytes) -> Read:
    said = int.from_bytes(octets[:4], "big")
    if len(octets) >= 4 and not 16 <= said <= MOST:
        raise Refused("framing", "command_length", 0, 2)
    if len(octets) < 16:
        name = ("command_length", "command_id", "command_status", "sequence_number")[len(octets) // 4]
        raise Refused("decode", name, len(octets), 2)
    if said != len(octets):
        raise Refused("decode", "command_length", min(said, len(octets)), 2)
    number = int.from_bytes(octets[4:8], "big")
    if number not in BY_ID:
        raise Refused("decode", "command_id", 4, 3)
    row = BY_ID[number]
    read = Read(row.name, int.from_bytes(octets[8:12], "big"), int.from_bytes(octets[12:16], "big"))
    body = octets[16:]
    if row.kind == RESPONSE and row.fields:
        read_response(row, body, read)
    else:
        read_whole(row, body, read)
    for absent in row.fields[len(read.fields) :]:
        read.fields[absent.name] = None
    return read


def outcome(octets: bytes) -> tuple[tuple[str, str, int, int] | None, Read | None]:
    """Return (place of the fault, None) or (None, what was read)."""
    try:
        return None, decode(octets)
    except Refused as refused:
        return refused.place, None


def read_whole(row: Command, body: bytes, read: Read) -> None:
    """Read fields and TLVs, all of them."""
    at, long = 0, None
    for one in row.fields:
        try:
            value, after, over = read_field(one, body, at, list(read.fields.values()))
        except Lacking as lacking:
            blamed = lacking if long is None else long
            error = Refused("decode", one.name if long is None else long.name, 16 + blamed.offset, blamed.status)
            error.lacking = blamed
            raise error from None
        if over and long is None and one.kind in (CSTRING, TIME):
            long = Lacking(at, one.status, False, True)
            long.name = one.name
        read.fields[one.name] = value
        at = after
    read.tlvs, read.left = read_tlvs(body, at)


def read_field(one: Any, body: bytes, at: int, before: list[Any]) -> tuple[Any, int, bool]:
    """Return value, where the next field begins, and whether a string passed its limit."""
    rest = body[at:]
    if one.kind == U8:
        if not rest:
            raise Lacking(at, 2, True)
        return rest[0], at + 1, False
    if one.kind in (CSTRING, TIME):
        text, nul, _ = rest.partition(b"\0")
        if not nul:
            too_long = len(rest) >= one.limit
            raise Lacking(at, one.status if too_long else 2, not rest, too_long)
        return text.decode("latin-1"), at + len(text) + 1, len(text) + 1 > one.limit
    count = before[-1]
    if one.kind == OCTETS:
        if len(rest) < count:
            raise Lacking(at, one.status, False)
        return rest[:count], at + count, False
    entries = []
    for _ in range(count):
        entry, at = read_entry(one.kind, body, at)
        entries.append(entry)
    return entries, at, False


def read_entry(kind: str, body: bytes, at: int) -> tuple[dict[str, Any], int]:
    rest = body[at:]
    if kind == DESTINATIONS:
        if not rest:
            raise Lacking(at, 2, False)
        if rest[0] not in (1, 2):
            raise Lacking(at, 0x40, False)
        skipped = 3 if rest[0] == 1 else 1
    else:
        skipped = 2
    text, nul, after = rest[skipped:].partition(b"\0")
    if not nul:
        unending = len(rest) - skipped >= 21
        raise Lacking(at, (0x34 if kind == DESTINATIONS and rest[0] == 2 else 0x0B) if unending else 2, False)
    end = at + skipped + len(text) + 1
    name = text.decode("latin-1")
    if kind == FAILURES:
        if len(after) < 4:
            raise Lacking(at, 2, False)
        code = int.from_bytes(after[:4], "big")
        address = {"dest_addr_ton": rest[0], "dest_addr_npi": rest[1], "destination_addr": name}
        return address | {"error_status_code": code}, end + 4
    if rest[0] == 2:
        return {"dl_name": name, "dest_flag": 2}, end
    return {"dest_addr_ton": rest[1], "dest_addr_npi": rest[2], "destination_addr": name, "dest_flag": 1}, end


def read_tlvs(body: bytes, at: int) -> tuple[list[tuple[int, bytes]], bytes]:
    found: list[tuple[int, bytes]] = []
    while len(body) - at >= 4:
        tag, size = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
        value = body[at + 4 : at + 4 + size]
        if len(value) < size:
            name = BY_TAG[tag].name if tag in BY_TAG else f"0x{tag:04X}"
            raise Refused("decode", name, 16 + at, 0xC0)
        if len(found) == MOST_TLVS:
            raise Refused("decode", "tlvs", 16 + at, 0xC0)
        found.append((tag, value))
        at += 4 + size
    return found, body[at:]


def legal(tag: int, value: bytes, rows: Mapping[int, Tlv] = BY_TAG) -> bool:
    """Tell whether a TLV of the standard has a length of the standard; the NUL of a string may be missing."""
    row = rows[tag]
    size = len(value) + (row.kind == "cstring" and value != b"" and not value.endswith(b"\0"))
    return row.least <= size <= row.most


def only_tlvs(body: bytes, known: bool) -> list[tuple[int, bytes]] | None:
    """Return the TLVs that fill a body, if nothing else does; ``known``: only legal ones of the standard."""
    try:
        tlvs, left = read_tlvs(body, 0)
    except Refused:
        return None
    if left or (known and not all(tag in BY_TAG and legal(tag, value) for tag, value in tlvs)):
        return None
    return tlvs


def read_response(row: Command, body: bytes, read: Read) -> None:
    if not body:
        return
    try:
        read_whole(row, body, read)
    except Refused as error:
        tlvs = only_tlvs(body, False)
        if tlvs is not None:
            read.fields, read.tlvs, read.left = {}, tlvs, b""
            return
        lacking = getattr(error, "lacking", None)
        if lacking is None or lacking.long or lacking.status != 2:
            raise
        one = row.fields[len(read.fields)]
        if one.kind not in (U8, CSTRING, TIME):
            raise
        if lacking.at_end:
            return
        if one.kind != CSTRING:
            raise
        read.fields[one.name] = body[lacking.offset :].decode("latin-1")
        return
    odd = read.left or any(tag in BY_TAG and not legal(tag, value) for tag, value in read.tlvs)
    tlvs = only_tlvs(body, True) if odd else None
    if tlvs is not None:
        read.fields, read.tlvs, read.left = {}, tlvs, b""


def typed(tag: int, value: bytes, rows: Mapping[int, Tlv] = BY_TAG) -> Any:
    """Return the value of a TLV by its row."""
    if tag not in rows or not legal(tag, value, rows) or rows[tag].kind == "octets":
        return value
    if rows[tag].kind == "int":
        return int.from_bytes(value, "big") if value else None
    return (value[:-1] if value.endswith(b"\0") else value).decode("latin-1")


def encode(
    command: str, fields: dict[str, Any], tlvs: list[tuple[Any, Any]], status: int = 0, number: int = 0
) -> bytes:
    """Write a PDU; ``fields`` None or without a name leave the body out, and names without a value are empty."""
    row = BY_NAME[command]
    given = {name: value for name, value in fields.items() if value is not None}
    bare = row.kind == RESPONSE and (
        (fields and not given) or (not fields and row.bare_on_error and status and not tlvs)
    )
    body = b"" if bare else b"".join(write_field(one, given, row) for one in row.fields)
    body += b"".join(write_tlv(key, value) for key, value in tlvs)
    header = (16 + len(body), row.command_id, status, number)
    return b"".join(value.to_bytes(4, "big") for value in header) + body


def write_field(one: Any, given: dict[str, Any], row: Command) -> bytes:
    value = given.get(one.name)
    if one.counts:
        return bytes([len(given.get(one.counts, b""))])
    if one.kind == U8:
        return bytes([value if value is not None else 0x34 if one.values == "interface_version" else 0])
    if one.kind in (CSTRING, TIME):
        return (value or "").encode("latin-1") + b"\0"
    if one.kind == OCTETS:
        return value or b""
    return b"".join(write_entry(one.kind, entry) for entry in value or ())


def write_entry(kind: str, entry: dict[str, Any]) -> bytes:
    if "dl_name" in entry:
        return b"\2" + entry["dl_name"].encode("latin-1") + b"\0"
    address = bytes([entry["dest_addr_ton"], entry["dest_addr_npi"]])
    address += entry["destination_addr"].encode("latin-1") + b"\0"
    return b"\1" + address if kind == DESTINATIONS else address + entry["error_status_code"].to_bytes(4, "big")


def write_tlv(key: str | int, value: Any) -> bytes:
    row = TLV_BY_NAME[key] if isinstance(key, str) else BY_TAG.get(key)
    tag = key if isinstance(key, int) else row.tag
    if value is None:
        value = b""
    elif isinstance(value, int):
        size = max(row.least, 1)
        while value >= 256**size:
            size += 1
        value = value.to_bytes(size, "big")
    elif isinstance(value, str):
        value = value.encode("latin-1") + b"\0"
    return tag.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
