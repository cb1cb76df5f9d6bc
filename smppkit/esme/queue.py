"""What waits to leave: requests that came alone, and the rows of runs in turn; and what becomes of them.

``put``, ``add`` and ``wake`` are for any thread, everything else belongs to the thread of the loop. There is no lock:
the deque of the standard library takes and gives single entries whole.
"""

from collections import deque
from collections.abc import Callable, Iterable
from time import time_ns
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import LocalProtocolError, SessionError, WindowFull
from ..journal.memory import MemoryLog
from ..protocol import events
from ..protocol.machine import Machine
from .pending import Pending

Int64s = npt.NDArray[np.int64]

BACKLOG = 100_000
"""Requests that came alone and wait; more are refused at once."""


class Cursor(Protocol):
    """What the queue asks of a run; ``at`` is the next row of ``end``, row i is the intent ``intent + i``.

    ``closed`` is set once nothing leaves any more: what is returned from then on waits no longer.

    >>> "ready" in vars(Cursor), "released" in vars(Cursor)
    (True, True)
    """

    octets: bytearray
    offset: Int64s
    intent: int
    at: int
    end: int
    closed: bool

    def ready(self, now: float) -> int:
        """Return how many rows may leave now."""

    def pause_for(self, now: float) -> float | None:
        """Return the seconds until ``ready`` may be above 0 because of its own rate; None: not by time."""

    def released(self, first_row: int, count: int, now: float) -> None:
        """Take that these rows were handed to the machine."""

    def answered(self, row: Int64s, command_status: npt.NDArray[np.uint32], late: bool, now: float) -> None:
        """Take that these rows were answered."""

    def unanswered(self, row: Int64s, reason: str, now: float) -> None:
        """Take that these rows were sent and have no answer."""

    def returned(self, row: Int64s, now: float) -> None:
        """Take that these rows never left."""


Wrote = Callable[[list[int]], None]
"""Takes the intents of what the machine was just given, in order, for the log."""


