"""Values of a DataFrame as the tables of a panel show them: texts, coloured words, times; never markup."""

from collections.abc import Mapping
from math import isnan
from types import MappingProxyType
from typing import Any, TypeAlias

from ..html import visible

Cell: TypeAlias = str | dict[str, object]
LONGEST = 300
"""Characters of a text that a cell holds; the details of a row have more."""

TONES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("accepted", "DELIVERED"), "good"),
        **dict.fromkeys(("refused", "not_sent", "UNDELIVERABLE", "REJECTED", "EXPIRED", "DELETED"), "bad"),
        **dict.fromkeys(("queued", "sent", "unanswered", "ENROUTE", "ACCEPTED", "SCHEDULED", "UNKNOWN"), "wait"),
        "SKIPPED": "bad",
    }
)


def text(value: object, limit: int = LONGEST) -> str:
    """Return a value as harmless text on one line; nothing for a missing one.

    >>> text("two\\nlines\\u202e"), text(None), text(7)
    ('two⏎lines\\\\u202e', '', '7')
    """
    if missing(value):
        return ""
    return visible(str(value), limit).replace("\r\n", "⏎").replace("\n", "⏎").replace("\r", "⏎").replace("\t", "⇥")


def word(value: object) -> Cell:
    """Return an outcome or a state as a word in its colour.

    >>> word("DELIVERED")
    {'text': 'DELIVERED', 'tone': 'good'}
    """
    said = text(value)
    return {"text": said, "tone": TONES.get(said, "faint")} if said else ""


def moment(value: object) -> Cell:
    """Return a time of a frame as milliseconds since 1970: the browser shows it in its own time zone.

    >>> import pandas as pd
    >>> moment(pd.Timestamp("1970-01-01 00:00:01.5", tz="UTC")), moment(pd.NaT)
    ({'time': 1500.0}, '')
    """
    since = milliseconds(value)
    return "" if since is None else {"time": since}


def milliseconds(value: Any) -> float | None:
    """Return a time as milliseconds since 1970, None for a missing one.

    >>> milliseconds(None) is None
    True
    """
    return None if missing(value) else value.value / 1e6  # a Timestamp


def missing(value: Any) -> bool:
    """Return whether a value of a frame is none.

    >>> import pandas as pd
    >>> missing(pd.NA), missing(pd.NaT), missing(float("nan")), missing(""), missing(None)
    (True, True, True, False, True)
    """
    return value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and isnan(value))
