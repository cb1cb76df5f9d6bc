"""The Receipt as an object: a value, shown without harm; and what hostile texts cost."""

import copy
import pickle
import time

import pytest

from benchmarks.hostile_inputs import TEXTS
from smppkit.text.receipts import Receipt, parse_receipt

FULL = "id:7 sub:001 dlvrd:002 submit date:2611221015 done date:2611221016 stat:DELIVRD err:034 text:Hi there"
TLVS = {"receipted_message_id": "9", "message_state": 2}


# ---- the object ----


def test_a_receipt_is_a_value():
    receipt = parse_receipt(FULL, 4, TLVS)
    assert receipt == parse_receipt(FULL, 4, TLVS)
    assert receipt != parse_receipt(FULL, 4)
    assert receipt != "receipt"
    assert len({receipt, parse_receipt(FULL, 4, TLVS)}) == 1
    assert pickle.loads(pickle.dumps(receipt)) == copy.deepcopy(receipt) == receipt
    with pytest.raises(AttributeError):
        receipt.id = "8"
    with pytest.raises(AttributeError):
        receipt.more = 1
    receipt.extra["x"] = "1"
    assert receipt.extra == {}
    with pytest.raises(TypeError, match="parse_receipt"):
        Receipt()


def test_the_repr_is_one_line_without_the_text():
    receipt = parse_receipt("id:7\x1b[2J stat:DELIVRD err:a\nb text:secret")
    assert repr(receipt) == r"Receipt(id='7\\x1b[2J', state='DELIVERED', stat='DELIVRD', err='a\nb')"
    assert "secret" not in repr(receipt)
    assert len(repr(parse_receipt(f"id:{'9' * 5000} stat:{'X' * 5000} err:{'e' * 5000}"))) < 300


def test_the_card_escapes_what_strangers_wrote():
    html = parse_receipt("id:<script> stat:DELIVRD <b>:x text:<img src=x>")._repr_html_()
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;img src=x&gt;" in html


# ---- hostile texts ----

SIZE = 65536
HOSTILE = {
    "letters": "a" * SIZE,
    "blanks": " " * SIZE,
    "colons": ":" * SIZE,
    "keys": "id:" * (SIZE // 3),
    "empty keys": "a: " * (SIZE // 3),
    "known keys": "stat: " * (SIZE // 6),
    "half keys": "submit " * (SIZE // 7),
    "half keys and underscores": ("submit" + "_" * 1000) * (SIZE // 1006),
    "half keys and blanks": ("done" + " " * 1000) * (SIZE // 1004),
    "long stat": "id:7 stat:" + "A " * (SIZE // 2),
    "bare words": "id:7 done date:1 " + "A " * (SIZE // 2),
    "nuls": "id:7 stat:X" + "\0" * SIZE,
    "long text": FULL + "x" * SIZE,
    "many fields": "id:7 stat:DELIVRD " + " ".join(f"k{number}:v" for number in range(SIZE // 8)),
    "not ASCII": "é: " * (SIZE // 4),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_cost_less_than_a_millisecond(text):
    best = 1.0
    for _ in range(20):
        start = time.process_time()
        receipt = parse_receipt(text)
        if receipt is not None:
            repr(receipt), receipt.extra
        best = min(best, time.process_time() - start)
    assert best < 0.001


CODINGS = (0, 3, 5, 6, 7, 8, 9, 10, 13, 14, 0xF0)
BROKEN = (b"\xff", b"\x81\xff", b"\x8f\xff", b"\xa4\xd4", b"\x1b", b"\x1b$", b"\x1b$B", b"\x1b$B\xff", b"\xd8\x00")
"""What is no character, and what chooses another charset, over and over."""


def soon_read(octets, coding):
    """The figure, a millisecond, is what ``benchmarks.hostile`` measures; here it may be a slow machine."""
    best, most = 1.0, 0.004
    for _ in range(20):
        start = time.process_time()
        parse_receipt(octets, 4, None, coding)
        best = min(best, time.process_time() - start)
        if best < most:
            break
    return best < most


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("name", TEXTS)
def test_hostile_octets_of_any_coding_cost_little(name, coding):
    assert soon_read(TEXTS[name](SIZE).encode()[:SIZE], coding)


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("unit", BROKEN)
def test_broken_octets_of_any_coding_cost_little(unit, coding):
    assert soon_read((b"id:7 stat:DELIVRD text:" + unit * SIZE)[:SIZE], coding)


def test_unknown_fields_kept_of_one_text_are_bounded():
    assert len(parse_receipt(HOSTILE["many fields"]).extra) == 64
