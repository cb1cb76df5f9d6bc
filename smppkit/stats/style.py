"""The house style of the pictures: colours told apart by colour-blind readers, on light and dark pages alike.

Backgrounds are transparent; text and lines have a grey that stands out from white and from near-black about equally
(contrast 4 to 4.5 with both). The colours are those of Okabe and Ito, without their yellow and black, which vanish on
white or on black.
"""

import textwrap
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

from .table import one_line, shorten

GREY, FAINT = "#7a7a7a", "#9a9a9a"
BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7"
CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION)
FATES = {
    "delivered": GREEN,
    "accepted": GREEN,
    "failed": VERMILION,
    "pending": FAINT,
    "unasked": "#a6d3c4",
    "refused": PURPLE,
    "unanswered": ORANGE,
    "sent": SKY,
    "queued": BLUE,
    "not_sent": "#8c6d46",
    "unclear": GREY,
}
_RC: dict[str, Any] = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "savefig.edgecolor": "none",
    "text.color": GREY,
    "axes.titlecolor": GREY,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "legend.frameon": False,
    "legend.labelcolor": GREY,
    "font.size": 10,
    "figure.dpi": 100,
    "text.usetex": False,
    "text.parse_math": False,  # a label with two dollar signs is no formula
}
_CAPTION = 8  # points


