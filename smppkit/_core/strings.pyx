"""Strings of a column picked, put in order and joined without an object for each."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy


def gather(const uint8_t[::1] octets not None, const int64_t[::1] starts not None, const int64_t[::1] lengths not None):
    """Return the pieces of ``octets`` that begin at ``starts`` and have ``lengths``, one after the other.

    Raises ValueError when a piece does not lie inside.

    >>> import numpy as np
    >>> gather(b"onetwothree", np.array([6, 0]), np.array([5, 3]))
    b'threeone'
    """
    cdef Py_ssize_t i, total = 0, used = 0
    cdef bint inside = starts.shape[0] == lengths.shape[0]
    cdef char* out
    cdef bytes joined
    for i in range(lengths.shape[0] if inside else 0):
        inside &= 0 <= lengths[i] <= octets.shape[0] and 0 <= starts[i] <= octets.shape[0] - lengths[i]
        total += lengths[i]
    if not inside:
        raise ValueError("a piece does not lie inside the octets")
    joined = PyBytes_FromStringAndSize(NULL, total)
    out = PyBytes_AS_STRING(joined)
    with nogil:
        for i in range(starts.shape[0]):
            if lengths[i]:
                memcpy(out + used, &octets[starts[i]], lengths[i])
                used += lengths[i]
    return joined


def prefixes(const uint8_t[::1] octets not None, const int64_t[::1] offsets not None, uint64_t[::1] out not None):
    """Write the first eight octets of each string to ``out`` as a number that sorts as the string does.

    >>> import numpy as np
    >>> out = np.zeros(2, np.uint64)
    >>> prefixes(b"000027", np.array([0, 3, 6]), out)
    >>> bool(out[0] < out[1])
    True
    """
    cdef Py_ssize_t i, j
    cdef uint64_t number
    if out.shape[0] != offsets.shape[0] - 1:
        raise ValueError(f"{offsets.shape[0] - 1} strings, room for {out.shape[0]}")
    for i in range(out.shape[0]):
        if not 0 <= offsets[i] <= offsets[i + 1] <= octets.shape[0]:
            raise ValueError("offsets lie outside the octets")
        number = 0
        for j in range(8):
            number <<= 8
            if offsets[i] + j < offsets[i + 1]:
                number |= octets[offsets[i] + j]
        out[i] = number
