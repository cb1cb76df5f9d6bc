"""One target under libFuzzer; run by the interpreter that ``tools/fuzz.py`` builds, in the tree that it copies.

    fuzz_one.py TARGET PROGRAM [options and inputs of libFuzzer]

PROGRAM is what libFuzzer calls to run itself again. Files alone are replayed, against the slow oracle too.
"""

import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import libfuzzer  # type: ignore[import-not-found]  # built into that interpreter

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.core.targets import TARGETS, Target  # noqa: E402

ONE_IN = 64
"""The slow oracle looks at one input of so many, chosen by its checksum, so that a replay does the same."""


def checked(target: Target, thorough: bool) -> Callable[[bytes], None]:
    """Return what is called with each input."""
    lean = target.lean
    if lean is None:
        return target.run

    def both(octets: bytes) -> None:
        lean(octets)
        if thorough or zlib.crc32(octets) % ONE_IN == 0:
            target.run(octets)

    return both


def main() -> int:
    name, *arguments = sys.argv[1:]
    target = TARGETS[name]
    inputs = [argument for argument in arguments[1:] if not argument.startswith("-")]
    run = checked(target, thorough=all(Path(argument).is_file() for argument in inputs))
    print("started:", time.process_time(), file=sys.stderr, flush=True)  # seconds; not the target's
    code: int = libfuzzer.run(arguments, run, str(ROOT / "smppkit") if target.python else "")
    return code


if __name__ == "__main__":
    sys.exit(main())
