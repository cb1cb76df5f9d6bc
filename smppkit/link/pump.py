"""What the layers above may rely on, whoever moves the octets: ``Loop`` in Python, later a pump of the core."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from .transport import Transport

OnEvents = Callable[[Any, Sequence[Any]], None]
"""Called on the thread of the pump with the connection and what its machine told, in the order of the wire."""


class Machine(Protocol):
    """What a connection needs of a machine: octets in, events and octets out, ``now`` from ``time.monotonic``.

    ``protocol.machine.Machine`` is one. An event of the class ``protocol.events.MustClose`` has the connection closed.

    >>> from smppkit.link import Machine
    >>> sorted(name for name in vars(Machine) if not name.startswith("_"))
    ['closed', 'deadline', 'output', 'readable', 'receive', 'sent', 'tick']
    """

    @property
    def readable(self) -> bool:
        """Whether more should be read now."""

    @property
    def output(self) -> bytearray:
        """The octets to be written, which ``sent`` shortens."""

    def receive(self, octets: bytes, now: float) -> Sequence[Any]:
        """Take octets as they came and return what they mean."""

    def sent(self, count: int) -> None:
        """Note that so many octets of the output were written."""

    def tick(self, now: float) -> Sequence[Any]:
        """Do what is due."""

    def deadline(self) -> float | None:
        """Return when ``tick`` has something to do, None for never."""

    def closed(self, reason: str, detail: str = "") -> Sequence[Any]:
        """Take that the transport is gone; told once."""


class Pump(Protocol):
    """One thread, or none of Python's, that moves the octets of many machines.

    >>> from smppkit.link import Loop, Pump
    >>> loop: Pump = Loop()
    >>> loop.close()
    True
    """

    @property
    def inside(self) -> bool:
        """Whether the caller is on the thread of the pump."""

    def post(self, call: Callable[..., object], *values: Any) -> bool:
        """Have ``call(*values)`` run on that thread soon, from any thread; False when the pump has ended."""

    def attach(self, transport: Transport, machine: Machine, on_events: OnEvents) -> Any:
        """Begin to move the octets of a machine and return its connection."""

    def close(self, timeout: float = ...) -> bool:
        """End, with all connections, in bounded time; return whether it has ended."""
