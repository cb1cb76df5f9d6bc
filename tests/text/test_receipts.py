"""Receipt texts: all samples, every rule of their layout, their TLVs, and who counts as a receipt."""

import itertools
import pickle
from datetime import UTC, datetime, timedelta, timezone

import pytest

from smppkit.spec.receipts import FINAL, ROWS, STATES
from smppkit.text.receipts import Receipt, iso, parse_receipt
from tests.text import reference

SAMPLES = reference.load("receipts_samples.jsonl")
FULL = "id:7 sub:001 dlvrd:002 submit date:2611221015 done date:2611221016 stat:DELIVRD err:034 text:Hi there"
NAMES = ("id", "sub", "dlvrd", "stat", "state", "final", "err", "text", "extra")


def fields(receipt: Receipt) -> dict:
    dates = {name: iso(getattr(receipt, f"{name}_text") or "") for name in ("submit_date", "done_date")}
    return {name: getattr(receipt, name) for name in NAMES} | dates


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["id"])
def test_samples(sample):
    receipt = parse_receipt(sample["text"], sample["esm_class"], sample.get("tlvs"), sample["data_coding"])
    expected = dict(sample["expect"])
    if expected.pop("recognised"):
        assert fields(receipt) == expected
    else:
        assert receipt is None


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["id"])
def test_samples_as_octets(sample):
    coding = sample["data_coding"]
    octets = bytes.fromhex(sample.get("short_message_hex", "")) or sample["text"].replace("_", "\x11").encode()
    receipt = parse_receipt(octets + b"\0", sample["esm_class"], sample.get("tlvs"), coding)
    assert receipt == parse_receipt(sample["text"], sample["esm_class"], sample.get("tlvs"))


# ---- keys and values ----


def test_fields_in_any_order():
    parts = FULL.split(" text:", maxsplit=1)[0].replace("submit d", "submit-d").replace("done d", "done_d").split()
    expected = parse_receipt(" ".join(parts))
    assert expected.sub == 1
    for order in itertools.permutations(parts):
        assert parse_receipt(" ".join(order)) == expected


@pytest.mark.parametrize("separator", [" ", "  ", "\n", "\r\n", "\t", " \n "])
@pytest.mark.parametrize("colon", [":", ": ", ":  ", ":\n"])
@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_separators_blanks_and_case(separator, colon, case):
    pairs = [("id", "7"), ("sub", "1"), ("stat", "DELIVRD"), ("err", "0")]
    receipt = parse_receipt(separator.join(case(key) + colon + value for key, value in pairs))
    assert (receipt.id, receipt.sub, receipt.stat, receipt.err) == ("7", 1, "DELIVRD", "0")


@pytest.mark.parametrize(
    "key", ["submit date", "submitdate", "submit_date", "submit-date", "SubmitDate", "SUBMIT  DATE"]
)
def test_spellings_of_the_date_keys(key):
    text = f"id:7 {key}:2611221015 {key.lower().replace('submit', 'done')}:2611221016 stat:DELIVRD"
    receipt = parse_receipt(text)
    assert (receipt.submit_date, receipt.done_date) == (datetime(2026, 11, 22, 10, 15), datetime(2026, 11, 22, 10, 16))


@pytest.mark.parametrize(
    "id",
    [
        *("0000000001", "9" * 64, "6C7C7DE28BB3E961947700000000FE37", "7f3b2c1e-8f7a-4a52-9d0e-0123456789ab"),
        *("ce5b-4f7d", "gw3_2026.11/00017", "a:b:c", "é€", "Ж", "ID", "stat", "<b>", "two words"),
    ],
)
def test_ids_are_text_as_sent(id):
    assert parse_receipt(f"id:{id} stat:DELIVRD").id == id


@pytest.mark.parametrize("err", ["0", "00", "0000", "69B", "null", "0x1F", "", ":000", "3:27", "-1"])
def test_err_stays_text(err):
    assert parse_receipt(f"id:7 stat:UNDELIV err:{err} text:x").err == err
    assert parse_receipt(f"id:7 stat:UNDELIV err: {err}").err == err


