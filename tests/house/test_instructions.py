"""Counts of instructions: read as callgrind writes them, one made of two; and a rise is noticed and named."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import instructions

ROOT = Path(__file__).parents[2]
DUMP = """# callgrind format
version: 1
creator: callgrind-3.19.0
pid: 4711
cmd:  python -m benchmarks.instructions --child
part: 2

desc: I1 cache:
desc: Timerange: Basic block 101 - 202
desc: Trigger: Client Request: {label}

positions: line
events: Ir
summary: {total}

ob=(1) /usr/lib/x86_64-linux-gnu/libc.so.6
fl=(1) ???
fn=(1) memcpy
0 {total}

totals: {total}
"""


def dumps(counts):
    return (instructions.read(DUMP.format(label=label, total=total)) for label, total in counts.items())


def test_what_callgrind_writes_is_read():
    assert instructions.read(DUMP.format(label="0/200/decode", total=123456)) == ("0/200/decode", 123456)
    ended = "# callgrind format\npart: 3\ndesc: Trigger: Program termination\nevents: Ir\nsummary: 9\ntotals: 9\n"
    assert instructions.read(ended) == ("", 0)


def test_one_operation_is_many_less_none_divided():
    counts = {"0/200/decode": 5_000, "200/200/decode": 25_000, "0/8000/scan": 100, "4/8000/scan": 800_100}
    assert instructions.per_operation(dumps(counts)) == {"decode": 100, "scan": 100}


def test_a_name_may_have_a_stroke_in_it():
    counts = {"0/2/in/out": 1, "2/2/in/out": 21}
    assert instructions.per_operation(dumps(counts)) == {"in/out": 10}


KEPT = {"decode": 1_000, "scan, per PDU": 100}


@pytest.mark.parametrize("counts", [KEPT, {"decode": 1_050, "scan, per PDU": 10}, {**KEPT, "new": 10**9}])
def test_no_rise_is_none(counts):
    assert instructions.risen(counts, KEPT) == []


def test_a_rise_names_its_operation():
    (sentence,) = instructions.risen({"decode": 1_051, "scan, per PDU": 100}, KEPT)
    assert sentence == "decode: 1,051 instructions, 5.1% above the 1,000 kept"
    (sentence,) = instructions.risen({"decode": 1_000}, KEPT)
    assert sentence == "scan, per PDU: counted before, and no longer there"


WIDE, ALONE = instructions.WIDE, instructions.ALONE["sequence_number"]


def test_a_column_alone_takes_a_third_of_twelve_at_most():
    assert instructions.unasked({WIDE: 900, ALONE: 300}) == []
    (sentence,) = instructions.unasked({WIDE: 900, ALONE: 301})
    assert sentence == f"{ALONE}: 301 instructions, 33% of the 900 of 12 columns"
    assert {WIDE, *instructions.ALONE.values()} <= {operation.name for operation in instructions.many_pdus(100)}


@pytest.fixture
def measured(monkeypatch, tmp_path):
    monkeypatch.setattr(instructions, "KEPT", tmp_path / "instructions.json")
    monkeypatch.setattr(instructions, "PAGE", tmp_path / "instructions.md")
    monkeypatch.setattr(instructions, "counted", lambda: counts)
    counts = dict(KEPT)
    return counts


def test_check_fails_for_a_rise_and_for_nothing_else(measured, monkeypatch, capsys):
    assert instructions.main(["--check"]) == instructions.NOT_COMPARED
    assert "no counts are kept for" in capsys.readouterr().out
    assert instructions.main(["--write"]) == 0
    assert instructions.main(["--check"]) == 0
    assert "2 operations, none more than 5%" in capsys.readouterr().out
    measured["decode"] = 1_100
    assert instructions.main(["--check"]) == 1
    assert "decode: 1,100 instructions, 10.0% above" in capsys.readouterr().out
    monkeypatch.setattr(instructions, "key", lambda: "another machine")
    assert instructions.main(["--check", "--write"]) == instructions.NOT_COMPARED
    assert sorted(instructions.kept()) == sorted({"another machine", *instructions.kept()})
    assert len(instructions.kept()) == 2


def test_check_fails_for_what_was_not_asked_for_though_no_counts_are_kept(measured, capsys):
    measured.update({WIDE: 1_000, ALONE: 900})
    assert instructions.main(["--check"]) == instructions.RISEN
    assert f"{ALONE}: 900 instructions, 90% of the 1,000 of 12 columns" in capsys.readouterr().out
    measured[ALONE] = 100
    assert instructions.main(["--check"]) == instructions.NOT_COMPARED


def test_without_valgrind_one_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert instructions.main(["--check"]) == instructions.NOT_COMPARED
    assert capsys.readouterr().out == "Instructions are not counted: there is no valgrind here.\n"


def test_every_operation_runs():
    for made in instructions.OPERATIONS:
        for operation in made() if made is instructions.one_pdu else made(100):
            result = eval(operation.expression, dict(operation.names))
            assert result is not None, operation.name


@pytest.mark.parametrize("module", ["benchmarks", "benchmarks.codec", "benchmarks.instructions"])
def test_benchmarks_say_what_they_take(module):
    command = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
