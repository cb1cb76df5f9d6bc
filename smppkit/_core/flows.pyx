"""The TCP connections of a capture: which are there, which of them speak SMPP, and the records they carry.

Packets go in by batches, records and findings come out by batches, so that memory follows the connections that are open
and not the file. The table of connections is bounded: what is over, or proved not to be SMPP, makes room for others.
"""

cimport cython
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t
from libc.string cimport memcpy, memset

from smppkit._core.blocks cimport Row, Rows
from smppkit._core.connections cimport (
    Flow, Table, add_flow, discard, drop_table, find_flow, rebuild, side_of,
)
from smppkit._core.fragments cimport Fragments
from smppkit._core.framing cimport Notice, Record, Sink, Told, widen
from smppkit._core.memory cimport calloc, free
from smppkit._core.pages cimport wish_large_pages
from smppkit._core.packets cimport (
    ACK, CUT_SHORT, FIN, IP_FRAGMENT, MALFORMED, NOT_IP, NOT_TCP, RST, SYN, TCP_SEGMENT, Packet, Verdict, dissect,
    dissect_tcp,
)
from smppkit._core.reassembly cimport (
    IGNORED, NOT_YET, READ, UNDECIDED, Stream, acknowledge, become_read, drain_all, near, open_at, release, replay,
    segment,
)
from smppkit._core.telling cimport (
    Octets, Telling, begin_telling, copied, drop_telling, handed_over, taken, tell_link, tell_other,
)

cdef enum:
    MOST_FLOWS = 0x20000        # connections in the table
    MOST_RECORDS = 0x20000      # of a batch that comes out
    MOST_OCTETS = 0x1000000
    ROOM_BEYOND = 0x20000       # for the octets of the packet that fills a batch, nearly always
    MOST_ENDED = 0x1000


