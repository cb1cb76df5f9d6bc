"""Strings of one column in a batch of rows: noted in any order where they lie, then written one after the other."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

from smppkit._core.column cimport STEP, Sink, reach, reserve, spell_latin

cdef enum:
    BATCH = 256                 # rows: their octets stay near while they are looked at again

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__SSE2__)
    #include <emmintrin.h>
    #endif
    /* 16 octets may be read where there is no string, and of what stands for a password. */
    #define NO_STRING ((const uint8_t *)"\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0")
    #define MASKED ((const uint8_t *)"***\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0")
    /* Copy 16 octets; not 0 when one of the first ``size`` (at most 16) is none of ASCII. */
    static inline uint32_t copy_near(uint8_t *to, const uint8_t *from, uint32_t size) {
    #if defined(__SSE2__)
        const __m128i octets = _mm_loadu_si128((const __m128i *)from);
        _mm_storeu_si128((__m128i *)to, octets);
        return (uint32_t)_mm_movemask_epi8(octets) & (((uint32_t)1 << size) - 1);
    #else
        #define TOPS 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80
        static const uint8_t marks[32] = {TOPS, TOPS};
        uint64_t word[2], mark[2];
        memcpy(word, from, sizeof word);
        memcpy(mark, marks + 16 - size, sizeof mark);
        memcpy(to, word, sizeof word);
        return ((word[0] & mark[0]) | (word[1] & mark[1])) != 0;
    #endif
    }
    """
    const uint8_t* NO_STRING
    const uint8_t* MASKED
    uint32_t copy_near(uint8_t* to, const uint8_t* octets, uint32_t size) noexcept nogil

cdef struct Cuts:
    int next                    # of the columns that have strings in this batch: 1 + the place of another one, or 0
    const uint8_t* at[BATCH]
    uint32_t size[BATCH]


cdef inline void begin_cuts(Cuts* cuts, int count) noexcept nogil:
    """Let no row have a string yet."""
    cdef int row
    for row in range(count):
        cuts.at[row] = NO_STRING
        cuts.size[row] = 0


cdef inline bint fill_cuts(Sink* sink, Cuts* cuts, Py_ssize_t first, int count, bint text, bint near) noexcept nogil:
    """Write the strings of the rows from ``first`` on, Latin-1 as UTF-8; False when memory is out.

    ``near``: no more than a string has may be read behind it.
    """
    cdef Py_ssize_t total = 0, used
    cdef int row
    cdef uint8_t* out
    cdef int64_t* offsets = &sink.offsets[first]
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
        offsets[row] = used
        used += write_cut(out + used, cuts.at[row], cuts.size[row], text, near)
    sink.used = used
    sink.row = first + count
    return True


cdef inline Py_ssize_t write_cut(uint8_t* out, const uint8_t* octets, uint32_t size, bint text,
                                 bint near) noexcept nogil:
    """Copy one string; returns how many octets it has now. STEP more may be written."""
    if near:
        if text:
            return spell_latin(out, octets, size)
        memcpy(out, octets, size)
    elif size <= STEP:
        if copy_near(out, octets, size) and text:
            return spell_latin(out, octets, size)
    elif text:
        return write_long(out, octets, size)
    else:
        memcpy(out, octets, size)
    return size


cdef inline Py_ssize_t write_long(uint8_t* out, const uint8_t* octets, uint32_t size) noexcept nogil:
    """Copy a text of more than STEP octets, if it is ASCII; else spell it."""
    cdef uint32_t i = 0, high = 0
    while i < size:
        high |= copy_near(out + i, octets + i, STEP)    # of the string, or of what is behind it
        i += STEP
    return spell_latin(out, octets, size) if high else size
