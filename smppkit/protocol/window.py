"""Which of our requests wait for a response: numbers given, matched, expired, late. No clock of its own, no I/O.

A ring of slots, addressed by the low bits of the sequence number, holds every pending request, whether it came alone or
in a block of a bulk run; so a batch of responses is matched by a few array operations and costs no object for each. A
number whose slot a pending request holds is skipped: gaps are legal (SMPP 3.4, section 3.2), two pending requests
with one number are not. An expired request frees its slot, but is remembered, so that a late response still finds it.
"""

from collections import OrderedDict
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..spec.commands import BY_NAME

Int64s = npt.NDArray[np.int64]

LAST_SEQUENCE = 0x7FFFFFFF
NACK = BY_NAME["generic_nack"].command_id
ALONE = -1  # the block of a request that came alone
STRANGE = -2  # the block of a response that answers nothing pending
BEYOND = 16  # enquire_link, unbind and binds that may pass a full window
REMEMBERED = 65_536  # expired requests that are remembered, the latest ones

_FREE = -1
_LEAST_SLOTS = 256


class Interval(NamedTuple):
    """Rows that were given consecutive sequence numbers: row ``first_row + i`` has ``first_sequence + i``."""

    first_sequence: int
    first_row: int
    rows: int


class Matched(NamedTuple):
    """What a batch of responses answers, one entry for each: its block (or ALONE, or STRANGE), row and slot."""

    block: Int64s
    row: Int64s
    slot: Int64s


class Ended(NamedTuple):
    """Requests that were given up; ``about`` has what came with those that came alone, None for rows of blocks.

    ``sent`` is False for those of which not all octets had left.
    """

    sequence: Int64s
    block: Int64s
    row: Int64s
    about: list[Any]
    sent: npt.NDArray[np.bool_]


class Request(NamedTuple):
    """One request: its block (or ALONE), row, command_id of its response, when it was sent, what came with it.

    ``end`` is where its last octet stands among all that were ever queued.
    """

    block: int
    row: int
    expects: int
    sent: float
    about: Any
    end: int


