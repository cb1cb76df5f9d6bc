"""Building one PDU from keywords: the classes' constructor, and changed copies of a PDU.

The constructor is the vectorcall of the type. It finds each keyword among the row's names by the pointer, for both are
interned, beginning after the one found before: whoever names fields in wire order pays one comparison each. Plain
values without TLVs, which are nearly all that is built, are then measured and written where they stay (``straight``);
all else, and all that is wrong, takes the way of ``compose``.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_Next
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uintptr_t
from libc.string cimport memcpy

from smppkit._core.draft cimport Draft, begin, header_number, put_field, put_plain, put_raw, put_tlvs, release, reserve
from smppkit._core.pdu cimport (
    CorePdu,
    PyBytes_AS_STRING,
    PyBytes_GET_SIZE,
    Spares,
    Type,
    blank_pdu,
    new_pdu,
    octets_of,
    profile_of,
    spares_of,
)
from smppkit._core.plan cimport (
    HEADER,
    KIND_CSTRING,
    KIND_DESTINATIONS,
    KIND_OCTETS,
    KIND_TIME,
    MAX_FIELDS,
    MAX_PDU,
    SOUND,
    CommandPlan,
    FieldPlan,
    Walk,
    plan_at,
    read_u32,
    walk,
    walk_tlvs,
    write_u32,
)
from smppkit._core.straight cimport is_number, measured, put_measured

from sys import intern as _intern

from smppkit._core import faults as _faults
from smppkit.spec.commands import ROWS as _ROWS

cdef extern from "Python.h":
    Py_ssize_t PyVectorcall_NARGS(size_t nargsf) noexcept
    PyObject* new_octets "PyBytes_FromStringAndSize"(const char* octets, Py_ssize_t size) except NULL
    uint8_t* octets_in "(uint8_t *)PyBytes_AS_STRING"(PyObject* octets) noexcept
    void Py_INCREF(PyObject* thing) noexcept
    void Py_DECREF(PyObject* thing) noexcept
    PyObject* PyTuple_GET_ITEM(PyObject* items, Py_ssize_t i) noexcept
    Py_ssize_t PyTuple_GET_SIZE(PyObject* items) noexcept
    const unsigned long Py_TPFLAGS_BASETYPE
    const unsigned long Py_TPFLAGS_IMMUTABLETYPE

# What may be given: first what every command takes, then the fields of the row.
cdef enum:
    PROFILE = 0             # as ``equip`` orders their names
    TLVS = 1
    COMMAND_STATUS = 2
    SEQUENCE_NUMBER = 3     # where to look first: beside the fields, which mostly follow it
    EXTRAS = 4
    MAX_ROWS = 64
    MOST_GIVEN = 24         # EXTRAS and MAX_FIELDS
    SLOTS = 256             # of the table from a class to its row

# What makes the PDUs of one class: it, its row, the memory kept for it, and the names that may be given.
cdef struct Maker:
    PyObject* kind
    const CommandPlan* plan
    Spares* spares
    PyObject* names[MOST_GIVEN + 1]     # and NULL

cdef struct Given:
    uint32_t there          # bits: which of the values below were given
    PyObject* values[MOST_GIVEN]

# Filled by ``equip`` while ``smppkit.codec`` is imported; read-only ever after.
cdef Maker MAKERS[MAX_ROWS]
cdef Maker* MAKER_IN[SLOTS]
cdef list KEPT = []         # what the pointers above point to


cdef inline int slot_of(PyObject* kind) noexcept:
    """The slot of a class, or the empty one where it belongs."""
    cdef int slot = <int>((<uintptr_t>kind >> 4) % SLOTS)
    while MAKER_IN[slot] != NULL and MAKER_IN[slot].kind != kind:
        slot = (slot + 1) % SLOTS
    return slot


cdef int place_of(const Maker* maker, PyObject* name, int after) except -1:
    """Where a keyword's value belongs in ``given``; ``after`` is where to look first. TypeError when it is no field."""
    cdef int i, count = maker.plan.count + EXTRAS
    for i in range(after, count):
        if maker.names[i] == name:
            return i
    for i in range(after):
        if maker.names[i] == name:
            return i
    for i in range(count):          # a name made at run time need not be interned
        if <str>maker.names[i] == <object>name:
            return i
    raise _faults.no_such_field(maker.plan.row, <object>name)


cdef PyObject* construct(PyObject* kind, PyObject** arguments, size_t nargsf, PyObject* keywords) except NULL:
    """The classes' vectorcall."""
    cdef const Maker* maker = MAKER_IN[slot_of(kind)]
    cdef PyObject* made
    cdef Given given
    cdef Py_ssize_t i
    cdef uint32_t there = 0
    cdef int at = SEQUENCE_NUMBER - 1
    if PyVectorcall_NARGS(nargsf):
        refuse_positional(kind)
    if keywords != NULL:
        for i in range(PyTuple_GET_SIZE(keywords)):
            at += 1
            if maker.names[at] != PyTuple_GET_ITEM(keywords, i):
                at = place_of(maker, PyTuple_GET_ITEM(keywords, i), at)
            there |= <uint32_t>1 << at
            given.values[at] = arguments[i]
    given.there = there
    if not given.there & (1 << TLVS | 1 << PROFILE):
        made = straight(maker, &given)
        if made != NULL:
            return made
    return composed(maker, &given)


cdef int refuse_positional(PyObject* kind) except -1:
    raise TypeError(f"{(<type>kind).__name__} takes keywords only, such as sequence_number=1")


