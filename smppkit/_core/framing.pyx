"""From the octets of one direction of a stream to PDU records, in step or getting into step.

In step, command_length alone says where the next PDU begins: unknown commands and broken bodies are records too. After
lost octets, and where a capture begins in mid-stream, a header has to be found: a command of the standard, a length
that its fields allow, a status and a sequence_number that make sense. Random octets hardly ever look so.
"""

from libc.stdint cimport UINT32_MAX, int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memcpy, memmove, memset

from smppkit._core.memory cimport clear, realloc
from smppkit._core.network cimport read_u32
from smppkit._core.pool cimport give_back, grow_in, taken_from
from smppkit._core.regions cimport grow_items
from smppkit._core.sixteen cimport first_bit, headers_16

from smppkit.spec import commands as _commands
from smppkit.spec import kinds as _kinds

cdef enum:
    SLOTS = 0x400           # command_ids of the standard: nine bits and the response bit
    KNOWN = 1
    OF_ESME = 2             # only an ESME sends it
    OF_MC = 4
    BINDS = 8
    BARE = 16               # it has no body
    RESPONSE = 32
    TELLS = 64              # it may change the state of the link
    MOST_OF_BARE = 80       # octets of a PDU without fields: a TLV or some may follow
    TOGETHER = 16           # places that are looked at together
    FEW_PLACES = 3          # those up to it are looked at one by one
    JOINED = 64             # octets, up to which those put aside and those behind them are read as one copy
    ROUTINE_BUFFER = 4096   # a larger buffer for a PDU in pieces is given back after use
    MOST_TIPPED = 0x40000000

cdef uint8_t MARKS[SLOTS]
cdef uint16_t LEAST[SLOTS]  # octets of the shortest request


cdef inline int slot_of(uint32_t command_id) noexcept nogil:
    """The place of a command in the tables; 0, which no command has, when the standard cannot have it."""
    if command_id & 0x7FFFFE00:
        return 0
    return <int>((command_id & 0x1FF) | ((command_id >> 31) << 9))


cdef inline bint plausible(const uint8_t* at, uint32_t largest) noexcept nogil:
    """Tell whether these 16 octets can only be a PDU's header."""
    cdef uint32_t length = read_u32(at), status = read_u32(at + 8)
    cdef int slot = slot_of(read_u32(at + 4))
    cdef uint8_t marks = MARKS[slot]
    if not marks or length < HEADER or length > largest:
        return False
    if marks & BARE and length > MOST_OF_BARE:
        return False
    if read_u32(at + 12) == 0 and slot != SLOTS >> 1:    # only a generic_nack may have sequence_number 0
        return False
    if marks & RESPONSE:
        return status <= 0xFFFF
    return status == 0 and length >= LEAST[slot]


cdef bint is_header(const uint8_t* octets, uint32_t largest) noexcept nogil:
    """Tell whether these 16 octets can only be a PDU's header."""
    return plausible(octets, largest)


cdef int64_t find_header(const uint8_t* octets, int64_t count, uint32_t largest) noexcept nogil:
    """The first place where a header stands; -1 when there is none. Sixteen places are looked at together."""
    cdef int64_t place = 0, last = count - HEADER, found
    if last < FEW_PLACES:
        return find_one_by_one(octets, last, largest)
    if last < TOGETHER - 1:
        return find_in_few(octets, count, largest)
    while True:
        found = first_plausible(octets + place, headers_16(octets + place), largest)
        if found >= 0:
            return place + found
        if place == last - (TOGETHER - 1):
            return -1
        place = min(place + TOGETHER, last - (TOGETHER - 1))    # the last have some in common with those before


cdef inline int64_t find_one_by_one(const uint8_t* octets, int64_t last, uint32_t largest) noexcept nogil:
    """The same up to a place."""
    cdef int64_t place
    for place in range(last + 1):
        if octets[place] == 0 and plausible(octets + place, largest):
            return place
    return -1


cdef inline int64_t find_in_few(const uint8_t* octets, int64_t count, uint32_t largest) noexcept nogil:
    """The same for fewer octets than sixteen places need, and one place at least."""
    cdef uint8_t room[2 * HEADER]
    cdef unsigned int places = (<unsigned int>1 << (count - HEADER + 1)) - 1
    memset(room, 0xFF, sizeof(room))
    memcpy(room, octets, count)
    return first_plausible(room, headers_16(room) & places, largest)


