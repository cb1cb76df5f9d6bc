"""Long texts: split into what goes into PDUs, joined again (3GPP TS 23.040, 9.2.3.24.1; SMPP 3.4, 5.3.2.22 to 24)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .._core.alphabet import ALPHABETS
from .._core.measure import choose, not_held
from ..errors import TextError
from .coding import Codings, alphabet_of, data_coding_of, encode_text
from .cutting import Cut, check_parts, cut
from .headers import UDHI, Element, build_header, concatenation, language_shift
from .ways import Way, capacity, header_octets, names_of, ways, widest

LONG = ("auto", "udh8", "udh16", "sar", "payload")
"""How a long text travels: a header with an 8- or 16-bit reference, SAR TLVs, message_payload; "auto" is a header."""
MOST_PAYLOAD = 65_535


class Part(NamedTuple):
    """One part of a text, ready for a PDU: its ``short_message``, ``data_coding``, ``esm_class`` bits and ``tlvs``.

    ``units`` are septets, octets or 16-bit units of text; ``number`` of ``total`` counts from 1; ``text`` is ``None``
    for binary data. With message_payload ``short_message`` is empty.

    >>> split("Hello")[0].short_message
    b'Hello'
    """

    text: str | None
    units: int
    short_message: bytes
    data_coding: int
    esm_class: int
    tlvs: tuple[tuple[str, int | bytes], ...]
    reference: int
    total: int
    number: int


class Joined(NamedTuple):
    """What parts gave: ``content``, and which numbers of ``total`` are ``missing``.

    >>> join([(7, 2, 2, "world")]).missing
    (1,)
    """

    content: str | bytes
    total: int
    missing: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Is every part there?

        >>> join([(7, 1, 1, "all")]).complete
        True
        """
        return not self.missing


def width_of(long: str, reference_bits: int) -> int:
    """Return the width of the reference in bits that a way of sending long texts needs, or ``ValueError``.

    >>> width_of("auto", 16), width_of("udh8", 16), width_of("sar", 16)
    (16, 8, 8)
    """
    if long not in LONG:
        raise ValueError(f"long is {long!r}, but may be {', '.join(LONG)}")
    if reference_bits not in (8, 16):
        raise ValueError(f"reference_bits is {reference_bits!r}, but a reference has 8 or 16 bits")
    # SAR and payload: the message centre makes the header, usually with an 8-bit reference
    return {"auto": reference_bits, "udh16": 16}.get(long, 8)


def split(
    text: str,
    *,
    reference: int = 0,
    reference_bits: int = 8,
    alphabets: str | Sequence[str] = ("default",),
    long: str = "auto",
    encoding: str | None = None,
    codings: Codings | None = None,
    elements: Iterable[Element] = (),
) -> tuple[Part, ...]:
    """Return the parts of ``text``: one when it fits a message, else at most 255 of 140 octets each.

    ``alphabets`` is as in ``plan``; ``encoding`` forces one alphabet instead ("gsm7", "ucs2", "latin1"…). ``reference``
    is the same in all parts and should differ from the last ones to the same destination. ``codings`` is what the
    account means by a data_coding: "gsm7-packed" for 0 packs the septets. ``elements`` go into the header of every
    part. ``TextError`` when the alphabet does not hold the text, or it takes more than 255 parts.

    >>> [(part.units, part.short_message[:6].hex()) for part in split("a" * 161, reference=0xCC)]
    [(153, '050003cc0201'), (8, '050003cc0202')]
    >>> [dict(part.tlvs)["sar_segment_seqnum"] for part in split("Ж" * 71, long="sar")]
    [1, 2]
    """
    shared = tuple(elements)
    names = (encoding,) if encoding else names_of(alphabets)
    width = width_of(long, reference_bits)
    way, units, parts = chosen_way(text, names, width, _length(shared), bool(encoding))
    shifts = language_shift(way[1], way[2])
    data_coding = _data_coding(ALPHABETS[way[0]], codings)
    packed = alphabet_of(data_coding, codings) == "gsm7-packed"
    carrier = _Carrier("" if parts == 1 else long, reference, width, (*shared, *shifts))
    whole = [Cut(0, len(text), units)]
    cuts = whole if long == "payload" else cut(text, way, units, parts, carrier.header_octets() if packed else -1)
    return carrier.parts([_piece(text, piece, way, packed, carrier) for piece in cuts], data_coding)


def chosen_way(
    text: str, alphabets: str | tuple[str, ...], width: int, extra: int = 0, forced: bool = False
) -> tuple[Way, int, int]:
    """Return the cheapest way to write ``text`` (see ``ways.ways``), its units and its parts.

    ``TextError`` when no way holds the text, or it takes more than 255 parts.

    >>> chosen_way("Hello €", ("default",), 8)
    ((1, 0, 0, True, 160, 153, 0), 8, 1)
    """
    rows = ways(alphabets, width, extra, forced)
    index, units, parts = choose(text, rows)
    if index < 0:
        raise not_held(text, *widest(rows)[:3])
    check_parts(parts)
    return rows[index], units, parts


