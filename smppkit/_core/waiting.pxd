# Segments of a stream that came too early: they wait for the octets before them.
from libc.stdint cimport int32_t, int64_t

from smppkit._core.aside cimport sort_in
from smppkit._core.pages cimport soon
from smppkit._core.pool cimport Pool
from smppkit._core.runs cimport Piece, Run, Waiting, behind, let_go, piece_of

cdef enum:                  # of one direction of a connection
    MOST_WAITING = 4096     # segments that wait for lost octets, besides those that are not sorted in yet
    MOST_GAPS = 1024        # between those that are
    MOST_OCTETS_WAITING = 0x800000
    FEW_AT_ONCE = 32        # pieces

cdef bint add_waiting(Pool* pool, Waiting* waiting, Piece* piece) noexcept nogil
cdef void drop_waiting(Pool* pool, Waiting* waiting) noexcept nogil


cdef inline void waiting_soon(const Waiting* waiting) noexcept nogil:
    """Ask memory for where the next piece is likely to be put."""
    soon(&waiting.pieces[waiting.used])
    soon(&waiting.runs[waiting.end])


cdef inline void octets_soon(const Waiting* waiting) noexcept nogil:
    """Ask memory for the octets of the first pieces that came: they are to be read."""
    cdef int32_t place
    for place in range(min(waiting.used, <int32_t>FEW_AT_ONCE)):
        soon(waiting.pieces[place].octets)


cdef inline int64_t start_of(const Waiting* waiting) noexcept nogil:
    """Where the first piece begins; there is one."""
    cdef int64_t start = waiting.runs[waiting.head].start
    return min(start, waiting.aside.begin) if waiting.between else start


cdef inline bint too_much(const Waiting* waiting, int64_t at) noexcept nogil:
    """Tell whether more waits than may, behind a place in the stream, without what is not sorted in yet."""
    return waiting.count > 0 and (
        waiting.count - waiting.between > MOST_WAITING
        or waiting.end - waiting.head > MOST_GAPS
        or waiting.runs[waiting.end - 1].end - at > MOST_OCTETS_WAITING
    )


cdef inline bint next_due(Pool* pool, Waiting* waiting, int64_t at, Piece* out) noexcept nogil:
    """Take the first piece, if it does not begin behind ``at``; False too, and ``starved``, without memory."""
    cdef Run* run
    cdef int32_t number
    if waiting.between and waiting.aside.begin <= at and not sort_in(pool, waiting):
        return False
    run = &waiting.runs[waiting.head]
    if waiting.head == waiting.end or run.start > at:
        return False
    number = run.first
    out[0] = piece_of(&waiting.pieces[number - 1], run.start)
    run.first = behind(waiting, run, number)
    run.start += out.length
    if run.first:
        soon(&waiting.pieces[run.first - 1])
    else:
        waiting.head += 1
    let_go(waiting, number)
    if waiting.count == 0:
        waiting.head = waiting.end = waiting.used = waiting.spare = 0
    return True