cdef inline int64_t first_plausible(const uint8_t* octets, unsigned int found, uint32_t largest) noexcept nogil:
    """The first of the places with a bit where a header stands; -1 when there is none."""
    while found:
        if plausible(octets + first_bit(found), largest):
            return first_bit(found)
        found &= found - 1
    return -1


cdef bint widen(void** block, int64_t* room, int64_t wanted, size_t size) noexcept nogil:
    """Make more room, for ``wanted`` items at least; False when there is no memory."""
    cdef int64_t larger = max(wanted, room[0] * 2)
    cdef void* moved
    moved = realloc(block[0], <size_t>larger * size)
    if moved == NULL:
        return False
    block[0] = moved
    room[0] = larger
    return True


cdef void note(Sink* sink, Framer* framer, Finding finding, int64_t octets, int64_t value,
               uint32_t command_id) noexcept nogil:
    """Count a finding, and keep the first few of a kind in full."""
    cdef Notice* notice
    framer.holds = True
    if framer.found == NULL:
        framer.found = <Found*>taken_from(&sink.pool, sizeof(Found))
        if framer.found == NULL:
            sink.starved = True
            return
        clear(framer.found, sizeof(Found))
    framer.found.count[<int>finding] += 1
    framer.found.octets[<int>finding] += octets
    if framer.found.count[<int>finding] > NOTICES_KEPT:
        return
    if not grow(<void**>&sink.notices, &sink.notice_room, sink.notice_count + 1, sizeof(Notice)):
        sink.starved = True
        return
    notice = &sink.notices[sink.notice_count]
    sink.notice_count += 1
    memset(notice, 0, sizeof(Notice))       # what lies between the numbers is handed out too
    notice.time = framer.time
    notice.position = framer.position - framer.have
    notice.octets = octets
    notice.value = value
    notice.command_id = command_id
    notice.link = framer.link
    notice.side = framer.side
    notice.finding = <int>finding


cdef inline void tell(Sink* sink, Framer* framer, const uint8_t* pdu, uint32_t length) noexcept nogil:
    """Keep what may change the state of the link; beyond a bound it is only counted."""
    cdef Told* told
    framer.holds = True
    framer.told += framer.told < UINT32_MAX
    if framer.told > MOST_TOLD:
        return
    if not grow(<void**>&sink.told, &sink.told_room, sink.told_count + 1, sizeof(Told)):
        sink.starved = True
        return
    told = &sink.told[sink.told_count]
    sink.told_count += 1
    memset(told, 0, sizeof(Told))
    told.time = framer.time
    told.packet = framer.packet
    told.link = framer.link
    told.side = framer.side
    told.command_id = read_u32(pdu + 4)
    told.command_status = read_u32(pdu + 8)
    told.sequence_number = read_u32(pdu + 12)
    memcpy(told.system_id, pdu + HEADER, min(length - HEADER, <uint32_t>sizeof(told.system_id)))


cdef inline int32_t tipped(int32_t balance, int way) noexcept nogil:
    """Tip a balance one way, as long as there is room on either side."""
    return balance + way if -MOST_TIPPED < balance < MOST_TIPPED else balance


cdef inline void count_roles(Sink* sink, Framer* framer, const uint8_t* pdu, uint32_t length) noexcept nogil:
    cdef uint8_t marks = MARKS[slot_of(read_u32(pdu + 4))]
    cdef int way
    if marks & (OF_ESME | OF_MC):
        way = 1 if marks & OF_ESME else -1
        framer.asks = tipped(framer.asks, way)
        if marks & BINDS:
            framer.binds = tipped(framer.binds, way)
    if marks & TELLS:
        tell(sink, framer, pdu, length)


cdef inline void emit(Sink* sink, Framer* framer, const uint8_t* pdu, uint32_t length) noexcept nogil:
    cdef Record* record
    if not grow_items(
        <void**>&sink.octets, &sink.octet_room, sink.octet_count, sink.octet_count + length, 1
    ) or not grow(<void**>&sink.records, &sink.record_room, sink.record_count + 1, sizeof(Record)):
        sink.starved = True
        return
    memcpy(sink.octets + sink.octet_count, pdu, length)
    record = &sink.records[sink.record_count]
    record.offset = sink.octet_count
    record.length = length
    record.time = framer.time
    record.packet = framer.packet
    record.link = framer.link
    record.side = framer.side
    sink.octet_count += length
    sink.record_count += 1
    sink.disordered |= framer.packet < sink.latest      # streams that had to wait come late
    sink.latest = framer.packet
    count_roles(sink, framer, pdu, length)


