"""Instructions of our operations, counted by valgrind: ``python -m benchmarks.instructions [--check] [--write]``.

Seconds say how fast a machine was just then; instructions hardly change from run to run, so they guard against getting
slower. ``--check`` holds them against the counts kept for this architecture, Python and compiler, and fails where one
is more than 5 % above, or where a column asked for alone takes more than a third of what twelve take, for then more is
decoded than was asked for: exit status 1. Where nothing could be compared, for want of valgrind or of counts that were
kept, it is 2. ``--write`` keeps what was counted. One thread, no collection of garbage, a fixed hash seed.
"""

import argparse
import gc
import itertools
import json
import os
import platform
import re
import shlex
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from timeit import Timer
from types import ModuleType
from typing import NamedTuple
from unittest.mock import patch

from . import plain
from .rounds import RESULTS

KEPT = RESULTS / "instructions.json"
PAGE = RESULTS / "instructions.md"
MOST = 1.05  # times what was kept
RISEN, NOT_COMPARED = 1, 2  # exit statuses
WIDE = "frame, 12 columns, per PDU"
ALONE = {column: f"frame, {column} alone, per PDU" for column in ("command", "sequence_number")}
MOST_ALONE = 1 / 3  # of WIDE; these take a fifth and an eighth
RUNS = 3
SEGMENT = 1_400  # octets of a packet, in a capture of segments
COMMAND = "python -m benchmarks.instructions"
Counts = Mapping[str, int]


class Operation(NamedTuple):
    """What is counted: an expression over names, how often it runs, and into how many its count is divided."""

    name: str
    expression: str
    names: Mapping[str, object]
    times: int = 200
    units: int = 1


# --- what is counted ------------------------------------------------------------------------------------------------


def one_pdu() -> Iterator[Operation]:
    from . import one_pdu, their_codecs

    names, expressions = their_codecs.smppkit()
    for name, expression in expressions.items():
        yield Operation(name, f"({expression})", {**one_pdu.OCTETS, **names})


def many_pdus(count: int = 40_000) -> Iterator[Operation]:
    import smppkit as sk

    from . import encoding, their_rows, traffic

    octets = traffic.mixed(count, distinct=1_000)
    frame = {"f": sk.frame, "octets": octets, "wide": their_rows.COLUMNS, "narrow": their_rows.NUMBERS}
    yield Operation("scan, per PDU", "f(octets)", {"f": sk.scan, "octets": octets}, 1, count)
    yield Operation(WIDE, "f(octets, columns=wide)", frame, 1, count)
    yield Operation("frame, 6 integers, per PDU", "f(octets, columns=narrow)", frame, 1, count)
    for column, name in ALONE.items():
        yield Operation(name, f"f(octets, columns=['{column}'])", frame, 1, count)
    for kind, segment in (("single PDUs", 0), ("segments", SEGMENT)):
        with tempfile.NamedTemporaryFile(suffix=".pcap") as file:
            file.write(capture(octets, segment))
            file.flush()
            packets = {"f": sk.frame, "read": sk.read, "path": file.name, "wide": their_rows.COLUMNS}
            yield Operation(f"read a capture of {kind}, 12 columns, per PDU", "f(read(path), wide)", packets, 1, count)
    messages = encoding.Messages.make(count)
    given = {"f": sk.encode_many, "columns": messages.columns, "lists": messages.lists}
    yield Operation("encode_many, per row", "f('submit_sm', columns)", given, 1, count)
    yield Operation("encode_many from lists, per row", "f('submit_sm', lists)", given, 1, count)


