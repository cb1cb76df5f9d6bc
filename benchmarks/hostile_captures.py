"""Captures made to cost work, and what an octet of each costs.

``python -m benchmarks.hostile_captures [--rounds 25] [--size 1000000] [--write] [NAME ...]``: names are beginnings of
those wanted.

The cost is that of the whole call ``read_capture``, by the octets of the file. It stands beside two others, all read by
turns: what real programs said to each other (``real_traffic``), and a mix that is cheaper than any real traffic, the
capture that ``benchmarks.captures`` reads: PDUs both ways, one a packet, and no packet without one. One submit_sm again
and again is no mean: length, direction and every branch are those of the one before, as in no real capture, and an
octet costs less than it does in the mix. It has a row of its own.
Growth is the time of four times the octets: 4.0 where work is linear.

Beside real traffic the dearest stand at 2.5 to 2.9 times, beside the mix at 2.9 to 3.6, by run and machine: packets of
57 to 72 octets, each of another connection than the one before, in random order. One of them costs about what one of
the mix does, up to 1.3 times, but one of the mix has 176 octets. cachegrind says why it is no less: 905 instructions
for one of SMPP connections, 809 for one of the mix; and five to eight lines of memory that the processor's own caches
do not hold. The same packets connection by connection cost a quarter to a third less. No line of the core has more than
a fiftieth of it: it is spread over all that a packet goes through.

Who sends hostile packets is bounded by a limit of octets or of packets. An octet alone calls packets dear that are only
short, for a packet costs something whatever its size; a packet alone calls those dear that are only long, or that hold
many PDUs. So the bound of three times the mix, MOST, holds for the smaller of the two, as in ``hostile``: a capture is
too dear (a "!", and exit status 1) where both its octets and its packets cost more than three times what they should.
Of pcapng the octet alone counts: many of its blocks are no packets.

Of each turn the least counts, for which a machine that others use needs more rounds than a median does.
"""

import math
import random
import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import smppkit as sk
from smppkit.journal.pcap import read_capture

from . import captures, real_traffic
from .hostile_packets import (
    ACK,
    AFTER,
    FIN,
    PCAP,
    ROUTINE,
    RST,
    SYN,
    TINY,
    among,
    any_order,
    both_ways,
    comb,
    covered,
    datagrams,
    endless,
    gaps,
    hosts,
    ip,
    middle_out,
    opened,
    packet,
    pcap,
    pieces,
    shuffled,
    sliding,
    windows,
)  # fmt: skip
from .rounds import choose, load, machine, options, publish

ROUNDS = 25
MOST = 3.0  # times what the mix costs
OCTETS_OF_MIX = 176  # of each packet, with its headers


class Hostile(NamedTuple):
    """An input of a size, and what is done with it."""

    make: Callable[[int], Any]
    read: Callable[[Any], object]


def block(kind: int, body: bytes) -> bytes:
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


SECTION = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
INTERFACE = struct.pack("<HHI", 101, 0, 0)


