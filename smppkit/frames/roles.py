"""Which column of somebody's table means what: named by the user, or recognised by the names that exports use."""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import pandas as pd

from ..errors import TableError

_SAMPLE = 10_000  # rows looked at to tell which column has the numbers that messages went to
_ENDING = 7  # digits in which two spellings of one number agree


class Role(NamedTuple):
    """What a column may mean: its name, in words, and the names it goes by elsewhere, small and without separators.

    ``like`` is the role of the other table that means the same: a name given for that one counts here too.

    >>> Role("message_id", "the id the message centre gave", ("msgid",)).name
    'message_id'
    """

    name: str
    meaning: str
    names: tuple[str, ...]
    needed: bool = True
    like: str = ""


def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_IDS = _words("messageid msgid smscid smscmessageid smppid smppmessageid providerid providermessageid")
_NUMBERS = _words(
    "destination destinationaddr destinationaddress destaddr dest destinationnumber to tonumber recipient receiver "
    "msisdn phone phonenumber number mobile da"
)
_SENT = _words("timesent senttime sentat sent submittime submitted submittedat submitdate time timestamp datetime date")
_CAME = _words("time receipttime receivedat received dlrtime receiptdonedate donedate donetime timestamp datetime date")
MESSAGE_ROLES = (
    Role("message_id", "the id in the response to a message", (*_IDS, "id")),
    Role("destination", "the number a message went to", _NUMBERS),
    Role("time_sent", "when a message was sent", _SENT, needed=False),
)
RECEIPT_ROLES = (
    Role("receipt_id", "the id in a receipt", ("receiptedmessageid", *_IDS, "dlrid", "id"), like="message_id"),
    Role(
        "source", "the number a receipt is about", ("sourceaddr", *_NUMBERS, "from", "fromnumber"), like="destination"
    ),
    Role("time", "when a receipt came", _CAME, needed=False),
    Role("receipt_submit_date", "the submit date in a receipt", ("submitdate",), needed=False),
)
ROLES: Mapping[str, Role] = MappingProxyType({role.name: role for role in (*MESSAGE_ROLES, *RECEIPT_ROLES)})


def roles_of(
    table: pd.DataFrame,
    what: str,
    roles: Sequence[Role],
    mapped: Mapping[str, str],
    numbers: "pd.Series[Any] | None" = None,
) -> dict[str, str]:
    """Return the column of ``table`` for each role that has one; ``mapped`` goes before recognised names.

    ``numbers`` are those that messages went to: of several columns that might hold the number a receipt is about, the
    one with most of them does. Raises TableError for a needed role without a column, and for a column that is there
    more than once.

    >>> roles_of(pd.DataFrame(columns=["MsgId", "MSISDN"]), "messages", MESSAGE_ROLES, {})
    {'message_id': 'MsgId', 'destination': 'MSISDN'}
    """
    found: dict[str, str] = {}
    for role in roles:
        named = mapped.get(role.name, mapped.get(role.like))
        if named is not None and named in table.columns:
            found[role.name] = _single(table, what, named)
            continue
        candidates = _candidates(table, role, found.values())
        if role.name == "source" and numbers is not None:
            candidates.sort(key=lambda name: -_shared(table[_single(table, what, name)], numbers))
        if candidates:
            found[role.name] = _single(table, what, candidates[0])
        elif role.needed:
            raise TableError(_lack(table, what, role, mapped))
    return found


def _candidates(table: pd.DataFrame, role: Role, taken: Collection[str]) -> list[str]:
    plain = {name: re.sub("[^a-z0-9]", "", str(name).lower()) for name in table.columns if name not in taken}
    known = (role.name.replace("_", ""), *role.names)
    return [name for wanted in dict.fromkeys(known) for name, small in plain.items() if small == wanted]


def _single(table: pd.DataFrame, what: str, name: str) -> str:
    count = int((table.columns == name).sum())
    if count > 1:
        raise TableError(f"match: the column {name!r} is there {count} times in the table of {what}; keep one of them")
    return name


def _shared(column: "pd.Series[Any]", numbers: "pd.Series[Any]") -> int:
    """How many of the numbers in ``column`` are among ``numbers``, by their endings."""
    endings = {str(number)[-_ENDING:] for number in numbers.head(_SAMPLE)}
    return sum(str(number)[-_ENDING:] in endings for number in column.head(_SAMPLE))


def _lack(table: pd.DataFrame, what: str, role: Role, mapped: Mapping[str, str]) -> str:
    there = ", ".join(str(name) for name in table.columns) or "none"
    named = f"{mapped[role.name]!r}" if role.name in mapped else f"for {role.name} ({role.meaning})"
    return f"the table of {what} has no column {named}; it has: {there}. Name it: columns={{{role.name!r}: {'...'!r}}}"


def check_mapping(mapped: Mapping[str, str]) -> None:
    """Raise TableError for a key that is no role.

    >>> check_mapping({"message_id": "MsgId"})
    """
    for name in mapped:
        if name not in ROLES:
            raise TableError(f"columns= has no {name!r}: it names {', '.join(ROLES)}")
