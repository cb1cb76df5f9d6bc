"""The exceptions of smppkit, split by what a caller can do about them.

    SmppError
    ├─ PduError(field, offset, command_status)      something is wrong with the octets of one PDU
    │  ├─ EncodeError                               a value does not fit its field: mend the value
    │  ├─ DecodeError                               the body is bad, the stream is in step: answer and go on
    │  └─ FramingError                              the length is absurd, the stream is lost: close
    ├─ TextError                                    a text cannot be written in the alphabet asked for
    ├─ CaptureError(offset)                         a file cannot be read as a capture or journal
    ├─ TableError                                   a table lacks what the question needs
    ├─ ProfileError                                 the description of a provider cannot be read
    ├─ ProtocolError                                somebody did what the standard does not allow
    │  ├─ LocalProtocolError(command, role, state)  we: nothing went out
    │  └─ RemoteProtocolError(command_status)       the peer; the status is what it was, or should be, answered with
    ├─ StatusError(command_status, pdu, retriable)  the peer refused
    │  ├─ BindRejected(esme)                        the session
    │  └─ Throttled                                 for now: too fast, or its queue is full
    └─ SessionError                                 no answer, whatever the peer thinks
       ├─ ConnectFailed(esme)                       no connection came about
       ├─ ConnectionLost                            the connection broke; what was pending is unanswered
       ├─ ResponseTimeout                           no response in time
       ├─ WindowFull                                too many requests are unanswered, or the rate is used up
       └─ SessionClosed                             the session was closed before

Who catches one knows what can be done: mend the value or the call, read the status, or connect again.
"""

# ruff: noqa: N818  the errors of sessions are named by what happened

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .codec import Pdu
    from .esme import Esme


class SmppError(Exception):
    """Whatever smppkit raises on purpose.

    >>> issubclass(DecodeError, SmppError)
    True
    """


class PduError(SmppError, ValueError):
    """Something is wrong with the octets of one PDU.

    ``field`` names the field, ``offset`` is its octet within the PDU (from 0), ``command_status`` is the status a
    peer should be answered with (SMPP 3.4, section 5.1.3).

    >>> error = PduError("password: no NUL within 9 octets", field="password", offset=22, command_status=0x0E)
    >>> error.field, error.offset, error.command_status
    ('password', 22, 14)
    """

    def __init__(self, message: str, *, field: str = "", offset: int = 0, command_status: int = 0x08) -> None:
        """Keep the place of the fault beside the sentence."""
        super().__init__(message)
        self.field = field
        self.offset = offset
        self.command_status = command_status

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with every attribute."""
        return _rebuild, (type(self), str(self), self.field, self.offset, self.command_status)


class EncodeError(PduError):
    """A value does not fit its field; nothing was encoded.

    >>> import smppkit as sk
    >>> sk.SubmitSm(source_addr="x" * 30)
    Traceback (most recent call last):
        ...
    smppkit.errors.EncodeError: source_addr: 30 octets, at most 20 fit beside the NUL
    """


class DecodeError(PduError):
    """The body of a PDU cannot be read; its length is sane, so the stream is in step: answer and go on.

    >>> import smppkit as sk
    >>> try:
    ...     sk.decode("00000013 00000004 00000000 00000006 434d54")
    ... except sk.DecodeError as error:
    ...     print(error.field, error.offset, hex(error.command_status))
    service_type 16 0x2
    """


class FramingError(PduError):
    """The length of a PDU is absurd: where the next one begins is unknown, so the link must be closed.

    >>> import smppkit as sk
    >>> sk.decode("00000002 00000015 00000000 00000001")
    Traceback (most recent call last):
        ...
    smppkit.errors.FramingError: command_length: 2, but a PDU has at least 16 octets
    """

    index: Any = None
    """Raised by ``scan``: the index of the PDUs before the fault."""

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with every attribute."""
        return (*super().__reduce__(), {"index": self.index})


class TextError(SmppError, ValueError):
    """A text cannot be written in the alphabet asked for; the sentence names the characters and their places.

    >>> import smppkit as sk
    >>> sk.gsm7.encode("naïve ☃")
    Traceback (most recent call last):
        ...
    smppkit.errors.TextError: 'ï' (position 2) and '☃' (position 6) are not in the GSM 7-bit alphabet
    """


class CaptureError(SmppError, ValueError):
    """A file cannot be read as a capture, journal or table.

    ``offset`` is the octet of the file (from 0, of a packed file as unpacked) at which it stops to make sense; None
    when no one place is to blame, as in a capture without SMPP.

    >>> import smppkit as sk
    >>> from smppkit.journal.pcap import read_capture
    >>> try:
    ...     read_capture(bytes.fromhex("d4c3b2a1 0200"))
    ... except sk.CaptureError as error:
    ...     print(error, error.offset, sep=": ")
    the capture is cut off: 6 octets of its header of 24 are there: 6
    """

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        """Keep the place of the fault beside the sentence."""
        super().__init__(message)
        self.offset = offset

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes with every attribute."""
        return type(self), (str(self),), {"offset": self.offset}


class TableError(SmppError, ValueError):
    """A table lacks a column, or a column has the wrong type; the sentence names it and what is there instead.

    >>> issubclass(TableError, SmppError)
    True
    """


class ProfileError(SmppError, ValueError):
    """The profile of a provider cannot be read; the sentence names the file and the key.

    >>> issubclass(ProfileError, SmppError)
    True
    """


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
    """The peer refused the bind (SMPP 3.4, section 4.1); ``esme`` is the account, with the exchange in its frames.

    >>> import smppkit as sk
    >>> BindRejected("wrong password", sk.BindTransceiverResp(command_status=0x0E)).command_status
    14
    """

    esme: "Esme | None" = None


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
    """No connection came about, or nothing that speaks SMPP is behind it; ``esme`` is the account, with what was seen.

    >>> issubclass(ConnectFailed, SessionError)
    True
    """

    esme: "Esme | None" = None


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


def _rebuild(kind: type[PduError], message: str, field: str, offset: int, command_status: int) -> PduError:
    return kind(message, field=field, offset=offset, command_status=command_status)
