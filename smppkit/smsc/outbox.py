"""What waits to be delivered to an account: receipts and inbound messages, spread over its sessions able to receive.

Deliveries wait, in order and bounded, until a receiver is bound and its window has room. One that is refused for the
moment is tried again a second later, one whose session ends at once; after three tries it is dropped and counted.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from .receipts import receipt
from .store import Message

TRIES = 3
PAUSE = 1.0  # seconds before the next try
_AGAIN = frozenset({0x08, 0x14, 0x58, 0x64, 0xFE})  # RSYSERR, RMSGQFUL, RTHROTTLED, RX_T_APPN, RDELIVERYFAILURE


class Delivery(NamedTuple):
    """One deliver_sm to come: ready ``octets``, or a receipt about a message; ``tries`` is how many were made.

    >>> Delivery(None, 0, 0, bytes(16)).encode("3.4") == bytes(16)
    True
    """

    message: Message | None
    state: int
    date: int
    octets: bytes = b""
    tries: int = 0

    def encode(self, version: str) -> bytes:
        """Return the deliver_sm for a peer of that version, numbered 0."""
        return self.octets if self.message is None else receipt(self.message, self.state, self.date, version)


class Receiver(Protocol):
    """A session able to receive."""

    def room(self) -> int:
        """Return how many deliveries it takes now."""

    def deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Send them; at most ``room`` are given."""


class Outbox:
    """The deliveries of one account, at most ``most`` of them; beyond that the oldest are dropped.

    >>> outbox = Outbox(2)
    >>> for number in range(3):
    ...     outbox.put(Delivery(None, 0, 0, bytes(16)))
    >>> len(outbox), outbox.dropped
    (2, 1)
    """

    def __init__(self, most: int) -> None:
        """Begin empty, without receivers."""
        self.most = most
        self.delivered = 0
        self.refused = 0
        self.dropped = 0
        self.receivers: list[Receiver] = []
        self._waiting: deque[Delivery] = deque()
        self._later: deque[tuple[float, Delivery]] = deque()
        self._turn = 0

    def __len__(self) -> int:
        """Return how many deliveries wait to be sent."""
        return len(self._waiting) + len(self._later)

    @property
    def full(self) -> bool:
        """Whether another delivery would push one out."""
        return len(self) >= self.most

    def put(self, delivery: Delivery) -> None:
        """Add a delivery at the end."""
        if self.full:
            self.dropped += 1
            (self._waiting or self._later).popleft()
        self._waiting.append(delivery)

    def deadline(self) -> float | None:
        """Return when the next try is due, None for never."""
        return self._later[0][0] if self._later else None

    def send(self, now: float) -> None:
        """Hand out what can be sent now, each to the next receiver in turn that has room."""
        while self._later and self._later[0][0] <= now:
            self._waiting.appendleft(self._later.popleft()[1])
        waiting = self._waiting
        if not waiting or not self.receivers:
            return
        rooms = [min(receiver.room(), len(waiting)) for receiver in self.receivers]
        lots = self._deal(rooms) if len(rooms) > 1 else [[waiting.popleft() for _ in range(rooms[0])]]
        for receiver, lot in zip(tuple(self.receivers), lots, strict=True):
            if lot:
                receiver.deliver(lot)

    def answered(self, delivery: Delivery, command_status: int, now: float) -> None:
        """Take the response to a delivery."""
        if command_status == 0:
            self.delivered += 1
        elif command_status not in _AGAIN:
            self.refused += 1
        elif delivery.tries + 1 >= TRIES:
            self.dropped += 1
        else:
            self._later.append((now + PAUSE, delivery._replace(tries=delivery.tries + 1)))

    def unanswered(self, deliveries: Sequence[Delivery]) -> None:
        """Take that deliveries got no response."""
        kept = [delivery._replace(tries=delivery.tries + 1) for delivery in deliveries if delivery.tries + 1 < TRIES]
        self.dropped += len(deliveries) - len(kept)
        self.put_back(kept)

    def put_back(self, deliveries: Sequence[Delivery]) -> None:
        """Put deliveries before everything else."""
        self._waiting.extendleft(reversed(deliveries))

    def _deal(self, rooms: list[int]) -> list[list[Delivery]]:
        lots: list[list[Delivery]] = [[] for _ in rooms]
        left = min(sum(rooms), len(self._waiting))
        while left:
            turn = self._turn = (self._turn + 1) % len(rooms)
            if len(lots[turn]) < rooms[turn]:
                lots[turn].append(self._waiting.popleft())
                left -= 1
        return lots
