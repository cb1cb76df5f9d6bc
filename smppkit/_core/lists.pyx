"""The lists in submit_multi and submit_multi_resp as what Arrow has for them: a buffer for each field of all entries.

How many there are stands before those of each row, so that memory is taken once and they are looked at once.
"""

cimport cython
from libc.stdint cimport INT32_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.buffers cimport Block
from smppkit._core.column cimport STEP, Column
from smppkit._core.dates cimport eight
from smppkit._core.network cimport read_u32
from smppkit._core.plan cimport find_nul

cdef struct Entry:
    bint named                  # a distribution list
    Py_ssize_t begin            # of what is behind the flag
    Py_ssize_t text
    Py_ssize_t size             # of the text, without its NUL

cdef struct Texts:
    uint32_t* offsets           # one more than there are entries
    uint8_t* bits               # which entries have one; NULL: all
    uint8_t* octets             # UTF-8; STEP more than there is room for may be written
    Py_ssize_t used
    Py_ssize_t room

cdef struct Lists:
    const uint8_t* wire
    Py_ssize_t size
    const int64_t* starts       # of the rows in ``wire``; one more than there are
    Py_ssize_t rows
    bint flagged                # dest_address; else unsuccess_sme
    Py_ssize_t count            # of the entries
    uint32_t* offsets           # the first entry of each row; one more than there are
    uint8_t* flags
    uint8_t* tons
    uint8_t* npis
    uint32_t* statuses
    Texts addresses
    Texts names


cdef inline Py_ssize_t read_entry(const Lists* lists, Py_ssize_t at, Py_ssize_t end, Entry* out) noexcept nogil:
    """The octet after the entry at ``at``; 0 where none is whole: walk() has checked them, but a column can change."""
    cdef const uint8_t* nul
    cdef Py_ssize_t after
    out.named = lists.flagged and lists.wire[at] == 2
    out.begin = at + 1 if lists.flagged else at
    out.text = out.begin if out.named else out.begin + 2
    if out.text >= end:
        return 0
    nul = &lists.wire[out.text]
    if nul[0]:                          # many texts are empty where many are sent: no search, which the next waits for
        nul = find_nul(nul, &lists.wire[end])
    if nul == NULL:
        return 0
    after = <Py_ssize_t>(<size_t>nul - <size_t>lists.wire) + 1
    out.size = after - 1 - out.text
    if not lists.flagged:
        after += 4
    return after if after <= end else 0


cdef inline Py_ssize_t row_begin(const Lists* lists, Py_ssize_t row, Py_ssize_t* end) noexcept nogil:
    """Where a row begins and ends, with the octet that counts its entries; both are 0 where that lies outside."""
    cdef int64_t begin = lists.starts[row]
    end[0] = lists.starts[row + 1]
    if begin < 0 or begin >= end[0] or end[0] > lists.size:
        begin = end[0] = 0
    return begin


cdef Py_ssize_t beyond_ascii(const uint8_t* octets, Py_ssize_t size) noexcept nogil:
    """How many octets become two as UTF-8."""
    cdef Py_ssize_t found = 0, i
    for i in range(size):
        found += octets[i] >> 7
    return found


cdef void survey(Lists* lists) noexcept nogil:
    """Note which entry is the first of each row, and count them; no text is longer than all of the rows."""
    cdef Py_ssize_t row, at, end = 0
    for row in range(lists.rows):
        lists.offsets[row] = <uint32_t>lists.count
        at = row_begin(lists, row, &end)
        if at < end:
            lists.count += lists.wire[at]
    lists.offsets[lists.rows] = <uint32_t>lists.count
    lists.addresses.room = lists.size + beyond_ascii(lists.wire, lists.size)
    lists.names.room = lists.addresses.room if lists.flagged else 0


