"""Strings of a column taken from a list, picked, put in order and joined without an object for each."""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.list cimport PyList_GET_ITEM
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from .alphabet cimport code_at
from .buffers cimport Block
from .pages cimport soon

# Of objects that a list keeps, without counting references: to count is to write, into memory that was only to be read.
cdef extern from "Python.h":
    bint is_text "PyUnicode_Check"(PyObject* value) noexcept
    bint is_ascii "PyUnicode_IS_ASCII"(PyObject* text) noexcept
    int kind_of "PyUnicode_KIND"(PyObject* text) noexcept
    const uint8_t* data_of "(const uint8_t *)PyUnicode_DATA"(PyObject* text) noexcept
    Py_ssize_t length_of "PyUnicode_GET_LENGTH"(PyObject* text) noexcept
    bint is_octets "PyBytes_Check"(PyObject* value) noexcept
    const char* octets_of "PyBytes_AS_STRING"(PyObject* octets) noexcept
    Py_ssize_t size_of "PyBytes_GET_SIZE"(PyObject* octets) noexcept
    bint is_float "PyFloat_CheckExact"(PyObject* value) noexcept
    double float_of "PyFloat_AS_DOUBLE"(PyObject* value) noexcept

cdef enum:
    AHEAD = 16              # objects that are fetched while others are looked at: they lie anywhere

cdef enum Holds:
    MISSING = 0
    TEXT = 1
    OCTETS = 2
    OTHER = 3


cdef inline Holds held(PyObject* value) noexcept:
    if is_text(value):
        return TEXT
    if is_octets(value):
        return OCTETS
    if value == <PyObject*>None or is_float(value) and float_of(value) != float_of(value):
        return MISSING
    return OTHER


cdef inline Py_ssize_t room_for(PyObject* text) noexcept:
    """Octets that a text has in UTF-8 at most: each character of a wider kind may take one more than it has there."""
    cdef int kind = kind_of(text)
    return length_of(text) * (1 if is_ascii(text) else 4 if kind == 4 else kind + 1)


cdef uint8_t* put_wide(uint8_t* out, int kind, const void* data, Py_ssize_t count) noexcept nogil:
    """Write a text as UTF-8; NULL for one with half of a surrogate pair."""
    cdef uint32_t code
    cdef Py_ssize_t i
    for i in range(count):
        code = code_at(kind, data, i)
        if code < 0x80:
            out[0] = <uint8_t>code
            out += 1
            continue
        if code >> 11 == 0x1B:  # U+D800 to U+DFFF
            return NULL
        if code < 0x800:
            out[0] = <uint8_t>(0xC0 | code >> 6)
            out += 1
        elif code < 0x10000:
            out[0] = <uint8_t>(0xE0 | code >> 12)
            out[1] = <uint8_t>(0x80 | code >> 6 & 0x3F)
            out += 2
        else:
            out[0] = <uint8_t>(0xF0 | code >> 18)
            out[1] = <uint8_t>(0x80 | code >> 12 & 0x3F)
            out[2] = <uint8_t>(0x80 | code >> 6 & 0x3F)
            out += 3
        out[0] = <uint8_t>(0x80 | code & 0x3F)
        out += 1
    return out


cdef inline uint8_t* put_value(uint8_t* out, PyObject* value, Holds kind) noexcept:
    cdef Py_ssize_t size = size_of(value) if kind == OCTETS else length_of(value)
    if kind == TEXT and not is_ascii(value):
        return put_wide(out, kind_of(value), data_of(value), size)
    memcpy(out, octets_of(value) if kind == OCTETS else <const char*>data_of(value), size)
    return out + size


cdef bint survey(list values, Holds* kind, Py_ssize_t* room, bint* missing) noexcept:
    """Find out what a list holds and how many octets that takes at most; False where it holds neither, or several."""
    cdef Py_ssize_t i, count = len(values)
    cdef PyObject* value
    cdef Holds found
    kind[0] = MISSING
    for i in range(count):
        value = PyList_GET_ITEM(values, i)
        soon(PyList_GET_ITEM(values, min(i + AHEAD, count - 1)))
        found = held(value)
        if found == MISSING:
            missing[0] = True
            continue
        if kind[0] == MISSING:
            kind[0] = found
        if found == OTHER or found != kind[0]:
            return False
        room[0] += room_for(value) if found == TEXT else size_of(value)
    return kind[0] != MISSING


