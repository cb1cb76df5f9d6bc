"""Columns on their way into PDUs: every value checked and measured, column by column over blocks of rows.

Nearly all columns can be written as they are, which is decided for a whole block at once, without a branch for each
row. Where it cannot, the rows of that block are looked at one by one.
"""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from smppkit._core.draft cimport is_time
from smppkit._core.once cimport read_once
from smppkit._core.plan cimport HEADER, MAX_PDU, TLV_CSTRING, TlvPlan, fits

cdef enum:
    BLOCK = 512             # rows that are measured together

cdef const uint8_t NOTHING = 0

KINDS = {"ready": READY, "number": NUMBER, "string": STRING, "time": TIME, "counted": COUNTED, "raw": RAW,
         "tlv_number": TLV_NUMBER, "tlv_string": TLV_STRING, "tlv_raw": TLV_RAW}


cdef Py_ssize_t latin_size(const uint8_t* text, Py_ssize_t count) noexcept nogil:
    """Characters of UTF-8 that is all Latin-1 without a NUL; BAD for any other."""
    cdef Py_ssize_t i = 0, size = 0
    while i < count:
        if text[i] >= 0x80:
            if not 0xC2 <= text[i] <= 0xC3 or i + 1 == count or text[i + 1] & 0xC0 != 0x80:
                return BAD
            i += 1
        elif text[i] == 0:
            return BAD
        i += 1
        size += 1
    return size


cdef int number_size(const TlvPlan* tlv, int64_t value) noexcept nogil:
    """Octets of a number in a TLV: the fewest its row allows that hold it; BAD when none do."""
    cdef int size = tlv.least if tlv.least else 1
    while value >= 0 and size < tlv.most and size < 8 and value >> (8 * size):
        size += 1
    return BAD if value < 0 or (size < 8 and value >> (8 * size)) else size


cdef Py_ssize_t string_size(const Slot* slot, const uint8_t* text, Py_ssize_t count) noexcept nogil:
    cdef Py_ssize_t size = latin_size(text, count)
    if size == BAD or size >= slot.limit or (slot.kind == TIME and size and not is_time(text, count)):
        return BAD
    return size + 1


cdef Py_ssize_t size_of(const Slot* slot, Py_ssize_t row) noexcept nogil:
    """Octets that a slot has in a row; BAD when its value cannot be written."""
    cdef const uint8_t* octets
    cdef int64_t begin, count, value
    cdef Py_ssize_t size
    if slot.valid != NULL and not slot.valid[row]:
        return 0 if slot.kind >= TLV_NUMBER else BAD
    if slot.kind == READY:
        return slot.limit
    if slot.kind == NUMBER:
        value = read_once(&slot.values[row])
        return 1 if 0 <= value <= 0xFF else BAD
    if slot.kind == TLV_NUMBER:
        size = number_size(&slot.tlv, read_once(&slot.values[row]))
        return size if size == BAD else 4 + size
    if not span(slot, row, &begin, &count):
        return BAD
    octets = slot.octets + begin
    if slot.kind == STRING or slot.kind == TIME:
        return string_size(slot, octets, count)
    if slot.kind == TLV_STRING:
        size = string_size(slot, octets, count)
        return BAD if size == BAD or size < slot.tlv.least else 4 + size
    if slot.kind == TLV_RAW:
        return BAD if count > 0xFFFF or (slot.strict and not fits(&slot.tlv, octets, <uint32_t>count)) else 4 + count
    if slot.kind == COUNTED:
        return BAD if count > slot.limit else 1 + count
    return count


cdef Py_ssize_t add_each(const Job* job, const Slot* slot, Py_ssize_t start, Py_ssize_t stop, int64_t* sizes)\
        noexcept nogil:
    """Add what a slot has in each row; returns the first row whose value cannot be written, ``stop`` for none."""
    cdef Py_ssize_t i, size
    for i in range(start, stop):
        if slot.body and job.bare != NULL and job.bare[i]:
            continue
        size = size_of(slot, i)
        if size == BAD:
            return i
        sizes[i - start] += size
    return stop


cdef void bounds(const Slot* slot, int64_t* least, int64_t* most) noexcept nogil:
    """Set between which counts of octets each value of a slot can be written, if it is plain text where text is due."""
    least[0] = 0
    most[0] = slot.limit
    if slot.kind == STRING or slot.kind == TLV_STRING:
        most[0] = <int64_t>slot.limit - 1
        least[0] = max(<int64_t>slot.tlv.least - 1, 0) if slot.kind == TLV_STRING else 0
    elif slot.kind == RAW:
        most[0] = MAX_PDU
    elif slot.kind == TLV_RAW:
        least[0] = slot.tlv.least if slot.strict else 0
        most[0] = slot.tlv.most if slot.strict else 0xFFFF


@cython.overflowcheck(False)
cdef bint plain(const uint8_t* octets, int64_t count) noexcept nogil:
    """Whether octets are ASCII without a NUL."""
    cdef uint8_t bad = 0
    cdef int64_t i
    for i in range(count):
        bad |= <uint8_t>(octets[i] - 1) >= 0x7F
    return not bad


