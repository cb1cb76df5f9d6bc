"""One direction of a TCP connection: segments as they were captured go in, octets in order come out.

What came too early waits, as a reference into the capture, until the octets before it come, or until so much waits
that they are lost. Of octets that came twice the first copy counts. What came out late bears the time of the packet
that let it out. Octets of IP datagrams that were put together are copied where they wait (``copies``). A stream whose
beginning was not captured waits a little before it begins, for its first packets may be out of order.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset

from smppkit._core.copies cimport lasts
from smppkit._core.framing cimport (
    CUT, EXPECT, HEADER, JUMPED, LOST, SEARCH, Framer, Sink, drop_framer, find_header, miss, take,
)
from smppkit._core.pool cimport give_back, grow_in, taken_from
from smppkit._core.waiting cimport (
    MOST_OCTETS_WAITING, Piece, Waiting, add_waiting, clip, drop_waiting, next_due, sort_in, start_of, too_much,
)

cdef enum:
    FAR = 0x1000000             # a segment further from its stream is not of it: no usual window is so large
    FIRST_WAITING = 32             # segments that wait before a stream without a beginning begins
    MOST_ASTRAY = 4             # segments in a row after which the stream is believed to have gone elsewhere
    MOST_EARLY = 256            # segments remembered of an undecided stream
    ROOM_AT_START = 0x400       # octets in which the first header must come: a PROXY line may stand before it
    ROOM_ELSEWHERE = 0x20000    # the same for a stream that began in mid-stream: a PDU may have 70,000


@cython.overflowcheck(False)
cdef inline int64_t place_of(const Stream* stream, uint32_t sequence) noexcept nogil:
    """The place in the stream of a sequence number, the nearest of all it could be (RFC 9293, section 3.4)."""
    return stream.at + <int32_t>(sequence - stream.next)


@cython.overflowcheck(False)
cdef bint close_by(uint32_t one, uint32_t other) noexcept nogil:
    """Tell whether two sequence numbers can belong to one stream."""
    return -FAR < <int32_t>(one - other) < FAR


cdef bint near(Stream* stream, uint32_t sequence) noexcept nogil:
    """Tell whether a sequence number can belong to the stream."""
    return close_by(sequence, stream.next)


@cython.overflowcheck(False)
cdef inline void advance(Stream* stream, int64_t octets) noexcept nogil:
    stream.at += octets
    stream.next += <uint32_t>octets


# Undecided streams: remember, and look for a header.

cdef inline void sample(Early* early, const Piece* piece) noexcept nogil:
    cdef int64_t count = min(<int64_t>piece.captured, SAMPLE - <int64_t>early.sampled)
    if count > 0:
        memcpy(early.sample + early.sampled, piece.octets, count)
        early.sampled += <uint8_t>count


cdef inline bint seam_shows_header(Early* early, const uint8_t* octets, int64_t count,
                                   uint32_t largest) noexcept nogil:
    """Look for a header across the beginning of octets in which there is none, and keep their end for the next ones."""
    cdef uint8_t seam[32]
    cdef int64_t ahead = min(count, HEADER - 1), kept
    memcpy(seam, early.tail, 16)
    memcpy(seam + early.tail_count, octets, ahead)
    if find_header(seam, early.tail_count + ahead, largest) >= 0:
        return True
    if count >= HEADER - 1:
        memcpy(early.tail, octets + count - (HEADER - 1), HEADER - 1)
        early.tail_count = HEADER - 1
    else:
        kept = min(<int64_t>early.tail_count + count, HEADER - 1)
        memcpy(early.tail, seam + early.tail_count + count - kept, kept)
        early.tail_count = <uint8_t>kept
    return False


cdef bint no_header_in(const Sink* sink, const uint8_t* octets, uint32_t captured) noexcept nogil:
    """Tell whether no header stands where the first one must, in a stream without its beginning."""
    return find_header(octets, min(<int64_t>captured, <int64_t>ROOM_ELSEWHERE), sink.largest) < 0


cdef bint shows_nothing(Sink* sink, const Stream* stream) noexcept nogil:
    """Tell whether of a stream without its beginning there is one segment, in which no header stands."""
    return stream.begun == WAITING and stream.alone and no_header_in(sink, stream.lone.octets, stream.lone.captured)


cdef int64_t sampled(const Stream* stream, uint8_t* out) noexcept nogil:
    """The first octets of a stream that is not SMPP, up to SAMPLE of them; returns how many."""
    cdef int64_t count = 0
    if stream.early != NULL:
        memcpy(out, stream.early.sample, SAMPLE)
        count = stream.early.sampled
    elif stream.alone:
        count = min(<int64_t>stream.lone.captured, <int64_t>SAMPLE)
        memcpy(out, stream.lone.octets, count)
    return count


cdef inline void drop_pieces(Sink* sink, Early* early) noexcept nogil:
    give_back(&sink.pool, early.pieces, early.room * sizeof(Piece))
    early.pieces = NULL
    early.count = early.room = 0


cdef inline void forget(Sink* sink, Stream* stream) noexcept nogil:
    """Remember no longer what came; its first octets stay, to name it by."""
    stream.forgotten = True
    if stream.early != NULL:
        drop_pieces(sink, stream.early)


cdef inline void drop_early(Sink* sink, Stream* stream) noexcept nogil:
    if stream.early != NULL:
        drop_pieces(sink, stream.early)
        give_back(&sink.pool, stream.early, sizeof(Early))
        stream.early = NULL


cdef inline Piece* room_to_remember(Sink* sink, Stream* stream) noexcept nogil:
    """Room for one more piece; NULL when there is no memory."""
    cdef Early* early = stream.early
    if early == NULL:
        early = <Early*>taken_from(&sink.pool, sizeof(Early))
        if early == NULL:
            return NULL
        memset(early, 0, sizeof(Early))
        stream.early = early
    if not grow_in(&sink.pool, <void**>&early.pieces, &early.room, early.count + 1, sizeof(Piece)):
        return NULL
    early.count += 1
    return &early.pieces[early.count - 1]


cdef inline void remember(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    cdef int64_t room = ROOM_AT_START if stream.from_start else ROOM_ELSEWHERE
    cdef Piece* kept
    cdef bint shown
    if stream.forgotten:
        return
    room -= piece.start - stream.base
    if not stream.found and (room <= 0 or stream.early != NULL and stream.early.count >= MOST_EARLY):
        forget(sink, stream)
        return
    room = min(<int64_t>piece.captured, room)
    shown = not stream.found and piece.octets != NULL and find_header(piece.octets, room, sink.largest) >= 0
    if shown and stream.early == NULL and sink.lent == NULL:    # nearly always: then the connection is SMPP at once
        stream.lone = piece[0]
        stream.found = stream.headed = True
        return
    put_away_first(sink, stream)
    kept = put_away(sink, stream, piece)
    if kept == NULL or stream.found:
        return
    if kept.octets == NULL:
        stream.early.tail_count = 0
    else:
        stream.found = shown or seam_shows_header(stream.early, kept.octets, room, sink.largest)


cdef inline Piece* put_away(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    """Remember a piece; NULL without memory."""
    cdef Piece* kept = room_to_remember(sink, stream)
    if kept == NULL:
        sink.starved = True
        return NULL
    kept[0] = piece[0]
    if not lasts(sink, kept):
        kept.captured = 0
        kept.octets = NULL
    sample(stream.early, kept)
    return kept


cdef inline void put_away_first(Sink* sink, Stream* stream) noexcept nogil:
    """Remember elsewhere what is in ``lone``: more came before it was seen that the connection is SMPP."""
    if stream.headed:
        stream.headed = False
        put_away(sink, stream, &stream.lone)


# Delivery in order.

cdef inline void frame(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    cdef Framer* framer = stream.framer
    if piece.packet >= framer.packet:   # what waited comes with the packet that let it out
        framer.packet = piece.packet
        framer.time = piece.time
    if piece.captured:
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
    if stream.alone and stream.lone.start <= stream.at:
        stream.alone = False
        piece = stream.lone
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
    if stream.alone:
        return stream.lone.start
    if stream.waiting == NULL or stream.waiting.count == 0:
        return stream.at
    return start_of(stream.waiting)


cdef inline int64_t count_waiting(const Stream* stream) noexcept nogil:
    """The pieces that wait."""
    return stream.waiting.count if stream.waiting != NULL and not stream.alone else stream.alone


cdef inline void lose(Sink* sink, Stream* stream, int64_t octets) noexcept nogil:
    """The next octets of the stream are not in the capture."""
    cdef Piece gap
    gap.start = stream.at
    gap.length = <uint32_t>octets
    gap.captured = 0
    gap.octets = NULL
    gap.packet = stream.framer.packet if stream.framer != NULL else 0
    gap.time = stream.framer.time if stream.framer != NULL else 0
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
    stream.begun = RUNNING
    stream.base = stream.at
    if stream.framer != NULL:
        stream.framer.mode = EXPECT if stream.from_start else SEARCH
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
        memset(stream.waiting, 0, sizeof(Waiting))
    return add_waiting(&sink.pool, stream.waiting, piece)


cdef inline void hold(Sink* sink, Stream* stream, Piece* piece) noexcept nogil:
    """Let a piece wait; the first, which is often the only one, needs no memory for that."""
    cdef bint waits = count_waiting(stream) > 0
    put_away_first(sink, stream)
    if not lasts(sink, piece):
        return                          # as if it had not been captured
    if not waits:
        stream.lone = piece[0]
    elif stream.alone and not add_piece(sink, stream, &stream.lone):
        sink.starved = True
    elif not add_piece(sink, stream, piece):
        sink.starved = True
    stream.alone = not waits


cdef inline bint too_many(Sink* sink, Stream* stream) noexcept nogil:
    """Tell whether so much waits that the octets before it are given up."""
    if stream.alone:
        return stream.lone.start + stream.lone.length - stream.at > MOST_OCTETS_WAITING
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
        miss(sink, stream.framer, 0, JUMPED)
        stream.framer.ahead = 0
        stream.framer.mode = SEARCH
    deliver(sink, stream, piece)


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
    if stream.begun == RUNNING and not clip(&piece, stream.at):
        return
    hold(sink, stream, &piece)
    if sink.starved:
        return
    if stream.begun == WAITING:
        if count_waiting(stream) >= FIRST_WAITING:
            begin(sink, stream)
        return
    if first_waiting(stream) <= stream.at:
        drain(sink, stream)
    while too_many(sink, stream):
        give_up_gap(sink, stream)


cdef Stream* fresh_stream(Sink* sink, uint8_t reading) noexcept nogil:
    """A stream of which nothing is known yet; NULL without memory."""
    cdef Stream* stream = <Stream*>taken_from(&sink.pool, sizeof(Stream))
    if stream != NULL:
        memset(stream, 0, sizeof(Stream))
        stream.reading = reading
    return stream


cdef bint become_read(Sink* sink, Stream* stream, int32_t link, int side) noexcept nogil:
    """Prepare to read the stream as one direction of a link; False without memory."""
    if stream.framer == NULL:
        stream.framer = <Framer*>taken_from(&sink.pool, sizeof(Framer))
        if stream.framer == NULL:
            return False
        memset(stream.framer, 0, sizeof(Framer))
    stream.framer.link = link
    stream.framer.side = side
    stream.framer.mode = EXPECT if stream.from_start else SEARCH
    return True


cdef void replay(Sink* sink, Stream* stream) noexcept nogil:
    """The connection proved to be SMPP: read what was remembered, and what comes."""
    cdef int64_t place
    stream.reading = READ
    if stream.forgotten:
        stream.framer.mode = SEARCH
        stream.framer.skipped = stream.framer.position = stream.at - stream.base
    if stream.headed:
        frame(sink, stream, &stream.lone)
    stream.headed = False
    if stream.early != NULL:
        for place in range(stream.early.count):
            frame(sink, stream, &stream.early.pieces[place])
    drop_early(sink, stream)


cdef void acknowledge(Stream* stream, uint32_t sequence) noexcept nogil:
    """The peer has octets up to this sequence number."""
    if stream.begun == RUNNING and near(stream, sequence):
        stream.sent = max(stream.sent, place_of(stream, sequence))


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


cdef void release(Sink* sink, Stream* stream) noexcept nogil:
    """Give back what the stream holds: nothing more is read of it."""
    if stream.framer != NULL:
        drop_framer(sink, stream.framer)
    if stream.waiting != NULL:
        drop_waiting(&sink.pool, stream.waiting)
    stream.framer = NULL
    stream.waiting = NULL
    stream.alone = False
    forget(sink, stream)


cdef void drop_stream(Sink* sink, Stream* stream) noexcept nogil:
    """Give the stream back."""
    release(sink, stream)
    drop_early(sink, stream)
    give_back(&sink.pool, stream, sizeof(Stream))
