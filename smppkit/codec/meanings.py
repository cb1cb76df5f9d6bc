"""What values mean, in the words of the standard: for one-line reprs, cards and annotated octets."""

from typing import TYPE_CHECKING

from ..spec.kinds import Command, Field, Tlv
from ..spec.statuses import BY_CODE, name_of
from ..spec.tlvs import BY_TAG
from ..spec.values import SERVICE_TYPES, describe
from ..text.coding import Decoded, decode_text

if TYPE_CHECKING:
    from .pdu import Pdu

MASK = "***"
PASSWORDS = frozenset({"password"})


def number(values: str, value: int) -> str:
    """Return the name of a number in an enumeration, or the number.

    >>> number("ton", 5), number("", 7), number("message_state", 2)
    ('ALPHANUMERIC', '7', 'DELIVERED')
    """
    return describe(values, value) if values else str(value)


def named(values: str, value: int) -> str:
    """Return a number with its name, where it has one.

    >>> named("ton", 5), named("ton", 77)
    ('5 ALPHANUMERIC', '77')
    """
    name = number(values, value)
    return name if name == str(value) else f"{value} {name}"


def section(row: Command) -> str:
    """Return where the standard describes a command.

    >>> from smppkit.spec.commands import BY_NAME
    >>> section(BY_NAME["submit_sm"]), section(BY_NAME["broadcast_sm"])
    ('SMPP 3.4, section 4.4.1', 'SMPP 5.0, section 4.4.1.1')
    """
    number, _, five = row.section.partition(" of ")
    return f"SMPP {five or '3.4'}, section {number}"


def status(code: int) -> str:
    """Return name and meaning of a command_status.

    >>> status(0x58), status(0)
    ('ESME_RTHROTTLED: account exceeded its rate', 'ESME_ROK')
    """
    row = BY_CODE.get(code)
    return f"{row.name}: {row.meaning}" if row and code else name_of(code)


def field(row: Field, value: object) -> str:
    """Return what the value of a mandatory field means; a password is masked, octets are counted.

    >>> field(Field("source_addr_ton", "u8", 1, 0x48, values="ton"), 5)
    '5 ALPHANUMERIC'
    >>> field(Field("password", "cstring", 9, 0x0E), "secret08")
    '***'
    """
    if row.name in PASSWORDS:
        return MASK
    if isinstance(value, bytes):
        return octets(value)
    if isinstance(value, tuple):
        return ", ".join(entry(one) for one in value) or "empty"
    if isinstance(value, int):
        return named(row.values, value)
    meaning = SERVICE_TYPES.get(str(value), "") if row.values == "service_type" else ""
    return f"{value!r} ({meaning})" if meaning else repr(value)


def entry(value: object) -> str:
    """Return one entry of a list field in a few words.

    >>> from smppkit._core.entries import DistributionList, SmeAddress, UnsuccessSme
    >>> entry(SmeAddress(1, 1, "3247")), entry(DistributionList("friends")), entry(UnsuccessSme(1, 1, "3247", 11))
    ("'3247'", "list 'friends'", "'3247' ESME_RINVDSTADR")
    """
    if hasattr(value, "dl_name"):
        return f"list {value.dl_name!r}"
    address = repr(getattr(value, "destination_addr", value))
    return f"{address} {name_of(value.error_status_code)}" if hasattr(value, "error_status_code") else address


def octets(value: bytes) -> str:
    """Return how many octets there are.

    >>> octets(b"hi"), octets(b"x")
    ('2 octets', '1 octet')
    """
    return f"{len(value):,} octet" + ("" if len(value) == 1 else "s")


def tlv_row(pdu: "Pdu", tag: int) -> Tlv | None:
    """Return the row of a tag, by the standard or by the PDU's profile.

    >>> import smppkit as sk
    >>> tlv_row(sk.EnquireLink(), 0x0424).name
    'message_payload'
    """
    return BY_TAG.get(tag) or (pdu.profile.by_tag.get(tag) if pdu.profile else None)


def tlv(row: Tlv | None, value: object) -> str:
    """Return what the value of a TLV means.

    >>> tlv(BY_TAG[0x0427], 2), tlv(BY_TAG[0x0423], bytes.fromhex("03001b")), tlv(None, b"\\x01\\xff")
    ('2 DELIVERED', 'GSM error 27', '01 ff')
    """
    if isinstance(value, int):
        return named(row.values if row else "", value)
    if not isinstance(value, bytes):
        return "no value" if value is None else repr(value)
    if row and row.name == "network_error_code" and len(value) == 3:
        kind = number("network_error_type", value[0])
        return repr(value.decode()) if value.isdigit() else f"{kind} error {int.from_bytes(value[1:], 'big')}"
    return f"{value[:32].hex(' ')}…" if len(value) > 32 else value.hex(" ") or "empty"


def message(pdu: "Pdu") -> Decoded | None:
    """Return the decoded user data of a PDU, from short_message or else message_payload; None when it has neither.

    >>> import smppkit as sk
    >>> message(sk.SubmitSm(short_message=b"hi")).text
    'hi'
    """
    value = getattr(pdu, "short_message", None) or pdu.tlvs.get("message_payload")
    if not isinstance(value, bytes) or not value:
        return None
    codings = pdu.profile.codings if pdu.profile else None
    return decode_text(value, getattr(pdu, "data_coding", None) or 0, getattr(pdu, "esm_class", None) or 0, codings)


def text(decoded: Decoded) -> str:
    """Return a decoded message in one line: its text, or how much data there is, and its header.

    >>> text(decode_text(bytes.fromhex("050003cc0201") + b"hi", 0, 0x40))
    "'hi' (gsm7, part 1 of 2, reference 204)"
    """
    said = [decoded.alphabet]
    header = decoded.header
    if header and header.width:
        said.append(f"part {header.number} of {header.total}, reference {header.reference}")
    if header and header.destination_port is not None:
        said.append(f"to port {header.destination_port} from {header.source_port}")
    if decoded.note:
        said.append(decoded.note)
    what = octets(decoded.octets) if decoded.text is None else repr(decoded.text)
    return f"{what} ({', '.join(said)})"
