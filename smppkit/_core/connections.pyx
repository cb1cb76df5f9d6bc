"""The TCP connections of a capture and the table that finds them.

The hash is seeded, so that no capture can be made that fills one place of the table. A place holds the hash as well, so
that the table grows without a look at the connections.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.framing cimport MOST_TOLD, Framer, is_plain
from smppkit._core.packets cimport Packet, mixed
from smppkit._core.pages cimport soon
from smppkit._core.regions cimport give, take, take_zeros
from smppkit._core.stream cimport SAMPLE
from smppkit._core.undecided cimport sampled

cdef extern from *:
    """
    /* A number whose octets lie in memory in the order of the network, which compilers know as one instruction. */
    static inline uint64_t big_endian(uint64_t number) {
        unsigned char octets[8];
        uint64_t word;
        for (int place = 0; place < 8; place++) octets[place] = (unsigned char)(number >> (56 - place * 8));
        memcpy(&word, octets, 8);
        return word;
    }
    """
    uint64_t big_endian(uint64_t number) noexcept nogil

cdef enum:
    FEWEST_PLACES = 1024
    GROWTH = 4                  # of the places
    FEWEST_FLOWS = 16
    LAST_STEP = 0x1000          # flows, above which there is room for all


cdef inline int side_of(const Packet* packet) noexcept nogil:
    """The side that sent a packet: 0 is the endpoint that sorts first."""
    if packet.addresses[0][0] != packet.addresses[1][0]:
        return packet.addresses[0][0] > packet.addresses[1][0]
    if packet.addresses[0][1] != packet.addresses[1][1]:
        return packet.addresses[0][1] > packet.addresses[1][1]
    return packet.ports[0] > packet.ports[1]


cdef struct Ends:               # the endpoints of a packet, in the order of its flow
    const uint64_t* low
    const uint64_t* high
    uint16_t low_port
    uint16_t high_port


cdef inline Ends ends_of(const Packet* packet, int side) noexcept nogil:
    cdef Ends ends
    ends.low = packet.addresses[side]   # no branch: which side sends is hard to foresee
    ends.high = packet.addresses[1 - side]
    ends.low_port = packet.ports[side]
    ends.high_port = packet.ports[1 - side]
    return ends


cdef inline uint32_t hash_of(const Table* table, const Ends* ends, uint8_t family) noexcept nogil:
    cdef uint64_t hash = table.seed[0], factor = table.seed[1]
    if family == 4:                     # each address has half a word
        hash = mixed(hash, ends.low[0] | ends.high[0] >> 32, factor)
    else:
        hash = mixed(hash, ends.low[0], factor)
        hash = mixed(hash, ends.low[1], factor)
        hash = mixed(hash, ends.high[0], factor)
        hash = mixed(hash, ends.high[1], factor)
    return <uint32_t>mixed(hash, (<uint32_t>ends.low_port << 16) | ends.high_port, factor)


cdef inline bint joins(const Flow* flow, const Ends* ends, uint8_t family) noexcept nogil:
    return (
        flow.ports[0] == ends.low_port
        and flow.ports[1] == ends.high_port
        and flow.family == family
        and flow.low[0] == ends.low[0]
        and flow.low[1] == ends.low[1]
        and flow.high[0] == ends.high[0]
        and flow.high[1] == ends.high[1]
    )


cdef void seek(const Table* table, const Packet* packet, Sought* out) noexcept nogil:
    """Begin to look for the flow of a packet: ask memory for its place, if it is not that of the one before."""
    cdef Ends ends
    out.side = side_of(packet)
    ends = ends_of(packet, out.side)
    out.hashed = table.count > 0 and not joins(&table.flows[table.recent], &ends, packet.family)
    if out.hashed:
        out.hash = hash_of(table, &ends, packet.family)
        soon(&table.places[out.hash & table.mask])


cdef Flow* find_flow(Table* table, const Packet* packet, Sought* sought) noexcept nogil:
    """The flow of a packet; NULL when there is none, and then the hash and a place are known, if there are places."""
    cdef Ends ends = ends_of(packet, sought.side)
    cdef uint32_t hash, place
    cdef int64_t index
    if not sought.hashed and table.count and joins(&table.flows[table.recent], &ends, packet.family):
        return &table.flows[table.recent]
    if not sought.hashed:
        sought.hash = hash_of(table, &ends, packet.family)
    if table.places == NULL:
        return NULL
    hash = sought.hash
    place = hash & table.mask
    while table.places[place]:
        if table.places[place] >> 32 == hash:
            index = <int64_t><uint32_t>table.places[place] - 1
            if joins(&table.flows[index], &ends, packet.family):
                table.recent = index
                return &table.flows[index]
        place = (place + 1) & table.mask
    sought.place = place
    return NULL


cdef inline void enter(Table* table, uint64_t entry) noexcept nogil:
    cdef uint32_t place = <uint32_t>(entry >> 32) & table.mask
    while table.places[place]:
        place = (place + 1) & table.mask
    table.places[place] = entry


cdef inline bint widen_places(Table* table) noexcept nogil:
    """Make more places, and enter there what was in the old ones; False when there is no memory."""
    cdef uint64_t* old = table.places
    cdef int64_t count = <int64_t>table.mask + 1 if old != NULL else 0, place
    cdef int64_t larger = count * GROWTH if count else FEWEST_PLACES
    cdef uint64_t* fresh = <uint64_t*>take_zeros(larger * sizeof(uint64_t))
    if fresh == NULL:
        return False
    table.places = fresh
    table.mask = <uint32_t>(larger - 1)
    for place in range(count):
        if old[place]:
            enter(table, old[place])
    give(old)
    return True


cdef inline bint widen_flows(Table* table) noexcept nogil:
    """Make room for twice the flows, and at last for the most there may be, which memory follows as they come."""
    cdef int64_t room = max(table.room * 2, <int64_t>FEWEST_FLOWS)
    cdef bint clean = False
    cdef Flow* fresh
    if room > LAST_STEP:
        room = MOST_FLOWS
    fresh = <Flow*>take(room * sizeof(Flow), &clean)
    if fresh == NULL:
        return False
    if table.count:
        memcpy(fresh, table.flows, table.count * sizeof(Flow))
    give(table.flows)
    table.flows = fresh
    table.room = room
    return True


cdef void enter_all(Table* table) noexcept nogil:
    """Enter all flows anew, after some have left and the others have moved; there are places enough."""
    cdef int64_t index
    cdef const Flow* flow
    cdef Ends ends
    memset(table.places, 0, (<size_t>table.mask + 1) * sizeof(uint64_t))
    table.recent = 0
    for index in range(table.count):
        flow = &table.flows[index]
        ends.low = flow.low
        ends.high = flow.high
        ends.low_port = flow.ports[0]
        ends.high_port = flow.ports[1]
        enter(table, (<uint64_t>hash_of(table, &ends, flow.family) << 32) | <uint64_t>(index + 1))


cdef Flow* add_flow(Table* table, const Packet* packet, const Sought* sought) noexcept nogil:
    """A flow for a packet that has none, to be started; NULL when there is no memory. The others may have moved.

    Since it was looked for none may have left.
    """
    cdef Ends ends = ends_of(packet, sought.side)
    cdef uint64_t entry = (<uint64_t>sought.hash << 32) | <uint64_t>(table.count + 1)
    cdef Flow* flow
    if table.count == table.room and not widen_flows(table):
        return NULL
    flow = &table.flows[table.count]
    if table.count + FLOWS_AHEAD < table.room:
        flow_soon(flow + FLOWS_AHEAD)
    flow.low = ends.low
    flow.high = ends.high
    flow.ports[0] = ends.low_port
    flow.ports[1] = ends.high_port
    flow.numbers[0] = flow.numbers[1] = 0
    flow.octets = NULL
    flow.family = packet.family
    if table.count * 2 < table.mask:
        table.places[sought.place] = entry
    elif widen_places(table):
        enter(table, entry)
    else:
        return NULL
    table.recent = table.count
    table.count += 1
    return flow


cdef void drop_table(Table* table) noexcept nogil:
    """Give the memory of all flows back; they hold nothing of their own any more."""
    give(table.flows)
    give(table.places)


cdef void outline(const Flow* flow, Other* out) noexcept nogil:
    """The first octets of each side."""
    cdef int side
    memset(out, 0, sizeof(Other))
    for side in range(2):
        if flow.streams[side] != NULL:
            out.sampled[side] = <uint8_t>sampled(flow.streams[side], out.sample[side])
    if flow.length:
        out.sampled[flow.sender] = <uint8_t>min(flow.captured, <uint32_t>SAMPLE)
        memcpy(out.sample[flow.sender], flow.octets, out.sampled[flow.sender])
    out.port = port_of(flow)


cdef inline void put_address(uint8_t* out, const uint64_t* address) noexcept nogil:
    cdef uint64_t words[2]
    words[0] = big_endian(address[0])
    words[1] = big_endian(address[1])
    memcpy(out, words, 16)


cdef inline int8_t esme_of(const Flow* flow) noexcept nogil:
    """The side that is the ESME: binds decide, without them the other commands that one side alone sends.

    Without any of these it is who opened the connection, else the side with the higher port.
    """
    cdef const Framer* framer
    cdef int64_t binds = 0, asks = 0    # by how many the low side looks like the ESME rather than the message centre
    cdef int side
    for side in range(2):
        if flow.streams[side] != NULL:
            framer = &flow.streams[side].parts.framer
            binds += <int64_t>framer.binds * (1 - 2 * side)
            asks += <int64_t>framer.asks * (1 - 2 * side)
    if binds or asks:
        return <int8_t>((binds if binds else asks) < 0)
    return flow.opener if flow.opener >= 0 else <int8_t>(flow.ports[0] <= flow.ports[1])


cdef void describe(const Flow* flow, Ended* out) noexcept nogil:
    """What is to be told of a link."""
    cdef int side
    memset(out, 0, sizeof(Ended))       # what lies between the numbers is handed out too
    for side in range(2):
        if flow.streams[side] != NULL and not is_plain(&flow.streams[side].parts.framer):
            out.untold += max(<int64_t>flow.streams[side].parts.framer.told - MOST_TOLD, <int64_t>0)
    out.first_time = flow.first_time
    out.open_time = flow.open_time
    out.close_time = flow.close_time
    put_address(out.low, flow.low)
    put_address(out.high, flow.high)
    out.ports = flow.ports
    out.link = flow.link
    out.family = flow.family
    out.opener = flow.opener
    out.closer = flow.closer
    out.reset = flow.closing >= RESET
    out.esme = esme_of(flow)
