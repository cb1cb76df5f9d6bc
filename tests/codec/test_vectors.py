"""All vectors, through the adapters, by the program that stands beside them; and what it does not look at."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import smppkit as sk
from smppkit.spec.statuses import name_of
from tests import adapters, oracle

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
RUNS = ("decode", "encode", "malformed", "receipts", "gsm_pack", "gsm_encode", "split")


def load(name):
    return [json.loads(line) for line in (VECTORS / name).read_text(encoding="utf-8").splitlines() if line.strip()]


def test_check_vectors():
    options = [part for name in RUNS for part in (f"--{name.replace('_', '-')}", f"tests.adapters:{name}")]
    done = subprocess.run(
        [sys.executable, "tests/vectors/check_vectors.py", "--self", "-v", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("failed 0") == len(RUNS) + 2


@pytest.mark.parametrize("vector", load("vectors.jsonl"), ids=lambda vector: vector["id"])
def test_a_vector_by_core_and_oracle(vector):
    octets = bytes.fromhex(vector["hex"])
    pdu, read = sk.decode(octets), oracle.decode(octets)
    assert pdu.command == vector["pdu"]["command"] == read.command
    assert (len(pdu._spans()) > 0) == (vector["pdu"]["body_present"] and bool(pdu.field_names))
    assert adapters.decode(octets)["fields"] == {
        name: value for name, value in read.fields.items() if value is not None
    }
    for tlv in vector["pdu"]["tlvs"]:
        if "value" in tlv:
            assert pdu.tlvs[int(tlv["tag"], 16)] == tlv["value"]
        if tlv["name"] != "unknown":
            assert tlv["name"] in pdu.tlvs
    assert pdu.problems == ()
    assert adapters.encode(vector["pdu"]) == octets


@pytest.mark.parametrize("case", load("malformed.jsonl"), ids=lambda case: case["id"])
def test_a_broken_pdu_suggests_its_answer(case):
    octets = bytes.fromhex(case["hex"])
    if case["error"] in ("framing", "truncated", "unknown_command", "bad_value") or case["id"] == "m010":
        with pytest.raises(sk.FramingError if case["error"] == "framing" else sk.DecodeError) as raised:
            sk.decode(octets)
        if case["id"] != "m005":  # a response is never answered
            assert name_of(raised.value.command_status) in case["suggested_answer"]
        return
    problems = sk.decode(octets).problems
    assert problems
    if "ESME" in case["suggested_answer"]:
        assert any(name_of(problem.command_status) in case["suggested_answer"] for problem in problems)
