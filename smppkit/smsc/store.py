"""The messages that the centre accepted, in memory and bounded: the oldest that are final give way to new ones."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .._core.entries import SmeAddress
from ..codec import Pdu
from ..spec.receipts import FINAL, STATES
from .chances import Chances, Identities, Series
from .settings import Settings

SCHEDULED, ENROUTE, DELIVERED, EXPIRED, DELETED, UNDELIVERABLE, ACCEPTED, UNKNOWN, REJECTED, SKIPPED = range(10)
"""Numbers of message_state (SMPP 3.4, section 5.2.28; SMPP 5.0, section 4.7.15)."""


@dataclass(slots=True, eq=False)
class Caller:
    """The session that a request came on: its account, how its link is called, its version, its series of chance.

    ``respond`` takes an answer that comes later; ``waiting`` counts the requests that wait for one.

    >>> from smppkit.smsc.settings import Settings
    >>> Caller.of("demo", Settings()).account
    'demo'
    """

    account: str
    link: str
    version: str
    ids: Series
    chances: Chances
    respond: Callable[[Pdu], None]
    waiting: int = 0

    @staticmethod
    def of(account: str, settings: Settings) -> "Caller":
        """Return one that no link has, of the version the centre speaks."""
        ids = Identities(settings).series()
        return Caller(account, "", settings.version, ids, Chances(settings, ids.number), lambda pdu: None)


_IS_FINAL = tuple(name in FINAL for name in STATES)


class Message:
    """One message to one destination: the request that brought it, what became of it and what is to become of it.

    ``time`` and ``time_final`` are nanoseconds since 1970, the latter 0 before the end; ``due``, ``ends`` and
    ``expires`` are seconds of the centre's clock: when something happens next, when the fate comes, when the validity
    is over.
    ``entry`` is the address within a submit_multi and ``twin`` the next destination of the same; ``waiting`` is the
    number of the request where, in transaction mode, the outcome is its answer.
    """

    __slots__ = (
        "caller",
        "destination",
        "due",
        "ends",
        "entry",
        "expires",
        "fate",
        "id",
        "midway",
        "pdu",
        "registered",
        "serial",
        "state",
        "time",
        "time_final",
        "twin",
        "waiting",
    )

    def __init__(self, pdu: Any, message_id: str, destination: str, caller: Caller, time: int) -> None:
        """Begin as accepted, on its way."""
        self.pdu = pdu
        self.id = message_id
        self.destination = destination
        self.caller = caller
        self.time = time
        self.time_final = 0
        self.serial = 0
        self.state = ENROUTE
        self.fate = DELIVERED
        self.registered: int = pdu.registered_delivery
        self.due: float | None = None
        self.ends: float | None = None
        self.expires: float | None = None
        self.midway = False  # an intermediate notification is still to come
        self.entry: SmeAddress | None = None
        self.twin: Message | None = None
        self.waiting: int | None = None

    @property
    def source(self) -> str:
        """The sender."""
        return self.pdu.source_addr  # type: ignore[no-any-return]

    @property
    def final(self) -> bool:
        """Whether nothing more happens to it."""
        return _IS_FINAL[self.state]

    def twins(self) -> Iterator["Message"]:
        """Yield it and the other destinations of its submit_multi."""
        message: Message | None = self
        while message is not None:
            yield message
            message = message.twin


class Store:
    """At most ``most`` messages; ``pending`` of them are not final yet. A full store takes no more until some are.

    >>> store = Store(2)
    >>> len(store), store.full, store.find("1", "demo")
    (0, False, None)
    """

    def __init__(self, most: int) -> None:
        """Begin empty."""
        self.most = most
        self.pending = 0
        self.accepted = 0
        self.ended = [0] * len(STATES)
        self._rows: dict[int, Message] = {}
        self._index: dict[str, Message] = {}
        self._finals: deque[Message] = deque()  # in the order in which they ended

    def __len__(self) -> int:
        """Return how many messages are kept."""
        return len(self._rows)

    @property
    def full(self) -> bool:
        """Whether every message kept is still pending."""
        return self.pending >= self.most

    def add(self, message: Message) -> None:
        """Keep a message; when there are too many, the one that ended first goes."""
        if len(self._rows) >= self.most and self._finals:
            self._forget(self._finals.popleft())
        self.accepted += 1
        self.pending += 1
        message.serial = self.accepted
        self._rows[message.serial] = message
        self._index.setdefault(message.id, message)

    def find(self, message_id: str, account: str) -> Message | None:
        """Return the first message of that id; those of other accounts are not seen."""
        message = self._index.get(message_id)
        return message if message is not None and message.caller.account == account else None

    def end(self, message: Message, state: int, time: int) -> None:
        """Note that a message reached a final state."""
        message.state = state
        message.time_final = time
        message.due = None
        self.pending -= 1
        self.ended[state] += 1
        self._finals.append(message)

    def matching(self, account: str, source: str, destination: str, service_type: str) -> list[Message]:
        """Return pending messages between two addresses, for a cancel_sm without an id (SMPP 3.4, section 4.9)."""
        return [
            message
            for message in self._rows.values()
            if not message.final
            and (message.caller.account, message.source, message.destination) == (account, source, destination)
            and (not service_type or getattr(message.pdu, "service_type", "") == service_type)
        ]

    def among(self, first: int, last: int, most: int) -> list[Message]:
        """Return the messages kept whose serials are ``first`` to ``last``, at most ``most``, oldest first."""
        begin = max(first, next(iter(self._rows), last + 1))
        found = (self._rows.get(serial) for serial in range(begin, last + 1))
        return list(islice((message for message in found if message is not None), most))

    def _forget(self, message: Message) -> None:
        del self._rows[message.serial]
        if self._index.get(message.id) is message:
            del self._index[message.id]
            if message.twin is not None:
                self._index[message.id] = message.twin
