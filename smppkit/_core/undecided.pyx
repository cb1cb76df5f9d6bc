"""Streams of which it is not known yet whether they are SMPP: what came is remembered until a header is seen.

One direction of a connection that shows a header decides for both. Where none comes in time the octets are forgotten,
but for the first few, by which the protocol is named.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset

from smppkit._core.copies cimport lasts
from smppkit._core.framing cimport HEADER, Sink, find_header
from smppkit._core.pool cimport give_back, grow_in, taken_from
from smppkit._core.runs cimport Kept, Piece, Waiting, behind
from smppkit._core.stream cimport SAMPLE, WAITING, Early, Stream, end_of_few, few_at

cdef enum:
    MOST_EARLY = 256            # segments remembered of an undecided stream
    ROOM_AT_START = 0x400       # octets in which the first header must come: a PROXY line may stand before it
    ROOM_ELSEWHERE = 0x20000    # the same for a stream that began in mid-stream: a PDU may have 70,000


cdef inline int64_t sample(uint8_t* out, int64_t count, const uint8_t* octets, uint32_t captured) noexcept nogil:
    """Add octets to the first ``count`` of a stream; returns how many there are then."""
    cdef int64_t more = min(<int64_t>captured, SAMPLE - count)
    if more <= 0:
        return count
    memcpy(out + count, octets, more)
    return count + more


cdef inline bint seam_shows_header(Early* early, const uint8_t* octets, int64_t count,
                                   uint32_t largest) noexcept nogil:
    """Look for a header across the beginning of octets in which there is none, and keep their end for the next ones."""
    cdef uint8_t seam[32]
    cdef int64_t ahead = min(count, HEADER - 1), kept
    if early.tail_count + count < HEADER:       # too few for one
        memcpy(early.tail + early.tail_count, octets, count)
        early.tail_count += <uint8_t>count
        return False
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
    """Tell whether of a stream without its beginning there is one segment without a header, or too little for one."""
    cdef const Waiting* waiting = stream.waiting
    if stream.begun != WAITING:
        return False
    if stream.few == 1:
        return no_header_in(sink, stream.lone.octets, stream.lone.captured)
    if stream.few:
        return end_of_few(stream) - stream.lone.start < HEADER
    return waiting != NULL and waiting.head < waiting.end and (
        waiting.runs[waiting.end - 1].end - waiting.runs[waiting.head].start < HEADER
    )


cdef int64_t sampled(const Stream* stream, uint8_t* out) noexcept nogil:
    """The first octets of a stream that is not SMPP, up to SAMPLE of them; returns how many."""
    if stream.early != NULL:
        memcpy(out, stream.early.sample, SAMPLE)
        return stream.early.sampled
    if stream.few:
        return sampled_few(stream, out)
    return sampled_waiting(stream.waiting, out) if stream.waiting != NULL else 0


cdef inline int64_t sampled_few(const Stream* stream, uint8_t* out) noexcept nogil:
    """The first octets of the few pieces that wait."""
    cdef const Piece* piece
    cdef int64_t count = 0
    cdef int place
    for place in range(stream.few):
        piece = few_at(<Stream*>stream, place)
        count = sample(out, count, piece.octets, piece.captured)
    return count


cdef bint has_octets(const Stream* stream) noexcept nogil:
    """Tell whether octets of a stream that is not SMPP were captured; nobody looks at them."""
    cdef const Waiting* waiting = stream.waiting
    cdef int64_t run
    cdef int32_t number
    cdef int place
    if stream.early != NULL:
        return stream.early.sampled > 0
    for place in range(stream.few):
        if few_at(<Stream*>stream, place).captured:
            return True
    if stream.few or waiting == NULL:
        return False
    for run in range(waiting.head, waiting.end):
        number = waiting.runs[run].first
        while number:
            if waiting.pieces[number - 1].captured:
                return True
            number = behind(waiting, &waiting.runs[run], number)
    return False


cdef inline int64_t sampled_waiting(const Waiting* waiting, uint8_t* out) noexcept nogil:
    """The first octets of what waits, without the gaps."""
    cdef const Kept* kept
    cdef int64_t count = 0, run
    cdef int32_t number
    for run in range(waiting.head, waiting.end):
        number = waiting.runs[run].first
        while number and count < SAMPLE:
            kept = &waiting.pieces[number - 1]
            count = sample(out, count, kept.octets, kept.captured)
            number = behind(waiting, &waiting.runs[run], number)
    return count


cdef inline void drop_pieces(Sink* sink, Early* early) noexcept nogil:
    give_back(&sink.pool, early.pieces, early.room * sizeof(Piece))
    early.pieces = NULL
    early.count = early.room = 0


cdef void forget(Sink* sink, Stream* stream) noexcept nogil:
    """Remember no longer what came; its first octets stay, to name it by."""
    stream.forgotten = True
    if stream.early != NULL:
        drop_pieces(sink, stream.early)


cdef void drop_early(Sink* sink, Stream* stream) noexcept nogil:
    """Forget the first octets as well; there are some."""
    drop_pieces(sink, stream.early)
    give_back(&sink.pool, stream.early, sizeof(Early))
    stream.early = NULL


cdef inline Piece* room_to_remember(Sink* sink, Stream* stream, int64_t start) noexcept nogil:
    """Room for one more piece, which begins at a place of the stream; NULL when there is no memory."""
    cdef Early* early = stream.early
    if early == NULL:
        early = <Early*>taken_from(&sink.pool, sizeof(Early))
        if early == NULL:
            return NULL
        memset(early, 0, sizeof(Early))
        early.base = start
        stream.early = early
    if not grow_in(&sink.pool, <void**>&early.pieces, &early.room, early.count + 1, sizeof(Piece)):
        return NULL
    early.count += 1
    return &early.pieces[early.count - 1]


cdef void remember(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    cdef int64_t room = ROOM_AT_START if stream.from_start else ROOM_ELSEWHERE
    cdef Piece* kept
    cdef bint shown
    if stream.forgotten:
        return
    if stream.early != NULL:
        room -= piece.start - stream.early.base
    if not stream.found and (room <= 0 or stream.early != NULL and stream.early.count >= MOST_EARLY):
        forget(sink, stream)
        return
    room = min(<int64_t>piece.captured, room)
    shown = not stream.found and piece.octets != NULL and room >= HEADER and (
        find_header(piece.octets, room, sink.largest) >= 0
    )
    kept = put_away(sink, stream, piece)
    if kept == NULL or stream.found:
        return
    if kept.octets == NULL:
        stream.early.tail_count = 0
    else:
        stream.found = shown or seam_shows_header(stream.early, kept.octets, room, sink.largest)


cdef inline Piece* put_away(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil:
    """Remember a piece; NULL without memory."""
    cdef Piece* kept = room_to_remember(sink, stream, piece.start)
    if kept == NULL:
        sink.starved = True
        return NULL
    kept[0] = piece[0]
    if not lasts(sink, kept):
        kept.captured = 0
        kept.octets = NULL
    stream.early.sampled = <uint8_t>sample(
        stream.early.sample, stream.early.sampled, kept.octets, kept.captured
    )
    return kept
