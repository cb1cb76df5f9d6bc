"""A capture is read in the memory of a batch, however long it is: anonymous memory, for the file is only mapped.

Each way of reading has a process to itself: what other tests left to an allocator would count here otherwise.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

import smppkit as sk
from benchmarks.hostile_captures import CAPTURES, ORDINARY
from benchmarks.memory import held
from smppkit.frames import Log
from smppkit.journal.pcap import CaptureLog, read_capture

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells anonymous memory apart")
A_BATCH = 60 << 20
"""Octets, columns and core's own of one batch of 16 MiB while the one before is still there."""
WAYS: dict[str, Callable[[CaptureLog], Iterable[object]]] = {
    "segments": CaptureLog.segments,
    "frames": lambda log: Log(log).frames(["time", "command_id"], rows=50_000),
}


def written(folder: Path, size: int) -> Path:
    path = folder / f"{size}.pcap"
    path.write_bytes(ORDINARY.make(size))
    return path


def tell_what_is_held(way: str, path: str) -> None:
    """Print whether the PDUs are kept, the octets held once the capture is opened, and the most of them while read."""
    before = held("RssAnon")
    with closing(read_capture(path, retained=1 << 20)) as log:
        opened = held("RssAnon") - before
        most = max(held("RssAnon") for _ in WAYS[way](log)) - before
        print(int(log.retained), opened, most)


@pytest.mark.parametrize("way", WAYS)
def test_a_longer_capture_takes_no_more_memory(tmp_path, root, way: str):
    size = 90_000_000
    command = [sys.executable, "-m", "tests.journal.test_capture_memory", way, str(written(tmp_path, size))]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    retained, opened, most = map(int, done.stdout.split())
    print(opened, most)
    assert not retained
    assert opened < A_BATCH
    assert opened <= most < A_BATCH < size


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
