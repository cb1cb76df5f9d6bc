"""The TCP connections of a capture: which are there, which of them speak SMPP, and the records they carry.

Packets go in by batches, records and findings come out by batches, so that memory follows the connections that are open
and not the file.
"""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from smppkit._core.alone cimport begin_alone, leave_alone
from smppkit._core.blocks cimport Row, Rows
from smppkit._core.buffers cimport Block
from smppkit._core.connections cimport (
    Sought, approach, approach_end, approach_parts, approach_stream, drop_table, seek,
)
from smppkit._core.copies cimport drop_copies
from smppkit._core.fragments cimport Fragments
from smppkit._core.framing cimport Notice, Record, Sink, Told
from smppkit._core.index cimport overflowed
from smppkit._core.lives cimport Lives, drop_streams, end, read_segment
from smppkit._core.memory cimport calloc, free, malloc
from smppkit._core.packets cimport (
    CUT_SHORT, IP_FRAGMENT, MALFORMED, NOT_IP, NOT_TCP, TCP_SEGMENT, Packet, Verdict, dissect, dissect_tcp,
)
from smppkit._core.pool cimport drop_pool
from smppkit._core.regions cimport give, grow_items
from smppkit._core.runs cimport Waiting
from smppkit._core.sorting cimport sort_numbers
from smppkit._core.telling cimport Telling, begin_telling, copied, drop_telling, handed_over, room_for_ended, taken
from smppkit._core.waiting cimport waiting_soon

cdef enum:
    GROUP = 16                  # packets looked at before the first of them is read, so that memory is asked in time
    MOST_RECORDS = 0x20000      # of a batch that comes out
    MOST_UNWRITTEN = 0x4000     # records until they are to be written down: what is used again is still in the cache
    MOST_OCTETS = 0x1000000
    ROOM_BEYOND = 0x20000       # for the octets of the packet that fills a batch, nearly always
    MOST_ENDED = 0x20000        # links, as many as the table has
    ROW_BITS = 24               # of a record: one packet lets out a million at most, by what may wait


cdef struct Coming:             # a packet that was looked at
    Packet packet
    Sought sought
    Verdict verdict
    bint there                  # it has octets, which lie in the file


