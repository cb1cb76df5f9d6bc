"""What sending a text takes: alphabet, units, parts, and why. One text or a Series of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

from .._core.alphabet import ALPHABETS
from ..html import card
from ..spec.alphabets import LANGUAGES
from .cutting import Cut, cut
from .parts import chosen_way, width_of
from .reasons import count, reasons
from .ways import Way, names_of

if TYPE_CHECKING:
    import pandas as pd

_UNITS = {"gsm7": "septets", "ucs2": "16-bit units"}


@dataclass(frozen=True, slots=True)
class Plan:
    """How one text would be sent. The text itself is not kept.

    ``encoding`` names the alphabet; ``locking`` and ``single`` the national language tables ("default" without);
    ``units`` are septets, octets or 16-bit units of text in each part, ``characters`` the same in characters; ``parts``
    counts the requests, ``cost`` the short messages a network bills (more than ``parts`` with message_payload);
    ``capacity`` is what one part of as many holds; ``reasons`` are plain sentences.

    >>> plan("Hello €")
    <Plan gsm7, 1 part, 8 of 160 septets>
    """

    encoding: str
    units: tuple[int, ...]
    parts: int
    reasons: tuple[str, ...]
    characters: tuple[int, ...]
    cost: int
    capacity: int
    locking: str = "default"
    single: str = "default"

    def __repr__(self) -> str:
        """One line, without a word of the text."""
        shifts = "" if self.locking == self.single == "default" else f" with {self._shifts()}"
        return f"<Plan {self.encoding}{shifts}, {count(self.parts, 'part')}, {self._sizes()}>"

    def _shifts(self) -> str:
        pairs = ((self.locking, "locking"), (self.single, "single"))
        return " and ".join(f"{name} {kind} shift" for name, kind in pairs if name != "default")

    def _sizes(self) -> str:
        unit = _UNITS.get(self.encoding, "octets")
        sizes = " + ".join(map(str, self.units[:4])) + (" + …" if len(self.units) > 4 else "")
        return f"{sizes} of {self.capacity} {unit}" if self.parts == self.cost == 1 else f"{sizes} {unit}"

    def __str__(self) -> str:
        """Return the line of ``repr`` and the reasons below it."""
        return "\n".join([repr(self).strip("<>"), *(f"  {reason}" for reason in self.reasons)])

    def _repr_html_(self) -> str:
        rows: list[tuple[object, object]] = [
            ("encoding", self.encoding),
            ("parts", self.parts),
            (_UNITS.get(self.encoding, "octets"), self._sizes()),
            ("characters", " + ".join(map(str, self.characters[:8])) + (" + …" if len(self.characters) > 8 else "")),
        ]
        if self.cost != self.parts:
            rows.append(("billed", count(self.cost, "message")))
        if self.locking != "default" or self.single != "default":
            rows.insert(1, ("language", self._shifts()))
        return card("Plan", [*rows, *(("because" if not at else "", why) for at, why in enumerate(self.reasons))])


@overload
def plan(
    text: str, reference_bits: int = 8, alphabets: str | Sequence[str] = ("default",), long: str = "auto"
) -> Plan: ...
@overload
def plan(
    text: "pd.Series[str] | pd.Index[str]",
    reference_bits: int = 8,
    alphabets: str | Sequence[str] = ("default",),
    long: str = "auto",
) -> "pd.DataFrame": ...


def plan(
    text: "str | pd.Series[str] | pd.Index[str]",
    reference_bits: int = 8,
    alphabets: str | Sequence[str] = ("default",),
    long: str = "auto",
) -> "Plan | pd.DataFrame":
    """Return how ``text`` would be sent and why; a Series of texts gives a frame of one row a text, its index kept.

    The fewest parts win, then the order of ``alphabets``: "default" (the GSM 7-bit alphabet), national languages by
    name, "ascii", "latin1", "cyrillic", "hebrew", "ucs2", or "all" for the default and every language. UCS-2 takes what
    nothing else holds. ``long`` is how a text of several parts travels: "udh8" or "udh16" (a header; "auto" goes by
    ``reference_bits``), "sar" (TLVs) or "payload" (message_payload, which the message centre splits). ``TextError``
    for more than 255 parts and for lone surrogates. An Index of texts gives rows numbered from 0. The frame has
    encoding, units (of the whole text), parts, characters and reasons; NA where there is no text, and no parts where a
    text takes too many.

    >>> planned = plan("It’s " + "a" * 70)
    >>> planned.encoding, planned.units, planned.parts
    ('ucs2', (67, 8), 2)
    >>> print(planned.reasons[0])
    ’ (U+2019 RIGHT SINGLE QUOTATION MARK) at 2 forces UCS-2: with ' the text is 1 part instead of 2
    """
    names = names_of(alphabets)
    width = width_of(long, reference_bits)
    if isinstance(text, str):
        way, units, parts = chosen_way(text, names, width)
        return _planned(text, way, units, parts, width, long)
    if _is_column(text):
        from .plans import plan_series

        return plan_series(text, names, width, long)
    hint = ": name one of its columns" if hasattr(text, "columns") else ""
    raise TypeError(f"plan takes a text or a Series of texts, not {type(text).__name__}{hint}")


def _is_column(value: object) -> bool:
    """Tell whether a value is a Series or an Index, without pandas: for one text it is not worth its import."""
    kinds = {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(value).__mro__}
    return not kinds.isdisjoint({("pandas", "Series"), ("pandas", "Index")})


def _planned(text: str, way: Way, units: int, parts: int, width: int, long: str) -> Plan:
    pieces: Iterable[Cut] = [Cut(0, len(text), units)] if long == "payload" else cut(text, way, units, parts)
    sizes = tuple(piece.units for piece in pieces)
    return Plan(
        encoding=ALPHABETS[way[0]],
        units=sizes,
        parts=len(sizes),
        reasons=reasons(text, way, units, parts, width),
        characters=tuple(piece.end - piece.start for piece in pieces),
        cost=parts,
        capacity=way[4] if parts == 1 else way[5],
        locking=LANGUAGES[way[1]].name,
        single=LANGUAGES[way[2]].name,
    )
