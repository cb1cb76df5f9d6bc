"""The words that receipt texts use for the state of a message, in a table of their octets."""

cimport cython
from libc.stdint cimport uint8_t, uint64_t

from smppkit._core.words cimport BLANK, load

from smppkit.spec import receipts as _rows

cdef enum:
    SLOTS = 128
    WORD = 16           # octets of the longest stat word

cdef struct StatWord:
    uint64_t head, tail     # upper case, zeros behind
    int state

cdef StatWord STAT_WORDS[SLOTS]


@cython.overflowcheck(False)
cdef inline uint64_t slot_of(uint64_t head, uint64_t tail) noexcept nogil:
    return ((head ^ (tail * <uint64_t>0x9E3779B97F4A7C15)) * <uint64_t>0xD6E8FEB86659FD93) >> 57


cdef bint fold_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length, Py_ssize_t count,
                    uint64_t* halves) noexcept nogil:
    """Upper case, one blank for any white space or underscore, into two numbers; False when it is too long."""
    cdef Py_ssize_t i
    cdef Py_ssize_t octets = 0
    cdef uint64_t octet
    halves[0] = halves[1] = 0
    if length <= 8:             # no blanks in it: only letters become letters when bit 5 is cleared
        halves[0] = load(utf8, at, count) & <uint64_t>0xDFDFDFDFDFDFDFDF >> (64 - 8 * length)
        return True
    for i in range(at, at + length):
        octet = utf8[i]
        if octet <= BLANK or octet == c'_':
            if i > at and (utf8[i - 1] <= BLANK or utf8[i - 1] == c'_'):
                continue
            octet = BLANK
        elif c'a' <= octet <= c'z':
            octet -= 0x20
        if octets == WORD:
            return False
        halves[octets >> 3] |= octet << (8 * (octets & 7))
        octets += 1
    return True


cdef int known_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length, Py_ssize_t count) noexcept nogil:
    cdef uint64_t halves[2]
    cdef uint64_t slot
    if not fold_word(utf8, at, length, count, halves):
        return -1
    slot = slot_of(halves[0], halves[1])
    while STAT_WORDS[slot].head:
        if STAT_WORDS[slot].head == halves[0] and STAT_WORDS[slot].tail == halves[1]:
            return STAT_WORDS[slot].state
        slot = (slot + 1) % SLOTS
    return -1


cdef int fill() except -1:
    """Copy the rows of ``spec.receipts`` into the table above; it never changes again."""
    cdef uint64_t halves[2]
    cdef uint64_t slot
    cdef bytes word
    for row in _rows.ROWS:
        word = row.word.encode()
        if not fold_word(word, 0, len(word), len(word), halves):
            raise ValueError(f"stat word {row.word!r} has more than {WORD} octets: widen the table")
        slot = slot_of(halves[0], halves[1])
        while STAT_WORDS[slot].head:
            slot = (slot + 1) % SLOTS
        STAT_WORDS[slot].head = halves[0]
        STAT_WORDS[slot].tail = halves[1]
        STAT_WORDS[slot].state = row.state
    return 0


fill()
