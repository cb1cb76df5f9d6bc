"""The scanner against an independent oracle, on receipts put together at random; and content that must never raise."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smppkit as sk
from smppkit._core.columns import decode
from smppkit.spec.receipts import STATES
from smppkit.text.coding import CODECS, alphabet_of, column_table, decode_text
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


# ---- receipts in PDUs: columns beside one call ----

COLUMNS = [f"receipt_{name}" for name in ("kind", *FIELDS[:7], "err", "text")]
OWN = {0: "gsm7-packed", 1: "gsm7", 2: "jis", 3: "iso-2022-jp", 4: "ks-c-5601", 6: "ucs2", 8: "octets", 0xF1: "latin1"}
CODINGS = [*range(16), 0x10, 0x14, 0x18, 0x1C, 0x24, 0xC0, 0xE0, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF]
HEADERS = ["050003cc0201", "06080412340201", "06240101250101", "060804123402ff", "030101ff", "00", "0500030000", "ff04"]
HEADERS += ["030102ff00", "0403020100", "020500", "05697423643a"]
ENDS = [b"", b"", b"\0", b"\0\0", b"\0\0\0", b" \0", b"\0 ", b"@", b"\r", b"\0\xe9", b"\xff"]
WORDS = [
    "id:1234 done date:2601010000 EXPIRED",
    "id:1234 stat:DELIVRD err:000 text:h\xe9@",
    "stat:DELIVRD id:1234",
    "id:7",
]
WORDS += [
    "id:x stat:\u30c6\u30b9\u30c8",
    "id:\u0416 stat:DELIVRD text:\u30c6\u30b9\u30c8",
    "hello",
    "",
    "id:\xa01\x85 stat:X",
]
IDS = ["", "12", " 12 ", "\t12\r\n", "1 2", " ", "\xa012\x85", "\x1c12", "1\x002", "\xe9 " * 31]


def octets_of(source: random.Random, text: str, alphabet: str) -> bytes:
    if alphabet == "gsm7-packed":
        return sk.gsm7.pack(sk.gsm7.encode(text, errors="replace"), source.randrange(7))
    if alphabet == "gsm7":
        return sk.gsm7.encode(text, errors="replace")
    codec = CODECS.get(alphabet, source.choice(["latin-1", "utf-8"]))
    if alphabet == "ucs2" and source.random() < 0.3:
        return b"\xff\xfe" + text.encode("utf-16-le")
    return text.encode(codec, "replace")


def tlvs_of(source: random.Random) -> list[tuple[int, bytes]]:
    tlvs = []
    if source.random() < 0.4:
        tlvs.append(
            (0x001E, source.choice(IDS).encode("latin-1") + source.choice([b"", b"\0", b"\0\0", b" \0", b"\0 "]))
        )
    if source.random() < 0.4:
        tlvs.append((0x0427, source.choice([b"\2", b"\5", b"\0", b"\x09", b"\x0a", b"", b"\0\2", b"\0\0\2", b"\1\2"])))
    if source.random() < 0.4:
        tlvs.append((0x0423, source.choice([b"\3\0\x1b", b"027", b"\3", b"", b"\xff\xff\xff", b"\0\0\0\0"])))
    return tlvs


def receipt_pdu(source: random.Random, codings: dict[int, str] | None) -> bytes:
    data_coding = source.choice(CODINGS)
    text = source.choice([source.choice(SAMPLES), *WORDS])
    octets = octets_of(source, text, alphabet_of(data_coding, codings))[:230] + source.choice(ENDS)
    esm_class = source.choice([0, 0, 4, 4, 4, 0x20, 0x24, 0x08, 0x10, 0x18])
    if source.random() < 0.5:
        esm_class |= 0x40
        octets = bytes.fromhex(source.choice(HEADERS)) + octets
    tlvs, fields = tlvs_of(source), {"esm_class": esm_class, "data_coding": data_coding}
    where = source.random()
    if where < 0.2:
        return sk.DataSm(tlvs=[*tlvs, (0x0424, octets)], **fields).encode()
    if where < 0.3:
        return sk.DeliverSm(tlvs=[*tlvs, (0x0424, octets)], **fields).encode()
    if where < 0.4:  # a text and a payload: the text counts, even if it were only a NUL
        octets, tlvs = source.choice([octets, b"\0", b""]), [*tlvs, (0x0424, b"id:payload stat:EXPIRED\0")]
    return sk.DeliverSm(short_message=octets, tlvs=tlvs, **fields).encode()


def nanoseconds(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    return (
        (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC))
        // timedelta(microseconds=1)
        * 1000
    )


def said_of(octets: bytes, codings: dict[int, str] | None) -> dict:
    pdu = sk.decode(octets)
    text = getattr(pdu, "short_message", b"")
    receipt = parse_receipt(text, pdu.esm_class, pdu.tlvs, pdu.data_coding, codings)
    if receipt is None:
        return dict.fromkeys(COLUMNS) | {"receipt_kind": 0}
    values = {f"receipt_{name}": getattr(receipt, name) for name in (*FIELDS[:7], "err", "text")}
    for name in ("receipt_stat", "receipt_err"):  # columns have no empty words
        values[name] = values[name] or None
    for name in ("receipt_submit_date", "receipt_done_date"):
        values[name] = nanoseconds(values[name])
    kind = 2 if pdu.esm_class & 0x20 else 1
    return values | {"receipt_kind": kind, "receipt_state": STATES.index(receipt.state)}


@pytest.mark.parametrize("codings", [None, OWN], ids=["standard", "of one account"])
@pytest.mark.parametrize("names", [COLUMNS, [*COLUMNS, "text"]], ids=["alone", "beside texts"])
def test_columns_of_pdus_say_what_one_call_says(codings, names, seed):
    source = random.Random(seed)
    pdus = [receipt_pdu(source, codings) for _ in range(6000)]
    lengths = np.array([len(pdu) for pdu in pdus], np.int64)
    columns = decode(b"".join(pdus), np.cumsum(lengths) - lengths, lengths, names, column_table(codings))
    lists = {name: column.to_list() for name, column in columns.items()}
    for row, pdu in enumerate(pdus):
        expected = said_of(pdu, codings)
        assert {name: lists[name][row] for name in COLUMNS} == expected, (seed, pdu.hex())
        if "text" in names:
            told = sk.decode(pdu)
            octets = getattr(told, "short_message", b"") or told.tlvs.get("message_payload") or b""
            plain = decode_text(octets, told.data_coding, told.esm_class, codings).text
            assert (lists["text"][row] or "") == (plain or ""), (seed, pdu.hex())  # NULs of the message stay
    assert sum(kind > 0 for kind in lists["receipt_kind"]) > 1000
