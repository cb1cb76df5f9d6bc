"""Where every row of a run stands: what may leave now, what has left, what became of it. Numbers only, no texts.

``ready``, ``pause_for``, ``released``, ``answered``, ``unanswered``, ``returned`` and ``end_rest`` belong to the thread
of the loop; ``become``, ``counts``, ``left`` and ``give_up`` are for any thread. ``_lock`` belongs to the track: it
guards its word, and the outcomes of rows together with their counts; no other lock is taken under it. It may be entered
again by its thread, for a finaliser may ask for counts at any instant.
"""

import threading
from time import monotonic
from typing import Any

import numpy as np
import numpy.typing as npt

from ..protocol.pacing import Pace

Int64s = npt.NDArray[np.int64]

OUTCOMES = ("queued", "sent", "accepted", "refused", "unanswered", "not_sent")
QUEUED, SENT, ACCEPTED, REFUSED, UNANSWERED, NOT_SENT = range(6)
RUNNING, PAUSED, STOPPED = "running", "paused", "stopped"


class Track:
    """The rows of one run, as the queue of an account wants them; row i is the intent ``intent + i``.

    ``rate`` is in parts a second, ``window`` the most rows that may be unanswered; None leaves it to the account.

    >>> track = Track(bytearray(32), np.array([0, 16, 32]), rate=None, window=1, now=0.0)
    >>> track.ready(0.0)
    1
    >>> track.released(0, 1, 0.0)
    >>> track.ready(0.0)
    0
    >>> track.answered(np.array([0]), np.array([0], np.uint32), False, 0.25)
    >>> track.counts()["accepted"], track.took.tolist()
    (1, [0.25, nan])
    """

    def __init__(
        self, octets: bytearray, offset: Int64s, rate: float | None, window: int | None, now: float | None = None
    ) -> None:
        """Begin with all rows queued."""
        self.octets, self.offset = octets, offset
        self.at, self.end = 0, len(offset) - 1
        self.intent = 0
        self.rate, self.window = rate, window
        self.closed = False  # nothing leaves any more, nor waits again when it comes back
        self.outcome = np.zeros(self.end, np.uint8)
        self.status = np.zeros(self.end, np.uint32)
        self.sent_at = np.full(self.end, np.nan)  # seconds of time.monotonic
        self.took = np.full(self.end, np.nan, np.float32)
        self.first: float | None = None
        self.last: float | None = None
        self.over = threading.Event()
        self._pace = Pace(rate, monotonic() if now is None else now)
        self._counts = np.zeros(len(OUTCOMES), np.int64)
        self._counts[QUEUED] = self.end
        self._word = RUNNING
        self._lock = threading.RLock()
        self._look()

    # --- any thread ----------------------------------------------------------------------------------------------

    @property
    def word(self) -> str:
        """running, paused or stopped: what was asked for."""
        return self._word

    def become(self, word: str) -> bool:
        """Run, pause or stop; False when it was stopped before."""
        with self._lock:
            if self._word == STOPPED:
                return False
            self._word = word
            return True

    def counts(self) -> dict[str, int]:
        """Return how many rows have each outcome."""
        with self._lock:
            counts = self._counts.tolist()
        return dict(zip(OUTCOMES, counts, strict=True))

    @property
    def left(self) -> int:
        """How many rows have no end yet."""
        with self._lock:
            return self._left()

    def give_up(self) -> Int64s:
        """The account is closed: nothing is heard any more. Return the rows that never left, once.

        Any number of threads may say so, and nobody else may know of these rows: the queue was gone already.
        """
        with self._lock:
            rest = np.flatnonzero(self.outcome == QUEUED)
            self._shift(rest, NOT_SENT)
            self._shift(np.flatnonzero(self.outcome == SENT), UNANSWERED)
        self._look()
        return rest

    # --- the thread of the loop ----------------------------------------------------------------------------------

    def ready(self, now: float) -> int:
        """Return how many rows may leave now."""
        if self._word != RUNNING:
            return 0
        rows = min(self.end - self.at, self._pace.available(now))
        return rows if self.window is None else min(rows, max(0, self.window - int(self._counts[SENT])))

    def pause_for(self, now: float) -> float | None:
        """Return the seconds until the rate lets another row leave; None when no time is waited for."""
        if self._word != RUNNING or (self.window is not None and self._counts[SENT] >= self.window):
            return None
        return self._pace.wait(now) or None

    def released(self, first_row: int, count: int, now: float) -> None:
        """Take that rows were handed to the machine."""
        rows = slice(first_row, first_row + count)
        self._pace.spend(count, now)
        self.sent_at[rows] = now
        self.first = now if self.first is None else self.first
        self._move(rows, SENT)

    def answered(self, row: Int64s, command_status: npt.NDArray[np.uint32], late: bool, now: float) -> None:
        """Take that rows were answered; a late answer ends what was unanswered."""
        self.status[row] = command_status
        self.took[row] = now - self.sent_at[row]
        self.last = now
        self._move(row, np.where(command_status == 0, ACCEPTED, REFUSED).astype(np.uint8))

    def unanswered(self, row: Int64s, reason: str, now: float) -> None:
        """Take that rows left and have no answer."""
        self.last = now
        self._move(row, UNANSWERED)

    def returned(self, row: Int64s, now: float) -> None:
        """Take that rows never left: they wait again, unless nothing leaves any more."""
        if self._word == STOPPED or self.closed:
            self.end = min(self.end, self.at)
            self._move(row, NOT_SENT)
        else:
            self._move(row, QUEUED)

    def end_rest(self) -> Int64s:
        """Let nothing else leave; return the rows that never did."""
        rest = np.arange(self.at, self.end)
        self.end = self.at
        self._move(rest, NOT_SENT)
        return rest

    def _move(self, rows: Any, to: Any) -> None:
        with self._lock:
            self._shift(rows, to)
        self._look()

    def _shift(self, rows: Any, to: Any) -> None:
        """Give rows another outcome, and count them there. Called with the lock."""
        counts = self._counts
        before = self.outcome[rows]
        counts -= np.bincount(before, minlength=len(OUTCOMES))
        self.outcome[rows] = to
        if isinstance(to, int):
            counts[to] += len(before)
        else:
            counts += np.bincount(to, minlength=len(OUTCOMES))

    def _left(self) -> int:
        return int(self._counts[QUEUED] + self._counts[SENT])

    def _look(self) -> None:
        if not self.left:
            self.over.set()