cdef class Flows:
    """The connections of one capture, whose octets are ``data``. For one thread at a time, RuntimeError else.

    ``ports`` is 65,536 octets, 1 for each port on which SMPP is spoken, or empty to recognise it anywhere; ``largest``
    the command_length above which framing counts as lost; ``seed`` any 16 octets.

    >>> flows = Flows(b"", ports=b"", largest=70_000, seed=bytes(16))
    >>> flows.finish(), flows.records
    (True, 0)
    """

    cdef const uint8_t[::1] data
    cdef const uint8_t[::1] ports
    cdef Fragments fragments
    cdef Lives lives
    cdef Coming coming[GROUP]
    cdef int64_t finished       # flows that finish() is done with
    cdef int64_t written        # records written down since octets were taken
    cdef int64_t reached        # where in the file the last packet stood
    cdef int64_t begun          # where it stood when octets were taken
    cdef readonly int64_t segments      # of TCP
    cdef char busy              # a thread is at it
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
        self.lives.ports = &ports[0] if ports.shape[0] else NULL
        self.fragments = Fragments()
        self.lives.sink.largest = largest
        memcpy(self.lives.table.seed, &seed[0], 16)
        memcpy(self.fragments.seed, &seed[0], 16)
        self.udp_ports = <uint32_t*>calloc(65536, sizeof(uint32_t))
        self.tcp_ports = <uint32_t*>calloc(65536, sizeof(uint32_t))
        if self.udp_ports == NULL or self.tcp_ports == NULL or not begin_telling(&self.lives.telling):
            raise MemoryError

    def __dealloc__(self):
        cdef int64_t place
        for place in range(self.finished, self.lives.table.count):
            drop_streams(&self.lives, &self.lives.table.flows[place])
        drop_table(&self.lives.table)
        drop_copies(&self.lives.sink)
        drop_pool(&self.lives.sink.pool)
        drop_telling(&self.lives.telling)
        free(self.udp_ports)
        free(self.tcp_ports)
        give(self.lives.sink.octets)
        free(self.lives.sink.records)
        free(self.lives.sink.told)
        free(self.lives.sink.notices)

    def feed(self, Rows rows not None, int begin) -> int:
        """Read the packets of a batch from ``begin``; return where reading stopped because enough came out.

        Raises ValueError once finish() has ended connections: what those held is given back.

        >>> from smppkit._core.blocks import Rows
        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).feed(Rows(), 0)
        0
        """
        cdef int reached
        begin_alone(&self.busy, "Flows")
        try:
            begin_alone(&rows.busy, "Rows")
            try:
                reached = self.read_rows(rows, max(begin, 0))
            finally:
                leave_alone(&rows.busy)
        finally:
            leave_alone(&self.busy)
        return reached

    cdef int read_rows(self, Rows rows, int place) except -1:
        cdef int group, ahead
        if self.finished:
            raise ValueError("the connections have ended: nothing can follow")
        with nogil:
            if not prepare(self):
                self.lives.sink.starved = True
            while place < rows.count and not self.lives.sink.starved and not enough(self):
                group = min(rows.count - place, GROUP)
                look_ahead(self, &rows.rows[place], group)
                for ahead in range(group):
                    if self.coming[ahead].there:
                        read_packet(self, &self.coming[ahead], rows.rows[place].time)
                    self.lives.packets += 1
                    place += 1
                    if self.lives.sink.starved or enough(self):
                        break
            if 0 < place <= rows.count:
                self.reached = rows.rows[place - 1].offset
        if self.lives.sink.starved:
            raise MemoryError
        return place

    def finish(self) -> bool:
        """End connections until enough came out; True when all are ended.

        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).finish()
        True
        """
        cdef int64_t links
        begin_alone(&self.busy, "Flows")
        try:
            links = min(self.lives.links, self.lives.table.count - self.finished)
            with nogil:
                if not room_for_ended(&self.lives.telling, self.lives.telling.ended_count + links):
                    self.lives.sink.starved = True
                while self.finished < self.lives.table.count and not self.lives.sink.starved and not enough(self):
                    approach_end(&self.lives.table, self.finished)
                    end(&self.lives, &self.lives.table.flows[self.finished])
                    self.finished += 1
            if self.lives.sink.starved:
                raise MemoryError
            return self.finished == self.lives.table.count
        finally:
            leave_alone(&self.busy)

    @property
    def links(self) -> int:
        """The number of connections that carry SMPP."""
        return self.lives.links

    @property
    def packets(self) -> int:
        """The number of packets that were read."""
        return self.lives.packets

    @property
    def refused(self) -> int:
        """The number of packets of connections for which the table has no room."""
        return self.lives.refused

    @property
    def overflow(self) -> int:
        """By how many lines the connection farthest from its own line of the index is away: a few, whatever comes."""
        begin_alone(&self.busy, "Flows")
        try:
            return overflowed(&self.lives.table.index)
        finally:
            leave_alone(&self.busy)

    @property
    def records(self) -> int:
        """The number of records that came out and are not written down."""
        return self.lives.sink.record_count

    @property
    def full(self) -> bool:
        """Tell whether so much came out that it is to be taken; else the records are to be written down at most."""
        return is_full(self)

    @property
    def expected(self) -> int:
        """About how many records will be written down until octets are taken again, by the share that was read."""
        cdef int64_t records = self.written + self.lives.sink.record_count
        cdef double ahead = (self.data.shape[0] - self.begun) / <double>max(self.reached - self.begun, 1)
        return <int64_t>min(records * (1.0 if self.finished else 1.05 * ahead), <double>(MOST_RECORDS + MOST_UNWRITTEN))

    def columns(self, int64_t[::1] offset not None, int64_t[::1] length not None, int64_t[::1] time not None,
                int32_t[::1] link not None, int8_t[::1] side not None) -> None:
        """Write down the records that came out since the last time, an item of each column for each of them.

        They come in the order of the packets that completed them, those of one packet in the order of its octets.

        >>> from array import array
        >>> numbers = [array("q"), array("q"), array("q"), array("i"), array("b")]
        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).columns(*numbers)
        """
        begin_alone(&self.busy, "Flows")
        try:
            self.write_down(offset, length, time, link, side)
        finally:
            leave_alone(&self.busy)

    cdef int write_down(self, int64_t[::1] offset, int64_t[::1] length, int64_t[::1] time, int32_t[::1] link,
                        int8_t[::1] side) except -1:
        cdef const Record* record
        cdef int64_t row, count = self.lives.sink.record_count
        cdef uint64_t* room = NULL
        cdef const uint64_t* order = NULL
        if not count == offset.shape[0] == length.shape[0] == time.shape[0] == link.shape[0] == side.shape[0]:
            raise ValueError(f"{count} records need columns of as many items")
        if self.lives.sink.disordered:
            room = <uint64_t*>malloc(<size_t>count * 2 * sizeof(uint64_t))
            if room == NULL:
                raise MemoryError
            order = ordered(self.lives.sink.records, count, room)
        for row in range(count):
            record = &self.lives.sink.records[row if order == NULL else order[row] & ((1 << ROW_BITS) - 1)]
            offset[row] = record.offset
            length[row] = record.length
            time[row] = record.time
            link[row] = record.link
            side[row] = <int8_t>record.side
        free(room)
        self.written += count
        self.forget_records()
        return 0

    cdef void forget_records(self) noexcept:
        self.lives.sink.record_count = self.lives.sink.latest = 0
        self.lives.sink.disordered = False

    def take(self) -> tuple[Block, bytes, bytes, Block | bytes, bytes, list[tuple[int, bytes, bytes]]]:
        """Return the octets of the records, and what else came out since the last time, which begins anew.

        After the octets come arrays of Told, Notice, Ended and Excess as the core has them: PDUs that change the state
        of a link, findings, links that ended, and findings that were only counted; then the port and the first octets
        of each direction of connections that are not SMPP.

        >>> [bytes(part) for part in Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).take()]
        [b'', b'', b'', b'', b'', b'']
        """
        cdef Sink* sink = &self.lives.sink
        begin_alone(&self.busy, "Flows")
        try:
            told = copied(sink.told, sink.told_count * sizeof(Told))
            notices = copied(sink.notices, sink.notice_count * sizeof(Notice))
            links, excesses, others = taken(&self.lives.telling)
            octets = handed_over(sink)
            sink.told_count = sink.notice_count = self.written = 0
            self.begun = self.reached
            self.forget_records()
            return octets, told, notices, links, excesses, others
        finally:
            leave_alone(&self.busy)

    def esme(self) -> bytes:
        """Return of each link, by its number, which side is the ESME: the one that sorts first is 0.

        Raises ValueError before finish() has ended all connections, MemoryError where it could not.

        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).esme()
        b''
        """
        begin_alone(&self.busy, "Flows")
        try:
            if self.lives.sink.starved:
                raise MemoryError
            if self.finished < self.lives.table.count:
                raise ValueError("which side is the ESME is known when all connections have ended")
            return copied(self.lives.telling.esme, self.lives.links)
        finally:
            leave_alone(&self.busy)

    def others(self) -> dict[str, object]:
        """Return what was not read: counts of packets by kind, of TCP and UDP by lower port, of IP by protocol.

        ``fragments`` are datagrams that stayed in pieces; ``silent`` are connections without data, ``more`` those of
        which nothing else is told, both by the port they go to.

        >>> Flows(b"", ports=b"", largest=70_000, seed=bytes(16)).others()["udp"]
        {}
        """
        cdef int place
        cdef const Telling* telling = &self.lives.telling
        return {
            "not_ip": self.verdicts[<int>NOT_IP],
            "malformed": self.verdicts[<int>MALFORMED],
            "cut": self.verdicts[<int>CUT_SHORT],
            "fragments": self.fragments.begun - self.fragments.finished,
            "tcp": {place: self.tcp_ports[place] for place in range(65536) if self.tcp_ports[place]},
            "silent": {place: telling.silent[place] for place in range(65536) if telling.silent[place]},
            "more": {place: telling.more[place] for place in range(65536) if telling.more[place]},
            "udp": {place: self.udp_ports[place] for place in range(65536) if self.udp_ports[place]},
            "protocols": {place: self.protocols[place] for place in range(256) if self.protocols[place]},
        }


