"""The log that users hold: tables kept until it grows, pieces, files, and how it shows itself."""

import threading
from pathlib import Path

import pandas as pd
import pytest

import smppkit as sk
from smppkit.errors import TableError
from smppkit.frames.tables import COLUMNS
from smppkit.journal.log import Event, Link, Problem
from smppkit.journal.memory import MemoryLog

CAPTURES = Path(__file__).parents[1] / "captures"
SECOND = 1_000_000_000
START = 1_795_342_620 * SECOND

DTYPES = {
    "messages": {
        **dict.fromkeys(("msg_id", "parts", "attempts"), "int64"),
        **dict.fromkeys(("time_queued", "time_sent", "time_resp", "time_final"), "datetime64[ns, UTC]"),
        **dict.fromkeys(
            ("sender", "destination", "text", "tag", "message_id", "err", "network_error", "country"), "str"
        ),
        **dict.fromkeys(("encoding", "outcome", "state"), "category"),
        **dict.fromkeys(("final", "possible_duplicate"), "bool"),
        **dict.fromkeys(("response_time", "delivery_time"), "float64"),
        **dict.fromkeys(("command_status", "registered_delivery"), "Int64"),
    },
    "parts": {
        **dict.fromkeys(("msg_id", "part", "attempt", "sequence_number"), "int64"),
        **dict.fromkeys(("link", "destination", "message_id"), "str"),
        **dict.fromkeys(("time_sent", "time_resp"), "datetime64[ns, UTC]"),
        "command_status": "Int64",
        "outcome": "category",
        "late": "bool",
    },
    "receipts": {
        **dict.fromkeys(("time", "receipt_submit_date", "receipt_done_date"), "datetime64[ns, UTC]"),
        **dict.fromkeys(("msg_id", "part", "receipt_sub", "receipt_dlvrd"), "Int64"),
        **dict.fromkeys(("link", "receipt_id", "receipt_stat", "receipt_err", "receipt_text", "network_error"), "str"),
        **dict.fromkeys(("message_state", "matched_by"), "category"),
        "raw": "binary[pyarrow]",
    },
    "inbox": {
        "time": "datetime64[ns, UTC]",
        **dict.fromkeys(("link", "source", "destination", "text", "route"), "str"),
        "encoding": "category",
        **dict.fromkeys(("parts", "parts_seen"), "int64"),
        "complete": "bool",
        "raw": "binary[pyarrow]",
    },
    "events": {
        "time": "datetime64[ns, UTC]",
        **dict.fromkeys(("link", "from_state", "to_state", "reason", "detail"), "str"),
    },
}


def conversation():
    """Three messages: delivered, refused, unanswered; one message in."""
    log = MemoryLog(complete=True)
    log.add_link(Link("10.0.0.1:4000-10.0.0.2:2775", "10.0.0.1:4000", "10.0.0.2:2775"))
    log.add_event(Event(START, 0, "CLOSED", "OPEN", "connect", ""))
    sent = {"source_addr": "INFO", "short_message": b"Hi"}
    receipt = b"id:77 sub:001 dlvrd:001 submit date:2611221017 done date:2611221018 stat:DELIVRD err:000 text:Hi"
    for at, direction, pdu in (
        (1, 0, sk.SubmitSm(destination_addr="32471000001", sequence_number=1, **sent)),
        (2, 0, sk.SubmitSm(destination_addr="32471000002", sequence_number=2, **sent)),
        (3, 0, sk.SubmitSm(destination_addr="32471000003", sequence_number=3, **sent)),
        (4, 1, sk.SubmitSmResp(message_id="4D", sequence_number=1)),
        (5, 1, sk.SubmitSmResp(message_id=None, command_status=0x58, sequence_number=2)),
        (6, 1, sk.DeliverSm(source_addr="32471000001", destination_addr="INFO", esm_class=4, short_message=receipt)),
        (
            7,
            1,
            sk.DeliverSm(source_addr="32471000009", destination_addr="INFO", short_message=b"STOP", sequence_number=2),
        ),
    ):
        log.append(pdu.encode(), time=START + at * SECOND, direction=direction, link=0)
    return log


@pytest.fixture
def log():
    return sk.Log(conversation(), "talk")