class Queue:
    """What waits to leave an account, whatever its connection does; ``wake`` has the loop look at it.

    >>> queue = Queue(MemoryLog(), lambda: None)
    >>> queue.waiting, queue.runs
    (0, 0)
    """

    def __init__(self, log: MemoryLog, wake: Callable[[], object]) -> None:
        """Begin empty."""
        self.wake = wake
        self._log = log
        self._singles: deque[Pending] = deque()
        self._added: deque[Cursor] = deque()
        self._cursors: dict[int, Cursor] = {}
        self._order: deque[int] = deque()
        self._out: dict[int, int] = {}  # rows of a run without an end
        self._unsure: set[int] = set()  # runs with rows that a late response may still answer
        self._numbers = 0

    # --- from any thread -----------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many requests that came alone wait."""
        return len(self._singles)

    @property
    def runs(self) -> int:
        """How many runs have rows that wait."""
        return sum(1 for cursor in tuple(self._cursors.values()) if cursor.at < cursor.end) + len(self._added)

    @property
    def waits(self) -> bool:
        """Whether anything waits."""
        return bool(self._singles or self._order or self._added)

    def check_room(self, count: int) -> None:
        """Raise WindowFull when ``count`` more would be too many.

        >>> Queue(MemoryLog(), lambda: None).check_room(1)
        """
        if len(self._singles) + count > BACKLOG:
            raise WindowFull(f"{len(self._singles):,} requests wait to leave already; wait for some of them")

    def put(self, pendings: Iterable[Pending]) -> None:
        """Add requests that came alone, in order."""
        self._singles.extend(pendings)
        self.wake()

    def add(self, cursor: Cursor) -> None:
        """Add a run; it stays until all its rows have left."""
        self._added.append(cursor)
        self.wake()

    # --- what leaves ---------------------------------------------------------------------------------------------

    def withdraw(self, pendings: Iterable[Pending]) -> list[Pending]:
        """Take back those of some requests that still wait; return them."""
        waiting = set(self._singles)
        back = [pending for pending in pendings if pending in waiting]
        for pending in back:
            self._singles.remove(pending)
        return back

    def pump(self, machine: Machine, now: float, wrote: Wrote, wrote_rows: Callable[[Cursor, int, int], None]) -> None:
        """Hand the machine as much as it takes; the two calls log what it was given before anything leaves."""
        while self._added:
            self._number(self._added.popleft())
        if self._singles:
            self._pump_singles(machine, now, wrote)
        if self._order and machine.room(now) > 0:
            self._pump_runs(machine, now, wrote_rows)

    def pause(self, machine: Machine, now: float) -> float | None:
        """Return the seconds until a rate may let something leave; None when no time is waited for."""
        pauses = [cursor.pause_for(now) for cursor in self._waiting_cursors()]
        own = machine.pause(now)
        found = [max(pause, own) for pause in pauses if pause is not None]
        if own and (self._singles or any(cursor.ready(now) for cursor in self._waiting_cursors())):
            found.append(own)
        return min(found, default=None)

    def _waiting_cursors(self) -> list[Cursor]:
        return [self._cursors[number] for number in self._order]

    def _number(self, cursor: Cursor) -> None:
        self._cursors[self._numbers] = cursor
        self._order.append(self._numbers)
        self._numbers += 1

    def _pump_singles(self, machine: Machine, now: float, wrote: Wrote) -> None:
        singles, room = self._singles, machine.room(now)
        intents: list[int] = []
        cancelled: list[int] = []
        request = machine.request
        while singles and (room > 0 or not singles[0].paced):
            pending = singles.popleft()
            if not pending.begin():
                cancelled.append(pending.intent)
                continue
            try:
                _check_version(pending, machine)
                request(pending.pdu, now, pending)
            except WindowFull:
                singles.appendleft(pending)
                break
            except LocalProtocolError as error:
                cancelled.append(pending.intent)
                pending.settle(error)
                continue
            intents.append(pending.intent)
            room -= 1
        if intents:
            wrote(intents)
        self._tell(cancelled, "not_sent")

    def _pump_runs(self, machine: Machine, now: float, wrote_rows: Callable[[Cursor, int, int], None]) -> None:
        """Give every run its share of the room, round after round; what one leaves the others take."""
        sent = 1
        while sent and self._order:
            share = max(1, machine.room(now) // len(self._order))
            sent = 0
            for _ in range(len(self._order)):
                number = self._order.popleft()
                cursor = self._cursors[number]
                count = min(share, machine.room(now), cursor.ready(now), cursor.end - cursor.at)
                if count > 0:
                    sent += self._send_rows(machine, number, cursor, count, now, wrote_rows)
                if cursor.at < cursor.end:
                    self._order.append(number)
                else:
                    self._settle(number)

    def _send_rows(
        self,
        machine: Machine,
        number: int,
        cursor: Cursor,
        count: int,
        now: float,
        wrote_rows: Callable[[Cursor, int, int], None],
    ) -> int:
        first = cursor.at
        taken = machine.request_block(number, cursor.octets, cursor.offset[: first + count + 1], first, now)
        rows = sum(interval.rows for interval in taken)
        if rows:
            cursor.at = first + rows
            self._out[number] = self._out.get(number, 0) + rows
            wrote_rows(cursor, first, rows)
            cursor.released(first, rows, now)
        return rows

    # --- what becomes of it --------------------------------------------------------------------------------------

    def answered(self, event: events.BlockAnswered, now: float) -> None:
        """Take responses to rows of a run."""
        cursor = self._cursors.get(event.block)
        if cursor is not None:
            status = np.where((event.command_id == _NACK) & (event.command_status == 0), _FAILED, event.command_status)
            cursor.answered(event.row, status.astype(np.uint32), event.late, now)
            if not event.late:
                self._settle(event.block, len(event.row))

    def unanswered(self, event: events.BlockUnanswered, now: float) -> None:
        """Take that rows of a run got no response, or never left: these wait again."""
        cursor = self._cursors.get(event.block)
        if cursor is None:
            return
        intents = (cursor.intent + event.row).tolist()
        self._out[event.block] -= len(event.row)
        if event.sent:
            self._unsure.add(event.block)
            self._tell(intents, "unanswered")
            cursor.unanswered(event.row, event.reason, now)
            return
        self._tell(intents, "not_sent")
        cursor.at = min(cursor.at, int(event.row.min()))
        if event.block not in self._order:
            self._order.append(event.block)
        cursor.returned(event.row, now)

    def take_back(self, pendings: list[Pending]) -> None:
        """Put requests that never left to the front, in their order."""
        self._tell([pending.intent for pending in pendings], "not_sent")
        self._singles.extendleft(reversed(pendings))

    def forget_blocks(self) -> None:
        """The connection is gone, and with it late answers: forget runs that have left."""
        self._unsure.clear()
        for number in [number for number in self._cursors if number not in self._order]:
            self._settle(number)

    def _settle(self, number: int, rows: int = 0) -> None:
        """Rows of a run have their end; forget a run of which nothing more can be heard.

        One that was stopped stands in the order until its turn comes, and is forgotten then.
        """
        left = self._out.get(number, 0) - rows
        self._out[number] = left
        cursor = self._cursors[number]
        ended = left <= 0 and cursor.at >= cursor.end
        if ended and number not in self._unsure and number not in self._order:
            del self._cursors[number], self._out[number]

    def refuse(self, error: SessionError) -> None:
        """End every request that came alone and waits; runs wait on."""
        refused: list[Pending] = []
        while self._singles:
            refused.append(self._singles.popleft())
        self._tell([pending.intent for pending in refused], "not_sent")
        for pending in refused:
            pending.settle(error)

    def close(self, error: SessionError, now: float) -> None:
        """End everything that waits, runs too."""
        self.refuse(error)
        while self._added:
            self._number(self._added.popleft())
        for cursor in self._cursors.values():  # those that have left as well: rows may come back
            cursor.closed = True
        for cursor in self._waiting_cursors():
            rows = np.arange(cursor.at, cursor.end)
            self._tell((cursor.intent + rows).tolist(), "not_sent")
            cursor.returned(rows, now)
        self._order.clear()

    def _tell(self, intents: Iterable[int], outcome: str) -> None:
        rows = [intent for intent in intents if intent >= 0]
        if rows:
            self._log.add_told(rows, outcome, time_ns())


_NACK = 0x80000000
_FAILED = 0x08  # ESME_RSYSERR: a generic_nack refuses whatever its status


def _check_version(pending: Pending, machine: Any) -> None:
    """A peer of SMPP 3.3 takes no TLVs (SMPP 3.4, section 1.3)."""
    if machine.version == "3.3" and pending.pdu.raw_tlvs:
        why = "SMPP 3.3, which the centre speaks, has no TLVs; leave them out"
        raise LocalProtocolError(pending.command, "ESME", machine.state, why)
