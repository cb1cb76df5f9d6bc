"""Where the fields of one PDU stand: by hops, where each keeps to its limit; walk() looks at all others."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memchr

from smppkit._core.column cimport STEP
from smppkit._core.network cimport read_u16
from smppkit._core.plan cimport HEADER, MOST_TLVS, ODD_TRAILING, SOUND, Walk
from smppkit._core.rows cimport END_COUNTED, END_HERE, END_LIST, END_STRING, END_TIME, Hop, Places, Route

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__SSE2__)
    #include <emmintrin.h>
    #endif
    /* How many octets stand before the first NUL among the 16 at a place, all of which may be read; 16 without one. */
    #if defined(__SSE2__) && (defined(__GNUC__) || defined(__clang__))
    static inline uint32_t before_nul(const uint8_t *at) {
        const __m128i nuls = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)at), _mm_setzero_si128());
        return (uint32_t)__builtin_ctz((unsigned)_mm_movemask_epi8(nuls) | 0x10000);
    }
    #else
    static inline uint32_t before_nul(const uint8_t *at) {
        const uint64_t ones = 0x0101010101010101U, tops = 0x8080808080808080U;
        uint32_t count = 0;
        uint64_t word;
        memcpy(&word, at, sizeof word);
        if (((word - ones) & ~word & tops) == 0) count = 8;
        for (; count < 16; count++)
            if (at[count] == 0) break;
        return count;
    }
    #endif
    """
    uint32_t before_nul(const uint8_t* at) noexcept nogil

cdef enum:
    TIME = 17                   # octets of a time with its NUL
    FAR = 128                   # octets: more than six hops by STEP, and what is read behind the last


cdef inline uint32_t string_end(const uint8_t* pdu, uint32_t at, uint32_t end) noexcept nogil:
    """The octet after the NUL of the string at ``at`` < ``end``; 0 when there is none. Behind ``end`` may be read."""
    cdef const void* nul
    cdef uint32_t length = before_nul(pdu + at)
    if length < STEP:
        return at + length + 1
    if end - at <= STEP:
        return 0
    nul = memchr(pdu + at + STEP, 0, end - at - STEP)
    return <uint32_t>(<const uint8_t*>nul - pdu) + 1 if nul != NULL else 0


cdef inline uint32_t hop_end(const uint8_t* pdu, uint32_t begin, uint32_t size, int end, uint32_t most) noexcept nogil:
    """Where a hop ends whose variable part begins at ``begin``; 0 where that does not keep to its limit."""
    cdef uint32_t at = begin
    if end == END_STRING or end == END_TIME:
        if begin >= size:
            return 0
        at = string_end(pdu, begin, size)
        if at == 0 or (end == END_TIME and at - begin != 1 and at - begin != TIME):
            return 0
    elif begin > size or end == END_LIST:
        return 0
    elif end == END_COUNTED:
        at += pdu[begin - 1]
    return at if at <= size and at - begin <= most else 0


cdef inline bint hop_fields(const Route* route, const uint8_t* pdu, uint32_t size, Places* to) noexcept nogil:
    """Find the fields of a body where each keeps to its limit; False where one does not."""
    cdef uint32_t at = HEADER
    cdef int i
    cdef const Hop* hop
    for i in range(route.hop_count):
        hop = &route.hops[i]
        to.at[i] = at
        at = hop_end(pdu, at + hop.octets, size, hop.end, hop.most)
        if at == 0:
            return False
    to.at[route.hop_count] = at
    return True


cdef inline uint32_t near_end(const uint8_t* pdu, uint32_t at, uint32_t size) noexcept nogil:
    """string_end() where ``at`` may lie behind the PDU, but not FAR."""
    cdef uint32_t length = before_nul(pdu + at)         # no branch for each length: lengths are hard to foresee
    if length < STEP:
        return at + length + 1
    return string_end(pdu, at, size) if at < size else 0