cdef inline const uint64_t* ordered(const Record* records, int64_t count, uint64_t* order) noexcept nogil:
    """Rows in the order of their packets, those of one packet as they are, in the lowest bits. Room is for twice."""
    cdef int64_t row, first = records[0].packet
    cdef uint64_t most = 0
    for row in range(count):
        first = min(first, records[row].packet)
    for row in range(count):
        order[row] = (<uint64_t>(records[row].packet - first) << ROW_BITS) | <uint64_t>row
        most |= order[row]
    return sort_numbers(order, order + count, count, ROW_BITS, most)


cdef inline bint prepare(Flows self) noexcept nogil:
    """Make room for the octets of a batch at once; never more than the file."""
    cdef int64_t room = min(<int64_t>(MOST_OCTETS + ROOM_BEYOND), self.data.shape[0])
    if self.lives.sink.octets != NULL:
        return True
    return grow_items(<void**>&self.lives.sink.octets, &self.lives.sink.octet_room, 0, max(room, <int64_t>1), 1)


cdef inline bint is_full(Flows self) noexcept nogil:
    return (
        self.written + self.lives.sink.record_count >= MOST_RECORDS
        or self.lives.sink.octet_count >= MOST_OCTETS
        or self.lives.sink.told_count >= MOST_RECORDS
        or self.lives.telling.ended_count >= MOST_ENDED
    )


