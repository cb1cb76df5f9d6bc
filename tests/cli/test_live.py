"""The commands that speak SMPP, run as their users run them, against a simulator."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

import smppkit as sk
from smppkit.cli import main
from tests.esme.peer import Line, Peer, answer

SECRET = "hunter22"


@pytest.fixture(scope="module")
def smsc() -> Iterator[sk.Smsc]:
    with sk.Smsc(password=SECRET, process=False, delay=0, states={"DELIVERED": 1}) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMPPKIT_PASSWORD", raising=False)


def without_password(smsc: sk.Smsc) -> str:
    return str(smsc.url).replace(f":{SECRET}@", "@")


def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "smppkit.cli", "smsc", "--port", "0", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )


# --- send -----------------------------------------------------------------------------------------------------------


def test_send_tells_plan_outcome_id_and_receipt(smsc: sk.Smsc, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", str(smsc.url), "+44 7700 900123", "Γεια €" * 20, "--sender", "INFO"]) == 0
    told = capsys.readouterr()
    sent = smsc.messages.tail(2)
    lines = dict(line.split(maxsplit=1) for line in told.out.replace("message id", "id").splitlines())
    assert lines["plan"] == "ucs2, 2 parts, 67 + 53 16-bit units"
    assert lines["outcome"] == "accepted: ESME_ROK (0x00000000)"
    assert lines["id"] == ", ".join(sent["message_id"])
    assert lines["receipt"].startswith("DELIVERED after ")
    assert sent["destination"].tolist() == ["447700900123"] * 2
    assert sent["source"].tolist() == ["INFO"] * 2
    assert SECRET not in told.out + told.err


def test_send_without_receipt_waits_for_none(smsc: sk.Smsc, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["send", str(smsc.url), "+447700900124", "Hello", "--no-receipt"]) == 0
    assert "receipt" not in capsys.readouterr().out
    assert smsc.messages["registered_delivery"].iloc[-1] == 0


def test_send_takes_the_password_of_the_environment(
    smsc: sk.Smsc, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMPPKIT_PASSWORD", SECRET)
    assert main(["send", without_password(smsc), "+447700900125", "Hello"]) == 0
    told = capsys.readouterr()
    assert SECRET not in told.out + told.err


def test_send_asks_for_the_password_on_a_terminal(smsc: sk.Smsc, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or SECRET)
    assert main(["send", without_password(smsc), "+447700900126", "Hello", "--wait", "0"]) == 0
    assert asked == ["password of demo at 127.0.0.1: "]


def test_send_fails_when_the_receipt_does_not_come(capsys: pytest.CaptureFixture[str]) -> None:
    with sk.Smsc(process=False, delay=None) as silent:
        assert main(["send", str(silent.url), "+447700900123", "Hello", "--wait", "0.05"]) == 1
    assert "receipt     none came, not final within 0.05 s" in capsys.readouterr().out


def test_send_fails_when_it_is_not_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    with sk.Smsc(process=False, delay=0, states={"EXPIRED": 1}) as expiring:
        assert main(["send", str(expiring.url), "+447700900123", "Hello"]) == 1
    assert "receipt     EXPIRED after" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "number", "said"),
    [
        ("smpp://demo:{secret}@127.0.0.1:{port}", "+44 call me", "has c (U+0063"),
        ("smpp://demo:{secret}@127.0.0.1:{port}", "", "destination is empty"),
        ("http://127.0.0.1:{port}", "+447700900123", "http:// is no SMPP"),
        ("smpp://demo:{secret}@127.0.0.1:{port}?windows=5", "+447700900123", "did you mean window?"),
        ("smpp://demo:wrong@127.0.0.1:{port}", "+447700900123", "password"),
        ("smpp://nobody:{secret}@127.0.0.1:{port}", "+447700900123", "system_id"),
        ("smpp://demo:{secret}@127.0.0.1:1", "+447700900123", "refused"),
    ],
)
def test_send_says_in_one_sentence_what_is_wrong(
    smsc: sk.Smsc, url: str, number: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["send", url.format(secret=SECRET, port=smsc.port), number, "Hello"]) == 1
    told = capsys.readouterr()
    assert told.err.startswith("smppkit: ")
    assert told.err.count("\n") == 1
    assert said in told.err
    assert SECRET not in told.out + told.err


# --- smsc -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_smsc_runs_until_it_is_told_to_end(number: int) -> None:
    with started("--delay", "0", "--states", "DELIVERED=1", "--system-id", "trial") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert url.startswith("smpp://trial:secret@127.0.0.1:")
        with sk.connect(url) as esme:
            assert esme.send("+447700900123", "Hello").wait().state == "DELIVERED"
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "messages    1 accepted, 0 refused, 0 pending" in out
    assert "ended       DELIVERED 1" in out
    assert err == ""


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_smsc_never_shows_a_password_of_ones_own(way: str) -> None:
    given = ["--password", SECRET] if way == "argument" else []
    with started(*given, SMPPKIT_PASSWORD=SECRET) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        port = int(line.rpartition(":")[2])
        with sk.connect(host="127.0.0.1", port=port, system_id="demo", password=SECRET) as esme:
            assert esme.state == "Logged in"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert SECRET not in line + out + err
    assert "smpp://demo:***@" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "give password="),
        (["--states", "DELIVERD=1"], "did you mean DELIVERED?"),
        (["--profile", "nowhere"], "nowhere"),
    ],
)
def test_smsc_says_in_one_sentence_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["smsc", "--port", "0", *arguments]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


def test_smsc_says_that_a_port_is_taken(smsc: sk.Smsc, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["smsc", "--port", str(smsc.port)]) == 1
    assert "in use" in capsys.readouterr().err


# --- bench ----------------------------------------------------------------------------------------------------------


def test_bench_measures_a_simulator_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--messages", "300", "--window", "10"]) == 0
    told = capsys.readouterr().out
    lines = dict(line.split(maxsplit=1) for line in told.split("\n\n")[0].splitlines()[1:])
    assert lines["messages"] == "300 in 300 parts"
    assert lines["accepted"] == "300"
    assert lines["refused"] == lines["unanswered"] == "0"
    assert [name for name in ("p50", "p95", "p99", "max") if name in lines["response"]] == ["p50", "p95", "p99", "max"]
    assert "closed loop" in told


def test_bench_counts_parts_and_messages(smsc: sk.Smsc, capsys: pytest.CaptureFixture[str]) -> None:
    before = smsc.counters["accepted"]
    assert main(["bench", str(smsc.url), "--messages", "20", "--text", "a" * 161, "--to", "+447700900999"]) == 0
    assert smsc.counters["accepted"] - before == 40
    assert "20 in 40 parts" in capsys.readouterr().out


def test_bench_names_the_statuses_of_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    with sk.Smsc(process=False, delay=None, rows=5) as small:  # a full store refuses
        assert main(["bench", str(small.url), "--messages", "20", "--window", "5"]) == 0
    assert "15 ESME_RMSGQFUL (0x00000014)" in capsys.readouterr().out


def test_bench_ends_and_says_why_when_the_centre_goes(capsys: pytest.CaptureFixture[str]) -> None:
    def answers_three(line: Line) -> None:
        line.bind()
        for _ in range(3):
            line.send(answer(line.read("submit_sm"), message_id="x"))

    with Peer(answers_three) as peer:
        assert main(["bench", peer.url, "--messages", "50", "--window", "5"]) == 1
    told = capsys.readouterr().out
    assert re.search(r"^ended +the c.*; bind\(\) connects again$", told, re.MULTILINE)
    assert re.search(r"^not sent +4\d$", told, re.MULTILINE)


def test_bench_spares_other_hosts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", f"smpp://demo:{SECRET}@smsc.example.com:2775"]) == 1
    told = capsys.readouterr().err
    assert "smsc.example.com is not this machine" in told
    assert "--yes" in told
    assert SECRET not in told


def test_an_interrupted_bench_tells_what_it_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(run: sk.Run) -> None:
        until = time.monotonic() + 30
        while not run.counts["accepted"] and time.monotonic() < until:
            with pytest.raises(sk.ResponseTimeout):
                run.wait(0.01, progress=False)
        raise KeyboardInterrupt

    monkeypatch.setattr("smppkit.cli.bench.follow", interrupted)
    assert main(["bench", "--messages", "1000", "--rate", "10"]) == 1
    told = capsys.readouterr().out
    assert "1,000 in 1,000 parts" in told
    assert re.search(r"accepted +[1-9]", told)
    assert re.search(r"not sent +9\d\d", told)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "call me"], "has c (U+0063"),
        (["--sender", "a name too long"], "at most 11"),
        (["--text", ""], "text"),
    ],
)
def test_bench_says_in_one_sentence_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


# --- demo -----------------------------------------------------------------------------------------------------------


def test_demo_sends_the_campaign_and_writes_an_offline_report(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--report", str(tmp_path / "report")]) == 0
    told = capsys.readouterr().out
    for words in ("9,902 messages in", "Left out, 98 rows", "no number at all", "Delivery rate by country", "GB"):
        assert words in told
    assert "00_fifteen_minutes.ipynb" in told
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64,") >= 5
    assert "default-src 'none'" in page
    assert "http://" not in page.replace("http-equiv", "")
    assert "<script" not in page
    assert "secret" not in page + told
