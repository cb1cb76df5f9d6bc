"""The plan of a text while it is typed: encoding, sizes, parts, and the characters that cost most, marked."""

from collections.abc import Mapping
from types import MappingProxyType

from .._core.alphabet import ALPHABETS
from .._core.measure import unheld
from ..errors import TextError
from ..html import visible
from ..text.plan import Plan, plan
from ..text.reasons import describe

SHOWN = 600
"""Characters of a text that are shown with their marks."""

_GSM7 = ALPHABETS.index("gsm7")
_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"gsm7": ("GSM 7-bit", "septets"), "ucs2": ("UCS-2", "16-bit units"), "latin1": ("Latin-1", "octets")}
)


def planned(text: str) -> dict[str, object]:
    """Return the plan of a text as the form shows it: a line, reasons, and the text cut at the marked characters.

    >>> planned("Hello €")["sizes"]
    'GSM 7-bit · 8 of 160 septets · 1 part'
    >>> planned("a→b")["pieces"]
    [['a', ''], ['→', '→ (U+2192 RIGHTWARDS ARROW)'], ['b', '']]
    """
    if not text:
        return {"sizes": "no text yet", "tone": "faint", "pieces": [], "reasons": []}
    try:
        made = plan(text)
    except TextError as error:
        return {"sizes": visible(str(error)), "tone": "bad", "pieces": [], "reasons": []}
    marks = [] if made.encoding == "gsm7" else unheld(text[:SHOWN], _GSM7)
    tone = "wait" if marks or made.parts > 1 else "good"
    reasons = [visible(reason) for reason in made.reasons]
    return {"sizes": _line(made), "tone": tone, "pieces": _pieces(text, marks), "reasons": reasons}


def _line(made: Plan) -> str:
    name, unit = _NAMES.get(made.encoding, (made.encoding, "octets"))
    sizes = " + ".join(map(str, made.units[:4])) + (" + …" if len(made.units) > 4 else "")
    of = f"{sizes} of {made.capacity}" if made.parts == 1 else sizes
    return f"{name} · {of} {unit} · {made.parts} part{'s' * (made.parts > 1)}"


def _pieces(text: str, marks: list[int]) -> list[list[str]]:
    """Return the text in pieces of [what is shown, why it is marked]; nothing when no character is."""
    pieces: list[list[str]] = []
    done = 0
    for mark in marks:
        if mark > done:
            pieces.append([visible(text[done:mark]), ""])
        if mark == done and pieces and pieces[-1][1] == describe(text[mark]):
            pieces[-1][0] += visible(text[mark])
        else:
            pieces.append([visible(text[mark]), describe(text[mark])])
        done = mark + 1
    if pieces and done < len(text):
        rest = text[done:SHOWN]
        pieces.append([visible(rest) + ("…" if len(text) > SHOWN else ""), ""])
    return pieces