def test_counts_that_are_no_numbers_are_none():
    for value in ("", "x", "1x", "-1", "9" * 19, "1 2"):
        receipt = parse_receipt(f"id:7 sub:{value} dlvrd:{value} stat:DELIVRD")
        assert (receipt.sub, receipt.dlvrd) == (None, None)
    assert parse_receipt("id:7 sub:999 dlvrld:000 stat:DELIVRD").dlvrd == 0


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("text:", ""),
        ("text:  two", " two"),
        ("Text:\nline\nbreak ", "\nline\nbreak "),
        ("TEXT:id:8 stat:EXPIRED text:again", "id:8 stat:EXPIRED text:again"),
        ("text:\x00\x07bell\x00\x00", "\x00\x07bell"),
        ("text: Привет 😀", "Привет 😀"),
        ("context:no", None),
    ],
)
def test_text_is_all_that_follows(sent, text):
    receipt = parse_receipt(f"id:7 stat:DELIVRD {sent}")
    assert (receipt.text, receipt.id, receipt.stat) == (text, "7", "DELIVRD")


def test_text_first_hides_what_it_quotes():
    assert parse_receipt("text:id:7 stat:DELIVRD") is None


def test_unknown_keys_are_extra():
    receipt = parse_receipt(
        "id:7 MccMnc:26201 price:0.0071 stat:DELIVRD note:two words empty: url:http://x/?a=b at 10:15"
    )
    assert receipt.extra == {
        "mccmnc": "26201",
        "price": "0.0071",
        "note": "two words",
        "empty": "",
        "url": "http://x/?a=b at 10:15",
    }
    assert parse_receipt(FULL).extra == {}


def test_of_repeated_keys_the_first_value_stands():
    receipt = parse_receipt("id: id:1 id:2 stat:DELIVRD stat:EXPIRED x:1 x:2")
    assert (receipt.id, receipt.stat, receipt.extra) == ("1", "DELIVRD", {"x": "2"})


def test_byte_order_mark_blanks_and_nul_at_the_ends():
    expected = parse_receipt(FULL)
    for text in (f"\ufeff{FULL}", f" \n{FULL}\0\0", f"\ufeff {FULL}\0"):
        assert parse_receipt(text, 0) == expected


# ---- stat and state ----


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.word)
def test_every_stat_word(row):
    for word in (row.word, row.word.lower(), row.word.title(), row.word.replace(" ", "  "), row.word.replace(" ", "_")):
        receipt = parse_receipt(f"id:7 stat:{word} err:0")
        assert (receipt.stat, receipt.state, receipt.final) == (word, STATES[row.state], STATES[row.state] in FINAL)


@pytest.mark.parametrize(
    "word", ["KAPUTT", "2", "DELIV", "DELIVRDX", "ÜNKNOWN", "A VERY LONG WORD FOR A STATE", "$ELIVRD"]
)
def test_own_words_are_unknown_and_kept(word):
    receipt = parse_receipt(f"id:7 stat:{word} err:0")
    assert (receipt.stat, receipt.state, receipt.final) == (word, "UNKNOWN", True)


@pytest.mark.parametrize("word", ["DELIVRD", "undeliv", "DELIVERY UNKNOWN", "Kaputt"])
@pytest.mark.parametrize("date", ["2611221016", "261122101609", "0000000000", ""])
def test_bare_word_after_the_done_date(word, date):
    receipt = parse_receipt(f"id:7 done date:{date} {word} err:000")
    assert (receipt.stat, receipt.done_date_text, receipt.err) == (word, date, "000")


def test_a_word_beside_a_named_stat_is_left_alone():
    receipt = parse_receipt("id:7 done date:2611221016 GMT stat:DELIVRD")
    assert (receipt.stat, receipt.done_date) == ("DELIVRD", datetime(2026, 11, 22, 10, 16))
    assert receipt.done_date_text == "2611221016 GMT"


# ---- dates ----


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2611221015", "2026-11-22T10:15"),
        ("6911221015", "2069-11-22T10:15"),
        ("9912312359", "2099-12-31T23:59"),
        ("261122101533", "2026-11-22T10:15:33"),
        ("202611221015", "2026-11-22T10:15"),
        ("201011121314", "2020-10-11T12:13:14"),
        ("20261122101533", "2026-11-22T10:15:33"),
        ("261122101533912+", "2026-11-22T10:15:33.9+03:00"),
        ("261122101609012+", "2026-11-22T10:16:09.0+03:00"),
        ("261122101609014-", "2026-11-22T10:16:09.0-03:30"),
        ("261122101609048+", "2026-11-22T10:16:09.0+12:00"),
        ("261122101609000-", "2026-11-22T10:16:09.0+00:00"),
        ("2402291200", "2024-02-29T12:00"),
        ("20000229120000", "2000-02-29T12:00:00"),
    ],
)
def test_dates(text, shown):
    receipt = parse_receipt(f"id:7 submit date:{text} done_date: {text}\nstat:DELIVRD")
    assert iso(receipt.done_date_text) == iso(f" {text} ") == shown
    assert receipt.submit_date == receipt.done_date == datetime.fromisoformat(shown.replace(".9", ".900000"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "0000000000", "000000000000", "00000000000000", "000000000000000+", "2613221015", "2611311015"),
        *("2502291200", "2611222415", "2611221060", "261122101560", "261122", "26112210151", "2611221015335"),
        *("19000229120000", "16991231235959", "22010101000000", "261122101533949+", "261122101533912R"),
        *("261122101533912*", "２６11221015", "2611221015,", "26-11-22", "2611221O15", "261122101533912+0"),
    ],
)
def test_what_is_no_date_is_none(text):
    receipt = parse_receipt(f"id:7 done date:{text} stat:DELIVRD")
    assert receipt.done_date is None
    assert receipt.done_date_text == text
    assert iso(text) is None


