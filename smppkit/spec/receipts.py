"""The words that receipt texts use for the state of a message, one row each, and which states are final.

SMPP 3.4, section 5.2.28 (message_state) and appendix B (receipt text), which calls the text vendor specific: the words
beyond its seven are those seen in the field. A word nobody here knows means UNKNOWN and keeps its letters.
"""

from typing import NamedTuple

from . import values


class StatWord(NamedTuple):
    """One word of the field stat: upper case, single blanks, and the message_state it stands for.

    >>> StatWord("DELIVRD", 2).state
    2
    """

    word: str
    state: int


_SCHEDULED, _ENROUTE, _DELIVERED, _EXPIRED, _DELETED = range(5)  # numbers of message_state
_UNDELIVERABLE, _ACCEPTED, _UNKNOWN, _REJECTED, _SKIPPED = range(5, 10)

ROWS: tuple[StatWord, ...] = (
    StatWord("SCHEDULED", _SCHEDULED),
    StatWord("ENROUTE", _ENROUTE),
    StatWord("BUFFRED", _ENROUTE),
    StatWord("BUFFERD", _ENROUTE),
    StatWord("BUFFERED", _ENROUTE),
    StatWord("DELIVRD", _DELIVERED),
    StatWord("DELIVERED", _DELIVERED),
    StatWord("DELIVRED", _DELIVERED),
    StatWord("DELIVERD", _DELIVERED),
    StatWord("EXPIRED", _EXPIRED),
    StatWord("DELETED", _DELETED),
    StatWord("UNDELIV", _UNDELIVERABLE),
    StatWord("UNDELIVERABLE", _UNDELIVERABLE),
    StatWord("UNDELIVERED", _UNDELIVERABLE),
    StatWord("FAILED", _UNDELIVERABLE),
    StatWord("ACCEPTD", _ACCEPTED),
    StatWord("ACCEPTED", _ACCEPTED),
    StatWord("ACKED", _ACCEPTED),
    StatWord("UNKNOWN", _UNKNOWN),
    StatWord("DELIVERY UNKNOWN", _UNKNOWN),
    StatWord("REJECTD", _REJECTED),
    StatWord("REJECTED", _REJECTED),
    StatWord("NACK", _REJECTED),
    StatWord("SKIPPED", _SKIPPED),
)

STATES: tuple[str, ...] = tuple(row.name for row in values.ROWS if row.values == "message_state")
"""Names of message_state by its number, 0 to 9."""

# The standard lists ACCEPTED as final too; many centres send a later receipt after it, so the record stays open.
FINAL: frozenset[str] = frozenset(STATES) - {"SCHEDULED", "ENROUTE", "ACCEPTED"}
"""States after which no other is expected."""

BY_WORD: dict[str, StatWord] = {row.word: row for row in ROWS}
