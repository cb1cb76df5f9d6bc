"""Segments of a stream that came too early: they wait for the octets before them.

Those that touch make a run, and only the runs are sorted: a segment that covers many runs makes one of them, so what it
costs is paid by the segments that made them. Of octets that come twice the first copy stays. What comes between many
runs is put aside (``aside``).
"""

from libc.stdint cimport int64_t

from smppkit._core.aside cimport add_between, sort_in
from smppkit._core.pool cimport Pool, give_back
from smppkit._core.runs cimport Aside, Kept, Piece, Run, Waiting, put_behind, put_in

cdef enum:
    NEAR = 8                    # runs, from either end, among which a piece is put in at once


cdef bint add_waiting(Pool* pool, Waiting* waiting, Piece* piece) noexcept nogil:
    """Let a piece wait, where no other waits for its place; False without memory."""
    cdef int64_t count = waiting.end - waiting.head, end = piece.start + piece.length
    cdef bint many = count > 2 * NEAR
    if count == 0 or piece.start >= waiting.runs[waiting.end - 1].end:
        return put_behind(pool, waiting, piece)
    if (not many or piece.start < waiting.runs[waiting.head + NEAR].start) and (
        waiting.between == 0 or end <= waiting.aside.begin
    ):
        return put_in(pool, waiting, piece)
    if many and piece.start >= waiting.runs[waiting.end - NEAR].start and (
        waiting.between == 0 or piece.start >= waiting.aside.end
    ):
        return put_in(pool, waiting, piece)
    if end > waiting.runs[waiting.end - 1].end:
        return sort_in(pool, waiting) and put_in(pool, waiting, piece)
    return add_between(pool, waiting, piece)


cdef void drop_waiting(Pool* pool, Waiting* waiting) noexcept nogil:
    """Give the memory back."""
    give_back(pool, waiting.pieces, waiting.room * sizeof(Kept))
    give_back(pool, waiting.runs, waiting.run_room * sizeof(Run))
    give_back(pool, waiting.aside, sizeof(Aside))
    give_back(pool, waiting, sizeof(Waiting))
