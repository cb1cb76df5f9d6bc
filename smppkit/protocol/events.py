"""What a machine tells the layer above: plain values, in the order of the wire.

None shows octets in its one-line form: they may hold a password or somebody's text.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from ..codec import Pdu


class StateChanged(NamedTuple):
    """The session went from one state of the standard to another; ``reason`` is the command or the cause behind it.

    >>> StateChanged("BOUND_TRX", "UNBOUND", "unbind").to_state
    'UNBOUND'
    """

    from_state: str
    to_state: str
    reason: str
    detail: str = ""


class Pdus(NamedTuple):
    """Whole PDUs that came in, or went out, in one go, for the log.

    Each begins at its ``offset`` in ``octets`` and is ``length`` octets long.

    >>> Pdus(bytes(32), np.array([0, 16]), np.array([16, 16], np.uint32))
    <Pdus 2 in 32 octets>
    """

    octets: bytes
    offset: npt.NDArray[np.int64]
    length: npt.NDArray[np.uint32]

    def __repr__(self) -> str:
        """Tell how much there is."""
        return f"<Pdus {len(self.offset)} in {len(self.octets)} octets>"


class Received(NamedTuple):
    """What came in, for the log; the events it led to follow."""

    pdus: Pdus


class RequestsReceived(NamedTuple):
    """The peer asks something, and the layer above has to answer each with ``respond``, or to ``forget`` it.

    outbind and alert_notification have no answer: they are only told.
    """

    pdus: list[Pdu]


class ResponseReceived(NamedTuple):
    """A request that came alone was answered; ``handle`` is what the layer above gave with it.

    ``late`` says that it had been told as unanswered before; ``round_trip`` is in seconds. A generic_nack is a
    response as well, and a bind or unbind is answered like any request.
    """

    handle: Any
    pdu: Pdu
    late: bool
    round_trip: float


class BlockAnswered(NamedTuple):
    """Rows of a block were answered; row, command_id, command_status, offset and length run side by side.

    Each response is ``length`` octets of ``octets`` from ``offset`` on; its body has not been looked at. A command_id
    of generic_nack is a refusal whatever its status. ``late`` says that all of them had been told as unanswered
    before.
    """

    block: int
    row: npt.NDArray[np.int64]
    command_id: npt.NDArray[np.uint32]
    command_status: npt.NDArray[np.uint32]
    late: bool
    octets: bytes
    offset: npt.NDArray[np.int64]
    length: npt.NDArray[np.uint32]

    def __repr__(self) -> str:
        """Tell how many rows of which block."""
        return f"<BlockAnswered {len(self.row)} rows of block {self.block}{', late' if self.late else ''}>"


class Unanswered(NamedTuple):
    """A request that came alone got no response: it ends here, though a late response may follow.

    ``reason`` is response_timeout, wrong_response, or why the session ended. ``sent`` is False when the session ended
    before all octets of the request were written: then the peer cannot have got it.
    """

    handle: Any
    command: str
    reason: str
    sent: bool = True


class BlockUnanswered(NamedTuple):
    """Rows of a block got no response; see Unanswered."""

    block: int
    row: npt.NDArray[np.int64]
    reason: str
    sent: bool = True


class EnquireAnswered(NamedTuple):
    """The machine's own test of the link was answered after ``round_trip`` seconds."""

    round_trip: float


class Fault(NamedTuple):
    """The peer did what the standard does not allow, and was answered; the session goes on unless MustClose follows.

    ``kind`` is one of unknown_command, not_allowed, unreadable_request, unreadable_response, wrong_response,
    stray_response, stray_nack, enquire_link_ignored, framing, slow_pdu, cut_pdu; ``times`` how many there were in a
    row.
    """

    kind: str
    detail: str
    times: int = 1


class MustClose(NamedTuple):
    """The transport has to be closed once the output is written; told once.

    ``reason`` is unbind, session_init, response_timeout, wrong_response, framing or slow_pdu.
    """

    reason: str
    detail: str


Event: TypeAlias = (
    StateChanged
    | Received
    | RequestsReceived
    | ResponseReceived
    | BlockAnswered
    | Unanswered
    | BlockUnanswered
    | EnquireAnswered
    | Fault
    | MustClose
)
Events: TypeAlias = list[Event]
