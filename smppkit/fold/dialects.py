"""How a message centre writes the ids of its receipts: named transforms, and which of them an account uses.

The three families of transforms (text, hexadecimal to decimal, decimal to hexadecimal) exclude each other. A receipt
that has a candidate speaks for the families of its candidates and against the others. A family is learned when at most
a tenth as many receipts speak against it as for it, and ``LEAST_EVIDENCE`` or more against each of the others; more
contradiction and it is given up. Within text each transform allows what the stricter ones allow, so an account has the
strictest that explains all its receipts. Ids that differ in case alone are told apart where the case is seen to be
kept: ``LEAST_EVIDENCE`` receipts or more that are exact have small letters, as many have capitals, and few need a
change of case. A single digit is the same in either radix and says nothing.

The clock of a centre is wrong when its submit dates are, in the same proportion, at least that many times far from when
the only message that a receipt may mean was sent.
"""

from typing import NamedTuple

import numpy as np

from .._core.idforms import relate
from .table import Flags, Ints

ORPHAN = 0
EXACT, CASE, PADDING, DASHES, HEX_TO_DECIMAL, DECIMAL_TO_HEX = range(1, 7)
REFERENCE = 7
AMBIGUOUS = 8
MATCHED_BY = (
    "",
    "exact",
    "case",
    "padding",
    "dashes",
    "hex_to_decimal",
    "decimal_to_hex",
    "user_message_reference",
    "ambiguous",
)
"""How a receipt was matched; "" is an orphan, "ambiguous" one that several messages, or none for sure, could mean."""

EITHER_RADIX = 8  # added to a relation by the core
CROWDED = 16  # in place of a relation: too many messages share the id
SMALL, CAPITALS = 32, 64  # added to an exact relation: the letters of the id
RELATION = 7  # the bits of the relation itself
LEAST_EVIDENCE = 5
FOR_EACH_AGAINST = 10

# The family of each relation: 1 text, 2 and 3 the two ways between the radices.
FAMILY = np.array([0, 1, 1, 1, 1, 2, 3], np.int8)


class Dialect(NamedTuple):
    """What the receipts of one account say of its ids.

    ``name`` is the transform they speak for most ("" when there are none); ``learned`` says that its family is trusted
    to choose between messages and that no other is believed. ``supporting`` counts the ids of receipts that it
    explains, ``against`` those that only others explain, single digits left out; ``counts`` has all ids that leave no
    choice by the strictest transform that explains each. However often a receipt is repeated, its id counts once.

    >>> Dialect("demo", "hex_to_decimal", True, 40, 0, {"hex_to_decimal": 40}).learned
    True
    """

    account: str
    name: str
    learned: bool
    supporting: int
    against: int
    counts: dict[str, int]


def transform(message_id: str, receipt_id: str) -> str | None:
    """Return the strictest transform that makes the id of a response the id of a receipt, ``None`` when none does.

    Both are reduced first, so padding, case and separators may change together with the radix.

    >>> transform("4d", "0000000077"), transform("ab-12", "AB12"), transform("0007", "7"), transform("7", "8")
    ('hex_to_decimal', 'dashes', 'padding', None)
    """
    code = relate(message_id.encode(), receipt_id.encode()) & RELATION
    return MATCHED_BY[code] if code else None


def keeps_case(small: Ints, capitals: Ints, exact: Ints, changed: Ints) -> Flags:
    """Tell which accounts keep the case of their ids, by counts of receipts of each account.

    ``small`` and ``capitals`` count those that are exact and have such letters, ``exact`` all exact ones, ``changed``
    those that no exact id explains, but one of another case.

    >>> keeps_case(*(np.array(counts) for counts in ([90, 0], [80, 90], [100, 90], [1, 0]))).tolist()
    [True, False]
    """
    kept: Flags = (np.minimum(small, capitals) >= LEAST_EVIDENCE) & (changed * FOR_EACH_AGAINST <= exact)
    return kept


def is_clock_wrong(near: Ints, far: Ints) -> Flags:
    """Tell whose submit dates are of no use, by counts of messages: dates near to when one was sent, and far from it.

    >>> is_clock_wrong(np.array([0, 40, 4, 0]), np.array([40, 0, 40, 4])).tolist()
    [True, False, True, False]
    """
    wrong: Flags = (far >= LEAST_EVIDENCE) & (near * FOR_EACH_AGAINST <= far)
    return wrong


def learn(account: str, explained: Ints, total: int, level: int, sole: Ints) -> tuple[Dialect, int]:
    """Weigh the evidence of one account; returns the family that is learned too, 0 for none.

    ``explained`` has the receipts that each family explains (places 1 to 3), ``total`` is how many any of them does,
    ``level`` the strictest relation of text that explains all that text explains; ``sole`` the receipts that leave no
    choice, by relation.

    >>> dialect, family = learn("demo", np.array([0, 100, 3, 0]), 101, 2, np.array([0, 3, 97, 1, 0, 0, 0]))
    >>> dialect.name, dialect.learned, dialect.supporting, dialect.against, family
    ('case', True, 100, 1, 1)
    """
    family = int(explained.argmax()) if total else 0
    supporting = int(explained[family]) if family else 0
    others = [total - int(explained[other]) for other in (1, 2, 3) if other != family]
    against = total - supporting
    sure = family > 0 and against * FOR_EACH_AGAINST <= supporting and min(others) >= LEAST_EVIDENCE
    name = (int(sole.argmax()) if sole.any() else 0, level, HEX_TO_DECIMAL, DECIMAL_TO_HEX)[family]
    counts = {MATCHED_BY[code]: int(sole[code]) for code in range(EXACT, DECIMAL_TO_HEX + 1) if sole[code]}
    dialect = Dialect(account, MATCHED_BY[name], sure, supporting, against, counts)
    return dialect, family if sure else 0
