# One direction of a TCP connection: what is known of it, and its sequence numbers; inline in whoever cimports them.
cimport cython
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t

from smppkit._core.framing cimport EXPECT, SEARCH, Framer, is_plain
from smppkit._core.memory cimport clear
from smppkit._core.pages cimport soon
from smppkit._core.pool cimport UNIT, Pool, taken_from
from smppkit._core.runs cimport Piece, Waiting

cdef enum:
    FAR = 0x1000000         # a segment further from its stream is not of it: no usual window is so large
    SAMPLE = 24             # first octets kept, to name what is not SMPP
    MOST_FEW = 3            # pieces that wait in the stream itself
    STREAM_LINES = 3        # of the cache, that a stream lies in
    FRESH_AHEAD = 4         # streams behind a new one, where memory is asked for those to come

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
    int64_t base            # place where the first of them begins
    int32_t room
    uint16_t count
    uint8_t sampled
    uint8_t tail_count
    uint8_t sample[SAMPLE]
    uint8_t tail[16]        # the last octets, for a header across two segments

cdef union Parts:
    Framer framer           # of a stream that is known to be SMPP
    Piece more[MOST_FEW - 1]            # of one that is undecided: what waits behind ``lone``

cdef struct Stream:         # 176 octets: in step it needs the first two lines of the cache alone
    Early* early            # NULL until there is something, and when it is known to be SMPP
    Waiting* waiting        # what came too early; NULL until more than a few pieces did
    int64_t at              # place of ``next`` in the stream
    int64_t sent            # place that the peer has acknowledged, so that octets before it were sent
    uint32_t next           # sequence number that comes next
    uint32_t astray_next
    uint8_t reading         # Reading
    uint8_t begun           # Begun
    uint8_t from_start      # its first octet is the connection's first
    uint8_t found           # undecided: a header of SMPP was seen
    uint8_t forgotten       # undecided: too much came without one, so it was not remembered
    uint8_t astray          # segments in a row that continue each other, far from where the stream is
    uint8_t few             # pieces that wait in ``lone`` and ``more``, each behind the other, and nowhere else
    Parts parts
    Piece lone              # the first of the few that wait


@cython.overflowcheck(False)
cdef inline int64_t place_of(const Stream* stream, uint32_t sequence) noexcept nogil:
    """The place in the stream of a sequence number, the nearest of all it could be (RFC 9293, section 3.4)."""
    return stream.at + <int32_t>(sequence - stream.next)


@cython.overflowcheck(False)
cdef inline bint close_by(uint32_t one, uint32_t other) noexcept nogil:
    """Tell whether two sequence numbers can belong to one stream."""
    return -FAR < <int32_t>(one - other) < FAR


cdef inline bint near(const Stream* stream, uint32_t sequence) noexcept nogil:
    """Tell whether a sequence number can belong to the stream."""
    return close_by(sequence, stream.next)


@cython.overflowcheck(False)
cdef inline void advance(Stream* stream, int64_t octets) noexcept nogil:
    stream.at += octets
    stream.next += <uint32_t>octets


cdef inline void acknowledge(Stream* stream, uint32_t sequence) noexcept nogil:
    """The peer has octets up to this sequence number."""
    if stream.begun == RUNNING and near(stream, sequence):
        stream.sent = max(stream.sent, place_of(stream, sequence))


cdef inline bint is_drained(const Stream* stream) noexcept nogil:
    """Tell whether nothing waits for octets before it, and none that the peer acknowledged are missing."""
    return stream.begun == RUNNING and stream.few == 0 and stream.waiting == NULL and stream.sent <= stream.at


cdef inline bint holds_memory(const Stream* stream) noexcept nogil:
    """Tell whether it has memory besides its own."""
    return stream.early != NULL or stream.waiting != NULL or (
        stream.reading == READ and not is_plain(&stream.parts.framer)
    )


cdef inline Piece* few_at(Stream* stream, int place) noexcept nogil:
    """One of the few pieces that wait."""
    return &stream.lone if place == 0 else &stream.parts.more[place - 1]


cdef inline int64_t end_of_few(const Stream* stream) noexcept nogil:
    """Where the last of the few pieces ends; there is one."""
    cdef const Piece* last = few_at(<Stream*>stream, stream.few - 1)
    return last.start + last.length


cdef inline bint put_in_few(Stream* stream, const Piece* piece) noexcept nogil:
    """Let a piece wait as one of few; False when there is no room, or it overlaps one of them."""
    cdef int place = stream.few, other
    if stream.few >= (MOST_FEW if stream.reading == UNDECIDED else 1):
        return False
    while place and piece.start + piece.length <= few_at(stream, place - 1).start:
        place -= 1
    if place and piece.start < few_at(stream, place - 1).start + few_at(stream, place - 1).length:
        return False
    for other in range(stream.few, place, -1):
        few_at(stream, other)[0] = few_at(stream, other - 1)[0]
    few_at(stream, place)[0] = piece[0]
    stream.few += 1
    return True


cdef inline void take_from_few(Stream* stream, Piece* out) noexcept nogil:
    """Take the first of the few pieces that wait; there is one."""
    cdef int place
    out[0] = stream.lone
    stream.few -= 1
    for place in range(stream.few):
        few_at(stream, place)[0] = few_at(stream, place + 1)[0]


cdef inline Stream* fresh_stream(Pool* pool) noexcept nogil:
    """A stream of which nothing is known, NULL without memory; its parts are written when they are needed."""
    cdef Stream* stream = <Stream*>taken_from(pool, sizeof(Stream))
    cdef int line
    if stream == NULL:
        return NULL
    clear(stream, <size_t>(<uint8_t*>&stream.parts - <uint8_t*>stream))
    for line in range(STREAM_LINES):
        soon(pool.at + (FRESH_AHEAD * STREAM_LINES + line) * UNIT)
    return stream


cdef inline void begin_behind(Stream* stream, uint32_t isn) noexcept nogil:
    """Begin a fresh stream behind its SYN (RFC 9293, section 3.4)."""
    stream.next = isn
    advance(stream, 1)
    stream.from_start = True
    stream.begun = RUNNING


cdef inline void begin_reading(Stream* stream, int32_t link, int side) noexcept nogil:
    """Read the stream as one direction of a link."""
    stream.reading = READ
    clear(&stream.parts.framer, sizeof(Framer))
    stream.parts.framer.link = link
    stream.parts.framer.side = <int8_t>side
    stream.parts.framer.mode = EXPECT if stream.from_start else SEARCH


cdef inline void stream_soon(const Stream* stream) noexcept nogil:
    """Ask memory for those of its lines of the cache that every segment needs."""
    if stream != NULL:
        soon(stream)
        soon(&stream.parts.framer.have)