cdef inline bint put_text(Texts* texts, const uint8_t* octets, Py_ssize_t size, Py_ssize_t readable) noexcept nogil:
    """Octets that are one character each (ISO 8859-1) as UTF-8; False where there are more than were counted."""
    cdef uint8_t* at = &texts.octets[texts.used]
    cdef uint64_t high = 0
    cdef Py_ssize_t i = 0
    if size <= texts.room - texts.used and size <= readable - STEP:
        while i < size:
            memcpy(&at[i], &octets[i], STEP)
            high |= eight(&at[i]) | eight(&at[i + 8])
            i += STEP
        if not high & 0x8080808080808080ULL:        # of the text, or of what is behind it
            texts.used += size
            return True
    for i in range(size):
        if texts.used >= texts.room:
            return False
        at = &texts.octets[texts.used]
        at[0] = octets[i]
        if at[0] < 0x80:
            texts.used += 1
        else:
            at[1] = 0x80 | at[0] & 0x3F
            at[0] = 0xC0 | at[0] >> 6
            texts.used += 2
    return texts.used <= texts.room


cdef inline void mark_eight(const Lists* lists, Py_ssize_t place, uint64_t flags) noexcept nogil:
    """Set the bits of eight entries by their flags, 1 for an address and 2 for a name."""
    cdef uint64_t named
    with cython.overflowcheck(False):   # each lowest bit of an octet to one of the highest octet, the first lowest
        named = (flags >> 1 & 0x0101010101010101ULL) * 0x0102040810204080ULL >> 56
    lists.names.bits[place >> 3] = <uint8_t>named
    lists.addresses.bits[place >> 3] = <uint8_t>(~named & 0xFF)


cdef void mark_texts(const Lists* lists) noexcept nogil:
    """Tell which entries have a name, and which have an address instead."""
    cdef uint8_t last[8]
    cdef Py_ssize_t place, rest = lists.count & 7
    for place in range(0, lists.count - rest, 8):
        mark_eight(lists, place, eight(&lists.flags[place]))
    if rest:
        memset(last, 0, sizeof(last))
        memcpy(last, &lists.flags[lists.count - rest], rest)
        mark_eight(lists, lists.count - rest, eight(last))
        lists.addresses.bits[lists.count >> 3] &= (1 << rest) - 1       # no bit is set behind the last entry


cdef inline bint put_entry(Lists* lists, Py_ssize_t place, const Entry* entry, Py_ssize_t after) noexcept nogil:
    """Write the fields of one entry, 0 for numbers that it lacks; False where it is longer than it was."""
    cdef const uint8_t* octets = &lists.wire[entry.begin]
    lists.addresses.offsets[place] = <uint32_t>lists.addresses.used
    lists.tons[place] = 0 if entry.named else octets[0]
    lists.npis[place] = 0 if entry.named else octets[1]
    if lists.flagged:
        lists.flags[place] = lists.wire[entry.begin - 1]
        lists.names.offsets[place] = <uint32_t>lists.names.used
    else:
        lists.statuses[place] = read_u32(&lists.wire[after - 4])
    if entry.size == 0:
        return True
    if entry.named:
        return put_text(&lists.names, &lists.wire[entry.text], entry.size, lists.size - entry.text)
    return put_text(&lists.addresses, &lists.wire[entry.text], entry.size, lists.size - entry.text)


cdef bint fill(Lists* lists) noexcept nogil:
    """Write all entries; False where they are others than were counted."""
    cdef Lists held = lists[0]          # a copy, of which a compiler knows that no octet that is written is part of it
    cdef Entry entry
    cdef Py_ssize_t row, at, end = 0, place
    for row in range(held.rows):
        at = row_begin(&held, row, &end) + 1
        for place in range(held.offsets[row], held.offsets[row + 1]):
            at = read_entry(&held, at, end, &entry) if at < end else 0
            if at == 0 or not put_entry(&held, place, &entry, at):
                return False
    held.addresses.offsets[held.count] = <uint32_t>held.addresses.used
    if held.flagged:
        held.names.offsets[held.count] = <uint32_t>held.names.used
        mark_texts(&held)
    lists.addresses.used, lists.names.used = held.addresses.used, held.names.used
    return True


