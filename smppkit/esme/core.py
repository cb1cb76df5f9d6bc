"""An account without its face: the threads, the log, the queue and the session, and how they begin and end.

Threads of an account: that of the loop (sockets, machine, queue, records of the log), that of callbacks, and that of
watchers; the latter two begin when they have something to call. ``_lock`` belongs to the core and guards who closes it;
no other lock is taken under it, and nothing foreign runs under it.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic, time_ns
from typing import Any, NamedTuple

import numpy as np

from ..codec import Pdu
from ..errors import ConnectFailed, LocalProtocolError, SessionClosed, SessionError
from ..frames import Log
from ..journal.log import Event
from ..journal.memory import MemoryLog
from ..link import Dispatcher, Loop
from ..spec.states import BOUND_BY, allowed
from .growth import Growth
from .pending import SUBMISSIONS, Pending
from .queue import BACKLOG, Queue
from .session import COUNTED, Session, counted
from .settings import Options
from .states import LOGGED_IN, grace, limit

CALLBACKS = 2 * BACKLOG
"""Calls of users' functions that may wait; more are dropped, and counted."""

_FORKED = (
    "this process was forked from the one that holds the account, and has neither its threads nor its connection: "
    "connect here with sk.connect(…)"
)
_OURS = {"enquire_link": "keeps the link alive"} | dict.fromkeys(BOUND_BY, "use bind()") | {"unbind": "use unbind()"}


class Change(NamedTuple):
    """A transition of an account's session: what ``on_event`` hands over.

    ``time`` is a datetime in UTC; ``state`` one of Idle, Error, Connecting, Logging in, Logged in, Login failed;
    ``from_state`` and ``to_state`` are those of the standard; ``reason`` is a word, ``detail`` a sentence.

    >>> Change(datetime(2026, 1, 1, tzinfo=UTC), "Logged in", "OPEN", "BOUND_TRX", "bind_transceiver", "").state
    'Logged in'
    """

    time: datetime
    state: str
    from_state: str
    to_state: str
    reason: str
    detail: str


