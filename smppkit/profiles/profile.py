"""The profile of one provider: a frozen value that says what its TLVs and its data_coding mean."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import ProfileError
from ..spec.alphabets import NAMES
from ..spec.commands import ROWS
from ..spec.kinds import Tlv
from ..spec.tlvs import BY_NAME, BY_TAG

KINDS = ("int", "cstring", "octets")
WIDEST_INT = 8  # octets
WIDEST = 65535

FIELDS = frozenset(field.name for row in ROWS for field in row.fields)
COLUMNS = frozenset(  # what frames of PDUs have beside fields and TLVs
    (
        *(
            "time",
            "link",
            "direction",
            "command",
            "offset",
            "text",
            "encoding",
            "udh",
            "body_present",
            "raw",
            "problem",
        ),
        *("command_length", "command_id", "command_status", "sequence_number"),
        *("concat_width", "concat_reference", "concat_total", "concat_number"),
        *("receipt_kind", "receipt_id", "receipt_sub", "receipt_dlvrd", "receipt_submit_date", "receipt_done_date"),
        *("receipt_stat", "receipt_state", "receipt_err", "receipt_text"),
    )
)


class Profile:
    """What one provider does: names of its own TLVs, and the alphabets it means by data_coding.

    ``name`` and one sentence of ``description`` say whose it is. ``tlvs`` are rows of ``spec.kinds.Tlv``, found by
    ``by_name`` and ``by_tag`` as well; ``codings`` maps data_coding (0 to 255) to the name of an alphabet, over the
    standard's table. A profile does not change and may be shared by threads. Raises ProfileError for a TLV that is the
    standard's, stands twice or is named like a field or another column of frames, and for an alphabet nobody knows.

    >>> import smppkit as sk
    >>> from smppkit.spec.kinds import Tlv
    >>> profile = sk.Profile("operator", tlvs=[Tlv(0x1400, "billing", "cstring", 1, 10)], codings={0: "latin1"})
    >>> sk.SubmitSm(tlvs={"billing": "A7"}, profile=profile).raw_tlvs
    [(5120, b'A7\\x00')]
    >>> sk.Profile.load("generic")
    <Profile 'generic'>
    """

    __slots__ = {  # noqa: RUF023  in the order of reading
        "name": "Name of the provider or account.",
        "description": "One sentence about it.",
        "tlvs": "The provider's TLVs, rows of ``spec.kinds.Tlv``.",
        "codings": "data_coding -> name of an alphabet, over the standard's table.",
        "by_name": "The rows of ``tlvs`` by their names.",
        "by_tag": "The rows of ``tlvs`` by their tags.",
    }

    name: str
    description: str
    tlvs: tuple[Tlv, ...]
    codings: Mapping[int, str]
    by_name: Mapping[str, Tlv]
    by_tag: Mapping[int, Tlv]

    def __init__(
        self,
        name: str,
        tlvs: Iterable[Tlv] = (),
        codings: Mapping[int, str] | None = None,
        description: str = "",
    ) -> None:
        """Check the rows and keep them."""
        rows = tuple(tlvs)
        for row in rows:
            _check_row(row)
        _check_codings(codings or {})
        by_name = {row.name: row for row in rows}
        by_tag = {row.tag: row for row in rows}
        if not len(rows) == len(by_name) == len(by_tag):
            raise ProfileError(f"profile {name!r}: two TLVs have the same tag or the same name")
        keep = object.__setattr__
        keep(self, "name", name)
        keep(self, "description", description)
        keep(self, "tlvs", rows)
        keep(self, "codings", MappingProxyType(dict(codings or {})))
        keep(self, "by_name", MappingProxyType(by_name))
        keep(self, "by_tag", MappingProxyType(by_tag))

    @staticmethod
    def load(profile: "str | Path") -> "Profile":
        """Read a profile from a TOML file, or one that ships with smppkit by its name.

        Raises ProfileError, naming the file and the key, for what cannot be read.

        >>> Profile.load("generic").codings[8]
        'ucs2'
        """
        from .loader import load

        return load(profile)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a profile does not change."""
        raise AttributeError("a profile does not change: make another one")

    def __delattr__(self, name: str) -> None:
        """Refuse: a profile does not change."""
        raise AttributeError("a profile does not change: make another one")

    def __eq__(self, other: object) -> bool:
        """Compare by value."""
        return isinstance(other, Profile) and self._values() == other._values()

    def __hash__(self) -> int:
        """Hash by value."""
        return hash((self.name, self.tlvs))

    def __repr__(self) -> str:
        """Show the name."""
        return f"<Profile {self.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes by value."""
        return Profile, self._values()

    def _values(self) -> tuple[str, tuple[Tlv, ...], dict[int, str], str]:
        return self.name, self.tlvs, dict(self.codings), self.description


def _check_row(row: Tlv) -> None:
    if row.tag in BY_TAG or not 0 < row.tag <= 0xFFFF:
        standard = f"is the standard's {BY_TAG[row.tag].name}" if row.tag in BY_TAG else "is outside 0x0001 to 0xFFFF"
        raise ProfileError(f"TLV {row.name!r}: the tag 0x{row.tag:04X} {standard}")
    if row.name in BY_NAME or not row.name.isidentifier():
        wrong = "is a name of the standard" if row.name in BY_NAME else "is no name: letters, digits and _ are"
        raise ProfileError(f"TLV 0x{row.tag:04X}: {row.name!r} {wrong}")
    if row.name in FIELDS or row.name in COLUMNS:
        wrong = "a field of the standard" if row.name in FIELDS else "a column of frames"
        raise ProfileError(f"TLV 0x{row.tag:04X}: {row.name!r} is {wrong}: give the TLV a name of its own")
    if row.kind not in KINDS:
        raise ProfileError(f"TLV {row.name!r}: kind {row.kind!r} is none of {', '.join(KINDS)}")
    most = WIDEST_INT if row.kind == "int" else WIDEST
    if not 0 <= row.least <= row.most <= most:
        raise ProfileError(f"TLV {row.name!r}: {row.least} to {row.most} octets, but 0 to {most} can be held")


def _check_codings(codings: Mapping[int, str]) -> None:
    for data_coding, alphabet in codings.items():
        if not hasattr(data_coding, "__index__"):
            kind = type(data_coding).__name__
            raise ProfileError(f"codings: data_coding {data_coding!r:.40} is no whole number of 0 to 255, but {kind}")
        if not 0 <= data_coding <= 0xFF:
            raise ProfileError(f"codings: data_coding {data_coding} is outside 0 to 255")
        if alphabet not in NAMES:
            there = ", ".join(NAMES)
            raise ProfileError(f"codings: data_coding {data_coding}: no alphabet {alphabet!r}; there are {there}")
