"""Packets of which hostile captures are made: raw IP, 40 octets of headers, the fewest there can be."""

import random
import struct
from collections.abc import Callable, Iterable, Iterator

import smppkit as sk

FIN, SYN, RST, ACK = 1, 2, 4, 16
LARGEST = 65_535  # octets on the wire, of every packet: the IP header says how many count
TINY = sk.EnquireLink(sequence_number=1).encode()
MESSAGE = sk.SubmitSm(source_addr="INFO", destination_addr="32471123456", short_message=b"x" * 90, sequence_number=7)
ROUTINE = MESSAGE.encode()
PCAP = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 101)


def ip(
    payload: bytes,
    host: int = 1,
    protocol: int = 6,
    ident: int = 0,
    fragment: int = 0,
    cut: int = 0,
    back: bool = False,
) -> bytes:
    """An IP packet, of which the snap length left out ``cut`` octets; ``back`` for one to the host."""
    ends = 0x0A000000 + host, 0x0A800001
    addresses = struct.pack(">II", *(ends[::-1] if back else ends))
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload) + cut, ident, fragment, 64, protocol, 0)
    return head + addresses + payload


def tcp(sequence: int, payload: bytes = b"", flags: int = ACK, port: int = 40000, to: int = 2775) -> bytes:
    return struct.pack(">HHIIBBHHH", port, to, sequence % 2**32, 0, 0x50, flags, 65535, 0, 0) + payload


def packet(
    sequence: int, payload: bytes = b"", flags: int = ACK, port: int = 40000, host: int = 1, cut: int = 0
) -> bytes:
    return ip(tcp(sequence, payload, flags, port), host, cut=cut)


def pcap(packets: Iterable[bytes], size: int) -> bytes:
    """Packets as a file of about ``size`` octets."""
    parts, total = [PCAP], len(PCAP)
    for number, octets in enumerate(packets):
        if total + 16 + len(octets) > size:
            break
        parts += (struct.pack("<IIII", 1_800_000_000, number, len(octets), LARGEST), octets)
        total += 16 + len(octets)
    return b"".join(parts)


def opened(packets: Iterable[bytes], said: bytes = TINY) -> Iterator[bytes]:
    """A connection that proved to be SMPP, then packets; the stream goes on at sequence number 1 + len(said)."""
    yield packet(0, flags=SYN)
    yield packet(1, said)
    yield from packets


AFTER = 1 + len(TINY)


def octet(place: int) -> bytes:
    return packet(AFTER + place, ROUTINE[place % len(ROUTINE) :][:1])


