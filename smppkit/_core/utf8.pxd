# Characters of UTF-8 as Arrow keeps them, from octets that nobody has checked.
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from .packing cimport load_padded, store, store_2, store_4
from .sixteen cimport copy_ascii_16


cdef inline int read_utf8(const uint8_t* at, const uint8_t* end, uint32_t* code) noexcept nogil:
    """Read one character; returns its octets, 0 where there is none."""
    cdef uint8_t first = at[0]
    if first < 0x80:
        code[0] = first
        return 1
    if first < 0xE0:
        if first < 0xC2 or end - at < 2 or at[1] & 0xC0 != 0x80:
            return 0
        code[0] = (<uint32_t>first & 0x1F) << 6 | at[1] & 0x3F
        return 2
    if first < 0xF0:
        if end - at < 3 or at[1] & 0xC0 != 0x80 or at[2] & 0xC0 != 0x80:
            return 0
        code[0] = (<uint32_t>first & 0x0F) << 12 | (<uint32_t>at[1] & 0x3F) << 6 | at[2] & 0x3F
        return 3 if code[0] >= 0x800 and code[0] & 0xF800 != 0xD800 else 0
    if end - at < 4 or at[1] & 0xC0 != 0x80 or at[2] & 0xC0 != 0x80 or at[3] & 0xC0 != 0x80:
        return 0
    code[0] = (<uint32_t>first & 0x07) << 18 | (<uint32_t>at[1] & 0x3F) << 12 | (<uint32_t>at[2] & 0x3F) << 6 \
        | at[3] & 0x3F
    return 4 if first < 0xF5 and 0x10000 <= code[0] <= 0x10FFFF else 0


# ---- writing: four octets of ``out`` may be written for one character ----

cdef inline uint8_t* put_unknown(uint8_t* out) noexcept nogil:
    out[0] = 0xEF
    out[1] = 0xBF
    out[2] = 0xBD
    return out + 3


cdef inline uint8_t* put_unit(uint8_t* out, uint32_t unit) noexcept nogil:
    """A character below 0x10000, no half of a pair."""
    cdef uint32_t last = 0x80 | unit & 0x3F
    if unit < 0x800:
        store_2(out, <uint16_t>(0xC0 | unit >> 6 | last << 8 if unit >= 0x80 else unit))
        return out + (2 if unit >= 0x80 else 1)
    store_4(out, 0xE0 | unit >> 12 | (0x80 | unit >> 6 & 0x3F) << 8 | last << 16)
    return out + 3


cdef inline uint8_t* put_astral(uint8_t* out, unsigned int code) noexcept nogil:
    out[0] = <uint8_t>(0xF0 | code >> 18)
    out[1] = <uint8_t>(0x80 | code >> 12 & 0x3F)
    out[2] = <uint8_t>(0x80 | code >> 6 & 0x3F)
    out[3] = <uint8_t>(0x80 | code & 0x3F)
    return out + 4


cdef inline Py_ssize_t copy_while_ascii(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil:
    """Copy what is ASCII, eight octets at least; how many. Fifteen of ``out`` behind them may be written too."""
    cdef Py_ssize_t done = 0
    cdef uint64_t word
    while count - done >= 16 and copy_ascii_16(octets + done, out + done):
        done += 16
    while done < count:
        word = load_padded(octets + done, count - done)
        if word & <uint64_t>0x8080808080808080:
            return done
        store(out + done, word)
        done += 8
    return count
