"""A long file is read in the memory of a piece, and never copied."""

import mmap
import os
import subprocess
import sys
import tracemalloc

import pytest

import smppkit as sk
from smppkit.frames import windows

PIECE = 20_000  # rows
ROOM = 40 << 20  # octets that may be taken beyond what is there before
PROGRAM = """
import mmap, sys, tracemalloc
import numpy as np
import smppkit as sk
from smppkit.frames import windows
from smppkit.frames.buffers import pieces_of
from smppkit.journal.memory import MemoryLog

windows.WHOLE = 1 << 24  # the file stands for one that is larger than what is indexed at once
path, piece, room = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def held():
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem")))

file = open(path, "rb")
mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sk.frame(mapped[:10_000])
tracemalloc.start()
numbers = sk.frame(mapped, ["sequence_number"])
rows, most = len(numbers), tracemalloc.get_traced_memory()[1]
tracemalloc.stop()
del numbers

class Mapped(MemoryLog):
    def segments(self):
        return (windows.timeless(*window.read()) for window in pieces_of(mapped))

before, seen = held(), 0
for frame in sk.Log(Mapped()).frames(["sequence_number", "source_addr", "text", "receipt_id", "problem"], rows=piece):
    seen += len(frame)
    assert frame["text"].iloc[-1].startswith("All work"), frame
    most_of_pieces = max(held() - before, 0)
    assert most_of_pieces < room, most_of_pieces
print(rows, seen, most)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the memory of a process is read from Linux")
def test_a_mapped_file_takes_the_memory_of_a_piece(tmp_path, root):
    pdu = sk.SubmitSm(source_addr="INFO", short_message=b"All work and no play makes Jack a dull boy. " * 4).encode()
    rows = 600_000
    path = tmp_path / "pdus"
    with path.open("wb") as file:
        for _ in range(rows // 1000):
            file.write(pdu * 1000)
    size = path.stat().st_size
    assert size > 3 * ROOM
    command = [sys.executable, "-c", PROGRAM, str(path), str(PIECE), str(ROOM)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    frame_rows, seen, most = map(int, done.stdout.split())
    assert frame_rows == seen == rows
    assert most < 9 * rows + ROOM, "sk.frame of a mapped file holds its octets"


def test_a_mapped_file_of_short_pdus_is_never_indexed_whole(tmp_path, monkeypatch):
    """Of a PDU of 16 octets an index takes as much again: what is held is the result, and that of a window a thread."""
    monkeypatch.setattr(windows, "WHOLE", 1 << 24)
    rows = 4_000_000
    path = tmp_path / "pdus"
    path.write_bytes(bytes.fromhex("00000010 00000015 00000000 00000007") * rows)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        sk.frame(mapped[:10_000])
        tracemalloc.start()
        try:
            numbers = sk.frame(mapped, ["sequence_number"])
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (len(numbers), int(numbers["sequence_number"].sum())) == (rows, 7 * rows)
    index_of_window = 2 * 16 * rows // windows.WINDOWS  # one that grows stands twice for a moment
    assert most < 9 * rows + (os.cpu_count() + 1) * index_of_window + (4 << 20)
