"""What a profile means for the columnar decoder: alphabets by data_coding, vendor TLVs."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from ..profiles import Profile, find
from ..spec.kinds import Tlv
from ..text.coding import column_table

AnyProfile: TypeAlias = Profile | str | Path | None


class Reading(NamedTuple):
    """``codings`` has the Alphabet of each data_coding, ``tlvs`` the rows of further TLVs by name.

    None is the standard's.

    >>> Reading().codings is None
    True
    """

    codings: bytes | None = None
    tlvs: Mapping[str, Tlv] = MappingProxyType({})
    odd: bool = True  # ``problem`` tells of PDUs that can be read, too

    @classmethod
    def of(cls, profile: AnyProfile = None) -> "Reading":
        """Return what a profile, given as such, by name or as a file, changes.

        >>> reading = Reading.of(Profile("operator", codings={0: "ucs2"}))
        >>> reading.codings[0] == reading.codings[8]
        True
        """
        known = None if profile is None else find(profile)
        if known is None or not known.codings:
            return cls(tlvs={} if known is None else known.by_name)
        return cls(column_table(known.codings), known.by_name)
