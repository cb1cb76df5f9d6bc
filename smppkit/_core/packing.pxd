from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

cdef uint64_t pack_septets(const uint8_t* septets, Py_ssize_t count, int fill_bits, uint8_t* out) noexcept nogil
cdef void unpack_septets(const uint8_t* octets, Py_ssize_t octet_count, Py_ssize_t bit, Py_ssize_t count,
                         uint8_t* out) noexcept nogil
cdef Py_ssize_t packed_count(const uint8_t* octets, Py_ssize_t count, int fill_bits) noexcept nogil

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define LITTLE(bits, word) __builtin_bswap##bits(word)
    #else
    #define LITTLE(bits, word) (word)
    #endif
    /* Octets as a number, the first one lowest; copies that a compiler makes one instruction of. */
    static inline uint64_t load(const uint8_t *at) {
        uint64_t word;
        memcpy(&word, at, 8);
        return LITTLE(64, word);
    }
    static inline uint32_t load_4(const uint8_t *at) {
        uint32_t word;
        memcpy(&word, at, 4);
        return LITTLE(32, word);
    }
    static inline uint16_t load_2(const uint8_t *at) {
        uint16_t word;
        memcpy(&word, at, 2);
        return LITTLE(16, word);
    }
    static inline void store(uint8_t *at, uint64_t word) {
        word = LITTLE(64, word);
        memcpy(at, &word, 8);
    }
    static inline void store_4(uint8_t *at, uint32_t word) {
        word = LITTLE(32, word);
        memcpy(at, &word, 4);
    }
    static inline void store_2(uint8_t *at, uint16_t word) {
        word = LITTLE(16, word);
        memcpy(at, &word, 2);
    }
    /* The same of ``count`` octets and no other, 8 at most; those of 3 and of 5 to 7 are two steps that overlap. */
    static inline uint64_t load_few(const uint8_t *at, ptrdiff_t count) {
        if (count >= 8) return load(at);
        if (count >= 4) return load_4(at) | (uint64_t)load_4(at + count - 4) << 8 * (count - 4);
        if (count >= 2) return load_2(at) | (uint64_t)load_2(at + count - 2) << 8 * (count - 2);
        return count == 1 ? *at : 0;
    }
    /* The same, with spaces behind them. */
    static inline uint64_t load_padded(const uint8_t *at, ptrdiff_t count) {
        return count >= 8 ? load(at) : load_few(at, count) | 0x2020202020202020ULL << 8 * count;
    }
    static inline void store_few(uint8_t *at, uint64_t word, ptrdiff_t count) {
        if (count >= 8) {
            store(at, word);
        } else if (count >= 4) {
            store_4(at, (uint32_t)word);
            store_4(at + count - 4, (uint32_t)(word >> 8 * (count - 4)));
        } else if (count >= 2) {
            store_2(at, (uint16_t)word);
            store_2(at + count - 2, (uint16_t)(word >> 8 * (count - 2)));
        } else if (count == 1) {
            *at = (uint8_t)word;
        }
    }
    #define NO_SEPTETS 0x8080808080808080ULL
    """
    uint64_t load(const uint8_t* at) noexcept nogil
    uint64_t load_few(const uint8_t* at, Py_ssize_t count) noexcept nogil
    uint64_t load_padded(const uint8_t* at, Py_ssize_t count) noexcept nogil        # of one octet at least
    void store(uint8_t* at, uint64_t word) noexcept nogil
    void store_4(uint8_t* at, uint32_t word) noexcept nogil
    void store_2(uint8_t* at, uint16_t word) noexcept nogil
    void store_few(uint8_t* at, uint64_t word, Py_ssize_t count) noexcept nogil
    const uint64_t NO_SEPTETS           # the top bit of each octet of a word
