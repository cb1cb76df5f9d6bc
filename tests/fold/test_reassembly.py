"""Long messages, out and in: joined in any order, copies, references used again, parts that are missing."""

import itertools

import pytest

from smppkit.fold import Fold
from smppkit.fold.reassembly import MOST_GROUPS, Joiner
from smppkit.journal.memory import MemoryLog
from tests.fold.fold_traffic import RECEIPT, SECOND, UDHI, Traffic, header, receipt_text, rows, tlv

HOUR = 3600 * SECOND


def long_parts(text: bytes, reference: int = 7, width: int = 8, size: int = 4) -> list[bytes]:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return [header(reference, len(pieces), number, width) + piece for number, piece in enumerate(pieces, 1)]


@pytest.mark.parametrize("order", [*itertools.permutations(range(5))][::7])
def test_every_order_of_five_parts_makes_one_message(order: tuple[int, ...]):
    traffic = Traffic(links=2)
    parts = long_parts(b"0123456789abcdefghi!")
    for place in order:
        traffic.submit(data=parts[place], esm_class=UDHI, id=f"i{place}")
        traffic.deliver("491", parts[place], link=place % 2, esm_class=UDHI)
    fold = traffic.fold()
    found = rows(fold, "messages", "text", "parts", "message_id", "outcome", "attempts", "possible_duplicate")
    assert found == [("0123456789abcdefghi!", 5, "i0", "accepted", 1, False)]
    assert rows(fold, "parts", "part") == [place + 1 for place in order]
    assert rows(fold, "inbox", "text", "parts", "parts_seen", "complete") == [("0123456789abcdefghi!", 5, 5, True)]


@pytest.mark.parametrize("width", [8, 16])
def test_both_widths_and_sar_are_messages_of_their_own(width: int):
    traffic = Traffic()
    for data in long_parts(b"one two ", width=width):
        traffic.deliver("491", data, esm_class=UDHI)
    for number, piece in enumerate((b"sar ", b"text"), 1):
        sar = tlv(0x020C, b"\0\x07") + tlv(0x020E, b"\x02") + tlv(0x020F, bytes([number]))
        traffic.deliver("491", piece, tlvs=sar)
        traffic.submit(data=piece, tlvs=sar)
    fold = traffic.fold()
    assert rows(fold, "inbox", "text", "complete") == [("one two ", True), ("sar text", True)]
    assert rows(fold, "messages", "text", "parts") == [("sar text", 2)]


def test_copies_of_inbound_parts_count_once_the_first_wins():
    traffic = Traffic()
    first, second = long_parts(b"abcdefgh")
    for data in (second, first, first, second, first):
        traffic.deliver("491", data, esm_class=UDHI)
    fold = traffic.fold()
    assert rows(fold, "inbox", "text", "parts_seen", "complete") == [("abcdefgh", 2, True)]
    assert fold.counts["copies_of_parts"] == 3


def test_other_content_under_the_reference_is_another_message():
    traffic = Traffic()
    for data in (*long_parts(b"abcdefgh"), *long_parts(b"ABCDEFGH")):
        traffic.deliver("491", data, esm_class=UDHI)
    assert rows(traffic.fold(), "inbox", "text") == ["abcdefgh", "ABCDEFGH"]


def test_the_same_content_after_the_lifetime_is_another_message():
    traffic = Traffic()
    for _ in range(2):
        for data in long_parts(b"abcdefgh"):
            traffic.deliver("491", data, esm_class=UDHI)
        traffic.now += HOUR + SECOND
    assert rows(traffic.fold(), "inbox", "text", "complete") == [("abcdefgh", True)] * 2
    assert rows(traffic.fold(reference_lifetime=7300.0), "inbox", "text") == ["abcdefgh"]


def test_missing_parts_leave_the_rest_visible():
    traffic = Traffic()
    parts = long_parts(b"aaaabbbbccccdddd")
    for place in (3, 1):
        traffic.deliver("491", parts[place], esm_class=UDHI)
        traffic.submit(data=parts[place], esm_class=UDHI, id=f"i{place}")
    traffic.receipt("i1")
    traffic.receipt("i3")
    fold = traffic.fold()
    found = rows(fold, "inbox", "text", "parts", "parts_seen", "complete")
    assert found == [("bbbbdddd", 4, 2, False)]
    assert rows(fold, "messages", "text", "parts", "state", "final") == [("bbbbdddd", 4, "DELIVERED", True)]


