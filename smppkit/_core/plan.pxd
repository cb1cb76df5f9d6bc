# The table of the protocol as C structs, and the walk that validates one PDU. Used by pdu (one) and columns (many).
from libc.stdint cimport uint8_t, uint16_t, uint32_t

cdef enum:
    MAX_FIELDS = 20         # submit_sm has 18
    HEADER = 16             # octets of command_length, command_id, command_status, sequence_number
    MAX_PDU = 70_000        # default limit of command_length: a message_payload of 65,535 octets fits
    MOST_TLVS = 1024        # more TLVs in one PDU are refused: work on a PDU stays bounded

cdef enum Kind:
    KIND_U8 = 1
    KIND_CSTRING = 2
    KIND_TIME = 3
    KIND_OCTETS = 4
    KIND_DESTINATIONS = 5
    KIND_FAILURES = 6

cdef enum TlvKind:
    TLV_UNKNOWN = 0
    TLV_INT = 1
    TLV_CSTRING = 2
    TLV_OCTETS = 3

# Why a body cannot be read (Walk.fault).
cdef enum Fault:
    SOUND = 0
    FIELD_CUT = 1           # the PDU ends inside the field
    BAD_DEST_FLAG = 2       # dest_flag is neither 1 nor 2
    TLV_CUT = 3             # a TLV runs past the end of the PDU
    TOO_LONG = 4            # a string passed its limit, and what follows no longer fits: the string is to blame
    TLVS_TOO_MANY = 5       # more than MOST_TLVS

# What was tolerated (Walk.odd, a set of bits).
cdef enum Odd:
    ODD_LONG_STRING = 1     # longer than its limit, but terminated
    ODD_TIME = 2            # a time of neither 0 nor 16 characters
    ODD_TRAILING = 4        # one to three octets after the last TLV
    ODD_NO_NUL = 8          # the last string of a response ends with the PDU instead of a NUL
    ODD_PARTIAL = 16        # a response ends between two fields
    ODD_TLVS_ONLY = 32      # a response leaves its fields out, but has TLVs
    ODD_TLV_LENGTH = 64     # a standard TLV with a length the standard does not give it
    ODD_LENGTH = 128        # short_message or a list longer than SMPP 3.4 allows

cdef struct FieldPlan:
    uint8_t kind
    uint8_t initial         # what an integer is when it is not given
    uint8_t count           # an integer that counts what the next field holds
    uint16_t limit          # octets of a string with its NUL, octets of short_message, entries of a list (SMPP 3.4)
    uint32_t status         # command_status to answer when the field is bad

cdef struct CommandPlan:
    uint32_t command_id
    uint8_t row             # place in spec.commands.ROWS
    uint8_t count           # fields
    uint8_t response
    uint8_t bare_on_error
    FieldPlan fields[MAX_FIELDS]

cdef struct TlvPlan:
    uint16_t tag
    uint8_t kind
    uint8_t repeats
    uint16_t least
    uint16_t most

cdef struct Walk:
    uint32_t offsets[MAX_FIELDS + 1]    # where field i begins; offsets[count] is where the TLVs begin
    uint32_t tlv_end                    # where the last whole TLV ends
    uint16_t odd                        # bits of Odd
    uint8_t present                     # fields there are: all, or fewer in a response
    uint8_t fault                       # Fault
    uint8_t fault_field                 # its index; count means the TLVs
    uint32_t fault_offset
    uint32_t fault_status               # command_status to answer

cdef inline uint16_t read_u16(const uint8_t* at) noexcept nogil:
    return <uint16_t>((at[0] << 8) | at[1])

cdef inline uint32_t read_u32(const uint8_t* at) noexcept nogil:
    return (<uint32_t>at[0] << 24) | (<uint32_t>at[1] << 16) | (<uint32_t>at[2] << 8) | at[3]

cdef inline void write_u16(uint8_t* at, uint16_t value) noexcept nogil:
    at[0] = <uint8_t>(value >> 8)
    at[1] = <uint8_t>value

cdef inline void write_u32(uint8_t* at, uint32_t value) noexcept nogil:
    at[0] = <uint8_t>(value >> 24)
    at[1] = <uint8_t>(value >> 16)
    at[2] = <uint8_t>(value >> 8)
    at[3] = <uint8_t>value

cdef inline bint fits(const TlvPlan* plan, const uint8_t* value, uint32_t size) noexcept nogil:
    """Whether a standard TLV has a length of the standard. The NUL of a string may be missing, and counts anyway."""
    if plan.kind == TLV_CSTRING and size and value[size - 1]:
        size += 1
    return plan.least <= size <= plan.most

cdef const CommandPlan* plan_of(uint32_t command_id) noexcept nogil     # NULL: no such command
cdef const CommandPlan* plan_at(int row) noexcept nogil                 # by place in spec.commands.ROWS
cdef const TlvPlan* tlv_of(uint16_t tag) noexcept nogil                 # NULL: not of the standard
cdef bint walk(const uint8_t* pdu, uint32_t length, const CommandPlan* plan, Walk* out) noexcept nogil
cdef bint walk_tlvs(const uint8_t* pdu, uint32_t at, uint32_t end, const CommandPlan* plan, Walk* out) noexcept nogil
