"""Random PDUs made from the spec rows, octet by octet, together with what a decoder has to find in them."""

import random
import struct
from typing import Any

from smppkit.spec import commands, kinds, tlvs

LETTERS = "abcXYZ019 -_é\xff"


def header(command_id: int, status: int, sequence: int, body: bytes) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence) + body


def tlv(tag: int, value: bytes) -> bytes:
    return struct.pack(">HH", tag, len(value)) + value


def _text(rng: random.Random, most: int) -> str:
    return "".join(rng.choice(LETTERS) for _ in range(rng.choice((0, 1, most, rng.randrange(most + 1)))))


def _address(rng: random.Random) -> tuple[bytes, dict[str, Any]]:
    ton, npi, address = rng.randrange(7), rng.randrange(10), _text(rng, 20)
    wire = bytes((ton, npi)) + address.encode("latin-1") + b"\0"
    return wire, {"dest_addr_ton": ton, "dest_addr_npi": npi, "destination_addr": address}


def _destination(rng: random.Random) -> tuple[bytes, dict[str, Any]]:
    if rng.random() < 0.3:
        name = _text(rng, 20)
        return b"\2" + name.encode("latin-1") + b"\0", {"dest_flag": 2, "dl_name": name}
    wire, entry = _address(rng)
    return b"\1" + wire, {"dest_flag": 1, **entry}


def _failure(rng: random.Random) -> tuple[bytes, dict[str, Any]]:
    wire, entry = _address(rng)
    status = rng.randrange(1 << 32)
    return wire + status.to_bytes(4, "big"), entry | {"error_status_code": status}


def _field(rng: random.Random, field: kinds.Field, given: dict[str, Any]) -> tuple[bytes, Any]:
    """The octets and the value of one field; counts were drawn before what they count."""
    if field.kind == kinds.U8:
        return bytes((given[field.name],)), given[field.name]
    if field.kind == kinds.TIME:
        text = rng.choice(("", "261122101600000+", "000001000000000R"))
        return text.encode() + b"\0", text
    if field.kind == kinds.CSTRING:
        text = _text(rng, field.limit - 1)
        return text.encode("latin-1") + b"\0", "***" if field.name == "password" else text
    if field.kind == kinds.OCTETS:
        octets = rng.randbytes(given["sm_length"])
        return octets, octets
    make, count = (_destination, "number_of_dests") if field.kind == kinds.DESTINATIONS else (_failure, "no_unsuccess")
    entries = [make(rng) for _ in range(given[count])]
    return b"".join(wire for wire, _ in entries), [entry for _, entry in entries]


def _tlv(rng: random.Random, row: kinds.Tlv) -> tuple[bytes, Any]:
    size = rng.randint(row.least, min(row.most, row.least + 20))
    if row.kind == "int":
        octets = rng.randbytes(size)
        return octets, int.from_bytes(octets, "big") if size else None
    if row.kind == "cstring":
        text = "".join(rng.choice(LETTERS) for _ in range(size - 1))
        return text.encode("latin-1") + b"\0", text
    octets = rng.randbytes(size)
    return octets, octets


def make(rng: random.Random) -> tuple[bytes, dict[str, Any]]:
    """One whole PDU, and the value of every column of the header, of mandatory fields and of TLVs."""
    command = rng.choice(commands.ROWS)
    status = rng.choice((0, 0, 0, 8, 0x58, 0xFFFFFFFF))
    sequence = rng.randrange(1 << 32)
    expected: dict[str, Any] = {"command_id": command.command_id, "command_status": status, "sequence_number": sequence}
    bare = command.kind == kinds.RESPONSE and rng.random() < 0.2
    body = b""
    if not bare:
        given = {field.name: rng.randrange(256) for field in command.fields}
        given["number_of_dests"] = rng.randrange(1, 4)
        given["no_unsuccess"] = rng.randrange(3)
        for field in command.fields:
            octets, expected[field.name] = _field(rng, field, given)
            body += octets
        for row in rng.sample(tlvs.ROWS, rng.choice((0, 0, 1, 2, 5))):
            octets, value = _tlv(rng, row)
            body += tlv(row.tag, octets)
            if row.name not in expected:  # message_state of query_sm_resp is the field
                expected[row.name] = value
            if rng.random() < 0.1:
                body += tlv(row.tag, _tlv(rng, row)[0])  # the first value counts
    pdu = header(command.command_id, status, sequence, body)
    return pdu, expected | {"command_length": len(pdu)}
