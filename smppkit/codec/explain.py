"""A PDU octet by octet: where each stands, what it is, and what it means."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from .._core.faults import plural
from ..spec.commands import BY_ID
from . import meanings

if TYPE_CHECKING:
    from .pdu import Pdu

_PER_LINE = 8
_LINES = 8  # of octets shown for one value; the value itself stands beside them whole
_HEADER = ("command_length", "command_id", "command_status", "sequence_number")


class Item(NamedTuple):
    """One value of a PDU: where it begins, its octets in hexadecimal, its name, and what it means.

    >>> Item(4, "00 00 00 15", "command_id", "enquire_link").name
    'command_id'
    """

    offset: int
    octets: str
    name: str
    meaning: str


def items(pdu: "Pdu") -> Iterator[Item]:
    """Yield every value of a PDU in wire order; a password is masked, its octets too.

    >>> import smppkit as sk
    >>> [item.meaning for item in items(sk.EnquireLink(sequence_number=7))]
    ['16 octets', 'enquire_link', 'ESME_ROK', '7']
    """
    octets = pdu.encode()
    said = (f"{len(pdu):,} octets", pdu.command, meanings.status(pdu.command_status), str(pdu.sequence_number))
    for i, (name, meaning) in enumerate(zip(_HEADER, said, strict=True)):
        yield Item(4 * i, octets[4 * i : 4 * i + 4].hex(" "), name, meaning)
    row = BY_ID[pdu.command_id]
    for field, (start, end) in zip(row.fields, pdu._spans(), strict=False):
        secret = field.name in meanings.PASSWORDS
        meaning = meanings.field(field, getattr(pdu, field.name))
        if field.name == "short_message" and end > start:
            meaning = _text(pdu)
        yield Item(start, meanings.MASK if secret else octets[start:end].hex(" "), field.name, meaning)
    yield from _tlvs(pdu, octets)
    if pdu._tlv_end < len(pdu):
        yield Item(pdu._tlv_end, octets[pdu._tlv_end :].hex(" "), "", "belongs to nothing")


def _tlvs(pdu: "Pdu", octets: bytes) -> Iterator[Item]:
    from_payload = not getattr(pdu, "short_message", None)
    values = {tag: iter(pdu.tlvs.getall(tag)) for tag, _, _ in pdu._tlv_spans()}
    for tag, start, end in pdu._tlv_spans():
        row = meanings.tlv_row(pdu, tag)
        name = row.name if row else f"0x{tag:04X}"
        value = next(values[tag])
        is_text = name == "message_payload" and from_payload
        yield Item(start - 4, octets[start - 4 : start].hex(" "), name, f"TLV of {plural(end - start, 'octet')}")
        if end > start:
            yield Item(start, octets[start:end].hex(" "), "", _text(pdu) if is_text else meanings.tlv(row, value))


def _text(pdu: "Pdu") -> str:
    decoded = meanings.message(pdu)
    return meanings.text(decoded) if decoded else ""


def explain(pdu: "Pdu") -> str:
    """Return a PDU as lines of offset, octets, name and meaning, with its problems below.

    >>> import smppkit as sk
    >>> print(explain(sk.SubmitSmResp(message_id="7", sequence_number=2)))
    submit_sm_resp, 18 octets (SMPP 3.4, section 4.4.2)
       0  00 00 00 12              command_length           18 octets
       4  80 00 00 04              command_id               submit_sm_resp
       8  00 00 00 00              command_status           ESME_ROK
      12  00 00 00 02              sequence_number          2
      16  37 00                    message_id               '7'
    """
    lines = [f"{pdu.command}, {len(pdu):,} octets ({meanings.section(BY_ID[pdu.command_id])})"]
    for item in items(pdu):
        lines.extend(_lines(item))
    lines.extend(f"problem: {problem}" for problem in pdu.problems)
    return "\n".join(lines)


def _lines(item: Item) -> Iterator[str]:
    octets = item.octets.split(" ")
    for line in range(0, max(len(octets), 1), _PER_LINE):
        if line == _PER_LINE * _LINES and len(octets) > line:
            yield f"{item.offset + line:>4}  … {len(octets) - line:,} more"
            return
        shown = " ".join(octets[line : line + _PER_LINE])
        beside = f"{item.name:<24} {item.meaning}" if line == 0 else ""
        yield f"{item.offset + line:>4}  {shown:<24} {beside}".rstrip()
