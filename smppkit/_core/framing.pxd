# From the octets of one direction of a stream to PDU records.
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.pool cimport Pool

cdef enum:
    HEADER = 16
    NOTICES_KEPT = 8        # of one kind, for one direction of one link; the others are only counted
    MOST_TOLD = 1000        # of one direction of one link

cdef enum Mode:
    EXPECT = 0              # in step: the next octets are a header
    DOUBT = 1               # a damaged PDU was stepped over: the next octets should be a header
    SEARCH = 2              # out of step: somewhere there is a header

# What was found wrong in a stream.
cdef enum Finding:
    LOST = 0                # octets are not in the capture
    CUT = 1                 # octets were left out by the snap length
    FRAMING = 2             # value is a command_length that cannot be
    SKIPPED = 3             # octets were skipped until a header was found
    INCOMPLETE = 4          # the stream ends after octets of a PDU of value octets
    JUMPED = 5              # the sequence numbers went elsewhere: lost octets cannot be counted
    FINDINGS = 6

cdef struct Record:
    int64_t offset
    int64_t time
    int64_t packet          # number of the packet that completed it
    uint32_t length
    int32_t link
    int32_t side

cdef struct Told:           # a PDU that changes the state of its link
    int64_t time
    int64_t packet
    int32_t link
    int32_t side
    uint32_t command_id
    uint32_t command_status
    uint32_t sequence_number
    uint8_t system_id[16]   # the first octets of the body, zeros behind

cdef struct Notice:
    int64_t time
    int64_t position        # octets of the stream before it
    int64_t octets
    int64_t value
    uint32_t command_id     # of the PDU it damaged, 0 where none is known
    int32_t link
    int32_t side
    int32_t finding

cdef struct Sink:           # what reading brought; growable, empty when zeroed
    uint8_t* octets         # handed out as they are
    int64_t octet_count
    int64_t octet_room
    Record* records
    int64_t record_count
    int64_t record_room
    int64_t latest          # packet of the last record
    bint disordered         # records are not in the order of their packets
    Told* told
    int64_t told_count
    int64_t told_room
    Notice* notices
    int64_t notice_count
    int64_t notice_room
    uint32_t largest        # command_length above counts as absurd
    bint starved            # an allocation failed
    Pool pool               # of what belongs to connections
    const uint8_t* lent     # octets that the next packet overwrites: what waits has to copy them; NULL: none
    const uint8_t* lent_end
    uint8_t** chunks        # such copies
    int64_t chunk_count
    int64_t chunk_room
    int64_t chunk_used      # octets of the last one

cdef struct Found:          # how often each kind of finding was made, and of how many octets
    int64_t count[FINDINGS]
    int64_t octets[FINDINGS]

cdef struct Framer:         # one direction of one link; begins zeroed
    uint8_t mode
    int8_t side
    uint8_t holds           # there is, or was, memory for a PDU in pieces, a finding, or something to tell
    int32_t link
    int32_t asks            # by how many more PDUs only an ESME sends than only an MC
    int32_t binds           # the binds, outbinds and their answers among them
    uint32_t have           # octets of the PDU that is not whole yet
    uint32_t need           # its command_length, 0 while the header is not whole
    uint8_t* partial
    int64_t skipped         # octets since SEARCH began
    int64_t position
    Found* found            # NULL: nothing was wrong
    int32_t room            # octets for the PDU that is not whole
    uint32_t told           # PDUs that change the state of the link
    int64_t packet
    int64_t time
    int64_t ahead           # in DOUBT: octets of a damaged PDU that are still to be stepped over

cdef bint is_header(const uint8_t* octets, uint32_t largest) noexcept nogil
cdef int64_t find_header(const uint8_t* octets, int64_t count, uint32_t largest) noexcept nogil
cdef void take(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil
# Declared here so that it is a function of its own: its room on the stack and its length would slow the usual way.
cdef int64_t take_seam(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil
cdef void miss(Sink* sink, Framer* framer, int64_t octets, Finding finding) noexcept nogil
cdef void end_of_stream(Sink* sink, Framer* framer) noexcept nogil
cdef void drop_framer(Sink* sink, Framer* framer) noexcept nogil
cdef void note(Sink* sink, Framer* framer, Finding finding, int64_t octets, int64_t value,
               uint32_t command_id) noexcept nogil
cdef bint widen(void** block, int64_t* room, int64_t wanted, size_t size) noexcept nogil


cdef inline bint is_plain(const Framer* framer) noexcept nogil:
    """Tell whether all that came was PDUs, of which only the counts are left; nothing else is looked at for that."""
    return not framer.holds and framer.mode != SEARCH


cdef inline bint put_by(Framer* framer, const uint8_t* octets, uint32_t count) noexcept nogil:
    """Put octets behind those of a PDU that they do not complete, nor its header; False where there is more to do."""
    cdef uint64_t have = <uint64_t>framer.have + count
    if framer.have == 0 or framer.mode == DOUBT or have >= (framer.need or HEADER) or have > framer.room:
        return False
    if count == 1:          # as they come where somebody wants to cost work
        framer.partial[framer.have] = octets[0]
    else:
        memcpy(framer.partial + framer.have, octets, count)
    framer.have = <uint32_t>have
    framer.position += count
    return True


cdef inline bint grow(void** block, int64_t* room, int64_t wanted, size_t size) noexcept nogil:
    """Make room for ``wanted`` items; False when there is no memory."""
    return wanted <= room[0] or widen(block, room, wanted, size)
