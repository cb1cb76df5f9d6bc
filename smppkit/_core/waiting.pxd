# Segments of a stream that came too early: they wait for the octets before them.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

from smppkit._core.pool cimport Pool

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
    Run* runs               # sorted, with a gap between each two
    int64_t head            # the first that counts
    int64_t end             # the last that counts, plus 1
    int64_t run_room


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


cdef bint add_waiting(Pool* pool, Waiting* waiting, Piece* piece) noexcept nogil
cdef bint next_due(Waiting* waiting, int64_t at, Piece* out) noexcept nogil
cdef void drop_waiting(Pool* pool, Waiting* waiting) noexcept nogil
