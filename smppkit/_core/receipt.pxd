"""The C face of the receipt scanner, shared by the objects (receipt_object) and the columns."""

from libc.stdint cimport INT64_MIN, int64_t, uint8_t

from smppkit._core.dates cimport Day, usual_date
from smppkit._core.stat_words cimport known_word

cdef enum:
    STATES = 10                # that the standard names as message_state
    UNKNOWN = 7

cdef struct Span:
    Py_ssize_t start           # octet of the text where the value begins
    Py_ssize_t length          # octets, white space around it left out; -1 = the key is absent

cdef struct Receipt:
    Span id, sub, dlvrd, submit_date, done_date, stat, err, text
    int extras                 # how many unknown keys there are (see scan_extras)
    bint begins_with_id        # the first word is the key id
    bint labelled              # stat stood behind its key: not a bare word after the done date

cdef enum Key:
    NO_KEY = 0
    ID = 1
    SUB = 2
    DLVRD = 3
    SUBMIT_DATE = 4
    DONE_DATE = 5
    STAT = 6
    ERR = 7
    TEXT = 8
    EXTRA = 9

cdef struct Extra:             # a field that nobody here knows
    Span key
    Span value

# Reads a receipt text in one pass, trailing NULs left out; 1 = it has an id and a stat, 0 = not. All of `out` is set.
cdef int scan_receipt(const uint8_t* utf8, Py_ssize_t count, Receipt* out) noexcept nogil
# The same; the first `room` unknown keys and their values go to `extras`.
cdef int scan_extras(const uint8_t* utf8, Py_ssize_t count, Receipt* out, Extra* extras, int room) noexcept nogil
# As a text that says nothing is read.
cdef void clear_receipt(Receipt* out) noexcept nogil
# A count (sub, dlvrd): up to 18 digits, else -1.
cdef int64_t read_count(const uint8_t* digits, Py_ssize_t count) noexcept nogil
# A date of a receipt (10, 12, 14 digits or the 16 characters of an SMPP time; only its first word is read) as
# nanoseconds since the epoch; INT64_MIN = none. Taken as UTC unless the form carries an offset.
cdef int64_t any_date(const uint8_t* digits, Py_ssize_t count) noexcept nogil
# 1 where the state is known to be the last one of a message.
cdef bint is_final(int state) noexcept nogil
# err made from network_error_code: `3:27`, or three ASCII digits as they are; octets written (at most 9), 0 = none.
cdef Py_ssize_t network_error(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil
# 0 no receipt, 1 receipt, 2 intermediate notification. esm_class -1 = unknown; tlv_id and tlv_state say whether
# receipted_message_id (not empty) and message_state (one of the standard) came as TLVs; scan_receipt filled `text`.
cdef int receipt_kind(int esm_class, bint tlv_id, bint tlv_state, const Receipt* text) noexcept nogil


cdef inline bint is_state(int state) noexcept nogil:
    return 0 <= state < STATES


cdef inline int state_of(const uint8_t* utf8, Py_ssize_t count, const Receipt* found) noexcept nogil:
    """message_state of the stat word: UNKNOWN for one nobody knows, -1 without one."""
    cdef int state
    if found.stat.length <= 0:
        return -1
    state = known_word(utf8, found.stat.start, found.stat.length, count)
    return state if state >= 0 else UNKNOWN


cdef inline int64_t count_of(const uint8_t* utf8, const Span* span) noexcept nogil:
    """read_count, in haste for the three digits that centres write."""
    cdef const uint8_t* digits = utf8 + span.start
    cdef unsigned int hundreds, tens, ones
    if span.length != 3:
        return read_count(digits, span.length)
    hundreds, tens, ones = digits[0] ^ 0x30, digits[1] ^ 0x30, digits[2] ^ 0x30
    return 100 * hundreds + 10 * tens + ones if hundreds <= 9 and tens <= 9 and ones <= 9 else -1


cdef inline int64_t date_of(const uint8_t* utf8, const Span* span, Day* day) noexcept nogil:
    """any_date, that remembers the day it read last."""
    cdef int64_t nanoseconds = INT64_MIN
    if span.length == 10 or span.length == 12:
        nanoseconds = usual_date(utf8 + span.start, span.length, day)
    return nanoseconds if nanoseconds != INT64_MIN else any_date(utf8 + span.start, span.length)
