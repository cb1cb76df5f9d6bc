"""What is asked of a running centre from outside SMPP, in values that JSON holds: for a thread and a process alike."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..codec import DeliverSm
from ..profiles import find
from ..spec.receipts import FINAL, STATES
from ..text.parts import split
from .outbox import Delivery
from .server import Server
from .store import ENROUTE, Message

MOST_ROWS = 5_000
"""Messages told in one answer: few enough that the sessions do not notice."""

_SHORT_CODE = 6  # digits
_INTERNATIONAL, _NETWORK_SPECIFIC, _ALPHANUMERIC = 1, 3, 5
_ISDN = 1


class Desk:
    """Answers questions about one server, on the thread of its loop.

    >>> from smppkit.smsc.settings import Settings
    >>> server = Server(Settings())
    >>> desk = Desk(server)
    >>> server.loop.call(lambda: desk.ask("counters"))["accepted"], server.stop()
    (0, True)
    """

    def __init__(self, server: Server) -> None:
        """Sit at a server."""
        self._server = server
        self._codings = find(server.settings.profile).codings
        self._reference = 0
        self._calls: Mapping[str, Callable[..., Any]] = MappingProxyType(
            {"counters": self._counters, "messages": self._messages, "deliver": self._deliver, "finish": self._finish}
        )

    def ask(self, what: str, **values: Any) -> Any:
        """Return the answer to one question; raises ValueError for what makes no sense."""
        call = self._calls.get(what)
        if call is None:
            raise ValueError(f"{what!r}: no such question; there are {', '.join(self._calls)}")
        return call(**values)

    def _counters(self) -> dict[str, Any]:
        """Return what happened so far, as whole numbers."""
        server, store = self._server, self._server.store
        boxes = [account.outbox for account in server.accounts.values()]
        return {
            "sockets": server.sockets,
            "bound": sum(len(account.sessions) for account in server.accounts.values()),
            "binds_refused": server.binds_refused,
            "sockets_refused": server.sockets_refused,
            "accepted": store.accepted,
            "refused": server.behaviour.refused,
            "pending": store.pending,
            "states": {name: number for name, number in zip(STATES, store.ended, strict=True) if number},
            "delivered": sum(box.delivered for box in boxes),
            "deliveries_waiting": sum(len(box) for box in boxes),
            "deliveries_refused": sum(box.refused for box in boxes),
            "deliveries_dropped": sum(box.dropped for box in boxes),
        }

    def _messages(self, first: int = 1, last: int | None = None) -> dict[str, Any]:
        """Return messages of these serials, oldest first, as columns; octets and numbers in base64.

        ``next`` is where to go on, ``last`` where that ends: without ``last`` it is the newest message there is now.
        """
        store = self._server.store
        end = store.accepted if last is None else last
        rows = store.among(first, end, MOST_ROWS)
        octets = [message.pdu.encode() for message in rows]
        return {
            "next": rows[-1].serial + 1 if rows else end + 1,
            "last": end,
            "pdus": b64encode(b"".join(octets)).decode(),
            "time": _numbers([message.time for message in rows]),
            "time_final": _numbers([message.time_final for message in rows]),
            "state": _numbers([message.state for message in rows]),
            "message_id": [message.id for message in rows],
            "destination": [message.destination for message in rows],
            "link": [message.caller.link for message in rows],
        }

    def _deliver(self, source: str, destination: str, text: str) -> int:
        """Queue a message from a handset, in as many parts as it takes; return how many."""
        outbox = next(iter(self._server.accounts.values())).outbox
        self._reference = self._reference % 255 + 1
        parts = split(text, reference=self._reference, codings=self._codings)
        pdus = [
            DeliverSm(
                **_address("source_addr", "source_addr", source),
                **_address("dest_addr", "destination_addr", destination),
                esm_class=part.esm_class,
                data_coding=part.data_coding,
                short_message=part.short_message,
            ).encode()
            for part in parts
        ]
        if len(outbox) + len(pdus) > outbox.most:
            raise ValueError(f"{len(outbox):,} deliveries wait for a receiver already: bind one, or raise rows=")
        for octets in pdus:
            outbox.put(Delivery(None, ENROUTE, 0, octets))
        self._server.send(self._server.clock.now())
        return len(pdus)

    def _finish(self, message_id: str, state: str) -> int:
        """End the pending destinations of a message in a final state now; return how many."""
        server = self._server
        if state not in FINAL:
            raise ValueError(f"state: {state!r} is no final state; there are {', '.join(sorted(FINAL))}")
        found: Message | None = None
        for account in server.accounts:
            found = found or server.store.find(message_id, account)
        if found is None:
            raise ValueError(f"message_id: the centre has no message {message_id!r}")
        pending = [message for message in found.twins() if not message.final]
        if not pending:
            raise ValueError(f"message_id: {message_id!r} is {STATES[found.state]} already")
        now = server.clock.now()
        for message in pending:
            server.life.end(message, STATES.index(state), server.clock.date(now))
        server.send(now)
        return len(pending)


def _address(prefix: str, name: str, address: str) -> dict[str, Any]:
    """Return the three fields of an address: a number, a short code or a name."""
    digits = address.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return {f"{prefix}_ton": _ALPHANUMERIC, f"{prefix}_npi": 0, name: address}
    if len(digits) <= _SHORT_CODE and digits == address:
        return {f"{prefix}_ton": _NETWORK_SPECIFIC, f"{prefix}_npi": 0, name: digits}
    return {f"{prefix}_ton": _INTERNATIONAL, f"{prefix}_npi": _ISDN, name: digits}


def _numbers(values: list[int]) -> str:
    return b64encode(np.array(values, "<i8").tobytes()).decode()
