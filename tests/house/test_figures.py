"""The README's figures are those of benchmarks/results, copied as they stand there."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import rounds
from tools import figures

ROOT = Path(__file__).parents[2]


def test_the_readme_says_what_was_measured():
    command = [sys.executable, "tools/figures.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


PAGE = rounds.report(
    "Codec",
    [
        rounds.Row("decode, submit_sm", {"smppkit": [1e-7], "plain C": [2e-7], "slow": [9e-6], "smpp34": [5e-7]}),
        rounds.Row("1,000 PDUs to", {"smppkit": [1e-3], "plain Python": [1e-2], "smpp34": [2e-2]}),
        rounds.Row("scan", {"smppkit": [1e-3], "smpp34": [2e-2], "plain C": [8e-4], "plain C, large pages": [7e-4]}),
    ],
    [],
)
SENDING = (
    "## Sending, to a sink\n\n| | messages/s | lowest to highest | beside smpp34 |\n|---|---|---|---|\n"
    "| send_many | 97,000 | 1 to 2 | 10.2x |\n| smpp34 | 9,400 | 1 to 2 |  |\n"
)


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        (figures.Figure("one", "codec", "decode, submit_sm"), "| one | 100 ns | 500 ns, smpp34 | 5.0x | 2.0x |"),
        (figures.Figure("all", "codec", "scan"), "| all | 1 ms | 20 ms, smpp34 | 20x | 0.80x |"),
        (
            figures.Figure("{count} of them", "codec", "# PDUs to"),
            "| 1,000 of them | 1 ms | 20 ms, smpp34 | 20x |  |",
        ),
        (
            figures.Figure("all", "codec", "scan", one_thread="decode"),
            "| all | 1 ms | 20 ms, smpp34 | 20x | 2.0x, one thread |",
        ),
        (
            figures.Figure("all", "codec", "decode", one_thread="scan", plain="plain C, large pages"),
            "| all | 100 ns | 500 ns, smpp34 | 5.0x | 0.70x, one thread |",
        ),
        (
            figures.Figure("sent", "sending", "Sending, to a sink", "send_many", "/s"),
            "| sent | 97,000/s | 9,400/s, smpp34 | 10.2x |  |",
        ),
    ],
)
def test_a_line_of_the_table(figure, line):
    pages = {"codec": figures.rows(PAGE), "sending": figures.rows(SENDING)}
    assert figures.line(figure, pages) == line


def test_a_row_that_was_not_measured_is_named():
    with pytest.raises(SystemExit, match=r"codec\.md has no row 'parse' with smppkit"):
        figures.line(figures.Figure("one", "codec", "parse"), {"codec": figures.rows(PAGE)})
    with pytest.raises(SystemExit, match=r"codec\.md has no row 'one thread' with smppkit"):
        figures.line(figures.Figure("one", "codec", "scan", one_thread="one thread"), {"codec": figures.rows(PAGE)})


def test_another_figure_in_the_readme_is_noticed():
    readme = figures.README.read_text(encoding="utf-8")
    assert figures.filled(readme) == readme
    cell = next(one for one in readme.split(figures.BEGIN)[1].split("|") if one.endswith(" ns "))
    assert figures.filled(readme.replace(cell, " 1 ns ", 1)) == readme
    with pytest.raises(SystemExit, match="no place for figures"):
        figures.filled(readme.replace(figures.END, ""))
