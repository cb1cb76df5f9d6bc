"""The scanner against an independent oracle, on receipts put together at random; and content that must never raise."""

import json
from datetime import UTC
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from smppkit.text.receipts import iso, parse_receipt, parse_receipts
from tests.text.receipt_oracle import FIELDS, date_of, parse

SAMPLES = [
    json.loads(line)["text"]
    for line in Path(__file__).parents[1].joinpath("vectors/receipts_samples.jsonl").read_text().splitlines()
]
KEYS = ["id", "sub", "dlvrd", "dlvrld", "submit date", "submitdate", "submit_date", "submit  date", "done date"]
KEYS += ["done_date", "donedate", "stat", "err", "text", "mccmnc", "price", "x-y.z_1", "état", "submit", "done", "date"]
VALUES = ["001", "2611221015", "261122101533", "202611221015", "20261122101533", "261122101533912+", "0000000000"]
VALUES += [
    "DELIVRD",
    "undeliv",
    "DELIVERY UNKNOWN",
    "Delivery_Unknown",
    "KAPUTT",
    "GMT",
    "null",
    "",
    "a:b",
    "10:15",
    "é",
]
SEPARATORS = [" ", "  ", "\n", "\r\n", "\t", "\0", "", ",", "_"]

words = st.tuples(
    st.sampled_from(KEYS).flatmap(lambda key: st.sampled_from([key, key.upper(), key.title()])),
    st.sampled_from([":", ": ", " :", "", "::"]),
    st.sampled_from(VALUES) | st.text(max_size=6),
    st.sampled_from(SEPARATORS),
).map("".join)
texts = st.lists(words, max_size=12).map("".join)
orderly = st.permutations(KEYS).flatmap(
    lambda keys: st.lists(st.sampled_from(VALUES), min_size=len(keys), max_size=len(keys)).map(
        lambda values: "id:7 stat:DELIVRD " + " ".join(f"{k}:{v}" for k, v in zip(keys, values, strict=True))
    )
)


@st.composite
def mutations(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(0, 4))):
        start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        middle = draw(
            st.sampled_from(["", text[start:end] * 2, text[start:end].swapcase(), "\0", ":", " "]) | st.text()
        )
        text = text[:start] + middle + text[end:]
    return text


def said(text: str) -> dict | None:
    receipt = parse_receipt(text)
    return receipt and {name: getattr(receipt, name) for name in FIELDS}


@given(texts)
def test_random_fields_read_as_the_oracle_reads_them(text):
    assert said(text) == parse(text)


@given(orderly)
def test_random_receipts_read_as_the_oracle_reads_them(text):
    assert said(text) == parse(text)


@given(mutations())
def test_mutated_receipts_read_as_the_oracle_reads_them(text):
    assert said(text) == parse(text)


@given(st.text("0123456789+-R ", max_size=18) | st.text("0123456789", min_size=10, max_size=16))
def test_dates_read_as_the_oracle_reads_them(text):
    expected = date_of(text.strip())
    assert parse_receipt(f"id:1 stat:X done date:{text}").done_date == expected
    assert (iso(text) is None) == (expected is None)


@given(st.binary(max_size=200), st.integers(0, 255), st.integers(0, 255))
def test_octets_never_raise(octets, data_coding, esm_class):
    parse_receipt(octets, esm_class, None, data_coding)
    parse_receipt(b"id:1 stat:X text:" + octets, esm_class, {"network_error_code": octets}, data_coding)


values = st.none() | st.integers() | st.text(max_size=8) | st.binary(max_size=4) | st.floats() | st.lists(st.none())
names = st.sampled_from(["receipted_message_id", "message_state", "network_error_code", "message_payload"])


@given(mutations(), st.dictionaries(names, values), st.none() | st.integers(0, 255))
def test_tlvs_never_raise(text, tlvs, esm_class):
    receipt = parse_receipt(text, esm_class, tlvs)
    assert receipt is None or (receipt.id and receipt.state)
    repr(receipt)


@settings(deadline=None)  # the first call imports pandas
@given(st.lists(mutations() | texts | st.none() | st.integers() | st.text(), max_size=8))
def test_a_column_says_what_its_rows_say(column):
    frame = parse_receipts(column)
    for text, row in zip(column, frame.itertuples(index=False), strict=True):
        receipt = parse_receipt(text)
        shown = {name: None if pd.isna(value) else value for name, value in row._asdict().items()}
        if receipt is None:
            assert set(shown.values()) == {None}
            continue
        expected = {name: getattr(receipt, name) for name in FIELDS}
        for name in ("submit_date", "done_date"):
            moment = expected[name]
            expected[name] = moment.replace(tzinfo=moment.tzinfo or UTC) if moment else None
        shown["extra"] = json.loads(shown["extra"] or "{}")
        assert shown == expected
