"""The exceptions of sessions: the branches of the tree in ``smppkit.errors`` that need a peer.

    SmppError
    ├─ ProtocolError                                 somebody did what the standard does not allow
    │  ├─ LocalProtocolError(command, role, state)   we: nothing went out
    │  └─ RemoteProtocolError(command_status)        the peer; the status is what it was, or should be, answered with
    ├─ StatusError(command_status, pdu, retriable)   the peer refused
    │  ├─ BindRejected                               the session
    │  └─ Throttled                                  for now: too fast, or its queue is full
    └─ SessionError                                  no answer, whatever the peer thinks
       ├─ ConnectFailed                              no connection came about
       ├─ ConnectionLost                             the connection broke; what was pending is unanswered
       ├─ ResponseTimeout                            no response in time
       ├─ WindowFull                                 too many requests are unanswered, or the rate is used up
       └─ SessionClosed                              the session was closed before

Who catches one knows what can be done: mend the call, read the status, or connect again.
"""

# ruff: noqa: N818  they are named by what happened

from typing import TYPE_CHECKING

from ..errors import SmppError

if TYPE_CHECKING:
    from ..codec import Pdu


class ProtocolError(SmppError):
    """Somebody did what the standard does not allow.

    >>> issubclass(LocalProtocolError, ProtocolError)
    True
    """


class LocalProtocolError(ProtocolError):
    """We asked for what the standard does not allow now; nothing went out (SMPP 3.4, section 2.3).

    ``command``, ``role`` ("ESME" or "MC") and ``state`` say what was asked, by whom and when.

    >>> error = LocalProtocolError("submit_sm", "ESME", "BOUND_RX", "bind as transmitter or transceiver")
    >>> error
    LocalProtocolError('submit_sm may not be sent by the ESME in state BOUND_RX: bind as transmitter or transceiver')
    >>> error.command, error.role, error.state
    ('submit_sm', 'ESME', 'BOUND_RX')
    """

    def __init__(self, command: str, role: str, state: str, why: str) -> None:
        """Make one sentence of the four."""
        super().__init__(f"{command} may not be sent by the {role} in state {state}: {why}")
        self.command = command
        self.role = role
        self.state = state
        self.why = why

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with every attribute."""
        return type(self), (self.command, self.role, self.state, self.why)


class RemoteProtocolError(ProtocolError):
    """The peer did what the standard does not allow; ``command_status`` names the fault.

    >>> RemoteProtocolError("the peer speaks HTTP, not SMPP", command_status=2).command_status
    2
    """

    def __init__(self, message: str, command_status: int = 0x08) -> None:
        """Keep the status beside the sentence."""
        super().__init__(message)
        self.command_status = command_status

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with every attribute."""
        return type(self), (str(self), self.command_status)


class StatusError(SmppError):
    """The peer answered with a command_status other than 0; ``pdu`` is its answer.

    ``retriable`` says that the same request may succeed later: the peer was too busy or had a passing fault.

    >>> import smppkit as sk
    >>> error = StatusError("submit_sm_resp: ESME_RINVDSTADR", sk.SubmitSmResp(command_status=0x0B), retriable=False)
    >>> error, error.command_status, error.retriable
    (StatusError('submit_sm_resp: ESME_RINVDSTADR'), 11, False)
    """

    def __init__(self, message: str, pdu: "Pdu", retriable: bool = False) -> None:
        """Keep the answer beside the sentence."""
        super().__init__(message)
        self.pdu = pdu
        self.command_status: int = pdu.command_status
        self.retriable = retriable

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with every attribute."""
        return type(self), (str(self), self.pdu, self.retriable)


class BindRejected(StatusError):
    """The peer refused the bind (SMPP 3.4, section 4.1).

    >>> import smppkit as sk
    >>> BindRejected("wrong password", sk.BindTransceiverResp(command_status=0x0E)).command_status
    14
    """


class Throttled(StatusError):
    """The peer takes no more for now: ESME_RTHROTTLED or ESME_RMSGQFUL; it did not accept the message.

    >>> import smppkit as sk
    >>> Throttled("submit_sm_resp: ESME_RTHROTTLED", sk.SubmitSmResp(command_status=0x58), retriable=True).retriable
    True
    """


class SessionError(SmppError):
    """There is no answer, whatever the peer thinks of the request.

    >>> issubclass(ResponseTimeout, SessionError)
    True
    """


class ConnectFailed(SessionError):
    """No connection came about, or nothing that speaks SMPP is behind it.

    >>> issubclass(ConnectFailed, SessionError)
    True
    """


class ConnectionLost(SessionError):
    """The connection broke; what became of pending requests is not known: they are unanswered.

    >>> issubclass(ConnectionLost, SessionError)
    True
    """


class ResponseTimeout(SessionError, TimeoutError):
    """No response came in time; the request may have been carried out all the same.

    >>> issubclass(ResponseTimeout, TimeoutError)
    True
    """


class WindowFull(SessionError):
    """As many requests as the window allows are unanswered, or the rate allows none now; nothing went out.

    >>> issubclass(WindowFull, SessionError)
    True
    """


class SessionClosed(SessionError):
    """The session was closed before.

    >>> issubclass(SessionClosed, SessionError)
    True
    """
