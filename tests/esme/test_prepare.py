"""A table made requests: the same octets that its messages one by one would be, and the rows that cannot be sent."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import smppkit as sk
from smppkit.errors import TableError
from smppkit.esme.address import Address, destination, destinations
from smppkit.esme.compose import compose
from smppkit.esme.prepare import prepare
from smppkit.esme.references import References
from smppkit.spec.kinds import Tlv
from smppkit.text.headers import ports

PACKED = sk.Profile("packed", codings={0: "gsm7-packed"})
LATIN = sk.Profile("latin", codings={0: "latin1"}, tlvs=[Tlv(0x1400, "billing", "cstring", 1, 10)])
LATIN_ONLY = sk.Profile("latin only", codings={0: "latin1", 8: "latin1"})


class Fixed(References):
    """References that are always the same."""

    def next_of(self, destinations):
        return [0x1234 for _ in destinations]


def pdus_of(found):
    return [sk.decode(bytes(found.octets[a:b])) for a, b in zip(found.offset[:-1], found.offset[1:], strict=True)]


def one_by_one(numbers, texts, **keywords):
    """Compose every message by itself; None where that cannot be."""
    made = []
    for number, text in zip(numbers, texts, strict=True):
        try:
            made.append(compose(number, text, reference=Fixed(), **keywords))
        except ValueError:
            made.append(None)
    return made


def check_same(texts, **keywords):
    """Prepare a table and hold it against the messages one by one."""
    numbers = [f"+3247{row:07}" for row in range(len(texts))]
    expected = one_by_one(numbers, texts, **keywords)
    found = prepare({"destination": numbers, "text": texts}, references=Fixed(), **keywords)
    assert pdus_of(found) == [pdu for pdus in expected if pdus for pdu in pdus]
    kept = [row for row, pdus in enumerate(expected) if pdus]
    assert found.rows.tolist() == kept
    assert found.left_out["row"].tolist() == [row for row, pdus in enumerate(expected) if not pdus]
    assert found.total[found.part == 1].tolist() == [len(expected[row]) for row in kept]
    assert found.message.tolist() == [number for number, row in enumerate(kept) for _ in expected[row]]
    return found


TEXTS = [
    *("Hello", "", "a" * 160, "a" * 161, "a" * 306, "a" * 307, "€" * 80, "€" * 81, "a" * 152 + "€" + "b" * 20),
    *("Ж" * 70, "Ж" * 71, "é" * 200, "ã" * 71, "日本語" * 40, "🙂" * 35, "🙂" * 36, "x" * 66 + "🙂" + "y" * 20),
    *("e\u0301" * 70, "x" * 66 + "e\u0301" * 20, "नमस्ते " * 30, "ก็" * 60, "\x1b", "@£$¥", "^{}\\[~]|€", "a\r\nb" * 60),
    *("Δ" * 161, "Δ" * 200, "x" * 39_015, "x" * 39_016, "Ж" * 17_085, "Ж" * 17_086, "👩\u200d🔬" * 40, "\ufeffabc"),
]
WAYS = [
    *({}, {"long": "udh16"}, {"reference_bits": 16}, {"long": "sar"}, {"long": "payload"}, {"flash": True}),
    *({"coding": "ucs2"}, {"coding": "gsm7"}, {"coding": "latin1"}, {"coding": 0xF1}, {"coding": "turkish"}),
    *({"coding": "jis"}, {"coding": "ascii"}, {"profile": PACKED}, {"profile": LATIN}, {"profile": LATIN_ONLY}),
    *({"udh": [ports(2948, 9200)]}, {"udh": bytes.fromhex("050003cc0201")}, {"coding": "cyrillic"}),
    *({"mode": "datagram", "receipt": "failure", "validity": 60, "sender": "INFO"}, {"profile": PACKED, "long": "sar"}),
    *({"tlvs": {"user_message_reference": 7, "billing": "A7"}, "profile": LATIN}, {"flash": True, "profile": PACKED}),
]


@pytest.mark.parametrize("keywords", WAYS, ids=str)
def test_a_table_gives_what_single_messages_give(keywords):
    check_same(TEXTS, **keywords)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("aé€ΔЖ🙂e\u0301\u200d日\n[ㅎ각가्क"), max_size=400), min_size=1, max_size=6),
    st.sampled_from(WAYS),
)
def test_any_texts_give_what_single_messages_give(texts, keywords):
    check_same(texts, **keywords)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text("+0123456789 -.()[]/xO\u00a0\u202a", max_size=24), st.none()), max_size=8))
def test_numbers_of_a_column_follow_the_rules_of_one_number(texts):
    found = destinations(pa.array(texts, pa.string()))
    for row, text in enumerate(texts):
        try:
            expected, reason = destination(text), None
        except ValueError as error:
            expected, reason = Address("", 0, 0), "no destination" if text is None else str(error)
        assert Address(found.addr[row].as_py(), found.ton[row], found.npi[row]) == expected
        assert found.wrong.get(row) == reason


@pytest.mark.parametrize(
    "column",
    [
        pa.array([32471123456, 8080], pa.int64()),
        pd.Series([32471123456, 8080], dtype="Int64"),
        ["32471123456", 8080],
        pa.chunked_array([["32471123456"], ["8080"]]),
        pd.Series(["32471123456", "8080"], dtype="category"),
        [Address("32471123456", 0, 1), ("8080", 0, 1)],
        np.array(["32471123456", "8080"]),
    ],
)
def test_numbers_of_any_column(column):
    found = prepare({"destination": column}, "Hi")
    assert [(pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi) for pdu in pdus_of(found)] == [
        ("32471123456", 0, 1),
        ("8080", 0, 1),
    ]


def test_numbers_that_are_no_numbers_are_left_out_with_the_reason():
    column = ["+32 471 123456", "+32O", "", None, -5, 3.5]
    found = prepare({"destination": column}, "Hi")
    assert found.rows.tolist() == [0]
    reasons = found.left_out.set_index("row")["reason"]
    assert "LATIN CAPITAL LETTER O" in reasons[1]
    assert reasons[2].startswith("destination is empty")
    assert reasons[3] == "no destination"
    assert "no text" in reasons[4]
    assert "read the column as text" in reasons[5]
    assert found.left_out["destination"].isna().tolist() == [False, False, True, False, False]
    negative = prepare({"to": pd.Series([32471123456, -32471123456])}, "Hi")
    assert negative.left_out["row"].tolist() == [1]


def test_a_column_of_floats_is_refused_as_a_whole():
    with pytest.raises(TableError, match="the destinations are floats, which lose digits of numbers: read the column"):
        prepare(pd.DataFrame({"destination": [3.2471123456e10, np.nan]}), "Hi")


def test_the_order_of_the_table_and_its_labels_are_kept():
    table = pd.DataFrame(
        {"Phone": ["+32471", "bad", "+32472", "+32473"], "text": ["🙂" * 80, "x", "é", "e\u0301" * 100]},
        index=["a", "b", "c", "d"],
    )
    found = prepare(table)
    assert found.rows.tolist() == ["a", "c", "d"]
    assert found.message.tolist() == [0, 0, 0, 1, 2, 2, 2]
    assert found.part.tolist() == [1, 2, 3, 1, 1, 2, 3]
    assert [pdu.destination_addr for pdu in pdus_of(found)] == ["32471"] * 3 + ["32472"] + ["32473"] * 3
    assert found.destination.to_pylist() == ["32471", "32472", "32473"]
    assert found.text.to_pylist()[1] == "é"
    assert found.left_out["row"].tolist() == ["b"]


def test_templates_take_columns_of_all_kinds():
    table = pd.DataFrame(
        {
            "to": ["+32471", "+32472"],
            "Name": ["Ann", "Žofie"],
            "whole": [1.0, 2.0],
            "half": [1.5, 2.0],
            "day": pd.to_datetime(["2026-11-22", "2026-12-01"]),
            "moment": pd.to_datetime(["2026-11-22 10:30", "2026-12-01 00:00"]),
            "flag": [True, False],
            "kind": pd.Categorical(["a", "b"]),
            "price": [decimal.Decimal("1.20"), decimal.Decimal("3.00")],
            "date": [datetime.date(2026, 1, 2), datetime.date(2026, 1, 3)],
            "count": pd.array([1, 2], dtype="Int64"),
            "with blank": [1, 2],
        }
    )
    text = "{{{Name}}} {whole} {half} {day} {moment} {flag} {kind} {price} {date} {count} { with blank }"
    assert prepare(table, text).text.to_pylist() == [
        "{Ann} 1 1.5 2026-11-22 2026-11-22 10:30 True a 1.20 2026-01-02 1 1",
        "{Žofie} 2 2 2026-12-01 2026-12-01 00:00 False b 3.00 2026-01-03 2 2",
    ]


def test_a_missing_value_leaves_its_row_out():
    table = pd.DataFrame({"to": ["+32471", "+32472", "+32473"], "name": ["Ann", None, ""], "n": [1, 2, np.nan]})
    found = prepare(table, "Hi {name} {n}")
    assert found.text.to_pylist() == ["Hi Ann 1"]
    assert found.left_out["reason"].tolist() == ["no value in column 'name'", "no value in column 'n'"]
    assert prepare(table, "{name}").left_out["reason"].tolist() == ["no value in column 'name'", "the text is empty"]


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        ({"to": ["1"]}, "Hi {nam}", r"the text names \{nam\}, but the table has: to"),
        ({"to": ["1"]}, "Hi {", r"the text has a single \{ at 3: write \{\{ for it"),
        ({"to": ["1"]}, "Hi }", r"a single \} at 3"),
        ({"to": ["1"]}, "Hi {}", r"the text has \{\} at 3: write the name of a column"),
        ({"to": ["1"]}, "", "the text is empty"),
        ({"to": ["1"]}, 7, "the text is int, not a str"),
        ({"to": ["1"]}, None, "no text is given, and the table has no column text; it has: to"),
        ({"who": ["1"]}, "Hi", r"the table has no column destination \(or to, msisdn, number, phone\), it has: who"),
        ({"to": ["1"], "a": [1, 2]}, "Hi", "columns of different lengths: to 1, a 2"),
        (pd.DataFrame([["1", "2"]], columns=["to", "to"]), "Hi", "two columns are called 'to'"),
        (7, "Hi", "no table: a int is neither a DataFrame, columns by name, nor a file"),
        ("tests/captures", "Hi", "."),
    ],
)
def test_what_is_wrong_with_the_whole_is_one_sentence(table, text, sentence, workplace):
    with pytest.raises((ValueError, OSError), match=sentence) as caught:
        prepare(table, text)
    assert "\n" not in str(caught.value)


def test_keywords_are_those_of_a_single_message_and_checked_alike():
    with pytest.raises(ValueError, match="mode is 'fast'"):
        prepare({"to": ["+32471"]}, "Hi", mode="fast")
    with pytest.raises(ValueError, match="sender 'Café'"):
        prepare({"to": ["+32471"]}, "Hi", sender="Café")
    with pytest.raises(ValueError, match="sar_msg_ref_num is there twice"):
        prepare({"to": ["+32471"]}, "a" * 161, long="sar", tlvs={"sar_msg_ref_num": 7})
    with pytest.raises(ValueError, match="billng"):
        prepare({"to": ["+32471"]}, "Hi", tlvs={"billng": 7})


def test_columns_say_for_their_row_what_keywords_say_for_all():
    table = {
        "to": ["+32471", "+32472", "+32473", "+32474"],
        "sender": ["8080", None, "INFO", "Café"],
        "tag": ["a", None, "c", "d"],
        "validity": ["60", None, "000000003000000R", None],
        "schedule": [None, datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC), None, None],
    }
    found = prepare(table, "a" * 161, sender="SHOP", tag="all", validity=90)
    pdus = pdus_of(found)[::2]
    assert [(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) for pdu in pdus] == [
        ("8080", 0, 1),
        ("SHOP", 5, 0),
        ("INFO", 5, 0),
    ]
    assert [pdu.validity_period for pdu in pdus] == ["000000000100000R", "000000000130000R", "000000003000000R"]
    assert [pdu.schedule_delivery_time for pdu in pdus] == ["", "270101000000000+", ""]
    assert found.tag == ("a", "a", "all", "all", "c", "c")
    assert "sender 'Café' has é" in found.left_out.loc[0, "reason"]
    assert prepare({"to": ["+32471"]}, "Hi").tag is None
    assert prepare({"to": ["+32471"]}, "Hi", tag="x").tag == ("x",)
    assert prepare({"to": ["+32471"], "tag": ["y"]}, "Hi").tag == ("y",)


def test_a_time_that_is_none_leaves_its_row_out():
    found = prepare({"to": ["+32471", "+32472"], "validity": ["soon", "60"]}, "Hi")
    assert found.left_out["reason"].tolist() == [
        "validity_period: 'soon' is no time: give seconds, a timedelta, a datetime with a zone, or the 16 characters "
        "of SMPP"
    ]


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_files_are_tables(tmp_path, suffix):
    path = tmp_path / f"list.{suffix}"
    sk.save(pd.DataFrame({"msisdn": ["+32471123456", "0032471123457"], "name": ["Ann", "Bob"]}), path)
    found = prepare(path, "Hi {name}")
    assert [pdu.destination_addr for pdu in pdus_of(found)] == ["32471123456", "0032471123457"]
    assert prepare(str(path), "Hi {name}").octets == found.octets


def test_tables_of_other_libraries_and_bare_numbers():
    expected = prepare({"destination": ["+32471", "+32472"]}, "Hi").octets
    for table in (
        pa.table({"destination": ["+32471", "+32472"]}),
        pd.Series(["+32471", "+32472"], index=[5, 6]),
        ["+32471", "+32472"],
        np.array(["+32471", "+32472"]),
    ):
        assert prepare(table, "Hi").octets == expected
    assert prepare({"destination": ["+32471", "+32472"], "text": "Hi"}).octets == expected
    assert prepare([{"to": "+32471", "text": "Hi"}, {"text": "Hi", "to": "+32472"}]).octets == expected


def test_rows_may_be_dicts_and_what_one_lacks_is_missing_there():
    found = prepare([{"to": 32471, "name": "Ann"}, {"to": 32472}, {"name": "Cid"}], "Hi {name}")
    assert [pdu.short_message for pdu in pdus_of(found)] == [b"Hi Ann"]
    assert found.left_out["row"].tolist() == [1, 2]
    with pytest.raises(TableError, match="row 1 is no dict but a str"):
        prepare([{"to": "32471"}, "32472"], "Hi")


def test_an_empty_table_and_one_that_is_all_bad_make_nothing():
    for table in (
        {"to": []},
        pd.DataFrame({"to": pd.Series([], dtype="str")}),
        pd.DataFrame({"to": []}),
        {"to": ["x", "y"]},
    ):
        found = prepare(table, "Hi")
        assert (found.messages, found.parts, len(found.octets)) == (0, 0, 0)
        assert found.offset.tolist() == [0]
    assert len(found.left_out) == 2


def test_parts_of_two_messages_to_one_number_never_share_a_reference_soon():
    references = References()
    found = prepare({"to": ["+32471"] * 200}, "a" * 161, references=references)
    seen = [pdu.short_message[3] for pdu in pdus_of(found)[::2]]
    assert len(set(seen)) == 200


def test_encodings_and_units_are_told_by_message():
    found = prepare({"to": ["+32471"] * 3, "text": ["a€", "Ж" * 71, "e\u0301" * 80]})
    assert [found.encodings[code] for code in found.encoding] == ["gsm7", "ucs2", "ucs2"]
    assert found.units.tolist() == [3, 71, 160]
