"""The table of the protocol as C structs, made once from ``spec`` at import, and the walk that validates one PDU.

Nothing here changes after import. ``walk`` allocates nothing, reads each octet of the body a fixed number of times at
most, and never reads past ``length``.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memset

from smppkit._core.network cimport read_u16

from smppkit.spec import commands as _commands
from smppkit.spec import kinds as _kinds
from smppkit.spec import tlvs as _tlvs

cdef enum:
    MAX_TLVS = 128
    TAGS = 0x1400           # standard tags lie below the vendor range
    RINVCMDLEN = 0x02
    RINVDSTADR = 0x0B
    RINVDLNAME = 0x34
    RINVDESTFLAG = 0x40
    RINVTLVSTREAM = 0xC0
    ADDRESS = 21            # most octets of an address or list name in dest_address and unsuccess_sme, NUL included
    SMPP_3_4 = 0x34

cdef Commands COMMANDS
cdef TlvPlan TLV_PLANS[MAX_TLVS]
cdef uint8_t ROW_OF_TAG[TAGS]


cdef const Commands* all_commands() noexcept nogil:
    """For who looks up so many that a call for each would be seen."""
    return &COMMANDS


cdef const CommandPlan* plan_of(uint32_t command_id) noexcept nogil:
    return plan_in(&COMMANDS, command_id)


cdef const CommandPlan* plan_at(int row) noexcept nogil:
    return &COMMANDS.plans[row]


cdef const TlvPlan* tlv_of(uint16_t tag) noexcept nogil:
    cdef uint8_t row
    if tag >= TAGS:
        return NULL
    row = ROW_OF_TAG[tag]
    return &TLV_PLANS[row - 1] if row else NULL


cdef inline bint fail(Walk* out, int fault, int field, uint32_t offset, uint32_t status) noexcept nogil:
    out.fault = <uint8_t>fault
    out.fault_field = <uint8_t>field
    out.fault_offset = offset
    out.fault_status = status
    return False


cdef inline uint32_t string_end(const uint8_t* pdu, uint32_t at, uint32_t end) noexcept nogil:
    """The octet after the NUL of the string at ``at``; 0 when there is no NUL before ``end``."""
    cdef const uint8_t* nul
    if at >= end:
        return 0
    if pdu[at] == 0:        # most strings of most PDUs are empty
        return at + 1
    nul = find_nul(pdu + at, pdu + end)
    return <uint32_t>(<size_t>nul - <size_t>pdu) + 1 if nul != NULL else 0


cdef inline uint32_t entry_end(const uint8_t* pdu, uint32_t at, uint32_t end, Walk* out, int field, uint32_t begin,
                               uint32_t status) noexcept nogil:
    """The octet after the string of a list's entry; 0 after noting the fault."""
    cdef uint32_t after = string_end(pdu, at, end)
    if after == 0:
        if at < end and end - at >= ADDRESS:
            fail(out, TOO_LONG, field, begin, status)
        else:
            fail(out, FIELD_CUT, field, begin, RINVCMDLEN)
    elif after - at > ADDRESS:
        out.odd |= ODD_LONG_STRING
    return after


cdef uint32_t walk_destinations(const uint8_t* pdu, uint32_t at, uint32_t end, int count, Walk* out,
                                int field) noexcept nogil:
    """The octet after ``count`` entries of dest_address (SMPP 3.4, 4.5.1.1); 0 after noting the fault."""
    cdef uint32_t begin
    for _ in range(count):
        begin = at
        if at >= end:
            fail(out, FIELD_CUT, field, begin, RINVCMDLEN)
            return 0
        if pdu[at] == 1:
            at = entry_end(pdu, at + 3, end, out, field, begin, RINVDSTADR)
        elif pdu[at] == 2:
            at = entry_end(pdu, at + 1, end, out, field, begin, RINVDLNAME)
        else:
            fail(out, BAD_DEST_FLAG, field, begin, RINVDESTFLAG)
            return 0
        if at == 0:
            return 0
    return at


