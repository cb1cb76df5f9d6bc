"""Packets and capture files of every kind, built from nothing but struct: what the tests of captures read."""

import random
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
START = 1_800_000_000 * 10**9  # nanoseconds

# PDUs.


def pdu(command_id: int, sequence_number: int, body: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command_id, status, sequence_number) + body


def bind(
    sequence_number: int = 1, command_id: int = 9, system_id: bytes = b"demo", password: bytes = b"secret"
) -> bytes:
    return pdu(command_id, sequence_number, system_id + b"\0" + password + b"\0\0\x34\0\0\0")


def bind_resp(sequence_number: int = 1, command_id: int = 9, status: int = 0) -> bytes:
    return pdu(0x80000000 | command_id, sequence_number, b"centre\0" if status == 0 else b"", status)


def message(command_id: int, sequence_number: int, text: bytes) -> bytes:
    body = b"\0\1\1" + b"32471%06d" % sequence_number + b"\0\1\1" + b"32472000000\0" + bytes(3) + b"\0\0\1\0\0\0"
    return pdu(command_id, sequence_number, body + bytes([len(text)]) + text)


def message_resp(command_id: int, sequence_number: int) -> bytes:
    return pdu(0x80000000 | command_id, sequence_number, b"id%08x\0" % sequence_number)


Said = tuple[int, bytes]  # side (0 the ESME, 1 the message centre), PDU


def conversation(messages: int, seed: int = 0) -> list[Said]:
    """A bind, messages both ways with their answers, links enquired, an unbind."""
    chance = random.Random(seed)
    said: list[Said] = [(0, bind()), (1, bind_resp())]
    for number in range(2, messages + 2):
        text = chance.randbytes(chance.randrange(0, 140))
        kind = chance.random()
        if kind < 0.6:
            said += [(0, message(4, number, text)), (1, message_resp(4, number))]
        elif kind < 0.9:
            said += [(1, message(5, number, text)), (0, message_resp(5, number))]
        else:
            said += [(0, pdu(0x15, number)), (1, pdu(0x80000015, number))]
    return [*said, (0, pdu(6, messages + 2)), (1, pdu(0x80000006, messages + 2))]


# TCP.


@dataclass(frozen=True)
class Segment:
    """One TCP segment, its IP addresses with it."""

    source: str
    destination: str
    sport: int
    dport: int
    sequence: int
    flags: int
    payload: bytes = b""
    acknowledged: int = 0
    options: bytes = b""
    time: int = START

    def tcp(self) -> bytes:
        header = struct.pack(
            ">HHIIBBHHH",
            self.sport,
            self.dport,
            self.sequence % 2**32,
            self.acknowledged % 2**32,
            (20 + len(self.options)) // 4 << 4,
            self.flags,
            65535,
            0xBEEF,  # a wrong checksum, as offload leaves it
            0,
        )
        return header + self.options + self.payload

    def ip(self, ip_options: bytes = b"", extensions: Sequence[tuple[int, bytes]] = ()) -> bytes:
        if ip_address(self.source).version == 4:
            return ipv4(self.source, self.destination, self.tcp(), options=ip_options)
        return ipv6(self.source, self.destination, self.tcp(), extensions=extensions)


def ipv4(
    source: str,
    destination: str,
    payload: bytes,
    *,
    protocol: int = 6,
    options: bytes = b"",
    identification: int = 1,
    fragment: int = 0x4000,
    total: int | None = None,
) -> bytes:
    length = 20 + len(options) + len(payload) if total is None else total
    first = 0x40 | (20 + len(options)) // 4
    head = struct.pack(">BBHHHBBH", first, 0, length, identification, fragment, 64, protocol, 0)
    return head + ip_address(source).packed + ip_address(destination).packed + options + payload


def ipv6(
    source: str,
    destination: str,
    payload: bytes,
    *,
    protocol: int = 6,
    extensions: Sequence[tuple[int, bytes]] = (),
    length: int | None = None,
) -> bytes:
    """``extensions`` are (number, octets after the first) of extension headers; the first octet is filled in."""
    kinds = [number for number, _ in extensions] + [protocol]
    chain = b"".join(bytes([following]) + rest for (_, rest), following in zip(extensions, kinds[1:], strict=True))
    size = len(chain) + len(payload) if length is None else length
    head = struct.pack(">IHBB", 6 << 28, size, kinds[0], 64)
    return head + ip_address(source).packed + ip_address(destination).packed + chain + payload


