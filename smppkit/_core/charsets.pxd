"""Charsets of several octets a character, those of JIS and KS, to UTF-8 as Python's codecs read them."""

from libc.stdint cimport uint8_t

from .alphabet cimport ALPHABET_COUNT, JIS

cdef inline bint has_several(int alphabet) noexcept nogil:
    """Whether it is one of these."""
    return alphabet >= JIS and alphabet < ALPHABET_COUNT        # a chain would compare unsigned numbers


cdef bint is_made(int alphabet) noexcept nogil
cdef int make(int alphabet) except -1
cdef uint8_t* several_to_utf8(int alphabet, const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil
