"""Writing one PDU: each kind of field, checked while it is written into octets that grow."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_Items, PyDict_Next
from cpython.long cimport PyLong_AsLongLongAndOverflow, PyLong_Check
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_FromObject
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy

from smppkit._core.given cimport octets_in
from smppkit._core.integers cimport index_of
from smppkit._core.network cimport write_u16, write_u32
from smppkit._core.plan cimport (
    KIND_CSTRING, KIND_DESTINATIONS, KIND_OCTETS, KIND_TIME, KIND_U8, TLV_CSTRING, TLV_INT, TLV_UNKNOWN, FieldPlan,
    TlvPlan, fits,
)
from smppkit._core.tlvs cimport Tlvs, row_of_name, row_of_tag

from smppkit._core import entries as _entries
from smppkit._core import faults as _faults

cdef enum:
    ADDRESS = 21            # most octets of an address or list name in a list, NUL included
    RINVDSTTON = 0x50
    RINVDSTNPI = 0x51
    RINVDSTADR = 0x0B
    RINVDLNAME = 0x34
    RINVNUMDESTS = 0x33
    TIME_LENGTH = 16

cdef tuple TLV_KINDS = ("", "int", "cstring", "octets")


cdef int grow(Draft* draft, Py_ssize_t more) except -1:
    """Make room for ``more`` octets; growth is geometric."""
    cdef Py_ssize_t room = 2 * draft.room + more
    cdef uint8_t* octets
    if draft.octets == draft.first:
        octets = <uint8_t*>PyMem_Malloc(room)
        if octets != NULL:
            memcpy(octets, draft.octets, draft.size)
    else:
        octets = <uint8_t*>PyMem_Realloc(draft.octets, room)
    if octets == NULL:
        raise MemoryError()
    draft.octets = octets
    draft.room = room
    return 0


cdef void release(Draft* draft) noexcept:
    if draft.octets != draft.first:
        PyMem_Free(draft.octets)


cdef int put_raw(Draft* draft, const uint8_t* octets, Py_ssize_t count) except -1:
    reserve(draft, count)
    memcpy(draft.octets + draft.size, octets, count)
    draft.size += count
    return 0


cdef bint whole_number(object value, long long* out) except -1:
    """Take an int, or what stands for one; False when it is none. -1: out of reach."""
    cdef int overflow = 0
    if not PyLong_Check(value):
        value = index_of(value)
        if value is None:
            return False
    out[0] = PyLong_AsLongLongAndOverflow(value, &overflow)
    if overflow:
        out[0] = -1
    return True


cdef bint unsigned_number(object value, uint64_t* out) except -1:
    """Take an int that 64 bits hold without a sign; False for another int."""
    cdef long long number = 0
    whole_number(value, &number)
    out[0] = <uint64_t>number if number >= 0 else 0
    if number < 0:
        if value < 0 or value >> 64:
            return False
        out[0] = value
    return True


cdef int put_u8(Draft* draft, str name, uint32_t status, object value) except -1:
    cdef long long number = 0
    if not whole_number(value, &number):
        raise _faults.wrong_type(name, "u8", value, status, draft.size)
    if number < 0 or number > 0xFF:
        raise _faults.out_of_range(name, value, 0xFF, status, draft.size)
    reserve(draft, 1)
    draft.octets[draft.size] = <uint8_t>number
    draft.size += 1
    return 0


cdef uint32_t any_header_number(str name, uint32_t offset, object value) except? 0xFFFFFFFF:
    cdef long long number = 0
    if not whole_number(value, &number):
        raise _faults.wrong_type(name, "an int", value, 8, offset)
    if number < 0 or number > 0xFFFFFFFF:
        raise _faults.out_of_range(name, value, 0xFFFFFFFF, 8, offset)
    return <uint32_t>number


cdef int put_cstring(Draft* draft, str name, uint32_t limit, uint32_t status, object value) except -1:
    """Write a string and its NUL. One octet a character: Latin-1 is how Python keeps such a string anyway."""
    cdef Py_ssize_t count
    cdef const uint8_t* octets
    if not isinstance(value, str):
        raise _faults.wrong_type(name, "cstring", value, status, draft.size)
    count = PyUnicode_GET_LENGTH(value)
    octets = PyUnicode_1BYTE_DATA(value)
    if PyUnicode_KIND(value) != 1 or count >= limit or memchr(octets, 0, count) != NULL:
        raise _faults.bad_string(name, value, limit, status, draft.size)
    reserve(draft, count + 1)
    memcpy(draft.octets + draft.size, octets, count)
    draft.octets[draft.size + count] = 0
    draft.size += count + 1
    return 0


cdef bint is_time(const uint8_t* octets, Py_ssize_t count) noexcept nogil:
    """Whether octets have the form YYMMDDhhmmsstnnp (SMPP 3.4, section 7.1.1); what the digits say is not looked at."""
    cdef Py_ssize_t i
    if count != TIME_LENGTH:
        return False
    for i in range(TIME_LENGTH - 1):
        if not c'0' <= octets[i] <= c'9':
            return False
    return octets[TIME_LENGTH - 1] in (c'+', c'-', c'R', c'r')


cdef int put_time(Draft* draft, str name, uint32_t limit, uint32_t status, object value) except -1:
    cdef Py_ssize_t begin = draft.size
    if isinstance(value, str) and PyUnicode_KIND(value) == 1 and PyUnicode_GET_LENGTH(value):
        if not is_time(PyUnicode_1BYTE_DATA(value), PyUnicode_GET_LENGTH(value)):
            raise _faults.bad_time(name, value, status, begin)
    elif not isinstance(value, str):
        raise _faults.wrong_type(name, "time", value, status, begin)
    return put_cstring(draft, name, limit, status, value)


cdef int put_octets(Draft* draft, str name, uint32_t limit, uint32_t status, object value) except -1:
    cdef bytes octets = octets_in(value)
    if octets is None:
        raise _faults.wrong_type(name, "octets", value, status, draft.size)
    if PyBytes_GET_SIZE(octets) > <Py_ssize_t>limit:
        raise _faults.too_many(name, len(octets), limit, status, draft.size)
    put_raw(draft, <const uint8_t*>PyBytes_AS_STRING(octets), PyBytes_GET_SIZE(octets))
    return <int>PyBytes_GET_SIZE(octets)


cdef list listed(str name, str kind, object value, uint32_t limit, uint32_t status, uint32_t least, Py_ssize_t offset):
    """The entries of a list field, each as the tuple that its field reads as."""
    cdef list entries
    if isinstance(value, (str, bytes, dict)) or not hasattr(value, "__iter__"):
        raise _faults.wrong_type(name, kind, value, status, offset)
    entries = list(value)
    if not least <= <size_t>len(entries) <= limit:
        raise _faults.too_many(name, len(entries), limit, RINVNUMDESTS, offset)
    take = _entries.destination if kind == "destinations" else _entries.failure
    cdef list taken = []
    # a loop, no comprehension: of those Cython 3.3.1 frees an item twice when the list cannot grow
    for entry in entries:
        taken.append(take(entry))
    if None in taken:
        i = taken.index(None)
        raise _faults.wrong_type(f"{name}[{i}]", kind, entries[i], status, offset)
    return taken


cdef int put_destinations(Draft* draft, str name, uint32_t limit, uint32_t status, object value) except -1:
    cdef list entries = listed(name, "destinations", value, limit, status, 1, draft.size)
    for i, entry in enumerate(entries):
        put_u8(draft, name, status, entry.dest_flag)
        if entry.dest_flag == 1:
            put_u8(draft, f"{name}[{i}].dest_addr_ton", RINVDSTTON, entry.dest_addr_ton)
            put_u8(draft, f"{name}[{i}].dest_addr_npi", RINVDSTNPI, entry.dest_addr_npi)
            put_cstring(draft, f"{name}[{i}].destination_addr", ADDRESS, RINVDSTADR, entry.destination_addr)
        else:
            put_cstring(draft, f"{name}[{i}].dl_name", ADDRESS, RINVDLNAME, entry.dl_name)
    return <int>len(entries)


cdef int put_failures(Draft* draft, str name, uint32_t limit, uint32_t status, object value) except -1:
    cdef list entries = listed(name, "failures", value, limit, status, 0, draft.size)
    for i, entry in enumerate(entries):
        put_u8(draft, f"{name}[{i}].dest_addr_ton", status, entry.dest_addr_ton)
        put_u8(draft, f"{name}[{i}].dest_addr_npi", status, entry.dest_addr_npi)
        put_cstring(draft, f"{name}[{i}].destination_addr", ADDRESS, status, entry.destination_addr)
        reserve(draft, 4)
        write_u32(draft.octets + draft.size,
                  header_number(f"{name}[{i}].error_status_code", <uint32_t>draft.size, entry.error_status_code))
        draft.size += 4
    return <int>len(entries)


cdef int put_field(Draft* draft, const FieldPlan* field, str name, object value) except -1:
    """Write one field; returns what a count field before it has to say."""
    if field.kind == KIND_U8:
        return put_u8(draft, name, field.status, value)
    if field.kind == KIND_CSTRING:
        return put_cstring(draft, name, field.limit, field.status, value)
    if field.kind == KIND_TIME:
        return put_time(draft, name, field.limit, field.status, value)
    if field.kind == KIND_OCTETS:
        return put_octets(draft, name, field.limit, field.status, value)
    if field.kind == KIND_DESTINATIONS:
        return put_destinations(draft, name, field.limit, field.status, value)
    return put_failures(draft, name, field.limit, field.status, value)


cdef int put_tlv_header(Draft* draft, uint16_t tag, Py_ssize_t size) except -1:
    reserve(draft, 4 + size)
    write_u16(draft.octets + draft.size, tag)
    write_u16(draft.octets + draft.size + 2, <uint16_t>size)
    draft.size += 4
    return 0


cdef int put_tlv_int(Draft* draft, str name, const TlvPlan* row, object value) except -1:
    """Write the number in the fewest octets that the row allows and that hold it."""
    cdef uint64_t number = 0
    cdef int size = row.least if row.least else 1, i
    cdef bint counts = unsigned_number(value, &number)
    while size < row.most and size < 8 and number >> (8 * size):
        size += 1
    if not counts or size < 8 and number >> (8 * size):
        raise _faults.out_of_range(name, value, 256 ** <object>row.most - 1, 0xC4, draft.size)
    put_tlv_header(draft, row.tag, size)
    for i in range(size):
        draft.octets[draft.size + i] = <uint8_t>(number >> (8 * (size - 1 - i)))
    draft.size += size
    return 0


cdef int put_tlv_text(Draft* draft, str name, const TlvPlan* row, object value) except -1:
    cdef Py_ssize_t begin = draft.size, size = PyUnicode_GET_LENGTH(value) + 1
    if PyUnicode_KIND(value) == 1 and not row.least <= size <= row.most:
        raise _faults.tlv_length(name, size, row.least, row.most, begin)
    put_tlv_header(draft, row.tag, size if size <= row.most else 0)
    return put_cstring(draft, name, row.most + 1, 0xC4, value)


cdef int put_tlv(Draft* draft, object key, object value, object profile) except -1:
    """Write one TLV. By name it is held against its row; octets given by tag go out as they are."""
    cdef TlvPlan row
    cdef bytes octets
    cdef long long tag = 0
    cdef bint by_name = isinstance(key, str)
    if by_name:
        if not row_of_name(key, profile, &row):
            raise _faults.unknown_tlv(key, [] if profile is None else list(profile.by_name), draft.size)
    elif not whole_number(key, &tag) or not 0 <= tag <= 0xFFFF:
        raise _faults.unknown_tlv(key, [], draft.size)
    else:
        row_of_tag(<uint16_t>tag, profile, &row)
    if row.kind == TLV_INT:
        number = index_of(value)
        if number is not None:
            return put_tlv_int(draft, name_of(key, &row), &row, number)
    if row.kind == TLV_CSTRING and isinstance(value, str):
        return put_tlv_text(draft, name_of(key, &row), &row, value)
    octets = b"" if value is None and row.kind != TLV_UNKNOWN and row.least == 0 else octets_in(value)
    if octets is None:
        raise _faults.tlv_type(name_of(key, &row), TLV_KINDS[row.kind], value, draft.size)
    if len(octets) > 0xFFFF or (by_name and not fits(&row, octets, <uint32_t>len(octets))):
        raise _faults.tlv_length(name_of(key, &row), len(octets), row.least if by_name else 0,
                                 row.most if by_name else 0xFFFF, draft.size)
    put_tlv_header(draft, row.tag, len(octets))
    return put_raw(draft, octets, len(octets))


cdef str name_of(object key, const TlvPlan* row):
    if PyUnicode_CheckExact(key):
        return <str>key
    return PyUnicode_FromObject(key) if isinstance(key, str) else _faults.tlv_name(row.tag)


cdef bint all_plain(dict tlvs) noexcept:
    """Whether no value can run code of its own while it is written, which might change the mapping."""
    cdef PyObject* name = NULL
    cdef PyObject* value = NULL
    cdef Py_ssize_t place = 0
    while PyDict_Next(tlvs, &place, &name, &value):
        if not (PyUnicode_CheckExact(<object>name) or PyLong_CheckExact(<object>name)):
            return False
        if not (PyLong_CheckExact(<object>value) or PyUnicode_CheckExact(<object>value)
                or PyBytes_CheckExact(<object>value)):
            return False
    return True


cdef int put_plain_tlvs(Draft* draft, dict tlvs, object profile) except -1:
    cdef PyObject* name = NULL
    cdef PyObject* value = NULL
    cdef Py_ssize_t place = 0
    while PyDict_Next(tlvs, &place, &name, &value):
        put_tlv(draft, <object>name, <object>value, profile)
    return 0


cdef int put_tlvs(Draft* draft, object tlvs, object profile) except -1:
    """Write TLVs given as a mapping, as (name or tag, value) pairs, or as those of another PDU."""
    if isinstance(tlvs, Tlvs):
        return put_raw(draft, <const uint8_t*>PyBytes_AS_STRING((<Tlvs>tlvs).wire) + (<Tlvs>tlvs).begin,
                       (<Tlvs>tlvs).end - (<Tlvs>tlvs).begin)
    if isinstance(tlvs, dict):
        if all_plain(<dict>tlvs):
            return put_plain_tlvs(draft, <dict>tlvs, profile)
        pairs = PyDict_Items(tlvs)
    elif hasattr(tlvs, "items"):
        pairs = tlvs.items()
    else:
        pairs = tlvs
    if isinstance(pairs, (str, bytes)) or not hasattr(pairs, "__iter__"):
        raise _faults.no_pairs(tlvs)
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise _faults.no_pairs(pair)
        key, value = pair
        if isinstance(value, list):
            for one in value:
                put_tlv(draft, key, one, profile)
        else:
            put_tlv(draft, key, value, profile)
    return 0
