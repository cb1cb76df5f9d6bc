"""Writing one PDU field by field: each value that was given, else what another PDU has there, else the default.

Any value that fits is taken, and of another it is said what is wrong. Plain values take a shorter way (``straight``).
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t

from smppkit._core.draft cimport Draft, begin, header_number, put_field, put_plain, put_raw, put_tlvs, release, reserve
from smppkit._core.pdu cimport (
    CorePdu,
    PyBytes_AS_STRING,
    PyBytes_GET_SIZE,
    new_pdu,
    octets_of,
    profile_of,
    spares_of,
)
from smppkit._core.network cimport read_u32
from smppkit._core.plan cimport (
    HEADER, KIND_CSTRING, KIND_DESTINATIONS, KIND_OCTETS, KIND_TIME, MAX_PDU, SOUND, CommandPlan, FieldPlan, Walk, walk,
    walk_tlvs,
)

from smppkit._core import faults as _faults
from smppkit.spec.commands import ROWS as _ROWS


cdef inline PyObject* first_given(const Given* given) noexcept:
    """The value given for the first of the fields that have one; there is such a field."""
    cdef int i = EXTRAS
    while not has(given, i):
        i += 1
    return given.values[i]


cdef int check_given(const CommandPlan* plan, const Given* given) except -1:
    """How many fields are None; raises for counts, which come from what they count, and for None beside values."""
    cdef int i, absent = 0, there = 0, first = -1
    for i in range(plan.count):
        if not has(given, EXTRAS + i):
            continue
        if plan.fields[i].count:
            raise _faults.counted(_ROWS[plan.row].fields[i].name, _ROWS[plan.row].fields[i].counts)
        if given.values[EXTRAS + i] == <PyObject*>None:
            absent += 1
            first = i if first < 0 else first
        else:
            there += 1
    if absent and (there or not plan.response):
        raise _faults.partly_absent(_ROWS[plan.row].fields[first].name, plan.response, plan.fields[first].status)
    return absent


cdef inline int put_given(Draft* draft, const Maker* maker, const Given* given, int i) except -1:
    """Write a value; returns what a count field before it has to say. What is wrong with all of them is told first."""
    cdef const FieldPlan* field = &maker.plan.fields[i]
    cdef int count = put_plain(draft, field, <object>given.values[EXTRAS + i])
    if count >= 0:
        return count
    check_given(maker.plan, given)
    return put_field(draft, field, <str>maker.names[EXTRAS + i], <object>given.values[EXTRAS + i])


cdef inline int put_default(Draft* draft, const Maker* maker, int i) except -1:
    if maker.plan.fields[i].kind < KIND_OCTETS:
        reserve(draft, 1)
        draft.octets[draft.size] = maker.plan.fields[i].initial
        draft.size += 1
    elif maker.plan.fields[i].kind == KIND_DESTINATIONS:
        put_field(draft, &maker.plan.fields[i], <str>maker.names[EXTRAS + i], ())
    return 0


cdef int put_kept(Draft* draft, CorePdu base, int i) except -1:
    """Copy a field of another PDU; a string without its NUL gets one. Returns the octet before it: perhaps a count."""
    cdef uint32_t at = base.walk.offsets[i], end = base.walk.offsets[i + 1]
    cdef int kind = base.plan.fields[i].kind
    put_raw(draft, octets_of(base) + at, end - at)
    if (kind == KIND_CSTRING or kind == KIND_TIME) and (end == at or octets_of(base)[end - 1]):
        put_raw(draft, b"\0", 1)
    return octets_of(base)[at - 1]


cdef int put_fields(Draft* draft, const Maker* maker, const Given* given, CorePdu base, Walk* found) except -1:
    """Write every field: the value given, else that of ``base``, else the default; a count after what it counts."""
    cdef Py_ssize_t count_at = 0
    cdef int i, count
    for i in range(maker.plan.count):
        found.offsets[i] = <uint32_t>draft.size
        if maker.plan.fields[i].count:
            if has(given, EXTRAS + i):
                check_given(maker.plan, given)
            count_at = draft.size
            put_default(draft, maker, i)
            continue
        if has(given, EXTRAS + i):
            count = put_given(draft, maker, given, i)
        elif base is not None and i < base.walk.present:
            count = put_kept(draft, base, i)
        else:
            count = put_default(draft, maker, i)
        if count_at:
            draft.octets[count_at] = <uint8_t>count
            count_at = 0
    found.present = maker.plan.count
    return 0


cdef bint leaves_body_out(const CommandPlan* plan, const Given* given, CorePdu base) except -1:
    """Whether only the header is written before the TLVs: SMPP 3.4 drops the body of responses that report an error."""
    if plan.count == 0:
        return True
    if given.there >> EXTRAS:
        return plan.response and first_given(given) == <PyObject*>None and check_given(plan, given) > 0
    if base is not None:
        return base.walk.present == 0
    if not plan.bare_on_error or not has(given, COMMAND_STATUS) or (has(given, TLVS) and <object>given.values[TLVS]):
        return False
    return header_number("command_status", 8, <object>given.values[COMMAND_STATUS]) != 0


cdef int put_rest(Draft* draft, const Given* given, CorePdu base, object profile) except -1:
    """Write the TLVs, if there are any."""
    if has(given, TLVS):
        if given.values[TLVS] != <PyObject*>None:
            put_tlvs(draft, <object>given.values[TLVS], profile)
    elif base is not None:
        put_raw(draft, octets_of(base) + base.walk.offsets[base.plan.count],
                PyBytes_GET_SIZE(base.wire) - base.walk.offsets[base.plan.count])
    if draft.size > MAX_PDU:
        raise _faults.too_large(draft.size, MAX_PDU)
    return 0


cdef inline int put_header(uint8_t* octets, Py_ssize_t size, const CommandPlan* plan, const Given* given,
                           CorePdu base) except -1:
    cdef uint32_t status = 0, number = 0
    if has(given, COMMAND_STATUS):
        status = header_number("command_status", 8, <object>given.values[COMMAND_STATUS])
    elif base is not None:
        status = read_u32(octets_of(base) + 8)
    if has(given, SEQUENCE_NUMBER):
        number = header_number("sequence_number", 12, <object>given.values[SEQUENCE_NUMBER])
    elif base is not None:
        number = read_u32(octets_of(base) + 12)
    put_numbers(octets, <uint32_t>size, plan.command_id, status, number)
    return 0


cdef inline object chosen_profile(const Given* given, CorePdu base):
    if has(given, PROFILE):
        return None if given.values[PROFILE] == <PyObject*>None else profile_of(<object>given.values[PROFILE])
    return None if base is None else <object>base.profile


cdef CorePdu compose(const Maker* maker, const Given* given, CorePdu base):
    """Write a PDU from what was given, and from ``base`` what was not."""
    cdef object profile = chosen_profile(given, base)
    cdef Draft draft
    cdef Walk found
    begin(&draft)
    draft.size = HEADER
    found.present = 0
    try:
        if not leaves_body_out(maker.plan, given, base):
            put_fields(&draft, maker, given, base, &found)
        found.tlv_end = <uint32_t>draft.size        # where they begin, as long as there are none
        if base is not None or has(given, TLVS):
            put_rest(&draft, given, base, profile)
        put_header(draft.octets, draft.size, maker.plan, given, base)
        return walked(maker, &draft, profile, &found if base is None else NULL)
    finally:
        if draft.octets != draft.first:
            release(&draft)


cdef inline CorePdu walked(const Maker* maker, const Draft* draft, object profile, const Walk* found):
    """The PDU of the octets just written; ``found`` has where its fields and its TLVs begin, NULL has them looked for.

    Only PDUs made anew are known to be what was written: what a copy keeps may be odd, and a response with TLVs is read
    in several shapes.
    """
    cdef bytes wire = PyBytes_FromStringAndSize(<const char*>draft.octets, draft.size)
    cdef CorePdu pdu = new_pdu(maker.spares, maker.plan, wire, profile)
    cdef uint32_t size = <uint32_t>draft.size
    cdef int i
    if found == NULL or (found.tlv_end != size and (maker.plan.response or not found.present)):
        if walk(octets_of(pdu), size, maker.plan, &pdu.walk):
            return pdu
    else:
        if found.present:
            pdu.walk = found[0]
        pdu.walk.present = found.present
        pdu.walk.tlv_end = found.tlv_end
        pdu.walk.odd = 0
        pdu.walk.fault = SOUND
        for i in range(found.present, maker.plan.count + 1):
            pdu.walk.offsets[i] = found.tlv_end
        if found.tlv_end == size or walk_tlvs(octets_of(pdu), found.tlv_end, size, maker.plan, &pdu.walk):
            return pdu
    raise _faults.unwritten(wire, maker.plan.row, pdu.walk.fault, pdu.walk.fault_field, pdu.walk.fault_offset,
                            pdu.walk.fault_status)


cdef CorePdu restamped(CorePdu base, const Given* given):
    """A copy with another header: every octet after it stays as it is."""
    cdef bytes wire = PyBytes_FromStringAndSize(<const char*>octets_of(base), PyBytes_GET_SIZE(base.wire))
    cdef CorePdu pdu
    put_header(<uint8_t*>PyBytes_AS_STRING(<PyObject*>wire), len(wire), base.plan, given, base)
    pdu = new_pdu(spares_of(base.plan.row), base.plan, wire, chosen_profile(given, base))
    pdu.walk = base.walk
    return pdu