cdef inline uint32_t time_end(const uint8_t* pdu, uint32_t at) noexcept nogil:
    """The same for a time, empty or of 16 characters; 0 for any other."""
    if pdu[at] == 0:                    # nearly all are, so that what follows need not wait
        return at + 1
    return at + TIME if before_nul(pdu + at) == STEP and pdu[at + STEP] == 0 else 0


@cython.overflowcheck(False)            # 0 less something is more than any limit, on purpose
cdef inline bint hop_message(const Route* route, const uint8_t* pdu, uint32_t size, Places* to) noexcept nogil:
    """The same for submit_sm and deliver_sm, most of all traffic, whose hops are known when this is compiled.

    Whether all keep to the limits, and to the PDU, is asked once, at the end: FAR octets behind the PDU may be read.
    """
    cdef const Hop* hops = route.hops
    cdef uint32_t source, destination, schedule, validity, message, end
    source = HEADER + 1 if pdu[HEADER] == 0 else near_end(pdu, HEADER, size)        # most have no service_type
    destination = near_end(pdu, source + 2, size)
    schedule = near_end(pdu, destination + 2, size)
    validity = time_end(pdu, schedule + 3)
    message = time_end(pdu, validity)
    end = message + 5 + pdu[message + 4]
    to.at[0], to.at[1], to.at[2], to.at[3] = HEADER, source, destination, schedule
    to.at[4], to.at[5], to.at[6] = validity, message, end
    return (source - HEADER <= hops[0].most and destination - source - 2 <= hops[1].most
            and schedule - destination - 2 <= hops[2].most and validity != 0 and message != 0
            and end - message - 5 <= hops[5].most and end <= size)


cdef inline bint hop_tlvs(const uint8_t* pdu, uint32_t at, uint32_t size, Places* to) noexcept nogil:
    cdef uint32_t value, count = 0
    while size - at >= 4:
        value = read_u16(pdu + at + 2)
        if value > size - at - 4 or count == MOST_TLVS:
            return False
        at += 4 + value
        count += 1
    to.tlv_end = at
    return True


cdef inline bint hop_all(const Route* route, const uint8_t* pdu, uint32_t size, int64_t behind, bint message_like,
                         Places* to) noexcept nogil:
    """Find everything in a body that has nothing odd about it; False for any other, which walk() looks at.

    ``behind`` octets may be read from the beginning of the PDU on.
    """
    cdef int i
    if size == HEADER:
        if not route.bare:
            return False
        to.present = 0
        to.tlv_end = HEADER
        for i in range(route.hop_count + 1):
            to.at[i] = HEADER
        return True
    if behind < size + FAR:
        return False
    if not (hop_message(route, pdu, size, to) if message_like else hop_fields(route, pdu, size, to)):
        return False
    to.present = route.fields
    to.tlv_end = to.at[route.hop_count]
    return to.tlv_end == size or (not route.response and hop_tlvs(pdu, to.tlv_end, size, to))


cdef inline void places_of(const Route* route, const Walk* walked, Places* to) noexcept nogil:
    cdef int i
    for i in range(route.hop_count):
        to.at[i] = walked.offsets[route.hops[i].first]
    to.at[route.hop_count] = walked.offsets[route.fields]
    to.tlv_end = walked.tlv_end
    to.present = walked.present


cdef inline void walk_of(const Route* route, uint32_t size, const Places* places, Walk* to) noexcept nogil:
    """What walk() would have found, for who looks at every field; but lengths of TLVs are left to is_odd()."""
    cdef int i, field
    cdef const Hop* hop
    for i in range(route.hop_count):
        hop = &route.hops[i]
        for field in range(hop.octets + (hop.end != END_HERE)):
            to.offsets[hop.first + field] = places.at[i] + <uint32_t>(field if places.present else 0)
    to.offsets[route.fields] = places.at[route.hop_count]
    to.tlv_end = places.tlv_end
    to.present = places.present
    to.odd = ODD_TRAILING if places.tlv_end != size else 0
    to.fault = SOUND
