# One PDU: its octets, where its fields begin, and the row it is read by.
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t

from smppkit._core.plan cimport CommandPlan, Walk

cdef extern from "Python.h":
    ctypedef struct Type "PyTypeObject":
        void* tp_dealloc
        void* tp_traverse
        void* tp_clear
        void* tp_new
        void* tp_vectorcall
        unsigned long tp_flags
    PyObject* _PyObject_New(Type* kind) noexcept
    void Py_INCREF(PyObject* thing) noexcept
    void Py_DECREF(PyObject* thing) noexcept
    void Py_SET_REFCNT(PyObject* thing, Py_ssize_t count) noexcept
    char* PyBytes_AS_STRING(PyObject* octets) noexcept
    Py_ssize_t PyBytes_GET_SIZE(PyObject* octets) noexcept

cdef class CorePdu:
    cdef PyObject* wire             # bytes, exactly one PDU; owned, and never NULL
    cdef PyObject* profile          # None, or what names TLVs of a vendor; owned
    cdef const CommandPlan* plan
    cdef Walk walk

cdef inline const uint8_t* octets_of(CorePdu pdu) noexcept:
    return <const uint8_t*>PyBytes_AS_STRING(pdu.wire)

# The memory of PDUs of one class that were freed last, for the next to be made.
cdef struct Spares:
    Type* kind
    PyObject* top                   # each refers to the next by its ``wire``
    int count

cdef inline PyObject* blank_pdu(Spares* spares) noexcept:
    """Memory for a PDU, with class and count set and nothing else; NULL, and an exception, when there is none."""
    cdef PyObject* made = spares.top
    if made == NULL:
        return _PyObject_New(spares.kind)
    spares.top = (<CorePdu>made).wire
    spares.count -= 1
    Py_SET_REFCNT(made, 1)
    return made

cdef inline CorePdu new_pdu(Spares* spares, const CommandPlan* plan, bytes wire, object profile):
    """A PDU over ``wire``; the caller walks it before anybody sees it."""
    cdef PyObject* made = blank_pdu(spares)
    if made == NULL:
        raise MemoryError()
    cdef CorePdu pdu = <CorePdu>made        # a second reference
    Py_DECREF(made)
    pdu.wire = <PyObject*>wire
    Py_INCREF(pdu.wire)
    pdu.profile = <PyObject*>profile
    Py_INCREF(pdu.profile)
    pdu.plan = plan
    return pdu

cdef Spares* spares_of(int row) noexcept
cdef object profile_of(object profile)
