"""Many receipts at once: a column of texts, as Arrow keeps one, to columns of what they say, without the GIL."""

cimport cython
from cpython.bytearray cimport PyByteArray_AS_STRING
from libc.stdint cimport int8_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.column cimport Block
from smppkit._core.dates cimport eight
from smppkit._core.memory cimport free, realloc
from smppkit._core.pages cimport fresh_octets
from smppkit._core.receipt cimport (
    Extra,
    Receipt,
    Span,
    clear_receipt,
    date_to_nanoseconds,
    is_final,
    read_count,
    scan_extras,
)

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
    BATCH = 1024        # rows for which room is made at once

cdef struct Strings:            # a column being written, laid out as Arrow's large_string
    uint8_t* octets
    int64_t* offsets
    uint8_t* bits               # validity
    Py_ssize_t used             # octets
    Py_ssize_t room


cdef struct Last:               # a date of ten octets, and what it is; zeros for none
    uint64_t head, tail
    int64_t nanoseconds


@cython.final
@cython.no_gc
@cython.auto_pickle(False)
cdef class _Table:
    """All columns being written, and who owns their memory."""

    cdef Py_ssize_t rows, extra_rows            # extra_rows: rows of extra that are written
    cdef bytearray wide, state, final
    cdef list validity                          # of the strings
    cdef Strings strings[STRINGS]
    cdef int64_t* values
    cdef int8_t* states
    cdef uint8_t* finals

    def __cinit__(self, Py_ssize_t rows):
        cdef int column
        self.rows = rows
        self.wide = fresh_octets(8 * WIDE * (rows + 1))
        self.state = fresh_octets(rows)
        self.final = fresh_octets(rows)
        self.values = <int64_t*>PyByteArray_AS_STRING(self.wide)
        self.states = <int8_t*>PyByteArray_AS_STRING(self.state)
        self.finals = <uint8_t*>PyByteArray_AS_STRING(self.final)
        self.validity = []
        for column in range(STRINGS):
            self.validity.append(bytearray((rows + 7) // 8))
            self.strings[column].bits = <uint8_t*>PyByteArray_AS_STRING(<bytearray>self.validity[column])
            self.strings[column].offsets = self.values + (column + ID) * (rows + 1)
            self.strings[column].offsets[0] = 0

    def __dealloc__(self):
        cdef int column
        for column in range(STRINGS):
            free(self.strings[column].octets)

    cdef list octets(self):
        """The octets of the strings, handed over; without those of extra when no row has any."""
        cdef list blocks = []
        cdef Block block
        cdef int column
        for column in range(STRINGS if self.extra_rows else STRINGS - 1):
            make_room(&self.strings[column], 0)
            block = Block.of(self.strings[column].octets, self.strings[column].used, c"B")
            self.strings[column].octets = NULL      # from here on it is the block that frees
            blocks.append(block)
        return blocks


cdef bint make_room(Strings* to, Py_ssize_t more) noexcept nogil:
    """Have room for ``more`` octets, or with 0 for no more than there are; False when memory is out."""
    cdef Py_ssize_t room = to.used + HASTE
    cdef void* moved
    if more:
        if to.room - to.used >= more + HASTE:
            return True
        room = 2 * to.room + more + HASTE
    moved = realloc(to.octets, room)
    if moved == NULL:
        return False
    to.octets = <uint8_t*>moved
    to.room = room
    return True


cdef inline void put(Strings* to, Py_ssize_t row, const uint8_t* text, const Span* span,
                     const uint8_t* safe) noexcept nogil:
    """Write the string of a row; up to ``safe`` more octets than it has may be read."""
    cdef const uint8_t* at = text + span.start
    cdef uint8_t* out = to.octets + to.used
    if span.length > 0:
        if span.length <= HASTE and at <= safe:
            memcpy(out, at, HASTE)
        else:
            memcpy(out, at, span.length)
        to.used += span.length
    to.bits[row >> 3] |= (span.length >= 0) << (row & 7)
    to.offsets[row + 1] = to.used


cdef inline int64_t read_date_again(const uint8_t* utf8, const Span* date, Last* last) noexcept nogil:
    """date_to_nanoseconds, that remembers the minute it read last: receipts come in the order of time."""
    cdef const uint8_t* digits = utf8 + date.start
    cdef int precision
    if date.length != 10:
        return date_to_nanoseconds(digits, date.length, &precision)
    if eight(digits) != last.head or eight(digits + 2) != last.tail:
        last.head = eight(digits)
        last.tail = eight(digits + 2)
        last.nanoseconds = date_to_nanoseconds(digits, 10, &precision)
    return last.nanoseconds


cdef inline const uint8_t* row_text(const uint8_t* data, const int64_t* offsets, const uint8_t* valid, Py_ssize_t row,
                                    Py_ssize_t* count) noexcept nogil:
    count[0] = offsets[row + 1] - offsets[row] if valid == NULL or valid[row] else 0
    return data + offsets[row]


cdef Py_ssize_t checked(const uint8_t[::1] data, const int64_t[::1] offsets, const uint8_t[::1] valid) except -1:
    """The octets of all rows, after making sure that every row lies in the data."""
    cdef Py_ssize_t rows = offsets.shape[0] - 1
    cdef Py_ssize_t row
    if rows < 0 or offsets[0] < 0 or offsets[rows] > data.shape[0]:
        raise ValueError("offsets: one more than there are rows, none beyond the data")
    for row in range(rows):
        if offsets[row + 1] < offsets[row]:
            raise ValueError(f"offsets: row {row} ends before it begins")
    if valid is not None and valid.shape[0] != rows:
        raise ValueError(f"valid: {valid.shape[0]} flags for {rows} rows")
    return offsets[rows] - offsets[0]


def columns(const uint8_t[::1] data not None, const int64_t[::1] offsets not None, const uint8_t[::1] valid=None):
    """What the receipts of a column of UTF-8 texts say, as buffers; an empty row for a text that is none.

    Row i is ``data[offsets[i]:offsets[i + 1]]``; ``valid`` holds 0 where it is missing. In order: a table of int64, of
    one row more than there are, whose columns are sub, dlvrd (-1 none), submit_date, done_date (nanoseconds, smallest
    number none) and the offsets of id, stat, err, text, extra; int8 state, -1 none; uint8 final; the octets and the
    validity bits of the strings, lists. Without any unknown field the octets of extra are not among them.
    """
    cdef Py_ssize_t rows = offsets.shape[0] - 1
    cdef const uint8_t* base = &data[0] if data.shape[0] else <const uint8_t*>b""
    cdef const uint8_t* safe = base + data.shape[0] - HASTE if data.shape[0] >= HASTE else base - 1
    cdef const uint8_t* present = &valid[0] if valid is not None and rows > 0 else NULL
    cdef Py_ssize_t row = 0
    cdef bint done = True
    cdef _Table to
    checked(data, offsets, valid)
    to = _Table(rows)
    with nogil:
        while done and row < rows:
            done = fill(to, row, min(rows, row + BATCH), base, &offsets[0], present, safe)
            row += BATCH
        if to.extra_rows:
            skip_extra(to, rows)
    if not done:
        raise MemoryError("for a column of receipts")
    return to.wide, to.state, to.final, to.octets(), to.validity


cdef bint fill(_Table to, Py_ssize_t row, Py_ssize_t end, const uint8_t* base, const int64_t* offsets,
               const uint8_t* present, const uint8_t* safe) noexcept nogil:
    """Write some rows; False when memory is out."""
    cdef Py_ssize_t column = to.rows + 1
    cdef Py_ssize_t count = 0
    cdef int i
    cdef Receipt found
    cdef Last last_submit, last_done
    cdef Extra extras[KEPT]
    cdef const uint8_t* text
    memset(&last_submit, 0, sizeof(Last))
    memset(&last_done, 0, sizeof(Last))
    for i in range(STRINGS - 1):
        if not make_room(&to.strings[i], offsets[end] - offsets[row] + 1):
            return False
    for row in range(row, end):
        text = row_text(base, offsets, present, row, &count)
        if not scan_extras(text, count, &found, extras, KEPT):
            clear_receipt(&found)
        if found.extras and not put_extras(to, row, text, count, extras, min(KEPT, found.extras)):
            return False
        put(&to.strings[ID - ID], row, text, &found.id, safe)
        put(&to.strings[STAT - ID], row, text, &found.stat, safe)
        put(&to.strings[ERR - ID], row, text, &found.err, safe)
        put(&to.strings[TEXT - ID], row, text, &found.text, safe)
        to.values[SUB * column + row] = read_count(text + found.sub.start, found.sub.length)
        to.values[DLVRD * column + row] = read_count(text + found.dlvrd.start, found.dlvrd.length)
        to.values[SUBMIT_DATE * column + row] = read_date_again(text, &found.submit_date, &last_submit)
        to.values[DONE_DATE * column + row] = read_date_again(text, &found.done_date, &last_done)
        to.states[row] = <int8_t>found.state
        to.finals[row] = is_final(found.state)
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
    if not make_room(extra, LONGEST * count + 8):
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