cdef class Flows:
    """The connections of one capture, whose octets are ``data``.

    ``ports`` is 65,536 octets, 1 for each port on which SMPP is spoken, or empty to recognise it anywhere; ``largest``
    the command_length above which framing counts as lost; ``seed`` any 16 octets.

    >>> flows = Flows(b"", ports=b"", largest=70_000, seed=bytes(16))
    >>> flows.finish(), flows.records
    (True, 0)
    """

    cdef const uint8_t[::1] data
    cdef const uint8_t[::1] ports
    cdef Fragments fragments
    cdef Sink sink
    cdef Table table
    cdef Telling telling
    cdef int64_t finished       # flows that finish() is done with
    cdef int64_t next_sweep
    cdef readonly int links
    cdef readonly int64_t packets
    cdef readonly int64_t segments      # of TCP
    cdef readonly int64_t refused       # packets of connections for which the table has no room
    cdef int64_t verdicts[6]
    cdef uint32_t* tcp_ports        # segments on ports that were not named, by the lower port
    cdef uint32_t* udp_ports
    cdef uint32_t protocols[256]

    def __cinit__(self, const uint8_t[::1] data, *, const uint8_t[::1] ports, uint32_t largest,
                  const uint8_t[::1] seed):
        if seed.shape[0] != 16 or ports.shape[0] not in (0, 65536) or not 16 <= largest <= 1 << 24:
            raise ValueError("Flows needs 16 octets of seed, 65,536 ports or none, and a largest PDU up to 16 MiB")
        self.data = data
        self.ports = ports
        self.fragments = Fragments()
        self.sink.largest = largest
        memcpy(self.table.seed, &seed[0], 16)
        self.udp_ports = <uint32_t*>calloc(65536, sizeof(uint32_t))
        self.tcp_ports = <uint32_t*>calloc(65536, sizeof(uint32_t))
        if self.udp_ports == NULL or self.tcp_ports == NULL or not begin_telling(&self.telling):
            raise MemoryError

    def __dealloc__(self):
        drop_table(&self.table, self.finished)
        drop_telling(&self.telling)
        free(self.udp_ports)
        free(self.tcp_ports)
        free(self.sink.octets)
        free(self.sink.records)
        free(self.sink.told)
        free(self.sink.notices)

    def feed(self, Rows rows not None, int begin) -> int:
        """Read the packets of a batch from ``begin``; return where reading stopped because enough came out.

        Raises ValueError once finish() has ended connections: what those held is given back.

        >>> from smppkit._core.blocks import Rows
        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).feed(Rows(), 0)
        0
        """
        cdef int place = max(begin, 0)
        cdef Row* row
        if self.finished:
            raise ValueError("the connections have ended: nothing can follow")
        with nogil:
            if not prepare(self):
                self.sink.starved = True
            while place < rows.count and not self.sink.starved and not full(self):
                row = &rows.rows[place]
                if row.offset >= 0 and row.offset + row.captured <= self.data.shape[0] and row.captured:
                    read_packet(self, &self.data[row.offset], row)
                self.packets += 1
                place += 1
        if self.sink.starved:
            raise MemoryError
        return place

    def finish(self) -> bool:
        """End connections until enough came out; True when all are ended.

        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).finish()
        True
        """
        with nogil:
            while self.finished < self.table.count and not self.sink.starved and not full(self):
                end(self, self.table.flows[self.finished])
                self.finished += 1
        if self.sink.starved:
            raise MemoryError
        return self.finished == self.table.count

    @property
    def records(self) -> int:
        """The number of records that came out."""
        return self.sink.record_count

    @property
    def disordered(self) -> bool:
        """Tell whether records that came out are not in the order of the packets that completed them."""
        return self.sink.disordered

    def columns(self, int64_t[::1] offset not None, int64_t[::1] length not None, int64_t[::1] time not None,
                int32_t[::1] link not None, int8_t[::1] side not None, int64_t[::1] packet = None) -> None:
        """Write down the records that came out, an item of each column for each of them.

        >>> from array import array
        >>> numbers = [array("q"), array("q"), array("q"), array("i"), array("b")]
        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).columns(*numbers)
        """
        cdef const Record* record
        cdef int64_t row, count = self.sink.record_count
        cdef bint wanted = packet is not None
        if not count == offset.shape[0] == length.shape[0] == time.shape[0] == link.shape[0] == side.shape[0] or (
            wanted and packet.shape[0] != count
        ):
            raise ValueError(f"{count} records need columns of as many items")
        for row in range(count):
            record = &self.sink.records[row]
            offset[row] = record.offset
            length[row] = record.length
            time[row] = record.time
            link[row] = record.link
            side[row] = <int8_t>record.side
            if wanted:
                packet[row] = record.packet

    def take(self) -> tuple[Octets, bytes, bytes, bytes, bytes, list[tuple[int, bytes, bytes]]]:
        """Return the octets of the records, and what else came out since the last time, which begins anew.

        After the octets come arrays of Told, Notice, Ended and Excess as the core has them: PDUs that change the state
        of a link, findings, links that ended, and findings that were only counted; then the port and the first octets
        of each direction of connections that are not SMPP.

        >>> [bytes(part) for part in Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).take()]
        [b'', b'', b'', b'', b'', b'']
        """
        cdef Sink* sink = &self.sink
        told = copied(sink.told, sink.told_count * sizeof(Told))
        notices = copied(sink.notices, sink.notice_count * sizeof(Notice))
        links, excesses, others = taken(&self.telling)
        octets = handed_over(sink)
        sink.record_count = sink.told_count = sink.notice_count = sink.latest = 0
        sink.disordered = False
        return octets, told, notices, links, excesses, others

    def others(self) -> dict[str, object]:
        """Return what was not read: counts of packets by kind, of TCP and UDP by lower port, of IP by protocol.

        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).others()["udp"]
        {}
        """
        cdef int place
        return {
            "not_ip": self.verdicts[<int>NOT_IP],
            "malformed": self.verdicts[<int>MALFORMED],
            "cut": self.verdicts[<int>CUT_SHORT],
            "fragments": self.fragments.begun - self.fragments.finished,
            "tcp": {place: self.tcp_ports[place] for place in range(65536) if self.tcp_ports[place]},
            "silent": {place: self.telling.silent[place] for place in range(65536) if self.telling.silent[place]},
            "more": {place: self.telling.more[place] for place in range(65536) if self.telling.more[place]},
            "udp": {place: self.udp_ports[place] for place in range(65536) if self.udp_ports[place]},
            "protocols": {place: self.protocols[place] for place in range(256) if self.protocols[place]},
        }