def test_the_long_form_has_a_zone_and_tenths():
    moment = parse_receipt("id:7 done date:261122101533912+ stat:DELIVRD").done_date
    assert moment == datetime(2026, 11, 22, 7, 15, 33, 900_000, UTC)
    assert moment.tzinfo == timezone(timedelta(hours=3))


# ---- recognition ----

TLVS = {"receipted_message_id": "9", "message_state": 2}


@pytest.mark.parametrize(
    ("text", "esm_class", "tlvs", "receipt"),
    [
        (FULL, None, None, True),
        (FULL, 0x04, None, True),
        (FULL, 0x20, None, True),
        (FULL, 0x24, None, True),
        (FULL, 0x44 | 0x80, None, True),
        (FULL, 0x00, None, True),
        (FULL, 0x03, None, True),
        (FULL, 0x08, None, False),
        (FULL, 0x10, TLVS, False),
        (FULL, 0x18, TLVS, False),
        ("stat:DELIVRD id:7", 0x04, None, True),
        ("stat:DELIVRD id:7", None, None, True),
        ("stat:DELIVRD id:7", 0x00, None, False),
        ("Your id:7 has stat:DELIVRD", 0x00, None, False),
        ("id:7 done date:2611221016 DELIVRD", 0x00, None, False),
        ("id:7 done date:2611221016 DELIVRD", 0x04, None, True),
        ("id:7 text:stat:DELIVRD", 0x00, None, False),
        ("id:7", 0x04, None, False),
        ("stat:DELIVRD", 0x04, None, False),
        ("id: stat:DELIVRD", 0x04, None, False),
        ("", 0x04, TLVS, True),
        ("", 0x00, TLVS, True),
        ("Hello", 0x00, TLVS, True),
        ("Hello", 0x00, {"receipted_message_id": "9"}, False),
        ("stat:DELIVRD", 0x04, {"receipted_message_id": "9"}, True),
        ("id:7", 0x04, {"message_state": 2}, True),
        ("", 0x04, {"receipted_message_id": "", "message_state": 2}, False),
        ("", 0x04, {"receipted_message_id": "9", "message_state": 10}, False),
        ("Please call me back, id: 7", None, None, False),
        (None, 0x04, None, False),
        (float("nan"), 0x04, TLVS, True),
    ],
)
def test_recognition(text, esm_class, tlvs, receipt):
    assert (parse_receipt(text, esm_class, tlvs) is not None) == receipt


# ---- TLVs ----


@pytest.mark.parametrize("id", ["4B7F00A1", b"4B7F00A1\0", b"4B7F00A1", "4B7F00A1\0"])
@pytest.mark.parametrize("state", [2, b"\x02", "2", "02"])
def test_tlvs_go_before_the_text(id, state):
    receipt = parse_receipt("id:1 stat:UNDELIV err:5", 4, {"receipted_message_id": id, "message_state": state})
    assert (receipt.id, receipt.state, receipt.stat, receipt.final) == ("4B7F00A1", "DELIVERED", "UNDELIV", True)


@pytest.mark.parametrize("pairs", [[(0x001E, b"9\0"), (0x0427, 8)], {"receipted_message_id": "9", 0x0427: 8}])
def test_tlvs_by_tag_and_as_pairs(pairs):
    assert parse_receipt("", 4, pairs).state == "REJECTED"


def test_scheduled_is_a_state():
    receipt = parse_receipt("id:1 stat:ENROUTE", 4, {"message_state": 0})
    assert (receipt.state, receipt.final) == ("SCHEDULED", False)


