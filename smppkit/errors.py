"""The exceptions of smppkit, split by what a caller can do about them.

    SmppError
    ├─ PduError(field, offset, command_status)      something is wrong with the octets of one PDU
    │  ├─ EncodeError                               a value does not fit its field: mend the value
    │  ├─ DecodeError                               the body is bad, the stream is in step: answer and go on
    │  └─ FramingError                              the length is absurd, the stream is lost: close
    ├─ TextError                                    a text cannot be written in the alphabet asked for
    ├─ CaptureError                                 a file cannot be read as a capture or journal
    ├─ TableError                                   a table lacks what the question needs
    └─ ProfileError                                 the description of a provider cannot be read

Protocol, status and session errors join the tree with the sessions that raise them.
"""

from typing import Any


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

    >>> issubclass(CaptureError, SmppError)
    True
    """


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


def _rebuild(kind: type[PduError], message: str, field: str, offset: int, command_status: int) -> PduError:
    return kind(message, field=field, offset=offset, command_status=command_status)
