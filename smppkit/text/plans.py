"""Plans of many texts at once: a Series in, a frame out, counted in the core."""

from typing import TYPE_CHECKING, Any

from .._core.alphabet import ALPHABETS
from .._core.measure import choose_many, not_held
from ..errors import TableError
from .cutting import too_long
from .reasons import reasons
from .ways import MOST_PARTS, Way, ways, widest

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


_GSM7 = ALPHABETS.index("gsm7")


def plan_series(
    texts: "pd.Series[Any] | pd.Index[Any]", alphabets: str | tuple[str, ...], width: int, long: str
) -> "pd.DataFrame":
    """Return encoding, units, parts, characters and reasons of each text (see ``plan``); ``TableError`` for non-texts.

    >>> import pandas as pd
    >>> plan_series(pd.Series(["a", "Ж" * 71]), "default", 8, "auto")[["encoding", "units", "parts"]]
      encoding  units  parts
    0     gsm7      1      1
    1     ucs2     71      2
    """
    import numpy as np
    import pandas as pd

    if isinstance(texts, pd.Index):
        texts = pd.Series(texts.tolist(), dtype=object)
    values = _values(texts)
    rows = ways(alphabets, width)
    index, units, parts, characters = (np.frombuffer(column, np.int64) for column in choose_many(values, rows))
    absent = _absent(texts, index == -2)
    unsent = (index < 0) | (parts > MOST_PARTS)
    written_in = [ALPHABETS[way[0]] for way in rows]
    encodings = pd.Index(list(dict.fromkeys(written_in)))
    codes = np.array([encodings.get_loc(name) for name in written_in], np.int64)
    return pd.DataFrame(
        {
            "encoding": pd.Categorical.from_codes(np.where(index < 0, -1, codes[np.maximum(index, 0)]), encodings),
            "units": pd.arrays.IntegerArray(units, index < 0),
            "parts": pd.arrays.IntegerArray(np.ones_like(parts) if long == "payload" else parts, unsent),
            "characters": pd.arrays.IntegerArray(characters, absent),
            "reasons": pd.array(_reasons(values, rows, index, units, parts, width), dtype="str"),
        },
        index=texts.index,
    )


def _values(texts: "pd.Series[Any]") -> list[Any]:
    """Return what the rows hold; ``TableError`` for the first that Arrow has as a text but is no UTF-8."""
    try:
        return texts.tolist()
    except UnicodeDecodeError:
        for place in range(len(texts)):
            try:
                texts.iloc[place]
            except UnicodeDecodeError:
                raise TableError(f"row {texts.index[place]!r}: the text is no UTF-8") from None
        raise


def _absent(texts: "pd.Series[Any]", strange: "NDArray[np.bool_]") -> "NDArray[np.bool_]":
    """Rows without a text; ``TableError`` when one of them holds something else instead."""
    values = texts[strange & texts.notna().to_numpy()]
    if len(values):
        raise TableError(
            f"plan takes texts, but row {values.index[0]!r} holds {type(values.iloc[0]).__name__}: "
            'convert with .astype("str")'
        )
    return strange


def _reasons(
    values: list[Any],
    rows: tuple[Way, ...],
    index: "NDArray[np.int64]",
    units: "NDArray[np.int64]",
    parts: "NDArray[np.int64]",
    width: int,
) -> list[str | None]:
    """Sentences for the rows that need any: most texts are plain and have none."""
    plain = next((place for place, way in enumerate(rows) if way[:3] == (_GSM7, 0, 0)), -1)
    found: list[str | None] = []
    for value, way, taken, count in zip(values, index.tolist(), units.tolist(), parts.tolist(), strict=True):
        if way < 0:
            found.append(None if way == -2 else str(not_held(value, *widest(rows)[:3])))
        elif count > MOST_PARTS:
            found.append(too_long(count))
        elif way == plain and taken == len(value) and count == 1:
            found.append("")
        else:
            found.append("; ".join(reasons(value, rows[way], taken, count, width)))
    return found
