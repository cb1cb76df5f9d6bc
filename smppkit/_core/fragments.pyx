"""IP fragments put together again (RFC 791, section 3.2; RFC 8200, section 4.5), in bounded memory.

At most 64 datagrams are under way, the oldest gives way; of octets that come twice the first copy counts. Finished
datagrams stay, because segments that wait for others refer to them, up to 64 MiB; what comes then counts as lost.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset

from smppkit._core.framing cimport grow
from smppkit._core.packets cimport Packet

cdef enum:
    MOST_KEPT = 0x4000000


cdef inline Datagram* slot_of(Fragments self, const Packet* packet) noexcept nogil:
    """The datagram of a fragment, a new one when there is none; NULL without memory."""
    cdef Datagram* oldest = &self.slots[0]
    cdef Datagram* slot
    cdef int place
    for place in range(SLOTS):
        slot = &self.slots[place]
        if slot.octets == NULL:
            oldest = slot
        elif slot.identification == packet.identification and slot.family == packet.family and memcmp(
            slot.source, packet.source, 16
        ) == 0 and memcmp(slot.destination, packet.destination, 16) == 0:
            return slot
        elif oldest.octets != NULL and slot.age < oldest.age:
            oldest = slot
    if oldest.octets == NULL:
        oldest.octets = <uint8_t*>malloc(LARGEST)
        if oldest.octets == NULL:
            return NULL
    memcpy(oldest.source, packet.source, 16)
    memcpy(oldest.destination, packet.destination, 16)
    memset(oldest.came, 0, sizeof(oldest.came))
    oldest.family = packet.family
    oldest.identification = packet.identification
    oldest.total = oldest.blocks = 0
    self.begun += 1
    return oldest


cdef inline void put(Datagram* slot, const Packet* packet) noexcept nogil:
    """Copy the blocks that did not come before."""
    cdef uint32_t done = 0, size, block
    while done < packet.length:
        size = min(packet.length - done, 8)
        block = (packet.fragment_offset + done) // 8
        if not slot.came[block // 8] & (1 << (block % 8)):
            slot.came[block // 8] |= <uint8_t>(1 << (block % 8))
            slot.blocks += 1
            memcpy(slot.octets + packet.fragment_offset + done, packet.body + done, size)
        done += size


cdef class Fragments:
    """The datagrams under way and those that are finished.

    >>> Fragments().begun
    0
    """

    def __dealloc__(self):
        cdef int64_t place
        for place in range(SLOTS):
            free(self.slots[place].octets)
        for place in range(self.count):
            free(self.whole[place])
        free(self.whole)

    cdef const uint8_t* add(self, const Packet* packet, uint32_t* total) noexcept nogil:
        """Add a fragment; the payload of its datagram and the length of it when that is whole now, else NULL."""
        cdef Datagram* slot
        cdef uint8_t* octets
        if packet.captured < packet.length or packet.fragment_offset + packet.length > LARGEST:
            return NULL
        if packet.more and packet.length % 8:
            return NULL
        slot = slot_of(self, packet)
        if slot == NULL:
            return NULL
        self.clock += 1
        slot.age = self.clock
        put(slot, packet)
        if not packet.more:
            slot.total = packet.fragment_offset + packet.length
        if slot.total == 0 or slot.blocks < (slot.total + 7) // 8 or self.held + slot.total > MOST_KEPT:
            return NULL
        octets = slot.octets
        if not grow(<void**>&self.whole, &self.room, self.count + 1, sizeof(uint8_t*)):
            return NULL
        self.whole[self.count] = octets
        self.count += 1
        self.held += slot.total
        self.finished += 1
        slot.octets = NULL
        total[0] = slot.total
        return octets
