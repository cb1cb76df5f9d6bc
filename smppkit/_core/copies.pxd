"""Copies of octets that have to last: of IP datagrams that were put together, and of those only what waits.

There is room for 64 MiB in all; what comes then counts as not captured.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy

from smppkit._core.framing cimport Sink, grow
from smppkit._core.memory cimport free, malloc
from smppkit._core.runs cimport Piece

cdef enum:
    CHUNK = 0x100000            # octets, more than any datagram has
    MOST_CHUNKS = 64


cdef inline uint8_t* room_for(Sink* sink, uint32_t size) noexcept nogil:
    """Room for octets that have to last, in one of the chunks; NULL when they are full, or memory is out."""
    if sink.chunk_count == 0 or sink.chunk_used + size > CHUNK:
        if sink.chunk_count == MOST_CHUNKS:
            return NULL
        if not grow(<void**>&sink.chunks, &sink.chunk_room, sink.chunk_count + 1, sizeof(uint8_t*)):
            sink.starved = True
            return NULL
        sink.chunks[sink.chunk_count] = <uint8_t*>malloc(CHUNK)
        if sink.chunks[sink.chunk_count] == NULL:
            sink.starved = True
            return NULL
        sink.chunk_count += 1
        sink.chunk_used = 0
    sink.chunk_used += size
    return &sink.chunks[sink.chunk_count - 1][sink.chunk_used - size]


cdef inline bint lasts(Sink* sink, Piece* piece) noexcept nogil:
    """Let the octets of a piece stay where they are, by a copy if they would not; False when there is no room."""
    cdef uint8_t* copy
    if sink.lent == NULL or not sink.lent <= piece.octets < sink.lent_end:
        return True
    copy = room_for(sink, piece.captured)
    if copy == NULL:
        return False
    memcpy(copy, piece.octets, piece.captured)
    piece.octets = copy
    return True


cdef inline void drop_copies(Sink* sink) noexcept nogil:
    """Give back the octets that had to last."""
    cdef int64_t place
    for place in range(sink.chunk_count):
        free(sink.chunks[place])
    free(sink.chunks)
