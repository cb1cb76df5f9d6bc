"""Reads the spec tables of tests/vectors."""

import csv
from pathlib import Path

VECTORS = Path(__file__).parents[1] / "vectors"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one table as dictionaries."""
    with (VECTORS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(cell: str) -> frozenset[str]:
    """Return the parts of a cell that lists several."""
    return frozenset(word for word in cell.split("|") if word)


def number_range(cell: str) -> tuple[int, int]:
    """Return first and last of "0x10-0x1F" or "16", twice the same for a single number."""
    first, _, last = cell.partition("-")
    return int(first, 0), int(last or first, 0)
