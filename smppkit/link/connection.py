"""One connection: octets from the transport into the machine, its events to the layer above, its output back.

All of it runs on the thread of the loop; ``flush``, ``close`` and ``abort`` find their way there from any other.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..protocol.events import MustClose
from .pump import Machine, OnEvents
from .transport import WOULD_BLOCK, Transport, lost

if TYPE_CHECKING:
    from .loop import Loop, Timer

BUFFER = 1 << 18
"""Octets read in one go; every connection of a loop reads into the same buffer."""

_READ, _WRITE = 1, 2  # selectors.EVENT_READ and EVENT_WRITE
_DISCARDED = 1 << 20  # octets that a peer may still send to a connection that is being closed
_log = logging.getLogger(__name__)


class Connection:
    """Moves the octets of one machine over one transport until either ends.

    ``on_events(connection, events)`` is called with whatever the machine tells. ``stall`` is how many seconds the peer
    may leave our octets unread before the connection is given up; ``linger`` how long it may take to close after us.
    Both are above 0. When a connection ends, the machine is told why: what its MustClose, ``close`` or ``abort`` said,
    or peer_closed, reset, timeout, unreachable, failed, stalled.

    >>> import socket
    >>> from smppkit import EnquireLink, decode
    >>> from smppkit.link import Loop
    >>> from smppkit.protocol.machine import Machine
    >>> from smppkit.protocol.settings import Settings
    >>> ours, theirs = socket.socketpair()
    >>> with Loop() as loop:
    ...     centre = Machine("MC", Settings(), time.monotonic())
    ...     _ = loop.call(lambda: loop.attach(Transport(ours), centre, lambda connection, events: None))
    ...     _ = theirs.send(EnquireLink(sequence_number=1).encode())
    ...     decode(theirs.recv(64))
    <EnquireLinkResp sequence_number=1>
    >>> theirs.close()
    """

    def __init__(
        self,
        loop: "Loop",
        transport: Transport,
        machine: Machine,
        on_events: OnEvents,
        *,
        stall: float = 30.0,
        linger: float = 1.0,
    ) -> None:
        """Belong to a loop; ``begin`` has it work."""
        self.machine = machine
        self.local = transport.local
        self.peer = transport.peer
        self.closed = False
        self._loop = loop
        self._transport = transport
        self._on_events = on_events
        self._stall = stall
        self._linger = linger
        self._mask = 0
        self._timer: Timer | None = None
        self._stuck: float | None = None  # since when the peer reads nothing
        self._ending: tuple[str, str] | None = None  # why nothing is read any more
        self._leaving: float | None = None  # until when the peer may close as well
        self._discarded = 0

    # --- for the layer above -------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Read, write and keep time from now on."""
        self._loop.keep(self)
        self._settle((), time.monotonic())

    def flush(self, events: Sequence[Any] = ()) -> None:
        """Write what the machine has to say, and follow its timers: to be called after asking the machine anything.

        ``events`` are those that it told then.
        """
        if self._here(self.flush, events) and not self.closed:
            self._settle(events, time.monotonic())

    def close(self, reason: str = "closed", detail: str = "") -> None:
        """Read nothing more, write what there is to be written, and close."""
        if self._here(self.close, reason, detail) and not self.closed:
            self._ending = self._ending or (reason, detail)
            self._settle((), time.monotonic())

    def abort(self, reason: str = "closed", detail: str = "") -> None:
        """Close at once."""
        if self._here(self.abort, reason, detail):
            self._end(reason, detail)
            self._go()

    def _here(self, call: Callable[..., None], *values: Any) -> bool:
        if self._loop.inside:
            return True
        self._loop.post(call, *values)
        return False

    # --- what the loop calls -------------------------------------------------------------------------------------

    def _ready(self, mask: int) -> None:
        if mask & _READ and self._mask & _READ:
            self._safely(self._read)
        if mask & _WRITE and self._mask & _WRITE:
            self._safely(lambda: self._settle((), time.monotonic()))

    def _safely(self, call: Callable[[], None]) -> None:
        """An error of our own ends this connection and no other."""
        try:
            call()
        except Exception:
            _log.exception("the connection to %s failed and is closed", self.peer)
            self.abort("failed", "an error of our own")

    def _read(self) -> None:
        buffer = self._loop.buffer
        try:
            count = self._transport.receive_into(buffer)
        except OSError as error:
            self._broken(lost(error), error.strerror or "")
            return
        if count == WOULD_BLOCK:
            return
        if count == 0:
            self._broken("peer_closed", "")
        elif self._leaving is not None:
            self._discarded += count
            if self._discarded > _DISCARDED:
                self._go()
        else:
            now = time.monotonic()
            self._settle(self.machine.receive(bytes(memoryview(buffer)[:count]), now), now)

    def _due(self) -> None:
        self._timer = None
        self._safely(self._tick)

    def _tick(self) -> None:
        now = time.monotonic()
        if self._leaving is not None:
            if now >= self._leaving:
                self._go()
            else:
                self._arm()
        elif self._stuck is not None and now >= self._stuck + self._patience():
            self._broken("stalled", f"the peer read nothing for {self._patience():g} s")
        else:
            told = self.machine.tick(now)
            if not told:  # the layer above keeps the log: it has to see what the machine queued by itself just now
                self._on_events(self, told)
            self._settle(told, now)

    # --- one step ------------------------------------------------------------------------------------------------

    def _settle(self, events: Sequence[Any], now: float) -> None:
        """Do what follows from events: tell them, write, and decide what to wait for."""
        self._tell(events)
        if self.closed:
            return
        try:
            written = self._write(now)
        except OSError as error:
            self._broken(lost(error), error.strerror or "")
            return
        if written and self._ending is not None:
            self._leave(*self._ending, now)
            return
        reading = self._ending is None and self.machine.readable
        self._wait((_READ if reading else 0) | (0 if written else _WRITE))
        self._arm()

    def _tell(self, events: Sequence[Any]) -> None:
        if not events:
            return
        for event in events:
            if type(event) is MustClose and self._ending is None:
                self._ending = event.reason, event.detail
        self._on_events(self, events)

    def _write(self, now: float) -> bool:
        """Write what can be written now; return whether that was all."""
        output = self.machine.output
        if not output:
            self._stuck = None
            return True
        count = self._transport.send(output)
        if count == WOULD_BLOCK:
            self._stuck = now if self._stuck is None else self._stuck
            return False
        self.machine.sent(count)
        self._stuck = now if self.machine.output else None
        return self._stuck is None

    def _wait(self, mask: int) -> None:
        if mask != self._mask:
            self._mask = mask
            self._loop.watch(self._transport, mask, self._ready)

    def _patience(self) -> float:
        return self._stall if self._ending is None else min(self._stall, self._linger)

    def _arm(self) -> None:
        """See that ``_due`` is called when something is: too early does no harm, so a timer is rarely moved."""
        due = self._leaving if self._leaving is not None else self.machine.deadline()
        if self._stuck is not None and self._leaving is None:
            due = min(self._stuck + self._patience(), self._stuck + self._stall if due is None else due)
        if due is not None and (self._timer is None or due < self._timer.when):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.at(due, self._due)

    # --- the end -------------------------------------------------------------------------------------------------

    def _broken(self, reason: str, detail: str) -> None:
        """End because the transport did; what the machine asked for before goes first as the reason."""
        if self._ending is not None:
            reason, detail = self._ending
        self._end(reason, detail)
        self._go()

    def _leave(self, reason: str, detail: str, now: float) -> None:
        """All is written: close our direction, and wait a little for the peer, lest a reset destroys what it reads."""
        self._transport.finish()
        self._leaving = now + self._linger
        self._end(reason, detail)
        self._wait(_READ)
        self._arm()

    def _end(self, reason: str, detail: str) -> None:
        if not self.closed:
            self.closed = True
            try:
                self._tell(self.machine.closed(reason, detail))
            except Exception:  # the socket has to be closed all the same
                _log.exception("telling that the connection to %s ended failed", self.peer)

    def _go(self) -> None:
        """Leave the loop and close the socket."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport.fileno() >= 0:
            self._wait(0)
            self._transport.close()
        self._mask = 0
        self._loop.release(self)
