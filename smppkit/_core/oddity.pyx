"""Which readable PDUs have something odd about them: a quick look at many, before the codec tells of the few.

Finds every PDU that the codec has problems to tell of, and at most a few others.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from smppkit._core.memory cimport calloc, free
from smppkit._core.network cimport read_u16, read_u32
from smppkit._core.plan cimport HEADER, KIND_TIME, CommandPlan, Walk
from smppkit._core.udh cimport Header, read_header

from smppkit.spec import commands as _commands
from smppkit.spec import tlvs as _tlvs

cdef enum:
    TAGS = 65536
    BITS = 64
    TIME = 17                   # octets of a time with its NUL

cdef uint8_t ESM_CLASS[BITS]    # place of the field by row of the command
cdef uint8_t MESSAGE[BITS]
cdef uint8_t COUNT[BITS]        # of dest_address


cdef class Rules:
    """What the standard, and rows of a profile, say of TLVs.

    >>> Rules(()) is not None
    True
    """

    def __cinit__(self, vendor):
        cdef list rows = rows_with(vendor)
        self.slots = <uint16_t*>calloc(TAGS, sizeof(uint16_t))
        self.rules = <TlvRule*>calloc(len(rows), sizeof(TlvRule))
        if self.slots == NULL or self.rules == NULL:
            raise MemoryError
        for row in rows:
            self.add(row)

    def __dealloc__(self):
        free(self.slots)
        free(self.rules)

    cdef int add(self, object row) except -1:
        cdef TlvRule* rule = &self.rules[self.count]
        if self.slots[row.tag] or self.count == TAGS - 1:
            return 0                            # the standard goes first
        rule.commands = commands_of(row)
        if not row.repeats:
            rule.bit = <uint64_t>1 << min(self.count, BITS - 1)
        rule.least = row.least
        rule.most = row.most
        rule.string = row.kind == "cstring"
        self.count += 1
        self.slots[row.tag] = <uint16_t>self.count
        return 0


cdef list rows_with(vendor):
    """The TLVs of the standard, then those of a profile. One that is asked for by its tag has a row too, but no name:
    nobody knows what is odd about it."""
    cdef list rows = list(_tlvs.ROWS)
    for row in vendor:
        if row.name.isidentifier():
            rows.append(row)
    return rows


cdef uint64_t commands_of(row) except? 0:
    """Bit i: this TLV may travel in the command of row i."""
    cdef set names = {*row.commands, *row.commands_v50}
    cdef uint64_t found = 0 if names else ~<uint64_t>0
    cdef int place
    for place, command in enumerate(_commands.ROWS):
        if command.name in names:
            found |= <uint64_t>1 << place
    return found


cdef int place_of_esm_class(int row) noexcept nogil:
    return ESM_CLASS[row]


cdef int place_of_message(int row) noexcept nogil:
    return MESSAGE[row]


cdef inline bint has_odd_fields(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked) noexcept nogil:
    cdef int i
    for i in range(walked.present):
        if plan.fields[i].kind == KIND_TIME and walked.offsets[i + 1] - walked.offsets[i] == TIME:
            if not is_time(pdu + walked.offsets[i]):
                return True
    return COUNT[plan.row] != NO_PLACE and pdu[walked.offsets[COUNT[plan.row]]] == 0


cdef inline bint has_odd_tlvs(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, const uint16_t* slots,
                              const TlvRule* rules, const uint8_t** payload, uint32_t* payload_size) noexcept nogil:
    cdef uint32_t at = walked.offsets[plan.count], tag, size, told
    cdef uint64_t seen = 0
    cdef int segmentation = 0
    cdef const TlvRule* rule
    while walked.tlv_end - at >= 4:
        tag = read_u16(pdu + at)
        size = min(<uint32_t>read_u16(pdu + at + 2), walked.tlv_end - at - 4)   # the caller may write there meanwhile
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
    if MESSAGE[plan.row] != NO_PLACE:
        at = walked.offsets[MESSAGE[plan.row]]
        size = walked.offsets[MESSAGE[plan.row] + 1] - at
        if size and payload_size:
            return True
    if ESM_CLASS[plan.row] == NO_PLACE or not pdu[walked.offsets[ESM_CLASS[plan.row]]] & UDHI:
        return False
    if size:
        return not read_header(pdu + at, size, &header)
    return payload == NULL or not read_header(payload, payload_size, &header)


cdef bint is_odd(const uint8_t* pdu, const CommandPlan* plan, const Walk* walked, const uint16_t* slots,
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
        ESM_CLASS[row] = places.get("esm_class", NO_PLACE)
        MESSAGE[row] = places.get("short_message", NO_PLACE)
        COUNT[row] = places.get("number_of_dests", NO_PLACE)
    return 0


fill()
