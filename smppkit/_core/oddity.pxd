"""Which readable PDUs have something odd about them: a quick look at many, before the codec tells of the few."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from smppkit._core.plan cimport CommandPlan, Walk

cdef enum:
    UDHI = 0x40                 # esm_class: the user data begins with a header
    PAYLOAD = 0x0424            # message_payload
    SAR_FIRST = 0x020C          # sar_msg_ref_num, sar_total_segments, sar_segment_seqnum
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    NO_PLACE = 255

cdef struct TlvRule:
    uint64_t commands           # bit i: may travel in the command of row i
    uint64_t bit                # its own among the TLVs seen, 0 where it may stand more than once
    uint32_t least              # octets; the NUL of a string counted
    uint32_t most
    bint string

cdef class Rules:
    cdef uint16_t* slots        # tag -> 1 + index into rules, 0: nobody knows it
    cdef TlvRule* rules
    cdef int count

    cdef int add(self, object row) except -1

cdef bint is_odd(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, const uint16_t* slots,
                 const TlvRule* rules) noexcept nogil
cdef list rows_with(vendor)
cdef uint64_t commands_of(row) except? 0
cdef int place_of_esm_class(int row) noexcept nogil         # among the fields of a command; NO_PLACE: it has none
cdef int place_of_message(int row) noexcept nogil


cdef inline bint is_time(const uint8_t* text) noexcept nogil:
    """Fifteen digits, then +, - or R (SMPP 3.4, section 7.1.1)."""
    cdef int i
    for i in range(15):
        if not c"0" <= text[i] <= c"9":
            return False
    return text[15] == c"+" or text[15] == c"-" or text[15] | 0x20 == c"r"
