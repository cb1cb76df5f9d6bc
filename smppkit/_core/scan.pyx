"""Where each PDU of a buffer begins, and its header: one pass over the lengths, without the GIL."""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from smppkit._core.column cimport INT64_FORM, Block
from smppkit._core.memory cimport free, realloc
from smppkit._core.pages cimport soon, wish_large_pages
from smppkit._core.plan cimport HEADER, read_u32

cdef enum:
    FIRST_ROWS = 256        # rows there is room for at first
    COLUMNS = 5             # offset, length, command_id, command_status, sequence_number
    AHEAD = 512             # octets

cdef struct Scan:
    const uint8_t* octets
    int64_t size
    int64_t begin
    int64_t at              # where the next PDU begins
    int64_t rows
    int64_t room
    uint32_t most           # command_length above which a PDU is absurd
    int count               # of columns that are kept
    int wide                # how many of these are int64; the others are uint32
    void* columns[COLUMNS]


cdef bint advance(Scan* scan) noexcept nogil:
    """Take whole PDUs while there is room for their rows; True when a length is absurd."""
    cdef const uint8_t* header
    cdef uint32_t length
    cdef int i
    while scan.size - scan.at >= 4 and scan.rows < scan.room:
        header = scan.octets + scan.at
        soon(header + AHEAD)
        length = read_u32(header)
        if length < HEADER or length > scan.most:
            return True
        if length > scan.size - scan.at:
            return False
        (<int64_t*>scan.columns[0])[scan.rows] = scan.at
        if scan.wide == 2:
            (<int64_t*>scan.columns[1])[scan.rows] = length
        for i in range(scan.wide, scan.count):
            (<uint32_t*>scan.columns[i])[scan.rows] = read_u32(header + 4 * (i - 1))
        scan.rows += 1
        scan.at += length
    return False


cdef bint resize(Scan* scan, int64_t rows) noexcept nogil:
    """Give the columns room for ``rows``; they keep what is in them. False when memory is out."""
    cdef int i
    cdef void* moved
    for i in range(scan.count):
        moved = realloc(scan.columns[i], (rows + 1) * (8 if i < scan.wide else 4))
        if moved == NULL:
            return False
        scan.columns[i] = moved
        wish_large_pages(moved, rows * (8 if i < scan.wide else 4))
    scan.room = rows
    return True


cdef int64_t guess(const Scan* scan) noexcept nogil:
    """How many rows there will be, if the rest is like what was seen; never four times as many as there are."""
    cdef double share = <double>(scan.size - scan.begin) / <double>(scan.at - scan.begin)
    cdef double rows = 1.03 * <double>scan.rows * share
    return <int64_t>min(max(rows, 1.25 * <double>scan.rows), 4.0 * <double>scan.rows)


cdef bint scan_all(Scan* scan, bint* absurd) noexcept nogil:
    """Scan to the end; False when memory is out."""
    if not resize(scan, FIRST_ROWS):
        return False
    while True:
        absurd[0] = advance(scan)
        if absurd[0] or scan.rows < scan.room:
            return resize(scan, scan.rows)
        if not resize(scan, guess(scan)):
            return False


def scan(const uint8_t[::1] buffer not None, Py_ssize_t max_length, bint headers=True, Py_ssize_t begin=0):
    """Return where whole PDUs stand in a buffer from octet ``begin`` on: (columns, consumed, absurd).

    ``columns`` are blocks of offset (int64), length, command_id, command_status and sequence_number (uint32); without
    ``headers`` of offset and length alone, both int64. ``consumed`` is where the first PDU begins that is not there
    whole; ``absurd`` says that its command_length is below 16 or above ``max_length``.

    >>> columns, consumed, absurd = scan(bytes.fromhex("00000010000000150000000000000001 000000"), 70000)
    >>> memoryview(columns[1]).tolist(), memoryview(columns[2]).tolist(), consumed, absurd
    ([16], [21], 16, False)
    """
    cdef Scan state
    cdef list blocks = []
    cdef Block block
    cdef bint absurd = False, done
    cdef int i
    if not 0 <= begin <= buffer.shape[0]:
        raise ValueError(f"octet {begin} does not lie inside the buffer")
    state.octets = &buffer[0] if buffer.shape[0] else NULL
    state.size = buffer.shape[0]
    state.at = state.begin = begin
    state.rows = state.room = 0
    state.most = <uint32_t>min(max(max_length, 0), 0xFFFFFFFF)
    state.count = COLUMNS if headers else 2
    state.wide = 1 if headers else 2
    for i in range(COLUMNS):
        state.columns[i] = NULL
    try:
        with nogil:
            done = scan_all(&state, &absurd)
        if not done:
            raise MemoryError("no memory for an index")
        for i in range(state.count):
            block = Block.of(state.columns[i], state.rows, INT64_FORM if i < state.wide else c"I")
            state.columns[i] = NULL         # from here on it is the block that frees
            blocks.append(block)
    finally:
        for i in range(COLUMNS):
            free(state.columns[i])
    return blocks, state.at, absurd
