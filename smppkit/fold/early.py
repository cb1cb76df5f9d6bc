"""Responses that a capture shows before their requests: kept until the request comes, or the moment has passed."""

import numpy as np

from ..journal.log import Segment
from .batch import Batch
from .table import UNKNOWN_TIME

STRAY = 4  # a flag of _core.pending
_RESPONSE = 0x80000000
_KEPT = 60_000_000_000  # nanoseconds; _core.pending waits one second, by the times of the records themselves
_MOST = 10_000


class Early:
    """Responses that answer nothing so far, by record; ``count`` has all of them, kept or forgotten.

    >>> Early().count
    0
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: dict[int, tuple[bytes, int, int, int]] = {}  # record -> octets, time, direction, link
        self.count = 0

    def add(self, batch: Batch, *names: str) -> list[Batch]:
        """Keep the stray responses of some commands; return those of which the request is in the batch, one by one.

        >>> Early().add(Batch(Segment.of(b"", [], [], [], [], []), 0), "submit_sm_resp")
        []
        """
        strays = (batch.flags & STRAY) > 0
        self.count += int(strays.sum())
        segment = batch.segment
        for row in batch.rows(*names, where=strays)[-_MOST:].tolist():
            rest = int(segment.time[row]), int(segment.direction[row]), int(segment.link[row])
            self._waiting[batch.first + row] = (segment.octets(row), *rest)
        found = []
        for row in np.flatnonzero((batch.answers >= 0) & (batch.command & _RESPONSE == 0)).tolist():
            self.count -= 1
            record = int(batch.answers[row])
            if record in self._waiting:
                found.append(_alone(record, self._waiting.pop(record), batch.first + row))
        self._forget(int(segment.time.max(initial=UNKNOWN_TIME)))
        return found

    def _forget(self, latest: int) -> None:
        old = [record for record, kept in self._waiting.items() if kept[1] < latest - _KEPT]
        surplus = list(self._waiting)[: max(0, len(self._waiting) - _MOST)]
        for record in {*old, *surplus}:
            del self._waiting[record]


def _alone(record: int, kept: tuple[bytes, int, int, int], request: int) -> Batch:
    octets, time, direction, link = kept
    batch = Batch(Segment.of(octets, [0], [len(octets)], [time], [direction], [link]), record)
    batch.answers[0] = request
    return batch
