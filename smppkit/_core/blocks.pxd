# The packets of a capture file: where each lies, and when and how it was captured.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

cdef enum:
    ROWS = 4096             # packets of a batch: the rows stay in the second cache

cdef struct Row:
    int64_t offset          # of its octets in the file
    int64_t time            # nanoseconds since 1970 UTC, INT64_MIN unknown
    uint32_t captured       # octets in the file
    uint32_t wire           # octets on the wire
    int32_t link_type

cdef struct Interface:      # of a pcapng section
    int64_t offset          # seconds to add to its times
    int32_t link_type       # -1: it cannot be read
    uint32_t snap           # 0: unlimited
    uint8_t resolution      # if_tsresol

cdef class Rows:
    cdef Row rows[ROWS]
    cdef readonly int count
    cdef readonly int64_t strangers     # packets of interfaces that no block describes
    cdef bint big                       # the order of octets of the section
    cdef Interface* interfaces
    cdef int64_t interface_count
    cdef int64_t interface_room
    cdef char busy                      # a thread is at it
    cdef uint32_t* unreadable           # interfaces that cannot be read, by their link type
