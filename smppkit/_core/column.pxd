"""One column being filled by the core without the GIL (Sink), and the finished column that Python sees (Column)."""

from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy

cdef enum SinkKind:
    SINK_INT = 0
    SINK_TEXT = 1               # UTF-8
    SINK_OCTETS = 2
    SINK_LIST = 3               # entries of dest_address or unsuccess_sme as they are on the wire

cdef struct Sink:
    int kind
    int certain                 # 1: every row has a value, 0 where nothing is written; `valid` is not kept
    Py_ssize_t row              # strings: rows whose offset is written
    Py_ssize_t present          # rows that have a value
    int64_t* values             # integers, zero where absent
    int64_t* offsets            # strings: where each begins; one more than there are rows
    uint8_t* valid              # 1 = present
    uint8_t* octets             # strings
    Py_ssize_t used
    Py_ssize_t room


cdef inline void put_int(Sink* sink, Py_ssize_t row, int64_t value) noexcept nogil:
    sink.values[row] = value
    if not sink.certain:
        sink.valid[row] = 1
        sink.present += 1


cdef inline bint has(const Sink* sink, Py_ssize_t row) noexcept nogil:
    return sink.valid[row]


cdef inline uint8_t* reserve(Sink* sink, Py_ssize_t more) noexcept nogil:
    """Where the next octets go, with room for ``more``; NULL when memory is out. Growth is geometric."""
    cdef Py_ssize_t room
    cdef void* grown
    if sink.room - sink.used < more:
        room = 2 * sink.room + more
        grown = realloc(sink.octets, room)
        if grown == NULL:
            return NULL
        sink.octets = <uint8_t*>grown
        sink.room = room
    return sink.octets + sink.used


cdef inline void reach(Sink* sink, Py_ssize_t row) noexcept nogil:
    """Give every row before ``row`` that has no string an empty one."""
    cdef Py_ssize_t i
    cdef int64_t used = sink.used
    if used:                            # offsets are zero from the start: memory of an empty column stays untouched
        for i in range(sink.row, row + 1):
            sink.offsets[i] = used
    sink.row = row + 1


cdef inline void close_string(Sink* sink, Py_ssize_t row, Py_ssize_t size) noexcept nogil:
    """Take the ``size`` octets written at ``reserve`` as the string of ``row``."""
    reach(sink, row)
    sink.used += size
    sink.valid[row] = 1
    sink.present += 1


cdef inline bint put_octets(Sink* sink, Py_ssize_t row, const uint8_t* octets, Py_ssize_t size) noexcept nogil:
    """False when memory is out."""
    cdef uint8_t* at = reserve(sink, size)
    if at == NULL:
        return False
    memcpy(at, octets, size)
    close_string(sink, row, size)
    return True


cdef inline bint put_latin(Sink* sink, Py_ssize_t row, const uint8_t* octets, Py_ssize_t size) noexcept nogil:
    """Octets that are one character each (ISO 8859-1) as UTF-8; False when memory is out."""
    cdef uint8_t* at = reserve(sink, 2 * size)
    cdef uint8_t* out = at
    cdef uint8_t high = 0
    cdef Py_ssize_t i
    if at == NULL:
        return False
    for i in range(size):
        at[i] = octets[i]
        high |= octets[i]
    if high & 0x80:
        for i in range(size):
            if octets[i] < 0x80:
                out[0] = octets[i]
                out += 1
            else:
                out[0] = 0xC0 | octets[i] >> 6
                out[1] = 0x80 | octets[i] & 0x3F
                out += 2
        size = out - at
    close_string(sink, row, size)
    return True


cdef class Block:
    cdef void* memory
    cdef Py_ssize_t shape[1]
    cdef Py_ssize_t strides[1]
    cdef char form[2]

    @staticmethod
    cdef Block of(void* memory, Py_ssize_t items, char form)


cdef class Column:
    cdef readonly str kind
    cdef readonly Block values
    cdef readonly Block offsets
    cdef readonly Block valid
    cdef readonly Py_ssize_t nulls
    cdef Py_ssize_t rows
    cdef readonly str name


cdef bint open_sink(Sink* sink, int kind, bint certain, Py_ssize_t rows) noexcept nogil
cdef Column close_sink(Sink* sink, str name, Py_ssize_t rows)
cdef void drop_sink(Sink* sink) noexcept nogil
