"""Passwords out of PDUs, before they go where others may read them."""

from ..spec.commands import BY_NAME

MASK = b"********"

_SECRET = frozenset(
    BY_NAME[name].command_id for name in ("bind_receiver", "bind_transmitter", "bind_transceiver", "outbind")
)
_HEADER = 16


def masked(pdu: bytes) -> bytes:
    """Return a PDU with the password of a bind or outbind replaced by eight asterisks; any other PDU as it is.

    The field gets this value whatever it held, so that not even its length shows; command_length follows. Where the
    body breaks off before the password can be found, all of it becomes asterisks.

    >>> masked(bytes.fromhex("0000001a 0000000b 00000000 00000001") + b"demo\\0" + b"1234\\0")[16:]
    b'demo\\x00********\\x00'
    """
    if int.from_bytes(pdu[4:8], "big") not in _SECRET or len(pdu) <= _HEADER:
        return pdu
    start = pdu.find(b"\0", _HEADER) + 1
    if start == 0:
        return pdu[:_HEADER] + b"*" * (len(pdu) - _HEADER)
    end = pdu.find(b"\0", start)
    body = pdu[_HEADER:start] + MASK + (pdu[end:] if end >= 0 else b"")
    return (_HEADER + len(body)).to_bytes(4, "big") + pdu[4:_HEADER] + body
