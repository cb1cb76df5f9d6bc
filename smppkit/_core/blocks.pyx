"""The records of a capture file, walked in batches: pcap records and the packet blocks of pcapng.

Each length is checked against the file before it is used, and each step goes forward, so a hostile file costs time in
proportion to its size, and the memory of 65,536 interfaces.
"""

cimport cython
from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t, uintptr_t

from smppkit._core.alone cimport begin_alone, leave_alone
from smppkit._core.framing cimport grow
from smppkit._core.memory cimport calloc, free
from smppkit._core.network cimport read_u16, read_u32
from smppkit._core.packets cimport readable

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define WILL_READ(address) __builtin_prefetch(address)
    #else
    #define WILL_READ(address) ((void)(address))
    #endif
    """
    void WILL_READ(const void* address) noexcept nogil

cdef enum:
    AHEAD = 2048                    # octets before which memory is told what will be read: it need not be there
    LINE = 64
    LINES = 4                       # of a packet: of longer ones the processor sees by itself how they go on
    LARGEST_PACKET = 0x100000        # a wire length above is nonsense: the largest offloaded packets have 512 KiB
    BLOCK_OLD_PACKET = 2
    BLOCK_SIMPLE = 3
    BLOCK_PACKET = 6
    BLOCK_INTERFACE = 1
    BLOCK_SECTION = 0x0A0D0D0A      # the same in either order of octets
    MOST_INTERFACES = 0x10000       # of a section; packets of others count as those of none
    OPTION_TSRESOL = 9
    OPTION_TSOFFSET = 14
    MICROSECONDS = 6                # the resolution where no option names it
    SECOND = 1_000_000_000

cdef enum:
    _DONE = 0           # the end of the file
    _FULL = 1           # the batch is full, more follows
    _CUT = 2            # the file ends inside a record
    _BROKEN = 3         # a length that cannot be

DONE, FULL, CUT, BROKEN = _DONE, _FULL, _CUT, _BROKEN


cdef inline void look_ahead(const uint8_t* at) noexcept nogil:
    """Fetch what lies some packets ahead: where a packet begins the one before says, so that memory would wait."""
    cdef int line
    for line in range(LINES):
        WILL_READ(<const void*>(<uintptr_t>at + AHEAD + line * LINE))


cdef inline uint32_t u32(const uint8_t* at, bint big) noexcept nogil:
    if big:
        return read_u32(at)
    return (<uint32_t>at[3] << 24) | (<uint32_t>at[2] << 16) | (<uint32_t>at[1] << 8) | at[0]


cdef inline uint16_t u16(const uint8_t* at, bint big) noexcept nogil:
    return read_u16(at) if big else <uint16_t>((at[1] << 8) | at[0])


@cython.overflowcheck(False)
cdef inline int64_t instant(uint64_t ticks, int64_t resolution, int64_t offset) noexcept nogil:
    """Nanoseconds since 1970 of a pcapng timestamp; INT64_MIN when an int64 cannot hold them.

    ``resolution`` is the octet if_tsresol: a negative power of 10, or of 2 when its highest bit is set.
    """
    cdef int64_t most = INT64_MAX // SECOND
    cdef uint64_t seconds, rest, unit = 1
    cdef int power = resolution & 0x7F, _
    if resolution & 0x80:
        seconds = ticks >> power if power < 64 else 0
        rest = ticks & ((<uint64_t>1 << power) - 1) if power < 64 else ticks
        if power > 34:              # the product below has to stay within 64 bits
            rest = rest >> (power - 34) if power - 34 < 64 else 0
            power = 34
        rest = (rest * SECOND) >> power
    elif power > 19:
        seconds = rest = 0
    else:
        for _ in range(power):
            unit *= 10
        seconds = ticks // unit
        rest = ticks % unit
        rest = rest * (SECOND // unit) if power <= 9 else rest // (unit // SECOND)
    if seconds >= <uint64_t>most or offset >= most or offset <= -most:
        return INT64_MIN
    offset += <int64_t>seconds
    if offset >= most or offset <= -most:
        return INT64_MIN
    return offset * SECOND + <int64_t>rest


cdef inline void put(Rows self, int64_t offset, uint32_t captured, uint32_t wire, int64_t time,
                     int32_t link_type) noexcept nogil:
    cdef Row* row = &self.rows[self.count]
    row.offset = offset
    row.captured = captured
    row.wire = wire if captured <= wire <= LARGEST_PACKET else captured
    row.time = time
    row.link_type = link_type
    self.count += 1


cdef inline void put_block(Rows self, const uint8_t* at, uint32_t size, int64_t offset, uint32_t kind) noexcept nogil:
    """Add the packet of one block, of which ``size`` octets stand between its two lengths."""
    cdef uint32_t header = 4 if kind == BLOCK_SIMPLE else 20
    cdef uint32_t interface = 0, captured, wire
    cdef int64_t time = INT64_MIN
    cdef bint big = self.big
    cdef const Interface* known
    if size < header:
        self.strangers += 1
        return
    if kind == BLOCK_PACKET:
        interface = u32(at, big)
    elif kind == BLOCK_OLD_PACKET:
        interface = u16(at, big)
    if interface >= self.interface_count:
        self.strangers += 1
        return
    known = &self.interfaces[interface]
    if kind == BLOCK_SIMPLE:
        wire = u32(at, big)
        captured = min(wire, size - header)
        if 0 < known.snap < captured:
            captured = known.snap
    else:
        time = instant((<uint64_t>u32(at + 4, big) << 32) | u32(at + 8, big), known.resolution, known.offset)
        captured = min(u32(at + 12, big), size - header)
        wire = u32(at + 16, big)
    put(self, offset + header, captured, wire, time, known.link_type)


@cython.overflowcheck(False)
cdef inline int64_t signed(const uint8_t* at, uint32_t size, bint big) noexcept nogil:
    """A signed integer of up to 8 octets."""
    cdef uint64_t value = 0
    cdef uint32_t place
    if size == 0:
        return 0
    for place in range(size):
        value = (value << 8) | at[place if big else size - 1 - place]
    if size < 8 and value >> (8 * size - 1):
        value |= ~<uint64_t>0 << (8 * size)
    return <int64_t>value


cdef inline void read_options(Interface* out, const uint8_t* at, int64_t size, bint big) noexcept nogil:
    """The options of an interface that matter, the first of each kind (section 3.5)."""
    cdef int64_t place = 0
    cdef uint32_t code, length
    cdef bint resolved = False, moved = False
    while place + 4 <= size:
        code = u16(at + place, big)
        length = u16(at + place + 2, big)
        place += 4
        if code == 0 or place + length > size:
            return
        if code == OPTION_TSRESOL and not resolved:
            resolved = True
            if length:
                out.resolution = at[place]
        elif code == OPTION_TSOFFSET and not moved:
            moved = True
            out.offset = signed(at + place, min(length, 8), big)
        place += (length + 3) & ~3


cdef inline bint add_interface(Rows self, const uint8_t* body, int64_t size) noexcept nogil:
    """An interface of ``size`` octets (section 4.2); False when there is no memory."""
    cdef Interface* out
    cdef uint16_t link_type = u16(body, self.big)
    if not readable(link_type):
        self.unreadable[link_type] += 1
    if self.interface_count >= MOST_INTERFACES:
        return True
    if not grow(<void**>&self.interfaces, &self.interface_room, self.interface_count + 1, sizeof(Interface)):
        return False
    out = &self.interfaces[self.interface_count]
    self.interface_count += 1
    out.link_type = link_type if readable(link_type) else -1
    out.snap = u32(body + 4, self.big)
    out.resolution = MICROSECONDS
    out.offset = 0
    read_options(out, body + 8, size - 8, self.big)
    return True


cdef inline int read_block(Rows self, const uint8_t* at, int64_t position, int64_t size,
                           int64_t* length) noexcept nogil:
    """One block, of which 12 octets at least are there: DONE, CUT, BROKEN, or FULL where memory is out."""
    cdef uint32_t kind = u32(at, self.big)
    cdef bint section = kind == BLOCK_SECTION, rare = section or kind == BLOCK_INTERFACE
    if section:
        self.interface_count = 0
        self.big = at[8] == 0x1A and at[9] == 0x2B and at[10] == 0x3C and at[11] == 0x4D    # section 4.1
    length[0] = u32(at + 4, self.big)
    if length[0] < (20 if rare else 12) or length[0] & 3:
        return _BROKEN
    if length[0] > size - position:
        return _CUT
    if section:
        return _DONE
    if rare:
        return _DONE if add_interface(self, at + 8, length[0] - 12) else _FULL
    if u32(at + length[0] - 4, self.big) != length[0]:
        return _BROKEN
    if kind == BLOCK_PACKET or kind == BLOCK_SIMPLE or kind == BLOCK_OLD_PACKET:
        put_block(self, at + 8, <uint32_t>length[0] - 12, position + 8, kind)
    return _DONE


cdef class Rows:
    """A batch of packets: where each lies in the file. For one thread at a time, RuntimeError else.

    >>> Rows().count
    0
    """

    def __cinit__(self):
        self.unreadable = <uint32_t*>calloc(65536, sizeof(uint32_t))
        if self.unreadable == NULL:
            raise MemoryError

    def __dealloc__(self):
        free(self.interfaces)
        free(self.unreadable)

    def pcap(self, const uint8_t[::1] data, int64_t position, int64_t largest, *, int link_type, bint big,
             bint nanoseconds, int header) -> tuple[int, int]:
        """Read records from ``position`` until the batch is full.

        ``header`` is the octets of a record's header (16, or 24 in the modified format), ``largest`` the most octets a
        packet may have. Returns the position after the last whole record, and DONE, FULL, CUT or BROKEN.

        >>> record = bytes.fromhex("01000000 02000000 01000000 3c000000 ff")
        >>> Rows().pcap(record, 0, 65535, link_type=1, big=False, nanoseconds=False, header=16) == (17, DONE)
        True
        """
        cdef int64_t size = data.shape[0], time
        cdef uint32_t captured
        cdef const uint8_t* at
        cdef bint full
        if position < 0 or header < 16:
            raise ValueError("position and header must not be below 0 and 16")
        begin_alone(&self.busy, "Rows")
        try:
            self.count = 0
            with nogil:
                while self.count < ROWS:
                    if header > size - position:
                        break
                    at = &data[position]
                    captured = u32(at + 8, big)
                    if captured > largest or captured > size - position - header:
                        break
                    time = u32(at + 4, big)
                    time = <int64_t>u32(at, big) * SECOND + (time if nanoseconds else time * 1000)
                    put(self, position + header, captured, u32(at + 12, big), time, link_type)
                    look_ahead(at)
                    position += header + captured
                full = self.count == ROWS
        finally:
            leave_alone(&self.busy)
        if full:
            return position, FULL
        if position >= size:
            return position, DONE
        return position, BROKEN if header <= size - position and u32(&data[position + 8], big) > largest else CUT

    def pcapng(self, const uint8_t[::1] data, int64_t position) -> tuple[int, int]:
        """Read blocks from ``position`` until the batch is full.

        Sections and interfaces count for the packets behind them, in this call and in those that follow. Blocks that
        hold no packet are stepped over. Returns the position of the next block, and DONE, FULL, CUT or BROKEN.

        >>> statistics = bytes.fromhex("05000000 0c000000 0c000000")
        >>> Rows().pcapng(statistics, 0) == (12, DONE)
        True
        """
        cdef int64_t size = data.shape[0], length = 0
        cdef int status = _DONE
        cdef bint full
        if position < 0:
            raise ValueError("position must not be below 0")
        begin_alone(&self.busy, "Rows")
        try:
            self.count = 0
            with nogil:
                while self.count < ROWS and 12 <= size - position:
                    look_ahead(&data[position])
                    status = read_block(self, &data[position], position, size, &length)
                    if status != _DONE:
                        break
                    position += length
                full = self.count == ROWS
        finally:
            leave_alone(&self.busy)
        if status == _FULL:
            raise MemoryError
        if status == _DONE and full:
            return position, FULL
        return position, status if status != _DONE or position >= size else CUT

    def unread(self) -> dict[int, int]:
        """Return the link types that cannot be read, and how many interfaces have each.

        >>> Rows().unread()
        {}
        """
        cdef int kind
        return {kind: self.unreadable[kind] for kind in range(65536) if self.unreadable[kind]}
