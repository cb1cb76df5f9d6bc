"""Encoding many PDUs of one command from columns into one buffer, without the GIL and without an object for each.

Two passes over the rows: the first checks every value and adds up the sizes, the second writes. What is the same in
every row comes as octets that are ready; the rest as slots, in wire order.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.draft cimport Draft, begin, is_time, put_field, put_tlvs, release
from smppkit._core.plan cimport (
    HEADER,
    MAX_PDU,
    CommandPlan,
    TlvPlan,
    fits,
    plan_at,
    write_u16,
    write_u32,
)

from smppkit.spec.commands import ROWS as _ROWS

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
    BAD = -1                # size of a value that cannot be written

KINDS = {"ready": READY, "number": NUMBER, "string": STRING, "time": TIME, "counted": COUNTED, "raw": RAW,
         "tlv_number": TLV_NUMBER, "tlv_string": TLV_STRING, "tlv_raw": TLV_RAW}

cdef struct Slot:
    int kind
    bint body               # left out where a response has no body
    bint strict             # a TLV held against its row
    uint32_t limit          # most octets, the NUL of a string among them
    TlvPlan tlv
    const int64_t* values   # numbers
    const int64_t* offsets  # octets: row i is octets[offsets[i]:offsets[i + 1]]
    const uint8_t* octets   # UTF-8 where the slot is a string
    const uint8_t* valid    # 1 = has a value; NULL: all have

cdef struct Job:
    Slot* slots
    int count
    Py_ssize_t rows
    uint32_t command_id
    const int64_t* status   # NULL: 0 in every row
    const int64_t* number
    const uint8_t* bare     # 1 = response without a body; NULL: none


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


cdef void write_latin(uint8_t* out, const uint8_t* text, Py_ssize_t count, Py_ssize_t size) noexcept nogil:
    cdef Py_ssize_t i = 0
    if size == count:
        memcpy(out, text, count)
        return
    while i < count:
        if text[i] < 0x80:
            out[0] = text[i]
            i += 1
        else:
            out[0] = <uint8_t>(text[i] << 6) | (text[i + 1] & 0x3F)
            i += 2
        out += 1


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
    cdef Py_ssize_t count, size
    if slot.kind == READY:
        return slot.limit
    if slot.valid != NULL and not slot.valid[row]:
        return 0 if slot.kind >= TLV_NUMBER else BAD
    if slot.kind == NUMBER:
        return 1 if 0 <= slot.values[row] <= 0xFF else BAD
    if slot.kind == TLV_NUMBER:
        size = number_size(&slot.tlv, slot.values[row])
        return size if size == BAD else 4 + size
    octets = slot.octets + slot.offsets[row]
    count = slot.offsets[row + 1] - slot.offsets[row]
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


cdef int measure(const Job* job, int64_t* offsets, Py_ssize_t* row) noexcept nogil:
    """Fill in where each PDU begins; FINE, or what is to blame and in which row."""
    cdef Py_ssize_t i, size, whole
    cdef int s
    offsets[0] = 0
    for i in range(job.rows):
        row[0] = i
        if job.status != NULL and <uint64_t>job.status[i] >> 32:
            return HEAD
        if job.number != NULL and <uint64_t>job.number[i] >> 32:
            return HEAD
        whole = HEADER
        for s in range(job.count):
            if job.slots[s].body and job.bare != NULL and job.bare[i]:
                continue
            size = size_of(&job.slots[s], i)
            if size == BAD:
                return s
            whole += size
        if whole > MAX_PDU:
            return WHOLE
        offsets[i + 1] = offsets[i] + whole
    return FINE


cdef Py_ssize_t write_slot(const Slot* slot, Py_ssize_t row, uint8_t* out) noexcept nogil:
    """Write what a slot has in a row, already measured; returns its octets."""
    cdef const uint8_t* octets
    cdef Py_ssize_t count, size = 0
    cdef int i
    if slot.kind == READY:
        memcpy(out, slot.octets, slot.limit)
        return slot.limit
    if slot.valid != NULL and not slot.valid[row]:
        return 0
    if slot.kind == NUMBER:
        out[0] = <uint8_t>slot.values[row]
        return 1
    if slot.kind == TLV_NUMBER:
        size = number_size(&slot.tlv, slot.values[row])
        for i in range(<int>size):
            out[4 + i] = <uint8_t>(slot.values[row] >> (8 * (size - 1 - i)))
    else:
        octets = slot.octets + slot.offsets[row]
        count = slot.offsets[row + 1] - slot.offsets[row]
        if slot.kind == STRING or slot.kind == TIME or slot.kind == TLV_STRING:
            size = latin_size(octets, count)
            write_latin(out + (4 if slot.kind == TLV_STRING else 0), octets, count, size)
            out[size + (4 if slot.kind == TLV_STRING else 0)] = 0
            size += 1
        elif slot.kind == COUNTED:
            out[0] = <uint8_t>count
            memcpy(out + 1, octets, count)
            return 1 + count
        else:
            memcpy(out + (4 if slot.kind == TLV_RAW else 0), octets, count)
            size = count
    if slot.kind < TLV_NUMBER:
        return size
    write_u16(out, slot.tlv.tag)
    write_u16(out + 2, <uint16_t>size)
    return 4 + size


cdef void write_rows(const Job* job, const int64_t* offsets, uint8_t* out) noexcept nogil:
    cdef Py_ssize_t i
    cdef int s
    cdef uint8_t* at
    for i in range(job.rows):
        at = out + offsets[i]
        write_u32(at, <uint32_t>(offsets[i + 1] - offsets[i]))
        write_u32(at + 4, job.command_id)
        write_u32(at + 8, <uint32_t>job.status[i] if job.status != NULL else 0)
        write_u32(at + 12, <uint32_t>job.number[i] if job.number != NULL else 0)
        at += HEADER
        for s in range(job.count):
            if not (job.slots[s].body and job.bare != NULL and job.bare[i]):
                at += write_slot(&job.slots[s], i, at)


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
    return &view[0] if view.shape[0] else NULL


cdef int take_slot(Slot* slot, object given, Py_ssize_t rows) except -1:
    """Make a slot of (kind, body, limit, tlv, values, offsets, octets, valid)."""
    kind, slot.body, slot.limit, tlv, values, places, octets, valid = given
    slot.kind = KINDS[kind]
    slot.strict = False
    if tlv is not None:
        slot.tlv.tag, slot.tlv.kind, slot.tlv.least, slot.tlv.most, slot.strict = tlv
    slot.values = numbers_of(values, rows)
    slot.offsets = numbers_of(places, rows + 1)
    slot.valid = octets_of(valid, rows)
    slot.octets = octets_of(octets, slot.limit if slot.kind == READY else 0)
    if places is not None:
        check_offsets(slot, rows, len(octets))
    return 0


cdef int check_offsets(const Slot* slot, Py_ssize_t rows, Py_ssize_t size) except -1:
    """Refuse offsets that lead outside the octets: columns come from outside, memory is ours."""
    cdef Py_ssize_t i
    cdef bint good = slot.offsets[0] >= 0 and slot.offsets[rows] <= size
    for i in range(rows):
        good &= slot.offsets[i] <= slot.offsets[i + 1]
    if not good:
        raise ValueError("the offsets of a column lead outside its octets")
    return 0


def encode(int row, Py_ssize_t rows, list slots not None, status, number, bare):
    """Encode ``rows`` PDUs of the command at a row of ``spec.commands``: (octets, offsets, blame, row to blame).

    ``slots`` are (kind, body, limit, tlv, values, offsets, octets, valid), in wire order; ``status`` and ``number``
    int64 arrays or None, ``bare`` a uint8 array or None. ``offsets`` is a bytearray of int64, one more than there are
    rows. ``blame`` is -1, or the place of the slot whose value cannot be written; -2 stands for a PDU that is too long,
    -3 for its header.

    >>> from smppkit.spec.commands import ROWS
    >>> unbind = [command.name for command in ROWS].index("unbind")
    >>> encode(unbind, 1, [], None, None, None)[0].hex(" ", 4)
    '00000010 00000006 00000000 00000000'
    """
    cdef Job job
    cdef bytearray offsets = bytearray((rows + 1) * sizeof(int64_t))
    cdef int64_t* places = <int64_t*><uint8_t*>offsets
    cdef Py_ssize_t at = 0
    cdef int blame
    cdef bytes octets
    cdef uint8_t* out
    job.slots = <Slot*>PyMem_Malloc(max(len(slots), 1) * sizeof(Slot))
    if job.slots == NULL:
        raise MemoryError()
    try:
        job.count = <int>len(slots)
        job.rows = rows
        job.command_id = plan_at(row).command_id
        job.status = numbers_of(status, rows)
        job.number = numbers_of(number, rows)
        job.bare = octets_of(bare, rows)
        for i, slot in enumerate(slots):
            take_slot(&job.slots[i], slot, rows)
        with nogil:
            blame = measure(&job, places, &at)
        if blame != FINE:
            return b"", offsets, blame, at
        octets = PyBytes_FromStringAndSize(NULL, places[rows])
        out = <uint8_t*>PyBytes_AS_STRING(octets)
        with nogil:
            write_rows(&job, places, out)
        return octets, offsets, blame, at
    finally:
        PyMem_Free(job.slots)


def field_octets(int row, int place, value):
    """Return one field of a command as it stands on the wire, its count before it if it has one.

    >>> from smppkit.spec.commands import ROWS
    >>> submit = [command.name for command in ROWS].index("submit_sm")
    >>> field_octets(submit, 17, b"hi")
    b'\\x02hi'
    """
    cdef const CommandPlan* plan = plan_at(row)
    cdef Draft draft
    cdef bint counted = place > 0 and plan.fields[place - 1].count
    cdef int count
    begin(&draft)
    try:
        draft.size = counted
        count = put_field(&draft, &plan.fields[place], _ROWS[row].fields[place].name, value)
        if counted:
            draft.octets[0] = <uint8_t>count
        return PyBytes_FromStringAndSize(<const char*>draft.octets, draft.size)
    finally:
        release(&draft)


def tlv_octets(key, value, profile):
    """Return one TLV as it stands on the wire.

    >>> tlv_octets("source_port", 80, None)
    b'\\x02\\n\\x00\\x02\\x00P'
    """
    cdef Draft draft
    begin(&draft)
    try:
        put_tlvs(&draft, [(key, value)], profile)
        return PyBytes_FromStringAndSize(<const char*>draft.octets, draft.size)
    finally:
        release(&draft)
