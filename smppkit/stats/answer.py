"""The answer to a question: a DataFrame that says what its numbers mean, reads well as text and HTML, and is drawn."""

import textwrap
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.plotting import PlotAccessor

from smppkit.html import escape

from .table import nothing, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CELL = 40  # characters of a label that are shown


class Answer(pd.DataFrame):
    """The answer to one question about messages; all of pandas works on it.

    ``caption`` says in words what was counted: denominator, horizon, kind of interval, n, what is pending. ``attrs``
    has the same apart: question, unit, denominator, horizon, observed_until, n, notes. ``plot()`` draws it.
    ``curve`` is the whole curve behind a table of quantiles, None elsewhere.

    >>> table = pd.DataFrame({"outcome": ["accepted"] * 2, "state": ["DELIVERED", None]})
    >>> from smppkit.stats.rates import delivery_rate
    >>> delivery_rate(table).caption
    'Delivered / accepted messages; horizon: end of data, unknown; Wilson 95 % intervals; n = 2. Pending: 1, \
counted as not delivered yet.'
    """

    _metadata = ["_curve"]  # noqa: RUF012 - pandas' own protocol
    _curve: pd.DataFrame | None = None

    @property
    def _constructor(self) -> Callable[..., "Answer"]:
        return Answer

    @property
    def caption(self) -> str:
        """What the numbers mean, in one or a few sentences."""
        return str(self.attrs.get("caption", ""))

    @property
    def curve(self) -> pd.DataFrame | None:
        """The curve behind the quantiles of ``latency``: see there."""
        return self._curve

    @property
    def plot(self) -> "Picture":  # type: ignore[override]
        """``plot()`` draws the answer as a matplotlib Figure; ``plot.bar()`` and the like are pandas' own."""
        return Picture(self)

    def __repr__(self) -> str:
        """Show the formatted table with its caption."""
        shown, note = _shown(self)
        table = shown.to_string() if len(shown) else f"{_columns(self)}\n(no rows)"
        return "\n".join([table, *textwrap.wrap(" ".join(filter(None, (self.caption, note))), 100)])

    def _repr_html_(self) -> str:
        shown, note = _shown(self)
        table = shown.to_html(escape=True, border=0)
        foot = escape(" ".join(filter(None, (self.caption, note))), limit=None)
        return f'<div>{table}<div style="opacity:.75;font-size:90%;max-width:60em">{foot}</div></div>'


class Picture:
    """What ``answer.plot`` is: called, it draws the picture of the question; its attributes are pandas' own plots.

    >>> from smppkit.stats.rates import delivery_rate
    >>> rate = delivery_rate(pd.DataFrame({"outcome": ["accepted"], "state": ["DELIVERED"]}))
    >>> type(rate.plot()).__mro__[1]
    <class 'matplotlib.figure.Figure'>
    """

    def __init__(self, answer: Answer) -> None:
        """Keep the answer; matplotlib is loaded by the call."""
        self._answer = answer

    def __call__(self, ax: "Axes | None" = None, **options: Any) -> "Figure | Any":
        """Return the picture as a matplotlib Figure, drawn into ``ax`` if given; any other argument goes to pandas.

        Raises ImportError with the pip command if matplotlib is missing.
        """
        if options:
            pandas_plot: Any = PlotAccessor(self._answer)
            return pandas_plot(**options, **({} if ax is None else {"ax": ax}))
        try:
            from . import plots
        except ImportError as error:
            if not (error.name or "").startswith("matplotlib"):
                raise
            raise ImportError("Pictures need matplotlib: pip install 'smppkit[lab]'", name="matplotlib") from None
        return plots.draw(self._answer, ax)

    def __getattr__(self, name: str) -> Any:
        """Return pandas' own plot of that name."""
        return getattr(PlotAccessor(self._answer), name)