def pcapng(unit: bytes, before: bytes = SECTION + block(1, INTERFACE)) -> Callable[[int], bytes]:
    return lambda size: before + unit * ((size - len(before)) // len(unit))


def capture(packets: Callable[[], Iterable[bytes]]) -> Hostile:
    return Hostile(lambda size: pcap(packets(), size), read_capture)


def octets_each(*places: int) -> Hostile:
    """Connections that say an octet at each of some places."""
    return capture(lambda: hosts(lambda port, host, _: [packet(at, b"\0", port=port, host=host) for at in places]))


def stream(unit: bytes, each: int = 1400) -> Hostile:
    return capture(lambda: opened(endless(unit, each)))


def header(length: int, command_id: int, status: int = 0, sequence_number: int = 1) -> bytes:
    return struct.pack(">IIII", length, command_id, status, sequence_number)


def words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


BIND = header(16 + 7, 2) + bytes(7)
COMMANDS = (0x15, 4, 5, 0x103, 0x10, 0x11)  # command_ids, four of them known, that can be lengths as well


def link(port: int, host: int, number: int) -> tuple[bytes, ...]:
    return packet(0, flags=SYN, port=port, host=host), packet(1, TINY, port=port, host=host)


def mixed(size: int) -> bytes:
    return b"".join(captures.packets(captures.said(size // OCTETS_OF_MIX)))


ORDINARY = Hostile(mixed, read_capture)
REAL = Hostile(real_traffic.capture, read_capture)
CAPTURES = {
    "capture of one message again and again": stream(ROUTINE, len(ROUTINE)),
    "capture, many PDUs a packet": stream(ROUTINE),
    "capture of the shortest PDUs": stream(TINY),
    "capture of octets": capture(lambda: opened(endless(ROUTINE, 1))),
    "capture of octets, in reverse": capture(lambda: opened(windows(lambda window: range(window - 1, -1, -1), 3000))),
    "capture of octets, shuffled": capture(lambda: opened(windows(shuffled(1), 3000))),
    "capture of octets, the middle last": capture(lambda: opened(windows(middle_out, 3000))),
    "capture of octets, every second first": capture(lambda: opened(windows(comb(2), 6000))),
    "capture of octets, every third first": capture(lambda: opened(windows(comb(3), 6000))),
    "capture of octets that wait for ever": capture(lambda: opened(gaps(1))),
    "capture of gaps": capture(lambda: opened(gaps(100))),
    "capture of segments over islands": capture(lambda: opened(covered(bytes(20), 1_900))),
    "capture of segments without octets, over islands": capture(lambda: opened(covered(b"", 1_900))),
    "capture of whole segments over islands": capture(lambda: opened(covered(bytes(401), 200))),
    "capture of one segment again and again": capture(lambda: opened(iter(lambda: packet(AFTER, ROUTINE), None))),
    "capture of sliding segments": capture(lambda: opened(sliding(b"", 1))),
    "capture of sliding segments, in steps": capture(lambda: opened(sliding(bytes(100), 50))),
    "capture of SYNs": capture(lambda: hosts(lambda port, host, _: [packet(0, flags=SYN, port=port, host=host)])),
    "capture of connections with an octet": capture(
        lambda: hosts(lambda port, host, number: [packet(number, b"\0", port=port, host=host)])
    ),
    "capture of connections with noise": capture(
        lambda: hosts(lambda port, host, number: [packet(number, number.to_bytes(8, "big"), port=port, host=host)])
    ),
    "capture of one connection again and again": capture(
        lambda: hosts(lambda port, host, number: [packet(number << 25, flags=SYN)])
    ),
    "capture of SMPP connections": capture(lambda: hosts(link)),
    "capture of one SMPP connection again": capture(
        lambda: hosts(lambda port, host, number: (packet(number << 25, flags=SYN), packet((number << 25) + 1, TINY)))
    ),
    "capture of octets on many connections": capture(lambda: among(2_000, 1)),
    "capture of octets on many connections, both ways": capture(lambda: both_ways(2_000, 1)),
    "capture of octets on very many connections": capture(lambda: among(20_000, 1)),
    "capture of SMPP connections in any order": capture(lambda: any_order(link, 5_000, 1)),
    "capture of SMPP connections, reset": capture(
        lambda: hosts(lambda port, host, number: (*link(port, host, number), packet(17, b"", RST, port, host)))
    ),
    "capture of connections with two octets": octets_each(1, 2),
    "capture of connections with two octets, the last first": octets_each(2, 1),
    "capture of connections with two octets, and a gap": octets_each(1, 3),
    "capture of connections with four octets": octets_each(*range(1, 5)),
    "capture of connections with 16 octets": octets_each(*range(1, 17)),
    "capture of FINs": capture(
        lambda: hosts(lambda port, host, number: [packet(number, b"", ACK | FIN, port=port, host=host)])
    ),
    "capture of resets": capture(lambda: hosts(lambda port, host, number: [packet(0, b"", RST, port, host)])),
    "capture of fragments": capture(lambda: pieces(1)),
    "capture of fragments, 100 of each": capture(lambda: pieces(100)),
    "capture of fragments, in reverse": capture(lambda: pieces(100, ordered=False)),
    "capture of fragmented segments": capture(lambda: opened(datagrams(28))),
    "capture of large fragments again": capture(lambda: iter(lambda: ip(bytes(1400), fragment=0x2010), None)),
    "capture of zeros": stream(bytes(14)),
    "capture of noise": stream(random.Random(1).randbytes(1_400)),
    "capture of lengths": stream(b"\0\0\0\x10"),
    "capture of lengths and commands": stream(header(16, 4)),
    "capture of near headers": stream(header(16, 4, 0, 0x10)[:12] + header(0x10, 4)[:8]),
    "capture of commands as lengths": stream(words(1, *[0x15] * 349)),
    "capture of commands as lengths, any": stream(words(1, *random.Random(1).choices(COMMANDS, k=3_499))),
    "capture of zeros, few a packet": stream(words(1) + bytes(26), 30),
    "capture of commands as lengths, few a packet": stream(words(1, *[0x15] * 6) + bytes(3), 31),
    "capture of lengths that cannot be": stream(header(8, 4)),
    "capture of lengths beyond what comes": stream(header(70_000, 4)),
    "capture of octets out of step": capture(lambda: opened(endless(header(8, 4), 1))),
    "capture of octets of zero": capture(lambda: opened(endless(bytes(14), 1))),
    "capture of binds": stream(BIND),
    "capture of refusals": stream(header(16, 0x80000002, 13)),
    "capture of unbinds": stream(header(16, 6) + header(16, 0x80000006)),
    "capture of foreign streams": capture(lambda: endless(b"\x16\x03\x01", 1400)),
    "capture of empty packets": Hostile(lambda size: PCAP + bytes(16) * (size // 16), read_capture),
    "capture of UDP": capture(lambda: iter(lambda: ip(b"", protocol=17), None)),
    "pcapng of empty blocks": Hostile(pcapng(block(5, b"")), read_capture),
    "pcapng of interfaces": Hostile(pcapng(block(1, INTERFACE)), read_capture),
    "pcapng of unreadable interfaces": Hostile(pcapng(block(1, b"\xff\xff\0\0\0\0\0\0")), read_capture),
    "pcapng of options": Hostile(
        lambda size: SECTION + block(1, INTERFACE + b"\x02\0\0\0" * (size // 4)), read_capture
    ),
    "pcapng of sections": Hostile(pcapng(SECTION, b""), read_capture),
    "pcapng of packets of no interface": Hostile(pcapng(block(6, b"\xff" * 20)), read_capture),
    "pcapng of empty packets": Hostile(pcapng(block(3, bytes(4))), read_capture),
}


def spent(hostile: Hostile, octets: bytes) -> float:
    """Read once; return the nanoseconds of the processor for an octet."""
    begin = time.process_time()
    with suppress(sk.SmppError):
        hostile.read(octets)
    return (time.process_time() - begin) / len(octets) * 1e9


def packet_octets(octets: bytes) -> float:
    """The octets of a packet in a pcap file, with its headers; not a number in another file."""
    place, packets = len(PCAP), 0
    while octets.startswith(PCAP[:4]) and place < len(octets):
        place += 16 + int.from_bytes(octets[place + 8 : place + 12], "little")
        packets += 1
    return len(octets) / packets if packets else math.nan


class Cost(NamedTuple):
    """What an octet costs in nanoseconds, and one of real traffic and of the mix; a packet beside the mix; growth."""

    octet: float
    real: float
    mean: float
    packet: float
    growth: float

    @property
    def ratio(self) -> float:
        """The smaller of the two, which the bound holds for."""
        octet = self.octet / self.mean
        return octet if math.isnan(self.packet) else min(octet, self.packet)


def cost(hostile: Hostile, size: int, rounds: int, real: bytes, ordinary: bytes) -> Cost:
    """Measure in rounds of which the least counts, small and large and what it is compared with by turns."""
    turns = (hostile, hostile.make(size)), (hostile, hostile.make(4 * size)), (REAL, real), (ORDINARY, ordinary)
    taken = [[spent(read, octets) for read, octets in turns] for _ in range(rounds)]
    least, most, said, mean = (min(times) for times in zip(*taken, strict=True))
    longer = packet_octets(turns[1][1]) / packet_octets(ordinary)
    return Cost(most, said, mean, most / mean * longer, most / least * 4)


def table(names: Iterable[str], size: int, rounds: int) -> tuple[str, list[str]]:
    """Return the table, and the names of what is too dear."""
    real, ordinary = REAL.make(4 * size), ORDINARY.make(4 * size)
    rows = {name: cost(CAPTURES[name], size, rounds, real, ordinary) for name in names}
    dear = [name for name, row in rows.items() if row.ratio > MOST]
    lines = [
        "## Hostile captures",
        "",
        f"{machine([])}{load()}; an octet of the file costs {between(row.real for row in rows.values())} in real "
        f"traffic and {between(row.mean for row in rows.values())} in the mix, files of {4 * size / 1e6:.0f} MB",
        "",
        "| | ns an octet | beside real traffic | beside the mix | a packet beside one of the mix | smaller | growth |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row.octet:.2f} | {row.octet / row.real:.1f}x | {row.octet / row.mean:.1f}x | {times(row.packet)} "
        f"| {row.ratio:.1f}x{' !' * (name in dear)} | {row.growth:.1f} |"
        for name, row in rows.items()
    ]
    told = (
        f'The least of {rounds} rounds, processor time. A "!" is at what costs more than {MOST:.0f} times the mix, '
        "both by the octet and, where each record is a packet, by the packet: an octet alone would call packets dear "
        "that are no more than short, a packet alone those that are no more than long."
    )
    return "\n".join([*lines, "", told]), dear


def between(figures: Iterable[float]) -> str:
    found = sorted(figures)
    return f"{found[0]:.2f} to {found[-1]:.2f} ns"


def times(ratio: float) -> str:
    return "" if math.isnan(ratio) else f"{ratio:.1f}x"


def main(arguments: list[str] | None = None) -> int:
    parser = options(__doc__ or "", size=1_000_000, rounds=ROUNDS)
    chosen, names = choose(parser, arguments, CAPTURES)
    told, dear = table(names, chosen.size, chosen.rounds)
    publish(chosen.write, "hostile_captures", arguments, told)
    return int(bool(dear))


if __name__ == "__main__":
    raise SystemExit(main())
