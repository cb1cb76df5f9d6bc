"""The life of an account's session: connect, log in, be lost, come back; a table of six words and what leads where.

Everything happens on the thread of the loop, but ``state``, ``outcome``, ``wanted`` and ``closed``, which any thread
may read: each is replaced whole.
"""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from time import monotonic
from typing import Any

from .. import link
from ..codec import Pdu, Unbind
from ..errors import BindRejected, ConnectFailed, LocalProtocolError, SessionClosed, SessionError, SmppError
from ..journal.log import Link
from ..journal.memory import MemoryLog
from ..link import Loop, Timer, Transport, Unreached
from ..link.connecting import Attempt
from ..protocol import events
from ..protocol.machine import Machine
from ..text.headers import UDHI
from . import outcome
from .backoff import Backoff
from .outcome import Outcome
from .queue import Queue
from .settings import Options
from .states import CONNECTING, ERROR, IDLE, LOGGED_IN, LOGGING_IN, LOGIN_FAILED, after, limit
from .traffic import Control, Traffic

_BY_PEER = "the peer asked for it"

Changed = Callable[[int, str, str, str, str], None]
"""Takes link, from_state, to_state, reason and detail of every transition."""


class Session:
    """The one session of an account: at most one connection at a time, and what follows from its end.

    ``changed`` is told every transition; ``grown`` is called whenever the log may have grown.

    >>> with Loop() as loop:
    ...     log = MemoryLog()
    ...     session = Session(loop, log, Queue(log, print), Options(host="localhost"), print, print)
    ...     session.state, session.outcome.word, session.wanted
    ('Idle', 'Disconnected', False)
    """

    def __init__(
        self,
        loop: Loop,
        log: MemoryLog,
        queue: Queue,
        options: Options,
        changed: Changed,
        grown: Callable[[], object],
        backoff: Backoff | None = None,
    ) -> None:
        """Begin Idle."""
        self.state = IDLE
        self.outcome = outcome.NOTHING_YET
        self.options = options
        self.rebind = options.rebind
        self.wanted = False  # somebody wants it bound
        self.asked = False  # and has just said so
        self.closed = False  # nothing will ever happen again
        self.traffic: Traffic | None = None
        self.binds = 0
        self.faults = 0
        self.arrivals = 0
        self.past: list[Any] = [0] * 8  # counters of connections that are gone
        self._loop, self._log, self._queue = loop, log, queue
        self._tell, self._grown = changed, grown
        self._backoff = backoff or Backoff()
        self._attempt: Attempt | None = None
        self._once: list[Future[None]] = []  # who waits for this attempt, which is then the only one
        self._leaving: list[Future[None]] = []  # who waits for the end
        self._alone = False  # the first attempt is the only one: who asked for it hears how it went
        self._down = False  # it ended, or failed, though nobody wished so
        self._again = False  # bind again as soon as this session has ended
        self._until = 0.0
        self._timer: Timer | None = None  # when this attempt, or this unbind, has taken too long
        self._retry: Timer | None = None
        self._pace: Timer | None = None
        self._serial = 0  # of attempts
        self._sequence = 1
        self._answer: Pdu | None = None

    # --- what is asked of it -------------------------------------------------------------------------------------

    def bind(self, done: Future[None] | None, timeout: float | None) -> None:
        """Connect and bind; ``done`` is told how that went, and no other attempt follows when it failed."""
        if self.closed:
            _fail(done, SessionClosed("the account is closed; sk.connect opens it again"))
            return
        self._alone = self._alone if self.wanted else done is not None
        self.wanted, self.asked = True, False
        parting = self._again or bool(self._leaving)
        if self.state == LOGGED_IN and not parting:
            _succeed(done)
            return
        if done is not None:
            self._once.append(done)
        if parting:  # what is bound yet is on its way out: the next attempt is meant
            self._again = True
        elif self.state not in (CONNECTING, LOGGING_IN):
            self._begin(timeout)

    def unbind(self, done: Future[None], timeout: float) -> None:
        """Unbind politely and stay Idle; ``done`` is told when the connection is gone, within ``timeout``."""
        self.wanted = self._again = self._down = False
        self._leaving.append(done)
        self._queue.refuse(SessionClosed("the session was unbound before it could leave; bind() connects again"))
        self._stop(timeout)

    def close(self, done: Future[None], timeout: float) -> None:
        """Unbind politely, end what waits and never come back."""
        self.closed = True
        self.wanted = self._again = False
        self._leaving.append(done)
        self._queue.close(SessionClosed("the account was closed before it could leave"), monotonic())
        self._stop(timeout)

    def configure(self, options: Options) -> None:
        """Go on with other options; what a bind needs binds again, and nothing that waits is lost."""
        changed, self.options = self.options.changed(options), options
        self.set_rebind(options.rebind)
        if not changed.keys() - _LIVE:
            if self.traffic is not None and changed.keys() & _MACHINE:
                self.traffic.machine.configure(options.machine, monotonic())
                self.wake()
        elif self.state in (LOGGED_IN, LOGGING_IN, CONNECTING):
            self._again = True
            self._stop(limit(options.response_timeout))

    def set_rebind(self, rebind: bool) -> None:
        """Come back after a loss from now on, at once when it is down; or do not."""
        self.rebind = rebind
        self.options = self.options.replace(rebind=rebind)
        if not self._down or self.closed or self.state in (CONNECTING, LOGGING_IN, LOGGED_IN):
            return
        if rebind:
            self.wanted = True
            self._begin(self.options.timeout)
        else:
            self._give_up()

    def wake(self) -> None:
        """Look at the queue: something may leave, or never will."""
        traffic = self.traffic
        if traffic is not None and traffic.machine.bound:
            traffic.step(monotonic())
            assert traffic.connection is not None
            traffic.connection.flush()
        else:
            if self.closed or not self.wanted:
                self._refuse_waiting()
            self._grown()

    @property
    def refusal(self) -> SessionError | None:
        """Why nothing can be sent now or soon; None when it can, or a bind is on its way."""
        if self.closed:
            return SessionClosed("the account is closed; sk.connect opens it again")
        if not (self.wanted or self.asked):
            return SessionClosed(f"not bound: {self.outcome.sentence}")
        return None

    # --- an attempt ----------------------------------------------------------------------------------------------

    def _begin(self, timeout: float | None) -> None:
        self._drop_timers()
        self._until = monotonic() + limit(timeout)
        self._serial += 1
        self._go("begin", "connect", self.options.place)
        options, done = self.options, partial(self._connected, self._serial)
        self._attempt = link.connect(self._loop, options.host, options.port, limit(timeout), done)

    def _connected(self, serial: int, found: Transport | Unreached) -> None:
        if serial != self._serial or self.state != CONNECTING:  # nobody wants it any more
            if isinstance(found, Transport):
                found.close()
            return
        self._attempt = None
        if isinstance(found, Unreached):
            self._failed("unreached", outcome.unreached(found, self.options))
        else:
            self._log_in(found)

    def _log_in(self, found: Transport) -> None:
        now = monotonic()
        index = self._log.add_link(Link(f"{found.local}-{found.peer}", found.local, found.peer))
        machine = Machine("ESME", self.options.machine, now, self._sequence)
        traffic = self.traffic = Traffic(machine, index, self._log, self._queue, self)
        self._go("connected", "connect", LOGGING_IN, index, ("CLOSED", "OPEN"))
        machine.request(self.options.bind_pdu(), now, Control())
        traffic.wrote()
        self._timer = self._loop.at(self._until, self._overdue)
        traffic.connection = self._loop.attach(found, machine, traffic.on_events)

    def _overdue(self) -> None:
        """The bind was not answered within the time for the whole attempt."""
        if self.state == LOGGING_IN and self.traffic is not None and self.traffic.connection is not None:
            self.traffic.connection.abort("timeout", "the time for connecting is over")

    def logged_in(self, pdu: Pdu) -> None:
        """Take the answer to the bind; an accepted one is followed by the change of state."""
        traffic = self.traffic
        if traffic is None or self.state != LOGGING_IN:
            return
        self._answer = pdu
        if pdu.command_status == 0 and pdu.command != "generic_nack":
            return
        told = outcome.answered(pdu, self.options)
        index = traffic.link
        self._failed("refused", told, pdu, index)
        if traffic.connection is not None:
            traffic.connection.close("bind_refused", "the bind was refused")

    # --- what the connection tells -------------------------------------------------------------------------------

    def changed(self, traffic: Traffic, event: events.StateChanged) -> None:
        """Take a change of the state of the standard."""
        if event.to_state.startswith("BOUND") and self.state == LOGGING_IN:
            self._bound(traffic, event)
        elif event.to_state == "CLOSED":
            self._ended(traffic, event)
        else:
            self._tell(traffic.link, event.from_state, event.to_state, event.reason, event.detail or self.state)

    def fault(self, event: events.Fault) -> None:
        """Count what the centre did wrong."""
        self.faults += event.times

    def asked_for(self, pdus: list[Pdu]) -> None:
        """Count the requests of the centre that may be parts of long messages: those with a header or with TLVs."""
        for pdu in pdus:
            if (getattr(pdu, "esm_class", None) or 0) & UDHI or pdu.raw_tlvs:
                self.arrivals += 1

    def stepped(self, traffic: Traffic, now: float) -> None:
        """See that the queue is looked at when a rate lets something leave, and tell that the log has grown."""
        if traffic.open and traffic.machine.bound:
            self._arrange(traffic, now)
        elif not traffic.open and not traffic.machine.outstanding:
            self._part(traffic)
        self._grown()

    def _arrange(self, traffic: Traffic, now: float) -> None:
        if not self._queue.waits:
            return
        pause = self._queue.pause(traffic.machine, now)
        if pause is None:
            return
        due = now + max(pause, 0.0005)
        if self._pace is None or self._pace.cancelled or due < self._pace.when:
            if self._pace is not None:
                self._pace.cancel()
            self._pace = self._loop.at(due, self.wake)

    def _bound(self, traffic: Traffic, event: events.StateChanged) -> None:
        self.binds += 1
        self._backoff.reset()
        self._drop_timers()
        assert self._answer is not None
        self._alone = self._down = False
        self.outcome = outcome.answered(self._answer, self.options, traffic.machine.version)
        self._go("accepted", event.reason, LOGGED_IN, traffic.link, (event.from_state, event.to_state))
        waiting, self._once = self._once, []
        for done in waiting:
            _succeed(done)

    def _ended(self, traffic: Traffic, event: events.StateChanged) -> None:
        """Take that the connection is gone."""
        self._keep_counters(traffic.machine)
        states = event.from_state, event.to_state
        if traffic is not self.traffic:  # a refused bind, whose connection took its time to go
            self._tell(traffic.link, *states, event.reason, event.detail or self.state)
            return
        self._sequence = traffic.machine.next_sequence
        self._queue.forget_blocks()
        self.traffic = None
        self._cancel(self._timer, self._pace)
        if self._leaving or self._again:
            self._stopped(event.reason, traffic.link, states)
        elif self.state == LOGGING_IN:
            told = outcome.unanswered(event.reason, event.detail, self.options)
            self._failed("lost" if told.word == outcome.DISCONNECTED else "refused", told, None, traffic.link, states)
        elif self.state == LOGGED_IN:
            self._lost(event, traffic.link, states)
        else:
            self._tell(traffic.link, *states, event.reason, event.detail or self.state)

    def _lost(self, event: events.StateChanged, index: int, states: tuple[str, str]) -> None:
        """A bound session ended, and nobody here asked for it."""
        told = outcome.lost(event.reason, event.detail, self.options)
        self._down = event.reason != "unbind" or event.detail == _BY_PEER
        if not self._down:  # nothing happened for too long
            self.wanted = False
            told = Outcome(told.word, f"unbound after {self.options.inactivity:g} s of silence; bind() connects again")
        self.outcome = told
        self._go("unbound" if event.reason == "unbind" else "lost", event.reason, told.sentence, index, states)
        self._come_back("soon")

    # --- after an end --------------------------------------------------------------------------------------------

    def _failed(
        self,
        how: str,
        told: Outcome,
        pdu: Pdu | None = None,
        index: int = -1,
        states: tuple[str, str] | None = None,
    ) -> None:
        """An attempt did not succeed: tell who waits for it, or plan another one."""
        self.outcome = told
        state = self.traffic.machine.state if self.traffic is not None else "CLOSED"
        self._go(how, "connect" if index < 0 else "bind", told.sentence, index, states or (state, state))
        status = pdu.command_status if pdu is not None else None
        error = ConnectFailed(told.sentence) if pdu is None else BindRejected(told.sentence, pdu)
        self._down = True
        waiting, self._once = self._once, []
        if self._alone:
            self.wanted = False
        for done in waiting:
            _fail(done, error)
        self._come_back(outcome.retry(status))

    def _come_back(self, retry: str) -> None:
        delay = self._backoff.delay(retry) if self.rebind and self.wanted else None
        if delay is None:
            self._give_up()
        else:
            self._retry = self._loop.at(monotonic() + delay, lambda: self._begin(self.options.timeout))

    def _give_up(self) -> None:
        """No attempt will follow: what waits never leaves."""
        self.wanted = False
        self._drop_timers()
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        self._queue.refuse(self.refusal or SessionClosed(f"not bound: {self.outcome.sentence}"))

    def _stop(self, timeout: float) -> None:
        """Leave whatever state this is, politely where there is a session."""
        self._drop_timers()
        self._serial += 1
        traffic, attempt, now = self.traffic, self._attempt, monotonic()
        self._attempt = None
        if attempt is not None:
            attempt.cancel()
        if traffic is None or traffic.connection is None:
            self._stopped("cancelled", -1, None)
            return
        connection, traffic.open = traffic.connection, False
        self._timer = self._loop.at(now + timeout, lambda: connection.abort("closed", "unbind took too long"))
        if traffic.machine.bound and traffic.machine.outstanding:  # many centres drop what they owe at an unbind
            self._pace = self._loop.at(now + timeout / 2, lambda: self._part(traffic))
        else:
            self._part(traffic)

    def _part(self, traffic: Traffic) -> None:
        """Unbind: nothing is owed to us any more, or the time for that is over."""
        connection = traffic.connection
        if traffic.parting or connection is None:
            return
        traffic.parting = True
        try:
            traffic.machine.request(Unbind(), monotonic(), Control())
        except LocalProtocolError:  # not bound yet, or on its way out already
            connection.close("closed", "closed by us")
        else:
            traffic.wrote()
            connection.flush()

    def _stopped(self, reason: str, index: int, states: tuple[str, str] | None) -> None:
        """There is no connection any more, because we wanted none, or another one."""
        again, self._again = self._again and not self.closed, False
        if self.state == LOGGED_IN and not again:
            self.outcome = outcome.ended(self.options)
        evidence = self.closed and self.state in (ERROR, LOGIN_FAILED)  # a closed account tells how it ended
        if not evidence and (self.state != IDLE or states is not None):
            self._go("stopped", reason, self.outcome.sentence, index, states or ("CLOSED", "CLOSED"))
        leaving, self._leaving = self._leaving, []
        for done in leaving:
            _succeed(done)
        if again:
            self.wanted = True
            self._begin(self.options.timeout)
        else:
            self._fail_once()

    def _fail_once(self) -> None:
        waiting, self._once = self._once, []
        for done in waiting:
            _fail(done, SessionClosed("unbound or closed while it was connecting"))

    def _go(
        self, what: str, reason: str, detail: str, index: int = -1, states: tuple[str, str] = ("CLOSED", "CLOSED")
    ) -> None:
        """Follow the table, and tell."""
        self.state = after(self.state, what)
        said = detail if detail == self.state else f"{self.state}: {detail}"
        self._tell(index, *states, reason, said)
        self._grown()

    def _drop_timers(self) -> None:
        self._cancel(self._timer, self._retry, self._pace)

    def _cancel(self, *timers: Timer | None) -> None:
        for timer in timers:
            if timer is not None:
                timer.cancel()

    def _keep_counters(self, machine: Machine) -> None:
        self.past = [before + now for before, now in zip(self.past, counted(machine), strict=True)]


_LIVE = frozenset({"window", "rate", "enquire_link", "response_timeout", "inactivity"})
_LIVE |= {"timeout", "rebind", "sender", "profile", "long_password"}
_MACHINE = frozenset({"window", "rate", "enquire_link", "response_timeout", "inactivity"})
COUNTED = ("requests", "responses", "late", "unanswered", "stray", "received", "answered", "refused")


def counted(machine: Machine) -> list[int]:
    """Return what a machine counted, in the order of COUNTED.

    >>> from smppkit.protocol.settings import Settings
    >>> counted(Machine("ESME", Settings(), 0.0))
    [0, 0, 0, 0, 0, 0, 0, 0]
    """
    return [getattr(machine.counters, name) for name in COUNTED]


def _succeed(done: Future[None] | None) -> None:
    if done is not None and not done.done():
        done.set_result(None)


def _fail(done: Future[None] | None, error: SmppError) -> None:
    if done is not None and not done.done():
        done.set_exception(error)
