# The table of the protocol as C structs, and the walk that validates one PDU. Used by pdu (one) and columns (many).
from libc.stdint cimport uint8_t, uint16_t, uint32_t

cdef enum:
    MAX_FIELDS = 20         # submit_sm has 18
    MAX_COMMANDS = 64
    REQUESTS = 0x0200       # standard command_ids lie below, the response bit aside
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
    uint8_t run             # how many integers stand in a row from this one on; 0: it is none
    uint16_t limit          # octets of a string with its NUL, octets of short_message, entries of a list (SMPP 3.4)
    uint32_t status         # command_status to answer when the field is bad

cdef struct CommandPlan:
    uint32_t command_id
    uint8_t row             # place in spec.commands.ROWS
    uint8_t count           # fields
    uint8_t response
    uint8_t bare_on_error
    FieldPlan fields[MAX_FIELDS]

cdef struct Commands:
    uint8_t requests[REQUESTS]      # row + 1 by command_id; 0: no such command
    uint8_t responses[REQUESTS]     # the same by command_id without its highest bit
    CommandPlan plans[MAX_COMMANDS]

cdef struct TlvPlan:
    uint16_t tag
    uint8_t kind
    uint8_t repeats
    uint16_t least
    uint16_t most

cdef struct Walk:
    uint32_t offsets[MAX_FIELDS + 4]    # where field i begins; offsets[count] is where the TLVs begin; rest: spare
    uint32_t tlv_end                    # where the last whole TLV ends
    uint16_t odd                        # bits of Odd
    uint8_t present                     # fields there are: all, or fewer in a response
    uint8_t fault                       # Fault
    uint8_t fault_field                 # its index; count means the TLVs
    uint32_t fault_offset
    uint32_t fault_status               # command_status to answer

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    /* The first NUL of the octets up to ``end``; NULL when there is none. By words of eight octets, for most strings of
       a PDU are shorter than what memchr needs to begin; the rest of a long one is left to it. */
    static inline const uint8_t *find_nul(const uint8_t *at, const uint8_t *end) {
        const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
        uint64_t word, nuls;
        int words;
        for (words = 0; words < 4 && end - at >= 8; words++, at += 8) {
            memcpy(&word, at, sizeof word);
            if ((nuls = (word - ones) & ~word & tops) == 0) continue;
    #if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
            return at + (__builtin_ctzll(nuls) >> 3);
    #else
            while (*at) at++;
            return at;
    #endif
        }
        if (end - at >= 8) return (const uint8_t *)memchr(at, 0, (size_t)(end - at));
        for (; at < end; at++)
            if (*at == 0) return at;
        return NULL;
    }
    """
    const uint8_t* find_nul(const uint8_t* at, const uint8_t* end) noexcept nogil

cdef inline bint fits(const TlvPlan* plan, const uint8_t* value, uint32_t size) noexcept nogil:
    """Whether a standard TLV has a length of the standard. The NUL of a string may be missing, and counts anyway."""
    if plan.kind == TLV_CSTRING and size and value[size - 1]:
        size += 1
    return plan.least <= size <= plan.most

cdef inline const CommandPlan* plan_in(const Commands* commands, uint32_t command_id) noexcept nogil:
    """What the standard says of a command; NULL: there is none."""
    cdef uint32_t low = command_id & 0x7FFFFFFF
    cdef uint8_t row
    if low >= REQUESTS:
        return NULL
    row = commands.responses[low] if command_id >> 31 else commands.requests[low]
    return &commands.plans[row - 1] if row else NULL


cdef const Commands* all_commands() noexcept nogil
cdef const CommandPlan* plan_of(uint32_t command_id) noexcept nogil     # NULL: no such command
cdef const CommandPlan* plan_at(int row) noexcept nogil                 # by place in spec.commands.ROWS
cdef const TlvPlan* tlv_of(uint16_t tag) noexcept nogil                 # NULL: not of the standard
cdef bint walk(const uint8_t* pdu, uint32_t length, const CommandPlan* plan, Walk* out) noexcept nogil
cdef bint walk_again(const uint8_t* pdu, uint32_t length, const CommandPlan* plan, uint32_t tlv_end,
                     Walk* out) noexcept nogil
cdef bint walk_tlvs(const uint8_t* pdu, uint32_t at, uint32_t end, const CommandPlan* plan, Walk* out) noexcept nogil
