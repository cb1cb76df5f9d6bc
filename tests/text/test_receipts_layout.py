"""Receipts in the form that nearly all centres write, read by a way of its own: each octet changed, each cut."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from smppkit.text.receipts import parse_receipt, parse_receipts
from tests.text.receipt_oracle import FIELDS, parse

USUAL = (
    "id:4B7F00A1 sub:001 dlvrd:001 submit date:2611221015 done date:2611221016 stat:DELIVRD err:000 text:Hello there"
)
OTHERS = " \0\t:_-.aZ9?@é\u3000"


def said(text: str) -> dict | None:
    receipt = parse_receipt(text)
    return receipt and {name: getattr(receipt, name) for name in FIELDS}


@pytest.mark.parametrize("text", [USUAL, USUAL.upper(), USUAL.replace(" text:Hello there", "")])
def test_each_octet_changed(text):
    for place in range(len(text)):
        for other in OTHERS:
            for changed in (
                text[:place] + other + text[place + 1 :],
                text[:place] + other + text[place:],
                text[:place] + text[place + 1 :],
            ):
                assert said(changed) == parse(changed), changed


def test_each_cut():
    for place in range(len(USUAL)):
        for text in (USUAL[:place], USUAL[place:], USUAL[:place] + "\0\0", "\ufeff\n" + USUAL[:place]):
            assert said(text) == parse(text), text


def test_strings_of_every_length_whatever_lies_behind_them():
    texts = [f"id:{'7' * length} stat:X err:{'e' * length} text:{'t' * length}" for length in range(80)]
    for rows in (texts, texts[::-1], texts + texts[::-1]):
        frame = parse_receipts(rows)
        for text, row in zip(rows, frame.itertuples(index=False), strict=True):
            receipt = parse_receipt(text)
            found = (row.id, row.err, row.text) if receipt else (None, None, None)
            assert found == ((receipt and (receipt.id, receipt.err, receipt.text)) or (None, None, None))


def test_many_rows_with_fields_of_their_own_between_them():
    rows = [
        f"id:{n} stat:DELIVRD {'x' * (n % 9)}:{'v' * (n % 50)} text:{n}" if n % 3 else f"no. {n}" for n in range(5000)
    ]
    frame = parse_receipts(rows)
    for place, text in enumerate(rows):
        receipt = parse_receipt(text)
        if receipt is None:
            assert frame.iloc[place].isna().all()
        else:
            assert (frame.id[place], frame.text[place]) == (receipt.id, receipt.text)
            assert pd.isna(frame.extra[place]) == (not receipt.extra)


# ---- dates ----


def test_every_day_of_the_years_that_two_digits_tell():
    days = [date(2000, 1, 1) + timedelta(days) for days in range(36525)]
    texts = [f"id:1 stat:X done date:{day:%y%m%d}{day.day % 24:02}{day.month * 4:02}" for day in days]
    expected = pd.to_datetime([f"{day} {day.day % 24:02}:{day.month * 4:02}Z" for day in days])
    assert (parse_receipts(texts).done_date.array == expected).all()


WRONG = ("2613011015", "2600011015", "2611001015", "2611311015", "2602291015", "2611222415", "2611221060", "26112210x5")


@pytest.mark.parametrize("wrong", [*WRONG, "x611221015", "261122101", "0000000000"])
def test_a_wrong_date_is_none_also_between_right_ones(wrong):
    dates = ["2611221015", wrong, "2611221015", wrong, wrong, "2402291015"]
    frame = parse_receipts([f"id:1 stat:X submit date:{day} done date:{day}" for day in dates])
    right = np.array([day != wrong for day in dates])
    assert (frame.done_date.notna() == right).all()
    assert (frame.submit_date.notna() == right).all()
    assert frame.done_date[5] == pd.Timestamp("2024-02-29T10:15Z")


def test_dates_of_other_widths_between_equal_ones():
    dates = ["2611221015", "261122101533", "2611221015", "", "20261122101533", "261122101533912+", "2611221015"]
    shown = parse_receipts([f"id:1 stat:X done date:{day}" for day in dates]).done_date
    assert [value.second if pd.notna(value) else None for value in shown] == [0, 33, 0, None, 33, 33, 0]