cdef list numbers(Lists* lists, Block bits, uint8_t** out):
    """Take the memory of one small number for each entry."""
    cdef Block values = Block.fresh(lists.count, c"B")
    out[0] = <uint8_t*>values.memory
    return [bits, values]


cdef list texts_of(Lists* lists, Block bits, Texts* texts):
    """Take the memory of one text for each entry, for which the room is known."""
    cdef Block offsets = Block.fresh(lists.count + 1, c"I")
    cdef Block octets = Block.fresh(texts.room + STEP, c"B")
    texts.offsets = <uint32_t*>offsets.memory
    texts.octets = <uint8_t*>octets.memory
    if bits is not None:
        texts.bits = <uint8_t*>bits.memory
    return [bits, offsets, octets]


cdef dict take_fields(Lists* lists):
    """Take the memory of every field, as Arrow orders it: validity, what there is of each entry, octets."""
    cdef Block bits = Block.zeros((lists.count + 7) >> 3, c"B") if lists.flagged else None
    cdef Block others, statuses
    cdef dict fields = {
        "dest_addr_ton": numbers(lists, bits, &lists.tons),
        "dest_addr_npi": numbers(lists, bits, &lists.npis),
        "destination_addr": texts_of(lists, bits, &lists.addresses),
    }
    if lists.flagged:
        others = Block.zeros((lists.count + 7) >> 3, c"B")
        fields["dest_flag"] = numbers(lists, None, &lists.flags)
        fields["dl_name"] = texts_of(lists, others, &lists.names)
    else:
        statuses = Block.fresh(lists.count, c"I")
        lists.statuses = <uint32_t*>statuses.memory
        fields["error_status_code"] = [None, statuses]
    return fields


cdef int cut_octets(list buffers, const Texts* texts) except -1:
    """Leave no room behind the texts."""
    return (<Block>buffers[2]).cut(texts.used)


def list_buffers(Column column not None):
    """Return (offsets, count, fields) of a column of lists: Arrow's buffers, filled without the GIL.

    ``offsets`` (uint32, one more than there are rows) says which entry is the first of each row; a row that is absent
    has none. ``fields`` has for each field of the ``count`` entries its buffers as Arrow orders them: a validity bitmap
    or None, then the values, or offsets and UTF-8.

    Raises ValueError for a column of another kind, for more than 32 bits can count, and for one that was written into
    so that its entries are others at a second look, or its rows overlap.

    >>> import smppkit as sk
    >>> from smppkit._core.columns import decode
    >>> pdu = sk.SubmitMulti(dest_address=[{"dl_name": "a"}, {"dest_addr_ton": 1}]).encode()
    >>> offsets, count, fields = list_buffers(decode(pdu, [0], [len(pdu)], ["dest_address"])["dest_address"])
    >>> memoryview(offsets).tolist(), count, [bytes(buffer) for buffer in fields["dest_addr_ton"]]
    ([0, 2], 2, [b'\\x02', b'\\x00\\x01'])
    """
    cdef Lists lists
    cdef Block offsets
    cdef dict fields
    cdef bint whole
    if column.kind != "list":
        raise ValueError(f"column {column.name} holds {column.kind}, no lists")
    memset(&lists, 0, sizeof(Lists))
    offsets = Block.fresh(column.rows + 1, c"I")
    lists.offsets = <uint32_t*>offsets.memory
    lists.wire, lists.size = <const uint8_t*>column.values.memory, column.values.shape[0]
    lists.starts, lists.rows = <const int64_t*>column.offsets.memory, column.rows
    lists.flagged = column.name == "dest_address"
    with nogil:
        survey(&lists)
    if max(lists.count, lists.addresses.room, lists.names.room) >= INT32_MAX:
        raise ValueError(f"column {column.name} has more entries or octets than Arrow's lists can count")
    fields = take_fields(&lists)
    with nogil:
        whole = fill(&lists)
    if not whole:
        raise ValueError(f"column {column.name} was written into after it was made")
    cut_octets(fields["destination_addr"], &lists.addresses)
    if lists.flagged:
        cut_octets(fields["dl_name"], &lists.names)
    return offsets, lists.count, fields