cdef uint32_t walk_failures(const uint8_t* pdu, uint32_t at, uint32_t end, int count, Walk* out,
                            int field) noexcept nogil:
    """The octet after ``count`` entries of unsuccess_sme (SMPP 3.4, 4.5.2.1); 0 after noting the fault."""
    cdef uint32_t begin
    for _ in range(count):
        begin = at
        at = entry_end(pdu, at + 2, end, out, field, begin, RINVDSTADR)
        if at == 0:
            return 0
        if end - at < 4:
            fail(out, FIELD_CUT, field, begin, RINVCMDLEN)
            return 0
        at += 4
    return at


cdef inline uint32_t walk_integers(uint32_t at, uint32_t end, int run, uint32_t* offsets) noexcept nogil:
    """How many of a run of integers there are; notes where each stands, four at a time: what lacks is not read."""
    cdef int i
    for i in range(0, run, 4):
        offsets[i] = at + <uint32_t>i
        offsets[i + 1] = at + <uint32_t>i + 1
        offsets[i + 2] = at + <uint32_t>i + 2
        offsets[i + 3] = at + <uint32_t>i + 3
    return <uint32_t>run if end - at >= <uint32_t>run else end - at


cdef uint32_t walk_counted(const uint8_t* pdu, uint32_t at, uint32_t end, const FieldPlan* field, uint32_t counted,
                           Walk* out, int i) noexcept nogil:
    """The octet after ``counted`` octets or entries of a list; 0 after noting the fault."""
    if counted > field.limit:
        out.odd |= ODD_LENGTH
    if field.kind == KIND_DESTINATIONS:
        return walk_destinations(pdu, at, end, <int>counted, out, i)
    if field.kind == KIND_FAILURES:
        return walk_failures(pdu, at, end, <int>counted, out, i)
    if counted > end - at:
        fail(out, FIELD_CUT, i, at, field.status)
        return 0
    return at + counted


cdef bint walk_fields(const uint8_t* pdu, uint32_t end, const CommandPlan* plan, Walk* out) noexcept nogil:
    """Find where each mandatory field begins; False after noting the fault."""
    cdef uint32_t at = HEADER, after, counted = 0
    cdef int i = 0, too_long = -1
    cdef const FieldPlan* field
    while i < plan.count:
        field = &plan.fields[i]
        if field.run:
            after = walk_integers(at, end, field.run, &out.offsets[i])
            at += after
            i += <int>after
            if after < field.run:
                break
            counted = pdu[at - 1]
            continue
        if field.kind < KIND_OCTETS:
            after = string_end(pdu, at, end)
            if after == 0:
                if end - at >= field.limit:
                    fail(out, TOO_LONG, i, at, field.status)
                break
            if after - at > field.limit:
                out.odd |= ODD_LONG_STRING
                if too_long < 0:
                    too_long = i
            elif field.kind == KIND_TIME and after - at != 1 and after - at != 17:
                out.odd |= ODD_TIME
        else:
            after = walk_counted(pdu, at, end, field, counted, out, i)
            if after == 0:
                break
        out.offsets[i] = at
        at = after
        i += 1
    out.offsets[i] = at
    out.present = <uint8_t>i
    if i == plan.count:
        return True
    if out.fault == SOUND:
        fail(out, FIELD_CUT, i, at, RINVCMDLEN)
    if too_long >= 0:       # a string without its NUL swallows what follows: it is to blame, not the field then lacking
        fail(out, TOO_LONG, too_long, out.offsets[too_long], plan.fields[too_long].status)
    return False


