"""Which account each link belongs to: all links to one endpoint of a message centre bound with the same system_id.

Receipts of an account come on any of its links, so ids and receipts are matched by account. A link whose bind is not in
the log belongs to the only account that its host has at that message centre, or else to one of its own without a name.
"""

from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from ..journal.log import Link
from .table import Ints


class _Bind(NamedTuple):
    record: int
    system_id: str
    refused: bool


_RECORD = attrgetter("record")


def host(endpoint: str) -> str:
    """Return the address of an endpoint without its port.

    >>> host("[::1]:2775"), host("10.0.0.1:2775"), host("")
    ('[::1]', '10.0.0.1', '')
    """
    return endpoint.rpartition(":")[0]


class Accounts:
    """The binds of every link, in the order of the log; ``links`` are those of the log, ``changes`` counts binds.

    >>> accounts = Accounts()
    >>> accounts.bind(0, 12, "demo")
    >>> accounts.system_id(0, 11), accounts.system_id(0, 13)
    ('', 'demo')
    """

    def __init__(self) -> None:
        """Begin with no bind."""
        self.links: Sequence[Link] = ()
        self.changes = 0
        self._binds: dict[int, list[_Bind]] = {}

    def bind(self, link: int, record: int, system_id: str) -> None:
        """Note a bind request.

        >>> Accounts().bind(0, 0, "demo")
        """
        self.changes += 1
        self._binds.setdefault(link, []).append(_Bind(record, system_id, False))

    def refuse(self, link: int, record: int) -> None:
        """Note that the bind request in ``record`` was refused.

        >>> Accounts().refuse(0, 0)
        """
        self.changes += 1
        binds = self._binds.get(link, [])
        place = bisect_left(binds, record, key=_RECORD)  # not one by one: a peer may refuse each of many
        if place < len(binds) and binds[place].record == record:
            binds[place] = binds[place]._replace(refused=True)

    def system_id(self, link: int, record: int) -> str:
        """Return the system_id of the last bind request on ``link`` before ``record``, "" when there is none.

        >>> Accounts().system_id(0, 0)
        ''
        """
        binds = self._binds.get(link, [])
        before = bisect_left(binds, record, key=_RECORD)
        return binds[before - 1].system_id if before else ""

    def key(self, link: int, record: int) -> tuple[str, str]:
        """Return what the parts of one message have in common: message centre, and system_id as of ``record``.

        >>> Accounts().key(-1, 0)
        ('', '')
        """
        return self.links[link].mc if 0 <= link < len(self.links) else "", self.system_id(link, record)

    def of_links(self) -> tuple[Ints, list[str]]:
        """Return the account of each link, of no link (-1) at the end, and the names of the accounts.

        >>> accounts = Accounts()
        >>> accounts.links = [Link("a", "10.0.0.1:40000", "10.0.0.2:2775")] * 2
        >>> accounts.bind(1, 0, "demo")
        >>> accounts.of_links()
        (array([0, 0, 1]), ['demo@10.0.0.2:2775', ''])
        """
        links = self.links
        bound = {index: (link.mc, self._bound_as(index)) for index, link in enumerate(links) if self._binds.get(index)}
        known: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for index, account in bound.items():
            known.setdefault((host(links[index].esme), links[index].mc), set()).add(account)
        names: dict[tuple[str, str], int] = {}
        codes = []
        for index, link in enumerate(links):
            others = known.get((host(link.esme), link.mc), set())
            only = next(iter(others)) if len(others) == 1 else (link.mc, "")
            codes.append(names.setdefault(bound.get(index, only), len(names)))
        codes.append(names.setdefault(("", ""), len(names)))
        return np.array(codes, np.int64), [f"{system_id}@{mc}" if system_id else mc for mc, system_id in names]

    def _bound_as(self, link: int) -> str:
        binds = self._binds[link]
        return next((bind.system_id for bind in reversed(binds) if not bind.refused), binds[-1].system_id)
