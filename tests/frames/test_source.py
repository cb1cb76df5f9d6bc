"""Tables to files and back, exactly; and what a file is, told by its content."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import smppkit as sk
import smppkit.stats
from smppkit.errors import CaptureError, SmppError, TableError
from tests.frames.test_log import conversation

CAPTURES = Path(__file__).parents[1] / "captures"
SUFFIXES = [".csv", ".xlsx", ".parquet"]
IDS = ["0004E2", "1e240", "00123", "1E5", "0x1F", "1_000", "123456789012345678901234567890", "inf", "nan", "true", "-1"]
FORMULAS = [
    '=HYPERLINK("http://x","y")', "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1+1", "＋1",
    "'=1+1", "''=1+1", "'", "''", "'quoted'", "'+32471123456", "=", "+", "-", "@", "%0A=1", " =1", '"=1"', ",=1", ";=1",
    "=cmd|' /C calc'!A0", "DDE", "＠x", "－1",
]  # fmt: skip
NUMBERS = ["+32471123456", "32471123456", "0032471123456", "123", "+123"]
ODD = [
    "", " ", "a\rb", "a\r\nb", "a\nb", "\0", "x\0y", '"', '""', 'a"b', "a,b", "a;b", "a\tb", "NULL", "NA", "#N/A",
    "_x000D_", "_x005F_", "_x005F_x000D_", "_xFFFE_", "\ufeff", "\u2028", "\u202e", "\x1b[2J", "\x7f", "😀👍🏽", "日本",
    "a" * 5000, "\ufffe", "e\u0301", "<b>", "<r>x</r>", "_x000D\r", "\rx000D_", "_x", "&amp;", "]]>",
]  # fmt: skip
NASTY = [*IDS, *FORMULAS, *NUMBERS, *ODD]
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text("'=+-@\t\r\n\0\"_x0F,;| 1", max_size=8),
)
cells = st.none() | texts


def round_trip(table, path):
    sk.save(table, path)
    return sk.read(path)


def frame_of(**columns):
    return pd.DataFrame({name: pd.array(values, "str") for name, values in columns.items()})


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nasty_texts_come_back(suffix, tmp_path):
    table = frame_of(message_id=NASTY, text=NASTY[::-1])
    pd.testing.assert_frame_equal(round_trip(table, tmp_path / f"t{suffix}"), table)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(cells, cells), max_size=8))
@example(rows=[(None, None)])
@example(rows=[(None, None), ("a", None), (None, None), (None, None)])
@example(rows=[("", None)])
@example(rows=[])
def test_any_texts_come_back(suffix, tmp_path, rows):
    table = frame_of(first=[first for first, _ in rows], second=[second for _, second in rows])
    pd.testing.assert_frame_equal(round_trip(table, tmp_path / f"t{suffix}"), table)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(cells, max_size=6))
@example(values=[None])
@example(values=["", None, ""])
@example(values=[None, "x", None])
def test_one_column_comes_back(suffix, tmp_path, values):
    table = frame_of(only=values)
    pd.testing.assert_frame_equal(round_trip(table, tmp_path / f"t{suffix}"), table)


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(names=st.lists(texts.filter(bool), min_size=1, max_size=4, unique=True))
def test_any_column_names_come_back(suffix, tmp_path, names):
    table = frame_of(**{name: ["x"] for name in names})
    assert list(round_trip(table, tmp_path / f"t{suffix}").columns) == names


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["messages", "parts", "receipts", "inbox", "events", "pdus"])
def test_our_tables_come_back(suffix, name, tmp_path):
    for log in (
        sk.Log(conversation()),
        *(sk.read(CAPTURES / f"{one}.pcap") for one in ("jsmpp_to_node", "errors_from_node")),
    ):
        table = getattr(log, name)
        found = round_trip(table, tmp_path / f"t{suffix}")
        pd.testing.assert_frame_equal(found, table, check_exact=True)
    empty = table.head(0)
    assert list(round_trip(empty, tmp_path / f"t{suffix}").columns) == list(table.columns)


def test_lists_and_octets_come_back(tmp_path):
    multi = sk.SubmitMulti(
        dest_address=[{"destination_addr": "=12"}, {"dl_name": "friends"}], short_message=b"\x00\xff=1"
    )
    failed = sk.SubmitMultiResp(message_id="=1+1", unsuccess_sme=[{"destination_addr": "1", "error_status_code": 11}])
    table = sk.frame([multi, failed], ["dest_address", "unsuccess_sme", "short_message", "message_id", "raw"])
    for suffix in SUFFIXES:
        pd.testing.assert_frame_equal(round_trip(table, tmp_path / f"t{suffix}"), table)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_extreme_values_come_back(suffix, tmp_path):
    table = pd.DataFrame(
        {
            "time": pd.to_datetime(
                ["2026-11-22T10:16:00.123456789Z", None, "1970-01-01T00:00:00Z"], utc=True, format="ISO8601"
            ).astype("datetime64[ns, UTC]"),
            "response_time": [0.1 + 0.2, np.nan, 1e-9],
            "sequence_number": pd.array([2**62 + 1, None, 0], "Int64"),
            "late": [True, False, True],
            "direction": pd.Categorical(["esme_to_mc", None, "mc_to_esme"], categories=["esme_to_mc", "mc_to_esme"]),
        }
    )
    pd.testing.assert_frame_equal(round_trip(table, tmp_path / f"t{suffix}"), table, check_exact=True)


def test_csv_holds_no_formula(tmp_path):
    sk.save(
        frame_of(**{"text": [*FORMULAS, *NUMBERS], "=name": NASTY[: len(FORMULAS) + len(NUMBERS)]}), tmp_path / "t.csv"
    )
    rows = list(csv.reader(io.StringIO((tmp_path / "t.csv").read_bytes().decode(), newline="")))
    for cell in (cell for row in rows for cell in row):
        assert cell[:1] not in {*"=-@\t\r\n\0＝＋－＠"} or cell in NUMBERS, cell
        assert not cell.startswith("+") or cell in NUMBERS, cell
    assert "+32471123456" in [row[0] for row in rows]


def test_xlsx_holds_no_formula(tmp_path):
    sk.save(frame_of(**{"text": NASTY, "=name": NASTY}), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "inlineStr", "n"}
    with zipfile.ZipFile(tmp_path / "t.xlsx") as archive:
        content = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in content
    assert not any(cell.data_type == "n" and cell.value is not None for row in sheet.iter_rows() for cell in row)


@pytest.mark.parametrize(
    "content",
    [
        "MsgId,To,Time\n0004E2,+32471123456,2026-11-22\n1e240,,x\n",
        "MsgId;To;Time\r\n0004E2;+32471123456;2026-11-22\r\n1e240;;x\r\n",
        "MsgId\tTo\tTime\n0004E2\t+32471123456\t2026-11-22\n1e240\t\tx\n\n",
        "\ufeffMsgId|To|Time\n0004E2|+32471123456|2026-11-22\n1e240||x\n",
    ],
)
def test_exports_of_others_stay_text(content, tmp_path):
    for name in ("export.csv", "export.dat"):
        (tmp_path / name).write_bytes(content.encode())
        found = sk.read(tmp_path / name)
        assert found["MsgId"].tolist() == ["0004E2", "1e240"]
        assert found["Time"].tolist() == ["2026-11-22", "x"]
        assert found["To"].isna().tolist() == [False, True]
        assert {str(dtype) for dtype in found.dtypes} == {"str"}


def test_other_encodings(tmp_path):
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        (tmp_path / "export.csv").write_bytes("name,id\nÉté,007\n".encode(encoding))
        assert sk.read(tmp_path / "export.csv").iloc[0].tolist() == ["Été", "007"]


def test_our_names_in_tables_of_others_convert_only_what_fits(tmp_path):
    (tmp_path / "a.csv").write_text("time,sequence_number,state,raw,final,message_state\n22/11/26,7a,WELL,xyz,yes,2\n")
    found = sk.read(tmp_path / "a.csv")
    assert found.iloc[0].tolist() == ["22/11/26", "7a", "WELL", "xyz", "yes", 2]
    (tmp_path / "a.csv").write_text("time,time_sent\n2026-11-22T10:16:00Z,2026-11-22 11:16:00+01:00\n")
    assert sk.read(tmp_path / "a.csv").iloc[0].tolist() == [pd.Timestamp("2026-11-22 10:16", tz="UTC")] * 2


def test_workbooks_of_others(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["MsgId", "Count", "When", "Flag", None])
    book.active.append(["0004E2", 7, pd.Timestamp("2026-11-22").to_pydatetime(), True])
    book.active.append([12345678901234, 0.5, None, None])
    book.save(tmp_path / "a.xlsx")
    found = sk.read(tmp_path / "a.xlsx")
    assert found["MsgId"].tolist() == ["0004E2", "12345678901234"]
    assert found["Count"].tolist() == ["7", "0.5"]
    assert found["When"].tolist()[0] == "2026-11-22 00:00:00"
    assert found["Flag"].tolist()[0] == "true"


def test_parquet_of_others_loses_no_digit(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    large = 2**53 + 1
    columns = {
        "id": pa.array([large, None], pa.int64()),
        "octets": pa.array([b"\xff", None]),
        "small": pa.array([1, 2], pa.uint8()),
    }
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    found = sk.read(tmp_path / "a.parquet")
    assert found["id"].iloc[0] == large
    assert found["octets"].iloc[0] == b"\xff"
    assert [str(dtype) for dtype in found.dtypes] == ["Int64", "binary[pyarrow]", "uint8"]


def test_columns_of_all_kinds_can_be_saved(tmp_path):
    table = pd.DataFrame(
        {
            "objects": [b"\x01", {"a": (1, b"\x02")}, None],
            "mixed": ["=1", 2, 3.5],
            "spans": pd.to_timedelta([1, 2, None], unit="s"),
            "days": pd.to_datetime(["2026-11-22", None, "2026-11-23"]),
            "codes": pd.Categorical([1, 2, None]),
        }
    )
    for suffix in (".csv", ".xlsx"):
        found = round_trip(table, tmp_path / f"t{suffix}")
        assert found["objects"].tolist()[:2] == ["01", json.dumps({"a": [1, "02"]})]
        assert found["mixed"].tolist() == ["=1", "2", "3.5"]
        assert found["days"].tolist()[0].startswith("2026-11-22 00:00:00")
        assert found.isna().sum().tolist() == [1, 0, 1, 1, 1]
    with pytest.raises(TableError, match="cannot be saved as Parquet"):
        sk.save(table, tmp_path / "t.parquet")


def test_an_index_that_says_something_becomes_columns(tmp_path):
    table = pd.DataFrame({"rate": [0.5]}, index=pd.Index(["BE"], name="country"))
    assert list(round_trip(table, tmp_path / "t.csv").columns) == ["country", "rate"]
    assert list(round_trip(table["rate"], tmp_path / "t.csv").columns) == ["country", "rate"]
    assert list(round_trip(pd.DataFrame({7: ["x"]}), tmp_path / "t.csv").columns) == ["7"]


@pytest.mark.parametrize(("table", "told"), [
    ([1, 2], "save takes a DataFrame, not list"),
    (pd.DataFrame([[1, 2]], columns=["a", "a"]), "all different"),
    (pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")])), "one row of names"),
])  # fmt: skip
def test_what_cannot_be_saved(table, told, tmp_path):
    with pytest.raises(TableError, match=told):
        sk.save(table, tmp_path / "t.csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_column_keeps_the_end_of_observation_in_any_file(suffix, tmp_path):
    messages = sk.Log(conversation()).messages
    end = pd.Timestamp(messages.attrs["observed_until"]) + pd.Timedelta("2h")
    messages = messages.assign(observed_until=end.isoformat())
    found = round_trip(messages, tmp_path / f"t{suffix}")
    for name in ("delivery_rate", "latency"):
        asked, expected = (getattr(table.smpp, name)(horizon="1h") for table in (found, messages))
        pd.testing.assert_frame_equal(pd.DataFrame(asked), pd.DataFrame(expected))
        assert asked.attrs["observed_until"] == f"{end:%Y-%m-%d %H:%M:%S} UTC"
    assert ("observed_until" in found.attrs) == (suffix == ".parquet")


def test_an_index_named_like_a_column_and_numbers_like_texts_are_told(tmp_path):
    answer = pd.DataFrame({"outcome": ["accepted"], "state": ["DELIVERED"], "n": [1]}).smpp.delivery_rate(by="n")
    for suffix in SUFFIXES:
        with pytest.raises(TableError, match="some are 'n', that of the index among them: rename one"):
            sk.save(answer, tmp_path / f"t{suffix}")
        with pytest.raises(TableError, match="all different, but some are '1': rename one"):
            sk.save(pd.DataFrame([[1, 2]], columns=[1, "1"]), tmp_path / f"t{suffix}")
        assert list(round_trip(answer.rename_axis("group"), tmp_path / f"t{suffix}").columns)[:2] == ["group", "n"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("kind", ["uint64", "UInt64"])
def test_large_unsigned_numbers_lose_no_digit(suffix, kind, tmp_path):
    numbers = [2**63 + 5, 2**64 - 1, 2**53 + 1, 3]
    found = round_trip(pd.DataFrame({"n": pd.Series(numbers, dtype=kind)}), tmp_path / f"t{suffix}")
    assert [int(number) for number in found["n"]] == numbers


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_half_a_surrogate_pair_is_told_by_its_column(suffix, tmp_path):
    odd = pd.Series(["x", "\ud83d"], dtype=object)
    for column in (odd, pd.Categorical(odd), pd.Series([{"x": "\ud83d"}, None])):
        with pytest.raises(TableError, match=rf"t{suffix}: the column 'a' holds '\\ud83d', half of a surrogate pair"):
            sk.save(pd.DataFrame({"b": [1, 2], "a": column}), tmp_path / f"t{suffix}")
    with pytest.raises(TableError, match=r"the column 'a\\ud83d' holds"):
        sk.save(pd.DataFrame([[1]], columns=pd.Index(["a\ud83d"], dtype=object)), tmp_path / f"t{suffix}")


def test_kinds_that_arrow_lacks_are_text_or_told(tmp_path):
    table = pd.DataFrame({"z": [1 + 2j, complex("nan")], "f": np.array(["0.5", "nan"], np.longdouble)})
    table["s"] = pd.arrays.SparseArray([7, 0])
    for suffix in (".csv", ".xlsx"):
        found = round_trip(table, tmp_path / f"t{suffix}")
        assert found.iloc[0].tolist() == ["(1+2j)", "0.5", "7"]
        assert found.isna().sum().tolist() == [1, 1, 0]
    for name in table.columns:
        with pytest.raises(TableError, match=rf"t\.parquet: the column '{name}' cannot be saved as Parquet"):
            sk.save(table[[name]].assign(ok=1), tmp_path / "t.parquet")
    with pytest.raises(TableError, match="the column 'big' cannot be saved"):
        sk.save(pd.DataFrame({"ok": [1], "big": [2**70]}), tmp_path / "t.parquet")


def test_errors_name_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(TableError, match=r"^t\.xlsx: the column 'a' has a text of 40,000 characters"):
        sk.save(frame_of(a=["x" * 40_000]), tmp_path / "t.xlsx")
    with pytest.raises(TableError, match=r"^t\.xlsx: an xlsx sheet holds"):
        sk.save(pd.DataFrame(np.zeros((1, 17_000))), tmp_path / "t.xlsx")
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "file").touch()
    for suffix in SUFFIXES:
        with pytest.raises(FileNotFoundError, match=f"no such folder, make it first: '{tmp_path}/no/such'$"):
            sk.save(frame_of(a=["x"]), tmp_path / "no" / "such" / f"x{suffix}")
        with pytest.raises(NotADirectoryError, match=f"'{tmp_path}/file'$"):
            sk.save(frame_of(a=["x"]), tmp_path / "file" / f"x{suffix}")
    with pytest.raises(IsADirectoryError, match=f"folder, not a file to write: '{tmp_path}/a.csv'$"):
        sk.save(frame_of(a=["x"]), tmp_path / "a.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "file"]


@pytest.mark.parametrize("name", ["t.json", "t", "t.xls", "t.csv.gz"])
def test_other_suffixes_are_refused(name, tmp_path):
    with pytest.raises(TableError, match=r"\.csv, \.xlsx or \.parquet"):
        sk.save(pd.DataFrame({"a": [1]}), tmp_path / name)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    sk.save(frame_of(text=["old"]), tmp_path / "t.xlsx")
    with pytest.raises(TableError, match="40,000 characters"):
        sk.save(frame_of(text=["a" * 40_000]), tmp_path / "t.xlsx")
    assert sk.read(tmp_path / "t.xlsx")["text"].tolist() == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["t.xlsx"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    for name, kind, told in (
        ("no/t.csv", FileNotFoundError, "no such folder"),
        ("file/t.csv", NotADirectoryError, "[Dd]irectory"),
    ):
        (tmp_path / "file").touch()
        with pytest.raises(kind, match=told) as caught:
            sk.save(frame_of(a=["x"]), tmp_path / name)
        assert caught.value.filename == str((tmp_path / name).parent)


def test_a_missing_package_is_one_sentence(tmp_path, monkeypatch):
    import sys

    sk.save(frame_of(a=["x"]), tmp_path / "t.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(SmppError, match=r'run pip install "smppkit\[lab\]"'):
        sk.read(tmp_path / "t.xlsx")


def refused(path, content, *told):
    path.write_bytes(content)
    with pytest.raises((CaptureError, TableError)) as caught:
        sk.read(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    for word in told:
        assert word in sentence, sentence
    return caught.value


def test_files_that_are_nothing_of_ours(tmp_path):
    path = tmp_path / "file.pcap"
    assert refused(path, b"", "file.pcap is empty").offset == 0
    assert refused(path, b"this is no capture\n", "neither a capture", "74 68 69 73").offset == 0
    refused(path, b"this is no capture, it is prose.\nSecond line without\n", "neither a capture")
    refused(path, bytes(range(256)) * 8, "neither a capture")
    refused(path, b"\x89PNG\r\n\x1a\n" + bytes(100), "neither a capture")
    refused(path, b"SQLite format 3\0" + bytes(100), "SQLite database", "no journals")
    assert refused(path, b"PAR1" + bytes(100), "no Parquet file").offset is None
    refused(path, b"PK\x03\x04" + bytes(100), "cut off or damaged")
    assert refused(path, bytes.fromhex("d4c3b2a1 0200"), "cut off").offset == 6
    refused(path, gzip.compress(b"hello"), "no packet capture")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.txt", "hello")
    refused(path, archive.getvalue(), "no workbook")
    with pytest.raises(FileNotFoundError):
        sk.read(tmp_path / "missing.pcap")
    with pytest.raises(OSError, match="directory"):
        sk.read(tmp_path)


def test_tables_that_are_no_tables(tmp_path):
    path = tmp_path / "file.csv"
    refused(path, b"", "is empty")
    refused(path, b"\n\n", "no columns")
    refused(path, b"a,b\n1,2,3\n", "no table of 2 columns")
    refused(path, b'a,b\n"1,2\n', "file.csv: the quote before a cell of line 2 is never closed")
    book = openpyxl.Workbook()
    book.save(tmp_path / "empty.xlsx")
    with pytest.raises(TableError, match="no columns"):
        sk.read(tmp_path / "empty.xlsx")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_quote_that_is_never_closed_swallows_no_rows(encoding, end, tmp_path):
    rows = ["id;text", '"several\nlines";"""é"" "', *(f"{number};hello" for number in range(1000))]
    path = tmp_path / "file.csv"
    path.write_bytes((end or "\n").join(rows).encode(encoding))
    assert len(sk.read(path)) == 1001
    for place, cell in ((12, '9;"Hi, unfinished'), (1000, '997;"'), (1001, '998;"""')):
        changed = [*rows[:place], cell, *rows[place + 1 :]]
        refused(path, ((end or "\n").join(changed) + end).encode(encoding), f" line {place + 2:,} is")
    refused(path, '"id;text\n1;2'.encode(encoding), " line 1 is")


