"""The loop over many PDUs, batch by batch: each PDU is walked once, and only what was asked for is decoded.

The PDUs of a batch are looked at by command, so that what comes next can be foreseen. What has to be written in the
order of rows is noted, and written last. One that cannot be read keeps its header columns, lacks the others, and is
noted for ``problem``. No Python in here.
"""

from libc.stdint cimport INT64_MAX, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from smppkit._core.column cimport SINK_TEXT, STEP, Sink, clear_sinks, has, miss, put_int
from smppkit._core.cuts cimport BATCH, MASKED, Cuts, begin_cuts, fill_cuts
from smppkit._core.derived cimport Body, derive
from smppkit._core.memory cimport clear, realloc
from smppkit._core.oddity cimport is_odd
from smppkit._core.pages cimport soon
from smppkit._core.places cimport hop_all, places_of, walk_of
from smppkit._core.network cimport read_u16, read_u32
from smppkit._core.once cimport read_once
from smppkit._core.plan cimport HEADER, MAX_PDU, Walk, plan_at, walk
from smppkit._core.raws cimport take_raws

cdef enum:
    LONGEST_INT = 8             # octets of a TLV that is an integer
    AHEAD = 6144                # octets


cdef bint note_trouble(Job* job, const Batch* batch, int row) noexcept nogil:
    """False when memory is out."""
    cdef Py_ssize_t room
    cdef void* grown
    if job.troubled_count == job.troubled_room:
        room = 2 * job.troubled_room + 64
        grown = realloc(job.troubled, room * sizeof(Troubled))
        if grown == NULL:
            return False
        job.troubled = <Troubled*>grown
        job.troubled_room = room
    job.troubled[job.troubled_count].row = batch.first + row
    job.troubled[job.troubled_count].tlv_end = batch.places[row].tlv_end if batch.states[row] == HOPPED else 0
    job.troubled_count += 1
    return True


# ---- which rows there are ----

cdef bint open_batch(Job* job, Batch* batch, Py_ssize_t first) noexcept nogil:
    """Sort the rows from ``first`` on by what their headers say; False when one lies outside of the buffer."""
    cdef const int64_t* offsets = &job.offset[first]
    cdef const int64_t* lengths = &job.length[first]
    cdef int64_t end = 0, offset, length
    cdef int counts[ROUTES + 1]
    cdef int row, count = <int>min(job.rows - first, BATCH)
    batch.first, batch.count = first, count
    batch.short_ones = False
    memset(counts, 0, sizeof(counts))
    memset(batch.states, TORN, sizeof(batch.states))
    memset(batch.tasks, 0, sizeof(batch.tasks))
    for row in range(count):
        offset, length = read_once(&offsets[row]), read_once(&lengths[row])
        if not 0 <= offset <= job.octets or not 0 <= length <= job.octets - offset:
            job.outside = first + row
            return False
        end = max(end, offset + length)
        sort_row(job, batch, row, job.buffer + offset, length, counts)
    batch.near = job.octets - end < STEP
    memcpy(batch.counts, counts, sizeof(counts))
    return True


cdef inline void sort_row(const Job* job, Batch* batch, int row, const uint8_t* pdu, int64_t size,
                          int* counts) noexcept nogil:
    cdef uint8_t slot = 0
    soon(pdu + AHEAD)
    soon(pdu + AHEAD + 64)
    if size < HEADER:
        batch.short_ones = True
    elif size <= MAX_PDU and read_u32(pdu) == size:
        slot = slot_of(job, read_u32(pdu + 4))
    batch.pdus[row] = pdu
    batch.sizes[row] = size
    batch.slots[row] = slot                     # kept: the caller may write to a buffer meanwhile
    batch.rows[slot][counts[slot]] = <uint8_t>row
    counts[slot] += 1


cdef void take_header(const Job* job, const Batch* batch, Sink* sink, int place) noexcept nogil:
    """One field of the header, which ``place`` octets stand before. Pointers are local: values might else be they."""
    cdef int64_t* values = &sink.values[batch.first]
    cdef int row, count = batch.count
    if batch.short_ones:
        for row in range(count):
            if batch.sizes[row] < HEADER:
                miss(sink, batch.first + row)
            else:
                values[row] = read_u32(batch.pdus[row] + place)
    else:
        for row in range(count):
            values[row] = read_u32(batch.pdus[row] + place)