def answer(
    columns: Mapping[str, npt.NDArray[Any]],
    index: "pd.Index[Any]",
    *,
    notes: list[str],
    formats: Mapping[str, str],
    caption: str,
    curve: pd.DataFrame | None = None,
    **facts: str | int | float,
) -> Answer:
    """Return the Answer with these columns; ``facts`` and the caption (notes at its end) become its attrs.

    ``formats`` says how columns are shown: share (per cent), rate (per cent, or "not measurable"), seconds, fate
    (a count that may be hidden where all are 0), aside (likewise, and no word of it). attrs hold text and numbers
    only, so that Parquet can keep them.

    >>> answer({"n": np.array([3])}, pd.Index(["all"]), notes=[], formats={}, caption="n = 3.").attrs["caption"]
    'n = 3.'
    """
    made = Answer(dict(columns), index=index)
    made.attrs.update(facts, notes=notes, formats=dict(formats), caption=" ".join([caption, *notes]))
    made._curve = curve
    return made


def _shown(whole: Answer) -> tuple[pd.DataFrame, str]:
    """Return the table as harmless text, cut to pandas' display.max_rows, and what was left out of it."""
    formats = whole.attrs.get("formats", {})
    zero = [name for name in whole.columns if formats.get(name) in ("fate", "aside") and _all_zero(whole[name])]
    most = pd.get_option("display.max_rows") or len(whole)
    part = pd.DataFrame(whole).drop(columns=zero).iloc[:most]
    cells = {place: _cells(part, place, str(formats.get(name, ""))) for place, name in enumerate(part.columns)}
    shown = pd.DataFrame(cells, index=_harmless(part.index), dtype=object)
    shown.columns = pd.Index([one_line(name, _CELL) for name in part.columns], dtype=object)
    notes = []
    missed = [str(name) for name in zero if formats[name] == "fate"]
    if missed:
        notes.append(f"All 0, not shown: {', '.join(missed)}.")
    if len(part) < len(whole):
        notes.append(f"{len(whole) - len(part):,} more rows not shown.")
    return shown, " ".join(notes)


def _all_zero(values: "pd.Series[Any] | pd.DataFrame") -> bool:
    return len(values) > 0 and not values.to_numpy().any()


def _cells(part: pd.DataFrame, place: int, form: str) -> list[str]:
    values = part.iloc[:, place]
    if not part.columns.is_unique:
        return [_cell(value, "", 1, 0) for value in values]
    n = part["n"] if "n" in part.columns else np.ones(len(part))
    unasked = part["unasked"] if "unasked" in part.columns else np.zeros(len(part))
    return [_cell(value, form, *counts) for value, *counts in zip(values, n, unasked, strict=True)]


def _columns(whole: Answer) -> str:
    return "Columns: " + ", ".join(one_line(name, _CELL) for name in whole.columns)


def _harmless(index: "pd.Index[Any]") -> "pd.Index[Any]":
    names = [None if name is None else one_line(name, _CELL) for name in index.names]
    if isinstance(index, pd.MultiIndex):
        levels = [[_label(value) for value in index.get_level_values(level)] for level in range(index.nlevels)]
        return pd.MultiIndex.from_arrays([pd.Index(level, dtype=object) for level in levels], names=names)
    return pd.Index([_label(value) for value in index], name=names[0], dtype=object)


def _label(value: object) -> str:
    if isinstance(value, pd.Timestamp) and not pd.isna(value):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M:%S}"
    return one_line(value, _CELL)


def _cell(value: object, form: str, n: object, unasked: object) -> str:
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return f"{value:,}"
    if not isinstance(value, float):
        return one_line(value, _CELL)
    if np.isnan(value):
        return _blank(form, *(not nothing(count) and bool(count) for count in (n, unasked)))
    if form in ("share", "rate"):
        return percent(value)
    return figure(value)


def _blank(form: str, n: bool, unasked: bool) -> str:
    if form == "rate":
        return "not measurable" if n or unasked else "–"
    if form == "seconds":
        return "not measurable" if unasked and not n else "not reached"
    return "–"


def figure(value: float) -> str:
    """Return a number in three digits, or whole with its thousands apart.

    >>> figure(0.12345), figure(12345.6)
    ('0.123', '12,346')
    """
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def percent(share: float) -> str:
    """Return a share in per cent; what is near to none or all is not rounded to it.

    >>> percent(0.9167), percent(0.00001), percent(1.0)
    ('91.7 %', '<0.1 %', '100.0 %')
    """
    if 0 < share < 0.0005:
        return "<0.1 %"
    if 0.9995 <= share < 1:
        return ">99.9 %"
    return f"{100 * share:.1f} %"
