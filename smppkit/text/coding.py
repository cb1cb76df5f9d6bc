"""data_coding and the alphabets it names: octets to text and back (SMPP 3.4, 5.2.19; 3GPP TS 23.038, section 4)."""

from collections.abc import Mapping
from typing import NamedTuple

from .._core.alphabet import ALPHABETS, coding_table, text_of
from .._core.measure import not_held
from ..errors import TextError
from ..spec.alphabets import CODECS, CODINGS, FOREIGN
from .alphabets import gsm7
from .headers import UDHI, Header, read_header

_TABLE = coding_table()
_CODINGS = {name: number for number, name in CODINGS.items()}
Codings = Mapping[int, str]
"""What one account means by a data_coding: data_coding -> name of an alphabet, over the standard's table."""


class Decoded(NamedTuple):
    """The text of one message.

    ``text`` is ``None`` for binary data; ``header`` is the user data header, ``None`` without a readable one;
    ``octets`` is what follows it; ``note`` says what was odd, ``""`` when nothing was.

    >>> decode_text(b"hi").text
    'hi'
    """

    text: str | None
    alphabet: str
    header: Header | None
    octets: bytes
    note: str


def alphabet_of(data_coding: int, codings: Codings | None = None) -> str:
    """Return the name of the alphabet that ``data_coding`` (0 to 255) means.

    >>> alphabet_of(0), alphabet_of(8), alphabet_of(0xF5), alphabet_of(0, {0: "latin1"})
    ('gsm7', 'ucs2', 'octets', 'latin1')
    """
    if codings and data_coding in codings:
        return check_name(codings[data_coding])
    return ALPHABETS[_TABLE[data_coding & 0xFF]]


def column_table(codings: Codings | None = None) -> bytes:
    """Return what the columnar decoder takes: the core's number of the alphabet of each data_coding, 0 to 255.

    >>> table = column_table({1: "gsm7", 15: "jis"})
    >>> len(table), ALPHABETS[table[1]], ALPHABETS[table[15]]
    (256, 'gsm7', 'jis')
    """
    return bytes(ALPHABETS.index(alphabet_of(data_coding, codings)) for data_coding in range(256))


def check_name(alphabet: str) -> str:
    """Return ``alphabet``, or raise ``ValueError`` naming those there are.

    >>> check_name("ucs2")
    'ucs2'
    """
    if alphabet not in ALPHABETS:
        raise ValueError(f"no alphabet {alphabet!r}: there are {', '.join(ALPHABETS)}")
    return alphabet


def data_coding_of(alphabet: str, codings: Codings | None = None) -> int:
    """Return the data_coding that an account reads as ``alphabet``; ``TextError`` when it has none.

    >>> data_coding_of("ucs2"), data_coding_of("gsm7", {0: "latin1", 241: "gsm7"})
    (8, 241)
    """
    own = codings or {}
    standard = _CODINGS.get(check_name(alphabet), -1)
    if standard >= 0 and alphabet_of(standard, codings) == alphabet:
        return standard
    for data_coding in sorted(own):
        if own[data_coding] == alphabet:
            return data_coding
    raise TextError(f"no data_coding of this account means {alphabet}: name one in its codings")


def decode_text(octets: bytes, data_coding: int = 0, esm_class: int = 0, codings: Codings | None = None) -> Decoded:
    """Return the text of user data: the header read when esm_class bit 6 says there is one, shift tables applied.

    Never fails on content: U+FFFD stands for what the alphabet does not have, an unreadable header is left in the text,
    and ``note`` says so. UCS-2 is big-endian unless a byte order mark says otherwise; the mark is no text.

    >>> decode_text(bytes.fromhex("050003cc020104160020"), data_coding=8, esm_class=0x40).text
    'Ж '
    >>> decode_text(bytes.fromhex("fffe1604"), data_coding=8)[::4]
    ('Ж', 'little-endian, by its byte order mark')
    """
    alphabet = alphabet_of(data_coding, codings)
    header = read_header(octets) if esm_class & UDHI else None
    body = octets[header.length :] if header else octets
    note = "unreadable user data header" if esm_class & UDHI and header is None else _order(alphabet, body)
    return Decoded(_text(body, alphabet, header), alphabet, header, body, note)


def _order(alphabet: str, octets: bytes) -> str:
    if alphabet != "ucs2":
        return ""
    if octets[:2] == b"\xff\xfe":
        return "little-endian, by its byte order mark"
    return "begins with a byte order mark" if octets[:2] == b"\xfe\xff" else ""


def _text(octets: bytes, alphabet: str, header: Header | None) -> str | None:
    if alphabet == "octets":
        return None
    shifts = (header.locking, header.single, header.fill_bits) if header else (0, 0, 0)
    return text_of(ALPHABETS.index(alphabet), octets, *shifts)


def encode_text(text: str, alphabet: str = "gsm7", locking: int = 0, single: int = 0, fill_bits: int = 0) -> bytes:
    """Return ``text`` in an alphabet; ``TextError`` names what the alphabet does not hold.

    "ucs2" is UTF-16, big-endian without a byte order mark; "gsm7" one septet an octet; "gsm7-packed" begins after
    ``fill_bits`` bits and fills 7 spare bits at its end with CR.

    >>> encode_text("Hé", "gsm7").hex(), encode_text("Ж", "ucs2").hex(), encode_text("hello", "gsm7-packed").hex()
    ('4805', '0416', 'e8329bfd06')
    """
    if alphabet in ("gsm7", "gsm7-packed"):
        septets = gsm7.encode(text, locking, single)
        return gsm7.pack(septets, fill_bits, filler=True) if alphabet == "gsm7-packed" else septets
    if check_name(alphabet) == "octets":
        raise TextError("octets are data, not an alphabet: give bytes instead of a text")
    try:
        return text.encode(CODECS[alphabet])
    except UnicodeEncodeError as error:
        raise _refusal(text, alphabet, error) from None


def _refusal(text: str, alphabet: str, error: UnicodeEncodeError) -> TextError:
    if alphabet not in FOREIGN:
        return not_held(text, ALPHABETS.index(alphabet))
    return TextError(f"{text[error.start]!r} (position {error.start}) is not in {alphabet}")
