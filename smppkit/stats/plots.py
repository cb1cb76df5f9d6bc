"""One picture for each question. matplotlib is needed here and nowhere else."""

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from smppkit.errors import TableError

from .answer import Answer, percent
from .asked import NO_REQUEST
from .funnel import ASKED
from .style import (
    BLUE,
    CYCLE,
    FAINT,
    FATES,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILION,
    finish,
    legend,
    page,
    per_cent,
    printable,
    spell,
    style,
    time_axis,
    whole_numbers,
)
from .table import nothing

MOST_ROWS = 30  # rows of labels on one page
MOST_CURVES = 6
_NARROW, _WIDE = 54, 88  # characters of legend that fit above the axes, beside long labels or none
_LABEL = 42  # characters of an axis' label beside long labels
_OWN_INDEX = {"latency": "quantile", "timeline": "time", "funnel": "step"}  # all else in an index are groups
_STAGES = {"sending": ORANGE, "response": PURPLE, "delivery": VERMILION}


def draw(answer: Answer, ax: Axes | None = None) -> Figure:
    """Return the picture of the question that ``answer`` answers, in ``ax`` if given.

    Raises TableError if the table was changed so far that the picture's columns are gone.

    >>> table = pd.DataFrame({"outcome": ["accepted"], "state": ["DELIVERED"]})
    >>> from smppkit.stats.funnel import funnel
    >>> len(draw(funnel(table)).axes)
    1
    """
    question = str(answer.attrs.get("question", ""))
    drawer = _DRAWERS.get(question)
    if drawer is None:
        raise TableError("This table is the answer to no question of ours; plot.bar() and the like are pandas' own.")
    with style():
        try:
            return drawer(answer, ax)
        except KeyError as error:
            raise TableError(
                f"The picture of {question} needs the column {error} of its answer, which is gone."
            ) from None


def _labels(index: "pd.Index[Any]", limit: int = 28) -> list[str]:
    if isinstance(index, pd.MultiIndex):
        return [" · ".join(printable(_plain(value), limit) for value in values) for values in index]
    return [printable(_plain(value), limit) for value in index]


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else f"{value:%Y-%m-%d %H:%M}"
    return value


