"""Which readable PDUs have something odd about them: a quick look at many, before the codec tells of the few."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from smppkit._core.plan cimport CommandPlan, Walk

cdef struct TlvRule:
    uint64_t commands           # bit i: may travel in the command of row i
    uint64_t bit                # its own among the TLVs seen, 0 where it may stand more than once
    uint32_t least              # octets; the NUL of a string counted
    uint32_t most
    bint string

cdef class Rules:
    cdef uint8_t* slots         # tag -> 1 + index into rules, 0: nobody knows it
    cdef TlvRule* rules
    cdef int count

    cdef int add(self, object row) except -1

cdef bint is_odd(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, const uint8_t* slots,
                 const TlvRule* rules) noexcept nogil