def odd_pdus(count: int = 10_000) -> Iterator[Operation]:
    """What no ordinary buffer has: lists in columns, and PDUs with problems."""
    import smppkit as sk

    many = sk.SubmitMulti(dest_address=[{"destination_addr": f"3247112345{place}"} for place in range(10)])
    lists = {"f": sk.frame, "octets": many.encode() * (count // 10)}
    yield Operation(
        "frame, dest_address of submit_multi, per entry", "f(octets, columns=['dest_address'])", lists, 1, count
    )
    submit = sk.SubmitSm(destination_addr="32471123456", short_message=b"x" * 90).encode()
    cut = [(len(submit) - short).to_bytes(4, "big") + submit[4 : len(submit) - short] for short in range(1, 90)]
    broken = {"f": sk.frame, "octets": b"".join(cut[place % len(cut)] for place in range(count))}
    yield Operation("frame, problem of broken PDUs, per PDU", "f(octets, columns=['problem'])", broken, 1, count)


def alphabet_columns(count: int = 40_000) -> Iterator[Operation]:
    import smppkit as sk

    from .alphabet_columns import Columns

    made = Columns(count)
    names = {"f": sk.gsm7, **vars(made)}
    yield Operation("gsm7.encode a column, per row", "f.encode(text)", names, 1, count)
    yield Operation("gsm7.decode a column, per row", "f.decode(septets)", names, 1, count)
    yield Operation("gsm7.pack a column, per row", "f.pack(septets)", names, 1, count)
    yield Operation("gsm7.unpack a column, per row", "f.unpack(packed, counts)", names, 1, count)


def alphabets(count: int = 40_000) -> Iterator[Operation]:
    import smppkit as sk

    from .alphabets import TEXT
    from .receipt_texts import receipt_texts

    septets = sk.gsm7.encode(TEXT[:160])
    names = {"f": sk.gsm7, "text": TEXT[:160], "septets": septets, "packed": sk.gsm7.pack(septets), "n": len(septets)}
    yield Operation("gsm7.encode, 160 characters", "f.encode(text)", names)
    yield Operation("gsm7.decode, 160 characters", "f.decode(septets)", names)
    yield Operation("gsm7.pack, 160 septets", "f.pack(septets)", names)
    yield Operation("gsm7.unpack, 160 septets", "f.unpack(packed, n)", names)
    texts = receipt_texts(count)
    one = {"f": sk.parse_receipt, "text": texts[0], "many": sk.parse_receipts, "texts": texts}
    yield Operation("parse_receipt", "f(text)", one)
    yield Operation("parse_receipts, per receipt", "many(texts)", one, 1, count)


def capture(octets: bytes, segment: int = 0) -> bytes:
    """PDUs as a pcap file: one connection, one way, Ethernet and IPv4; a packet for each, or for so many octets."""
    import smppkit as sk

    packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    index = sk.scan(octets)
    begins = range(0, len(octets), segment) if segment else index.offset.tolist()
    for number, (at, end) in enumerate(itertools.pairwise([*begins, len(octets)])):
        data = octets[at:end]
        tcp = struct.pack(">HHIIBBHHH", 40000, 2775, at + 1, 1, 5 << 4, 0x18, 65535, 0, 0) + data
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0, b"\x7f\0\0\1", b"\x7f\0\0\2")
        packet = bytes(12) + b"\x08\x00" + ip + tcp
        packets.append(struct.pack("<IIII", 1_800_000_000, number, len(packet), len(packet)) + packet)
    return b"".join(packets)


OPERATIONS = (one_pdu, many_pdus, odd_pdus, alphabets, alphabet_columns)


# --- counting -------------------------------------------------------------------------------------------------------


def count_here(counting: ModuleType) -> None:
    """Run every operation, its times and none at all, and let callgrind write down each: what the child does."""
    gc.disable()
    with patch("os.cpu_count", lambda: 1):
        for made in OPERATIONS:
            for operation in made():
                timer = Timer(operation.expression, globals=dict(operation.names))
                timer.timeit(2)  # what is kept from the first time on is not counted
                for times in (0, operation.times):
                    counting.start()
                    timer.timeit(times)
                    counting.stop(f"{times}/{operation.times * operation.units}/{operation.name}")


def counted() -> dict[str, int] | str:
    """Return the instructions of each operation, or a sentence why they cannot be counted.

    The fewest of some runs, in each of which objects lie elsewhere: CPython finds attributes in a table by the address
    of their name, and two that meet in one place there cost a method hundreds of instructions.
    """
    if not (valgrind := shutil.which("valgrind")):
        return "Instructions are not counted: there is no valgrind here."
    with tempfile.TemporaryDirectory() as folder:
        runs = [child(valgrind, Path(folder), number) for number in range(RUNS)]
        for run in runs:
            told = run.communicate()[0].strip()
            if run.returncode:
                return f"Instructions are not counted: {told.splitlines()[-1] if told else 'nothing was said'}"
        files = [Path(folder).glob(f"{number}*") for number in range(RUNS)]
        found = [per_operation(read(path.read_text()) for path in paths) for paths in files]
    return {name: min(counts[name] for counts in found) for name in found[0]}


def child(valgrind: str, folder: Path, number: int) -> "subprocess.Popen[str]":
    tool = ["--quiet", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/{number}"]
    command = [valgrind, *tool, sys.executable, "-m", "benchmarks.instructions", "--child", str(number)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=RESULTS.parents[1]
    )


def elsewhere(number: int) -> list[bytes]:
    """Take memory of the sizes that names have, so that those to come lie in other places than in other runs."""
    return [bytes(size) for size in range(8, 72, 16) for _ in range(61 * number)]


def read(text: str) -> tuple[str, int]:
    """Return the name that was given to a file of callgrind's, and the instructions in it."""
    trigger = re.search(r"^desc: Trigger: Client Request: (.*)$", text, re.MULTILINE)
    total = re.search(r"^(?:totals|summary): (\d+)$", text, re.MULTILINE)
    return (trigger[1], int(total[1])) if trigger and total else ("", 0)


def per_operation(found: Iterator[tuple[str, int]]) -> dict[str, int]:
    """Return the instructions of one operation by its name: those of many less those of none, divided."""
    totals: dict[str, dict[bool, int]] = {}
    units: dict[str, int] = {}
    for label, total in found:
        if label:
            times, many, name = label.split("/", 2)
            totals.setdefault(name, {})[times != "0"] = total
            units[name] = int(many)
    return {name: round((total[True] - total[False]) / units[name]) for name, total in sorted(totals.items())}


# --- what is kept, and compared -------------------------------------------------------------------------------------


def key() -> str:
    """What instructions depend on: the architecture, the Python and the compiler."""
    compiler = shlex.split(sysconfig.get_config_var("CC") or "cc")[0]
    try:
        said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[
            0
        ]
    except (OSError, subprocess.CalledProcessError):
        said = platform.python_compiler()
    return f"{platform.machine()}, CPython {platform.python_version()}, {said}"


def kept() -> dict[str, dict[str, int]]:
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def risen(counts: Counts, before: Counts) -> list[str]:
    """Return a sentence for each operation that takes more instructions than it may, or is not there any more."""
    lost = [f"{name}: counted before, and no longer there" for name in before if name not in counts]
    return lost + [
        f"{name}: {count:,} instructions, {count / before[name] - 1:.1%} above the {before[name]:,} kept"
        for name, count in counts.items()
        if name in before and count > MOST * before[name]
    ]


def unasked(counts: Counts) -> list[str]:
    """Return a sentence for each column that takes so much alone that more must be decoded than was asked for."""
    wide = counts.get(WIDE, 0)
    return [
        f"{name}: {counts[name]:,} instructions, {counts[name] / wide:.0%} of the {wide:,} of 12 columns"
        for name in ALONE.values()
        if wide and counts.get(name, 0) > MOST_ALONE * wide
    ]


def page(counts: Counts) -> str:
    lines = ["## Instructions of one operation", "", key(), "", "| | instructions |", "|---|---|"]
    lines += [f"| {name} | {count:,} |" for name, count in counts.items()]
    told = (
        f"Counted by callgrind: those of many operations less those of none, in one thread, the fewest of {RUNS} runs."
    )
    return "\n".join([*lines, "", told, "", f"Command: `{COMMAND}`", ""])


def keep(counts: Counts) -> None:
    PAGE.write_text(page(counts), encoding="utf-8")
    KEPT.write_text(json.dumps({**kept(), key(): counts}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def check(counts: Counts) -> int:
    """Tell what has become slower; return the exit status that says so."""
    before = kept().get(key())
    for sentence in (faults := unasked(counts) + risen(counts, before or {})):
        print(sentence)
    if before is None:
        print(f"Nothing to compare with: no counts are kept for {key()}; --write keeps these.")
        return RISEN if faults else NOT_COMPARED
    if not faults:
        print(f"{len(counts)} operations, none more than {MOST - 1:.0%} above what is kept.")
    return RISEN if faults else 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--check", "--write"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.child is not None:
        taken = elsewhere(chosen.child)
        if isinstance(counting := plain.build("counting"), str):
            raise SystemExit(counting)
        count_here(counting)
        del taken
        return 0
    if isinstance(counts := counted(), str):
        print(counts)
        return NOT_COMPARED
    print(page(counts))
    failed = check(counts) if chosen.check else 0
    if chosen.write:
        keep(counts)
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