def _rows(ax: Axes, labels: list[str]) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Put the labels at the left, first on top; return their heights."""
    places = np.arange(len(labels))[::-1]
    ax.set_yticks(places, labels, parse_math=False)
    ax.set_ylim(-0.7, max(len(labels) - 0.3, 0.7))
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)
    return places


def _nothing(ax: Axes, text: str) -> None:
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def _cut(answer: Answer, most: int = MOST_ROWS) -> tuple[Answer, str]:
    more = len(answer) - most
    return answer.iloc[:most], f" The first {most} rows of {len(answer):,}." if more > 0 else ""


def _delivery_rate(answer: Answer, ax: Axes | None) -> Figure:
    shown, cut = _cut(answer)
    figure, ax = page(ax, len(shown))
    rate, low, high, n = (shown[name].to_numpy(dtype=np.float64) for name in ("rate", "low", "high", "n"))
    pending = shown["pending"].to_numpy(dtype=np.float64)
    unasked = shown["unasked"].to_numpy(dtype=np.float64)
    labels = _labels(shown.index, 23 if unasked.any() else 28)
    places = _rows(ax, [_sized(*row) for row in zip(labels, n, unasked, strict=True)])
    known = ~np.isnan(rate)
    if known.any():
        with np.errstate(invalid="ignore", divide="ignore"):
            waiting = pending / n
        some = known & (waiting > 0)
        if some.any():  # of no bars at all the legend would show a colour of its own
            ax.barh(places[some], waiting[some], 0.5, rate[some], color=FAINT, alpha=0.35, label="pending")
        ax.hlines(places[known], low[known], high[known], color=BLUE, linewidth=2, label="Wilson 95 %")
        ax.plot(rate[known], places[known], "o", color=BLUE, markersize=7, label="delivered", clip_on=False, zorder=3)
        floor = np.floor(10 * np.nanmin(low)) / 10
        ax.set_xlim(floor - 0.01 if floor else -0.01, 1.01)
        legend(ax, _NARROW)
    else:
        ax.set_xlim(0, 1)
    for place in places[~known]:
        row = len(n) - 1 - place
        word = "not measurable" if n[row] or unasked[row] else "none accepted"
        ax.text(ax.get_xlim()[0], place, f"  {word}", va="center", style="italic")
    per_cent(ax, "x")
    ax.set_xlabel(textwrap.fill(f"share of {answer.attrs['denominator']}", _LABEL), parse_math=False)
    return _titled(figure, ax, answer, cut)


def _sized(label: str, n: float, unasked: float) -> str:
    return f"{label}  (n = {n:,.0f}" + (f" of {n + unasked:,.0f})" if unasked else ")")


def _titled(figure: Figure, ax: Axes, answer: Answer, more: str = "") -> Figure:
    own = _OWN_INDEX.get(answer.attrs["question"])
    groups = [printable(name) for name in answer.index.names if name is not None and name != own]
    title = f"{answer.attrs['title']}{' by ' if groups else ''}{', '.join(groups)}"
    return finish(figure, ax, title, answer.caption + more)


def _latency(answer: Answer, ax: Axes | None) -> Figure:
    figure, ax = page(ax)
    pieces, groups = _pieces(answer)
    reached = [piece for _, piece in pieces if len(piece) and piece["cdf"].iloc[-1] > 0]
    if not reached:
        silent = not answer.attrs["n"] and "unasked" in answer and answer["unasked"].any()
        _nothing(ax, f"not measurable: {NO_REQUEST}" if silent else "none was seen to end: nothing to draw")
        return _titled(figure, ax, answer)
    floor = max(min(float(piece["seconds"].iloc[0]) for piece in reached) / 1.5, 1e-4)
    latest = max(float(piece["seconds"].iloc[-1]) for piece in reached)
    end = 1.3 * max(latest, 2 * floor)
    for place, (label, piece) in enumerate(pieces):
        _one_curve(ax, place, label, piece, floor, band=len(pieces) <= 3)
    if len(pieces) == 1:
        (curve,) = reached
        early = curve["cdf"][curve["seconds"] <= np.sqrt(floor * end)].max() >= 0.5
        _quantiles(ax, answer, bool(early))
    time_axis(ax, floor, end)
    ax.set_ylim(0, 1.02)
    per_cent(ax, "y")
    word = "delivered" if answer.attrs["of"] == "delivery" else "answered"
    ax.set_xlabel("time since sending (log scale)")
    ax.set_ylabel(f"share {word} within that time")
    if len(pieces) > 1:
        legend(ax, _WIDE)
    cut = f" The first {MOST_CURVES} groups of {groups:,}." if groups > MOST_CURVES else ""
    return _titled(figure, ax, answer, cut)


def _pieces(answer: Answer) -> tuple[list[tuple[str, pd.DataFrame]], int]:
    """Return label and curve of each of the first groups, in the order of the answer, and how many groups there are."""
    curve = answer.curve
    grouped = isinstance(answer.index, pd.MultiIndex)
    if curve is None or grouped == isinstance(curve.index, pd.RangeIndex):
        raise TableError("The curve of this answer is gone; ask latency again and plot its answer as it comes.")
    if not grouped:
        return [("all", curve)], 1
    index: Any = answer.index
    labels = index.droplevel("quantile")
    groups = labels.unique()
    shown = groups[:MOST_CURVES]
    codes = np.asarray(shown.get_indexer_for(curve.index))
    first = ~labels.duplicated()
    n = answer["n"].to_numpy()[first]
    pieces = [(f"{label}  (n = {n[place]:,})", curve[codes == place]) for place, label in enumerate(_labels(shown, 22))]
    return pieces, len(groups)


def _one_curve(ax: Axes, place: int, label: str, piece: pd.DataFrame, floor: float, band: bool) -> None:
    colour = CYCLE[place % len(CYCLE)]
    seconds = np.concatenate(([floor], np.maximum(piece["seconds"].to_numpy(dtype=np.float64), floor)))
    columns = (np.concatenate(([0.0], piece[name].to_numpy(dtype=np.float64))) for name in ("cdf", "low", "high"))
    cdf, low, high = columns
    if band:
        ax.fill_between(seconds, low, high, step="post", color=colour, alpha=0.22, linewidth=0)
    lines = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
    (line,) = ax.step(seconds, cdf, where="post", color=colour, linewidth=1.8, linestyle=lines[place % len(lines)])
    line.set_label(label)


def _quantiles(ax: Axes, answer: Answer, early: bool) -> None:
    """Mark the quantiles of the only curve and list them, with their intervals, where the curve leaves room."""
    values = answer[["seconds", "low", "high"]].to_numpy(dtype=np.float64)
    shares = [float(q) for q in answer.index.get_level_values("quantile")]
    lines = []
    for q, ends in zip(shares, values, strict=True):
        seconds, low, high = ("not reached" if np.isnan(end) else spell(end) for end in ends)
        lines.append(f"{100 * q:g} %: {seconds}" + ("" if seconds == low == high else f"  ({low} to {high})"))
    ax.plot(values[:, 0], shares, "o", color=BLUE, markersize=5)
    x, y, across, up = (0.98, 0.06, "right", "bottom") if early else (0.02, 0.95, "left", "top")
    ax.text(x, y, "\n".join(lines), transform=ax.transAxes, ha=across, va=up, fontsize=9)


def _errors(answer: Answer, ax: Axes | None) -> Figure:
    shown, cut = _cut(answer)
    figure, ax = page(ax, len(shown))
    if not len(shown):
        _nothing(ax, "no errors")
        return _titled(figure, ax, answer)
    grouped = not isinstance(shown.index, pd.RangeIndex)
    heads = [f"{label} · " for label in _labels(shown.index)] if grouped else [""] * len(shown)
    places = _rows(ax, [head + _error(row) for head, row in zip(heads, shown.to_dict("records"), strict=True)])
    values = shown["share"].to_numpy(dtype=np.float64)
    low, high = (shown[name].to_numpy(dtype=np.float64) for name in ("low", "high"))
    stages = [str(stage) for stage in shown["stage"]]
    for stage in dict.fromkeys(stages):
        rows = np.array([one == stage for one in stages])
        colour = _STAGES.get(stage, BLUE)
        ax.barh(places[rows], values[rows], 0.62, color=colour, alpha=0.85, label=printable(stage))
    ax.hlines(places, low, high, color=GREY, linewidth=1.2)
    for place, top, (_, row) in zip(places, np.maximum(high, values), shown.iterrows(), strict=True):
        text = f"{row['count']:,}   Σ {percent(row['cumulative'])}"
        ax.annotate(text, (top, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8)
    ax.set_xlim(0, float(high.max()) * 1.3)
    per_cent(ax, "x")
    ax.set_xlabel(f"share of {answer.attrs['denominator']}")
    legend(ax, _NARROW)
    return _titled(figure, ax, answer, " At the bars: count, and running share of the errors (Σ)." + cut)


def _error(row: dict[Any, Any]) -> str:
    extra = [
        f"{name} {row[key]}" for key, name in (("err", "err"), ("network_error", "net")) if not _blank(row.get(key))
    ]
    return " ".join(printable(part) for part in (row["error"], *extra))


def _blank(value: object) -> bool:
    return nothing(value) or value == ""


def _timeline(answer: Answer, ax: Axes | None) -> Figure:
    figure, ax = page(ax)
    if not len(answer):
        _nothing(ax, "no times: nothing to draw")
        return _titled(figure, ax, answer)
    formats = answer.attrs["formats"]
    names = [str(name) for name in answer.columns if formats.get(name) == "fate" and answer[name].any()] or ["n"]
    starts = pd.DatetimeIndex(answer.index).tz_convert("UTC").tz_localize(None).to_numpy()
    step = np.timedelta64(round(float(answer.attrs["every"]) * 1e9), "ns")
    edges = np.append(starts, starts[-1:] + step)
    base = np.zeros(len(edges))
    for place, name in enumerate(names):
        counts = answer[name].to_numpy(dtype=np.float64)
        top = base + np.append(counts, counts[-1:])
        colour = FATES.get(name, CYCLE[place % len(CYCLE)])
        ax.fill_between(edges, base, top, step="post", color=colour, linewidth=0, alpha=0.9, label=printable(name))
        base = top
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(bottom=0)
    whole_numbers(ax, "y")
    locator = AutoDateLocator(minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    ax.set_xlabel("time (UTC)")
    ax.set_ylabel(f"{answer.attrs['unit']} per {spell(float(answer.attrs['every'])).removeprefix('1 ')}")
    if names != ["n"]:
        legend(ax, _WIDE)
    return _titled(figure, ax, answer)


def _funnel(answer: Answer, ax: Axes | None) -> Figure:
    figure, ax = page(ax, len(answer))
    places = _rows(ax, _labels(answer.index))
    names = ("count", "lost", "waiting", "unasked")
    count, lost, waiting, unasked = (answer[name].to_numpy(dtype=np.float64) for name in names)
    ax.barh(places, count, 0.62, color=GREEN, alpha=0.9, label="came through")
    ax.barh(places, waiting, 0.62, count, color=FAINT, alpha=0.5, label="still waiting")
    ax.barh(places, lost, 0.62, count + waiting, color=VERMILION, alpha=0.9, label="lost here")
    if unasked.any():
        colour = FATES["unasked"]
        ax.barh(places, unasked, 0.62, count + waiting + lost, color=colour, alpha=0.9, label="asked for no receipt")
    ends = count + waiting + lost + unasked
    whole = ""
    for place, end, (step, row) in zip(places, ends, answer.iterrows(), strict=True):
        share = percent(row["share"]) if not np.isnan(row["share"]) else "not measurable" if answer.attrs["n"] else "–"
        text = f"{row['count']:,.0f}  ({share}{whole if row['share'] >= 0 else ''})"
        ax.annotate(text, (end, place), xytext=(5, 0), textcoords="offset points", va="center")
        whole = " of those" if step == ASKED else whole
    ax.set_xlim(0, max(float(ends.max()), 1) * 1.3)
    whole_numbers(ax, "x")
    ax.set_xlabel(str(answer.attrs["unit"]), parse_math=False)
    legend(ax, _WIDE)
    return _titled(figure, ax, answer)


_DRAWERS: dict[str, Callable[[Answer, Axes | None], Figure]] = {
    "delivery_rate": _delivery_rate,
    "latency": _latency,
    "errors": _errors,
    "timeline": _timeline,
    "funnel": _funnel,
}