cdef PyObject* composed(const Maker* maker, const Given* given) except NULL:
    cdef CorePdu pdu = compose(maker, given, None)
    Py_INCREF(<PyObject*>pdu)       # the caller's
    return <PyObject*>pdu


cdef inline PyObject* straight(const Maker* maker, const Given* given) except? NULL:
    """A PDU of plain values in octets of its own; NULL without an exception where ``compose`` has to look at them."""
    cdef const CommandPlan* plan = maker.plan
    cdef uint32_t there = given.there >> EXTRAS, status = 0, number = 0, i, present = plan.count
    cdef uint32_t offsets[MAX_FIELDS + 4]       # as many as a Walk has
    cdef uint32_t size = measured(plan, there, &given.values[EXTRAS], offsets)
    cdef PyObject* wire
    if size == 0:
        return NULL
    if has(given, COMMAND_STATUS):
        if not is_number(given.values[COMMAND_STATUS], &status):
            status = header_number("command_status", 8, <object>given.values[COMMAND_STATUS])
        if status and plan.bare_on_error and not there:
            present, size = 0, HEADER
            for i in range(plan.count + 1):
                offsets[i] = HEADER
    if has(given, SEQUENCE_NUMBER):
        if not is_number(given.values[SEQUENCE_NUMBER], &number):
            number = header_number("sequence_number", 12, <object>given.values[SEQUENCE_NUMBER])
    wire = new_octets(NULL, size)
    put_numbers(octets_in(wire), size, plan.command_id, status, number)
    if present:
        put_measured(plan, there, &given.values[EXTRAS], offsets, octets_in(wire))
    return measured_pdu(maker, wire, offsets, size, present)


cdef inline PyObject* measured_pdu(const Maker* maker, PyObject* wire, const uint32_t* offsets, uint32_t size,
                                   uint32_t present) except NULL:
    """The PDU over octets whose fields begin at ``offsets`` and that end without a TLV; it takes ``wire`` over."""
    cdef PyObject* made = blank_pdu(maker.spares)
    cdef Walk* found
    if made == NULL:
        Py_DECREF(wire)
        return NULL
    (<CorePdu>made).wire = wire
    (<CorePdu>made).profile = <PyObject*>None
    Py_INCREF(<PyObject*>None)
    (<CorePdu>made).plan = maker.plan
    found = &(<CorePdu>made).walk
    found.offsets[0] = HEADER
    if maker.plan.count:
        memcpy(found.offsets, offsets, sizeof(found.offsets))       # all, for a size that is known takes no call
    found.tlv_end = size
    found.odd = 0
    found.present = <uint8_t>present
    found.fault = SOUND
    return made


cdef object from_keywords(const Maker* maker, dict keywords, CorePdu base):
    cdef Given given
    cdef PyObject* name = NULL
    cdef PyObject* value = NULL
    cdef Py_ssize_t place = 0
    cdef int at
    given.there = 0
    while PyDict_Next(keywords, &place, &name, &value):
        at = place_of(maker, name, SEQUENCE_NUMBER)
        given.there |= <uint32_t>1 << at
        given.values[at] = value
    if base is not None and not given.there >> EXTRAS and not has(&given, TLVS):
        return restamped(base, &given)
    return compose(maker, &given, base)


cdef object construct_anew(PyObject* kind, PyObject* arguments, PyObject* keywords):
    """The classes' tp_new, for whoever calls ``__new__`` himself."""
    if PyTuple_GET_SIZE(arguments):
        refuse_positional(kind)
    return from_keywords(MAKER_IN[slot_of(kind)], {} if keywords == NULL else <dict>keywords, None)


cdef inline bint has(const Given* given, int place) noexcept:
    return given.there >> place & 1


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


cdef inline void put_numbers(uint8_t* octets, uint32_t size, uint32_t command_id, uint32_t status,
                             uint32_t number) noexcept:
    write_u32(octets, size)
    write_u32(octets + 4, command_id)
    write_u32(octets + 8, status)
    write_u32(octets + 12, number)


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
    pdu = new_pdu(MAKERS[base.plan.row].spares, base.plan, wire, chosen_profile(given, base))
    pdu.walk = base.walk
    return pdu


def replaced(CorePdu pdu not None, dict changes not None):
    """Return a copy of ``pdu`` with some values changed; what is not named keeps its octets."""
    return from_keywords(&MAKERS[pdu.plan.row], changes, pdu)


def equip(type kind not None, int row):
    """Make a class build its PDUs here, and seal it: neither subclassed nor changed, as little as its instances."""
    cdef Type* slots = <Type*><PyObject*>kind
    cdef int i
    names = ["profile", "tlvs", "command_status", "sequence_number", *{field.name: 0 for field in _ROWS[row].fields}]
    if len(names) > MOST_GIVEN:
        raise ValueError(f"{kind.__name__} takes more keywords than there is room for")
    for i, name in enumerate(names):
        name = _intern(name)
        KEPT.append(name)
        MAKERS[row].names[i] = <PyObject*>name
    KEPT.append(kind)
    MAKERS[row].kind = <PyObject*>kind
    MAKERS[row].plan = plan_at(row)
    MAKERS[row].spares = spares_of(row)
    MAKER_IN[slot_of(<PyObject*>kind)] = &MAKERS[row]
    slots.tp_new = <void*>construct_anew
    slots.tp_vectorcall = <void*>construct
    seal(kind)


def seal(type kind not None):
    """Let nobody subclass a class or set its attributes any more."""
    cdef Type* slots = <Type*><PyObject*>kind
    slots.tp_flags = (slots.tp_flags & ~Py_TPFLAGS_BASETYPE) | Py_TPFLAGS_IMMUTABLETYPE
