# What is wrong with PDUs, or odd about them, in the words of the codec.
cimport cython
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from smppkit._core.column cimport Sink
from smppkit._core.plan cimport CommandPlan, Walk
from smppkit._core.sentences cimport Name, Note
from smppkit._core.vocabulary cimport Known, Vocabulary

cdef enum Outcome:
    TOLD = 0
    FOREIGN = 1                 # these octets may be of another protocol, which Python knows by its name
    STARVED = 2                 # memory is out

cdef struct Payload:            # the first message_payload of a PDU; it begins at 0 where there is none
    uint32_t begin
    uint32_t size

cdef struct First:              # where a known TLV stands first in a PDU
    uint32_t at
    uint16_t slot


@cython.final
cdef class Teller:
    cdef Vocabulary words
    cdef uint16_t* seen         # how often each known TLV stands in a PDU
    cdef First* firsts          # those that stand there, in the order of their offsets
    cdef Note* notes
    cdef uint32_t longest_name  # octets
    cdef dict protocols         # name -> its octets
    cdef int count
    cdef int of_tlvs            # notes of single TLVs, in the order of their offsets
    cdef int unsaid             # those beyond what a cell has, which are only counted
    cdef bint odd               # whether to tell of PDUs that can be read

    cdef Note* note(self, uint32_t offset, const Name* field, int template) noexcept nogil
    cdef Note* note_tlv(self, uint32_t offset, const Name* field, int template) noexcept nogil
    cdef Outcome tell(self, Sink* sink, Py_ssize_t row, const uint8_t* pdu, int64_t size,
                      uint32_t tlv_end) noexcept nogil
    cdef Outcome tell_foreign(self, Sink* sink, Py_ssize_t row, const uint8_t* pdu, int64_t size) except *
    cdef Outcome put(self, Sink* sink, Py_ssize_t row) noexcept nogil
    cdef bint frame(self, const uint8_t* pdu, int64_t size) noexcept nogil
    cdef void above_most(self, int64_t said) noexcept nogil
    cdef void fault(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan, const Walk* walked) noexcept nogil
    cdef void bad_field(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan,
                        const Walk* walked) noexcept nogil
    cdef void oddities(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan,
                       const Walk* walked) noexcept nogil
    cdef void header(self, const uint8_t* pdu, const CommandPlan* plan) noexcept nogil
    cdef void absent(self, uint32_t size, bint failed, const CommandPlan* plan, const Walk* walked) noexcept nogil
    cdef void field(self, const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, int place) noexcept nogil
    cdef void string(self, const uint8_t* text, uint32_t size, uint32_t begin, const CommandPlan* plan,
                     int place) noexcept nogil
    cdef void entries(self, const uint8_t* pdu, uint32_t begin, uint32_t end, const CommandPlan* plan,
                      int place) noexcept nogil
    cdef int tlvs(self, const uint8_t* pdu, const CommandPlan* plan, const Walk* walked,
                  Payload* payload) noexcept nogil
    cdef void tlv(self, const uint8_t* pdu, uint32_t at, uint32_t size, const Known* known,
                  const CommandPlan* plan) noexcept nogil
    cdef void repeated(self, int count) noexcept nogil
    cdef void segmentation(self, uint32_t size, int there) noexcept nogil
    cdef void message(self, const uint8_t* pdu, uint32_t size, const CommandPlan* plan, const Walk* walked,
                      const Payload* payload) noexcept nogil
    cdef void sort(self) noexcept nogil
