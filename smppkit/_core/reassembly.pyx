"""One direction of a TCP connection: segments as they were captured go in, octets in order come out.

What came too early waits, as a reference into the capture, until the octets before it come, or until so much waits
that they are lost. Of octets that came twice the first copy counts. What came out late bears the time of the packet
that let it out. A stream whose beginning was not captured waits a little before it begins, for its first packets may be
out of order.
"""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free
from libc.string cimport memcpy, memmove

from smppkit._core.framing cimport (
    CUT, EXPECT, HEADER, JUMPED, LOST, SEARCH, Framer, Sink, find_header, grow, miss, take,
)

cdef enum:
    FAR = 0x1000000             # a segment further from its stream is not of it: no usual window is so large
    MOST_HELD = 4096            # segments that wait for lost octets, per direction
    MOST_OCTETS_HELD = 0x800000
    FIRST_HELD = 32             # segments that wait before a stream without a beginning begins
    MOST_ASTRAY = 4             # segments in a row after which the stream is believed to have gone elsewhere
    MOST_EARLY = 256            # segments remembered of an undecided stream
    ROOM_AT_START = 0x400       # octets in which the first header must come: a PROXY line may stand before it
    ROOM_ELSEWHERE = 0x20000    # the same for a stream that began in mid-stream: a PDU may have 70,000


@cython.overflowcheck(False)
cdef inline int64_t place_of(const Stream* stream, uint32_t sequence) noexcept nogil:
    """The place in the stream of a sequence number, the nearest of all it could be (RFC 9293, section 3.4)."""
    return stream.at + <int32_t>(sequence - stream.next)


cdef bint near(Stream* stream, uint32_t sequence) noexcept nogil:
    """Tell whether a sequence number can belong to the stream."""
    return -FAR < place_of(stream, sequence) - stream.at < FAR


@cython.overflowcheck(False)
cdef inline void advance(Stream* stream, int64_t octets) noexcept nogil:
    stream.at += octets
    stream.next += <uint32_t>octets


# Undecided streams: remember, and look for a header.

cdef inline void sample(Stream* stream, const Piece* piece) noexcept nogil:
    cdef int64_t count = min(piece.captured, SAMPLE - <int64_t>stream.sampled)
    if count > 0:
        memcpy(stream.sample + stream.sampled, piece.octets, count)
        stream.sampled += <uint8_t>count


cdef inline bint shows_header(Stream* stream, const uint8_t* octets, int64_t count, uint32_t largest) noexcept nogil:
    """Look for a header in the octets and across their beginning."""
    cdef uint8_t seam[32]
    cdef int64_t ahead = min(count, HEADER - 1), kept
    memcpy(seam, stream.tail, stream.tail_count)
    memcpy(seam + stream.tail_count, octets, ahead)
    if find_header(seam, stream.tail_count + ahead, largest) >= 0 or find_header(octets, count, largest) >= 0:
        return True
    if count >= HEADER - 1:
        memcpy(stream.tail, octets + count - (HEADER - 1), HEADER - 1)
        stream.tail_count = HEADER - 1
    else:
        kept = min(<int64_t>stream.tail_count + count, HEADER - 1)
        memcpy(stream.tail, seam + stream.tail_count + count - kept, kept)
        stream.tail_count = <uint32_t>kept
    return False


cdef inline void forget(Stream* stream) noexcept nogil:
    stream.forgotten = True
    free(stream.early.items)
    stream.early.items = NULL
    stream.early.count = stream.early.room = 0


