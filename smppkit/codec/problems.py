"""What is odd about a PDU that could be read all the same: what was tolerated, and what contradicts itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .._core import templates
from .._core.templates import filled
from ..spec.commands import BY_ID
from ..spec.kinds import CSTRING, REQUEST, TIME, Command, Field, Tlv
from ..spec.tlvs import BY_TAG
from ..text.headers import UDHI, read_header

if TYPE_CHECKING:
    from .pdu import Pdu

_INVALID_MESSAGE_LENGTH = 0x01
_INVALID_COMMAND_LENGTH = 0x02
_SYSTEM_ERROR = 0x08
_INVALID_TLV_STREAM = 0xC0
_TLV_NOT_ALLOWED = 0xC1
_INVALID_TLV_LENGTH = 0xC2
_MISSING_TLV = 0xC3
_MESSAGE_PAYLOAD = 0x0424

_LONG_STRING, _TIME, _TRAILING, _NO_NUL, _PARTIAL, _TLVS_ONLY, _TLV_LENGTH, _LENGTH = (1 << bit for bit in range(8))
_SEGMENTATION = ("sar_msg_ref_num", "sar_total_segments", "sar_segment_seqnum")
_ADDRESS = 20  # most characters of an address in a list


class Problem(str):
    """One odd thing about a PDU, as a sentence that knows its place.

    ``field`` names the field or TLV, ``offset`` is its octet within the PDU, ``command_status`` what a strict peer
    would answer.

    >>> import smppkit as sk
    >>> pdu = sk.decode("00000011 00000015 00000008 00000001 00")
    >>> for problem in pdu.problems:
    ...     print(problem, "|", problem.field, problem.offset, hex(problem.command_status))
    command_status: 8 in a request means nothing | command_status 8 0x8
    tlvs: 1 octet after the last TLV belongs to nothing | tlvs 16 0xc0
    """

    __slots__ = ("command_status", "field", "offset")

    field: str
    offset: int
    command_status: int

    def __new__(cls, text: str, field: str, offset: int, command_status: int) -> "Problem":
        """Keep the place beside the sentence."""
        problem = super().__new__(cls, f"{field}: {text}")
        problem.field = field
        problem.offset = offset
        problem.command_status = command_status
        return problem

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes with every attribute."""
        return Problem, (self[len(self.field) + 2 :], self.field, self.offset, self.command_status)


def problems_of(pdu: "Pdu") -> tuple[Problem, ...]:
    """Return what is odd about a PDU, in wire order as far as that goes.

    >>> import smppkit as sk
    >>> problems_of(sk.EnquireLink())
    ()
    """
    row = BY_ID[pdu.command_id]
    found = [*_header(pdu, row), *_fields(pdu, row), *_tlvs(pdu, row), *_message(pdu)]
    return tuple(sorted(found, key=lambda problem: problem.offset))


def in_cell(problems: Sequence[str]) -> str:
    """Return problems as a cell of a table has them: the first eight, and how many more there are.

    >>> import smppkit as sk
    >>> in_cell(sk.SubmitSm(tlvs=[(5, b"")] * 30).problems)[-11:]
    'and 23 more'
    """
    told = list(problems[: templates.MOST_IN_CELL])
    more = len(problems) - len(told)
    return "; ".join([*told, *([filled(templates.MORE, more)] if more else [])])


def _header(pdu: "Pdu", row: Command) -> Iterator[Problem]:
    if row.kind == REQUEST and pdu.command_status:
        text = filled(templates.STATUS_OF_REQUEST, pdu.command_status)
        yield Problem(text, "command_status", 8, _SYSTEM_ERROR)
    if pdu.sequence_number > 0x7FFFFFFF:
        text = filled(templates.HIGH_NUMBER, pdu.sequence_number)
        yield Problem(text, "sequence_number", 12, _SYSTEM_ERROR)


def _fields(pdu: "Pdu", row: Command) -> Iterator[Problem]:
    spans = pdu._spans()
    absent = row.fields[len(spans) :]
    if absent and pdu._odd & _TLVS_ONLY:
        yield Problem(templates.ONLY_TLVS, absent[0].name, 16, _INVALID_COMMAND_LENGTH)
    elif absent and pdu._odd & _PARTIAL:
        yield Problem(templates.PARTLY_ABSENT, absent[0].name, len(pdu), _INVALID_COMMAND_LENGTH)
    elif absent and pdu.command_status == 0:
        yield Problem(templates.LEFT_OUT, absent[0].name, 16, _INVALID_COMMAND_LENGTH)
    if pdu._odd & _NO_NUL:
        field, (start, _) = row.fields[len(spans) - 1], spans[-1]
        yield Problem(templates.ENDS_WITH_PDU, field.name, start, _INVALID_COMMAND_LENGTH)
    for field, (start, end) in zip(row.fields, spans, strict=False):
        text = _field(pdu, field, end - start)
        if text:
            yield Problem(text, field.name, start, field.status)


