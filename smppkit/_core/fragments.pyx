"""IP fragments put together again (RFC 791, section 3.2; RFC 8200, section 4.5), in bounded memory.

At most 64 datagrams are under way, the oldest gives way; of octets that come twice the first copy counts. Finished
datagrams stay, because segments that wait for others refer to them, up to 64 MiB; what comes then counts as lost.
"""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from smppkit._core.framing cimport grow
from smppkit._core.memory cimport free, malloc
from smppkit._core.packets cimport Packet

cdef enum:
    CHUNK = 0x100000
    MOST_CHUNKS = 64


@cython.overflowcheck(False)
cdef inline uint64_t key_of(const Packet* packet) noexcept nogil:
    """A number that differs for most datagrams, and is never 0."""
    cdef uint64_t words[4]
    memcpy(words, packet.source, 16)
    memcpy(words + 2, packet.destination, 16)
    return (words[0] ^ words[1] ^ words[2] ^ words[3]) * 31 + packet.identification * 2 + 1 | 1


cdef inline bint is_of(const Datagram* slot, const Packet* packet) noexcept nogil:
    return slot.identification == packet.identification and slot.family == packet.family and memcmp(
        slot.source, packet.source, 16
    ) == 0 and memcmp(slot.destination, packet.destination, 16) == 0


cdef inline int find(Fragments self, const Packet* packet, uint64_t key) noexcept nogil:
    """The slot of a fragment's datagram; -1 when there is none."""
    cdef int place
    if self.keys[self.recent] == key and is_of(self.slots[self.recent], packet):
        return self.recent
    for place in range(SLOTS):
        if self.keys[place] == key and is_of(self.slots[place], packet):
            return place
    return -1


cdef inline int begin(Fragments self, const Packet* packet, uint64_t key) noexcept nogil:
    """A slot for a new datagram, that of the oldest when none is free; -1 without memory."""
    cdef int place, oldest = 0
    cdef Datagram* slot
    for place in range(1, SLOTS):
        if self.ages[place] < self.ages[oldest]:
            oldest = place
    slot = self.slots[oldest]
    if slot == NULL:
        slot = <Datagram*>malloc(sizeof(Datagram))
        if slot == NULL:
            self.starved = True
            return -1
        slot.reached = BITMAP
        self.slots[oldest] = slot
    memcpy(slot.source, packet.source, 16)
    memcpy(slot.destination, packet.destination, 16)
    memset(slot.came, 0, slot.reached)
    slot.family = packet.family
    slot.identification = packet.identification
    slot.total = slot.blocks = slot.reached = 0
    self.keys[oldest] = key
    self.begun += 1
    return oldest


cdef inline void put(Datagram* slot, const Packet* packet) noexcept nogil:
    """Copy the blocks that did not come before."""
    cdef uint32_t done = 0, size, block = 0
    while done < packet.length:
        size = min(packet.length - done, 8)
        block = (packet.fragment_offset + done) // 8
        if not slot.came[block // 8] & (1 << (block % 8)):
            slot.came[block // 8] |= <uint8_t>(1 << (block % 8))
            slot.blocks += 1
            memcpy(slot.octets + packet.fragment_offset + done, packet.body + done, size)
        done += size
    slot.reached = max(slot.reached, block // 8 + 1)


cdef inline uint8_t* kept(Fragments self, const uint8_t* octets, uint32_t size) noexcept nogil:
    """A copy of a finished datagram, in one of the chunks; NULL when they are full, or memory is out."""
    cdef uint8_t* copy
    if self.count == 0 or self.used + size > CHUNK:
        if self.count == MOST_CHUNKS:
            return NULL
        self.starved = not grow(<void**>&self.chunks, &self.room, self.count + 1, sizeof(uint8_t*))
        if self.starved:
            return NULL
        self.chunks[self.count] = <uint8_t*>malloc(CHUNK)
        self.starved = self.chunks[self.count] == NULL
        if self.starved:
            return NULL
        self.count += 1
        self.used = 0
    copy = self.chunks[self.count - 1] + self.used
    self.used += size
    memcpy(copy, octets, size)
    return copy


cdef class Fragments:
    """The datagrams under way and those that are finished.

    >>> Fragments().begun
    0
    """

    def __dealloc__(self):
        cdef int64_t place
        for place in range(SLOTS):
            free(self.slots[place])
        for place in range(self.count):
            free(self.chunks[place])
        free(self.chunks)

    cdef const uint8_t* add(self, const Packet* packet, uint32_t* total) noexcept nogil:
        """Add a fragment; the payload of its datagram and the length of it when that is whole now, else NULL."""
        cdef Datagram* slot
        cdef const uint8_t* octets
        cdef uint64_t key = key_of(packet)
        cdef int place
        if packet.captured < packet.length or packet.fragment_offset + packet.length > LARGEST:
            return NULL
        if packet.more and packet.length % 8:
            return NULL
        place = find(self, packet, key)
        if place < 0:
            place = begin(self, packet, key)
        if place < 0:
            return NULL
        slot = self.slots[place]
        self.recent = place
        self.clock += 1
        self.ages[place] = self.clock
        put(slot, packet)
        if not packet.more:
            slot.total = packet.fragment_offset + packet.length
        if slot.total == 0 or slot.blocks < (slot.total + 7) // 8:
            return NULL
        octets = kept(self, slot.octets, slot.total)
        if octets == NULL:
            return NULL
        self.finished += 1
        self.keys[place] = 0
        self.ages[place] = 0
        total[0] = slot.total
        return octets
