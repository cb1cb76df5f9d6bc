"""What is left to chance, by seed: message ids, final states and delays.

Every session draws from series of its own, named by the seed and by which bind of the centre it was. So the same seed
and the same requests in the same order on a session give the same ids, states and delays, however sessions race.
"""

import uuid
from bisect import bisect
from itertools import accumulate, count
from math import log
from random import Random

from ..spec.receipts import STATES
from .settings import Settings

_SCRAMBLE = 0x9E3779B1  # odd: multiplied by it, a number modulo a power of two or ten keeps apart from all others
_FORMS = {"hex": (16**10, 1 << 24, "%010x"), "decimal": (10**10, 10**6, "%010d")}

_NO_FORM = (1, 1, "")


class Identities:
    """The message ids of one simulator; no two of them are alike until their range is used up.

    >>> identities = Identities(Settings(seed=7))
    >>> ids = identities.series()
    >>> ids.next(), ids.next()
    ('f4f398e0ba', '20ef61d143')
    """

    def __init__(self, settings: Settings) -> None:
        """Begin before the first session."""
        self._settings = settings
        self._numbers = count()

    def series(self) -> "Series":
        """Return the ids of the next session."""
        return Series(self, self._settings)

    def number(self) -> int:
        """Return the number of the next series."""
        return next(self._numbers)


class Series:
    """The ids that one session gives; ``number`` tells which session of the simulator it is, from 0.

    >>> ids = Identities(Settings(message_ids="decimal")).series()
    >>> [len(ids.next()) for _ in range(3)], ids.number
    ([10, 10, 10], 0)
    """

    def __init__(self, identities: Identities, settings: Settings) -> None:
        """Begin a range of its own."""
        self.number = identities.number()
        self._identities = identities
        self._random = Random(f"{settings.seed}/{self.number}/ids")
        common = Random(f"{settings.seed}/ids")
        self._modulus, self._stride, self._form = _FORMS.get(settings.message_ids, _NO_FORM)
        self._shift = common.getrandbits(40)
        self._factor = _SCRAMBLE + 20 * common.getrandbits(34)
        self._left = 0
        self._value = 0
        self._begin(self.number)

    def next(self) -> str:
        """Return an id that was not given before."""
        if not self._form:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        if not self._left:
            self._begin(self._identities.number())
        self._left -= 1
        self._value = value = (self._value + self._factor) % self._modulus
        return str(self._form % value)

    def _begin(self, number: int) -> None:
        """Go to the range of that number: place n of all ranges has the value n * factor + shift."""
        self._left = self._stride
        self._value = (number * self._stride * self._factor + self._shift) % self._modulus


class Chances:
    """Final states and delays of the messages of one session.

    >>> chances = Chances(Settings(seed=7, states={"DELIVERED": 1, "EXPIRED": 1}), 0)
    >>> [STATES[chances.fate()[0]] for _ in range(4)]
    ['EXPIRED', 'DELIVERED', 'DELIVERED', 'EXPIRED']
    """

    def __init__(self, settings: Settings, number: int) -> None:
        """Begin the series of a session."""
        self._random = Random(f"{settings.seed}/{number}").random
        self._states = [STATES.index(name) for name in settings.states]
        self._bounds = list(accumulate(settings.states.values()))
        self._delay = settings.delay
        self._least = min(settings.least_delay, settings.delay or 0.0)

    def fate(self) -> tuple[int, float | None]:
        """Return the message_state in which the next message ends, and after how many seconds; None for never."""
        draw, wait = self._random(), self._random()
        state = self._states[bisect(self._bounds, draw * self._bounds[-1])]
        if self._delay is None:
            return state, None
        return state, self._least - (self._delay - self._least) * log(1.0 - wait)
