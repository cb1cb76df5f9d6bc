# Captured packets: from the link layer to the TCP payload.
cimport cython
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

# What a packet turned out to be.
cdef enum Verdict:
    TCP_SEGMENT = 0
    IP_FRAGMENT = 1         # body is a part of an IP payload: identification, fragment_offset, more
    NOT_IP = 2              # protocol is the EtherType, or 0 where none could be read
    NOT_TCP = 3             # protocol is the IP protocol; of UDP the ports are set
    CUT_SHORT = 4           # the snap length cut its headers
    MALFORMED = 5           # its headers contradict each other

cdef enum Flag:
    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    ACK = 0x10

cdef struct Packet:
    uint64_t addresses[2][2]    # of source and destination, as numbers; that of IPv4 is the high half of the first
    uint8_t family          # 4 or 6
    uint8_t flags
    uint8_t more            # of a fragment: others follow
    uint16_t ports[2]       # of source and destination
    uint32_t protocol
    uint32_t sequence
    uint32_t acknowledged
    uint32_t identification
    uint32_t fragment_offset
    const uint8_t* body     # TCP payload, or the octets of a fragment
    uint32_t captured       # octets of it in the capture
    uint32_t length         # octets of it on the wire

cdef Verdict dissect(const uint8_t* octets, uint32_t captured, uint32_t wire, int link_type,
                     Packet* out) noexcept nogil
cdef Verdict dissect_tcp(const uint8_t* octets, uint32_t captured, uint32_t wire, Packet* out) noexcept nogil
cdef bint readable(int link_type) noexcept nogil


@cython.overflowcheck(False)
cdef inline uint64_t mixed(uint64_t hash, uint64_t value, uint64_t factor) noexcept nogil:
    """One step of a hash; the product wraps around on purpose."""
    hash = (hash ^ value) * (factor | 1)
    return hash ^ (hash >> 32)