def test_the_raw_column_holds_the_pdus_in_the_order_of_their_parts():
    traffic = Traffic()
    parts = long_parts(b"aaaabbbb")
    for data in (parts[1], parts[0]):
        traffic.deliver("491", data, esm_class=UDHI)
    traffic.deliver("492", b"single")
    traffic.receipt("x")
    octets = [segment.octets(row) for segment in traffic.log.segments() for row in range(len(segment))]
    fold = traffic.fold()
    assert rows(fold, "inbox", "raw") == [octets[-3] + octets[-4], octets[-2]]
    assert rows(fold, "receipts", "raw") == [octets[-1]]


def test_a_character_cut_between_parts_is_whole_again():
    text = "ab😀cd😀ef"
    units = text.encode("utf-16-be")
    pieces = [units[:6], units[6:14], units[14:]]
    traffic = Traffic()
    for number in (3, 1, 2):
        data = header(9, 3, number) + pieces[number - 1]
        traffic.deliver("491", data, esm_class=UDHI, coding=8)
        traffic.submit(data=data, esm_class=UDHI, coding=8)
    traffic.deliver("491", b"next")
    traffic.deliver("491", header(10, 2, 1) + pieces[0], esm_class=UDHI, coding=8)
    fold = traffic.fold()
    assert rows(fold, "messages", "text") == [text]
    assert rows(fold, "inbox", "text") == [text, "next", "ab\ufffd"]


def test_binary_parts_are_told_apart_by_their_octets():
    traffic = Traffic()
    for round_ in (1, 2):
        for number in (1, 2):
            data = header(1, 2, number) + bytes([round_, number, 200])
            traffic.deliver("491", data, esm_class=UDHI, coding=4)
    assert rows(traffic.fold(), "inbox", "text", "complete") == [(None, True), (None, True)]


def test_a_refused_part_sent_again_is_an_attempt_of_the_same_message():
    traffic = Traffic()
    first, second = long_parts(b"abcdefgh")
    traffic.submit(data=first, esm_class=UDHI, id="i1")
    traffic.answer(traffic.submit(data=second, esm_class=UDHI), status=0x58)
    traffic.answer(traffic.submit(data=second, esm_class=UDHI), status=0x58)
    traffic.submit(data=second, esm_class=UDHI, id="i2")
    traffic.receipt("i1")
    traffic.receipt("i2")
    fold = traffic.fold()
    found = rows(fold, "messages", "text", "outcome", "command_status", "attempts", "possible_duplicate", "state")
    assert found == [("abcdefgh", "accepted", 0, 3, False, "DELIVERED")]
    assert rows(fold, "parts", "part", "attempt", "outcome") == [
        (1, 1, "accepted"),
        (2, 1, "refused"),
        (2, 2, "refused"),
        (2, 3, "accepted"),
    ]


def test_a_part_sent_twice_without_an_answer_may_be_a_duplicate():
    traffic = Traffic()
    first, second = long_parts(b"abcdefgh")
    traffic.submit(data=first, esm_class=UDHI)
    traffic.submit(data=first, esm_class=UDHI, id="i1")
    traffic.submit(data=second, esm_class=UDHI, id="i2")
    found = rows(traffic.fold(), "messages", "text", "outcome", "attempts", "possible_duplicate")
    assert found == [("abcdefgh", "accepted", 2, True)]


def test_a_program_with_one_reference_for_ever_sends_many_messages():
    traffic = Traffic()
    for _ in range(3):
        for data in long_parts(b"abcdefgh"):
            traffic.submit(data=data, esm_class=UDHI, id=f"i{traffic.sequence}")
    assert rows(traffic.fold(), "messages", "text", "attempts") == [("abcdefgh", 1)] * 3


def test_outcome_of_a_long_message_is_that_of_its_worst_part():
    for statuses, expected in (((0, 0x58), "refused"), ((0, None), "unanswered"), ((0x58, None), "refused")):
        traffic = Traffic()
        for data, status in zip(long_parts(b"abcdefgh"), statuses, strict=True):
            sequence = traffic.submit(data=data, esm_class=UDHI)
            if status is not None:
                traffic.answer(sequence, f"i{sequence}", status=status)
        assert rows(traffic.fold(), "messages", "outcome") == [expected]


def test_a_header_that_says_one_of_one_is_a_message():
    traffic = Traffic()
    for _ in range(2):
        traffic.deliver("491", header(1, 1, 1) + b"whole", esm_class=UDHI)
    assert rows(traffic.fold(), "inbox", "text", "parts", "complete") == [("whole", 1, True)] * 2


def test_parts_of_other_accounts_and_other_addresses_stay_apart():
    traffic = Traffic()
    parts = long_parts(b"abcdefgh")
    traffic.deliver("491", parts[0], esm_class=UDHI)
    traffic.deliver("492", parts[1], esm_class=UDHI)
    traffic.deliver("491", parts[1], esm_class=UDHI, destination="OTHER")
    assert rows(traffic.fold(), "inbox", "text", "complete") == [("abcd", False), ("efgh", False), ("efgh", False)]


