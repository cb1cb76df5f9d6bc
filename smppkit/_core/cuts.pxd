"""Strings of one column in a batch of rows: noted in any order where they lie, then written one after the other."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.column cimport STEP, Sink, reach, reserve, spell_latin
from smppkit._core.dates cimport eight

cdef enum:
    BATCH = 256                 # rows: their octets stay near while they are looked at again

cdef extern from *:
    """
    #include <stdint.h>
    /* STEP octets that may be read where there is no string; those with the top bit count as the string's. */
    static const uint8_t NO_STRING[16] = {0};
    static const uint8_t MASKED[16] = "***";
    #define TOP8 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80
    static const uint8_t TOPS[32] = {TOP8, TOP8};
    """
    const uint8_t NO_STRING[16]
    const uint8_t MASKED[16]
    const uint8_t TOPS[32]

cdef struct Cuts:
    bint any                    # rows have strings; without, nothing else is set
    const uint8_t* at[BATCH]
    uint32_t size[BATCH]


cdef inline void begin_cuts(Cuts* cuts, int count) noexcept nogil:
    cdef int row
    cuts.any = True
    for row in range(count):
        cuts.at[row] = NO_STRING
        cuts.size[row] = 0


cdef inline uint64_t tops_of(const uint8_t* octets, uint32_t size) noexcept nogil:
    """Not 0 when one of the first ``size`` <= STEP octets is none of ASCII. STEP may be read."""
    return eight(octets) & eight(&TOPS[STEP - size]) | eight(octets + 8) & eight(&TOPS[STEP + 8 - size])


cdef inline bint fill_cuts(Sink* sink, Cuts* cuts, Py_ssize_t first, int count, bint text, bint near) noexcept nogil:
    """Write the strings of the rows from ``first`` on, Latin-1 as UTF-8; False when memory is out.

    ``near``: no more than a string has may be read behind it.
    """
    cdef Py_ssize_t total = 0, used
    cdef int row
    cdef uint8_t* out
    for row in range(count):
        total += cuts.size[row]
    if total == 0:
        return True                     # who is next to write something reaches across these rows
    if reserve(sink, 2 * total + 2 * STEP) == NULL:
        return False
    if sink.row < first:
        reach(sink, first - 1)
    out = sink.octets
    used = sink.used
    for row in range(count):
        sink.offsets[first + row] = used
        used += write_cut(out + used, cuts.at[row], cuts.size[row], text, near)
    sink.used = used
    sink.row = first + count
    return True


cdef inline Py_ssize_t write_cut(uint8_t* out, const uint8_t* octets, Py_ssize_t size, bint text,
                                 bint near) noexcept nogil:
    """Copy one string; returns how many octets it has now. STEP more may be written."""
    cdef uint64_t high = 0
    cdef Py_ssize_t i = STEP
    if near:
        if text:
            return spell_latin(out, octets, size)
        memcpy(out, octets, size)
        return size
    memcpy(out, octets, STEP)
    if size <= STEP:
        high = tops_of(octets, <uint32_t>size)
    elif text:
        high = eight(octets) | eight(octets + 8)
        while i < size:
            memcpy(out + i, octets + i, STEP)
            high |= eight(octets + i) | eight(octets + i + 8)
            i += STEP
        high &= <uint64_t>0x8080808080808080        # of the string, or of what is behind it
    else:
        memcpy(out, octets, size)
    return spell_latin(out, octets, size) if text and high else size
