# The packets of a capture file: where each lies, and when and how it was captured.
from libc.stdint cimport int32_t, int64_t, uint32_t

cdef enum:
    ROWS = 4096             # packets of a batch: the rows stay in the second cache

cdef struct Row:
    int64_t offset          # of its octets in the file
    int64_t time            # nanoseconds since 1970 UTC, INT64_MIN unknown
    uint32_t captured       # octets in the file
    uint32_t wire           # octets on the wire
    int32_t link_type

cdef class Rows:
    cdef Row rows[ROWS]
    cdef readonly int count
    cdef readonly int64_t strangers     # packets of interfaces that no block describes
