"""Branch coverage of the core, told in lines of the .pyx and .pxd, not in lines of the C that Cython makes of them.

The core is built by gcc with ``--coverage -O0`` in a copy of the tree, ``build/coverage``, so that the .so beside the
sources stay; the tests run there; gcov says how often each branch of the generated C was taken; and the comments that
Cython puts before each statement say which line it came from.

What counts: every decision that the source means. In the C they have shapes of their own, and only inside the bodies of
functions and methods:

- ``if (__pyx_t_1) {``, a bare variable, also behind ``!`` or ``unlikely``: if, elif, conditional expressions, each
  operand of ``and`` and ``or`` but the last (which the test around them counts), each comparison of a chain but the
  last, ``min`` and ``max`` of numbers (which Cython writes as conditional expressions), and ``except`` with a type;
- ``if (!__pyx_t_1) break;``: while;
- ``for (__pyx_t_1 = 0; …) {``, or ``if (__pyx_t_1 >= size) break;``: for over numbers and over objects: was it entered,
  did it end by itself. Several loops over objects in one line are taken as one;
- ``switch (…) {``: a chain of ``if x == 1`` … or ``x in (1, 2)``: one branch for each arm, of which ``in`` has two.

Each but the switch has two branches. Of a function in a .pxd, and of a finally, the copies are added up.

What does not count, for it is no decision of the source: what Cython adds for itself. That an error is passed on
(``if (unlikely(!__pyx_t_1)) __PYX_ERR``; the decision to raise it is one of the function that did), arguments parsed,
types and None checked, memoryviews acquired, references counted, calls and iterations made fast by type, the GIL taken,
modules initialised (what a module runs once, when it is imported), and all utility code.

What cannot be told is not taken for covered: a decision of which gcov reports other than two branches is listed as "not
measured" and counts as two that were never taken. A condition that the C compiler decides by itself is among these.

Lines are statements of those functions. The exit code is 1 below ``GOAL`` per cent of all branches, or when the tests
did not run to their end. Whether they pass is the business of ``make test``: this build is slow, and some of them have
a limit of time.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

GOAL = 95.0
ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "coverage"
COPIED = ("smppkit", "tests", "benchmarks", "tools", "setup.py", "pyproject.toml", "README.md", "LICENSE")
CORE = "smppkit/_core"
LEFT_OUT = {".so", ".pyc", ".gcda"}
COUNTED = "--coverage -O0 -w"
REFUSABLE = " ".join(f"-D{name}=PyMem_Raw{name.title()}" for name in ("malloc", "calloc", "realloc", "free"))
FLAGS = f"{COUNTED} {REFUSABLE}"  # what C code requests, tests can refuse: see tests/core/test_unbreakable_starving.py
TIMED = " and ".join(  # tests that need the speed of the real build
    f"not {part}" for part in ("millisecond", "linear", "takes_no_time", "cost_little", "times_the_work")
)
TESTS = ("core", "text", "codec", "frames", "journal", "fold")

POSITION = re.compile(r'^\s*/\* "(\S+\.p[yx][xd])":(\d+)$')
FUNCTION = re.compile(r"^\w.*?\b(__pyx_(?:f|pf|gb)_\w+)\(.*\{\s*$")
CONDITION = re.compile(r"^\s*if \((?:unlikely\()?(!?)[!(]*__pyx_[tv]_[\w\[\].()>-]*\) \{$")
WHILE = re.compile(r"^\s*if \(!\(?__pyx_[tv]_[\w\[\].()>-]*\) break;$")
FOR = re.compile(r"^\s*for \(__pyx_t_\d+ = .*\{$")
ITERATION = re.compile(r"^\s*if \((?:__pyx_t_\d+ >= \S+|unlikely\(__pyx_t_\d+ == 0\))\) break;$")
ITERATOR = re.compile(r"^\s*if \(unlikely\(!__pyx_t_\d+\)\) \{$")
SWITCH = re.compile(r"^\s*switch \(.*\{$")
FINALLY = re.compile(r"^\s*/\*finally:\*/ \{$")
WAY_OUT = re.compile(r"^\s*(/\*(normal|exception) exit:\*/|__pyx_L\d+_(return|break|continue): )\{$")
SHAPES = (
    (ITERATION, ["end", "entry"]),
    (FOR, ["entry", "end"]),
    (SWITCH, ["arm"]),
    (WHILE, ["false", "true"]),
)

Key = tuple[str, str, int, int]  # function, file, line, number among the decisions of this line; 0: over objects


@dataclass
class Decision:
    """One decision of the source: how often each of its sides was taken, in all its copies."""

    taken: dict[str, int] = field(default_factory=dict)
    measured: bool = True

    def add(self, sides: list[str], counts: list[int]) -> None:
        """Add what gcov says of one copy, nothing where gcc has left out the function, for nobody calls it there."""
        if sides == ["arm"]:  # the arms of a switch are as many as gcov says
            sides = [f"arm {number}" for number in range(1, len(counts) + 1)]
        if counts and len(counts) != len(sides):
            self.measured = False
            counts = []
        for side, count in zip(sides, counts or [0] * len(sides), strict=True):
            self.taken[side] = self.taken.get(side, 0) + count

    @property
    def missing(self) -> list[str]:
        """The sides never taken."""
        return [side for side, count in self.taken.items() if not count]


@dataclass
class Report:
    """What all generated C says of the sources: decisions, and how often each statement was run."""

    decisions: dict[Key, Decision] = field(default_factory=dict)
    lines: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))


# ---- the C and its places in the source ----


def sides_of(text: str, following: str) -> list[str]:
    """Name the branches of a C line in the order in which gcov gives them; [] where the source decides nothing.

    gcc puts the block behind a condition first; where that one is empty, it is not there and the other comes first.
    """
    for shape, sides in SHAPES:
        if shape.match(text):
            return sides
    if ITERATOR.match(text) and "exc_type" in following:
        return ["end", "entry"]
    if not (match := CONDITION.match(text)):
        return []
    if following.strip() != "} else {":
        return ["true", "false"]
    return ["true", "false"] if match[1] else ["false", "true"]  # an operand of or, of and


def after(lines: list[str], at: int) -> str:
    """The first line of C from ``lines[at]`` on, past blank lines and comments."""
    comment = False
    for line in lines[at:]:
        comment = comment or line.lstrip().startswith("/*")
        if line.strip() and not comment:
            return line
        comment = comment and not line.rstrip().endswith("*/")
    return ""


def source_of(name: str) -> str:
    """The path of a source from how Cython names it, "" for one that is not of the core: a .pxd may lack its folder."""
    path = name if "/" in name else f"{CORE}/{name}"
    return path if path.startswith(CORE) and (COPY / path).exists() else ""


def read_c(text: str) -> tuple[dict[int, tuple[str, int]], dict[int, tuple[Key, list[str]]]]:
    """Return the source of each C line within our functions, and the decisions, both by C line."""
    places: dict[int, tuple[str, int]] = {}
    decisions: dict[int, tuple[Key, list[str]]] = {}
    numbers: dict[tuple[str, str, int], int] = defaultdict(int)
    before: dict[tuple[str, str, int], int] = {}  # a finally: each copy of it begins to count here
    function, place = "", None
    lines = text.splitlines()
    for at, line in enumerate(lines, 1):
        if match := FUNCTION.match(line):
            function, place = match[1], None
        elif line.startswith("}"):
            function = ""
        elif FINALLY.match(line):
            before = dict(numbers)
        elif WAY_OUT.match(line):
            numbers = defaultdict(int, before)
        elif match := POSITION.match(line):
            place = source_of(match[1]), int(match[2])
        elif function and place and place[0]:
            places[at] = place
            if sides := sides_of(line, after(lines, at)):
                over_objects = sides[0] == "end"
                numbers[function, *place] += not over_objects
                decisions[at] = (function, *place, 0 if over_objects else numbers[function, *place]), sides
    return places, decisions


def first_of_each(places: dict[int, tuple[str, int]], known: set[int]) -> dict[int, tuple[str, int]]:
    """Keep the first C line of each statement of which gcov knows: the others may belong to its way out."""
    found: dict[int, tuple[str, int]] = {}
    last = None
    for at in sorted(places):
        if places[at] != last and at in known:
            found[at] = last = places[at]
    return found


def add_module(report: Report, text: str, counted: dict[int, tuple[int, list[int]]]) -> None:
    """Add one generated file: ``counted`` is what gcov says of its lines, (how often, branches)."""
    places, decisions = read_c(text)
    for at, place in first_of_each(places, set(counted)).items():
        report.lines[place] += counted[at][0]
    for at, (key, sides) in decisions.items():
        decision = report.decisions.setdefault(key, Decision())
        if at in counted and not counted[at][1]:
            decision.measured = False
        decision.add(sides, counted[at][1] if at in counted else [])


# ---- the run ----


def mirror() -> None:
    """Bring the copy of the tree up to date: files that changed, so that only their modules are built again."""
    wanted = set()
    for name in COPIED:
        source = ROOT / name
        for path in [source] if source.is_file() else [found for found in source.rglob("*") if found.is_file()]:
            if path.suffix in LEFT_OUT or "__pycache__" in path.parts:
                continue
            copy = COPY / path.relative_to(ROOT)
            wanted.add(copy)
            if not copy.exists() or copy.stat().st_mtime_ns != path.stat().st_mtime_ns:
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, copy)
    for name in ("smppkit", "tests"):
        for path in (COPY / name).rglob("*"):
            if path.is_file() and path.suffix not in {".so", ".pyc"} and path not in wanted:
                path.unlink()
    for path in (COPY / "smppkit" / "_core").glob("*.so"):
        if not path.with_name(path.name.split(".")[0] + ".pyx").exists():
            path.unlink()


def build() -> None:
    """Build the core of the copy with counters in it."""
    environment = {**os.environ, "SMPPKIT_FLAGS": FLAGS}
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
    subprocess.run(command, cwd=COPY, env=environment, check=True)


def run(tests: list[str], more: bool) -> int:
    """Run tests on it, from counters at nought or from where the last run left them; return pytest's exit code."""
    for path in [] if more else list(COPY.rglob("*.gcda")):
        path.unlink()
    environment = {**os.environ, "PYTHONPATH": str(COPY)}
    chosen = tests or [f"tests/{name}" for name in TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-k", TIMED, "-p", "no:cacheprovider", *chosen]
    return subprocess.run(command, cwd=COPY, env=environment, check=False).returncode


def gcov(notes: Path) -> dict[int, tuple[int, list[int]]]:
    """Ask gcov about one module: by line of its C, how often it was run, and how often each branch was taken."""
    command = ["gcov", "--json-format", "--stdout", "--branch-probabilities", notes.name]
    found = subprocess.run(command, cwd=notes.parent, capture_output=True, check=True).stdout
    counted: dict[int, tuple[int, list[int]]] = {}
    for file in json.loads(found)["files"]:
        if file["file"].endswith(f"/{notes.stem}.c"):
            for line in file["lines"]:
                branches = [branch["count"] for branch in line["branches"]]
                before, former = counted.get(line["line_number"], (0, []))
                counted[line["line_number"]] = before + line["count"], [*former, *branches]
    return counted


def measure() -> Report:
    """Read all modules."""
    report = Report()
    for notes in sorted((COPY / "build").rglob("*.gcno")):
        generated = COPY / "build" / "cython" / "smppkit" / "_core" / f"{notes.stem}.c"
        if (COPY / "smppkit" / "_core" / f"{notes.stem}.pyx").exists():
            add_module(report, generated.read_text(encoding="utf-8"), gcov(notes))
    return report


# ---- what it says ----


def row(name: str, lines: list[int], decisions: list[Decision]) -> tuple[str, int, int]:
    """One line of the table, and of how many branches how many were taken."""
    run_lines = sum(count > 0 for count in lines)
    branches = sum(len(decision.taken) for decision in decisions)
    taken = sum(len(decision.taken) - len(decision.missing) for decision in decisions)
    percent = 100 * taken / branches if branches else 100
    text = f"{name:<24}{run_lines:>6} of {len(lines):<5}{taken:>6} of {branches:<5}{percent:>8.1f}"
    return text, taken, branches


def gaps(report: Report, file: str) -> list[tuple[int, int, str]]:
    """Name each decision of a file of which a side was never taken: line, number, which sides."""
    found = []
    for (_, name, line, number), decision in report.decisions.items():
        if name == file and not decision.measured:
            found.append((line, number, "not measured"))
        elif name == file and decision.missing:
            found.append((line, number, "never " + ", ".join(decision.missing)))
    return sorted(found)


def show(report: Report, details: bool) -> float:
    """Print the table, then what is uncovered; return the percentage of all branches."""
    print(f"{'':<24}{'lines run':<15}{'branches taken':<15}{'%':>5}")
    for file in sorted({place[0] for place in report.lines}):
        lines = [count for place, count in report.lines.items() if place[0] == file]
        print(row(Path(file).name, lines, [each for key, each in report.decisions.items() if key[1] == file])[0])
    text, taken, branches = row("all", list(report.lines.values()), list(report.decisions.values()))
    print(text)
    if details:
        print("\nnever taken:")
        for file in sorted({key[1] for key in report.decisions}):
            source = (COPY / file).read_text(encoding="utf-8").splitlines()
            for line, number, why in gaps(report, file):
                print(f"  {file}:{line} decision {number}: {why:<22} {source[line - 1].strip()}")
    return 100 * taken / branches if branches else 100


def main() -> int:
    """Build, run, measure, tell."""
    parser = argparse.ArgumentParser(description="Branch coverage of smppkit/_core.")
    parser.add_argument("tests", nargs="*", help="tests to run instead of " + ", ".join(TESTS))
    parser.add_argument("--again", action="store_true", help="tell again what the last run found")
    parser.add_argument("--more", action="store_true", help="add to what the last run counted, on the same core")
    parser.add_argument("--brief", action="store_true", help="the table alone")
    given = parser.parse_args()
    failed = 0
    if not given.again:
        mirror()
        build()
        failed = run(given.tests, given.more)
    percent = show(measure(), not given.brief)
    if failed:
        print(f"coverage: pytest ended with {failed}", file=sys.stderr)
    if percent < GOAL:
        print(f"coverage: {percent:.1f} % of the branches, {GOAL} are needed", file=sys.stderr)
    return int(percent < GOAL or failed != 0)


if __name__ == "__main__":
    sys.exit(main())
