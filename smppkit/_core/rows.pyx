"""The loop over many PDUs: each is walked once, and only what was asked for is decoded. No Python in here.

One that cannot be read keeps its header columns, lacks the others, and is noted for ``problem``.
"""

cimport cython
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy, memset

from smppkit._core.column cimport (
    STEP,
    Sink,
    close_string,
    has,
    miss,
    put_int,
    put_latin,
    put_octets,
    reserve,
)
from smppkit._core.dates cimport eight
from smppkit._core.derived cimport Body, derive
from smppkit._core.memory cimport realloc
from smppkit._core.oddity cimport is_odd
from smppkit._core.pages cimport soon
from smppkit._core.plan cimport (
    HEADER,
    MAX_PDU,
    MOST_TLVS,
    SOUND,
    Walk,
    plan_at,
    read_u16,
    read_u32,
    walk,
    walk_tlvs,
    write_u32,
)

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
    MASK = 8                    # asterisks in place of a password
    LONGEST_INT = 8             # octets of a TLV that is an integer
    AHEAD = 1024                # octets
    TIME = 17                   # octets of a time with its NUL
    LOW_COMMANDS = 512          # half of COMMANDS


cdef bint note_trouble(Job* job, Py_ssize_t row) noexcept nogil:
    cdef Py_ssize_t room
    cdef void* grown
    if job.troubled_count == job.troubled_room:
        room = 2 * job.troubled_room + 64
        grown = realloc(job.troubled, room * sizeof(Py_ssize_t))
        if grown == NULL:
            return False
        job.troubled = <Py_ssize_t*>grown
        job.troubled_room = room
    job.troubled[job.troubled_count] = row
    job.troubled_count += 1
    return True


# ---- where things stand ----

cdef inline const Route* route_of(const Job* job, uint32_t command_id) noexcept nogil:
    """NULL for a command that the standard lacks."""
    cdef uint32_t low = command_id & 0x7FFFFFFF
    cdef uint8_t place
    if low >= LOW_COMMANDS:
        return NULL
    place = job.commands[low + LOW_COMMANDS if command_id >> 31 else low]
    return &job.routes[place - 1] if place else NULL


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


cdef inline bint hop_all(const Job* job, const Route* route, const uint8_t* pdu, uint32_t size,
                         Places* to) noexcept nogil:
    """Find everything in a body that has nothing odd about it; False for any other, which walk() looks at."""
    cdef int i
    if size == HEADER:
        if not route.bare:
            return False
        to.present = 0
        to.tlv_end = HEADER
        for i in range(route.hop_count + 1):
            to.at[i] = HEADER
        return True
    if job.buffer + job.octets - pdu < size + STEP:
        return False
    if not (hop_message(route, pdu, size, to) if route.message_like else hop_fields(route, pdu, size, to)):
        return False
    to.present = route.fields
    to.tlv_end = to.at[route.hop_count]
    return to.tlv_end == size or (not route.response and hop_tlvs(pdu, to.tlv_end, size, to))


cdef void places_of(const Route* route, const Walk* walked, Places* to) noexcept nogil:
    cdef int i
    for i in range(route.hop_count):
        to.at[i] = walked.offsets[route.hops[i].first]
    to.at[route.hop_count] = walked.offsets[route.fields]
    to.tlv_end = walked.tlv_end
    to.present = walked.present


cdef void walk_of(const Route* route, const uint8_t* pdu, uint32_t size, const Places* places, Walk* to) noexcept nogil:
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


# ---- what is taken ----

cdef inline void take_header(Job* job, Py_ssize_t row, const uint8_t* pdu) noexcept nogil:
    cdef int i
    for i in range(HEADERS):
        if job.header[i] != NULL:
            job.header[i].values[row] = read_u32(pdu + 4 * i)


