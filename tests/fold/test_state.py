"""The state of parts and messages: one lattice, the same for every order and every repetition of the receipts."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smppkit.fold.state import NO_STATE, ORDER, RANK, Claims, fold, fold_parts
from smppkit.fold.table import UNKNOWN_TIME
from smppkit.spec.receipts import FINAL, STATES
from tests.fold.fold_traffic import QUERY, QUERY_RESP, SECOND, UDHI, Traffic, cstring, header, pdu, rows, tlv

CODE = {name: code for code, name in enumerate(STATES)}

# state, done date, err: what one receipt says
Said = tuple[str, int, int]


def state_of(said: list[Said]) -> tuple[str | None, bool, int]:
    """State, final and err of one part of which all this was said, in this order."""
    states = np.array([CODE[state] for state, _, _ in said], np.int64)
    dates = np.array([date for _, date, _ in said], np.int64)
    details = np.array([[err] for _, _, err in said], np.uint64).reshape(-1, 1)
    part = np.zeros(len(said), np.int64)
    found = fold(Claims(part, states, dates, np.arange(len(said)), details), 1)
    state = int(found.state[0])
    name = None if state == NO_STATE else STATES[state]
    return name, name in FINAL, said[int(found.claim[0])][2] if said else -1


def test_ranks_follow_the_order_of_the_design():
    assert ORDER == ("DELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED", "DELETED", "SKIPPED", "UNKNOWN")
    assert sorted(RANK.tolist()) == list(range(len(STATES)))
    assert [STATES[code] for code in np.argsort(RANK)[::-1]] == [*ORDER, "ACCEPTED", "ENROUTE", "SCHEDULED"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("ENROUTE", 9, 0), ("DELIVERED", 1, 0)], "DELIVERED"),  # final beats non-final, whatever the dates
        ([("ACCEPTED", 9, 0), ("UNKNOWN", 1, 0)], "UNKNOWN"),  # ACCEPTED is not final in practice
        ([("DELIVERED", 1, 0), ("EXPIRED", 2, 0)], "EXPIRED"),  # the latest done date
        ([("DELIVERED", 2, 0), ("EXPIRED", 1, 0)], "DELIVERED"),
        ([("DELIVERED", UNKNOWN_TIME, 0), ("UNKNOWN", 1, 0)], "UNKNOWN"),  # no date is the oldest
        ([("REJECTED", 1, 0), ("EXPIRED", 1, 0), ("DELETED", 1, 0)], "EXPIRED"),  # then the order
        ([("ENROUTE", 2, 0), ("SCHEDULED", 1, 0)], "ENROUTE"),
        ([("SCHEDULED", 1, 0)], "SCHEDULED"),
        ([], None),
    ],
)
def test_the_lattice(said: list[Said], expected: str | None):
    assert state_of(said)[0] == expected


SIX: list[Said] = [
    ("ENROUTE", 5, 0),
    ("ACCEPTED", 6, 1),
    ("DELIVERED", 7, 2),
    ("DELIVERED", 7, 3),
    ("EXPIRED", 7, 4),
    ("UNDELIVERABLE", 6, 5),
]


@pytest.mark.parametrize("count", range(1, 7))
def test_every_permutation_and_repetition_of_up_to_six_receipts_gives_the_same(count: int):
    for chosen in itertools.combinations(SIX, count):
        expected = state_of(list(chosen))
        for order in itertools.permutations(chosen):
            assert state_of(list(order)) == expected
            assert state_of([*order, *order[: count // 2 + 1]]) == expected


said = st.tuples(st.sampled_from(STATES), st.sampled_from([UNKNOWN_TIME, 1, 2]), st.integers(0, 2))


@given(st.lists(said, max_size=8), st.randoms())
def test_any_receipts_in_any_order(claims: list[Said], chance):
    again = [chance.choice(claims) for _ in range(3)] if claims else []
    shuffled = chance.sample([*claims, *again], len(claims) + len(again))
    assert state_of(shuffled) == state_of(claims)


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from([NO_STATE, *range(10)])), max_size=12))
def test_messages_by_the_words_of_the_design(parts: list[tuple[int, int]]):
    """A message is DELIVERED when all its parts are, else its worst final; final when all are."""
    message, state = (np.array([part[place] for part in parts], np.int64) for place in (0, 1))
    found = fold_parts(state, message, 5, np.zeros(5, bool))
    for number in range(5):
        own = [STATES[code] if code != NO_STATE else None for owner, code in parts if owner == number]
        failed = [name for name in own if name in FINAL and name != "DELIVERED"]
        told = None if found.state[number] == NO_STATE else STATES[found.state[number]]
        assert found.final[number] == (bool(own) and all(name in FINAL for name in own))
        if failed:
            assert told == max(failed, key=ORDER.index)
        elif own and all(name == "DELIVERED" for name in own):
            assert told == "DELIVERED"
        else:
            assert told not in FINAL


def long_message(traffic: Traffic, total: int = 3) -> None:
    for number in range(1, total + 1):
        traffic.submit(data=header(1, total, number) + b"x", esm_class=UDHI, id=f"i{number}")


@pytest.mark.parametrize(
    ("stats", "expected"),
    [
        (("DELIVRD", "DELIVRD", "DELIVRD"), ("DELIVERED", True)),
        (("DELIVRD", "DELIVRD", None), (None, False)),
        (("DELIVRD", "ENROUTE", "DELIVRD"), ("ENROUTE", False)),
        (("DELIVRD", "EXPIRED", "DELIVRD"), ("EXPIRED", True)),
        (("UNDELIV", None, None), ("UNDELIVERABLE", False)),
        (("UNDELIV", "UNKNOWN", "DELIVRD"), ("UNKNOWN", True)),
        ((None, None, None), (None, False)),
    ],
)
def test_long_messages(stats: tuple[str | None, ...], expected: tuple[str | None, bool]):
    traffic = Traffic()
    long_message(traffic)
    for number, stat in enumerate(stats, 1):
        if stat:
            traffic.receipt(f"i{number}", stat=stat)
    assert rows(traffic.fold(), "messages", "state", "final") == [expected]


def test_a_centre_that_sends_one_receipt_for_a_message():
    traffic = Traffic()
    long_message(traffic)
    traffic.receipt("i3")
    assert rows(traffic.fold(), "messages", "state", "final") == [(None, False)]
    assert rows(traffic.fold(receipt_per_message=True), "messages", "state", "final") == [("DELIVERED", True)]


def test_a_message_that_is_in_part_refused_is_not_delivered():
    traffic = Traffic()
    traffic.submit(data=header(1, 2, 1) + b"x", esm_class=UDHI, id="i1")
    traffic.answer(traffic.submit(data=header(1, 2, 2) + b"y", esm_class=UDHI), status=0x14)
    traffic.receipt("i1")
    found = rows(traffic.fold(), "messages", "outcome", "command_status", "state", "final")
    assert found == [("refused", 0x14, None, False)]


def test_parts_without_an_id_do_not_hold_a_message_back():
    traffic = Traffic()
    for number in (1, 2):
        id = "only" if number == 1 else ""
        traffic.submit(data=header(1, 2, number) + b"x", esm_class=UDHI, id=id)
    traffic.receipt("only")
    assert rows(traffic.fold(), "messages", "state", "final", "message_id") == [("DELIVERED", True, "only")]


def test_times_and_errors_are_those_of_the_receipt_that_decides():
    traffic = Traffic()
    sent = traffic.now
    traffic.submit(id="a1")
    traffic.now = sent + 2 * SECOND
    traffic.receipt("a1", stat="UNDELIV", err="027", done="2701151031", tlvs=tlv(0x0423, b"\x03\x00\x22"))
    traffic.now = sent + 3 * SECOND
    traffic.receipt("a1", stat="UNDELIV", err="027", done="2701151031")  # delivered again
    traffic.receipt("a1", stat="EXPIRED", err="011", done="2701151030")  # older
    traffic.now = sent + 9 * SECOND
    traffic.submit(id="a2")
    traffic.receipt("a2")
    fold = traffic.fold()
    found = rows(fold, "messages", "state", "time_final", "delivery_time", "err", "network_error")
    assert found[0] == ("UNDELIVERABLE", sent + 2 * SECOND, None, "027", "3:34")
    assert found[1][0] == "DELIVERED"
    assert found[1][2] == pytest.approx(0.002)
    assert fold.counts["contradictions"] == 1
    assert rows(fold, "receipts", "network_error", "receipt_err")[:2] == [("3:34", "027"), (None, "027")]


def test_the_same_receipts_in_any_order_of_arrival_give_the_same_messages():
    said = [("a1", "ENROUTE", "27"), ("a1", "DELIVRD", "28"), ("a1", "UNDELIV", "29"), ("a2", "ACCEPTD", "28")]
    results = set()
    for order in itertools.permutations(said):
        traffic = Traffic()
        traffic.submit(id="a1")
        traffic.submit(id="a2")
        for id, stat, minute in order:
            traffic.receipt(id, stat=stat, done=f"27011510{minute}", err=minute)
        results.add(tuple(rows(traffic.fold(), "messages", "state", "final", "err")))
    assert results == {(("UNDELIVERABLE", True, "29"), ("ACCEPTED", False, "28"))}


def query(traffic: Traffic, id: str, state: int, date: str = "", source: str = "INFO", status: int = 0) -> None:
    traffic.out(pdu(QUERY, traffic.next(), cstring(id) + b"\0\0" + cstring(source)))
    body = b"" if status else cstring(id) + cstring(date) + bytes([state, 0])
    traffic.back(pdu(QUERY_RESP, traffic.sequence, body, status))


def test_an_answered_query_is_a_claim_like_a_receipt():
    traffic = Traffic()
    for number in range(5):
        traffic.submit(id=f"a{number}")
    query(traffic, "a0", 2, "270115103000000+")
    query(traffic, "a1", 1)
    traffic.receipt("a1")
    query(traffic, "a2", 2, source="OTHER")
    query(traffic, "a3", 2, status=0x67)
    query(traffic, "unknown", 2)
    fold = traffic.fold()
    assert rows(fold, "messages", "state", "final") == [
        ("DELIVERED", True),
        ("DELIVERED", True),
        (None, False),
        (None, False),
        (None, False),
    ]
    assert len(rows(fold, "receipts", "time")) == 1


def test_a_query_for_an_id_that_two_messages_have_says_nothing():
    traffic = Traffic()
    traffic.submit(id="a0")
    traffic.submit("32471000002", id="a0")
    query(traffic, "a0", 2)
    assert rows(traffic.fold(), "messages", "state") == [None, None]


def test_a_state_beyond_the_standard_counts_as_unknown():
    traffic = Traffic()
    traffic.submit(id="a0")
    traffic.deliver("32471000001", b"", esm_class=4, tlvs=tlv(0x001E, b"a0\0") + tlv(0x0427, b"\x4d"))
    fold = traffic.fold()
    assert len(rows(fold, "receipts", "msg_id")) + len(rows(fold, "inbox", "text")) == 1
