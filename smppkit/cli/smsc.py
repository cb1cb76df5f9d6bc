"""``smppkit smsc``: a message centre to test against, until interrupted."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..errors import SmppError
from ..smsc import Smsc
from ..smsc.settings import DEFAULT_PASSWORD
from .account import VARIABLE
from .live import Line

_EVERY = 1.0  # seconds between two looks at the counters


def run(options: argparse.Namespace, ended: threading.Event | None = None) -> int:
    """Run a centre until ``ended`` is set, or the command is interrupted or told to end; print its totals.

    >>> from smppkit.cli import parser
    >>> done = threading.Event()
    >>> done.set()
    >>> run(parser().parse_args(["smsc", "--port", "0"]), done)
    listening   smpp://demo:secret@127.0.0.1:...
    end it with Ctrl-C
    sessions    0 bound, 0 binds refused
    messages    0 accepted, 0 refused, 0 pending
    deliveries  0 delivered, 0 wait
    0
    """
    ended = ended or threading.Event()
    with _ended_by_signal(ended), _centre(options) as smsc:
        whole = options.password is None and VARIABLE not in os.environ
        print(f"{'listening':<12}{str(smsc.url) if whole else smsc.url.masked}\nend it with Ctrl-C", flush=True)
        _watch(smsc, ended)
        print("\n".join(_totals(smsc.counters)))
    return 0


@contextmanager
def _ended_by_signal(ended: threading.Event) -> Iterator[None]:
    """Have a SIGTERM end it as an interrupt does; only the main thread may ask for that."""

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _centre(options: argparse.Namespace) -> Smsc:
    given = {name: getattr(options, name) for name in ("host", "port", "seed", "delay", "version", "message_ids")}
    if options.states:
        given["states"] = options.states
    secret = options.password if options.password is not None else os.environ.get(VARIABLE, DEFAULT_PASSWORD)
    try:  # in threads here: a process of its own has nothing to gain from another one
        return Smsc(options.profile, options.system_id, secret, process=False, **given)
    except (ValueError, TypeError) as error:
        problem = SmppError(str(error))
    raise problem


def _watch(smsc: Smsc, ended: threading.Event) -> None:
    line = Line(sys.stdout)
    before: dict[str, Any] = smsc.counters
    try:
        while not ended.wait(_EVERY):
            now = smsc.counters
            if now != before or sys.stdout.isatty():
                line.show(_told(now, now["accepted"] - before["accepted"]))
            before = now
    except KeyboardInterrupt:
        pass
    finally:
        line.end()


def _told(counters: dict[str, Any], fresh: int) -> str:
    return (
        f"{counters['bound']} bound, {counters['accepted']:,} accepted ({fresh / _EVERY:,.0f}/s), "
        f"{counters['pending']:,} pending, {counters['delivered']:,} delivered"
    )


def _totals(counters: dict[str, Any]) -> list[str]:
    states = ", ".join(f"{name} {number:,}" for name, number in counters["states"].items())
    lines = [
        f"{'sessions':<12}{counters['bound']} bound, {counters['binds_refused']:,} binds refused",
        f"{'messages':<12}{counters['accepted']:,} accepted, {counters['refused']:,} refused, "
        f"{counters['pending']:,} pending",
        f"{'deliveries':<12}{counters['delivered']:,} delivered, {counters['deliveries_waiting']:,} wait",
    ]
    return [*lines, f"{'ended':<12}{states}"] if states else lines
