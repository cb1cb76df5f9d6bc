# A PDU being written: octets that grow, and one function for each kind of field. Used by pdu (one) and fill (many).
from libc.stdint cimport uint8_t, uint16_t, uint32_t

from smppkit._core.plan cimport FieldPlan

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

cdef int put_raw(Draft* draft, const uint8_t* octets, Py_ssize_t count) except -1
cdef int put_field(Draft* draft, const FieldPlan* field, str name, object value) except -1     # entries or octets
cdef int put_tlvs(Draft* draft, object tlvs, object profile) except -1
cdef uint32_t header_number(str name, uint32_t offset, object value) except? 0xFFFFFFFF
cdef bint is_time(const uint8_t* octets, Py_ssize_t count) noexcept nogil
