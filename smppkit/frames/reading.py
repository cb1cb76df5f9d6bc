"""What a profile means for the columnar decoder: alphabets by data_coding, charsets that Python reads, vendor TLVs."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from .._core.alphabet import ALPHABETS
from ..codec import decode
from ..profiles import Profile, find
from ..spec.kinds import Tlv
from ..text.coding import CODECS, alphabet_of

OTHER = 8  # the alphabet of the core whose octets Python's codecs read
_REMEMBERED = 64  # octets of a PDU up to which what is odd about it is remembered: responses of a peer are all alike
_HEADER = 16

AnyProfile: TypeAlias = Profile | str | Path | None


class Reading(NamedTuple):
    """``codings`` has the Alphabet of each data_coding, ``charsets`` Python's codec of those that are OTHER, ``tlvs``
    the rows of further TLVs by name; None is the standard's. ``odd`` tells what is odd about a PDU that can be read.

    >>> Reading().codings is None
    True
    """

    codings: bytes | None = None
    charsets: Mapping[int, str] | None = None
    tlvs: Mapping[str, Tlv] = MappingProxyType({})
    odd: Callable[[bytes], str | None] | None = None

    @classmethod
    def of(cls, profile: AnyProfile = None) -> "Reading":
        """Return what a profile, given as such, by name or as a file, changes.

        >>> reading = Reading.of(Profile("operator", codings={0: "latin1"}))
        >>> ALPHABETS[reading.codings[0]], ALPHABETS[reading.codings[8]]
        ('latin1', 'ucs2')
        """
        known = None if profile is None else find(profile)
        if known is None or not known.codings:
            return cls(tlvs={} if known is None else known.by_name, odd=_teller(known))
        names = {coding: alphabet_of(coding, known.codings) for coding in range(256)}
        table = bytes(ALPHABETS.index(name) if name in ALPHABETS else OTHER for name in names.values())
        charsets = {coding: CODECS[name] for coding, name in names.items() if name not in ALPHABETS}
        return cls(table, charsets, known.by_name, _teller(known))


def _teller(profile: Profile | None) -> Callable[[bytes], str | None]:
    def tell(octets: bytes) -> str | None:
        return "; ".join(decode(octets, profile).problems) or None

    # What the sequence_number is says nothing else, as long as it is one of the standard.
    remembered = lru_cache(1024)(lambda head, body: tell(b"".join((head, b"\0\0\0\1", body))))

    def told(octets: bytes) -> str | None:
        if len(octets) > _REMEMBERED or octets[12] & 0x80:
            return tell(octets)
        return remembered(octets[:12], octets[_HEADER:])

    return told
