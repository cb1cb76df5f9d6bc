from libc.stdint cimport uint8_t, uint32_t

from .alphabet cimport ESCAPE, NONE, Tables, septet_of

cdef enum Policy:           # what becomes of a character that the tables do not hold
    STRICT = 0
    REPLACE = 1
    IGNORE = 2
    LOOK_ALIKE = 3          # the text has been through look_alike: as REPLACE

cdef int policy_of(object errors) except -1


cdef inline uint8_t* put(const Tables* all, uint32_t code, int locking, int single, int policy,
                         uint8_t* out) noexcept nogil:
    """Write a character that may need the escape, or what ``policy`` puts in its place; NULL when it refuses."""
    cdef uint8_t septet = septet_of(all, all.locking_pages[locking], code)
    if septet == NONE:
        septet = septet_of(all, all.single_pages[single], code)
        if septet != NONE:
            out[0] = ESCAPE
            out += 1
        elif policy == IGNORE:
            return out
        elif policy == STRICT:
            return NULL
        else:
            septet = septet_of(all, all.locking_pages[locking], 0x3F)
    out[0] = septet
    return out + 1
