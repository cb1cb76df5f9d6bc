# Segments of a stream that came too early: they wait for the octets before them.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

from smppkit._core.pages cimport soon
from smppkit._core.pool cimport Pool

cdef enum:                  # of one direction of a connection
    MOST_WAITING = 4096     # segments that wait for lost octets, besides those that are not sorted in yet
    MOST_GAPS = 1024        # between those that are
    MOST_OCTETS_WAITING = 0x800000

cdef struct Piece:
    int64_t start           # place in the stream
    const uint8_t* octets   # NULL: none, they were lost
    int64_t packet
    int64_t time
    uint32_t length         # octets of the stream
    uint32_t captured       # octets of them that are there
    int32_t next            # of those that wait: number of the one behind it in its run, 0 for none

cdef struct Run:            # pieces without a gap between them
    int64_t start
    int64_t end
    int32_t first           # numbers of pieces, from 1
    int32_t last

cdef struct Waiting:        # begins zeroed
    Piece* pieces
    int64_t room
    int64_t used
    int64_t count           # pieces that wait
    int32_t spare           # number of a piece that is free, 0 for none
    int32_t between         # pieces that came between many runs, and are not sorted in yet
    Run* runs               # sorted, with a gap between each two
    int64_t head            # the first that counts
    int64_t end             # the last that counts, plus 1
    int64_t run_room
    int64_t begin_between   # place in the stream where the first of those begins
    int64_t end_between     # where the one ends that reaches furthest; not behind all runs
    int32_t* numbers        # of those, as they came, 0 for one that is sorted in; NULL until there are some
    bint starved            # an allocation failed while they were sorted in


cdef inline bint clip(Piece* piece, int64_t start) noexcept nogil:
    """Take away what lies before ``start``; False when nothing is left."""
    cdef int64_t before = start - piece.start
    if before <= 0:
        return piece.length > 0
    if before >= piece.length:
        return False
    piece.start = start
    piece.length -= <uint32_t>before
    if before < piece.captured:
        piece.octets = &piece.octets[before]
        piece.captured -= <uint32_t>before
    else:
        piece.captured = 0
    return True


cdef inline int64_t start_of(const Waiting* waiting) noexcept nogil:
    """Where the first piece begins; there is one."""
    cdef int64_t start = waiting.runs[waiting.head].start
    return min(start, waiting.begin_between) if waiting.between else start


cdef inline bint too_much(const Waiting* waiting, int64_t at) noexcept nogil:
    """Tell whether more waits than may, behind a place in the stream, without what is not sorted in yet."""
    return waiting.count > 0 and (
        waiting.count - waiting.between > MOST_WAITING
        or waiting.end - waiting.head > MOST_GAPS
        or waiting.runs[waiting.end - 1].end - at > MOST_OCTETS_WAITING
    )


cdef bint add_waiting(Pool* pool, Waiting* waiting, Piece* piece) noexcept nogil
cdef bint sort_in(Pool* pool, Waiting* waiting) noexcept nogil
cdef void drop_waiting(Pool* pool, Waiting* waiting) noexcept nogil


cdef inline void let_go(Waiting* waiting, int32_t number) noexcept nogil:
    """Keep a piece no longer."""
    waiting.pieces[number - 1].next = waiting.spare
    waiting.spare = number
    waiting.count -= 1


cdef inline bint next_due(Pool* pool, Waiting* waiting, int64_t at, Piece* out) noexcept nogil:
    """Take the first piece, if it does not begin behind ``at``; False too, and ``starved``, without memory."""
    cdef Run* run
    cdef int32_t number
    if waiting.between and waiting.begin_between <= at and not sort_in(pool, waiting):
        return False
    run = &waiting.runs[waiting.head]
    if waiting.head == waiting.end or run.start > at:
        return False
    number = run.first
    out[0] = waiting.pieces[number - 1]
    let_go(waiting, number)
    run.first = out.next
    if run.first:
        soon(&waiting.pieces[run.first - 1])
    run.start = out.start + out.length
    if run.first == 0:
        waiting.head += 1
    if waiting.count == 0:
        waiting.head = waiting.end = waiting.used = waiting.spare = 0
    return True