def test_receipts_are_no_messages_and_messages_no_receipts():
    traffic = Traffic()
    traffic.deliver("491", receipt_text("4711"))  # without esm_class: by its shape
    traffic.deliver("491", b"call id: 7 please")
    traffic.deliver("491", receipt_text("4711"), esm_class=0x08)  # the words of a person
    traffic.deliver("491", b"", esm_class=RECEIPT, tlvs=tlv(0x001E, b"4711\0") + tlv(0x0427, b"\x02"))
    fold = traffic.fold()
    assert rows(fold, "receipts", "receipt_id", "message_state") == [("4711", "DELIVERED")] * 2
    assert len(rows(fold, "inbox", "text")) == 2


def test_a_flood_of_first_parts_is_forgotten_in_bounded_room():
    joiner = Joiner(HOUR)
    for row in range(MOST_GROUPS + 1000):
        joiner.place(row, (row,), 1, 2, 0, 0)
    assert joiner.place(-1, (0,), 2, 2, 0, 1).first == -1  # forgotten: a message of its own
    newest = MOST_GROUPS + 999
    assert joiner.place(-2, (newest,), 2, 2, 0, 1).first == newest


def pump_parts(*endings: bytes, reference: int = 1) -> list[bytes]:
    return [header(reference, 2, 1) + b"Pump 4 alarm: ", *(header(reference, 2, 2) + ending for ending in endings)]


HIGH, LOW = b"level HIGH", b"level LOW"


@pytest.mark.parametrize(
    ("order", "texts", "copies"),
    [
        ("1H 1L", ["HIGH", "LOW"], 0),
        ("H1 1L", ["HIGH", "LOW"], 0),
        ("H1 L1", ["HIGH", "LOW"], 0),
        ("1H 11L", ["HIGH", "LOW"], 1),  # the first of the two copies may belong to either
        ("1H 1H 1L", ["HIGH", "LOW"], 2),
        ("1H 1H L1", ["HIGH", "LOW"], 2),
        ("1H H L1 1", ["HIGH", "LOW"], 2),
        ("1H 1L 1H", ["HIGH", "LOW", "HIGH"], 0),
        ("1H 1", ["HIGH"], 1),
    ],
)
def test_a_first_part_that_is_repeated_under_one_reference_begins_the_next_message(
    order: str, texts: list[str], copies: int
):
    first, high, low = pump_parts(HIGH, LOW)
    traffic = Traffic()
    for name in order:
        if name == " ":
            traffic.now += 60 * SECOND
        else:
            traffic.deliver("491", {"1": first, "H": high, "L": low}[name], esm_class=UDHI)
    for fold in (traffic.fold(), folded_one_by_one(traffic)):
        assert rows(fold, "inbox", "text", "complete") == [(f"Pump 4 alarm: level {text}", True) for text in texts]
        assert fold.counts["copies_of_parts"] == copies


def folded_one_by_one(traffic: Traffic) -> Fold:
    """The fold of a log that was looked at after every record."""
    log = MemoryLog()
    fold = Fold(log)
    for link in traffic.log.links:
        log.add_link(link)
    for segment in traffic.log.segments():
        for row in range(len(segment)):
            log.append(segment.octets(row), segment.time[row], segment.direction[row], segment.link[row])
            fold.refresh()
    return fold


def test_a_copy_moved_in_error_goes_back():
    first, high, low = pump_parts(HIGH, LOW)
    other = header(1, 2, 1) + b"Valve 9 shut: "
    traffic = Traffic()
    for data in (
        first,
        high,
        first,
        low,
        other,
    ):  # the copy of the first part was one; the new message came turned round
        traffic.deliver("491", data, esm_class=UDHI)
    for fold in (traffic.fold(), folded_one_by_one(traffic)):
        assert rows(fold, "inbox", "text", "parts_seen") == [
            ("Pump 4 alarm: level HIGH", 2),
            ("Valve 9 shut: level LOW", 2),
        ]
        assert fold.counts["copies_of_parts"] == 1


def test_copies_of_several_parts_move_together():
    traffic = Traffic()
    one, other = long_parts(b"aaaabbbbcccc"), long_parts(b"aaaabbbbdddd")
    for data in (*one, one[1], *other):
        traffic.deliver("491", data, esm_class=UDHI)
    assert rows(traffic.fold(), "inbox", "text", "complete") == [("aaaabbbbcccc", True), ("aaaabbbbdddd", True)]
