"""Memory for C structures: through Python, which adds no lock, so that tests can refuse it and tools can see it."""

from libc.stdint cimport uint8_t
from libc.string cimport memset

cdef enum:
    AT_ONCE = 64            # octets

cdef extern from "Python.h" nogil:
    void* malloc "PyMem_RawMalloc" (size_t size)
    void* calloc "PyMem_RawCalloc" (size_t count, size_t size)
    void* realloc "PyMem_RawRealloc" (void* memory, size_t size)
    void free "PyMem_RawFree" (void* memory)


cdef inline void clear(void* block, size_t size) noexcept nogil:
    """Zero a small block, a few octets at once: for many compilers choose an instruction that takes long to begin."""
    cdef uint8_t* at = <uint8_t*>block
    while size > AT_ONCE:
        memset(at, 0, AT_ONCE)
        at = &at[AT_ONCE]
        size -= AT_ONCE
    memset(at, 0, size)
