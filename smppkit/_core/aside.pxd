# Segments that are put aside, to be sorted in together.
from libc.stdint cimport int32_t

from smppkit._core.pool cimport Pool
from smppkit._core.runs cimport Piece, Waiting

cdef enum:
    MOST_BETWEEN = 2048         # pieces that are put aside

cdef bint add_between(Pool* pool, Waiting* waiting, const Piece* piece) noexcept nogil
cdef bint sort_in(Pool* pool, Waiting* waiting) noexcept nogil


cdef inline bint lies_between(const Waiting* waiting, const Piece* piece) noexcept nogil:
    """Tell whether a piece lies where others are that are not sorted in yet."""
    return waiting.between > 0 and waiting.begin_between <= piece.start and (
        piece.start + piece.length <= waiting.end_between
    )
