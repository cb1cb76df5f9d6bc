"""Numbers in network order, wherever they lie."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    /* Written octet by octet, gcc 12 packs neighbours into a vector one octet at a time. */
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define NETWORK_U16(value) (value)
    #define NETWORK_U32(value) (value)
    #else
    #define NETWORK_U16(value) ((uint16_t)((value) >> 8 | (value) << 8))
    #define NETWORK_U32(value) ((value) >> 24 | ((value) >> 8 & 0xFF00) | ((value) << 8 & 0xFF0000) | (value) << 24)
    #endif
    static inline uint16_t smppkit_read_u16(const uint8_t *at) {
        uint16_t value;
        memcpy(&value, at, sizeof value);
        return NETWORK_U16(value);
    }
    static inline uint32_t smppkit_read_u32(const uint8_t *at) {
        uint32_t value;
        memcpy(&value, at, sizeof value);
        return NETWORK_U32(value);
    }
    static inline void smppkit_write_u16(uint8_t *at, uint16_t value) {
        value = NETWORK_U16(value);
        memcpy(at, &value, sizeof value);
    }
    static inline void smppkit_write_u32(uint8_t *at, uint32_t value) {
        value = NETWORK_U32(value);
        memcpy(at, &value, sizeof value);
    }
    """
    uint16_t read_u16 "smppkit_read_u16"(const uint8_t* at) noexcept nogil
    uint32_t read_u32 "smppkit_read_u32"(const uint8_t* at) noexcept nogil
    void write_u16 "smppkit_write_u16"(uint8_t* at, uint16_t value) noexcept nogil
    void write_u32 "smppkit_write_u32"(uint8_t* at, uint32_t value) noexcept nogil
