"""Building one PDU from keywords: the classes' constructor, and changed copies of a PDU.

The constructor is the vectorcall of the type. It finds each keyword among the row's names by the pointer, for both are
interned, beginning after the one found before: whoever names fields in wire order pays one comparison each. Plain
values without TLVs, which are nearly all that is built, are then measured and written where they stay (``straight``);
all else, and all that is wrong, takes the way of ``compose``.
"""

from cpython.dict cimport PyDict_Next
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t, uintptr_t
from libc.string cimport memcpy

from smppkit._core.compose cimport (
    COMMAND_STATUS,
    EXTRAS,
    MOST_GIVEN,
    PROFILE,
    SEQUENCE_NUMBER,
    TLVS,
    Given,
    Maker,
    compose,
    has,
    put_numbers,
    restamped,
)
from smppkit._core.draft cimport header_number
from smppkit._core.pdu cimport CorePdu, Type, blank_pdu, spares_of
from smppkit._core.plan cimport HEADER, MAX_FIELDS, SOUND, CommandPlan, Walk, plan_at
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

cdef enum:
    MAX_ROWS = 64
    SLOTS = 256             # of the table from a class to its row

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
