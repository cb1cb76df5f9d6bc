"""Receipts and intermediate notifications as deliver_sm, in the common form (SMPP 3.4, appendix B)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ..codec import DeliverSm
from ..spec.receipts import STATES
from .store import DELIVERED, ENROUTE, Message

RECEIPT = 0x04  # esm_class
NOTIFICATION = 0x20
GSM_NETWORK = b"\x03"

_WORDS = {"DELIVERED": "DELIVRD", "UNDELIVERABLE": "UNDELIV", "ACCEPTED": "ACCEPTD", "REJECTED": "REJECTD"}
_STAT = tuple(_WORDS.get(name, name) for name in STATES)
ERRORS: Mapping[str, int] = {"EXPIRED": 27, "UNDELIVERABLE": 1, "UNKNOWN": 255, "REJECTED": 8}
"""err of the states that have one: absent, unknown and barred subscribers as GSM numbers them; 0 for the others."""
_ERROR = tuple(ERRORS.get(name, 0) for name in STATES)
_QUOTED = 20  # octets of the text that a receipt repeats
_ESCAPE = 0x1B
_UDHI = 0x40
_MINUTE = 60 * 10**9


def error_of(state: int) -> int:
    """Return the err that goes with a message_state.

    >>> error_of(2), error_of(5)
    (0, 1)
    """
    return _ERROR[state]


def receipt(message: Message, state: int, time: int, version: str) -> bytes:
    """Return a receipt, or for ENROUTE an intermediate notification, to a peer of that version; numbered 0.

    The dates are UTC, to the minute; TLVs go to peers of 3.4 only. Of a text in the default alphabet the first 20
    octets are repeated, of others nothing.

    >>> from smppkit import SubmitSm, decode, parse_receipt
    >>> from smppkit.smsc.settings import Settings
    >>> from smppkit.smsc.store import Caller
    >>> sent = SubmitSm(source_addr="INFO", destination_addr="32471123456", short_message=b"Hello")
    >>> message = Message(sent, "1234", "32471123456", Caller.of("demo", Settings()), 0)
    >>> pdu = decode(receipt(message, 2, 0, "3.4"))
    >>> pdu.source_addr, pdu.destination_addr, pdu.esm_class, pdu.tlvs["message_state"]
    ('32471123456', 'INFO', 4, 2)
    >>> parse_receipt(pdu.short_message.decode()).stat
    'DELIVRD'
    """
    sent = message.pdu
    error = _ERROR[state]
    text = (
        f"id:{message.id} sub:001 dlvrd:{1 if state == DELIVERED else 0:03} "
        f"submit date:{minute(message.time)} done date:{minute(time)} stat:{_STAT[state]} err:{error:03} text:"
    )
    tlvs: list[tuple[str, str | int | bytes]] = []
    if version >= "3.4":
        code = GSM_NETWORK + error.to_bytes(2, "big")
        tlvs = [("receipted_message_id", message.id), ("message_state", state), ("network_error_code", code)]
    to: Any = message.entry or sent
    return DeliverSm(
        source_addr_ton=to.dest_addr_ton,
        source_addr_npi=to.dest_addr_npi,
        source_addr=message.destination,
        dest_addr_ton=sent.source_addr_ton,
        dest_addr_npi=sent.source_addr_npi,
        destination_addr=message.source,
        esm_class=NOTIFICATION if state == ENROUTE else RECEIPT,
        short_message=text.encode("ascii") + quoted(message),
        tlvs=tlvs,
    ).encode()


def quoted(message: Message) -> bytes:
    """Return the beginning of the text of a message, as octets of the default alphabet.

    >>> from smppkit import SubmitSm
    >>> from smppkit.smsc.settings import Settings
    >>> from smppkit.smsc.store import Caller
    >>> sent = SubmitSm(short_message=b"x" * 30, data_coding=0)
    >>> quoted(Message(sent, "1", "32471123456", Caller.of("demo", Settings()), 0))
    b'xxxxxxxxxxxxxxxxxxxx'
    """
    pdu = message.pdu
    if pdu.data_coding != 0:
        return b""
    octets: bytes = getattr(pdu, "short_message", b"")  # data_sm has none
    begin = octets[0] + 1 if pdu.esm_class & _UDHI and octets else 0
    shown = octets[begin : begin + _QUOTED]
    return shown[:-1] if shown and shown[-1] == _ESCAPE else shown


def minute(time: int) -> str:
    """Return a date as receipts write it: YYMMDDhhmm, UTC.

    >>> minute(1_795_327_200 * 10**9)
    '2611220600'
    """
    return _date(time // _MINUTE)


@lru_cache(4096)  # the dates of receipts repeat by the thousand
def _date(minutes: int) -> str:
    return datetime.fromtimestamp(minutes * 60, UTC).strftime("%y%m%d%H%M")