cdef inline bint prepare(Flows self) noexcept nogil:
    """Make room for the octets of a batch at once, so that it is memory in large pages; never more than the file."""
    cdef int64_t room = min(<int64_t>(MOST_OCTETS + ROOM_BEYOND), self.data.shape[0])
    if self.sink.octets != NULL:
        return True
    if not widen(<void**>&self.sink.octets, &self.sink.octet_room, room, 1):
        return False
    wish_large_pages(self.sink.octets, self.sink.octet_room)
    return True


cdef inline bint full(Flows self) noexcept nogil:
    return (
        self.sink.record_count >= MOST_RECORDS
        or self.sink.octet_count >= MOST_OCTETS
        or self.sink.told_count >= MOST_RECORDS
        or self.telling.ended_count >= MOST_ENDED
    )


cdef inline bint spent(const Flow* flow, bint strictly) noexcept nogil:
    """Tell whether a connection may leave the table: it is over, or not SMPP, or, strictly, not yet shown to be."""
    if flow.closing & 4 or flow.closing == 3 or flow.reading == IGNORED:
        return True
    return flow.reading != READ and (
        strictly or (flow.streams[0].begun == NOT_YET and flow.streams[1].begun == NOT_YET)
    )


cdef inline void make_room(Flows self) noexcept nogil:
    """End what may leave the table. Not again before many packets came, so that a full table costs no time."""
    cdef Table* table = &self.table
    cdef int64_t index, kept
    cdef int strictly
    if self.packets < self.next_sweep:
        return
    self.next_sweep = self.packets + MOST_FLOWS // 2
    for strictly in range(2):
        kept = 0
        for index in range(table.count):
            if spent(table.flows[index], strictly):
                end(self, table.flows[index])
                discard(table, table.flows[index])
            else:
                table.flows[kept] = table.flows[index]
                kept += 1
        table.count = kept
        if kept < MOST_FLOWS // 2:
            break
    if not rebuild(table, table.mask + 1):
        self.sink.starved = True


cdef inline Flow* flow_of(Flows self, const Packet* packet, int side) noexcept nogil:
    """The connection of a segment, a new one when there is none; NULL when there is no room."""
    cdef Flow* flow = find_flow(&self.table, packet, side)
    if flow != NULL:
        return flow
    if self.table.count >= MOST_FLOWS:
        make_room(self)
    if self.table.count >= MOST_FLOWS or self.sink.starved:
        return NULL
    flow = add_flow(&self.table, packet, side)
    if flow == NULL:
        self.sink.starved = True
        return NULL
    start(self, flow)
    return flow


# The life of a connection.

cdef inline void start(Flows self, Flow* flow) noexcept nogil:
    """Begin a connection on these endpoints."""
    memset(flow.streams, 0, sizeof(flow.streams))
    flow.closing = flow.opener = flow.closer = 0
    flow.packets = 0
    flow.link = -1
    flow.reading = UNDECIDED
    if self.ports.shape[0]:
        recognise(self, flow)


cdef inline void recognise(Flows self, Flow* flow) noexcept nogil:
    """The connection is SMPP: number it, and read both directions from their beginnings."""
    cdef int side
    for side in range(2):
        if not become_read(&flow.streams[side], self.links, side):
            self.sink.starved = True
            return
    flow.reading = READ
    flow.link = self.links
    self.links += 1
    for side in range(2):
        replay(&self.sink, &flow.streams[side])


cdef inline void end(Flows self, Flow* flow) noexcept nogil:
    """Nothing more comes on this connection: read what waits, and keep what is to be told of it."""
    cdef int side
    for side in range(2):
        drain_all(&self.sink, &flow.streams[side], (flow.closing & (1 << side)) != 0)
    if flow.reading == UNDECIDED and (flow.streams[0].found or flow.streams[1].found):
        recognise(self, flow)
    if flow.link >= 0:
        tell_link(&self.telling, &self.sink, flow)
    else:
        tell_other(&self.telling, &self.sink, flow)
    for side in range(2):
        release(&flow.streams[side])


