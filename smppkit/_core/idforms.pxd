"""How two ids can be one id, and two addresses one address: forms without what message centres change."""

from libc.stdint cimport uint8_t

cdef enum:
    LONGEST_ID = 128            # octets; a longer id has no form and is equal only to itself
    TAIL = 7                    # digits of an address that every way of writing it has in common

cdef enum Relation:
    NO_RELATION = 0
    EXACT = 1
    CASE = 2
    PADDING = 3                 # leading zeros, 0x or outer blanks; also case
    DASHES = 4                  # separators; also case and padding
    HEX_TO_DECIMAL = 5          # hexadecimal in the response, decimal in the receipt
    DECIMAL_TO_HEX = 6
    EITHER_RADIX = 8            # added to a relation of text: a single digit says nothing about the radix

cdef struct Form:
    int length                  # 0: nothing left, or too long
    int digits                  # of the decimal number written in hexadecimal; 0: no decimal, or written the same
    uint8_t text[LONGEST_ID]    # small letters, no separators, no leading zeros
    uint8_t number[LONGEST_ID]

cdef void reduce(const uint8_t* octets, Py_ssize_t count, bint separators, Form* out) noexcept nogil
cdef int relation(const uint8_t* one, Py_ssize_t count, const uint8_t* other, Py_ssize_t other_count) noexcept nogil
cdef int address_tail(const uint8_t* octets, Py_ssize_t count, uint8_t* out) noexcept nogil
cdef bint same_address(const uint8_t* one, Py_ssize_t count, const uint8_t* other,
                       Py_ssize_t other_count) noexcept nogil