def endless(unit: bytes, each: int) -> Iterator[bytes]:
    """A stream of repeated octets in segments of ``each``, in order."""
    stream = unit * (each // len(unit) + 2)
    place = 0
    while True:
        yield packet(AFTER + place, stream[place % len(unit) :][:each])
        place += each


def windows(order: Callable[[int], Iterable[int]], window: int) -> Iterator[bytes]:
    """One-octet segments, ``window`` of them at a time in an order of their own."""
    base = 0
    while True:
        for place in order(window):
            yield octet(base + place)
        base += window


def shuffled(seed: int) -> Callable[[int], Iterable[int]]:
    source = random.Random(seed)
    return lambda window: source.sample(range(window), window)


def middle_out(window: int) -> Iterator[int]:
    """The ends first and the middle last: what comes always belongs between what waits."""
    for place in range(window // 2):
        yield window - 1 - place
        yield place + 1
    yield 0


def comb(gap: int, each: int = 1) -> Callable[[int], Iterable[int]]:
    """Every ``gap``-th octet, then those between; the first of all last."""
    return lambda window: [*range(gap - 1, window, gap), *(place for place in range(window) if (place + 1) % gap)]


def covered(segment: bytes, islands: int) -> Iterator[bytes]:
    """Islands of one octet, segments that cover them all, and the octet that all wait for; then the same again."""
    base = 0
    while True:
        for place in range(islands):
            yield octet(base + 2 * place + 2)
        for _ in range(islands):
            yield segment_at(base + 1, segment, 2 * islands + 1)
        yield octet(base)
        base += 2 * islands + 2


def segment_at(place: int, payload: bytes, length: int) -> bytes:
    return packet(AFTER + place, payload[:length], cut=length - len(payload[:length]))


def sliding(segment: bytes, gap: int) -> Iterator[bytes]:
    """Long segments, each ``gap`` octets behind the one before, while the first octet is missing."""
    base = 0
    while True:
        for place in range(2_000):
            yield segment_at(base + 1 + place * gap, segment, 10_000)
        yield octet(base)
        base += 1 + 2_000 * gap + 10_000 - gap


def gaps(each: int) -> Iterator[bytes]:
    """Segments with an octet missing before each: everything waits, and is given up at last."""
    place = 1
    stream = ROUTINE * (each // len(ROUTINE) + 2)
    while True:
        yield packet(AFTER + place, stream[:each])
        place += each + 1


def hosts(make: Callable[[int, int, int], Iterable[bytes]]) -> Iterator[bytes]:
    """Packets of ever new connections."""
    number = 0
    while True:
        yield from make(number & 0xFFFF, 1 + number // 0x10000, number)
        number += 1


def begun(connections: int) -> Iterator[bytes]:
    """What begins connections from which octets are to come by turns."""
    for port in range(connections):
        yield packet(0, flags=SYN, port=port)
        yield packet(1, TINY, port=port)


def among(connections: int, seed: int) -> Iterator[bytes]:
    """One-octet segments of many connections by turns, in a random order."""
    source = random.Random(seed)
    yield from begun(connections)
    place = 0
    while True:
        for port in source.sample(range(connections), connections):
            yield packet(AFTER + place, ROUTINE[place % len(ROUTINE) :][:1], port=port)
        place += 1


def both_ways(connections: int, seed: int) -> Iterator[bytes]:
    """One-octet segments of many connections by turns, of either side; where the other side begins is not known."""
    source = random.Random(seed)
    yield from begun(connections)
    places, answers = [0] * connections, [0] * connections
    while True:
        for port in source.sample(range(connections), connections):
            if source.random() < 0.5:
                yield packet(AFTER + places[port], ROUTINE[places[port] % len(ROUTINE) :][:1], port=port)
                places[port] += 1
            else:
                yield ip(tcp(5 + answers[port], b"\0", port=2775, to=port), back=True)
                answers[port] += 1


def any_order(make: Callable[[int, int, int], Iterable[bytes]], together: int, seed: int) -> Iterator[bytes]:
    """Packets of ever new connections, those of some connections in a random order."""
    source, number = random.Random(seed), 0
    while True:
        batch = [octets for n in range(number, number + together) for octets in make(n & 0xFFFF, 1 + n // 0x10000, n)]
        source.shuffle(batch)
        yield from batch
        number += together


def pieces(count: int, length: int = 8, ordered: bool = True) -> Iterator[bytes]:
    """IP fragments of 8 octets: ``count`` of each datagram, all but the first."""
    ident = 0
    while True:
        places = range(1, count + 1) if ordered else range(count, 0, -1)
        for place in places:
            yield ip(bytes(length), ident=ident & 0xFFFF, host=1 + ident // 0x10000, fragment=0x2000 | place)
        ident += 1


def datagrams(size: int) -> Iterator[bytes]:
    """Segments in two IP fragments each."""
    place = 0
    while True:
        whole = tcp(AFTER + place, (ROUTINE * 12)[place % len(ROUTINE) :][: size - 20])
        ident = place & 0xFFFF
        yield ip(whole[:24], ident=ident, fragment=0x2000)
        yield ip(whole[24:], ident=ident, fragment=3)
        place += size - 20
