"""One direction of a TCP connection: segments as they were captured go in, octets in order come out.

What came too early waits, as a reference into the capture, until the octets before it come, or until so much waits
that they are lost. Of octets that came twice the first copy counts. What came out late bears the time of the packet
that let it out. Octets of IP datagrams that were put together are copied where they wait (``copies``). A stream whose
beginning was not captured waits a little before it begins, for its first packets may be out of order.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

from smppkit._core.aside cimport add_between, lies_between, sort_in
from smppkit._core.copies cimport lasts
from smppkit._core.framing cimport CUT, EXPECT, JUMPED, LOST, SEARCH, Framer, Sink, drop_framer, miss, put_by, take
from smppkit._core.memory cimport clear
from smppkit._core.pool cimport taken_from
from smppkit._core.runs cimport Piece, Waiting, clip
from smppkit._core.stream cimport (
    NOT_YET, READ, RUNNING, UNDECIDED, WAITING, Stream, advance, begin_reading, end_of_few, near, place_of, put_in_few,
    take_from_few,
)
from smppkit._core.undecided cimport drop_early, forget, remember
from smppkit._core.waiting cimport (
    MOST_OCTETS_WAITING, add_waiting, drop_waiting, next_due, octets_soon, start_of, too_much,
)

cdef enum:
    FIRST_WAITING = 32          # segments that wait before a stream without a beginning begins
    MOST_ASTRAY = 4             # segments in a row after which the stream is believed to have gone elsewhere


# Delivery in order.

cdef inline void frame(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    cdef Framer* framer = &stream.parts.framer
    if piece.packet >= framer.packet:   # what waited comes with the packet that let it out
        framer.packet = piece.packet
        framer.time = piece.time
    if piece.captured and not put_by(framer, piece.octets, piece.captured):
        take(sink, framer, piece.octets, piece.captured)
    if piece.captured < piece.length:
        miss(sink, framer, <int64_t>piece.length - piece.captured, CUT if piece.octets != NULL else LOST)


cdef inline void deliver(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    advance(stream, piece.length)
    if stream.reading == READ:
        frame(sink, stream, piece)
    elif stream.reading == UNDECIDED:
        remember(sink, stream, piece)


cdef inline void drain(Sink* sink, Stream* stream) noexcept nogil:
    """Deliver what waits no longer for anything."""
    cdef Piece piece
    while stream.few and stream.lone.start <= stream.at:
        take_from_few(stream, &piece)
        if clip(&piece, stream.at):
            deliver(sink, stream, &piece)
    if stream.waiting == NULL:
        return
    while next_due(&sink.pool, stream.waiting, stream.at, &piece):
        if clip(&piece, stream.at):
            deliver(sink, stream, &piece)
    sink.starved |= stream.waiting.starved


cdef inline int64_t first_waiting(const Stream* stream) noexcept nogil:
    """Where the first piece that waits begins; where the stream is when none does."""
    if stream.few:
        return stream.lone.start
    if stream.waiting == NULL or stream.waiting.count == 0:
        return stream.at
    return start_of(stream.waiting)


cdef inline int64_t count_waiting(const Stream* stream) noexcept nogil:
    """The pieces that wait."""
    return stream.waiting.count if stream.waiting != NULL and stream.few == 0 else stream.few


cdef inline void lose(Sink* sink, Stream* stream, int64_t octets) noexcept nogil:
    """The next octets of the stream are not in the capture."""
    cdef Piece gap
    gap.start = stream.at
    gap.length = <uint32_t>octets
    gap.captured = 0
    gap.octets = NULL
    gap.packet = stream.parts.framer.packet if stream.reading == READ else 0
    gap.time = stream.parts.framer.time if stream.reading == READ else 0
    if octets > 0:
        deliver(sink, stream, &gap)


cdef inline void give_up_gap(Sink* sink, Stream* stream) noexcept nogil:
    """The octets before the first segment that waits are lost."""
    lose(sink, stream, first_waiting(stream) - stream.at)
    drain(sink, stream)


cdef inline void begin(Sink* sink, Stream* stream) noexcept nogil:
    """Begin where the first octets are."""
    if stream.begun == WAITING:
        advance(stream, first_waiting(stream) - stream.at)
        if stream.waiting != NULL:
            octets_soon(stream.waiting)
    stream.begun = RUNNING
    if stream.reading == READ:
        stream.parts.framer.mode = EXPECT if stream.from_start else SEARCH
    drain(sink, stream)


cdef void open_at(Sink* sink, Stream* stream, uint32_t isn) noexcept nogil:
    """A SYN was seen: the stream begins behind it (RFC 9293, section 3.4). What waited already keeps its place."""
    cdef int64_t first
    if stream.begun == RUNNING:
        return
    if stream.begun == NOT_YET:
        stream.next = isn
    first = place_of(stream, isn) + 1
    advance(stream, first - stream.at)
    stream.from_start = True
    stream.begun = NOT_YET
    begin(sink, stream)


cdef inline bint add_piece(Sink* sink, Stream* stream, Piece* piece) noexcept nogil:
    """Let a piece wait among others; False when there is no memory."""
    if stream.waiting == NULL:
        stream.waiting = <Waiting*>taken_from(&sink.pool, sizeof(Waiting))
        if stream.waiting == NULL:
            return False
        clear(stream.waiting, sizeof(Waiting))
    return add_waiting(&sink.pool, stream.waiting, piece)


cdef inline bint gather_few(Sink* sink, Stream* stream) noexcept nogil:
    """Let the few pieces wait where others can; False when there is no memory."""
    cdef Piece piece
    while stream.few:
        take_from_few(stream, &piece)
        if not add_piece(sink, stream, &piece):
            return False
    return True


cdef inline void hold(Sink* sink, Stream* stream, Piece* piece) noexcept nogil:
    """Let a piece wait; a few need no memory for that."""
    cdef bint waits = count_waiting(stream) > 0
    if not lasts(sink, piece):
        return                          # as if it had not been captured
    if (stream.few or not waits) and put_in_few(stream, piece):
        return
    if not gather_few(sink, stream) or not add_piece(sink, stream, piece):
        sink.starved = True


cdef inline bint too_many(Sink* sink, Stream* stream) noexcept nogil:
    """Tell whether so much waits that the octets before it are given up."""
    if stream.few:
        return end_of_few(stream) - stream.at > MOST_OCTETS_WAITING
    if stream.waiting == NULL or not too_much(stream.waiting, stream.at):
        return False
    if stream.waiting.between:          # what it adds may have closed gaps
        sink.starved |= not sort_in(&sink.pool, stream.waiting)
    return too_much(stream.waiting, stream.at) and not sink.starved


cdef inline void stray(Sink* sink, Stream* stream, uint32_t sequence, Piece* piece) noexcept nogil:
    """A segment far away: an echo of another connection, or the stream went on where nothing was captured."""
    cdef uint32_t after
    with cython.overflowcheck(False):
        after = sequence + <uint32_t>piece.length
    if stream.astray and after == stream.astray_next:
        return                          # the same segment again
    stream.astray = stream.astray + 1 if stream.astray and sequence == stream.astray_next else 1
    stream.astray_next = after
    if stream.astray < MOST_ASTRAY:
        return
    drain_all(sink, stream, False)
    stream.astray = 0
    stream.next = sequence
    piece.start = stream.at
    if stream.reading == READ:
        miss(sink, &stream.parts.framer, 0, JUMPED)
        stream.parts.framer.ahead = 0
        stream.parts.framer.mode = SEARCH
    deliver(sink, stream, piece)


cdef inline bint comes_between(const Sink* sink, const Stream* stream, const Piece* piece) noexcept nogil:
    """Tell whether a piece, which needs no copy, comes between others that are not sorted in yet."""
    return stream.waiting != NULL and lies_between(stream.waiting, piece) and sink.lent == NULL


cdef inline bint wait(Sink* sink, Stream* stream, Piece* piece) noexcept nogil:
    """Let a piece wait for what comes before it, if it has to; False when there is nothing more to do."""
    if stream.begun == RUNNING and not clip(piece, stream.at):
        return False
    hold(sink, stream, piece)
    if sink.starved:
        return False
    if stream.begun == WAITING:
        if count_waiting(stream) >= FIRST_WAITING:
            begin(sink, stream)
        return False
    if first_waiting(stream) <= stream.at:
        drain(sink, stream)
    return True


cdef void segment(Sink* sink, Stream* stream, uint32_t sequence, const uint8_t* octets, uint32_t captured,
                  uint32_t length, int64_t packet, int64_t time) noexcept nogil:
    """One captured segment with payload, of which ``captured`` of ``length`` octets are there."""
    cdef Piece piece
    if stream.begun == NOT_YET:
        stream.begun = WAITING
        stream.next = sequence
    piece.start = place_of(stream, sequence)
    piece.length = length
    piece.captured = captured
    piece.octets = octets
    piece.packet = packet
    piece.time = time
    if not near(stream, sequence):
        stray(sink, stream, sequence, &piece)
        return
    stream.astray = 0
    if stream.begun == RUNNING and piece.start == stream.at and not count_waiting(stream):
        deliver(sink, stream, &piece)   # nearly always
        return
    if stream.begun == RUNNING and comes_between(sink, stream, &piece):
        sink.starved |= not add_between(&sink.pool, stream.waiting, &piece)
        if stream.waiting.between:
            return                      # nothing is due by it, and nothing too much
    elif not wait(sink, stream, &piece):
        return
    while too_many(sink, stream):
        give_up_gap(sink, stream)


cdef void become_read(Sink* sink, Stream* stream, int32_t link, int side) noexcept nogil:
    """Read a stream that was undecided as one direction of a link."""
    if stream.few > 1 and not gather_few(sink, stream):
        sink.starved = True
    begin_reading(stream, link, side)


cdef void replay(Sink* sink, Stream* stream) noexcept nogil:
    """The connection proved to be SMPP: read what was remembered, and what comes."""
    cdef int64_t place
    if stream.early == NULL:
        return
    if stream.forgotten:
        stream.parts.framer.mode = SEARCH
        stream.parts.framer.skipped = stream.parts.framer.position = stream.at - stream.early.base
    for place in range(stream.early.count):
        frame(sink, stream, &stream.early.pieces[place])
    drop_early(sink, stream)


cdef void drain_all(Sink* sink, Stream* stream, bint closed) noexcept nogil:
    """Deliver all that waits: what is missing now is lost, at the end too if the peer had it.

    A FIN takes a number, so one number alone may be a FIN that was not captured.
    """
    if stream.begun == WAITING:
        begin(sink, stream)
    while count_waiting(stream) and not sink.starved:
        give_up_gap(sink, stream)
    if stream.begun == RUNNING and stream.sent - stream.at > 1:
        lose(sink, stream, stream.sent - stream.at - closed)


cdef inline void drop_parts(Sink* sink, Stream* stream) noexcept nogil:
    """Give back what the stream reads with, and what waits."""
    if stream.reading == READ:
        drop_framer(sink, &stream.parts.framer)
    if stream.waiting != NULL:
        drop_waiting(&sink.pool, stream.waiting)
    stream.waiting = NULL
    stream.few = 0


cdef void release(Sink* sink, Stream* stream) noexcept nogil:
    """Nothing more is read of the stream."""
    drop_parts(sink, stream)
    forget(sink, stream)


cdef void empty(Sink* sink, Stream* stream) noexcept nogil:
    """Give back all that the stream holds."""
    drop_parts(sink, stream)
    if stream.early != NULL:
        drop_early(sink, stream)
