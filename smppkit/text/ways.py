"""The ways to write a text: alphabets with their headers, and how many units a message and a part then hold."""

from collections.abc import Iterable
from functools import lru_cache

from .._core.alphabet import ALPHABETS
from ..spec.alphabets import LANGUAGES

Way = tuple[int, int, int, bool, int, int, int]
"""Alphabet, locking and single language, avoid disputed cells, units of a whole message, units of a part, rank."""
OCTETS = 140
"""Octets of user data in one short message (3GPP TS 23.040, 9.2.3.16)."""
MOST_PARTS = 255

_GSM7, _UCS2 = ALPHABETS.index("gsm7"), ALPHABETS.index("ucs2")
_CHARSETS = ("ascii", "latin1", "cyrillic", "hebrew")
_LAST = 99  # UCS-2 holds everything: taken when nothing else does, or when it takes fewer parts
_CONCATENATION = {8: 5, 16: 6}  # octets of the element


def header_octets(width: int = 0, shifts: int = 0, extra: int = 0) -> int:
    """Return the octets of a header with a concatenation of ``width`` bits, so many shift elements, and extra octets.

    >>> header_octets(8), header_octets(16), header_octets(shifts=2), header_octets()
    (6, 7, 7, 0)
    """
    body = _CONCATENATION.get(width, 0) + 3 * shifts + extra
    return body + 1 if body else 0


def capacity(alphabet: str, header: int) -> int:
    """Return the units (septets, octets or 16-bit units) beside a header of so many octets.

    >>> capacity("gsm7", 0), capacity("gsm7", 6), capacity("ucs2", 7), capacity("latin1", 6)
    (160, 153, 66, 134)
    """
    room = max(OCTETS - header, 0)
    if alphabet.startswith("gsm7"):
        return room * 8 // 7
    return room // 2 if alphabet == "ucs2" else room


def names_of(alphabets: object) -> str | tuple[str, ...]:
    """Return the names of alphabets as ``ways`` takes them: one, or several. ``TypeError`` for what is no names.

    >>> names_of("all"), names_of(["default", "turkish"])
    ('all', ('default', 'turkish'))
    """
    if isinstance(alphabets, str):
        return alphabets
    names = tuple(alphabets) if isinstance(alphabets, Iterable) else (None,)
    if all(isinstance(name, str) for name in names):
        return names
    raise TypeError(f'alphabets is {alphabets!r}, but a name or several are wanted, as "all" or ("default", "turkish")')


@lru_cache(maxsize=256)
def ways(alphabets: str | tuple[str, ...], width: int, extra: int = 0, forced: bool = False) -> tuple[Way, ...]:
    """Return the ways that the names of alphabets allow, in the order they are to be tried.

    Names are "default" (or "gsm7"), the national languages, "ascii", "latin1", "cyrillic", "hebrew", "ucs2"; "all" is
    the default and every language. UCS-2 is added at the end unless ``forced``. ``width`` is that of the concatenation
    reference in bits, ``extra`` the octets of other header elements. ``ValueError`` for a name there is not.

    >>> ways(("default",), 8)
    ((1, 0, 0, True, 160, 153, 0), (5, 0, 0, True, 70, 67, 99))
    """
    names = [alphabets] if isinstance(alphabets, str) else list(alphabets)
    ranks = dict(zip(names, range(len(names)), strict=True))
    if "all" in names:
        ranks = {row.name: min(row.identifier, 1) for row in LANGUAGES}  # no language before another
    found = [way for name, rank in ranks.items() for way in _ways(name, rank, width, extra, forced)]
    if not forced and not any(way[0] == _UCS2 for way in found):
        found.append(_way("ucs2", 0, 0, _LAST, width, extra, False))
    return tuple(sorted(found, key=lambda way: way[-1]))


def _ways(name: str, rank: int, width: int, extra: int, forced: bool) -> Iterable[Way]:
    if name in ("default", "gsm7"):
        return [_way("gsm7", 0, 0, 4 * rank, width, extra, forced)]
    if name == "ucs2":
        return [_way("ucs2", 0, 0, 4 * rank, width, extra, forced)]
    if name in _CHARSETS:
        return [_way(name, 0, 0, 4 * rank, width, extra, forced)]
    return _national(name, rank, width, extra, forced)


def _national(name: str, rank: int, width: int, extra: int, forced: bool) -> Iterable[Way]:
    """One shift table before two: the shorter header wins where the parts are as many."""
    for row in LANGUAGES[1:]:
        if row.name == name:
            number = row.identifier
            shifts = [(0, number), (number, 0), (number, number)] if row.locking else [(0, number)]
            return [_way("gsm7", *pair, 4 * rank + 1 + all(pair), width, extra, forced) for pair in shifts]
    names = ", ".join(("all", *(row.name for row in LANGUAGES), *_CHARSETS, "ucs2"))
    raise ValueError(f"no alphabet {name!r} to plan with: there are {names}")


def _way(name: str, locking: int, single: int, rank: int, width: int, extra: int, forced: bool) -> Way:
    shifts = (locking > 0) + (single > 0)
    whole = capacity(name, header_octets(0, shifts, extra))
    part = capacity(name, header_octets(width, shifts, extra))
    if part < 2:
        raise ValueError(f"header elements of {extra} octets leave no room for text")
    return (ALPHABETS.index(name), locking, single, not forced, whole, part, rank)


def widest(rows: tuple[Way, ...]) -> Way:
    """Return the way that holds most: UCS-2, or the last where a text is forced into something else.

    >>> widest(ways(("ucs2", "default"), 8))[0]
    5
    """
    return next((way for way in rows if way[0] == _UCS2), rows[-1])
