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
    char* PyBytes_AS_STRING(PyObject* octets) noexcept
    Py_ssize_t PyBytes_GET_SIZE(PyObject* octets) noexcept

cdef class CorePdu:
    cdef PyObject* wire             # bytes, exactly one PDU; owned, and never NULL
    cdef PyObject* profile          # None, or what names TLVs of a vendor; owned
    cdef const CommandPlan* plan
    cdef Walk walk

cdef inline const uint8_t* octets_of(CorePdu pdu) noexcept:
    return <const uint8_t*>PyBytes_AS_STRING(pdu.wire)

cdef CorePdu new_pdu(const CommandPlan* plan, bytes wire, object profile)       # its walk is still to be made
cdef object profile_of(object profile)
