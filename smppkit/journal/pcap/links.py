"""Connections of a capture as links: who is the ESME, and what happened to each."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from ...spec import commands, states, statuses
from ..log import ESME_TO_MC, MC_TO_ESME, Event, Link

_ROLES = ("the ESME", "the message centre")


class Connection(NamedTuple):
    """A connection that carried SMPP, as the core tells of it; pairs have an item for each of its two sides.

    ``opener`` and ``closer`` are sides, -1 when unknown; times are nanoseconds since 1970 UTC. ``bind_lead`` is by how
    many binds, outbinds and answers to them side 0 looks like the ESME rather than side 1, ``lead`` the same by all
    PDUs that only one of the two may send. ``found[side]`` counts what was found wrong, by kind of finding,
    ``octets[side]`` the octets concerned; both are empty when nothing was.

    >>> Connection(0, (b"", b""), (40000, 2775)).esme
    0
    """

    link: int
    addresses: Sequence[bytes]
    ports: Sequence[int]
    first_time: int = 0
    open_time: int = 0
    close_time: int = 0
    opener: int = -1
    closer: int = -1
    reset: bool = False
    bind_lead: int = 0
    lead: int = 0
    found: Sequence[Sequence[int]] = ()
    octets: Sequence[Sequence[int]] = ()

    @property
    def esme(self) -> int:
        """The side that is the ESME.

        Binds decide; without them the other commands; without them it is who opened the connection, else the side with
        the higher port.

        >>> one = Connection(0, (b"", b""), (2775, 40000))
        >>> one.esme, one._replace(opener=0).esme, one._replace(opener=0, lead=-3).esme
        (1, 0, 1)
        """
        lead = self.bind_lead or self.lead
        if lead:
            return 0 if lead > 0 else 1
        if self.opener >= 0:
            return self.opener
        return 0 if self.ports[0] > self.ports[1] else 1


class Command(NamedTuple):
    """A bind, outbind or unbind, or the answer to one: what changes the state of a link.

    >>> Command(0, 0, 9, 0, 1, "demo").system_id
    'demo'
    """

    time: int
    side: int
    command_id: int
    command_status: int
    sequence_number: int
    system_id: str


def endpoint(address: bytes, port: int) -> str:
    """Return an endpoint as text.

    >>> endpoint(bytes([127, 0, 0, 1]), 2775), endpoint(bytes(15) + b"\\x01", 2775)
    ('127.0.0.1:2775', '[::1]:2775')
    """
    shown = ip_address(address)
    return f"{shown}:{port}" if shown.version == 4 else f"[{shown}]:{port}"


def links_of(connections: Iterable[Connection]) -> tuple[Link, ...]:
    """Return the links, one for each connection, with names that differ: a pair of endpoints used again gets a number.

    >>> links_of([])
    ()
    """
    links: list[Link] = []
    used: dict[str, int] = {}
    for connection in connections:
        esme = connection.esme
        ends = [endpoint(*end) for end in zip(connection.addresses, connection.ports, strict=True)]
        name = f"{ends[esme]}-{ends[1 - esme]}"
        used[name] = used.get(name, 0) + 1
        links.append(Link(name if used[name] == 1 else f"{name}#{used[name]}", ends[esme], ends[1 - esme]))
    return tuple(links)


def directions(connection: Connection) -> tuple[int, int]:
    """Return the direction of what each side sends.

    >>> one = Connection(0, (), (2775, 40000))
    >>> directions(one)
    (1, 0)
    """
    return (ESME_TO_MC, MC_TO_ESME) if connection.esme == 0 else (MC_TO_ESME, ESME_TO_MC)


def events_of(connection: Connection, link: Link, told: Sequence[Command]) -> list[Event]:
    """Return what happened to one link: connected, bound or refused, unbound, closed.

    ``told`` are its binds, outbinds, unbinds and their answers in order.

    >>> one = Connection(0, (), (), opener=0, closer=1)
    >>> [event.to_state for event in events_of(one, Link("a-b", "a", "b"), [])]
    ['OPEN', 'CLOSED']
    """
    story = _Story(connection, link)
    for command in told:
        story.tell(command)
    if connection.closer >= 0:
        story.close()
    return story.events


class _Story:
    """The state of one link as its events come."""

    def __init__(self, connection: Connection, link: Link) -> None:
        self.events: list[Event] = []
        self._connection = connection
        self._esme = connection.esme
        self._binds: dict[int, str] = {}
        self._unbinder = ""
        if connection.opener >= 0:
            self._state = "CLOSED"
            ends = (link.esme, link.mc) if connection.opener == self._esme else (link.mc, link.esme)
            self._add(connection.open_time, "OPEN", "connect", f"{ends[0]} to {ends[1]}")
        else:
            self._state = "UNKNOWN"
            self._add(connection.first_time, "UNKNOWN", "capture", "the connection was open before the capture began")

    def _add(self, time: int, state: str, reason: str, detail: str) -> None:
        self.events.append(Event(time, self._connection.link, self._state, state, reason, detail))
        self._state = state

    def _by(self, side: int) -> str:
        return f"by {_ROLES[0 if side == self._esme else 1]}"

    def tell(self, command: Command) -> None:
        row = commands.BY_ID[command.command_id]
        if row.name in states.BOUND_BY:
            self._binds[command.sequence_number] = command.system_id
        elif row.partner in states.BOUND_BY:
            self._bound(command, row.partner)
        elif row.name == "outbind":
            self._add(command.time, "OUTBOUND", row.name, f"system_id {command.system_id}")
        elif row.name == "unbind":
            self._unbinder = self._by(command.side)
        elif row.name == "unbind_resp":
            self._add(command.time, "UNBOUND", "unbind", self._unbinder)

    def _bound(self, command: Command, bind: str) -> None:
        """A bind was answered: bound, or refused and the state stays (SMPP 3.4, section 2.2)."""
        system_id = self._binds.pop(command.sequence_number, None)
        who = "" if system_id is None else f"system_id {system_id}"
        if command.command_status == 0:
            self._add(command.time, states.BOUND_BY[bind], bind, who)
        else:
            status = statuses.name_of(command.command_status)
            self._add(command.time, self._state, f"{bind} refused", f"{status} {who}".strip())

    def close(self) -> None:
        connection = self._connection
        reason = "reset" if connection.reset else "close"
        self._add(connection.close_time, "CLOSED", reason, self._by(connection.closer))


SESSION_COMMANDS: Mapping[int, str] = {
    row.command_id: row.name for row in commands.ROWS if row.name.startswith(("bind_", "outbind", "unbind"))
}
