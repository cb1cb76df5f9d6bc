"""Why a text is written as it is, in plain sentences: what forced the alphabet, costs double, would save parts."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from .._core.alphabet import ALPHABETS
from .._core.measure import unheld
from ..spec.alphabets import LANGUAGES
from .lookalikes import look_alike, replace
from .parts import chosen_way
from .ways import Way

SHOWN = 4
"""Characters, and places of one character, that a sentence names before it counts the rest."""
_GSM7, _UCS2 = ALPHABETS.index("gsm7"), ALPHABETS.index("ucs2")
_UNITS = {"gsm7": "septets", "ucs2": "16-bit units"}


def reasons(text: str, way: Way, units: int, parts: int, width: int) -> tuple[str, ...]:
    """Return the sentences for a text that takes ``units`` and ``parts`` in this way.

    >>> for sentence in reasons("It’s", (5, 0, 0, True, 70, 67, 99), 4, 1, 8):
    ...     print(sentence)
    ’ (U+2019 RIGHT SINGLE QUOTATION MARK) at 2 forces UCS-2: with ' the text fits GSM 7-bit, 1 part as before
    """
    gsm7 = way[0] == _GSM7
    found = [*_national(text, way), *_doubled(text, way)] if gsm7 else list(_forced(text, way, parts, width))
    if parts > 1:
        unit = _UNITS.get(ALPHABETS[way[0]], "octets")
        found.append(f"{units} {unit} are more than the {way[4]} of one message: {parts} parts of up to {way[5]}")
    return tuple(found)


def _places(text: str, positions: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for position in positions:
        found.setdefault(text[position], []).append(position)
    return found


@lru_cache(maxsize=4096)
def describe(character: str) -> str:
    """Return a character with its code point and name, the invisible ones without themselves.

    >>> describe("€"), describe("\\u200b")
    ('€ (U+20AC EURO SIGN)', 'U+200B ZERO WIDTH SPACE')
    """
    name = unicodedata.name(character, "")
    full = f"U+{ord(character):04X} {name}".strip()
    bare = not character.isprintable() or character.isspace() or unicodedata.category(character).startswith("M")
    return full if bare else f"{character} ({full})"


def _listed(positions: list[int]) -> str:
    shown = ", ".join(map(str, positions[:SHOWN]))
    return shown if len(positions) <= SHOWN else f"{shown} and {count(len(positions) - SHOWN, 'more place')}"


def _forced(text: str, way: Way, parts: int, width: int) -> Iterable[str]:
    places = _places(text, unheld(text, _GSM7))
    if not places:
        yield f"{_name(way)} was asked for: all of the text is in the GSM 7-bit alphabet"
        return
    saving = _saving(text, places, parts, width)
    if len(places) == 1:
        ((character, positions),) = places.items()
        yield f"{describe(character)} at {_listed(positions)} forces {_name(way)}{_with(character, saving)}"
        return
    if len(places) > SHOWN:
        yield f"{_shown(places)} force {_name(way)}"
    else:
        for character, positions in places.items():
            yield f"{describe(character)} at {_listed(positions)} forces {_name(way)}{_with(character)}"
    if saving:
        yield f"with look-alikes the text {saving}"


def _shown(places: dict[str, list[int]]) -> str:
    """Characters and places, the first few and how many more."""
    found = [f"{describe(character)} at {_listed(where)}" for character, where in list(places.items())[:SHOWN]]
    if len(places) > SHOWN:
        return f"{', '.join(found)} and {count(len(places) - SHOWN, 'other character')}"
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else found[0]


def _with(character: str, saving: str = "") -> str:
    """What the look-alike of a character would save, or only what it is."""
    like = look_alike(character)
    if saving:
        return f": with {like} the text {saving}" if like else f": without it the text {saving}"
    if like is None:
        return ""
    return f" (look-alike: {like})" if like else " (could be left out)"


def _saving(text: str, places: Iterable[str], parts: int, width: int) -> str:
    """What the text would be with look-alikes; empty when some character has none."""
    if any(look_alike(character) is None for character in places):
        return ""
    changed = replace(text)
    if unheld(changed, _GSM7):
        return ""
    fewer = chosen_way(changed, ("default",), width)[2]
    if fewer < parts:
        return f"is {count(fewer, 'part')} instead of {parts}"
    return f"fits GSM 7-bit, {count(fewer, 'part')} as before" if fewer == parts else ""


def count(number: int, word: str) -> str:
    """Return number and word, the word in the plural unless there is one.

    >>> count(1, "part"), count(2, "part")
    ('1 part', '2 parts')
    """
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _name(way: Way) -> str:
    return {"ucs2": "UCS-2", "latin1": "Latin-1", "ascii": "ASCII"}.get(ALPHABETS[way[0]], ALPHABETS[way[0]])


def _national(text: str, way: Way) -> Iterable[str]:
    if not (way[1] or way[2]):
        return
    kinds = [kind for number, kind in ((way[1], "locking"), (way[2], "single")) if number]
    places = _places(text, unheld(text, _GSM7))
    need = f"{_shown(places)} need{'s' * (len(places) == 1)} the" if places else "fewer septets by the"
    language = LANGUAGES[way[1] or way[2]].name
    yield f"{need} {language} {' and '.join(kinds)} shift, named in a header of {3 * len(kinds) + 1} octets"


def _doubled(text: str, way: Way) -> Iterable[str]:
    """Characters of the single shift table."""
    main = _main(way[1])
    places = _places(text, (place for place, character in enumerate(text) if character not in main))
    if places:
        yield f"{_shown(places)} {'take 2 septets each' if len(places) > 1 else 'takes 2 septets'}"


@lru_cache
def _main(locking: int) -> frozenset[str]:
    return frozenset(chr(code) for code in LANGUAGES[locking].locking if code)
