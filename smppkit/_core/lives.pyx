"""The life of a connection: begun by its first packet, recognised as SMPP or not, closed, ended; and who makes room.

The table is bounded: what is over, or proved not to be SMPP, makes room for others.
"""

cimport cython
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t

from smppkit._core.connections cimport (
    MOST_FLOWS, OVER, RESET, Flow, Sought, Table, add_flow, enter_all, find_flow,
)
from smppkit._core.framing cimport HEADER, is_header
from smppkit._core.packets cimport ACK, FIN, RST, SYN, Packet
from smppkit._core.pool cimport give_back
from smppkit._core.reassembly cimport become_read, drain_all, empty, open_at, release, replay, segment
from smppkit._core.stream cimport (
    IGNORED, READ, UNDECIDED, Stream, acknowledge, begin_behind, begin_reading, close_by, fresh_stream, holds_memory,
    is_drained, near,
)
from smppkit._core.telling cimport tell_link, tell_other
from smppkit._core.undecided cimport no_header_in, shows_nothing

cdef inline bint spent(const Flow* flow, bint strictly) noexcept nogil:
    """Tell whether a connection may leave the table: it is over, nothing, or not SMPP (strictly: not shown to be)."""
    if flow.closing >= RESET or flow.closing == OVER or flow.reading == IGNORED:
        return True
    return flow.reading != READ and (
        strictly or (flow.syn_seen == 0 and flow.streams[0] == NULL and flow.streams[1] == NULL and not flow.length)
    )


cdef inline void make_room(Lives* lives) noexcept nogil:
    """End what may leave the table. Not again before many packets came, so that a full table costs no time."""
    cdef Table* table = &lives.table
    cdef int64_t index, kept
    cdef int strictly
    if lives.packets < lives.next_sweep:
        return
    lives.next_sweep = lives.packets + MOST_FLOWS // 2
    for strictly in range(2):
        kept = 0
        for index in range(table.count):
            if spent(&table.flows[index], strictly):
                end(lives, &table.flows[index])
            else:
                table.flows[kept] = table.flows[index]
                kept += 1
        table.count = kept
        if kept < MOST_FLOWS // 2:
            break
    enter_all(table)


cdef inline Flow* flow_of(Lives* lives, const Packet* packet, Sought* sought, int64_t time) noexcept nogil:
    """The connection of a segment, a new one when there is none; NULL when there is no room."""
    cdef Flow* flow = find_flow(&lives.table, packet, sought)
    if flow != NULL:
        return flow
    if lives.table.count >= MOST_FLOWS:
        make_room(lives)
        find_flow(&lives.table, packet, sought)     # places have changed
    if lives.table.count >= MOST_FLOWS or lives.sink.starved:
        return NULL
    flow = add_flow(&lives.table, packet, sought)
    if flow == NULL:
        lives.sink.starved = True
        return NULL
    start(lives, flow, time)
    return flow


cdef inline void start(Lives* lives, Flow* flow, int64_t time) noexcept nogil:
    """Begin a connection on these endpoints."""
    flow.streams[0] = flow.streams[1] = NULL
    flow.length = 0
    flow.closing = flow.syn_seen = 0
    flow.opener = flow.closer = -1
    flow.link = -1
    flow.reading = UNDECIDED
    flow.first_time = time
    flow.open_time = flow.close_time = 0
    if lives.ports != NULL:
        recognise(lives, flow)


cdef inline Stream* stream_of(Lives* lives, Flow* flow, int side) noexcept nogil:
    """One direction of a connection, from where its octets have to be kept; NULL when there is no memory."""
    cdef Stream* stream = flow.streams[side]
    if stream != NULL:
        return stream
    stream = fresh_stream(&lives.sink.pool)
    if stream == NULL:
        lives.sink.starved = True
        return NULL
    stream.reading = flow.reading
    if flow.syn_seen & (1 << side):
        begin_behind(stream, flow.numbers[side])
    if flow.reading == READ:
        begin_reading(stream, flow.link, side)
    flow.streams[side] = stream
    return stream


cdef inline bint can_wait(const Lives* lives, const Flow* flow, const Packet* packet, int64_t time) noexcept nogil:
    """Tell whether a segment is the first of a connection of which nothing else is known, and stays where it is."""
    return (
        flow.reading == UNDECIDED
        and flow.streams[0] == NULL
        and flow.streams[1] == NULL
        and flow.syn_seen == 0
        and flow.closing == 0
        and flow.first_time == time
        and lives.sink.lent == NULL
        and not packet.flags & (FIN | SYN)
    )


