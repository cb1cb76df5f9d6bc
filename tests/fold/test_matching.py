"""Receipts find their messages under every dialect, and never another message, whatever a message centre does."""

import itertools
import random
import uuid
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.fold import Column, match_columns, transform
from smppkit.fold.matching import OLDEST, Matching
from tests.fold.fold_traffic import DAY, SECOND, START, Traffic, rows, tlv

# What the n-th message is called in the response, what in the receipt, and by which transform they are the same.
Dialect = tuple[Callable[[int], str], Callable[[int], str], str]


def uuid_of(number: int) -> str:
    return str(uuid.UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128))


def base62(number: int) -> str:
    """A counter: ids that differ in case alone are frequent."""
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "x" + "".join(alphabet[number // 62**place % 62] for place in (2, 1, 0))


DIALECTS: dict[str, Dialect] = {
    "decimal": (lambda n: f"{n}", lambda n: f"{n}", "exact"),
    "decimal, 10 digits": (lambda n: f"{n:010}", lambda n: f"{n:010}", "exact"),
    "decimal, 18 digits": (lambda n: f"{n + 10**17}", lambda n: f"{n + 10**17}", "exact"),
    "hexadecimal": (lambda n: f"{n:x}", lambda n: f"{n:x}", "exact"),
    "hexadecimal, 8 digits, capitals": (lambda n: f"{n:08X}", lambda n: f"{n:08X}", "exact"),
    "uuid": (uuid_of, uuid_of, "exact"),
    "letters": (base62, base62, "exact"),
    "dots and slashes": (lambda n: f"a.{n}/7_b", lambda n: f"a.{n}/7_b", "exact"),
    "small to capitals": (lambda n: f"a{n:07x}", lambda n: f"A{n:07X}", "case"),
    "capitals to small": (lambda n: f"{n * 65537 + 10**9:X}", lambda n: f"{n * 65537 + 10**9:x}", "case"),
    "uuid to capitals": (uuid_of, lambda n: uuid_of(n).upper(), "case"),
    "decimal to 10 digits": (lambda n: f"{n}", lambda n: f"{n:010}", "padding"),
    "10 digits to decimal": (lambda n: f"{n:010}", lambda n: f"{n}", "padding"),
    "8 hexadecimal digits to as many as needed": (lambda n: f"{n:08x}", lambda n: f"{n:x}", "padding"),
    "hexadecimal to 8 digits and capitals": (lambda n: f"{n:x}", lambda n: f"{n:08X}", "padding"),
    "with 0x and without": (lambda n: f"0x{n:x}", lambda n: f"{n:x}", "padding"),
    "uuid without dashes": (uuid_of, lambda n: uuid_of(n).replace("-", ""), "dashes"),
    "uuid with dashes again": (lambda n: uuid_of(n).replace("-", ""), uuid_of, "dashes"),
    "uuid without dashes, in capitals": (uuid_of, lambda n: uuid_of(n).replace("-", "").upper(), "dashes"),
    "hexadecimal to decimal": (lambda n: f"{n:x}", lambda n: f"{n}", "hex_to_decimal"),
    "8 capitals to 10 decimal digits": (lambda n: f"{n:08X}", lambda n: f"{n:010}", "hex_to_decimal"),
    "with 0x to decimal": (lambda n: f"0x{n:x}", lambda n: f"{n}", "hex_to_decimal"),
    "uuid to decimal": (uuid_of, lambda n: str(uuid.UUID(uuid_of(n)).int), "hex_to_decimal"),
    "decimal to hexadecimal": (lambda n: f"{n}", lambda n: f"{n:x}", "decimal_to_hex"),
    "10 decimal digits to 8 capitals": (lambda n: f"{n:010}", lambda n: f"{n:08X}", "decimal_to_hex"),
    "18 decimal digits to hexadecimal": (lambda n: f"{n + 10**17}", lambda n: f"{n + 10**17:x}", "decimal_to_hex"),
}


class Campaign:
    """Messages numbered from 1 to some destinations, one receipt each, in random order."""

    def __init__(self, dialect: str, count: int, destinations: int, seed: int) -> None:
        chance = random.Random(seed)
        given, named, _ = DIALECTS[dialect]
        self.ids: list[str | None] = [given(number) for number in range(1, count + 1)]
        self.to = [f"32471{chance.randrange(destinations):06}" for _ in range(count)]
        self.sent = START + np.arange(count) * SECOND
        self.truth = np.array(chance.sample(range(count), count))
        self.receipt_ids = [named(int(number) + 1) for number in self.truth]
        self.receipt_to = [f"+{self.to[number]}" for number in self.truth]
        self.received = self.sent[self.truth] + chance.randrange(1, 90) * SECOND

    def match(self) -> Matching:
        return match_columns(self.ids, self.to, self.sent, self.receipt_ids, self.receipt_to, self.received)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("destinations", [3, 1_000_000])
def test_every_dialect_is_matched_and_learned(dialect: str, destinations: int):
    campaign = Campaign(dialect, 3000, destinations, seed=5)
    found = campaign.match()
    matched = found.index >= 0
    assert (found.index[matched] == campaign.truth[matched]).all()
    assert matched.mean() >= 0.9999
    (learned,) = found.dialects
    assert (learned.name, learned.learned, learned.against) == (DIALECTS[dialect][2], True, 0)
    assert learned.supporting > 2900


def test_there_are_at_least_24_dialects():
    assert len(DIALECTS) >= 24


@pytest.mark.parametrize("dialect", ["decimal", "hexadecimal to decimal", "decimal to hexadecimal", "hexadecimal"])
def test_messages_whose_response_is_lost_give_their_receipts_to_nobody(dialect: str):
    campaign = Campaign(dialect, 3000, 3, seed=6)
    lost = set(random.Random(1).sample(range(3000), 300))
    campaign.ids = [None if number in lost else id for number, id in enumerate(campaign.ids)]
    found = campaign.match()
    matched = found.index >= 0
    assert (found.index[matched] == campaign.truth[matched]).all()
    assert matched.sum() == 2700
    assert not np.isin(campaign.truth[matched], list(lost)).any()


@pytest.mark.parametrize("dialect", ["decimal", "hexadecimal to decimal", "decimal to hexadecimal", "uuid"])
def test_forged_receipts_for_other_destinations_match_nothing(dialect: str):
    campaign = Campaign(dialect, 2000, 40, seed=8)
    honest = len(campaign.receipt_ids)
    chance = random.Random(9)
    for place in chance.sample(range(honest), 150):
        other = chance.choice([to for to in campaign.to[:50] if f"+{to}" != campaign.receipt_to[place]])
        campaign.receipt_ids.append(campaign.receipt_ids[place])
        campaign.receipt_to.append(other)
    campaign.received = np.append(campaign.received, np.full(150, campaign.received.max()))
    found = campaign.match()
    assert (found.index[honest:] == -1).all()
    assert (found.index[:honest] == campaign.truth).all()


@pytest.mark.parametrize(("id", "receipt"), [("100", "256"), ("256", "100"), ("1e240", "123456"), ("123456", "1e240")])
def test_twins_of_two_radices_to_one_destination_are_listed_while_nothing_is_learned(id: str, receipt: str):
    """The id of one message is, in the other radix, that of another."""
    same = ["32471000001"] * 2
    found = match_columns([id, receipt], same, None, [receipt], same[:1], None)
    assert found.matched_by.to_list() == ["ambiguous"]
    assert found.candidates.tolist() == [2]
    apart = match_columns([id, receipt], ["32471000001", "32471000002"], None, [receipt], ["32471000001"], None)
    assert (apart.index.tolist(), apart.matched_by.to_list()[0]) == ([0], transform(id, receipt))


@pytest.mark.parametrize(("dialect", "meant"), [("hexadecimal to decimal", 0), ("decimal", 1)])
def test_a_learned_transform_decides_between_twins(dialect: str, meant: int):
    campaign = Campaign(dialect, 20, 1_000_000, seed=10)
    given = ["1e240", "123456"]
    found = match_columns(
        [*(f"{int(id, 16) + 5000:x}" if meant == 0 else f"{int(id) + 5000}" for id in campaign.ids if id), *given],
        [*campaign.to, "111", "111"],
        None,
        [*(f"{int(id) + 5000}" for id in campaign.receipt_ids), "123456"],
        [*campaign.receipt_to, "111"],
        None,
    )
    assert found.index[-1] == 20 + meant
    assert found.dialects[0].learned


def test_a_transform_is_given_up_when_it_is_contradicted():
    def found(contradictions: int) -> Matching:
        ids = [f"{number:x}" for number in range(5000, 5100)]
        receipts = [str(int(id, 16)) if place >= contradictions else id for place, id in enumerate(ids)]
        to = [f"3247{place:07}" for place in range(100)]
        twins, both = ["1e240", "123456"], ["111", "111"]
        return match_columns([*ids, *twins], [*to, *both], None, [*receipts, "123456"], [*to, "111"], None)

    assert (found(0).index[-1], found(5).index[-1]) == (100, 100)
    assert found(5).dialects[0][1:5] == ("hex_to_decimal", True, 96, 5)
    assert (found(5).index[:5] == -1).all()
    assert found(5).matched_by.to_list()[:6] == ["ambiguous"] * 5 + ["hex_to_decimal"]
    given_up = found(40)
    assert given_up.dialects[0].learned is False
    assert given_up.matched_by.to_list()[-1] == "ambiguous"
    assert (given_up.index[:100] == np.arange(100)).all()  # nobody else could be meant
    assert set(given_up.matched_by.to_list()[:100]) == {"exact", "hex_to_decimal"}


def test_a_receipt_that_is_repeated_does_not_become_truer():
    ids = [f"{number:x}" for number in range(5000, 5050)]
    to = [f"3247{place:07}" for place in range(50)]
    receipts, receipts_to = [str(int(id, 16)) for id in ids] + [ids[7]] * 130, to + [to[7]] * 130
    found = match_columns(ids, to, None, receipts, receipts_to, None)
    assert found.dialects[0][1:5] == ("hex_to_decimal", True, 50, 1)
    assert (found.index[:50] == np.arange(50)).all()
    assert (found.index[50:] == -1).all()


def test_a_message_claimed_in_two_radices_keeps_neither_claim():
    found = match_columns(["100"], ["111"], None, ["100", "256"], ["111", "111"], None)
    assert found.matched_by.to_list() == ["ambiguous", "ambiguous"]


def test_a_receipt_is_never_older_than_its_message():
    times = np.array([START + 10])
    for received, expected in ((START + 9, -1), (START + 10, 0)):
        found = match_columns(["a1"], ["111"], times, ["a1"], ["111"], np.array([received]))
        assert found.index.tolist() == [expected]


def test_times_cut_to_seconds_still_order():
    sent = np.array([START + 700_000_000])
    assert match_columns(["a1"], ["1"], sent, ["a1"], ["1"], np.array([START])).index.tolist() == [0]
    assert match_columns(["a1"], ["1"], sent + SECOND, ["a1"], ["1"], np.array([START])).index.tolist() == [-1]


def test_ids_used_again_after_months_belong_to_the_recent_message():
    sent = np.array([START, START + OLDEST + DAY])
    found = match_columns(["77a", "77a"], ["1", "1"], sent, ["77a"] * 2, ["1"] * 2, sent + SECOND)
    assert found.index.tolist() == [0, 1]


def test_ids_used_again_within_days_are_listed_unless_a_submit_date_tells():
    sent = np.array([START, START + 2 * DAY])
    received = np.full(3, START + 3 * DAY)
    dates = np.array([START, START + 2 * DAY + 14 * 3600 * SECOND, np.iinfo(np.int64).min])
    columns = (["77a"] * 2, ["1"] * 2, sent, ["77a"] * 3, ["1"] * 3, received)
    assert match_columns(*columns).matched_by.to_list() == ["ambiguous"] * 3
    assert match_columns(*columns, receipt_submit_dates=dates).index.tolist() == [0, 1, -1]


def test_an_id_that_everybody_has_is_given_up_in_linear_time():
    count = 60_000
    to = ["32471000001"] * count
    found = match_columns(["1"] * count, to, None, ["1"] * count, to, None)
    assert (found.index == -1).all()
    assert set(found.matched_by.to_list()) == {"ambiguous"}


@pytest.mark.parametrize(
    ("to", "source", "same"),
    [
        ("32471000001", "+32471000001", True),
        ("32471000001", "0032471000001", True),
        ("0471000001", "32471000001", True),
        ("471000001", "+32 471 00 00 01", True),
        ("32471000001", "33471000001", False),
        ("32471000001", "32471000002", False),
        ("1234", "991234", False),
        ("INFO", "info", True),
        ("", "", False),
    ],
)
def test_the_destination_must_be_the_same(to: str, source: str, same: bool):
    assert (match_columns(["a1"], [to], None, ["a1"], [source], None).index[0] == 0) == same


def test_accounts_do_not_share_ids():
    found = match_columns(["a"], ["1"], None, ["a", "a"], ["1", "1"], None, accounts=["x"], receipt_accounts=["y", "x"])
    assert found.index.tolist() == [-1, 0]
    assert sorted(dialect.account for dialect in found.dialects) == ["x", "y"]


def test_columns_serve_as_well_as_lists_and_nothing_gives_nothing():
    text = Column.of_text(["a", None])
    found = match_columns(text, Column.of_text(["1", "1"]), None, text, Column.of_text(["1", "1"]), None)
    assert found.index.tolist() == [0, -1]
    assert len(match_columns([], [], None, [], [], None).index) == 0


def test_hostile_ids():
    hostile = ["", "\0", "0" * 200, "9" * 64, "9" * 65, "f" * 64, "f" * 65, "-" * 70, "0x", "é", "١٢٣", "x" * 5000]
    to = ["111"] * len(hostile)
    found = match_columns(hostile, to, None, hostile, to, None)
    matched = found.index >= 0
    assert (found.index[matched] == np.flatnonzero(matched)).all()
    assert matched.sum() >= 6


ALIKE = ("1", "01", "10", "16", "22", "a", "A", "0a", "a-", "1a", "1A", "26", "38", "100", "256", "64", "aB", "Ab")
alike = st.sampled_from(ALIKE)

# What ids must be, and what their receipts make of them.
WAYS: list[tuple[Callable[[str], bool], Callable[[str], str]]] = [
    (lambda id: True, lambda id: id),
    (lambda id: True, str.upper),
    (lambda id: True, lambda id: id.lstrip("0") or "0"),
    (lambda id: True, lambda id: id.zfill(6)),
    (lambda id: True, lambda id: id.replace("-", "")),
    (str.isalnum, lambda id: str(int(id, 16))),
    (str.isdecimal, lambda id: f"{int(id):x}"),
]


@settings(max_examples=300)
@given(st.lists(st.tuples(alike, st.sampled_from(["111", "222"])), max_size=14), st.sampled_from(WAYS), st.randoms())
def test_no_wrong_match_among_ids_that_look_alike(
    messages: list[tuple[str, str]],
    dialect: tuple[Callable[[str], bool], Callable[[str], str]],
    chance: random.Random,
):
    """Every message was answered and every receipt is honest: then each match is right, whatever is learned."""
    suits, way = dialect
    ids = [id for id, _ in messages if suits(id)]
    to = [destination for id, destination in messages if suits(id)]
    order = chance.sample(range(len(ids)), len(ids))
    found = match_columns(ids, to, None, [way(ids[row]) for row in order], [to[row] for row in order], None)
    for index, row in zip(found.index.tolist(), order, strict=True):
        assert index in (-1, row)


@given(st.lists(st.tuples(alike, alike, st.sampled_from(["111", "222"])), max_size=10), st.randoms())
def test_the_order_in_which_ids_and_receipts_come_changes_nothing(
    given: list[tuple[str, str, str]], chance: random.Random
):
    def match(rows: list[int]) -> dict[int, tuple[str, int]]:
        ids, receipts, to = ([given[row][place] for row in rows] for place in range(3))
        found = match_columns(ids, to, None, receipts, to, None)
        meant = [rows[index] if index >= 0 else -1 for index in found.index.tolist()]
        return dict(zip(rows, zip(found.matched_by.to_list(), meant, strict=True), strict=True))

    rows = list(range(len(given)))
    assert match(rows) == match(chance.sample(rows, len(rows)))


@given(st.text(max_size=20), st.text(max_size=20))
def test_transform_is_a_relation_of_any_two_texts(one: str, other: str):
    assert transform(one, other) in (None, "exact", "case", "padding", "dashes", "hex_to_decimal", "decimal_to_hex")
    if any(character.isalnum() and character.isascii() for character in one) and len(one.encode()) <= 128:
        assert transform(one, one) == "exact"


# ---- in a log ----


def test_receipts_on_other_links_and_before_the_response():
    traffic = Traffic(links=3)
    sequences = []
    for number in range(12):
        sequences.append(traffic.submit(f"3247100{number:04}", link=number % 3))
        traffic.receipt(str(0xA0 + number), f"3247100{number:04}", link=(number + 1) % 3)
    for number, sequence in enumerate(sequences):
        traffic.answer(sequence, f"{0xA0 + number:x}", link=number % 3)
    fold = traffic.fold()
    assert rows(fold, "receipts", "msg_id", "part", "matched_by") == [(n + 1, 1, "hex_to_decimal") for n in range(12)]
    assert set(rows(fold, "messages", "state")) == {"DELIVERED"}
    (dialect,) = fold.dialects
    assert dialect == ("demo@10.0.0.2:2775", "hex_to_decimal", True, 12, 0, {"hex_to_decimal": 12})


def test_another_account_of_the_same_centre_gets_none_of_our_receipts():
    traffic = Traffic(links=1)
    other = Traffic(links=1, bound="other")
    traffic.submit(id="a1")
    traffic.log.add_link(other.log.links[0]._replace(esme="10.0.0.9:1", name="other"))
    for segment in other.log.segments():
        for row in range(len(segment)):
            traffic.log.append(segment.octets(row), traffic.now, int(segment.direction[row]), 1)
    traffic.receipt("a1", link=1)
    traffic.receipt("a1", link=0)
    assert rows(traffic.fold(), "receipts", "matched_by") == ["", "exact"]


def test_a_link_without_a_bind_belongs_to_the_only_account_of_its_host():
    traffic = Traffic(links=1)
    link = traffic.log.add_link(traffic.log.links[0]._replace(esme="10.0.0.1:50000", name="receiver"))
    traffic.submit(id="a1")
    traffic.receipt("a1", link=link)
    assert rows(traffic.fold(), "receipts", "matched_by") == ["exact"]


def test_parts_of_one_message_with_one_id_share_its_receipts():
    traffic = Traffic()
    for number in (1, 2, 3):
        traffic.submit(data=bytes([5, 0, 3, 1, 3, number]) + b"x", esm_class=0x40, id="same")
    traffic.receipt("same")
    fold = traffic.fold()
    assert rows(fold, "receipts", "msg_id", "part", "matched_by") == [(1, 1, "exact")]
    assert rows(fold, "messages", "state", "final") == [("DELIVERED", True)]


def reference(number: int) -> bytes:
    return tlv(0x0204, number.to_bytes(2, "big"))


def test_user_message_reference_serves_where_ids_do_not():
    traffic = Traffic()
    for number in (1, 2, 3):
        traffic.submit(id=f"hash{number}", tlvs=reference(number))
    traffic.receipt("unlike", tlvs=reference(2))
    traffic.receipt("unlike", "32471000009", tlvs=reference(2))
    fold = traffic.fold()
    assert rows(fold, "receipts", "msg_id", "matched_by") == [(2, "user_message_reference"), (None, "")]
    assert rows(fold, "messages", "state") == [None, "DELIVERED", None]


def test_user_message_reference_is_not_believed_where_it_repeats_or_ids_work():
    traffic = Traffic()
    for number in (1, 2):
        traffic.submit(id=f"hash{number}", tlvs=reference(5))
    traffic.receipt("unlike", tlvs=reference(5))
    assert rows(traffic.fold(), "receipts", "matched_by") == [""]
    working = Traffic()
    working.submit(id="a1", tlvs=reference(1))
    working.submit(id="a2", tlvs=reference(2))
    working.receipt("a1", tlvs=reference(1))
    working.receipt("b7", tlvs=reference(2))  # of a message that is not in the log
    assert rows(working.fold(), "receipts", "matched_by") == ["exact", ""]


def test_receipts_wait_for_their_message_for_ever():
    traffic = Traffic(complete=False)
    sequence = traffic.submit()
    traffic.receipt("later")
    fold = traffic.fold()
    assert rows(fold, "receipts", "matched_by") == [""]
    traffic.now += 20 * DAY
    traffic.answer(sequence, "later")
    fold.refresh()
    assert rows(fold, "receipts", "matched_by") == ["exact"]


def test_every_cut_between_two_reads_gives_the_same_matches():
    for cut in itertools.chain(range(0, 40, 3)):
        traffic = Traffic(complete=False)
        fold = traffic.fold()
        for number in range(20):
            traffic.submit("32471000001", id=f"{number:x}")
            traffic.receipt(str(number))
            if number == cut:
                fold.refresh()
                fold.table("receipts")
        fold.refresh()
        assert rows(fold, "receipts", "msg_id") == rows(traffic.fold(), "receipts", "msg_id")
