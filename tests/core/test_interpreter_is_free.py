"""The core works without holding the interpreter: proven, not timed.

Python is told to take the interpreter away from no thread. So a second thread that wants it gets it only where the
first lets go by itself, and here it is asked to count just before a function of the core begins: when it has counted as
that function returns, it was let in by that function and by nothing else, for NumPy, Arrow, files and pools of threads
all come before or after. It may be slow to wake, so one success in many calls is enough: where the function does not
let go there is none, however often it is called.
"""

import sys
import threading

import numpy as np
import pytest

import smppkit as sk
from smppkit.codec import bulk, index
from smppkit.frames import slices, windows
from smppkit.journal.memory import MemoryLog
from smppkit.journal.pcap import files, read_capture, reading
from tests.journal import builder

TRIES = 60
ROWS = slices.WORTH_THREADS * 9 // 10
"""Rows: with more there would be several threads, each of which waits for others."""
PDU = sk.DeliverSm(source_addr="INFO", destination_addr="32471123456", short_message=b"x" * 150).encode()
PDUS = PDU * ROWS
LINKS = sk.EnquireLink(sequence_number=1).encode() * 2_000_000
NAMES = ["sequence_number", "source_addr", "destination_addr", "text"]
FRAMES = builder.framed(builder.restamped(builder.spoken(builder.conversation(4000))))


class Onlooker:
    """A thread that counts once each time it is asked to, and a way to ask it while something is called."""

    def __init__(self):
        self.counted = self.met = self.calls = 0
        self._asked, self._answered = threading.Lock(), threading.Lock()
        self._asked.acquire()
        self._answered.acquire()
        self._ended = False
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self):
        while True:
            self._asked.acquire()
            if self._ended:
                return
            self.counted += 1
            self._answered.release()

    def watching(self, call):
        """Return what calls the same, and notes whether this thread could count meanwhile."""

        def within(*given, **named):
            before = self.counted
            self._asked.release()  # this lets nobody in: the lock is free, but the interpreter is ours
            try:
                return call(*given, **named)
            finally:
                self.met += self.counted - before
                self.calls += 1
                self._answered.acquire()  # this does: what was not counted yet is counted now

        return within

    def end(self):
        self._ended = True
        self._asked.release()
        self._thread.join(60)


@pytest.fixture
def onlooker():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # seconds until a thread that waits asks for the interpreter
    thread = Onlooker()
    try:
        yield thread
    finally:
        thread.end()
        sys.setswitchinterval(interval)


def log():
    journal = MemoryLog()
    journal.append_many(PDUS, np.arange(0, len(PDUS), len(PDU)), np.full(ROWS, len(PDU)))
    return sk.Log(journal)


def many():
    columns = {"destination_addr": ["32471123456"] * ROWS, "short_message": b"x" * 150, "source_port": [80] * ROWS}
    return sk.encode_many("submit_sm", columns)


@pytest.fixture
def captures(tmp_path):
    """Return the folder of one conversation, as pcap and as pcapng."""
    (tmp_path / "a.pcap").write_bytes(builder.pcap(FRAMES))
    (tmp_path / "a.pcapng").write_bytes(builder.pcapng(FRAMES))
    return tmp_path


WORK = {
    "scan": (index.core, "scan", "", lambda _: sk.scan(LINKS)),
    "frame, where the PDUs stand": (windows, "scan", "", lambda _: sk.frame(LINKS[: 16 * ROWS], ["sequence_number"])),
    "frame": (slices, "decode", "", lambda _: sk.frame(PDUS, NAMES)),
    "encode_many": (bulk.fill, "encode", "", lambda _: many()),
    "pdus of a log": (slices, "decode", "", lambda _: log().pdus),
    "read, packets of pcap": (files.blocks, "Rows", "pcap", lambda folder: sk.read(folder / "a.pcap").pdus),
    "read, packets of pcapng": (files.blocks, "Rows", "pcapng", lambda folder: sk.read(folder / "a.pcapng").pdus),
    "read, connections": (reading.flows, "Flows", "feed", lambda folder: sk.read(folder / "a.pcap").pdus),
    "read, PDUs": (slices, "decode", "", lambda folder: sk.read(folder / "a.pcap").pdus),
    "read_capture": (reading.flows, "Flows", "feed", lambda folder: read_capture(folder / "a.pcap")),
}
"""Where a function of the core is looked up, or a class of it with a method, by which name, and what calls it."""


@pytest.mark.parametrize("name", WORK)
def test_another_thread_gets_on_meanwhile(name, onlooker, captures, monkeypatch):
    place, which, method, call = WORK[name]
    call(captures)  # what is made and imported at the first call may let others in
    core = getattr(place, which)
    watched = onlooker.watching(getattr(core, method) if method else core)
    monkeypatch.setattr(place, which, type(which, (core,), {method: watched}) if method else watched)
    for _ in range(TRIES):
        call(captures)
        if onlooker.met:
            break
    assert onlooker.calls
    assert onlooker.met


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="nobody has to let others in here")
def test_nobody_is_let_in_by_what_does_not_let_go(onlooker):
    """Else the test above would show nothing: this takes much longer than what is called there."""
    sums = onlooker.watching(lambda: sum(range(2_000_000)))
    for _ in range(3):
        sums()
    assert (onlooker.calls, onlooker.counted, onlooker.met) == (3, 3, 0)
