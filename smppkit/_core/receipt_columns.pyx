"""Many receipts at once: a column of texts, as Arrow keeps one, to columns of what they say, without the GIL."""

cimport cython
from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_FromStringAndSize, PyByteArray_Resize
from libc.stdint cimport int8_t, int64_t, uint8_t
from libc.string cimport memcpy, memset

from smppkit._core.receipt cimport (
    Extra,
    Receipt,
    Span,
    date_to_nanoseconds,
    read_count,
    receipt_kind,
    scan_extras,
    scan_receipt,
)

cdef enum:
    KEPT = 64           # unknown fields of one text that are kept, as in Receipt.extra
    LONGEST = 6         # octets that JSON needs for one octet, \u0000


@cython.final
@cython.no_gc
@cython.auto_pickle(False)
cdef class _Strings:
    """A column of strings being written, laid out as Arrow's large_string: offsets, validity bits, octets."""

    cdef bytearray octets, offsets, validity
    cdef uint8_t* out
    cdef int64_t* ends
    cdef uint8_t* bits
    cdef Py_ssize_t at, row

    def __cinit__(self, Py_ssize_t rows, Py_ssize_t room):
        self.octets = PyByteArray_FromStringAndSize(NULL, room)         # what stays untouched costs no memory
        self.offsets = PyByteArray_FromStringAndSize(NULL, 8 * (rows + 1))
        self.validity = PyByteArray_FromStringAndSize(NULL, (rows + 7) // 8)
        self.out = <uint8_t*>PyByteArray_AS_STRING(self.octets)
        self.ends = <int64_t*>PyByteArray_AS_STRING(self.offsets)
        self.bits = <uint8_t*>PyByteArray_AS_STRING(self.validity)
        memset(self.bits, 0, (rows + 7) // 8)
        self.ends[0] = 0

    cdef inline void end(self, bint valid) noexcept nogil:
        self.bits[self.row >> 3] |= valid << (self.row & 7)
        self.row += 1
        self.ends[self.row] = self.at

    cdef inline void write(self, const uint8_t* text, const Span* span) noexcept nogil:
        if span.length > 0:
            memcpy(self.out + self.at, text + span.start, span.length)
            self.at += span.length
        self.end(span.length >= 0)

    cdef tuple finished(self):
        PyByteArray_Resize(self.octets, self.at)
        return self.validity, self.offsets, self.octets


cdef Span ABSENT
ABSENT.start = 0
ABSENT.length = -1


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
    """What the receipts of a column of UTF-8 texts say, as buffers by name; an empty row for a text that is none.

    Row i is ``data[offsets[i]:offsets[i + 1]]``; ``valid`` holds 0 where it is missing. sub, dlvrd: int64, -1 none;
    submit_date, done_date: int64 nanoseconds, smallest number none; state: int8, -1 none; id, stat, err, text, extra: a
    tuple of validity bits, int64 offsets and octets.
    """
    cdef Py_ssize_t rows = offsets.shape[0] - 1
    cdef Py_ssize_t room = checked(data, offsets, valid)
    cdef Py_ssize_t row
    cdef _Strings id = _Strings(rows, room)
    cdef _Strings stat = _Strings(rows, room)
    cdef _Strings err = _Strings(rows, room)
    cdef _Strings text = _Strings(rows, room)
    cdef bytearray sub = PyByteArray_FromStringAndSize(NULL, 8 * rows)
    cdef bytearray dlvrd = PyByteArray_FromStringAndSize(NULL, 8 * rows)
    cdef bytearray submitted = PyByteArray_FromStringAndSize(NULL, 8 * rows)
    cdef bytearray done = PyByteArray_FromStringAndSize(NULL, 8 * rows)
    cdef bytearray state = PyByteArray_FromStringAndSize(NULL, rows)
    cdef int64_t* subs = <int64_t*>PyByteArray_AS_STRING(sub)
    cdef int64_t* dlvrds = <int64_t*>PyByteArray_AS_STRING(dlvrd)
    cdef int64_t* submits = <int64_t*>PyByteArray_AS_STRING(submitted)
    cdef int64_t* dones = <int64_t*>PyByteArray_AS_STRING(done)
    cdef int8_t* states = <int8_t*>PyByteArray_AS_STRING(state)
    cdef const uint8_t* base = &data[0] if data.shape[0] else <const uint8_t*>b""
    cdef const uint8_t* present = &valid[0] if valid is not None and rows else NULL
    cdef const uint8_t* at
    cdef Py_ssize_t count = 0
    cdef Py_ssize_t extras = 0
    cdef int precision
    cdef Receipt found
    with nogil:
        for row in range(rows):
            at = row_text(base, &offsets[0], present, row, &count)
            scan_receipt(at, count, &found)
            if not receipt_kind(-1, False, False, &found):
                found.id = found.sub = found.dlvrd = found.submit_date = found.done_date = ABSENT
                found.stat = found.err = found.text = ABSENT
                found.state = -1
                found.extras = 0
            id.write(at, &found.id)
            stat.write(at, &found.stat)
            err.write(at, &found.err)
            text.write(at, &found.text)
            subs[row] = read_count(at + found.sub.start, found.sub.length)
            dlvrds[row] = read_count(at + found.dlvrd.start, found.dlvrd.length)
            submits[row] = date_to_nanoseconds(at + found.submit_date.start, found.submit_date.length, &precision)
            dones[row] = date_to_nanoseconds(at + found.done_date.start, found.done_date.length, &precision)
            states[row] = <int8_t>found.state
            extras += found.extras
    out = {"id": id.finished(), "sub": sub, "dlvrd": dlvrd, "submit_date": submitted, "done_date": done,
           "stat": stat.finished(), "state": state, "err": err.finished(), "text": text.finished()}
    out["extra"] = extra_column(base, offsets, present, room if extras else 0)
    return out


cdef tuple extra_column(const uint8_t* base, const int64_t[::1] offsets, const uint8_t* present, Py_ssize_t room):
    """The unknown fields of each receipt as the text of a JSON object."""
    cdef Py_ssize_t rows = offsets.shape[0] - 1
    cdef _Strings extra = _Strings(rows, LONGEST * room + 8)
    cdef const uint8_t* at
    cdef Py_ssize_t row
    cdef Py_ssize_t count = 0
    cdef Receipt found
    cdef Extra fields[KEPT]
    with nogil:
        for row in range(rows):
            if room:
                at = row_text(base, &offsets[0], present, row, &count)
                scan_extras(at, count, &found, fields, KEPT)
                if found.extras and receipt_kind(-1, False, False, &found):
                    put_object(at, fields, min(KEPT, found.extras), extra)
                    extra.end(True)
                    continue
            extra.end(False)
    return extra.finished()


cdef void put_object(const uint8_t* text, const Extra* extras, int count, _Strings out) noexcept nogil:
    cdef int i
    for i in range(count):
        put_octet(out, c"," if i else c"{")
        put_string(out, text, &extras[i].key, True)
        put_octet(out, c":")
        put_string(out, text, &extras[i].value, False)
    put_octet(out, c"}")


cdef inline void put_octet(_Strings extra, uint8_t octet) noexcept nogil:
    extra.out[extra.at] = octet
    extra.at += 1


cdef void put_string(_Strings extra, const uint8_t* text, const Span* span, bint lower) noexcept nogil:
    cdef const char* digits = "0123456789abcdef"
    cdef uint8_t octet
    cdef Py_ssize_t i
    put_octet(extra, c'"')
    for i in range(span.start, span.start + span.length):
        octet = text[i]
        if octet < 0x20:
            memcpy(extra.out + extra.at, b"\\u00", 4)
            extra.out[extra.at + 4] = digits[octet >> 4]
            extra.out[extra.at + 5] = digits[octet & 15]
            extra.at += 6
            continue
        if octet == c'"' or octet == c"\\":
            put_octet(extra, c"\\")
        put_octet(extra, octet | 0x20 if lower and c"A" <= octet <= c"Z" else octet)
    put_octet(extra, c'"')
