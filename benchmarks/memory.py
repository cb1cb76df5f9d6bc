"""The peak of memory above the input for PDUs into a DataFrame: ``python -m benchmarks.memory CONTENDER FILE``.

A process for each contender, for a peak cannot be taken back, and tracemalloc sees neither Arrow nor the core. What is
there before (interpreter, pandas, the input) does not count: the baseline is taken after a small frame was made.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import smppkit as sk

from . import their_rows
from .rounds import OURS

CONTENDERS = {OURS: lambda octets: sk.frame(octets, columns=their_rows.COLUMNS), "smpp34": their_rows.frame}


def held(name: str) -> int:
    """Return the memory of this process in octets, now (VmRSS) or at its peak (VmHWM).

    Where only getrusage tells, it is the peak for both; on Linux that would be the parent's where it had more.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith(name))
        return int(line.split()[1]) * 1024
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def above(contender: str, path: Path) -> int:
    octets = path.read_bytes()
    run = CONTENDERS[contender]
    run(octets[: sk.scan(octets[:100_000]).consumed])
    before = held("VmRSS")
    table = run(octets)
    after = held("VmHWM")
    if table.empty:
        raise SystemExit("nothing was decoded")
    return after - before


def measured(octets: bytes) -> dict[str, int]:
    """Return the octets of memory each contender took above the input, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pdus"
        path.write_bytes(octets)
        taken = {}
        for contender in CONTENDERS:
            command = [sys.executable, "-m", "benchmarks.memory", contender, str(path)]
            taken[contender] = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return taken


if __name__ == "__main__":
    print(above(sys.argv[1], Path(sys.argv[2])))
