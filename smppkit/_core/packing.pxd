from libc.stdint cimport uint8_t, uint64_t

cdef void pack_septets(const uint8_t* septets, Py_ssize_t count, int fill_bits, uint8_t* out) noexcept nogil
cdef void unpack_septets(const uint8_t* octets, Py_ssize_t octet_count, Py_ssize_t bit, Py_ssize_t count,
                         uint8_t* out) noexcept nogil
cdef Py_ssize_t packed_count(const uint8_t* octets, Py_ssize_t count, int fill_bits) noexcept nogil


cdef inline uint64_t load(const uint8_t* p) noexcept nogil:
    return (<uint64_t>p[0] | <uint64_t>p[1] << 8 | <uint64_t>p[2] << 16 | <uint64_t>p[3] << 24 |
            <uint64_t>p[4] << 32 | <uint64_t>p[5] << 40 | <uint64_t>p[6] << 48 | <uint64_t>p[7] << 56)


cdef inline void store(uint8_t* p, uint64_t word) noexcept nogil:
    p[0] = <uint8_t>word
    p[1] = <uint8_t>(word >> 8)
    p[2] = <uint8_t>(word >> 16)
    p[3] = <uint8_t>(word >> 24)
    p[4] = <uint8_t>(word >> 32)
    p[5] = <uint8_t>(word >> 40)
    p[6] = <uint8_t>(word >> 48)
    p[7] = <uint8_t>(word >> 56)
