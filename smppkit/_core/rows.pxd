"""The loop over many PDUs: what it is told (Job) and where it writes."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

from smppkit._core.column cimport Sink
from smppkit._core.cuts cimport BATCH, Cuts
from smppkit._core.derived cimport Body, Derived
from smppkit._core.oddity cimport TlvRule
from smppkit._core.plan cimport MAX_FIELDS

cdef enum:
    ROUTES = 64                 # at least as many as spec.commands has rows
    NO_FIELD = 255
    TAGS = 65536
    SLOTS = 255                 # wanted tags at most
    HOPS = 16                   # at most in one command
    COMMANDS = 1024             # command_ids of the standard: nine bits and the response bit
    HEADERS = 4                 # fields of the header
    LOW_COMMANDS = 512          # half of COMMANDS

cdef enum HopEnd:
    END_HERE = 0                # behind its single octets
    END_STRING = 1              # a string
    END_TIME = 2
    END_COUNTED = 3             # as many octets as the last single one says
    END_LIST = 4                # entries: only walk() finds their end

cdef enum Act:                  # what is done with a mandatory field
    ACT_U8 = 0
    ACT_LATIN = 1
    ACT_HIDE = 2                # password: its octets are never copied
    ACT_OCTETS = 3

cdef enum Form:                 # how the value of a TLV is read
    FORM_INT = 0
    FORM_CSTRING = 1
    FORM_OCTETS = 2

cdef struct Hop:                # fields that are read in one go: single octets, then something of any length
    uint8_t first               # field
    uint8_t octets
    uint8_t end                 # HopEnd
    uint32_t most               # octets of what it ends with, a NUL included

cdef struct Spot:               # where a field stands: so many octets behind the beginning of a hop
    uint8_t hop                 # NO_FIELD where the command has none
    uint8_t skip

cdef struct Places:             # where the hops of one PDU begin, and behind the last its TLVs
    uint32_t at[HOPS + 1]
    uint32_t tlv_end
    uint8_t present             # fields there are

cdef struct Step:
    uint8_t act
    uint8_t field
    Spot spot
    uint16_t sink

cdef struct Route:              # what to do with one command
    Hop hops[HOPS]
    int hop_count
    Step steps[MAX_FIELDS]
    int count
    uint8_t row                 # place in spec.commands.ROWS
    uint8_t fields
    bint bare                   # may end behind its header
    bint response
    bint message_like           # its hops are those of submit_sm
    Spot esm_class
    Spot data_coding
    Spot message
    bint has_password
    bint carries                # user data
    bint inbound                # may be a receipt

cdef struct Target:             # what to do with one tag
    int sink                    # -1: no column of its own
    int mark                    # -1: no derived column reads it
    uint8_t next                # 1 + index of another target of the same tag, 0: no more
    uint8_t form

cdef enum State:                # what of a row can be read
    TORN = 0                    # nothing but its header, if it has one
    WALKED = 1                  # everything, but not by hops
    HOPPED = 2

cdef enum Task:                 # what is left to do with a row once its fields are found
    TASK_TLVS = 1
    TASK_DERIVE = 2

cdef struct Batch:              # rows that are looked at together
    Py_ssize_t first
    int count
    bint short_ones             # without a whole header
    bint near                   # one ends less than STEP octets before the buffer does
    const uint8_t* pdus[BATCH]
    int64_t sizes[BATCH]        # as they were when they were found to lie in the buffer
    uint8_t slots[BATCH]        # 1 + index of a route; 0: none
    uint8_t states[BATCH]
    uint8_t tasks[BATCH]
    Places places[BATCH]
    Body bodies[BATCH]          # where something is left to do
    uint8_t rows[ROUTES + 1][BATCH]     # by route; 0: those that have none
    int counts[ROUTES + 1]

cdef struct Troubled:           # a row that has a problem
    Py_ssize_t row
    uint32_t tlv_end            # of its PDU, where that is known; else 0

cdef struct Job:
    const uint8_t* buffer
    int64_t octets
    const int64_t* offset
    const int64_t* length
    Py_ssize_t rows
    Py_ssize_t outside          # the first row that does not lie in the buffer; -1 while there is none
    Sink* sinks
    int sink_count
    Cuts* cuts                  # for each sink, used by those of strings
    uint8_t* noted              # for each sink: it has strings in this batch
    int last_noted              # 1 + the place of the last of these, or 0: Cuts.next leads to the others
    Batch* batch
    Sink* header[HEADERS]       # in the order of the header; NULL: not asked for
    Sink* place                 # offset
    Sink* body_present
    Sink* raw
    Sink* scratch
    bint wants_body             # anything behind the header
    bint wants_tlvs
    bint wants_derived
    bint wants_problem
    const uint16_t* rule_slots  # what is_odd() needs
    const TlvRule* rules
    Route* routes
    int route_count
    uint8_t commands[COMMANDS]  # command_id -> 1 + index into routes
    uint8_t* slots              # tag -> 1 + index into targets
    Target* targets
    Derived derived
    Troubled* troubled
    Py_ssize_t troubled_count
    Py_ssize_t troubled_room

cdef inline uint8_t slot_of(const Job* job, uint32_t command_id) noexcept nogil:
    """1 + the index of a route; 0 for a command that the standard lacks."""
    cdef uint32_t low = command_id & 0x7FFFFFFF
    if low >= LOW_COMMANDS:
        return 0
    return job.commands[low | (command_id >> 31) * LOW_COMMANDS]        # no branch: requests and responses take turns


cdef bint run(Job* job) noexcept nogil      # fills every sink; False: memory is out, or a row lies outside
