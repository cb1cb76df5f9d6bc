"""What was sent when, and what came back: one row for each part, and one for each time that a part was sent.

A part of a capture is sent once, for a capture cannot know that a request is another one again. A part of a live
session may be sent again, and these are the rules, whatever the order in which things are told:

- The last time it was sent counts; an answer that came before is forgotten.
- An answer to an earlier time that comes after is late. It holds when the last one has no answer or was refused: what
  a message centre has accepted once is accepted.
- What the session told of a part that has no answer holds until it is sent again.
- The receiver may see a part twice when it was sent again without having been refused, and was not told to be not sent.

Parts that are sent once, nearly all, are taken with arrays; only those sent again are taken one by one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .table import UNKNOWN_TIME, Array, Flags, Ints, Numbers

OUTCOMES = ("queued", "sent", "accepted", "refused", "unanswered", "not_sent")
QUEUED, SENT, ACCEPTED, REFUSED, UNANSWERED, NOT_SENT = range(6)

_NOTHING = -1
_TOLD, _SENT, _ANSWERED = range(3)  # in this order where the place in the log is the same


class Sends(NamedTuple):
    """Parts that records send, in the order of the records; of each its record, link, sequence number and time.

    >>> Sends.none().part.tolist()
    []
    """

    part: Ints
    record: Ints
    link: Array
    sequence: Ints
    time: Ints

    @classmethod
    def none(cls) -> "Sends":
        """Return no sends.

        >>> len(Sends.none().record)
        0
        """
        return cls(*(np.zeros(0, np.int64) for _ in cls._fields))


class Replies(NamedTuple):
    """Answers, one row for each part they speak of: which time of sending they answer (``sent``), and what they say.

    ``id_row`` is the row of the id in ``Parts.ids``, -1 for none.

    >>> len(Replies.none().part)
    0
    """

    part: Ints
    sent: Ints
    record: Ints
    time: Ints
    status: Ints
    refused: Array
    late: Array
    id_row: Ints

    @classmethod
    def none(cls) -> "Replies":
        """Return no answers.

        >>> Replies.none().status.tolist()
        []
        """
        return cls(*(np.zeros(0, np.int64) for _ in cls._fields))


class Verdict(NamedTuple):
    """What was told of some parts that have no answer: the outcome, and how many records the log held then.

    >>> Verdict(np.array([0]), NOT_SENT, 3).record
    3
    """

    part: Ints
    outcome: int
    record: int


class Attempts:
    """The rows of all parts that say what was sent and answered.

    ``record`` is that of the last request (-1: none yet), with its link, sequence number and time; ``attempt`` counts;
    ``answered`` is the record of the answer that holds (-1: none), with its time, status, whether it refuses, is late,
    and the row of its id. ``sent_record`` and ``sent_part`` have a row for each time that a part was sent, in order of
    the log, ``sent_time`` and ``sent_link`` when and where.

    >>> attempts = Attempts()
    >>> attempts.add_unsent(1)
    >>> attempts.outcome(False, []).tolist()
    [0]
    """

    def __init__(self) -> None:
        """Begin with no part."""
        self.record, self.time_sent, self.time_resp = Numbers(np.int64), Numbers(np.int64), Numbers(np.int64)
        self.link, self.sequence, self.attempt = Numbers(np.int32), Numbers(np.int64), Numbers(np.int16)
        self.again, self.late, self.refused = Numbers(np.uint8), Numbers(np.uint8), Numbers(np.uint8)
        self.answered, self.status, self.id_row = Numbers(np.int64), Numbers(np.int64), Numbers(np.int64)
        self.told_record, self.told_outcome = Numbers(np.int64), Numbers(np.int8)
        self.sent_record, self.sent_part = Numbers(np.int64), Numbers(np.int64)
        self.sent_time, self.sent_link = Numbers(np.int64), Numbers(np.int32)

    @property
    def rows(self) -> int:
        """The number of parts.

        >>> Attempts().rows
        0
        """
        return len(self.record)

    def add_unsent(self, count: int) -> None:
        """Add parts that were not sent yet.

        >>> Attempts().add_unsent(3)
        """
        for numbers in (self.time_sent, self.time_resp):
            numbers.fill(UNKNOWN_TIME, count)
        for numbers in (self.record, self.link, self.answered, self.id_row, self.told_record, self.told_outcome):
            numbers.fill(_NOTHING, count)
        for numbers in (self.sequence, self.status, self.late, self.again, self.refused):
            numbers.fill(0, count)
        self.attempt.fill(1, count)

    def note_sends(self, sends: Sends) -> None:
        """Note what was sent, so that answers find it; ``take`` tells the parts.

        >>> Attempts().note_sends(Sends.none())
        """
        self.sent_record.extend(sends.record)
        self.sent_part.extend(sends.part)
        self.sent_time.extend(sends.time)
        self.sent_link.extend(sends.link)

    def take(self, sends: Sends, replies: Replies, verdicts: Sequence[Verdict] = ()) -> None:
        """Take what was sent, answered and told; the answers may speak of what was sent long ago.

        >>> Attempts().take(Sends.none(), Replies.none())
        """
        in_turn = self._sent_again(sends)
        once = sends if in_turn is None else Sends(*(column[~in_turn[sends.part]] for column in sends))
        self.record.array[once.part], self.link.array[once.part] = once.record, once.link
        self.sequence.array[once.part], self.time_sent.array[once.part] = once.sequence, once.time
        one_by_one = self.attempt.array[replies.part] > 1
        if in_turn is not None:
            one_by_one = one_by_one | in_turn[replies.part]
        self._answer(replies if not one_by_one.any() else Replies(*(column[~one_by_one] for column in replies)))
        for verdict in verdicts:
            self._tell(verdict if in_turn is None else verdict._replace(part=verdict.part[~in_turn[verdict.part]]))
        if in_turn is not None or one_by_one.any():
            told = () if in_turn is None else [each._replace(part=each.part[in_turn[each.part]]) for each in verdicts]
            some = Sends.none() if in_turn is None else Sends(*(column[in_turn[sends.part]] for column in sends))
            self._take_in_turn(some, Replies(*(column[one_by_one] for column in replies)), told)

    def _sent_again(self, sends: Sends) -> Flags | None:
        """Which parts are sent again by some of the sends; ``None`` when none is."""
        if not len(sends.part):
            return None
        again = sends.part[self.record.array[sends.part] >= 0]
        different, counts = np.unique(sends.part, return_counts=True)
        again = np.concatenate([again, different[counts > 1]])
        if not len(again):
            return None
        flags = np.zeros(self.rows, bool)
        flags[again] = True
        return flags

    def _answer(self, replies: Replies) -> None:
        part = replies.part
        self.answered.array[part], self.time_resp.array[part] = replies.record, replies.time
        self.status.array[part], self.refused.array[part] = replies.status, replies.refused
        self.late.array[part], self.id_row.array[part] = replies.late, replies.id_row

    def _tell(self, verdict: Verdict) -> None:
        self.told_record.array[verdict.part] = verdict.record
        self.told_outcome.array[verdict.part] = verdict.outcome

    # ---- one by one ----

    def _take_in_turn(self, sends: Sends, replies: Replies, verdicts: Sequence[Verdict]) -> None:
        """Take everything in the order of the log; an answer that came before its request follows it."""
        requests = self.sent_record.array[replies.sent]
        turns = [(record, _SENT, row) for row, record in enumerate(sends.record.tolist())]
        turns += [(max(pair), _ANSWERED, row) for row, pair in enumerate(zip(replies.record, requests, strict=True))]
        turns += [(verdict.record, _TOLD, row) for row, verdict in enumerate(verdicts)]
        for _, kind, row in sorted(turns):
            if kind == _SENT:
                self._send_one(Sends(*(column[row : row + 1] for column in sends)))
            elif kind == _ANSWERED:
                self._answer_one(Replies(*(column[row : row + 1] for column in replies)))
            else:
                self._tell(verdicts[row])

    def _send_one(self, send: Sends) -> None:
        part = int(send.part[0])
        if self.record.array[part] >= 0:
            refused = self.answered.array[part] >= 0 and self.refused.array[part]
            told = self.told_record.array[part] > self.record.array[part]
            unsent = told and self.told_outcome.array[part] == NOT_SENT
            self.again.array[part] |= not (refused or unsent)
            self.attempt.array[part] += 1
        none = np.array([_NOTHING])
        zero = np.array([0])
        self._answer(Replies(send.part, none, none, np.array([UNKNOWN_TIME]), zero, zero, zero, none))
        self.record.array[part], self.link.array[part] = send.record[0], send.link[0]
        self.sequence.array[part], self.time_sent.array[part] = send.sequence[0], send.time[0]

    def _answer_one(self, reply: Replies) -> None:
        """An answer to the last time counts most, but what was accepted stays so."""
        part = int(reply.part[0])
        last = bool(self.sent_record.array[reply.sent[0]] == self.record.array[part])
        if self.answered.array[part] >= 0:
            had_refused, refuses = bool(self.refused.array[part]), bool(reply.refused[0])
            if had_refused < refuses or (had_refused == refuses and not last):
                return
        self._answer(reply if last else reply._replace(late=np.array([1])))

    # ---- what they came to ----

    def outcome(self, complete: bool, closed: Sequence[int], rows: Ints | None = None) -> Ints:
        """Return the outcome of some parts (all by default); ``closed`` are the links that have ended.

        An open request is unanswered when the log is complete or its link closed, unless the session told otherwise.

        >>> Attempts().outcome(True, []).tolist()
        []
        """
        chosen = slice(None) if rows is None else rows
        record, link = self.record.array[chosen], self.link.array[chosen]
        ended = np.zeros(max([*closed, *([int(link.max())] if len(link) else [])], default=0) + 2, bool)
        ended[list(closed)] = True
        still = np.where(ended[link] | complete, UNANSWERED, SENT)
        still[record < 0] = NOT_SENT if complete else QUEUED
        told = self.told_record.array[chosen] > record
        still[told] = self.told_outcome.array[chosen][told]
        answered = np.where(self.refused.array[chosen], REFUSED, ACCEPTED)
        return np.where(self.answered.array[chosen] >= 0, answered, still)

    def are_late(self, rows: Ints | None = None) -> Flags:
        """Tell which parts had an answer that was late: by the clock, or after they were told to be unanswered.

        >>> Attempts().are_late().tolist()
        []
        """
        chosen = slice(None) if rows is None else rows
        told, answered = self.told_record.array[chosen], self.answered.array[chosen]
        given_up = (told > self.record.array[chosen]) & (self.told_outcome.array[chosen] == UNANSWERED)
        late: Flags = (self.late.array[chosen] > 0) | (given_up & (answered >= told))
        return late
