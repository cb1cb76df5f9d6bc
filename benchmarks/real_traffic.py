"""What real programs said to each other, as one capture of any size: the sessions that the tests ship with.

Those of Ethernet whose order nobody changed, one after the other and again with addresses of their own, until it is
enough: binds, messages, receipts and errors with their answers, and the bare acknowledgements and handshakes between.
"""

import struct
from collections.abc import Iterator
from functools import cache
from itertools import count

from .rounds import RESULTS

FOLDER = RESULTS.parents[1] / "tests" / "captures"
SESSIONS = (
    "kannel_to_node",
    "jsmpp_to_node",
    "netsmpp_to_jsmpp_simulator",
    "smpplib_to_node_ipv6",
    "coalesced_many_pdus_per_segment",
    "random_small_segments",
    "outbind",
    "errors_from_node",
)
HEAD = 24  # octets of the header of a pcap file
ADDRESSES = {4: (26, 30), 6: (22, 38)}  # where those of IP begin, behind 14 octets of Ethernet


def capture(size: int) -> bytes:
    """Return a pcap file of about ``size`` octets."""
    parts, total = [session(SESSIONS[0])[:HEAD]], HEAD
    for octets in repeated():
        if total + len(octets) > size:
            break
        parts.append(octets)
        total += len(octets)
    return b"".join(parts)


def repeated() -> Iterator[bytes]:
    """The packets of each session, and again and again between other hosts."""
    for time in count():
        for name in SESSIONS:
            octets = bytearray(session(name)[HEAD:])
            for place in packets(bytes(octets)):
                for address in ADDRESSES[octets[place + 14] >> 4]:
                    octets[place + address + 1 : place + address + 3] = struct.pack(">H", time)
            yield bytes(octets)


def packets(octets: bytes) -> Iterator[int]:
    """Where the packets begin, behind a header of 16 octets each."""
    place = 0
    while place < len(octets):
        yield place + 16
        place += 16 + int.from_bytes(octets[place + 8 : place + 12], "little")


@cache
def session(name: str) -> bytes:
    return (FOLDER / f"{name}.pcap").read_bytes()
