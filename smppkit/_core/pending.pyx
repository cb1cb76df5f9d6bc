# cython: overflowcheck=False
# Keys are mixed by products that wrap, and times of a capture may be anything: a difference that wraps is only wrong.
"""Which request each response answers: requests wait under link, side and sequence number until they are answered.

A response answers the oldest open request of its partner command that is still within its response time, or, when all
are older, the oldest (SMPP 3.4, sections 3.2 and 5.1.4; a generic_nack answers any command, section 4.3.1). It is
late when the response time is over, or when another request has taken the number since. A capture may hold a response
before its request, for packets are swapped on the way: an answer to nothing waits ``EARLY`` for its question.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t

from .alone cimport begin_alone, leave_alone
from .memory cimport free, malloc, realloc

cdef enum:
    RESPONSE_BIT = 0x80000000
    GENERIC_NACK = 0x80000000
    OUTBIND = 0x0B
    ALERT_NOTIFICATION = 0x102
    LATE = 1
    DUPLICATE = 2               # the number was answered before, nothing is open under it
    STRAY = 4                   # an answer to nothing
    MOST_LOOKED_AT = 64         # open requests of one number; a peer that repeats numbers gets no more of our time

cdef int64_t NO_TIME = -1 << 63
cdef int64_t FIRST_TIME = NO_TIME + 1           # stands for the time of an answer that has none
cdef int64_t KEPT = 600 * 1_000_000_000      # how long an answered number is remembered, in nanoseconds
cdef int64_t EARLY = 1_000_000_000


cdef inline bint is_after(int64_t time, int64_t other, int64_t gap) noexcept nogil:
    """Tell whether ``time`` is more than ``gap`` behind ``other``, wherever the two are."""
    return time > other and <uint64_t>time - <uint64_t>other > <uint64_t>gap


cdef struct Open:
    int64_t record
    int64_t time
    uint32_t command
    int32_t next

cdef struct Slot:
    uint64_t key                # 0: empty
    int64_t answered            # time of the last answer
    int64_t early               # record of an answer to nothing, -1: none
    int64_t early_time
    uint32_t early_command
    int32_t oldest              # -1: nothing open
    int32_t youngest


cdef inline uint64_t mixed(uint64_t key) noexcept nogil:
    key = (key ^ key >> 31) * <uint64_t>0x9E3779B97F4A7C15
    return key ^ key >> 29


cdef class Pending:
    """The open requests of one log; ``response_time`` in nanoseconds. For one thread at a time, RuntimeError else.

    >>> import numpy as np
    >>> pending = Pending(60_000_000_000)
    >>> answers, flags = np.zeros(3, np.int64), np.zeros(3, np.uint8)
    >>> pending.feed(np.array([4, 21, 0x80000004]), np.array([7, 8, 7]), np.zeros(3, np.int32),
    ...              np.array([0, 0, 1], np.int8), np.array([0, 1, 2]), 100, answers, flags)
    >>> answers
    array([ -1,  -1, 100])

    Of a request whose response came before it, ``answers`` holds the record of that response.
    """

    cdef int64_t response_time
    cdef int64_t latest
    cdef Slot* slots
    cdef Py_ssize_t capacity    # a power of two
    cdef Py_ssize_t used
    cdef Open* nodes
    cdef int32_t node_room
    cdef int32_t node_count
    cdef int32_t spare          # head of the list of free nodes
    cdef char busy              # a thread is at it

    def __cinit__(self, int64_t response_time):
        self.response_time = response_time
        self.latest = NO_TIME
        self.spare = -1

    def __dealloc__(self):
        free(self.slots)
        free(self.nodes)

    def feed(self, const int64_t[::1] commands not None, const int64_t[::1] sequences not None,
             const int32_t[::1] links not None, const int8_t[::1] directions not None,
             const int64_t[::1] times not None, int64_t first, int64_t[::1] answers not None,
             uint8_t[::1] flags not None):
        """Take records in their order; ``first`` is the number of the first of them in the log.

        For a response, its place in ``answers`` becomes the number of the record it answers, or -1; for a request -1,
        or the number of the response that came before it. ``flags``: 1 late, 2 a number that was answered before, 4 an
        answer to nothing.
        """
        cdef Py_ssize_t rows = commands.shape[0]
        cdef Py_ssize_t row
        cdef bint done = True
        if not rows == sequences.shape[0] == links.shape[0] == directions.shape[0] == times.shape[0]:
            raise ValueError("the columns have different lengths")
        if not rows == answers.shape[0] == flags.shape[0]:
            raise ValueError("the results have different lengths")
        begin_alone(&self.busy, "Pending")
        try:
            with nogil:
                for row in range(rows):
                    answers[row] = -1
                    flags[row] = 0
                    if times[row] > self.latest:
                        self.latest = times[row]
                    done = self.take(<uint32_t>commands[row], <uint32_t>sequences[row], links[row], directions[row],
                                     times[row], <int64_t>(<uint64_t>first + <uint64_t>row), &answers[row], &flags[row])
                    if not done:
                        break
        finally:
            leave_alone(&self.busy)
        if not done:
            raise MemoryError

    cdef bint take(self, uint32_t command, uint32_t sequence, int32_t link, int8_t direction, int64_t time,
                   int64_t record, int64_t* answers, uint8_t* flags) noexcept nogil:
        """One record; False when memory is out."""
        cdef int side = direction if not command & RESPONSE_BIT or direction < 0 else 1 - direction
        cdef uint32_t near = <uint32_t>link + <uint32_t>1       # no link and no side are one place lower than nought
        cdef uint64_t key = (<uint64_t>near << 34 | <uint64_t>(side + 1) << 32 | sequence) + 1
        cdef Slot* slot
        if command == OUTBIND or command == ALERT_NOTIFICATION:
            return True
        slot = self.slot_of(key)
        if slot == NULL:
            return False
        if command & RESPONSE_BIT:
            self.answer(slot, command, time, answers, flags)
            if flags[0] == STRAY:
                slot.early, slot.early_time, slot.early_command = record, time, command
            return True
        if self.answered_early(slot, command, time):
            answers[0], slot.early, slot.answered = slot.early, -1, slot.early_time
            return True
        return self.open(slot, command, time, record)

    cdef bint answered_early(self, const Slot* slot, uint32_t command, int64_t time) noexcept nogil:
        if slot.early < 0 or time == NO_TIME or slot.early_time == NO_TIME or is_after(time, slot.early_time, EARLY):
            return False
        return slot.early_command == GENERIC_NACK or slot.early_command == command | <uint32_t>RESPONSE_BIT

    cdef Slot* find(self, uint64_t key) noexcept nogil:
        """The slot of ``key``, or the empty one where it would go."""
        cdef Py_ssize_t at = mixed(key) & (self.capacity - 1)
        while self.slots[at].key != 0 and self.slots[at].key != key:
            at = (at + 1) & (self.capacity - 1)
        return &self.slots[at]

    cdef Slot* slot_of(self, uint64_t key) noexcept nogil:
        """The slot of ``key``, made when there is none; NULL when memory is out."""
        cdef Slot* slot
        if 2 * (self.used + 1) > self.capacity and not self.widen():
            return NULL
        slot = self.find(key)
        if slot.key == 0:
            self.used += 1
            slot.key = key
            slot.answered = slot.early_time = NO_TIME
            slot.early = -1
            slot.oldest = -1
        return slot

    cdef bint open(self, Slot* slot, uint32_t command, int64_t time, int64_t record) noexcept nogil:
        cdef int32_t node = self.new_node()
        if node < 0:
            return False
        self.nodes[node].record = record
        self.nodes[node].time = time
        self.nodes[node].command = command
        self.nodes[node].next = -1
        if slot.oldest < 0:
            slot.oldest = node
        else:
            self.nodes[slot.youngest].next = node
        slot.youngest = node
        return True

    cdef void answer(self, Slot* slot, uint32_t command, int64_t time, int64_t* answers, uint8_t* flags) noexcept nogil:
        cdef int32_t node = slot.oldest
        cdef int32_t before = -1, chosen = -1, before_chosen = -1
        cdef bint in_time = False
        cdef bint reused = False
        cdef int looked_at = 0
        while node >= 0 and looked_at < MOST_LOOKED_AT:
            if command == GENERIC_NACK or self.nodes[node].command == command & ~<uint32_t>RESPONSE_BIT:
                if in_time:
                    reused = True
                    break
                in_time = self.within(self.nodes[node].time, time)
                if in_time or chosen < 0:
                    chosen = node
                    before_chosen = before
            before = node
            node = self.nodes[node].next
            looked_at += 1
        if chosen < 0:
            flags[0] = DUPLICATE if slot.answered != NO_TIME else STRAY
            return
        answers[0] = self.nodes[chosen].record
        flags[0] = LATE if reused or not in_time else 0
        slot.answered = max(time, FIRST_TIME)
        self.close(slot, chosen, before_chosen)

    cdef inline bint within(self, int64_t asked, int64_t answered) noexcept nogil:
        return asked == NO_TIME or answered == NO_TIME or not is_after(answered, asked, self.response_time)

    cdef void close(self, Slot* slot, int32_t node, int32_t before) noexcept nogil:
        """Take ``node``, which follows ``before`` (-1: the oldest), out of its queue."""
        cdef int32_t after = self.nodes[node].next
        if before < 0:
            slot.oldest = after
        else:
            self.nodes[before].next = after
        if slot.youngest == node:
            slot.youngest = before
        self.nodes[node].next = self.spare
        self.spare = node

    cdef int32_t new_node(self) noexcept nogil:
        """A free node, -1 when memory is out."""
        cdef int32_t node = self.spare
        cdef int32_t room
        cdef void* moved
        if node >= 0:
            self.spare = self.nodes[node].next
            return node
        if self.node_count == self.node_room:
            room = 2 * self.node_room + 64
            moved = realloc(self.nodes, room * sizeof(Open)) if self.node_room < 1 << 29 else NULL
            if moved == NULL:
                return -1
            self.nodes = <Open*>moved
            self.node_room = room
        self.node_count += 1
        return self.node_count - 1

    cdef bint widen(self) noexcept nogil:
        """Forget numbers answered long ago, and double the room when many remain; False when memory is out."""
        cdef Slot* old = self.slots
        cdef Py_ssize_t old_capacity = self.capacity
        cdef Py_ssize_t i, kept = 0
        for i in range(old_capacity):
            kept += self.keeps(&old[i])
        self.capacity = 64
        while self.capacity < 4 * kept:
            self.capacity *= 2
        self.slots = <Slot*>malloc(self.capacity * sizeof(Slot))
        if self.slots == NULL:
            self.slots = old
            self.capacity = old_capacity
            return False
        for i in range(self.capacity):
            self.slots[i].key = 0
        for i in range(old_capacity):
            if self.keeps(&old[i]):
                self.find(old[i].key)[0] = old[i]
        self.used = kept
        free(old)
        return True

    cdef inline bint keeps(self, const Slot* slot) noexcept nogil:
        if slot.key == 0:
            return False
        if slot.oldest >= 0 or self.latest == NO_TIME:
            return True
        if slot.early >= 0 and not is_after(self.latest, slot.early_time, EARLY):
            return True
        return not is_after(self.latest, slot.answered, KEPT)
