"""What reading streams found wrong, as sentences."""

from typing import NamedTuple

import numpy as np

from ...spec import commands
from ..log import CUT, FRAMING, INCOMPLETE, LIMIT, LOST, Problem
from .links import Connection, directions
from .recognise import protocol_of

_WAYS = ("from ESME to message centre", "from message centre to ESME")


class Notice(NamedTuple):
    """One finding of the core, in the order of its fields.

    >>> Notice(0, 0, 12, 0, 0, 0, 1, 0).octets
    12
    """

    time: int
    position: int
    octets: int
    value: int
    command_id: int
    link: int
    side: int
    finding: int


_NUMBERS = (np.int64, np.int64, np.int64, np.int64, np.uint32, np.int32, np.int32, np.int32)
NOTICE = np.dtype([*zip(Notice._fields, _NUMBERS, strict=True)], align=True)
"""Findings, as ``_core.framing`` has them."""

EXCESS = np.dtype(
    [("count", np.int64), ("octets", np.int64), ("link", np.int32), ("side", np.int32), ("finding", np.int32)],
    align=True,
)
"""Kinds of finding that were found more often than they were told, as ``_core.connections`` has them."""

_KINDS = (LOST, CUT, FRAMING, FRAMING, INCOMPLETE, LOST)  # of each finding


def problem_of(notice: Notice, connection: Connection) -> Problem:
    """Say what was found.

    >>> from smppkit.journal.pcap.links import Connection
    >>> one = Connection(0, 0, (), ())
    >>> problem_of(Notice(0, 40, 12, 0, 0, 0, 1, 0), one).detail
    '12 octets are missing from the capture after octet 40, from message centre to ESME'
    """
    way = _WAYS[directions(connection)[notice.side]]
    return Problem(notice.time, notice.link, _KINDS[notice.finding], f"{_SENTENCES[notice.finding](notice)}, {way}")


def summary_of(connection: Connection, side: int, finding: int, count: int, octets: int, kept: int) -> Problem:
    """Count what was found more often than the ``kept`` times that have a sentence of their own.

    >>> from smppkit.journal.pcap.links import Connection
    >>> summary_of(Connection(0, 0, (), ()), 0, 0, 9, 9, 8).detail
    '1 more of this kind, from ESME to message centre: 9 octets in all'
    """
    way = _WAYS[directions(connection)[side]]
    detail = f"{count - kept:,} more of this kind, {way}: {octets:,} octets in all"
    return Problem(connection.first_time, connection.link, _KINDS[finding], detail)


def too_many(connection: Connection) -> Problem:
    """Say that a link has more binds and unbinds than are told as events.

    >>> from smppkit.journal.pcap.links import Connection
    >>> too_many(Connection(0, 0, (), (), untold=2)).detail
    '2 binds, unbinds and answers to them, beyond the first 1,000 of each direction, are no events'
    """
    detail = f"{connection.untold:,} binds, unbinds and answers to them, beyond the first 1,000 of each direction, "
    return Problem(connection.first_time, connection.link, LIMIT, f"{detail}are no events")


def _within(notice: Notice) -> str:
    if not notice.value:
        return ""
    name = commands.name_of(notice.command_id) if notice.command_id else "PDU"
    return f" inside a {name} of {notice.value:,} octets"


def _lost(notice: Notice) -> str:
    return f"{_octets(notice.octets)} missing from the capture after octet {notice.position:,}{_within(notice)}"


def _cut(notice: Notice) -> str:
    return f"{_octets(notice.octets)} cut off by the snap length after octet {notice.position:,}{_within(notice)}"


def _framing(notice: Notice) -> str:
    octets = notice.value.to_bytes(4, "big")
    protocol = protocol_of([octets], 0) if octets.strip(b"\0") else ""
    hint = f" (it looks like {protocol})" if protocol else ""
    return f"command_length {notice.value:,} at octet {notice.position:,} cannot be{hint}: looked for the next header"


def _skipped(notice: Notice) -> str:
    return f"{_octets(notice.octets)} skipped before a PDU began at octet {notice.position:,}"


def _incomplete(notice: Notice) -> str:
    if not notice.value:
        return f"the stream ends {_octets(notice.octets, verb='')} into a PDU"
    name = commands.name_of(notice.command_id)
    return f"the stream ends {_octets(notice.octets, verb='')} into a {name} of {notice.value:,} octets"


def _jumped(notice: Notice) -> str:
    return f"the sequence numbers jump at octet {notice.position:,}: an unknown number of octets is missing"


def _octets(count: int, verb: str | None = None) -> str:
    one = count == 1
    verb = (" is" if one else " are") if verb is None else verb
    return f"{count:,} octet{'' if one else 's'}{verb}"


_SENTENCES = (_lost, _cut, _framing, _skipped, _incomplete, _jumped)
