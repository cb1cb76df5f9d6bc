# A PDU being written: octets that grow, and one function for each kind of field. Used by pdu (one) and fill (many).
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.plan cimport KIND_CSTRING, KIND_OCTETS, KIND_U8, FieldPlan, find_nul

cdef extern from "Python.h":
    bint PyLong_CheckExact(object value) noexcept
    bint PyUnicode_CheckExact(object value) noexcept
    bint PyBytes_CheckExact(object value) noexcept
    int PyUnicode_KIND(object text) noexcept
    Py_ssize_t PyUnicode_GET_LENGTH(object text) noexcept
    uint8_t* PyUnicode_1BYTE_DATA(object text) noexcept
    char* OCTETS_OF "PyBytes_AS_STRING"(object octets) noexcept
    Py_ssize_t SIZE_OF "PyBytes_GET_SIZE"(object octets) noexcept

cdef extern from *:
    """
    /* Whether a value is an int of one digit, as nearly all are, and then its value. */
    static inline int is_short_number(PyObject *value, Py_ssize_t *out) {
        if (!PyLong_CheckExact(value)) return 0;
    #if PY_VERSION_HEX >= 0x030C0000
        if (!PyUnstable_Long_IsCompact((PyLongObject *)value)) return 0;
        *out = PyUnstable_Long_CompactValue((PyLongObject *)value);
    #else
        Py_ssize_t digits = Py_SIZE(value);
        if (digits < -1 || digits > 1) return 0;
        *out = digits ? digits * (Py_ssize_t)((PyLongObject *)value)->ob_digit[0] : 0;
    #endif
        return 1;
    }
    """
    bint is_short_number(object value, Py_ssize_t* out) noexcept
    bint is_short "is_short_number"(PyObject* value, Py_ssize_t* out) noexcept     # without counting a reference

cdef enum:
    ROOM = 512              # octets a draft holds before it needs memory of its own

cdef struct Draft:
    uint8_t* octets
    Py_ssize_t size
    Py_ssize_t room
    uint8_t first[ROOM]

cdef inline void begin(Draft* draft) noexcept nogil:
    draft.octets = draft.first
    draft.size = 0
    draft.room = ROOM

cdef int grow(Draft* draft, Py_ssize_t more) except -1
cdef void release(Draft* draft) noexcept

cdef inline int reserve(Draft* draft, Py_ssize_t more) except -1:
    return 0 if draft.room - draft.size >= more else grow(draft, more)

cdef inline int put_plain(Draft* draft, const FieldPlan* field, object value) noexcept:
    """Write a plain int, str or bytes that fits field and room, as nearly all do; returns what a count field before
    it has to say, or -1 after writing nothing: then ``put_field`` writes it, or says what is wrong."""
    cdef uint8_t* at = draft.octets + draft.size
    cdef Py_ssize_t count = 0
    if field.kind == KIND_U8:
        if not is_short_number(value, &count) or count < 0 or count > 0xFF or draft.size >= draft.room:
            return -1
        at[0] = <uint8_t>count
        draft.size += 1
        return <int>count
    if field.kind == KIND_CSTRING and PyUnicode_CheckExact(value) and PyUnicode_KIND(value) == 1:
        count = PyUnicode_GET_LENGTH(value)
        if count >= field.limit or draft.room - draft.size <= count:
            return -1
        if find_nul(PyUnicode_1BYTE_DATA(value), PyUnicode_1BYTE_DATA(value) + count) != NULL:
            return -1
        memcpy(at, PyUnicode_1BYTE_DATA(value), count)
        at[count] = 0
        draft.size += count + 1
        return 0
    if field.kind == KIND_OCTETS and PyBytes_CheckExact(value):
        count = SIZE_OF(value)
        if count > field.limit or draft.room - draft.size < count:
            return -1
        memcpy(at, OCTETS_OF(value), count)
        draft.size += count
        return <int>count
    return -1

cdef int put_raw(Draft* draft, const uint8_t* octets, Py_ssize_t count) except -1
cdef int put_field(Draft* draft, const FieldPlan* field, str name, object value) except -1     # entries or octets
cdef int put_tlvs(Draft* draft, object tlvs, object profile) except -1
cdef inline uint32_t header_number(str name, uint32_t offset, object value) except? 0xFFFFFFFF:
    cdef Py_ssize_t number = 0
    if is_short_number(value, &number) and <uint64_t>number <= 0xFFFFFFFFULL:
        return <uint32_t>number
    return any_header_number(name, offset, value)

cdef uint32_t any_header_number(str name, uint32_t offset, object value) except? 0xFFFFFFFF
cdef bint is_time(const uint8_t* octets, Py_ssize_t count) noexcept nogil