def _field(pdu: "Pdu", field: Field, size: int) -> str:
    """Return what is wrong with one field that is there, or nothing."""
    value = getattr(pdu, field.name)
    if field.kind in (CSTRING, TIME):
        return _string(field, value)
    if field.counts == "dest_address" and value == 0:
        return templates.NO_DESTINATIONS
    if isinstance(value, bytes) and size > field.limit:
        return filled(templates.LONG_OCTETS, size, field.limit)
    return _list(field, value) if isinstance(value, tuple) else ""


def _string(field: Field, value: str) -> str:
    if len(value) >= field.limit:
        return filled(templates.LONG_STRING, len(value), field.limit - 1)
    return templates.NO_TIME if field.kind == TIME and value and not _is_time(value) else ""


def _list(field: Field, entries: tuple[Any, ...]) -> str:
    addresses = [entry.dl_name if hasattr(entry, "dl_name") else entry.destination_addr for entry in entries]
    longest = max(map(len, addresses), default=0)
    if longest > _ADDRESS:
        return filled(templates.LONG_ADDRESS, longest, _ADDRESS)
    return filled(templates.LONG_LIST, len(entries), field.limit) if len(entries) > field.limit else ""


def _is_time(text: str) -> bool:
    return len(text) == 16 and text.isascii() and text[:15].isdigit() and text[15] in "+-Rr"


def _tlvs(pdu: "Pdu", row: Command) -> Iterator[Problem]:
    spans = pdu._tlv_spans()
    seen = Counter(tag for tag, _, _ in spans)
    told = set()
    for tag, start, end in spans:
        known = BY_TAG.get(tag) or (pdu.profile.by_tag.get(tag) if pdu.profile else None)
        if known is None:
            continue
        text, status = _tlv(known, pdu.encode()[start:end], row)
        if text:
            yield Problem(text, known.name, start - 4, status)
        if seen[tag] > 1 and not known.repeats and tag not in told:
            told.add(tag)
            text = filled(templates.REPEATED, seen[tag])
            yield Problem(text, known.name, start - 4, _INVALID_TLV_STREAM)
    if pdu._odd & _TRAILING:
        text = filled(templates.TRAILING, len(pdu) - pdu._tlv_end)
        yield Problem(text, "tlvs", pdu._tlv_end, _INVALID_TLV_STREAM)
    present = [name for name in _SEGMENTATION if name in pdu.tlvs]
    if present and len(present) < len(_SEGMENTATION):
        lacking = next(name for name in _SEGMENTATION if name not in present)
        yield Problem(filled(templates.MISSING_BESIDE, present[0]), lacking, len(pdu), _MISSING_TLV)


def _tlv(known: Tlv, value: bytes, row: Command) -> tuple[str, int]:
    size = len(value) + (known.kind == CSTRING and value[-1:] not in (b"", b"\0"))
    if not known.least <= size <= known.most:
        form = templates.TLV_OF_ONE_LENGTH if known.least == known.most else templates.TLV_OF_LENGTHS
        return filled(form, len(value), known.least, known.most), _INVALID_TLV_LENGTH
    allowed = (*known.commands, *known.commands_v50)
    return ("", 0) if not allowed or row.name in allowed else (filled(templates.NO_TLV_OF, row.name), _TLV_NOT_ALLOWED)


def _message(pdu: "Pdu") -> Iterator[Problem]:
    """Yield what is wrong with the user data: in two places, or with a header that cannot be read."""
    payload = next(((start, end) for tag, start, end in pdu._tlv_spans() if tag == _MESSAGE_PAYLOAD), (0, 0))
    short: bytes = getattr(pdu, "short_message", None) or b""
    if short and payload[0] < payload[1]:
        yield Problem(templates.TWO_TEXTS, "message_payload", payload[0] - 4, _INVALID_MESSAGE_LENGTH)
    if (getattr(pdu, "esm_class", None) or 0) & UDHI:
        octets = short or pdu.encode()[slice(*payload)]
        in_payload = not short and (payload[0] > 0 or "short_message" not in pdu.field_names)
        field = "message_payload" if in_payload else "short_message"
        if read_header(octets) is None:
            offset = payload[0] - 4 if in_payload and payload[0] else _where(pdu, field)
            yield Problem(templates.NO_USER_HEADER, field, offset, _INVALID_MESSAGE_LENGTH)


def _where(pdu: "Pdu", name: str) -> int:
    return pdu._spans()[pdu.field_names.index(name)][0] if name in pdu.field_names else len(pdu)
