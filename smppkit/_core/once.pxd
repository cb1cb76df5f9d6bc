# Numbers of arrays of the caller.
from libc.stdint cimport int64_t

cdef extern from *:
    """
    /* Arrays lie in memory of the caller, who may write there meanwhile: what was checked is not to be read again. */
    #define read_once(at) (*(const volatile int64_t *)(at))
    """
    int64_t read_once(const int64_t* at) noexcept nogil
