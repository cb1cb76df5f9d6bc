"""parse_receipts: whatever a column is made of; dtypes, index, missing rows; hostile columns."""

import json
import threading
import time
from collections import Counter
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit._core.receipt_columns as core
from smppkit.spec.receipts import STATES
from smppkit.text.receipts import parse_receipt, parse_receipts
from tests.text import reference

ONE = "id:7 sub:001 dlvrd:000 submit date:2611221015 done date:261122101533912+ stat:UNDELIV err:034 x:1 text:Ж"
ROWS = [ONE, None, "Hello", "id:8 stat:DELIVRD", ""]
OCTETS = [row and row.replace("Ж", "").encode() for row in ROWS]
DTYPES = {
    "id": "str",
    "sub": "Int64",
    "dlvrd": "Int64",
    "submit_date": "datetime64[ns, UTC]",
    "done_date": "datetime64[ns, UTC]",
    "stat": "str",
    "state": "category",
    "final": "boolean",
    "err": "str",
    "text": "str",
    "extra": "str",
}
COLUMNS = {
    "list": ROWS,
    "tuple": tuple(ROWS),
    "iterator": iter(ROWS),
    "str": pd.Series(ROWS, dtype="str"),
    "python str": pd.Series(ROWS, dtype="string[python]"),
    "object": pd.Series(ROWS, dtype=object),
    "category": pd.Series(ROWS, dtype="category"),
    "arrow": pd.Series(ROWS, dtype=pd.ArrowDtype(pa.string())),
    "index": pd.Index(ROWS),
    "numpy": np.array(ROWS, dtype=object),
    "string": pa.array(ROWS, pa.string()),
    "large_string": pa.array(ROWS, pa.large_string()),
    "string_view": pa.array(ROWS, pa.string_view()),
    "binary": pa.array(OCTETS, pa.binary()),
    "dictionary": pa.array(ROWS).dictionary_encode(),
    "slice": pa.array(["id:9 stat:X", *ROWS, "id:9 stat:X"])[1:-1],
    "chunks": pa.chunked_array([ROWS[:2], [], ROWS[2:]]),
    "binary series": pd.Series(OCTETS, dtype=pd.ArrowDtype(pa.binary())),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
def test_any_kind_of_column(column):
    frame = parse_receipts(column)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == DTYPES
    assert frame.id.fillna("-").tolist() == ["7", "-", "-", "8", "-"]
    assert frame.stat[0] == "UNDELIV"
    assert frame.state.astype(object).fillna("-").tolist() == ["UNDELIVERABLE", "-", "-", "DELIVERED", "-"]
    assert frame.loc[[1, 2, 4]].isna().all(axis=None)
    assert frame.loc[0, "submit_date"] == pd.Timestamp("2026-11-22T10:15Z")
    assert frame.loc[0, "done_date"] == pd.Timestamp("2026-11-22T07:15:33.9Z")
    assert frame.loc[0, ["sub", "dlvrd", "final", "err", "extra"]].tolist() == [1, 0, True, "034", '{"x":"1"}']
    assert frame.loc[3, ["sub", "err", "text", "extra", "submit_date"]].isna().all()


def test_states_are_a_category_of_all_names():
    assert parse_receipts([]).state.cat.categories.tolist() == list(STATES)


NOTHING = [], pd.Series([], dtype="str"), pa.array([], pa.string()), pa.chunked_array([], pa.string())


@pytest.mark.parametrize("column", NOTHING)
def test_no_rows(column):
    frame = parse_receipts(column)
    assert len(frame) == 0
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == DTYPES


def test_the_index_of_a_series_is_kept():
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])
    frame = parse_receipts(pd.Series([ONE, "x"], index=index))
    assert frame.index.equals(index)


def test_what_is_no_text_is_a_row_of_na():
    column = [None, float("nan"), pd.NA, pd.NaT, 5, 2.5, True, [], {}, object(), datetime(2026, 1, 2), b"\xff"]
    assert parse_receipts(pd.Series(column, dtype=object)).isna().all(axis=None)
    assert parse_receipts(pd.Series([1, 2, 3])).isna().all(axis=None)
    assert parse_receipts(pd.Series([1.5, None])).isna().all(axis=None)


def test_octets_are_read_as_the_default_alphabet():
    frame = parse_receipts([b"id:gw3\x112026 stat:DELIVRD err:000\0", "id:7\ud800 stat:DELIVRD"])
    assert frame.id.tolist() == ["gw3_2026", "7\ufffd"]
    assert frame.err[0] == "000"


