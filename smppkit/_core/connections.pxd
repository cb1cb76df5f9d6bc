# The TCP connections of a capture and the table that finds them.
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from smppkit._core.packets cimport Packet
from smppkit._core.reassembly cimport SAMPLE, Stream

cdef struct Flow:               # one connection
    Flow* next                  # of those that are spare
    uint64_t hash
    uint8_t low[16]             # the endpoint that sorts first is side 0
    uint8_t high[16]
    uint16_t ports[2]
    uint8_t family
    uint8_t reading             # Reading, as in its streams
    uint8_t closing             # bit of each side that sent FIN, 4 after RST
    uint8_t opener              # side + 1 that sent the SYN, 0 unknown
    uint8_t closer              # side + 1 that closed first
    int32_t link                # -1: not SMPP
    int64_t packets
    int64_t first_time
    int64_t open_time
    int64_t close_time
    Stream streams[2]

cdef struct Ended:              # what is told of a link, see journal.pcap.links
    int64_t first_time
    int64_t open_time
    int64_t close_time
    int64_t bind_lead           # by how many binds the low side looks like the ESME rather than the message centre
    int64_t lead                # by how many PDUs
    int64_t untold              # PDUs that change its state, beyond those that were told
    uint8_t low[16]
    uint8_t high[16]
    uint16_t ports[2]
    int32_t link
    uint8_t family
    int8_t opener
    int8_t closer
    uint8_t reset

cdef struct Excess:             # of a kind of finding, when there is more than what was told
    int64_t count
    int64_t octets
    int32_t link
    int32_t side
    int32_t finding

cdef struct Other:              # a connection that is not SMPP: the port it goes to, the first octets of each side
    uint16_t port
    uint8_t sampled[2]
    uint8_t sample[2][SAMPLE]

cdef struct Slab:               # memory for many flows, none of which goes back before all do
    Slab* next
    int64_t room
    int64_t used
    Flow flows[1]               # as many as there is room for

cdef struct Table:
    Slab* slabs
    Flow* spare                 # those that were given back, chained by ``next``
    Flow** flows                # in the order of their first packets
    int64_t count
    int64_t room
    uint64_t* places            # high half: that of the hash; low half: index into flows + 1; 0: empty
    uint64_t mask               # places are a power of two
    uint64_t seed[2]

cdef int side_of(const Packet* packet) noexcept nogil
cdef Flow* find_flow(const Table* table, const Packet* packet, int side) noexcept nogil
cdef Flow* add_flow(Table* table, const Packet* packet, int side) noexcept nogil
cdef bint rebuild(Table* table, uint64_t places) noexcept nogil
cdef void discard(Table* table, Flow* flow) noexcept nogil
cdef void drop_table(Table* table, int64_t first) noexcept nogil
cdef uint16_t port_of(const Flow* flow) noexcept nogil
cdef void describe(const Flow* flow, Ended* out) noexcept nogil
cdef void outline(const Flow* flow, Other* out) noexcept nogil
