# Segments that are put aside, to be sorted in together.
from smppkit._core.pool cimport Pool
from smppkit._core.runs cimport Piece, Waiting

cdef bint add_between(Pool* pool, Waiting* waiting, const Piece* piece) noexcept nogil
cdef bint sort_in(Pool* pool, Waiting* waiting) noexcept nogil


cdef inline bint lies_between(const Waiting* waiting, const Piece* piece) noexcept nogil:
    """Tell whether a piece lies where others are that are not sorted in yet."""
    return waiting.between > 0 and waiting.aside.begin <= piece.start and (
        piece.start + piece.length <= waiting.aside.end
    )
