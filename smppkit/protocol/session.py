"""What the two halves of a session share: role, state, version, timers, output; who may send what, by the table.

The operation matrix is ``spec.states``. We keep to it to the letter of the version both sides agreed on; of the peer we
take what the version we speak ourselves has, for many peers tell a lower version than they use.
"""

from dataclasses import dataclass

import numpy as np

from ..codec import BindReceiver, BindTransceiver, BindTransmitter
from ..errors import LocalProtocolError
from ..spec.commands import BY_ID, BY_NAME, name_of
from ..spec.kinds import RESPONSE, Command
from ..spec.states import BOUND_BY, STATES_V34, STATES_V50, allowed
from . import answers, events
from .settings import Settings
from .timers import Timers
from .versions import version_of

BINDS = frozenset(BOUND_BY)
Bind = BindReceiver | BindTransmitter | BindTransceiver
_MUTE = {"ESME": "BOUND_RX", "MC": "BOUND_TX"}  # where a role only receives messages (SMPP 3.4, section 2.3)
AUTOMATIC = frozenset({"enquire_link_resp", "unbind_resp"})  # answers that the machine gives by itself


@dataclass(slots=True)
class Counters:
    """What happened in a session so far: cheap to read, never reset.

    ``requests`` are ours, enquire_link among them, ``responses`` those to them; ``unanswered`` ended without one,
    ``late`` counts responses that came after that, ``stray`` those to nothing. ``received`` are requests of the peer,
    ``answered`` those that were answered, ``refused`` those that the machine refused by itself. Always: requests +
    late = responses + unanswered + what is pending.

    >>> Counters().late
    0
    """

    requests: int = 0
    responses: int = 0
    unanswered: int = 0
    late: int = 0
    stray: int = 0
    received: int = 0
    answered: int = 0
    refused: int = 0


