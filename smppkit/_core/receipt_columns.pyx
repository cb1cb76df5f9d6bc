"""Many receipts at once: a column of texts, as Arrow keeps one, to columns of what they say, without the GIL."""

cimport cython
from cpython.bytearray cimport PyByteArray_AS_STRING
from libc.stdint cimport int8_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from smppkit._core.buffers cimport Block
from smppkit._core.dates cimport Day
from smppkit._core.receipt cimport (
    STATES,
    Extra,
    Receipt,
    Span,
    clear_receipt,
    count_of,
    date_of,
    is_final,
    scan_extras,
    state_of,
)
from smppkit._core.once cimport read_once
from smppkit._core.regions cimport fitted, give, room_in, take, widened

cdef enum:
    KEPT = 64           # unknown fields of one text that are kept, as in Receipt.extra
    LONGEST = 6         # octets that JSON needs for one octet, \u0000
    HASTE = 32          # octets of a short string, copied whatever its length is
    SUB = 0             # columns of int64, one behind the other; where the strings of a column begin is one too
    DLVRD = 1
    SUBMIT_DATE = 2
    DONE_DATE = 3
    ID = 4
    STAT = 5
    ERR = 6
    TEXT = 7
    EXTRA = 8
    WIDE = 9
    STRINGS = 5
    SAMPLES = 64        # rows that tell how long strings are
    BATCH = 256        # rows for which room is made at once: a multiple of eight

cdef unsigned int FINALS = 0    # a bit for each state that is the last of a message; bit 15, for -1, is none

cdef struct Strings:            # a column being written, laid out as Arrow's large_string
    uint8_t* octets
    int64_t* offsets
    uint8_t* bits               # validity
    bint missing                # whether some row has none
    bint own                    # whether the octets have memory of their own, and not a part of the table's
    Py_ssize_t used             # octets
    Py_ssize_t room


