"""What flows over one connection: octets into the log, responses to their requests, answers to the centre.

Everything happens on the thread of the loop. What comes in is logged before it is answered, what goes out before its
first octet leaves: the connection writes only when ``on_events`` has returned.
"""

from collections.abc import Callable, Sequence
from time import monotonic, time_ns
from typing import Any, Protocol

import numpy as np

from ..codec import Pdu
from ..errors import ConnectionLost, LocalProtocolError, RemoteProtocolError, ResponseTimeout
from ..journal.log import ESME_TO_MC, MC_TO_ESME
from ..journal.memory import MemoryLog
from ..link import Connection
from ..protocol import answers, events
from ..protocol.machine import Machine
from ..spec.commands import BY_NAME
from ..spec.kinds import ONE_WAY
from ..spec.statuses import BY_NAME as STATUSES
from .pending import Pending
from .queue import Cursor, Queue

_INVCMDID = STATUSES["ESME_RINVCMDID"].code
_MESSAGES = frozenset({"deliver_sm", "data_sm"})


class Owner(Protocol):
    """Whom a connection belongs to: what it is told of the session itself.

    >>> "changed" in vars(Owner), "logged_in" in vars(Owner)
    (True, True)
    """

    def logged_in(self, pdu: Pdu) -> None:
        """Take the answer to the bind, whatever its status."""

    def changed(self, traffic: "Traffic", event: events.StateChanged) -> None:
        """Take that the session went to another state of the standard."""

    def fault(self, event: events.Fault) -> None:
        """Take what the centre did wrong."""

    def asked_for(self, pdus: list[Pdu]) -> None:
        """Take what the centre asks, which is in the log."""

    def stepped(self, traffic: "Traffic", now: float) -> None:
        """Take that something happened; what can leave has been given to the machine."""


class Control:
    """The handle of a bind or an unbind of our own: nobody waits for its response but the session."""


class Traffic:
    """One connection of an account: its machine, its link in the log, and what goes over it.

    >>> from smppkit.protocol.settings import Settings
    >>> log = MemoryLog()
    >>> traffic = Traffic(Machine("ESME", Settings(), 0.0), 0, log, Queue(log, print), None)
    >>> traffic.link, traffic.connection
    (0, None)
    """

    def __init__(self, machine: Machine, link: int, log: MemoryLog, queue: Queue, owner: Any) -> None:
        """Belong to a session; ``connection`` is set when there is one."""
        self.machine = machine
        self.link = link
        self.connection: Connection | None = None
        self.open = True  # what waits may leave
        self.parting = False  # we have unbound, or closed
        self._log = log
        self._queue = queue
        self._owner: Owner = owner
        self._returned: list[Pending] = []
        self._handlers: dict[type[Any], Callable[[Any, float], None]] = {
            events.Received: self._received,
            events.ResponseReceived: self._response,
            events.BlockAnswered: queue.answered,
            events.RequestsReceived: self._requests,
            events.Unanswered: self._unanswered,
            events.BlockUnanswered: queue.unanswered,
            events.StateChanged: self._changed,
            events.Fault: lambda event, now: self._owner.fault(event),
        }

    def on_events(self, connection: Connection, told: Sequence[Any]) -> None:
        """Take what the machine tells, in the order of the wire, and have it send what it may."""
        now = monotonic()
        handlers = self._handlers
        for event in told:
            handler = handlers.get(type(event))
            if handler is not None:
                handler(event, now)
        self.step(now)

    def step(self, now: float) -> None:
        """Log what the machine queued by itself, and hand it what waits."""
        self.wrote()
        if self.open and self.machine.bound:
            self._queue.pump(self.machine, now, self.wrote, self._wrote_rows)
        self._owner.stepped(self, now)

    # --- into the log --------------------------------------------------------------------------------------------

    def wrote(self, intents: Sequence[int] = ()) -> None:
        """Log what was queued since the last time; ``intents`` are those of its PDUs, none for none."""
        pdus = self.machine.queued()
        if pdus is None:
            return
        rows = np.array(intents, np.int64) if intents else None
        length = pdus.length.astype(np.int64)
        self._log.append_many(pdus.octets, pdus.offset, length, time_ns(), ESME_TO_MC, self.link, rows)

    def _wrote_rows(self, cursor: Cursor, first: int, count: int) -> None:
        """Log rows of a run; their sequence numbers are in its octets by now."""
        begin, end = int(cursor.offset[first]), int(cursor.offset[first + count])
        offset = cursor.offset[first : first + count] - begin
        length = np.diff(cursor.offset[first : first + count + 1])
        intents = np.arange(cursor.intent + first, cursor.intent + first + count)
        octets = bytes(memoryview(cursor.octets)[begin:end])
        self._log.append_many(octets, offset, length, time_ns(), ESME_TO_MC, self.link, intents)

    def _received(self, event: events.Received, now: float) -> None:
        pdus = event.pdus
        length = pdus.length.astype(np.int64)
        self._log.append_many(pdus.octets, pdus.offset, length, time_ns(), MC_TO_ESME, self.link)

    # --- what becomes of our requests ----------------------------------------------------------------------------

    def _response(self, event: events.ResponseReceived, now: float) -> None:
        if event.late:
            return  # it was told as unanswered; the log makes it accepted or refused, and late
        if isinstance(event.handle, Pending):
            event.handle.settle(event.pdu)
        elif event.pdu.command != "unbind_resp":
            self._owner.logged_in(event.pdu)

    def _unanswered(self, event: events.Unanswered, now: float) -> None:
        pending = event.handle
        if not isinstance(pending, Pending):
            return
        if not event.sent:
            self._returned.append(pending)
            return
        if pending.intent >= 0:
            self._log.add_told([pending.intent], "unanswered", time_ns())
        pending.settle(_reason(event))

    def _changed(self, event: events.StateChanged, now: float) -> None:
        if self._returned:  # before the session decides what becomes of what waits
            returned, self._returned = self._returned, []
            self._queue.take_back(returned)
        self._owner.changed(self, event)

    # --- what the centre asks ------------------------------------------------------------------------------------

    def _requests(self, event: events.RequestsReceived, now: float) -> None:
        """Answer requests, which are in the log by now; messages of one kind in one piece."""
        self.wrote()
        self._owner.asked_for(event.pdus)
        numbers: dict[str, list[int]] = {}
        for pdu in event.pdus:
            if BY_NAME[pdu.command].kind != ONE_WAY:
                numbers.setdefault(pdu.command, []).append(pdu.sequence_number)
        for command, asked in numbers.items():
            if self.machine.owed >= len(asked):
                self._answer(command, asked, now)

    def _answer(self, command: str, numbers: list[int], now: float) -> None:
        row = BY_NAME[command]
        status = 0 if command in _MESSAGES else _INVCMDID
        try:
            told = self.machine.respond_block(answers.many(row.partner or "generic_nack", numbers, status), now)
        except LocalProtocolError:  # the centre asked what we may not answer any more
            told = self.machine.forget(len(numbers))
        if told and self.connection is not None:
            self.connection.flush(told)


def _reason(event: events.Unanswered) -> ConnectionLost | ResponseTimeout | RemoteProtocolError:
    """Say why a request that left has no answer."""
    may = "it may have been carried out all the same"
    if event.reason == "response_timeout":
        return ResponseTimeout(f"{event.command} was not answered in time; {may}")
    if event.reason == "wrong_response":
        return ConnectionLost(f"{event.command} was answered by the response to another command; {may}")
    return ConnectionLost(f"the session ended ({event.reason}) before {event.command} was answered; {may}")
