"""Profiles from TOML files, with errors that name the file and the key."""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

from ..errors import ProfileError
from ..spec.kinds import Tlv
from .profile import KINDS, WIDEST, WIDEST_INT, Profile

SHIPPED = Path(__file__).parent
LARGEST = 1 << 20  # octets of a file: a profile is a page of text

_KEYS = ("name", "description", "codings", "tlvs")
_TLV_KEYS = ("tag", "name", "kind", "least", "most", "repeats", "meaning")
_Type = TypeVar("_Type")


def shipped() -> tuple[str, ...]:
    """Return the names of the profiles that ship with smppkit.

    >>> "generic" in shipped()
    True
    """
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def find(profile: Profile | str | Path) -> Profile:
    """Return a profile given as such, by the name of a shipped one, or by the path of a file.

    >>> find("generic")
    <Profile 'generic'>
    """
    if isinstance(profile, Profile):
        return profile
    if isinstance(profile, str | Path):
        return load(profile)
    kind = type(profile).__name__
    raise TypeError(f"profile= takes a Profile, the name of one or the path of a TOML file, not {kind}")


def load(profile: str | Path) -> Profile:
    """Read a profile from the TOML file at a path, or a shipped one by its name.

    >>> load("generic").name
    'generic'
    >>> load("genric")
    Traceback (most recent call last):
        ...
    smppkit.errors.ProfileError: no profile 'genric': there is generic; others are given by the path of a .toml file
    """
    path = Path(profile)
    if isinstance(profile, str) and path.suffix != ".toml" and path.name == profile:
        if profile not in shipped():
            there = ", ".join(shipped())
            raise ProfileError(
                f"no profile {profile!r}: there is {there}; others are given by the path of a .toml file"
            )
        path = SHIPPED / f"{profile}.toml"
    try:
        with path.open("rb") as file:
            octets = file.read(LARGEST + 1)
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror or error}") from error
    if len(octets) > LARGEST:
        raise ProfileError(f"{path}: more than {LARGEST:,} octets are no profile")
    return _parse(octets, str(path), path.stem)


def _parse(octets: bytes, file: str, name: str) -> Profile:
    try:
        table = tomllib.loads(octets.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{file}: no TOML: {error}") from error
    _known_keys(table, _KEYS, file)
    rows = _take(table, "tlvs", list, file, [])
    try:
        return Profile(
            _take(table, "name", str, file, name),
            [_row(row, f"{file}: tlvs[{i}]") for i, row in enumerate(rows)],
            _codings(_take(table, "codings", dict, file, {}), file),
            _take(table, "description", str, file, ""),
        )
    except ProfileError as error:
        raise error if str(error).startswith(file) else ProfileError(f"{file}: {error}") from None


def _known_keys(table: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            close = get_close_matches(key, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
            raise ProfileError(f"{where}: {key}: no such key; {hint}")


def _take(table: Mapping[str, object], key: str, kind: type[_Type], where: str, default: _Type | None = None) -> _Type:
    value = table.get(key, default)
    if value is None:
        raise ProfileError(f"{where}: {key}: missing")
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        words = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}
        raise ProfileError(f"{where}: {key}: {words[kind]} wanted, not {value!r:.40}")
    return value


def _row(row: object, where: str) -> Tlv:
    if not isinstance(row, dict):
        raise ProfileError(f"{where}: a table wanted, not {row!r:.40}")
    _known_keys(row, _TLV_KEYS, where)
    kind = _take(row, "kind", str, where, "octets")
    if kind not in KINDS:
        raise ProfileError(f"{where}: kind: {kind!r} is none of {', '.join(KINDS)}")
    least = _take(row, "least", int, where, 1 if kind == "int" else 0)
    most = _take(row, "most", int, where, WIDEST_INT if kind == "int" else WIDEST)
    return Tlv(
        _take(row, "tag", int, where),
        _take(row, "name", str, where),
        kind,
        least,
        most,
        introduced="vendor",
        repeats=_take(row, "repeats", bool, where, False),
        meaning=_take(row, "meaning", str, where, ""),
    )


def _codings(table: Mapping[str, object], file: str) -> dict[int, str]:
    return {_number(key, file): _take(table, key, str, f"{file}: codings") for key in table}


def _number(key: str, file: str) -> int:
    hexadecimal = key[:2].lower() == "0x"
    digits = key[2:] if hexadecimal else key
    if not 0 < len(digits) < 9 or not all(digit in "0123456789abcdefABCDEF" for digit in digits):
        raise ProfileError(f"{file}: codings: {key}: no data_coding: write a number such as 0 or 0xF5")
    if not hexadecimal and not digits.isdigit():
        raise ProfileError(f"{file}: codings: {key}: no data_coding: write hexadecimal as 0x{key}")
    return int(digits, 16 if hexadecimal else 10)
