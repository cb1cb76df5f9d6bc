"""What is told of a capture besides its records: links that ended, findings too many to tell, what is not SMPP."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int8_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.buffers cimport Block
from smppkit._core.connections cimport RESET, Flow, carried, port_of
from smppkit._core.framing cimport FINDINGS, MOST_TOLD, NOTICES_KEPT, Framer, Sink, end_of_stream, grow, is_plain
from smppkit._core.memory cimport calloc, free
from smppkit._core.regions cimport give, grow_items
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
    FEW = 0x40000               # octets of links that are copied, so that the room for them stays
    MOST_OTHERS = 0x200         # connections that are not SMPP and told of, each with its first octets
    MOST_OF_PORT = 8            # the same for one port; those beyond are only counted


cdef bytes copied(const void* items, int64_t size):
    return PyBytes_FromStringAndSize(<const char*>items, size)


cdef Block handed_over(Sink* sink):
    """The octets that came out, as a block of their own; a large room that they hardly need stays for what comes."""
    cdef int64_t size = sink.octet_count
    cdef Block block
    if 2 * size <= sink.octet_room:
        block = Block.fresh(size, c"B")
        if size:
            memcpy(block.memory, sink.octets, size)
    else:
        block = Block.of(sink.octets, size, c"B")
        sink.octets = NULL
        sink.octet_room = 0
    sink.octet_count = 0
    return block


cdef bint begin_telling(Telling* telling) noexcept nogil:
    """Make room for the counts; False without memory."""
    telling.silent = <uint32_t*>calloc(65536, sizeof(uint32_t))
    telling.more = <uint32_t*>calloc(65536, sizeof(uint32_t))
    telling.of_port = <uint8_t*>calloc(65536, 1)
    return telling.silent != NULL and telling.more != NULL and telling.of_port != NULL


cdef void drop_telling(Telling* telling) noexcept nogil:
    give(telling.ended)
    free(telling.esme)
    free(telling.excesses)
    free(telling.strangers)
    free(telling.silent)
    free(telling.more)
    free(telling.of_port)


cdef object ended_links(Telling* telling):
    """The links that ended, in octets of their own: many are handed over with the memory they lie in."""
    cdef Block block
    cdef int64_t size = telling.ended_count * sizeof(Ended)
    if size <= FEW:
        return copied(telling.ended, size)
    block = Block.of(telling.ended, size, c"B")
    telling.ended = NULL
    telling.ended_room = telling.ended_count = 0
    return block


cdef tuple taken(Telling* telling):
    """Links and excesses as the core has them, and the other connections, since the last time."""
    cdef const Other* other
    cdef int64_t place
    links = ended_links(telling)
    excesses = copied(telling.excesses, telling.excess_count * sizeof(Excess))
    others = []
    for place in range(telling.other_count):
        other = &telling.strangers[place]
        others.append((other.port, copied(other.sample[0], other.sampled[0]),
                       copied(other.sample[1], other.sampled[1])))
    telling.ended_count = telling.excess_count = telling.other_count = 0
    return links, excesses, others


cdef bint room_for_ended(Telling* telling, int64_t wanted) noexcept nogil:
    """Make room for links that are about to end; False without memory."""
    return grow_items(<void**>&telling.ended, &telling.ended_room, telling.ended_count, wanted, sizeof(Ended))


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


cdef inline void describe(const Flow* flow, Ended* out) noexcept nogil:
    """What is to be told of a link."""
    memset(out, 0, sizeof(Ended))       # what lies between the numbers is handed out too
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


cdef void tell_link(Telling* telling, Sink* sink, Flow* flow) noexcept nogil:
    """Keep what is to be told of a link that ended."""
    cdef Framer* framer
    cdef Ended* ended
    cdef int64_t untold = 0
    cdef int side
    for side in range(2):
        if flow.streams[side] != NULL and not is_plain(&flow.streams[side].parts.framer):
            framer = &flow.streams[side].parts.framer
            end_of_stream(sink, framer)
            tell_excess(telling, sink, framer)
            untold += max(<int64_t>framer.told - MOST_TOLD, <int64_t>0)
    if not room_for_ended(telling, telling.ended_count + 1) or not grow(
        <void**>&telling.esme, &telling.esme_room, <int64_t>flow.link + 1, 1
    ):
        sink.starved = True
        return
    ended = &telling.ended[telling.ended_count]
    telling.ended_count += 1
    describe(flow, ended)
    ended.untold = untold
    telling.esme[flow.link] = ended.esme


cdef inline void outline(const Flow* flow, Other* out) noexcept nogil:
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


cdef void tell_other(Telling* telling, Sink* sink, const Flow* flow) noexcept nogil:
    """Count a connection that is not SMPP; the first ones to each port are told of, to be named by their octets."""
    cdef uint16_t port = port_of(flow)
    if not carried(flow):
        telling.silent[port] += 1
    elif telling.outlined >= MOST_OTHERS or telling.of_port[port] >= MOST_OF_PORT:
        telling.more[port] += 1
    elif not grow(<void**>&telling.strangers, &telling.other_room, telling.other_count + 1, sizeof(Other)):
        sink.starved = True
    else:
        outline(flow, &telling.strangers[telling.other_count])
        telling.other_count += 1
        telling.outlined += 1
        telling.of_port[port] += 1


cdef inline void tell_excess(Telling* telling, Sink* sink, const Framer* framer) noexcept nogil:
    """Keep the counts of what was found more often than it was told."""
    cdef Excess* excess
    cdef int finding
    if framer.found == NULL:
        return
    for finding in range(FINDINGS):
        if framer.found.count[finding] <= NOTICES_KEPT:
            continue
        if not grow(<void**>&telling.excesses, &telling.excess_room, telling.excess_count + 1, sizeof(Excess)):
            sink.starved = True
            return
        excess = &telling.excesses[telling.excess_count]
        telling.excess_count += 1
        memset(excess, 0, sizeof(Excess))       # what lies between the numbers is handed out too
        excess.count = framer.found.count[finding]
        excess.octets = framer.found.octets[finding]
        excess.link = framer.link
        excess.side = framer.side
        excess.finding = finding
