# Streams of which it is not known yet whether they are SMPP.
from libc.stdint cimport int64_t, uint8_t, uint32_t

from smppkit._core.framing cimport Sink
from smppkit._core.runs cimport Piece
from smppkit._core.stream cimport Stream

cdef void remember(Sink* sink, Stream* stream, const Piece* piece) noexcept nogil
cdef void forget(Sink* sink, Stream* stream) noexcept nogil
cdef void drop_early(Sink* sink, Stream* stream) noexcept nogil
cdef bint no_header_in(const Sink* sink, const uint8_t* octets, uint32_t captured) noexcept nogil
cdef bint shows_nothing(Sink* sink, const Stream* stream) noexcept nogil
cdef bint has_octets(const Stream* stream) noexcept nogil
cdef int64_t sampled(const Stream* stream, uint8_t* out) noexcept nogil
