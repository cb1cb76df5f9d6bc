"""What a session is told about itself: limits and timers. Zero seconds, or None for the rate, means off."""

from dataclasses import dataclass

VERSIONS = ("3.3", "3.4", "5.0")
LARGEST_WINDOW = 1_000_000
SECONDS = ("enquire_link", "response_timeout", "session_init", "inactivity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The limits and timers of one session; seconds are floats, 0 means off (SMPP 3.4, section 7.2).

    ``window`` is how many requests may be unanswered at once; ``rate`` how many messages (parts) may leave in a
    second, None for no limit; ``enquire_link`` how long nothing may be heard before the link is tested;
    ``response_timeout`` how long a request waits for its response, and a PDU that began to arrive for its end;
    ``session_init`` how long a connection may be without a bind; ``inactivity`` how long a session may be without
    anything but enquire_link before it is unbound; ``version`` the highest version spoken; ``max_pdu`` the longest
    command_length taken from the peer.

    >>> Settings(window=10).window
    10
    >>> Settings(window=0)
    Traceback (most recent call last):
        ...
    ValueError: window: 0 requests at once; give 1 to 1,000,000
    """

    window: int = 50
    rate: float | None = None
    enquire_link: float = 30.0
    response_timeout: float = 30.0
    session_init: float = 10.0
    inactivity: float = 0.0
    version: str = "3.4"
    max_pdu: int = 70_000

    def __post_init__(self) -> None:
        """Refuse values that could never work."""
        if not 1 <= self.window <= LARGEST_WINDOW:
            raise ValueError(f"window: {self.window:,} requests at once; give 1 to {LARGEST_WINDOW:,}")
        if self.rate is not None and not 0 < self.rate < float("inf"):
            raise ValueError(f"rate: {self.rate} parts a second; give more than 0, or None for no limit")
        for name in SECONDS:
            seconds = getattr(self, name)
            if not 0 <= seconds < float("inf"):
                raise ValueError(f"{name}: {seconds} seconds; give a number above 0, or 0 for off")
        if self.version not in VERSIONS:
            raise ValueError(f"version: {self.version!r}; there are 3.3, 3.4 and 5.0")
        if not 16 <= self.max_pdu <= 0x7FFFFFFF:
            raise ValueError(f"max_pdu: {self.max_pdu:,} octets; a header alone has 16, and 70,000 hold any message")
