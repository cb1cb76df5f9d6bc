"""Endpoints for links that are written as TCP connections: their own, where they are addresses and free."""

from collections.abc import Sequence
from ipaddress import IPv4Address, ip_address
from typing import NamedTuple

from ..log import Link

_ESMES = int(IPv4Address("198.18.0.0"))  # a network for tests (RFC 2544), large enough for a number for each link
_CENTRE = IPv4Address("192.0.2.1").packed  # a network for documentation (RFC 5737)
_CENTRE_PORT = 2775  # registered for SMPP
_FREE = -2  # below the number of any record, and below the -1 of a link without records


class Ends(NamedTuple):
    """The endpoints of a connection: packed addresses of one family, and ports.

    >>> Ends(bytes(4), 40000, bytes(4), 2775).mc_port
    2775
    """

    esme: bytes
    esme_port: int
    mc: bytes
    mc_port: int


def ends_of(links: Sequence[Link], spans: Sequence[tuple[int, int]]) -> list[Ends]:
    """Return endpoints for each link; ``spans`` are the numbers of its first and last records.

    A link whose endpoints are no addresses, are of two families, or are in use by a link that is not over yet, gets
    addresses of networks that are in no real use.

    >>> links = [Link("", "127.0.0.1:4000", "127.0.0.1:5016"), Link("", "a", "b")]
    >>> [ends.mc_port for ends in ends_of(links, [(0, 1), (0, 1)])]
    [5016, 2775]
    """
    given: list[Ends] = []
    busy_until: dict[Ends, int] = {}
    for number, (link, (first, last)) in enumerate(zip(links, spans, strict=True)):
        ends = _own(link)
        if ends is None or busy_until.get(ends, _FREE) >= first:
            ends = _made(number)
        busy_until[ends] = last
        given.append(ends)
    return given


def _own(link: Link) -> Ends | None:
    esme, mc = _parsed(link.esme), _parsed(link.mc)
    if esme is None or mc is None or len(esme[0]) != len(mc[0]) or esme == mc:
        return None
    return Ends(*esme, *mc)


def _parsed(endpoint: str) -> tuple[bytes, int] | None:
    """Return the packed address and the port of an endpoint, None when it is none."""
    host, _, port = endpoint.rpartition(":")
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port)
    except ValueError:
        return None
    return (address.packed, number) if 0 <= number < 65536 else None


def _made(number: int) -> Ends:
    """Return endpoints of no real use: an address for each of 131,072 links, then another port."""
    host, lap = number % (1 << 17), number >> 17
    return Ends((_ESMES + host).to_bytes(4, "big"), 40_000 + lap % 20_000, _CENTRE, _CENTRE_PORT)
