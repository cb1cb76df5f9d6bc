"""One captured packet, from its link layer to its TCP payload.

Every octet is checked to lie inside the captured part before it is read. Lengths come from the IP header, so that the
padding of short Ethernet frames never becomes payload; checksums are not looked at, for a capture made on the sending
machine holds them before the network card has filled them in.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from smppkit._core.network cimport read_u16, read_u32

cdef enum:
    LINK_NULL = 0           # BSD loopback, address family in the order of the machine that captured
    LINK_ETHERNET = 1
    LINK_PPP = 9
    LINK_RAW = 12
    LINK_RAW_OPENBSD = 14
    LINK_PPP_HDLC = 50
    LINK_PPP_ETHER = 51
    LINK_RAW_IP = 101
    LINK_CISCO_HDLC = 104
    LINK_LOOP = 108         # OpenBSD loopback, address family in network order
    LINK_COOKED = 113
    LINK_IPV4 = 228
    LINK_IPV6 = 229
    LINK_COOKED2 = 276

    TYPE_IPV4 = 0x0800
    TYPE_IPV6 = 0x86DD
    TYPE_VLAN = 0x8100
    TYPE_PPPOE = 0x8864
    LARGEST_8023 = 0x05DC   # up to here the field is a length and an LLC header follows (IEEE 802.3)

    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    MOST_EXTENSIONS = 16    # headers of IPv6 followed before a packet counts as malformed


cdef struct View:
    const uint8_t* at
    uint32_t captured       # octets in the capture from here
    uint32_t wire           # octets on the wire from here, never fewer


cdef inline uint64_t u64(const uint8_t* at) noexcept nogil:
    return (<uint64_t>read_u32(at) << 32) | read_u32(at + 4)


cdef inline bint skip(View* view, uint32_t octets) noexcept nogil:
    """Step over octets; False when they are not all in the capture."""
    if view.captured < octets:
        return False
    view.at += octets
    view.captured -= octets
    view.wire -= octets
    return True


cdef inline void narrow(View* view, uint32_t wire) noexcept nogil:
    """End the view where a length of a header says so: what follows is padding. A length beyond the packet is wrong."""
    view.wire = min(view.wire, wire)
    view.captured = min(view.captured, wire)


cdef inline uint32_t family_type(const uint8_t* at) noexcept nogil:
    """The EtherType of a BSD loopback header, whose address family may stand in either order."""
    cdef uint32_t family = read_u32(at)
    if family > 0xFFFF:
        family = at[0] | (<uint32_t>at[1] << 8)
    if family == 2:
        return TYPE_IPV4
    if family == 10 or family == 23 or family == 24 or family == 28 or family == 30:    # of as many systems
        return TYPE_IPV6
    return 0


cdef inline uint32_t version_type(const View* view) noexcept nogil:
    """The EtherType of a bare IP packet, by its version; an octet of it is there."""
    if view.at[0] >> 4 == 4:
        return TYPE_IPV4
    return TYPE_IPV6 if view.at[0] >> 4 == 6 else 0


cdef inline uint32_t ppp_type(View* view) noexcept nogil:
    """Step over a PPP header; the EtherType of what follows (RFC 1661, section 2; RFC 1662, section 3.1)."""
    cdef uint32_t protocol
    if view.captured >= 2 and view.at[0] == 0xFF and view.at[1] == 0x03:
        skip(view, 2)
    if view.captured < 2:
        return 0
    if view.at[0] & 1:      # the protocol field may be compressed to one octet
        protocol = view.at[0]
        skip(view, 1)
    else:
        protocol = read_u16(view.at)
        skip(view, 2)
    if protocol == 0x21:
        return TYPE_IPV4
    return TYPE_IPV6 if protocol == 0x57 else 0


cdef inline uint32_t typed(View* view, uint32_t place, uint32_t header) noexcept nogil:
    """Step over a header that holds an EtherType at ``place``."""
    cdef uint32_t ether_type
    if view.captured < header:
        return 0
    ether_type = read_u16(view.at + place)
    skip(view, header)
    return ether_type


cdef inline uint32_t link_layer(View* view, int link_type) noexcept nogil:
    """Step over the link layer; the EtherType of what follows, 0 when it cannot be told."""
    if link_type == LINK_ETHERNET:
        return typed(view, 12, 14)
    if link_type == LINK_COOKED:
        return typed(view, 14, 16)
    if link_type == LINK_COOKED2:
        return typed(view, 0, 20)
    if link_type == LINK_CISCO_HDLC:
        return typed(view, 2, 4)
    if link_type == LINK_NULL or link_type == LINK_LOOP:
        return family_type(view.at - 4) if skip(view, 4) else 0
    if link_type == LINK_PPP or link_type == LINK_PPP_HDLC:
        return ppp_type(view)
    if link_type == LINK_PPP_ETHER:
        return ppp_type(view) if skip(view, 6) else 0
    if link_type == LINK_RAW or link_type == LINK_RAW_OPENBSD or link_type == LINK_RAW_IP or (
        link_type == LINK_IPV4 or link_type == LINK_IPV6
    ):
        return version_type(view)
    return 0


cdef inline uint32_t unwrap(View* view, uint32_t ether_type) noexcept nogil:
    """Step over VLAN tags, PPPoE and LLC/SNAP; each step consumes octets, so the work is bounded by them."""
    while True:
        if ether_type == TYPE_IPV4:
            return ether_type
        if ether_type == TYPE_VLAN or ether_type == 0x88A8 or ether_type == 0x9100 or ether_type == 0x9200:
            ether_type = typed(view, 2, 4)
        elif ether_type == TYPE_PPPOE:
            return ppp_type(view) if skip(view, 6) else 0
        elif 0 < ether_type <= LARGEST_8023 and view.captured >= 8 and view.at[0] == 0xAA and view.at[1] == 0xAA:
            ether_type = typed(view, 6, 8)
        else:
            return ether_type


cdef Verdict dissect(const uint8_t* octets, uint32_t captured, uint32_t wire, int link_type,
                     Packet* out) noexcept nogil:
    """Read the headers of a packet of which one octet at least was captured."""
    cdef View view
    cdef uint32_t ether_type
    view.at = octets
    view.captured = captured
    view.wire = wire
    ether_type = unwrap(&view, link_layer(&view, link_type))
    if ether_type == TYPE_IPV4:
        return dissect_ipv4(&view, out)
    if ether_type == TYPE_IPV6:
        return dissect_ipv6(&view, out)
    out.protocol = ether_type
    return NOT_IP


cdef inline Verdict dissect_ipv4(View* view, Packet* out) noexcept nogil:
    """RFC 791, section 3.1."""
    cdef const uint8_t* at = view.at
    cdef uint32_t header, total, fragment
    if view.captured < 20:
        return CUT_SHORT
    header = (at[0] & 0x0F) * 4
    total = read_u16(at + 2)
    if total == 0:
        total = view.wire   # the card was to cut the packet into pieces (segmentation offload) and write lengths then
    if at[0] >> 4 != 4 or header < 20 or total < header:
        return MALFORMED
    out.addresses[0][0] = <uint64_t>read_u32(at + 12) << 32
    out.addresses[1][0] = <uint64_t>read_u32(at + 16) << 32
    out.addresses[0][1] = out.addresses[1][1] = 0
    out.family = 4
    fragment = read_u16(at + 6)
    out.identification = read_u16(at + 4)
    narrow(view, total)
    if not skip(view, header):
        return CUT_SHORT
    out.protocol = at[9]
    if fragment & 0x3FFF:
        return fragment_of(view, (fragment & 0x1FFF) * 8, (fragment & 0x2000) != 0, out)
    return transport(view, out)


cdef inline Verdict dissect_ipv6(View* view, Packet* out) noexcept nogil:
    """RFC 8200, sections 3 and 4."""
    cdef const uint8_t* at = view.at
    cdef uint32_t payload, following, size
    cdef int _
    if view.captured < 40:
        return CUT_SHORT
    if at[0] >> 4 != 6:
        return MALFORMED
    out.addresses[0][0] = u64(at + 8)
    out.addresses[0][1] = u64(at + 16)
    out.addresses[1][0] = u64(at + 24)
    out.addresses[1][1] = u64(at + 32)
    out.family = 6
    payload = read_u16(at + 4)
    following = at[6]
    skip(view, 40)
    if payload:             # 0: a jumbogram, or left to the card
        narrow(view, payload)
    for _ in range(MOST_EXTENSIONS):
        if following == 44:
            return fragment_ipv6(view, out)
        if not (following == 0 or following == 43 or following == 60 or following == 51 or following == 135):
            out.protocol = following
            return transport(view, out)
        if view.captured < 8:
            return CUT_SHORT
        size = (view.at[1] + 2) * 4 if following == 51 else (view.at[1] + 1) * 8
        following = view.at[0]
        if size > view.wire:
            return MALFORMED
        if not skip(view, size):
            return CUT_SHORT
    return MALFORMED


cdef inline Verdict fragment_ipv6(View* view, Packet* out) noexcept nogil:
    """RFC 8200, section 4.5. A first fragment that is the whole datagram is read as it is (RFC 6946)."""
    cdef uint32_t fragment
    if view.captured < 8:
        return CUT_SHORT
    out.protocol = view.at[0]
    fragment = read_u16(view.at + 2)
    out.identification = read_u32(view.at + 4)
    skip(view, 8)
    if fragment & 0xFFF9:
        return fragment_of(view, fragment & 0xFFF8, fragment & 1, out)
    return transport(view, out)


cdef inline Verdict fragment_of(View* view, uint32_t offset, bint more, Packet* out) noexcept nogil:
    out.body = view.at
    out.captured = view.captured
    out.length = view.wire
    out.fragment_offset = offset
    out.more = more
    return IP_FRAGMENT if out.protocol == PROTOCOL_TCP else NOT_TCP


cdef inline Verdict transport(View* view, Packet* out) noexcept nogil:
    if out.protocol == PROTOCOL_TCP:
        return dissect_tcp(view.at, view.captured, view.wire, out)
    out.ports[0] = out.ports[1] = 0
    if out.protocol == PROTOCOL_UDP and view.captured >= 4:
        out.ports[0] = read_u16(view.at)
        out.ports[1] = read_u16(view.at + 2)
    return NOT_TCP


cdef Verdict dissect_tcp(const uint8_t* octets, uint32_t captured, uint32_t wire, Packet* out) noexcept nogil:
    """RFC 9293, section 3.1."""
    cdef uint32_t header, there
    if wire < 20:
        return MALFORMED
    if captured < 14:
        return CUT_SHORT
    header = (octets[12] >> 4) * 4
    if header < 20 or header > wire:
        return MALFORMED
    out.ports[0] = read_u16(octets)
    out.ports[1] = read_u16(octets + 2)
    out.sequence = read_u32(octets + 4)
    out.acknowledged = read_u32(octets + 8)
    out.flags = octets[13]
    out.length = wire - header
    there = min(captured, header)       # no branch: whether a segment has octets is hard to foresee
    out.captured = captured - there
    out.body = octets + there
    return TCP_SEGMENT


cdef bint readable(int link_type) noexcept nogil:
    """Tell whether a link layer can be read."""
    return link_type in (
        LINK_NULL, LINK_ETHERNET, LINK_PPP, LINK_RAW, LINK_RAW_OPENBSD, LINK_PPP_HDLC, LINK_PPP_ETHER, LINK_RAW_IP,
        LINK_CISCO_HDLC, LINK_LOOP, LINK_COOKED, LINK_IPV4, LINK_IPV6, LINK_COOKED2,
    )


def can_read(int link_type) -> bool:
    """Tell whether a link layer can be read, by its number.

    >>> can_read(1), can_read(105)
    (True, False)
    """
    return readable(link_type)
