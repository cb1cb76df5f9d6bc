"""The join of ids and receipts once more, in plain Python: which are one id, which addresses are one, who meets whom.

It shares no code with the core: forms are strings, tables are dicts.
"""

from collections import defaultdict
from itertools import product
from typing import NamedTuple

EXACT, CASE, PADDING, DASHES, HEX_TO_DECIMAL, DECIMAL_TO_HEX = range(1, 7)
EITHER_RADIX, CROWDED, SMALL, CAPITALS = 8, 16, 32, 64
CROWD = 16
LONGEST_ID, LONGEST_NUMBER, LONGEST_ADDRESS = 128, 64, 64
SEPARATORS = b"-_./: {}"
TAIL, COUNTRY = 7, 3

Pair = tuple[int, int, int]
Filed = tuple[int, bool]


class Item(NamedTuple):
    """An id of a response or, ``is_receipt``, of a receipt, and the address that goes with it."""

    is_receipt: bool
    id: bytes
    address: bytes


def forms(octets: bytes, separators: bool = False) -> tuple[bytes, bytes]:
    """Return what identifies an id, and if that is a decimal number the same in hexadecimal; empty where there is none.

    ``separators`` keeps those inside.
    """
    inner = octets.strip(SEPARATORS)
    if not inner or len(inner) > LONGEST_ID:
        return b"", b""
    if len(inner) > 2 and inner[:2].lower() == b"0x":
        inner = inner[2:]
    text = (inner[:-1].lstrip(b"0" if separators else b"0" + SEPARATORS) + inner[-1:]).lower()
    if not separators:
        text = bytes(octet for octet in text if octet not in SEPARATORS)
    is_decimal = text.isdigit() and 1 < len(text) <= LONGEST_NUMBER
    return text, b"%x" % int(text) if is_decimal else b""


def relation(one: bytes, other: bytes) -> int:
    """Return the strictest way in which the id of a response and that of a receipt are one id."""
    (text, number), (other_text, other_number) = forms(one), forms(other)
    neutral = EITHER_RADIX * (len(text) == 1 and text.isdigit())
    if not text or not other_text:
        return 0
    if one == other:
        return EXACT | neutral
    if one.lower() == other.lower():
        return CASE
    if text == other_text:
        return (PADDING if forms(one, True)[0] == forms(other, True)[0] else DASHES) | neutral
    if text == other_number:
        return HEX_TO_DECIMAL
    return DECIMAL_TO_HEX if number == other_text else 0


def bare(address: bytes) -> tuple[bytes, bool]:
    """Return what identifies an address, and whether it is a number."""
    is_number = all(octet in b"0123456789+()" + SEPARATORS for octet in address)
    kept = bytes(octet for octet in address if octet in b"0123456789").lstrip(b"0") if is_number else address.lower()
    return kept[:LONGEST_ADDRESS], is_number


def tail(address: bytes) -> bytes:
    kept, is_number = bare(address)
    return kept[-TAIL:] if is_number else kept


def same_address(one: bytes, other: bytes) -> bool:
    """Whether two addresses are one; of two numbers one may have a country code."""
    (kept, is_number), (other_kept, is_other_number) = bare(one), bare(other)
    if len(kept) == len(other_kept):
        return kept == other_kept != b""
    short, long = sorted((kept, other_kept), key=len)
    are_numbers = is_number and is_other_number and len(short) >= TAIL
    return are_numbers and len(long) - len(short) <= COUNTRY and long.endswith(short)


def pair_of(id: Item, receipt: Item) -> int:
    """Return what the join tells of two items that are one id, 0 of others."""
    code = relation(id.id, receipt.id) if same_address(id.address, receipt.address) else 0
    if code != EXACT:
        return code
    has_small, has_capitals = id.id != id.id.upper(), id.id != id.id.lower()
    return EXACT | SMALL * has_small | CAPITALS * has_capitals


def every_pair(items: list[Item]) -> list[Pair]:
    """Compare each id with each receipt: what the join finds where no crowd shares an id."""
    ids, receipts = ([item for item in items if item.is_receipt == side] for side in (False, True))
    met = ((i, r, pair_of(id, receipt)) for (i, id), (r, receipt) in product(enumerate(ids), enumerate(receipts)))
    return sorted(pair for pair in met if pair[2])


def joined(items: list[Item]) -> list[Pair]:
    """Return the pairs of items added one after the other.

    An id is filed under its text and, if it is a decimal number, under that in hexadecimal, each with the end of the
    address; what is filed under one key meets. No more than ``CROWD`` ids do so in either way: whoever shares a key
    with more is told so, and meets none under it.
    """
    tables: tuple[defaultdict[tuple[bytes, bytes], list[Filed]], ...] = (defaultdict(list), defaultdict(list))
    sides: tuple[list[Item], list[Item]] = ([], [])
    found: list[Pair] = []

    def shared(key: tuple[bytes, bytes], by_number: bool) -> int:
        return sum(how == by_number for _, how in tables[0][key])

    def meet(id: Filed, receipt: Filed) -> None:
        code = pair_of(sides[0][id[0]], sides[1][receipt[0]])
        if code and id[1] == (code == DECIMAL_TO_HEX) and receipt[1] == (code == HEX_TO_DECIMAL):
            found.append((id[0], receipt[0], code))

    for item in items:
        number = len(sides[item.is_receipt])
        sides[item.is_receipt].append(item)
        keys = [(form, tail(item.address)) for form in forms(item.id)]
        for by_number, key in enumerate(keys):
            if not all(key) or not keys[0][0]:
                continue
            filed = number, bool(by_number)
            if item.is_receipt:
                tables[1][key].append(filed)
                if shared(key, False) > CROWD or (not by_number and shared(key, True) > CROWD):
                    found.append((-1, number, CROWDED))
                else:
                    [meet(id, filed) for id in tables[0][key]]
                continue
            count = shared(key, bool(by_number))
            if count > CROWD:
                continue
            tables[0][key].append(filed)
            if count == CROWD:
                told = [receipt for receipt, how in tables[1][key] if not (by_number and how)]
                found += [(-1, receipt, CROWDED) for receipt in told]
            else:
                [meet(filed, receipt) for receipt in tables[1][key]]
    return sorted(found)