class Page(Figure):
    """An ordinary matplotlib Figure that notebooks show whether or not pyplot was ever loaded.

    >>> isinstance(Page(), Figure)
    True
    """

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Return the picture at twice its size in pixels, to be shown at its size."""
        from io import BytesIO

        with BytesIO() as file:
            self.savefig(file, format="png", dpi=200, facecolor="none")
            width, height = (round(inches * 100) for inches in self.get_size_inches())
            return file.getvalue(), {"width": width, "height": height}


def style() -> Any:
    """Return the context in which our pictures are drawn; the user's fonts stay, all else is the house's.

    >>> with style():
    ...     mpl.rcParams["figure.facecolor"]
    'none'
    """
    return mpl.rc_context(_RC)  # type: ignore[arg-type]


def page(ax: Axes | None, rows: int = 0) -> tuple[Figure, Axes]:
    """Return the figure and axes to draw in: those of ``ax``, or a new page, high enough for ``rows`` lines if any.

    >>> page(None, rows=30)[0].get_size_inches().round(1).tolist()
    [7.2, 9.7]
    """
    if ax is not None:
        figure = ax.figure.figure
        _dress(ax)
        return figure, ax
    figure = Page(figsize=(7.2, 1.9 + 0.26 * rows if rows else 3.8), layout="constrained")
    ax = figure.add_subplot()
    _dress(ax)
    return figure, ax


def _dress(ax: Axes) -> None:
    # ticks are made when the picture is drawn, when our rcParams are gone again: they must be told
    ax.tick_params(colors=GREY, which="both")
    ax.grid(visible=True, color=GREY, alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
    for spine in ax.spines.values():
        spine.set_color(GREY)
    ax.spines[["top", "right"]].set_visible(False)
    ax.xaxis.label.set_color(GREY)
    ax.yaxis.label.set_color(GREY)


def finish(figure: Figure, ax: Axes, title: str, caption: str) -> Figure:
    """Write title and caption, the caption below a page of ours or below the axes that were given; return the figure.

    >>> finish(*page(None), "Errors", "n = 3.").get_suptitle()
    'Errors'
    """
    ours = isinstance(figure, Page)
    width, height = figure.get_size_inches()
    width *= 1 if ours else ax.get_position().width
    lines = textwrap.wrap(printable(caption, None), max(30, int(width * 72 / (_CAPTION * 0.57))))
    text = "\n".join(lines)
    if ours:
        # a long caption makes the page higher, not the picture smaller
        figure.set_size_inches(width, height + max(len(lines) - 3, 0) * _CAPTION * 1.2 / 72)
        figure.suptitle(title, x=0.01, ha="left", fontsize=12, fontweight="bold", color=GREY, parse_math=False)
        figure.supxlabel(text, x=0.01, ha="left", fontsize=_CAPTION, color=GREY)
        return figure
    key = ax.get_legend()
    above = 0 if key is None else key.get_window_extent().height * 72 / figure.dpi
    ax.set_title(title, loc="left", pad=6 + above, parse_math=False)
    ax.annotate(
        text, (0, 0), xycoords="axes fraction", xytext=(0, -38), textcoords="offset points", va="top",
        fontsize=_CAPTION, color=GREY, annotation_clip=False,
    )  # fmt: skip
    return figure


def legend(ax: Axes, room: int) -> None:
    """Show what the colours mean above the axes, in as many columns as ``room`` characters allow.

    >>> ax = page(None)[1]
    >>> _ = ax.plot([1], [1], label="delivered")
    >>> legend(ax, 80)
    >>> ax.get_legend().get_texts()[0].get_text()
    'delivered'
    """
    handles, labels = ax.get_legend_handles_labels()
    columns = len(labels)
    while columns > 1 and _legend_width([len(label) for label in labels], columns) > room:
        columns -= 1
    ax.legend(handles, labels, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, fontsize=9, borderaxespad=0.1)


def _legend_width(lengths: list[int], columns: int) -> int:
    return sum(int(column.max()) + 8 for column in np.array_split(lengths, columns))


def printable(value: object, limit: int | None = 28) -> str:
    """Return a label that any font of ours can draw: one line, and characters without a glyph as escapes.

    >>> printable("O2\\n\\u4e2d")
    'O2\\\\n\\\\u4e2d'
    """
    text = one_line(value, limit)
    if text.isascii():
        return text
    glyphs: set[int] = set()
    for family in mpl.rcParams["font.family"]:
        path = font_manager.findfont(font_manager.FontProperties(family=[family]))
        glyphs |= set(font_manager.get_font(path).get_charmap())
    return shorten("".join(one if ord(one) in glyphs else ascii(one)[1:-1] for one in text), limit)


def per_cent(ax: Axes, axis: str) -> None:
    """Show the shares along ``axis`` ("x" or "y") in per cent.

    >>> per_cent(page(None)[1], "x")
    """
    chosen = ax.xaxis if axis == "x" else ax.yaxis
    chosen.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    chosen.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g} %"))


def whole_numbers(ax: Axes, axis: str) -> None:
    """Show the counts along ``axis`` ("x" or "y") as whole numbers with their thousands apart.

    >>> whole_numbers(page(None)[1], "y")
    """
    chosen = ax.xaxis if axis == "x" else ax.yaxis
    chosen.set_major_locator(MaxNLocator(integer=True, nbins=6))
    chosen.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))


_SPANS = (86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")
_ROUND = (1, 2, 5, 10, 20, 30)  # of seconds, minutes
_TICKS = (
    *(step * 10.0**power for power in range(-6, 0) for step in (1, 2, 5)),
    *(step * size for size in (1.0, 60.0) for step in _ROUND),
    *(3600.0 * hours for hours in (1, 2, 6, 12)),
    *(86400.0 * days for days in (1, 2, 3, 7, 14, 30, 100, 365)),
)
_STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
_FINE = (
    *(step * 10.0**power for power in range(-6, 0) for step in _STEPS),
    *(
        step * tens * size
        for size, most in ((1.0, 60), (60.0, 60), (3600.0, 24), (86400.0, 1000))
        for tens in (1, 10, 100)
        for step in _STEPS
        if step * tens < most
    ),
)
_COARSE = (*(10.0**power for power in range(-6, 2)), 60.0, 600.0, 3600.0, *(86400.0 * days for days in (1, 10, 100)))


def spell(seconds: float) -> str:
    """Return a duration with the unit that suits it.

    >>> spell(0.25), spell(90), spell(0)
    ('250 ms', '1.5 min', '0 s')
    """
    for size, name in _SPANS:
        if seconds >= size * 0.9995:
            return f"{seconds / size:.3g} {name}"
    return "0 s"


def time_axis(ax: Axes, low: float, high: float) -> None:
    """Make x a logarithmic axis of durations from ``low`` to ``high`` seconds, its ticks at round ones.

    >>> ax = page(None)[1]
    >>> time_axis(ax, 0.5, 100)
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['500 ms', '1 s', '2 s', '5 s', '10 s', '20 s', '30 s', '1 min']
    >>> time_axis(ax, 0.7, 2.8)  # narrow, so the ticks are finer
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['800 ms', '1 s', '1.5 s', '2 s', '2.5 s']
    """
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    if not 3 <= len(ticks) <= 9:
        ticks = [tick for tick in (_FINE if len(ticks) < 3 else _COARSE) if low <= tick <= high]
    ax.set_xticks(ticks, [spell(tick) for tick in ticks])
    ax.xaxis.set_minor_locator(NullLocator())
