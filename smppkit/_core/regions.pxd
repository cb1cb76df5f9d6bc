"""Memory for columns: what is large is mapped by itself, in large pages, and kept for the next one."""

cdef enum:
    HEAD = 64                   # octets before each piece: what is known of it, and where a line of the cache begins

cdef void* take(size_t size, bint* clean) noexcept nogil        # NULL: none; ``clean``: it holds zeros, untouched
cdef void* take_zeros(size_t size) noexcept nogil
cdef void* widened(void* memory, size_t used, size_t size) noexcept nogil       # NULL: none, and ``memory`` stays
cdef void* fitted(void* memory, size_t used) noexcept nogil
cdef void give(void* memory) noexcept nogil
cdef size_t room_in(const void* memory) noexcept nogil