@cython.overflowcheck(False)
cdef bint sound(const Slot* slot, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """Whether a column can be written in all these rows, as nearly all can: decided without a branch for each."""
    cdef const uint64_t* offsets = <const uint64_t*>slot.offsets
    cdef int64_t least, most, begin, end
    cdef uint64_t bad = 0, count
    cdef Py_ssize_t i
    if slot.kind == NUMBER:
        for i in range(start, stop):
            bad |= <uint64_t>slot.values[i] >> 8
        return not bad
    bounds(slot, &least, &most)
    for i in range(start, stop):
        count = offsets[i + 1] - offsets[i]
        bad |= (count - <uint64_t>least) | (<uint64_t>most - count)
    begin, end = read_once(&slot.offsets[start]), read_once(&slot.offsets[stop])
    if bad >> 63 or not 0 <= begin <= end <= slot.size:     # they may wrap around
        return False
    if slot.kind == STRING or slot.kind == TLV_STRING:
        return plain(slot.octets + begin, end - begin)
    return slot.kind != TLV_RAW or not slot.strict or slot.tlv.kind != TLV_CSTRING


cdef inline bint added(const Job* job, const Slot* slot, Py_ssize_t start, Py_ssize_t stop, int64_t* sizes)\
        noexcept nogil:
    """Add a whole column to sizes; False, with nothing added, where rows have to be looked at one by one."""
    cdef Py_ssize_t i
    cdef int64_t more
    if slot.valid != NULL or slot.kind == TIME or slot.kind == TLV_NUMBER or (slot.body and job.bare != NULL):
        return False
    if slot.kind != READY and not sound(slot, start, stop):
        return False
    if slot.kind == READY or slot.kind == NUMBER:
        more = slot.limit if slot.kind == READY else 1
        for i in range(stop - start):
            sizes[i] += more
        return True
    more = 4 if slot.kind == TLV_RAW else 5 if slot.kind == TLV_STRING else 0 if slot.kind == RAW else 1
    for i in range(stop - start):
        sizes[i] += more + slot.offsets[start + i + 1] - slot.offsets[start + i]
    return True


cdef Py_ssize_t heads(const Job* job, Py_ssize_t start, Py_ssize_t stop) noexcept nogil:
    """The first row whose status or number no header holds, ``stop`` for none."""
    cdef uint64_t bad = 0
    cdef Py_ssize_t i
    for i in range(start, stop):
        bad |= <uint64_t>job.status[i] >> 32 if job.status != NULL else 0
        bad |= <uint64_t>job.number[i] >> 32 if job.number != NULL else 0
        if bad:
            return i
    return stop


cdef Py_ssize_t measure_block(const Job* job, Part* part, Py_ssize_t start, Py_ssize_t stop, int64_t* sizes)\
        noexcept nogil:
    """Fill in sizes of PDUs; returns the first row that has something to blame, ``stop`` for none."""
    cdef Py_ssize_t i, row, first = heads(job, start, stop)
    cdef int s
    if first < stop:
        part.blame = HEAD
    for i in range(stop - start):
        sizes[i] = HEADER
    for s in range(job.count):
        if added(job, &job.slots[s], start, stop, sizes):
            continue
        part.wide |= <uint64_t>1 << min(s, 63)
        row = add_each(job, &job.slots[s], start, first, sizes)
        if row < first:
            part.blame = s
            first = row
    for i in range(first - start):
        if not HEADER <= sizes[i] <= MAX_PDU:       # less than nothing was added by a column that has changed meanwhile
            part.blame = WHOLE
            return start + i
    return first


cdef void measure(const Job* job, Part* part) noexcept nogil:
    """Fill in where each PDU ends, counted from the first of the part; what is to blame, and in which row."""
    cdef int64_t sizes[BLOCK]
    cdef int64_t end = 0
    cdef Py_ssize_t i, stop, start = part.begin
    part.blame = FINE
    part.wide = 0
    while start < part.end:
        stop = min(start + BLOCK, part.end)
        part.row = measure_block(job, part, start, stop, sizes)
        if part.blame != FINE:
            return
        for i in range(stop - start):
            end += sizes[i]
            job.offsets[start + i + 1] = end
        start = stop


cdef const int64_t* numbers_of(object array, Py_ssize_t count) except? NULL:
    """The address of ``count`` numbers; the caller keeps the array. NULL for none."""
    cdef const int64_t[::1] view
    if array is None:
        return NULL
    view = array
    if view.shape[0] < count:
        raise ValueError("a column is shorter than there are rows")
    return &view[0] if view.shape[0] else NULL


cdef const uint8_t* octets_of(object array, Py_ssize_t count) except? NULL:
    cdef const uint8_t[::1] view
    if array is None:
        return NULL
    view = array
    if view.shape[0] < count:
        raise ValueError("a column is shorter than it says")
    return &view[0] if view.shape[0] else &NOTHING      # memcpy wants an address even for no octets


cdef bint lacks(const Slot* slot) noexcept:
    """Whether a slot has not what its kind is written from."""
    if slot.kind == NUMBER or slot.kind == TLV_NUMBER:
        return slot.values == NULL
    if slot.kind == READY:
        return slot.size < <int64_t>slot.limit + SPARE
    return slot.offsets == NULL or slot.octets == NULL


cdef object take_slot(Slot* slot, object given, Py_ssize_t rows):
    """Make a slot of (kind, body, limit, tlv, values, offsets, octets, valid); returns what the caller has to keep."""
    kind, slot.body, slot.limit, tlv, values, places, octets, valid = given
    slot.kind = KINDS[kind]
    slot.strict = False
    if tlv is not None:
        slot.tlv.tag, slot.tlv.kind, slot.tlv.least, slot.tlv.most, slot.strict = tlv
    slot.values = numbers_of(values, rows)
    slot.offsets = numbers_of(places, rows + 1)
    slot.valid = octets_of(valid, rows)
    if slot.kind == READY:
        octets = octets[:slot.limit] + bytes(SPARE)
    slot.octets = octets_of(octets, 0)
    slot.size = 0 if octets is None else len(octets)
    if rows and lacks(slot):
        raise ValueError(f"a slot of kind {kind} lacks its column")
    return values, places, octets, valid
