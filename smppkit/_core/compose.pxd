# Writing one PDU from values that were given, and from another PDU: used by build.
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint32_t

from smppkit._core.pdu cimport CorePdu, Spares
from smppkit._core.network cimport write_u32
from smppkit._core.plan cimport CommandPlan

# What may be given: first what every command takes, then the fields of the row.
cdef enum:
    PROFILE = 0             # as ``equip`` orders their names
    TLVS = 1
    COMMAND_STATUS = 2
    SEQUENCE_NUMBER = 3     # where to look first: beside the fields, which mostly follow it
    EXTRAS = 4
    MOST_GIVEN = 24         # EXTRAS and MAX_FIELDS

# What makes the PDUs of one class: it, its row, the memory kept for it, and the names that may be given.
cdef struct Maker:
    PyObject* kind
    const CommandPlan* plan
    Spares* spares
    PyObject* names[MOST_GIVEN + 1]     # and NULL

cdef struct Given:
    uint32_t there          # bits: which of the values below were given
    PyObject* values[MOST_GIVEN]

cdef inline bint has(const Given* given, int place) noexcept:
    return given.there >> place & 1

cdef inline void put_numbers(uint8_t* octets, uint32_t size, uint32_t command_id, uint32_t status,
                             uint32_t number) noexcept:
    write_u32(octets, size)
    write_u32(octets + 4, command_id)
    write_u32(octets + 8, status)
    write_u32(octets + 12, number)

cdef CorePdu compose(const Maker* maker, const Given* given, CorePdu base)
cdef CorePdu restamped(CorePdu base, const Given* given)
