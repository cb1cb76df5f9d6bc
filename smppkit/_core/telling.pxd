# What is told of a capture besides its records.
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t

from smppkit._core.buffers cimport Block
from smppkit._core.connections cimport Flow
from smppkit._core.framing cimport Sink
from smppkit._core.stream cimport SAMPLE

cdef struct Ended:              # what is told of a link, see journal.pcap.links
    int64_t first_time
    int64_t open_time
    int64_t close_time
    int64_t untold              # PDUs that change its state, beyond those that were told
    uint8_t low[16]
    uint8_t high[16]
    uint16_t ports[2]
    int32_t link
    uint8_t family
    int8_t opener
    int8_t closer
    uint8_t reset
    int8_t esme                 # the side that is the ESME

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

cdef struct Telling:            # begins zeroed
    Ended* ended                # links
    int64_t ended_count
    int64_t ended_room
    int8_t* esme                # of each link that ended, by its number
    int64_t esme_room
    Excess* excesses
    int64_t excess_count
    int64_t excess_room
    Other* strangers            # connections that are not SMPP
    int64_t other_count
    int64_t other_room
    int64_t outlined            # of those, told in all
    uint32_t* silent            # connections without data, by the port they go to
    uint32_t* more              # connections that are not SMPP, beyond those that are told of
    uint8_t* of_port            # how many are told of

cdef bytes copied(const void* items, int64_t size)
cdef Block handed_over(Sink* sink)
cdef bint room_for_ended(Telling* telling, int64_t wanted) noexcept nogil
cdef bint begin_telling(Telling* telling) noexcept nogil
cdef void drop_telling(Telling* telling) noexcept nogil
cdef tuple taken(Telling* telling)
cdef void tell_link(Telling* telling, Sink* sink, Flow* flow) noexcept nogil
cdef void tell_other(Telling* telling, Sink* sink, const Flow* flow) noexcept nogil
