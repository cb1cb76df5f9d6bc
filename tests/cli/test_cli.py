"""The command ``smppkit``, run as its users run it."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import smppkit as sk
from smppkit.cli import main

CAPTURES = Path(__file__).parents[1] / "captures"
ENQUIRE = "00000010 00000015 00000000 00000001"


def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "smppkit.cli", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)


def test_the_summary_of_a_capture(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(CAPTURES / "netsmpp_to_jsmpp_simulator.pcap")]) == 0
    told = capsys.readouterr().out
    log = sk.read(CAPTURES / "netsmpp_to_jsmpp_simulator.pcap")
    assert f"{len(log)} PDUs" in told
    assert f"messages    {len(log.messages)}" in told
    assert "hex_to_decimal" in told
    assert log.links[0].mc in told


def test_the_summary_tells_of_failures_where_nothing_was_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    states = {"UNDELIVERABLE": 1.0}
    with sk.Smsc(process=False, delay=0.0, least_delay=0.0, states=states) as smsc, sk.connect(smsc.url) as esme:
        esme.send("+32471123456", "Hello").wait(timeout=10)
        esme.log.to_pcapng(tmp_path / "run.pcapng")
    assert main(["read", str(tmp_path / "run.pcapng")]) == 0
    told = capsys.readouterr().out
    assert "handed over" in told  # the funnel
    assert "delivery  UNDELIVERABLE" in told  # of the errors


@pytest.mark.parametrize("table", ["messages", "parts", "receipts", "inbox", "events", "pdus"])
def test_each_table_of_a_capture(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(CAPTURES / "kannel_to_node.pcap"), "--table", table, "--rows", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = len(getattr(sk.read(CAPTURES / "kannel_to_node.pcap"), table))
    if rows > 3:
        assert lines[-1] == f"… {rows - 3} more rows (--rows 0 shows all)"


def test_a_table_is_saved_and_read_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "messages.csv"
    assert main(["read", str(CAPTURES / "kannel_to_node.pcap"), "--save", str(out)]) == 0
    assert main(["read", str(out), "--columns", "destination,message_id", "--rows", "0"]) == 0
    log = sk.read(CAPTURES / "kannel_to_node.pcap")
    pd.testing.assert_series_equal(sk.read(out)["message_id"], log.messages["message_id"])
    assert log.messages["destination"].iloc[0] in capsys.readouterr().out


def test_decode_takes_arguments_files_and_standard_input(tmp_path: Path) -> None:
    dump = tmp_path / "dump.txt"
    dump.write_text(ENQUIRE + "\n" + ENQUIRE)
    assert run("decode", "--brief", *ENQUIRE.split()).stdout == "<EnquireLink sequence_number=1>\n"
    assert run("decode", "--brief", "--file", str(dump)).stdout.count("EnquireLink") == 2
    assert run("decode", "--brief", text=ENQUIRE).stdout == "<EnquireLink sequence_number=1>\n"


def test_decode_never_shows_a_password() -> None:
    bind = sk.BindTransceiver(system_id="demo", password="hunter22").encode().hex()
    told = run("decode", bind)
    assert told.returncode == 0
    assert "demo" in told.stdout
    assert "hunter22" not in told.stdout + told.stderr
    assert b"hunter22".hex() not in told.stdout.replace(" ", "")


def test_decode_tells_of_a_broken_pdu_and_goes_on() -> None:
    told = run("decode", "--brief", "00000013 00000004 00000000 00000006 434d54", ENQUIRE)
    assert told.returncode == 1
    assert told.stdout == "<EnquireLink sequence_number=1>\n"
    assert "service_type" in told.stderr


def test_decode_tells_of_a_rest() -> None:
    told = run("decode", "--brief", ENQUIRE, "0000001000")
    assert told.returncode == 1
    assert "5 octets are left" in told.stderr


def test_plan_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "Your code is 1234 – thank you"]) == 0
    told = capsys.readouterr().out
    assert "ucs2" in told
    assert "U+2013" in told


def test_plan_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a" * 161 + "\n"))
    assert main(["plan"]) == 0
    assert "2 (153 + 8" in capsys.readouterr().out


def test_captures_are_shown_as_tables_and_an_offline_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--captures", "--report", str(tmp_path / "report")]) == 0
    told = capsys.readouterr().out
    for name in ("netsmpp_to_jsmpp_simulator", "kannel_to_node", "delivered", "refused", "01_reading_a_capture.ipynb"):
        assert name in told
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") >= 3
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http-equiv", "")
    assert "<script" not in page


def test_every_help_text_is_shown() -> None:
    for arguments in ([], ["smsc"], ["send"], ["bench"], ["read"], ["decode"], ["plan"], ["demo"]):
        told = run(*arguments, "--help")
        assert told.returncode == 0
        assert told.stdout.startswith("usage: smppkit")


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = (
        f'"{sys.executable}" -m smppkit.cli read "{CAPTURES / "kannel_to_node.pcap"}" --table pdus --rows 0 | head -1'
    )
    told = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )
    assert told.returncode == 0
    assert told.stderr == ""
