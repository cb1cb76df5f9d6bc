"""The TCP connections of a capture and the table that finds them.

The hash is seeded, so that no capture can be made that fills one place of the table.
"""

cimport cython
from libc.stdint cimport int8_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.framing cimport MOST_TOLD, Framer, grow
from smppkit._core.memory cimport calloc, free
from smppkit._core.packets cimport Packet
from smppkit._core.pages cimport wish_large_pages
from smppkit._core.reassembly cimport SAMPLE, release

cdef enum:
    FEWEST_PLACES = 1024
    FEWEST_IN_SLAB = 8
    MOST_IN_SLAB = 16384


cdef struct Ends:               # the endpoints of a packet, in the order of its flow
    const uint8_t* low
    const uint8_t* high
    uint16_t ports[2]


@cython.overflowcheck(False)
cdef inline uint64_t u64(const uint8_t* at) noexcept nogil:
    cdef uint64_t value = 0
    cdef int place
    for place in range(8):
        value = value << 8 | at[place]
    return value


cdef int side_of(const Packet* packet) noexcept nogil:
    """The side that sent a packet: 0 is the endpoint that sorts first."""
    cdef uint64_t source = u64(packet.source), destination = u64(packet.destination)
    if source == destination:
        source, destination = u64(packet.source + 8), u64(packet.destination + 8)
    if source == destination:
        return packet.source_port > packet.destination_port
    return source > destination


cdef inline Ends ends_of(const Packet* packet, int side) noexcept nogil:
    cdef Ends ends
    ends.low = &packet.destination[0] if side else &packet.source[0]
    ends.high = &packet.source[0] if side else &packet.destination[0]
    ends.ports[side] = packet.source_port
    ends.ports[1 - side] = packet.destination_port
    return ends


@cython.overflowcheck(False)
cdef inline uint64_t mixed(uint64_t hash, uint64_t value, uint64_t factor) noexcept nogil:
    hash = (hash ^ value) * (factor | 1)
    return hash ^ (hash >> 32)


cdef inline uint64_t hash_of(const Table* table, const Ends* ends) noexcept nogil:
    cdef uint64_t words[4]
    cdef uint64_t hash = table.seed[0]
    cdef int place
    memcpy(words, ends.low, 16)
    memcpy(words + 2, ends.high, 16)
    for place in range(4):
        hash = mixed(hash, words[place], table.seed[1])
    return mixed(hash, (<uint32_t>ends.ports[0] << 16) | ends.ports[1], table.seed[1])


cdef inline bint same(const uint8_t* one, const uint8_t* other) noexcept nogil:
    """Compare two addresses of 16 octets; a call of memcmp takes longer."""
    cdef uint64_t words[4]
    memcpy(words, one, 16)
    memcpy(words + 2, other, 16)
    return words[0] == words[2] and words[1] == words[3]


cdef inline bint joins(const Flow* flow, const Ends* ends, uint8_t family) noexcept nogil:
    return (
        flow.ports[0] == ends.ports[0]
        and flow.ports[1] == ends.ports[1]
        and flow.family == family
        and same(flow.low, ends.low)
        and same(flow.high, ends.high)
    )


cdef Flow* find_flow(const Table* table, const Packet* packet, int side) noexcept nogil:
    """The flow of a packet; NULL when there is none."""
    cdef Ends ends = ends_of(packet, side)
    cdef uint64_t hash = hash_of(table, &ends), place
    cdef Flow* flow
    if table.count == 0:
        return NULL
    place = hash & table.mask
    while table.places[place]:
        if (table.places[place] ^ hash) >> 32 == 0:
            flow = table.flows[<uint32_t>table.places[place] - 1]
            if joins(flow, &ends, packet.family):
                return flow
        place = (place + 1) & table.mask
    return NULL


cdef inline void enter(Table* table, int64_t index) noexcept nogil:
    cdef uint64_t hash = table.flows[index].hash, place = hash & table.mask
    while table.places[place]:
        place = (place + 1) & table.mask
    table.places[place] = (hash >> 32 << 32) | <uint64_t>(index + 1)


cdef bint rebuild(Table* table, uint64_t places) noexcept nogil:
    """Enter all flows anew into so many places, a power of two; False when there is no memory."""
    cdef uint64_t* fresh = <uint64_t*>calloc(places, sizeof(uint64_t))
    cdef int64_t index
    if fresh == NULL:
        return False
    free(table.places)
    table.places = fresh
    table.mask = places - 1
    for index in range(table.count):
        enter(table, index)
    return True


