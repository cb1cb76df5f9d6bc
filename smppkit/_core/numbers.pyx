"""Telephone numbers of a column as people write them, made digits; what takes more knowledge is left to others."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t

cdef enum:
    FEWEST = 3
    MOST = 20
    MOST_INTERNATIONAL = 15
    UNKNOWN = 0             # type of number: digits alone
    INTERNATIONAL = 1
    FOREIGN = 0xFF

cdef const uint8_t NOTHING = 0


cdef inline uint8_t clean(const uint8_t* at, const uint8_t* end, uint8_t** out) noexcept nogil:
    """Write the digits of one number; returns its type, FOREIGN with nothing written for anything odd."""
    cdef uint8_t* begin = out[0]
    cdef bint plus = False
    cdef Py_ssize_t digits = 0
    while at < end:
        if b"0" <= at[0] <= b"9":
            if digits == MOST:
                return FOREIGN
            begin[digits] = at[0]
            digits += 1
        elif at[0] == b"+" and not plus and not digits:
            plus = True
        elif not (at[0] == b" " or at[0] == b"-" or at[0] == b"." or at[0] == b"(" or at[0] == b")" or at[0] == b"["
                  or at[0] == b"]" or 0x09 <= at[0] <= 0x0D):
            return FOREIGN
        at += 1
    if not FEWEST <= digits <= (MOST_INTERNATIONAL if plus else MOST):
        return FOREIGN
    out[0] += digits
    return INTERNATIONAL if plus else UNKNOWN


def digits(const uint8_t[::1] octets not None, const int64_t[::1] offsets not None):
    """Return (digits of all rows, offsets int64, type of number uint8): 1 with a ``+``, 0 without, 255 left to others.

    Row ``i`` is the UTF-8 ``octets[offsets[i]:offsets[i + 1]]``. Runs without the GIL.

    >>> import numpy as np
    >>> found, offsets, kinds = digits(b"+32 471-12none8080", np.array([0, 10, 14, 18]))
    >>> found, memoryview(offsets).cast("q").tolist(), list(kinds)
    (b'32471128080', [0, 7, 7, 11], [1, 255, 0])
    """
    cdef Py_ssize_t i, count = offsets.shape[0] - 1
    cdef bint inside = count >= 0
    cdef int64_t at, end
    cdef int64_t[::1] places
    cdef uint8_t[::1] kinds
    cdef const uint8_t* first = &octets[0] if octets.shape[0] else &NOTHING     # an empty view has no address
    cdef uint8_t* begin
    cdef uint8_t* out
    if not inside:
        raise ValueError("a number does not lie inside the octets")
    # one that is given up half way may have written
    written = PyBytes_FromStringAndSize(NULL, min(octets.shape[0], MOST * count) + MOST)
    columns = bytearray(8 * (count + 1)), bytearray(count)
    places, kinds = memoryview(columns[0]).cast("q"), columns[1]
    out = begin = <uint8_t*>PyBytes_AS_STRING(written)
    end = offsets[0]
    with nogil:
        for i in range(count):
            at = end
            end = offsets[i + 1]        # read once: the memory is the caller's
            inside = 0 <= at <= end <= octets.shape[0]
            if not inside:
                break
            kinds[i] = clean(first + at, first + end, &out)
            places[i + 1] = out - begin
    if not inside:
        raise ValueError("a number does not lie inside the octets")
    return written[:out - begin], *columns
