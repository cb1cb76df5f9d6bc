"""sk.frame: every kind of source, the columns and their dtypes, and rows for what cannot be read."""

import mmap
import random
from array import array

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import smppkit as sk
from smppkit.codec.problems import in_cell
from smppkit.errors import PduError, TableError
from smppkit.frames import buffers, slices
from smppkit.frames.columns import table
from smppkit.frames.reading import Reading
from smppkit.journal.log import Link, Segment
from smppkit.journal.memory import MemoryLog
from smppkit.spec import commands
from smppkit.spec.kinds import Tlv
from tests.core import pdu_maker

DEFAULT = [
    *("time", "link", "direction", "command", "command_id", "command_status", "sequence_number"),
    *dict.fromkeys(field.name for row in commands.ROWS for field in row.fields),
    *("text", "receipt_id", "receipt_sub", "receipt_dlvrd", "receipt_submit_date", "receipt_done_date", "receipt_stat"),
    *("receipt_err", "receipt_text", "problem"),
]
SUBMIT = sk.SubmitSm(source_addr="INFO", destination_addr="32471123456", short_message=b"Hi", sequence_number=7)
RECEIPT = sk.DeliverSm(
    source_addr="32471123456",
    destination_addr="INFO",
    esm_class=4,
    short_message=b"id:4d sub:001 dlvrd:001 submit date:2611221016 done date:261122101733 stat:DELIVRD err:000 text:Hi",
)
MULTI = sk.SubmitMulti(
    dest_address=[{"dest_addr_ton": 1, "destination_addr": "12"}, {"dl_name": "friends"}], short_message=b"to many"
)


def dtypes(frame):
    return {name: str(dtype) for name, dtype in frame.dtypes.items()}


def test_default_columns_are_those_of_the_design():
    assert list(sk.frame(b"").columns) == DEFAULT == list(sk.frame(SUBMIT.encode()).columns)


def test_dtypes_do_not_depend_on_the_rows():
    full = sk.frame([SUBMIT, RECEIPT, MULTI, sk.EnquireLink()])
    assert dtypes(sk.frame(b"")) == dtypes(full)
    kinds = dtypes(full)
    assert kinds["time"] == kinds["receipt_done_date"] == kinds["receipt_submit_date"] == "datetime64[ns, UTC]"
    assert kinds["command"] == kinds["direction"] == "category"
    assert kinds["command_id"] == kinds["esm_class"] == kinds["message_state"] == kinds["receipt_sub"] == "Int64"
    assert kinds["text"] == kinds["source_addr"] == kinds["link"] == kinds["problem"] == kinds["receipt_err"] == "str"
    assert kinds["short_message"] == "binary[pyarrow]"
    assert kinds["dest_address"].startswith("list<element: struct<dest_flag: uint8")
    assert pa.types.is_large_string(full["text"].array.__arrow_array__().type)
    more = dtypes(
        sk.frame(b"", ["encoding", "udh", "raw", "message_payload", "receipted_message_id", "user_message_reference"])
    )
    assert list(more.values()) == ["category", "binary[pyarrow]", "binary[pyarrow]", "binary[pyarrow]", "str", "Int64"]


def test_values_of_a_receipt():
    row = sk.frame(RECEIPT.encode()).iloc[0]
    assert row["command"] == "deliver_sm"
    assert row["direction"] == "mc_to_esme"
    assert (row["receipt_id"], row["receipt_sub"], row["receipt_dlvrd"], row["receipt_stat"]) == ("4d", 1, 1, "DELIVRD")
    assert (row["receipt_err"], row["receipt_text"]) == ("000", "Hi")
    assert row["receipt_done_date"] == pd.Timestamp("2026-11-22 10:17:33", tz="UTC")
    assert row["receipt_submit_date"] == pd.Timestamp("2026-11-22 10:16", tz="UTC")
    assert row["text"].startswith("id:4d sub:001")
    assert row["short_message"] == RECEIPT.short_message
    assert pd.isna(row["time"])
    assert pd.isna(row["link"])
    assert pd.isna(row["problem"])


def test_lists_are_structs():
    response = sk.SubmitMultiResp(message_id="1", unsuccess_sme=[{"destination_addr": "12", "error_status_code": 11}])
    found = sk.frame([MULTI, response, SUBMIT], ["dest_address", "unsuccess_sme", "number_of_dests"])
    entries = found["dest_address"].iloc[0]
    assert entries[0] == {
        "dest_flag": 1, "dest_addr_ton": 1, "dest_addr_npi": 0, "destination_addr": "12", "dl_name": None,
    }  # fmt: skip
    assert (entries[1]["dest_flag"], entries[1]["dl_name"]) == (2, "friends")
    assert found["unsuccess_sme"].iloc[1][0]["error_status_code"] == 11
    assert found["dest_address"].isna().tolist() == [False, True, True]
    assert found["number_of_dests"].tolist()[0] == 2