cdef void take_headers(Job* job, const Batch* batch) noexcept nogil:
    cdef int i
    if job.place != NULL:
        memcpy(&job.place.values[batch.first], &job.offset[batch.first], batch.count * sizeof(int64_t))
    for i in range(HEADERS):
        if job.header[i] != NULL:
            take_header(job, batch, job.header[i], 4 * i)


# ---- mandatory fields ----

cdef inline int find(const Job* job, Batch* batch, const Route* route, int row, bint message_like) noexcept nogil:
    """Find the fields of one row, and say what is left to do with it. Returns how many of its fields there are."""
    cdef const uint8_t* pdu = batch.pdus[row]
    cdef uint32_t size = <uint32_t>batch.sizes[row]         # it has a route, so it is short
    cdef Places* places = &batch.places[row]
    cdef Walk walked
    batch.states[row] = HOPPED
    if not hop_all(route, pdu, size, job.octets - (pdu - job.buffer), message_like, places):
        if not walk(pdu, size, plan_at(route.row), &walked):
            batch.states[row] = TORN
            return 0
        batch.states[row] = WALKED
        places_of(route, &walked, places)
    if job.wants_tlvs and places.tlv_end - places.at[route.hop_count] >= 4:
        batch.tasks[row] = TASK_TLVS
    if job.wants_derived and route.carries and places.present == route.fields:
        batch.tasks[row] |= TASK_DERIVE
    return places.present


cdef inline int find_all(Job* job, Batch* batch, const Route* route, int slot, bint message_like,
                         uint8_t* full) noexcept nogil:
    """Find the fields of all rows of a route; ``full`` gets those that have all, and the others are taken at once."""
    cdef int i, row, present, count = 0
    for i in range(batch.counts[slot]):
        row = batch.rows[slot][i]
        present = find(job, batch, route, row, message_like)
        full[count] = <uint8_t>row
        if present == route.fields:
            count += 1
        elif present:
            take_fields(job, batch, route, &full[count], 1, present)
    return count


cdef void take_route(Job* job, Batch* batch, int slot) noexcept nogil:
    cdef const Route* route = &job.routes[slot - 1]
    cdef uint8_t full[BATCH]
    cdef int i, row, count
    if route.message_like:
        count = find_all(job, batch, route, slot, True, full)
    else:
        count = find_all(job, batch, route, slot, False, full)
    if job.body_present != NULL:
        for i in range(batch.counts[slot]):
            row = batch.rows[slot][i]
            if batch.states[row] != TORN:
                put_int(job.body_present, batch.first + row, batch.places[row].present > 0)
    take_fields(job, batch, route, full, count, route.fields)
    if job.wants_tlvs or job.wants_derived:
        prepare(job, batch, route, slot)


cdef void take_fields(Job* job, Batch* batch, const Route* route, const uint8_t* rows, int count,
                      int present) noexcept nogil:
    """Take the wanted ones of the first ``present`` fields of some rows: integers are written, strings noted."""
    cdef int i
    cdef const Step* step
    if count == 0:
        return
    for i in range(route.count):
        step = &route.steps[i]
        if step.field >= present:
            return                      # steps stand in wire order: the rest is absent too
        if step.act == ACT_U8:
            take_integers(&job.sinks[step.sink], batch, step, rows, count)
        else:
            note_strings(job, batch, step, rows, count)


cdef void take_integers(Sink* sink, const Batch* batch, const Step* step, const uint8_t* rows,
                        int count) noexcept nogil:
    """What does not change is local: an octet that is written might else be of it."""
    cdef int64_t* values = &sink.values[batch.first]
    cdef uint8_t* valid = &sink.valid[batch.first]
    cdef int i, row, hop = step.spot.hop, skip = step.spot.skip
    for i in range(count):
        row = rows[i]
        values[row] = batch.pdus[row][batch.places[row].at[hop] + skip]
        valid[row] = 1
    sink.present += count


