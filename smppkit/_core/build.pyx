"""Building one PDU from keywords: the classes' constructor, and changed copies of a PDU.

The constructor is the vectorcall of the type. It finds each keyword among the row's names by the pointer, for both are
interned, beginning after the one found before: whoever names fields in wire order pays one comparison each.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_Next
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uintptr_t
from libc.string cimport memset

from smppkit._core.draft cimport Draft, begin, header_number, put_field, put_plain, put_raw, put_tlvs, release, reserve
from smppkit._core.pdu cimport CorePdu, Type, PyBytes_AS_STRING, PyBytes_GET_SIZE, new_pdu, octets_of, profile_of
from smppkit._core.plan cimport (
    HEADER,
    KIND_CSTRING,
    KIND_DESTINATIONS,
    KIND_TIME,
    KIND_U8,
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

from sys import intern as _intern

from smppkit._core import faults as _faults
from smppkit.spec.commands import ROWS as _ROWS

cdef extern from "Python.h":
    Py_ssize_t PyVectorcall_NARGS(size_t nargsf) noexcept
    PyObject* PyTuple_GET_ITEM(PyObject* items, Py_ssize_t i) noexcept
    Py_ssize_t PyTuple_GET_SIZE(PyObject* items) noexcept
    const unsigned long Py_TPFLAGS_BASETYPE
    const unsigned long Py_TPFLAGS_IMMUTABLETYPE

# What may be given beside the fields. ``given`` below holds what was given for the fields of the row, then for these.
cdef enum:
    TLVS = 0
    COMMAND_STATUS = 1
    SEQUENCE_NUMBER = 2
    PROFILE = 3
    EXTRAS = 4

cdef enum:
    MAX_ROWS = 64
    MOST_GIVEN = 24         # MAX_FIELDS and EXTRAS
    SLOTS = 256             # of the table from a class to its row

# Filled by ``equip`` while ``smppkit.codec`` is imported; read-only ever after.
cdef PyObject* NAMES[MAX_ROWS][MOST_GIVEN]
cdef PyObject* CLASS_IN[SLOTS]
cdef uint8_t ROW_IN[SLOTS]
cdef list KEPT = []         # what the pointers above point to


cdef inline int slot_of(PyObject* kind) noexcept:
    """The slot of a class, or the empty one where it belongs."""
    cdef int slot = <int>((<uintptr_t>kind >> 4) % SLOTS)
    while CLASS_IN[slot] != kind and CLASS_IN[slot] != NULL:
        slot = (slot + 1) % SLOTS
    return slot


cdef int place_of(int row, int count, PyObject* name, int after) except -1:
    """Where a keyword's value belongs in ``given``; ``after`` is where to look first. TypeError when it is no field."""
    cdef PyObject** names = NAMES[row]
    cdef int i
    for i in range(after, count + EXTRAS):
        if names[i] == name:
            return i
    for i in range(after):
        if names[i] == name:
            return i
    for i in range(count + EXTRAS):     # a name made at run time need not be interned
        if <str>names[i] == <object>name:
            return i
    raise _faults.no_such_field(row, <object>name)


cdef object construct(PyObject* kind, PyObject** arguments, size_t nargsf, PyObject* keywords):
    """The classes' vectorcall."""
    cdef PyObject* given[MOST_GIVEN]
    cdef Py_ssize_t positional = PyVectorcall_NARGS(nargsf), i
    cdef int row = ROW_IN[slot_of(kind)], count = plan_at(row).count, at = -1, fields = 0
    if positional:
        raise TypeError(f"{(<type>kind).__name__} takes keywords only, such as sequence_number=1")
    memset(given, 0, (count + EXTRAS) * sizeof(PyObject*))
    if keywords != NULL:
        for i in range(PyTuple_GET_SIZE(keywords)):
            at = place_of(row, count, PyTuple_GET_ITEM(keywords, i), at + 1)
            given[at] = arguments[i]
            fields += at < count
    return compose(row, given, fields, None)


cdef object from_keywords(int row, dict keywords, CorePdu base):
    cdef PyObject* given[MOST_GIVEN]
    cdef PyObject* name = NULL
    cdef PyObject* value = NULL
    cdef Py_ssize_t place = 0
    cdef int count = plan_at(row).count, at, fields = 0
    memset(given, 0, sizeof(given))
    while PyDict_Next(keywords, &place, &name, &value):
        at = place_of(row, count, name, 0)
        given[at] = value
        fields += at < count
    if base is not None and fields == 0 and given[count + TLVS] == NULL:
        return restamped(base, given + count)
    return compose(row, given, fields, base)


