"""Ctrl-C at a line of one's choice: calls of the package that end in the middle, the same way in every run.

CPython looks for signals at calls and at jumps backwards. A tracing function may raise before any line, which comes to
the same but for one place: the line of a ``with`` is traced once more as its block ends, where no signal is looked for
and an exception would keep the lock. So lines that begin with ``with`` are passed over, not those around them.
"""

import linecache
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import smppkit

_HOME = str(Path(smppkit.__file__).parent)


class Interrupted(BaseException):
    """What is raised in the place of KeyboardInterrupt, which pytest would take for its own."""


def lines(call: Callable[[], Any], within: str = "") -> int:
    """Run a call and return how many lines of the package, or of one file of it, it ran on this thread."""
    return _traced(call, within, 0)


def interrupted(call: Callable[[], Any], line: int, within: str = "") -> bool:
    """Run a call that ends before the ``line``-th line of the package, from 1; tell whether it did."""
    try:
        _traced(call, within, line)
    except Interrupted:
        return True
    return False


def everywhere(within: str = "") -> Iterator[Callable[[Callable[[], Any]], bool]]:
    """Yield functions that run a call interrupted before its first line, its second, …, until one is not."""
    goes_on = True
    line = 0
    while goes_on:
        line += 1
        done: list[bool] = []

        def run(call: Callable[[], Any], at: int = line, done: list[bool] = done) -> bool:
            done.append(interrupted(call, at, within))
            return done[-1]

        yield run
        goes_on = done == [True]
    assert line > 1, "nothing was interrupted"


def _traced(call: Callable[[], Any], within: str, line: int) -> int:
    count = 0

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal count
        path = frame.f_code.co_filename
        if not path.startswith(_HOME) or not path.endswith(within):
            return None
        if event == "line" and not linecache.getline(path, frame.f_lineno).lstrip().startswith("with "):
            count += 1
            if count == line:
                sys.settrace(None)
                raise Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
