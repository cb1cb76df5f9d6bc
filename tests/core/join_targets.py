"""The target of the join: ids and receipts of strangers, in any order and in batches of any size."""

import struct
from itertools import groupby, pairwise

import numpy as np

from smppkit._core.idforms import relate, same_destination
from smppkit._core.ids import Ids
from tests.core.unbreakable import Draws, exact
from tests.fold import ids_oracle
from tests.fold.ids_oracle import Item

ADDRESSES = (b"32471123456", b"+32 471 12 34 56", b"0471123456", b"1234567", b"321234567", b"INFO", b"info", b"")
TIMES = (1, 1, 1, 1, 1, 2, 9, 17)
"""How often an item comes: so many make a crowd."""
MOST_ITEMS = 120
COLLIDING = bytes(8) + (0x9E3779B97F4A7C15).to_bytes(8, "little")
"""A secret with which every key is the same: only the comparison octet by octet tells ids apart then."""


def ids(octets: bytes) -> None:
    """Pairs as plain Python finds them, in whatever batches the items come and whatever the secret is."""
    items, size = items_of(octets)
    found = paired(items, size, bytes(range(16)))
    assert found == ids_oracle.joined(items)
    count = sum(not item.is_receipt for item in items)
    if count <= ids_oracle.CROWD:
        assert found == ids_oracle.every_pair(items) == paired(items, size, COLLIDING)
    for one, other in pairwise(items):
        assert relate(one.id, other.id) == ids_oracle.relation(one.id, other.id)
        assert same_destination(one.address, other.address) == ids_oracle.same_address(one.address, other.address)


def items_of(octets: bytes) -> tuple[list[Item], int]:
    """Return the items, and how many of them are added at once."""
    draws = Draws(octets)
    size = 1 + draws.number(16)
    items: list[Item] = []
    while draws.at < len(octets) and len(items) < MOST_ITEMS:
        how, where = draws.number(256), draws.number(2 * len(ADDRESSES))
        name = draws.piece(140)
        address = ADDRESSES[where] if where < len(ADDRESSES) else draws.piece(64)
        items += [Item(bool(how & 1), name, address)] * TIMES[how >> 5]
    return items, size


def paired(items: list[Item], size: int, secret: bytes) -> list[ids_oracle.Pair]:
    """Return what the core finds: items of one side that come in turn are added together, so many at most."""
    table, found = Ids(secret), b""
    for at in range(0, len(items), size):
        for is_receipt, group in groupby(items[at : at + size], lambda item: item.is_receipt):
            add = table.add_receipts if is_receipt else table.add_ids
            some = list(group)
            found += add(*column([item.id for item in some]), *column([item.address for item in some]))
    return sorted(struct.iter_unpack("3i", found))


def column(pieces: list[bytes]) -> tuple[memoryview, np.ndarray]:
    return exact(b"".join(pieces)), np.cumsum([0, *map(len, pieces)], dtype=np.int64)
