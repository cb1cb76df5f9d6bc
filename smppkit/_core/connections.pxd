# The TCP connections of a capture and the table that finds them.
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from smppkit._core.index cimport OF_A_LINE, Index, Line, line_of, tagged
from smppkit._core.packets cimport Packet
from smppkit._core.pages cimport soon
from smppkit._core.runs cimport Waiting
from smppkit._core.sixteen cimport first_bit
from smppkit._core.stream cimport READ, Stream, stream_soon
from smppkit._core.undecided cimport has_octets

cdef enum:
    MOST_FLOWS = 0x20000        # in the table
    FLOWS_AHEAD = 16            # of one that is at hand, those that memory is asked for
    STREAMS_AHEAD = 8

cdef enum Closing:
    OVER = 3                    # both sides sent FIN
    RESET = 4

cdef struct Flow:               # one connection, 120 octets; in step it needs the first line of the cache alone
    uint64_t low[2]             # the endpoint that sorts first is side 0; addresses are those of Packet
    uint64_t high[2]
    uint16_t ports[2]
    uint32_t length             # of the first segment, as long as no other packet came: it needs no stream; 0: none
    Stream* streams[2]          # NULL: nothing came that has to be kept
    uint8_t sender              # the side it is from; its sequence number stands in numbers
    uint8_t family
    uint8_t reading             # Reading, as in its streams
    uint8_t closing             # bit of each side that sent FIN, RESET after RST
    uint8_t syn_seen            # bit of each side that sent SYN
    int8_t opener               # side that sent the SYN, -1 unknown
    int8_t closer               # side that closed first
    uint32_t numbers[2]         # sequence number of the SYN of each side, before one is seen of its FIN
    int32_t link                # -1: not SMPP
    uint32_t captured           # of the first segment
    const uint8_t* octets
    int64_t packet
    int64_t first_time
    int64_t open_time
    int64_t close_time
    uint8_t spare[8]            # to 128 octets, so that each lies in two lines of the cache

cdef struct Table:
    Flow* flows                 # in the order of their first packets
    int64_t count
    int64_t room
    int64_t recent              # index of the one found last: the next packet is of the same, most often
    Index index                 # of them, by the hashes of their endpoints
    uint64_t seed[2]

cdef struct Sought:             # by what the connection of a packet is found
    int side                    # that sent it
    uint32_t hash               # its low half is never 0
    bint hashed                 # else it is made when it is needed: most often the packet is of the recent connection
    bint known                  # the connection is likely to be the one at ``index``
    int64_t index
    Line* line                  # that has room for it, when it is not there
    int slot                    # of that line

cdef void seek(const Table* table, const Packet* packet, Sought* out) noexcept nogil
cdef Flow* find_flow(Table* table, const Packet* packet, Sought* sought) noexcept nogil
cdef Flow* add_flow(Table* table, const Packet* packet, const Sought* sought) noexcept nogil
cdef void enter_all(Table* table) noexcept nogil
cdef void drop_table(Table* table) noexcept nogil


cdef inline void flow_soon(const Flow* flow) noexcept nogil:
    soon(flow)
    soon(&flow.numbers)


cdef inline void approach_end(const Table* table, int64_t index) noexcept nogil:
    """Ask memory for what is needed soon when connections end one after the other, this one now."""
    if index + FLOWS_AHEAD < table.count:
        flow_soon(&table.flows[index + FLOWS_AHEAD])
        soon(table.flows[index + STREAMS_AHEAD].streams[0])     # the first line, which is enough if it is plain
        soon(table.flows[index + STREAMS_AHEAD].streams[1])


cdef inline bint approach(const Table* table, Sought* sought) noexcept nogil:
    """Ask memory for the flow of a packet, when its line has come; False if it has none, most likely. There are flows.

    No branch: whether a packet is of a connection that is known may be hard to foresee.
    """
    cdef const Line* line = line_of(&table.index, sought.hash)
    cdef unsigned int found = tagged(line, sought.hash) & 0xFF
    sought.known = sought.hashed & (found != 0)
    sought.index = line.numbers[first_bit(found | (1 << (OF_A_LINE - 1)))]
    flow_soon(&table.flows[sought.index])       # whatever it is: asking never faults
    return sought.known


cdef inline void approach_stream(const Table* table, const Sought* sought) noexcept nogil:
    """Ask memory for the stream of a packet when its flow has come, or for what else is known of it.

    Of the stream of the other side, which it acknowledges, a little is needed.
    """
    cdef const Flow* flow = &table.flows[sought.index]
    stream_soon(flow.streams[sought.side])
    soon(flow.streams[1 - sought.side])


cdef inline const Waiting* approach_parts(const Table* table, const Sought* sought) noexcept nogil:
    """Ask memory for what the stream reads with, when it has come; returns what waits, NULL for nothing."""
    cdef const Flow* flow = &table.flows[sought.index]
    cdef const Stream* stream = flow.streams[sought.side]
    if stream == NULL:
        soon(flow.octets)           # of the first segment, if that is all there is
        return NULL
    if flow.reading == READ:
        soon(stream.parts.framer.partial)
    if stream.few:
        soon(&stream.lone)
    soon(stream.waiting)
    return stream.waiting


cdef inline uint16_t port_of(const Flow* flow) noexcept nogil:
    """The port that a connection goes to: that of who did not open it, else the lower one."""
    return flow.ports[1 - flow.opener] if flow.opener >= 0 else min(flow.ports[0], flow.ports[1])


cdef inline bint carried(const Flow* flow) noexcept nogil:
    """Tell whether there are octets of it."""
    cdef int side
    if flow.length:
        return flow.captured > 0
    for side in range(2):
        if flow.streams[side] != NULL and has_octets(flow.streams[side]):
            return True
    return False
