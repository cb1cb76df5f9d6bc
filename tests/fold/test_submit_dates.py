"""The submit date in a receipt excludes messages sent at another time, unless the clock of the centre is wrong."""

import itertools
import random

import numpy as np
import pytest

from smppkit.fold import match_columns
from smppkit.fold.matching import Matcher, Side
from smppkit.fold.table import UNKNOWN_TIME, Column
from tests.fold.fold_traffic import DAY, SECOND, START, Traffic, rows

HOUR = 3600 * SECOND


def match_after(date: int, others: int, off: int, repeated: int = 1) -> tuple[list[int], list[str]]:
    """The last receipts name an id used nine days ago, for a message without a response; ``off``: clock of the rest."""
    ids = [f"A{number}" for number in range(others)] + ["77"]
    to = [f"3247100{number:04}" for number in range(others)] + ["32479999999"]
    sent = np.full(others + 1, START)
    received = np.append(sent[:-1] + SECOND, np.full(repeated, START + 9 * DAY))
    dates = np.append(sent[:-1] + off, np.full(repeated, date))
    told, numbers = ids[:-1] + ["77"] * repeated, to[:-1] + to[-1:] * repeated
    found = match_columns(ids, to, sent, told, numbers, received, receipt_submit_dates=dates)
    return found.index.tolist(), found.matched_by.to_list()


@pytest.mark.parametrize("others", [0, 4, 50])
def test_a_lone_candidate_that_the_date_speaks_against_is_listed(others: int):
    index, by = match_after(START + 9 * DAY - 5 * SECOND, others, off=0)
    assert index == [*range(others), -1]
    assert by[-1] == "ambiguous"


@pytest.mark.parametrize("hours", [-14, -12, 0, 2, 14])
def test_a_date_of_another_time_zone_speaks_against_nothing(hours: int):
    assert match_after(START + hours * HOUR, 0, off=0)[0] == [0]


def test_an_unknown_date_speaks_against_nothing():
    assert match_after(UNKNOWN_TIME, 3, off=0)[0] == [0, 1, 2, 3]


def test_dates_of_a_centre_whose_clock_is_wrong_are_not_believed():
    assert match_after(START - 2 * DAY, 50, off=-2 * DAY)[0] == [*range(51)]
    assert match_after(START - 2 * DAY, 3, off=-2 * DAY)[0] == [-1] * 4  # too few to say that of its clock


@pytest.mark.parametrize("days", [-9_000, -400, 60, 9_000])
def test_a_date_that_no_message_can_have_speaks_against_nothing(days: int):
    """Day and year of some centres stand the other way round; the first message of such an account has its receipt."""
    assert match_after(START + days * DAY, 0, off=0)[0] == [0]
    assert match_after(START + days * DAY, 3, off=days * DAY)[0] == [0, 1, 2, 3]


def test_a_wrong_clock_chooses_between_no_messages():
    """Two days behind, it would say of the second message what is right of the first."""
    count = 20
    ids = [f"A{number}" for number in range(count)] + ["77", "77"]
    to = [f"3247100{number:04}" for number in range(count)] + ["1", "1"]
    sent = np.append(np.full(count + 1, START), START + 2 * DAY)
    found = match_columns(
        *(ids, to, sent, ids[:-1], to[:-1], np.append(np.full(count, START + SECOND), START + 2 * DAY + SECOND)),
        receipt_submit_dates=np.append(np.full(count, START - 2 * DAY), START),
    )
    assert found.index.tolist() == [*range(count), -1]


def test_a_receipt_that_is_repeated_makes_no_clock_wrong():
    index, _ = match_after(START + 9 * DAY, 4, off=0, repeated=130)
    assert index == [0, 1, 2, 3] + [-1] * 130


def test_an_old_message_keeps_its_state_when_its_id_is_given_again():
    traffic = Traffic()
    traffic.submit(data=b"old", id="77")
    traffic.now += 9 * DAY
    traffic.submit(data=b"new")  # the response is not in the capture
    traffic.now += 5 * SECOND
    traffic.receipt("77", stat="UNDELIV", submit="2701240800", done="2701240800")
    fold = traffic.fold()
    assert rows(fold, "messages", "text", "state") == [("old", None), ("new", None)]
    assert rows(fold, "receipts", "msg_id", "matched_by") == [(None, "ambiguous")]


@pytest.mark.parametrize("seed", range(20))
def test_what_comes_piece_by_piece_means_what_it_means_at_once(seed: int):
    chance = random.Random(seed)
    count, wrong = 40, chance.random()
    ids = [f"A{chance.randrange(30)}" for _ in range(count)]
    named = np.array(ids)[[chance.randrange(count) for _ in range(count)]].tolist()
    sent = np.sort(START + np.array([chance.randrange(4) for _ in range(count)]) * DAY)
    dates = np.array([START + chance.choice([0, 1, 2, -10 * (chance.random() < wrong)]) * DAY for _ in range(count)])
    account, received = np.zeros(count, np.int64), np.full(count, START + 5 * DAY)
    pieces = sorted({0, count, *(chance.randrange(count) for _ in range(12))})

    def match(steps: list[int]) -> tuple[list[int], list[int]]:
        matcher = Matcher()
        for begin, end in itertools.pairwise(steps):
            to = Column.of_text(["111"] * (end - begin))
            for add, texts in ((matcher.add_ids, ids), (matcher.add_receipts, named)):
                column = Column.of_text(texts[begin:end])
                add(column.values, column.offsets, to.values, to.offsets)
            messages, receipts = Side(account[:end], sent[:end]), Side(account[:end], received[:end], dates[:end])
            matcher.update(messages, receipts, ["demo"])
        return matcher.index.array.tolist(), matcher.code.array.tolist()

    assert match(pieces) == match([0, count])