def test_any_buffer_and_any_sequence_give_the_same(tmp_path):
    octets = SUBMIT.encode() + RECEIPT.encode()
    expected = sk.frame(octets)
    (tmp_path / "pdus").write_bytes(octets)
    with (
        (tmp_path / "pdus").open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
        memoryview(mapped) as view,
    ):
        pd.testing.assert_frame_equal(sk.frame(view), expected)
    for source in (bytearray(octets), memoryview(octets), np.frombuffer(octets, np.uint8)):
        pd.testing.assert_frame_equal(sk.frame(source), expected)
    for source in ([SUBMIT, RECEIPT], (SUBMIT.encode(), RECEIPT), iter([SUBMIT, memoryview(RECEIPT.encode())])):
        pd.testing.assert_frame_equal(sk.frame(source), expected)


def test_a_log_brings_times_links_and_directions():
    log = MemoryLog()
    log.add_link(Link("one", "a", "b"))
    log.add_link(Link("two", "c", "d"))
    log.append(SUBMIT.encode(), time=1_795_342_620_000_000_001, direction=0, link=1)
    log.append(sk.EnquireLink().encode(), direction=1)
    found = sk.frame(log, ["time", "link", "direction"])
    assert found["time"].iloc[0] == pd.Timestamp("2026-11-22 10:17:00.000000001", tz="UTC")
    assert found["link"].tolist()[0] == "two"
    assert found["link"].isna().tolist() == [False, True]
    assert found["direction"].tolist() == ["esme_to_mc", "mc_to_esme"]
    pd.testing.assert_frame_equal(sk.frame(sk.frames.Log(log)), sk.frame(log))


def test_directions_are_told_by_commands_that_one_side_alone_sends():
    pdus = [sk.SubmitSm(), sk.SubmitSmResp(message_id="1"), sk.DeliverSm(), sk.EnquireLink(), sk.DataSm(), sk.Outbind()]
    found = sk.frame(pdus, ["direction"])["direction"]
    assert found.astype(object).where(found.notna(), None).tolist() == [
        "esme_to_mc", "mc_to_esme", "mc_to_esme", None, None, "mc_to_esme",
    ]  # fmt: skip


def test_columns_are_chosen_and_ordered():
    found = sk.frame([SUBMIT], ["text", "user_message_reference", "time", "0x1401"])
    assert list(found.columns) == ["text", "user_message_reference", "time", "0x1401"]
    assert list(sk.frame([SUBMIT], "text").columns) == ["text"]


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_no_columns_are_as_many_rows(rows):
    found = sk.frame([SUBMIT] * rows, columns=[])
    assert found.shape == (rows, 0)
    pd.testing.assert_index_equal(found.index, sk.frame([SUBMIT] * rows, "text").index, exact=True)
    assert len(sk.encode_many("enquire_link", found)[1]) == rows + 1


def test_tlvs_by_name_and_by_tag():
    pdu = sk.SubmitSm(tlvs=[("user_message_reference", 7), (0x1401, b"A"), (0x1401, b"B"), ("source_port", 80)])
    found = sk.frame([pdu], ["user_message_reference", "0x1401", "0x020A", "0x1402"]).iloc[0]
    assert found["user_message_reference"] == 7
    assert found["0x1401"] == b"A"
    assert found["0x020A"] == 80
    assert pd.isna(found["0x1402"])


@pytest.mark.parametrize("name", ["sourc_addr", "0x14", "0xzzzz", "Text", "", "receipt_final"])
def test_unknown_columns(name):
    with pytest.raises(TableError, match="no column"):
        sk.frame(b"", ["time", name])


def test_close_names_are_offered():
    with pytest.raises(TableError, match="did you mean source_addr"):
        sk.frame(b"", ["sourc_addr"])
    with pytest.raises(TableError, match="asked for twice"):
        sk.frame(b"", ["text", "text"])
    with pytest.raises(TableError, match="standard's field and TLV names"):
        sk.frame(b"", ["qqqq"])


@pytest.mark.parametrize("source", [7, None, object(), ["text"], [b"", 3], 1.5])
def test_what_holds_no_pdus(source):
    with pytest.raises(TableError, match="frame takes"):
        sk.frame(source)