@cython.final
@cython.no_gc
@cython.auto_pickle(False)
cdef class _Table:
    """All columns being written, and who owns their memory: one piece, for which there are large pages."""

    cdef Py_ssize_t rows, extra_rows            # extra_rows: rows of extra that are written
    cdef Block memory, wide, state, final
    cdef list validity                          # of the strings
    cdef Strings strings[STRINGS]
    cdef Day submit_day, done_day               # what was read last
    cdef int64_t* values
    cdef int8_t* states
    cdef uint8_t* finals

    cdef int take_memory(self, Py_ssize_t rows, const Py_ssize_t* room) except -1:
        """Give each column its place: numbers last, for the last of them, offsets of extra, are hardly ever used."""
        cdef Py_ssize_t size = 8 * WIDE * (rows + 1) + 2 * rows + 8
        cdef Py_ssize_t at = 0
        cdef uint8_t* base
        cdef int column
        self.rows = rows
        for column in range(STRINGS - 1):
            size += room[column]
        self.memory = Block.fresh(size, c"B")
        base = <uint8_t*>self.memory.memory
        for column in range(STRINGS - 1):
            self.strings[column].octets = base + at
            self.strings[column].room = room[column]
            at += room[column]
        self.state, self.final = self.memory.part(at, rows), self.memory.part(at + rows, rows)
        at = (at + 2 * rows + 7) & ~7
        self.wide = self.memory.part(at, 8 * WIDE * (rows + 1))
        self.values = <int64_t*>self.wide.memory
        self.states = <int8_t*>self.state.memory
        self.finals = <uint8_t*>self.final.memory
        self.validity = []
        for column in range(STRINGS):
            self.validity.append(bytearray((rows + 7) // 8))
            self.strings[column].bits = <uint8_t*>PyByteArray_AS_STRING(<bytearray>self.validity[column])
            self.strings[column].offsets = self.values + (column + ID) * (rows + 1)
            self.strings[column].offsets[0] = 0
        return 0

    def __dealloc__(self):
        cdef int column
        for column in range(STRINGS):
            if self.strings[column].own:
                give(self.strings[column].octets)

    cdef list octets(self):
        """The octets of the strings, handed over; without those of extra when no row has any."""
        cdef list blocks = []
        cdef Block block
        cdef Strings* strings
        cdef int column
        for column in range(STRINGS if self.extra_rows else STRINGS - 1):
            strings = &self.strings[column]
            if strings.own:
                strings.octets = <uint8_t*>fitted(strings.octets, strings.used)
                block = Block.of(strings.octets, strings.used, c"B")
                strings.own = False             # from here on it is the block that frees
            else:
                block = self.memory.part(strings.octets - <uint8_t*>self.memory.memory, strings.used)
            blocks.append(block)
        return blocks

    cdef list bits(self):
        """Validity of the strings; None where every row has one."""
        cdef int column
        for column in range(STRINGS - 1):
            if not self.strings[column].missing:
                self.validity[column] = None
        return self.validity


cdef bint make_room(Strings* to, Py_ssize_t more, Py_ssize_t likely) noexcept nogil:
    """Have room for ``more`` octets, and where there is none for ``likely`` in all; False when memory is out."""
    cdef Py_ssize_t least = to.used + more + HASTE
    return to.room >= least or (likely > least and resize(to, likely)) or resize(to, least)


cdef bint resize(Strings* to, Py_ssize_t room) noexcept nogil:
    cdef bint clean = False
    cdef void* moved = widened(to.octets, to.used, room) if to.own else take(room, &clean)
    if moved == NULL:
        return False
    if not to.own and to.used:
        memcpy(moved, to.octets, to.used)
    to.own = True
    to.octets = <uint8_t*>moved
    to.room = room_in(moved)
    return True


cdef inline void put(Strings* to, Py_ssize_t row, const uint8_t* text, const Span* span, size_t short) noexcept nogil:
    """Write the string of a row; of one of less than ``short`` octets HASTE are copied, whatever its length is."""
    if <size_t>span.length < short:
        memcpy(to.octets + to.used, text + span.start, HASTE)
        to.used += span.length
    elif span.length >= 0:
        memcpy(to.octets + to.used, text + span.start, span.length)
        to.used += span.length
    else:
        to.bits[row >> 3] &= ~(1 << (row & 7))
        to.missing = True
    to.offsets[row + 1] = to.used


cdef inline const uint8_t* row_text(const uint8_t* data, const int64_t* ends, const uint8_t* valid, Py_ssize_t row,
                                    Py_ssize_t* count) noexcept nogil:
    """The text between two ends, that of ``row``; nothing of one that is missing."""
    count[0] = ends[1] - ends[0] if valid == NULL or valid[row] else 0
    return data + ends[0]


cdef bint take_ends(const int64_t* offsets, Py_ssize_t count, int64_t size, int64_t* ends) noexcept nogil:
    """Copy where ``count`` rows lie; False when that is not in the data: the caller may write there meanwhile."""
    cdef Py_ssize_t i
    cdef bint inside
    for i in range(count + 1):
        ends[i] = read_once(&offsets[i])
    inside = 0 <= ends[0] and ends[count] <= size
    for i in range(count):
        inside &= ends[i] <= ends[i + 1]
    return inside


cdef Py_ssize_t checked(const uint8_t[::1] data, const int64_t[::1] offsets, const uint8_t[::1] valid) except -1:
    """The octets of all rows, after making sure that every row lies in the data."""
    cdef Py_ssize_t rows = offsets.shape[0] - 1
    cdef Py_ssize_t row
    cdef int64_t first, last
    if rows < 0:
        raise ValueError("offsets: one more than there are rows")
    first, last = read_once(&offsets[0]), read_once(&offsets[rows])
    if not 0 <= first <= last <= data.shape[0]:
        raise ValueError("offsets: rows lie in the data, one behind the other")
    for row in range(rows):
        if offsets[row + 1] < offsets[row]:
            raise ValueError(f"offsets: row {row} ends before it begins")
    if valid is not None and valid.shape[0] != rows:
        raise ValueError(f"valid: {valid.shape[0]} flags for {rows} rows")
    return last - first


def columns(const uint8_t[::1] data not None, const int64_t[::1] offsets not None, const uint8_t[::1] valid=None):
    """What the receipts of a column of UTF-8 texts say, as buffers; an empty row for a text that is none.

    Row i is ``data[offsets[i]:offsets[i + 1]]``; ``valid`` holds 0 where it is missing. In order: a table of int64, of
    one row more than there are, whose columns are sub, dlvrd (-1 none), submit_date, done_date (nanoseconds, smallest
    number none) and the offsets of id, stat, err, text, extra; int8 state, -1 none; uint8 final; the octets and the
    validity bits of the strings, lists. Validity is None where no row is missing, but for extra; without any unknown
    field the octets of extra are not among them.
    """
    cdef Py_ssize_t rows = offsets.shape[0] - 1
    cdef const uint8_t* base = &data[0] if data.shape[0] else <const uint8_t*>b""
    cdef const uint8_t* safe = base + data.shape[0] - HASTE if data.shape[0] >= HASTE else base - 1
    cdef const uint8_t* present = &valid[0] if valid is not None and rows > 0 else NULL
    cdef Py_ssize_t room[STRINGS - 1]
    cdef int64_t ends[BATCH + 1]
    cdef Py_ssize_t row = 0
    cdef Py_ssize_t end
    cdef bint done = True, changed = False
    cdef _Table to = _Table()
    cdef Py_ssize_t whole = checked(data, offsets, valid)
    with nogil:
        expect(&offsets[0], rows, whole, base, data.shape[0], present, room)
    to.take_memory(rows, room)
    with nogil:
        while done and not changed and row < rows:
            end = min(rows, row + BATCH)
            changed = not take_ends(&offsets[row], end - row, data.shape[0], ends)
            if not changed:
                done = begin(to, row, end, ends, whole) and fill(to, row, end, base, ends, present, safe)
            row = end
        if to.extra_rows:
            skip_extra(to, rows)
    if changed:
        raise RuntimeError("a column was written to while it was read: leave it alone until the call returns")
    if not done:
        raise MemoryError("for a column of receipts")
    return to.wide, to.state, to.final, to.octets(), to.bits()


cdef void expect(const int64_t* offsets, Py_ssize_t rows, Py_ssize_t whole, const uint8_t* base, Py_ssize_t size,
                 const uint8_t* present, Py_ssize_t* room) noexcept nogil:
    """How many octets each column of strings is likely to have, from rows here and there; all there are, if few."""
    cdef Py_ssize_t count = 0
    cdef Py_ssize_t step = rows // SAMPLES
    cdef Py_ssize_t i, column
    cdef Receipt found
    cdef Span* spans[STRINGS - 1]
    cdef int64_t ends[2]
    cdef const uint8_t* text
    spans[:] = [&found.id, &found.stat, &found.err, &found.text]
    for column in range(STRINGS - 1):
        room[column] = whole + HASTE if rows <= BATCH else 0
    if rows <= BATCH:
        return
    for i in range(SAMPLES):
        if not take_ends(&offsets[i * step], 1, size, ends):
            continue
        text = row_text(base, ends, present, i * step, &count)
        if scan_extras(text, count, &found, NULL, 0):
            for column in range(STRINGS - 1):
                room[column] += max(spans[column].length, 0)
    for column in range(STRINGS - 1):           # some more than that, and what begin() wants for the last rows
        room[column] = (room[column] * 17 // (16 * SAMPLES) + 1) * rows + whole // rows * 2 * BATCH
        room[column] = min(room[column], whole) + HASTE


cdef bint begin(_Table to, Py_ssize_t row, Py_ssize_t end, const int64_t* ends, Py_ssize_t whole) noexcept nogil:
    """Make ready for some rows, all of whose strings are taken to be there; False when memory is out."""
    cdef Py_ssize_t likely = 0
    cdef Strings* strings
    cdef int i
    for i in range(STRINGS - 1):
        strings = &to.strings[i]
        memset(strings.bits + (row >> 3), 0xFF, (end + 7 >> 3) - (row >> 3))
        if row:
            likely = min(whole, (strings.used // row + 2) * to.rows + BATCH)    # as many in each row as so far
        if not make_room(strings, ends[end - row] - ends[0], likely):
            return False
    return True


cdef bint fill(_Table to, Py_ssize_t row, Py_ssize_t end, const uint8_t* base, const int64_t* ends,
               const uint8_t* present, const uint8_t* safe) noexcept nogil:
    """Write some rows; False when memory is out."""
    cdef int64_t* values = to.values
    cdef Py_ssize_t column = to.rows + 1
    cdef Py_ssize_t first = row, count = 0
    cdef Strings strings[STRINGS - 1]       # a copy: for all a compiler knows, octets could be written over the other
    cdef size_t short
    cdef int state
    cdef Receipt found
    cdef Extra extras[KEPT]
    cdef const uint8_t* text
    memcpy(strings, to.strings, sizeof(strings))
    for row in range(row, end):
        text = row_text(base, &ends[row - first], present, row, &count)
        short = HASTE + 1 if text + count <= safe else 0
        if not scan_extras(text, count, &found, extras, KEPT):
            clear_receipt(&found)
        if found.extras and not put_extras(to, row, text, count, extras, min(KEPT, found.extras)):
            return False
        put(&strings[ID - ID], row, text, &found.id, short)
        put(&strings[STAT - ID], row, text, &found.stat, short)
        put(&strings[ERR - ID], row, text, &found.err, short)
        put(&strings[TEXT - ID], row, text, &found.text, short)
        values[SUB * column + row] = count_of(text, &found.sub)
        values[DLVRD * column + row] = count_of(text, &found.dlvrd)
        values[SUBMIT_DATE * column + row] = date_of(text, &found.submit_date, &to.submit_day)
        values[DONE_DATE * column + row] = date_of(text, &found.done_date, &to.done_day)
        state = state_of(text, count, &found)
        to.states[row] = <int8_t>state
        to.finals[row] = FINALS >> (state & 15) & 1
    memcpy(to.strings, strings, sizeof(strings))
    return True


# ---- unknown fields ----

cdef void skip_extra(_Table to, Py_ssize_t rows) noexcept nogil:
    """Rows up to ``rows`` that have no unknown fields."""
    cdef Strings* extra = &to.strings[EXTRA - ID]
    while to.extra_rows < rows:
        to.extra_rows += 1
        extra.offsets[to.extra_rows] = extra.used


cdef bint put_extras(_Table to, Py_ssize_t row, const uint8_t* text, Py_ssize_t count, const Extra* extras,
                     int kept) noexcept nogil:
    """Write unknown fields as the text of a JSON object; False when memory is out."""
    cdef Strings* extra = &to.strings[EXTRA - ID]
    if not make_room(extra, LONGEST * count + 8, 2 * extra.room):
        return False
    skip_extra(to, row)
    put_object(text, extras, kept, extra)
    extra.bits[row >> 3] |= 1 << (row & 7)
    to.extra_rows = row + 1
    extra.offsets[row + 1] = extra.used
    return True


cdef void put_object(const uint8_t* text, const Extra* extras, int count, Strings* out) noexcept nogil:
    cdef int i
    for i in range(count):
        put_octet(out, c"," if i else c"{")
        put_string(out, text, &extras[i].key, True)
        put_octet(out, c":")
        put_string(out, text, &extras[i].value, False)
    put_octet(out, c"}")


cdef inline void put_octet(Strings* extra, uint8_t octet) noexcept nogil:
    extra.octets[extra.used] = octet
    extra.used += 1


cdef void put_string(Strings* extra, const uint8_t* text, const Span* span, bint lower) noexcept nogil:
    cdef const char* digits = "0123456789abcdef"
    cdef uint8_t octet
    cdef Py_ssize_t i
    put_octet(extra, c'"')
    for i in range(span.start, span.start + span.length):
        octet = text[i]
        if octet < 0x20:
            memcpy(extra.octets + extra.used, b"\\u00", 4)
            extra.octets[extra.used + 4] = digits[octet >> 4]
            extra.octets[extra.used + 5] = digits[octet & 15]
            extra.used += 6
            continue
        if octet == c'"' or octet == c"\\":
            put_octet(extra, c"\\")
        put_octet(extra, octet | 0x20 if lower and c"A" <= octet <= c"Z" else octet)
    put_octet(extra, c'"')


cdef int note_finals() except -1:
    global FINALS
    cdef int state
    for state in range(STATES):
        FINALS |= <unsigned int>is_final(state) << state
    return 0


note_finals()