cdef inline void let_wait(Lives* lives, Flow* flow, int side, const Packet* packet) noexcept nogil:
    """Keep the first segment without a stream: a capture made to cost has no more of most connections."""
    flow.sender = <uint8_t>side
    flow.numbers[side] = packet.sequence
    flow.octets = packet.body
    flow.captured = packet.captured
    flow.length = packet.length
    flow.packet = lives.packets


@cython.overflowcheck(False)
cdef inline bint begins_smpp(const Lives* lives, const Flow* flow, int side, uint32_t sequence, const uint8_t* octets,
                             uint32_t captured) noexcept nogil:
    """Tell whether the first octets of an undecided connection are a header: then it is SMPP, before they are read."""
    return (
        flow.reading == UNDECIDED
        and flow.streams[side] == NULL
        and flow.syn_seen & (1 << side)
        and <uint32_t>(sequence - flow.numbers[side]) == 1
        and captured >= HEADER
        and is_header(octets, lives.sink.largest)
    )


cdef inline void read_first(Lives* lives, Flow* flow, const Packet* syn, int64_t time) noexcept nogil:
    """The first segment needs a stream now: another packet came, or a header stands in it.

    ``syn`` is the SYN of the same side, if that is what came, and ``time`` is its time.
    """
    cdef int side = flow.sender
    cdef uint32_t length = flow.length, sequence = flow.numbers[side]
    cdef Stream* stream
    flow.length = flow.numbers[side] = 0
    if syn != NULL and close_by(sequence, syn.sequence):
        opened(lives, flow, side, syn, time)    # so that the segment does not have to wait
    if begins_smpp(lives, flow, side, sequence, flow.octets, flow.captured):
        recognise(lives, flow)
    stream = stream_of(lives, flow, side)
    if stream != NULL:
        segment(&lives.sink, stream, sequence, flow.octets, flow.captured, length, flow.packet, flow.first_time)


cdef void drop_streams(Lives* lives, Flow* flow) noexcept nogil:
    cdef int side
    for side in range(2):
        if flow.streams[side] != NULL:
            if holds_memory(flow.streams[side]):
                empty(&lives.sink, flow.streams[side])
            give_back(&lives.sink.pool, flow.streams[side], sizeof(Stream))
            flow.streams[side] = NULL


cdef inline void recognise(Lives* lives, Flow* flow) noexcept nogil:
    """The connection is SMPP: number it, and read both directions from their beginnings."""
    cdef int side
    for side in range(2):
        if flow.streams[side] != NULL:
            become_read(&lives.sink, flow.streams[side], lives.links, side)
    flow.reading = READ
    flow.link = lives.links
    lives.links += 1
    for side in range(2):
        if flow.streams[side] != NULL:
            replay(&lives.sink, flow.streams[side])


cdef inline bint found(const Flow* flow) noexcept nogil:
    """Tell whether a header of SMPP was seen."""
    return (flow.streams[0] != NULL and flow.streams[0].found) or (flow.streams[1] != NULL and flow.streams[1].found)


cdef inline bint is_nothing(Lives* lives, const Flow* flow) noexcept nogil:
    """Tell whether an undecided connection cannot be SMPP: no side sent a header, some maybe too little for one."""
    cdef int side
    for side in range(2):
        if flow.streams[side] != NULL and not shows_nothing(&lives.sink, flow.streams[side]):
            return False
    return True


cdef void end(Lives* lives, Flow* flow) noexcept nogil:
    """Nothing more comes on this connection: read what waits, and keep what is to be told of it."""
    cdef int side
    if flow.length and flow.captured >= HEADER and not no_header_in(&lives.sink, flow.octets, flow.captured):
        read_first(lives, flow, NULL, 0)
    if not flow.length and not (flow.reading == UNDECIDED and is_nothing(lives, flow)):
        for side in range(2):
            if flow.streams[side] != NULL and not is_drained(flow.streams[side]):
                drain_all(&lives.sink, flow.streams[side], (flow.closing & (1 << side)) != 0)
        if flow.reading == UNDECIDED and found(flow):
            recognise(lives, flow)
    if flow.link >= 0:
        tell_link(&lives.telling, &lives.sink, flow)
    else:
        tell_other(&lives.telling, &lives.sink, flow)
    drop_streams(lives, flow)


