"""What is told of a capture besides its records: links that ended, findings too many to tell, what is not SMPP."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memset

from smppkit._core.buffers cimport Block
from smppkit._core.connections cimport Ended, Excess, Flow, Other, carried, describe, outline, port_of
from smppkit._core.framing cimport FINDINGS, NOTICES_KEPT, Framer, Sink, end_of_stream, grow, is_plain
from smppkit._core.memory cimport calloc, free
from smppkit._core.regions cimport give, grow_items

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


cdef void tell_link(Telling* telling, Sink* sink, Flow* flow) noexcept nogil:
    """Keep what is to be told of a link that ended."""
    cdef int side
    for side in range(2):
        if flow.streams[side] != NULL and not is_plain(&flow.streams[side].parts.framer):
            end_of_stream(sink, &flow.streams[side].parts.framer)
            tell_excess(telling, sink, &flow.streams[side].parts.framer)
    if not room_for_ended(telling, telling.ended_count + 1) or not grow(
        <void**>&telling.esme, &telling.esme_room, <int64_t>flow.link + 1, 1
    ):
        sink.starved = True
        return
    describe(flow, &telling.ended[telling.ended_count])
    telling.esme[flow.link] = telling.ended[telling.ended_count].esme
    telling.ended_count += 1


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
