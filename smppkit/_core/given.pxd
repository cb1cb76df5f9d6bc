"""What a caller gives: octets of any kind, a number of bits, a count; and what is said when it is none."""

from cpython.bytes cimport PyBytes_FromObject
from cpython.long cimport PyLong_AsLongAndOverflow
from cpython.memoryview cimport PyMemoryView_GET_BUFFER

from smppkit._core.integers cimport index_of

cdef enum:
    FAR = -2            # a count that no octets hold


cdef inline bytes octets_in(object value):
    """The octets of a bytes-like value; None when it holds no octets but numbers or objects, or is one number."""
    cdef Py_buffer* buffer
    if isinstance(value, bytes):
        return <bytes>value
    if isinstance(value, bytearray):
        return PyBytes_FromObject(value)
    # the numbers and dates of NumPy have buffers too, dates one of eight octets
    if isinstance(value, str) or not isinstance(value, memoryview) and getattr(value, "ndim", 1) == 0:
        return None
    try:
        view = value if isinstance(value, memoryview) else memoryview(value)
    except (TypeError, ValueError, BufferError):
        return None
    buffer = PyMemoryView_GET_BUFFER(view)
    if buffer.itemsize != 1 or buffer.ndim == 0 or buffer.format != NULL and buffer.format[0] not in b"Bbc":
        return None
    return PyBytes_FromObject(view)


cdef inline object no_octets(str taker, object value):
    """What is said of a value of which ``octets_in`` is None."""
    cdef str found = type(value).__name__
    if hasattr(value, "dtype") and getattr(value, "ndim", 0):
        found += f" of {value.dtype}" + ("" if value.ndim == 1 else f" in {value.ndim} dimensions")
    return TypeError(f"{taker} takes octets (bytes, bytearray or memoryview), not {found}; "
                     f"for many, a Series or an Arrow array of them")


cdef inline int fill_bits_in(object value) except -1:
    cdef int overflow = 0
    cdef long bits = PyLong_AsLongAndOverflow(value, &overflow) if isinstance(value, int) else -1
    if overflow or not 0 <= bits <= 6:
        raise ValueError(f"fill_bits is {value!r}, but 0 to 6 bits reach the next septet")
    return <int>bits


cdef inline Py_ssize_t count_in(object value) except? -1:
    """How many septets are asked for; ``FAR`` for more than any memory holds."""
    cdef int overflow = 0
    cdef long count
    value = index_of(value)
    if value is None:
        raise TypeError("count takes a whole number of septets, or None for all that fit")
    count = PyLong_AsLongAndOverflow(value, &overflow)
    return FAR if overflow else count
