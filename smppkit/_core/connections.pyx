"""The TCP connections of a capture and the table that finds them.

The hash is seeded, so that no capture can be made that fills one place of the table.
"""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy

from smppkit._core.framing cimport FINDINGS, Framer, grow
from smppkit._core.packets cimport Packet
from smppkit._core.reassembly cimport Stream, release

cdef enum:
    FEWEST_PLACES = 1024


cdef struct Ends:               # the endpoints of a packet, in the order of its flow
    const uint8_t* low
    const uint8_t* high
    uint16_t ports[2]


cdef int side_of(const Packet* packet) noexcept nogil:
    """The side that sent a packet: 0 is the endpoint that sorts first."""
    cdef int order = memcmp(packet.source, packet.destination, 16)
    return order > 0 or (order == 0 and packet.source_port > packet.destination_port)


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


cdef inline bint joins(const Flow* flow, const Ends* ends, uint8_t family) noexcept nogil:
    return (
        flow.ports[0] == ends.ports[0]
        and flow.ports[1] == ends.ports[1]
        and flow.family == family
        and memcmp(flow.low, ends.low, 16) == 0
        and memcmp(flow.high, ends.high, 16) == 0
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
        flow = table.flows[table.places[place] - 1]
        if flow.hash == hash and joins(flow, &ends, packet.family):
            return flow
        place = (place + 1) & table.mask
    return NULL


cdef inline void enter(Table* table, int64_t index) noexcept nogil:
    cdef uint64_t place = table.flows[index].hash & table.mask
    while table.places[place]:
        place = (place + 1) & table.mask
    table.places[place] = <int32_t>(index + 1)


cdef bint rebuild(Table* table, uint64_t places) noexcept nogil:
    """Enter all flows anew into so many places, a power of two; False when there is no memory."""
    cdef int32_t* fresh = <int32_t*>calloc(places, sizeof(int32_t))
    cdef int64_t index
    if fresh == NULL:
        return False
    free(table.places)
    table.places = fresh
    table.mask = places - 1
    for index in range(table.count):
        enter(table, index)
    return True


cdef Flow* add_flow(Table* table, const Packet* packet, int side) noexcept nogil:
    """A new, zeroed flow for a packet; NULL when there is no memory."""
    cdef Ends ends = ends_of(packet, side)
    cdef Flow* flow
    if <uint64_t>table.count * 2 >= table.mask and not rebuild(table, max((table.mask + 1) * 2, FEWEST_PLACES)):
        return NULL
    if not grow(<void**>&table.flows, &table.room, table.count + 1, sizeof(Flow*)):
        return NULL
    flow = <Flow*>calloc(1, sizeof(Flow))
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


cdef void discard(Flow* flow) noexcept nogil:
    """Give a flow's memory back."""
    release(&flow.streams[0])
    release(&flow.streams[1])
    free(flow)


cdef inline object sample_of(const Stream* stream):
    return PyBytes_FromStringAndSize(<const char*>stream.sample, stream.sampled)


cdef object outlined(const Flow* flow):
    """What Python is told of a connection that is not SMPP: the port it goes to, the first octets of each side."""
    cdef uint16_t port = min(flow.ports[0], flow.ports[1])
    if flow.opener:
        port = flow.ports[2 - flow.opener]
    return port, sample_of(&flow.streams[0]), sample_of(&flow.streams[1])


cdef inline int64_t lead_of(const int64_t* low, const int64_t* high) noexcept nogil:
    """By how many PDUs the low side looks like the ESME rather than the message centre."""
    return low[0] + high[1] - low[1] - high[0]


cdef inline object counts_of(const Flow* flow, bint octets):
    """What was found wrong on each side, or the octets concerned; nothing when nothing was."""
    cdef int side, finding
    cdef int64_t total = 0
    for side in range(2):
        for finding in range(FINDINGS):
            total += flow.streams[side].framer.found[finding]
    if not total:
        return ()
    cdef list sides = [[], []]
    cdef const Framer* framer
    # a loop, no comprehension: of those Cython 3.3.1 frees an item twice when the list cannot grow
    for side in range(2):
        for finding in range(FINDINGS):
            framer = &flow.streams[side].framer
            sides[side].append(framer.octets[finding] if octets else framer.found[finding])
    return tuple(sides[0]), tuple(sides[1])


cdef object described(const Flow* flow):
    """What Python is told of a link that ended, in the order of ``journal.pcap.links.Connection``."""
    cdef int size = 4 if flow.family == 4 else 16
    cdef const Framer* low = &flow.streams[0].framer
    cdef const Framer* high = &flow.streams[1].framer
    return (
        flow.link,
        (
            PyBytes_FromStringAndSize(<const char*>flow.low, size),
            PyBytes_FromStringAndSize(<const char*>flow.high, size),
        ),
        (flow.ports[0], flow.ports[1]),
        flow.first_time,
        flow.open_time,
        flow.close_time,
        flow.opener - 1,
        flow.closer - 1,
        flow.closing >= 4,
        lead_of(low.binds, high.binds),
        lead_of(low.asks, high.asks),
        counts_of(flow, False),
        counts_of(flow, True),
    )
