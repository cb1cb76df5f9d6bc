"""What a run would send, before anything leaves: the same code prepares it, so the same numbers come out."""

from difflib import get_close_matches
from inspect import signature
from numbers import Real
from operator import index
from typing import TYPE_CHECKING, Any

from ..html import card
from .address import AnyAddress
from .prepare import Prepared, prepare
from .terms import Terms

if TYPE_CHECKING:
    import pandas as pd

    from .settings import Options

SHOWN = 20
"""Rows of the table, and of what is left out, that a preview shows."""
_REASONS = 5
_KEYWORDS = tuple(dict.fromkeys(("sender", "receipt", "rate", "window", "tag", *signature(Terms.of).parameters)))


class Preview:
    """What ``esme.send_many`` would send of a table.

    ``rows`` of the table become ``messages`` of ``parts``; ``encodings`` counts messages by alphabet, ``duplicates``
    those whose number came before (they are sent all the same); ``left_out`` is a DataFrame of row, destination and
    reason; ``seconds`` is how long the parts take at ``rate``, None without one. ``table`` has the first rows:
    destination, text, encoding, units, parts.

    >>> found = preview(None, {"to": ["+32471123456", "x"]}, "Hello", rate=2)
    >>> found
    <Preview: 2 rows, 1 message, 1 part, gsm7 1, 1 row left out, 0.5 s at 2 parts/s>
    >>> found.table.loc[0, "text"], found.left_out.loc[0, "destination"]
    ('Hello', 'x')
    """

    def __init__(self, prepared: Prepared, rate: float | None = None) -> None:
        """Count what was prepared."""
        import numpy as np

        self.messages = prepared.messages
        self.parts = prepared.parts
        self.rows = prepared.messages + len(prepared.left_out)
        self.left_out = prepared.left_out
        self.rate = rate
        self.seconds = prepared.parts / rate if rate else None
        codes, counts = np.unique(prepared.encoding, return_counts=True)
        self.encodings = {
            prepared.encodings[code]: number for code, number in zip(codes.tolist(), counts.tolist(), strict=True)
        }
        self.duplicates = prepared.messages - len(prepared.destination.unique())
        self.table = _table(prepared)

    def __repr__(self) -> str:
        """Say in one line how much there is."""
        encodings = [f"{name} {number:,}" for name, number in self.encodings.items()]
        left = [f"{amount(len(self.left_out), 'row')} left out"] if len(self.left_out) else []
        twice = [f"{amount(self.duplicates, 'duplicate')}"] if self.duplicates else []
        sizes = [amount(self.rows, "row"), amount(self.messages, "message"), amount(self.parts, "part")]
        return f"<Preview: {', '.join([*sizes, *encodings, *twice, *left, *self._time()])}>"

    def _time(self) -> list[str]:
        return [] if self.seconds is None else [f"{spell(self.seconds)} at {self.rate:,g} parts/s"]

    def _because(self) -> list[str]:
        """Why rows are left out, the commonest reasons by name."""
        reasons = self.left_out["reason"].value_counts()
        told = [f"{number:,} x {reason}" for reason, number in reasons.head(_REASONS).items()]
        more = reasons.iloc[_REASONS:]
        return [*told, f"and {more.sum():,} for {amount(len(more), 'other reason')}"] if len(more) else told

    def _repr_html_(self) -> str:
        rows: list[tuple[object, object]] = [
            ("rows", f"{self.rows:,}"),
            ("messages", f"{self.messages:,}"),
            ("parts", f"{self.parts:,}"),
            ("alphabets", ", ".join(f"{name} {number:,}" for name, number in self.encodings.items()) or "none"),
            ("duplicates", f"{self.duplicates:,}" + (", sent all the same" if self.duplicates else "")),
            ("left out", f"{len(self.left_out):,}"),
            *(("time", time) for time in self._time()),
        ]
        rows += [("because", because) for because in self._because()]
        return card("Preview", rows, "nothing was sent")


def preview(
    options: "Options | None",
    table: Any,
    text: str | None = None,
    *,
    rate: float | None = None,
    window: int | None = None,
    sender: AnyAddress | None = None,
    **keywords: Any,
) -> Preview:
    """Return what a table and a text would send over an account: ``options`` have its sender, rate and profile.

    ``keywords`` are those of ``prepare``; ``window`` changes nothing of what is sent. Nothing leaves.

    >>> preview(None, {"to": ["+32471123456"], "text": ["Ж"]}).encodings
    {'ucs2': 1}
    """
    rate, _ = checked("preview", keywords, rate, window)
    settings = settled(options, sender=sender, **keywords)
    own = getattr(options, "rate", None)
    rates = [each for each in (rate, own) if each]
    return Preview(prepare(table, text, **settings), min(rates, default=None))


def checked(
    call: str, keywords: dict[str, Any], rate: float | None, window: int | None
) -> tuple[float | None, int | None]:
    """Return rate and window as numbers; TypeError for a keyword there is none of, ValueError for what is no limit.

    >>> checked("send_many", {"tag": "a"}, 10, None)
    (10.0, None)
    >>> checked("send_many", {"senders": "INFO"}, None, None)
    Traceback (most recent call last):
        ...
    TypeError: send_many has no keyword 'senders'; did you mean sender?
    """
    for name in keywords:
        if name not in _KEYWORDS:
            close = get_close_matches(name, _KEYWORDS, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(_KEYWORDS)}"
            raise TypeError(f"{call} has no keyword {name!r}; {hint}")
    if rate is not None and (not isinstance(rate, Real) or isinstance(rate, bool) or not 0 <= rate < float("inf")):
        raise ValueError(f"rate: {rate!r} parts a second; give a number above 0, or None for no limit")
    return None if not rate else float(rate), None if window is None else _whole(window)


def _whole(window: object) -> int:
    try:
        number = 0 if isinstance(window, bool) else index(window)  # type: ignore[arg-type]  # what is none raises
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError(f"window: {window!r} requests at once; give a whole number from 1, or None for the account's")
    return number


def settled(options: "Options | None", *, sender: AnyAddress | None = None, **keywords: Any) -> dict[str, Any]:
    """Return the keywords of ``prepare`` with what an account says where they say nothing.

    >>> settled(None, sender="INFO")["sender"]
    'INFO'
    """
    found = dict(keywords, sender=sender)
    if options is not None:
        found["sender"] = getattr(options, "sender", None) if sender is None else sender
        found.setdefault("profile", getattr(options, "profile", None))
        found.setdefault("version", getattr(options, "version", "3.4"))
    return found


def amount(number: int, word: str) -> str:
    """Return number and word, the word in the plural unless there is one.

    >>> amount(1, "part"), amount(1_000, "part")
    ('1 part', '1,000 parts')
    """
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def spell(seconds: float) -> str:
    """Return a span as people say it.

    >>> spell(0.5), spell(75), spell(7260)
    ('0.5 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


def _table(prepared: Prepared) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    shown = min(SHOWN, prepared.messages)
    firsts = np.flatnonzero(prepared.part == 1)[:shown]
    return pd.DataFrame(
        {
            "destination": pd.array(prepared.destination[:shown].to_pylist(), dtype="str"),
            "text": pd.array(prepared.text[:shown].to_pylist(), dtype="str"),
            "encoding": pd.Categorical([prepared.encodings[code] for code in prepared.encoding[:shown].tolist()]),
            "units": prepared.units[:shown],
            "parts": prepared.total[firsts].astype(np.int64),
        },
        index=prepared.rows[:shown],
    )
