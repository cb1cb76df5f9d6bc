"""A capture is read in the memory of a batch, however long it is: anonymous memory, for the file is only mapped.

Besides, octets of IP datagrams that were put together take memory where they wait for others, up to a bound.

Each way of reading has a process to itself: what other tests left to an allocator would count here otherwise.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import smppkit as sk
from benchmarks.hostile_captures import CAPTURES
from benchmarks.memory import held
from smppkit.frames import Log
from smppkit.journal.log import LOST
from smppkit.journal.pcap import CaptureLog, read_capture
from tests.journal.builder import ACK, PSH, START, Wire, bind, fragments, pcap, pdu

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells anonymous memory apart")
A_BATCH = 60 << 20
"""Octets, columns and core's own of one batch of 16 MiB while the one before is still there."""
DATAGRAMS_KEPT = 64 << 20
"""Octets of finished datagrams that may wait, as in _core.copies."""
WAYS: dict[str, Callable[[CaptureLog], Iterable[object]]] = {
    "segments": CaptureLog.segments,
    "frames": lambda log: Log(log).frames(["time", "command_id"], rows=50_000),
}


def written(folder: Path, size: int) -> Path:
    path = folder / f"{size}.pcap"
    path.write_bytes(CAPTURES["capture of one message again and again"].make(size))
    return path


def tell_what_is_held(way: str, path: str) -> None:
    """Print whether the PDUs are kept, the octets held once the capture is opened, and the most of them while read."""
    before = held("RssAnon")
    with closing(read_capture(path, retained=1 << 20)) as log:
        opened = held("RssAnon") - before
        most = max(held("RssAnon") for _ in WAYS[way](log)) - before
        print(int(log.retained), opened, most, len(log), sum(problem.kind == LOST for problem in log.problems))


def what_is_held(root: Path, way: str, path: Path) -> list[int]:
    command = [sys.executable, "-m", "tests.journal.test_capture_memory", way, str(path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [int(number) for number in done.stdout.split()]


@pytest.mark.parametrize("way", WAYS)
def test_a_longer_capture_takes_no_more_memory(tmp_path, root, way: str):
    size = 90_000_000
    retained, opened, most, *_ = what_is_held(root, way, written(tmp_path, size))
    print(opened, most)
    assert not retained
    assert opened < A_BATCH
    assert opened <= most < A_BATCH < size


COUNT, LENGTH = 1600, 56_000


def datagrams(path: Path, late: int) -> Path:
    """Segments of a PDU each, in IP fragments; of ``late`` in a row the first comes last."""
    wire = Wire()
    said = [wire.segment(0, PSH | ACK, pdu(4, number + 2, bytes(LENGTH - 16))) for number in range(COUNT)]
    opening = [*Wire(isn=(wire.isn[0] - 1 - len(bind()), 0)).handshake()[:1]]
    opening.append(replace(opening[0], sequence=opening[0].sequence + 1, flags=PSH | ACK, payload=bind()))
    for start in range(0, COUNT, late):
        said[start : start + late] = [*said[start + 1 : start + late], said[start]]
    frames = [
        (START, part)
        for number, segment in enumerate([*opening, *said])
        for part in fragments(segment.source, segment.destination, segment.tcp(), 30_000, number)
    ]
    path.write_bytes(pcap(frames, 101))
    return path


def test_finished_datagrams_take_no_memory_where_nothing_waits(tmp_path, root):
    path = datagrams(tmp_path / "order.pcap", late=1)
    _, opened, most, count, lost = what_is_held(root, "segments", path)
    print(opened, most)
    assert opened <= most < A_BATCH < path.stat().st_size
    assert (count, lost) == (1 + COUNT, 0)


def test_finished_datagrams_that_wait_take_memory_up_to_a_bound(tmp_path, root):
    path = datagrams(tmp_path / "late.pcap", late=8)
    _, opened, most, count, lost = what_is_held(root, "segments", path)
    print(opened, most, count)
    assert opened <= most < A_BATCH + DATAGRAMS_KEPT < path.stat().st_size + A_BATCH
    assert DATAGRAMS_KEPT * 7 // 8 // LENGTH < count < COUNT
    assert lost > 0


def test_what_is_kept_counts_its_columns(tmp_path):
    capture = CAPTURES["capture of the shortest PDUs"].make(4_000_000)
    count = len(read_capture(capture))
    assert not read_capture(capture, retained=count * (16 + 28)).retained
    assert read_capture(capture, retained=count * (16 + 30)).retained


def test_a_kept_capture_needs_no_file(tmp_path):
    path = written(tmp_path, 20_000_000)
    with sk.read(path) as log:
        path.write_bytes(b"")
        assert len(log.pdus) == len(log) > 90_000


if __name__ == "__main__":
    tell_what_is_held(*sys.argv[1:])
