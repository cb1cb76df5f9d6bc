"""Inputs made to cost work, and what they cost: ``python -m benchmarks.hostile [--rounds 7] [--write] [NAME ...]``.

Buffers of PDUs, logs and columns of receipts have 4 MiB, for a table costs something before its first row, and in
64 KiB that would be most of both sides; single PDUs and texts have 64 KiB, which is as long as a PDU may be. Growth is
the time of four times the octets: 4.0 where work is linear.

Each is read by turns with ordinary input of that size to the same function (for PDUs the mix of ``traffic``), and
compared twice. An octet beside an octet of the ordinary: but a row costs something whatever its size, so PDUs of 16
octets cost more an octet than those of 122. A row (a PDU, a receipt) beside a row of the ordinary: but a PDU of 64 KiB
costs more than one of 122 octets. Who sends hostile input is bounded by one of them, a limit of octets or of PDUs, and
either alone calls something dear that is only short, or only long. So the bound of three times the ordinary, MOST,
holds for the smaller of the two: input is too dear (a "!", and exit status 1) where both its octets and its rows cost
more than three times what they should. Of single inputs there are no rows, and the octet alone counts. Names are
beginnings of those wanted.

Of each turn the least counts: processor time, of all threads.
"""

import math
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import smppkit as sk

from .hostile_inputs import HOSTILE, MANY, ROWS, SINGLE, Hostile, octets_in, ordinary
from .rounds import choose, load, machine, options, publish

ROUNDS = 7
MOST = 3.0  # times what the ordinary costs
LONGEST = 1e-3  # seconds for a receipt of 64 KiB


def spent(read: Callable[[Any], object], data: Any) -> float:
    """Read an input, or each of a list; return the seconds of the processor that took."""
    inputs = data if isinstance(data, list) else [data]
    begin = time.process_time()
    for one in inputs:
        try:
            read(one)
        except sk.SmppError:  # as it should
            continue
    return time.process_time() - begin


def rows_in(read: Callable[[Any], object], data: Any) -> float:
    """Count the rows of a table, or the inputs of a list; not a number for one input by itself."""
    found = ROWS[read](data) if read in ROWS else len(data) if isinstance(data, list) else 1
    return found if found > 1 else math.nan


RECEIPTS = {name for name in HOSTILE if name.startswith("receipt ")}
WHY = (
    "Why the smaller of the two: a row costs something whatever its octets are, for its header, its place in each "
    "column, its sentence in `problem` where it is broken. Of PDUs of 16 octets there are eight where of the ordinary "
    "there is one, so an octet of them costs more, though each costs less than an ordinary one; and one of 64 KiB "
    "costs more than one of 122 octets, though its octets cost less. Who sends is bounded by octets or by PDUs, "
    "so neither alone says that input is dear."
)


class Cost(NamedTuple):
    """What an input costs: seconds, their growth fourfold, and an octet and a row, alone and beside the ordinary."""

    seconds: float
    growth: float
    octet: float
    octet_ratio: float
    row: float
    row_ratio: float

    @property
    def ratio(self) -> float:
        """The smaller of the two, which the bound holds for."""
        return self.octet_ratio if math.isnan(self.row_ratio) else min(self.octet_ratio, self.row_ratio)


def is_dear(name: str, found: Cost) -> bool:
    return found.ratio > MOST or (name in RECEIPTS and found.seconds > LONGEST)


def cost(hostile: Hostile, rounds: int) -> Cost:
    """Measure in rounds of which the least counts, small and large and the ordinary by turns."""
    read, beside = hostile.read, ordinary(hostile.read)
    small, large = hostile.make(hostile.size // 4), hostile.make(hostile.size)
    turns = [[spent(read, data) for data in (small, large, beside)] for _ in range(rounds)]
    least, most, mean = (max(min(taken), 1e-9) for taken in zip(*turns, strict=True))
    octet, row = most / octets_in(large), most / rows_in(read, large)
    octet_ratio = octet / mean * octets_in(beside)
    row_ratio = row / mean * rows_in(read, beside)
    return Cost(most, most / least, octet, octet_ratio, row, row_ratio)


def table(names: Iterable[str], rounds: int) -> tuple[str, list[str]]:
    """Return the table, and the names of what is too dear."""
    lines = [
        "## Hostile input",
        "",
        f"{machine(['pandas'])}{load()}",
        "",
        "| | a call | growth | an octet | beside the ordinary | a row | beside the ordinary | smaller |",
        "|---|---|---|---|---|---|---|---|",
    ]
    dear = []
    for name in names:
        found = cost(HOSTILE[name], rounds)
        if is_dear(name, found):
            dear.append(name)
        row = ("", "") if math.isnan(found.row_ratio) else (f"{1e9 * found.row:.0f} ns", f"{found.row_ratio:.1f}x")
        cells = (
            name,
            f"{1e3 * found.seconds:.2f} ms",
            f"{found.growth:.1f}",
            f"{1e9 * found.octet:.2f} ns",
            f"{found.octet_ratio:.2f}x",
            *row,
            f"{found.ratio:.2f}x" + " !" * is_dear(name, found),
        )
        lines.append(f"| {' | '.join(cells)} |")
    told = (
        f"Buffers of PDUs, logs and columns of {MANY >> 20} MiB, PDUs and texts of {SINGLE >> 10} KiB; the least of "
        f'{rounds} rounds, processor time. A "!" is at what costs more than {MOST:.0f} times the ordinary, both by the '
        f"octet and, where there are rows, by the row; and at a receipt that takes more than {1e3 * LONGEST:.0f} ms."
    )
    return "\n".join([*lines, "", told, "", WHY]), dear


def main(arguments: list[str] | None = None) -> int:
    parser = options(__doc__ or "", rounds=ROUNDS)
    chosen, names = choose(parser, arguments, HOSTILE)
    told, dear = table(names, chosen.rounds)
    publish(chosen.write, "hostile", arguments, told)
    return int(bool(dear))


if __name__ == "__main__":
    raise SystemExit(main())
