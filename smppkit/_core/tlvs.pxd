# The TLVs of one PDU as a mapping, and the rows that say what a TLV holds.
from libc.stdint cimport uint16_t, uint32_t

from smppkit._core.plan cimport TlvPlan

cdef class Tlvs:
    cdef bytes wire             # the whole PDU
    cdef object profile         # None, or what names TLVs of a vendor
    cdef uint32_t begin         # where the TLVs stand in it
    cdef uint32_t end

cdef Tlvs new_tlvs(bytes wire, object profile, uint32_t begin, uint32_t end)
cdef bint row_of_tag(uint16_t tag, object profile, TlvPlan* out) except -1         # False: nobody knows this tag
cdef bint row_of_name(object name, object profile, TlvPlan* out) except -1         # False: nobody knows this name
