# The names that sentences on PDUs use, and what is known of each TLV.
from libc.stdint cimport uint16_t, uint32_t, uint64_t

from smppkit._core.sentences cimport Name

cdef struct Known:              # what is known of a TLV
    Name name
    uint64_t commands           # bit i: may travel in the command of row i
    uint32_t least              # octets; the NUL of a string counted
    uint32_t most
    bint string
    bint repeats

cdef class Vocabulary:
    cdef uint16_t* slots        # tag -> 1 + index into known, 0: nobody knows it
    cdef Known* known
    cdef int count
    cdef list octets            # of the names
    cdef uint32_t longest_name  # octets of the longest of these, and of all others

    cdef int add(self, object row) except -1

cdef bytes spelt(str text)
cdef int call(bytes octets, Name* to) except -1
cdef int keep(str text, Name* to) except -1
cdef Vocabulary words_of(vendor)
cdef const Name* standard_name(uint16_t tag) noexcept nogil             # NULL: not of the standard
cdef const Name* field_name(int row, int place) noexcept nogil          # rows are those of spec.commands
cdef const Name* command_name(int row) noexcept nogil
cdef bint is_request(int row) noexcept nogil
