"""Where the fields of one PDU stand: by hops, where each keeps to its limit; walk() looks at all others."""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr

from smppkit._core.column cimport STEP
from smppkit._core.dates cimport eight
from smppkit._core.plan cimport HEADER, MOST_TLVS, SOUND, Walk, plan_at, read_u16, walk_tlvs
from smppkit._core.rows cimport END_COUNTED, END_HERE, END_LIST, END_STRING, END_TIME, Hop, Places, Route

cdef extern from *:
    """
    #if defined(_MSC_VER) && defined(_WIN64)
    #include <intrin.h>
    #endif
    /* Which of eight octets is the lowest one marked by its top bit; one is. */
    static inline uint32_t first_marked(uint64_t marks) {
    #if defined(__GNUC__) || defined(__clang__)
        return (uint32_t)__builtin_ctzll(marks) >> 3;
    #elif defined(_MSC_VER) && defined(_WIN64)
        unsigned long bit;
        _BitScanForward64(&bit, marks);
        return (uint32_t)bit >> 3;
    #else
        uint32_t place = 0;
        while (!(marks & 0x80)) marks >>= 8, place++;
        return place;
    #endif
    }
    """
    uint32_t first_marked(uint64_t marks) noexcept nogil

cdef enum:
    TIME = 17                   # octets of a time with its NUL


@cython.overflowcheck(False)            # borrows run out of the number on purpose
cdef inline uint64_t nuls(uint64_t octets) noexcept nogil:
    """The top bit of each octet that is NUL, and perhaps of some above the lowest such."""
    return (octets - <uint64_t>0x0101010101010101) & ~octets & <uint64_t>0x8080808080808080


cdef inline uint32_t string_end(const uint8_t* pdu, uint32_t at, uint32_t end) noexcept nogil:
    """The octet after the NUL of the string at ``at`` < ``end``; 0 when there is none. Behind ``end`` may be read."""
    cdef uint64_t low, high
    cdef const void* nul
    if pdu[at] == 0:                    # most strings of most PDUs are empty
        return at + 1
    low, high = nuls(eight(pdu + at)), nuls(eight(pdu + at + 8))
    if low | high:                      # no branch for each length: lengths are hard to foresee
        return at + 1 + first_marked(low if low else high) + (0 if low else 8)
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


cdef inline bint hop_message(const Route* route, const uint8_t* pdu, uint32_t size, Places* to) noexcept nogil:
    """The same for submit_sm and deliver_sm, most of all traffic, whose hops are known when this is compiled."""
    cdef const Hop* hops = route.hops
    to.at[0] = HEADER
    to.at[1] = hop_end(pdu, HEADER, size, END_STRING, hops[0].most)                 # service_type
    if to.at[1] == 0:
        return False
    to.at[2] = hop_end(pdu, to.at[1] + 2, size, END_STRING, hops[1].most)           # source
    if to.at[2] == 0:
        return False
    to.at[3] = hop_end(pdu, to.at[2] + 2, size, END_STRING, hops[2].most)           # destination
    if to.at[3] == 0:
        return False
    to.at[4] = hop_end(pdu, to.at[3] + 3, size, END_TIME, TIME)                     # schedule_delivery_time
    if to.at[4] == 0:
        return False
    to.at[5] = hop_end(pdu, to.at[4], size, END_TIME, TIME)                         # validity_period
    if to.at[5] == 0:
        return False
    to.at[6] = hop_end(pdu, to.at[5] + 5, size, END_COUNTED, hops[5].most)          # short_message
    return to.at[6] != 0


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
    if behind < size + STEP:
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


cdef inline void walk_of(const Route* route, const uint8_t* pdu, uint32_t size, const Places* places,
                         Walk* to) noexcept nogil:
    """What walk() would have found, for who looks at every field."""
    cdef int i, field
    cdef const Hop* hop
    for i in range(route.hop_count):
        hop = &route.hops[i]
        for field in range(hop.octets + (hop.end != END_HERE)):
            to.offsets[hop.first + field] = places.at[i] + <uint32_t>(field if places.present else 0)
    to.offsets[route.fields] = places.at[route.hop_count]
    to.tlv_end = places.tlv_end
    to.present = places.present
    to.odd = 0
    to.fault = SOUND
    if places.at[route.hop_count] != size:
        walk_tlvs(pdu, places.at[route.hop_count], size, plan_at(route.row), to)
