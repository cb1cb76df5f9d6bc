"""What a profile means for the columnar decoder: alphabets by data_coding, charsets that Python reads, vendor TLVs."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from .._core.alphabet import ALPHABETS
from ..profiles import Profile, find
from ..spec.kinds import Tlv
from ..text.coding import CODECS, alphabet_of

OTHER = 8  # the alphabet of the core whose octets Python's codecs read

AnyProfile: TypeAlias = Profile | str | Path | None


class Reading(NamedTuple):
    """``codings`` has the Alphabet of each data_coding, ``charsets`` Python's codec of those that are OTHER, ``tlvs``
    the rows of further TLVs by name; None is the standard's.

    >>> Reading().codings is None
    True
    """

    codings: bytes | None = None
    charsets: Mapping[int, str] | None = None
    tlvs: Mapping[str, Tlv] = MappingProxyType({})
    odd: bool = True  # ``problem`` tells of PDUs that can be read, too

    @classmethod
    def of(cls, profile: AnyProfile = None) -> "Reading":
        """Return what a profile, given as such, by name or as a file, changes.

        >>> reading = Reading.of(Profile("operator", codings={0: "latin1"}))
        >>> ALPHABETS[reading.codings[0]], ALPHABETS[reading.codings[8]]
        ('latin1', 'ucs2')
        """
        known = None if profile is None else find(profile)
        if known is None or not known.codings:
            return cls(tlvs={} if known is None else known.by_name)
        names = {coding: alphabet_of(coding, known.codings) for coding in range(256)}
        table = bytes(ALPHABETS.index(name) if name in ALPHABETS else OTHER for name in names.values())
        charsets = {coding: CODECS[name] for coding, name in names.items() if name not in ALPHABETS}
        return cls(table, charsets, known.by_name)
