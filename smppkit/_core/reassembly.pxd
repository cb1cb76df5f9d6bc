# One direction of a TCP connection: segments in, octets in order out.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t

from smppkit._core.framing cimport Framer, Sink
from smppkit._core.waiting cimport Piece, Waiting

cdef enum:
    SAMPLE = 24             # first octets kept, to name what is not SMPP

cdef enum Reading:
    UNDECIDED = 0           # octets are remembered until one direction shows a header
    READ = 1                # octets go to the framer
    IGNORED = 2

cdef enum Begun:
    NOT_YET = 0
    WAITING = 1             # the beginning was not captured: wait whether earlier octets still come
    RUNNING = 2

cdef struct Early:          # what is remembered of a stream until it is known what it is
    Piece* pieces           # delivered
    int64_t room
    int32_t count
    uint8_t sampled
    uint8_t tail_count
    uint8_t sample[SAMPLE]
    uint8_t tail[16]        # the last octets, for a header across two segments

cdef struct Stream:         # begins zeroed
    Framer* framer          # NULL until it is known to be SMPP
    Early* early            # NULL until there is something, and when it is known to be SMPP
    Waiting* waiting        # what came too early; NULL until more than one piece did
    int64_t at              # place of ``next`` in the stream
    int64_t base            # place where reading began
    int64_t sent            # place that the peer has acknowledged, so that octets before it were sent
    uint32_t next           # sequence number that comes next
    uint32_t astray_next
    uint8_t reading         # Reading
    uint8_t begun           # Begun
    uint8_t from_start      # its first octet is the connection's first
    uint8_t found           # undecided: a header of SMPP was seen
    uint8_t forgotten       # undecided: too much came without one, so it was not remembered
    uint8_t astray          # segments in a row that continue each other, far from where the stream is
    uint8_t alone           # a piece waits in ``lone``, and no other anywhere
    uint8_t headed          # undecided: a header was in the first piece, which is remembered in ``lone``
    Piece lone

cdef bint close_by(uint32_t one, uint32_t other) noexcept nogil
cdef bint near(Stream* stream, uint32_t sequence) noexcept nogil
cdef void open_at(Sink* sink, Stream* stream, uint32_t isn) noexcept nogil
cdef void segment(Sink* sink, Stream* stream, uint32_t sequence, const uint8_t* octets, uint32_t captured,
                  uint32_t length, int64_t packet, int64_t time) noexcept nogil
cdef void acknowledge(Stream* stream, uint32_t sequence) noexcept nogil
cdef Stream* fresh_stream(Sink* sink, uint8_t reading) noexcept nogil
cdef bint become_read(Sink* sink, Stream* stream, int32_t link, int side) noexcept nogil
cdef void replay(Sink* sink, Stream* stream) noexcept nogil
cdef void drain_all(Sink* sink, Stream* stream, bint closed) noexcept nogil
cdef void release(Sink* sink, Stream* stream) noexcept nogil
cdef void drop_stream(Sink* sink, Stream* stream) noexcept nogil
cdef bint no_header_in(const Sink* sink, const uint8_t* octets, uint32_t captured) noexcept nogil
cdef bint shows_nothing(Sink* sink, const Stream* stream) noexcept nogil
cdef int64_t sampled(const Stream* stream, uint8_t* out) noexcept nogil
