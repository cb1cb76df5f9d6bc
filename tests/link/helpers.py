"""What the tests of link share: waiting for a condition, counting what may leak, a machine that records."""

import os
import socket
import threading
import time
from collections.abc import Callable

from smppkit.link import Connection, Loop, Transport
from smppkit.protocol.events import MustClose

LIMIT = 10.0


def until(condition: Callable[[], object], limit: float = LIMIT) -> object:
    """Return what ``condition`` returns as soon as that is true; fail after ``limit`` seconds."""
    end = time.monotonic() + limit
    pause = threading.Event()
    while not (found := condition()):
        assert time.monotonic() < end, f"not so within {limit} s"
        pause.wait(0.002)
    return found


def descriptors() -> int:
    """Return how many descriptors the process has open."""
    return len(os.listdir("/proc/self/fd"))


class Recorder:
    """A machine that keeps what it is given; ``answer`` is queued for whatever comes."""

    def __init__(self, answer: bytes = b"", due: float | None = None) -> None:
        self.got = bytearray()
        self.output = bytearray()
        self.ends: list[tuple[str, str]] = []
        self.answer = answer
        self.due = due
        self.ticks = 0
        self.readable = True
        self.close_on = b""

    def receive(self, octets: bytes, now: float) -> list[object]:
        self.got += octets
        self.output += self.answer
        if self.close_on and self.close_on in self.got:
            return [MustClose("framing", "asked for")]
        return [octets]

    def sent(self, count: int) -> None:
        del self.output[:count]

    def tick(self, now: float) -> list[object]:
        self.ticks += 1
        self.due = None
        return []

    def deadline(self) -> float | None:
        return self.due

    def closed(self, reason: str, detail: str = "") -> list[object]:
        self.ends.append((reason, detail))
        return ["closed"]


def connected(loop: Loop, machine: object, on_events=lambda connection, events: None, **limits: float):
    """Return a connection in the loop and the other end of it, a blocking socket with a time limit."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(LIMIT)
    connection: Connection = loop.call(lambda: loop.attach(Transport(ours), machine, on_events, **limits))
    return connection, theirs
