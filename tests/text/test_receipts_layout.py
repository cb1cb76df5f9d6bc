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
SECONDS = USUAL.replace("261122101", "26112210153")
OTHERS = " \0\t:_-.aZ9?@é\u3000"


def said(text: str) -> dict | None:
    receipt = parse_receipt(text)
    return receipt and {name: getattr(receipt, name) for name in FIELDS}


@pytest.mark.parametrize("text", [USUAL, USUAL.upper(), USUAL.replace(" text:Hello there", ""), SECONDS])
def test_each_octet_changed(text):
    for place in range(len(text)):
        for other in OTHERS:
            for changed in (
                text[:place] + other + text[place + 1 :],
                text[:place] + other + text[place:],
                text[:place] + text[place + 1 :],
            ):
                assert said(changed) == parse(changed), changed


@pytest.mark.parametrize("whole", [USUAL, SECONDS])
def test_each_cut(whole):
    for place in range(len(whole)):
        for text in (whole[:place], whole[place:], whole[:place] + "\0\0", "\ufeff\n" + whole[:place]):
            assert said(text) == parse(text), text


def test_columns_of_cuts_and_changes_say_what_single_calls_do():
    texts = [USUAL[:place] + other + USUAL[place + 1 :] for place in range(len(USUAL)) for other in ("", " ", "Z", "7")]
    texts += [SECONDS[:place] for place in range(len(SECONDS))]
    for text, row in zip(texts, parse_receipts(texts).itertuples(index=False), strict=True):
        receipt = parse_receipt(text)
        names = ("id", "sub", "dlvrd", "stat", "state", "final", "err", "text")
        expected = [receipt and getattr(receipt, name) for name in names]
        assert [None if pd.isna(value := getattr(row, name)) else value for name in names] == expected, text
        for name in ("submit_date", "done_date"):
            moment = receipt and getattr(receipt, name)
            found = getattr(row, name)
            assert (None if pd.isna(found) else found.replace(tzinfo=None)) == (moment and moment.replace(tzinfo=None))


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


def test_strings_beyond_what_some_rows_made_expect():
    """Room is made by rows here and there: here those are the short ones, and no receipts."""
    rows = [f"id:{n:0{5 + n % 64}} stat:X err:{n % 64:0{1 + n % 9}} text:{'t' * (n % 64)}" for n in range(64 * 300)]
    rows[:: len(rows) // 64] = ["no receipt"] * 64
    frame = parse_receipts(rows)
    assert frame.id.isna().sum() == 64
    for text, row in zip(rows, frame.itertuples(index=False), strict=True):
        if text != "no receipt":
            assert text == f"id:{row.id} stat:{row.stat} err:{row.err} text:{row.text}"


@pytest.mark.parametrize("rows", [1, 255, 256, 257, 300, 1000])
def test_columns_of_other_sizes_than_blocks(rows):
    frame = parse_receipts([f"id:{n} stat:X text:{'t' * 40 * (n == rows - 1)}" for n in range(rows)])
    assert frame.id.tolist() == [str(n) for n in range(rows)]
    assert frame.text.tolist() == [""] * (rows - 1) + ["t" * 40]
    assert frame.err.isna().all()


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


@pytest.mark.parametrize("wrong", ["261122101560", "26112210153x", "x61122101533", "261122101a33", "261122241533"])
def test_wrong_seconds_are_none_also_between_right_ones(wrong):
    dates = ["261122101533", wrong, "261122101534", wrong, "270101000000", "261122235959"]
    shown = parse_receipts([f"id:1 stat:X submit date:{day} done date:{day}" for day in dates])
    right = [None, pd.Timestamp("2027-01-01T00:00Z"), pd.Timestamp("2026-11-22T23:59:59Z")]
    for column in (shown.submit_date, shown.done_date):
        assert column[[0, 2]].dt.second.tolist() == [33, 34]
        assert [None if pd.isna(value) else value for value in column[3:]] == right


def test_four_digits_of_a_year_after_the_same_six_as_a_day():
    dates = ["201122101533", "202212101533", "20221210153344", "2012121015", "201212101533"]
    shown = parse_receipts([f"id:1 stat:X done date:{day}" for day in dates]).done_date
    expected = [
        "2020-11-22T10:15:33",
        "2022-12-10T15:33",
        "2022-12-10T15:33:44",
        "2020-12-12T10:15",
        "2020-12-12T10:15:33",
    ]
    assert shown.tolist() == [pd.Timestamp(f"{day}Z") for day in expected]


def test_dates_of_other_widths_between_equal_ones():
    dates = ["2611221015", "261122101533", "2611221015", "", "20261122101533", "261122101533912+", "2611221015"]
    shown = parse_receipts([f"id:1 stat:X done date:{day}" for day in dates]).done_date
    assert [value.second if pd.notna(value) else None for value in shown] == [0, 33, 0, None, 33, 33, 0]
