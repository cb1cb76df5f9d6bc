"""The words that receipt texts use for the state of a message, in a table of their octets."""

from libc.stdint cimport uint8_t, uint64_t

from smppkit._core.words cimport BLANK

from smppkit.spec import receipts as _rows

cdef enum:
    WORD = 16           # octets of the longest stat word

cdef StatWord STAT_WORDS[SLOTS]


cdef const StatWord* stat_words() noexcept nogil:
    return STAT_WORDS


cdef bint fold_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length, uint64_t* halves) noexcept nogil:
    """Upper case, one blank for any white space or underscore, into two numbers; False when it is too long."""
    cdef Py_ssize_t i
    cdef Py_ssize_t octets = 0
    cdef uint64_t octet
    halves[0] = halves[1] = 0
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


cdef int long_word(const uint8_t* utf8, Py_ssize_t at, Py_ssize_t length) noexcept nogil:
    cdef uint64_t halves[2]
    return find_word(halves[0], halves[1]) if fold_word(utf8, at, length, halves) else -1


cdef int fill() except -1:
    """Copy the rows of ``spec.receipts`` into the table above; it never changes again."""
    cdef uint64_t halves[2]
    cdef uint64_t slot
    cdef bytes word
    for row in _rows.ROWS:
        word = row.word.encode()
        halves[0] = halves[1] = 0
        if len(word) <= 8:
            halves[0] = short_word(word, 0, len(word), len(word))
        elif not fold_word(word, 0, len(word), halves):
            raise ValueError(f"stat word {row.word!r} has more than {WORD} octets: widen the table")
        slot = slot_of(halves[0], halves[1])
        while STAT_WORDS[slot].head:
            slot = (slot + 1) % SLOTS
        STAT_WORDS[slot].head = halves[0]
        STAT_WORDS[slot].tail = halves[1]
        STAT_WORDS[slot].state = row.state
    return 0


fill()