cdef inline void keep(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil:
    """Put octets of a PDU aside until the rest comes; memory follows what came, not what command_length claims."""
    framer.holds = True
    if not grow_in(&sink.pool, <void**>&framer.partial, &framer.room, max(framer.have + count, <int64_t>HEADER), 1):
        sink.starved = True
        return
    memcpy(framer.partial + framer.have, octets, count)
    framer.have += <uint32_t>count
    framer.position += count


cdef inline void drop_partial(Sink* sink, Framer* framer) noexcept nogil:
    give_back(&sink.pool, framer.partial, framer.room)
    framer.partial = NULL
    framer.room = 0


cdef inline void forget(Sink* sink, Framer* framer) noexcept nogil:
    framer.have = framer.need = 0
    if framer.room > ROUTINE_BUFFER:
        drop_partial(sink, framer)


cdef inline void found_header(Sink* sink, Framer* framer) noexcept nogil:
    if framer.skipped:
        note(sink, framer, SKIPPED, framer.skipped, 0, 0)
    framer.skipped = 0
    framer.mode = EXPECT


cdef inline bint in_step(Sink* sink, Framer* framer, const uint8_t* header) noexcept nogil:
    """Judge a whole header where one is expected; False begins the search."""
    cdef uint32_t length = read_u32(header)
    if framer.mode == EXPECT:
        if HEADER <= length <= sink.largest:
            return True
        note(sink, framer, FRAMING, 0, length, 0)
    elif plausible(header, sink.largest):
        found_header(sink, framer)
        return True
    framer.mode = SEARCH
    return False


cdef inline int64_t take_direct(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil:
    """Nothing is put aside: read from the octets themselves. Steps over, and returns, what is done with."""
    cdef uint32_t length
    if count < HEADER:
        keep(sink, framer, octets, count)
        return count
    if framer.mode == SEARCH or not in_step(sink, framer, octets):
        return search(sink, framer, octets, count)
    length = read_u32(octets)
    if length <= count:
        emit(sink, framer, octets, length)
        framer.position += length
        return length
    keep(sink, framer, octets, count)
    framer.need = length
    return count


cdef inline int64_t search(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil:
    """Look for a header in the octets themselves, a header's at least. Steps over, and returns, what is done with."""
    cdef int64_t place = find_header(octets, count, sink.largest), gone = place
    if place < 0:
        gone = count - (HEADER - 1)
    framer.skipped += gone
    framer.position += gone
    if place >= 0:
        found_header(sink, framer)
        return place
    keep(sink, framer, octets + gone, HEADER - 1)       # a header may begin in the last of them
    return count


cdef inline int64_t take_joined(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil:
    """Read what was put aside by a search and the few octets behind it as if they had come together."""
    cdef uint8_t joined[JOINED]
    cdef int64_t done = 0, have = framer.have
    memcpy(joined, framer.partial, HEADER - 1)
    memcpy(joined + have, octets, count)
    framer.position -= have
    framer.have = 0
    while done < have + count and not sink.starved:
        done += take_direct(sink, framer, joined + done, have + count - done)
    return count


cdef int64_t take_seam(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil:
    """Look for a header that begins in what a search put aside. Steps over, and returns, what is done with."""
    cdef uint8_t seam[2 * HEADER]
    cdef int64_t place
    if framer.have + count <= JOINED:
        return take_joined(sink, framer, octets, count)
    memcpy(seam, framer.partial, HEADER - 1)
    memcpy(seam + framer.have, octets, HEADER - 1)
    place = find_header(seam, framer.have + HEADER - 1, sink.largest)
    if place < 0:
        framer.skipped += framer.have
        framer.have = 0
        return 0
    framer.skipped += place
    framer.have -= <uint32_t>place
    memcpy(framer.partial, seam + place, HEADER - 1)
    found_header(sink, framer)
    return 0


cdef inline int64_t take_partial(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil:
    """Complete what is put aside. Steps over, and returns, what is done with."""
    cdef int64_t used = min(count, <int64_t>(framer.need or HEADER) - framer.have)
    keep(sink, framer, octets, used)
    if sink.starved or framer.have < HEADER:
        return used
    if framer.need == 0:
        if not in_step(sink, framer, framer.partial):
            framer.have -= 1
            framer.skipped += 1
            memmove(framer.partial, framer.partial + 1, framer.have)
            return used
        framer.need = read_u32(framer.partial)
    if framer.have == framer.need:
        emit(sink, framer, framer.partial, framer.need)
        forget(sink, framer)
    return used


cdef void take(Sink* sink, Framer* framer, const uint8_t* octets, int64_t count) noexcept nogil:
    """Read the next octets of the stream."""
    cdef int64_t done = 0, used
    while done < count and not sink.starved:
        if framer.mode == DOUBT and framer.ahead:
            used = min(framer.ahead, count - done)
            framer.ahead -= used
            framer.position += used
        elif framer.have and framer.mode == SEARCH:
            used = take_seam(sink, framer, octets + done, count - done)
        elif framer.have:
            used = take_partial(sink, framer, octets + done, count - done)
        else:
            used = take_direct(sink, framer, octets + done, count - done)
        done += used


cdef void miss(Sink* sink, Framer* framer, int64_t octets, Finding finding) noexcept nogil:
    """The next octets of the stream are not in the capture: keep step if the gap ends inside a PDU of known length."""
    cdef int64_t rest = framer.ahead, skipped = 0
    cdef uint32_t length = framer.need, command_id = 0
    if framer.mode == EXPECT and framer.have >= 4:
        length = read_u32(framer.partial)
        command_id = read_u32(framer.partial + 4) if framer.have >= 8 else 0
        # Where nobody knows the command it may be text that packets put there, and its length nonsense.
        if HEADER <= length <= sink.largest and (framer.have < 8 or MARKS[slot_of(command_id)] & KNOWN):
            rest = <int64_t>length - framer.have
        else:
            length = command_id = 0
            skipped = framer.have
            forget(sink, framer)
    note(sink, framer, finding, octets, length, command_id)
    framer.position += octets
    forget(sink, framer)
    framer.skipped = skipped
    framer.ahead = max(rest - octets, 0)
    framer.mode = DOUBT if rest >= octets else SEARCH


cdef void end_of_stream(Sink* sink, Framer* framer) noexcept nogil:
    """Nothing more will come: say so if a PDU is not whole, and give its memory back."""
    if framer.have and framer.mode != SEARCH:
        note(sink, framer, INCOMPLETE, framer.have, framer.need,
             read_u32(framer.partial + 4) if framer.have >= 8 else 0)
    elif framer.skipped + framer.have > 0:
        note(sink, framer, SKIPPED, framer.skipped + framer.have, 0, 0)
    drop_partial(sink, framer)
    framer.have = framer.need = 0


cdef void drop_framer(Sink* sink, Framer* framer) noexcept nogil:
    """Give back what the framer holds."""
    drop_partial(sink, framer)
    give_back(&sink.pool, framer.found, sizeof(Found))
    framer.found = NULL


def _marks_of(row: _commands.Command) -> int:
    """Return the bits of one command."""
    marks = KNOWN | {"ESME": OF_ESME, "MC": OF_MC}.get(row.sender, 0)
    marks |= RESPONSE if row.kind == _kinds.RESPONSE else 0
    marks |= BARE if not row.fields else 0
    marks |= TELLS if row.name.startswith(("bind_", "outbind", "unbind")) else 0
    return marks | (BINDS if row.name.startswith(("bind_", "outbind")) else 0)


def _fill_tables() -> None:
    """Make the tables of the commands of the standard; they do not change afterwards."""
    cdef int slot
    shortest = {_kinds.OCTETS: 0, _kinds.DESTINATIONS: 0, _kinds.FAILURES: 0}
    for row in _commands.ROWS:
        slot = slot_of(row.command_id)
        if slot == 0:
            raise ImportError(f"{row.name}: its command_id does not fit the table")
        MARKS[slot] = _marks_of(row)
        LEAST[slot] = HEADER + sum(shortest.get(field.kind, 1) for field in row.fields)


_fill_tables()
