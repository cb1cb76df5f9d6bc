"""The TCP connections of a capture and the table that finds them.

The hash is seeded, so that no capture can be made whose connections share a few lines of the index; ports or addresses
one behind the other, as a machine gives them out, fall anywhere like any others.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.index cimport (
    OF_A_LINE, clear_index, drop_index, enter, is_half_full, line_behind, line_of, put, tagged, widen_index,
)
from smppkit._core.packets cimport Packet, mixed
from smppkit._core.pages cimport soon
from smppkit._core.regions cimport give, take
from smppkit._core.sixteen cimport first_bit

cdef enum:
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
    hash = mixed(hash, (<uint32_t>ends.low_port << 16) | ends.high_port, factor)
    hash = mixed(hash, table.seed[0], factor)       # else ports in a row would fall in step, some factors on top
    return <uint32_t>hash | (not <uint16_t>hash)


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
    out.known = False
    out.hashed = table.count > 0 and not joins(&table.flows[table.recent], &ends, packet.family)
    if out.hashed:
        out.hash = hash_of(table, &ends, packet.family)
        soon(line_of(&table.index, out.hash))


cdef Flow* find_flow(Table* table, const Packet* packet, Sought* sought) noexcept nogil:
    """The flow of a packet; NULL when there is none, and then a place for it is known, if there are any."""
    cdef Ends ends = ends_of(packet, sought.side)
    cdef unsigned int found
    cdef int64_t index
    if sought.known and sought.index < table.count and joins(&table.flows[sought.index], &ends, packet.family):
        table.recent = sought.index
        return &table.flows[sought.index]
    if table.count and joins(&table.flows[table.recent], &ends, packet.family):
        return &table.flows[table.recent]
    if not sought.hashed:
        sought.hash = hash_of(table, &ends, packet.family)
    if table.index.lines == NULL:
        return NULL
    sought.line = line_of(&table.index, sought.hash)
    while True:
        found = tagged(sought.line, sought.hash)
        while found & 0xFF:
            index = sought.line.numbers[first_bit(found)]
            if joins(&table.flows[index], &ends, packet.family):
                table.recent = index
                return &table.flows[index]
            found &= found - 1
        if found:
            sought.slot = first_bit(found >> OF_A_LINE)
            return NULL
        sought.line = line_behind(&table.index, sought.line)


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
    """Enter all flows anew, after some have left and the others have moved; there are lines enough."""
    cdef int64_t index
    cdef const Flow* flow
    cdef Ends ends
    clear_index(&table.index)
    table.recent = 0
    for index in range(table.count):
        flow = &table.flows[index]
        ends.low = flow.low
        ends.high = flow.high
        ends.low_port = flow.ports[0]
        ends.high_port = flow.ports[1]
        enter(&table.index, hash_of(table, &ends, flow.family), <uint32_t>index)


cdef Flow* add_flow(Table* table, const Packet* packet, const Sought* sought) noexcept nogil:
    """A flow for a packet that has none, to be started; NULL when there is no memory. The others may have moved.

    Since it was looked for none may have left.
    """
    cdef Ends ends = ends_of(packet, sought.side)
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
    if not is_half_full(&table.index, table.count):
        put(sought.line, sought.slot, sought.hash, <uint32_t>table.count)
    elif widen_index(&table.index):
        enter(&table.index, sought.hash, <uint32_t>table.count)
    else:
        return NULL
    table.recent = table.count
    table.count += 1
    return flow


cdef void drop_table(Table* table) noexcept nogil:
    """Give the memory of all flows back; they hold nothing of their own any more."""
    give(table.flows)
    drop_index(&table.index)