def split_octets(
    octets: bytes,
    *,
    reference: int = 0,
    reference_bits: int = 8,
    long: str = "auto",
    data_coding: int = 4,
    elements: Iterable[Element] = (),
) -> tuple[Part, ...]:
    """Return the parts of binary data, as ``split`` does for a text; ``elements`` such as ports go into every header.

    >>> from smppkit.text.headers import ports
    >>> [part.units for part in split_octets(bytes(200), elements=[ports(2948, 9200)])]
    [128, 72]
    """
    shared = tuple(elements)
    width = width_of(long, reference_bits)
    if len(octets) <= capacity("octets", header_octets(extra=_length(shared))):
        return _Carrier("", reference, width, shared).parts([(None, len(octets), octets)], data_coding)
    carrier = _Carrier(long, reference, width, shared)
    room = len(octets) if long == "payload" else capacity("octets", header_octets(width, extra=_length(shared)))
    if room < 1:
        raise ValueError(f"header elements of {_length(shared)} octets leave no room for data")
    check_parts(-(-len(octets) // room))
    pieces = [octets[start : start + room] for start in range(0, len(octets), room)]
    return carrier.parts([(None, len(piece), piece) for piece in pieces], data_coding)


def join(parts: Iterable[Part | tuple[int, int, int, str | bytes]]) -> Joined:
    """Return the content of the parts of one message, in any order; of a part that came twice the first copy counts.

    Each is a ``Part`` or (reference, total, number, text or octets). What is missing is left out and listed. Octets of
    a UCS-2 text are better joined before they are decoded: some senders cut surrogate pairs. ``TextError`` for no parts
    at all, parts of two messages, and a number that is not 1 to total.

    >>> join([(7, 3, 3, "c"), (7, 3, 1, "a"), (7, 3, 3, "x")])
    Joined(content='ac', total=3, missing=(2,))
    """
    rows = [_row(part) for part in parts]
    messages = len({row[:2] for row in rows})
    if messages != 1:
        raise TextError(f"{len(rows)} parts of {messages} messages: give the parts of one message")
    total = rows[0][1]
    for row in rows:
        if not 1 <= row[2] <= total:
            raise TextError(f"part {row[2]} of {total}: the parts of a message are numbered from 1 to their total")
    first = {number: content for _, _, number, content in reversed(rows)}
    found = [first[number] for number in sorted(first)]
    missing = tuple(number for number in range(1, total + 1) if number not in first)
    return Joined(_concatenated(found), total, missing)


def _row(part: Part | tuple[int, int, int, str | bytes]) -> tuple[int, int, int, str | bytes]:
    if not isinstance(part, Part):
        return part
    content = _data(part) if part.text is None else part.text
    return part.reference, part.total, part.number, content


def _data(part: Part) -> bytes:
    """Return the octets of a part of binary data without their header, from wherever they travel."""
    payload = dict(part.tlvs).get("message_payload", b"")
    octets = part.short_message or (payload if isinstance(payload, bytes) else b"")
    return octets[octets[0] + 1 :] if octets and part.esm_class & UDHI else octets


def _concatenated(contents: list[str | bytes]) -> str | bytes:
    texts = [content for content in contents if isinstance(content, str)]
    octets = [content for content in contents if not isinstance(content, str)]
    if texts and octets:
        raise TextError("some parts are text and some octets: decode them all, or none")
    return "".join(texts) if texts else b"".join(octets)


Piece = tuple[str | None, int, bytes]
"""Text (``None`` for data), units, octets of one part without its header."""


class _Carrier(NamedTuple):
    """How the parts of one message travel; ``long`` is empty when there is only one."""

    long: str
    reference: int
    width: int
    elements: tuple[Element, ...]

    def header_octets(self) -> int:
        in_header = self.long in ("auto", "udh8", "udh16")
        return header_octets(self.width if in_header else 0, extra=_length(self.elements))

    def parts(self, pieces: Sequence[Piece], data_coding: int) -> tuple[Part, ...]:
        total = len(pieces)
        return tuple(self._part(*piece, data_coding, total, number) for number, piece in enumerate(pieces, 1))

    def _part(self, text: str | None, units: int, body: bytes, data_coding: int, total: int, number: int) -> Part:
        header = build_header((*self._concatenation(total, number), *self.elements))
        octets = header + body
        tlvs = self._tlvs(octets, total, number)
        message = b"" if self.long == "payload" else octets
        return Part(text, units, message, data_coding, UDHI if header else 0, tlvs, self.reference, total, number)

    def _concatenation(self, total: int, number: int) -> tuple[Element, ...]:
        if self.long in ("", "sar", "payload"):
            return ()
        return (concatenation(self.reference, total, number, self.width),)

    def _tlvs(self, octets: bytes, total: int, number: int) -> tuple[tuple[str, int | bytes], ...]:
        if self.long == "payload":
            if len(octets) > MOST_PAYLOAD:
                raise TextError(f"{len(octets)} octets to send, but message_payload holds at most {MOST_PAYLOAD}")
            return (("message_payload", octets),)
        if self.long != "sar":
            return ()
        if not 0 <= self.reference <= 0xFFFF:
            raise ValueError(f"no sar_msg_ref_num: {self.reference} (0 to 65535)")
        return (
            ("sar_msg_ref_num", self.reference),
            ("sar_total_segments", total),
            ("sar_segment_seqnum", number),
        )


def _length(elements: Iterable[Element]) -> int:
    return sum(2 + len(element.data) for element in elements)


def _piece(text: str, piece: Cut, way: Way, packed: bool, carrier: _Carrier) -> Piece:
    own = text[piece.start : piece.end]
    name = "gsm7-packed" if packed else ALPHABETS[way[0]]
    fill_bits = -8 * carrier.header_octets() % 7 if packed else 0
    return own, piece.units, encode_text(own, name, way[1], way[2], fill_bits)


def _data_coding(alphabet: str, codings: Codings | None) -> int:
    """An account that packs its septets has no data_coding for others."""
    if alphabet == "gsm7" and codings and "gsm7-packed" in codings.values() and "gsm7" not in codings.values():
        return data_coding_of("gsm7-packed", codings)
    return data_coding_of(alphabet, codings)