cdef inline void opened(Flows self, Flow* flow, int side, const Packet* packet, int64_t time) noexcept nogil:
    """A SYN: of this connection, or the first of another one between the same endpoints."""
    cdef Stream* stream = &flow.streams[side]
    cdef bint other
    if stream.syn_seen:
        if stream.isn == packet.sequence:
            return
        other = True
    elif stream.begun == NOT_YET:       # a FIN may have overtaken its own SYN in the file
        other = (flow.closing & 4 or flow.closing == 3) and not (
            flow.closing & (1 << side) and near(stream, packet.sequence)
        )
    else:
        other = not near(stream, packet.sequence)
    if other:
        end(self, flow)
        start(self, flow)
        flow.first_time = time
    if not flow.opener:
        flow.opener = 1 + (1 - side if packet.flags & ACK else side)
        flow.open_time = time
    open_at(&self.sink, stream, packet.sequence)


cdef inline void closed(Flow* flow, int side, const Packet* packet, int64_t time) noexcept nogil:
    """A FIN or RST; what the second side says to it ends the connection."""
    cdef uint8_t bit = 4 if packet.flags & RST else 1 << side
    if flow.closing & 4 or flow.closing == 3 or flow.closing & bit:
        return
    flow.closing |= bit
    if packet.flags & FIN and flow.streams[side].begun == NOT_YET:
        flow.streams[side].next = packet.sequence
    flow.close_time = time
    if not flow.closer:
        flow.closer = side + 1


cdef inline void decide(Flows self, Flow* flow) noexcept nogil:
    cdef int side
    if flow.streams[0].found or flow.streams[1].found:
        recognise(self, flow)
    elif flow.streams[0].forgotten and flow.streams[1].forgotten:
        flow.reading = IGNORED
        for side in range(2):
            flow.streams[side].reading = IGNORED
            release(&flow.streams[side])


cdef inline void read_segment(Flows self, Packet* packet, int64_t time) noexcept nogil:
    cdef int side = side_of(packet)
    cdef Flow* flow
    self.segments += 1
    if self.ports.shape[0] and not self.ports[packet.source_port] and not self.ports[packet.destination_port]:
        self.tcp_ports[min(packet.source_port, packet.destination_port)] += 1
        return
    flow = flow_of(self, packet, side)
    if flow == NULL:
        self.refused += 1
        return
    if flow.packets == 0:
        flow.first_time = time
    if packet.flags & SYN:
        opened(self, flow, side, packet, time)
        with cython.overflowcheck(False):
            packet.sequence += 1        # the SYN itself takes a number
    flow.packets += 1
    if packet.flags & ACK and not packet.flags & RST:
        acknowledge(&flow.streams[1 - side], packet.acknowledged)
    if packet.length and flow.reading != IGNORED and not packet.flags & RST:
        segment(&self.sink, &flow.streams[side], packet.sequence, packet.body, packet.captured, packet.length,
                self.packets, time)
    if flow.reading == UNDECIDED:
        decide(self, flow)
    if packet.flags & (FIN | RST):
        closed(flow, side, packet, time)


cdef inline void read_packet(Flows self, const uint8_t* octets, const Row* row) noexcept nogil:
    cdef Packet packet
    cdef uint32_t total = 0
    cdef const uint8_t* whole
    cdef Verdict verdict = dissect(octets, row.captured, row.wire, row.link_type, &packet)
    if verdict == IP_FRAGMENT:
        whole = self.fragments.add(&packet, &total)
        if whole == NULL:
            self.sink.starved |= self.fragments.starved
            return
        verdict = dissect_tcp(whole, total, total, &packet)
    if verdict == TCP_SEGMENT:
        read_segment(self, &packet, row.time)
        return
    self.verdicts[<int>verdict] += 1
    if verdict == NOT_TCP:
        self.protocols[packet.protocol & 0xFF] += 1
        if packet.protocol == 17:
            self.udp_ports[min(packet.source_port, packet.destination_port)] += 1