cdef inline Flow* fresh_flow(Table* table) noexcept nogil:
    """Zeroed memory for a flow: what was given back, or the next of a slab, each larger than the one before."""
    cdef Flow* flow = table.spare
    cdef Slab* slab = table.slabs
    cdef int64_t room
    if flow != NULL:
        table.spare = flow.next
        memset(flow, 0, sizeof(Flow))
        return flow
    if slab == NULL or slab.used == slab.room:
        room = min(slab.room * 2, <int64_t>MOST_IN_SLAB) if slab != NULL else FEWEST_IN_SLAB
        slab = <Slab*>calloc(1, sizeof(Slab) + room * sizeof(Flow))
        if slab == NULL:
            return NULL
        wish_large_pages(slab, room * sizeof(Flow))
        slab.room = room
        slab.next = table.slabs
        table.slabs = slab
    slab.used += 1
    return &slab.flows[0] + slab.used - 1


cdef Flow* add_flow(Table* table, const Packet* packet, int side) noexcept nogil:
    """A new, zeroed flow for a packet; NULL when there is no memory."""
    cdef Ends ends = ends_of(packet, side)
    cdef Flow* flow
    if <uint64_t>table.count * 2 >= table.mask and not rebuild(table, max((table.mask + 1) * 2, FEWEST_PLACES)):
        return NULL
    if not grow(<void**>&table.flows, &table.room, table.count + 1, sizeof(Flow*)):
        return NULL
    flow = fresh_flow(table)
    if flow == NULL:
        return NULL
    flow.hash = hash_of(table, &ends)
    flow.family = packet.family
    flow.ports = ends.ports
    memcpy(flow.low, ends.low, 16)
    memcpy(flow.high, ends.high, 16)
    table.flows[table.count] = flow
    table.count += 1
    enter(table, table.count - 1)
    return flow


cdef void discard(Table* table, Flow* flow) noexcept nogil:
    """Take a flow back."""
    release(&flow.streams[0])
    release(&flow.streams[1])
    flow.next = table.spare
    table.spare = flow


cdef void drop_table(Table* table, int64_t first) noexcept nogil:
    """Give the memory of all flows back; those before ``first`` hold nothing of their own any more."""
    cdef Slab* slab
    cdef int64_t index
    for index in range(first, table.count):
        discard(table, table.flows[index])
    while table.slabs != NULL:
        slab = table.slabs
        table.slabs = slab.next
        free(slab)
    free(table.flows)
    free(table.places)


cdef uint16_t port_of(const Flow* flow) noexcept nogil:
    """The port that a connection goes to: that of who did not open it, else the lower one."""
    return flow.ports[2 - flow.opener] if flow.opener else min(flow.ports[0], flow.ports[1])


cdef void outline(const Flow* flow, Other* out) noexcept nogil:
    cdef int side
    out.port = port_of(flow)
    for side in range(2):
        out.sampled[side] = flow.streams[side].sampled
        memcpy(out.sample[side], flow.streams[side].sample, SAMPLE)


cdef inline int64_t lead_of(const int64_t* low, const int64_t* high) noexcept nogil:
    """By how many PDUs the low side looks like the ESME rather than the message centre."""
    return low[0] + high[1] - low[1] - high[0]


cdef void describe(const Flow* flow, Ended* out) noexcept nogil:
    cdef const Framer* low = flow.streams[0].framer
    cdef const Framer* high = flow.streams[1].framer
    memset(out, 0, sizeof(Ended))       # what lies between the numbers is handed out too
    out.first_time = flow.first_time
    out.open_time = flow.open_time
    out.close_time = flow.close_time
    out.bind_lead = lead_of(low.binds, high.binds)
    out.lead = lead_of(low.asks, high.asks)
    out.untold = max(low.told - MOST_TOLD, 0) + max(high.told - MOST_TOLD, 0)
    memcpy(out.low, flow.low, 16)
    memcpy(out.high, flow.high, 16)
    out.ports = flow.ports
    out.link = flow.link
    out.family = flow.family
    out.opener = <int8_t>(flow.opener - 1)
    out.closer = <int8_t>(flow.closer - 1)
    out.reset = flow.closing >= 4
