"""What is in a capture beside SMPP: protocols named by their first octets or their port, and sentences about them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from ..._core.foreign import protocol

NOTHING = "nothing"  # what a connection without any payload is called
MOST_SHOWN = 20  # kinds of foreign traffic that get a sentence of their own

_PORTS = {
    21: "FTP",
    22: "SSH",
    23: "Telnet",
    25: "SMTP",
    53: "DNS",
    67: "DHCP",
    80: "HTTP",
    123: "NTP",
    143: "IMAP",
    161: "SNMP",
    389: "LDAP",
    443: "TLS",
    1433: "SQL Server",
    1812: "RADIUS",
    2123: "GTP",
    2152: "GTP",
    3306: "MySQL",
    3389: "RDP",
    3868: "Diameter",
    4789: "VXLAN",
    5060: "SIP",
    5432: "PostgreSQL",
    5672: "AMQP",
    6379: "Redis",
    8080: "HTTP",
    9092: "Kafka",
}
_IP_PROTOCOLS = {1: "ICMP", 2: "IGMP", 47: "GRE", 50: "ESP", 58: "ICMPv6", 89: "OSPF", 132: "SCTP"}


Foreign: TypeAlias = tuple[str, int]
"""Connections that are not SMPP: what they look like, and the port they go to."""


def protocol_of(samples: Sequence[bytes], port: int) -> str:
    """Name a protocol by the first octets of each direction, else by the server's port; empty when unknown.

    A connection without any payload is called "nothing".

    >>> protocol_of([b"GET / HTTP/1.1", b""], 8000), protocol_of([b"?", b""], 5432), protocol_of([b"", b""], 2775)
    ('HTTP', 'PostgreSQL', 'nothing')
    """
    if not any(samples):
        return NOTHING
    for sample in samples:
        name = protocol(sample)
        if name:
            return name
    return protocol_at(port)


def protocol_at(port: int) -> str:
    """Name the protocol that is spoken on a port as a rule; empty when unknown.

    >>> protocol_at(5432), protocol_at(9999)
    ('PostgreSQL', '')
    """
    return _PORTS.get(port, "")


def sentences(foreign: Mapping[Foreign, int], unnamed: int = 0) -> Iterable[str]:
    """Say what was found, the most frequent first; ``unnamed`` connections are none of these.

    >>> list(sentences({("TLS", 443): 2, ("nothing", 2775): 1}))
    ['2 connections to port 443 look like TLS', '1 connection to port 2775 carried no data']
    """
    ranked = Counter(foreign).most_common()
    for (name, port), count in ranked[:MOST_SHOWN]:
        yield f"{counted(count, 'connection')} to port {port} {_looks(name, count)}"
    rest = unnamed + sum(count for _, count in ranked[MOST_SHOWN:])
    if rest:
        yield f"{counted(rest, 'connection')} to other ports are not SMPP either"


def _looks(name: str, count: int) -> str:
    if name == NOTHING:
        return "carried no data"
    one = count == 1
    if not name:
        return "is not SMPP" if one else "are not SMPP"
    return f"{'looks' if one else 'look'} like {name}"


def other_packets(others: Mapping[str, Mapping[int, int]]) -> Iterable[str]:
    """Say what else the packets are: UDP by port, other protocols of IP.

    >>> list(other_packets({"udp": {53: 7, 9: 1}, "protocols": {17: 8, 1: 2}}))
    ['8 packets are UDP (ports 53 DNS, 9)', '2 packets are ICMP']
    """
    udp = Counter(others["udp"])
    if udp:
        ports = ", ".join(f"{port} {_PORTS.get(port, '')}".strip() for port, _ in udp.most_common(5))
        more = ", …" if len(udp) > 5 else ""
        yield f"{_are(sum(udp.values()))} UDP (port{'s' if len(udp) > 1 else ''} {ports}{more})"
    for number, count in Counter(others["protocols"]).most_common(5):
        if number != 17:
            yield f"{_are(count)} {_IP_PROTOCOLS.get(number, f'of IP protocol {number}')}"


def counted(count: int, noun: str) -> str:
    """Return a number of things in words.

    >>> counted(1, "packet"), counted(2_000, "packet")
    ('1 packet', '2,000 packets')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _are(count: int) -> str:
    return f"{counted(count, 'packet')} {'is' if count == 1 else 'are'}"
