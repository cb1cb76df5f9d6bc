"""A token bucket: how many requests may leave now, at a rate that can change while it runs."""


class Pace:
    """Lets ``rate`` requests a second through, with a burst of at most 20 ms of the rate or one request.

    ``None`` for the rate means no limit. Time that passed unused is lost beyond the burst, so that a receiver never
    counts more than rate + max(1, 20 ms of the rate) within any second.

    >>> pace = Pace(100.0, now=0.0)
    >>> pace.available(0.0), pace.available(0.05)
    (2, 2)
    >>> pace.spend(2, 0.05)
    >>> pace.available(0.05), pace.wait(0.05) == 0.01
    (0, True)
    """

    BURST = 0.02  # seconds of the rate

    def __init__(self, rate: float | None, now: float) -> None:
        """Begin with a full burst."""
        self._rate = rate
        self._tokens = self._burst()
        self._then = now

    def set_rate(self, rate: float | None, now: float) -> None:
        """Go on with another rate; what was saved so far is kept, up to the new burst.

        >>> pace = Pace(None, now=0.0)
        >>> pace.set_rate(50.0, now=1.0)
        >>> pace.available(1.0)
        1
        """
        self._fill(now)
        self._rate = rate
        self._tokens = min(self._tokens, self._burst())

    def available(self, now: float) -> int:
        """Return how many requests may leave now.

        >>> Pace(None, now=0.0).available(0.0) > 1_000_000
        True
        """
        if self._rate is None:
            return 1 << 62
        self._fill(now)
        return int(self._tokens + 1e-9)

    def spend(self, count: int, now: float) -> None:
        """Note that ``count`` requests left."""
        if self._rate is not None:
            self._fill(now)
            self._tokens -= count

    def wait(self, now: float) -> float:
        """Return the seconds until one more request may leave; 0.0 when one may leave now."""
        if self._rate is None or self.available(now) > 0:
            return 0.0
        return (1.0 - self._tokens) / self._rate

    def _burst(self) -> float:
        return max(1.0, self.BURST * self._rate) if self._rate is not None else 1.0

    def _fill(self, now: float) -> None:
        if self._rate is not None:
            self._tokens = min(self._burst(), self._tokens + (now - self._then) * self._rate)
        self._then = now
