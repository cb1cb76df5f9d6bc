"""Memory for C structures: through Python, which adds no lock, so that tests can refuse it and tools can see it."""

cdef extern from "Python.h" nogil:
    void* malloc "PyMem_RawMalloc" (size_t size)
    void* calloc "PyMem_RawCalloc" (size_t count, size_t size)
    void* realloc "PyMem_RawRealloc" (void* memory, size_t size)
    void free "PyMem_RawFree" (void* memory)
