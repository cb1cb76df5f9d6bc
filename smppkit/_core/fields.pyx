"""The fields of a PDU as attributes of its class: one getter in C for each kind of field."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeLatin1
from libc.stdint cimport uint8_t, uint32_t, uintptr_t
from libc.string cimport memchr

from smppkit._core.pdu cimport CorePdu, Type, octets_of
from smppkit._core.network cimport read_u32
from smppkit._core.plan cimport (
    KIND_CSTRING, KIND_DESTINATIONS, KIND_OCTETS, KIND_TIME, KIND_U8, MAX_FIELDS, CommandPlan, plan_at,
)

from smppkit._core.entries import DistributionList as _DistributionList
from smppkit._core.entries import SmeAddress as _SmeAddress
from smppkit._core.entries import UnsuccessSme as _UnsuccessSme
from smppkit.spec.commands import ROWS as _ROWS

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    /* Whether octets, two at least, are ASCII. The last word may overlap the one before: no octet is by itself. */
    static inline int is_ascii(const uint8_t *octets, size_t size) {
        uint64_t word, seen = 0;
        uint32_t first, last;
        size_t at;
        if (size >= 8) {
            for (at = 0; at + 8 < size; at += 8) {
                memcpy(&word, octets + at, sizeof word);
                seen |= word;
            }
            memcpy(&word, octets + size - 8, sizeof word);
            return ((seen | word) & 0x8080808080808080U) == 0;
        }
        if (size < 4) return ((octets[0] | octets[1] | octets[size - 1]) & 0x80) == 0;
        memcpy(&first, octets, sizeof first);
        memcpy(&last, octets + size - 4, sizeof last);
        return ((first | last) & 0x80808080U) == 0;
    }
    /* Copy octets: most strings of a PDU are shorter than what it takes to call for a copy. */
    static inline void copy_string(uint8_t *to, const uint8_t *from, size_t size) {
        uint64_t head, tail;
        uint32_t first, last;
        if (size > 16 || size < 4) {
            memcpy(to, from, size);
        } else if (size >= 8) {
            memcpy(&head, from, sizeof head);
            memcpy(&tail, from + size - 8, sizeof tail);
            memcpy(to, &head, sizeof head);
            memcpy(to + size - 8, &tail, sizeof tail);
        } else {
            memcpy(&first, from, sizeof first);
            memcpy(&last, from + size - 4, sizeof last);
            memcpy(to, &first, sizeof first);
            memcpy(to + size - 4, &last, sizeof last);
        }
    }
    """
    bint is_ascii(const uint8_t* octets, size_t size) noexcept
    void copy_string(uint8_t* to, const uint8_t* octets, size_t size) noexcept

cdef extern from "Python.h":
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 widest)
    uint8_t* PyUnicode_1BYTE_DATA(object text) noexcept
    ctypedef struct PyGetSetDef:
        const char* name
        void* get
        void* set
        const char* doc
        void* closure
    ctypedef struct PyMethodDef:
        pass
    ctypedef struct PyMethodDescrObject:
        PyMethodDef* d_method
    ctypedef struct PyGetSetDescrObject:
        PyGetSetDef* d_getset
    object PyDescr_NewGetSet(Type* kind, PyGetSetDef* definition)
    object PyDescr_NewMethod(Type* kind, PyMethodDef* definition)
    const char* PyUnicode_AsUTF8(object text) except NULL

cdef enum:
    MAX_ROWS = 64

# What the descriptors of the classes point to, and what these point to in turn; filled while codec is imported.
cdef PyGetSetDef GETTERS[MAX_ROWS][MAX_FIELDS]
cdef list KEPT = []
cdef tuple NUMBERS = tuple(range(256))      # what an octet is as a number: CPython has these once, too


cdef object read_u8(CorePdu pdu, void* closure):
    cdef uintptr_t i = <uintptr_t>closure
    if i >= pdu.walk.present:
        return None
    return NUMBERS[octets_of(pdu)[pdu.walk.offsets[i]]]


cdef inline object text_of(const uint8_t* octets, uint32_t size):
    """A string of a PDU as str: nearly all are ASCII, and made without looking for the widest character."""
    if size < 2 or not is_ascii(octets, size):          # CPython keeps those of one character
        return PyUnicode_DecodeLatin1(<const char*>octets, size, NULL)
    text = PyUnicode_New(size, 0x7F)
    copy_string(PyUnicode_1BYTE_DATA(text), octets, size)
    return text


