"""Time contenders in alternation and report medians and ratios, for machines are shared and noisy."""

import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import NamedTuple


class Row(NamedTuple):
    """One measured row: a name, and the median seconds of one operation for each contender."""

    name: str
    seconds: Mapping[str, float]
    rounds: int


def alternate(name: str, contenders: Mapping[str, Callable[[], object]], operations: int, rounds: int = 9) -> Row:
    """Run each contender once a round, in turns that begin with another one each time; keep the medians.

    ``operations`` is how many operations one call of a contender makes.
    """
    taken: dict[str, list[float]] = {contender: [] for contender in contenders}
    order = list(contenders)
    for contender in order:
        contenders[contender]()  # warm up
    for turn in range(rounds):
        for contender in order[turn % len(order) :] + order[: turn % len(order)]:
            begun = time.perf_counter()
            contenders[contender]()
            taken[contender].append(time.perf_counter() - begun)
    return Row(name, {key: statistics.median(values) / operations for key, values in taken.items()}, rounds)


def report(title: str, rows: list[Row], ours: str, rivals: tuple[str, ...]) -> str:
    """Return a Markdown table of medians and of how many times faster ours is."""
    lines = [f"## {title}", "", machine(rivals), ""]
    lines += [f"| | {ours} | {' | '.join(rivals)} | ratio |", "|---|---|" + "---|" * len(rivals) + "---|"]
    for row in rows:
        others = [_time(row.seconds.get(rival)) for rival in rivals]
        known = [row.seconds[rival] for rival in rivals if rival in row.seconds]
        ratio = f"{min(known) / row.seconds[ours]:.1f}x" if known else ""
        lines.append(f"| {row.name} | {_time(row.seconds[ours])} | {' | '.join(others)} | {ratio} |")
    return "\n".join([*lines, "", f"Medians of {rows[0].rounds} alternated rounds."])


def machine(packages: tuple[str, ...]) -> str:
    """Return one line that names the interpreter, the machine and the versions measured."""
    versions = ", ".join(f"{package} {version(package)}" for package in ("smppkit", *packages))
    return f"CPython {platform.python_version()}, {platform.machine()} {sys.platform}, {versions}"


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
