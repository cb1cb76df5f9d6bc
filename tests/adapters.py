"""smppkit in the shape that tests/vectors/check_vectors.py asks for.

python tests/vectors/check_vectors.py --decode tests.adapters:decode --encode tests.adapters:encode …
"""

from typing import Any

import smppkit as sk
from smppkit.spec.commands import BY_NAME, class_name
from smppkit.spec.kinds import OCTETS
from smppkit.text.receipts import iso

RECEIPT = ("id", "sub", "dlvrd", "stat", "state", "final", "err", "text", "extra")


def decode(octets: bytes) -> dict[str, Any]:
    """Return header, fields and TLVs of one PDU; absent fields of a bare response are left out."""
    pdu = sk.decode(octets)
    values = {name: getattr(pdu, name) for name in pdu.field_names}
    fields = {
        name: [entry._asdict() for entry in value] if isinstance(value, tuple) else value
        for name, value in values.items()
        if value is not None
    }
    return {
        "command_id": pdu.command_id,
        "command_status": pdu.command_status,
        "sequence_number": pdu.sequence_number,
        "fields": fields,
        "tlvs": pdu.raw_tlvs,
    }


malformed = decode


def encode(pdu: dict[str, Any]) -> bytes:
    """Return the octets of a PDU described as in vectors.jsonl."""
    row = BY_NAME[pdu["command"]]
    fields: dict[str, Any] = {field.name: None for field in row.fields if not field.counts}
    if pdu["body_present"]:
        kinds = {field.name: field.kind for field in row.fields}
        fields = {
            name: bytes.fromhex(value) if kinds[name] == OCTETS else value
            for name, value in pdu["fields"].items()
            if name in fields
        }
    made = getattr(sk, class_name(row.name))(
        command_status=pdu["command_status"],
        sequence_number=pdu["sequence_number"],
        tlvs=[(int(tlv["tag"], 16), bytes.fromhex(tlv["value_hex"])) for tlv in pdu["tlvs"]],
        **fields,
    )
    return made.encode()


def receipts(text: str, esm_class: int, tlvs: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a receipt says, dates as ISO text of their own precision."""
    receipt = sk.parse_receipt(text, esm_class, tlvs)
    if receipt is None:
        return None
    dates = {name: iso(getattr(receipt, f"{name}_text") or "") for name in ("submit_date", "done_date")}
    return {name: getattr(receipt, name) for name in RECEIPT} | dates | {"recognised": True}


def gsm_pack(septets: bytes, fill_bits: int) -> bytes:
    """Return septets packed behind fill bits."""
    return sk.gsm7.pack(septets, fill_bits)


def gsm_encode(text: str, locking: str, single: str) -> bytes:
    """Return a text as septets, one an octet."""
    return sk.gsm7.encode(text, locking, single)


def split(text: str, reference_bits: int) -> tuple[str, list[int]]:
    """Return the encoding of a text and the units of each of its parts."""
    found = sk.plan(text, reference_bits)
    return found.encoding, list(found.units)
