"""One session of the centre: binds it to an account, hands its requests over, sends it deliveries."""

import hmac
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import codec
from ..link import Connection
from ..protocol import events
from ..protocol.machine import Machine
from ..protocol.versions import SPOKEN, version_of
from ..spec.commands import BY_NAME, class_name
from ..spec.statuses import BY_NAME as STATUSES
from .chances import Chances
from .outbox import Delivery
from .store import Caller

if TYPE_CHECKING:
    from .server import Account, Server

NAME = "smppkit"
"""What the centre calls itself in its answer to a bind."""

_FEW = 4  # answers up to which a block costs more
_UNLOGGED = 64  # rounds of events
_OK = 0
_INVSYSID = STATUSES["ESME_RINVSYSID"].code
_INVPASWD = STATUSES["ESME_RINVPASWD"].code
_BINDFAIL = STATUSES["ESME_RBINDFAIL"].code
_BINDS = frozenset({"bind_transmitter", "bind_receiver", "bind_transceiver"})


class Session:
    """What the centre knows of one connection; everything happens on the thread of the loop."""

    def __init__(self, server: "Server") -> None:
        """Begin before the bind."""
        self.account: Account | None = None
        self.connection: Connection
        self.machine: Machine
        self._server = server
        self._caller: Caller
        self._blocks: dict[int, tuple[Sequence[Delivery], int]] = {}
        self._numbers = count()
        self._unlogged = 0
        self._handlers: dict[type[Any], Callable[[Any, float], None]] = {
            events.RequestsReceived: self._requests,
            events.BlockAnswered: self._answered,
            events.BlockUnanswered: self._unanswered,
            events.StateChanged: self._changed,
        }

    def on_events(self, connection: Connection, told: Sequence[Any]) -> None:
        """Take what the machine tells."""
        now = self._server.clock.now()
        self._take(told, now)
        self._unlogged += 1
        if self._unlogged >= _UNLOGGED:  # what was sent is kept for a log, and this centre has none
            self._unlogged = 0
            self.machine.queued()
        if self.account is not None:
            self.account.outbox.send(now)
        self._server.arrange()

    def _take(self, told: Sequence[Any], now: float) -> None:
        for event in told:
            handler = self._handlers.get(type(event))
            if handler is not None:
                handler(event, now)

    # --- what the peer asks --------------------------------------------------------------------------------------

    def _requests(self, event: events.RequestsReceived, now: float) -> None:
        """Answer requests, those about messages in one piece."""
        if event.pdus[-1].command in _BINDS:  # before it nothing can have come that was allowed
            self._follow(self.machine.respond(self._bind(event.pdus[-1]), now))
            return
        answer, date = self._server.behaviour.answer, self._server.clock.date(now)
        answers = [answer(self._caller, pdu, now, date) for pdu in event.pdus]
        ready = [pdu for pdu in answers if pdu is not None]
        if len(ready) <= _FEW:
            for pdu in ready:
                self._follow(self.machine.respond(pdu, now))
        else:
            self._follow(self.machine.respond_block(b"".join([pdu.encode() for pdu in ready]), now))

    def respond(self, pdu: codec.Pdu) -> None:
        """Answer a request whose outcome came later; nothing happens when the session has ended."""
        if self.machine.state.startswith("BOUND") and self.machine.owed:
            self.connection.flush(self.machine.respond(pdu, self._server.clock.now()))

    def _follow(self, told: Sequence[Any]) -> None:
        """Have the connection do what follows from an answer: the last one owed ends an unbinding session."""
        if told:
            self.connection.flush(told)

    def _bind(self, pdu: Any) -> codec.Pdu:
        """Return the answer to a bind; with status 0 the session belongs to the account."""
        server = self._server
        account = server.accounts.get(pdu.system_id)
        known = hmac.compare_digest(pdu.password.encode("latin-1"), server.password_of(account))
        row = BY_NAME[pdu.command]
        kind: type[Any] = getattr(codec, class_name(row.partner))
        status = _OK
        if account is None:
            status = _INVSYSID
        elif not known:
            status = _INVPASWD
        elif len(account.sessions) >= server.settings.binds:
            status = _BINDFAIL
        if status or account is None:
            server.binds_refused += 1
            return kind(sequence_number=pdu.sequence_number, command_status=status)  # type: ignore[no-any-return]
        offered = version_of(pdu.interface_version, pdu.command == "bind_transceiver")
        self._join(account, min(offered, server.settings.version))
        tlvs = {"sc_interface_version": SPOKEN[server.settings.version]} if offered >= "3.4" else {}
        return kind(sequence_number=pdu.sequence_number, system_id=NAME, tlvs=tlvs)  # type: ignore[no-any-return]

    def _join(self, account: "Account", version: str) -> None:
        ids = self._server.identities.series()
        chances = Chances(self._server.settings, ids.number)
        self._caller = Caller(account.system_id, self.connection.peer, version, ids, chances, self.respond)
        self.account = account
        account.sessions.add(self)

    # --- what the centre delivers --------------------------------------------------------------------------------

    def room(self) -> int:
        """Return how many deliveries the session takes now."""
        return self.machine.room(self._server.clock.now())

    def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Send deliveries, in one piece."""
        now = self._server.clock.now()
        assert self.account is not None
        if self.machine.room(now) < len(deliveries):  # it ended, or was served, since its room was asked for
            self.account.outbox.put_back(deliveries)
            return
        version = self.machine.version
        ready = [delivery.encode(version) for delivery in deliveries]
        offset = np.zeros(len(ready) + 1, np.int64)
        np.cumsum([len(octets) for octets in ready], out=offset[1:])
        block = next(self._numbers)
        self._blocks[block] = deliveries, len(deliveries)
        self.machine.request_block(block, bytearray(b"".join(ready)), offset, 0, now, "deliver_sm")
        self.connection.flush()

    def _answered(self, event: events.BlockAnswered, now: float) -> None:
        found = self._blocks.get(event.block)
        if found is None or self.account is None or event.late:
            return
        outbox, deliveries = self.account.outbox, found[0]
        for row, status in zip(event.row.tolist(), event.command_status.tolist(), strict=True):
            outbox.answered(deliveries[row], status, now)
        self._settle(event.block, len(event.row))

    def _unanswered(self, event: events.BlockUnanswered, now: float) -> None:
        found = self._blocks.get(event.block)
        if found is None or self.account is None:
            return
        self.account.outbox.unanswered([found[0][row] for row in event.row.tolist()])
        self._settle(event.block, len(event.row))

    def _settle(self, block: int, rows: int) -> None:
        """Note that rows of a block need no more attention."""
        deliveries, left = self._blocks[block]
        if left > rows:
            self._blocks[block] = deliveries, left - rows
        else:
            del self._blocks[block]

    # --- how the session changes ---------------------------------------------------------------------------------

    def _changed(self, event: events.StateChanged, now: float) -> None:
        if self.account is None:
            if event.to_state == "CLOSED":
                self._server.left(self)
            return
        receivers = self.account.outbox.receivers
        if event.to_state in ("BOUND_RX", "BOUND_TRX"):
            receivers.append(self)
        elif self in receivers and not event.to_state.startswith("BOUND"):
            receivers.remove(self)
        if event.to_state == "CLOSED":
            self._caller.respond = lambda pdu: None  # messages know their caller: they must not keep this connection
            self.account.sessions.discard(self)
            self._server.left(self)
            self.account.outbox.send(now)  # the others take over
