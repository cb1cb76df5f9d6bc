"""One offline HTML file with tables and pictures: every value escaped, no script, no request to anywhere."""

import base64
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..html import escape

if TYPE_CHECKING:
    import pandas as pd

    from ..stats import Answer

_HEAD = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums }}
th, td {{ padding: .2rem .4rem .2rem 0; text-align: right; border-bottom: 1px solid #8884 }}
th, td {{ white-space: nowrap; font-size: 13px }}
th:first-child, td:first-child {{ text-align: left }}
img {{ max-width: 100%; background: #fff; border-radius: 6px }}
p {{ opacity: .75; margin: .3rem 0 }} div {{ overflow-x: auto }} section {{ margin: 2.2rem 0 }}
</style>
<h1>{title}</h1>
"""


def write(folder: Path, overview: "pd.DataFrame", answers: "Mapping[str, Answer]") -> Path:
    """Write ``index.html`` into ``folder`` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text("".join(_page(overview, answers)), encoding="utf-8")
    return path


def _page(overview: "pd.DataFrame", answers: "Mapping[str, Answer]") -> Iterator[str]:
    yield _HEAD.format(title="What the captures say")
    yield f"<section><h2>Captures</h2>{_table(overview)}</section>\n"
    for title, answer in answers.items():
        yield f"<section><h2>{escape(title)}</h2>{_picture(title, answer)}{answer._repr_html_()}</section>\n"


def _picture(title: str, answer: "Answer") -> str:
    figure = answer.plot()
    octets = io.BytesIO()
    figure.savefig(octets, format="png", dpi=130, bbox_inches="tight")
    data = base64.b64encode(octets.getvalue()).decode("ascii")
    return f'<img alt="{escape(title)}" src="data:image/png;base64,{data}">'


def _table(table: "pd.DataFrame") -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(value))}</td>" for value in row) + "</tr>"
        for row in table.itertuples(index=False)
    )
    return f"<div><table><tr>{head}</tr>{rows}</table></div>"


def _cell(value: Any) -> str:
    import pandas as pd

    if pd.isna(value):
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
