"""One column being filled by the core without the GIL (Sink), and the finished column that Python sees (Column)."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.buffers cimport Block
from smppkit._core.dates cimport eight

cdef enum SinkKind:
    SINK_INT = 0
    SINK_TEXT = 1               # UTF-8
    SINK_OCTETS = 2
    SINK_LIST = 3               # dest_address or unsuccess_sme as on the wire: how many entries there are, and they

cdef enum:
    GAP = 8                     # rows without a string that reach() passes in one go
    STEP = 16                   # octets that strings are copied by: so much may be read and written behind an end

cdef struct Sink:
    int kind
    bint certain                # every row has a value, 0 where nothing is written
    bint clean                  # numbers and flags hold zeros; else they are cleared before rows are filled
    Py_ssize_t rows
    Py_ssize_t row              # strings: rows whose offset is written
    Py_ssize_t present          # rows that have a value
    int64_t* values             # integers, zero where absent
    int64_t* offsets            # strings: where each begins; one more than there are rows
    uint8_t* valid              # 1 = present
    uint8_t* octets             # strings
    Py_ssize_t used
    Py_ssize_t room
    Py_ssize_t likely           # more octets than this the strings hardly have: no guess goes beyond


cdef inline void put_int(Sink* sink, Py_ssize_t row, int64_t value) noexcept nogil:
    sink.values[row] = value
    if not sink.certain:
        sink.valid[row] = 1
        sink.present += 1


cdef inline void expect_all(Sink* sink) noexcept nogil:
    """Let every row have a value, 0 where none is written; miss() takes one away."""
    sink.certain = True
    sink.present = sink.rows
    memset(sink.valid, 1, sink.rows)


cdef inline void miss(Sink* sink, Py_ssize_t row) noexcept nogil:
    sink.valid[row] = 0
    sink.present -= 1


cdef inline bint has(const Sink* sink, Py_ssize_t row) noexcept nogil:
    return sink.valid[row]


cdef inline uint8_t* reserve(Sink* sink, Py_ssize_t more) noexcept nogil:
    """Where the next octets go, with room for ``more``; NULL when memory is out."""
    if sink.room - sink.used < more and not grow(sink, more):
        return NULL
    return sink.octets + sink.used


cdef inline void reach(Sink* sink, Py_ssize_t row) noexcept nogil:
    """Give every row before ``row`` that has no string an empty one."""
    cdef int64_t* at = &sink.offsets[sink.row]
    cdef int64_t used = sink.used
    cdef Py_ssize_t i
    if used or not sink.clean:          # else offsets are zero: memory of an empty column stays untouched
        for i in range(GAP):            # gaps are short, and what was written too much is written again
            at[i] = used
        for i in range(GAP, row + 1 - sink.row):
            at[i] = used
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


cdef inline bint put_near(Sink* sink, Py_ssize_t row, const uint8_t* octets, Py_ssize_t size) noexcept nogil:
    """The same for short strings, STEP octets behind which may be read."""
    cdef uint8_t* at = reserve(sink, size + STEP)
    cdef Py_ssize_t i = STEP
    if at == NULL:
        return False
    memcpy(at, octets, STEP)
    while i < size:
        memcpy(at + i, octets + i, STEP)
        i += STEP
    close_string(sink, row, size)
    return True


cdef inline bint put_latin(Sink* sink, Py_ssize_t row, const uint8_t* octets, Py_ssize_t size,
                           const uint8_t* end) noexcept nogil:
    """Octets that are one character each (ISO 8859-1) as UTF-8; False when memory is out. Up to ``end`` may be read."""
    cdef uint8_t* at = reserve(sink, 2 * size + STEP)
    cdef uint64_t high = 0
    cdef Py_ssize_t i = 0
    if at == NULL:
        return False
    if end - octets < size + STEP:
        size = spell_latin(at, octets, size)
    else:
        while i < size:
            memcpy(at + i, octets + i, STEP)        # first: the caller may write there meanwhile
            high |= eight(at + i) | eight(at + i + 8)
            i += STEP
        if high & 0x8080808080808080ULL:        # of the string, or of what is behind it
            size = spell_latin(at, octets, size)
    close_string(sink, row, size)
    return True


cdef class Column:
    cdef readonly str kind
    cdef readonly Block values
    cdef readonly Block offsets
    cdef readonly Block valid
    cdef readonly Block absent
    cdef readonly Py_ssize_t nulls
    cdef Py_ssize_t rows
    cdef readonly str name


cdef class Arena:
    cdef Block numbers          # int64
    cdef Block flags
    cdef Py_ssize_t next_number
    cdef Py_ssize_t next_flag

    cdef int64_t* take_numbers(self, Py_ssize_t count) except NULL
    cdef uint8_t* take_flags(self, Py_ssize_t count) except NULL


cdef class Whole:
    cdef dict columns           # name -> Column
    cdef Block flags
    cdef Py_ssize_t rows
    cdef Py_ssize_t filled      # rows that were decoded
    cdef char taken             # for good


cdef Py_ssize_t spell_latin(uint8_t* out, const uint8_t* octets, Py_ssize_t size) noexcept nogil
cdef void clear_sinks(Sink* sinks, int count, Py_ssize_t first, Py_ssize_t rows) noexcept nogil
cdef bint grow(Sink* sink, Py_ssize_t more) noexcept nogil
cdef Arena arena_of(Py_ssize_t columns, Py_ssize_t rows, bint zeros=*)
cdef int open_sink(Sink* sink, int kind, Py_ssize_t rows, Arena arena) except -1
cdef int borrow_sink(Sink* sink, Column column, Py_ssize_t first, Py_ssize_t rows) except -1
cdef int return_sink(Sink* sink, Column column) except -1
cdef Column close_sink(Sink* sink, str name, Arena arena)
cdef void drop_sink(Sink* sink) noexcept nogil
