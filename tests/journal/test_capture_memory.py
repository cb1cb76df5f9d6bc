"""A capture is read in the memory of a batch, however long it is: anonymous memory, for the file is only mapped."""

import sys
from collections.abc import Callable, Iterable
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


def most_held(steps: Iterable[object]) -> int:
    before = held("RssAnon")
    return max(held("RssAnon") for _ in steps) - before


def written(folder: Path, size: int) -> Path:
    path = folder / f"{size}.pcap"
    path.write_bytes(ORDINARY.make(size))
    return path


@pytest.mark.parametrize(
    "read", [CaptureLog.segments, lambda log: Log(log).frames(["time", "command_id"], rows=50_000)]
)
def test_a_longer_capture_takes_no_more_memory(tmp_path, read: Callable[[CaptureLog], Iterable[object]]):
    size = 90_000_000
    before = held("RssAnon")
    log = read_capture(written(tmp_path, size), retained=1 << 20)
    assert not log.retained
    assert held("RssAnon") - before < A_BATCH
    assert most_held(read(log)) < A_BATCH < size
    log.close()


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
