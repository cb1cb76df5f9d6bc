"""How messages are sent, apart from what they say and to whom: the keywords of ``send``, checked once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from ..errors import DecodeError, EncodeError, TextError
from ..profiles import Profile, find
from ..spec.alphabets import FOREIGN, LANGUAGES
from ..text.coding import Codings, alphabet_of, data_coding_of
from ..text.headers import Element, build_header, read_header
from ..text.parts import width_of
from ..text.times import RelativeTime, format_time, parse_time

MODES: Mapping[str, int] = MappingProxyType({"datagram": 1, "transaction": 2, "store_and_forward": 3})
RECEIPTS: Mapping[str, int] = MappingProxyType({"final": 1, "failure": 2})
FLASH: Mapping[int, int] = MappingProxyType({0: 0x10, 4: 0x14, 8: 0x18})  # message class 0 (TS 23.038, section 4)

_CONCATENATION = (0x00, 0x08)
_NATIONAL = tuple(row.name for row in LANGUAGES)  # "default" among them

Udh: TypeAlias = "bytes | Element | Iterable[Element | tuple[int, bytes]] | None"
Tlvs: TypeAlias = "Mapping[str | int, Any] | Iterable[tuple[str | int, Any]] | None"
Moment: TypeAlias = "timedelta | datetime | RelativeTime | float | str | None"


class Writing(NamedTuple):
    """How contents become octets.

    A text may be in one of ``alphabets``, or is forced into ``encoding``; ``codings`` says what data_coding that gives.
    ``swapped`` goes out in its place: one for all, or one for each. ``data_coding`` is that of binary data.

    >>> Writing(("default",), None, None, 4).swap(0)
    0
    """

    alphabets: tuple[str, ...]
    encoding: str | None
    codings: Codings | None
    data_coding: int
    swapped: Mapping[int, int] | int | None = None

    def swap(self, data_coding: int) -> int:
        """Return what goes out for a data_coding that an encoding gave.

        >>> Terms.of(flash=True).writing.swap(8), Terms.of(coding=0xF1).writing.swap(0)
        (24, 241)
        """
        if self.swapped is None:
            return data_coding
        return self.swapped if isinstance(self.swapped, int) else self.swapped.get(data_coding, data_coding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Everything that the messages of one call share, as it goes into their PDUs.

    ``esm_class`` is the mode; ``elements`` stand in the header of every part; ``width`` is that of references in bits.

    >>> terms = Terms.of(receipt="failure", mode="transaction", validity=3600)
    >>> terms.registered_delivery, terms.esm_class, terms.validity_period
    (2, 2, '000000010000000R')
    """

    registered_delivery: int
    esm_class: int
    validity_period: str
    schedule_delivery_time: str
    writing: Writing
    elements: tuple[Element, ...]
    long: str
    width: int
    tlvs: tuple[tuple[str | int, Any], ...]
    profile: Profile | None
    version: str

    @classmethod
    def of(
        cls,
        *,
        receipt: bool | int | str = True,
        flash: bool = False,
        validity: Moment = None,
        schedule: Moment = None,
        mode: str | None = None,
        coding: str | int | None = None,
        long: str = "auto",
        udh: Udh = None,
        tlvs: Tlvs = None,
        reference_bits: int = 8,
        profile: Profile | str | Path | None = None,
        version: str = "3.4",
    ) -> "Terms":
        """Check the keywords; ``ValueError``, one sentence, for what cannot be."""
        width = 16 if width_of(long, reference_bits) == 16 or long == "sar" else 8
        known = None if profile is None else find(profile)
        codings = None if known is None or not known.codings else known.codings
        pairs = tuple(tlvs.items() if isinstance(tlvs, Mapping) else tlvs or ())
        if version == "3.3" and (pairs or long in ("sar", "payload")):
            raise ValueError("TLVs need SMPP 3.4, this session speaks 3.3: leave tlvs, long='sar' and 'payload' out")
        return cls(
            registered_delivery=registered_delivery(receipt),
            esm_class=_mode(mode),
            validity_period=moment(validity, "validity_period"),
            schedule_delivery_time=moment(schedule, "schedule_delivery_time"),
            writing=_flash(coding, codings) if flash else _writing(coding, codings),
            elements=elements_of(udh),
            long=long,
            width=width,
            tlvs=pairs,
            profile=known,
            version=version,
        )

    @property
    def bits(self) -> int:
        """The width of a reference in the header that stands for it in the end, 8 or 16."""
        return 8 if self.long in ("sar", "payload") else self.width

    def reference(self, number: int) -> int:
        """Return as much of a reference as there is room for.

        >>> Terms.of().reference(0x1234), Terms.of(long="udh16").reference(0x1234)
        (52, 4660)
        """
        return number & ((1 << self.width) - 1)