cdef inline bint take_fields(Job* job, Py_ssize_t row, const uint8_t* pdu, const Route* route,
                             const Places* places) noexcept nogil:
    cdef int i
    cdef const Step* step
    cdef Sink* sink
    cdef uint32_t at, size
    for i in range(route.count):
        step = &route.steps[i]
        if step.field >= places.present:
            return True                 # steps stand in wire order: the rest is absent too
        sink = &job.sinks[step.sink]
        at = places.at[step.spot.hop] + step.spot.skip
        if step.act == ACT_U8:
            put_int(sink, row, pdu[at])
            continue
        size = places.at[step.spot.hop + 1] - at
        if step.act == ACT_LATIN:
            if size and pdu[at + size - 1] == 0:
                size -= 1
            if not put_latin(sink, row, pdu + at, size, job.buffer + job.octets):
                return False
        elif step.act == ACT_HIDE:
            if not put_octets(sink, row, b"***", 3):
                return False
        elif not put_octets(sink, row, pdu + at, size):
            return False
    return True


cdef inline bint take_value(Sink* sink, Py_ssize_t row, const Target* target, const uint8_t* value, uint32_t size,
                            const uint8_t* end) noexcept nogil:
    """An integer is read by the length it has, the standard's or not; a mandatory field of that name goes first."""
    cdef uint64_t number = 0            # eight octets fill it: of a signed one the last shift would overflow
    cdef uint32_t i
    if has(sink, row):
        return True
    if target.form == FORM_OCTETS:
        return put_octets(sink, row, value, size)
    if target.form == FORM_CSTRING:
        if size and value[size - 1] == 0:
            size -= 1
        return put_latin(sink, row, value, size, end)
    if 0 < size <= LONGEST_INT:
        for i in range(size):
            number = number << 8 | value[i]
        put_int(sink, row, <int64_t>number)
    return True


cdef inline bint take_tlvs(Job* job, Py_ssize_t row, const uint8_t* pdu, uint32_t at, uint32_t end,
                           Body* body) noexcept nogil:
    cdef uint32_t size
    cdef uint8_t slot
    cdef const Target* target
    cdef uint64_t seen[4]               # a bit for each target: the first value counts, also when it cannot be read
    seen[0] = seen[1] = seen[2] = seen[3] = 0
    while end - at >= 4:
        size = read_u16(pdu + at + 2)
        slot = job.slots[read_u16(pdu + at)]
        while slot:
            target = &job.targets[slot - 1]
            if target.mark >= 0 and body.marks[target.mark].at == NULL:
                body.marks[target.mark].at = pdu + at + 4
                body.marks[target.mark].size = size
            if target.sink >= 0 and not seen[slot >> 6] >> (slot & 63) & 1:
                seen[slot >> 6] |= <uint64_t>1 << (slot & 63)
                if not take_value(&job.sinks[target.sink], row, target, pdu + at + 4, size, job.buffer + job.octets):
                    return False
            slot = target.next
        at += 4 + size
    return True


cdef inline bint take_derived(Job* job, Py_ssize_t row, const uint8_t* pdu, const Route* route, const Places* places,
                              Body* body) noexcept nogil:
    body.esm_class = body.data_coding = 0
    body.inbound = route.inbound
    body.message.at = NULL
    body.message.size = 0
    if route.esm_class.hop != NO_FIELD:
        body.esm_class = pdu[places.at[route.esm_class.hop] + route.esm_class.skip]
    if route.data_coding.hop != NO_FIELD:
        body.data_coding = pdu[places.at[route.data_coding.hop] + route.data_coding.skip]
    if route.message.hop != NO_FIELD:
        body.message.at = pdu + places.at[route.message.hop] + route.message.skip
        body.message.size = places.at[route.message.hop + 1] - places.at[route.message.hop] - route.message.skip
    return derive(&job.derived, row, body)