cdef inline void remember(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    cdef Pieces* early = &stream.early
    cdef int64_t room = ROOM_AT_START if stream.from_start else ROOM_ELSEWHERE
    if stream.forgotten:
        return
    room -= piece.start - stream.base
    if not stream.found and (room <= 0 or early.count >= MOST_EARLY):
        forget(stream)
        return
    if not grow(<void**>&early.items, &early.room, early.count + 1, sizeof(Piece)):
        sink.starved = True
        return
    early.items[early.count] = piece[0]
    early.count += 1
    sample(stream, piece)
    if piece.octets == NULL:
        stream.tail_count = 0
    elif not stream.found and shows_header(stream, piece.octets, min(piece.captured, room), sink.largest):
        stream.found = True


# Delivery in order.

cdef inline void frame(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    cdef Framer* framer = &stream.framer
    if piece.packet >= framer.packet:   # what waited comes with the packet that let it out
        framer.packet = piece.packet
        framer.time = piece.time
    if piece.captured:
        take(sink, framer, piece.octets, piece.captured)
    if piece.captured < piece.length:
        miss(sink, framer, piece.length - piece.captured, CUT if piece.octets != NULL else LOST)


cdef inline void deliver(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    advance(stream, piece.length)
    if stream.reading == READ:
        frame(sink, stream, piece)
    elif stream.reading == UNDECIDED:
        remember(sink, stream, piece)


cdef inline bint clip(Piece* piece, int64_t start) noexcept nogil:
    """Take away what lies before ``start``; False when nothing is left."""
    cdef int64_t before = start - piece.start
    if before <= 0:
        return piece.length > 0
    if before >= piece.length:
        return False
    piece.start = start
    piece.length -= before
    if before < piece.captured:
        piece.octets += before
        piece.captured -= before
    else:
        piece.captured = 0
    return True


cdef inline void drain(Sink* sink, Stream* stream) noexcept nogil:
    """Deliver what waits no longer for anything."""
    cdef Pieces* held = &stream.held
    cdef Piece* piece
    while held.head < held.count and held.items[held.head].start <= stream.at:
        piece = &held.items[held.head]
        held.head += 1
        if clip(piece, stream.at):
            deliver(sink, stream, piece)
    if held.head == held.count:
        held.head = held.count = 0


cdef inline void lose(Sink* sink, Stream* stream, int64_t octets) noexcept nogil:
    """The next octets of the stream are not in the capture."""
    cdef Piece gap
    gap.start = stream.at
    gap.length = octets
    gap.captured = 0
    gap.octets = NULL
    gap.packet = stream.framer.packet
    gap.time = stream.framer.time
    if octets > 0:
        deliver(sink, stream, &gap)


cdef inline void give_up_gap(Sink* sink, Stream* stream) noexcept nogil:
    """The octets before the first segment that waits are lost."""
    lose(sink, stream, stream.held.items[stream.held.head].start - stream.at)
    drain(sink, stream)


cdef inline void begin(Sink* sink, Stream* stream) noexcept nogil:
    """Begin where the first octets are."""
    if stream.begun == WAITING and stream.held.head < stream.held.count:
        advance(stream, stream.held.items[stream.held.head].start - stream.at)
    stream.begun = RUNNING
    stream.base = stream.at
    stream.framer.mode = EXPECT if stream.from_start else SEARCH
    drain(sink, stream)


cdef void open_at(Sink* sink, Stream* stream, uint32_t isn) noexcept nogil:
    """A SYN was seen: the stream begins behind it (RFC 9293, section 3.4). What waited already keeps its place."""
    cdef int64_t first
    stream.syn_seen = True
    stream.isn = isn
    if stream.begun == RUNNING:
        return
    if stream.begun == NOT_YET:
        stream.next = isn
    first = place_of(stream, isn) + 1
    advance(stream, first - stream.at)
    stream.from_start = True
    stream.begun = NOT_YET
    begin(sink, stream)


cdef inline int64_t first_after(const Pieces* held, int64_t start) noexcept nogil:
    """The first waiting piece that ends behind ``start``."""
    cdef int64_t low = held.head, high = held.count, middle
    while low < high:
        middle = (low + high) // 2
        if held.items[middle].start + held.items[middle].length > start:
            high = middle
        else:
            low = middle + 1
    return low


cdef inline void shift(Pieces* held, int64_t head) noexcept nogil:
    """Let the waiting pieces begin at ``head``; there is room."""
    memmove(held.items + head, held.items + held.head, (held.count - held.head) * sizeof(Piece))
    held.count += head - held.head
    held.head = head


cdef inline Piece* opened_at(Pieces* held, int64_t place) noexcept nogil:
    """Make a place among the waiting pieces, moving those before it or those behind it, whichever are fewer."""
    cdef int64_t before = place - held.head, behind = held.count - place
    cdef Piece* items
    if not grow(<void**>&held.items, &held.room, held.count + behind // 2 + 2, sizeof(Piece)):
        return NULL
    if before < behind and held.head == 0:
        shift(held, behind // 2 + 1)
    elif held.head > held.count - held.head + 64:   # what left at the front makes room
        shift(held, 0)
    items = held.items + held.head
    if before < behind and held.head > 0:
        memmove(items - 1, items, before * sizeof(Piece))
        held.head -= 1
        return items + before - 1
    memmove(items + before + 1, items + before, behind * sizeof(Piece))
    held.count += 1
    return items + before


cdef inline void insert(Sink* sink, Pieces* held, int64_t place, const Piece* piece, int64_t end) noexcept nogil:
    """Let a piece wait, up to the place in the stream where another copy begins."""
    cdef Piece* put = opened_at(held, place)
    if put == NULL:
        sink.starved = True
        return
    put[0] = piece[0]
    put.length = end - piece.start
    put.captured = min(piece.captured, put.length)


cdef inline void hold(Sink* sink, Stream* stream, Piece* piece) noexcept nogil:
    """Let a piece wait; of octets that wait already the first copy stays."""
    cdef Pieces* held = &stream.held
    cdef int64_t place, end = piece.start + piece.length, following
    if stream.begun == RUNNING and not clip(piece, stream.at):
        return
    while piece.start < end and not sink.starved:
        place = first_after(held, piece.start)
        if place == held.count:
            insert(sink, held, place, piece, end)
            return
        following = held.items[place].start + held.items[place].length
        if held.items[place].start > piece.start:
            insert(sink, held, place, piece, min(end, held.items[place].start))
        if not clip(piece, following):
            return


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
        miss(sink, &stream.framer, 0, JUMPED)
        stream.framer.ahead = 0
        stream.framer.mode = SEARCH
    deliver(sink, stream, piece)


cdef void segment(Sink* sink, Stream* stream, uint32_t sequence, const uint8_t* octets, uint32_t captured,
                  uint32_t length, int64_t packet, int64_t time) noexcept nogil:
    """One captured segment with payload, of which ``captured`` of ``length`` octets are there."""
    cdef Piece piece
    cdef Pieces* held = &stream.held
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
    if stream.begun == RUNNING and piece.start == stream.at and held.count == 0:
        deliver(sink, stream, &piece)   # nearly always
        return
    hold(sink, stream, &piece)
    if stream.begun == WAITING:
        if held.count - held.head >= FIRST_HELD:
            begin(sink, stream)
        return
    drain(sink, stream)
    if held.count - held.head > MOST_HELD or (
        held.count and held.items[held.count - 1].start - stream.at > MOST_OCTETS_HELD
    ):
        give_up_gap(sink, stream)


cdef void replay(Sink* sink, Stream* stream) noexcept nogil:
    """The connection proved to be SMPP: read what was remembered, and what comes."""
    cdef int64_t place
    stream.reading = READ
    if stream.forgotten:
        stream.framer.mode = SEARCH
        stream.framer.skipped = stream.framer.position = stream.at - stream.base
    for place in range(stream.early.count):
        frame(sink, stream, &stream.early.items[place])
    forget(stream)


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
    while stream.held.head < stream.held.count and not sink.starved:
        give_up_gap(sink, stream)
    if stream.begun == RUNNING and stream.sent - stream.at > 1:
        lose(sink, stream, stream.sent - stream.at - closed)


cdef void release(Stream* stream) noexcept nogil:
    """Give the memory back."""
    free(stream.framer.partial)
    free(stream.held.items)
    free(stream.early.items)
    stream.framer.partial = NULL
    stream.held.items = stream.early.items = NULL
    stream.held.head = stream.held.count = stream.held.room = 0
    stream.early.count = stream.early.room = 0
