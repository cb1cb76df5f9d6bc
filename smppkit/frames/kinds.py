"""What our own columns hold, by name: how they come back from a file that has nothing but text."""

from collections.abc import Mapping
from types import MappingProxyType

from .._core.alphabet import ALPHABETS
from .._core.decoding import HEADER_NAMES
from ..fold.dialects import MATCHED_BY
from ..spec import commands, kinds, receipts, tlvs

TIME = "time"
INT = "int"
SURE_INT = "sure int"
FLOAT = "float"
BOOL = "bool"
TEXT = "text"
OCTETS = "octets"
LIST = "list"
NAME = "name"

DIRECTIONS = ("esme_to_mc", "mc_to_esme")
COMMANDS = tuple(row.name for row in commands.ROWS)
ENCODINGS = ALPHABETS
OUTCOMES = ("queued", "sent", "accepted", "refused", "unanswered", "not_sent")

# The categories of our enumerations.
NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "direction": DIRECTIONS,
        "command": COMMANDS,
        "encoding": ENCODINGS,
        "outcome": OUTCOMES,
        "state": receipts.STATES,
        "message_state": receipts.STATES,  # in receipts; in pdus a plain integer
        "matched_by": tuple(name for name in MATCHED_BY if name),
    }
)

_BY_FIELD_KIND = {
    kinds.U8: INT,
    kinds.CSTRING: TEXT,
    kinds.TIME: TEXT,
    kinds.OCTETS: OCTETS,
    kinds.DESTINATIONS: LIST,
    kinds.FAILURES: LIST,
}
_BY_TLV_KIND = {"int": INT, "cstring": TEXT, "octets": OCTETS}
_TIMES = ("time", "time_queued", "time_sent", "time_resp", "time_final", "receipt_submit_date", "receipt_done_date")
_INTS = (
    *HEADER_NAMES,
    *("msg_id", "parts", "part", "parts_seen", "attempt", "attempts", "receipt_sub", "receipt_dlvrd", "receipt_state"),
    *("receipt_kind", "concat_width", "concat_reference", "concat_total", "concat_number", "body_present"),
)

SURE = frozenset(("msg_id", "parts", "part", "parts_seen", "attempt", "attempts"))
"""Whole numbers that no row lacks, but in the table of receipts."""


def _kinds() -> dict[str, str]:
    """Later rows overrule earlier ones: message_state is a field, a TLV and an enumeration."""
    found = {row.name: _BY_TLV_KIND[row.kind] for row in tlvs.ROWS}
    found |= {field.name: _BY_FIELD_KIND[field.kind] for row in commands.ROWS for field in row.fields}
    found |= dict.fromkeys(_TIMES, TIME) | dict.fromkeys(_INTS, INT)
    found |= dict.fromkeys(("response_time", "delivery_time"), FLOAT)
    found |= dict.fromkeys(("final", "possible_duplicate", "late", "complete"), BOOL)
    found |= dict.fromkeys(("raw", "udh"), OCTETS)
    return found | dict.fromkeys(NAMES, NAME)


KINDS: Mapping[str, str] = MappingProxyType(_kinds())
"""Kind of every column of ours that is not text."""


def kind_of(name: str) -> str:
    """Return the kind of a column by its name; text where it is none of ours.

    >>> kind_of("time_sent"), kind_of("message_id"), kind_of("esm_class"), kind_of("MsgId")
    ('time', 'text', 'int', 'text')
    """
    return KINDS.get(name, TEXT)