cdef inline Cuts* cuts_of(Job* job, const Batch* batch, int sink) noexcept nogil:
    """Where to note the strings of a column."""
    cdef Cuts* cuts = &job.cuts[sink]
    if not job.noted[sink]:
        job.noted[sink] = True
        cuts.next = job.last_noted
        job.last_noted = sink + 1
        begin_cuts(cuts, batch.count)
    return cuts


cdef void note_strings(Job* job, const Batch* batch, const Step* step, const uint8_t* rows, int count) noexcept nogil:
    cdef Sink* sink = &job.sinks[step.sink]
    cdef Cuts* cuts = cuts_of(job, batch, step.sink)
    cdef uint8_t* valid = &sink.valid[batch.first]
    cdef int i, row
    if step.act == ACT_HIDE:
        for i in range(count):
            cuts.at[rows[i]] = MASKED
            cuts.size[rows[i]] = 3
    elif step.act == ACT_LATIN:
        note_cuts(cuts, batch, step, rows, count, True)
    else:
        note_cuts(cuts, batch, step, rows, count, False)
    for i in range(count):
        row = rows[i]
        valid[row] = 1
    sink.present += count


cdef inline void note_cuts(Cuts* cuts, const Batch* batch, const Step* step, const uint8_t* rows, int count,
                           bint latin) noexcept nogil:
    cdef int i, row, hop = step.spot.hop, skip = step.spot.skip
    cdef const uint8_t* pdu
    cdef uint32_t begin, end
    for i in range(count):
        row = rows[i]
        pdu = batch.pdus[row]
        begin, end = batch.places[row].at[hop] + skip, batch.places[row].at[hop + 1]
        if latin and end > begin and pdu[end - 1] == 0:
            end -= 1
        cuts.at[row] = pdu + begin
        cuts.size[row] = end - begin


# ---- TLVs, and what is derived ----

cdef inline void take_value(Job* job, const Batch* batch, int row, const Target* target, const uint8_t* value,
                            uint32_t size) noexcept nogil:
    """An integer is read by its length, the standard's or not, if Int64 holds it; a field of that name goes first."""
    cdef Sink* sink = &job.sinks[target.sink]
    cdef Cuts* cuts
    cdef uint64_t number = 0            # eight octets fill it: of a signed one the last shift would overflow
    cdef uint32_t i
    if has(sink, batch.first + row):
        return
    if target.form == FORM_INT:
        if 0 < size <= LONGEST_INT:
            for i in range(size):
                number = number << 8 | value[i]
            if number <= <uint64_t>INT64_MAX:
                put_int(sink, batch.first + row, <int64_t>number)
        return
    cuts = cuts_of(job, batch, target.sink)
    if target.form == FORM_CSTRING and size and value[size - 1] == 0:
        size -= 1
    cuts.at[row] = value
    cuts.size[row] = size
    sink.valid[batch.first + row] = 1
    sink.present += 1


cdef inline void take_tlvs(Job* job, const Batch* batch, int row, uint32_t at, Body* body) noexcept nogil:
    cdef const uint8_t* pdu = batch.pdus[row]
    cdef uint32_t size, end = batch.places[row].tlv_end
    cdef uint8_t slot
    cdef const Target* target
    cdef uint64_t seen[4]               # a bit for each target: the first value counts, also when it cannot be read
    seen[0] = seen[1] = seen[2] = seen[3] = 0
    while end - at >= 4:
        size = min(<uint32_t>read_u16(pdu + at + 2), end - at - 4)     # the caller may write there meanwhile
        slot = job.slots[read_u16(pdu + at)]
        while slot:
            target = &job.targets[slot - 1]
            if target.mark >= 0 and body.marks[target.mark].at == NULL:
                body.marks[target.mark].at = pdu + at + 4
                body.marks[target.mark].size = size
            if target.sink >= 0 and not seen[slot >> 6] >> (slot & 63) & 1:
                seen[slot >> 6] |= <uint64_t>1 << (slot & 63)
                take_value(job, batch, row, target, pdu + at + 4, size)
            slot = target.next
        at += 4 + size


