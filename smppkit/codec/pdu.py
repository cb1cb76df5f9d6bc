"""The Python face of a PDU: what all commands have in common beside their fields."""

from inspect import Signature
from typing import TYPE_CHECKING, Any, ClassVar

from .. import html
from .._core.build import replaced
from .._core.pdu import CorePdu
from ..spec.commands import BY_ID
from ..spec.statuses import name_of
from . import meanings
from .difference import differences
from .explain import explain
from .problems import Problem, problems_of

if TYPE_CHECKING:
    from typing import Self

_SHOWN = 64  # characters of a string in one line: peers may send longer ones than the standard allows


class Pdu(CorePdu):
    """One PDU of SMPP 3.3, 3.4 or 5.0: what ``decode`` gives and what the classes of the commands build.

    A PDU is its octets. It does not change, compares and hashes by its octets, travels by pickle, and may be read by
    any number of threads. Fields are attributes, decoded when they are read; one that a response leaves out is None.

    >>> import smppkit as sk
    >>> pdu = sk.decode("00000015 80000004 00000000 00000007 3132333400")
    >>> pdu.command, pdu.command_status, pdu.sequence_number, pdu.message_id
    ('submit_sm_resp', 0, 7, '1234')
    >>> pdu == sk.SubmitSmResp(message_id="1234", sequence_number=7)
    True
    """

    __slots__ = ()

    command: ClassVar[str]
    """Name of the command in the standard."""
    command_id: ClassVar[int]
    """Number of the command (SMPP 3.4, section 5.1.2.1)."""
    field_names: ClassVar[tuple[str, ...]]
    """Names of the mandatory fields in wire order, counts such as sm_length among them."""
    __signature__: ClassVar[Signature]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is odd about this PDU though it could be read: sentences that know field, offset and command_status."""
        return problems_of(self)

    def replace(self, **changes: Any) -> "Self":
        """Return a PDU with some values changed; takes the keywords that building takes.

        What is not named keeps its octets, odd ones too. ``tlvs=`` replaces all TLVs; to add one, give
        ``tlvs=[*pdu.raw_tlvs, (name, value)]``. Raises EncodeError for a value that does not fit its field.

        >>> import smppkit as sk
        >>> sk.EnquireLink(sequence_number=1).replace(sequence_number=9)
        <EnquireLink sequence_number=9>
        """
        try:
            pdu: Self = replaced(self, changes)
        finally:
            changes.clear()  # a traceback that shows locals must not show a password
        return pdu

    def explain(self) -> str:
        """Return the PDU octet by octet: offset, octets, name and meaning, and the problems. Passwords are masked.

        >>> import smppkit as sk
        >>> print(sk.EnquireLink(sequence_number=1).explain())
        enquire_link, 16 octets (SMPP 3.4, section 4.11.1)
           0  00 00 00 10              command_length           16 octets
           4  00 00 00 15              command_id               enquire_link
           8  00 00 00 00              command_status           ESME_ROK
          12  00 00 00 01              sequence_number          1
        """
        return explain(self)

    def diff(self, other: "Pdu") -> list[str]:
        """Return the values in which ``other`` differs, one line each, in wire order; passwords are masked.

        A PDU that reads as the same values in other octets differs as well: nothing is told exactly if both are equal.

        >>> import smppkit as sk
        >>> sk.SubmitSm(source_addr="INFO").diff(sk.SubmitSm(source_addr="SALE", tlvs={"source_port": 80}))
        ["source_addr: 'INFO' here, 'SALE' there", 'source_port: absent here, 80 there']
        """
        if not isinstance(other, Pdu):
            raise TypeError(f"diff compares with another PDU, not {type(other).__name__}")
        return differences(self, other)

    def __repr__(self) -> str:
        """Show the PDU in one line: no message text, no password."""
        return f"<{type(self).__name__} {' '.join(f'{name}={value}' for name, value in _line(self))}>"

    def _repr_html_(self) -> str:
        rows = [(name, value) for name, value in _line(self) if name not in ("short_message", "tlvs")]
        for tag, _ in pdu_tlvs(self):
            row = meanings.tlv_row(self, tag)
            if tag != _MESSAGE_PAYLOAD:
                rows.append((row.name if row else f"0x{tag:04X}", meanings.tlv(row, self.tlvs[tag])))
        decoded = meanings.message(self)
        if decoded:
            rows.append(("text" if decoded.text is not None else "data", decoded.text or decoded.octets.hex(" ")))
            rows.append(("encoding", decoded.alphabet))
        return html.card(self.command, rows, "; ".join(self.problems))


_MESSAGE_PAYLOAD = 0x0424


def pdu_tlvs(pdu: Pdu) -> list[tuple[int, bytes]]:
    """Return tag and octets of the first TLV of each tag."""
    return list({tag: (tag, value) for tag, value in reversed(pdu.raw_tlvs)}.values())[::-1]


def _line(pdu: Pdu) -> list[tuple[str, str]]:
    """Return what one line says: the header, and every field that is not empty."""
    said = [("sequence_number", str(pdu.sequence_number))]
    if pdu.command_status:
        said.insert(0, ("command_status", name_of(pdu.command_status)))
    for row in BY_ID[pdu.command_id].fields:
        value = getattr(pdu, row.name)
        if not value or row.counts:
            continue
        if row.name in meanings.PASSWORDS:
            said.append((row.name, meanings.MASK))
        elif isinstance(value, str):
            said.append((row.name, repr(value if len(value) <= _SHOWN else value[:_SHOWN] + "…")))
        elif isinstance(value, int):
            said.append((row.name, meanings.number(row.values, value).replace(", ", "|")))
        else:
            counted = f"{len(value):,} {'entry' if len(value) == 1 else 'entries'}"
            said.append((row.name, meanings.octets(value) if isinstance(value, bytes) else counted))
    names = [name if isinstance(name, str) else f"0x{name:04X}" for name in pdu.tlvs]
    return [*said, ("tlvs", ",".join(names))] if names else said
