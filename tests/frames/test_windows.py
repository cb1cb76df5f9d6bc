"""A large buffer is read in windows: the same rows as of the whole, wherever a window ends."""

import random

import pandas as pd
import pytest

import smppkit as sk
from smppkit.frames import buffers, slices, windows
from tests.core import pdu_maker

COLUMNS = [
    "offset",
    "command_length",
    "command",
    "direction",
    "time",
    "link",
    "sequence_number",
    "text",
    "raw",
    "problem",
]
SHORT = bytes.fromhex("00000010 00000015 00000000 00000007")


def in_windows(octets, size, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(windows, "WHOLE", 0)
        patched.setattr(windows, "MOST_OCTETS", size)
        patched.setattr(windows, "WINDOWS", 1)
        assert all(isinstance(window, windows.Window) for window in buffers.pieces_of(octets))
        return sk.frame(octets, COLUMNS)


ENDS = {
    "whole": b"",
    "part of a header": SHORT[:7],
    "part of a PDU": bytes.fromhex("00000040 00000004 00000000 00000001 00"),
    "a length below a header": bytes.fromhex("00000003") + SHORT * 9,
    "a length above the largest": b"HTTP/1.1 400 Bad Request\r\n" + SHORT * 9,
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("cores", [1, 4])
def test_windows_that_end_anywhere(end, cores, monkeypatch, seed):
    monkeypatch.setattr(slices, "WORTH_THREADS", 1)
    monkeypatch.setattr(slices.os, "cpu_count", lambda: cores)
    rng = random.Random(seed)
    octets = b"".join([SHORT, *(pdu_maker.make(rng)[0] for _ in range(30)), SHORT])
    octets += ENDS[end]
    expected = sk.frame(octets, COLUMNS)
    for size in [*range(1, 70), *(len(octets) - less for less in range(40)), len(octets) + 1]:
        pd.testing.assert_frame_equal(in_windows(octets, size, monkeypatch), expected)


@pytest.mark.parametrize("size", [15, 16, 17, 31, 32, 33, 47, 48, 49])
def test_windows_of_short_pdus(size, monkeypatch):
    monkeypatch.setattr(windows, "WHOLE", 0)
    monkeypatch.setattr(windows, "MOST_OCTETS", size)
    monkeypatch.setattr(windows, "WINDOWS", 1)
    found = list(windows.windows(memoryview(SHORT * 3)))
    assert [window.begin for window in found] == [0, *(window.end for window in found[:-1])]
    assert found[-1].end == 48
    assert [offset for window in found for offset in window.read()[1]] == [0, 16, 32]
    assert sum(window.rows for window in found) == 3


def test_octets_that_change_meanwhile():
    octets = bytearray(SHORT * 4)
    window = windows.Window(octets, 0, 64, 4)
    octets[3] = 0x20
    with pytest.raises(RuntimeError, match="leave them alone until the call returns"):
        window.read()


def test_a_buffer_above_the_bound(monkeypatch):
    monkeypatch.setattr(windows, "WHOLE", 1 << 24)
    octets = SHORT * ((windows.WHOLE >> 4) + 1)
    found = sk.frame(octets, ["offset", "problem"])
    assert sum(isinstance(piece, windows.Window) for piece in buffers.pieces_of(octets)) >= windows.WINDOWS
    assert all(isinstance(piece, slices.Slice) for piece in buffers.pieces_of(octets[:-16]))
    assert (found["offset"].to_numpy() == range(0, len(octets), 16)).all()
    assert found["problem"].isna().all()
