"""What the shipped captures come to, each number looked at once by eye against the capture."""

from collections import Counter
from pathlib import Path

import pytest

from smppkit.fold import Fold
from smppkit.journal.pcap import read_capture
from tests.fold.fold_traffic import rows

CAPTURES = Path(__file__).parents[1] / "captures"

# Most clients here ask for a receipt of one part of a long message only; that part then speaks for the message.
# messages, parts, receipts and how they match, complete inbound messages, states
EXPECTED = {
    "coalesced_many_pdus_per_segment": (31, 37, {"exact": 8}, 10, {"DELIVERED": 6, "UNDELIVERABLE": 1, "EXPIRED": 1}),
    "errors_from_node": (1, 1, {}, 0, {}),
    "jsmpp_to_node": (12, 13, {"exact": 5}, 10, {"DELIVERED": 4, "UNDELIVERABLE": 1}),
    "kannel_to_node": (15, 19, {"exact": 14}, 10, {"DELIVERED": 13, "UNDELIVERABLE": 1}),
    "linux_cooked_v1": (31, 37, {"exact": 8}, 10, {"DELIVERED": 7, "UNDELIVERABLE": 1, "EXPIRED": 1}),
    "netsmpp_to_jsmpp_simulator": (31, 37, {"hex_to_decimal": 8}, 1, {"DELIVERED": 8}),
    "outbind": (0, 0, {}, 3, {}),
    "random_small_segments": (31, 37, {"exact": 8}, 10, {"DELIVERED": 7, "UNDELIVERABLE": 1, "EXPIRED": 1}),
    "smpplib_to_node_ipv6": (29, 39, {"exact": 14}, 10, {"DELIVERED": 9, "UNDELIVERABLE": 1, "EXPIRED": 1}),
    "swapped_segments": (31, 37, {"exact": 8}, 10, {"DELIVERED": 7, "UNDELIVERABLE": 1, "EXPIRED": 1}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_capture(name: str):
    fold = Fold(read_capture(CAPTURES / f"{name}.pcap"))
    messages, parts, matched, inbound, states = EXPECTED[name]
    assert len(rows(fold, "messages", "msg_id")) == messages
    assert len(rows(fold, "parts", "msg_id")) == parts
    assert Counter(rows(fold, "receipts", "matched_by")) == matched
    assert rows(fold, "inbox", "complete").count(True) == inbound
    assert Counter(state for state in rows(fold, "messages", "state") if state) == states
    assert set(rows(fold, "messages", "outcome")) <= {"accepted", "refused"}
    assert fold.counts["duplicate_responses"] == 0


def test_swapped_segments_change_only_times():
    one, other = (Fold(read_capture(CAPTURES / f"{name}.pcap")) for name in ("linux_cooked_v1", "swapped_segments"))
    names = ("msg_id", "sender", "destination", "text", "parts", "outcome", "command_status", "message_id", "state")
    assert rows(one, "messages", *names) == rows(other, "messages", *names)


def test_the_simulator_with_two_radices_says_so():
    fold = Fold(read_capture(CAPTURES / "netsmpp_to_jsmpp_simulator.pcap"))
    (dialect,) = fold.dialects
    assert (dialect.name, dialect.learned, dialect.supporting, dialect.against) == ("hex_to_decimal", True, 8, 0)