cdef bint walk_tlvs(const uint8_t* pdu, uint32_t at, uint32_t end, const CommandPlan* plan, Walk* out) noexcept nogil:
    """Check that whole TLVs fill the rest of the PDU; False after noting the fault."""
    cdef uint32_t size, count = 0
    cdef const TlvPlan* known
    while end - at >= 4:
        size = read_u16(pdu + at + 2)
        if size > end - at - 4:
            return fail(out, TLV_CUT, plan.count, at, RINVTLVSTREAM)
        if count == MOST_TLVS:
            return fail(out, TLVS_TOO_MANY, plan.count, at, RINVTLVSTREAM)
        known = tlv_of(read_u16(pdu + at))
        if known != NULL and not fits(known, pdu + at + 4, size):
            out.odd |= ODD_TLV_LENGTH
        at += 4 + size
        count += 1
    out.tlv_end = at
    if at != end:           # some peers append a NUL or miscount by an octet: up to three octets can be no TLV
        out.odd |= ODD_TRAILING
    return True


cdef bint only_known_tlvs(const uint8_t* pdu, uint32_t at, uint32_t end) noexcept nogil:
    """Whether the octets from ``at`` are whole standard TLVs of legal length and nothing else."""
    cdef uint32_t size
    cdef const TlvPlan* known
    while end - at >= 4:
        size = read_u16(pdu + at + 2)
        known = tlv_of(read_u16(pdu + at))
        if known == NULL or size > end - at - 4 or not fits(known, pdu + at + 4, size):
            return False
        at += 4 + size
    return at == end


cdef bint bare(const CommandPlan* plan, Walk* out, uint32_t present, uint32_t fields_end, uint32_t tlvs) noexcept nogil:
    """Note a response with only its first ``present`` fields, whose TLVs begin at ``tlvs``."""
    cdef int i
    for i in range(<int>present, plan.count):
        out.offsets[i] = fields_end
    out.offsets[plan.count] = tlvs
    out.present = <uint8_t>present
    out.fault = SOUND
    return True


cdef bint walk_odd_response(const uint8_t* pdu, uint32_t end, const CommandPlan* plan, Walk* out) noexcept nogil:
    """Read a response whose body is not the standard's: TLVs alone, cut between fields, or a string without NUL."""
    cdef Walk first = out[0]
    out.odd = ODD_TLVS_ONLY
    if walk_tlvs(pdu, HEADER, end, plan, out) and out.tlv_end == end:
        return bare(plan, out, 0, HEADER, HEADER)
    out[0] = first
    if first.fault != FIELD_CUT or plan.fields[first.present].kind >= KIND_OCTETS:      # cut: there is such a field
        return False
    out.tlv_end = end
    if first.fault_offset == end:
        out.odd |= ODD_PARTIAL
        return bare(plan, out, first.present, end, end)
    if plan.fields[first.present].kind != KIND_CSTRING:
        return False
    out.odd |= ODD_NO_NUL
    return bare(plan, out, first.present + 1, end, end)


cdef bint walk(const uint8_t* pdu, uint32_t length, const CommandPlan* plan, Walk* out) noexcept nogil:
    """Validate the body of a PDU of ``length`` octets (>= 16); True when it can be read, else ``out.fault`` says why.

    The header is the caller's to check. Responses are read in all the shapes peers give them.
    """
    cdef bint sound
    out.odd = 0
    out.fault = SOUND
    if length == HEADER and (plan.response or plan.count == 0):
        out.tlv_end = HEADER
        return bare(plan, out, 0, HEADER, HEADER)
    sound = walk_fields(pdu, length, plan, out) and walk_tlvs(pdu, out.offsets[plan.count], length, plan, out)
    if not plan.response or plan.count == 0:
        return sound
    if not sound:
        return walk_odd_response(pdu, length, plan, out)
    if out.odd & (ODD_TRAILING | ODD_TLV_LENGTH) and only_known_tlvs(pdu, HEADER, length):
        out.odd = ODD_TLVS_ONLY     # a tag ends in an octet that reads as a string's NUL: the fields were left out
        out.tlv_end = length
        return bare(plan, out, 0, HEADER, HEADER)
    return True