cdef inline void describe(const Batch* batch, int row, const Route* route, Body* body) noexcept nogil:
    """What derive() is to know of the fields of a row."""
    cdef const uint8_t* pdu = batch.pdus[row]
    cdef const Places* places = &batch.places[row]
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


cdef void prepare(Job* job, Batch* batch, const Route* route, int slot) noexcept nogil:
    """Read the TLVs of all rows of a route, behind their fields, and note what is to be derived."""
    cdef int i, row
    cdef Body* body
    for i in range(batch.counts[slot]):
        row = batch.rows[slot][i]
        if batch.tasks[row] == 0:
            continue
        body = &batch.bodies[row]
        clear(body.marks, sizeof(body.marks))
        if batch.tasks[row] & TASK_DERIVE:
            describe(batch, row, route, body)
        if batch.tasks[row] & TASK_TLVS:
            take_tlvs(job, batch, row, batch.places[row].at[route.hop_count], body)


# ---- what follows the order of rows ----

cdef bint derive_all(Job* job, const Batch* batch) noexcept nogil:
    """False when memory is out."""
    cdef uint8_t rows[BATCH]
    cdef int i, row, count = 0
    for row in range(batch.count):      # no branch: which row is one of them is hard to foresee
        rows[count] = <uint8_t>row
        count += (batch.tasks[row] & TASK_DERIVE) != 0
    for i in range(count):
        if not derive(&job.derived, batch.first + rows[i], &batch.bodies[rows[i]]):
            return False
    return True


cdef bint write_strings(Job* job, const Batch* batch) noexcept nogil:
    """False when memory is out."""
    cdef int sink
    cdef bint done = True
    while done and job.last_noted:
        sink = job.last_noted - 1
        job.last_noted = job.cuts[sink].next
        job.noted[sink] = False
        if job.sinks[sink].kind == SINK_TEXT:
            done = fill_cuts(&job.sinks[sink], &job.cuts[sink], batch.first, batch.count, True, batch.near)
        else:
            done = fill_cuts(&job.sinks[sink], &job.cuts[sink], batch.first, batch.count, False, batch.near)
    return done


cdef bint is_troubled(const Job* job, const Batch* batch, int row) noexcept nogil:
    """Whether there is, or may be, something to tell of a row."""
    cdef const uint8_t* pdu = batch.pdus[row]
    cdef uint32_t size = <uint32_t>batch.sizes[row]
    cdef const Route* route
    cdef Walk walked
    if batch.states[row] == TORN:
        return True
    route = &job.routes[batch.slots[row] - 1]
    if batch.states[row] == HOPPED:
        walk_of(route, size, &batch.places[row], &walked)
    elif not walk(pdu, size, plan_at(route.row), &walked):
        return True                     # it could be read before: the caller has written there meanwhile
    return is_odd(pdu, plan_at(route.row), &walked, job.rule_slots, job.rules)


cdef bint note_troubles(Job* job, const Batch* batch) noexcept nogil:
    cdef int row
    for row in range(batch.count):
        if is_troubled(job, batch, row) and not note_trouble(job, batch, row):
            return False
    return True


cdef bint take_bodies(Job* job, Batch* batch) noexcept nogil:
    """Everything behind the headers; False when memory is out."""
    cdef int slot
    for slot in range(1, job.route_count + 1):
        if batch.counts[slot]:
            take_route(job, batch, slot)
    if job.wants_derived and not derive_all(job, batch):
        return False
    if not write_strings(job, batch):
        return False
    if job.raw != NULL and not take_raws(job, batch):
        return False
    return not job.wants_problem or note_troubles(job, batch)


cdef bint run(Job* job) noexcept nogil:
    """Fill every sink; False when memory is out, or a row lies outside of the buffer."""
    cdef Py_ssize_t first = 0
    while first < job.rows:
        if not open_batch(job, job.batch, first):
            return False
        clear_sinks(job.sinks, job.sink_count, first, job.batch.count)      # lines of memory that are written to next
        take_headers(job, job.batch)
        if job.wants_body and not take_bodies(job, job.batch):
            return False
        first += job.batch.count
    return True