def test_unknown_commands_are_named_by_their_number():
    strange = bytes.fromhex("00000010 000000ff 00000000 00000001")
    vendor = bytes.fromhex("00000010 80010203 00000000 00000001")
    found = sk.frame(strange + vendor + SUBMIT.encode(), ["command", "problem"])
    assert found["command"].tolist() == ["command 0x000000FF", "command 0x80010203", "submit_sm"]
    assert found["problem"].iloc[0] == "command_id: 0x000000FF is no command of SMPP 3.3, 3.4 or 5.0"
    assert "vendor" in found["problem"].iloc[1]


def test_thousands_of_unknown_commands(seed):
    rng = random.Random(seed)
    wanted = [rng.choice((rng.randrange(2**32), rng.randrange(2**10), 4, 0xFFFFFFFF)) for _ in range(5000)]
    octets = b"".join(b"\0\0\0\x10" + number.to_bytes(4, "big") + bytes(8) for number in wanted)
    found = sk.frame(octets, ["command"])["command"]
    assert found.tolist() == list(map(commands.name_of, wanted))
    assert found.cat.categories.is_unique


def test_what_is_left_of_a_buffer_is_a_row():
    cut = SUBMIT.encode() + RECEIPT.encode()[:50]
    found = sk.frame(cut, ["command", "sequence_number", "source_addr", "problem"])
    assert found["command"].tolist() == ["submit_sm", "deliver_sm"]
    assert pd.isna(found["source_addr"].iloc[1])
    assert "only 50 are here" in found["problem"].iloc[1]
    assert "HTTP" in sk.frame(b"HTTP/1.1 400 Bad Request\r\n", ["problem"])["problem"].iloc[0]
    assert sk.frame(b"\0\0", ["command"])["command"].isna().all()


def told_by_the_codec(octets, profile=None):
    try:
        return in_cell(sk.decode(octets, profile=profile).problems) or None
    except PduError as error:
        return str(error)


def damaged(rng):
    octets = bytearray(pdu_maker.make(rng)[0])
    for _ in range(rng.randrange(3)):
        octets[rng.randrange(4, len(octets))] = rng.choice((0, 1, 0x41, 0xFF, rng.randrange(256)))
    octets += bytes(rng.choice((0, 0, 0, 1, 2, 5)))
    if rng.random() < 0.1:
        del octets[rng.randrange(16, len(octets) + 1) :]
    octets[:4] = len(octets).to_bytes(4, "big")
    return bytes(octets)


def test_problems_are_the_sentences_of_the_codec(seed):
    rng = random.Random(seed)
    pdus = [damaged(rng) for _ in range(3000)]
    found = sk.frame(pdus, ["problem"])["problem"]
    for octets, problem in zip(pdus, found.astype(object).where(found.notna(), None), strict=True):
        assert problem == told_by_the_codec(octets), octets.hex()


ONE, OTHER = sk.SubmitSm(sequence_number=1).encode(), sk.EnquireLink(sequence_number=2).encode()


@pytest.mark.parametrize(
    "source",
    [
        np.array([ONE, OTHER], dtype=object),
        pd.Series([ONE, OTHER]).to_numpy(),
        pa.array([ONE, OTHER]),
        np.frombuffer(ONE + OTHER, np.uint8),
        np.frombuffer(ONE + OTHER, np.uint8).repeat(2)[::2],
        memoryview(ONE + OTHER),
        pa.py_buffer(ONE + OTHER),
    ],
    ids=lambda source: type(source).__name__,
)
def test_octets_come_in_many_containers(source):
    assert sk.frame(source, ["command"]).command.tolist() == ["submit_sm", "enquire_link"]


@pytest.mark.parametrize(
    "source",
    [np.frombuffer(OTHER, np.uint32), np.array([ONE, OTHER]), np.array(["x"]), array("I", [1]), np.zeros(16, bool)],
    ids=["numbers", "octets of one width", "text", "array", "bool"],
)
def test_memory_that_is_no_octets_is_refused(source):
    with pytest.raises(TableError, match=r"frame takes octets, PDUs, .*, not .*: give bytes, or a list of them"):
        sk.frame(source)


@pytest.mark.parametrize("text", [OTHER.hex(), OTHER.hex(" "), "0000  00 00 00 10\n0004  00 00 00 15"])
def test_a_hex_dump_is_no_path_and_is_not_shown(text):
    with pytest.raises(TableError, match=r"this text is a hex dump: frame\(\[decode\(text\)\]\)$") as told:
        sk.frame(text)
    assert "15" not in str(told.value)


