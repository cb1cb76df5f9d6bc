"""IP fragments put together again (RFC 791, section 3.2; RFC 8200, section 4.5), in bounded memory.

At most 64 datagrams are under way, the one that waits longest gives way; of octets that come twice the first copy
counts. A finished datagram lies in its place until another begins there: who wants to keep it makes a copy.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.memory cimport free, malloc
from smppkit._core.packets cimport Packet, mixed


cdef inline uint32_t key_of(Fragments self, const Packet* packet) noexcept nogil:
    """A number that differs for most datagrams, which none can be made to share, and is never 0."""
    cdef uint64_t key = mixed(self.seed[0], packet.addresses[0][0], self.seed[1])
    key = mixed(key, packet.addresses[1][0], self.seed[1])
    if packet.family == 6:
        key = mixed(key, packet.addresses[0][1], self.seed[1])
        key = mixed(key, packet.addresses[1][1], self.seed[1])
    return <uint32_t>mixed(key, packet.identification, self.seed[1]) | 1


cdef inline bint is_of(const Datagram* slot, const Packet* packet) noexcept nogil:
    return (
        slot.identification == packet.identification
        and slot.family == packet.family
        and slot.source[0] == packet.addresses[0][0]
        and slot.source[1] == packet.addresses[0][1]
        and slot.destination[0] == packet.addresses[1][0]
        and slot.destination[1] == packet.addresses[1][1]
    )


cdef inline int find(Fragments self, const Packet* packet, uint32_t key) noexcept nogil:
    """The slot of a fragment's datagram; -1 when there is none."""
    cdef int place = self.older[NONE]
    cdef uint32_t some = 0
    if self.keys[place] == key and is_of(self.slots[place], packet):
        return place
    for place in range(SLOTS):          # without a branch, so that several are compared at once
        some |= self.keys[place] == key
    if some:
        for place in range(SLOTS):
            if self.keys[place] == key and is_of(self.slots[place], packet):
                return place
    return -1


cdef inline void put_behind(Fragments self, int place, int newer) noexcept nogil:
    """Put a slot elsewhere in the chain of ages: as the next older than another."""
    self.older[self.newer[place]] = self.older[place]
    self.newer[self.older[place]] = self.newer[place]
    self.newer[place] = <uint8_t>newer
    self.older[place] = self.older[newer]
    self.newer[self.older[place]] = <uint8_t>place
    self.older[newer] = <uint8_t>place


cdef inline int begin(Fragments self, const Packet* packet, uint32_t key) noexcept nogil:
    """A slot for a new datagram, that of the oldest when none is free; -1 without memory."""
    cdef int oldest = self.newer[NONE]
    cdef Datagram* slot = self.slots[oldest]
    if slot == NULL:
        slot = <Datagram*>malloc(sizeof(Datagram))
        if slot == NULL:
            self.starved = True
            return -1
        slot.end = LARGEST
        self.slots[oldest] = slot
    slot.source = packet.addresses[0]
    slot.destination = packet.addresses[1]
    memset(slot.came, 0, (slot.end + 63) // 64)
    slot.family = packet.family
    slot.identification = packet.identification
    slot.total = slot.blocks = slot.end = 0
    self.keys[oldest] = key
    self.begun += 1
    return oldest


cdef inline bint is_whole(const Datagram* slot) noexcept nogil:
    """Tell whether all blocks came. Where some lie behind the end, of fragments that contradict each other, look."""
    cdef uint32_t wanted = (slot.total + 7) // 8, place
    if slot.total == 0 or slot.blocks < wanted:
        return False
    if slot.end <= slot.total:
        return True
    for place in range(wanted // 8):
        if slot.came[place] != 0xFF:
            return False
    return wanted % 8 == 0 or (~slot.came[wanted // 8] & ((1 << wanted % 8) - 1)) == 0


cdef inline void put(Datagram* slot, const Packet* packet) noexcept nogil:
    """Copy the blocks that did not come before."""
    cdef uint32_t done = 0, size, block
    while done < packet.length:
        size = min(packet.length - done, 8)
        block = (packet.fragment_offset + done) // 8
        if not slot.came[block // 8] & (1 << (block % 8)):
            slot.came[block // 8] |= <uint8_t>(1 << (block % 8))
            slot.blocks += 1
            if size < 8:                # what lies behind is not told, should another fragment end later
                memset(&slot.octets[packet.fragment_offset + done], 0, 8)
            memcpy(&slot.octets[packet.fragment_offset + done], packet.body + done, size)
        done += size
    slot.end = max(slot.end, packet.fragment_offset + packet.length)


cdef class Fragments:
    """The datagrams under way.

    >>> Fragments().begun
    0
    """

    def __cinit__(self):
        cdef int place
        for place in range(SLOTS + 1):          # a ring, with NONE between its ends
            self.older[place] = <uint8_t>((place + 1) % (SLOTS + 1))
            self.newer[place] = <uint8_t>((place + SLOTS) % (SLOTS + 1))

    def __dealloc__(self):
        cdef int place
        for place in range(SLOTS):
            free(self.slots[place])

    cdef const uint8_t* add(self, const Packet* packet, uint32_t* total) noexcept nogil:
        """Add a fragment; the payload of its datagram and the length of it when that is whole now, else NULL.

        The octets are those of the slot, which the next fragment may overwrite.
        """
        cdef Datagram* slot
        cdef uint32_t key = key_of(self, packet)
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
        put(slot, packet)
        if not packet.more:
            slot.total = packet.fragment_offset + packet.length
        if not is_whole(slot):
            put_behind(self, place, NONE)
            return NULL
        self.finished += 1
        self.keys[place] = 0
        put_behind(self, place, self.newer[NONE])
        total[0] = slot.total
        return slot.octets
