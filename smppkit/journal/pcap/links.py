"""Connections of a capture as links: who is the ESME, and what happened to each."""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...spec import commands, states, statuses
from ..log import ESME_TO_MC, MC_TO_ESME, Event, Link

_ROLES = ("the ESME", "the message centre")


ENDED = np.dtype(
    [
        *((name, np.int64) for name in ("first_time", "open_time", "close_time", "untold")),
        ("addresses", np.uint8, (2, 16)),
        ("ports", np.uint16, 2),
        ("link", np.int32),
        ("family", np.uint8),
        ("opener", np.int8),
        ("closer", np.int8),
        ("reset", np.uint8),
        ("esme", np.int8),
    ],
    align=True,
)
"""Links that ended, as ``_core.connections`` has them."""

TOLD = np.dtype(
    [
        ("time", np.int64),
        ("packet", np.int64),
        ("link", np.int32),
        ("side", np.int32),
        ("command_id", np.uint32),
        ("command_status", np.uint32),
        ("sequence_number", np.uint32),
        ("system_id", np.uint8, 16),
    ],
    align=True,
)
"""PDUs that may change the state of a link, as ``_core.framing`` has them."""


class Connection(NamedTuple):
    """A connection that carried SMPP; pairs have an item for each of its two sides.

    ``opener`` and ``closer`` are sides, -1 when unknown, ``esme`` is the side that is the ESME; times are nanoseconds
    since 1970 UTC. ``untold`` counts binds, unbinds and their answers beyond those that become events.

    >>> Connection(0, 0, (b"", b""), (40000, 2775)).esme
    0
    """

    link: int
    esme: int
    addresses: Sequence[bytes]
    ports: Sequence[int]
    first_time: int = 0
    open_time: int = 0
    close_time: int = 0
    opener: int = -1
    closer: int = -1
    reset: bool = False
    untold: int = 0


def connections_of(ended: npt.NDArray[np.void]) -> list[Connection]:
    """Return links that ended as objects.

    >>> ended = np.zeros(1, ENDED)
    >>> ended["family"] = 4
    >>> connections_of(ended)[0].addresses
    (b'\\x00\\x00\\x00\\x00', b'\\x00\\x00\\x00\\x00')
    """
    names = ("first_time", "open_time", "close_time", "opener", "closer", "reset", "untold")
    sizes = [4 if family == 4 else 16 for family in ended["family"].tolist()]
    low, high = (
        [octets.tobytes()[:size] for octets, size in zip(ended["addresses"][:, side], sizes, strict=True)]
        for side in (0, 1)
    )
    ports = map(tuple, ended["ports"].tolist())
    ends = zip(low, high, strict=True)
    columns = (ended[name].tolist() for name in names)
    return [*map(Connection, ended["link"].tolist(), ended["esme"].tolist(), ends, ports, *columns)]


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


def commands_of(told: npt.NDArray[np.void]) -> dict[int, list[Command]]:
    """Return what changed the state of each link, in the order of the packets.

    >>> commands_of(np.zeros(1, TOLD))[0][0].system_id
    ''
    """
    told = told[np.argsort(told["packet"], kind="stable")]
    names = ("time", "side", "command_id", "command_status", "sequence_number")
    ids = (octets.tobytes().split(b"\0")[0].decode("latin-1") for octets in told["system_id"])
    found: dict[int, list[Command]] = {}
    for link, *fields in zip(told["link"].tolist(), *(told[name].tolist() for name in names), ids, strict=True):
        found.setdefault(link, []).append(Command._make(fields))
    return found


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

    >>> directions(Connection(0, 1, (), ()))
    (1, 0)
    """
    return (ESME_TO_MC, MC_TO_ESME) if connection.esme == 0 else (MC_TO_ESME, ESME_TO_MC)


def events_of(connection: Connection, link: Link, told: Sequence[Command]) -> list[Event]:
    """Return what happened to one link: connected, bound or refused, unbound, closed.

    ``told`` are its binds, outbinds, unbinds and their answers in order.

    >>> one = Connection(0, 0, (), (), opener=0, closer=1)
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
