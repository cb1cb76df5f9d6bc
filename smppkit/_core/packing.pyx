"""Septets to packed octets and back (3GPP TS 23.038, 6.1.2): 8 septets are 56 bits of one 64-bit word."""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy, memset


cdef inline uint64_t squeeze(uint64_t x) noexcept nogil:
    x = (x & 0x007F007F007F007FULL) | (x & 0x7F007F007F007F00ULL) >> 1
    x = (x & 0x00003FFF00003FFFULL) | (x & 0x3FFF00003FFF0000ULL) >> 2
    return (x & 0x000000000FFFFFFFULL) | (x & 0x0FFFFFFF00000000ULL) >> 4


cdef inline uint64_t spread(uint64_t x) noexcept nogil:
    x = (x & 0x000000000FFFFFFFULL) | (x & 0x00FFFFFFF0000000ULL) << 4
    x = (x & 0x00003FFF00003FFFULL) | (x & 0x0FFFC0000FFFC000ULL) << 2
    return (x & 0x007F007F007F007FULL) | (x & 0x3F803F803F803F80ULL) << 1


cdef void pack_septets(const uint8_t* septets, Py_ssize_t count, int fill_bits, uint8_t* out) noexcept nogil:
    """Write ceil((fill_bits + 7 * count) / 8) octets; the fill bits are zero."""
    cdef Py_ssize_t left = (fill_bits + 7 * count + 7) // 8
    cdef uint64_t word
    cdef uint64_t carry = 0
    cdef uint8_t rest[16]
    while count >= 8 and left >= 8:
        word = carry | squeeze(load(septets)) << fill_bits
        store(out, word)                # the eighth octet is written again by the next round
        carry = word >> 56
        septets += 8
        count -= 8
        out += 7
        left -= 7
    while left > 0:                     # at most two rounds, on a copy: nothing beyond the arrays is touched
        memset(rest, 0, 16)
        if count > 0:
            memcpy(rest, septets, min(count, 8))
        word = carry | squeeze(load(rest)) << fill_bits
        store(rest + 8, word)
        memcpy(out, rest + 8, min(left, 7))
        carry = word >> 56
        septets += 8
        count -= 8
        out += 7
        left -= 7


cdef void unpack_septets(const uint8_t* octets, Py_ssize_t octet_count, Py_ssize_t bit, Py_ssize_t count,
                         uint8_t* out) noexcept nogil:
    """Write ``count`` septets that begin at ``bit``; bits beyond the octets read as zero."""
    cdef Py_ssize_t at = bit >> 3
    cdef int shift = bit & 7
    cdef uint8_t rest[16]
    while count >= 8 and at + 8 <= octet_count:
        store(out, spread(load(octets + at) >> shift))
        at += 7
        out += 8
        count -= 8
    while count > 0:
        memset(rest, 0, 16)
        if at < octet_count:
            memcpy(rest, octets + at, min(octet_count - at, 8))
        store(rest + 8, spread(load(rest) >> shift))
        memcpy(out, rest + 8, min(count, 8))
        at += 7
        out += 8
        count -= 8


cdef Py_ssize_t packed_count(const uint8_t* octets, Py_ssize_t count, int fill_bits) noexcept nogil:
    """How many septets ``count`` octets hold; when no bit is spare the last may be filler (@ or CR) and is dropped."""
    cdef Py_ssize_t septets = (8 * count - fill_bits) // 7
    cdef uint8_t last = 0
    if septets <= 0:
        return 0
    if septets * 7 + fill_bits == 8 * count:
        last = octets[count - 1] >> 1
        if last == 0 or last == 0x0D:
            return septets - 1
    return septets
