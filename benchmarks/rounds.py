"""Time contenders in alternation, after checking that they agree; report medians, ranges and ratios."""

import argparse
import gc
import os
import platform
import statistics
import sys
import timeit
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

OURS = "smppkit"
TURN = 0.02  # seconds that one turn of a quick contender takes at least, so that the clock and the loop do not matter
ROUNDS = 9
FACTORS = "Factors are medians of the rounds' ratios: 2x is twice as fast as the other, 0.5x half as fast."
WARM = "Each turn follows one of the same contender that does not count: a host may take free memory back meanwhile."
RESULTS = Path(__file__).parent / "results"


class Contender(NamedTuple):
    """One way to do a thing: an expression over names, for timing without the cost of a call around it."""

    name: str
    expression: str
    names: Mapping[str, object]
    comparable: Callable[[object], object] = lambda result: result

    def result(self) -> object:
        """Return what it comes to, in the form in which contenders are compared."""
        return self.comparable(eval(self.expression, dict(self.names)))

    def timer(self) -> timeit.Timer:
        """Time it as users run it, with the garbage collector on."""
        return timeit.Timer(self.expression, "gc.enable()", globals={**self.names, "gc": gc})


class Row(NamedTuple):
    """One thing measured: the seconds of one operation in every round, for each contender."""

    name: str
    seconds: Mapping[str, Sequence[float]]

    def median(self, contender: str) -> float:
        return statistics.median(self.seconds[contender])

    def ratio(self, contender: str) -> float:
        """How many times as long as ours it took: the median over the rounds of both, for load changes between them."""
        pairs = zip(self.seconds[OURS], self.seconds[contender], strict=False)
        return statistics.median(theirs / ours for ours, theirs in pairs)


def call(name: str, function: Callable[[], object], comparable: Callable[[object], object] | None = None) -> Contender:
    """A contender that is a function, for work that dwarfs the cost of calling it."""
    return Contender(name, "call()", {"call": function}, *([comparable] if comparable else []))


def measure(
    name: str,
    contenders: Sequence[Contender],
    rounds: int = ROUNDS,
    operations: int = 1,
    agree: bool = True,
    warm: bool = False,
    seldom: Mapping[str, int] | None = None,
) -> Row:
    """Run the contenders in turns that begin with another one each round.

    ``operations`` is how many operations one evaluation makes. Contenders that disagree end the run, unless the caller
    has compared them itself. With ``warm`` each turn follows one that does not count: the host of a virtual machine
    takes memory back that was free for seconds, while a slow contender has its turn, and who comes next would pay.
    ``seldom`` names contenders so slow that they take part in so many rounds only, the first, and need no warm-up.
    """
    at_most = seldom or {}
    if agree:
        check(name, contenders)
    timers = [contender.timer() for contender in contenders]
    loops = [1 if one.name in at_most else _loops(timer) for one, timer in zip(contenders, timers, strict=True)]
    taken: list[list[float]] = [[] for _ in contenders]
    for turn in range(rounds):
        for place in range(len(contenders)):
            at = (place + turn) % len(contenders)
            if turn >= at_most.get(contenders[at].name, rounds):
                continue
            if warm:
                timers[at].timeit(loops[at])
            taken[at].append(timers[at].timeit(loops[at]) / loops[at] / operations)
    return Row(name, {contender.name: seconds for contender, seconds in zip(contenders, taken, strict=True)})


def _loops(timer: timeit.Timer) -> int:
    """How often one turn repeats the expression; finding out is the warm-up as well."""
    loops = 1
    while (seconds := timer.timeit(loops)) < TURN:
        loops = max(loops + 1, int(loops * min(10, 1.1 * TURN / max(seconds, 1e-7))))
    return loops


def check(name: str, contenders: Iterable[Contender]) -> None:
    first, *others = contenders
    expected = first.result()
    for other in others:
        if (found := other.result()) != expected:
            raise SystemExit(f"{name}: {first.name} and {other.name} disagree\n  {expected!r}\n  {found!r}")


def report(title: str, rows: Sequence[Row], packages: Sequence[str], notes: Iterable[str] = ()) -> str:
    """Return a Markdown table: each row's contenders, the fastest first, and how many times their speed ours is.

    A factor is the median of the rounds' ratios, so it may be another than that of the medians beside it.
    """
    lines = [f"## {title}", "", f"{machine(packages)}{load()}", ""]
    lines += ["| | median | lowest to highest | speed of smppkit beside it |", "|---|---|---|---|"]
    for row in rows:
        lines.append(f"| **{row.name}** | | | |")
        for name in sorted(row.seconds, key=row.median):
            span = f"{duration(min(row.seconds[name]))} to {duration(max(row.seconds[name]))}"
            beside = "" if name == OURS else times(row.ratio(name))
            lines.append(f"| {name} | {duration(row.median(name))} | {span} | {beside} |")
    counts = sorted({len(seconds) for row in rows for seconds in row.seconds.values()})
    lines += ["", f"Medians of {' or '.join(map(str, counts))} alternated rounds; results compared first. {FACTORS}"]
    return "\n".join([*lines, *(f"\n{note}" for note in notes)])


def machine(packages: Sequence[str]) -> str:
    """Return one line that names the interpreter, the machine and the versions measured."""
    versions = ", ".join(f"{package} {version(package)}" for package in (OURS, *packages))
    system = f"{platform.machine()} {sys.platform}"
    return f"CPython {platform.python_version()}, {system}, {os.cpu_count()} x {processor()}, {versions}"


def processor() -> str:
    """Return the model of the processor, or its architecture where the system does not say."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, told = line.partition(":")
            if name.strip() == "model name" and told.strip():
                return " ".join(told.split())
    return platform.processor() or platform.machine()


def load() -> str:
    """Return how busy the processors were: the machine may be shared."""
    return f", load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""


def times(ratio: float) -> str:
    return f"{ratio:,.0f}x" if ratio >= 20 else f"{ratio:.1f}x" if ratio >= 1.05 else f"{ratio:.2f}x"


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def options(text: str, **numbers: int) -> argparse.ArgumentParser:
    """Return a parser with ``--rounds``, ``--write PATH`` and a number for each keyword."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in {"rounds": ROUNDS, **numbers}.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    parser.add_argument("--write", type=Path, nargs="?", const=RESULTS, metavar="PATH")
    return parser


def choose(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, rows: Iterable[str]
) -> tuple[argparse.Namespace, list[str]]:
    """Parse the options of a page whose rows can be named by their beginnings; return them, and the rows chosen."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="beginnings of names; all when none is given")
    chosen = parser.parse_args(arguments)
    if chosen.write and chosen.names:
        parser.error("a page has every row: --write goes without names")
    names = [name for name in rows if name.startswith(tuple(chosen.names) or "")]
    if not names:
        parser.error(f"nothing begins with {' or '.join(chosen.names)}")
    return chosen, names


def publish(path: Path | None, name: str, arguments: Sequence[str] | None, *tables: str) -> None:
    """Print tables; with a path keep them, with the command they came from: a file, or ``name.md`` in a folder."""
    text = "\n\n".join(tables)
    print(text, flush=True)
    if path:
        file = path if path.suffix == ".md" else path / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        given = sys.argv[1:] if arguments is None else arguments
        command = " ".join(["python -m", f"benchmarks.{name}", *_without_path(given)])
        file.write_text(f"{text}\n\nCommand: `{command}`\n", encoding="utf-8")


def _without_path(arguments: Sequence[str]) -> Sequence[str]:
    """Arguments up to ``--write``, which says where and not what."""
    return arguments[: arguments.index("--write")] if "--write" in arguments else arguments
