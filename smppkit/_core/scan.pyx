"""Where each PDU of a buffer begins, and its header: one pass over the lengths, without the GIL."""

from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset

from smppkit._core.buffers cimport INT64_FORM, Block
from smppkit._core.pages cimport soon
from smppkit._core.network cimport read_u32
from smppkit._core.plan cimport HEADER
from smppkit._core.regions cimport give, take

cdef enum:
    FIRST_ROWS = 256        # rows there is room for at first
    MOST_TIMES = 64
    COLUMNS = 5             # offset, length, command_id, command_status, sequence_number
    AHEAD = 6144            # octets: less comes too late, for nothing here takes long

cdef struct Scan:
    const uint8_t* octets
    int64_t size
    int64_t at              # where the next PDU begins
    int64_t rows
    int64_t room
    uint32_t most           # command_length above which a PDU is absurd
    int count               # of columns that are kept: two, or all
    int wide                # how many of these are int64; the others are uint32
    uint8_t* memory         # that the columns lie in
    void* columns[COLUMNS]


cdef bint advance(Scan* scan) noexcept nogil:
    """Take whole PDUs while there is room for their rows; True when a length is absurd."""
    cdef uint32_t length
    if scan.wide == 2:
        take_places(scan)
    else:
        take_headers(scan)
    if scan.rows == scan.room or scan.size - scan.at < 4:
        return False
    length = read_u32(scan.octets + scan.at)
    return length < HEADER or length > scan.most


cdef inline bint is_whole(const Scan* scan, uint32_t length, int64_t at) noexcept nogil:
    return HEADER <= length <= scan.most and length <= scan.size - at


cdef void take_places(Scan* scan) noexcept nogil:
    """Offset and length of each PDU that is there whole. The numbers are local: what is stored might else be they."""
    cdef const uint8_t* octets = scan.octets
    cdef int64_t* offsets = <int64_t*>scan.columns[0]
    cdef int64_t* lengths = <int64_t*>scan.columns[1]
    cdef int64_t at = scan.at, last = scan.size - HEADER
    cdef int64_t row = scan.rows, room = scan.room
    cdef uint32_t length
    while at <= last and row < room:
        soon(octets + at + AHEAD)
        length = read_u32(octets + at)
        if not is_whole(scan, length, at):
            break
        offsets[row] = at
        lengths[row] = length
        row += 1
        at += length
    scan.at = at
    scan.rows = row


cdef void take_headers(Scan* scan) noexcept nogil:
    """The same with all of the header."""
    cdef const uint8_t* header
    cdef const uint8_t* octets = scan.octets
    cdef int64_t* offsets = <int64_t*>scan.columns[0]
    cdef uint32_t* lengths = <uint32_t*>scan.columns[1]
    cdef uint32_t* commands = <uint32_t*>scan.columns[2]
    cdef uint32_t* statuses = <uint32_t*>scan.columns[3]
    cdef uint32_t* sequences = <uint32_t*>scan.columns[4]
    cdef int64_t at = scan.at, last = scan.size - HEADER
    cdef int64_t row = scan.rows, room = scan.room
    cdef uint32_t length
    while at <= last and row < room:
        header = octets + at
        soon(header + AHEAD)
        length = read_u32(header)
        if not is_whole(scan, length, at):
            break
        offsets[row] = at
        lengths[row] = length
        commands[row] = read_u32(header + 4)
        statuses[row] = read_u32(header + 8)
        sequences[row] = read_u32(header + 12)
        row += 1
        at += length
    scan.at = at
    scan.rows = row


cdef int64_t octets_of(const Scan* scan, int column) noexcept nogil:
    """How many octets an item of a column has."""
    return 8 if column < scan.wide else 4


cdef int64_t octets_of_row(const Scan* scan) noexcept nogil:
    return 8 * scan.wide + 4 * (scan.count - scan.wide)


cdef bint resize(Scan* scan, int64_t rows) noexcept nogil:
    """Give the columns room for ``rows``; they keep what is in them. False when memory is out.

    All lie in one piece: each by itself would begin and end in small pages, which take longer than all large ones.
    """
    cdef int i
    cdef int64_t taken = 0
    cdef bint clean = False
    cdef uint8_t* memory = <uint8_t*>take(octets_of_row(scan) * (rows + 1), &clean)
    if memory == NULL:
        return False
    for i in range(scan.count):
        if scan.rows:
            memcpy(memory + taken, scan.columns[i], scan.rows * octets_of(scan, i))
        scan.columns[i] = memory + taken
        taken += rows * octets_of(scan, i)
    give(scan.memory)
    scan.memory = memory
    scan.room = rows
    return True


cdef int64_t guess(const Scan* scan) noexcept nogil:
    """How many rows there will be, if the rest is like what was seen; never MOST_TIMES as many as there are."""
    cdef double share = <double>scan.size / <double>scan.at
    cdef double rows = 1.03 * <double>scan.rows * share
    return <int64_t>min(max(rows, 1.25 * <double>scan.rows), <double>MOST_TIMES * <double>scan.rows)


cdef bint scan_all(Scan* scan, bint* absurd) noexcept nogil:
    """Scan to the end; False when memory is out."""
    if not resize(scan, FIRST_ROWS):
        return False
    while True:
        absurd[0] = advance(scan)
        if absurd[0] or scan.rows < scan.room:
            return scan.rows > scan.room >> 1 or resize(scan, scan.rows)
        if not resize(scan, guess(scan)):
            return False


def scan(const uint8_t[::1] buffer not None, Py_ssize_t max_length, bint headers=True):
    """Return where whole PDUs stand in a buffer: (columns, consumed, absurd).

    ``columns`` are blocks of offset (int64), length, command_id, command_status and sequence_number (uint32); without
    ``headers`` of offset and length alone, both int64. ``consumed`` is where the first PDU begins that is not there
    whole; ``absurd`` says that its command_length is below 16 or above ``max_length``.

    >>> columns, consumed, absurd = scan(bytes.fromhex("00000010000000150000000000000001 000000"), 70000)
    >>> memoryview(columns[1]).tolist(), memoryview(columns[2]).tolist(), consumed, absurd
    ([16], [21], 16, False)
    """
    cdef Scan state
    cdef list blocks = []
    cdef Block whole
    cdef bint absurd = False, done
    cdef int64_t taken = 0
    cdef int i
    memset(&state, 0, sizeof(Scan))
    state.octets = &buffer[0] if buffer.shape[0] else NULL
    state.size = buffer.shape[0]
    state.most = <uint32_t>min(max(max_length, 0), 0xFFFFFFFF)
    state.count = COLUMNS if headers else 2
    state.wide = 1 if headers else 2
    try:
        with nogil:
            done = scan_all(&state, &absurd)
        if not done:
            raise MemoryError("no memory for an index")
        whole = Block.of(state.memory, state.room * octets_of_row(&state), c"B")
        state.memory = NULL                 # from here on it is the block that frees
    finally:
        give(state.memory)
    for i in range(state.count):
        blocks.append(whole.items(taken, state.rows, INT64_FORM if i < state.wide else c"I"))
        taken += state.room * octets_of(&state, i)
    return blocks, state.at, absurd