cdef inline bint of_another(const Flow* flow, int side, uint32_t sequence) noexcept nogil:
    """Tell whether a SYN is the first of another connection between the same endpoints."""
    cdef uint8_t bit = 1 << side
    if flow.syn_seen & bit:
        return flow.numbers[side] != sequence
    if flow.streams[side] != NULL:
        return not near(flow.streams[side], sequence)
    if flow.closing < RESET and flow.closing != OVER:
        return False
    return not (flow.closing & bit and close_by(sequence, flow.numbers[side]))  # a FIN may have overtaken its own SYN


cdef inline void opened(Lives* lives, Flow* flow, int side, const Packet* packet, int64_t time) noexcept nogil:
    """A SYN: of this connection, or the first of another one between the same endpoints."""
    if of_another(flow, side, packet.sequence):
        end(lives, flow)
        start(lives, flow, time)
    elif flow.syn_seen & (1 << side):
        return                          # the same again
    if flow.opener < 0:
        flow.opener = <int8_t>(1 - side if packet.flags & ACK else side)
        flow.open_time = time
    flow.syn_seen |= 1 << side
    flow.numbers[side] = packet.sequence
    if flow.streams[side] != NULL:
        open_at(&lives.sink, flow.streams[side], packet.sequence)


cdef inline void acknowledged(Lives* lives, Flow* flow, int side, uint32_t sequence) noexcept nogil:
    """The peer has octets of this side up to this sequence number; behind a SYN alone there are none to miss."""
    cdef Stream* stream = flow.streams[side]
    cdef uint32_t first
    if stream == NULL and flow.syn_seen & (1 << side):
        with cython.overflowcheck(False):
            first = flow.numbers[side] + 1
        if sequence != first and close_by(sequence, first):
            stream = stream_of(lives, flow, side)
    if stream != NULL:
        acknowledge(stream, sequence)


cdef inline void closed(Flow* flow, int side, const Packet* packet, int64_t time) noexcept nogil:
    """A FIN or RST; what the second side says to it ends the connection."""
    cdef uint8_t bit = RESET if packet.flags & RST else 1 << side
    if flow.closing >= RESET or flow.closing == OVER or flow.closing & bit:
        return
    flow.closing |= bit
    if not flow.syn_seen & (1 << side):
        flow.numbers[side] = packet.sequence
    flow.close_time = time
    if flow.closer < 0:
        flow.closer = <int8_t>side


cdef inline void decide(Lives* lives, Flow* flow) noexcept nogil:
    """See whether the connection proved to be SMPP, or not to be."""
    cdef int side
    if found(flow):
        recognise(lives, flow)
    elif flow.streams[0] != NULL and flow.streams[1] != NULL and (
        flow.streams[0].forgotten and flow.streams[1].forgotten
    ):
        flow.reading = IGNORED
        for side in range(2):
            flow.streams[side].reading = IGNORED
            release(&lives.sink, flow.streams[side])


cdef void read_segment(Lives* lives, Packet* packet, Sought* sought, int64_t time) noexcept nogil:
    cdef int side = sought.side
    cdef Flow* flow
    cdef Stream* stream
    flow = flow_of(lives, packet, sought, time)
    if flow == NULL:
        lives.refused += 1
        return
    if flow.length:
        read_first(lives, flow, packet if packet.flags & SYN and side == flow.sender else NULL, time)
    if packet.flags & SYN:
        opened(lives, flow, side, packet, time)
        with cython.overflowcheck(False):
            packet.sequence += 1        # the SYN itself takes a number
    if packet.flags & ACK and not packet.flags & RST:
        acknowledged(lives, flow, 1 - side, packet.acknowledged)
    if packet.length and flow.reading != IGNORED and not packet.flags & RST:
        if can_wait(lives, flow, packet, time):
            let_wait(lives, flow, side, packet)
            return
        if begins_smpp(lives, flow, side, packet.sequence, packet.body, packet.captured):
            recognise(lives, flow)
        stream = stream_of(lives, flow, side)
        if stream == NULL:
            return
        segment(&lives.sink, stream, packet.sequence, packet.body, packet.captured, packet.length, lives.packets, time)
    if flow.reading == UNDECIDED:
        decide(lives, flow)
    if packet.flags & (FIN | RST):
        closed(flow, side, packet, time)
