"""One offline HTML file with figures, tables and pictures: every value escaped, no script, no request to anywhere."""

import base64
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..html import escape

if TYPE_CHECKING:
    import pandas as pd

    from ..stats import Answer

_LONG = 16  # rows of a table that are shown unasked
_HEAD = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1.2rem }}
h1 {{ font-size: 1.7rem; margin: 0 0 .3rem }} h2 {{ font-size: 1.15rem; margin: 0 0 .6rem }}
table {{ border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums }}
th, td {{ padding: .2rem 1.1rem .2rem 0; text-align: right; border-bottom: 1px solid #8884 }}
th, td {{ white-space: nowrap; font-size: 13px }}
th:first-child, td:first-child, td.words, th.words {{ text-align: left }}
table.compact th, table.compact td {{ padding-right: .4rem }}
img {{ max-width: 100%; height: auto }}
p {{ opacity: .75; margin: .3rem 0; max-width: 46rem }} section {{ margin: 2.6rem 0 }}
.wide {{ overflow-x: auto }} summary {{ cursor: pointer; opacity: .75 }}
dl {{ display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.4rem 0 }}
dl div {{ border: 1px solid #8884; border-radius: 8px; padding: .6rem 1rem; min-width: 7.5rem }}
dt {{ opacity: .75; font-size: 13px }}
dd {{ margin: 0; font-size: 1.45rem; font-weight: 600; font-variant-numeric: tabular-nums }}
</style>
<h1>{title}</h1>
"""


def write(
    folder: Path,
    title: str,
    sections: "Mapping[str, pd.DataFrame | Answer]",
    figures: Mapping[str, str] | None = None,
    about: str = "",
) -> Path:
    """Write ``index.html`` into ``folder`` and return its path.

    ``figures`` are the few numbers at the top, ``about`` is a sentence above them; then come the ``sections`` by their
    titles, an Answer with its picture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text("".join(_page(title, about, figures or {}, sections)), encoding="utf-8")
    return path


def _page(
    title: str, about: str, figures: Mapping[str, str], sections: "Mapping[str, pd.DataFrame | Answer]"
) -> Iterator[str]:
    from ..stats import Answer

    yield _HEAD.format(title=escape(title))
    if about:
        yield f"<p>{escape(about)}</p>\n"
    if figures:
        tiles = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in figures.items())
        yield f"<dl>{''.join(tiles)}</dl>\n"
    for name, table in sections.items():
        picture = _picture(name, table) if isinstance(table, Answer) else ""
        shown = table._repr_html_() if isinstance(table, Answer) else _table(table)
        yield f"<section><h2>{escape(name)}</h2>{picture}{_folded(shown, len(table))}</section>\n"


def _folded(table: str, rows: int) -> str:
    """A table, to be opened if it is long."""
    shown = f'<div class="wide">{table}</div>'
    return shown if rows <= _LONG else f"<details><summary>the {rows} rows</summary>{shown}</details>"


def _picture(title: str, answer: "Answer") -> str:
    """A picture of twice the pixels it is shown with; its background is clear, for light and dark pages alike."""
    figure = answer.plot()
    figure.suptitle("")  # the page says both, in letters of its own
    figure.supxlabel("")
    octets = io.BytesIO()
    figure.savefig(octets, format="png", dpi=200, facecolor="none")
    data = base64.b64encode(octets.getvalue()).decode("ascii")
    width, height = (round(inches * 100) for inches in figure.get_size_inches())
    size = f'width="{width}" height="{height}"'
    return f'<img alt="{escape(title)}" {size} src="data:image/png;base64,{data}">'


def _table(table: "pd.DataFrame") -> str:
    words = [_words(table[name]) for name in table.columns]
    head = "".join(f"<th{mark}>{escape(name)}</th>" for name, mark in zip(table.columns, words, strict=True))
    rows = "".join(
        "<tr>"
        + "".join(f"<td{mark}>{escape(_cell(value))}</td>" for value, mark in zip(row, words, strict=True))
        + "</tr>"
        for row in table.itertuples(index=False)
    )
    compact = ' class="compact"' if len(table.columns) > 8 else ""
    return f"<table{compact}><tr>{head}</tr>{rows}</table>"


def _words(column: "pd.Series[Any]") -> str:
    return ' class="words"' if str(column.dtype) in ("str", "object") else ""


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.isna(value):
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
