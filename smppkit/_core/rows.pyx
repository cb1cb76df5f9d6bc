"""The loop over many PDUs: each is walked once, and only what was asked for is decoded. No Python in here.

One that cannot be read keeps its header columns, lacks the others, and is noted for ``problem``.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memchr, memcpy, memset

from smppkit._core.column cimport Sink, close_string, has, put_int, put_latin, put_octets, reserve
from smppkit._core.derived cimport MARKS, Body, derive
from smppkit._core.oddity cimport is_odd
from smppkit._core.plan cimport HEADER, MAX_PDU, CommandPlan, Walk, plan_of, read_u16, read_u32, walk, write_u32

cdef enum:
    MASK = 8                    # asterisks in place of a password
    LONGEST_INT = 8             # octets of a TLV that is an integer


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


cdef inline void take_header(Job* job, Py_ssize_t row, const uint8_t* pdu) noexcept nogil:
    if job.command_length != NULL:
        put_int(job.command_length, row, read_u32(pdu))
    if job.command_id != NULL:
        put_int(job.command_id, row, read_u32(pdu + 4))
    if job.command_status != NULL:
        put_int(job.command_status, row, read_u32(pdu + 8))
    if job.sequence_number != NULL:
        put_int(job.sequence_number, row, read_u32(pdu + 12))


cdef inline bint take_fields(Job* job, Py_ssize_t row, const uint8_t* pdu, const Route* route,
                             const Walk* walked) noexcept nogil:
    cdef int i
    cdef const Step* step
    cdef Sink* sink
    cdef uint32_t at, size
    for i in range(route.count):
        step = &route.steps[i]
        if step.field >= walked.present:
            return True                 # steps stand in wire order: the rest is absent too
        sink = &job.sinks[step.sink]
        at = walked.offsets[step.field]
        if step.act == ACT_U8:
            put_int(sink, row, pdu[at])
            continue
        size = walked.offsets[step.field + 1] - at
        if step.act == ACT_LATIN:
            if size and pdu[at + size - 1] == 0:
                size -= 1
            if not put_latin(sink, row, pdu + at, size):
                return False
        elif step.act == ACT_HIDE:
            if not put_octets(sink, row, b"***", 3):
                return False
        elif not put_octets(sink, row, pdu + at, size):
            return False
    return True


cdef inline bint take_value(Sink* sink, Py_ssize_t row, const Target* target, const uint8_t* value,
                            uint32_t size) noexcept nogil:
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
        return put_latin(sink, row, value, size)
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
                if not take_value(&job.sinks[target.sink], row, target, pdu + at + 4, size):
                    return False
            slot = target.next
        at += 4 + size
    return True


cdef inline bint take_derived(Job* job, Py_ssize_t row, const uint8_t* pdu, const Route* route, const Walk* walked,
                              Body* body) noexcept nogil:
    body.esm_class = body.data_coding = 0
    body.inbound = route.inbound
    body.message.at = NULL
    body.message.size = 0
    if route.esm_class != NO_FIELD:
        body.esm_class = pdu[walked.offsets[route.esm_class]]
    if route.data_coding != NO_FIELD:
        body.data_coding = pdu[walked.offsets[route.data_coding]]
    if route.message != NO_FIELD:
        body.message.at = pdu + walked.offsets[route.message]
        body.message.size = walked.offsets[route.message + 1] - walked.offsets[route.message]
    return derive(&job.derived, row, body)


cdef bint take_raw(Sink* sink, Py_ssize_t row, const uint8_t* pdu, Py_ssize_t size, const Route* routes) noexcept nogil:
    """The octets of a record; a password becomes eight asterisks, so that not even its length is told.

    Where the body breaks off before the password can be found, all of it becomes asterisks.
    """
    cdef const CommandPlan* plan = plan_of(read_u32(pdu + 4)) if size > HEADER else NULL
    cdef const void* found
    cdef Py_ssize_t begin, rest, total
    cdef uint8_t* at
    if plan == NULL or routes[plan.row].password == NO_FIELD:
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


cdef bint take_body(Job* job, Py_ssize_t row, const uint8_t* pdu, uint32_t size) noexcept nogil:
    """Everything behind a header whose command_length is right."""
    cdef const CommandPlan* plan = plan_of(read_u32(pdu + 4))
    cdef const Route* route = NULL
    cdef Walk walked
    cdef Body body
    cdef bint sound = False
    cdef int i
    if plan != NULL:
        route = &job.routes[plan.row]
        sound = walk(pdu, size, plan, &walked)
    if job.raw != NULL and not take_raw(job.raw, row, pdu, size, job.routes):
        return False
    if job.wants_problem and (not sound or is_odd(pdu, plan, &walked, job.rule_slots, job.rules)):
        if not note_trouble(job, row):
            return False
    if not sound:
        return True
    if job.body_present != NULL:
        put_int(job.body_present, row, walked.present > 0)
    if not take_fields(job, row, pdu, route, &walked):
        return False
    if job.wants_tlvs:
        for i in range(MARKS):
            body.marks[i].at = NULL
            body.marks[i].size = 0
        if not take_tlvs(job, row, pdu, walked.offsets[plan.count], walked.tlv_end, &body):
            return False
    if job.wants_derived and route.carries and walked.present == plan.count:
        return take_derived(job, row, pdu, route, &walked, &body)
    return True


cdef bint run(Job* job) noexcept nogil:
    """Fill every sink; False when memory is out."""
    cdef Py_ssize_t row
    cdef const uint8_t* pdu
    cdef int64_t size
    for row in range(job.rows):
        pdu = job.buffer + job.offset[row]
        size = job.length[row]
        if size >= HEADER:
            take_header(job, row, pdu)
            if size <= MAX_PDU and read_u32(pdu) == size:
                if job.wants_body and not take_body(job, row, pdu, <uint32_t>size):
                    return False
                continue
        if job.wants_problem and not note_trouble(job, row):
            return False
        if job.raw != NULL and not take_raw(job.raw, row, pdu, size, job.routes):
            return False
    return True
