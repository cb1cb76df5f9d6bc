"""Fill the table "How fast" of README.md from benchmarks/results: ``python tools/figures.py [--check]``.

``python -m benchmarks --write`` writes the results. Cells are copied as they stand there, so the README cannot say
anything else; ``--check`` writes nothing and fails where it does.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- from benchmarks/results by tools/figures.py -->", "<!-- end of figures -->"
HEAD = ["| | smppkit | fastest rival | | beside plain C |", "|---|---|---|---|---|"]
PLAIN = "plain C"
YARDSTICKS = (PLAIN, "plain Python")  # beside which we stand, and which are no rivals
OURS = ("smppkit", "send_many", "submit_nowait")

Cells = list[str]  # median, lowest to highest, ratio
Rows = dict[str, dict[str, Cells]]  # of a row, or of a table without such: of each contender


class Figure(NamedTuple):
    """A line of the README's table: what it says, where it comes from, and how a median is to be read there."""

    label: str  # {count} is the number that the row says
    page: str
    row: str  # how the row begins; # stands for a number
    ours: str = "smppkit"
    unit: str = ""
    one_thread: str = ""  # the row that has plain C, where this one has all threads
    plain: str = PLAIN  # what is beside ours there


FIGURES = (
    Figure("decode one submit_sm", "codec", "decode, submit_sm"),
    Figure("decode it and read 4 fields", "codec", "decode and read 4 fields"),
    Figure("decode a receipt and read it with 3 TLVs", "codec", "decode a receipt"),
    Figure("build and encode a submit_sm by keywords", "codec", "build and encode submit_sm by"),
    Figure("build and encode a receipt by keywords", "codec", "build and encode a receipt"),
    Figure("decode a submit_sm_resp and read it", "codec", "decode submit_sm_resp"),
    Figure("build and encode a submit_sm_resp", "codec", "build and encode submit_sm_resp"),
    Figure(
        "{count} mixed PDUs to a DataFrame of 12 columns, texts and receipts read",
        "codec",
        "# mixed PDUs",
        one_thread="one thread: 12 columns",
    ),
    Figure("the same, 6 integers and the offset", "codec", "the same, 6 integers", one_thread="one thread: 6 integers"),
    Figure("the same, offsets and headers as arrays", "codec", "the same, offsets"),
    Figure(
        "{count} submit_sm from columns",
        "codec",
        "# submit_sm",
        one_thread="one thread: # submit_sm",
        plain=f"{PLAIN}, large pages",
    ),
    Figure("160 characters to GSM septets", "alphabets", "text to septets, 160"),
    Figure("160 GSM septets to text", "alphabets", "septets to text, 160"),
    Figure("pack 160 septets", "alphabets", "pack, 160"),
    Figure("unpack 160 septets", "alphabets", "unpack, 160"),
    Figure("parse a receipt", "receipt_texts", "parse_receipt, one call"),
    Figure("a column of receipts, each", "receipt_texts", "parse_receipts, a column"),
    Figure("a capture of {count} PDUs to log.pdus, one PDU a packet, each", "captures", "# PDUs to log.pdus, one PDU"),
    Figure("the same, 1,400 octets a packet, each", "captures", "# PDUs to log.pdus, 1,400"),
    Figure(
        "send a table and have it answered: window 64, one session, a server that does nothing else",
        "sending",
        "Sending, window 64, to a sink",
        "send_many",
        "/s",
    ),
    Figure(
        "one call and one result object a message, likewise", "sending", "Sending, window 64, to a sink", OURS[2], "/s"
    ),
    Figure(
        "the table again, to the simulator, which is the limit then",
        "sending",
        "Sending, window 64, to our simulator",
        "send_many",
        "/s",
    ),
)


def rows(text: str) -> Rows:
    """Return what the tables of a page of results say."""
    found: Rows = {}
    name = ""
    for line in text.splitlines():
        if line.startswith("## "):
            name = line[3:]
        elif line.startswith("| **"):
            name = line.split("**")[1]
        elif line.startswith("| ") and not line.startswith("| |"):
            contender, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            found.setdefault(name, {})[contender] = cells
    return found


def row(begins: str, page: Rows, figure: Figure) -> tuple[dict[str, Cells], str]:
    """Return the contenders of the row that begins so, and the number that stands in its name."""
    pattern = re.compile(r"([\d,]+)".join(map(re.escape, begins.split("#"))))
    found = next((match for name in page if (match := pattern.match(name))), None)
    contenders = page[found.string] if found else {}
    if found is None or figure.ours not in contenders:
        raise SystemExit(f"benchmarks/results/{figure.page}.md has no row {begins!r} with {figure.ours}")
    return contenders, "".join(found.groups())


def line(figure: Figure, pages: dict[str, Rows]) -> str:
    """Return a line of the README's table: ours, the fastest rival, how many times, and beside plain C."""
    contenders, count = row(figure.row, pages[figure.page], figure)
    ours = contenders[figure.ours]
    rival = next(
        (name for name in contenders if not name.startswith((*OURS, *YARDSTICKS))), None
    )  # the fastest comes first
    if rival is None:
        raise SystemExit(f"benchmarks/results/{figure.page}.md has no rival in the row {figure.row!r}")
    theirs = contenders[rival]
    times = theirs[2] or ours[2]
    alone = row(figure.one_thread, pages[figure.page], figure)[0] if figure.one_thread else contenders
    plain = alone.get(figure.plain, ["", "", ""])[2]
    beside = f"{plain}, one thread" if plain and figure.one_thread else plain
    label = figure.label.format(count=count)
    return f"| {label} | {ours[0]}{figure.unit} | {theirs[0]}{figure.unit}, {rival} | {times} | {beside} |"


def filled(readme: str) -> str:
    """Return the README with the table that the results give."""
    if len(re.findall(f"{BEGIN}.*?{END}", readme, re.DOTALL)) != 1:
        raise SystemExit(f"README.md has no place for figures, between {BEGIN} and {END}")
    pages = {name: rows((RESULTS / f"{name}.md").read_text(encoding="utf-8")) for name in {one.page for one in FIGURES}}
    table = "\n".join([BEGIN, "", *HEAD, *(line(figure, pages) for figure in FIGURES), "", END])
    return re.sub(f"{BEGIN}.*?{END}", lambda _: table, readme, flags=re.DOTALL)


def main() -> None:
    readme = README.read_text(encoding="utf-8")
    made = filled(readme)
    if "--check" not in sys.argv[1:]:
        README.write_text(made, encoding="utf-8")
    elif made != readme:
        raise SystemExit("README.md says other figures than benchmarks/results: run python tools/figures.py")


if __name__ == "__main__":
    main()
