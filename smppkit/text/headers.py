"""The user data header in front of a text: read, and built (3GPP TS 23.040, 9.2.3.24)."""

from collections.abc import Iterable
from typing import NamedTuple

from .._core import udh as _core

UDHI = 0x40
_NAMES = {
    0x00: "concatenation, 8-bit reference",
    0x01: "special message indication",
    0x04: "application ports, 8-bit",
    0x05: "application ports, 16-bit",
    0x06: "SMSC control parameters",
    0x07: "header source indicator",
    0x08: "concatenation, 16-bit reference",
    0x09: "wireless control message protocol",
    0x20: "RFC 5322 e-mail header",
    0x21: "hyperlink format",
    0x22: "reply address",
    0x23: "enhanced voice mail",
    0x24: "national language single shift",
    0x25: "national language locking shift",
}
_RANGES = (
    (0x0A, 0x14, "enhanced messaging"),
    (0x70, 0x7F, "SIM toolkit security"),
    (0x80, 0x9F, "SME to SME specific"),
    (0xC0, 0xDF, "SC specific"),
)


class Element(NamedTuple):
    """One element of a header: its identifier and its data; at most 255 octets of data.

    >>> Element(0x24, b"\\x01").name
    'national language single shift'
    """

    identifier: int
    data: bytes

    @property
    def name(self) -> str:
        """What the identifier means; ``"unknown"`` for the reserved ones.

        >>> Element(0x71, b"").name
        'SIM toolkit security'
        """
        for first, last, name in _RANGES:
            if first <= self.identifier <= last:
                return name
        return _NAMES.get(self.identifier, "unknown")


class Header(NamedTuple):
    """A header as read: all elements, and what they say.

    ``length`` is in octets, the length octet among them. ``width`` is 8 or 16 bits of ``reference`` for a valid
    concatenation and 0 without one (total 0, number 0 or number > total make it invalid). Ports are ``None`` when
    absent. ``locking`` and ``single`` are national language identifiers, 0 the default tables. Of two elements of a
    kind the last counts.

    >>> header = read_header(bytes.fromhex("050003cc0201") + b"text")
    >>> header.width, header.reference, header.total, header.number
    (8, 204, 2, 1)
    """

    elements: tuple[Element, ...]
    length: int
    width: int
    reference: int
    total: int
    number: int
    destination_port: int | None
    source_port: int | None
    locking: int
    single: int

    @property
    def fill_bits(self) -> int:
        """Bits between the header and the first packed septet.

        >>> read_header(bytes.fromhex("050003cc0201")).fill_bits
        1
        """
        return -8 * self.length % 7


def read_header(octets: bytes) -> Header | None:
    """Return the header that user data begins with, unknown elements kept.

    ``None`` when it is unreadable: an element runs past the header, or the header past the octets. All octets are text
    then.

    >>> read_header(b"\\x04 abc") is None
    True
    """
    found = _core.read(octets)
    if found is None:
        return None
    elements = tuple(Element(*element) for element in _core.elements(octets) or ())
    return Header(elements, *found[:5], _port(found[5]), _port(found[6]), *found[7:])


def _port(number: int) -> int | None:
    return None if number < 0 else number


def build_header(elements: Iterable[Element | tuple[int, bytes]]) -> bytes:
    """Return the octets of a header, its length first; ``b""`` without elements. ``ValueError`` when it does not fit.

    >>> build_header([concatenation(0xCC, 2, 1), (0x24, b"\\x01")]).hex()
    '080003cc0201240101'
    """
    body = b"".join(_element(*element) for element in elements)
    if len(body) > 139:
        raise ValueError(f"the elements of the header take {len(body)} octets, at most 139 fit in one message")
    return bytes([len(body)]) + body if body else b""


def _element(identifier: int, data: bytes) -> bytes:
    if not 0 <= identifier <= 255 or len(data) > 255:
        raise ValueError(f"no header element: identifier {identifier} (0 to 255), {len(data)} octets (0 to 255)")
    return bytes([identifier, len(data)]) + data


def concatenation(reference: int, total: int, number: int, width: int = 8) -> Element:
    """Return the element that marks part ``number`` of ``total``; ``width`` is that of the reference in bits.

    >>> concatenation(0x1234, 3, 1, width=16).data.hex()
    '12340301'
    """
    if width not in (8, 16) or not 0 <= reference < 1 << width or not 1 <= number <= total <= 255:
        raise ValueError(
            f"no concatenation: part {number} of {total} (1 to 255), reference {reference} of {width} bits (8 or 16)"
        )
    return Element(0x00 if width == 8 else 0x08, reference.to_bytes(width // 8, "big") + bytes([total, number]))


def ports(destination: int, source: int, width: int = 16) -> Element:
    """Return the element that addresses an application by ports of 8 or 16 bits.

    >>> ports(2948, 9200).data.hex()
    '0b8423f0'
    """
    limit = 1 << width
    if width not in (8, 16) or not (0 <= destination < limit and 0 <= source < limit):
        raise ValueError(f"no application ports: {destination} and {source} of {width} bits (8 or 16)")
    octets = width // 8
    return Element(0x04 if width == 8 else 0x05, destination.to_bytes(octets, "big") + source.to_bytes(octets, "big"))


def language_shift(locking: int = 0, single: int = 0) -> tuple[Element, ...]:
    """Return the elements that name national language tables; none for the default tables.

    >>> [element.name for element in language_shift(locking=1)]
    ['national language locking shift']
    """
    rows = ((0x24, single), (0x25, locking))
    return tuple(Element(identifier, bytes([language])) for identifier, language in rows if language)
