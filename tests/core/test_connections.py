"""The index of connections: whatever addresses and ports a capture has, and whatever it is seeded with."""

import random

import pytest

from benchmarks.hostile_packets import SYN, ip, pcap, tcp
from smppkit._core.blocks import Rows
from smppkit._core.flows import Flows
from tests.journal.builder import ipv6

CONNECTIONS = 8_000  # as many as its lines may hold before there are more of them
SEEDS = 100
FAR = 6  # lines; one seed in ten thousand brings more by chance, one in fifty where the hash is no good

WAYS = {
    "ports in a row": lambda number: ip(tcp(0, flags=SYN, port=number)),
    "hosts in a row": lambda number: ip(tcp(0, flags=SYN), host=number),
    "every 256th host": lambda number: ip(tcp(0, flags=SYN), host=number << 8),
    "every 256th port of hosts in a row": lambda number: ip(
        tcp(0, flags=SYN, port=(number & 0xFF) << 8), host=number >> 8
    ),
    "ports to ports": lambda number: ip(tcp(0, flags=SYN, port=number >> 7, to=number & 0x7F)),
    "hosts of IPv6 in a row": lambda number: ipv6(f"2001:db8::{number + 1:x}", "2001:db8::", tcp(0, flags=SYN)),
}


def read(packets: bytes, seed: bytes) -> Flows:
    flows, rows, position = Flows(packets, ports=b"", largest=70_000, seed=seed), Rows(), 24
    while position < len(packets):
        position, _ = rows.pcap(packets, position, 1 << 18, link_type=101, big=False, nanoseconds=True, header=16)
        assert flows.feed(rows, 0) == rows.count
    return flows


@pytest.mark.parametrize("way", WAYS)
def test_connections_fall_anywhere_in_the_index_for_any_seed(way):
    packets = pcap(map(WAYS[way], range(CONNECTIONS)), 1 << 24)
    for seed in range(SEEDS):
        flows = read(packets, random.Random(seed).randbytes(16))
        assert flows.packets == CONNECTIONS
        assert flows.overflow <= FAR


def test_an_index_without_connections():
    assert read(pcap([], 100), bytes(16)).overflow == 0
