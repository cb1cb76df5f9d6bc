"""Every length within one packet set to what no length should be: that packet is lost at most, and it is told."""

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest

from smppkit.journal.log import FRAMING, LOST
from smppkit.journal.pcap import read_capture
from tests.generator import LENGTHS
from tests.journal.builder import (
    LAYERS,
    Wire,
    bind,
    bind_resp,
    by_direction,
    fragments,
    ipv6,
    message,
    message_resp,
    pcap,
    pdu,
    sides,
)

IPV6 = {"esme": "2001:db8::1", "mc": "2001:db8::2"}
EXTENSIONS = [
    (kind, octets + b"\xff" * more) for kind, octets, more in ((0, b"\0", 6), (60, b"\1", 14), (51, b"\4", 22))
]
"""Filled with octets that are no headers when they are taken for some."""
TCP_OPTIONS = b"\x01\x01\x08\x0a" + bytes(8)
IP_OPTIONS = b"\x94\x04\0\0" * 2
SPOILT = 5
"""The packet that is spoilt, a submit_sm: long enough to need no padding, short enough for 254 to be beyond its end."""
FIELDS = b"CMT\0\1\1" + b"3" * 19 + b"\0\1\1" + b"4" * 19 + bytes(10)
"""Of a submit_sm: no four of its first octets in a row would be a length, were they taken for one."""
SAID = [
    (0, bind()),
    (1, bind_resp()),
    (0, pdu(4, 2, FIELDS + b"\x64" + b"x" * 100)),
    (1, message_resp(4, 2)),
    (0, message(4, 3, b"y" * 100)),
    (1, message_resp(4, 3)),
    (0, pdu(0x15, 4)),
]
LEFT = SAID[:2] + SAID[3:]
"""What there is without that packet."""


class Fate(NamedTuple):
    """What becomes of a spoilt packet: what is left of all that was said, and the kind of problem that is told."""

    left: list[tuple[int, bytes]]
    kind: str


WHOLE = Fate(SAID, "")
GONE = Fate(SAID[:2] + SAID[3:], LOST)
OVERLAID = Fate(SAID[:4] + SAID[5:], FRAMING)
"""Options taken for payload reach into the next segment of that side, and the first copy of an octet counts."""


def whole_if(right: bool) -> Fate:
    return WHOLE if right else GONE