@cython.overflowcheck(False)  # differences of pointers
def listed(list values not None):
    """Return (whether it is text, octets, offsets int64, valid uint8) of a list of str or of bytes; else None.

    Text becomes UTF-8. None and NaN are missing values; ``valid`` is None where there are none. ``octets`` may have
    more behind the last offset. A text that UTF-8 cannot hold gives None.

    >>> text, octets, offsets, valid = listed(["a", None, "bc"])
    >>> text, bytes(octets)[:3], memoryview(offsets).cast("q").tolist(), list(memoryview(valid))
    (True, b'abc', [0, 1, 1, 3], [1, 0, 1])
    """
    cdef Py_ssize_t i, room = 0, count = len(values)
    cdef PyObject* value
    cdef Holds kind = MISSING
    cdef bint missing = False
    if not survey(values, &kind, &room, &missing):
        return None
    cdef Block octets = Block.fresh(room, c"B")
    cdef Block offsets = Block.fresh((count + 1) * sizeof(int64_t), c"B")
    cdef Block valid = Block.zeros(count, c"B") if missing else None
    cdef uint8_t* begin = <uint8_t*>octets.memory
    cdef uint8_t* out = begin
    cdef int64_t* ends = <int64_t*>offsets.memory
    cdef uint8_t* there = <uint8_t*>valid.memory if missing else NULL
    ends[0] = 0
    for i in range(count):
        value = PyList_GET_ITEM(values, i)
        soon(PyList_GET_ITEM(values, min(i + AHEAD, count - 1)))
        if not missing or held(value) != MISSING:
            if missing:
                there[i] = 1
            out = put_value(out, value, kind)
            if out == NULL:
                return None
        ends[i + 1] = out - begin
    return kind == TEXT, octets, offsets, valid


def gather(const uint8_t[::1] octets not None, const int64_t[::1] starts not None, const int64_t[::1] lengths not None):
    """Return the pieces of ``octets`` that begin at ``starts`` and have ``lengths``, one after the other.

    Raises ValueError when a piece does not lie inside.

    >>> import numpy as np
    >>> gather(b"onetwothree", np.array([6, 0]), np.array([5, 3]))
    b'threeone'
    """
    cdef Py_ssize_t i, total = 0, used = 0
    cdef bint inside = starts.shape[0] == lengths.shape[0]
    cdef char* out
    cdef bytes joined
    for i in range(lengths.shape[0] if inside else 0):
        inside &= 0 <= lengths[i] <= octets.shape[0] and 0 <= starts[i] <= octets.shape[0] - lengths[i]
        total += lengths[i] if inside else 0
    if not inside:
        raise ValueError("a piece does not lie inside the octets")
    joined = PyBytes_FromStringAndSize(NULL, total)
    out = PyBytes_AS_STRING(joined)
    with nogil:
        for i in range(starts.shape[0]):
            if lengths[i]:
                memcpy(out + used, &octets[starts[i]], lengths[i])
                used += lengths[i]
    return joined


def prefixes(const uint8_t[::1] octets not None, const int64_t[::1] offsets not None, uint64_t[::1] out not None):
    """Write the first eight octets of each string to ``out`` as a number that sorts as the string does.

    >>> import numpy as np
    >>> out = np.zeros(2, np.uint64)
    >>> prefixes(b"000027", np.array([0, 3, 6]), out)
    >>> bool(out[0] < out[1])
    True
    """
    cdef Py_ssize_t i, j
    cdef uint64_t number
    if out.shape[0] != offsets.shape[0] - 1:
        raise ValueError(f"{offsets.shape[0] - 1} strings, room for {out.shape[0]}")
    for i in range(out.shape[0]):
        if not 0 <= offsets[i] <= offsets[i + 1] <= octets.shape[0]:
            raise ValueError("offsets lie outside the octets")
        number = 0
        for j in range(8):
            number <<= 8
            if offsets[i] + j < offsets[i + 1]:
                number |= octets[offsets[i] + j]
        out[i] = number