def fragments(source: str, destination: str, payload: bytes, size: int, identification: int = 7) -> list[bytes]:
    """An IPv4 datagram in fragments of ``size`` octets, a multiple of 8."""
    parts = [payload[start : start + size] for start in range(0, len(payload), size)]
    return [
        ipv4(
            source,
            destination,
            part,
            identification=identification,
            fragment=(number * size // 8) | (0x2000 if number + 1 < len(parts) else 0),
        )
        for number, part in enumerate(parts)
    ]


@dataclass
class Wire:
    """A TCP connection between an ESME and a message centre; what is said becomes segments."""

    esme: str = "10.0.0.1"
    mc: str = "10.0.0.2"
    esme_port: int = 40000
    mc_port: int = 2775
    isn: tuple[int, int] = (1000, 500_000)
    step: int = 1_000_000
    time: int = START

    def __post_init__(self) -> None:
        self.next = list(self.isn)

    def segment(self, side: int, flags: int, payload: bytes = b"", options: bytes = b"") -> Segment:
        ends = (self.esme, self.mc, self.esme_port, self.mc_port)
        if side == 1:
            ends = (self.mc, self.esme, self.mc_port, self.esme_port)
        made = Segment(*ends, self.next[side], flags, payload, self.next[1 - side], options, self.time)
        self.next[side] += len(payload) + (1 if flags & (SYN | FIN) else 0)
        self.time += self.step
        return made

    def handshake(self, side: int = 0) -> list[Segment]:
        return [self.segment(side, SYN), self.segment(1 - side, SYN | ACK), self.segment(side, ACK)]

    def say(self, said: Iterable[Said], per_segment: int = 1) -> list[Segment]:
        """A segment for each PDU, or for so many PDUs of one side in a row."""
        segments: list[Segment] = []
        waiting: list[bytes] = []
        speaker = 0
        for side, octets in said:
            if waiting and (side != speaker or len(waiting) == per_segment):
                segments.append(self.segment(speaker, PSH | ACK, b"".join(waiting)))
                waiting = []
            speaker = side
            waiting.append(octets)
        return [*segments, self.segment(speaker, PSH | ACK, b"".join(waiting))] if waiting else segments

    def cut_up(self, said: Iterable[Said], chance: random.Random, largest: int) -> list[Segment]:
        """Segments of random sizes from 1 octet, across the borders of PDUs; the order of each side is kept."""
        streams = [b"".join(octets for side, octets in said if side == wanted) for wanted in (0, 1)]
        segments: list[Segment] = []
        while any(streams):
            side = chance.randrange(2) if all(streams) else streams.index(max(streams))
            size = chance.randint(1, largest)
            segments.append(self.segment(side, PSH | ACK, streams[side][:size]))
            streams[side] = streams[side][size:]
        return segments

    def goodbye(self, side: int = 0) -> list[Segment]:
        return [self.segment(side, FIN | ACK), self.segment(1 - side, FIN | ACK), self.segment(side, ACK)]


SAID = conversation(8)


def spoken(said: Iterable[Said] = SAID, opener: int = 0, per_segment: int = 1, **options: object) -> list[Segment]:
    """A connection from its handshake to its end."""
    wire = Wire(**options)
    return [*wire.handshake(opener), *wire.say(said, per_segment), *wire.goodbye()]


def restamped(segments: Iterable[Segment], start: int = START, step: int = 1_000_000) -> list[Segment]:
    """The segments with times that rise in the order in which they stand."""
    return [replace(segment, time=start + number * step) for number, segment in enumerate(segments)]


# Link layers: (link type, from IP packet to frame).


def ethernet(packet: bytes, tags: Sequence[tuple[int, int]] = ()) -> bytes:
    kind = 0x0800 if packet[0] >> 4 == 4 else 0x86DD
    tagged = b"".join(struct.pack(">HH", tpid, vid) for tpid, vid in tags)
    frame = bytes(12) + tagged + struct.pack(">H", kind) + packet
    return frame.ljust(60, b"\xaa")  # padding that is no payload


def _kind(packet: bytes) -> bytes:
    return b"\x08\x00" if packet[0] >> 4 == 4 else b"\x86\xdd"


def _family(packet: bytes, ipv6_family: int, order: str) -> bytes:
    return struct.pack(order + "I", 2 if packet[0] >> 4 == 4 else ipv6_family)


def _ppp(packet: bytes) -> bytes:
    return b"\x00\x21" if packet[0] >> 4 == 4 else b"\x00\x57"


LAYERS = {
    "ethernet": (1, ethernet),
    "vlan": (1, lambda packet: ethernet(packet, [(0x8100, 7)])),
    "qinq": (1, lambda packet: ethernet(packet, [(0x88A8, 7), (0x8100, 8)])),
    "old qinq": (1, lambda packet: ethernet(packet, [(0x9100, 7), (0x9100, 8), (0x8100, 9)])),
    "snap": (
        1,
        lambda packet: bytes(12) + struct.pack(">H", len(packet) + 8) + b"\xaa\xaa\3\0\0\0" + _kind(packet) + packet,
    ),
    "pppoe": (
        1,
        lambda packet: bytes(12) + b"\x88\x64\x11\0\0\1" + struct.pack(">H", len(packet) + 2) + _ppp(packet) + packet,
    ),
    "cooked": (113, lambda packet: b"\0\0\x03\x04\0\6" + bytes(8) + _kind(packet) + packet),
    "cooked vlan": (113, lambda packet: bytes(14) + b"\x81\0\0\7" + _kind(packet) + packet),
    "cooked2": (276, lambda packet: _kind(packet) + bytes(18) + packet),
    "null little": (0, lambda packet: _family(packet, 24, "<") + packet),
    "null big": (0, lambda packet: _family(packet, 30, ">") + packet),
    "null freebsd": (0, lambda packet: _family(packet, 28, "<") + packet),
    "loop": (108, lambda packet: _family(packet, 24, ">") + packet),
    "raw 12": (12, bytes),
    "raw 14": (14, bytes),
    "raw": (101, bytes),
    "ipv4 or 6": (228, bytes),
    "ipv6 or 4": (229, bytes),
    "ppp": (9, lambda packet: _ppp(packet) + packet),
    "ppp compressed": (9, lambda packet: b"\xff\3" + _ppp(packet)[1:] + packet),
    "ppp hdlc": (50, lambda packet: b"\xff\3" + _ppp(packet) + packet),
    "ppp over ethernet": (
        51,
        lambda packet: b"\x11\0\0\1" + struct.pack(">H", len(packet) + 2) + _ppp(packet) + packet,
    ),
    "cisco hdlc": (104, lambda packet: b"\x0f\0" + _kind(packet) + packet),
}

Stamped = tuple[int, bytes]  # nanoseconds, frame


def framed(segments: Iterable[Segment], layer: str = "ethernet") -> list[Stamped]:
    return [(segment.time, LAYERS[layer][1](segment.ip())) for segment in segments]


# Files.


def pcap(
    frames: Iterable[Stamped],
    link_type: int = 1,
    *,
    big: bool = False,
    nanoseconds: bool = False,
    modified: bool = False,
    snap: int | None = None,
) -> bytes:
    order = ">" if big else "<"
    magic = 0xA1B2CD34 if modified else 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap or 262144, link_type)]
    for time, frame in frames:
        kept = frame[:snap]
        seconds, rest = divmod(time, 10**9)
        parts.append(struct.pack(order + "IIII", seconds, rest if nanoseconds else rest // 1000, len(kept), len(frame)))
        parts += [bytes(8)] if modified else []
        parts.append(kept)
    return b"".join(parts)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", options: bytes = b"") -> bytes:
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def interface(link_type: int = 1, order: str = "<", snap: int = 0, options: bytes = b"") -> bytes:
    return block(1, struct.pack(order + "HHI", link_type, 0, snap) + options, order)


def ticks(time: int, resolution: int, offset: int) -> int:
    """A time in the units of if_tsresol, after if_tsoffset."""
    time -= offset * 10**9
    if resolution & 0x80:
        return (time << (resolution & 0x7F)) // 10**9
    return time * 10**resolution // 10**9


def packet_block(
    frame: Stamped, order: str = "<", number: int = 0, resolution: int = 6, offset: int = 0, snap: int | None = None
) -> bytes:
    time, octets = frame
    units = ticks(time, resolution, offset)
    kept = octets[:snap]
    head = struct.pack(order + "IIIII", number, units >> 32, units & 0xFFFFFFFF, len(kept), len(octets))
    return block(6, head + kept + bytes(-len(kept) % 4) + option(1, b"a comment", order) + bytes(4), order)


def old_packet_block(frame: Stamped, order: str = "<", number: int = 0) -> bytes:
    time, octets = frame
    units = time // 1000
    head = struct.pack(order + "HHIIII", number, 0, units >> 32, units & 0xFFFFFFFF, len(octets), len(octets))
    return block(2, head + octets, order)


def simple_block(frame: Stamped, order: str = "<", snap: int | None = None) -> bytes:
    return block(3, struct.pack(order + "I", len(frame[1])) + frame[1][:snap], order)


def pcapng(
    frames: Iterable[Stamped], link_type: int = 1, order: str = "<", resolution: int = 6, offset: int = 0
) -> bytes:
    options = option(9, bytes([resolution]), order) + option(14, struct.pack(order + "q", offset), order) + bytes(4)
    head = section(order) + interface(link_type, order, options=options)
    return head + b"".join(packet_block(frame, order, 0, resolution, offset) for frame in frames)


# What a log holds, to compare.


def records(log: object) -> list[tuple[int, int, bytes]]:
    """(link, direction, octets) of every record, in order."""
    return [
        (int(segment.link[row]), int(segment.direction[row]), segment.octets(row))
        for segment in log.segments()  # type: ignore[attr-defined]
        for row in range(len(segment))
    ]


def by_direction(log: object, link: int = 0) -> list[list[bytes]]:
    """The PDUs of one link, from the ESME and from the message centre."""
    found = records(log)
    return [[octets for number, way, octets in found if number == link and way == side] for side in (0, 1)]


def sides(said: Iterable[Said]) -> list[list[bytes]]:
    said = list(said)
    return [[octets for side, octets in said if side == wanted] for wanted in (0, 1)]