def registered_delivery(receipt: bool | int | str) -> int:
    """Return the octet that asks for receipts: True and "final" for every end, "failure" for bad ones, or the octet.

    >>> registered_delivery(True), registered_delivery("failure"), registered_delivery(17), registered_delivery(False)
    (1, 2, 17, 0)
    """
    if isinstance(receipt, str) and receipt in RECEIPTS:
        return RECEIPTS[receipt]
    if isinstance(receipt, int) and 0 <= receipt <= 255:
        return int(receipt)
    raise ValueError(f"receipt is {receipt!r}, but may be True, False, 'final', 'failure' or the octet (0 to 255)")


def moment(value: Moment, field: str) -> str:
    """Return a time as its field has it: a span (timedelta or seconds), an aware datetime, or the exact 16 characters.

    None and 0 seconds leave it to the centre. ``EncodeError``, a ``ValueError``, says what does not fit.

    >>> moment(90, "validity_period"), moment(0, "validity_period"), moment("070605040302100R", "validity_period")
    ('000000000130000R', '', '070605040302100R')
    """
    if isinstance(value, str):
        try:
            parse_time(value)
        except DecodeError:
            give = "give seconds, a timedelta, a datetime with a zone, or the 16 characters of SMPP"
            raise EncodeError(f"{field}: {value!r} is no time: {give}", field=field) from None
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            value = timedelta(seconds=value) if value else None
        except (OverflowError, ValueError):
            raise EncodeError(f"{field}: {value} seconds are no time to write", field=field) from None
    return format_time(value, field)  # type: ignore[arg-type]  # a bool is told what a time is


def elements_of(udh: Udh) -> tuple[Element, ...]:
    """Return the elements of a user data header given as its octets (length first) or as elements.

    >>> elements_of(bytes.fromhex("06050423f40000"))
    (Element(identifier=5, data=b'#\\xf4\\x00\\x00'),)
    """
    if udh is None:
        return ()
    if isinstance(udh, Element):
        return (udh,)
    if isinstance(udh, bytes | bytearray | memoryview):
        octets = bytes(udh)
        header = read_header(octets)
        if header is None or header.length != len(octets):
            shown = octets[:12].hex() + ("…" if len(octets) > 12 else "")
            raise ValueError(f"udh {shown} is no whole header: its first octet counts those that follow")
        return header.elements
    elements = tuple(Element(*element) for element in udh)
    build_header(elements)
    return elements


def joins_parts(elements: Iterable[Element]) -> bool:
    """Tell whether a header says already which part of a message this is.

    >>> joins_parts(elements_of(bytes.fromhex("050003cc0201")))
    True
    """
    return any(element.identifier in _CONCATENATION for element in elements)


def _mode(mode: str | None) -> int:
    if mode is None:
        return 0
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}, but may be {', '.join(MODES)}")
    return MODES[mode]


def _writing(coding: str | int | None, codings: Codings | None) -> Writing:
    """What ``coding`` asks for: nothing, an alphabet by name, or a data_coding whatever it may mean."""
    if coding is None:
        return Writing(_automatic(codings), None, codings, data_coding_of("octets", codings))
    if isinstance(coding, str):
        if coding in _NATIONAL:
            return Writing((coding,), coding, codings, data_coding_of("octets", codings))
        number, name = data_coding_of(coding, codings), coding
    elif isinstance(coding, bool) or not 0 <= coding <= 255:
        raise ValueError(f"coding is {coding!r}, but may be the name of an alphabet or a data_coding (0 to 255)")
    else:
        number, name = coding, alphabet_of(coding, codings)
    packed = name == "gsm7-packed"
    return Writing((name,), "gsm7" if packed else name, {0: name} if packed else None, number, number)


def _flash(coding: str | int | None, codings: Codings | None) -> Writing:
    """Flash texts are in what the account reads under the data_coding of class 0: by the standard GSM 7-bit and UCS-2.

    They are written as 0 and 8, which ``FLASH`` then replaces.
    """
    reading = {0: alphabet_of(FLASH[0], codings), 8: alphabet_of(FLASH[8], codings)}
    if coding is None or coding in _NATIONAL:
        return Writing(_automatic(reading), coding, reading, FLASH[4], FLASH)
    name = "gsm7" if coding == "gsm7-packed" else coding
    if name not in ("gsm7", "ucs2") and name not in reading.values():
        raise ValueError(f"flash is written in {reading[0]} or {reading[8]}, so coding may not be {coding!r}")
    return Writing((str(name),), str(name), reading, FLASH[4], FLASH)


def _automatic(codings: Codings | None) -> tuple[str, ...]:
    """The alphabets to try before UCS-2: GSM 7-bit, or what an account without it has instead."""
    for name in ("gsm7", "gsm7-packed", "latin1", "ascii"):
        if _means(name, codings):
            return ("default",) if name.startswith("gsm7") else (name,)
    return ("ucs2",)


def _means(alphabet: str, codings: Codings | None) -> bool:
    try:
        data_coding_of(alphabet, codings)
    except TextError:
        return False
    return True


def by_codec(encoding: str | None) -> bool:
    """Tell whether an alphabet is one that only Python's codecs write, so that no text in it can be cut into parts.

    >>> by_codec("jis"), by_codec("ucs2"), by_codec(None)
    (True, False, False)
    """
    return encoding in FOREIGN
