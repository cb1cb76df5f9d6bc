"""Capture files read once more, slowly and by the drafts, and where their length fields lie: what damage is held to."""

import struct
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from smppkit._core.packets import can_read

SECTION, INTERFACE, OLD_PACKET, SIMPLE, PACKET = 0x0A0D0D0A, 1, 2, 3, 6
UNKNOWN = -(2**63)
LARGEST = 1 << 18  # octets of a packet, where no snap length is larger
LARGEST_WIRE = 1 << 20

PLACES = {
    SECTION: (("section length", 16, 8),),
    INTERFACE: (("snap", 12, 4),),
    OLD_PACKET: (("interface", 8, 2), ("captured", 20, 4), ("original", 24, 4)),
    SIMPLE: (("original", 8, 4),),
    PACKET: (("interface", 8, 4), ("captured", 20, 4), ("original", 24, 4)),
}
"""Fields that bound what is read, beside the two lengths of each block: name, place in the block, octets."""


class Field(NamedTuple):
    name: str
    place: int
    width: int
    order: str

    def set(self, data: bytes, value: int) -> bytes:
        octets = value.to_bytes(self.width, "big" if self.order == ">" else "little")
        return data[: self.place] + octets + data[self.place + self.width :]


class Packet(NamedTuple):
    time: int
    octets: bytes
    wire: int


UNREADABLE = Packet(UNKNOWN, b"", -1)


class Walked(NamedTuple):
    packets: list[Packet]
    told: list[str]

    def clean(self) -> bytes:
        """A file with these packets in which every length is right; times are none of its business."""
        parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 0, 1)]
        for number, (_, octets, wire) in enumerate(self.packets):
            parts += [struct.pack("<IIII", number, 0, len(octets), wire), octets]
        return b"".join(parts)


def packet(time: int, octets: bytes, wire: int) -> Packet:
    return Packet(time, octets, wire if len(octets) <= wire <= LARGEST_WIRE else len(octets))


def cut(at: int) -> str:
    return f"the capture is cut off inside the record at octet {at}: what is whole was read"


def damaged(at: int) -> str:
    return f"the capture is damaged: a length at octet {at} cannot be; the rest was not read"


def order_of(data: bytes) -> str:
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        return ">" if data[8:12] == b"\x1a\x2b\x3c\x4d" else "<"
    return "<" if data[:1] in (b"\xd4", b"\x4d", b"\x34") else ">"


def walk(data: bytes) -> Walked:
    return pcapng(data) if data[:4] == b"\x0a\x0d\x0d\x0a" else pcap(data)


def pcap(data: bytes) -> Walked:
    order = order_of(data)
    magic, snap = struct.unpack_from(order + "I12xI", data)
    unit, header = 1 if magic == 0xA1B23C4D else 1000, 24 if magic == 0xA1B2CD34 else 16
    largest = max(LARGEST, min(snap, LARGEST_WIRE))
    packets, at = [], 24
    while at < len(data):
        if header > len(data) - at:
            return Walked(packets, [cut(at)])
        seconds, rest, captured, wire = struct.unpack_from(order + "IIII", data, at)
        if captured > largest:
            return Walked(packets, [damaged(at)])
        if captured > len(data) - at - header:
            return Walked(packets, [cut(at)])
        octets = data[at + header : at + header + captured]
        packets.append(packet(seconds * 10**9 + rest * unit, octets, wire))
        at += header + captured
    return Walked(packets, [])


class Interface(NamedTuple):
    link_type: int
    snap: int
    resolution: int


def resolution_of(options: bytes, order: str) -> int:
    """The power of ten that the first if_tsresol names; an option that reaches too far ends what is read."""
    while len(options) >= 4:
        code, length = struct.unpack_from(order + "HH", options)
        if code == 0 or length > len(options) - 4:
            break
        if code == 9:
            return options[4] if length else 6
        options = options[4 + length + -length % 4 :]
    return 6


