# Templates of sentences, and what is put into them.
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t

cdef enum:
    VALUES = 3                  # numbers a sentence may have
    STEP = 16                   # octets that words are copied by: so much may be read and written behind an end

cdef enum Form:                 # what a piece of a template is
    FORM_WORDS = 0
    FORM_PLAIN = 1              # a number
    FORM_GROUPED = 2            # a number with commas
    FORM_HEX = 3
    FORM_CHOICE = 4             # one word for one, another for any other number
    FORM_NAME = 5

cdef struct Span:               # words: where they stand among all
    uint16_t at
    uint16_t size

cdef struct Piece:
    uint8_t form
    uint8_t value               # which number
    uint8_t digits              # of FORM_HEX
    Span words                  # of FORM_CHOICE that for one
    Span more                   # of FORM_CHOICE that for others

cdef struct Name:               # UTF-8, and STEP octets behind it that may be read
    const uint8_t* at
    uint32_t size

cdef struct Note:               # a sentence to be
    uint32_t offset             # in the PDU
    int template
    const Name* field           # whose sentence it is; NULL: of a TLV without a name, whose tag is ``tag``
    const Name* other           # the name in the template, if there is one
    int64_t values[VALUES]      # its numbers, none below nought
    uint16_t tag

cdef int compiled(str template) except -1                                       # its number
cdef uint32_t most_octets(uint32_t longest_name) noexcept nogil
cdef uint32_t write_note(uint8_t* out, const Note* note) noexcept nogil         # octets written
cdef uint32_t write_more(uint8_t* out, int64_t more) noexcept nogil             # how many others there are; likewise