def test_samples_say_the_same_alone_and_in_a_column():
    samples = [sample["text"] for sample in reference.load("receipts_samples.jsonl")]
    frame = parse_receipts(samples)
    for text, row in zip(samples, frame.itertuples(), strict=True):
        receipt = parse_receipt(text)
        assert pd.isna(row.id) == (receipt is None)
        if receipt is not None:
            assert (row.id, row.stat, row.state, row.final) == (receipt.id, receipt.stat, receipt.state, receipt.final)


def test_empty_and_absent_differ():
    frame = parse_receipts(["id:7 stat:X err: text:", "id:7 stat:X"])
    assert frame.loc[0, ["err", "text"]].tolist() == ["", ""]
    assert frame.loc[1, ["err", "text"]].isna().all()


def test_extra_is_a_json_object_whatever_stands_in_it():
    text = 'id:7 stat:X Quote:a"b\\c controls:\x01\x02 \x1f\x7f é:"ü" last:{}[], last:2 text:x'
    assert json.loads(parse_receipts([text]).extra[0]) == parse_receipt(text).extra
    worst = "id:7 stat:X " + "\x01 ".join(f"{chr(97 + number % 26)}:\x01\x02\x01\x02x" for number in range(60))
    assert json.loads(parse_receipts([worst] * 3).extra[2]) == parse_receipt(worst).extra


def test_hostile_columns_stay_linear():
    texts = ["a: " * 20000, "submit " * 9000, "id:7 stat:" + "A " * 30000, " " * 65536, "\x01:" * 30000] * 4
    best = 1.0
    for _ in range(5):
        start = time.process_time()
        frame = parse_receipts(texts)
        best = min(best, time.process_time() - start)
    assert frame.state[2] == "UNKNOWN"
    assert best / len(texts) < 0.001


@pytest.mark.parametrize("offsets", [[0, 9], [-1, 3], [0, 5, 3], []])
def test_offsets_beyond_the_data_are_refused(offsets):
    with pytest.raises(ValueError, match="offsets"):
        core.columns(b"id:7", np.array(offsets, np.int64))


def test_flags_of_another_length_are_refused():
    with pytest.raises(ValueError, match="valid"):
        core.columns(b"id:7", np.array([0, 2, 4], np.int64), np.ones(1, np.uint8))


def test_offsets_that_another_thread_writes_to():
    """Checked and copied batch by batch: an error or what was there, and nothing outside is read or written."""
    rows, row = 20_000, 19_900
    octets = ONE.encode()
    data = octets * rows
    offsets = np.arange(rows + 1, dtype=np.int64) * len(octets)
    right, done = int(offsets[row]), threading.Event()
    expected = bytes(core.columns(data, offsets)[3][0])

    def disturb():
        while not done.is_set():
            for wrong in (2**62, -(2**63), right - 1_000_000, right + 1_000_000):
                offsets[row] = wrong
                offsets[row] = right

    thread = threading.Thread(target=disturb)
    thread.start()
    outcomes = Counter()
    try:
        for _ in range(300):
            try:
                assert bytes(core.columns(data, offsets)[3][0]) == expected
                outcomes["read"] += 1
            except (RuntimeError, ValueError) as error:
                outcomes[str(error).split(":")[0]] += 1
    finally:
        done.set()
        thread.join(10)
    assert outcomes.keys() <= {"read", "offsets", "a column was written to while it was read"}
    assert outcomes.keys() - {"offsets"}, "it was refused at once, each time"
    offsets[row] = right
    assert bytes(core.columns(data, offsets)[3][0]) == expected


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("id:1 stat:DELIVRD", "not str: parse_receipt reads one text"),
        (b"id:1 stat:DELIVRD", "not bytes: parse_receipt reads one text"),
        (pd.DataFrame({"text": ["id:1 stat:DELIVRD"]}), "not DataFrame: name one of its columns"),
        ({"text": ["id:1 stat:DELIVRD"]}, "not dict: name one of its columns"),
        (np.array([["id:1 stat:DELIVRD"]]), "not ndarray: name one of its columns"),
        (7, "not int$"),
    ],
)
def test_what_is_no_column_is_named(given, hint):
    with pytest.raises(TypeError, match=f"parse_receipts takes a column of texts, {hint}"):
        parse_receipts(given)
