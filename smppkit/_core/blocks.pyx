"""The records of a capture file, walked in batches: pcap records and the packet blocks of pcapng.

File headers, sections and interfaces are rare and are read in Python; here only what comes a million times. Each
length is checked against the file before it is used, and each step goes forward, so a hostile file costs time in
proportion to its size and no memory.
"""

cimport cython
from libc.stdint cimport INT64_MAX, INT64_MIN, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    LARGEST_PACKET = 0x100000        # a wire length above is nonsense: the largest offloaded packets have 512 KiB
    BLOCK_OLD_PACKET = 2
    BLOCK_SIMPLE = 3
    BLOCK_PACKET = 6
    BLOCK_INTERFACE = 1
    BLOCK_SECTION = 0x0A0D0D0A      # the same in either order of octets
    COLUMNS = 4                     # of an interface, see Rows.pcapng
    SECOND = 1_000_000_000

DONE = 0            # the end of the file
FULL = 1            # the batch is full, more follows
CUT = 2             # the file ends inside a record
BROKEN = 3          # a length that cannot be
SPECIAL = 4         # a section or an interface begins here


cdef inline uint32_t u32(const uint8_t* at, bint big) noexcept nogil:
    if big:
        return (<uint32_t>at[0] << 24) | (<uint32_t>at[1] << 16) | (<uint32_t>at[2] << 8) | at[3]
    return (<uint32_t>at[3] << 24) | (<uint32_t>at[2] << 16) | (<uint32_t>at[1] << 8) | at[0]


cdef inline uint16_t u16(const uint8_t* at, bint big) noexcept nogil:
    return <uint16_t>((at[0] << 8) | at[1]) if big else <uint16_t>((at[1] << 8) | at[0])


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


cdef inline void put_block(Rows self, const uint8_t* at, uint32_t size, int64_t offset, bint big, uint32_t kind,
                           const int64_t[::1] interfaces) noexcept nogil:
    """Add the packet of one block, of which ``size`` octets stand between its two lengths."""
    cdef uint32_t header = 4 if kind == BLOCK_SIMPLE else 20
    cdef uint32_t interface = 0, captured, wire
    cdef int64_t time = INT64_MIN
    cdef const int64_t* known
    if size < header:
        self.strangers += 1
        return
    if kind == BLOCK_PACKET:
        interface = u32(at, big)
    elif kind == BLOCK_OLD_PACKET:
        interface = u16(at, big)
    if interface >= interfaces.shape[0] // COLUMNS:
        self.strangers += 1
        return
    known = &interfaces[interface * COLUMNS]
    if kind == BLOCK_SIMPLE:
        wire = u32(at, big)
        captured = min(wire, size - header)
        if 0 < known[3] < captured:
            captured = <uint32_t>known[3]
    else:
        time = instant((<uint64_t>u32(at + 4, big) << 32) | u32(at + 8, big), known[1], known[2])
        captured = min(u32(at + 12, big), size - header)
        wire = u32(at + 16, big)
    put(self, offset + header, captured, wire, time, <int32_t>known[0])


cdef class Rows:
    """A batch of packets: where each lies in the file.

    >>> Rows().count
    0
    """

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
        self.count = 0
        if position < 0 or header < 16:
            raise ValueError("position and header must not be below 0 and 16")
        with nogil:
            while self.count < ROWS:
                if position + header > size:
                    break
                at = &data[position]
                captured = u32(at + 8, big)
                if captured > largest or position + header + captured > size:
                    break
                time = u32(at + 4, big)
                time = <int64_t>u32(at, big) * SECOND + (time if nanoseconds else time * 1000)
                put(self, position + header, captured, u32(at + 12, big), time, link_type)
                position += header + captured
        if self.count == ROWS:
            return position, FULL
        if position >= size:
            return position, DONE
        return position, BROKEN if position + header <= size and u32(&data[position + 8], big) > largest else CUT

    def pcapng(self, const uint8_t[::1] data, int64_t position, const int64_t[::1] interfaces, *,
               bint big) -> tuple[int, int]:
        """Read blocks from ``position`` until the batch is full or a section or an interface begins.

        ``interfaces`` holds four numbers for each interface: link type, if_tsresol, if_tsoffset in seconds, snap
        length. Blocks that hold no packet are stepped over. Returns the position of the next block, and DONE, FULL,
        CUT, BROKEN or SPECIAL.

        >>> from array import array
        >>> statistics = bytes.fromhex("05000000 0c000000 0c000000")
        >>> Rows().pcapng(statistics, 0, array("q"), big=False) == (12, DONE)
        True
        """
        cdef int64_t size = data.shape[0], length
        cdef uint32_t kind
        cdef const uint8_t* at
        self.count = 0
        if position < 0:
            raise ValueError("position must not be below 0")
        with nogil:
            while self.count < ROWS and position + 12 <= size:
                at = &data[position]
                kind = u32(at, big)
                if kind == BLOCK_SECTION or kind == BLOCK_INTERFACE:
                    with gil:
                        return position, SPECIAL
                length = u32(at + 4, big)
                if length < 12 or length & 3:
                    with gil:
                        return position, BROKEN
                if position + length > size:
                    with gil:
                        return position, CUT
                if u32(at + length - 4, big) != length:
                    with gil:
                        return position, BROKEN
                if kind == BLOCK_PACKET or kind == BLOCK_SIMPLE or kind == BLOCK_OLD_PACKET:
                    put_block(self, at + 8, <uint32_t>length - 12, position + 8, big, kind, interfaces)
                position += length
        if self.count == ROWS:
            return position, FULL
        return position, DONE if position >= size else CUT
