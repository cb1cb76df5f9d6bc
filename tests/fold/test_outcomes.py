"""What becomes of each request: accepted, refused, unanswered or still open, and which response says so."""

import random

import pytest

from smppkit.fold import Fold
from smppkit.journal.log import Segment
from smppkit.journal.memory import MemoryLog
from tests.fold.fold_traffic import (
    DATA_RESP,
    ENQUIRE,
    MULTI,
    MULTI_RESP,
    NACK,
    SECOND,
    SUBMIT,
    SUBMIT_RESP,
    UDHI,
    Traffic,
    cstring,
    data_sm,
    header,
    mixed_traffic,
    pdu,
    rows,
    tlv,
)


def outcomes(traffic: Traffic) -> list[str]:
    return rows(traffic.fold(), "parts", "outcome")


COLUMNS = {
    "parts": """msg_id part attempt link sequence_number destination time_sent time_resp command_status message_id
        outcome late""",
    "messages": """msg_id time_queued time_sent time_resp sender destination text encoding parts tag outcome
        command_status message_id state final time_final response_time delivery_time err network_error attempts
        possible_duplicate registered_delivery""",
    "receipts": """time link msg_id part receipt_id receipt_sub receipt_dlvrd receipt_submit_date receipt_done_date
        receipt_stat receipt_err receipt_text message_state network_error matched_by raw""",
    "inbox": "time link source destination text encoding parts parts_seen complete route raw",
    "events": "time link from_state to_state reason detail",
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_those_of_the_design(name: str):
    assert list(Traffic().fold().table(name)) == COLUMNS[name].split()


def test_accepted_refused_unanswered():
    traffic = Traffic()
    traffic.submit(id="a1")
    traffic.answer(traffic.submit(), status=0x58)
    traffic.submit()
    found = rows(traffic.fold(), "parts", "outcome", "command_status", "message_id")
    assert found == [("accepted", 0, "a1"), ("refused", 0x58, None), ("unanswered", None, None)]


def test_what_a_capture_cannot_know_is_absent():
    traffic = Traffic()
    traffic.submit(id="a1")
    (row,) = rows(traffic.fold(), "messages", "time_queued", "tag", "attempts", "possible_duplicate", "state", "final")
    assert row == (None, None, 1, False, None, False)


def test_open_while_live_unanswered_when_the_link_closes():
    traffic = Traffic(links=2, complete=False)
    traffic.submit(link=0)
    traffic.submit(link=1)
    fold = traffic.fold()
    assert rows(fold, "messages", "outcome") == ["sent", "sent"]
    traffic.close(link=1)
    fold.refresh()
    assert rows(fold, "messages", "outcome") == ["sent", "unanswered"]
    traffic.log.finish()
    fold.refresh()
    assert rows(fold, "messages", "outcome") == ["unanswered", "unanswered"]


def test_generic_nack_refuses_whatever_its_status():
    traffic = Traffic()
    for status in (0x03, 0x58, 0):
        traffic.back(pdu(NACK, traffic.submit(), status=status))
    traffic.out(pdu(ENQUIRE, traffic.next()))
    traffic.back(pdu(NACK, traffic.sequence, status=3))  # of the enquire_link: no part
    assert rows(traffic.fold(), "parts", "outcome", "command_status") == [("refused", s) for s in (3, 0x58, 0)]


def test_responses_in_any_order_reach_their_requests():
    random.seed(7)
    traffic = Traffic()
    sequences = [traffic.submit(f"3247{number:07d}") for number in range(200)]
    for sequence in random.sample(sequences, len(sequences)):
        traffic.answer(sequence, f"id{sequence}")
    found = rows(traffic.fold(), "parts", "sequence_number", "message_id", "outcome")
    assert found == [(sequence, f"id{sequence}", "accepted") for sequence in sequences]


def test_the_same_number_on_other_links_and_in_the_other_direction():
    traffic = Traffic(links=2)
    for link in (0, 1):
        traffic.sequence = 100
        traffic.submit(link=link)
    traffic.sequence = 100
    traffic.deliver("32471", b"mo")
    traffic.answer(101, "on link 1", link=1)
    traffic.out(pdu(0x80000005, 101, b"\0"))  # deliver_sm_resp: answers the deliver_sm, not the submit_sm
    assert rows(traffic.fold(), "parts", "link", "message_id") == [(0, None), (1, "on link 1")]


def test_duplicate_and_stray_responses_are_counted_and_change_nothing():
    traffic = Traffic()
    sequence = traffic.submit(id="first")
    traffic.answer(sequence, "second")
    traffic.answer(sequence, "", status=8)
    traffic.answer(4711, "of nobody")
    fold = traffic.fold()
    assert rows(fold, "parts", "outcome", "message_id") == [("accepted", "first")]
    assert (fold.counts["duplicate_responses"], fold.counts["stray_responses"]) == (2, 1)


def test_response_of_another_command_answers_nothing():
    traffic = Traffic()
    sequence = traffic.submit()
    traffic.back(pdu(DATA_RESP, sequence, cstring("x")))
    assert outcomes(traffic) == ["unanswered"]


def test_late_response_is_matched_and_marked():
    traffic = Traffic()
    sequence = traffic.submit()
    traffic.now += 61 * SECOND
    traffic.answer(sequence, "late")
    fold = traffic.fold()
    assert rows(fold, "parts", "outcome", "late") == [("accepted", True)]
    assert fold.counts["late_responses"] == 1
    assert rows(traffic.fold(response_time=120.0), "parts", "late") == [False]


def test_a_reused_number_goes_to_the_oldest_open_request():
    traffic = Traffic()
    for _ in range(2):
        traffic.sequence = 10
        traffic.submit()
    traffic.answer(11, "one")
    traffic.answer(11, "two")
    assert rows(traffic.fold(), "parts", "message_id", "late") == [("one", True), ("two", False)]


def test_a_number_reused_after_the_response_time_leaves_the_old_request_unanswered():
    traffic = Traffic()
    traffic.sequence = 10
    traffic.submit()
    traffic.now += 100 * SECOND
    traffic.sequence = 10
    traffic.submit()
    traffic.answer(11, "of the second")
    found = rows(traffic.fold(), "parts", "outcome", "message_id", "late")
    assert found == [("unanswered", None, False), ("accepted", "of the second", False)]


def test_numbers_wrap_and_repeat_for_ever():
    traffic = Traffic()
    for round_ in range(3):
        for sequence in (0x7FFFFFFE, 0x7FFFFFFF, 1, 2, 0xFFFFFFFF):
            traffic.sequence = sequence - 1
            traffic.submit(id=f"{round_}-{sequence}")
    expected = [f"{r}-{s}" for r in range(3) for s in (0x7FFFFFFE, 0x7FFFFFFF, 1, 2, 0xFFFFFFFF)]
    assert rows(traffic.fold(), "parts", "message_id") == expected


def test_a_response_before_its_request_as_swapped_packets_show_it():
    traffic = Traffic()
    sequence = traffic.next()
    traffic.answer(sequence, "early")
    traffic.sequence -= 1
    traffic.submit()
    fold = traffic.fold()
    assert rows(fold, "messages", "outcome", "message_id", "response_time") == [("accepted", "early", None)]
    assert fold.counts["stray_responses"] == 0


def test_an_old_answer_to_nothing_is_not_kept_for_later():
    traffic = Traffic()
    traffic.answer(50, "forged")
    traffic.now += 2 * SECOND
    traffic.sequence = 49
    traffic.submit()
    assert outcomes(traffic) == ["unanswered"]


def test_submit_multi_makes_a_message_for_each_destination():
    traffic = Traffic()
    numbers = [b"\x01\x01\x01" + cstring(number) for number in ("32471000001", "32471000002")]
    entries = b"".join(numbers) + b"\x02" + cstring("friends")
    body = b"\0\0\0" + cstring("INFO") + b"\x03" + entries + b"\0\0\0" + b"\0\0" + b"\x01\0\0\0\x02hi"
    traffic.out(pdu(MULTI, traffic.next(), body))
    failures = b"\x01" + b"\x01\x01" + cstring("+32471000002") + (11).to_bytes(4, "big")
    traffic.back(pdu(MULTI_RESP, traffic.sequence, cstring("m1") + failures))
    traffic.submit(id="after")
    traffic.receipt("m1", "32471000001")
    traffic.receipt("m1", "32471000002")
    fold = traffic.fold()
    found = rows(fold, "messages", "msg_id", "destination", "outcome", "command_status", "message_id", "text", "state")
    assert found == [
        (1, "32471000001", "accepted", 0, "m1", "hi", "DELIVERED"),
        (2, "32471000002", "refused", 11, None, "hi", None),
        (3, "friends", "accepted", 0, "m1", "hi", None),
        (4, "32471000001", "accepted", 0, "after", "hi", None),
    ]
    assert rows(fold, "receipts", "msg_id", "matched_by") == [(1, "exact"), (None, "")]


def test_data_sm_of_the_esme_is_a_part():
    traffic = Traffic()
    traffic.out(data_sm(traffic.next(), "INFO", "32471000001", tlv(0x0424, b"whole text")))
    traffic.back(pdu(DATA_RESP, traffic.sequence, cstring("d1")))
    found = rows(traffic.fold(), "messages", "text", "parts", "message_id", "outcome")
    assert found == [("whole text", 1, "d1", "accepted")]


def test_records_without_direction_and_time():
    log = MemoryLog(complete=True)
    traffic = Traffic(bound="")
    sequence = traffic.submit()
    traffic.answer(sequence, "x1")
    traffic.answer(sequence, "x2")
    traffic.receipt("x1")
    for segment in traffic.log.segments():
        for row in range(len(segment)):
            log.append(segment.octets(row))
    fold = Fold(log)
    found = rows(fold, "messages", "outcome", "message_id", "state", "time_sent")
    assert found == [("accepted", "x1", "DELIVERED", None)]
    assert fold.counts["duplicate_responses"] == 1


BROKEN = [b"", b"\0\0", b"\0\0\0\x10\0\0\0\x04", pdu(4, 9, b"\xff" * 3), pdu(0x33, 1), pdu(5, 3)]


@pytest.mark.parametrize("octets", BROKEN)
def test_broken_records_are_taken_as_they_are(octets: bytes):
    traffic = Traffic()
    traffic.out(octets)
    traffic.back(octets)
    traffic.submit(id="a")
    fold = traffic.fold()
    for name in ("messages", "parts", "receipts", "inbox", "events"):
        widths = {column.rows for column in fold.table(name).values()}
        assert len(widths) == 1
    assert rows(fold, "parts", "outcome")[-1] == "accepted"


def cuts_of(traffic: Traffic, size: int) -> MemoryLog:
    """The same log in segments of ``size`` records."""
    log = MemoryLog(complete=True)
    for link in traffic.log.links:
        log.add_link(link)
    for segment in traffic.log.segments():
        for start in range(0, len(segment), size):
            some = slice(start, start + size)
            columns = (segment.offset, segment.length, segment.time, segment.direction, segment.link)
            log.extend(Segment(segment.buffer, *(column[some] for column in columns)))
    return log


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_the_cut_of_the_log_changes_nothing(size: int):
    traffic = mixed_traffic(11)
    whole, cut = traffic.fold(), Fold(cuts_of(traffic, size))
    for name in ("messages", "parts", "receipts", "inbox"):
        for column in whole.table(name):
            assert whole.table(name)[column].to_list() == cut.table(name)[column].to_list(), (name, column)
    assert whole.counts == cut.counts
    assert whole.dialects == cut.dialects


def test_reading_while_the_log_grows_gives_the_same_as_reading_once():
    traffic = mixed_traffic(12)
    log = MemoryLog()
    for link in traffic.log.links:
        log.add_link(link)
    fold = Fold(log)
    for segment in traffic.log.segments():
        for row in range(len(segment)):
            log.append(segment.octets(row), int(segment.time[row]), int(segment.direction[row]), int(segment.link[row]))
            if row % 5 == 0:
                fold.refresh()
            if row % 17 == 0:
                fold.table("messages")
    log.finish()
    fold.refresh()
    once = traffic.fold()
    for name in ("messages", "parts", "receipts", "inbox"):
        assert rows(fold, name, *fold.table(name)) == rows(once, name, *once.table(name))


def test_a_flood_of_one_number_stays_linear():
    traffic = Traffic()
    for _ in range(3000):
        traffic.sequence = 10
        traffic.submit()
    for _ in range(3000):
        traffic.back(pdu(SUBMIT_RESP, 11, cstring("x")))
    assert outcomes(traffic).count("accepted") == 3000


def test_a_message_asks_for_what_its_first_asking_part_asks_for() -> None:
    traffic = Traffic()
    for number, registered in ((1, 0), (2, 0x11), (3, 1)):
        traffic.submit(data=header(9, 3, number) + b"hi", esm_class=UDHI, registered=registered)
    traffic.submit(registered=0x10)
    traffic.out(pdu(SUBMIT, traffic.next(), b"\0\0"))
    assert rows(traffic.fold(), "messages", "parts", "registered_delivery") == [(3, 0x11), (1, 0x10), (1, None)]


def test_a_part_that_asked_for_no_receipt_does_not_hold_its_message_back() -> None:
    """Kannel asks for a receipt of the first part only."""
    traffic = Traffic()
    for number, registered in ((1, 1), (2, 0), (3, 0)):
        traffic.submit(data=header(9, 3, number) + b"hi", esm_class=UDHI, registered=registered, id=f"{number}0")
    assert rows(traffic.fold(), "messages", "state", "final") == [(None, False)]
    traffic.receipt("10")
    assert rows(traffic.fold(), "messages", "state", "final") == [("DELIVERED", True)]
    traffic.receipt("30", stat="EXPIRED")
    assert rows(traffic.fold(), "messages", "state", "final") == [("EXPIRED", True)]


def test_parts_that_all_asked_wait_for_each_other() -> None:
    traffic = Traffic()
    for number in (1, 2):
        traffic.submit(data=header(9, 2, number) + b"hi", esm_class=UDHI, id=f"{number}0")
    traffic.receipt("10")
    assert rows(traffic.fold(), "messages", "final") == [False]
    traffic.receipt("20")
    assert rows(traffic.fold(), "messages", "state", "final") == [("DELIVERED", True)]