@pytest.mark.parametrize("state", [10, 255, -1, b"", b"\x01\x00", "x", None, 2.5, 10**30, [2]])
def test_a_state_without_a_name_leaves_it_to_the_text(state):
    assert parse_receipt("id:1 stat:EXPIRED", 4, {"message_state": state}).state == "EXPIRED"


@pytest.mark.parametrize(
    ("code", "err"),
    [
        (b"\x03\x00\x1b", "3:27"),
        ("03001b", "3:27"),
        (b"027", "027"),
        ("303237", "027"),
        ("027", "027"),
        (b"\xff\xff\xff", "255:65535"),
        (b"3\x00\x1b", "51:27"),
        (b"\x03\x00", None),
        (b"", None),
        ("zz", None),
        (7, None),
    ],
)
def test_network_error_code_stands_in_for_err(code, err):
    assert parse_receipt("id:1 stat:UNDELIV", 4, {"network_error_code": code}).err == err
    assert parse_receipt("id:1 stat:UNDELIV err: text:", 4, {"network_error_code": code}).err == (err or "")
    assert parse_receipt("id:1 stat:UNDELIV err:5", 4, {"network_error_code": code}).err == "5"


def test_message_payload_is_the_text_when_there_is_none():
    tlvs = {"message_payload": FULL.encode("utf-16-be") + b"\0\0"}
    assert parse_receipt(b"", 4, tlvs, data_coding=8) == parse_receipt(FULL)
    assert parse_receipt("id:1 stat:EXPIRED", 4, tlvs, data_coding=8).id == "1"


def test_message_payload_is_not_the_text_where_there_are_octets():
    """As in columns: even a NUL is a text, though one that says nothing."""
    assert parse_receipt(b"\0", 4, {"message_payload": FULL.encode()}) is None


@pytest.mark.parametrize(("state", "name"), [(b"\2", "DELIVERED"), (b"\0\2", "DELIVERED"), (b"\0\0\2", "EXPIRED")])
def test_states_are_of_one_octet_or_two(state, name):
    assert parse_receipt("id:1 stat:EXPIRED", 4, {"message_state": state}).state == name


# ---- octets ----


def test_a_header_that_ends_with_a_nul_is_none_of_the_text():
    element = b" id:7 stat:DELIVRD\0"
    header = bytes([2 + len(element), 0x70, len(element)]) + element
    assert parse_receipt(header, 0x44) is None
    assert parse_receipt(header + b"id:8 stat:EXPIRED\0", 0x44).id == "8"


def test_little_endian_behind_an_odd_header_keeps_its_last_octet():
    octets = bytes.fromhex("06080412340201") + b"\xff\xfe" + FULL.encode("utf-16-le")
    assert parse_receipt(octets, 0x44, None, 8) == parse_receipt(FULL)


def test_codings_of_an_account():
    octets = "id:7 stat:DELIVRD text:é@".encode("latin-1")
    assert parse_receipt(octets, 4).text == "\ufffd¡"
    assert parse_receipt(octets, 4, codings={0: "latin1"}).text == "é@"


@pytest.mark.parametrize(
    ("octets", "esm_class", "data_coding"),
    [
        (FULL.encode(), 0x04, 0),
        (FULL.encode() + b"\0\0", 0x04, 0),
        (b"\x05\x00\x03\x01\x01\x01" + FULL.encode(), 0x44, 0),
        (FULL.encode(), 0x04, 1),
        (FULL.encode(), 0x04, 3),
        (FULL.encode(), 0x04, 4),
        (FULL.encode("utf-16-be"), 0x04, 8),
        (FULL.encode("utf-16-be") + b"\0\0", 0x04, 8),
        (FULL.encode("utf-16-be") + b"\0", 0x04, 8),
        (b"\xff\xfe" + FULL.encode("utf-16-le"), 0x04, 8),
        (bytearray(FULL.encode()), 0x04, 0),
        (memoryview(FULL.encode()), 0x04, 0),
    ],
)
def test_octets_are_read_by_data_coding(octets, esm_class, data_coding):
    assert parse_receipt(octets, esm_class, None, data_coding) == parse_receipt(FULL)


def test_texts_that_utf8_cannot_hold():
    receipt = parse_receipt("id:\ud800 stat:DELIVRD k\ud801:1 text:\udc00")
    assert (receipt.id, receipt.text, receipt.extra) == ("\ufffd", "\ufffd", {"k\ufffd": "1"})
    assert pickle.loads(pickle.dumps(receipt)) == receipt
