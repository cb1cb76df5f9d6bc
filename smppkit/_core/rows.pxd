"""The loop over many PDUs: what it is told (Job) and where it writes."""

from libc.stdint cimport int64_t, uint8_t, uint16_t

from smppkit._core.column cimport Sink
from smppkit._core.derived cimport Derived
from smppkit._core.oddity cimport TlvRule
from smppkit._core.plan cimport MAX_FIELDS

cdef enum:
    ROUTES = 64                 # at least as many as spec.commands has rows
    NO_FIELD = 255
    TAGS = 65536
    SLOTS = 255                 # wanted tags at most

cdef enum Act:                  # what is done with a mandatory field
    ACT_U8 = 0
    ACT_LATIN = 1
    ACT_HIDE = 2                # password: its octets are never copied
    ACT_OCTETS = 3

cdef enum Form:                 # how the value of a TLV is read
    FORM_INT = 0
    FORM_CSTRING = 1
    FORM_OCTETS = 2

cdef struct Step:
    uint8_t act
    uint8_t field
    uint16_t sink

cdef struct Route:              # what to do with one command
    Step steps[MAX_FIELDS]
    int count
    uint8_t esm_class           # places of these fields, NO_FIELD where the command has none
    uint8_t data_coding
    uint8_t message
    uint8_t password
    bint carries                # user data
    bint inbound                # may be a receipt

cdef struct Target:             # what to do with one tag
    int sink                    # -1: no column of its own
    int mark                    # -1: no derived column reads it
    uint8_t next                # 1 + index of another target of the same tag, 0: no more
    uint8_t form

cdef struct Job:
    const uint8_t* buffer
    const int64_t* offset
    const int64_t* length
    Py_ssize_t rows
    Sink* sinks
    Sink* command_id            # header and odd ones; NULL: not asked for
    Sink* command_status
    Sink* sequence_number
    Sink* command_length
    Sink* body_present
    Sink* raw
    Sink* scratch
    bint wants_body             # anything behind the header
    bint wants_tlvs
    bint wants_derived
    bint wants_problem
    const uint8_t* rule_slots   # what is_odd() needs
    const TlvRule* rules
    Route* routes
    uint8_t* slots              # tag -> 1 + index into targets
    Target* targets
    Derived derived
    Py_ssize_t* troubled        # rows that have a problem
    Py_ssize_t troubled_count
    Py_ssize_t troubled_room

cdef bint run(Job* job) noexcept nogil      # fills every sink; False: memory is out
