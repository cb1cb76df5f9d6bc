# One direction of a TCP connection: segments in, octets in order out.
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t

from smppkit._core.framing cimport Sink
from smppkit._core.stream cimport Stream

cdef void open_at(Sink* sink, Stream* stream, uint32_t isn) noexcept nogil
cdef void segment(Sink* sink, Stream* stream, uint32_t sequence, const uint8_t* octets, uint32_t captured,
                  uint32_t length, int64_t packet, int64_t time) noexcept nogil
cdef void become_read(Sink* sink, Stream* stream, int32_t link, int side) noexcept nogil
cdef void replay(Sink* sink, Stream* stream) noexcept nogil
cdef void drain_all(Sink* sink, Stream* stream, bint closed) noexcept nogil
cdef void release(Sink* sink, Stream* stream) noexcept nogil
cdef void empty(Sink* sink, Stream* stream) noexcept nogil
