"""One session of SMPP as a machine: octets and requests in, events and octets out; no socket, no thread, no clock.

The machine answers by itself what the standard dictates; everything else becomes an event, in the order of the wire.
One thread at a time may call it; the layer above owns the lock or the thread. Where octets have come and time has
passed as well, ``receive`` is called before ``tick``: what is there already is not late.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..codec import Pdu, Unbind, scan
from ..codec.index import Index
from ..errors import FramingError
from . import events
from .answering import Answering, framing_nack
from .asking import Asking
from .session import Counters, Session
from .settings import Settings
from .splitter import Splitter
from .window import Interval

OUTPUT_LIMIT = 1 << 20
"""Octets: with more of them waiting to be written, nothing should be read."""

_RESPONSE_BIT = 0x80000000


class Machine:
    """The session of one connection, as ``role`` "ESME" or "MC" sees it; ``now`` is seconds that never go back.

    It begins OPEN, with a transport that has just been connected, and ends CLOSED with ``closed``; a new connection
    takes a new machine. ``next_sequence`` is the number of the first request: who goes on where the connection before
    ended can never take an old response for a new one.

    >>> from smppkit import BindTransceiver, BindTransceiverResp
    >>> esme, centre = Machine("ESME", Settings(), 0.0), Machine("MC", Settings(), 0.0)
    >>> esme.request(BindTransceiver(system_id="demo"), 0.0)
    1
    >>> received, asked = centre.receive(esme.take_output(), 0.1)
    >>> asked.pdus
    [<BindTransceiver sequence_number=1 system_id='demo' interface_version=SMPP_3_4>]
    >>> centre.respond(BindTransceiverResp(sequence_number=1, system_id="smsc"), 0.2)
    [StateChanged(from_state='OPEN', to_state='BOUND_TRX', reason='bind_transceiver', detail='')]
    >>> received, answer, change = esme.receive(centre.take_output(), 0.3)
    >>> answer.handle, answer.pdu.system_id, change.to_state, esme.version
    (1, 'smsc', 'BOUND_TRX', '3.4')
    """

    def __init__(self, role: str, settings: Settings, now: float, next_sequence: int = 1) -> None:
        """Begin with a transport that has just been connected."""
        self._session = Session(role, settings, now)
        self._asking = Asking(self._session, now, next_sequence)
        self._answering = Answering(self._session)
        self._splitter = Splitter(settings.max_pdu)
        self._deaf = False
        self._due: dict[str, Callable[[float], None]] = {
            "session_init": self._no_bind,
            "enquire_link": self._asking.probe,
            "dead_link": self._asking.dead,
            "inactivity": self._idle,
            "response": self._asking.expire,
            "unbind": self._no_unbind_resp,
            "owed": lambda now: self._answering.end_grace(),
            "slow_pdu": self._slow,
        }

    # --- what it is ----------------------------------------------------------------------------------------------

    @property
    def role(self) -> str:
        """Which side this is: ESME or MC."""
        return self._session.role

    @property
    def settings(self) -> Settings:
        """The limits and timers; ``configure`` changes them."""
        return self._session.settings

    @property
    def state(self) -> str:
        """The state of the session in the words of the standard (SMPP 3.4, section 2.2; SMPP 5.0, section 2.3)."""
        return self._session.state

    @property
    def version(self) -> str:
        """The version both sides work at: the highest we speak until the bind is answered, then the lower one of both.

        To a peer of 3.3 no TLVs and no commands of 3.4 may be sent; the machine refuses the commands.
        """
        return self._session.version

    @property
    def bound(self) -> bool:
        """Whether messages may flow: bound, and nobody has unbound. Which way they may, ``room`` knows."""
        return self._session.bound

    @property
    def ending(self) -> events.MustClose | None:
        """The MustClose that was told, whichever call told it; None as long as the transport may stay."""
        return self._session.ending

    @property
    def outstanding(self) -> int:
        """How many requests of ours wait for a response; enquire_link and unbind may exceed the window."""
        return self._asking.window.pending

    @property
    def owed(self) -> int:
        """How many requests of the peer the layer above has still to answer, or to forget.

        None once the session has ended: look here before an answer that took its time.
        """
        return self._answering.owed

    @property
    def counters(self) -> Counters:
        """What happened so far."""
        return self._session.counters

    @property
    def congestion(self) -> int | None:
        """The latest congestion_state the peer told, 0 to 100 (SMPP 5.0, section 4.8.4.18); None before the first."""
        return self._session.congestion

    @property
    def next_sequence(self) -> int:
        """The number that the next request gets: give it to the machine of the next connection."""
        return self._asking.window.next_sequence

    @property
    def readable(self) -> bool:
        """Whether more should be read: not while the peer does not take what it is sent, nor once framing is lost."""
        return not self._deaf and self.state != "CLOSED" and len(self._session.output) < OUTPUT_LIMIT

    # --- what goes out -------------------------------------------------------------------------------------------

    def request(self, pdu: Pdu, now: float, handle: Any = None) -> int:
        """Queue one request under the next sequence number and return that; it is the handle unless one is given.

        Raises LocalProtocolError when role, state or version do not allow it, WindowFull when window or rate leave no
        room (``room`` tells before); then nothing was queued. enquire_link, unbind and binds need no room.
        """
        return self._asking.request(pdu, now, handle)

    def request_block(
        self,
        block: int,
        octets: bytearray,
        offset: npt.NDArray[np.int64],
        first_row: int,
        now: float,
        command: str = "submit_sm",
    ) -> list[Interval]:
        """Queue rows of a block of ready requests, as many as window and rate allow; return what was taken.

        ``octets`` holds requests of that command one after another, row i from ``offset[i]`` to ``offset[i + 1]``;
        their sequence numbers are written into it in place. ``block`` is any number from 0 on that names the block in
        events. Raises LocalProtocolError as ``request`` does; no room is an empty list.
        """
        return self._asking.request_block(block, octets, offset, first_row, now, command)

    def respond(self, pdu: Pdu, now: float) -> events.Events:
        """Queue the answer to a request of the peer, which its sequence_number names.

        A bind answered with status 0 binds the session. When the peer has unbound, the last answer owed lets it go.
        Raises LocalProtocolError for an answer to nothing.
        """
        self._answering.respond(pdu, now)
        return self._session.told()

    def respond_block(self, octets: bytes, now: float) -> events.Events:
        """Queue ready answers to messages, any number at once; see ``answers.many``."""
        self._answering.respond_block(octets, now)
        return self._session.told()

    def forget(self, count: int = 1) -> events.Events:
        """Say that so many requests of the peer will never be answered, so that its unbind need not wait for them."""
        self._answering.forget(count)
        return self._session.told()

    def send_raw(self, octets: bytes) -> None:
        """Queue octets as they are, right or wrong, unless the session has ended; nothing waits for their answer."""
        if self.state == "CLOSED":
            raise self._session.forbidden("raw octets", "the session has ended")
        try:
            index = scan(octets, max_length=max(16, len(octets)))
        except FramingError as error:
            index = error.index
        whole = index.consumed == len(octets)  # the log has room for PDUs only
        self._session.queue(octets, index.length.tolist() if whole else None, logged=whole)

    def room(self, now: float) -> int:
        """Return how many messages window and rate let leave now; 0 where we may send none."""
        return min(self._asking.window.free, self._asking.pace.available(now)) if self._session.sending else 0

    def pause(self, now: float) -> float:
        """Return the seconds until the rate lets one more message leave; 0.0 when it does now."""
        return self._asking.pace.wait(now)

    @property
    def output(self) -> bytearray:
        """The octets to be written; ``sent`` drops those that were. Keep no view of it: it could not grow."""
        return self._session.output

    def sent(self, count: int) -> None:
        """Drop octets that were written."""
        del self._session.output[:count]

    def take_output(self) -> bytes:
        """Return everything to be written and count it as sent."""
        octets = bytes(self._session.output)
        self._session.output.clear()
        return octets

    def queued(self) -> events.Pdus | None:
        """Return the PDUs queued since the last call, for the log; None for none.

        Automatic answers are among them, rows of blocks are not: ``request_block`` told of those.
        """
        return self._session.queued()

    # --- what comes in -------------------------------------------------------------------------------------------

    def receive(self, octets: bytes | bytearray | memoryview, now: float) -> events.Events:
        """Take octets as they came, in any pieces, and return what they mean."""
        session, splitter = self._session, self._splitter
        if self._deaf or session.state == "CLOSED" or not octets:
            return session.told()
        session.heard = now
        session.timers.touch("enquire_link", now)
        split = splitter.feed(bytes(octets), now)
        if split is None:
            return session.told()
        found = split.found
        if len(found):
            pdus = events.Pdus(split.octets[: found.consumed], found.offset, found.length)
            session.tell(events.Received(pdus))
            self._read(split.octets, found, now)
        if split.lost is not None:
            self._lost(split.lost, split.rest)
        return session.told()

    def _read(self, octets: bytes, found: Index, now: float) -> None:
        """Take whole PDUs: runs of responses, runs of requests."""
        response = found.command_id >= _RESPONSE_BIT
        edges = (np.flatnonzero(response[1:] != response[:-1]) + 1).tolist() if len(response) > 1 else []
        for begin, end in zip([0, *edges], [*edges, len(response)], strict=True):
            half = self._asking.answered if response[begin] else self._answering.asked
            half(octets, found, begin, end, now)

    def _lost(self, error: FramingError, rest: bytes) -> None:
        """The stream is out of step for good: say so, and have the connection closed (SMPP 3.4, section 4.3)."""
        self._deaf = True
        answer = framing_nack(rest)
        if answer:
            self._session.queue(answer)
        why = str(error).partition("command_length: ")[2] or str(error)
        self._session.fault("framing", why)
        self._session.must_close("framing", why)

    # --- time and the end ----------------------------------------------------------------------------------------

    def tick(self, now: float) -> events.Events:
        """Do what is due: expire requests, test an idle link, give up a dead one."""
        self._watch()
        for name in self._session.timers.due(now):
            if self._session.timers.since(name) is not None:  # another one may have stopped it
                self._due[name](now)
        return self._session.told()

    def deadline(self) -> float | None:
        """Return when ``tick`` may have something to do, unless something happens before; None for never."""
        self._watch()
        return self._session.timers.deadline()

    def closed(self, reason: str = "connection_lost", detail: str = "") -> events.Events:
        """Take that the transport is gone: what was pending is unanswered, and the session CLOSED.

        ``reason`` counts unless the machine knows better: an end after unbind is clean whoever closed, and where the
        machine had the transport closed, its reason stands.
        """
        session = self._session
        if session.state == "CLOSED":
            return session.told()
        unbound = session.unbinding or session.peer_unbinding
        reason = session.cause or ("unbind" if unbound else reason)
        if len(self._splitter) and not self._deaf:
            session.fault("cut_pdu", f"{len(self._splitter):,} octets of a PDU that never became whole")
        self._splitter.clear()
        self._asking.drop_all(reason)
        session.output.clear()
        session.timers.halt()
        session.become("CLOSED", reason, detail)
        return session.told()

    def configure(self, settings: Settings, now: float) -> None:
        """Go on with other settings: all but the version, which takes a new bind, change at once."""
        if settings.window != self.settings.window:
            self._asking.window.resize(settings.window)
        if settings.rate != self.settings.rate:
            self._asking.pace.set_rate(settings.rate, now)
        self._splitter.most = settings.max_pdu
        self._session.settings = settings
        self._session.timers.configure(settings)

    def _watch(self) -> None:
        """Let the timers know what the window and the splitter wait for."""
        if not self._session.cause:
            self._session.timers.start("response", self._asking.window.eldest)
            self._session.timers.start("slow_pdu", self._splitter.since)

    def _no_bind(self, now: float) -> None:
        self._session.must_close("session_init", f"no bind within {self.settings.session_init:g} s")

    def _idle(self, now: float) -> None:
        """Nothing but enquire_link went either way for too long."""
        self._asking.request(Unbind(), now, None, own=True)

    def _no_unbind_resp(self, now: float) -> None:
        self._session.must_close("response_timeout", "unbind was not answered")

    def _slow(self, now: float) -> None:
        self._deaf = True
        seconds = f"{self.settings.response_timeout:g} s"
        detail = f"a PDU is not whole after {seconds}: {len(self._splitter):,} octets of it are here"
        self._session.fault("slow_pdu", detail)
        self._session.must_close("slow_pdu", detail)
