"""The clock of the centre: what messages live by; seconds that never go back, and the date they stand for."""

import time

_STEP = 10**9  # nanoseconds by which the date has to go elsewhere to be followed: a clock was set, or a machine slept
_BRIEF = 10**6  # nanoseconds that a look at both clocks takes at most, unless something comes between
_LOOKS = 3


class Clock:
    """Seconds since some moment, and nanoseconds since 1970.

    What lies between the two is looked at again for each date, but followed only where it has changed by more than a
    second: of two clocks that are read one after the other the second may be read late, and dates would go back.

    >>> clock = Clock()
    >>> abs(clock.date(clock.now()) - time.time_ns()) < 10**9
    True
    """

    def __init__(self) -> None:
        """Look at both clocks."""
        self._between = _between()

    def now(self) -> float:
        """Return the seconds."""
        return time.monotonic()

    def date(self, now: float) -> int:
        """Return the date at those seconds; of later seconds it is later, unless the clock was set back."""
        between = _between()
        if abs(between - self._between) > _STEP:
            self._between = between
        return self._between + int(now * 1e9)


def _between() -> int:
    """Return the nanoseconds between 1970 and what seconds are counted from, by the briefest of a few looks."""
    found, briefest = 0, -1
    for _ in range(_LOOKS):
        begin, date, end = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        if briefest < 0 or end - begin < briefest:
            found, briefest = date - end, end - begin
        if briefest < _BRIEF:
            break
    return found
