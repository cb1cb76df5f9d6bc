"""Which readable PDUs have something odd about them: a quick look at many, before the codec tells of the few.

Finds every PDU that the codec has problems to tell of, and at most a few others.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from smppkit._core.memory cimport calloc, free
from smppkit._core.plan cimport HEADER, KIND_TIME, CommandPlan, Walk, read_u16, read_u32
from smppkit._core.udh cimport Header, read_header

from smppkit.spec import commands as _commands
from smppkit.spec import tlvs as _tlvs

cdef enum:
    TAGS = 65536
    MOST_RULES = 255
    BITS = 64
    TIME = 17                   # octets of a time with its NUL
    UDHI = 0x40                 # esm_class: the user data begins with a header
    PAYLOAD = 0x0424
    SAR_FIRST = 0x020C          # sar_msg_ref_num, sar_total_segments, sar_segment_seqnum
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    NO_FIELD = 255

cdef uint8_t ESM_CLASS[BITS]    # place of the field by row of the command
cdef uint8_t MESSAGE[BITS]
cdef uint8_t COUNT[BITS]        # of dest_address


cdef class Rules:
    """What the standard, and rows of a profile, say of TLVs.

    >>> Rules(()) is not None
    True
    """

    def __cinit__(self, vendor):
        self.slots = <uint8_t*>calloc(TAGS, 1)
        self.rules = <TlvRule*>calloc(MOST_RULES, sizeof(TlvRule))
        if self.slots == NULL or self.rules == NULL:
            raise MemoryError
        for row in (*_tlvs.ROWS, *vendor):
            self.add(row)

    def __dealloc__(self):
        free(self.slots)
        free(self.rules)

    cdef int add(self, object row) except -1:
        cdef TlvRule* rule = &self.rules[self.count]
        cdef set names = {*row.commands, *row.commands_v50}
        cdef int place
        if self.count == MOST_RULES:
            return 0                            # its oddities are not looked for
        rule.commands = 0 if names else ~<uint64_t>0
        for place, command in enumerate(_commands.ROWS):
            if command.name in names:
                rule.commands |= <uint64_t>1 << place
        if not row.repeats:
            rule.bit = <uint64_t>1 << min(self.count, BITS - 1)
        rule.least = row.least
        rule.most = row.most
        rule.string = row.kind == "cstring"
        self.count += 1
        self.slots[row.tag] = self.count
        return 0


cdef inline bint is_time(const uint8_t* text) noexcept nogil:
    """Fifteen digits, then +, - or R (SMPP 3.4, section 7.1.1)."""
    cdef int i
    for i in range(15):
        if not c"0" <= text[i] <= c"9":
            return False
    return text[15] == c"+" or text[15] == c"-" or text[15] | 0x20 == c"r"


cdef inline bint has_odd_fields(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked) noexcept nogil:
    cdef int i
    for i in range(walked.present):
        if plan.fields[i].kind == KIND_TIME and walked.offsets[i + 1] - walked.offsets[i] == TIME:
            if not is_time(pdu + walked.offsets[i]):
                return True
    return COUNT[plan.row] != NO_FIELD and pdu[walked.offsets[COUNT[plan.row]]] == 0


cdef inline bint has_odd_tlvs(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, const uint8_t* slots,
                              const TlvRule* rules, const uint8_t** payload, uint32_t* payload_size) noexcept nogil:
    cdef uint32_t at = walked.offsets[plan.count], tag, size, told
    cdef uint64_t seen = 0
    cdef int segmentation = 0
    cdef const TlvRule* rule
    while walked.tlv_end - at >= 4:
        tag, size = read_u16(pdu + at), read_u16(pdu + at + 2)
        if tag == PAYLOAD and payload[0] == NULL:
            payload[0], payload_size[0] = pdu + at + 4, size
        if tag == SAR_FIRST or tag == SAR_TOTAL or tag == SAR_NUMBER:
            segmentation += 1
        if slots[tag]:
            rule = &rules[slots[tag] - 1]
            told = size + 1 if rule.string and size and pdu[at + 3 + size] else size
            if seen & rule.bit or not rule.commands >> plan.row & 1 or not rule.least <= told <= rule.most:
                return True
            seen |= rule.bit
        at += 4 + size
    return segmentation != 0 and segmentation != 3


cdef inline bint has_odd_message(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked,
                                 const uint8_t* payload, uint32_t payload_size) noexcept nogil:
    cdef uint32_t at = 0, size = 0
    cdef Header header
    if MESSAGE[plan.row] != NO_FIELD:
        at = walked.offsets[MESSAGE[plan.row]]
        size = walked.offsets[MESSAGE[plan.row] + 1] - at
        if size and payload_size:
            return True
    if ESM_CLASS[plan.row] == NO_FIELD or not pdu[walked.offsets[ESM_CLASS[plan.row]]] & UDHI:
        return False
    if size:
        return not read_header(pdu + at, size, &header)
    return payload == NULL or not read_header(payload, payload_size, &header)


cdef bint is_odd(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, const uint8_t* slots,
                 const TlvRule* rules) noexcept nogil:
    """Whether the codec may have something to tell of a PDU that walk() found readable."""
    cdef bint failed = read_u32(pdu + 8) != 0
    cdef const uint8_t* payload = NULL
    cdef uint32_t payload_size = 0
    if walked.odd or pdu[12] & 0x80 or (failed and not plan.response):
        return True
    if walked.present < plan.count:
        return not failed or walked.tlv_end > HEADER
    if has_odd_fields(pdu, plan, walked):
        return True
    if walked.tlv_end > walked.offsets[plan.count]:
        if has_odd_tlvs(pdu, plan, walked, slots, rules, &payload, &payload_size):
            return True
    return has_odd_message(pdu, plan, walked, payload, payload_size)


cdef int fill() except -1:
    cdef int row
    for row, command in enumerate(_commands.ROWS):
        places = {field.name: place for place, field in enumerate(command.fields)}
        ESM_CLASS[row] = places.get("esm_class", NO_FIELD)
        MESSAGE[row] = places.get("short_message", NO_FIELD)
        COUNT[row] = places.get("number_of_dests", NO_FIELD)
    return 0


fill()