class Core:
    """Everything of an account but what users see; begins Idle, with one thread.

    >>> core = Core(Options(host="localhost"))
    >>> core.session.state, core.close(5.0), core.closed
    ('Idle', True, True)
    """

    def __init__(self, options: Options) -> None:
        """Begin Idle."""
        self.memory = MemoryLog()
        self.log = Log(self.memory, f"{options.system_id}@{options.place}".lstrip("@"), options.profile)
        self.growth = Growth()
        self.loop = Loop("smppkit-esme")
        self.dispatcher = Dispatcher(limit=CALLBACKS)
        self.queue = Queue(self.memory, self.wake)
        self.face: Callable[[], Any] = lambda: None  # the account as users hold it, if somebody does
        self.on_change: Callable[[Change], None] | None = None
        self.on_growth: Callable[[], None] | None = None
        self.on_end: Callable[[], None] | None = None
        self.session = Session(self.loop, self.memory, self.queue, options, self._changed, self._grown)
        self.ended = threading.Event()
        self._lock = threading.RLock()
        self._closing = False
        self._woken = False
        self._owner = os.getpid()
        self._may: dict[str, LocalProtocolError | None] = {}

    @property
    def options(self) -> Options:
        """What the account is told about itself."""
        return self.session.options

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self.session.closed

    # --- where it is ---------------------------------------------------------------------------------------------

    @property
    def forked(self) -> bool:
        """Whether this process was forked from the one that holds the account: it has the object, not its threads."""
        return os.getpid() != self._owner

    def here(self) -> None:
        """Raise in a forked process: nothing would ever leave it, or come back."""
        if self.forked:
            raise SessionClosed(_FORKED)

    @property
    def refusal(self) -> SessionError | None:
        """Why nothing can be sent now or soon; None when it can, or a bind is on its way."""
        return SessionClosed(_FORKED) if self.forked else self.session.refusal

    # --- requests ------------------------------------------------------------------------------------------------

    def check(self, command: str) -> None:
        """Raise at once where a request could never leave: closed, not bound, or not for this kind of bind."""
        refusal = self.refusal
        if refusal is not None:
            raise refusal
        if command not in self._may:
            self._may[command] = self._forbidden(command)
        error = self._may[command]
        if error is not None:
            raise LocalProtocolError(error.command, error.role, error.state, error.why)

    def may_wait(self) -> None:
        """Raise on the thread of the sockets and in a forked process: what it waited for could never come."""
        self.here()
        if self.loop.inside:
            raise RuntimeError("this call waits, and the thread of the sockets must not: call it on another thread")

    def submit(self, pdu: Pdu) -> Pending:
        """Queue one request; one that submits a message becomes an intent of the log first."""
        if not isinstance(pdu, Pdu):
            raise TypeError(
                f"give a PDU such as sk.SubmitSm(…), not a {type(pdu).__name__}; send_raw takes octets as they are"
            )
        command = pdu.command
        self.check(command)
        self.queue.check_room(1)
        return self.hand_over((pdu,), self.memory.take_messages() if command in SUBMISSIONS else 0)[0]

    def hand_over(self, pdus: Sequence[Pdu], message: int, tag: str | None = None) -> list[Pending]:
        """Queue all parts of a message, or a request that submits none (0); if that is cut short, nothing leaves."""
        pendings: list[Pending] = []
        total = len(pdus)
        try:
            if total == 1:
                pendings = [self.pending(pdus[0], message, 1, 1, tag)]
            else:
                pendings = [self.pending(pdu, message, part, total, tag) for part, pdu in enumerate(pdus, 1)]
            self.queue.put(pendings)  # all or none of them
            return pendings
        except BaseException:  # an interrupt, for one
            self.withdraw(pendings, message)
            raise

    def pending(self, pdu: Pdu, message: int, part: int, total: int, tag: str | None) -> Pending:
        """Make a request ready for the queue."""
        intent = self.memory.add_intent(pdu.encode(), message, part, total, time_ns(), tag) if message else -1
        return Pending(pdu, intent, self.dispatcher)

    def withdraw(self, pendings: Sequence[Pending], message: int = 0) -> int:
        """Take back the requests that still wait: they never leave. Return how many these were.

        Of a ``message`` that was cut short, parts that stand in the log and never came into the queue get their end.
        """
        try:
            return self.loop.call(lambda: self._withdraw(pendings, message))
        except (RuntimeError, TimeoutError):  # the loop has ended, and with it everything that waited
            return 0

    def _withdraw(self, pendings: Sequence[Pending], message: int) -> int:
        back = self.queue.withdraw(pendings)
        rows = [pending.intent for pending in back if pending.intent >= 0]
        if message:
            left = {pending.intent for pending in pendings if pending.begun is not None}
            rows = [row for row in self._intents_of(message) if row not in left]
        if rows:
            self.memory.add_told(rows, "not_sent", time_ns())
        error = SessionClosed(f"it could not leave in time: {self.session.outcome.sentence}")
        for pending in back:
            pending.settle(error)
        self._grown()
        return len(back)

    def _intents_of(self, message: int) -> list[int]:
        found = [batch.first + np.flatnonzero(batch.message == message) for batch in self.memory.intents()]
        return [row for rows in found for row in rows.tolist()]

    def wake(self) -> None:
        """Have the loop look at the queue; many calls in a row make one look."""
        if self._woken:
            return
        try:
            self._woken = True  # before the call: it may be over at once
            posted = self.loop.post(self._look)
        except BaseException:  # an interrupt: others may count on this look, and one more does no harm
            self._woken = False
            self.loop.post(self._look)
            raise
        if not posted:
            self._woken = False
            self.queue.refuse(SessionClosed("the account is closed; sk.connect opens it again"))

    def _look(self) -> None:
        self._woken = False
        self.session.wake()

    def _forbidden(self, command: str) -> LocalProtocolError | None:
        options = self.options
        bind = f"bind_{options.bind}"
        state = BOUND_BY[bind]
        if command in _OURS and command != "enquire_link":
            return LocalProtocolError(command, "ESME", state, _OURS[command])
        if allowed(command, "ESME", state, options.version):
            return None
        why = f"SMPP {options.version} does not allow it"
        if options.bind == "receiver" and allowed(command, "ESME", "BOUND_TRX", options.version):
            why = "a receiver only receives; connect with bind='transceiver' or bind='transmitter' to send"
        return LocalProtocolError(command, "ESME", state, why)

    # --- bind and unbind -----------------------------------------------------------------------------------------

    def bind(self, timeout: float | None, wait: bool = True) -> None:
        """Bind; with ``wait`` until that succeeded or failed, which raises."""
        self.here()
        most = limit(timeout)
        done: Future[None] | None = Future() if wait else None
        if wait:
            self.may_wait()
        self.session.asked = True
        if not self.loop.post(self.session.bind, done, timeout):
            raise SessionClosed("the account is closed; sk.connect opens it again")
        if done is not None:
            try:
                done.result(most + 5.0)
            except TimeoutError:
                raise ConnectFailed(f"not bound in time: {self.session.outcome.sentence}") from None

    def unbind(self, timeout: float) -> None:
        """Unbind and return when that is done, after about ``timeout`` seconds at the latest."""
        self.may_wait()
        most = grace(timeout)
        done: Future[None] = Future()
        if self.loop.post(self.session.unbind, done, most):
            done.result(most + 5.0)

    def configure(self, options: Options) -> None:
        """Go on with other options."""
        self.here()
        try:
            self.loop.call(lambda: self._configure(options))
        except RuntimeError:  # the loop has ended
            raise SessionClosed("the account is closed; sk.connect opens it again") from None

    def _configure(self, options: Options) -> None:
        self.session.configure(options)
        self._may.clear()
        self._grown()

    def set_rebind(self, rebind: bool) -> None:
        """Come back after a loss from now on, or do not."""
        self.here()
        with suppress(RuntimeError):  # the loop has ended: nothing comes back any more
            self.loop.call(lambda: self.session.set_rebind(rebind))

    # --- the end -------------------------------------------------------------------------------------------------

    def close(self, timeout: float) -> bool:
        """Unbind, end everything and return whether all threads have ended; bounded, from any thread, any number."""
        timeout = grace(timeout)  # before anything is changed: the next call is to find it as it was
        if self.forked:
            return False
        if self.loop.inside:  # a callback that found no room elsewhere
            self.leave()
            return False
        with self._lock:
            first, self._closing = not self._closing, True
        if not first:
            return self.ended.wait(0 if self.dispatcher.inside else timeout)
        until = monotonic() + max(timeout, 0.1)
        self.session.closed = True
        done: Future[None] = Future()
        posted = self.loop.post(self.session.close, done, max(timeout / 2, 0.05))
        try:
            if posted:
                _wait(done, until)
            return self._end(until)
        except BaseException:  # an interrupt: the end goes on without this thread
            done.add_done_callback(lambda _: self._end(monotonic()))
            raise

    def leave(self) -> None:
        """Close without waiting, for a finaliser, which may run on any thread at any instant."""
        if self.forked:
            return
        with self._lock:
            first, self._closing = not self._closing, True
        if first:
            self.session.closed = True
            done: Future[None] = Future()
            done.add_done_callback(lambda _: self._end(monotonic()))
            self.loop.post(self.session.close, done, 1.0)

    def _end(self, until: float) -> bool:
        """End the threads, those of callbacks last: they hear of the end."""
        ended = self.loop.close(max(0.0, until - monotonic()))
        self.memory.finish()
        self._grown()
        if self.on_end is not None:
            self.on_end()
        if not self.dispatcher.inside and not self.loop.inside:
            self._hear_out(until)
        quiet = self.dispatcher.close(max(0.0, until - monotonic()))
        quiet &= self.growth.close(max(0.0, until - monotonic()))
        self.ended.set()
        return ended and quiet

    def _hear_out(self, until: float) -> None:
        """Wait until the callbacks have heard the last: one call may have led to others."""
        for _ in range(2):
            heard = threading.Event()
            if self.dispatcher.put(heard.set):
                heard.wait(max(0.0, until - monotonic()))

    # --- what happens --------------------------------------------------------------------------------------------

    def _changed(self, link: int, from_state: str, to_state: str, reason: str, detail: str) -> None:
        now = time_ns()
        self.memory.add_event(Event(now, link, from_state, to_state, reason, detail))
        if self.on_change is not None:
            moment = datetime.fromtimestamp(now / 1e9, UTC)
            self.on_change(Change(moment, self.session.state, from_state, to_state, reason, detail))

    def _grown(self) -> None:
        self.growth.grown()
        if self.on_growth is not None:
            self.on_growth()

    @property
    def counters(self) -> dict[str, int]:
        """What happened so far."""
        session, traffic = self.session, self.session.traffic
        live = counted(traffic.machine) if traffic is not None else [0] * len(COUNTED)
        sums = dict(zip(COUNTED, map(sum, zip(session.past, live, strict=True)), strict=True))
        return sums | {
            "outstanding": traffic.machine.outstanding if traffic is not None else 0,
            "queued": self.queue.waiting,
            "runs": self.queue.runs,
            "binds": session.binds,
            "rebinds": max(0, session.binds - 1),
            "faults": session.faults,
            "callbacks_waiting": self.dispatcher.waiting,
            "callbacks_dropped": self.dispatcher.dropped,
            "callbacks_failed": self.dispatcher.failed,
        }

    @property
    def arrivals(self) -> int:
        """How many requests of the centre may have been parts of long messages."""
        return self.session.arrivals

    @property
    def version(self) -> str:
        """The version spoken with the centre, the one asked for while there is no session."""
        traffic = self.session.traffic
        bound = traffic is not None and self.session.state == LOGGED_IN
        return traffic.machine.version if bound and traffic is not None else self.options.version

    def no_session(self) -> SessionError | None:
        """Return the error for what cannot leave because there is no session; None when there is one."""
        if self.forked:
            return self.refusal
        if self.session.state == LOGGED_IN:
            return None
        return self.session.refusal or SessionClosed(f"no session: {self.session.outcome.sentence}")


def _wait(done: Future[Any], until: float) -> None:
    """Wait for an end of which only the time matters."""
    try:
        done.result(max(0.0, until - monotonic()))
    except TimeoutError:
        return