cdef object construct_anew(PyObject* kind, PyObject* arguments, PyObject* keywords):
    """The classes' tp_new, for whoever calls ``__new__`` himself."""
    if PyTuple_GET_SIZE(arguments):
        raise TypeError(f"{(<type>kind).__name__} takes keywords only, such as sequence_number=1")
    return from_keywords(ROW_IN[slot_of(kind)], {} if keywords == NULL else <dict>keywords, None)


cdef int check_given(int row, const CommandPlan* plan, PyObject** given) except -1:
    """How many fields are None; raises for counts, which come from what they count, and for None beside values."""
    cdef int i, absent = 0, there = 0, first = -1
    for i in range(plan.count):
        if given[i] == NULL:
            continue
        if plan.fields[i].count:
            raise _faults.counted(_ROWS[row].fields[i].name, _ROWS[row].fields[i].counts)
        if given[i] == <PyObject*>None:
            absent += 1
            first = i if first < 0 else first
        else:
            there += 1
    if absent and (there or not plan.response):
        raise _faults.partly_absent(_ROWS[row].fields[first].name, plan.response, plan.fields[first].status)
    return absent


cdef int put_default(Draft* draft, const FieldPlan* field, str name) except -1:
    if field.kind == KIND_U8 or field.kind == KIND_CSTRING or field.kind == KIND_TIME:
        reserve(draft, 1)
        draft.octets[draft.size] = field.initial
        draft.size += 1
    elif field.kind == KIND_DESTINATIONS:
        put_field(draft, field, name, ())
    return 0


cdef int put_kept(Draft* draft, CorePdu base, int i) except -1:
    """Copy a field of another PDU; a string without its NUL gets one. Returns the octet before it: perhaps a count."""
    cdef uint32_t at = base.walk.offsets[i], end = base.walk.offsets[i + 1]
    cdef int kind = base.plan.fields[i].kind
    put_raw(draft, octets_of(base) + at, end - at)
    if (kind == KIND_CSTRING or kind == KIND_TIME) and (end == at or octets_of(base)[end - 1]):
        put_raw(draft, b"\0", 1)
    return octets_of(base)[at - 1]


cdef int put_fields(Draft* draft, int row, const CommandPlan* plan, PyObject** given, CorePdu base,
                    Walk* out) except -1:
    """Write every field: the value given, else that of ``base``, else the default; a count after what it counts."""
    cdef const FieldPlan* field
    cdef Py_ssize_t count_at = 0
    cdef int i, count
    for i in range(plan.count):
        field = &plan.fields[i]
        out.offsets[i] = <uint32_t>draft.size
        if field.count:
            count_at = draft.size
            put_default(draft, field, None)
            continue
        if given[i] != NULL:
            count = put_plain(draft, field, <object>given[i])
            if count < 0:
                count = put_field(draft, field, <str>NAMES[row][i], <object>given[i])
        elif base is not None and i < base.walk.present:
            count = put_kept(draft, base, i)
        else:
            count = put_default(draft, field, <str>NAMES[row][i])
        if count_at:
            draft.octets[count_at] = <uint8_t>count
            count_at = 0
    out.offsets[plan.count] = <uint32_t>draft.size
    out.present = plan.count
    return 0


cdef bint leaves_body_out(int row, const CommandPlan* plan, PyObject** given, int fields, CorePdu base) except -1:
    """Whether only the header is written before the TLVs: SMPP 3.4 drops the body of responses that report an error."""
    cdef PyObject** extra = given + plan.count
    if fields:
        return check_given(row, plan, given) > 0
    if base is not None:
        return base.walk.present == 0
    if not plan.bare_on_error or extra[COMMAND_STATUS] == NULL or (extra[TLVS] != NULL and <object>extra[TLVS]):
        return False
    return header_number("command_status", 8, <object>extra[COMMAND_STATUS]) != 0


cdef int put_header(uint8_t* octets, Py_ssize_t size, const CommandPlan* plan, PyObject** extra,
                    CorePdu base) except -1:
    cdef uint32_t status = 0, number = 0
    if extra[COMMAND_STATUS] != NULL:
        status = header_number("command_status", 8, <object>extra[COMMAND_STATUS])
    elif base is not None:
        status = read_u32(octets_of(base) + 8)
    if extra[SEQUENCE_NUMBER] != NULL:
        number = header_number("sequence_number", 12, <object>extra[SEQUENCE_NUMBER])
    elif base is not None:
        number = read_u32(octets_of(base) + 12)
    write_u32(octets, <uint32_t>size)
    write_u32(octets + 4, plan.command_id)
    write_u32(octets + 8, status)
    write_u32(octets + 12, number)
    return 0


