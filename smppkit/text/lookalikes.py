"""Characters that can stand for one an alphabet lacks: quotation marks, dashes, spaces, letters of the same shape."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from .._core.alphabet import ALPHABETS
from .._core.measure import unheld

_GSM7 = ALPHABETS.index("gsm7")
_ROWS: tuple[tuple[str, str], ...] = (
    ("‘’‚‛′ʹʻʼˈ`´ˋˊ＇", "'"),
    ("“”„‟″«»〝〞ˮ", '"'),
    ("‐‑‒–—―−⁃﹘﹣－", "-"),
    ("‹", "<"),
    ("›", ">"),
    ("…", "..."),
    ("•‣∙◦●∗", "*"),
    ("·", "."),
    ("⁄∕", "/"),
    ("¦", "|"),
    ("°", "o"),
    ("¢", "c"),
    ("©", "(c)"),
    ("®", "(r)"),
    ("×", "x"),
    ("÷", ":"),
    ("₤", "£"),
    ("ç", "Ç"),  # many handsets show the capital of the default alphabet small
    ("łĿŀ", "l"),
    ("Ł", "L"),
    ("đð", "d"),
    ("ĐÐ", "D"),
    ("ħ", "h"),
    ("Ħ", "H"),
    ("ıіι", "i"),
    ("œ", "oe"),
    ("Œ", "OE"),
    ("µ", "u"),
    ("ΑА", "A"),
    ("ΒВ", "B"),
    ("С", "C"),
    ("ΕЕ", "E"),
    ("ΗН", "H"),
    ("ΙІ", "I"),
    ("Ј", "J"),
    ("ΚК", "K"),
    ("ΜМ", "M"),
    ("Ν", "N"),
    ("ΟО", "O"),
    ("ΡР", "P"),
    ("Ѕ", "S"),
    ("ΤТ", "T"),
    ("ΥҮ", "Y"),
    ("ΧХ", "X"),
    ("Ζ", "Z"),
    ("Г", "Γ"),
    ("П", "Π"),
    ("Ф", "Φ"),
    ("а", "a"),
    ("с", "c"),
    ("е", "e"),
    ("ј", "j"),
    ("οо", "o"),
    ("р", "p"),
    ("ѕ", "s"),
    ("х", "x"),
    ("у", "y"),
    ("\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    ("\v\u0085\u2028\u2029", "\n"),
    ("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\ufe0e\ufe0f", ""),
    ("\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""),
)
_LIKE = {character: like for characters, like in _ROWS for character in characters}


@lru_cache(maxsize=4096)
def look_alike(character: str, locking: int = 0, single: int = 0) -> str | None:
    """Return what can stand for ``character`` in a GSM alphabet; ``""`` for the invisible, ``None`` without a stand-in.

    >>> look_alike("’"), look_alike("ő"), look_alike("\\u200b"), look_alike("☃")
    ("'", 'o', '', None)
    """
    return next((like for like in _candidates(character) if not unheld(like, _GSM7, locking, single)), None)


def _candidates(character: str) -> list[str]:
    """Look-alikes of the character itself, then of what it decomposes into without its accents."""
    found = [_LIKE[character]] if character in _LIKE else []
    bare = [part for part in unicodedata.normalize("NFKD", character) if not "\u0300" <= part <= "\u036f"]
    if bare != [character]:
        found += ["".join(bare), "".join(_LIKE.get(part, part) for part in bare)]
    return found


def replace(text: str, locking: int = 0, single: int = 0) -> str:
    """Return ``text`` with look-alikes for what the GSM alphabet lacks; characters without one stay.

    An accent that stands apart is put on the letter before it where the alphabet holds both in one. All else that the
    alphabet holds stays as it is.

    >>> replace("“Ne\\u0301e… ☃”")
    '"Née... ☃"'
    """
    found: list[str] = []
    done = 0
    for begin, end in _runs(unheld(text, _GSM7, locking, single)):
        found += text[done:begin]
        lacking = _put_on(found, text[begin:end], locking, single)
        found += [_stand_in(character, locking, single) for character in unicodedata.normalize("NFC", lacking)]
        done = end
    return "".join(found) + text[done:] if done else text


def _runs(places: list[int]) -> Iterator[tuple[int, int]]:
    """Yield where each run of neighbouring places begins and where it ends.

    >>> list(_runs([1, 2, 3, 7]))
    [(1, 4), (7, 8)]
    """
    begin = end = -1
    for place in places:
        if place != end:
            if end >= 0:
                yield begin, end
            begin = place
        end = place + 1
    if end >= 0:
        yield begin, end


def _put_on(found: list[str], lacking: str, locking: int, single: int) -> str:
    """Put what ``lacking`` begins with on the letter that ``found`` ends with, where that is held; return the rest."""
    kept = ""
    for place, accent in enumerate(lacking):
        both = unicodedata.normalize("NFC", found[-1] + accent) if found else ""
        if len(both) == 1 and not unheld(both, _GSM7, locking, single):
            found[-1] = both
        elif unicodedata.combining(accent):
            kept += accent
        else:
            return kept + lacking[place:]
    return kept


def _stand_in(character: str, locking: int, single: int) -> str:
    """Return a look-alike of a character that the alphabet lacks, else the character."""
    like = look_alike(character, locking, single) if unheld(character, _GSM7, locking, single) else None
    return character if like is None else like