def test_a_capture_that_is_named_by_a_hash_is_a_path(tmp_path, monkeypatch, root):
    monkeypatch.chdir(tmp_path)
    name = "d41d8cd98f00b204e9800998ecf8427e"
    (tmp_path / name).write_bytes((root / "tests/captures/outbind.pcap").read_bytes())
    assert len(sk.frame(name, ["command"])) == 15


def test_problems_of_single_mistakes():
    header = [
        sk.SubmitSm(command_status=8),
        sk.SubmitSm(sequence_number=0x80000001),
        sk.SubmitSm(esm_class=0x40, short_message=b"\x09abc"),
        sk.SubmitSm(esm_class=0x40),
        sk.SubmitSm(short_message=b"a", tlvs={"message_payload": b"b"}),
        sk.SubmitSm(tlvs={"sar_msg_ref_num": 1}),
        sk.SubmitSm(tlvs=[("source_port", 1), ("source_port", 2)]),
        sk.SubmitSm(tlvs={"congestion_state": 1}),
        sk.SubmitSm(tlvs=[("callback_num", b"0101"), ("callback_num", b"0102")]),
        sk.SubmitSmResp(message_id=None),
        sk.SubmitSmResp(message_id=None, command_status=8),
        sk.DeliverSm(tlvs={"receipted_message_id": "1", "message_state": 2, "network_error_code": b"\3\0\0"}),
    ]
    found = sk.frame(header, ["problem"])["problem"]
    for pdu, problem in zip(header, found.astype(object).where(found.notna(), None), strict=True):
        assert problem == told_by_the_codec(pdu.encode()), pdu
    assert found.notna().tolist() == [True] * 8 + [False, True, False, False]


def test_texts_by_data_coding():
    given = {
        0: (b"\x00\x1b\x65", "@€"),
        1: (b"ASCII", "ASCII"),
        3: ("Grüße".encode("latin-1"), "Grüße"),
        4: (b"\x00\x01", None),
        5: ("日本".encode("shift_jis"), "日本"),
        6: ("Привет".encode("iso8859-5"), "Привет"),
        7: ("שלום".encode("iso8859-8"), "שלום"),
        8: ("emoji 😀".encode("utf-16-be"), "emoji 😀"),
        10: ("日本".encode("iso2022_jp"), "日本"),
        14: ("한국".encode("euc_kr"), "한국"),
        0xF5: (b"abc", None),
    }
    pdus = [sk.SubmitSm(data_coding=coding, short_message=octets) for coding, (octets, _) in given.items()]
    found = sk.frame(pdus, ["text", "encoding"])
    texts = found["text"].astype(object).where(found["text"].notna(), None)
    assert texts.tolist() == [text for _, text in given.values()]
    assert found["encoding"].tolist() == [
        *("gsm7", "ascii", "latin1", "octets", "jis", "cyrillic", "hebrew", "ucs2"),
        *("iso-2022-jp", "ks-c-5601", "octets"),
    ]


def test_texts_with_headers_payloads_and_nothing():
    concat = bytes.fromhex("050003cc0201")
    turkish = bytes.fromhex("03250101")
    pdus = [
        sk.SubmitSm(esm_class=0x40, short_message=concat + b"part"),
        sk.SubmitSm(esm_class=0x40, tlvs={"message_payload": concat + b"payload"}),
        sk.SubmitSm(tlvs={"message_payload": b"payload"}),
        sk.SubmitSm(short_message=b"short", tlvs={"message_payload": b"payload"}),
        sk.SubmitSm(),
        sk.DataSm(),
        sk.SubmitSm(esm_class=0x40, short_message=turkish + b"\x07"),
        sk.SubmitSm(esm_class=0x40, short_message=b"\x05bad"),
        sk.SubmitSm(tlvs={"sar_msg_ref_num": 9, "sar_total_segments": 3, "sar_segment_seqnum": 2}),
        sk.EnquireLink(),
    ]
    found = sk.frame(pdus, ["text", "udh", "concat_width", "concat_reference", "concat_total", "concat_number"])
    texts = found["text"].astype(object).where(found["text"].notna(), None)
    assert texts.tolist() == ["part", "payload", "payload", "short", "", None, "ı", "ébad", "", None]
    assert found["udh"].tolist()[0] == concat
    assert found["udh"].notna().tolist() == [True, True, False, False, False, False, True, False, False, False]
    assert found["concat_width"].tolist() == [8, 8, 0, 0, 0, 0, 0, 0, 1, 0]
    assert found.iloc[8, 3:].tolist() == [9, 3, 2]
    assert found.iloc[0, 3:].tolist() == [0xCC, 2, 1]


