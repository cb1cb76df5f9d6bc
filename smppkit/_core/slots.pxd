# Columns on their way into PDUs: what each value is and takes. Used by fill, which writes them.
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from smppkit._core.once cimport read_once
from smppkit._core.plan cimport TlvPlan

cdef enum Kind:
    READY = 0               # octets that every row has
    NUMBER = 1              # one octet
    STRING = 2              # C-octet string
    TIME = 3                # C-octet string, empty or a time
    COUNTED = 4             # one octet that counts, and so many octets
    RAW = 5                 # octets that are encoded already
    TLV_NUMBER = 6
    TLV_STRING = 7
    TLV_RAW = 8

cdef enum:
    FINE = -1               # no slot is to blame
    WHOLE = -2              # the PDU is: too long
    HEAD = -3               # command_status or sequence_number is
    CHANGED = -4            # a column is, which is not what it was when it was measured
    BAD = -1                # size of a value that cannot be written
    SPARE = 128             # octets behind those of a ready slot, which may be read and have no meaning

cdef struct Slot:
    int kind
    bint body               # left out where a response has no body
    bint strict             # a TLV held against its row
    uint32_t limit          # most octets, the NUL of a string among them
    TlvPlan tlv
    const int64_t* values   # numbers
    const int64_t* offsets  # octets: row i is octets[offsets[i]:offsets[i + 1]]
    const uint8_t* octets   # UTF-8 where the slot is a string
    int64_t size            # of all octets
    const uint8_t* valid    # 1 = has a value; NULL: all have

cdef struct Job:
    Slot* slots
    int count
    Py_ssize_t rows
    uint32_t command_id
    const int64_t* status   # NULL: 0 in every row
    const int64_t* number
    const uint8_t* bare     # 1 = response without a body; NULL: none
    int64_t* offsets        # of the PDUs

cdef struct Part:           # some of the rows, the work of one thread
    Py_ssize_t begin
    Py_ssize_t end
    uint64_t wide           # bits of the slots whose text may not be all ASCII; all behind the 63rd share the last bit
    int blame
    Py_ssize_t row          # to blame
    int64_t base            # where its first PDU begins in the octets of all


@cython.overflowcheck(False)        # a difference that is taken where it makes sense
cdef inline bint span(const Slot* slot, Py_ssize_t row, int64_t* begin, int64_t* count) noexcept nogil:
    """Where the octets of a row lie; False when that is outside: columns come from outside, memory is ours."""
    cdef uint64_t end = <uint64_t>read_once(&slot.offsets[row + 1])
    begin[0] = read_once(&slot.offsets[row])
    count[0] = <int64_t>(end - <uint64_t>begin[0])
    return <uint64_t>begin[0] <= end and end <= <uint64_t>slot.size


cdef Py_ssize_t latin_size(const uint8_t* text, Py_ssize_t count) noexcept nogil
cdef int number_size(const TlvPlan* tlv, int64_t value) noexcept nogil
cdef void measure(const Job* job, Part* part) noexcept nogil
cdef const int64_t* numbers_of(object array, Py_ssize_t count) except? NULL
cdef const uint8_t* octets_of(object array, Py_ssize_t count) except? NULL
cdef object take_slot(Slot* slot, object given, Py_ssize_t rows)
