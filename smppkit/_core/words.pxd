"""Words of a text, found eight octets at a time on any machine; inline in whoever cimports them."""

cimport cython
from libc.stdint cimport uint8_t, uint64_t

from smppkit._core.dates cimport eight
from smppkit._core.sixteen cimport first_bit, white_16

cdef enum:
    BLANK = 32          # this octet and those below are white space


cdef inline uint64_t load(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count) noexcept nogil:
    """The eight octets from ``at`` on as one number, the first lowest; zeros behind the end."""
    cdef Py_ssize_t left = count - at
    cdef uint64_t word = 0
    cdef Py_ssize_t i
    if left >= 8:
        return eight(utf8 + at)
    if count >= 8:
        return eight(utf8 + count - 8) >> (8 * (7 - left)) >> 8
    for i in range(left):
        word |= <uint64_t>utf8[at + i] << (8 * i)
    return word


@cython.overflowcheck(False)        # borrows run out of the number on purpose
cdef inline uint64_t white_in(uint64_t word) noexcept nogil:
    """A mark, the highest bit, in octets up to BLANK: in the first of them, and none before it."""
    cdef uint64_t ones = <uint64_t>0x0101010101010101
    return (word - (BLANK + 1) * ones) & ~word & (ones << 7)


@cython.overflowcheck(False)
cdef inline Py_ssize_t first_marked(uint64_t marks) noexcept nogil:
    """The place of the first octet that has a mark; one has."""
    return first_bit(marks) >> 3


cdef inline Py_ssize_t word_end(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t count) noexcept nogil:
    """The place of the next white space, or the end; sixteen octets at a time, and eight where there are no more."""
    cdef unsigned int found
    cdef uint64_t white
    while count - at >= 16:
        found = white_16(utf8 + at)
        if found:
            return at + first_bit(found)
        at += 16
    white = white_in(load(utf8, at, count))
    while not white:
        at += 8
        white = white_in(load(utf8, at, count))
    return at + first_marked(white)             # behind the end are zeros, and white


cdef inline bint begins(uint64_t word, const char* wanted, int count) noexcept nogil:
    """Whether ``word`` begins with these octets; small letters stand for capitals too."""
    cdef uint64_t octets = 0            # constants, once compiled
    cdef uint64_t fold = 0
    cdef uint64_t mask = 0
    cdef int i
    for i in range(count):
        octets |= <uint64_t><uint8_t>wanted[i] << (8 * i)
        mask |= <uint64_t>0xFF << (8 * i)
        if c'a' <= wanted[i] <= c'z':
            fold |= <uint64_t>0x20 << (8 * i)
    return (word | fold) & mask == octets
