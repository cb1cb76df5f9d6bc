"""Columns into one buffer: the same octets that the classes build, and faults that name row and column."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit.spec.commands import BY_NAME, ROWS, class_name
from smppkit.spec.kinds import Tlv
from smppkit.spec.tlvs import BY_NAME as TLVS
from tests.generator import Generator

TLV_NAMES = ("user_message_reference", "receipted_message_id", "message_payload", "alert_on_message_delivery")


def pdus(command, columns, **keywords):
    """Encode, and return each PDU's octets."""
    octets, offsets = sk.encode_many(command, columns, **keywords)
    assert offsets.dtype == np.int64
    assert offsets[0] == 0
    assert offsets[-1] == len(octets)
    return [octets[begin:end] for begin, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]


def built(command, columns, rows, fields):
    """Build each PDU by its class."""
    made = getattr(sk, class_name(command))
    found = []
    for row in range(rows):
        given = {name: values[row] for name, values in columns.items() if name in fields}
        tlvs = [
            (name, values[row]) for name, values in columns.items() if name not in fields and values[row] is not None
        ]
        found.append(made(tlvs=tlvs, **given).encode())
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_same_octets_as_one_by_one(row, seed):
    generator = Generator(seed)
    rows = 40
    fields = [field for field in row.fields if not field.counts]
    columns = {field.name: [generator.value(field) for _ in range(rows)] for field in fields}
    columns["sequence_number"] = [generator.random.getrandbits(32) for _ in range(rows)]
    columns["command_status"] = [generator.random.choice((0, 0x58)) for _ in range(rows)]
    for name in TLV_NAMES:
        if name not in columns:
            values = [generator.tlv_value(TLVS[name]) for _ in range(rows)]
            columns[name] = [value if generator.random.random() < 0.7 else None for value in values]
    if row.kind == "response" and fields:
        for place in range(0, rows, 7):
            for field in fields:
                columns[field.name][place] = None
    known = {field.name for field in fields} | {"sequence_number", "command_status"}
    assert pdus(row.name, columns) == built(row.name, columns, rows, known)


def test_more_columns_than_a_block_has_marks_for():
    """Of 70 columns some have values in each block that are not plain: those behind the 63rd share a mark."""
    rows, tags = 700, range(0x1400, 0x1400 + 70)
    columns = {tag: [b"%d" % (tag * row) for row in range(rows)] for tag in tags}
    profile = sk.Profile("p", [Tlv(tag, f"t{tag}", "cstring", 1, 30) for tag in tags])
    named = {f"t{tag}": [f"{row}" if row % 600 else "\xe9" for row in range(rows)] for tag in tags}
    found = pdus("submit_sm", columns)
    assert found[601] == sk.SubmitSm(tlvs={tag: values[601] for tag, values in columns.items()}).encode()
    found = pdus("submit_sm", named, profile=profile)
    for row in (0, 1, 600, 699):
        tlvs = {name: values[row] for name, values in named.items()}
        assert found[row] == sk.SubmitSm(tlvs=tlvs, profile=profile).encode()


def text_columns():
    names = ["", "INFO", "é" * 20, "x", "Grüße"]
    yield names
    yield tuple(names)
    yield np.array(names)
    yield np.array(names, object)
    yield pd.Series(names)
    yield pd.Series(names, index=[5, 4, 3, 2, 1])
    yield pd.Series(names, dtype=object)
    yield pd.Series(names, dtype="category")
    yield pd.Series(names, dtype="string")
    yield pd.Series(["dropped", *names])[1:]
    yield pd.Index(names)
    yield pa.array(names)
    yield pa.array(["dropped", *names], pa.large_string())[1:]
    yield pa.chunked_array([names[:2], [], names[2:]])
    yield pa.array(names).dictionary_encode()
    yield pa.array(names, pa.string_view())
    yield iter(names)
    yield (name for name in names)


@pytest.mark.parametrize("column", list(text_columns()), ids=lambda column: type(column).__name__)
def test_text_from_every_kind_of_column(column):
    expected = [sk.SubmitSm(source_addr=name).encode() for name in ["", "INFO", "é" * 20, "x", "Grüße"]]
    assert pdus("submit_sm", {"source_addr": column}) == expected


def octet_columns():
    values = [b"", b"\0\xff", bytes(254)]
    yield values
    yield [bytearray(values[0]), memoryview(values[1]), values[2]]
    yield np.array(values, object)
    yield pd.Series(values)
    yield pd.Series(values, dtype=pd.ArrowDtype(pa.binary()))
    yield pa.array(values)
    yield pa.array([b"dropped", *values], pa.large_binary())[1:]
    yield pa.chunked_array([values[:1], values[1:]])
    yield pa.array(values, pa.binary_view())


