"""The clock of the centre: what messages live by; seconds that never go back, and the date they stand for."""

import time


class Clock:
    """Seconds since some moment, and nanoseconds since 1970.

    >>> clock = Clock()
    >>> abs(clock.date(clock.now()) - time.time_ns()) < 10**9
    True
    """

    def now(self) -> float:
        """Return the seconds."""
        return time.monotonic()

    def date(self, now: float) -> int:
        """Return the date at those seconds."""
        return time.time_ns() + int((now - self.now()) * 1e9)
