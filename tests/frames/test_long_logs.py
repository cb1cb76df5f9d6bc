"""A long file is read in the memory of a piece, and never copied."""

import subprocess
import sys

import pytest

import smppkit as sk

PIECE = 20_000  # rows
ROOM = 40 << 20  # octets that may be taken beyond what is there before
PROGRAM = """
import mmap, resource, sys
import numpy as np
import smppkit as sk
from smppkit.frames.buffers import segment_of
from smppkit.journal.memory import MemoryLog

path, piece, room = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def held():
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem")))

file = open(path, "rb")
mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sk.frame(mapped[:10_000])
before = held()
numbers = sk.frame(mapped, ["sequence_number"])
rows, most = len(numbers), held() - before
del numbers
segment = segment_of(mapped)
log = MemoryLog()
log.extend(segment)
before, seen = held(), 0
for frame in sk.Log(log).frames(["sequence_number", "source_addr", "text", "receipt_id", "problem"], rows=piece):
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
    assert most < ROOM, "sk.frame of a mapped file holds its octets"
