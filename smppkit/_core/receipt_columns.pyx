"""Many receipts at once: a column of texts, as Arrow keeps one, to columns of what they say, without the GIL."""

cimport cython
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_FromStringAndSize, PyByteArray_Resize
from libc.stdint cimport int8_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from smppkit._core.pages cimport wish_large_pages
from smppkit._core.receipt cimport Extra, Numbers, Receipt, Span, is_final, read_receipt

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

cdef struct Strings:            # a column being written, laid out as Arrow's large_string
    uint8_t* octets
    int64_t* offsets
    uint8_t* bits               # validity
    Py_ssize_t used             # octets
    Py_ssize_t room


@cython.final
@cython.no_gc
@cython.auto_pickle(False)
cdef class _Table:
    """All columns being written, and who owns their memory."""

    cdef Py_ssize_t rows, extra_rows            # extra_rows: rows of extra that are written
    cdef bytearray wide, state, final
    cdef list octets, validity                  # of the strings from ID to EXTRA
    cdef Strings strings[5]
    cdef int64_t* values
    cdef int8_t* states
    cdef uint8_t* finals

    def __cinit__(self, Py_ssize_t rows, Py_ssize_t room):
        cdef int column
        self.rows = rows
        self.wide = fresh(8 * WIDE * (rows + 1))
        self.state = fresh(rows)
        self.final = fresh(rows)
        self.values = <int64_t*>PyByteArray_AS_STRING(self.wide)
        self.states = <int8_t*>PyByteArray_AS_STRING(self.state)
        self.finals = <uint8_t*>PyByteArray_AS_STRING(self.final)
        self.octets = []
        self.validity = []
        for column in range(5):
            self.octets.append(fresh(0 if column + ID == EXTRA else room + HASTE))  # untouched, it costs no memory
            self.validity.append(bytearray((rows + 7) // 8))
            self.lay_out(column, room)

    cdef int lay_out(self, int column, Py_ssize_t room) except -1:
        cdef Strings* to = &self.strings[column]
        to.octets = <uint8_t*>PyByteArray_AS_STRING(<bytearray>self.octets[column])
        to.bits = <uint8_t*>PyByteArray_AS_STRING(<bytearray>self.validity[column])
        to.offsets = self.values + (column + ID) * (self.rows + 1)
        to.offsets[0] = 0
        to.room = 0 if column + ID == EXTRA else room
        return 0

    cdef int widen_extra(self, Py_ssize_t more) except -1:
        cdef Strings* extra = &self.strings[EXTRA - ID]
        PyByteArray_Resize(<bytearray>self.octets[EXTRA - ID], 2 * extra.room + more)
        extra.octets = <uint8_t*>PyByteArray_AS_STRING(<bytearray>self.octets[EXTRA - ID])
        extra.room = 2 * extra.room + more
        return 0

    cdef tuple finished(self):
        cdef int column
        if self.extra_rows == 0:
            self.octets.pop()
            self.validity.pop()
        for column in range(len(self.octets)):
            PyByteArray_Resize(<bytearray>self.octets[column], self.strings[column].used)
        return self.wide, self.state, self.final, self.octets, self.validity


cdef bytearray fresh(Py_ssize_t size):
    cdef bytearray memory = PyByteArray_FromStringAndSize(NULL, size)
    wish_large_pages(PyByteArray_AS_STRING(memory), size)
    return memory


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

    Row i is ``data[offsets[i]:offsets[i + 1]]``; ``valid`` holds 0 where it is missing. In this order: a table of int64,
    as many columns as WIDE of one row more than there are, namely sub, dlvrd (-1 none), submit_date, done_date
    (nanoseconds, smallest number none), then the offsets of id, stat, err, text, extra; int8 state, -1 none; uint8
    final; the octets and the validity bits of the strings, lists. Without any unknown field extra is not among them.
    """
    cdef Py_ssize_t rows = offsets.shape[0] - 1
    cdef _Table to = _Table(rows, checked(data, offsets, valid))
    cdef const uint8_t* base = &data[0] if data.shape[0] else <const uint8_t*>b""
    cdef const uint8_t* safe = base + data.shape[0] - HASTE if data.shape[0] >= HASTE else base - 1
    cdef const uint8_t* present = &valid[0] if valid is not None and rows else NULL
    cdef Py_ssize_t row = 0
    while row < rows:
        with nogil:
            row = fill(to, row, base, &offsets[0], present, safe)
        if row < rows:
            to.widen_extra(LONGEST * (offsets[row + 1] - offsets[row]) + 8)
    if to.extra_rows:
        skip_extra(to, rows)
    return to.finished()


cdef Py_ssize_t fill(_Table to, Py_ssize_t row, const uint8_t* base, const int64_t* offsets, const uint8_t* present,
                     const uint8_t* safe) noexcept nogil:
    """Write rows from ``row`` on; where it stopped, for want of room for unknown fields, or else the end."""
    cdef Py_ssize_t column = to.rows + 1
    cdef Py_ssize_t count = 0
    cdef Receipt found
    cdef Numbers numbers
    cdef Extra extras[KEPT]
    cdef const uint8_t* text
    memset(&numbers, 0, sizeof(Numbers))
    for row in range(row, to.rows):
        text = row_text(base, offsets, present, row, &count)
        read_receipt(text, count, &found, &numbers, extras, KEPT)
        if found.extras and not put_extras(to, row, text, count, extras, min(KEPT, found.extras)):
            return row
        put(&to.strings[ID - ID], row, text, &found.id, safe)
        put(&to.strings[STAT - ID], row, text, &found.stat, safe)
        put(&to.strings[ERR - ID], row, text, &found.err, safe)
        put(&to.strings[TEXT - ID], row, text, &found.text, safe)
        to.values[SUB * column + row] = numbers.sub
        to.values[DLVRD * column + row] = numbers.dlvrd
        to.values[SUBMIT_DATE * column + row] = numbers.submit_date
        to.values[DONE_DATE * column + row] = numbers.done_date
        to.states[row] = <int8_t>found.state
        to.finals[row] = is_final(found.state)
    return to.rows


# ---- unknown fields ----

cdef void skip_extra(_Table to, Py_ssize_t rows) noexcept nogil:
    """Rows up to ``rows`` that have no unknown fields."""
    cdef Strings* extra = &to.strings[EXTRA - ID]
    while to.extra_rows < rows:
        to.extra_rows += 1
        extra.offsets[to.extra_rows] = extra.used


cdef bint put_extras(_Table to, Py_ssize_t row, const uint8_t* text, Py_ssize_t count, const Extra* extras,
                     int kept) noexcept nogil:
    """Write unknown fields as the text of a JSON object; False when there may be too little room."""
    cdef Strings* extra = &to.strings[EXTRA - ID]
    if extra.room - extra.used < LONGEST * count + 8:
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
