"""The words that receipt texts use for the state of a message."""

cimport cython
from libc.stdint cimport uint8_t, uint64_t

from smppkit._core.words cimport load

cdef enum:
    SLOTS = 128

cdef struct StatWord:
    uint64_t head, tail         # upper case, zeros behind
    int state

cdef const StatWord* stat_words() noexcept nogil        # SLOTS of them; one without a head is empty
# message_state of a word of more than eight octets.
cdef int long_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length) noexcept nogil


@cython.overflowcheck(False)
cdef inline uint64_t slot_of(uint64_t head, uint64_t tail) noexcept nogil:
    return ((head ^ (tail * <uint64_t>0x9E3779B97F4A7C15)) * <uint64_t>0xD6E8FEB86659FD93) >> 57


cdef inline int find_word(uint64_t head, uint64_t tail) noexcept nogil:
    cdef const StatWord* words = stat_words()
    cdef uint64_t slot = slot_of(head, tail)
    while words[slot].head:
        if words[slot].head == head and words[slot].tail == tail:
            return words[slot].state
        slot = (slot + 1) % SLOTS
    return -1


cdef inline uint64_t short_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length, Py_ssize_t count) noexcept nogil:
    """One to eight octets in upper case: without blanks in them, only letters become letters when bit 5 is cleared."""
    return load(utf8, at, count) & <uint64_t>0xDFDFDFDFDFDFDFDF >> (64 - 8 * length)


cdef inline int known_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length, Py_ssize_t count) noexcept nogil:
    """message_state of the word at ``at`` of a text of ``count`` octets, in any case; -1 for a word nobody knows."""
    if length > 8:
        return long_word(utf8, at, length)
    return find_word(short_word(utf8, at, length, count), 0)
