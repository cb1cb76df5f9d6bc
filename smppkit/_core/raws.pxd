"""The octets of whole records as a column, but no password."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memchr, memcpy, memset

from smppkit._core.column cimport Sink, close_string, put_octets, reserve
from smppkit._core.network cimport read_u32, write_u32
from smppkit._core.plan cimport HEADER
from smppkit._core.rows cimport Batch, Job, slot_of

cdef enum:
    MASK = 8                    # asterisks in place of a password


cdef inline bint take_raw(const Job* job, Py_ssize_t row, const uint8_t* pdu, Py_ssize_t size) noexcept nogil:
    """The octets of a record; a password becomes eight asterisks, so that not even its length is told.

    Where the body breaks off before the password can be found, all of it becomes asterisks.
    """
    cdef uint8_t slot = slot_of(job, read_u32(pdu + 4)) if size > HEADER else 0
    cdef Sink* sink = job.raw
    cdef const void* found
    cdef Py_ssize_t begin, rest, total
    cdef uint8_t* at
    if slot == 0 or not job.routes[slot - 1].has_password:
        return put_octets(sink, row, pdu, size)
    found = memchr(pdu + HEADER, 0, size - HEADER)
    begin = <const uint8_t*>found - pdu + 1 if found != NULL else HEADER
    found = memchr(pdu + begin, 0, size - begin) if found != NULL and size > begin else NULL
    rest = size - (<const uint8_t*>found - pdu) if found != NULL else 0
    total = begin + (MASK if begin > HEADER else size - HEADER) + rest
    at = reserve(sink, total)
    if at == NULL:
        return False
    memcpy(at, pdu, begin)
    memset(at + begin, c"*", total - rest - begin)
    if rest:
        memcpy(at + total - rest, pdu + size - rest, rest)
    if begin > HEADER:
        write_u32(at, <uint32_t>total)
    close_string(sink, row, total)
    return True


cdef inline bint take_raws(const Job* job, const Batch* batch) noexcept nogil:
    """False when memory is out."""
    cdef int row
    for row in range(batch.count):
        if not take_raw(job, batch.first + row, batch.pdus[row], batch.sizes[row]):
            return False
    return True
