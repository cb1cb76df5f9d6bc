"""How long to wait before the next attempt to bind."""

from random import Random

_FIRST = 0.2  # seconds
_LAST = 30.0
_JITTER = 0.2  # of the delay, either way: a thousand clients of one centre must not come back in step


class Backoff:
    """Delays that double from 0.2 s to 30 s, with jitter; ``random`` may be a seeded one.

    >>> from random import Random
    >>> backoff = Backoff(Random(7))
    >>> [round(backoff.delay("soon"), 1) for _ in range(4)]
    [0.2, 0.3, 0.8, 1.3]
    >>> 24 <= backoff.delay("slowly") <= 36, backoff.delay("never")
    (True, None)
    """

    def __init__(self, random: Random | None = None) -> None:
        """Begin with the shortest delay."""
        self._random = random or Random()
        self._tries = 0

    def delay(self, retry: str) -> float | None:
        """Return the seconds until the next attempt, None for no attempt; ``retry`` is soon, slowly or never."""
        if retry == "never":
            return None
        self._tries += 1
        seconds = _LAST if retry == "slowly" else min(_LAST, _FIRST * 2.0 ** min(self._tries - 1, 10))
        return seconds * self._random.uniform(1 - _JITTER, 1 + _JITTER)

    def reset(self) -> None:
        """Begin again: a bind succeeded.

        >>> backoff = Backoff()
        >>> _ = [backoff.delay("soon") for _ in range(9)]
        >>> backoff.reset()
        >>> backoff.delay("soon") < 0.3
        True
        """
        self._tries = 0