def test_a_profile_changes_codings_and_names_tlvs():
    profile = sk.Profile(
        "operator",
        tlvs=[Tlv(0x1400, "billing", "cstring", 1, 10)],
        codings={0: "latin1", 0x12: "jis", 0x13: "gsm7-packed"},
    )
    pdus = [
        sk.SubmitSm(short_message="é".encode("latin-1"), tlvs=[(0x1400, b"A7\0")]),
        sk.SubmitSm(data_coding=0x12, short_message="日".encode("shift_jis")),
        sk.SubmitSm(data_coding=0x13, short_message=bytes.fromhex("e8329bfd06")),
        sk.SubmitSm(tlvs=[(0x1400, b"far too long a value\0")]),
    ]
    found = sk.frame(pdus, ["text", "billing", "problem"], profile=profile)
    assert found["text"].tolist() == ["é", "日", "hello", ""]
    assert found["billing"].tolist()[0] == "A7"
    assert found["problem"].iloc[3] == told_by_the_codec(pdus[3].encode(), profile)
    assert found["problem"].notna().tolist() == [False, False, False, True]
    with pytest.raises(TableError, match="did you mean billing"):
        sk.frame(pdus, ["biling"], profile=profile)
    with pytest.raises(TableError, match="no column 'billing'"):
        sk.frame(pdus, ["billing"])


def test_threads_and_slices_change_nothing(monkeypatch, seed):
    rng = random.Random(seed)
    pdus = [pdu_maker.make(rng)[0] for _ in range(2000)]
    expected = sk.frame(pdus)
    monkeypatch.setattr(slices, "WORTH_THREADS", 1)
    monkeypatch.setattr(slices.os, "cpu_count", lambda: 4)
    for rows in (1999, 100, 37):
        monkeypatch.setattr(buffers, "cut", lambda segments, rows=rows: slices.cut(segments, rows))
        pd.testing.assert_frame_equal(sk.frame(pdus), expected)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_as_many_threads_as_asked_for(threads, monkeypatch, seed):
    rng = random.Random(seed)
    pdus = [pdu_maker.make(rng)[0] for _ in range(500)]
    segments = [piece.segment for some in (pdus[:1], pdus[1:]) for piece in buffers.pieces_of(some)]
    expected = sk.frame(pdus)
    started = []
    real = slices.ThreadPoolExecutor

    def pool(workers, name):
        started.append(workers)
        return real(workers, name)

    monkeypatch.setattr(slices, "WORTH_THREADS", 1)
    monkeypatch.setattr(slices, "ThreadPoolExecutor", pool)
    found = table(list(slices.cut(segments)), [], list(expected.columns), Reading.of(None), threads)
    pd.testing.assert_frame_equal(found, expected)
    assert started == ([threads] if threads > 1 else [])


def test_where_each_pdu_begins():
    octets = SUBMIT.encode() + RECEIPT.encode() + bytes(3)
    found = sk.frame(octets, ["sequence_number", "offset"])
    assert found["offset"].tolist() == [0, len(SUBMIT.encode()), len(octets) - 3]
    assert dtypes(found)["offset"] == "Int64"
    assert found["sequence_number"].isna().tolist() == [False, False, True]


def test_what_is_done_to_a_frame_is_not_done_to_the_log():
    log = MemoryLog()
    log.append(SUBMIT.encode(), time=1_795_342_620_000_000_000, direction=0)
    found = sk.frame(log, ["time", "direction", "offset", "sequence_number"])
    found.loc[0, "time"] = pd.NaT
    found.loc[0, "offset"] = 99
    found.loc[0, "direction"] = "mc_to_esme"
    (segment,) = log.segments()
    assert (segment.time[0], segment.offset[0], segment.direction[0]) == (1_795_342_620_000_000_000, 0, 0)


def test_slices_are_cut_by_octets_too(monkeypatch):
    monkeypatch.setattr(slices, "SLICE_OCTETS", 40)
    segment = Segment.of(bytes(300), [0, 16, 32, 48, 148], [16, 16, 16, 100, 16], [0] * 5, [0] * 5, [0] * 5)
    assert [(piece.start, piece.stop) for piece in slices.cut([segment])] == [(0, 2), (2, 3), (3, 4), (4, 5)]


def test_a_million_rows_take_no_more_memory_than_their_columns():
    octets = SUBMIT.encode() * 200_000
    found = sk.frame(octets, ["command", "source_addr", "text"])
    assert len(found) == 200_000
    assert found.memory_usage(deep=True).sum() < 200_000 * 40
    assert found["text"].nunique() == 1