def pcapng(data: bytes) -> Walked:
    order, at = "<", 0
    interfaces: list[Interface] = []
    packets, told, unread, strangers = [], [], Counter[int](), 0
    while at < len(data):
        if len(data) - at < 12:
            told.append(cut(at))
            break
        kind = struct.unpack_from(order + "I", data, at)[0]
        if kind == SECTION:
            order, interfaces = order_of(data[at:]), []
        length = struct.unpack_from(order + "I", data, at + 4)[0]
        if length < (20 if kind in (SECTION, INTERFACE) else 12) or length % 4:
            told.append(damaged(at))
            break
        if length > len(data) - at:
            told.append(cut(at))
            break
        body = data[at + 8 : at + length - 4]
        if kind == INTERFACE:
            link_type, snap = struct.unpack_from(order + "HxxI", body)
            interfaces.append(Interface(link_type, snap, resolution_of(body[8:], order)))
            unread[link_type] += not can_read(link_type)
        elif kind != SECTION and struct.unpack_from(order + "I", data, at + length - 4)[0] != length:
            told.append(damaged(at))
            break
        elif kind in (OLD_PACKET, SIMPLE, PACKET):
            found = packet_in(kind, body, order, interfaces)
            strangers += found is None
            packets += [found] if found and found.wire >= 0 else []
        at += length
    words = [
        f"an interface has link type {kind}, which cannot be read: its packets are left out"
        for kind, count in unread.items()
        if count
    ]
    words += [f"{strangers} blocks of packets are too short or name no interface: left out"] if strangers else []
    return Walked(packets, words + told)


def packet_in(kind: int, body: bytes, order: str, interfaces: list[Interface]) -> Packet | None:
    head = 4 if kind == SIMPLE else 20
    number = 0 if kind == SIMPLE else struct.unpack_from(order + ("I" if kind == PACKET else "H"), body + bytes(4))[0]
    if len(body) < head or number >= len(interfaces):
        return None
    if kind == SIMPLE:
        wire = struct.unpack_from(order + "I", body)[0]
        captured, time = min(wire, interfaces[0].snap or wire, len(body) - 4), UNKNOWN
    else:
        high, low, captured, wire = struct.unpack_from(order + "IIII", body, 4)
        time = ((high << 32) + low) * 10 ** (9 - interfaces[number].resolution)
    if not can_read(interfaces[number].link_type):
        return UNREADABLE
    return packet(time, body[head : head + captured], wire)


def lengths_of(data: bytes) -> Iterator[Field]:
    """Every length field of a sound file."""
    order = order_of(data)
    if data[:4] != b"\x0a\x0d\x0d\x0a":
        yield Field("snap", 16, 4, order)
        yield Field("frame check sequence", 20 if order == ">" else 22, 2, order)
        at, header = 24, 24 if data[:4] in (b"\x34\xcd\xb2\xa1", b"\xa1\xb2\xcd\x34") else 16
        while at < len(data):
            yield Field("captured", at + 8, 4, order)
            yield Field("original", at + 12, 4, order)
            at += header + struct.unpack_from(order + "I", data, at + 8)[0]
        return
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from(order + "II", data, at)
        yield Field(f"{kind:X} length", at + 4, 4, order)
        yield Field(f"{kind:X} length again", at + length - 4, 4, order)
        for name, place, width in PLACES.get(kind, ()):
            yield Field(f"{kind:X} {name}", at + place, width, order)
        options = {SECTION: at + 24, INTERFACE: at + 16}.get(kind, at + length)
        if kind == PACKET:
            captured = struct.unpack_from(order + "I", data, at + 20)[0]
            options = at + 28 + captured + -captured % 4
        while options < at + length - 4:
            size = struct.unpack_from(order + "H", data, options + 2)[0]
            yield Field(f"{kind:X} option", options + 2, 2, order)
            options += 4 + size + -size % 4
        at += length
