"""Stat words against message_state: every word, its state, whether it is final."""

import pytest

from smppkit.spec import values
from smppkit.spec.receipts import BY_WORD, FINAL, ROWS, STATES

WORDS = {
    "DELIVERED": "DELIVRD DELIVERED DELIVRED DELIVERD",
    "EXPIRED": "EXPIRED",
    "DELETED": "DELETED",
    "UNDELIVERABLE": "UNDELIV UNDELIVERABLE UNDELIVERED FAILED",
    "ACCEPTED": "ACCEPTD ACCEPTED ACKED",
    "UNKNOWN": "UNKNOWN DELIVERY_UNKNOWN",
    "REJECTED": "REJECTD REJECTED NACK",
    "ENROUTE": "ENROUTE BUFFRED BUFFERD BUFFERED",
    "SCHEDULED": "SCHEDULED",
    "SKIPPED": "SKIPPED",
}


def test_every_word_has_its_state():
    expected = {word.replace("_", " "): state for state, words in WORDS.items() for word in words.split()}
    assert {row.word: STATES[row.state] for row in ROWS} == expected
    assert len(BY_WORD) == len(ROWS)


def test_states_are_those_of_message_state_by_number():
    assert {row.name: row.first for row in values.ROWS if row.values == "message_state"} == {
        name: number for number, name in enumerate(STATES)
    }


def test_words_of_the_standard_are_known():
    standard = {row.name: row.first for row in values.ROWS if row.values == "message_state.receipt_text"}
    assert {word: BY_WORD[word].state for word in standard} == standard


@pytest.mark.parametrize("state", ["SCHEDULED", "ENROUTE", "ACCEPTED"])
def test_states_that_leave_the_record_open(state):
    assert state not in FINAL


def test_every_other_state_is_final():
    assert set(STATES) - FINAL == {"SCHEDULED", "ENROUTE", "ACCEPTED"}
