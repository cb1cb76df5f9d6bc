"""Memory of the core behind the buffer protocol."""

cdef extern from *:
    """
    enum { INT64_FORM = sizeof(long) == 8 ? 'l' : 'q' };   /* as NumPy calls its int64 here */
    """
    char INT64_FORM


cdef class Block:
    cdef void* memory
    cdef Block owner            # of the memory, if another block is
    cdef bint clean             # it held zeros when it was new
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]
    cdef char form[2]

    @staticmethod
    cdef Block of(void* memory, Py_ssize_t items, char form)

    @staticmethod
    cdef Block zeros(Py_ssize_t items, char form)

    @staticmethod
    cdef Block fresh(Py_ssize_t items, char form)

    cdef Block items(self, Py_ssize_t begin, Py_ssize_t items, char form)
    cdef Block part(self, Py_ssize_t first, Py_ssize_t items)
    cdef int cut(self, Py_ssize_t items) except -1