cdef object read_string(CorePdu pdu, void* closure):
    cdef uintptr_t i = <uintptr_t>closure
    cdef const uint8_t* octets = octets_of(pdu)
    cdef uint32_t at, end
    if i >= pdu.walk.present:
        return None
    at = pdu.walk.offsets[i]
    end = pdu.walk.offsets[i + 1]
    if end > at and octets[end - 1] == 0:       # the last string of a response may lack its NUL
        end -= 1
    return text_of(octets + at, end - at)


cdef object read_octets(CorePdu pdu, void* closure):
    cdef uintptr_t i = <uintptr_t>closure
    if i >= pdu.walk.present:
        return None
    return PyBytes_FromStringAndSize(<const char*>octets_of(pdu) + pdu.walk.offsets[i],
                                     pdu.walk.offsets[i + 1] - pdu.walk.offsets[i])


cdef tuple entry_string(const uint8_t* octets, uint32_t at, uint32_t end):
    """A string within a list, and the octet after its NUL: the walk has seen to it that there is one."""
    cdef uint32_t nul = <uint32_t>(<size_t>memchr(octets + at, 0, end - at) - <size_t>octets)
    return PyUnicode_DecodeLatin1(<const char*>octets + at, nul - at, NULL), nul + 1


cdef object read_destinations(CorePdu pdu, void* closure):
    cdef uintptr_t i = <uintptr_t>closure
    cdef const uint8_t* octets = octets_of(pdu)
    cdef uint32_t at, end
    cdef list entries = []
    if i >= pdu.walk.present:
        return None
    at = pdu.walk.offsets[i]
    end = pdu.walk.offsets[i + 1]
    while at < end:
        if octets[at] == 1:
            ton, npi = octets[at + 1], octets[at + 2]
            text, at = entry_string(octets, at + 3, end)
            entries.append(_SmeAddress(ton, npi, text))
        else:
            text, at = entry_string(octets, at + 1, end)
            entries.append(_DistributionList(text))
    return tuple(entries)


cdef object read_failures(CorePdu pdu, void* closure):
    cdef uintptr_t i = <uintptr_t>closure
    cdef const uint8_t* octets = octets_of(pdu)
    cdef uint32_t at, end
    cdef list entries = []
    if i >= pdu.walk.present:
        return None
    at = pdu.walk.offsets[i]
    end = pdu.walk.offsets[i + 1]
    while at < end:
        ton, npi = octets[at], octets[at + 1]
        text, at = entry_string(octets, at + 2, end)
        entries.append(_UnsuccessSme(ton, npi, text, read_u32(octets + at)))
        at += 4
    return tuple(entries)


cdef int refuse(CorePdu pdu, PyObject* value, void* closure) except -1:
    name = _ROWS[pdu.plan.row].fields[<uintptr_t>closure].name
    raise AttributeError(f"a PDU does not change: pdu.replace({name}=...) gives a changed copy")


cdef void* reader(int kind) noexcept:
    if kind == KIND_U8:
        return <void*>read_u8
    if kind == KIND_CSTRING or kind == KIND_TIME:
        return <void*>read_string
    if kind == KIND_OCTETS:
        return <void*>read_octets
    return <void*>read_destinations if kind == KIND_DESTINATIONS else <void*>read_failures


def describe(type kind not None, int row, tuple docs not None):
    """Give the class of a row its fields, with a docstring for each."""
    cdef const CommandPlan* plan = plan_at(row)
    cdef PyGetSetDef* definition
    KEPT.append(docs)
    for i, field in enumerate(_ROWS[row].fields):
        definition = &GETTERS[row][i]
        definition.name = PyUnicode_AsUTF8(field.name)
        definition.get = reader(plan.fields[i].kind)
        definition.set = <void*>refuse
        definition.doc = PyUnicode_AsUTF8(docs[i])
        definition.closure = <void*><uintptr_t>i
        setattr(kind, field.name, PyDescr_NewGetSet(<Type*><PyObject*>kind, definition))
    # Calls of a method are specialised only where the descriptor is that of the very class, and what is got is checked
    # least there: hence one for each.
    encode = CorePdu.__dict__["encode"]
    method = (<PyMethodDescrObject*><PyObject*>encode).d_method
    setattr(kind, "encode", PyDescr_NewMethod(<Type*><PyObject*>kind, method))
    for name in ("command_status", "sequence_number", "tlvs"):
        common = CorePdu.__dict__[name]
        definition = (<PyGetSetDescrObject*><PyObject*>common).d_getset
        setattr(kind, name, PyDescr_NewGetSet(<Type*><PyObject*>kind, definition))
