from libc.stdint cimport uint8_t

cdef struct Header:
    Py_ssize_t length       # octets of the header, its length octet among them; 0 when there is none to be read
    int width               # bits of the concatenation reference: 8, 16, or 0 without a valid concatenation
    int reference
    int total
    int number              # 1..total
    int destination_port    # -1 when absent
    int source_port
    int locking             # national language identifiers, 0 the default tables
    int single

cdef int read_header(const uint8_t* octets, Py_ssize_t count, Header* out) noexcept nogil     # 1 readable, 0 not
