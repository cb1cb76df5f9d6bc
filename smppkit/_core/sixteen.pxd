# Octets sixteen at a time: by SSE2, which every x86-64 has, and as two words where that is not there.
from libc.stdint cimport uint8_t, uint16_t, uint64_t

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #define EACH(octet) (0x0101010101010101ULL * (octet))
    /* The top bit of each octet that is not plain: space to z without dollar, at, grave and what stands from bracket to
       underscore are the same in ASCII, Unicode and the default alphabet. Eight sums at once never carry. */
    static inline uint64_t odd_octets(uint64_t word) {
        uint64_t low = word & EACH(0x7F), below_space = ~(low + EACH(0x60)), above_z = low + EACH(0x05);
        uint64_t brackets = (low + EACH(0x25)) & ~(low + EACH(0x1F));
        uint64_t dollar = ~((low ^ EACH(0x24)) + EACH(0x7F)), at_sign = ~((low ^ EACH(0x40)) + EACH(0x7F));
        return (word | below_space | above_z | brackets | dollar | at_sign) & EACH(0x80);
    }
    /* The place of the lowest bit of some. */
    static inline int first_bit(uint64_t bits) {
    #if defined(__GNUC__) || defined(__clang__)
        return __builtin_ctzll(bits);
    #else
        int place = 0;
        for (int half = 32; half; half >>= 1) {
            if (bits << (64 - half)) continue;
            bits >>= half, place += half;
        }
        return place;
    #endif
    }
    #if defined(__SSE2__) || defined(_M_X64)
    #include <emmintrin.h>
    #define ALL(octet) _mm_set1_epi8((char)(octet))
    static inline int copy_ascii_16(const uint8_t *at, uint8_t *out) {
        __m128i octets = _mm_loadu_si128((const __m128i *)at);
        _mm_storeu_si128((__m128i *)out, octets);
        return _mm_movemask_epi8(octets) == 0;
    }
    static inline int copy_plain_16(const uint8_t *at, uint8_t *out) {
        /* With bit 5 set at is grave, and what stands from bracket to underscore stands above z. */
        __m128i octets = _mm_loadu_si128((const __m128i *)at), small = _mm_or_si128(octets, ALL(0x20));
        __m128i odd = _mm_or_si128(_mm_cmplt_epi8(octets, ALL(' ')), _mm_cmpeq_epi8(octets, ALL('$')));
        odd = _mm_or_si128(odd, _mm_or_si128(_mm_cmpeq_epi8(small, ALL('`')), _mm_cmpgt_epi8(small, ALL('z'))));
        _mm_storeu_si128((__m128i *)out, octets);
        return _mm_movemask_epi8(odd) == 0;
    }
    static inline unsigned white_16(const uint8_t *at) {
        __m128i octets = _mm_loadu_si128((const __m128i *)at);
        return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(octets, ALL(' ')), octets));
    }
    #define FROM(place) _mm_loadu_si128((const __m128i *)(at + (place)))
    static inline unsigned headers_16(const uint8_t *at) {
        __m128i zero = _mm_setzero_si128(), response = _mm_cmplt_epi8(FROM(4), zero);
        __m128i id = _mm_or_si128(_mm_and_si128(FROM(4), ALL(0x7F)), _mm_and_si128(FROM(6), ALL(0xFE)));
        __m128i nought = _mm_or_si128(_mm_or_si128(FROM(0), FROM(5)), _mm_or_si128(FROM(8), FROM(9)));
        __m128i length = _mm_or_si128(_mm_or_si128(FROM(1), FROM(2)), _mm_and_si128(FROM(3), ALL(0xF0)));
        __m128i status = _mm_andnot_si128(response, _mm_or_si128(FROM(10), FROM(11)));
        __m128i fits = _mm_cmpeq_epi8(_mm_or_si128(_mm_or_si128(id, nought), status), zero);
        return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(_mm_cmpeq_epi8(length, zero), fits));
    }
    #undef FROM
    static inline unsigned look_at_8(const uint16_t *at, uint16_t number) {
        __m128i eight = _mm_loadu_si128((const __m128i *)at), zeros = _mm_cmpeq_epi16(eight, _mm_setzero_si128());
        __m128i equal = _mm_cmpeq_epi16(eight, _mm_set1_epi16((short)number));
        return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(equal, zeros));
    }
    #else
    static inline int copy_ascii_16(const uint8_t *at, uint8_t *out) {
        uint64_t words[2];
        memcpy(words, at, 16);
        memcpy(out, words, 16);
        return ((words[0] | words[1]) & EACH(0x80)) == 0;
    }
    static inline int copy_plain_16(const uint8_t *at, uint8_t *out) {
        uint64_t words[2];
        memcpy(words, at, 16);
        memcpy(out, words, 16);
        return (odd_octets(words[0]) | odd_octets(words[1])) == 0;
    }
    static inline unsigned white_16(const uint8_t *at) {
        unsigned found = 0;
        for (int i = 0; i < 16; i++) found |= (unsigned)(at[i] <= ' ') << i;
        return found;
    }
    static inline unsigned headers_16(const uint8_t *at) {
        unsigned found = 0;
        for (int i = 0; i < 16; i++, at++) {
            unsigned nought = at[0] | (at[4] & 0x7F) | at[5] | (at[6] & 0xFE) | at[8] | at[9];
            nought |= at[4] & 0x80 ? 0 : at[10] | at[11];
            found |= (unsigned)(nought == 0 && (at[1] | at[2] | (at[3] & 0xF0)) != 0) << i;
        }
        return found;
    }
    static inline unsigned look_at_8(const uint16_t *at, uint16_t number) {
        unsigned found = 0;
        for (int i = 0; i < 8; i++) found |= (unsigned)(at[i] == number) << i | (unsigned)(at[i] == 0) << (8 + i);
        return found;
    }
    #endif
    """
    uint64_t odd_octets(uint64_t word) noexcept nogil
    int first_bit(uint64_t bits) noexcept nogil
    # Copy 16 octets; whether none of them is above 0x7F, or all are plain.
    bint copy_ascii_16(const uint8_t* at, uint8_t* out) noexcept nogil
    bint copy_plain_16(const uint8_t* at, uint8_t* out) noexcept nogil
    unsigned int white_16(const uint8_t* at) noexcept nogil     # a bit for each of 16 octets up to the blank
    # A bit for each of 16 places where a PDU's header may stand, by its command_length of 16 to 2^24 - 1, a command_id
    # of nine bits and the response bit, and a command_status of two octets, which is 0 in requests; reads 27 octets.
    unsigned int headers_16(const uint8_t* at) noexcept nogil
    # A bit for each of 8 numbers that equals one, and above them a bit for each that is 0.
    unsigned int look_at_8(const uint16_t* at, uint16_t number) noexcept nogil
