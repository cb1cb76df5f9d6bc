"""The peer's half of a session: what it asks, and what it is answered.

The machine answers by itself what the standard dictates: enquire_link at once, unbind, commands nobody knows or that
the state does not allow, bodies that cannot be read. Every other request goes to the layer above, which answers it.
"""

import numpy as np

from ..codec import EnquireLinkResp, GenericNack, Pdu, UnbindResp, scan
from ..codec.index import Index
from ..spec.commands import BY_ID, BY_NAME
from ..spec.kinds import ONE_WAY
from . import answers, events
from .session import BINDS, Bind, Session, said

_RESPONSE_BIT = 0x80000000


class Answering:
    """The requests of the peer."""

    def __init__(self, session: Session) -> None:
        """Begin with nothing asked."""
        self.session = session
        self._owed = 0
        self._bind_number = 0
        self._unbind_number = 0
        self._batch: list[Pdu] = []

    @property
    def owed(self) -> int:
        """How many requests the layer above has still to answer; none once they cannot be answered any more."""
        return 0 if self.session.state in ("UNBOUND", "CLOSED") else self._owed

    # --- what is asked -------------------------------------------------------------------------------------------

    def asked(self, octets: bytes, found: Index, begin: int, end: int, now: float) -> None:
        """Take a run of requests: the PDUs ``begin`` to ``end`` of a buffer."""
        session, most = self.session, self.session.settings.max_pdu
        session.counters.received += end - begin
        rows = zip(
            found.command_id[begin:end].tolist(),
            found.offset[begin:end].tolist(),
            found.length[begin:end].tolist(),
            strict=True,
        )
        for command_id, at, length in rows:
            status = session.refusal(command_id)
            if status:
                self._refuse(command_id, _number(octets, at), status)
                continue
            pdu, error = answers.readable(octets[at : at + length], most)
            if pdu is None:
                assert error is not None
                self._unreadable(command_id, _number(octets, at), error.command_status, str(error))
            elif pdu.command in _SPECIAL:
                self._special(pdu, now)
            else:
                self._batch.append(pdu)
        self._hand_over(now)

    def _hand_over(self, now: float) -> None:
        """Tell of the requests that came in a row."""
        batch, self._batch = self._batch, []
        if batch:
            self._owed += sum(1 for pdu in batch if BY_NAME[pdu.command].kind != ONE_WAY)
            self.session.timers.touch("inactivity", now)
            self.session.tell(events.RequestsReceived(batch))

    def _special(self, pdu: Pdu, now: float) -> None:
        """Take a request of the session itself."""
        session = self.session
        if pdu.command == "enquire_link":
            session.counters.answered += 1
            session.queue(EnquireLinkResp(sequence_number=pdu.sequence_number).encode())
            return
        if pdu.command != "unbind":
            self._batch.append(pdu)
        self._hand_over(now)
        if isinstance(pdu, Bind):
            self._bind_number = pdu.sequence_number
            session.begin_bind(pdu)
        elif pdu.command == "outbind":
            session.outbound(now)
        else:
            self._unbind_number = pdu.sequence_number
            session.begin_unbind(True, now)
            self._finish()

    def _refuse(self, command_id: int, number: int, status: int) -> None:
        session, row = self.session, BY_ID.get(command_id)
        session.counters.refused += 1
        if status == answers.RINVCMDID or row is None:
            session.queue(answers.nack(number, answers.RINVCMDID))
            why = "" if row is None else f", which SMPP {session.spoken} does not have"
            session.fault("unknown_command", f"{said(command_id, number)}{why}")
        else:
            session.queue(answers.refuse(row, number, status))
            session.fault("not_allowed", f"{said(command_id, number)} of the {session.peer} in state {session.state}")

    def _unreadable(self, command_id: int, number: int, status: int, why: str) -> None:
        self.session.counters.refused += 1
        self.session.queue(answers.refuse(BY_ID[command_id], number, status))
        self.session.fault("unreadable_request", f"{said(command_id, number)}: {why}")

    # --- what is answered ----------------------------------------------------------------------------------------

    def respond(self, pdu: Pdu, now: float) -> None:
        """Queue the answer to one request; a bind answered with status 0 binds the session."""
        session, row = self.session, BY_NAME[pdu.command]
        session.check_response(row.name)
        self._check_owed(row.name, 1)
        if session.binding and session.peer == "ESME":
            self._answer_bind(pdu, now)
        elif row.partner in BINDS:
            raise session.forbidden(row.name, "no bind waits for an answer")
        else:
            session.queue(pdu.encode())
            session.timers.touch("inactivity", now)
        self._settle(1)

    def respond_block(self, octets: bytes, now: float) -> None:
        """Queue ready answers to messages, many at once."""
        session, index = self.session, scan(octets)
        if index.consumed != len(octets) or not len(index):
            raise ValueError("respond_block takes whole responses, and at least one")
        kinds = [BY_ID[number] for number in np.unique(index.command_id).tolist() if number in BY_ID]
        for row in kinds:
            session.check_response(row.name)
            if row.partner in BINDS or not session.state.startswith("BOUND"):
                raise session.forbidden(row.name, "only answers to messages go in blocks")
        self._check_owed("a block of responses", len(index))
        session.queue(octets, index.length.tolist())
        session.timers.touch("inactivity", now)
        self._settle(len(index))

    def forget(self, count: int) -> None:
        """Take that so many requests will never be answered."""
        self._owed -= min(count, self._owed)
        self._finish()

    def _check_owed(self, command: str, count: int) -> None:
        if count > self.owed:
            waiting = f"{self.owed} of its requests wait" if self.owed else "no request waits"
            raise self.session.forbidden(command, f"it answers nothing of the {self.session.peer}: {waiting}")

    def _answer_bind(self, pdu: Pdu, now: float) -> None:
        session, number = self.session, pdu.sequence_number
        partner = BY_NAME[session.binding].partner
        if number != self._bind_number or pdu.command not in (partner, "generic_nack"):
            raise session.forbidden(pdu.command, f"{session.binding} {self._bind_number} waits for its answer")
        session.queue(pdu.encode())
        if pdu.command_status or isinstance(pdu, GenericNack):
            session.refuse_bind(now)
        else:
            session.end_bind(session.spoken, now)

    def _settle(self, count: int) -> None:
        self._owed -= count
        self.session.counters.answered += count
        self._finish()

    def _finish(self, grace_over: bool = False) -> None:
        """Answer the peer's unbind, once nothing is owed or the time for that is over (SMPP 3.4, section 4.2)."""
        session = self.session
        if session.peer_unbinding and session.state.startswith("BOUND") and (grace_over or not self.owed):
            session.queue(UnbindResp(sequence_number=self._unbind_number).encode())
            session.counters.answered += 1
            session.end_unbind("the peer asked for it")

    def end_grace(self) -> None:
        """Answer the peer's unbind though answers are owed: they took too long."""
        self._finish(grace_over=True)


_SPECIAL = frozenset({"enquire_link", "unbind", "outbind", *BINDS})


def _number(octets: bytes, at: int) -> int:
    return int.from_bytes(octets[at + 12 : at + 16], "big")


def framing_nack(octets: bytes) -> bytes:
    """Return the answer to octets whose length is absurd, empty where none may be given.

    The number is that of the PDU if its header can be believed, else 0; a response is never answered (SMPP 3.4, section
    4.3).

    >>> from smppkit import decode
    >>> decode(framing_nack(bytes.fromhex("7fffffff 00000004 00000000 00000009"))).sequence_number
    9
    >>> decode(framing_nack(b"HTTP/1.1 400 Bad Request")).sequence_number
    0
    """
    command_id = int.from_bytes(octets[4:8], "big")
    believed = len(octets) >= 16 and command_id in BY_ID
    if believed and command_id & _RESPONSE_BIT:
        return b""
    return answers.nack(_number(octets, 0) if believed else 0, answers.RINVCMDLEN)