class Session:
    """One session as ``role`` sees it; it begins OPEN, with a transport that has just been connected."""

    def __init__(self, role: str, settings: Settings, now: float) -> None:
        """Begin unbound."""
        if role not in ("ESME", "MC"):
            raise ValueError(f"role: {role!r}; there are ESME and MC")
        self.role = role
        self.peer = "MC" if role == "ESME" else "ESME"
        self.settings = settings
        self.spoken = self.version = self._offered = settings.version
        self.state = "OPEN"
        self.bound = False  # bound, and nobody has unbound
        self.sending = False  # bound so that we may send messages
        self.binding = ""  # the bind that is not answered yet, whichever side answers it
        self.unbinding = False  # we sent unbind
        self.peer_unbinding = False
        self.cause = ""  # why the transport must be closed
        self.ending: events.MustClose | None = None
        self.congestion: int | None = None
        self.heard = now
        self.counters = Counters()
        self.timers = Timers(settings)
        self.timers.start("session_init", now)
        self.output = bytearray()
        self.position = 0  # how many octets were ever queued
        self._queued = bytearray()
        self._lengths: list[int] = []
        self._happened: events.Events = []
        self._refusals: dict[int, int] = {}  # what the table says of requests of the peer in this state
        self._requestable: set[str] = set()  # the requests that it allows us

    # --- the table -----------------------------------------------------------------------------------------------

    def check_request(self, command: str) -> None:
        """Raise LocalProtocolError unless we may send this request now."""
        if command in self._requestable:
            return
        row = BY_NAME[command]
        if row.kind == RESPONSE:
            raise self.forbidden(row.name, "it is a response, and answers a request of the peer: use respond")
        ending = self.unbinding or self.peer_unbinding
        if not allowed(row.name, self.role, self.state, self.version):
            raise self.forbidden(row.name, self._why(row))
        if self.cause not in ("", "unbind"):
            raise self.forbidden(row.name, f"the connection is to be closed ({self.cause})")
        if ending and row.name != "enquire_link":
            raise self.forbidden(row.name, "unbind was sent" if self.unbinding else "the peer has unbound")
        if self.binding and row.name in BINDS:
            raise self.forbidden(row.name, f"{self.binding} is not answered yet")
        self._requestable.add(row.name)

    def check_response(self, command: str) -> None:
        """Raise LocalProtocolError unless we may send this response now."""
        row = BY_NAME[command]
        if row.kind != RESPONSE:
            raise self.forbidden(row.name, "it is a request: use request")
        if row.name in AUTOMATIC:
            raise self.forbidden(row.name, "the session sends it by itself")
        open_ = self.state not in ("CLOSED", "UNBOUND")
        if not (open_ and row.name == "generic_nack") and not allowed(row.name, self.role, self.state, self.spoken):
            raise self.forbidden(row.name, self._why(row))

    def refusal(self, command_id: int) -> int:
        """Return the status that refuses this request of the peer now, 0 when it is allowed.

        enquire_link is allowed wherever there is a link: 3.4 names the bound states only, 5.0 all of them, and whoever
        tests a link wants to know that it lives.
        """
        status = self._refusals.get(command_id)
        if status is None:
            row = BY_ID.get(command_id)
            if row is None:
                return answers.RINVCMDID
            status = self._refusals[command_id] = self._refusal(row)
        return status

    def _refusal(self, row: Command) -> int:
        if row.introduced > self.spoken:
            return answers.RINVCMDID
        if row.name == "enquire_link":
            return 0
        if row.name in BINDS and self.peer == "ESME" and (self.binding or self.state.startswith("BOUND")):
            return answers.RALYBND
        if self.peer_unbinding or not allowed(row.name, self.peer, self.state, self.spoken):
            return answers.RINVBNDSTS
        return 0

    def forbidden(self, command: str, why: str) -> LocalProtocolError:
        """Return the error for something that we may not send."""
        return LocalProtocolError(command, self.role, self.state, why)

    def _why(self, row: Command) -> str:
        if self.state in ("CLOSED", "UNBOUND"):
            return "the session has ended"
        if row.introduced > self.version:
            return f"SMPP {self.version}, which both sides speak, does not have it"
        if row.sender not in (self.role, "both"):
            return f"only the {row.sender} sends it"
        every = STATES_V50 if self.version == "5.0" else STATES_V34
        fit = [state for state in every if allowed(row.name, self.role, state, self.version)]
        return f"SMPP {self.version} allows it in {' and '.join(fit)}"

    # --- what changes --------------------------------------------------------------------------------------------

    def begin_bind(self, pdu: Bind) -> None:
        """Note that a bind waits for its answer."""
        self.binding = pdu.command
        self._offered = version_of(pdu.interface_version, pdu.command == "bind_transceiver")
        self.timers.stop("session_init")
        self._look_again()

    def end_bind(self, version: str, now: float) -> None:
        """Take a bind that was answered with status 0; ``version`` is that of the centre."""
        command, self.binding = self.binding, ""
        self.version = min(self.spoken, self._offered, version)
        self.timers.start("enquire_link", now)
        self.timers.start("inactivity", now)
        self.become(BOUND_BY[command], command)

    def refuse_bind(self, now: float) -> None:
        """Take a bind that was refused, or never answered: another one may follow."""
        self.binding = ""
        self._look_again()
        self.timers.start("session_init", now)

    def outbound(self, now: float) -> None:
        """Take an outbind: a bind has to follow. 3.4 has no state of its own for that (SMPP 5.0, section 2.3.2)."""
        self.timers.start("session_init", now)
        if self.spoken == "5.0":
            self.become("OUTBOUND", "outbind")

    def begin_unbind(self, by_peer: bool, now: float) -> None:
        """Note that one side wants to unbind: it ends, and no new messages start."""
        if by_peer:
            self.peer_unbinding = True
            self.timers.start("owed", now)
        else:
            self.unbinding = True
            self.timers.start("unbind", now)
        self.timers.stop("enquire_link", "inactivity")
        self._look_again()

    def end_unbind(self, detail: str) -> None:
        """Take an unbind that was answered."""
        if self.state.startswith("BOUND"):
            self.become("UNBOUND", "unbind", detail)
        self.must_close("unbind", detail)

    def become(self, state: str, reason: str, detail: str = "") -> None:
        """Go to another state and tell."""
        before, self.state = self.state, state
        self._look_again()
        self.tell(events.StateChanged(before, state, reason, detail))

    def must_close(self, reason: str, detail: str) -> None:
        """Have the transport closed; said once, the first reason counts."""
        if not self.cause:
            self.cause = reason
            self._look_again()
            self.timers.halt()
            self.ending = events.MustClose(reason, detail)
            self.tell(self.ending)

    def _look_again(self) -> None:
        """Something changed: forget what the table said."""
        leaving = self.unbinding or self.peer_unbinding or self.cause
        self.bound = self.state.startswith("BOUND") and not leaving
        self.sending = self.bound and self.state != _MUTE[self.role]
        self._refusals.clear()
        self._requestable.clear()

    # --- what is told and sent -----------------------------------------------------------------------------------

    def tell(self, event: events.Event) -> None:
        """Keep an event for the layer above."""
        self._happened.append(event)

    def fault(self, kind: str, detail: str, times: int = 1) -> None:
        """Tell a fault of the peer."""
        self.tell(events.Fault(kind, detail, times))

    def told(self) -> events.Events:
        """Return the events since the last call."""
        happened, self._happened = self._happened, []
        return happened

    def queue(self, octets: bytes, lengths: list[int] | None = None, logged: bool = True) -> None:
        """Queue one PDU for output, or several of these lengths; octets that are no PDUs are not for the log."""
        self.output += octets
        self.position += len(octets)
        if logged:
            self._queued += octets
            self._lengths += [len(octets)] if lengths is None else lengths

    def queue_rows(self, octets: memoryview) -> None:
        """Queue rows of a block: their log is the block."""
        self.output += octets
        self.position += len(octets)

    def gone(self) -> int:
        """Return how many octets ever left."""
        return self.position - len(self.output)

    def queued(self) -> events.Pdus | None:
        """Return the PDUs queued since the last call, None for none."""
        if not self._lengths:
            return None
        length = np.array(self._lengths, np.uint32)
        octets = bytes(self._queued)
        self._queued.clear()
        self._lengths.clear()
        return events.Pdus(octets, np.cumsum(length, dtype=np.int64) - length, length)


def said(command_id: int, sequence_number: int) -> str:
    """Return how a PDU is named in a sentence.

    >>> said(0x80000004, 7)
    'submit_sm_resp 7'
    """
    return f"{name_of(command_id)} {sequence_number}"