class Field(NamedTuple):
    """A length: where it is in the frame, its octets and its bits, and what each number makes of the packet."""

    name: str
    place: int
    octets: int
    fate: Callable[[int], Fate]
    bits: int = 0xFFFF
    shift: int = 0

    def values(self, frame: bytes) -> list[int]:
        """Those of the list that fit, the largest that does, and those beside what is right."""
        bits = self.bits & 256**self.octets - 1
        right = (int.from_bytes(frame[self.place : self.place + self.octets]) & bits) >> self.shift
        return sorted(
            {
                *(
                    value
                    for value in (*LENGTHS, right // 2, right - 1, right, right + 1)
                    if 0 <= value <= bits >> self.shift
                )
            }
            | {bits >> self.shift}
        )

    def set(self, frame: bytes, value: int) -> bytes:
        here = slice(self.place, self.place + self.octets)
        number = int.from_bytes(frame[here]) & ~self.bits | value << self.shift
        return frame[: here.start] + number.to_bytes(self.octets) + frame[here.stop :]


def anything(value: int) -> Fate:
    return WHOLE


def of_llc(value: int) -> Fate:
    return whole_if(0 < value <= 1500)


def ether_type(value: int) -> Fate:
    return whole_if(value in (0x0800, 0x86DD))


def equal(right: int) -> Callable[[int], Fate]:
    return lambda value: whole_if(value == right)


def enough(right: int) -> Callable[[int], Fate]:
    """Of the length of a packet: what is beyond its end is not believed, and 0 is left to the network card."""
    return lambda value: whole_if(value == 0 or value >= right)


LINKS = {
    "ethernet": [("type", 12, 2, ether_type)],
    "vlan": [("tag", 14, 2, anything), ("type", 16, 2, ether_type)],
    "qinq": [("tag", 14, 2, anything), ("tag", 18, 2, anything), ("type", 20, 2, ether_type)],
    "old qinq": [("tag", 14, 2, anything), ("tag", 22, 2, anything), ("type", 24, 2, ether_type)],
    "snap": [("length", 12, 2, of_llc), ("type", 20, 2, ether_type)],
    "pppoe": [("length", 18, 2, anything)],
    "cooked": [("address length", 4, 2, anything), ("type", 14, 2, ether_type)],
    "cooked vlan": [("tag", 16, 2, anything), ("type", 18, 2, ether_type)],
    "cooked2": [("address length", 11, 1, anything), ("type", 0, 2, ether_type)],
    "ppp over ethernet": [("length", 4, 2, anything)],
    "cisco hdlc": [("type", 2, 2, ether_type)],
}
"""What stands before the IP packet: lengths that are not needed, and types, which below 1,501 are lengths."""


def segments(addresses, options=b""):
    wire = Wire(**addresses)
    return [replace(segment, options=options) for segment in (*wire.handshake(), *wire.say(SAID))]


def check(frames, link_type, field, spoilt=SPOILT):
    """Spoil a frame and read the capture: all is found but for what the packet held, and that is told."""
    time, frame = frames[spoilt]
    for value in field.values(frame):
        log = read_capture(pcap([*frames[:spoilt], (time, field.set(frame, value)), *frames[spoilt + 1 :]], link_type))
        fate = field.fate(value)
        assert by_direction(log) == sides(fate.left), (field.name, value)
        kinds = {problem.kind for problem in log.problems}
        assert fate.kind in kinds if fate.kind else not kinds, (field.name, value)


def of_ip(packet, at, tcp_options=b"", ip_options=b"", extensions=()):
    """The lengths of an IP packet that lies at some place of its frame."""
    start = at + 40
    if packet[0] >> 4 == 4:
        start = at + 20 + len(ip_options)
        yield Field("IPv4 header", at, 1, equal(5 + len(ip_options) // 4), 0x0F)
        yield Field("IPv4 total", at + 2, 2, enough(len(packet)))
        for place in range(0, len(ip_options), 4):
            yield Field("IPv4 option", at + 21 + place, 1, anything)
    else:
        yield Field("IPv6 payload", at + 4, 2, enough(len(packet) - 40))
        for kind, rest in extensions:
            yield Field(f"IPv6 extension {kind}", start + 1, 1, equal(rest[0]))
            start += 1 + len(rest)
    words = 5 + len(tcp_options) // 4
    yield Field(
        "TCP header", start + 12, 1, lambda value: OVERLAID if 5 <= value < words else equal(words)(value), 0xF0, 4
    )
    if tcp_options:
        yield Field("TCP option", start + 20 + 3, 1, anything)


@pytest.mark.parametrize("addresses", [{}, IPV6], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("layer", LAYERS)
def test_every_length_of_every_layer(layer, addresses):
    link_type, wrap = LAYERS[layer]
    said = segments(addresses)
    frames = [(segment.time, wrap(segment.ip())) for segment in said]
    packet = said[SPOILT].ip()
    at = frames[SPOILT][1].index(packet)
    for field in (*(Field(*known) for known in LINKS.get(layer, ())), *of_ip(packet, at)):
        check(frames, link_type, field)


@pytest.mark.parametrize("addresses", [{}, IPV6], ids=["ipv4", "ipv6"])
def test_every_length_of_options_and_extensions(addresses):
    said = segments(addresses, TCP_OPTIONS)
    more = {"ip_options": IP_OPTIONS} if not addresses else {"extensions": EXTENSIONS}
    frames = [(segment.time, segment.ip(**more)) for segment in said]
    for field in of_ip(frames[SPOILT][1], 0, TCP_OPTIONS, **more):
        check(frames, 101, field)


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("addresses", [{}, IPV6], ids=["ipv4", "ipv6"])
def test_every_length_of_fragments(addresses, part):
    said = segments(addresses)
    ends, segment, moment = (said[SPOILT].source, said[SPOILT].destination), said[SPOILT].tcp(), said[SPOILT].time
    cuts = [(start, segment[start : start + 72]) for start in range(0, len(segment), 72)]
    parts = fragments(*ends, segment, 72)
    if addresses:
        heads = [b"\0" + struct.pack(">HI", start | (start + 72 < len(segment)), 7) for start, _ in cuts]
        parts = [ipv6(*ends, octets, extensions=[(44, head)]) for head, (_, octets) in zip(heads, cuts, strict=True)]
    assert len(parts) == 3
    frames = [(one.time, one.ip()) for one in said]
    frames[SPOILT : SPOILT + 1] = [(moment, octets) for octets in parts]
    size = len(parts[part])
    lengths = {
        "ipv4": [Field("total", 2, 2, enough(size)), Field("offset", 6, 2, equal(9 * part), 0x1FFF)],
        "ipv6": [Field("payload", 4, 2, enough(size - 40)), Field("offset", 42, 2, equal(9 * part), 0xFFF8, 3)],
    }
    for field in lengths["ipv6" if addresses else "ipv4"]:
        check(frames, 101, field, SPOILT + part)