@pytest.mark.parametrize(
    "last",
    ['"x"', '""', '""""', '"""x"', '"x"""', '"a\n"', '"a""\n"', '"a\n"b', 'x"', 'x"y', '"a"b"', "'\"x", '"\n""\n"'],
)
def test_quotes_that_are_closed_or_amidst_a_cell_are_read(last, tmp_path):
    for end in ("", "\n"):
        (tmp_path / "a.csv").write_bytes(f"a,b\n1,2\n3,{last}{end}".encode())
        assert sk.read(tmp_path / "a.csv")["a"].tolist() == ["1", "3"]


def test_the_line_that_tells_excel_the_separator_is_no_header(tmp_path):
    path = tmp_path / "export.csv"
    for content in ("sep=;\nid;text\n1;a,b,c\n", "SEP=;\r\nid;text\r\n1;a,b,c", "sep=^\nid^text\n1^a,b,c\n"):
        for encoding in ("utf-8", "utf-8-sig", "utf-16"):
            for name in ("export.csv", "export.dat"):
                (tmp_path / name).write_bytes(content.encode(encoding))
                assert sk.read(tmp_path / name).to_dict("records") == [{"id": "1", "text": "a,b,c"}]
    refused(path, b'sep=;\nid;text\n1;"a\n', "line 3")
    refused(path, b"sep=;\n", "no columns")
    for name in ("sep=;", "sep=x"):
        pd.testing.assert_frame_equal(round_trip(frame_of(**{name: ["1;2"]}), path), frame_of(**{name: ["1;2"]}))


def test_a_workbook_that_would_unpack_to_gigabytes(tmp_path, monkeypatch):
    from smppkit.frames import spreadsheet

    sk.save(frame_of(a=["x"] * 100), tmp_path / "t.xlsx")
    monkeypatch.setattr(spreadsheet, "_MOST_OCTETS", 1000)
    with pytest.raises(CaptureError, match="would unpack to"):
        sk.read(tmp_path / "t.xlsx")


def test_content_decides_and_not_the_name(tmp_path):
    sk.save(frame_of(a=["x"], b=["y"]), tmp_path / "t.csv")
    sk.save(frame_of(a=["x"], b=["y"]), tmp_path / "t.parquet")
    sk.save(frame_of(a=["x"], b=["y"]), tmp_path / "t.xlsx")
    for path in list(tmp_path.iterdir()):
        renamed = path.rename(tmp_path / f"{path.suffix[1:]}.bin")
        assert sk.read(renamed)["b"].tolist() == ["y"]
    copied = tmp_path / "capture.csv"
    copied.write_bytes((CAPTURES / "outbind.pcap").read_bytes())
    assert len(sk.read(copied)) == 15
    assert len(sk.read(str(copied), port=2785)) == 15
