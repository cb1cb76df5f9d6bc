"""The answers that the standard dictates, whatever the layer above would say (SMPP 3.4, sections 2.3, 3.3 and 4.3)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import codec
from ..errors import BindRejected, DecodeError, StatusError, Throttled
from ..spec import statuses
from ..spec.commands import class_name
from ..spec.kinds import Command
from ..spec.tlvs import BY_NAME as TLVS

RINVCMDLEN = statuses.BY_NAME["ESME_RINVCMDLEN"].code
RINVCMDID = statuses.BY_NAME["ESME_RINVCMDID"].code
RINVBNDSTS = statuses.BY_NAME["ESME_RINVBNDSTS"].code
RALYBND = statuses.BY_NAME["ESME_RALYBND"].code

_THROTTLING = frozenset(row.code for row in statuses.ROWS if row.category == "throttle")
_PASSING = _THROTTLING | {row.code for row in statuses.ROWS if row.category == "temporary"}
_CONGESTION = TLVS["congestion_state"].tag.to_bytes(2, "big") + b"\x00\x01"  # tag and length


def pdu_of(command: str, **values: Any) -> codec.Pdu:
    """Build a PDU by the name of its command.

    >>> pdu_of("enquire_link", sequence_number=3)
    <EnquireLink sequence_number=3>
    """
    kind: type[Any] = getattr(codec, class_name(command))
    built: codec.Pdu = kind(**values)
    return built


def refuse(row: Command, sequence_number: int, command_status: int) -> bytes:
    """Return the octets that refuse a request: its own response, or a generic_nack where there is none.

    >>> from smppkit import decode
    >>> from smppkit.spec.commands import BY_NAME
    >>> decode(refuse(BY_NAME["submit_sm"], 7, RINVBNDSTS))
    <SubmitSmResp command_status=ESME_RINVBNDSTS sequence_number=7>
    >>> decode(refuse(BY_NAME["outbind"], 7, RINVBNDSTS))
    <GenericNack command_status=ESME_RINVBNDSTS sequence_number=7>
    """
    command = row.partner or "generic_nack"
    return pdu_of(command, sequence_number=sequence_number, command_status=command_status).encode()


def nack(sequence_number: int, command_status: int) -> bytes:
    """Return the octets of a generic_nack.

    >>> nack(5, RINVCMDID).hex(" ", 4)
    '00000010 80000000 00000003 00000005'
    """
    return pdu_of("generic_nack", sequence_number=sequence_number, command_status=command_status).encode()


def many(command: str, sequence_number: npt.ArrayLike, command_status: int = 0) -> bytes:
    """Return one response for each sequence number, all alike, with empty fields; for ``respond_block``.

    >>> many("deliver_sm_resp", [7, 8]).hex(" ", 17)
    '0000001180000005000000000000000700 0000001180000005000000000000000800'
    """
    numbers = np.asarray(sequence_number, np.uint32)
    one = np.frombuffer(pdu_of(command, command_status=command_status).encode(), np.uint8)
    rows = np.tile(one, (len(numbers), 1))
    rows[:, 12:16] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    return rows.tobytes()


def readable(octets: bytes, most: int) -> tuple[codec.Pdu | None, DecodeError | None]:
    """Decode one PDU; return the error instead when its body cannot be read.

    >>> readable(bytes.fromhex("00000010000000040000000000000001"), 70_000)[1].field
    'service_type'
    """
    try:
        return codec.decode(octets, max_length=most), None
    except DecodeError as error:
        return None, error


def bare(octets: bytes) -> codec.Pdu:
    """Return a response without the body that cannot be read.

    >>> bare(bytes.fromhex("00000012 80000004 00000000 00000007 4141"))
    <SubmitSmResp sequence_number=7>
    """
    return codec.decode((16).to_bytes(4, "big") + octets[4:16])


def congestion(octets: bytes, offset: npt.NDArray[np.int64], end: int, most: int) -> int | None:
    """Return the latest congestion_state told by PDUs of a buffer (SMPP 5.0, section 4.8.4.18), None for none.

    The PDUs begin at ``offset``, the last one ends at ``end``. Only one that may hold the TLV is decoded.

    >>> from smppkit import SubmitSmResp
    >>> octets = SubmitSmResp(message_id="1", tlvs={"congestion_state": 85}).encode()
    >>> congestion(octets, np.array([0]), len(octets), 70_000)
    85
    """
    at = octets.rfind(_CONGESTION, int(offset[0]), end)
    if at < 0:
        return None
    place = int(np.searchsorted(offset, at, "right")) - 1
    stop = int(offset[place + 1]) if place + 1 < len(offset) else end
    pdu, _ = readable(octets[int(offset[place]) : stop], most)
    value = pdu.tlvs.get("congestion_state") if pdu else None
    return value if isinstance(value, int) else None


def status_error(pdu: codec.Pdu) -> StatusError:
    """Return the exception for a response with a command_status other than 0.

    >>> from smppkit import BindReceiverResp, SubmitSmResp
    >>> status_error(SubmitSmResp(command_status=0x0B))
    StatusError('submit_sm_resp: ESME_RINVDSTADR, destination address not acceptable (do not retry)')
    >>> type(status_error(SubmitSmResp(command_status=0x58))).__name__
    'Throttled'
    >>> type(status_error(BindReceiverResp(command_status=0x0D))).__name__
    'BindRejected'
    """
    code = pdu.command_status
    row = statuses.BY_CODE.get(code)
    meaning = f", {row.meaning} ({row.hint})" if row else ", a status of this provider's own"
    kind = BindRejected if pdu.command.startswith("bind_") else Throttled if code in _THROTTLING else StatusError
    return kind(f"{pdu.command}: {statuses.name_of(code)}{meaning}", pdu, code in _PASSING)