cdef bint take_raw(const Job* job, Py_ssize_t row, const uint8_t* pdu, Py_ssize_t size) noexcept nogil:
    """The octets of a record; a password becomes eight asterisks, so that not even its length is told.

    Where the body breaks off before the password can be found, all of it becomes asterisks.
    """
    cdef const Route* route = route_of(job, read_u32(pdu + 4)) if size > HEADER else NULL
    cdef Sink* sink = job.raw
    cdef const void* found
    cdef Py_ssize_t begin, rest, total
    cdef uint8_t* at
    if route == NULL or not route.has_password:
        return put_octets(sink, row, pdu, size)
    found = memchr(pdu + HEADER, 0, size - HEADER)
    begin = <const uint8_t*>found - pdu + 1 if found != NULL else HEADER
    found = memchr(pdu + begin, 0, size - begin) if found != NULL and size > begin else NULL
    rest = size - (<const uint8_t*>found - pdu) if found != NULL else 0
    total = begin + (MASK if begin > HEADER else size - HEADER) + rest
    at = reserve(sink, total)
    if at == NULL:
        return False
    memcpy(at, pdu, begin)
    memset(at + begin, c"*", total - rest - begin)
    if rest:
        memcpy(at + total - rest, pdu + size - rest, rest)
    if begin > HEADER:
        write_u32(at, <uint32_t>total)
    close_string(sink, row, total)
    return True


cdef bint is_troubled(const Job* job, const uint8_t* pdu, uint32_t size, const Route* route, const Places* places,
                      Walk* walked, bint hopped) noexcept nogil:
    """Whether there may be something to tell of a PDU that can be read."""
    if hopped:
        walk_of(route, pdu, size, places, walked)
    return is_odd(pdu, plan_at(route.row), walked, job.rule_slots, job.rules)


cdef bint take_body(Job* job, Py_ssize_t row, const uint8_t* pdu, uint32_t size) noexcept nogil:
    """Everything behind a header whose command_length is right."""
    cdef const Route* route = route_of(job, read_u32(pdu + 4))
    cdef Walk walked
    cdef Places places
    cdef Body body
    cdef bint sound = False, hopped = False
    if route != NULL:
        hopped = hop_all(job, route, pdu, size, &places)
        sound = hopped or walk(pdu, size, plan_at(route.row), &walked)
        if sound and not hopped:
            places_of(route, &walked, &places)
    if job.raw != NULL and not take_raw(job, row, pdu, size):
        return False
    if job.wants_problem and (not sound or is_troubled(job, pdu, size, route, &places, &walked, hopped)):
        if not note_trouble(job, row):
            return False
    if not sound:
        return True
    if job.body_present != NULL:
        put_int(job.body_present, row, places.present > 0)
    if not take_fields(job, row, pdu, route, &places):
        return False
    if job.wants_tlvs:
        if job.wants_derived:
            memset(body.marks, 0, sizeof(body.marks))
        if not take_tlvs(job, row, pdu, places.at[route.hop_count], places.tlv_end, &body):
            return False
    if job.wants_derived and route.carries and places.present == route.fields:
        return take_derived(job, row, pdu, route, &places, &body)
    return True


cdef bint take_other(Job* job, Py_ssize_t row, const uint8_t* pdu, int64_t size) noexcept nogil:
    """A record that is no PDU: too short for a header, or not as long as that says."""
    cdef int i
    if size < HEADER:
        for i in range(HEADERS):
            if job.header[i] != NULL:
                miss(job.header[i], row)
    if job.wants_problem and not note_trouble(job, row):
        return False
    return job.raw == NULL or take_raw(job, row, pdu, size)


cdef bint run(Job* job) noexcept nogil:
    """Fill every sink; False when memory is out, or a row lies outside of the buffer."""
    cdef Py_ssize_t row
    cdef const uint8_t* pdu
    cdef int64_t size
    for row in range(job.rows):
        size = job.length[row]
        if size < 0 or size > job.octets or job.offset[row] < 0 or job.offset[row] > job.octets - size:
            job.outside = row
            return False
        pdu = job.buffer + job.offset[row]
        if job.place != NULL:
            job.place.values[row] = job.offset[row]
        soon(pdu + AHEAD)
        soon(pdu + AHEAD + 64)
        if size >= HEADER:
            take_header(job, row, pdu)
            if size <= MAX_PDU and read_u32(pdu) == size:
                if job.wants_body and not take_body(job, row, pdu, <uint32_t>size):
                    return False
                continue
        if not take_other(job, row, pdu, size):
            return False
    return True
