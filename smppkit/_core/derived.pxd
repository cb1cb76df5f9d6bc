"""What the user data of one PDU says beyond its fields: text, header, place in a long message, receipt."""

from libc.stdint cimport uint8_t

from smppkit._core.column cimport Sink
from smppkit._core.dates cimport Day

cdef enum:                      # TLVs that derived columns read (Body.marks)
    MARK_PAYLOAD = 0
    MARK_RECEIPTED = 1
    MARK_STATE = 2
    MARK_NETWORK_ERROR = 3
    MARK_SAR_REFERENCE = 4
    MARK_SAR_TOTAL = 5
    MARK_SAR_NUMBER = 6
    MARKS = 7

cdef struct Piece:              # octets inside the buffer; NULL = absent
    const uint8_t* at
    Py_ssize_t size

cdef struct Body:               # what one PDU brings
    int esm_class               # -1: the command has none
    int data_coding
    bint inbound                # may carry a receipt
    Piece message               # short_message, also when empty; absent where the command has none
    Piece marks[MARKS]

cdef struct Derived:            # where results go; NULL: not asked for
    const uint8_t* codings      # 256 of Alphabet
    int unlearned               # an alphabet that a text is in and that is not made yet: derive() gave up; 0: none
    const uint8_t* end          # of the buffer that the PDUs lie in
    bint wants_receipt
    Sink* scratch               # takes the text where no column does
    Sink* text
    Sink* encoding
    Sink* udh
    Sink* concat_width
    Sink* concat_reference
    Sink* concat_total
    Sink* concat_number
    Sink* receipt_kind
    Sink* receipt_id
    Sink* receipt_sub
    Sink* receipt_dlvrd
    Sink* receipt_submit_date
    Sink* receipt_done_date
    Sink* receipt_stat
    Sink* receipt_state
    Sink* receipt_err
    Sink* receipt_text
    Day submit_day              # what was read last
    Day done_day

cdef bint derive(Derived* to, Py_ssize_t row, const Body* body) noexcept nogil  # False: memory is out, or unlearned
