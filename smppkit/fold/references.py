"""The last resort of matching: a user_message_reference that the ESME set and the message centre echoes in the receipt.

SMPP 3.4, section 5.3.2.17. Sixteen bits repeat soon, so a reference counts only where no id does: the receipt has no
candidate by its id, and either names no id at all or its account has never matched one; and the message has not been
matched by an id. It must be the only one with that reference, destination and account, sent before the receipt and not
older than ``OLDEST``.
"""

import numpy as np

from .._core.idforms import same_destination
from .matching import OLDEST, Side
from .parts import Parts
from .receipts import Receipts
from .table import UNKNOWN_TIME, Flags, Ints

_MOST_ALIKE = 16  # as for ids: what more messages share tells none of them apart


def match_references(
    parts: Parts, receipts: Receipts, open_parts: Flags, asking: Ints, sent: Side, received: Side
) -> dict[int, int]:
    """Return the part of each receipt that a reference decides; ``asking`` are the receipts that may be matched so.

    ``sent`` and ``received`` have a row for each part and receipt.

    >>> nothing = Side(np.zeros(0, np.int64), np.zeros(0, np.int64))
    >>> match_references(Parts(0), Receipts(), np.zeros(0, bool), np.zeros(0, np.int64), nothing, nothing)
    {}
    """
    wanted = np.isin(parts.reference.array, receipts.reference.array[asking])
    having: dict[tuple[int, int, bytes], list[int]] = {}
    for part in np.flatnonzero(open_parts & wanted).tolist():
        key = int(sent.account[part]), int(parts.reference.array[part]), _tail(parts.destination.octets(part))
        having.setdefault(key, []).append(part)
    found = {}
    for receipt in asking.tolist():
        source = receipts.source.octets(receipt)
        alike = having.get((int(received.account[receipt]), int(receipts.reference.array[receipt]), _tail(source)), [])
        if len(alike) <= _MOST_ALIKE:
            time = int(received.time[receipt])
            meant = [part for part in alike if _in_time(int(sent.time[part]), time) and _goes_to(parts, part, source)]
            if len(meant) == 1:
                found[receipt] = meant[0]
    return found


def _tail(address: bytes) -> bytes:
    return bytes(octet for octet in address if 0x30 <= octet <= 0x39)[-7:]


def _goes_to(parts: Parts, part: int, address: bytes) -> bool:
    return same_destination(parts.destination.octets(part), address)


def _in_time(sent: int, received: int) -> bool:
    return UNKNOWN_TIME in (sent, received) or 0 <= received - sent <= OLDEST


def open_for_reference(named: Ints, without_id: Flags, account: Ints, evidence: Ints, candidates: Ints) -> Flags:
    """Tell which receipts may be matched by reference: none by id, and no id or an account that never matched one.

    ``named`` is the index that ids gave (-1: none), ``evidence`` the receipts that ids explain, by account.

    >>> one = np.array([0])
    >>> open_for_reference(np.array([-1]), np.array([True]), one, one, one).tolist()
    [True]
    """
    allowed: Flags = (named < 0) & (candidates == 0) & (without_id | (evidence[account] == 0))
    return allowed
