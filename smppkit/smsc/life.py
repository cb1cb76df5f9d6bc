"""The life of messages: scheduled, on their way, noticed midway, ended by fate, by expiry or by somebody's hand.

One heap holds what is due. Whatever changes a message pushes it again; an entry whose time is not the message's any
more is passed over.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from math import inf

from .clock import Clock
from .store import DELIVERED, ENROUTE, EXPIRED, SCHEDULED, Message, Store

FINAL_RECEIPT = 0x03  # registered_delivery (SMPP 3.4, section 5.2.17)
INTERMEDIATE = 0x10
_FAILURES, _SUCCESSES = 2, 3
_STORED = frozenset({0, 3})  # messaging modes of esm_class that give receipts: not datagram and transaction

OnNotice = Callable[[Message, int, int], None]
"""Called with a message, the message_state a receipt tells and its date."""


class Life:
    """Moves messages through their states; ``on_notice`` is told what a receipt should be sent about.

    ``on_outcome`` is told the end of every message that somebody waits for in transaction mode.
    """

    def __init__(self, store: Store, clock: Clock, on_notice: OnNotice, on_outcome: Callable[[Message], None]) -> None:
        """Begin with nothing due."""
        self.store = store
        self.clock = clock
        self._on_notice = on_notice
        self._on_outcome = on_outcome
        self._heap: list[tuple[float, int, Message]] = []
        self._serial = count()

    def begin(self, message: Message, delay: float | None, now: float, schedule: float | None = None) -> None:
        """Start a message that was just accepted: ``schedule`` is when it may leave, ``delay`` what it takes then."""
        self.store.add(message)
        if schedule is None and delay is not None and message.expires is None and not message.registered & INTERMEDIATE:
            message.due = message.ends = due = now + delay  # nearly all of them
            heappush(self._heap, (due, next(self._serial), message))
            return
        message.midway = bool(message.registered & INTERMEDIATE)
        self.set_off(message, delay, now, schedule)

    def set_off(self, message: Message, delay: float | None, now: float, schedule: float | None) -> None:
        """Let a message leave now, or when it is scheduled."""
        later = schedule is not None and schedule > now
        leaves = schedule if schedule is not None and later else now
        message.state = SCHEDULED if later else ENROUTE
        message.ends = None if delay is None else leaves + delay
        self._push(message, leaves if later else self._next(message, now))

    def reckon(self, message: Message, now: float) -> None:
        """Take that the validity of a message changed."""
        self._push(message, message.due if message.state == SCHEDULED else self._next(message, now))

    def deadline(self) -> float | None:
        """Return when something may be due, None for never."""
        return self._heap[0][0] if self._heap else None

    def run(self, now: float) -> int:
        """Do what is due and return how many messages moved."""
        heap, moved = self._heap, 0
        date = self.clock.date(now)
        while heap and heap[0][0] <= now:
            due, _, message = heappop(heap)
            if message.due == due and not message.final:
                self._step(message, now, date)
                moved += 1
        return moved

    def end(self, message: Message, state: int, date: int) -> None:
        """End a message in a final state, by fate or by hand, and send the receipt that was asked for."""
        self.store.end(message, state, date)
        if message.waiting is not None:
            self._on_outcome(message)
            message.waiting = None
        elif wants_receipt(message, state):
            self._on_notice(message, state, date)

    def _step(self, message: Message, now: float, date: int) -> None:
        if message.expires is not None and message.expires <= now and (message.ends or inf) > message.expires:
            self.end(message, EXPIRED, date)
        elif message.state == SCHEDULED:
            message.state = ENROUTE
            self._push(message, self._next(message, now))
        elif message.midway and message.ends is not None and now < message.ends:
            message.midway = False
            if stored(message):
                self._on_notice(message, ENROUTE, date)
            self._push(message, self._next(message, now))
        else:
            self.end(message, message.fate, date)

    def _next(self, message: Message, now: float) -> float | None:
        """Return when something happens to a message that is on its way."""
        ends = message.ends
        if message.midway and ends is not None:
            ends = now + (ends - now) / 2
        if message.expires is not None:
            ends = message.expires if ends is None else min(ends, message.expires)
        return ends

    def _push(self, message: Message, due: float | None) -> None:
        if message.expires is not None and due is not None:
            due = min(due, message.expires)
        message.due = due
        if due is not None:
            heappush(self._heap, (due, next(self._serial), message))


def stored(message: Message) -> bool:
    """Whether the messaging mode of a message gives receipts at all.

    >>> from smppkit import SubmitSm
    >>> from smppkit.smsc.settings import Settings
    >>> from smppkit.smsc.store import Caller
    >>> stored(Message(SubmitSm(esm_class=1), "1", "32471123456", Caller.of("demo", Settings()), 0))
    False
    """
    return message.pdu.esm_class & 0x03 in _STORED


def wants_receipt(message: Message, state: int) -> bool:
    """Whether the sender asked for a receipt about this end (SMPP 3.4, section 5.2.17; SMPP 5.0, section 4.7.21).

    >>> from smppkit import SubmitSm
    >>> from smppkit.smsc.settings import Settings
    >>> from smppkit.smsc.store import Caller
    >>> message = Message(SubmitSm(registered_delivery=2), "1", "32471123456", Caller.of("demo", Settings()), 0)
    >>> wants_receipt(message, DELIVERED), wants_receipt(message, EXPIRED)
    (False, True)
    """
    asked = message.registered & FINAL_RECEIPT
    unwanted = _FAILURES if state == DELIVERED else _SUCCESSES
    return asked not in (0, unwanted) and stored(message)
