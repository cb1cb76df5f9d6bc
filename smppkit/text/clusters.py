"""Characters that belong to the one before them: marks, joined emoji, flags, conjuncts. Better not cut apart."""

import unicodedata

_JOINER = 0x200D


def joins(text: str, place: int, first: int = 0) -> bool:
    """Tell whether the character at ``place`` belongs to the one before it (as UAX 29 has it, without its rare cases).

    Nothing before ``first`` is looked at.

    >>> joins("e\\u0301", 1), joins("ab", 1), joins("👩\\u200d🔬", 2)
    (True, False, True)
    """
    if not first < place < len(text):
        return False
    character, before = text[place], text[place - 1]
    code = ord(character)
    if code < 0x300:
        return False
    if unicodedata.category(character) in ("Mn", "Mc", "Me") or _extends(code) or ord(before) == _JOINER:
        return True
    if 0x1F1E6 <= code <= 0x1F1FF:
        return _second_of_flag(text, place, first)
    return unicodedata.combining(before) == 9 and unicodedata.category(character) == "Lo"  # virama: a conjunct


def _extends(code: int) -> bool:
    """Joiners, emoji skin tones, tags, vowels and final consonants of Hangul, Thai and Lao AM."""
    return (
        code in (_JOINER, 0x200C, 0x0E33, 0x0EB3)
        or 0x1F3FB <= code <= 0x1F3FF
        or 0xE0020 <= code <= 0xE007F
        or 0x1160 <= code <= 0x11FF
    )


def _second_of_flag(text: str, place: int, first: int) -> bool:
    """Regional indicators pair up from the first of their run."""
    begin = place
    while begin > first and 0x1F1E6 <= ord(text[begin - 1]) <= 0x1F1FF:
        begin -= 1
    return (place - begin) % 2 == 1


def start_of_cluster(text: str, place: int, first: int) -> int:
    """Return where the cluster that ``place`` would cut begins, not before ``first``; ``place`` when it cuts none.

    >>> start_of_cluster("ae\\u0301b", 2, 0), start_of_cluster("ae\\u0301b", 3, 0)
    (1, 3)
    """
    while joins(text, place, first):
        place -= 1
    return place
