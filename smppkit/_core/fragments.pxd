# IP fragments put together again.
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from smppkit._core.packets cimport Packet

cdef enum:
    SLOTS = 64              # datagrams that may be under way at once
    NONE = SLOTS            # where the chain of ages begins, and where it ends
    LARGEST = 65536
    BITMAP = 1024           # octets of one bit for each 8 octets

cdef struct Datagram:
    uint64_t source[2]
    uint64_t destination[2]
    uint8_t family
    uint32_t identification
    uint32_t total          # octets, 0 until the last fragment came
    uint32_t blocks         # blocks of 8 octets that came
    uint32_t end            # where the fragment ends that reaches furthest
    uint8_t came[BITMAP]
    uint8_t octets[LARGEST]

cdef class Fragments:
    cdef Datagram* slots[SLOTS]     # NULL: never used
    cdef uint32_t keys[SLOTS]       # of the datagram in a slot, 0: none
    cdef uint8_t older[SLOTS + 1]   # chain of the slots from the last used, which is the older of NONE, to the oldest
    cdef uint8_t newer[SLOTS + 1]
    cdef uint64_t seed[2]           # of the keys
    cdef bint starved               # there was no memory for a datagram
    cdef readonly int64_t begun
    cdef readonly int64_t finished
    cdef const uint8_t* add(self, const Packet* packet, uint32_t* total) noexcept nogil