@pytest.mark.parametrize("column", list(octet_columns()), ids=lambda column: type(column).__name__)
def test_octets_from_every_kind_of_column(column):
    expected = [sk.SubmitSm(short_message=value).encode() for value in [b"", b"\0\xff", bytes(254)]]
    assert pdus("submit_sm", {"short_message": column}) == expected


def number_columns():
    yield [0, 7, 255]
    for kind in (np.uint8, np.int16, np.int64, np.uint64, float):
        yield np.array([0, 7, 255], kind)
    yield pd.Series([0, 7, 255])
    yield pd.Series([0, 7, 255], dtype="Int64")
    yield pd.Series([0, 7, 255], dtype=pd.ArrowDtype(pa.int32()))
    yield pa.array([0, 7, 255], pa.uint8())
    yield pa.array([9, 0, 7, 255])[1:]


@pytest.mark.parametrize("column", list(number_columns()), ids=lambda column: str(getattr(column, "dtype", "list")))
def test_numbers_from_every_kind_of_column(column):
    expected = [sk.SubmitSm(esm_class=value).encode() for value in [0, 7, 255]]
    assert pdus("submit_sm", {"esm_class": column}) == expected


def test_whole_tables():
    columns = {"destination_addr": ["3247", "3248"], "short_message": [b"a", b"b"], "user_message_reference": [1, None]}
    expected = built("submit_sm", columns, 2, {"destination_addr", "short_message"})
    assert pdus("submit_sm", pd.DataFrame(columns)) == expected
    assert pdus("submit_sm", pd.DataFrame(columns, index=["x", "y"])) == expected
    assert pdus("submit_sm", pa.table(columns)) == expected
    assert pdus("submit_sm", pa.RecordBatch.from_pydict(columns)) == expected
    with pytest.raises(sk.TableError, match="two columns are called 'a'"):
        sk.encode_many("submit_sm", pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_one_value_for_every_row():
    expected = [sk.SubmitSm(source_addr="INFO", esm_class=4, short_message=b"hi", sequence_number=n) for n in range(3)]
    columns = {
        "source_addr": "INFO",
        "esm_class": np.uint8(4),
        "short_message": bytearray(b"hi"),
        "sequence_number": range(3),
    }
    assert pdus("submit_sm", columns) == [pdu.encode() for pdu in expected]
    assert pdus("submit_sm", {"source_addr": "INFO"}) == [sk.SubmitSm(source_addr="INFO").encode()]
    assert pdus("enquire_link", {}) == [sk.EnquireLink().encode()]
    assert pdus("submit_sm", {"source_addr": "INFO", "esm_class": []}) == []
    tlvs = {"source_port": 80, "message_payload": b"x", 0x1400: b"y", "message_state": None}
    assert pdus("submit_sm", tlvs) == [
        sk.SubmitSm(tlvs=[("source_port", 80), ("message_payload", b"x"), (0x1400, b"y")]).encode()
    ]


@pytest.mark.parametrize("rows", [0, 3])
def test_a_table_without_columns_has_its_rows(rows):
    expected = [sk.EnquireLink().encode()] * rows
    assert pdus("enquire_link", pd.DataFrame(index=range(rows))) == expected
    assert pdus("enquire_link", pa.table({"a": [0] * rows}).select([])) == expected
    assert pdus("submit_sm", pd.DataFrame(index=range(rows))) == [sk.SubmitSm().encode()] * rows
    assert pdus("enquire_link", pd.DataFrame({"sequence_number": [0] * rows})) == expected


def test_a_tag_is_whatever_stands_for_a_whole_number():
    class Tag:
        def __index__(self):
            return 0x1400

    expected = [sk.SubmitSm(tlvs={0x1400: b"a"}).encode()]
    for tag in (0x1400, np.int64(0x1400), np.uint16(0x1400), Tag()):
        assert pdus("submit_sm", {tag: [b"a"]}) == pdus("submit_sm", {tag: b"a"}) == expected
        with pytest.raises(sk.TableError, match="column 5120: octets wanted, not string"):
            sk.encode_many("submit_sm", {tag: ["a"]})
    for key in (True, np.True_, np.int64(-1), 5120.0, None, (0x1400,)):
        with pytest.raises(sk.TableError, match="submit_sm has no such field, and there is no such TLV"):
            sk.encode_many("submit_sm", {key: [b"a"]})
    with pytest.raises(sk.TableError, match="two columns are called 5120"):
        sk.encode_many("submit_sm", {0x1400: [b"a"], Tag(): [b"b"]})


@pytest.mark.parametrize(
    ("key", "array"),
    [
        ("esm_class", np.array(3)),
        ("esm_class", np.array(3, object)),
        ("source_addr", np.array("INFO")),
        ("short_message", np.array(b"hi")),
        ("message_state", np.array(2)),
        ("user_message_reference", np.array(None)),
    ],
)
def test_an_array_without_dimensions_is_one_value(key, array):
    assert pdus("submit_sm", {key: array}) == pdus("submit_sm", {key: array.item()})
    assert pdus("submit_sm", {key: array, "sequence_number": [0, 0]}) == pdus("submit_sm", {key: array}) * 2


@pytest.mark.parametrize("key", ["esm_class", "source_addr", "short_message", "sequence_number", "source_port", 0x1400])
@pytest.mark.parametrize(
    ("column", "what"),
    [
        (np.zeros((2, 2), int), r"ndarray of shape \(2, 2\)"),
        (np.array([["a", "b"]], object), r"ndarray of shape \(1, 2\)"),
        (np.zeros((0, 1)), r"ndarray of shape \(0, 1\)"),
        (pd.DataFrame({"a": [1, 2]}), r"DataFrame of shape \(2, 1\)"),
    ],
    ids=["numbers", "objects", "empty", "DataFrame"],
)
def test_an_array_of_more_dimensions_is_refused(key, column, what):
    with pytest.raises(sk.TableError, match=f"column '?{key}'?: one value for each row wanted, .* not {what}"):
        sk.encode_many("submit_sm", {key: column})


def test_order_of_tlvs_is_that_of_the_columns():
    columns = {"message_payload": [b"x"], "esm_class": [1], "source_port": 80, 0x1400: [b"y"]}
    assert [tag for tag, _ in sk.decode(pdus("submit_sm", columns)[0]).raw_tlvs] == [0x0424, 0x020A, 0x1400]


def test_responses_without_a_body():
    made = sk.SubmitSmResp
    columns = {"message_id": ["7", None], "command_status": [0, 8]}
    assert pdus("submit_sm_resp", columns) == [made(message_id="7").encode(), made(command_status=8).encode()]
    assert pdus("submit_sm_resp", {"command_status": [0, 8]}) == [made().encode(), made(command_status=8).encode()]
    with_tlv = {"command_status": [8, 8], "congestion_state": [1, None]}
    expected = [made(command_status=8, tlvs={"congestion_state": 1}).encode(), made(command_status=8).encode()]
    assert pdus("submit_sm_resp", with_tlv) == expected
    assert pdus("deliver_sm_resp", {"command_status": 8}) == [sk.DeliverSmResp(command_status=8).encode()]
    assert pdus("submit_sm_resp", {"message_id": None}) == [made(message_id=None).encode()]
    assert pdus("query_sm_resp", {"message_id": ["a", None], "error_code": [1, None]}) == [
        sk.QuerySmResp(message_id="a", error_code=1).encode(),
        sk.QuerySmResp(message_id=None).encode(),
    ]


def test_lists():
    entries = [{"destination_addr": "1"}, {"dl_name": "x"}]
    expected = [sk.SubmitMulti(dest_address=entries).encode(), sk.SubmitMulti(dest_address=entries[:1]).encode()]
    assert pdus("submit_multi", {"dest_address": [entries, entries[:1]]}) == expected
    assert pdus("submit_multi", {"dest_address": entries, "esm_class": [0]}) == expected[:1]
    assert pdus("submit_multi", {"dest_address": np.array([entries, entries], object)}) == expected[:1] * 2
    failures = [[{"destination_addr": "1", "error_status_code": 8}], []]
    assert pdus("submit_multi_resp", {"unsuccess_sme": failures}) == [
        sk.SubmitMultiResp(unsuccess_sme=failures[0]).encode(),
        sk.SubmitMultiResp().encode(),
    ]
    with pytest.raises(sk.EncodeError, match=r"row 1.*dest_address.*1 to 254"):
        sk.encode_many("submit_multi", {"dest_address": [entries, []]})


def test_an_empty_list_is_a_column_where_there_are_no_rows():
    assert pdus("submit_multi", {"dest_address": [], "source_addr": []}) == []
    assert pdus("submit_multi", {"source_addr": np.array([], str), "dest_address": (), "esm_class": 4}) == []
    assert pdus("submit_multi", pd.DataFrame({"dest_address": []})) == []
    assert pdus("submit_multi_resp", {"unsuccess_sme": [], "message_id": []}) == []
    expected = [sk.SubmitMultiResp(message_id=id).encode() for id in ("a", "b")]
    assert pdus("submit_multi_resp", {"unsuccess_sme": [], "message_id": ["a", "b"]}) == expected
    assert pdus("submit_multi_resp", {"unsuccess_sme": []}) == [sk.SubmitMultiResp().encode()]
    with pytest.raises(sk.EncodeError, match=r"row 0, column dest_address: empty, but 1 to 254"):
        sk.encode_many("submit_multi", {"dest_address": [], "source_addr": "INFO"})


def test_profiles():
    profile = sk.Profile("p", [Tlv(0x1400, "billing", "cstring", 1, 10), Tlv(0x1401, "stamp", "int", 8, 8)])
    columns = {"billing": ["A7", None], "stamp": [2**40, 1]}
    expected = [
        sk.SubmitSm(tlvs={"billing": "A7", "stamp": 2**40}, profile=profile).encode(),
        sk.SubmitSm(tlvs={"stamp": 1}, profile=profile).encode(),
    ]
    assert pdus("submit_sm", columns, profile=profile) == expected
    with pytest.raises(sk.TableError, match="'billing': submit_sm has no such field"):
        sk.encode_many("submit_sm", columns)
    with pytest.raises(sk.EncodeError, match="row 0, column billing: 21 octets, but 1 to 10"):
        sk.encode_many("submit_sm", {"billing": ["x" * 20]}, profile)


@pytest.mark.parametrize(
    ("command", "columns", "sentence"),
    [
        (
            "submit_sm",
            {"destination_addr": ["1", "x" * 30]},
            "row 1, column destination_addr: 30 octets, at most 20 fit",
        ),
        ("submit_sm", {"destination_addr": ["1", "€"]}, "row 1, column destination_addr: '€' (position 0) is no octet"),
        ("submit_sm", {"destination_addr": ["\ud800"]}, "row 0, column destination_addr: '\\ud800'"),
        ("submit_sm", {"destination_addr": ["a\0b"]}, "row 0, column destination_addr: a NUL (position 1)"),
        ("submit_sm", {"destination_addr": ["1", None]}, "row 1, column destination_addr: None, but a request"),
        ("submit_sm", {"destination_addr": ["1", 2]}, "row 1, column destination_addr: a str wanted, not int"),
        ("submit_sm", {"destination_addr": 7}, "row 0, column destination_addr: a str wanted, not int"),
        ("submit_sm", {"esm_class": [0, 256]}, "row 1, column esm_class: 256 is outside 0 to 255"),
        ("submit_sm", {"esm_class": [0, -1]}, "row 1, column esm_class: -1 is outside 0 to 255"),
        ("submit_sm", {"esm_class": [0, 2**70]}, "row 1, column esm_class: "),
        ("submit_sm", {"short_message": [b"", bytes(255)]}, "row 1, column short_message: 255 octets, at most 254 fit"),
        ("submit_sm", {"short_message": [b"", 7]}, "row 1, column short_message: octets (bytes) wanted, not int"),
        ("submit_sm", {"validity_period": ["", "soon"]}, "row 1, column validity_period: 'soon' is no time"),
        ("submit_sm", {"sequence_number": [1, 2**32]}, "row 1, column sequence_number: 4294967296 is outside"),
        ("submit_sm", {"sequence_number": [1, None]}, "row 1, column sequence_number: an int wanted"),
        ("submit_sm", {"source_port": [1, 70000]}, "row 1, column source_port: 70000 is outside 0 to 65535"),
        ("submit_sm", {"source_port": [b"ab", b"a"]}, "row 1, column source_port: 1 octet, but 2 are wanted"),
        ("deliver_sm", {"receipted_message_id": ["x", "y" * 65]}, "row 1, column receipted_message_id: 66 octets"),
        ("submit_sm", {"message_payload": [b"", bytes(65536)]}, "row 1, column message_payload: 65,536 octets"),
        ("submit_sm", {0x1400: [bytes(60000)], 0x1401: [bytes(60000)]}, "row 0: command_length: 120,"),
        ("submit_multi", {}, "row 0: dest_address: empty"),
        (
            "query_sm_resp",
            {"message_id": ["a", None], "error_code": [1, 2]},
            "row 1, column message_id: None leaves out",
        ),
    ],
)
def test_values_that_do_not_fit(command, columns, sentence):
    with pytest.raises(sk.EncodeError) as raised:
        sk.encode_many(command, columns)
    assert sentence in str(raised.value)
    assert raised.value.__context__ is None


TEXT_AMONG_OCTETS = {
    "list": lambda values: values,
    "tuple": tuple,
    "iterator": iter,
    "array": lambda values: np.array(values, object),
    "Series": pd.Series,
    "category": lambda values: pd.Series(values, dtype="category"),
    "bytearray": lambda values: [bytearray(values[0]), *values[1:]],
    "a number among them": lambda values: [*values, 7],
}


@pytest.mark.parametrize("key", ["short_message", "message_payload", 0x1400])
@pytest.mark.parametrize("form", TEXT_AMONG_OCTETS)
def test_a_text_among_octets_is_not_sent_as_utf_8(form, key):
    with pytest.raises(sk.EncodeError, match=r"^row 1.*: octets \(bytes\) wanted, not str"):
        sk.encode_many("submit_sm", {key: TEXT_AMONG_OCTETS[form]([b"a", "é€"])})


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_a_missing_value_is_not_blamed_for_what_another_row_mixes(missing):
    with pytest.raises(sk.EncodeError, match=r"^row 2, column message_payload: octets \(bytes\) wanted, not str"):
        sk.encode_many("submit_sm", {"message_payload": [missing, b"a", "b"]})


@pytest.mark.parametrize("column", [["a", b"b"], (b"a\0", "b")])
def test_octets_among_the_texts_of_a_tlv(column):
    with pytest.raises(sk.TableError, match="column 'receipted_message_id' mixes types"):
        sk.encode_many("deliver_sm", {"receipted_message_id": column})


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            {"destnation_addr": ["1"]},
            "'destnation_addr': submit_sm has no such field, and there is no such TLV; did you mean",
        ),
        ({0x10000: [b""]}, "column 65536: submit_sm has no such field"),
        ({"sm_length": [1]}, "column 'sm_length': counted from short_message, leave it out"),
        ({"destination_addr": [32471123456]}, "text wanted, not int64: read numbers and ids as text"),
        ({"destination_addr": [1.5]}, "text wanted, not double"),
        ({"destination_addr": [b"1"]}, "text wanted, not binary"),
        ({"short_message": ["hi"]}, "octets wanted, not string: encode the text first, for example with gsm7.encode"),
        ({"short_message": [1]}, "octets wanted, not int64"),
        ({"esm_class": ["1"]}, "whole numbers wanted, not string"),
        ({"esm_class": [1.5]}, "whole numbers wanted: "),
        ({"message_state": ["DELIVERED"]}, "column 'message_state': whole numbers wanted, not string"),
        ({"esm_class": [1], "source_addr": ["a", "b"]}, "columns of different lengths: esm_class 1, source_addr 2"),
    ],
)
def test_columns_that_are_wrong(columns, sentence):
    with pytest.raises(sk.TableError) as raised:
        sk.encode_many("submit_sm", columns)
    assert sentence in str(raised.value)


