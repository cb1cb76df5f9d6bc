# Characters of UTF-8 as Arrow keeps them, from octets that nobody has checked.
from libc.stdint cimport uint8_t, uint32_t


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