@pytest.mark.parametrize("name", DTYPES)
def test_columns_and_dtypes(name, log):
    for source in (log, sk.Log(MemoryLog()), sk.read(CAPTURES / "kannel_to_node.pcap")):
        table = getattr(source, name)
        assert {column: str(dtype) for column, dtype in table.dtypes.items()} == DTYPES[name]
        assert tuple(table.columns) == COLUMNS[name]


@pytest.mark.parametrize("text", [b"id:77 done date:2611221018 DELIVRD\0", b"stat:DELIVRD id:77\0\0"])
@pytest.mark.parametrize("esm_class", [0, 4])
def test_receipts_that_end_with_nuls_are_of_their_messages(text, esm_class):
    log = conversation()
    sent = {"source_addr": "32471000001", "destination_addr": "INFO", "sequence_number": 3}
    tlvs = {} if esm_class else {"receipted_message_id": " 77 ", "message_state": 2}  # says so in place of esm_class
    log.append(sk.DeliverSm(esm_class=esm_class, short_message=text, tlvs=tlvs, **sent).encode(), START, 1, 0)
    tables = sk.Log(log)
    assert tables.receipts["receipt_id"].tolist() == ["77", "77"]
    assert tables.receipts["message_state"].tolist() == ["DELIVERED"] * 2
    assert tables.receipts["msg_id"].nunique() == 1
    assert tables.inbox["text"].tolist() == ["STOP"]


def test_what_became_of_the_messages(log):
    messages = log.messages
    assert messages["outcome"].tolist() == ["accepted", "refused", "unanswered"]
    assert messages["state"].astype(object).where(messages["state"].notna(), None).tolist() == ["DELIVERED", None, None]
    assert messages["response_time"].tolist()[0] == 3.0
    assert messages["delivery_time"].tolist()[0] == 5.0
    assert messages["command_status"].tolist()[:2] == [0, 0x58]
    assert messages["country"].tolist() == ["BE"] * 3
    assert log.receipts["matched_by"].tolist() == ["hex_to_decimal"]
    assert log.receipts["message_state"].tolist() == ["DELIVERED"]
    assert log.inbox["text"].tolist() == ["STOP"]
    assert log.events["to_state"].tolist() == ["OPEN"]
    assert log.dialects[0].counts == {"hex_to_decimal": 1}
    assert messages.attrs["observed_until"] == "2026-11-22T10:17:07+00:00"
    assert messages.attrs["status_names"]["88"] == "ESME_RTHROTTLED"
    assert messages.smpp.delivery_rate() is not None


def test_orphans_are_absent_in_matched_by():
    log = MemoryLog()
    log.append(sk.DeliverSm(esm_class=4, short_message=b"id:1 stat:DELIVRD").encode(), direction=1)
    assert sk.Log(log).receipts["matched_by"].isna().all()


def test_tables_are_kept_until_the_log_grows():
    journal = conversation()
    log = sk.Log(journal)
    before = {name: getattr(log, name) for name in (*DTYPES, "pdus")}
    assert all(getattr(log, name) is table for name, table in before.items())
    journal.append(sk.EnquireLink().encode(), time=START + 9 * SECOND, direction=0, link=0)
    assert all(getattr(log, name) is not table for name, table in before.items())
    assert len(log.pdus) == 8
    assert log.messages.attrs["observed_until"] == "2026-11-22T10:17:09+00:00"


