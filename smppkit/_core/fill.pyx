"""Encoding many PDUs of one command from columns into one buffer, without the GIL and without an object for each.

Two passes over the rows, both of which threads may share: the first (``slots``) checks every value and adds up the
sizes, the second writes, row by row. What is the same in every row comes as octets that are ready; the rest as slots,
in wire order.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.buffers cimport INT64_FORM, Block
from smppkit._core.draft cimport Draft, begin as begin_draft, put_field, put_tlvs, release
from smppkit._core.pages cimport wish_large_pages
from smppkit._core.network cimport write_u16, write_u32
from smppkit._core.once cimport read_once
from smppkit._core.plan cimport HEADER, CommandPlan, plan_at
from smppkit._core.slots cimport (
    BAD, CHANGED, FINE, NUMBER, RAW, READY, SPARE, STRING, TIME, TLV_NUMBER, TLV_STRING,
    Job, Part, Slot, latin_size, measure, number_size, numbers_of, octets_of, span, take_slot,
)

from smppkit.spec.commands import ROWS as _ROWS

cdef enum:
    FEW = 16                # octets up to which, or else
    SHORT = SPARE           # up to which more is copied than is wanted: that needs no decisions


cdef uint8_t* write_latin(uint8_t* out, const uint8_t* text, Py_ssize_t count, Py_ssize_t size) noexcept nogil:
    """Write a text that has ``size`` characters, or had; returns where it ends, never further on than that."""
    cdef const uint8_t* stop = out + size
    cdef Py_ssize_t i = 0
    if size == count:
        memcpy(out, text, count)
        return out + count
    while i < count and out < stop:
        if text[i] < 0x80 or i + 1 == count:
            out[0] = text[i]
            i += 1
        else:
            out[0] = <uint8_t>(text[i] << 6) | (text[i + 1] & 0x3F)
            i += 2
        out += 1
    return out


cdef inline void copy(uint8_t* out, const uint8_t* octets, int64_t count, int64_t room) noexcept nogil:
    """Copy ``count`` octets, where ``room`` may be read and written; what follows is written afterwards."""
    cdef int i
    if count <= FEW and FEW <= room:
        memcpy(out, octets, FEW)
    elif count <= SHORT and SHORT <= room:
        for i in range(SHORT // FEW):
            memcpy(out + FEW * i, octets + FEW * i, FEW)
    else:
        memcpy(out, octets, count)


# Each of these writes nothing behind ``stop``, where its row ends by what was measured, but what it copies short values
# with, and no such thing behind ``end``. NULL says that a column is not what it was: its memory is the caller's.

@cython.overflowcheck(False)  # differences of pointers
cdef inline uint8_t* put_octets(uint8_t* out, const uint8_t* stop, const uint8_t* end, const Slot* slot,
                                Py_ssize_t row) noexcept nogil:
    cdef int64_t begin, count
    if not span(slot, row, &begin, &count) or count > stop - out:
        return NULL
    copy(out, slot.octets + begin, count, min(end - out, slot.size - begin))
    return out + count


@cython.overflowcheck(False)  # differences of pointers
cdef uint8_t* put_wide(uint8_t* out, const uint8_t* stop, const Slot* slot, Py_ssize_t row) noexcept nogil:
    """Write a text of which not all need be ASCII."""
    cdef int64_t begin, count
    cdef Py_ssize_t size
    if not span(slot, row, &begin, &count):
        return NULL
    size = latin_size(slot.octets + begin, count)
    return NULL if size == BAD or size > stop - out else write_latin(out, slot.octets + begin, count, size)


cdef inline uint8_t* put_string(uint8_t* out, const uint8_t* stop, const uint8_t* end, const Slot* slot,
                                Py_ssize_t row, bint wide) noexcept nogil:
    cdef uint8_t* nul = put_wide(out, stop - 1, slot, row) if wide else put_octets(out, stop - 1, end, slot, row)
    if nul == NULL:
        return NULL
    nul[0] = 0
    return nul + 1


@cython.overflowcheck(False)  # differences of pointers
cdef uint8_t* put_tlv(uint8_t* out, const uint8_t* stop, const uint8_t* end, const Slot* slot, Py_ssize_t row,
                      bint wide) noexcept nogil:
    cdef uint8_t* value = out + 4
    cdef int64_t number
    cdef int i, size
    if stop - out < 4:
        return NULL
    if slot.kind == TLV_NUMBER:
        number = read_once(&slot.values[row])
        size = number_size(&slot.tlv, number)
        if size == BAD or size > stop - value:
            return NULL
        for i in range(size):
            value[i] = <uint8_t>(number >> (8 * (size - 1 - i)))
        value += size
    elif slot.kind == TLV_STRING:
        value = put_string(value, stop, end, slot, row, wide)
    else:
        value = put_octets(value, stop, end, slot, row)
    if value == NULL:
        return NULL
    write_u16(out, slot.tlv.tag)
    write_u16(out + 2, <uint16_t>(value - out - 4))
    return value


@cython.overflowcheck(False)  # differences of pointers
cdef inline uint8_t* put_slot(uint8_t* out, const uint8_t* stop, const uint8_t* end, const Slot* slot, Py_ssize_t row,
                              bint wide) noexcept nogil:
    """Write what a slot has in a row, already measured; returns where the next begins."""
    cdef uint8_t* after
    if slot.kind == READY:
        if <int64_t>slot.limit > stop - out:
            return NULL
        copy(out, slot.octets, slot.limit, end - out)
        return out + slot.limit
    if slot.valid != NULL and not slot.valid[row]:
        return out
    if slot.kind == RAW:
        return put_octets(out, stop, end, slot, row)
    if slot.kind >= TLV_NUMBER:
        return put_tlv(out, stop, end, slot, row, wide)
    if out == stop:
        return NULL
    if slot.kind == STRING or slot.kind == TIME:
        return put_string(out, stop, end, slot, row, wide)
    if slot.kind == NUMBER:
        out[0] = <uint8_t>slot.values[row]
        return out + 1
    after = put_octets(out + 1, stop, end, slot, row)
    if after != NULL:
        out[0] = <uint8_t>(after - out - 1)
    return after


cdef inline const uint8_t* put_row(const Job* job, const Part* part, uint8_t* at, const uint8_t* stop,
                                   const uint8_t* end, Py_ssize_t row) noexcept nogil:
    """Write one PDU; returns where it ends, NULL when a column is not what it was."""
    cdef bint bare = job.bare != NULL and job.bare[row]
    cdef uint64_t wide = part.wide
    cdef const Slot* slot = job.slots
    cdef int s
    write_u32(at, <uint32_t>(stop - at))
    write_u32(at + 4, job.command_id)
    write_u32(at + 8, <uint32_t>job.status[row] if job.status != NULL else 0)
    write_u32(at + 12, <uint32_t>job.number[row] if job.number != NULL else 0)
    at += HEADER
    for s in range(job.count):
        if not (bare and slot.body):
            at = put_slot(at, stop, end, slot, row, wide & 1)
            if at == NULL:
                return NULL
        wide = wide >> 1 if s < 63 else wide
        slot += 1
    return at


@cython.overflowcheck(False)  # differences of pointers
cdef void write(const Job* job, Part* part, uint8_t* out) noexcept nogil:
    """Write the PDUs of a part into ``out``, the memory of all parts, and complete their offsets."""
    cdef int64_t* offsets = job.offsets
    cdef uint8_t* first = out + part.base
    cdef uint8_t* at = first
    cdef const uint8_t* end = first + (offsets[part.end] if part.end > part.begin else 0)
    cdef uint8_t* stop
    cdef Py_ssize_t i
    for i in range(part.begin, part.end):
        stop = first + offsets[i + 1]
        offsets[i + 1] += part.base
        if put_row(job, part, at, stop, end, i) != stop:
            part.blame, part.row = CHANGED, i
            return
        at = stop


cdef class _Filling:
    """The columns of a command on their way into PDUs; keeps what the pointers of its job lead to."""

    cdef Job job
    cdef Part* parts
    cdef int count              # of parts
    cdef list kept
    cdef Block offsets
    cdef bytes octets
    cdef uint8_t* begin

    def __cinit__(self, int row, Py_ssize_t rows, list slots not None, status, number, bare, int parts):
        cdef int i
        if not 0 <= row < len(_ROWS) or rows < 0 or parts < 1:
            raise ValueError(f"there are no {rows} PDUs of a command {row} in {parts} parts")
        self.kept = [status, number, bare]
        self.count = parts
        self.job.slots = <Slot*>PyMem_Calloc(max(len(slots), 1), sizeof(Slot))
        self.parts = <Part*>PyMem_Calloc(parts, sizeof(Part))
        if self.job.slots == NULL or self.parts == NULL:
            raise MemoryError()
        self.job.count = <int>len(slots)
        self.job.rows = rows
        self.job.command_id = plan_at(row).command_id
        self.job.status = numbers_of(status, rows)
        self.job.number = numbers_of(number, rows)
        self.job.bare = octets_of(bare, rows)
        for i, slot in enumerate(slots):
            self.kept.append(take_slot(&self.job.slots[i], slot, rows))
        self.offsets = Block.fresh(rows + 1, INT64_FORM)
        self.job.offsets = <int64_t*>self.offsets.memory
        self.job.offsets[0] = 0
        for i in range(parts):
            self.parts[i].begin = rows * i // parts
            self.parts[i].end = rows * (i + 1) // parts

    def __dealloc__(self):
        PyMem_Free(self.job.slots)
        PyMem_Free(self.parts)

    def measure(self, int part):
        """Check and measure the rows of one part."""
        with nogil:
            measure(&self.job, &self.parts[part])

    def write(self, int part):
        """Write the rows of one part."""
        with nogil:
            write(&self.job, &self.parts[part], self.begin)

    cdef bint changed(self) noexcept:
        """Whether a column was not what it had been when it came to writing."""
        cdef int i
        for i in range(self.count):
            if self.parts[i].blame == CHANGED:
                return True
        return False

    cdef bint settled(self, Part** blamed) except -1:
        """Give each part its place in memory made for all; False, with a part that has something to blame, for none."""
        cdef int64_t total = 0
        cdef int i
        for i in range(self.count):
            blamed[0] = &self.parts[i]
            if self.parts[i].blame != FINE:
                return False
            self.parts[i].base = total
            if self.parts[i].end > self.parts[i].begin:
                total += self.job.offsets[self.parts[i].end]
        self.octets = PyBytes_FromStringAndSize(NULL, total)
        self.begin = <uint8_t*>PyBytes_AS_STRING(self.octets)
        wish_large_pages(self.begin, total)
        return True


def encode(int row, Py_ssize_t rows, list slots not None, status, number, bare, int parts=1, run=map):
    """Encode ``rows`` PDUs of the command at a row of ``spec.commands``: (octets, offsets, blame, row to blame).

    ``slots`` are (kind, body, limit, tlv, values, offsets, octets, valid), in wire order; ``status`` and ``number``
    int64 arrays or None, ``bare`` a uint8 array or None. ``offsets`` holds int64, one more than there are
    rows. ``blame`` is -1, or the place of the slot whose value cannot be written; -2 stands for a PDU that is too long,
    -3 for its header. ``run`` is ``map``, or that of an executor with threads for so many ``parts``.

    >>> from smppkit.spec.commands import ROWS
    >>> unbind = [command.name for command in ROWS].index("unbind")
    >>> encode(unbind, 1, [], None, None, None)[0].hex(" ", 4)
    '00000010 00000006 00000000 00000000'
    """
    cdef _Filling filling = _Filling(row, rows, slots, status, number, bare, parts)
    cdef Part* blamed = NULL
    cdef const Slot* slot
    cdef int64_t at, count
    for _ in run(filling.measure, range(parts)):
        pass
    if not filling.settled(&blamed):
        slot = &filling.job.slots[max(blamed.blame, 0)]
        if blamed.blame >= 0 and slot.offsets != NULL and not span(slot, blamed.row, &at, &count):
            raise ValueError("the offsets of a column lead outside its octets")
        return b"", filling.offsets, blamed.blame, blamed.row
    for _ in run(filling.write, range(parts)):
        pass
    if filling.changed():
        raise RuntimeError("a column was written to while it was encoded: leave it alone until encode_many returns")
    return filling.octets, filling.offsets, FINE, 0


def field_octets(int row, int place, value):
    """Return one field of a command as it stands on the wire, its count before it if it has one.

    >>> from smppkit.spec.commands import ROWS
    >>> submit = [command.name for command in ROWS].index("submit_sm")
    >>> field_octets(submit, 17, b"hi")
    b'\\x02hi'
    """
    cdef const CommandPlan* plan
    cdef Draft draft
    cdef bint counted
    cdef int count
    if not (0 <= row < len(_ROWS) and 0 <= place < len(_ROWS[row].fields)):
        raise ValueError(f"there is no field {place} of a command {row}")
    plan = plan_at(row)
    counted = place > 0 and plan.fields[place - 1].count
    begin_draft(&draft)
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
    begin_draft(&draft)
    try:
        put_tlvs(&draft, [(key, value)], profile)
        return PyBytes_FromStringAndSize(<const char*>draft.octets, draft.size)
    finally:
        release(&draft)
