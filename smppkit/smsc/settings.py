"""What a simulator is told about itself: the keywords of ``Smsc``, checked, and how they travel to its process."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from difflib import get_close_matches
from ipaddress import ip_address
from math import inf, isfinite
from typing import Any

from ..protocol.settings import Settings as Limits
from ..spec.receipts import FINAL

DEFAULT_PASSWORD = "secret"
MESSAGE_IDS = ("hex", "decimal", "uuid")
SHARES: Mapping[str, float] = {"DELIVERED": 0.92, "UNDELIVERABLE": 0.05, "EXPIRED": 0.02, "REJECTED": 0.01}
"""How often messages end in which state, unless told otherwise."""

_COUNTS = {"window": 1_000_000, "sockets": 100_000, "binds": 100_000, "rows": 10_000_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a simulator behaves; seconds are floats.

    ``states`` gives the share of each final state, as weights; ``delay`` how long after acceptance a message reaches
    it, on the average, ``least_delay`` at least (exponential beyond that), None for never by itself. ``message_ids`` is
    "hex" (10 digits), "decimal" (10 digits) or "uuid". ``version`` is the highest version spoken. Limits: ``window``
    deliver_sm without response on a session, and submissions in transaction mode that wait for their outcome;
    ``sockets`` open at once, of which unbound ones give way first; ``binds`` of the account; ``rows`` messages kept,
    and deliveries that wait for a receiver. ``enquire_link``, ``response_timeout``, ``session_init`` and ``inactivity``
    are those of sessions, 0 is off.

    >>> Settings(delay=0.0, states={"DELIVERED": 1}).delay
    0.0
    >>> Settings(states={"DELIVERD": 1})
    Traceback (most recent call last):
        ...
    ValueError: states: 'DELIVERD' is no final state; did you mean DELIVERED?
    """

    system_id: str = "demo"
    password: str = field(default=DEFAULT_PASSWORD, repr=False)
    profile: str = "generic"
    seed: int = 7
    host: str = "127.0.0.1"
    port: int = 0
    version: str = "3.4"
    message_ids: str = "hex"
    states: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    delay: float | None = 0.3
    least_delay: float = 0.05
    window: int = 100
    sockets: int = 1_000
    binds: int = 100
    rows: int = 100_000
    enquire_link: float = 30.0
    response_timeout: float = 30.0
    session_init: float = 10.0
    inactivity: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what could not work, or would be open to strangers."""
        _check_text("system_id", self.system_id, 15)
        _check_text("password", self.password, 64)
        _check_states(self.states)
        _check_delay(self.delay, self.least_delay)
        for name, most in _COUNTS.items():
            if not _whole(getattr(self, name)) or not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name}: {getattr(self, name)!r}; give a whole number from 1 to {most:,}")
        if not _whole(self.port) or not 0 <= self.port <= 65_535:
            raise ValueError(f"port: {self.port!r}; give 1 to 65,535, or 0 for any that is free")
        if not _whole(self.seed):
            raise ValueError(f"seed: {self.seed!r}; give a whole number")
        if self.message_ids not in MESSAGE_IDS:
            raise ValueError(f"message_ids: {self.message_ids!r}; there are {', '.join(MESSAGE_IDS)}")
        self.limits()
        _check_open(self.host, self.password)

    def limits(self) -> Limits:
        """Return what the machine of a session is told.

        >>> Settings(window=10).limits().window
        10
        """
        return Limits(
            window=self.window,
            version=self.version,
            enquire_link=self.enquire_link,
            response_timeout=self.response_timeout,
            session_init=self.session_init,
            inactivity=self.inactivity,
        )

    def to_json(self) -> str:
        """Return all of it, the password too, in one line.

        >>> Settings.of_json(Settings(seed=9).to_json()) == Settings(seed=9)
        True
        """
        return json.dumps(asdict(self))

    @staticmethod
    def of_json(line: str | bytes) -> "Settings":
        """Return what ``to_json`` wrote."""
        return Settings(**json.loads(line))

    @staticmethod
    def of(**given: Any) -> "Settings":
        """Return settings of keywords, with a hint for one that does not exist.

        >>> Settings.of(delais=1)
        Traceback (most recent call last):
            ...
        TypeError: Smsc has no keyword 'delais'; did you mean delay?
        """
        known = [row.name for row in fields(Settings)]
        for name in given:
            if name not in known:
                raise TypeError(f"Smsc has no keyword {name!r}{_hint(name, known)}")
        return Settings(**given)


def loopback(host: str) -> bool:
    """Whether only this machine reaches a listener at that address.

    >>> loopback("127.0.0.1"), loopback("::1"), loopback("localhost"), loopback("0.0.0.0"), loopback("example.org")
    (True, True, True, False, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_open(host: str, password: str) -> None:
    if not loopback(host) and password in ("", DEFAULT_PASSWORD):
        lacks = "the default password" if password else "no password"
        raise ValueError(f"host: {host} can be reached from other machines, but there is {lacks}: give password=")


def _check_text(name: str, value: str, most: int) -> None:
    if not isinstance(value, str) or not value.isascii() or "\0" in value or len(value) > most:
        raise ValueError(f"{name}: give at most {most} ASCII characters")  # the value is not shown: it may be secret


def _check_states(states: Mapping[str, float]) -> None:
    names = sorted(FINAL)
    for name, share in states.items():
        if name not in FINAL:
            raise ValueError(f"states: {name!r} is no final state{_hint(name, names)}")
        if not isinstance(share, int | float) or not 0 <= share < inf:
            raise ValueError(f"states: {name}: {share!r}; a share is a number from 0 on")
    if not sum(states.values()) > 0:
        raise ValueError("states: every share is 0; give at least one state that messages may end in")


def _check_delay(delay: float | None, least: float) -> None:
    for name, seconds in (("delay", delay), ("least_delay", least)):
        right = isinstance(seconds, int | float) and isfinite(seconds) and seconds >= 0
        if not right and not (name == "delay" and seconds is None):
            never = ", or None for never" if name == "delay" else ""
            raise ValueError(f"{name}: {seconds!r}; give a number of seconds from 0 on{never}")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(str(name), known, 1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