def test_pieces_together_are_the_whole(log):
    for rows in (1, 2, 3, 7, 100):
        pieces = list(log.frames(rows=rows))
        assert [len(piece) for piece in pieces] == [rows] * (7 // rows) + [7 % rows] * (7 % rows > 0)
        pd.testing.assert_frame_equal(pd.concat(pieces), log.pdus)
    assert list(next(log.frames(["text", "command"])).columns) == ["text", "command"]


def test_pieces_over_many_segments():
    journal = MemoryLog()
    for row in range(30):
        for segment in conversation().segments():
            journal.extend(segment)
        journal.append(sk.EnquireLink(sequence_number=row + 1).encode())
    log = sk.Log(journal)
    assert len(log) == 240
    pieces = list(log.frames(rows=50))
    assert [len(piece) for piece in pieces] == [50, 50, 50, 50, 40]
    pd.testing.assert_frame_equal(pd.concat(pieces), log.pdus)
    for n in (0, 1, 7, 8, 9, 100, 240, 1000):
        pd.testing.assert_frame_equal(log.tail(n), log.pdus.iloc[max(0, 240 - n) :])


def test_bad_requests_for_pieces_fail_at_once(log):
    with pytest.raises(TableError, match="did you mean text"):
        log.frames(["texts"])
    with pytest.raises(ValueError, match="rows must be 1 or more"):
        log.frames(rows=0)


def test_parquet_gives_the_frame_back(log, tmp_path):
    log.to_parquet(tmp_path / "log.parquet", rows=2)
    pd.testing.assert_frame_equal(sk.read(tmp_path / "log.parquet"), log.pdus)
    log.to_parquet(tmp_path / "few.parquet", columns=["time", "raw", "user_message_reference"])
    assert list(sk.read(tmp_path / "few.parquet").columns) == ["time", "raw", "user_message_reference"]
    assert pd.read_parquet(tmp_path / "log.parquet")["text"].tolist()[0] == "Hi"
    with pytest.raises(TableError):
        log.to_parquet(tmp_path / "none.parquet", columns=["texts"])
    assert not (tmp_path / "none.parquet").exists()


@pytest.mark.parametrize("name", ["kannel_to_node", "jsmpp_to_node", "errors_from_node"])
def test_parquet_of_captures(name, tmp_path):
    log = sk.read(CAPTURES / f"{name}.pcap")
    for rows in (4, 40):
        log.to_parquet(tmp_path / "log.parquet", rows=rows)
        pd.testing.assert_frame_equal(sk.read(tmp_path / "log.parquet"), log.pdus)


def test_pcapng_reads_back_with_masked_passwords(tmp_path):
    log = sk.read(CAPTURES / "kannel_to_node.pcap")
    log.to_pcapng(tmp_path / "log.pcapng")
    again = sk.read(tmp_path / "log.pcapng")
    pd.testing.assert_frame_equal(again.pdus, log.pdus)
    pd.testing.assert_frame_equal(sk.frame(again, ["raw"]), sk.frame(log, ["raw"]))
    assert b"secret" not in (tmp_path / "log.pcapng").read_bytes()


def test_a_line_and_a_card(log):
    assert repr(log) == "<Log talk: 7 PDUs, 1 link, 2026-11-22 10:17:01 UTC, 6.0 s>"
    assert repr(sk.Log(MemoryLog())) == "<Log: no PDU, no link>"
    hostile = conversation()
    hostile.add_problem(Problem(0, 0, "lost", "<script>alert(1)</script>"))
    log = sk.Log(hostile, "<b>\x1b[2J\n")
    assert repr(log).isprintable()
    assert "1 problem" in repr(log)
    card = log._repr_html_()
    assert "<script" not in card
    assert "<b>" not in card
    assert "10.0.0.1:4000 (ESME) to 10.0.0.2:2775 (MC)" in card


def test_closing_gives_the_file_back():
    with sk.read(CAPTURES / "outbind.pcap") as log:
        assert len(log.pdus) == 15
    assert len(log.pdus) == 15  # what is in memory stays
    sk.Log(MemoryLog()).close()


def test_threads_get_the_same_tables(log):
    found = []

    def read():
        found.append([getattr(log, name) for name in (*DTYPES, "pdus")])

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one is other for tables in found for one, other in zip(tables, found[0], strict=True))


def test_passwords_are_in_no_table():
    for path in CAPTURES.glob("*.pcap"):
        pdus = sk.frame(path, [*sk.frame(b"").columns, "raw"])
        assert set(pdus["password"].dropna()) <= {"***"}
        assert not pdus["raw"].map(lambda octets: b"secret" in octets).any()


def test_a_profile_reads_the_texts_of_messages_as_well():
    source = MemoryLog(complete=True)
    source.append(
        sk.SubmitSm(data_coding=0x12, short_message="日".encode("shift_jis")).encode(), time=START, direction=0
    )
    source.append(
        sk.DeliverSm(data_coding=0x12, short_message="本".encode("shift_jis")).encode(), time=START, direction=1
    )
    log = sk.Log(source, profile=sk.Profile("operator", codings={0x12: "jis"}))
    assert log.messages["text"].tolist() == ["日"]
    assert log.inbox["text"].tolist() == ["本"]