cdef inline bint enough(Flows self) noexcept nogil:
    return self.lives.sink.record_count >= MOST_UNWRITTEN or is_full(self)


cdef inline bint look_at(Flows self, const Row* row, Coming* coming) noexcept nogil:
    """Read the headers of a packet, and ask for what memory has of its connection; False if that is the recent one."""
    coming.sought.hashed = False
    coming.sought.hash = coming.sought.side = 0
    coming.there = row.captured and row.offset + row.captured <= self.data.shape[0]
    if not coming.there:
        return False
    coming.verdict = dissect(&self.data[row.offset], row.captured, row.wire, row.link_type, &coming.packet)
    if coming.verdict == TCP_SEGMENT:
        seek(&self.lives.table, &coming.packet, &coming.sought)
    return coming.sought.hashed


cdef inline void look_ahead(Flows self, const Row* rows, int count) noexcept nogil:
    """Look at some packets, and ask memory for their connections and streams: one step for all, then the next."""
    cdef Sought* known[GROUP]
    cdef const Waiting* waiting[GROUP]
    cdef int ahead, count_known = 0, count_waiting = 0
    cdef bint strangers = False
    for ahead in range(count):
        strangers |= look_at(self, &rows[ahead], &self.coming[ahead])
    if not strangers:
        return
    for ahead in range(count):
        known[count_known] = &self.coming[ahead].sought
        count_known += approach(&self.lives.table, known[count_known])
    for ahead in range(count_known):
        approach_stream(&self.lives.table, known[ahead])
    for ahead in range(count_known):
        waiting[count_waiting] = approach_parts(&self.lives.table, known[ahead])
        count_waiting += waiting[count_waiting] != NULL
    for ahead in range(count_waiting):
        waiting_soon(waiting[ahead])


cdef inline void read_packet(Flows self, Coming* coming, int64_t time) noexcept nogil:
    cdef Packet* packet = &coming.packet
    cdef uint32_t total = 0
    cdef const uint8_t* whole
    if coming.verdict == IP_FRAGMENT:
        whole = self.fragments.add(packet, &total)
        if whole == NULL:
            self.lives.sink.starved |= self.fragments.starved
            return
        coming.verdict = dissect_tcp(whole, total, total, packet)
        self.lives.sink.lent = whole
        self.lives.sink.lent_end = &whole[total]
        if coming.verdict == TCP_SEGMENT:
            seek(&self.lives.table, packet, &coming.sought)
    if coming.verdict == TCP_SEGMENT:
        count_segment(self, coming, time)
    else:
        self.verdicts[<int>coming.verdict] += 1
    if coming.verdict == NOT_TCP:
        self.protocols[packet.protocol & 0xFF] += 1
        if packet.protocol == 17:
            self.udp_ports[min(packet.ports[0], packet.ports[1])] += 1
    self.lives.sink.lent = NULL


cdef inline void count_segment(Flows self, Coming* coming, int64_t time) noexcept nogil:
    """Read a segment, if it is of a port that was named."""
    cdef Packet* packet = &coming.packet
    self.segments += 1
    if self.lives.ports != NULL and not self.lives.ports[packet.ports[0]] and (
        not self.lives.ports[packet.ports[1]]
    ):
        self.tcp_ports[min(packet.ports[0], packet.ports[1])] += 1
    else:
        read_segment(&self.lives, packet, &coming.sought, time)
