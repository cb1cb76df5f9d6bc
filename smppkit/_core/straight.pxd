"""The fields of one PDU straight into octets of the right size: measured first, then written, if all values are plain.

Nothing is raised here. What is not plain, or does not fit, the functions of ``draft`` write, or say what is wrong.
"""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, strlen

from smppkit._core.draft cimport is_short, is_time
from smppkit._core.plan cimport (
    HEADER,
    KIND_CSTRING,
    KIND_DESTINATIONS,
    KIND_OCTETS,
    KIND_TIME,
    KIND_U8,
    CommandPlan,
    FieldPlan,
)

cdef extern from "Python.h":
    bint is_int "PyLong_Check"(PyObject* value) noexcept
    long long_of "PyLong_AsLongAndOverflow"(PyObject* value, int* overflow) noexcept    # -1 where it overflows
    bint is_text "PyUnicode_CheckExact"(PyObject* value) noexcept
    bint is_octets "PyBytes_CheckExact"(PyObject* value) noexcept
    int width_of "PyUnicode_KIND"(PyObject* text) noexcept
    Py_ssize_t length_of "PyUnicode_GET_LENGTH"(PyObject* text) noexcept
    const uint8_t* characters_of "PyUnicode_1BYTE_DATA"(PyObject* text) noexcept
    const uint8_t* first_of "PyBytes_AS_STRING"(PyObject* octets) noexcept
    Py_ssize_t size_of "PyBytes_GET_SIZE"(PyObject* octets) noexcept


cdef inline Py_ssize_t text_size(const FieldPlan* field, PyObject* value) noexcept:
    """Octets of a string with its NUL, which Python keeps behind the characters too; -1: it is to be looked at."""
    cdef Py_ssize_t count
    if not is_text(value) or width_of(value) != 1:
        return -1
    count = length_of(value)
    if count >= field.limit or <Py_ssize_t>strlen(<const char*>characters_of(value)) != count:
        return -1
    if field.kind == KIND_TIME and count and not is_time(characters_of(value), count):
        return -1
    return count + 1


cdef inline int octet_of(PyObject* value) noexcept:
    """The number of 0 to 255 that an int is, an enumeration's too; -1: it is to be looked at."""
    cdef Py_ssize_t number = 0
    cdef int overflow = 0
    if not is_short(value, &number):
        number = long_of(value, &overflow) if is_int(value) else -1
    return <int>number if 0 <= number <= 0xFF else -1


cdef inline Py_ssize_t plain_size(const FieldPlan* field, PyObject* value) noexcept:
    """Octets that a value takes; -1 when it is to be looked at."""
    if field.kind == KIND_CSTRING or field.kind == KIND_TIME:
        return text_size(field, value)
    if field.kind == KIND_U8:
        return -1 if field.count or octet_of(value) < 0 else 1
    if field.kind == KIND_OCTETS and is_octets(value) and size_of(value) <= field.limit:
        return size_of(value)
    return -1


cdef inline bint is_number(PyObject* value, uint32_t* out) noexcept:
    """Take a number of the header; False when it is long, or none."""
    cdef Py_ssize_t number = 0
    if not is_short(value, &number) or <uint64_t>number > 0xFFFFFFFFULL:
        return False
    out[0] = <uint32_t>number
    return True


@cython.overflowcheck(False)        # every field is short
cdef inline uint32_t measured(const CommandPlan* plan, uint32_t there, PyObject* const* values,
                              uint32_t* offsets) noexcept:
    """Note where each field begins; returns the octets of the PDU, or 0 when something is to be looked at.

    ``there`` has a bit for each field that has one of ``values``.
    """
    cdef uint32_t at = HEADER
    cdef Py_ssize_t size
    cdef int i
    for i in range(plan.count):
        offsets[i] = at
        if there >> i & 1:
            size = plain_size(&plan.fields[i], values[i])
            if size < 0:
                return 0
            at += <uint32_t>size
        elif plan.fields[i].kind < KIND_OCTETS:
            at += 1
        elif plan.fields[i].kind == KIND_DESTINATIONS:
            return 0
    offsets[plan.count] = at
    return at


@cython.overflowcheck(False)
cdef inline void put_measured(const CommandPlan* plan, uint32_t there, PyObject* const* values,
                              const uint32_t* offsets, uint8_t* octets) noexcept:
    """Write the fields that were measured into ``octets`` of the PDU, each value or else the default."""
    cdef uint8_t* at
    cdef int i
    for i in range(plan.count):
        at = octets + offsets[i]
        if not there >> i & 1:
            if plan.fields[i].kind < KIND_OCTETS:
                at[0] = plan.fields[i].initial
        elif plan.fields[i].kind == KIND_U8:
            at[0] = <uint8_t>octet_of(values[i])
        elif plan.fields[i].kind == KIND_OCTETS:
            memcpy(at, first_of(values[i]), size_of(values[i]))
            (at - 1)[0] = <uint8_t>size_of(values[i])       # the count before it
        else:
            memcpy(at, characters_of(values[i]), offsets[i + 1] - offsets[i])