cdef object chosen_profile(PyObject** extra, CorePdu base):
    if extra[PROFILE] != NULL:
        return None if extra[PROFILE] == <PyObject*>None else profile_of(<object>extra[PROFILE])
    return None if base is None else <object>base.profile


cdef CorePdu compose(int row, PyObject** given, int fields, CorePdu base):
    """Write a PDU from what was given, and from ``base`` what was not."""
    cdef const CommandPlan* plan = plan_at(row)
    cdef PyObject** extra = given + plan.count
    cdef object profile = chosen_profile(extra, base)
    cdef Draft draft
    cdef Walk found
    cdef bytes wire
    begin(&draft)
    found.present = 0
    try:
        draft.size = HEADER
        if plan.count and not leaves_body_out(row, plan, given, fields, base):
            put_fields(&draft, row, plan, given, base, &found)
        if extra[TLVS] != NULL:
            if extra[TLVS] != <PyObject*>None:
                put_tlvs(&draft, <object>extra[TLVS], profile)
        elif base is not None:
            put_raw(&draft, octets_of(base) + base.walk.offsets[plan.count],
                    PyBytes_GET_SIZE(base.wire) - base.walk.offsets[plan.count])
        if draft.size > MAX_PDU:
            raise _faults.too_large(draft.size, MAX_PDU)
        put_header(draft.octets, draft.size, plan, extra, base)
        wire = PyBytes_FromStringAndSize(<const char*>draft.octets, draft.size)
    finally:
        release(&draft)
    return walked(plan, wire, profile, &found if base is None and not plan.response and plan.count else NULL)


cdef CorePdu walked(const CommandPlan* plan, bytes wire, object profile, const Walk* found):
    """The PDU over octets just written; ``found`` has where its fields begin, NULL has them looked for.

    Only requests made anew are known to be what was written: what a copy keeps may be odd, and a response is read in
    several shapes.
    """
    cdef CorePdu pdu = new_pdu(plan, wire, profile)
    cdef uint32_t tlvs
    if found != NULL:
        tlvs = found.offsets[plan.count]
        pdu.walk = found[0]
        pdu.walk.odd = 0
        pdu.walk.fault = SOUND
        if walk_tlvs(octets_of(pdu), tlvs, <uint32_t>PyBytes_GET_SIZE(pdu.wire), plan, &pdu.walk):
            return pdu
    elif walk(octets_of(pdu), <uint32_t>PyBytes_GET_SIZE(pdu.wire), plan, &pdu.walk):
        return pdu
    raise _faults.unwritten(wire, plan.row, pdu.walk.fault, pdu.walk.fault_field, pdu.walk.fault_offset,
                            pdu.walk.fault_status)


cdef CorePdu restamped(CorePdu base, PyObject** extra):
    """A copy with another header: every octet after it stays as it is."""
    cdef bytes wire = PyBytes_FromStringAndSize(<const char*>octets_of(base), PyBytes_GET_SIZE(base.wire))
    cdef CorePdu pdu
    put_header(<uint8_t*>PyBytes_AS_STRING(<PyObject*>wire), len(wire), base.plan, extra, base)
    pdu = new_pdu(base.plan, wire, chosen_profile(extra, base))
    pdu.walk = base.walk
    return pdu


def replaced(CorePdu pdu not None, dict changes not None):
    """Return a copy of ``pdu`` with some values changed; what is not named keeps its octets."""
    return from_keywords(pdu.plan.row, changes, pdu)


def equip(type kind not None, int row):
    """Make a class build its PDUs here, and seal it: neither subclassed nor changed, as little as its instances."""
    cdef Type* slots = <Type*><PyObject*>kind
    cdef int i, slot
    names = [_intern(field.name) for field in _ROWS[row].fields]
    names += [_intern(name) for name in ("tlvs", "command_status", "sequence_number", "profile")]
    if len(names) > MOST_GIVEN:
        raise ValueError(f"{kind.__name__} takes more keywords than there is room for")
    KEPT.append((kind, names))
    for i in range(len(names)):
        NAMES[row][i] = <PyObject*>names[i]
    slot = slot_of(<PyObject*>kind)
    CLASS_IN[slot] = <PyObject*>kind
    ROW_IN[slot] = <uint8_t>row
    slots.tp_new = <void*>construct_anew
    slots.tp_vectorcall = <void*>construct
    seal(kind)


def seal(type kind not None):
    """Let nobody subclass a class or set its attributes any more."""
    cdef Type* slots = <Type*><PyObject*>kind
    slots.tp_flags = (slots.tp_flags & ~Py_TPFLAGS_BASETYPE) | Py_TPFLAGS_IMMUTABLETYPE