cdef bint walk_again(const uint8_t* pdu, uint32_t length, const CommandPlan* plan, uint32_t tlv_end,
                     Walk* out) noexcept nogil:
    """The same for a PDU that was found readable, with TLVs up to ``tlv_end``, which is 0 where nobody knows.

    The TLVs are not looked at again, nor their lengths, unless somebody has written to the PDU meanwhile.
    """
    out.odd = 0
    out.fault = SOUND
    if tlv_end == 0 or not walk_fields(pdu, length, plan, out) or not out.offsets[plan.count] <= tlv_end <= length:
        return walk(pdu, length, plan, out)
    out.tlv_end = tlv_end
    if tlv_end != length:
        out.odd |= ODD_TRAILING
    return True


cdef int run_of(tuple fields) except -1:
    """How many integers stand at the beginning of ``fields``."""
    cdef int run = 0
    for field in fields:
        if field.kind != _kinds.U8:
            break
        run += 1
    return run


cdef int fill_commands() except -1:
    cdef int row, i
    kinds = {
        _kinds.U8: KIND_U8,
        _kinds.CSTRING: KIND_CSTRING,
        _kinds.TIME: KIND_TIME,
        _kinds.OCTETS: KIND_OCTETS,
        _kinds.DESTINATIONS: KIND_DESTINATIONS,
        _kinds.FAILURES: KIND_FAILURES,
    }
    if len(_commands.ROWS) > MAX_COMMANDS:
        raise ValueError("spec.commands has more rows than the plan has room for")
    for row, command in enumerate(_commands.ROWS):
        if len(command.fields) > MAX_FIELDS or (command.command_id & 0x7FFFFFFF) >= REQUESTS:
            raise ValueError(f"the plan has no room for {command.name}")
        COMMANDS.plans[row].command_id = command.command_id
        COMMANDS.plans[row].row = row
        COMMANDS.plans[row].count = len(command.fields)
        COMMANDS.plans[row].response = command.kind == _kinds.RESPONSE
        COMMANDS.plans[row].bare_on_error = command.bare_on_error
        for i, field in enumerate(command.fields):
            COMMANDS.plans[row].fields[i].kind = kinds[field.kind]
            COMMANDS.plans[row].fields[i].initial = SMPP_3_4 if field.values == "interface_version" else 0
            COMMANDS.plans[row].fields[i].count = bool(field.counts)
            COMMANDS.plans[row].fields[i].limit = field.limit
            COMMANDS.plans[row].fields[i].run = run_of(command.fields[i:])
            COMMANDS.plans[row].fields[i].status = field.status
        if command.command_id >> 31:
            COMMANDS.responses[command.command_id & 0x7FFFFFFF] = row + 1
        else:
            COMMANDS.requests[command.command_id] = row + 1
    return 0


cdef int fill_tlvs() except -1:
    cdef int row
    kinds = {"int": TLV_INT, "cstring": TLV_CSTRING, "octets": TLV_OCTETS}
    if len(_tlvs.ROWS) > MAX_TLVS:
        raise ValueError("spec.tlvs has more rows than the plan has room for")
    for row, tlv in enumerate(_tlvs.ROWS):
        if tlv.tag >= TAGS:
            raise ValueError(f"the plan has no room for the tag of {tlv.name}")
        TLV_PLANS[row].tag = tlv.tag
        TLV_PLANS[row].kind = kinds[tlv.kind]
        TLV_PLANS[row].repeats = tlv.repeats
        TLV_PLANS[row].least = tlv.least
        TLV_PLANS[row].most = tlv.most
        ROW_OF_TAG[tlv.tag] = row + 1
    return 0


memset(&COMMANDS, 0, sizeof(COMMANDS))
memset(&ROW_OF_TAG[0], 0, sizeof(ROW_OF_TAG))
fill_commands()
fill_tlvs()
