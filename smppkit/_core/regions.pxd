"""Memory for columns: what is large is mapped by itself, in large pages, and kept for the next one."""

from libc.stdint cimport int64_t

cdef enum:
    HEAD = 64                   # octets before each piece: what is known of it, and where a line of the cache begins

cdef void* take(size_t size, bint* clean) noexcept nogil        # NULL: none; ``clean``: it holds zeros, untouched
cdef void* take_zeros(size_t size) noexcept nogil
cdef void* widened(void* memory, size_t used, size_t size) noexcept nogil       # NULL: none, and ``memory`` stays
cdef bint widen_items(void** items, int64_t* room, int64_t used, int64_t wanted, size_t size) noexcept nogil
cdef void* fitted(void* memory, size_t used) noexcept nogil
cdef void give(void* memory) noexcept nogil
cdef size_t room_in(const void* memory) noexcept nogil


cdef inline bint grow_items(void** items, int64_t* room, int64_t used, int64_t wanted, size_t size) noexcept nogil:
    """Have room for ``wanted`` items in a piece that holds ``used``; False when there is no memory."""
    return wanted <= room[0] or widen_items(items, room, used, wanted, size)