def test_calls_that_are_wrong():
    with pytest.raises(sk.TableError, match="no command 'submitsm'; did you mean submit_sm"):
        sk.encode_many("submitsm", {})
    with pytest.raises(TypeError, match="columns are given as a mapping, a DataFrame or an Arrow table, not int"):
        sk.encode_many("submit_sm", 7)


def test_offsets_from_outside_cannot_lead_astray():
    from smppkit._core import fill

    place = ROWS.index(BY_NAME["submit_sm_resp"])
    for offsets in ([0, 9], [-1, 1], [2, 1], [0]):
        slot = ("string", True, 65, None, None, np.array(offsets, np.int64), np.frombuffer(b"abc", np.uint8), None)
        with pytest.raises(ValueError, match=r"offsets|shorter"):
            fill.encode(place, 1, [slot], None, None, None)


def test_text_that_is_no_utf_8_is_refused():
    from smppkit._core import fill

    place = ROWS.index(BY_NAME["submit_sm_resp"])
    for text in (b"\xc3", b"\xc3a", b"\x80", b"\xff", b"\xc0\x80", b"\xe2\x82\xac"):
        slot = ("string", True, 65, None, None, np.array([0, len(text)], np.int64), np.frombuffer(text, np.uint8), None)
        assert fill.encode(place, 1, [slot], None, None, None)[2] == 0


def test_a_hundred_thousand_rows(seed):
    rows = 100_000
    numbers = np.arange(rows)
    destinations = pa.array([f"3247{n:07d}" for n in range(rows)])
    octets, offsets = sk.encode_many(
        "submit_sm", {"destination_addr": destinations, "short_message": b"hi", "sequence_number": numbers}
    )
    index = sk.scan(octets)
    assert (index.offset == offsets[:-1]).all()
    assert (index.sequence_number == numbers).all()
    for row in (0, seed % rows, rows - 1):
        assert index[row] == sk.SubmitSm(destination_addr=f"3247{row:07d}", short_message=b"hi", sequence_number=row)
