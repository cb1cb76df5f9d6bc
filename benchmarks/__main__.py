"""Run every benchmark beside rivals: ``python -m benchmarks [--write] [PART ...]``.

Each part runs in a process of its own, with what it takes by default. ``--write`` keeps its tables in
benchmarks/results, with the command that repeats them; ``python tools/figures.py`` then fills in those of the README.
"""

import argparse
import subprocess
import sys
import time
from importlib.util import find_spec

PARTS: dict[str, list[str]] = {  # a module of this folder, and what it is given
    "codec": ["--write"],
    "captures": ["--rounds", "3", "--write"],
    "alphabets": ["--write"],
    "receipt_texts": ["--write"],
    "sending": ["--write"],
    "hostile": ["--write"],  # no rivals: what hostile input costs
    "hostile_captures": ["--write"],
}


def run(part: str, write: bool) -> bool:
    """Run one part; tell whether it came to its end, with nothing to find fault with."""
    arguments = [one for one in PARTS[part] if write or one != "--write"]
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", f"{__package__}.{part}", *arguments], check=False)
    print(f"\n({part}: {time.perf_counter() - began:.0f} s)\n", flush=True)
    return done.returncode == 0


def main() -> int:
    there = [part for part in PARTS if find_spec(f"{__package__}.{part}")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(there)}; all when none is given")
    parser.add_argument("--write", action="store_true", help="keep the tables in benchmarks/results")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(there):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    failed = [part for part in chosen.parts or there if not run(part, chosen.write)]
    for part in failed:
        print(f"{part} did not come to its end, or found fault", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    raise SystemExit(main())