class Window:
    """The pending requests of one session, at most ``size`` of them.

    ``next_sequence`` is the number that the next request gets; ``pending`` how many requests wait; ``eldest`` a time
    before which none of them was sent, None when none is pending.

    >>> window = Window(2)
    >>> window.take(5, block=0, first_row=10, expects=0x80000004, now=0.0)
    [Interval(first_sequence=1, first_row=10, rows=2)]
    >>> window.free
    0
    >>> matched = window.match(np.array([2, 7]), np.array([0x80000004, 0x80000004]))
    >>> matched.block, int(matched.row[0])
    (array([ 0, -2]), 11)
    >>> window.free
    1
    """

    def __init__(self, size: int, next_sequence: int = 1) -> None:
        """Begin with nothing pending."""
        self.size = size
        self.pending = 0
        self.next_sequence = next_sequence
        self.eldest: float | None = None
        self._expired: OrderedDict[int, Request] = OrderedDict()
        self._allocate(size)

    @property
    def free(self) -> int:
        """How many more requests may be sent now."""
        return max(0, self.size - self.pending)

    def number(self) -> int:
        """Return a number for a command that has no response, and count on.

        >>> window = Window(1)
        >>> window.number(), window.number()
        (1, 2)
        """
        number, held, mask = self.next_sequence, self._held, self._mask
        while held[number & mask] != _FREE:
            number = number + 1 if number < LAST_SEQUENCE else 1
        self.next_sequence = number + 1 if number < LAST_SEQUENCE else 1
        return number

    def take_one(self, about: object, expects: int, now: float, beyond: int = 0, end: int = 0) -> int | None:
        """Give a number to a request that comes alone; None when the window is full.

        ``beyond`` is how many may pass a full window, for the requests that may not be held up by one; for ``end`` see
        Request.

        >>> window = Window(1)
        >>> window.take_one("first", 0x80000004, 0.0), window.take_one("second", 0x80000004, 0.0)
        (1, None)
        """
        if self.pending >= self.size + beyond:
            return None
        number = self.number()
        self._hold(number, ALONE, 0, expects, now, about, end)
        self.pending += 1
        if self.eldest is None:
            self.eldest = now
        if self._expired:
            self._expired.pop(number, None)
        return number

    def take(self, count: int, block: int, first_row: int, expects: int, now: float) -> list[Interval]:
        """Give numbers to the next ``count`` rows of a block, as many as there is room for."""
        intervals: list[Interval] = []
        left, row = min(count, self.free), first_row
        while left > 0:
            run = self._run(left)
            if run == 0:
                self._count_on(1)
                continue
            first = self.next_sequence
            self._hold_run(first, run, block, row, expects, now)
            before = intervals[-1] if intervals else None
            if before and before.first_sequence + before.rows == first:
                intervals[-1] = before._replace(rows=before.rows + run)
            else:
                intervals.append(Interval(first, row, run))
            left, row = left - run, row + run
            self._count_on(run)
        return intervals

    def place(self, interval: Interval, end: Int64s) -> None:
        """Note where the last octets of the rows just taken stand among all that were ever queued."""
        first, _, rows = interval
        self._end_at[np.arange(first, first + rows) & self._mask] = end

    def match(self, sequence: npt.NDArray[np.integer], command_id: npt.NDArray[np.integer]) -> Matched:
        """Match responses to pending requests and free their slots.

        A response fits when it has the number of a pending request and is of the command that answers it, or a
        generic_nack; of two that fit one request, the first does. The others are STRANGE.
        """
        number = sequence.astype(np.int64)
        slot = number & self._mask
        fits = self._sequence[slot] == number
        fits &= (self._expects[slot] == command_id) | (command_id == NACK)
        block, row = self._block[slot], self._row[slot]
        if len(number) > 1 and not (number[1:] > number[:-1]).all():
            first = np.zeros(len(number), np.bool_)
            places = np.flatnonzero(fits)
            first[places[np.unique(number[places], return_index=True)[1]]] = True
            fits = first
        count = int(np.count_nonzero(fits))
        if count == len(number):
            self._sequence[slot] = _FREE
        else:
            self._sequence[slot[fits]] = _FREE
            block[~fits] = STRANGE
        self._ended(count)
        return Matched(block, row, slot)

    def answer(self, number: int, command_id: int) -> Request | None:
        """Match one response as ``match`` does many: return the request it answers, None for none.

        >>> window = Window(1)
        >>> _ = window.take_one("query", 0x80000003, 0.0)
        >>> window.answer(1, 0x80000004), window.answer(1, 0x80000003).about
        (None, 'query')
        """
        slot = number & self._mask
        if self._held[slot] != number or (command_id != NACK and self._expects[slot] != command_id):
            return None
        request = self._request(slot)
        self._held[slot], self._about[slot] = _FREE, None
        self._ended(1)
        return request

    def release(self, slots: Int64s) -> list[tuple[Any, float]]:
        """Return what came with requests that came alone and were matched in those slots, and when they were sent."""
        places = slots.tolist()
        about = [self._about[slot] for slot in places]
        for slot in places:
            self._about[slot] = None
        return list(zip(about, self._sent[slots].tolist(), strict=True))

    def late(self, number: int, command_id: int) -> Request | None:
        """Return the expired request that this response answers after all, once; None when there is none.

        >>> window = Window(1)
        >>> _ = window.take_one("slow", 0x80000004, 0.0), window.expire(now=30.0, seconds=30.0)
        >>> window.late(1, 0x80000004).about, window.late(1, 0x80000004)
        ('slow', None)
        """
        request = self._expired.get(number)
        if request is None or command_id not in (request.expects, NACK):
            return None
        return self._expired.pop(number)

    def give_up(self, number: int) -> Ended | None:
        """End one pending request without an answer; None when no pending request has that number."""
        slot = number & self._mask
        return self._end(np.array([slot])) if self._sequence[slot] == number else None

    def first(self) -> int:
        """Return the lowest number that waits for a response, 0 when none does.

        >>> window = Window(2)
        >>> window.first(), window.take_one("first", 0x80000004, 0.0), window.first()
        (0, 1, 1)
        """
        return int(self._sequence[self._pending_slots()].min()) if self.pending else 0

    def expire(self, now: float, seconds: float) -> Ended:
        """End every request sent ``seconds`` or longer ago; return them in the order of sending."""
        if self.eldest is None or self.eldest + seconds > now:
            return self._end(np.empty(0, np.int64))
        pending = self._pending_slots()
        ended = self._end(pending[self._sent[pending] + seconds <= now])
        left = self._pending_slots()
        self.eldest = float(self._sent[left].min()) if len(left) else None
        return ended

    def drop_all(self, gone: int) -> Ended:
        """End every request and remember none: the link is gone, and only the first ``gone`` octets ever left.

        >>> window = Window(2)
        >>> _ = window.take_one("first", 0x80000004, 0.0, end=40), window.take_one("second", 0x80000004, 0.0, end=80)
        >>> window.drop_all(gone=79).sent
        array([ True, False])
        """
        ended = self._end(self._pending_slots(), gone)
        self._expired.clear()
        return ended

    def resize(self, size: int) -> None:
        """Change the size; what is pending stays pending, even when it is more than the new size.

        >>> window = Window(4)
        >>> _ = window.take(4, block=0, first_row=0, expects=0x80000004, now=0.0)
        >>> window.resize(1000)
        >>> window.pending, window.free
        (4, 996)
        """
        slots = self._pending_slots()
        held = [(int(self._sequence[slot]), self._request(slot)) for slot in slots.tolist()]
        self.size = size
        self._allocate(max(size, len(held)))
        while len({number & self._mask for number, _ in held}) < len(held):
            self._allocate(self._mask + 1)
        for number, request in held:
            self._hold(number, *request)

    def _hold(self, number: int, block: int, row: int, expects: int, sent: float, about: object, end: int) -> None:
        slot = number & self._mask
        self._end_at[slot] = end
        self._held[slot], self._block[slot], self._row[slot] = number, block, row
        self._expects[slot], self._sent[slot], self._about[slot] = expects, sent, about

    def _hold_run(self, first: int, count: int, block: int, row: int, expects: int, now: float) -> None:
        """Hold rows of a block in slots that follow each other."""
        begin = first & self._mask
        slots = slice(begin, begin + count)
        self._sequence[slots] = np.arange(first, first + count)
        self._row[slots] = np.arange(row, row + count)
        self._block[slots], self._expects[slots], self._sent[slots] = block, expects, now
        self.pending += count
        self.eldest = now if self.eldest is None else self.eldest
        if self._expired:  # a number that comes around again names the new request only
            for number in range(first, first + count):
                self._expired.pop(number, None)

    def _end(self, slots: Int64s, gone: int | None = None) -> Ended:
        """Free slots in the order of sending and remember their requests."""
        slots = slots[np.lexsort((self._sequence[slots], self._sent[slots]))]
        sequence = self._sequence[slots]
        requests = [self._request(slot) for slot in slots.tolist()]
        self._expired.update(zip(sequence.tolist(), requests, strict=True))
        while len(self._expired) > REMEMBERED:
            self._expired.popitem(last=False)
        about = [request.about for request in requests]
        sent = np.ones(len(slots), np.bool_) if gone is None else self._end_at[slots] <= gone
        ended = Ended(sequence, self._block[slots], self._row[slots], about, sent)
        self._sequence[slots] = _FREE
        for slot in slots[ended.block == ALONE].tolist():
            self._about[slot] = None
        self._ended(len(slots))
        return ended

    def _request(self, slot: int) -> Request:
        return Request(
            int(self._block[slot]),
            int(self._row[slot]),
            int(self._expects[slot]),
            float(self._sent[slot]),
            self._about[slot],
            int(self._end_at[slot]),
        )

    def _ended(self, count: int) -> None:
        self.pending -= count
        if self.pending == 0:
            self.eldest = None

    def _pending_slots(self) -> Int64s:
        return np.flatnonzero(self._sequence != _FREE) if self.pending else np.empty(0, np.int64)

    def _run(self, most: int) -> int:
        """How many slots from the next number on are free and follow each other."""
        begin = self.next_sequence & self._mask
        most = min(most, LAST_SEQUENCE - self.next_sequence + 1, self._mask + 1 - begin)
        held = np.flatnonzero(self._sequence[begin : begin + most] != _FREE)
        return int(held[0]) if len(held) else most

    def _count_on(self, count: int) -> None:
        following = self.next_sequence + count
        self.next_sequence = 1 if following > LAST_SEQUENCE else following

    def _allocate(self, size: int) -> None:
        """Make a ring with at least four slots for each request, so that few numbers are skipped."""
        slots = _LEAST_SLOTS
        while slots < 4 * size:
            slots *= 2
        self._mask = slots - 1
        self._sequence = np.full(slots, _FREE, np.int64)
        self._held = self._sequence.data  # the same for one at a time, three times as fast
        self._block = np.zeros(slots, np.int64)
        self._row = np.zeros(slots, np.int64)
        self._expects = np.zeros(slots, np.uint32)
        self._sent = np.zeros(slots, np.float64)
        self._end_at = np.zeros(slots, np.int64)
        self._about: list[Any] = [None] * slots
