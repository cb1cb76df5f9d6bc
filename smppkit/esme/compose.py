"""One message made the requests that carry it: every part a ``SubmitSm``, ready but for its sequence number."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..codec import SubmitSm
from ..errors import TextError
from ..profiles import Profile
from ..text.coding import encode_text
from ..text.parts import Part, split, split_octets
from .address import Address, AnyAddress, destination
from .address import sender as sender_of
from .terms import Moment, Terms, Tlvs, Udh, by_codec, joins_parts

if TYPE_CHECKING:
    from .references import References

EMPTY = "the text is empty: give a text, or data= for octets"


def compose(
    to: AnyAddress,
    text: str | None = None,
    *,
    data: bytes | None = None,
    udh: Udh = None,
    sender: AnyAddress | None = None,
    receipt: bool | int | str = True,
    flash: bool = False,
    validity: Moment = None,
    schedule: Moment = None,
    mode: str | None = None,
    coding: str | int | None = None,
    long: str = "auto",
    tlvs: Tlvs = None,
    reference: "int | References" = 0,
    reference_bits: int = 8,
    profile: Profile | str | Path | None = None,
    version: str = "3.4",
) -> list[SubmitSm]:
    """Return the requests of one message, one a part, their sequence_number 0.

    ``text`` or ``data`` (octets) is what is sent; ``udh`` a header in front of it, as octets or elements. ``receipt``
    is True, False, "final", "failure" or the octet registered_delivery. ``flash`` shows it at once and keeps nothing
    (message class 0). ``validity`` and ``schedule`` are seconds, a timedelta, a datetime or exact text; ``mode`` is
    "datagram", "transaction" or "store_and_forward". ``coding`` is an alphabet by name or a raw data_coding, chosen by
    itself when None; ``long`` says how parts travel, see ``text.parts``. ``tlvs`` are those of the standard and of
    ``profile``. ``reference`` joins the parts of a long message: a number, or ``References`` that give the next one.

    ``ValueError`` (``TextError`` and ``EncodeError`` are such) says in one sentence what cannot be sent and why.

    >>> [pdu] = compose("+32471123456", "Hello €", sender="INFO")
    >>> pdu.destination_addr, pdu.dest_addr_ton, pdu.source_addr, pdu.source_addr_ton, pdu.registered_delivery
    ('32471123456', 1, 'INFO', 5, 1)
    >>> pdu.short_message
    b'Hello \\x1be'
    >>> len(compose("+32471123456", "a" * 161, reference=7))
    2
    >>> compose("+32471123456", "")
    Traceback (most recent call last):
        ...
    ValueError: the text is empty: give a text, or data= for octets
    """
    terms = Terms.of(
        receipt=receipt,
        flash=flash,
        validity=validity,
        schedule=schedule,
        mode=mode,
        coding=coding,
        long=long,
        udh=udh,
        tlvs=tlvs,
        reference_bits=reference_bits,
        profile=profile,
        version=version,
    )
    there, here = destination(to), sender_of(sender)
    parts = parts_of(text, data, terms, reference, there.addr)
    return [_request(part, terms, there, here) for part in parts]


def parts_of(
    text: str | None, data: bytes | None, terms: Terms, reference: "int | References", to: str
) -> Sequence[Part]:
    """Return the parts of a text or of octets, on these terms; ``to`` is who a reference is asked for.

    >>> [part.units for part in parts_of("a" * 161, None, Terms.of(), 7, "32471123456")]
    [153, 8]
    """
    if (text is None) == (data is None):
        raise ValueError("give a text or data=, and not both")
    number = reference if isinstance(reference, int) else 0
    parts = _parts(text, data, terms, terms.reference(number))
    if len(parts) > 1:
        if joins_parts(terms.elements):
            raise ValueError(
                f"udh says which part this is, but {len(parts)} parts are needed: cut the content yourself"
            )
        if not isinstance(reference, int):
            parts = _parts(text, data, terms, terms.reference(reference.next(to)))
    return parts


def _parts(text: str | None, data: bytes | None, terms: Terms, reference: int) -> Sequence[Part]:
    if data is not None:
        return _data_parts(data, terms, reference)
    if not isinstance(text, str):
        raise ValueError(f"the text is {type(text).__name__}, not a str: octets go into data=")
    if not text:
        raise ValueError(EMPTY)
    if by_codec(terms.writing.encoding):
        return _uncut(text, terms)
    if terms.writing.encoding == "octets":
        raise ValueError("the coding asked for is binary: give data= instead of a text")
    return split(
        text,
        reference=reference,
        reference_bits=terms.bits,
        alphabets=terms.writing.alphabets,
        long=terms.long,
        encoding=terms.writing.encoding,
        codings=terms.writing.codings,
        elements=terms.elements,
    )


def _data_parts(data: bytes, terms: Terms, reference: int) -> Sequence[Part]:
    if isinstance(data, str):
        raise ValueError("data is a str: a text goes into text=, octets into data=")
    octets = bytes(data)
    if not octets and not terms.elements:
        raise ValueError("data is empty: give octets, or a text")
    return split_octets(
        octets,
        reference=reference,
        reference_bits=terms.bits,
        long=terms.long,
        data_coding=terms.writing.data_coding,
        elements=terms.elements,
    )


def _uncut(text: str, terms: Terms) -> Sequence[Part]:
    """A text in a charset whose characters take one to several octets: nobody could join its parts again."""
    assert terms.writing.encoding is not None
    octets = encode_text(text, terms.writing.encoding)
    parts = split_octets(octets, reference_bits=terms.bits, long=terms.long, elements=terms.elements)
    if len(parts) > 1:
        raise TextError(
            f"the text takes {len(octets)} octets in {terms.writing.encoding}: shorten it, or take coding='ucs2'"
        )
    return [part._replace(text=text) for part in parts]


def _request(part: Part, terms: Terms, there: Address, here: Address) -> SubmitSm:
    return SubmitSm(
        source_addr_ton=here.ton,
        source_addr_npi=here.npi,
        source_addr=here.addr,
        dest_addr_ton=there.ton,
        dest_addr_npi=there.npi,
        destination_addr=there.addr,
        esm_class=terms.esm_class | part.esm_class,
        schedule_delivery_time=terms.schedule_delivery_time,
        validity_period=terms.validity_period,
        registered_delivery=terms.registered_delivery,
        data_coding=terms.writing.swap(part.data_coding),
        short_message=part.short_message,
        tlvs=[*part.tlvs, *terms.tlvs],
        profile=terms.profile,
    )
