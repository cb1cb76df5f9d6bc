"""Where each PDU of a buffer begins, and its header: one pass over the lengths, without the GIL."""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_Resize
from libc.stdint cimport int64_t, uint8_t, uint32_t

from smppkit._core.plan cimport HEADER, read_u32

cdef enum:
    FIRST_ROWS = 256        # rows there is room for at first; then half as many again, each time it is too little

cdef struct Scan:
    const uint8_t* octets
    int64_t size
    int64_t at              # where the next PDU begins
    int64_t rows
    int64_t room
    uint32_t most           # command_length above which a PDU is absurd
    int64_t* offset
    uint32_t* length
    uint32_t* command_id
    uint32_t* command_status
    uint32_t* sequence_number


cdef bint advance(Scan* scan) noexcept nogil:
    """Take whole PDUs while there is room for their rows; True when a length is absurd."""
    cdef const uint8_t* header
    cdef uint32_t length
    while scan.size - scan.at >= 4 and scan.rows < scan.room:
        header = scan.octets + scan.at
        length = read_u32(header)
        if length < HEADER or length > scan.most:
            return True
        if length > scan.size - scan.at:
            return False
        scan.offset[scan.rows] = scan.at
        scan.length[scan.rows] = length
        scan.command_id[scan.rows] = read_u32(header + 4)
        scan.command_status[scan.rows] = read_u32(header + 8)
        scan.sequence_number[scan.rows] = read_u32(header + 12)
        scan.rows += 1
        scan.at += length
    return False


cdef int resize(Scan* scan, list columns, int64_t rows) except -1:
    """Give the columns room for ``rows``; they keep what is in them."""
    cdef Py_ssize_t i
    for i in range(5):
        PyByteArray_Resize(columns[i], rows * (8 if i == 0 else 4))
    scan.room = rows
    scan.offset = <int64_t*>PyByteArray_AS_STRING(columns[0])
    scan.length = <uint32_t*>PyByteArray_AS_STRING(columns[1])
    scan.command_id = <uint32_t*>PyByteArray_AS_STRING(columns[2])
    scan.command_status = <uint32_t*>PyByteArray_AS_STRING(columns[3])
    scan.sequence_number = <uint32_t*>PyByteArray_AS_STRING(columns[4])
    return 0


def scan(const uint8_t[::1] buffer not None, Py_ssize_t max_length):
    """Return where whole PDUs stand in a buffer: (columns, consumed, absurd).

    ``columns`` are bytearrays in native order: offset (int64), length, command_id, command_status and sequence_number
    (uint32). ``consumed`` is where the first PDU begins that is not there whole; ``absurd`` says that its
    command_length is below 16 or above ``max_length``.

    >>> columns, consumed, absurd = scan(bytes.fromhex("00000010000000150000000000000001 000000"), 70000)
    >>> len(columns[0]), consumed, absurd
    (8, 16, False)
    """
    cdef Scan state
    cdef list columns = [bytearray(), bytearray(), bytearray(), bytearray(), bytearray()]
    cdef bint absurd
    state.octets = &buffer[0] if buffer.shape[0] else NULL
    state.size = buffer.shape[0]
    state.at = state.rows = 0
    state.most = <uint32_t>min(max(max_length, 0), 0xFFFFFFFF)
    resize(&state, columns, FIRST_ROWS)
    while True:
        with nogil:
            absurd = advance(&state)
        if absurd or state.rows < state.room:
            break
        resize(&state, columns, state.room + state.room // 2)
    resize(&state, columns, state.rows)
    return columns, state.at, absurd
