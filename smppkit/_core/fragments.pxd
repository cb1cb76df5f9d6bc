# IP fragments put together again.
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from smppkit._core.packets cimport Packet

cdef enum:
    SLOTS = 64              # datagrams that may be under way at once
    LARGEST = 65536
    BITMAP = 1024           # octets of one bit for each 8 octets

cdef struct Datagram:
    uint8_t source[16]
    uint8_t destination[16]
    uint8_t family
    uint32_t identification
    uint32_t total          # octets, 0 until the last fragment came
    uint32_t blocks         # blocks of 8 octets that came
    uint32_t reached        # octets of the bitmap that may not be zero
    uint8_t came[BITMAP]
    uint8_t octets[LARGEST]

cdef class Fragments:
    cdef Datagram* slots[SLOTS]     # NULL: never used
    cdef uint64_t keys[SLOTS]       # of the datagram in a slot, 0: none
    cdef int64_t ages[SLOTS]
    cdef int recent                 # slot of the last fragment
    cdef uint8_t** chunks           # finished datagrams: segments that wait refer to them
    cdef int64_t count
    cdef int64_t room
    cdef int64_t used               # octets of the last chunk
    cdef int64_t clock
    cdef bint starved               # there was no memory for a datagram
    cdef readonly int64_t begun
    cdef readonly int64_t finished
    cdef const uint8_t* add(self, const Packet* packet, uint32_t* total) noexcept nogil
